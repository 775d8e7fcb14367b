"""What the desk shows of zones: an entity counts once, however many zones it is in."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from desk.counts import count
from tests.desk.exporting import ask, produce, table_of
from tests.desk.making import hold
from tests.factories import SINCE, make_entity
from tests.membership.zoning import make_zone
from zones.models import Occupant
from zones.rosters import enter

URL = reverse("desk:entity-list")


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def firm(place):
    """A firm in two zones, since different days, whose second ground opened a day later."""
    entity = make_entity(name="重庆甲有限公司", bureau=place)
    for number, name in enumerate(("甲园", "乙园")):
        day = SINCE + timedelta(days=number)
        zone = make_zone(name, place)
        enter(zone, {entity.pk: entity.name}, since=day, by=None, cause="区域批准")
        occupant = Occupant.objects.for_system("test").get(zone=zone)
        hold(entity, "zone", occupant=occupant, since=day)
    return entity


@pytest.mark.django_db
def test_two_zones_are_one_entity_in_list_and_figures(browse, viewers, firm):
    counted = count(viewers["own"], timezone.localdate()).total
    assert (counted["inside"], counted["zone"]) == (1, 1)
    page = browse("own").get(URL, {"ground": "zone"})
    (row,) = page.context["list"].rows
    assert (row.entity, row.grounds) == (firm, ["zone"])
    assert "区域" in page.content.decode()
    assert list(browse("own").get(URL, {"ground": "four_new"}).context["list"].rows) == []


@pytest.mark.django_db
def test_the_page_of_the_entity_names_both(browse, firm):
    page = browse("own").get(reverse("desk:entity-detail", args=(firm.pk,))).content.decode()
    assert "区域类（甲园）" in page
    assert "区域类（乙园）" in page


@pytest.mark.django_db
def test_exports_name_the_zones(viewers, firm):
    (row,) = table_of(produce(ask(viewers["own"])))
    assert (row["纳入情形"], row["纳入自"]) == ("区域类（甲园、乙园）", str(SINCE))
    members = table_of(produce(ask(viewers["own"], "members", "ground=zone")))
    assert [(line["纳入情形"], line["所在区域"]) for line in members] == [
        ("区域类", "甲园"),
        ("区域类", "乙园"),
    ]
