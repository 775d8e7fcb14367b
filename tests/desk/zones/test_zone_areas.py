"""The lead sets a zone's words from its page, the city is told; a handed zone keeps its history."""

import pytest
from django.urls import reverse

from staff.roles import Role
from tests.desk.zones.making import SINCE, TODAY
from tests.factories import make_street, make_user
from tests.zones.declaring import do, draft, make_people
from tests.zones.living import make_zone
from zones.actions.handing import hand_over
from zones.models import Zone, ZoneArea

pytestmark = pytest.mark.django_db

CHANGES = reverse("desk:roster-changes")


def address(zone):
    return reverse("desk:zone-areas", args=(zone.pk,))


def page(zone, tab=""):
    return reverse("desk:zone-detail", args=(zone.pk,)) + f"?tab={tab}"


def sent(words, **changed):
    return {"words": words, "since": TODAY, "reason": "路名变更", **changed}


def areas(zone):
    rows = ZoneArea.objects.for_system("test").in_force(TODAY).filter(zone=zone).order_by("pk")
    return [(row.words, row.street) for row in rows]


@pytest.fixture
def street(zone):
    """A street in which the zone has an area, so that a line may name it."""
    made = make_street("西永街道")
    ZoneArea(zone=zone, words="西永中路", street=made, since=SINCE).save()
    return made


def test_the_lead_sets_words_and_streets_and_the_city_is_told(as_, zone, street):
    lead = as_("lead")
    assert address(zone) in lead.get(page(zone)).content.decode()
    assert "光电园\n西永中路｜西永街道" in lead.get(address(zone)).content.decode()
    answer = lead.post(address(zone), sent("光电园\n\n 西永大道 | 西永街道 "), follow=True)
    assert "已调整区域范围" in answer.content.decode()
    assert areas(zone) == [("光电园", None), ("西永大道", street)]
    told = as_("city").get(CHANGES).content.decode()
    for said in ("区域范围调整：路名变更", "西永大道（西永街道）", "李负责", zone.name):
        assert said in told
    assert "区域范围调整" not in lead.get(CHANGES).content.decode()


def test_a_street_is_named_by_its_code_too(as_, zone, street):
    as_("lead").post(address(zone), sent(f"西永大道｜{street.code}"))
    assert areas(zone) == [("西永大道", street)]


@pytest.mark.parametrize(("words", "said"), [
    ("西永大道｜没有街道", "不是本局辖区内的街道"), ("路", "2至200个字"),
    ("光电园", "与现有范围相同"),
])  # fmt: skip
def test_a_refusal_keeps_what_was_typed(as_, zone, words, said):
    answer = as_("lead").post(address(zone), sent(words))
    assert answer.status_code == 409
    assert said in answer.content.decode()
    assert words in answer.content.decode()
    assert areas(zone) == [("光电园", None)]


def test_sent_twice_it_is_done_once(as_, zone):
    lead = as_("lead")
    for _ in range(2):
        assert lead.post(address(zone), sent("新路口", once="a")).status_code == 302
    assert areas(zone) == [("新路口", None)]


@pytest.mark.parametrize(("person", "status"), [
    ("lead", 302), ("own", 403), ("station", 403), ("city", 403), ("city_lead", 403),
    ("other", 403), ("other_lead", 404), ("unit", 403), ("auditor", 403), ("nobody", 302),
])  # fmt: skip
def test_only_the_own_lead(as_, zone, person, status):
    client = as_(person)
    assert client.post(address(zone), sent("新路口")).status_code == status
    assert (areas(zone) == [("新路口", None)]) is (person == "lead")
    if status == 403 and person in ("own", "station", "city"):
        assert address(zone) not in client.get(page(zone)).content.decode()


def test_an_ended_zone_does_not_offer_it(as_, people):
    ended = make_zone(people["lead"].bureau, until=TODAY)
    assert address(ended) not in as_("lead").get(page(ended)).content.decode()


def test_a_handed_zone_takes_its_history_along_but_not_the_declaration(client):
    people = make_people()
    done = draft(people, zones=1)
    for step, by in (("submit", people.officer), ("review", people.lead)):
        done = do(done, step, by)
    done = do(done, "approve", people.city, opinion="同意设立")
    zone = Zone.objects.for_system("test").get()
    new = make_user(Role.DISTRICT_OFFICER)
    link = reverse("desk:declaration-detail", args=(done.pk,))

    def history(user):
        client.force_login(user)
        return client.get(page(zone, "history"))

    assert link in history(people.officer).content.decode()
    assert history(new).status_code == 404
    hand_over([zone], new.bureau, since=zone.since, reason="调整", by=people.city, on=zone.since)
    seen = history(new).content.decode()
    for said in ("同意设立", people.lead.name, people.city.name, people.bureau.short_name):
        assert said in seen
    assert link not in seen
    assert client.get(link).status_code == 404
    assert link in history(people.city).content.decode()
    for stranger in (people.officer, people.elsewhere):
        assert history(stranger).status_code == 404
