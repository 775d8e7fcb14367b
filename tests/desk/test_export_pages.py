"""The pages of exports: the button, the form, the confirmation, the file."""

import hashlib
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import Export
from desk.exports import producing
from desk.exports.registry import KINDS
from policy.limits import limits_in_force
from staff.roles import Role
from tests.desk.exporting import ask, exports, lines_of, produce
from tests.factories import make_entity, make_station, make_user

LIST = reverse("desk:entity-list")
INTERNAL = "仅供市场监管部门内部使用，不作为执法依据，不对外公开"


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def firms(people):
    return [
        make_entity(bureau=people["own"].bureau, letter="A", contact_phone="13812345678")
        for _ in range(3)
    ]


def new(kind="entities", query="letter=A"):
    return f"{reverse('desk:export-new', args=(kind,))}?{query}"


def page(export, name="export-detail"):
    return reverse(f"desk:{name}", args=(export.pk,))


FORM = {"columns": ["code", "name", "contact_phone"], "reason": "年报催报使用"}


def test_the_button_keeps_the_lists_query_and_its_day(as_, firms):
    said = as_("own").get(f"{LIST}?letter=A&on=2025-03-31&size=20").content.decode()
    assert f"{new(query='letter=A&on=2025-03-31').replace('&', '&amp;')}" in said
    assert "导出沙盒名单" in said


def test_the_form_says_what_would_leave_before_anything_is_asked(as_, firms):
    said = as_("own").get(new()).content.decode()
    assert "data-count>3</span>" in said
    assert firms[0].name in said
    assert "信用分类＝A类（信用风险低）" in said
    assert "本区局管辖范围" in said
    assert "不须审批" in said
    assert "联系电话（掩码）" in said
    assert INTERNAL in said


def test_a_confirmation_stands_between_the_form_and_the_file(as_, people, firms):
    client = as_("own")
    said = client.post(new(), FORM).content.decode()
    assert "确认导出（3 户）" in said
    assert "统一社会信用代码、名称、联系电话" in said
    assert not exports().exists()
    again = client.post(new(), FORM | {"change": "1"}).content.decode()
    assert "下一步：核对" in again
    assert "年报催报使用" in again
    answer = client.post(new(), FORM | {"confirmed": "1"})
    export = exports().get()
    assert answer["Location"] == page(export)
    assert (export.query, export.counted, export.columns) == ("letter=A", 3, FORM["columns"])
    assert export.status == Export.Status.APPROVED


def test_the_confirmation_says_that_slices_are_counted_together(as_, people, firms, monkeypatch):
    changed = dict(limits_in_force(timezone.localdate())) | {"export.rows_without_approval": 4}
    monkeypatch.setattr("desk.exports.actions.limits_in_force", lambda on: changed)
    client = as_("own")
    client.post(new(), FORM | {"confirmed": "1"})
    said = "24小时内同类导出合计6行，超过4行，须经负责人批准后生成。"
    assert said in client.get(new()).content.decode()
    confirming = client.post(new(), FORM).content.decode()
    assert said in confirming
    assert "提交审批（3 户）" in confirming


def test_full_contacts_go_to_a_lead(as_, people, firms):
    client = as_("own")
    sent = FORM | {"unmasked": "1"}
    said = client.post(new(), sent).content.decode()
    assert "含完整联系方式，须经负责人批准后生成。" in said
    assert "提交审批（3 户）" in said
    answer = client.post(new(), sent | {"confirmed": "1"}, follow=True)
    assert "已提交审批（含完整联系方式），批准后自动生成。" in answer.content.decode()
    assert exports().get().status == Export.Status.FILED


def test_a_form_sent_twice_is_filed_once(as_, firms):
    client = as_("own")
    sent = FORM | {"confirmed": "1", "once": "abc"}
    first, second = client.post(new(), sent), client.post(new(), sent)
    assert first["Location"] == second["Location"]
    assert exports().count() == 1


def test_errors_are_sentences_beside_the_fields(as_, firms):
    said = as_("own").post(new(), {"columns": [], "reason": "无"}).content.decode()
    assert "请选择列。" in said or "请填写列。" in said
    assert "请写明导出用途（4个字以上）。" in said
    assert "下一步：核对" in said


def test_what_cannot_be_exported_is_said_without_a_form(as_, firms):
    for query, sentence in (
        ("text=没有这样的名称", "没有符合条件的记录可以导出"),
        ("letter=Z", "查询条件有误"),
    ):
        answer = as_("own").get(new(query=query))
        assert answer.status_code == 409
        assert sentence in answer.content.decode()
        assert "下一步" not in answer.content.decode()


def test_a_condition_that_is_not_understood_offers_no_export(as_, firms):
    answer = as_("own").get(new(query="sandbox=in"))
    said = answer.content.decode()
    assert answer.status_code == 409
    assert "没有看懂网址中的条件“sandbox”" in said
    assert "columns" not in said
    sent = as_("own").post(new(query="sandbox=in"), FORM | {"confirmed": "1"})
    assert sent.status_code == 409
    assert not Export.objects.for_system("a test looks").exists()


def test_an_unknown_kind_is_no_page(as_):
    assert as_("own").get(new("secrets", "")).status_code == 404


ROLES = {
    Role.STATION_OFFICER: 403,
    Role.DISTRICT_OFFICER: 409,
    Role.DISTRICT_LEAD: 409,
    Role.MUNICIPAL_OFFICER: 409,
    Role.MUNICIPAL_LEAD: 409,
    Role.UNIT_OFFICER: 403,
    Role.AUDITOR: 403,
    Role.SECURITY_ADMINISTRATOR: 403,
    Role.SYSTEM_ADMINISTRATOR: 403,
}


BUSINESS = [kind for kind, sort in KINDS.items() if sort.verb != "log.export"]
LOGS = sorted(KINDS.keys() - set(BUSINESS))


@pytest.mark.parametrize("kind", LOGS)
@pytest.mark.parametrize("role", Role)
def test_the_logs_are_the_auditor_s_to_export(db, role, kind):
    client = Client()
    client.force_login(make_user(role))
    opened = client.get(new(kind, "")).status_code
    assert (opened in (200, 409)) if role == Role.AUDITOR else (opened == 403)


@pytest.mark.parametrize("kind", BUSINESS)
@pytest.mark.parametrize("role", Role)
def test_who_may_ask_for_what(db, role, kind):
    """409: the page opens and says that there is nothing to export."""
    client = Client()
    client.force_login(make_user(role))
    assert client.get(new(kind, "")).status_code == ROLES[role]
    assert client.post(new(kind, ""), FORM | {"confirmed": "1"}).status_code == ROLES[role]
    assert not exports().exists()


@pytest.mark.parametrize("role", [Role.STATION_OFFICER, Role.UNIT_OFFICER])
def test_who_may_not_export_sees_no_button(people, firms, role):
    client = Client()
    station = make_station(people["own"].bureau)
    for firm in firms:
        firm.station = station
        firm.save()
    person = make_user(role, station=station if role == Role.STATION_OFFICER else None)
    client.force_login(person)
    said = client.get(f"{LIST}?letter=A").content.decode()
    assert firms[0].name in said
    assert "/exports/" not in said


def test_the_whole_contact_is_not_offered_to_who_may_not_ask(as_, firms, monkeypatch):
    monkeypatch.setattr("desk.forms.exports.may", lambda user, verb: verb != "export.unmask")
    assert "联系方式需要完整内容" not in as_("own").get(new()).content.decode()


def test_progress_and_the_end_are_shown(as_, people, firms):
    export = ask(people["own"])
    client = as_("own")
    said = client.get(page(export)).content.decode()
    assert 'hx-trigger="every 2s"' in said
    part = client.get(page(export), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    export = produce(export)
    said = client.get(page(export)).content.decode()
    assert "hx-trigger" not in said
    assert export.serial in said
    assert "下载工作簿（3 行）" in said
    assert export.sha256 in said
    listed = client.get(reverse("desk:export-list")).content.decode()
    assert export.serial in listed
    assert export.title not in as_("own_lead").get(reverse("desk:export-list")).content.decode()


def test_a_failed_job_is_said(as_, people, firms):
    export = ask(people["own"])
    exports().update(place=["auditor", None, None, None])
    export = produce(export)
    said = as_("own").get(page(export)).content.decode()
    assert "没有生成：导出人的岗位在提出后有变动" in said


def test_the_owner_takes_the_file_by_post_and_each_time_is_recorded(as_, people, firms):
    export = produce(ask(people["own"]))
    client = as_("own")
    assert client.get(page(export, "export-file")).status_code == 405
    for _ in range(2):
        answer = client.post(page(export, "export-file"))
        content = b"".join(answer.streaming_content)
        assert hashlib.sha256(content).hexdigest() == export.sha256
        assert "attachment" in answer["Content-Disposition"]
    lines = lines_of("download")
    assert [line.actor_id for line in lines] == [people["own"].pk] * 2
    assert lines[0].detail["serial"] == export.serial
    assert lines[0].detail["sha256"] == export.sha256


@pytest.mark.parametrize(
    ("person", "status"),
    [("own_lead", 302), ("other", 404), ("city", 404), ("city_lead", 404), ("unit", 403),
     ("auditor", 404), ("nobody", 302)],
)  # fmt: skip
def test_nobody_else_takes_the_file(as_, people, firms, person, status):
    export = produce(ask(people["own"]))
    answer = as_(person).post(page(export, "export-file"))
    assert answer.status_code == status
    assert not answer.streaming
    assert not lines_of("download")


def test_a_file_past_its_time_is_not_handed_out(as_, people, firms):
    export = produce(ask(people["own"]))
    exports().update(kept_until=timezone.now() - timedelta(seconds=1))
    client = as_("own")
    said = client.post(page(export, "export-file"), follow=True).content.decode()
    assert "已超过保留期限被清除，请重新导出。" in said
    producing.expire(timezone.now())
    assert "文件已超过保留期限并清除" in client.get(page(export)).content.decode()
    assert "已清除" in client.get(reverse("desk:export-list")).content.decode()


def test_a_file_that_vanished_is_a_sentence(as_, people, firms):
    export = produce(ask(people["own"]))
    (producing._folder_of(export) / f"{export.pk}.xlsx").unlink()
    answer = as_("own").post(page(export, "export-file"), follow=True)
    assert "文件已不在服务器上，请重新导出" in answer.content.decode()


@pytest.mark.parametrize("change", ["bureau", "role"])
def test_whoever_moved_on_takes_no_file_along(as_, people, firms, change):
    export = produce(ask(people["own"]))
    person = people["own"]
    if change == "bureau":
        person.bureau = people["other"].bureau
    else:
        person.role, person.bureau, person.unit = "unit_officer", None, people["unit"].unit
    person.save()
    answer = as_("own").post(page(export, "export-file"), follow=True)
    assert not answer.streaming
    assert not lines_of("download")


def test_the_pages_of_lists_lead_to_their_exports(as_, people, firms):
    said = as_("own").get(f"{reverse('desk:decision-list')}?move=open").content.decode()
    assert f"{new('decisions', 'move=open')}" in said
