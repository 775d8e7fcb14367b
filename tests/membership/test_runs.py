"""Runs: first tagging, the gate, ranges, going on after a kill, defects reported."""

from collections import Counter
from datetime import date, timedelta

import pytest
from django.utils import timezone

from core.errors import Refused
from core.models import Change
from entities.changes import record_changes
from entities.models import CreditClass, Entity, FactChange
from membership import runs
from membership.models import Decision, Ground, Run, StagedMove
from membership.queries import explain
from membership.runs import Order, execute, rehearse
from membership.settle import settle
from policy.actions import approve_version, draft_version

pytestmark = pytest.mark.django_db

BEGAN = date(2026, 3, 1)
A = {"letter": "A", "month": date(2026, 2, 1), "since": date(2026, 2, 1)}


def rows(model):
    return model.objects.for_system("test")


@pytest.fixture
def city(build, settings):
    """A hundred members of one bureau, judged in six ranges."""
    settings.RUN_RANGE_SIZE = 17
    return [build(credit_class=[A]) for _ in range(100)]


@pytest.fixture
def tagged_city(city):
    execute(Order(on=BEGAN, release="首次打标"))
    return city


def fall(entities, letter, since):
    for row in rows(CreditClass).current().filter(entity__in=entities, until=None):
        row.close(since)
    CreditClass.objects.for_system("test").bulk_create(
        CreditClass(entity=entity, letter=letter, month=since.replace(day=1), since=since)
        for entity in entities
    )
    record_changes([e.pk for e in entities], since, "信用风险分类导入")


def open_grounds():
    return rows(Ground).current().filter(until=None).count()


def test_the_first_tagging_waits_for_a_person(city):
    run = execute(Order(on=BEGAN))
    assert (run.status, run.held_reason) == (Run.Status.HELD, "首次打标须由人放行")
    assert open_grounds() == 0
    assert StagedMove.plain.count() == 0


def test_a_persons_word_lets_it_go_on_by_judging_again(city):
    held = execute(Order(on=BEGAN))
    fall(city[:1], "B", BEGAN)
    released = execute(Order(on=BEGAN, release="已核对"))
    assert released.pk == held.pk
    assert (released.status, released.release_reason) == (Run.Status.DONE, "已核对")
    assert open_grounds() == 99
    assert released.counts["opened"] == {"credit": 99}
    assert released.counts["judged"] == 100
    assert rows(Decision).values_list("cause", flat=True).distinct().count() <= 2


def test_an_unchanged_night_writes_its_manifest_and_no_move(tagged_city):
    decisions = rows(Decision).count()
    run = execute(Order(on=BEGAN + timedelta(days=1), kind=Run.Kind.NIGHTLY))
    assert (run.status, run.counts["moves"], run.counts["judged"]) == ("done", 0, 100)
    assert rows(Decision).count() == decisions


def test_a_night_leaves_its_manifest_and_its_moves_in_the_change_log(tagged_city):
    fall(tagged_city[:3], "B", BEGAN + timedelta(days=1))
    last = rows(Change).order_by("-id").first().pk
    execute(Order(on=BEGAN + timedelta(days=1), kind=Run.Kind.NIGHTLY))
    lines = Counter(rows(Change).filter(id__gt=last).values_list("table_name", "verb"))
    assert lines.pop(("membership_run", "insert")) == 1
    assert lines.pop(("membership_run", "update")) <= 3, "staged, applied, done"
    assert lines == {("membership_ground", "supersede"): 3}


def test_a_batch_within_the_limit_moves(tagged_city):
    day = BEGAN + timedelta(days=5)
    fall(tagged_city[:4], "B", day)
    run = execute(Order(on=day))
    assert run.status == Run.Status.DONE
    assert open_grounds() == 96
    assert run.counts["unexplained"] == 0


def test_a_bad_file_is_held_and_nothing_moves(tagged_city):
    day = BEGAN + timedelta(days=5)
    fall(tagged_city[:30], "B", day)
    run = execute(Order(on=day))
    assert run.status == Run.Status.HELD
    assert "全市移出30户，超过在册100户的5%" in run.held_reason
    assert open_grounds() == 100
    assert rows(FactChange).filter(taken_by=run.pk).count() == 30


def test_a_held_run_does_not_keep_others_from_being_settled(tagged_city):
    day = BEGAN + timedelta(days=5)
    fall(tagged_city[:30], "B", day)
    execute(Order(on=day))
    fall(tagged_city[50:51], "B", day)
    settled = settle(day)
    assert settled.counts["moves"] == 1
    assert open_grounds() == 99


def test_the_next_run_takes_over_what_a_held_one_had_taken(tagged_city):
    day = BEGAN + timedelta(days=5)
    fall(tagged_city[:30], "B", day)
    held = execute(Order(on=day))
    run = execute(Order(on=day + timedelta(days=1), kind=Run.Kind.NIGHTLY))
    held.refresh_from_db()
    assert held.status == Run.Status.ABANDONED
    assert run.status == Run.Status.HELD
    assert rows(FactChange).filter(taken_by=run.pk).count() == 30


def test_moves_in_slices_below_the_limit_add_up(tagged_city):
    day = BEGAN + timedelta(days=5)
    held = []
    for first in range(0, 30, 4):
        fall(tagged_city[first : first + 4], "B", day)
        run = settle(day)
        held.append(run.status)
    assert Run.Status.HELD in held
    assert open_grounds() >= 80


def test_a_run_goes_back_to_no_earlier_day(tagged_city):
    with pytest.raises(Refused, match="不能再以更早的"):
        execute(Order(on=BEGAN - timedelta(days=1)))


def test_an_unexplained_difference_is_applied_and_reported_as_a_defect(tagged_city):
    day = BEGAN + timedelta(days=5)
    fall(tagged_city[:2], "B", day)
    rows(FactChange).filter(taken_by=None).update(taken_by=0)
    run = execute(Order(on=day))
    assert run.counts["unexplained"] == 2
    assert set(rows(Decision).filter(run=run).values_list("cause", flat=True)) == {"unexplained"}


def test_facts_recorded_ahead_turn_at_night_and_are_explained(tagged_city):
    day = BEGAN + timedelta(days=600)
    entity = tagged_city[0]
    rows(CreditClass).current().get(entity=entity).close(day)
    CreditClass.objects.create(entity=entity, letter="B", month=day.replace(day=1), since=day)
    run = execute(Order(on=day, kind=Run.Kind.NIGHTLY))
    assert run.counts["closed"] == {"credit": 1}
    assert run.counts["unexplained"] == 0


class Killed(BaseException):
    """Stands for a process that dies: nothing catches it."""


@pytest.mark.parametrize("step", ["_stage_range", "_apply_range"])
@pytest.mark.parametrize("ranges_done", [0, 3, 5])
def test_the_next_run_completes_what_a_dead_one_left(city, monkeypatch, step, ranges_done):
    whole = getattr(runs, step)
    calls = []

    def dying(*args):
        if len(calls) == ranges_done:
            raise Killed
        calls.append(args)
        whole(*args)

    monkeypatch.setattr(runs, step, dying)
    with pytest.raises(Killed):
        execute(Order(on=BEGAN, release="首次打标"))
    monkeypatch.setattr(runs, step, whole)

    run = execute(Order(on=BEGAN))

    assert run.status == Run.Status.DONE
    assert Run.objects.for_system("test").count() == 1
    assert open_grounds() == 100
    assert rows(Decision).count() == 100
    assert rows(Decision).values("entity").distinct().count() == 100
    assert run.counts["judged"] == 100


def test_a_rehearsal_counts_what_the_run_then_does_and_writes_nothing(tagged_city):
    day = BEGAN + timedelta(days=5)
    fall(tagged_city[:3], "B", day)
    counted = rehearse(Order(on=day))
    assert (counted["in"], counted["out"], counted["judged"]) == (0, 3, 100)
    assert open_grounds() == 100
    assert rows(FactChange).filter(taken_by=None).count() == 3
    assert execute(Order(on=day)).counts["closed"] == {"credit": 3}
    assert rehearse(Order(on=day))["out"] == 0


def test_an_entity_with_a_change_between_staging_and_applying_is_left_to_its_change(
    tagged_city, monkeypatch
):
    day = BEGAN + timedelta(days=5)
    fall(tagged_city[:2], "B", day)
    whole = runs._apply_range

    def corrected_meanwhile(run, part):
        row = rows(CreditClass).current().filter(entity=tagged_city[0], until=None).first()
        if row.letter == "B":
            row.supersede()
            CreditClass.objects.create(
                entity=tagged_city[0], letter="A", month=row.month, since=day
            )
            record_changes([tagged_city[0].pk], day, "信用风险分类更正")
        whole(run, part)

    monkeypatch.setattr(runs, "_apply_range", corrected_meanwhile)
    run = execute(Order(on=day))
    assert run.counts["closed"] == {"credit": 1}
    assert open_grounds() == 99
    settle(day)
    assert open_grounds() == 99


def test_a_city_without_entities_has_a_run_too(seeded):
    assert Entity.objects.for_system("test").count() == 0
    assert execute(Order(on=BEGAN, release="空库")).counts["judged"] == 0


def test_who_loses_one_of_two_grounds_has_not_left(build, settings):
    settings.RUN_RANGE_SIZE = 17
    mark = {"origin": "list", "novelties": ["form"], "since": date(2026, 1, 1)}
    both = [build(credit_class=[A], four_new=[mark]) for _ in range(40)]
    execute(Order(on=BEGAN, release="首次打标"))
    day = BEGAN + timedelta(days=5)
    fall(both, "B", day)
    run = execute(Order(on=day))
    assert run.status == Run.Status.DONE
    assert run.gate["by_bureau"]["0"] == {"in": 0, "out": 0}
    assert run.counts["closed"] == {"credit": 40}


def test_a_night_that_was_skipped_dates_moves_by_the_day_of_the_version(build, people):
    entity = build(credit_class=[{**A, "letter": "B"}])
    execute(Order(on=BEGAN, release="首次打标"))
    began = BEGAN + timedelta(days=3)
    draft = draft_version(
        {"class.credit_letters": ["A", "B"]},
        by=people["city_officer"],
        title="试验",
        since=began,
        today=BEGAN,
    )
    approve_version(draft, by=people["city_lead"], today=BEGAN)
    run = execute(Order(on=BEGAN + timedelta(days=9)))
    assert run.counts["unexplained"] == 0
    assert rows(Ground).current().get(entity=entity).since == began


def test_what_was_known_before_a_version_is_explained_by_the_one_before(build, people):
    entity = build(credit_class=[{**A, "letter": "B"}])
    before = timezone.now()
    draft = draft_version(
        {"class.credit_letters": ["A", "B"]},
        by=people["city_officer"],
        title="试验",
        since=BEGAN,
        today=BEGAN,
    )
    approve_version(draft, by=people["city_lead"], today=BEGAN)
    assert explain(entity, BEGAN).policy_version == 2
    assert explain(entity, BEGAN, known=before).policy_version == 1
