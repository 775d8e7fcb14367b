"""The overview of zones, their list and the page of one, as everybody who may see them."""

import pytest
from django.urls import reverse

from core.models import Access
from desk.tiles import POSITIONS
from staff.models import Bureau, in_office
from tests.desk.zones.making import SINCE, TODAY, filed
from tests.factories import make_bureau
from tests.zones.living import make_zone, on_roster
from zones.actions.liaison import add_contact, record
from zones.models import Declaration, Round, ZoneContact, ZoneNote
from zones.rosters import enter

pytestmark = pytest.mark.django_db

OVERVIEW, LIST = reverse("desk:zone-overview"), reverse("desk:zone-list")
ROSTER = reverse("desk:roster-list")
TABS = ("roster", "figures", "changes", "proposals", "notes", "liaison", "history")


def page(zone, tab=""):
    return reverse("desk:zone-detail", args=(zone.pk,)) + (f"?tab={tab}" if tab else "")


def said(answer):
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_every_bureau_in_office_has_one_tile_and_none_twice():
    bureaus = Bureau.objects.exclude(kind=Bureau.Kind.CITY).exclude(code__startswith="test-")
    codes = set(bureaus.filter(in_office(TODAY)).values_list("code", flat=True))
    assert codes == POSITIONS.keys()
    assert len(set(POSITIONS.values())) == len(POSITIONS) == 40


def test_the_city_sees_every_bureau_and_the_totals(as_, zone, members, people):
    text = said(as_("city").get(OVERVIEW))
    assert "万州局" in text
    assert "逾期未报" in text
    line = f'<a href="{LIST}?state=active&amp;bureau={zone.bureau.pk}">1</a>'
    assert line in text
    assert f'<a href="{ROSTER}?bureau={zone.bureau.pk}">3</a>' in text
    assert f'<a href="{ROSTER}">3</a>' in text


def test_a_figure_leads_to_exactly_what_it_counts(as_, zone, members, people):
    other = make_zone(zone.bureau, name="第二园区")
    on_roster(other, 2)
    make_zone(people["other"].bureau, name="外区园区")
    client = as_("city")
    listed = said(client.get(f"{LIST}?state=active&bureau={zone.bureau.pk}"))
    assert "data-count>2<" in listed
    assert "外区园区" not in listed
    assert "data-count>5<" in said(client.get(f"{ROSTER}?bureau={zone.bureau.pk}"))


def test_an_entity_in_two_zones_counts_once_in_the_city(as_, zone, members):
    other = make_zone(zone.bureau, name="第二园区")
    enter(other, {members[0].pk: members[0].name}, since=SINCE, by=None, cause="test")
    assert f'<a href="{ROSTER}">3</a>' in said(as_("city").get(OVERVIEW))
    assert "data-count>3</strong> 户，4 行" in said(as_("city").get(ROSTER))


def test_a_district_sees_its_own_part(as_, zone, members):
    text = said(as_("own").get(OVERVIEW))
    assert "本区局" in text
    assert "万州局" not in text
    assert zone.name not in said(as_("other").get(LIST))


def test_who_sees_no_zones_is_told_why(as_, zone):
    assert "您的账户不查看沙盒区域" in said(as_("unit").get(OVERVIEW))


def test_the_state_of_the_chosen_round_is_a_word(as_, zone, people):
    chosen = Round.objects.for_system("test").first()
    Declaration.objects.create(
        bureau=zone.bureau, round=chosen, status="reviewed", filed_by=people["own"]
    )
    later = Round.objects.create(name="第二轮", opens_on=TODAY, deadline=TODAY)
    assert "待市局" in said(as_("city").get(f"{OVERVIEW}?round={chosen.pk}"))
    again = said(as_("city").get(f"{OVERVIEW}?round={later.pk}"))
    assert "待市局" not in again
    assert "未申报" in again


def test_a_bureau_out_of_office_that_holds_a_zone_is_named(as_):
    gone = make_bureau("撤销局", until=TODAY)
    make_zone(gone, name="旧园区")
    text = said(as_("city").get(OVERVIEW))
    assert "已撤销，须移交" in text


@pytest.mark.parametrize(("query", "found"), [
    ("state=active", True), ("state=ended", False), ("zone_type=park", True),
    ("zone_type=incubator", False), ("text=光电", True), ("text=没有", False),
    ("state=nonsense", False),
])  # fmt: skip
def test_the_list_is_filtered(as_, zone, query, found):
    assert (zone.name in said(as_("own").get(f"{LIST}?{query}"))) is found


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize(("person", "status"), [
    ("own", 200), ("lead", 200), ("station", 200), ("city", 200), ("city_lead", 200),
    ("other", 404), ("unit", 404), ("auditor", 403), ("nobody", 302),
])  # fmt: skip
def test_the_page_opens_to_its_bureau_and_the_city(
    as_, zone, members, foreign, person, status, tab
):
    assert as_(person).get(page(zone, tab)).status_code == status


@pytest.mark.parametrize("tab", TABS)
def test_an_empty_tab_says_why(as_, zone, tab):
    assert as_("own").get(page(zone, tab)).status_code == 200


def test_a_foreign_row_is_name_code_and_status_only(as_, zone, members, foreign):
    text = said(as_("own").get(page(zone)))
    assert foreign.name in text
    assert foreign.code in text
    assert "非本局监管" in text
    assert reverse("desk:entity-detail", args=(foreign.pk,)) not in text
    assert reverse("desk:entity-detail", args=(members[0].pk,)) in text
    for query in ("letter=B", "inside=no"):
        assert foreign.name not in said(as_("own").get(f"{page(zone)}?{query}"))
    assert foreign.name in said(as_("city").get(f"{page(zone)}?letter=B"))


def test_the_roster_is_of_a_day(as_, zone, members):
    before = SINCE.replace(year=2023).isoformat()
    assert members[0].name not in said(as_("own").get(f"{page(zone)}?on={before}"))
    assert "移出名册……" not in said(as_("own").get(f"{page(zone)}?on=2025-01-01"))
    assert "移出名册……" in said(as_("own").get(page(zone)))
    assert "移出名册……" not in said(as_("station").get(page(zone)))


@pytest.mark.parametrize("path", ["zones/", "zones/list/", "zones/roster/"])
def test_pages_ask_a_fixed_number_of_queries(
    as_, zone, members, path, django_assert_max_num_queries
):
    client = as_("city")
    client.get(f"/{path}")
    for number in range(5):
        on_roster(make_zone(zone.bureau, name=f"园区{number}"), 4)
    with django_assert_max_num_queries(36):
        client.get(f"/{path}")


@pytest.mark.parametrize("tab", TABS)
def test_tabs_ask_a_fixed_number_of_queries(
    as_, zone, people, members, tab, django_assert_max_num_queries
):
    client = as_("own")
    client.get(page(zone, tab))
    on_roster(zone, 10)
    for number in range(6):
        filed(zone, people["own"])
        record(zone, "clue", TODAY, f"线索{number}", by=people["own"], on=TODAY)
        note = {"kind": "renamed", "text": "更名", "raised_on": TODAY}
        ZoneNote.objects.create(zone=zone, entity=on_roster(zone)[0], **note)
    with django_assert_max_num_queries(40):
        client.get(page(zone, tab))


@pytest.fixture
def contact(zone, people) -> ZoneContact:
    return add_contact(
        zone, role="committee", organisation="园区管委会", person="赵主任", phone="13912345678",
        by=people["own"], on=TODAY,
    )  # fmt: skip


def reveal(contact):
    return reverse("desk:zone-contact", args=(contact.pk,))


def test_a_contact_is_masked_until_a_reason_is_given(as_, zone, contact):
    text = said(as_("own").get(page(zone)))
    assert "13912345678" not in text
    assert "赵主任" not in text
    answer = said(as_("own").post(reveal(contact), {"reason": "核对会议通知"}))
    assert "13912345678" in answer
    line = Access.objects.for_system("test").filter(kind=Access.Kind.REVEAL).get()
    assert (line.ok, line.reason) == (True, "核对会议通知")
    assert zone.name in line.subject


def test_a_reveal_without_reason_is_refused(as_, contact):
    text = said(as_("own").post(reveal(contact), {"reason": "看"}, HTTP_HX_REQUEST="true"))
    assert "请写明查看理由" in text
    assert "13912345678" not in text


@pytest.mark.parametrize(("person", "status"), [
    ("station", 200), ("city", 200), ("other", 404), ("unit", 403), ("auditor", 403),
    ("nobody", 302),
])  # fmt: skip
def test_who_may_look_at_a_contact(as_, contact, person, status):
    assert as_(person).post(reveal(contact), {"reason": "核对会议通知"}).status_code == status


def test_the_entity_list_knows_zones(as_, zone, members, foreign):
    entities = reverse("desk:entity-list")
    text = said(as_("own").get(f"{entities}?zone={zone.pk}&status=any"))
    assert members[0].name in text
    assert foreign.name not in text
    assert "沙盒区域＝西永光电园" in text
