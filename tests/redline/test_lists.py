"""Which version applies on a day, who has a list, what differs between two."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from redline import lists
from redline.choices import ListKind, ListStatus, RemovalRule
from redline.lists import Difference
from staff.models import Bureau
from tests.factories import make_bureau
from tests.redline.factories import make_list_version
from tests.redline.listing import ON, do, drafted, reached

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
FIRST, SECOND = date(2025, 1, 1), date(2026, 7, 1)
AT_TOUCH = {"removal": RemovalRule.AT_TOUCH, "removal_reason": "依四（一），危害公共安全"}


@pytest.mark.parametrize("of_city", [False, True])
def test_a_version_is_in_force_until_the_next_one_begins(of_city):
    bureau = None if of_city else make_bureau()
    first = make_list_version(bureau, since=FIRST)
    second = make_list_version(bureau, since=SECOND)
    make_list_version(bureau, since=None, status=ListStatus.VOID)
    make_list_version(bureau, since=ON, status=ListStatus.DRAFT)
    make_list_version(make_bureau(), since=date(2026, 1, 1))
    found = [
        lists.in_force("red_line", bureau, day)
        for day in (FIRST - DAY, FIRST, SECOND - DAY, SECOND, date(2030, 1, 1))
    ]
    assert found == [None, first, first, second, second]
    assert (lists.until_of(first), lists.until_of(second)) == (SECOND, None)
    assert lists.coming("red_line", bureau, FIRST) == second
    assert lists.coming("red_line", bureau, SECOND) is None
    assert lists.in_force("no_penalty", bureau, SECOND) is None


@pytest.mark.parametrize("kind", ListKind.values)
def test_a_proposal_is_never_in_force_and_is_the_baseline_until_the_city_has_one(kind):
    assert lists.in_force(kind, None, date(2099, 1, 1)) is None
    shipped = lists.proposal(kind)
    assert (shipped.number, shipped.status) == (0, ListStatus.PROPOSAL)
    assert str(shipped).endswith("建议稿")
    assert lists.baseline(kind, ON) == shipped
    mine = make_list_version(None, kind=kind, since=SECOND)
    assert lists.baseline(kind, SECOND - DAY) == shipped
    assert lists.baseline(kind, SECOND) == mine


def test_the_city_s_list_adds_to_the_bureau_s_but_for_red_lines():
    bureau = make_bureau()
    for kind in ListKind.values:
        make_list_version(bureau, kind=kind, items=({"code": "B"},))
        make_list_version(None, kind=kind, since=SECOND, items=({"code": "C"},))

    def codes(kind, on, of=bureau):
        return [item.code for item in lists.items_for(kind, of, on)]

    assert codes("red_line", SECOND) == ["B"]
    assert codes("no_penalty", SECOND) == ["B", "C"]
    assert codes("no_coercion", SECOND) == ["B", "C"]
    assert codes("no_penalty", SECOND - DAY) == ["B"]
    assert codes("no_penalty", FIRST - DAY) == []
    assert codes("no_penalty", SECOND, make_bureau()) == ["C"]
    assert codes("no_penalty", SECOND, None) == ["C"]
    (item, _) = lists.items_for("no_penalty", bureau, SECOND)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert item.version.bureau == bureau
    assert not queries


def test_two_lists_are_matched_by_code_then_by_behaviour_and_compared_field_by_field():
    base = make_list_version(
        None,
        items=(
            {"code": "A", "behaviour": "甲", "days": 15},
            {"code": "B", "behaviour": "乙"},
            {"code": "C", "behaviour": "丙 行为。"},
            {"code": "D", "behaviour": "丁"},
        ),
    )
    own = make_list_version(
        make_bureau(),
        items=(
            {"code": "B", "behaviour": "乙"},
            {"code": "A", "behaviour": "甲", "days": 7, **AT_TOUCH},
            {"code": "X", "behaviour": "丙行为"},
            {"code": "Y", "behaviour": "戊"},
        ),
    )
    found = {pair.item.code: pair for pair in lists.compare(own, base)}
    assert list(found) == ["B", "A", "X", "Y", "D"]
    assert [pair.sort for pair in found.values()] == [
        *(Difference.SAME, Difference.CHANGED, Difference.CHANGED),
        *(Difference.ONLY_ONE, Difference.ONLY_OTHER),
    ]
    assert {(one.field.name, one.one, one.other) for one in found["A"].fields} == {
        ("days", "7", "15"),
        ("removal", "触碰即移出", "逾期未改正移出"),
        ("removal_reason", "依四（一），危害公共安全", ""),
    }
    assert [one.field.name for one in found["X"].fields] == ["code", "behaviour"]
    assert found["X"].other.code == "C"
    assert [code for code, pair in found.items() if pair.at_touch] == ["A"]
    assert found["D"].other.code == "D"


def test_a_side_without_a_list_has_no_items():
    own = make_list_version(make_bureau(), items=({"code": "A"}, {"code": "B"}))
    assert {pair.sort for pair in lists.compare(own, None)} == {Difference.ONLY_ONE}
    assert {pair.sort for pair in lists.compare(None, own)} == {Difference.ONLY_OTHER}
    assert lists.compare(None, None) == []
    assert {pair.sort for pair in lists.compare(own, own)} == {Difference.SAME}


def test_the_overview_names_every_bureau_in_office_also_without_a_list(people):
    Bureau.objects.exclude(pk=people.bureau.pk).exclude(kind="city").update(until=FIRST)
    gone = make_bureau("旧局", until=SECOND)
    silent = make_bureau("无清单局")
    make_list_version(None, items=({"code": "A", "behaviour": "甲"},))
    own = make_list_version(
        people.bureau,
        items=({"code": "A", "behaviour": "甲", **AT_TOUCH}, {"code": "B", "behaviour": "乙"}),
    )
    later = make_list_version(people.bureau, since=ON + DAY, items=({"code": "A"},))
    make_list_version(gone, since=FIRST)
    draft = drafted(people)
    lines = {line.bureau: line for line in lists.overview("red_line", ON, people.officer)}
    assert list(lines) == [None, people.bureau, silent]
    line = lines[people.bureau]
    assert (line.in_force, line.coming, line.draft) == (own, later, draft)
    assert (line.items, line.at_touch, line.differences) == (2, 1, 2)
    none = lines[silent]
    assert (none.in_force, none.coming, none.draft) == (None, None, None)
    assert (none.items, none.at_touch, none.differences) == (0, 0, 0)
    assert lines[None].differences == 0
    assert lists.overview("red_line", ON)[1].draft is None
    assert lists.overview("red_line", ON, people.elsewhere)[1].draft is None
    assert lists.overview("red_line", ON, people.city)[1].draft == draft
    assert [one.bureau for one in lists.former("red_line", ON)] == [gone]
    assert gone in [one.bureau for one in lists.overview("red_line", SECOND - DAY)]


def test_the_overview_asks_as_often_for_forty_bureaus_as_for_two(people):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            lists.overview("red_line", ON, people.city)
        return len(queries)

    make_list_version(people.bureau)
    before = asked()
    for _ in range(5):
        make_list_version(make_bureau())
    assert asked() == before


def test_the_history_of_a_list_tells_its_days_and_hides_drafts_from_strangers(people):
    first = make_list_version(people.bureau, since=FIRST)
    second = make_list_version(people.bureau, since=SECOND)
    draft = drafted(people)
    spans = lists.history("red_line", people.bureau, people.officer)
    assert [(one.version, one.until) for one in spans] == [
        (draft, None),
        (second, None),
        (first, SECOND),
    ]
    assert [one.version for one in lists.history("red_line", people.bureau, people.elsewhere)] == [
        *(second, first)
    ]


def test_what_waits_for_a_lead_is_what_the_lead_can_approve(people):
    own = reached(people, ListStatus.SUBMITTED)
    city = reached(people, ListStatus.SUBMITTED, of_city=True)
    assert lists.waiting_for(people.lead) == [own]
    assert lists.waiting_for(people.city_lead) == [city]
    for name in ("officer", "lead_elsewhere", "city", "unit", "auditor"):
        assert lists.waiting_for(getattr(people, name)) == []
    do(own, "approve", people.second_lead)
    assert lists.waiting_for(people.lead) == []


def test_who_may_edit(people):
    draft = drafted(people)
    may = {
        name
        for name in vars(people)
        if name != "bureau" and lists.may_edit(draft, getattr(people, name))
    }
    assert may == {"officer", "colleague", "lead", "second_lead"}
    assert not lists.may_edit(lists.proposal("red_line"), people.city)
