"""A kind of another room's rows: the auditor's own log leaves by the same way, and is logged."""

import pytest
from django.urls import reverse

from core.models import Access, Export
from desk.exports.kinds import Column, ExportKind
from desk.exports.registry import KINDS
from tests.desk.exporting import ask, cover_of, exports, lines_of, produce, table_of

LOG = ExportKind(
    label="访问记录",
    verb="log.export",
    unit="条",
    columns={
        "subject": Column("对象", "访问的对象", 30),
        "kind": Column("事项", "访问的种类", 14),
    },
    rows=lambda query, user: Access.objects.visible_to(user).order_by("pk"),
    read=lambda keys, query, user: (
        {"subject": line.subject, "kind": line.get_kind_display()}
        for line in Access.objects.visible_to(user).filter(pk__in=keys).order_by("pk")
    ),
    said=lambda query, user: [],
    named="subject",
    back="desk:home",
    of_today=True,
    needs_lead=False,
)


@pytest.fixture(autouse=True)
def _log_kind(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setitem(KINDS, "log", LOG)


def test_the_auditor_exports_the_log_and_the_export_is_in_the_log(as_, people):
    client = as_("auditor")
    client.post(reverse("desk:print-note"), {"path": "/", "title": "首页"})
    new = reverse("desk:export-new", args=("log",))
    assert "data-count>1</span>" in client.get(new).content.decode()
    sent = {"columns": ["subject", "kind"], "reason": "每月核查", "confirmed": "1"}
    page = client.post(new, sent)["Location"]
    export = produce(exports().get())
    assert table_of(export) == [{"对象": "首页", "事项": "打印"}]
    assert cover_of(export)["范围"] == "全部日志"
    assert "下载工作簿（1 行）" in client.get(page).content.decode()
    assert export.serial in client.get(reverse("desk:export-list")).content.decode()
    taken = client.post(reverse("desk:export-file", args=(export.pk,)))
    assert b"".join(taken.streaming_content)
    assert [line.actor_id for line in lines_of("export") + lines_of("download")] == [
        people["auditor"].pk
    ] * 2


def test_it_needs_no_lead_since_none_stands_above(as_, people, monkeypatch):
    monkeypatch.setattr("desk.exports.actions.free_rows", lambda: 0)
    as_("auditor").post(reverse("desk:print-note"), {"path": "/", "title": "首页"})
    export = produce(ask(people["auditor"], "log", text=""))
    assert (export.needs_approval, export.status) == (False, Export.Status.DONE)


@pytest.mark.parametrize("person", ["own", "own_lead", "city", "city_lead", "unit"])
def test_nobody_else_exports_it(as_, person):
    assert as_(person).get(reverse("desk:export-new", args=("log",))).status_code == 403


@pytest.mark.parametrize("kind", ["changes", "accesses"])
def test_an_export_of_a_log_says_nothing_of_entities(as_, people, kind):
    client = as_("auditor")
    client.post(reverse("desk:print-note"), {"path": "/", "title": "首页"})
    new = reverse("desk:export-new", args=(kind,))
    form = client.get(new).content.decode()
    assert "每季度核查访问记录" in form
    sent = {"columns": ["at", "name"], "reason": "每月核查日志"}
    confirmation = client.post(new, sent).content.decode()
    page = client.post(new, sent | {"confirmed": "1"})["Location"]
    export = produce(exports().latest("id"))
    result = client.get(page).content.decode()
    for said in (form, confirmation, result):
        for word in ("查看日期", "按现在所知", "联系方式", "年报催报", "例如"):
            assert word not in said, word
    cover = cover_of(export)
    assert not {"查看日期", "所知", "参数版本", "单位", "联系方式"} & cover.keys()
    assert cover["用途"] == "每月核查日志"


def test_the_auditors_menu_and_page_have_one_name(as_):
    said = as_("auditor").get(reverse("desk:export-list")).content.decode()
    assert "日志导出" not in said
    assert "在变更记录、访问记录上按“导出”提出" in said
