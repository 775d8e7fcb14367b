"""The pages of declarations as each user meets them."""

import pytest

from tests.desk.declaring import (
    client_of,
    latest,
    office,
    page,
    rows_of,
    upload,
    workbook,
    zones_of,
)
from tests.factories import make_entity
from tests.zones.declaring import do, draft, entered, fresh
from zones.models import DeclarationComment, Round

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    return office()


@pytest.fixture
def made(people):
    return draft(people, entities=3)


READING = ("declaration-detail", "declaration-findings", "declaration-annex", "declaration-form")
READERS = ("officer", "lead", "station", "city", "city_lead", "unit")


@pytest.mark.parametrize("name", READING)
@pytest.mark.parametrize("who", READERS)
def test_whoever_reads_zones_reads_the_pages(people, made, who, name):
    answer = client_of(getattr(people, who)).get(page(name, made.pk))
    assert answer.status_code == 200


@pytest.mark.parametrize("name", [*READING, "declaration-edit"])
@pytest.mark.parametrize("who", ["elsewhere", "lead_elsewhere"])
def test_another_district_finds_nothing(people, made, who, name):
    assert client_of(getattr(people, who)).get(page(name, made.pk)).status_code == 404


@pytest.mark.parametrize("name", [*READING, "declaration-edit"])
@pytest.mark.parametrize("who", ["auditor", "security", "system", "nobody"])
def test_whoever_does_no_business_reads_why(people, made, who, name):
    answer = client_of(getattr(people, who)).get(page(name, made.pk))
    assert answer.status_code == 403
    assert "您的角色不能" in answer.content.decode()


@pytest.mark.parametrize("who", READERS)
def test_the_list_shows_the_scope_and_its_filters(people, made, who):
    said = client_of(getattr(people, who)).get(page("declaration-list")).content.decode()
    assert zones_of(made)[0].name in said
    empty = client_of(getattr(people, who)).get(page("declaration-list") + "?status=approved")
    assert zones_of(made)[0].name not in empty.content.decode()


def test_the_list_of_another_district_is_empty(people, made):
    said = client_of(people.elsewhere).get(page("declaration-list")).content.decode()
    assert "没有符合条件的申报" in said


def test_to_dos_follow_whose_turn_it_is(people, made):
    mine = page("declaration-list") + "?mine=1"
    name = zones_of(made)[0].name
    assert name in client_of(people.officer).get(mine).content.decode()
    do(made, "submit", people.officer)
    assert name not in client_of(people.officer).get(mine).content.decode()
    assert name in client_of(people.lead).get(mine).content.decode()
    assert name not in client_of(people.city).get(mine).content.decode()


def test_a_district_begins_in_the_browser(people):
    client = client_of(people.officer)
    assert client.get(page("declaration-new")).status_code == 200
    round_pk = Round.objects.for_system("test").first()
    if round_pk is None:
        round_pk = Round.objects.create(name="甲轮", opens_on="2026-01-01", deadline="2027-01-01")
    answer = client.post(page("declaration-new"), {"round": round_pk.pk})
    made = latest()
    assert answer["Location"] == page("declaration-edit", made.pk)
    said = client.get(answer["Location"]).content.decode()
    assert f'name="zone:{zones_of(made)[0].pk}:name"' in said


def test_a_field_is_saved_as_it_is_typed(people, made):
    zone = zones_of(made)[0]
    client = client_of(people.officer)
    sent = {f"zone:{zone.pk}:name": "西永产业园", "revision": made.revision}
    answer = client.post(page("declaration-edit", made.pk), sent, headers={"HX-Request": "true"})
    said = answer.content.decode()
    assert "已保存" in said
    assert f'value="{made.revision + 1}"' in said
    assert answer["HX-Trigger"] == "saved"
    assert zones_of(made)[0].name == "西永产业园"


def test_the_loser_of_two_reads_who_changed_what(people, made):
    zone = zones_of(made)[0]
    address = page("declaration-edit", made.pk)
    sent = {
        f"zone:{zone.pk}:address": "重庆市试验区试验街道西永大道9号",
        "revision": made.revision,
    }
    client_of(people.lead).post(address, sent, headers={"HX-Request": "true"})
    late = {
        f"zone:{zone.pk}:name": "另一名称",
        f"zone:{zone.pk}:address": zone.address,
        "revision": made.revision,
    }
    field = f"zone:{zone.pk}:name"
    headers = {"HX-Request": "true", "X-Field": field}
    said = client_of(people.officer).post(address, late, headers=headers).content.decode()
    assert people.lead.name in said
    assert "注册登记地址" in said
    assert "未保存" in said
    plain = client_of(people.officer).post(address, late)
    assert plain.status_code == 409
    assert zones_of(made)[0].name == zone.name


def test_without_htmx_the_whole_form_is_saved_at_once(people, made):
    zone = zones_of(made)[0]
    sent = {
        "revision": made.revision,
        "once": "a" * 32,
        "head:contact_name": "李四",
        f"zone:{zone.pk}:name": "整表保存园",
        f"zone:{zone.pk}:declared_count": "5户",
    }
    answer = client_of(people.officer).post(page("declaration-edit", made.pk), sent)
    assert answer.status_code == 302
    zone = zones_of(made)[0]
    assert (zone.name, zone.declared_count) == ("整表保存园", 5)
    assert fresh(made).contact_name == "李四"


def test_another_type_takes_the_wording_of_the_old_one_away_for_good(people, made):
    zone = zones_of(made)[0]
    type(zone).plain.filter(pk=zone.pk).update(zone_type="", type_text="孵化器")
    client = client_of(people.officer)
    name = f"zone:{zone.pk}:type_text"
    sent = {f"zone:{zone.pk}:zone_type": "incubator", name: "孵化器"}
    for _ in range(2):
        said = sent | {"revision": fresh(made).revision}
        client.post(page("declaration-edit", made.pk), said, headers={"HX-Request": "true"})
        zone = zones_of(made)[0]
        assert (zone.zone_type, zone.type_text) == ("incubator", "")


def test_who_may_not_edit_is_led_back_and_changes_nothing(people, made):
    address = page("declaration-edit", made.pk)
    assert client_of(people.station).get(address).status_code == 403
    assert client_of(people.city).get(address).status_code == 302
    zone = zones_of(made)[0]
    sent = {f"zone:{zone.pk}:name": "改名", "revision": made.revision}
    assert client_of(people.city).post(address, sent).status_code == 409
    assert zones_of(made)[0].name == zone.name


def test_lines_are_added_and_removed(people, made):
    client = client_of(people.officer)
    client.post(page("declaration-zone-add", made.pk), {"revision": made.revision})
    assert len(zones_of(made)) == 2
    zone = zones_of(made)[1]
    sent = {"revision": fresh(made).revision}
    client.post(page("declaration-zone-remove", made.pk, zone.pk), sent)
    assert len(zones_of(made)) == 1


def test_rows_are_pasted_searched_typed_and_removed(people, made):
    zone = zones_of(made)[0]
    client = client_of(people.officer)
    roster, edit = (
        page(name, made.pk, zone.pk) for name in ("declaration-roster", "declaration-roster-edit")
    )
    other = make_entity(bureau=people.bureau, address="重庆市试验区甲路8号")
    lines = f"1、{other.name} {other.code}\n不知名的公司"
    sent = {"act": "paste", "lines": lines, "revision": fresh(made).revision}
    assert client.post(edit, sent).status_code == 302
    rows = rows_of(zone)
    assert [(row.name, row.entity_id) for row in rows[3:]] == [
        (other.name, other.pk),
        ("不知名的公司", None),
    ]
    found = make_entity(bureau=people.bureau, address="重庆市试验区乙路9号")
    said = client.get(f"{roster}?address=乙路").content.decode()
    assert found.name in said
    sent = {"act": "add", "ids": [found.pk], "revision": fresh(made).revision}
    client.post(edit, sent)
    assert rows_of(zone)[-1].entity_id == found.pk
    sent = {"act": "remove", "rows": [rows[4].pk], "revision": fresh(made).revision}
    client.post(edit, sent)
    assert rows[4].pk not in [row.pk for row in rows_of(zone)]
    sent = {f"row:{rows[0].pk}:name": "改后名称", "revision": fresh(made).revision}
    save = page("declaration-roster-save", made.pk, zone.pk)
    client.post(save, sent, headers={"HX-Request": "true"})
    assert rows_of(zone)[0].name == "改后名称"


def test_too_many_pasted_lines_are_refused_and_kept(people, made):
    zone = zones_of(made)[0]
    edit = page("declaration-roster-edit", made.pk, zone.pk)
    lines = "\n".join(f"公司{number}" for number in range(5001))
    sent = {"act": "paste", "lines": lines, "revision": made.revision}
    answer = client_of(people.officer).post(edit, sent)
    assert answer.status_code == 409
    assert "一次最多粘贴5,000行" in answer.content.decode()
    assert "公司5000" in answer.content.decode()


def test_a_workbook_replaces_the_draft_and_comes_back(people, made):
    client = client_of(people.officer)
    entity = make_entity(bureau=people.bureau)
    rows = [(entity.name, entity.code), ("不存在的公司", "91500107MA5U4PQ2X1")]
    content = workbook(rows, bureau=people.bureau.short_name)
    sent = {"file": upload(content), "revision": made.revision}
    answer = client.post(page("declaration-upload", made.pk), sent, follow=True)
    said = answer.content.decode()
    assert "新增2行" in said
    assert "减少3行" in said
    assert "91500107MA5U4PQ2X1" in said or "不存在的公司" in said
    back = client.post(page("declaration-file", made.pk))
    assert b"".join(back.streaming_content)[:2] == b"PK"
    assert client.get(page("declaration-file", made.pk)).status_code == 405


def test_what_is_no_workbook_is_refused_in_a_sentence(people, made):
    client = client_of(people.officer)
    sent = {"file": upload(b"name,code\n", "名单.csv"), "revision": made.revision}
    answer = client.post(page("declaration-upload", made.pk), sent)
    assert answer.status_code == 200
    assert ".xlsx" in answer.content.decode()
    assert len(rows_of(zones_of(made)[0])) == 3


def test_the_template_is_for_whoever_fills_it_in(people):
    for who, status in (("officer", 200), ("city", 200), ("station", 403), ("unit", 403)):
        answer = client_of(getattr(people, who)).get(page("declaration-template"))
        assert answer.status_code == status, who


def test_the_city_enters_what_came_by_mail(people):
    client = client_of(people.city)
    round_ = Round.objects.create(name="甲轮", opens_on="2026-01-01", deadline="2027-01-01")
    entity = make_entity(bureau=people.bureau)
    content = workbook([(entity.name, entity.code)], bureau=people.bureau.short_name)
    sent = {
        "bureau": people.bureau.pk,
        "mail_received_on": "2026-01-05",
        "mail_source": "试验局企业科，内网邮件",
        "round": round_.pk,
        "file": upload(content),
    }
    answer = client.post(page("declaration-new"), sent)
    made = latest()
    assert answer["Location"] == page("declaration-edit", made.pk)
    assert (made.status, made.way) == ("entered", "mail")
    said = client_of(people.officer).get(page("declaration-detail", made.pk)).content.decode()
    assert "确认代录" in said


def test_comments_are_pinned_shown_beside_the_field_and_settled(people, made):
    do(made, "submit", people.officer)
    zone = zones_of(made)[0]
    row = rows_of(zone)[1]
    lead = client_of(people.lead)
    for pin in (f"zone:{zone.pk}:address", f"row:{row.pk}:code", "head:contact_phone"):
        sent = {"pin": pin, "text": f"请核对{pin[:4]}"}
        assert lead.post(page("declaration-comment", made.pk), sent).status_code == 302
    sent = {"step": "send_back", "revision": fresh(made).revision}
    assert lead.post(page("declaration-step", made.pk), sent).status_code == 302
    officer = client_of(people.officer)
    said = officer.get(page("declaration-edit", made.pk)).content.decode()
    assert "请核对zone" in said
    said = officer.get(page("declaration-roster", made.pk, zone.pk)).content.decode()
    assert "请核对row" in said
    pinned = DeclarationComment.objects.for_system("test").filter(declaration=made).first()
    officer.post(page("declaration-settle", made.pk, pinned.pk))
    pinned.refresh_from_db()
    assert pinned.settled_by == people.officer


def test_one_s_own_comment_is_taken_back(people, made):
    do(made, "submit", people.officer)
    lead = client_of(people.lead)
    lead.post(page("declaration-comment", made.pk), {"pin": "head:", "text": "请核对"})
    pinned = DeclarationComment.objects.for_system("test").get()
    address = page("declaration-uncomment", made.pk, pinned.pk)
    assert address in lead.get(page("declaration-detail", made.pk)).content.decode()
    assert client_of(people.officer).post(address).status_code == 403
    lead.post(address)
    assert not DeclarationComment.objects.for_system("test").exists()


def test_whoever_enters_does_not_decide_and_the_mail_is_shown(people):
    made = entered(people)
    said = client_of(people.city).get(page("declaration-detail", made.pk)).content.decode()
    assert "内网邮件" in said
    assert 'value="approve"' not in said
