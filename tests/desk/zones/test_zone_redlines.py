"""A zone's page counts the red lines that its roster touched, month by month."""

from datetime import date, datetime, timedelta

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from desk.context import Moment
from desk.zones.shown import shown_of
from redline.models import Touch
from tests.desk.zones.making import TODAY
from tests.factories import make_entity
from tests.redline.factories import make_item, make_touch, make_violation
from zones.rosters import remove

pytestmark = pytest.mark.django_db

MONTH = date(TODAY.year, TODAY.month, 1)
ACTED = MONTH - timedelta(days=20)


def touched(zone, viewer, on=TODAY, known=None):
    shown = shown_of(zone, Moment(on=on, today=TODAY, known=known), viewer)
    return {month: number for month, *_, number in shown.months if number}


@pytest.fixture
def item(people):
    return make_item(people["own"].bureau)


def touch(entity, item, on=MONTH, acted=ACTED):
    return make_touch(make_violation(entity, acted=acted), item, on=on)


def test_touches_of_the_roster_by_month_of_approval(zone, members, people, item):
    touch(members[0], item)
    touch(members[1], item, on=ACTED)
    make_touch(make_violation(members[2], acted=ACTED), item, confirmed=False)
    touch(make_entity(bureau=zone.bureau), item)
    assert touched(zone, people["own"]) == {f"{MONTH:%y-%m}": 1, f"{ACTED:%y-%m}": 1}
    assert touched(zone, people["city"]) == touched(zone, people["own"])
    assert touched(zone, people["own"], on=ACTED) == {f"{ACTED:%y-%m}": 1}


def test_who_had_left_before_the_act_is_not_counted(zone, members, people, item):
    with transaction.atomic():
        remove(zone, [members[0].pk], on=ACTED, by=None, cause="test")
        remove(zone, [members[1].pk], on=ACTED + timedelta(days=1), by=None, cause="test")
    touch(members[0], item)
    touch(members[1], item)
    assert touched(zone, people["own"]) == {f"{MONTH:%y-%m}": 1}


def test_another_bureau_s_work_is_not_told(zone, foreign, people, item):
    touch(foreign, make_item(people["other"].bureau))
    assert touched(zone, people["own"]) == {}
    assert touched(zone, people["city"]) == {f"{MONTH:%y-%m}": 1}


def test_what_was_not_approved_by_an_instant_is_not_known(zone, members, people, item):
    made = touch(members[0], item)
    Touch.plain.filter(pk=made.pk).update(confirmed_at=timezone.now() - timedelta(hours=1))
    known = timezone.make_aware(datetime.combine(ACTED, datetime.min.time()))
    assert touched(zone, people["own"], known=known) == {}
    assert touched(zone, people["own"], known=timezone.now()) == {f"{MONTH:%y-%m}": 1}


def test_the_page_shows_them(as_, zone, members, item):
    touch(members[0], item)
    page = as_("own").get(reverse("desk:zone-detail", args=(zone.pk,)) + "?tab=figures")
    text = page.content.decode()
    assert "触碰红线（件）" in text
    assert f"{MONTH:%y-%m} 触碰红线 1" in text
    assert "投诉举报的数字随其功能上线后" in text
