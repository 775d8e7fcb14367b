"""The workflow of a declaration, every cell: each step from each state by each person."""

import pytest

from core.errors import Refused
from tests.factories import make_user
from tests.zones.declaring import ON, do, entered, fresh, reached
from zones.actions import comments, steps
from zones.choices import DeclarationStatus as Status
from zones.models import DeclarationComment, DeclarationStep
from zones.workflow import STEPS, available, may_edit

pytestmark = pytest.mark.django_db

DISTRICT = {"officer", "lead", "second_lead"}
CITY = {"city", "city_other", "city_lead"}
PEOPLE = (
    *("officer", "lead", "second_lead", "station", "city", "city_other", "city_lead"),
    *("elsewhere", "lead_elsewhere", "unit", "auditor", "security", "system", "nobody"),
)
ALLOWED = {
    (Status.DRAFT, "submit"): DISTRICT,
    (Status.DRAFT, "discard"): DISTRICT,
    (Status.RETURNED, "submit"): DISTRICT,
    (Status.RETURNED, "discard"): DISTRICT,
    (Status.ENTERED, "confirm"): DISTRICT,
    (Status.ENTERED, "decline"): DISTRICT,
    (Status.ENTERED, "retract"): CITY,
    (Status.SUBMITTED, "withdraw"): {"officer"},
    (Status.SUBMITTED, "take"): {"lead", "second_lead"},
    (Status.SUBMITTED, "review"): {"lead", "second_lead"},
    (Status.SUBMITTED, "send_back"): {"lead", "second_lead"},
    (Status.REVIEWING, "review"): {"lead"},
    (Status.REVIEWING, "send_back"): {"lead"},
    (Status.REVIEWING, "hand_over_review"): {"lead", "second_lead"},
    (Status.REVIEWED, "recall"): {"lead"},
    (Status.REVIEWED, "accept"): CITY,
    (Status.REVIEWED, "approve"): CITY,
    (Status.REVIEWED, "return"): CITY,
    (Status.REVIEWED, "refuse"): CITY,
    (Status.ACCEPTED, "approve"): {"city"},
    (Status.ACCEPTED, "return"): {"city"},
    (Status.ACCEPTED, "refuse"): {"city"},
    (Status.ACCEPTED, "hand_over"): {"city", "city_lead"},
}
"""Filed and submitted by the officer, taken and reviewed by the lead, accepted by ``city``."""


def receiver(people, action):
    """Return somebody new to whom anybody could hand it over."""
    return (
        make_user("district_lead", people.bureau)
        if "review" in action
        else make_user("municipal_officer")
    )


@pytest.mark.parametrize("status", Status.values)
def test_every_step_by_everybody(people, status):
    declaration = reached(people, status)
    for action, step in STEPS.items():
        allowed = ALLOWED.get((Status(status), action), set())
        to = {"to": receiver(people, action)} if action.startswith("hand_over") else {}
        for name in PEOPLE:
            by = getattr(people, name)
            before = fresh(declaration)
            if name not in allowed:
                with pytest.raises(Refused):
                    do(declaration, action, by, **to)
                assert fresh(declaration).status == status, (action, name)
                continue
            assert action in available(before, by), (action, name)
            again = reached(people, status)
            done = do(again, action, by, **to)
            assert done.status == step.target
            last = DeclarationStep.objects.for_system("test").filter(declaration=again).last()
            assert (last.action, last.source, last.target) == (action, status, step.target)
            assert (last.done_by, last.role_then) == (by, by.role)


@pytest.mark.parametrize("status", Status.values)
def test_who_may_edit(people, status):
    declaration = reached(people, status)
    editors = {name for name in PEOPLE if may_edit(declaration, getattr(people, name))}
    if status == Status.ENTERED:
        assert editors == {"city"}
    elif status in (Status.DRAFT, Status.RETURNED):
        assert editors == DISTRICT | {"elsewhere", "lead_elsewhere"}  # the scope keeps these out
    else:
        assert editors == set()


@pytest.mark.parametrize("action", ["decline", "refuse", "send_back", "return"])
def test_an_opinion_is_asked(people, action):
    (status,) = {
        s for s, a in ALLOWED if a == action and s not in (Status.SUBMITTED, Status.REVIEWED)
    }
    declaration = reached(people, status)
    by = people.lead if action == "send_back" else people.officer
    by = people.city if status == Status.ACCEPTED else by
    with pytest.raises(Refused, match="请填写"):
        do(declaration, action, by, opinion=" ")


def test_a_comment_stands_for_an_opinion_and_is_settled_by_the_district(people, reach):
    declaration = reach(Status.ACCEPTED)
    with pytest.raises(Refused, match="现在不能提补正意见"):
        comments.comment(declaration, "请核对", by=people.lead, on=ON)
    pinned = comments.comment(declaration, "请核对", field="contact_name", by=people.city, on=ON)
    wrong = comments.comment(declaration, "写错了", by=people.city, on=ON)
    comments.drop_comment(wrong, by=people.city, on=ON)
    returned = do(declaration, "return", people.city, opinion="")
    assert (returned.status, returned.reviewed_by, returned.handler) == ("returned", None, None)
    last = DeclarationStep.objects.for_system("test").filter(declaration=declaration).last()
    assert last.opinion == "见补正意见（1条）"
    with pytest.raises(Refused):
        comments.settle_comment(pinned, by=people.elsewhere, on=ON)
    comments.settle_comment(pinned, by=people.officer, on=ON)
    with pytest.raises(Refused, match="已由.*改正"):
        comments.settle_comment(pinned, by=people.lead, on=ON)
    open_ones = DeclarationComment.objects.for_system("test").filter(settled_at=None)
    assert not open_ones.exists()


def test_whoever_reviewed_may_submit_after_a_return_and_then_does_not_review(people, reach):
    declaration = do(reach(Status.RETURNED), "submit", people.lead)
    assert (declaration.submitted_by, declaration.reviewed_by) == (people.lead, None)
    with pytest.raises(Refused, match="请由本局另一位负责人办理"):
        do(declaration, "review", people.lead)
    reviewed = do(declaration, "review", people.second_lead)
    assert do(reviewed, "approve", people.city).status == Status.APPROVED


def test_a_bureau_with_one_lead_is_told_whom_to_ask(people):
    people.second_lead.is_active = False
    people.second_lead.save()
    declaration = reached(people, Status.DRAFT)
    with pytest.raises(Refused, match="请由区县局人员填报并提交"):
        do(declaration, "submit", people.lead)
    assert do(declaration, "submit", people.officer).status == Status.SUBMITTED


def test_the_one_who_entered_it_does_not_decide(people):
    declaration = do(entered(people), "confirm", people.officer)
    reviewed = do(declaration, "review", people.lead)
    assert available(reviewed, people.city) == []
    with pytest.raises(Refused, match="市局其他人员"):
        do(reviewed, "approve", people.city)
    assert do(reviewed, "approve", people.city_other).status == Status.APPROVED


def test_a_handler_who_is_gone_holds_nothing_up(people, reach):
    declaration = reach(Status.ACCEPTED)
    people.city.is_active = False
    people.city.save()
    assert do(declaration, "approve", people.city_other).status == Status.APPROVED


@pytest.mark.parametrize(
    ("status", "to", "said"),
    [
        (Status.ACCEPTED, "officer", "没有办理该申报的角色"),
        (Status.ACCEPTED, "city", "无需转办"),
        (Status.REVIEWING, "lead_elsewhere", "没有办理该申报的角色"),
        (Status.DRAFT, "lead", "现为“草稿”"),
    ],
)
def test_it_is_handed_only_to_who_could_take_it(people, status, to, said):
    declaration = reached(people, status)
    by = people.city if status == Status.ACCEPTED else people.lead
    with pytest.raises(Refused, match=said):
        do(declaration, "hand_over", by, to=getattr(people, to))


def test_it_is_not_handed_to_somebody_involved(people):
    declaration = do(entered(people), "confirm", people.officer)
    accepted = do(do(declaration, "review", people.lead), "accept", people.city_other)
    with pytest.raises(Refused, match="不能经办"):
        do(accepted, "hand_over", people.city_other, to=people.city)
    assert do(accepted, "hand_over", people.city_other, to=people.city_lead).handler == (
        people.city_lead
    )


def test_who_comes_late_is_told_who_did_what_when(people, reach):
    declaration = reach(Status.SUBMITTED)
    do(declaration, "take", people.second_lead)
    with pytest.raises(Refused, match=f"{people.second_lead.name}已于.*办理“受理审核”"):
        do(declaration, "withdraw", people.officer)


def test_bulk_approval_says_for_each_what_became_of_it(people, reach):
    good, taken, draft = reach(Status.REVIEWED), reach(Status.ACCEPTED), reach(Status.DRAFT)
    said = steps.bulk_approve([good.pk, taken.pk, draft.pk, 0], by=people.city_lead, on=ON)
    assert said[good.pk].startswith("已批准")
    assert "经办" in said[taken.pk]
    assert "草稿" in said[draft.pk]
    assert "不存在" in said[0]
    assert fresh(good).status == Status.APPROVED
    assert fresh(taken).status == Status.ACCEPTED
    with pytest.raises(Refused, match="您的角色不能"):
        steps.bulk_approve([good.pk], by=people.lead, on=ON)
