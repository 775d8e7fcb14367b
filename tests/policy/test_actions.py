"""Versions of the limits: second person, days, immutability; what is in force when."""

import itertools
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.utils import timezone

from core.errors import Refused
from policy.actions import approve_version, draft_version, withdraw_version
from policy.limits import LIMITS, limits_in_force, turning_between
from policy.models import LimitValue, PolicyVersion
from policy.queries import available, differences, limit_rows, versions
from policy.seeding import seed
from policy.workflow import TRANSITIONS
from staff.roles import Role
from tests.factories import make_user

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)
LATER = date(2026, 4, 1)
Status = PolicyVersion.Status


@pytest.fixture(autouse=True)
def _seeded(db):
    seed()


@pytest.fixture
def officer():
    return make_user(Role.MUNICIPAL_OFFICER)


@pytest.fixture
def lead():
    return make_user(Role.MUNICIPAL_LEAD)


def draft(by, since=LATER, today=TODAY, **values):
    values = {key.replace("__", "."): value for key, value in values.items()}
    return draft_version(
        values or {"gate.out_city_percent": 7},
        title="三个月试行后调整",
        since=since,
        by=by,
        today=today,
    )


def test_the_shipped_defaults_are_in_force_since_the_policy_and_before():
    for day in (date(2024, 7, 31), date(2024, 8, 1), TODAY):
        limits = limits_in_force(day)
        assert limits.version.number == 1
        assert dict(limits) == {key: info.default for key, info in LIMITS.items()}


def test_a_published_version_is_in_force_from_its_day(officer, lead):
    approve_version(draft(officer), by=lead, today=TODAY)
    assert limits_in_force(LATER - timedelta(days=1))["gate.out_city_percent"] == 5
    assert limits_in_force(LATER)["gate.out_city_percent"] == 7
    assert limits_in_force(LATER)["gate.floor"] == LIMITS["gate.floor"].default
    assert turning_between(TODAY, LATER) == [LATER]
    assert turning_between(LATER, date(2030, 1, 1)) == []


def test_a_draft_decides_nothing(officer):
    draft(officer)
    assert limits_in_force(LATER).version.number == 1
    assert turning_between(TODAY, LATER) == []


def test_nobody_approves_their_own_draft(lead):
    with pytest.raises(Refused, match="不能批准自己"):
        approve_version(draft(lead), by=lead, today=TODAY)


def test_the_database_keeps_the_second_person_too(lead):
    version = draft(lead)
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyVersion.objects.filter(pk=version.pk).update(approved_by=lead)


def test_only_municipal_staff_draft_and_only_their_lead_approves(officer):
    with pytest.raises(Refused, match="市局负责人办理"):
        approve_version(draft(officer), by=make_user(Role.MUNICIPAL_OFFICER), today=TODAY)
    for role in (Role.DISTRICT_LEAD, Role.UNIT_OFFICER, Role.SYSTEM_ADMINISTRATOR):
        with pytest.raises(Refused):
            draft(make_user(role))


def test_a_day_before_today_is_refused_when_drafted_and_when_approved(officer, lead):
    with pytest.raises(Refused, match="早于今天"):
        draft(officer, since=TODAY - timedelta(days=1))
    version = draft(officer, since=TODAY)
    with pytest.raises(Refused, match="早于今天"):
        approve_version(version, by=lead, today=TODAY + timedelta(days=1))
    assert approve_version(version, by=lead, today=TODAY).status == Status.PUBLISHED


def test_a_version_cannot_lie_on_or_before_one_already_published(officer, lead):
    approve_version(draft(officer), by=lead, today=TODAY)
    for day in (LATER, LATER - timedelta(days=1)):
        with pytest.raises(Refused, match="新版本须晚于该日"):
            draft(officer, since=day, gate__floor=30)


def test_a_draft_made_before_another_version_was_published_is_refused(officer, lead):
    first = draft(officer)
    second = draft(officer, since=LATER + timedelta(days=1), gate__floor=30)
    approve_version(first, by=lead, today=TODAY)
    with pytest.raises(Refused, match="重新起草"):
        approve_version(second, by=lead, today=TODAY)


def test_a_version_must_differ_know_its_limits_and_say_why(officer):
    with pytest.raises(Refused, match="无需起草"):
        draft(officer, gate__out_city_percent=5)
    with pytest.raises(Refused, match="没有参数"):
        draft(officer, gate__unknown=5)
    with pytest.raises(Refused, match="须在1至100之间"):
        draft(officer, gate__out_city_percent=0)
    with pytest.raises(Refused, match="原因"):
        draft_version({}, title=" ", since=LATER, by=officer, today=TODAY)


def test_values_are_never_rewritten_or_removed(officer):
    values = draft(officer).values
    for attempt in (lambda: values.update(value=99), values.all().delete):
        with pytest.raises(ProgrammingError), transaction.atomic():
            attempt()
    assert not LimitValue.objects.filter(value=99).exists()


CELLS = list(itertools.product(TRANSITIONS, Status))


@pytest.mark.parametrize(("action", "status"), CELLS)
def test_a_version_moves_only_as_the_table_says(action, status, officer, lead):
    version = draft(officer)
    PolicyVersion.objects.filter(pk=version.pk).update(status=status)
    version.refresh_from_db()
    act = approve_version if action == "approve" else withdraw_version
    # The withdrawing action covers both rows of the table, so a cell is allowed by either.
    allowed = {
        move.before
        for name, move in TRANSITIONS.items()
        if (name == "approve") == (action == "approve")
    }
    if status in allowed:
        moved = act(version, by=lead, today=TODAY)
        assert moved.status == (Status.PUBLISHED if action == "approve" else Status.WITHDRAWN)
        assert (action in available(version, lead, TODAY)) == (TRANSITIONS[action].before == status)
    else:
        with pytest.raises(Refused):
            act(version, by=lead, today=TODAY)
        version.refresh_from_db()
        assert version.status == status


def test_what_began_cannot_be_withdrawn(officer, lead):
    version = approve_version(draft(officer), by=lead, today=TODAY)
    with pytest.raises(Refused, match="已经施行"):
        withdraw_version(version, by=lead, today=LATER)
    assert available(version, lead, LATER) == []
    with pytest.raises(Refused):
        withdraw_version(version, by=officer, today=TODAY)
    withdraw_version(version, by=lead, today=TODAY)
    assert limits_in_force(LATER).version.number == 1


def test_the_page_shows_limits_sources_and_differences(officer, lead, django_assert_num_queries):
    version = approve_version(draft(officer), by=lead, today=TODAY)
    shown, rows = limit_rows(LATER)
    assert shown == version
    row = next(row for row in rows if row.info.key == "gate.out_city_percent")
    assert (row.shown, row.source, row.is_default) == ("7%", "三个月试行后调整", False)
    unchanged = next(row for row in rows if row.info.key == "gate.floor")
    assert unchanged.source == LIMITS["gate.floor"].source
    assert [(d.info.key, d.before, d.after) for d in differences(version)] == [
        ("gate.out_city_percent", "5%", "7%")
    ]
    assert [row.number for row in versions()] == [2, 1]
    limits_in_force(LATER)
    with django_assert_num_queries(1):
        limits_in_force(LATER)


def test_another_process_s_version_is_seen_at_once(officer):
    """The version is looked up each time; only values, which never change, are kept."""
    assert limits_in_force(LATER).version.number == 1
    made = PolicyVersion.objects.create(
        number=9, title="另一进程", since=LATER, status=Status.PUBLISHED, drafted_at=timezone.now()
    )
    LimitValue.objects.create(version=made, key="gate.floor", value=77, source="另一进程")
    assert limits_in_force(LATER)["gate.floor"] == 77
    made.status = Status.WITHDRAWN
    made.save()
    assert limits_in_force(LATER)["gate.floor"] == 20
