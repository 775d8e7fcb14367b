"""Manual exclusion: every cell of its workflow, by every role; two persons, a reason, a day."""

from datetime import date, timedelta
from itertools import product

import pytest
from django.db import IntegrityError, transaction

from core.errors import Refused
from entities.models import FactChange
from membership.actions import decide_exclusion, request_exclusion, request_lifting
from membership.models import ExclusionRequest, ManualExclusion
from membership.workflow import TRANSITIONS, available
from staff.models import Bureau, Unit, User
from staff.roles import Role

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 1)
Status = ExclusionRequest.Status
MAY_APPROVE = {Role.DISTRICT_LEAD, Role.MUNICIPAL_LEAD}
ELSEWHERE = "elsewhere"


def file(entity, by, **changes):
    fields = {"reason": "核查中", "since": TODAY, "review_on": TODAY + timedelta(days=30)}
    return request_exclusion(entity, by=by, today=TODAY, **fields | changes)


@pytest.fixture
def anybody(people, build):
    """Make an account of any role that stands where the entity is."""

    def make(role, bureau=None):
        bureau = bureau or people["officer"].bureau
        place = {"bureau": bureau}
        if role == Role.STATION_OFFICER:
            place["station"] = bureau.stations.create(code=f"s-{role}", name="试验所")
        if role == Role.UNIT_OFFICER:
            place = {"unit": Unit.objects.create(code=f"u-{role}", name="处", whole_city=True)}
        return User.objects.create(username=f"x-{role}", name="某", role=role, **place)

    return make


def test_approved_it_excludes_from_its_day_and_says_who(build, people):
    request = file(build(inside=True), people["officer"])
    decide_exclusion(request, "approve", by=people["lead"], opinion="同意", today=TODAY)
    exclusion = ManualExclusion.objects.for_system("test").get()
    assert (exclusion.since, exclusion.requested_by, exclusion.recorded_by) == (
        TODAY,
        people["officer"],
        people["lead"],
    )
    change = FactChange.objects.for_system("test").get()
    assert (change.cause, change.from_day) == ("人工移出", TODAY)


def test_an_approval_that_comes_late_does_not_reach_back(build, people):
    request = file(build(inside=True), people["officer"])
    later = TODAY + timedelta(days=3)
    decide_exclusion(request, "approve", by=people["lead"], opinion="", today=later)
    assert ManualExclusion.objects.for_system("test").get().since == later


def test_lifting_ends_it_and_lets_the_rules_decide_again(build, people):
    entity = build(inside=True)
    request = file(entity, people["officer"])
    decide_exclusion(request, "approve", by=people["lead"], opinion="", today=TODAY)
    later = TODAY + timedelta(days=5)
    lifting = request_lifting(
        entity, by=people["officer"], reason="已查清", since=later, today=later
    )
    decide_exclusion(lifting, "approve", by=people["lead"], opinion="", today=later)
    current = ManualExclusion.objects.for_system("test").current().get()
    assert current.until == later


@pytest.mark.parametrize(("status", "action"), list(product(Status, TRANSITIONS)))
def test_every_cell_of_the_workflow(status, action, build, people):
    request = file(build(inside=True), people["officer"])
    decided = {} if status == Status.FILED else {"decided_by": people["city_lead"]}
    ExclusionRequest.objects.for_system("test").filter(pk=request.pk).update(
        status=status, **decided
    )
    request.refresh_from_db()
    by = people["officer"] if TRANSITIONS[action].by_filer else people["lead"]
    assert (action in available(request, by)) == (status == Status.FILED)
    if status == Status.FILED:
        done = decide_exclusion(request, action, by=by, opinion="意见", today=TODAY)
        assert done.status == TRANSITIONS[action].target
    else:
        with pytest.raises(Refused, match="已由他人办理"):
            decide_exclusion(request, action, by=by, opinion="意见", today=TODAY)


@pytest.mark.parametrize(("role", "action"), list(product(Role, ("approve", "refuse"))))
def test_only_leads_decide(role, action, build, people, anybody):
    request = file(build(inside=True), people["city_officer"])
    by = anybody(role)
    if role in MAY_APPROVE:
        decide_exclusion(request, action, by=by, opinion="意见", today=TODAY)
    else:
        assert action not in available(request, by)
        with pytest.raises(Refused):
            decide_exclusion(request, action, by=by, opinion="意见", today=TODAY)


def test_a_lead_of_another_district_cannot_decide(build, people, anybody):
    request = file(build(inside=True), people["officer"])
    other = Bureau.objects.create(code=ELSEWHERE, name="外", short_name="外", kind="district")
    with pytest.raises(Refused, match="管辖范围"):
        decide_exclusion(
            request, "approve", by=anybody(Role.DISTRICT_LEAD, other), opinion="", today=TODAY
        )


def test_nobody_approves_what_he_filed(build, people):
    request = file(build(inside=True), people["lead"])
    with pytest.raises(Refused, match="提出人不能"):
        decide_exclusion(request, "approve", by=people["lead"], opinion="", today=TODAY)


def test_the_database_too_refuses_one_person_for_both(build, people):
    with pytest.raises(IntegrityError), transaction.atomic():
        ManualExclusion.objects.create(
            entity=build(),
            since=TODAY,
            reason="x",
            review_on=TODAY,
            requested_by=people["lead"],
            recorded_by=people["lead"],
        )


def test_of_two_leads_pressing_at_once_one_succeeds(build, people):
    request = file(build(inside=True), people["officer"])
    second = ExclusionRequest.objects.for_system("test").get(pk=request.pk)
    decide_exclusion(request, "approve", by=people["lead"], opinion="", today=TODAY)
    with pytest.raises(Refused, match="已由他人办理"):
        decide_exclusion(second, "refuse", by=people["city_lead"], opinion="不", today=TODAY)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"reason": "  "}, "请写明"),
        ({"since": TODAY - timedelta(days=1)}, "不能早于今天"),
        ({"review_on": TODAY}, "复核日"),
        ({"review_on": TODAY + timedelta(days=181)}, "复核日"),
    ],
)
def test_a_request_that_lacks_something_is_refused_in_a_sentence(build, people, changes, sentence):
    with pytest.raises(Refused, match=sentence):
        file(build(inside=True), people["officer"], **changes)


def test_one_request_at_a_time(build, people):
    entity = build(inside=True)
    file(entity, people["officer"])
    with pytest.raises(Refused, match="已有待批准"):
        file(entity, people["lead"])


def test_refusing_needs_an_opinion(build, people):
    request = file(build(inside=True), people["officer"])
    with pytest.raises(Refused, match="意见"):
        decide_exclusion(request, "refuse", by=people["lead"], opinion=" ", today=TODAY)
