"""Derived rows: written from a day on, differences only, by one entity and by all."""

from datetime import date

import pytest

from core import jobs
from core.jobs import Handle
from core.models import Job
from entities import rederive
from entities.choices import MarkOrigin, Verdict
from entities.models import (
    Entity,
    FactChange,
    FourNewMark,
    FourNewTerm,
    FourNewVeto,
    Licence,
    SafetyReading,
    SafetyStatement,
    SafetyTerm,
)
from entities.rederive import derive_four_new, derive_safety, work_four_new, work_safety
from tests.factories import make_entity

pytestmark = pytest.mark.django_db
SINCE = date(2024, 8, 1)
DAY = date(2024, 10, 1)


@pytest.fixture(autouse=True)
def terms():
    SafetyTerm.plain.create(domain="food_drug", words="甲食服务", since=SINCE)
    FourNewTerm.plain.create(
        by="term", words="甲智能", marks=True, novelty="technology", since=SINCE
    )


def spans(entity: Entity) -> list[tuple]:
    """Give the current readings: since, until and the verdict on food."""
    rows = SafetyReading.plain.filter(entity=entity, superseded_at=None).order_by("since")
    return [(row.since, row.until, row.food_drug) for row in rows]


def marks(entity: Entity) -> list[tuple]:
    rows = FourNewMark.plain.filter(entity=entity, superseded_at=None).order_by("since")
    return [(row.since, row.until, row.origin) for row in rows]


def derive_entity(entity, from_day):
    return derive_safety([entity.pk], from_day).get(entity.pk)


def a_job(kind: str, **params) -> Handle:
    job = Job.objects.for_system("test").create(kind=kind, title=kind, params=params)
    return Handle(jobs.claim(job.pk))


def test_a_scope_is_read_from_a_day_on():
    entity = make_entity(business_scope="甲食服务")
    assert derive_entity(entity, DAY) == DAY
    assert spans(entity) == [(DAY, None, Verdict.IN)]


def test_a_second_derivation_writes_nothing():
    entity = make_entity(business_scope="甲食服务")
    derive_entity(entity, DAY)
    assert derive_entity(entity, DAY) is None
    assert SafetyReading.plain.filter(entity=entity).count() == 1


def test_nothing_hit_writes_no_row():
    entity = make_entity(business_scope="软件开发")
    assert derive_entity(entity, DAY) is None
    assert spans(entity) == []


def test_a_licence_cuts_the_reading_at_its_days():
    entity = make_entity(business_scope="软件开发")
    begins, ends = date(2024, 11, 1), date(2027, 11, 1)
    Licence(
        entity=entity, domain="food_drug", title="甲许可证", number="1", since=begins, until=ends
    ).save()
    assert derive_entity(entity, DAY) == begins
    assert spans(entity) == [(begins, ends, Verdict.IN)]


def test_a_changed_scope_closes_the_old_reading():
    entity = make_entity(business_scope="甲食服务")
    derive_entity(entity, DAY)
    Entity.plain.filter(pk=entity.pk).update(business_scope="软件开发")
    later = date(2025, 1, 1)
    assert derive_entity(entity, later) == later
    assert spans(entity) == [(DAY, later, Verdict.IN)]
    assert SafetyReading.plain.filter(entity=entity).exclude(superseded_at=None).count() == 1


def test_an_officer_and_a_licence_in_conflict_are_pending_while_both_hold():
    entity = make_entity(business_scope="软件开发")
    Licence(entity=entity, domain="food_drug", title="甲许可证", number="1", since=DAY).save()
    stated = date(2025, 2, 1)
    SafetyStatement(
        entity=entity, domain="food_drug", verdict=Verdict.NONE, reason="已停业", since=stated
    ).save()
    derive_entity(entity, DAY)
    assert spans(entity) == [(DAY, stated, Verdict.IN), (stated, None, Verdict.PENDING)]


def test_the_job_goes_over_all_and_records_what_changed():
    touched = [make_entity(business_scope="甲食服务") for _ in range(3)]
    other = make_entity(business_scope="软件开发")
    result = work_safety(a_job("derive_safety", from_day=DAY.isoformat()))
    assert result["changed"] == 3
    assert all(spans(entity) for entity in touched)
    assert spans(other) == []
    changes = FactChange.plain.values_list("entity_id", "from_day")
    assert set(changes) == {(entity.pk, DAY) for entity in touched}
    assert "food_drug" in Entity.plain.get(pk=touched[0].pk).fields


def test_the_job_respects_what_officers_said():
    entity = make_entity(business_scope="甲食服务")
    SafetyStatement(
        entity=entity, domain="food_drug", verdict=Verdict.NONE, reason="不涉及", since=DAY
    ).save()
    work_safety(a_job("derive_safety", from_day=DAY.isoformat()))
    assert spans(entity) == [(DAY, None, Verdict.NONE)]


def test_an_ended_term_takes_the_reading_away_from_that_day():
    entity = make_entity(business_scope="甲食服务")
    work_safety(a_job("derive_safety", from_day=DAY.isoformat()))
    ended = date(2025, 5, 1)
    SafetyTerm.plain.get(words="甲食服务").close(ended)
    work_safety(a_job("derive_safety", from_day=ended.isoformat()))
    assert spans(entity) == [(DAY, ended, Verdict.IN)]


def test_a_killed_job_goes_on_without_doubling(monkeypatch):
    entities = [make_entity(business_scope="甲食服务") for _ in range(7)]
    monkeypatch.setattr(rederive, "CHUNK", 3)
    handle = a_job("derive_safety", from_day=DAY.isoformat())
    kept = []

    def keep(**checkpoint):
        kept.append(checkpoint)
        Handle.keep(handle, **checkpoint)
        if len(kept) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(handle, "keep", keep)
    with pytest.raises(KeyboardInterrupt):
        work_safety(handle)
    assert SafetyReading.plain.filter(superseded_at=None).count() == 3
    Job.objects.for_system("test").update(status=Job.Status.QUEUED)
    second = Handle(jobs.claim(handle.job.pk))
    result = work_safety(second)
    assert result["judged"] == Entity.plain.count()
    assert SafetyReading.plain.filter(superseded_at=None).count() == 7
    assert all(len(spans(entity)) == 1 for entity in entities)


def test_the_rule_table_marks_and_a_veto_keeps_it_away():
    entity = make_entity(business_scope="甲智能设备研发")
    work_four_new(a_job("derive_four_new", from_day=DAY.isoformat()))
    assert marks(entity) == [(DAY, None, MarkOrigin.RULE)]
    vetoed = date(2024, 12, 1)
    FourNewVeto(entity=entity, reason="不是", since=vetoed).save()
    assert derive_four_new([entity.pk], vetoed) == {entity.pk: vetoed}
    assert marks(entity) == [(DAY, vetoed, MarkOrigin.RULE)]
    work_four_new(a_job("derive_four_new", from_day=DAY.isoformat()))
    assert marks(entity) == [(DAY, vetoed, MarkOrigin.RULE)]


def test_a_mark_of_the_city_goes_before_the_rule_table():
    entity = make_entity(business_scope="甲智能设备研发")
    until = date(2025, 1, 1)
    FourNewMark(entity=entity, origin="list", novelties=["model"], since=DAY, until=until).save()
    derive_four_new([entity.pk], DAY)
    assert marks(entity) == [(DAY, until, MarkOrigin.LIST), (until, None, MarkOrigin.RULE)]
