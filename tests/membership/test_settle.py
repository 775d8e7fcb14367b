"""Settle: a change of a fact moves what it must, on its day, and nothing else."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from core.jobs import Job
from entities.changes import record_changes
from entities.models import (
    CreditClass,
    Entity,
    EntityStatus,
    FactChange,
    FourNewMark,
    SafetyReading,
)
from membership.models import Decision, Ground, Run, Watch
from membership.queries import explain, inside, ledger
from membership.runs import Order, execute
from membership.settle import settle

pytestmark = pytest.mark.django_db

BEGAN = date(2026, 3, 1)
TODAY = date(2026, 3, 20)
A = [{"letter": "A", "month": date(2026, 2, 1), "since": date(2026, 2, 1)}]


@pytest.fixture
def tagged(build):
    """The first tagging, done on 2026-03-01 for the entities made before."""

    def begin(**facts):
        entity = build(**facts)
        execute(Order(on=BEGAN, release="首次打标"))
        return entity

    return begin


def rows(model):
    return model.objects.for_system("test")


def grounds(entity):
    current = rows(Ground).current().filter(entity=entity).order_by("ground", "since")
    return [(g.ground, g.since, g.until) for g in current]


def change_class(entity, letter, since, *, month=date(2026, 3, 1)):
    old = rows(CreditClass).current().get(entity=entity, until=None)
    if since > old.since:
        old.close(since)
    else:
        old.supersede()
    CreditClass.objects.create(entity=entity, letter=letter, month=month, since=since)
    record_changes([entity.pk], since, "信用风险分类更正")


def test_nothing_is_settled_before_tagging_began(build):
    entity = build(credit_class=A)
    record_changes([entity.pk], BEGAN, "信用风险分类更正")
    assert settle(TODAY) is None
    assert grounds(entity) == []
    assert rows(FactChange).filter(taken_by=None).count() == 1


def test_a_fallen_class_closes_the_ground_on_its_day_and_the_ledger_names_the_clause(tagged):
    entity = tagged(credit_class=A)
    assert grounds(entity) == [("credit", BEGAN, None)]

    change_class(entity, "B", date(2026, 3, 10))
    run = settle(TODAY)

    assert (run.kind, run.status, run.counts["moves"]) == ("settle", "done", 1)
    assert grounds(entity) == [("credit", BEGAN, date(2026, 3, 10))]
    line = ledger(entity)[0]
    assert (line.move_label, line.day, line.cause) == (
        "移出",
        date(2026, 3, 10),
        "信用风险分类更正",
    )
    assert [f.clause_label for f in line.findings] == ["三（二）"]
    assert line.findings[0].sentence == "自2026年3月起信用风险分类为B类，不是A类。"


def test_a_class_that_is_a_again_reopens_by_itself(tagged):
    entity = tagged(credit_class=A)
    change_class(entity, "B", date(2026, 3, 10))
    settle(date(2026, 3, 10))
    change_class(entity, "A", date(2026, 3, 15))
    settle(TODAY)
    assert grounds(entity) == [
        ("credit", BEGAN, date(2026, 3, 10)),
        ("credit", date(2026, 3, 15), None),
    ]


def test_several_changes_of_days_gone_by_are_settled_in_one_pass(tagged):
    entity = tagged(credit_class=A)
    change_class(entity, "B", date(2026, 3, 5))
    change_class(entity, "A", date(2026, 3, 8))
    change_class(entity, "D", date(2026, 3, 12))
    settle(TODAY)
    assert grounds(entity) == [
        ("credit", BEGAN, date(2026, 3, 5)),
        ("credit", date(2026, 3, 8), date(2026, 3, 12)),
    ]
    assert rows(Decision).filter(entity=entity).count() == 4


def test_a_correction_of_a_past_day_keeps_what_we_knew_before(tagged):
    entity = tagged(credit_class=A)
    change_class(entity, "B", date(2026, 3, 10))
    settle(date(2026, 3, 11))
    before = timezone.now()

    wrong = rows(CreditClass).current().get(entity=entity, letter="B")
    wrong.supersede()
    right = rows(CreditClass).current().get(entity=entity, letter="A")
    right.supersede()
    right.copy(until=None).save()
    record_changes([entity.pk], date(2026, 3, 10), "信用风险分类更正")
    settle(TODAY)

    assert grounds(entity)[-1] == ("credit", date(2026, 3, 10), None)
    system = Entity.objects.for_system("test")
    day = date(2026, 3, 12)
    assert system.filter(inside(day), pk=entity.pk).exists()
    assert not system.filter(inside(day, known=before), pk=entity.pk).exists()
    assert explain(entity, day).inside
    assert not explain(entity, day, known=before).inside


def test_a_move_that_a_superseded_fact_once_made_is_undone_on_its_own_day(tagged):
    entity = tagged(credit_class=[{"letter": "B", "month": date(2026, 2, 1), "since": BEGAN}])
    change_class(entity, "A", date(2026, 3, 10))
    settle(date(2026, 3, 11))
    assert grounds(entity) == [("credit", date(2026, 3, 10), None)]
    for row in rows(CreditClass).current().filter(entity=entity):
        row.supersede()
    CreditClass.objects.create(entity=entity, letter="C", month=BEGAN, since=date(2026, 3, 5))
    record_changes([entity.pk], date(2026, 3, 5), "信用风险分类更正")
    settle(TODAY)
    assert grounds(entity) == []


def test_undecided_moves_nothing_and_puts_the_entity_on_the_list(tagged):
    entity = tagged(credit_class=A)
    SafetyReading.objects.create(entity=entity, food_drug=2, since=date(2026, 3, 10))
    record_changes([entity.pk], date(2026, 3, 10), "经营范围变更")
    settle(TODAY)
    assert grounds(entity) == [("credit", BEGAN, None)]
    watch = rows(Watch).current().get(entity=entity)
    assert (watch.undecided, watch.review, watch.since) == (
        ["credit.safety"],
        [],
        date(2026, 3, 10),
    )


def test_undecided_does_not_let_anybody_in(tagged):
    doubtful = [{"food_drug": 2, "since": date(2026, 1, 1)}]
    entity = tagged(credit_class=A, safety=doubtful)
    assert grounds(entity) == []
    assert rows(Watch).current().get(entity=entity).undecided == ["credit.safety"]


def test_an_answered_doubt_leaves_the_list(tagged):
    entity = tagged(credit_class=A, safety=[{"food_drug": 2, "since": date(2026, 1, 1)}])
    rows(SafetyReading).get(entity=entity).close(date(2026, 3, 10))
    record_changes([entity.pk], date(2026, 3, 10), "安全领域认定")
    settle(TODAY)
    assert grounds(entity) == [("credit", date(2026, 3, 10), None)]
    watch = rows(Watch).current().get(entity=entity)
    assert watch.until == date(2026, 3, 10)


def test_an_entity_stays_inside_until_its_last_ground_ends(tagged):
    mark = [{"origin": "list", "novelties": ["form"], "since": date(2026, 1, 1)}]
    entity = tagged(credit_class=A, four_new=mark)
    change_class(entity, "B", date(2026, 3, 10))
    settle(date(2026, 3, 10))
    assert explain(entity, TODAY).inside
    rows(FourNewMark).get(entity=entity).close(date(2026, 3, 15))
    record_changes([entity.pk], date(2026, 3, 15), "取消“四新”标识")
    settle(TODAY)
    assert not explain(entity, TODAY).inside
    assert explain(entity, date(2026, 3, 14)).inside


def test_class_c_stays_four_new_but_calls_for_review(tagged):
    mark = [{"origin": "list", "novelties": ["form"], "since": date(2026, 1, 1)}]
    entity = tagged(credit_class=A, four_new=mark)
    change_class(entity, "C", date(2026, 3, 10))
    settle(TODAY)
    assert [g for g, _, until in grounds(entity) if until is None] == ["four_new"]
    assert rows(Watch).current().get(entity=entity).review == ["review.class"]


def test_settling_twice_changes_nothing(tagged):
    entity = tagged(credit_class=A)
    change_class(entity, "B", date(2026, 3, 10))
    settle(TODAY)
    before = grounds(entity)
    record_changes([entity.pk], date(2026, 3, 10), "信用风险分类更正")
    run = settle(TODAY)
    assert run.counts["moves"] == 0
    assert grounds(entity) == before
    assert settle(TODAY) is None


def test_days_before_tagging_began_are_not_judged(tagged):
    entity = tagged()
    CreditClass.objects.create(
        entity=entity, letter="A", month=date(2025, 1, 1), since=date(2025, 1, 1)
    )
    record_changes([entity.pk], date(2025, 1, 1), "信用风险分类导入")
    settle(TODAY)
    assert grounds(entity) == [("credit", BEGAN, None)]


def test_a_change_of_a_coming_day_waits_for_its_day(tagged):
    entity = tagged(credit_class=A)
    status = rows(EntityStatus).current().get(entity=entity)
    status.close(date(2026, 4, 1))
    EntityStatus.objects.create(entity=entity, status="deregistered", since=date(2026, 4, 1))
    record_changes([entity.pk], date(2026, 4, 1), "登记状态变更")
    assert settle(TODAY) is None
    settle(date(2026, 4, 1))
    assert grounds(entity) == [("credit", BEGAN, date(2026, 4, 1))]


def test_a_large_batch_is_handed_to_a_run_once(tagged, settings):
    entity = tagged()
    many = [
        Entity.objects.create(code=f"M{number}", name="重庆批量有限公司").pk
        for number in range(501)
    ]
    record_changes([entity.pk, *many], TODAY, "登记信息导入")
    assert settle(TODAY) is None
    assert settle(TODAY) is None
    jobs = rows(Job).filter(kind="run")
    assert [job.params["on"] for job in jobs] == [TODAY.isoformat()]


def test_exactly_the_taken_changes_are_marked(tagged):
    entity = tagged(credit_class=A)
    record_changes([entity.pk], TODAY + timedelta(days=5), "以后的事")
    change_class(entity, "B", date(2026, 3, 10))
    run = settle(TODAY)
    taken = rows(FactChange).filter(taken_by=run.pk)
    assert [c.cause for c in taken] == ["信用风险分类更正"]
    assert rows(FactChange).get(taken_by=None).cause == "以后的事"
    assert Run.objects.for_system("test").get(pk=run.pk).counts["judged"] == 1


def test_one_officers_change_does_not_wait_behind_a_file(tagged):
    entity = tagged(credit_class=A)
    many = [
        Entity.objects.create(code=f"B{number}", name="重庆批量有限公司").pk
        for number in range(501)
    ]
    record_changes(many, TODAY, "登记信息导入")
    change_class(entity, "B", date(2026, 3, 10))
    assert settle(TODAY).counts["moves"] == 1
    assert settle(TODAY) is None
    assert rows(Job).filter(kind="run").count() == 1
