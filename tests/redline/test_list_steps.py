"""The workflow of a list, every cell: each step from each state by each person, of both kinds."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from core.errors import Refused
from redline.actions import list_items, lists
from redline.choices import ListKind, ListStatus
from redline.models import ListItem, ListStep, ListVersion
from redline.workflow import LIST_STEPS, list_steps
from tests.redline.factories import make_list_version
from tests.redline.listing import ITEM, ON, PATH, TOMORROW, do, drafted, fresh, items, reached

pytestmark = pytest.mark.django_db

PEOPLE = (
    *("officer", "colleague", "lead", "second_lead", "station", "city", "city_other", "city_lead"),
    *(
        "city_second",
        "elsewhere",
        "lead_elsewhere",
        "unit",
        "auditor",
        "security",
        "system",
        "nobody",
    ),
)
DISTRICT = {"officer", "colleague", "lead", "second_lead"}
CITY = {"city", "city_other", "city_lead", "city_second"}
ALLOWED = {
    False: {
        (ListStatus.DRAFT, "submit"): DISTRICT,
        (ListStatus.DRAFT, "discard"): DISTRICT,
        (ListStatus.SUBMITTED, "withdraw"): {"officer"},
        (ListStatus.SUBMITTED, "send_back"): {"lead", "second_lead"},
        (ListStatus.SUBMITTED, "approve"): {"lead", "second_lead"},
    },
    True: {
        (ListStatus.DRAFT, "submit"): CITY,
        (ListStatus.DRAFT, "discard"): CITY,
        (ListStatus.SUBMITTED, "withdraw"): {"city"},
        (ListStatus.SUBMITTED, "send_back"): {"city_lead", "city_second"},
        (ListStatus.SUBMITTED, "approve"): {"city_lead", "city_second"},
    },
}
"""Of the district's list and of the city's: begun and submitted by the officer, or by ``city``."""


@pytest.mark.parametrize("of_city", [False, True])
@pytest.mark.parametrize("status", PATH)
def test_every_step_by_everybody(people, status, of_city):
    version = reached(people, status, of_city=of_city)
    for action, step in LIST_STEPS.items():
        allowed = ALLOWED[of_city].get((status, action), set())
        for name in PEOPLE:
            by = getattr(people, name)
            if name not in allowed:
                with pytest.raises(Refused):
                    do(version, action, by)
                assert fresh(version).status == status, (action, name)
                continue
            assert action in list_steps(fresh(version), by), (action, name)
            point = transaction.savepoint()
            done = do(version, action, by)
            assert done.status == step.target
            last = ListStep.objects.for_system("test").filter(version=version).last()
            assert (last.action, last.source, last.target) == (action, status, step.target)
            assert (last.done_by, last.role_then) == (by, by.role)
            transaction.savepoint_rollback(point)


def test_nobody_takes_a_step_of_a_proposal(people):
    (shipped,) = ListVersion.objects.for_system("test").filter(kind="red_line", number=0)
    for action in LIST_STEPS:
        for name in PEOPLE:
            with pytest.raises(Refused):
                do(shipped, action, getattr(people, name))
    assert fresh(shipped).status == ListStatus.PROPOSAL


@pytest.mark.parametrize("of_city", [False, True])
@pytest.mark.parametrize("name", PEOPLE)
def test_who_begins_a_list(people, name, of_city):
    by = getattr(people, name)
    bureau = None if of_city else people.bureau
    if name in (CITY if of_city else DISTRICT):
        version = lists.begin_list("no_penalty", bureau, by=by, on=ON)
        assert (version.status, version.bureau, version.drafted_by) == ("draft", bureau, by)
        assert version.number == 1
    else:
        with pytest.raises(Refused):
            lists.begin_list("no_penalty", bureau, by=by, on=ON)


@pytest.mark.parametrize("name", PEOPLE)
def test_who_edits_a_draft(people, name):
    version = drafted(people)
    (item,) = items(version)
    by, seen = getattr(people, name), {"revision": version.revision, "on": ON}
    edits = [
        lambda: lists.set_list_fields(version, note="说明", by=by, **seen),
        lambda: list_items.add_item(version, by=by, **seen, **ITEM | {"code": "X"}),
        lambda: list_items.set_item(item, by=by, **seen, days=30),
        lambda: list_items.move_item(item, 1, by=by, **seen),
        lambda: list_items.remove_item(item, by=by, **seen),
    ]
    for edit in edits:
        if name in DISTRICT:
            point = transaction.savepoint()
            edit()
            assert fresh(version).edited_by == by
            transaction.savepoint_rollback(point)
        else:
            with pytest.raises(Refused):
                edit()


@pytest.mark.parametrize("status", [one for one in PATH if one != ListStatus.DRAFT])
def test_only_a_draft_is_edited(people, status):
    version = reached(people, status)
    with pytest.raises(Refused, match="已于.*办理"):
        lists.set_list_fields(
            version, revision=version.revision, note="x", by=people.officer, on=ON
        )
    with pytest.raises(Refused):
        list_items.add_item(
            version, revision=version.revision, by=people.officer, on=ON, **ITEM | {"code": "X"}
        )


def test_who_edits_or_decides_what_was_changed_meanwhile_is_told_by_whom(people):
    version = drafted(people)
    seen = version.revision
    lists.set_list_fields(version, revision=seen, note="改了", by=people.colleague, on=ON)
    with pytest.raises(Refused, match=f"{people.colleague.name}已于.*修改"):
        lists.set_list_fields(version, revision=seen, note="也改", by=people.officer, on=ON)
    with pytest.raises(Refused, match=f"{people.colleague.name}已于"):
        do(version, "submit", people.officer, revision=seen)


def test_the_second_of_two_leads_is_told_who_decided(people):
    version = reached(people, ListStatus.SUBMITTED)
    do(version, "approve", people.lead)
    with pytest.raises(Refused, match=f"{people.lead.name}已于.*“批准施行”"):
        do(version, "send_back", people.second_lead, revision=version.revision)


def test_a_list_begins_once_and_the_second_is_told_of_the_first(people):
    drafted(people)
    with pytest.raises(Refused, match=f"{people.officer.name}已于.*起草"):
        lists.begin_list("red_line", people.bureau, by=people.lead, on=ON)
    lists.begin_list("no_penalty", people.bureau, by=people.lead, on=ON)


def test_whoever_begins_or_submits_does_not_approve(people):
    version = lists.begin_list("red_line", people.bureau, by=people.lead, on=ON)
    list_items.add_item(version, revision=0, by=people.lead, on=ON, **ITEM)
    version = do(version, "submit", people.officer)
    with pytest.raises(Refused, match="另一位负责人"):
        do(version, "approve", people.lead)
    assert do(version, "approve", people.second_lead).status == ListStatus.APPROVED


def test_a_bureau_with_one_lead_is_told_whom_to_ask(people):
    people.second_lead.is_active = False
    people.second_lead.save()
    version = lists.begin_list("red_line", people.bureau, by=people.lead, on=ON)
    list_items.add_item(version, revision=0, by=people.lead, on=ON, **ITEM)
    with pytest.raises(Refused, match="请由工作人员起草并提交"):
        do(version, "submit", people.officer)


def test_sending_back_needs_a_reason_and_frees_whoever_submitted(people):
    version = reached(people, ListStatus.SUBMITTED)
    with pytest.raises(Refused, match="请填写退回的理由"):
        do(version, "send_back", people.lead, opinion="  ")
    back = do(version, "send_back", people.lead, opinion="条款有误")
    assert (back.status, back.submitted_by, back.submitted_at) == ("draft", None, None)
    assert do(back, "submit", people.colleague).submitted_by == people.colleague


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"since": ON - timedelta(days=1)}, "不能溯及"),
        ({"document_number": "  "}, "请填写文号"),
        ({"document_number": "长" * 61}, "最多60个字"),
    ],
)
def test_an_approval_needs_a_day_and_a_number(people, said, wrong):
    version = reached(people, ListStatus.SUBMITTED)
    with pytest.raises(Refused, match=wrong):
        do(version, "approve", people.lead, **said)
    assert do(version, "approve", people.lead, since=ON).since == ON


def test_a_version_begins_after_the_one_approved_before(people):
    first = reached(people, ListStatus.APPROVED)
    second = lists.begin_list("red_line", people.bureau, source=first, by=people.officer, on=ON)
    assert (second.number, second.based_on) == (2, first)
    do(second, "submit", people.officer)
    with pytest.raises(Refused, match=f"自{TOMORROW}起施行，新版本须晚于该日"):
        do(second, "approve", people.lead, since=TOMORROW)
    later = TOMORROW + timedelta(days=1)
    assert do(second, "approve", people.lead, since=later).status == ListStatus.APPROVED


@pytest.mark.parametrize("name", ["order_basis", "touching", "legal_basis"])
def test_a_red_line_item_names_its_basis_and_what_touches_it(people, name):
    version = drafted(people, **{name: ""})
    with pytest.raises(Refused, match="RL-2-01：请填写.*（依据：四（四））"):
        do(version, "submit", people.officer)


def test_a_list_without_items_is_not_submitted(people):
    version = lists.begin_list("red_line", people.bureau, by=people.officer, on=ON)
    with pytest.raises(Refused, match="还没有事项"):
        do(version, "submit", people.officer)


def test_what_came_from_the_proposal_is_checked_before_it_is_submitted(people):
    shipped = ListVersion.objects.for_system("test").get(kind="red_line", number=0)
    version = lists.begin_list("red_line", people.bureau, source=shipped, by=people.officer, on=ON)
    copied = items(version)
    assert len(copied) == len(items(shipped))
    assert all(item.is_proposal for item in copied)
    with pytest.raises(Refused, match="取自建议稿，尚未核对.*另有"):
        do(version, "submit", people.officer)
    version = list_items.check_items(
        version, items=[copied[0].pk], revision=0, by=people.officer, on=ON
    )
    list_items.set_item(copied[1], revision=1, days=20, by=people.officer, on=ON)
    assert [item.is_proposal for item in items(version)][:3] == [False, False, True]
    list_items.check_items(version, revision=2, by=people.officer, on=ON)
    with pytest.raises(Refused, match="没有未核对的建议项"):
        list_items.check_items(version, revision=3, by=people.officer, on=ON)
    assert do(version, "submit", people.officer).status == ListStatus.SUBMITTED


def test_a_draft_of_another_bureau_is_no_source(people):
    foreign = make_list_version(people.elsewhere.bureau, status=ListStatus.DRAFT, since=None)
    approved = make_list_version(people.lead_elsewhere.bureau)
    begin = {"by": people.officer, "on": ON}
    with pytest.raises(Refused, match="底稿不存在"):
        lists.begin_list("red_line", people.bureau, source=foreign, **begin)
    with pytest.raises(Refused, match="底稿不存在"):
        lists.begin_list("no_penalty", people.bureau, source=approved, **begin)
    made = lists.begin_list("red_line", people.bureau, source=approved, **begin)
    assert [item.code for item in items(made)] == [item.code for item in items(approved)]


@pytest.mark.parametrize("kind", ListKind.values)
def test_an_approved_list_and_its_items_cannot_be_changed(people, kind):
    shipped = ListVersion.objects.for_system("test").get(kind=kind, number=0)
    approved = make_list_version(people.bureau, kind=kind)
    for version in (approved, shipped):
        rows = ListVersion.objects.for_system("test").filter(pk=version.pk)
        lines = ListItem.objects.for_system("test").filter(version=version)
        for change in (
            lambda rows=rows: rows.update(document_number="改过"),
            lambda rows=rows: rows.update(status=ListStatus.DRAFT),
            lambda rows=rows: rows._raw_delete(using="default"),
            lambda lines=lines: lines.update(days=1),
            lambda lines=lines: lines.filter(pk=lines.first().pk).delete(),
            lambda version=version: ListItem(version=version, position=99, code="新").save(),
        ):
            with pytest.raises(IntegrityError, match="不能更改"), transaction.atomic():
                change()


def test_an_item_does_not_move_into_an_approved_list(people):
    approved = make_list_version(people.bureau)
    (item,) = items(drafted(people))
    rows = ListItem.objects.for_system("test").filter(pk=item.pk)
    with pytest.raises(IntegrityError, match="不能更改"), transaction.atomic():
        rows.update(version=approved)


def test_a_draft_is_seen_by_its_bureau_and_the_city_an_approved_list_by_all(people):
    draft, approved = drafted(people), make_list_version(people.bureau, kind="no_penalty")
    city = make_list_version(None, kind="no_coercion", status=ListStatus.DRAFT, since=None)
    mine = {"officer", "colleague", "lead", "second_lead", "station", *CITY, "unit"}
    for name in PEOPLE:
        seen = set(ListVersion.objects.visible_to(getattr(people, name)))
        lines = ListItem.objects.visible_to(getattr(people, name))
        business = name not in ("auditor", "security", "system", "nobody")
        assert (draft in seen) == (name in mine), name
        assert (city in seen) == (name in CITY | {"unit"}), name
        assert (approved in seen) == business, name
        assert lines.filter(version=approved).exists() == business, name
        assert lines.filter(version=draft).exists() == (name in mine), name
