"""The list of orders: who sees which, tabs, lights in words, filters that last, the queue."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.http import QueryDict
from django.urls import reverse

from desk.orders.conditions import Conditions, conditions_of, orders_asked
from desk.orders.queue import next_of, standing_of
from redline.choices import ExtensionStatus, OrderOrigin, OrderStatus
from redline.deadlines import light
from redline.models import Extension
from redline.queries import LIGHTS, light_is, orders_for, orders_waiting_for
from staff.roles import Role
from tests.desk.redline.ordering import BROWSED, HIDDEN, due_in, order_of, today
from tests.factories import make_station, make_user

pytestmark = pytest.mark.django_db

PAGE = "desk:order-list"
Status = OrderStatus


def listed(client, **query: str) -> str:
    answer = client.get(reverse(PAGE), {"tab": "all"} | query)
    assert answer.status_code == 200
    return answer.content.decode()


def keys(text: str) -> list[int]:
    """Return the orders on a page, in their order."""
    return [int(key) for key in re.findall(r'data-open href="/orders/(\d+)/', text)]


@pytest.mark.parametrize("name", BROWSED)
def test_the_bureau_and_the_city_see_the_order(people, as_, name):
    order = order_of(people["own"])
    assert keys(listed(as_(name))) == [order.pk]


@pytest.mark.parametrize("name", HIDDEN)
def test_others_see_none_of_it(people, as_, name):
    order = order_of(people["own"])
    assert keys(listed(as_(name))) == []
    assert as_(name).get(reverse("desk:order-detail", args=(order.pk,))).status_code == 404


def test_who_does_no_business_gets_no_list(people, as_):
    assert as_("auditor").get(reverse(PAGE)).status_code == 403
    assert as_("nobody").get(reverse(PAGE)).status_code == 302


def test_what_presses_stands_first(people, as_):
    own = people["own"]
    far, draft = due_in(own, 30), order_of(own)
    ended = order_of(own, Status.MENDED, served_on=today() - timedelta(days=60))
    near, late = due_in(own, 1), due_in(own, -2)
    found = keys(listed(as_("own")))
    assert found == [late.pk, near.pk, far.pk, draft.pk, ended.pk]


def test_the_lights_are_words(people, as_):
    own = people["own"]
    due_in(own, -2), due_in(own, 0), due_in(own, 30)
    text = listed(as_("own"))
    assert "逾期2天" in text
    assert "今天届满" in text
    assert re.search(r"还有\d+个工作日", text)


DAYS = (-9, -1, 0, 1, 3, 5, 8, 40)


@pytest.mark.parametrize("status", Status.values)
def test_the_filter_of_lights_finds_what_shows_the_light(people, status):
    for days in DAYS:
        order = order_of(people["own"], status, **of_day(status, days))
        rows = orders_for(people["own"]).filter(pk=order.pk)
        found = [one for one in LIGHTS if rows.filter(light_is(one, today())).exists()]
        assert found == [light(order, today()).colour], days


def of_day(status: str, days: int) -> dict[str, date]:
    """Give the columns by which the day that presses lies so many days from today."""
    day = today() + timedelta(days=days)
    found = {"served_on": today() - timedelta(days=20)}
    if status == Status.SERVED:
        found["due_on"] = day
    if status == Status.REPORTED:
        found["recheck_due_on"] = day
    if status == Status.ISSUED:
        found["issued_on"] = today() - timedelta(days=abs(days))
    return found


WAITS = {
    "own": {
        *(Status.DRAFT, Status.APPROVED, Status.ISSUED, Status.REPORTED),
        *(Status.OVERDUE, Status.NOT_MENDED),
    },
    "own2": set(),
    "lead": {Status.SUBMITTED},
    "station": {Status.ISSUED, Status.REPORTED, Status.OVERDUE, Status.NOT_MENDED},
    "other": set(),
    "city": set(),
    "unit": set(),
}


@pytest.mark.parametrize("status", Status.values)
def test_to_dos_are_those_of_whoever_acts_next(people, status):
    station = people["station"].station
    order_of(people["own"], status, station=station, served_on=today())
    found = {name for name in WAITS if orders_waiting_for(people[name], today()).exists()}
    assert found == {name for name, states in WAITS.items() if status in states}


def test_a_running_order_is_a_to_do_as_its_day_nears(people):
    order = due_in(people["own"], 40)
    assert not orders_waiting_for(people["own"], today()).exists()
    type(order).plain.filter(pk=order.pk).update(due_on=today() + timedelta(days=1))
    assert orders_waiting_for(people["own"], today()).exists()
    assert not orders_waiting_for(people["own2"], today()).exists()


def test_whose_officer_left_is_everybody_s(people):
    gone = make_user(Role.DISTRICT_OFFICER, people["own"].bureau)
    order = order_of(gone, Status.ISSUED)
    assert not orders_waiting_for(people["own2"], today()).exists()
    type(gone).objects.filter(pk=gone.pk).update(is_active=False)
    assert orders_waiting_for(people["own2"], today()).get() == order


def test_an_extension_that_was_asked_waits_for_a_lead_who_did_not_record_it(people):
    order = due_in(people["own"], 40)
    Extension(
        order=order,
        asked_on=today(),
        days=5,
        reason="设备到货延迟",
        due_before=order.due_on,
        recorded_by=people["lead"],
    ).save()
    assert not orders_waiting_for(people["lead"], today()).exists()
    second = make_user(Role.DISTRICT_LEAD, people["own"].bureau)
    assert orders_waiting_for(second, today()).get() == order
    Extension.plain.update(
        status=ExtensionStatus.REFUSED, decided_by=second, decided_on=today(), opinion="理由"
    )
    assert not orders_waiting_for(second, today()).exists()


def test_a_station_has_the_to_dos_of_its_own_entities_only(people):
    order_of(people["own"], Status.ISSUED, station=make_station(people["own"].bureau))
    assert not orders_waiting_for(people["station"], today()).exists()


def test_tabs_bear_the_numbers_that_they_show(people, as_):
    order_of(people["own"], Status.DRAFT)
    order_of(people["own"], Status.SUBMITTED)
    order_of(people["own2"], Status.SUBMITTED)
    text = " ".join(re.sub("<[^>]+>", " ", listed(as_("lead"), tab="mine")).split())
    assert "我的待办 2" in text
    assert "我发起的 0" in text
    assert "全部 3" in text
    assert "我发起的 2" in re.sub("<[^>]+>", " ", listed(as_("own")))


def test_the_city_has_one_tab_and_a_filter_of_bureaus(people, as_):
    mine, theirs = order_of(people["own"]), order_of(people["other"])
    text = listed(as_("city"))
    assert "我的待办" not in text
    assert set(keys(text)) == {mine.pk, theirs.pk}
    assert keys(listed(as_("city"), bureau=str(theirs.bureau_id))) == [theirs.pk]


def test_every_condition_narrows(people, as_):
    own = people["own"]
    wanted = due_in(own, 2, origin=OrderOrigin.ORDINARY)
    other = order_of(own, Status.DRAFT)
    client = as_("own")
    day = (today() + timedelta(days=2)).isoformat()
    for query in (
        {"status": "served"},
        {"origin": "ordinary"},
        {"light": "amber"},
        {"due": "3"},
        {"day": day},
        {"entity": str(wanted.entity_id)},
        {"text": wanted.entity.code},
        {"text": wanted.entity.name},
        {"text": wanted.number.text},
    ):
        assert keys(listed(client, **query)) == [wanted.pk], query
    assert keys(listed(client, group="RL-9")) == [other.pk]
    assert keys(listed(client, group="RL-2")) == []
    assert len(keys(listed(client, status="open"))) == 2
    assert keys(listed(client, status="closed")) == []


@pytest.mark.parametrize(
    "query",
    [
        *("status=x", "light=x", "due=x", "due=-1", "due=99999", "day=x", "day=2026-13-01"),
        *("entity=x", "bureau=x", "after=x", "after=20261301-1", "after=2026-1", "tab=x"),
        *("text=" + "长" * 500, "group=%00", "after=99999999-1"),
    ],
)
def test_nonsense_in_the_address_counts_as_not_asked(people, as_, query):
    order = order_of(people["own"])
    answer = as_("own").get(f"{reverse(PAGE)}?{query}")
    assert answer.status_code == 200
    if not query.startswith("text"):
        assert keys(answer.content.decode()) == [order.pk]


def test_conditions_read_what_they_write():
    asked = Conditions("mine", "served", "redline", "red", "RL-2", 7, today(), 3, 4, text="试验")
    assert conditions_of(QueryDict(asked.query)) == asked


def test_the_queue_goes_by_the_list_and_ends(people):
    own = people["own"]
    first, second, third = (due_in(own, days) for days in (-3, -2, -1))
    asked, on = Conditions("mine"), today()
    stands = standing_of(second.pk, own, asked, on)
    assert (stands.previous, stands.following) == (first.pk, third.pk)
    assert next_of(first.pk, standing_of(first.pk, own, asked, on).place, own, asked, on).pk == (
        second.pk
    )
    after = next_of(third.pk, standing_of(third.pk, own, asked, on).place, own, asked, on)
    assert (after.pk, after.left) == (None, 2)


def test_pages_go_on_where_the_last_one_ended(people, as_, monkeypatch):
    monkeypatch.setattr("desk.orders.queue.SIZE", 2)
    made = [due_in(people["own"], days).pk for days in (1, 1, 2, 3)]
    client = as_("own")
    seen, query = [], {}
    for _ in range(3):
        text = listed(client, **query)
        seen += keys(text)
        found = re.search(r"after=(\d{8}-\d+)", text)
        if not found:
            break
        query = {"after": found[1]}
    assert sorted(seen) == sorted(made)
    assert len(seen) == len(set(seen))


def test_the_calendar_counts_what_is_due(people, as_):
    day = today() + timedelta(days=1)
    due_in(people["own"], 1), due_in(people["own"], 1)
    text = listed(as_("own"))
    assert re.search(rf"day={day}[^>]*>2 件", text)


def test_reading_costs_the_same_for_many(people, as_, django_assert_max_num_queries):
    for days in range(12):
        due_in(people["own"], days)
    client = as_("own")
    client.get(reverse(PAGE))
    with django_assert_max_num_queries(48):
        listed(client)


def test_orders_asked_keeps_to_the_scope(people):
    order_of(people["own"])
    for tab in ("mine", "done", "started", "all"):
        assert not orders_asked(people["other"], Conditions(tab), today()).exists()
