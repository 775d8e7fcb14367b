"""A night: everyone is judged, and the scope follows what the passing day alone changes."""

from datetime import date, timedelta

import pytest

from core.models import Job
from entities.models import Entity, FactChange, SafetyReading
from entities.placing import place
from redline.choices import OrderStatus
from redline.models import Order as MendingOrder
from redline.models import OrderNotice
from sandbox_reg import pipeline
from staff.models import Jurisdiction, StreetPlacement
from tests.factories import make_bureau, make_district, make_entity, make_street
from tests.redline.factories import make_item, make_order, make_violation

pytestmark = pytest.mark.django_db

DAY = date(2031, 11, 6)  # far from the days of the tables that the product ships
BEFORE = DAY - timedelta(days=1)


def kinds() -> list[str]:
    return list(Job.objects.for_system("test").order_by("id").values_list("kind", flat=True))


def test_a_street_goes_to_its_new_bureau_on_the_day_though_loaded_before():
    old, new, street = make_district(), make_district(), make_street()
    bureaus = {"old": make_bureau(), "new": make_bureau()}
    Jurisdiction(bureau=bureaus["old"], district=old, since=date(2024, 1, 1)).save()
    Jurisdiction(bureau=bureaus["new"], district=new, since=date(2024, 1, 1)).save()
    StreetPlacement(street=street, district=old, since=date(2024, 1, 1), until=DAY).save()
    StreetPlacement(street=street, district=new, since=DAY).save()
    entity = make_entity(district=old, street=street)
    place([entity.pk], on=BEFORE)
    assert Entity.plain.get(pk=entity.pk).bureau_id == bureaus["old"].pk

    pipeline.begin_night(BEFORE)
    assert kinds() == ["run"]
    pipeline.begin_night(DAY)
    assert kinds() == ["run", "run", "place_entities"]


def test_a_field_recorded_ahead_is_read_by_its_unit_from_its_day():
    entity = make_entity()
    SafetyReading(entity=entity, food_drug=1, since=DAY).save()
    pipeline.begin_night(BEFORE)
    assert Entity.plain.get(pk=entity.pk).fields == []
    pipeline.begin_night(DAY)
    assert Entity.plain.get(pk=entity.pk).fields == ["food_drug"]


def test_at_night_orders_fall_due_are_told_of_and_end_with_their_firm():
    bureau = make_bureau()
    item = make_item(bureau)

    def order(due_on, **entity):
        made = make_violation(make_entity(bureau=bureau, **entity))
        columns = {"status": OrderStatus.SERVED, "item": item, "due_on": due_on}
        return make_order(made, served_on=BEFORE - timedelta(days=20), **columns)

    late, near, ended = order(BEFORE), order(DAY), order(BEFORE, status="deregistered")
    pipeline.begin_night(DAY)
    orders = MendingOrder.objects.for_system("test")
    found = {pk: orders.get(pk=pk).status for pk in (late.pk, near.pk, ended.pk)}
    assert found == {late.pk: "overdue", near.pk: "served", ended.pk: "ended"}
    assert OrderNotice.objects.for_system("test").get().order == near
    assert FactChange.objects.for_system("test").get(cause="触线移出").entity == late.entity


def test_a_sweep_lets_fall_due_what_no_night_did():
    order = make_order(status=OrderStatus.SERVED, served_on=DAY, due_on=DAY)
    pipeline.sweep(DAY)
    assert MendingOrder.objects.for_system("test").get(pk=order.pk).status == "served"
    pipeline.sweep(DAY + timedelta(days=1))
    assert MendingOrder.objects.for_system("test").get(pk=order.pk).status == "overdue"
