"""Exports: what the file holds, whose it is, what is recorded, and what cannot run in it."""

import hashlib
from datetime import date, timedelta

import pytest
from django.utils import timezone

from core.errors import Refused
from core.models import Export, Job
from core.workbooks import text_of
from desk.exports import producing
from desk.exports.actions import decide_export
from desk.exports.registry import KINDS
from entities.models import CreditClass
from policy.limits import limits_in_force
from sandbox_reg import pipeline
from tests.desk.exporting import (
    REASON,
    TODAY,
    ask,
    book_of,
    cover_of,
    exports,
    lines_of,
    produce,
    table_of,
)
from tests.desk.making import hold, move, watch
from tests.factories import make_bureau, make_entity, make_user

INTERNAL = "仅供市场监管部门内部使用，不作为执法依据，不对外公开"
IDENTITY = "500108199003071234"
CONTACT = {
    "contact_name": "王小明",
    "contact_phone": "13812345678",
    "service_address": "重庆市渝中区某路1号",
}


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def firm(people):
    return make_entity(
        name="重庆甲餐饮有限公司",
        bureau=people["own"].bureau,
        letter="A",
        safety=["food_drug"],
        four_new="list",
        **CONTACT,
    )


def approved(people, export):
    """Let the lead who decides for the filer approve."""
    lead = people["city_lead" if export.filed_by.role.startswith("municipal") else "own_lead"]
    return decide_export(export, "approve", by=lead, at=timezone.now())


def test_a_small_export_is_produced_at_once_with_cover_number_and_hash(people, firm):
    export = produce(ask(people["own"], text="letter=A&status=active"))
    assert export.status == Export.Status.DONE
    year = timezone.localdate().year
    assert export.serial == f"导〔{year}〕000001号"
    cover = cover_of(export)
    assert cover["内部资料"] == INTERNAL
    assert cover["编号"] == export.serial
    assert cover["查询条件"] == "信用分类＝A类（信用风险低）；登记状态＝存续"
    assert cover["范围"] == "本区局管辖范围"
    assert cover["查看日期"] == str(TODAY)
    assert cover["参数版本"].startswith(f"第{limits_in_force(TODAY).version.number}版")
    assert cover["行数"] == "1"
    assert people["own"].username in cover["导出人"]
    assert cover["用途"] == REASON
    assert cover["联系方式"] == "已掩码"
    assert cover["统一社会信用代码"] == "统一社会信用代码或注册号，文本格式"
    (row,) = table_of(export)
    assert row["统一社会信用代码"] == firm.code
    assert (row["信用风险分类"], row["安全领域"]) == ("A", "食品药品")
    with export.file.open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == export.sha256


def test_the_access_log_holds_filter_columns_rows_hash_and_number(people, firm):
    export = produce(ask(people["own"]))
    (line,) = lines_of("export")
    assert line.actor_id == people["own"].pk
    assert line.origin == f"job {export.job_id} export"
    assert line.reason == REASON
    assert line.detail["filter"] == export.conditions
    assert line.detail["columns"] == list(KINDS["entities"].columns)
    assert line.detail["rows"] == 1
    assert line.detail["sha256"] == export.sha256
    assert line.detail["serial"] == export.serial


def test_the_file_is_for_its_owner_on_the_machine_too(people, firm):
    export = produce(ask(people["own"]))
    path = producing._folder_of(export) / f"{export.pk}.xlsx"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_contacts_are_masked_unless_the_whole_was_approved(people, firm):
    (row,) = table_of(produce(ask(people["own"])))
    assert row["联系人"] == "王**"
    assert row["联系电话"] == "138****5678"
    assert row["送达地址"] == "重******"
    asked = ask(people["own"], unmasked=True)
    assert (asked.status, asked.why) == (Export.Status.FILED, "含完整联系方式")
    export = produce(approved(people, asked))
    (row,) = table_of(export)
    assert (row["联系人"], row["联系电话"]) == ("王小明", "13812345678")
    assert cover_of(export)["联系方式"] == "完整（经批准）"
    assert people["own_lead"].name in cover_of(export)["批准人"]


def test_asking_for_the_whole_without_a_column_of_it_means_nothing(people, firm):
    export = ask(people["own"], columns=["code", "name"], unmasked=True)
    assert not export.unmasked
    assert export.status == Export.Status.APPROVED


def test_numbers_that_people_typed_into_texts_are_masked(people):
    make_entity(
        name=f"重庆{IDENTITY}店",
        bureau=people["own"].bureau,
        address="渝中区1号 电话13812345678",
    )
    export = produce(ask(people["own"], reason=f"核实{IDENTITY}的情况"))
    (row,) = table_of(export)
    assert row["名称"] == "重庆**************1234店"
    assert row["住所"] == "渝中区1号 电话138****5678"
    assert IDENTITY not in cover_of(export)["用途"]


NAMES = [
    '=HYPERLINK("http://x","y")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "＝1+1",
    "  =1+1",
    "\u00a0=1+1",
    "\u200b=1+1",
    "\t=cmd|' /C calc'!A0",
    "\r=1",
    "\x01=1",
    "甲\x00\x07\x1b乙",
    "甲\ud800乙",
    "甲\ufffe乙",
    "_x003D_1+1",
    "甲\n=1+1",
]


@pytest.mark.parametrize("name", NAMES)
def test_no_text_of_a_cell_can_run(name):
    text = text_of(name)
    shown = text.replace("_x005F_", "_")
    assert not text.lstrip(" \n\u3000\u00a0\u200b").startswith(tuple("=+-@＝＋－＠"))
    assert text.isprintable() or "\n" in text or "\u200b" in text or "\u00a0" in text
    text.encode()
    assert len(shown) >= 2


def test_formulas_in_names_are_exported_and_read_back_as_text(people):
    can_be_stored = [n for n in NAMES if "\x00" not in n and "\ud800" not in n]
    for name in can_be_stored:
        make_entity(name=name, bureau=people["own"].bureau)
    export = produce(ask(people["own"], columns=["code", "name"], reason="=1+1，核对"))
    cells = [cell for sheet in book_of(export) for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    names = [row["名称"] for row in table_of(export)]
    assert names == [text_of(name) for name in can_be_stored]
    assert names[0] == '\'=HYPERLINK("http://x","y")'
    assert cover_of(export)["用途"] == "'=1+1，核对"


def test_codes_are_text_the_header_is_frozen_and_filtered_and_the_paper_says_whose_it_is(
    people, firm
):
    export = produce(ask(people["own"]))
    cover, sheet = book_of(export).worksheets
    assert sheet["A2"].number_format == "@"
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref.startswith("A1:")
    assert sheet.print_title_rows == "$1:$1"
    for one in (cover, sheet):
        assert people["own"].username in one.oddHeader.center.text
        assert one.oddFooter.center.text == INTERNAL


def test_the_watermark_of_sheets_is_switched_off_and_the_internal_line_stays(
    people, firm, settings
):
    settings.WATERMARK = False
    sheet = book_of(produce(ask(people["own"]))).worksheets[1]
    assert sheet.oddHeader.center.text is None
    assert sheet.oddFooter.center.text == INTERNAL


def test_more_rows_than_a_sheet_takes_go_on_the_next_one(people, monkeypatch):
    monkeypatch.setattr("core.workbooks.MOST_ROWS", 3)
    for _ in range(5):
        make_entity(bureau=people["own"].bureau)
    export = produce(ask(people["own"]))
    assert book_of(export).sheetnames == ["封面", "主体列表", "主体列表（2）", "主体列表（3）"]
    assert len(table_of(export)) == export.rows == 5


def test_batches_leave_nothing_out(people, monkeypatch):
    monkeypatch.setattr(producing, "BATCH", 2)
    made = [make_entity(bureau=people["own"].bureau).code for _ in range(5)]
    assert [row["统一社会信用代码"] for row in table_of(produce(ask(people["own"])))] == made


def test_another_day_as_it_was_known(people, firm):
    before = timezone.now()
    row = CreditClass.objects.for_system("test").get(entity=firm)
    row.supersede()
    on = date(2025, 3, 31)
    (now,) = table_of(produce(ask(people["own"], on=on)))
    (then,) = table_of(export := produce(ask(people["own"], on=on, known=before)))
    assert (now["信用风险分类"], then["信用风险分类"]) == (None, "A")
    assert cover_of(export)["所知"].startswith("按当时登记，截至")
    assert cover_of(export)["查看日期"] == "2025-03-31"


def test_two_districts_and_the_city_each_take_their_own(people, firm):
    other = make_entity(name="重庆外区有限公司", bureau=people["other"].bureau)
    for who, codes in (
        ("own", [firm.code]),
        ("other", [other.code]),
        ("city", [firm.code, other.code]),
    ):
        rows = table_of(produce(ask(people[who])))
        assert [row["统一社会信用代码"] for row in rows] == codes


BUSINESS = [kind for kind, sort in KINDS.items() if sort.verb != "log.export"]


ABOUT_ENTITIES = [
    kind for kind in BUSINESS if KINDS[kind].verb not in ("zone.export", "redline.export")
]
"""Exports of zones and red lines are tried in tests/desk/zones and tests/desk/redlines."""


@pytest.mark.parametrize("kind", ABOUT_ENTITIES)
def test_every_kind_is_produced_within_the_scope(people, firm, kind):
    stranger = make_entity(name="重庆外区有限公司", bureau=people["other"].bureau)
    for entity in (firm, stranger):
        hold(entity, "four_new")
        move(entity, "four_new", "open", "市局名单")
        watch(entity, undecided=["credit.safety"], review=["credit.class"])
    export = produce(ask(people["own"], kind, text=""))
    assert export.status == Export.Status.DONE, export.job.error
    (row,) = table_of(export)
    assert row["统一社会信用代码"] == firm.code
    assert row["名称"] == firm.name
    assert cover_of(export)["表名"] == KINDS[kind].label


@pytest.mark.parametrize("kind", BUSINESS)
@pytest.mark.parametrize("who", ["unit", "auditor"])
def test_other_roles_ask_for_nothing(people, firm, kind, who):
    with pytest.raises(Refused, match="您的角色不能"):
        ask(people[who], kind, text="")
    assert not exports().exists()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"columns": []}, "请至少选择一列"),
        ({"columns": ["nonsense"]}, "请至少选择一列"),
        ({"reason": " 无 "}, "请写明导出用途"),
        ({"text": "letter=Z"}, "查询条件有误"),
        ({"text": "text=没有这样的名称"}, "没有符合条件的记录"),
    ],
)
def test_what_is_no_export_is_refused_in_a_sentence(people, firm, fields, said):
    with pytest.raises(Refused, match=said):
        ask(people["own"], **fields)


def limited(monkeypatch, **changes):
    limits = limits_in_force(TODAY)
    changed = dict(limits) | {f"export.{name}": value for name, value in changes.items()}
    monkeypatch.setattr("desk.exports.actions.limits_in_force", lambda on: changed)


@pytest.mark.parametrize(("free", "needs"), [(1, True), (2, False), (3, False)])
def test_approval_is_needed_above_the_limit_of_rows(people, monkeypatch, free, needs):
    limited(monkeypatch, rows_without_approval=free)
    for _ in range(2):
        make_entity(bureau=people["own"].bureau)
    export = ask(people["own"])
    assert export.needs_approval is needs
    assert (export.job is None) is needs


def earlier(by, **fields):
    """Record an export of five rows that was asked for a minute ago, unless told otherwise."""
    ago = fields.pop("ago", timedelta(minutes=1))
    given = {
        "kind": "entities", "title": "先前", "on": TODAY, "columns": ["name"], "place": [],
        "reason": REASON, "counted": 5, "needs_approval": False, "status": "approved",
        "filed_by": by,
    }  # fmt: skip
    made = exports().create(**given | fields)
    exports().filter(pk=made.pk).update(filed_at=timezone.now() - ago)
    return made


DONE = {"status": "done", "serial_year": 2026, "serial_number": 1, "sha256": "a" * 64}
SLICES = [
    ({}, True),
    ({"status": "filed", "needs_approval": True}, True),
    (DONE, True),
    ({"counted": 4}, False),
    (DONE | {"counted": 4, "rows": 5}, True),
    (DONE | {"rows": 4}, False),
    ({"status": "refused"}, False),
    ({"status": "withdrawn"}, False),
    ({"kind": "members"}, False),
    ({"by": "own_lead"}, False),
    ({"ago": timedelta(hours=23, minutes=59)}, True),
    ({"ago": timedelta(hours=24, minutes=1)}, False),
]


@pytest.mark.parametrize(("before", "needs"), SLICES)
def test_what_was_asked_for_in_the_day_before_counts_too(people, firm, monkeypatch, before, needs):
    limited(monkeypatch, rows_without_approval=5)
    earlier(people[before.get("by", "own")], **{k: v for k, v in before.items() if k != "by"})
    export = ask(people["own"])
    assert export.needs_approval is needs
    assert export.why == ("24小时内同类导出合计6行，超过5行" if needs else "")


def test_an_export_cut_into_slices_needs_a_lead_from_the_slice_over_the_limit(people, monkeypatch):
    limited(monkeypatch, rows_without_approval=2)
    for letter in "ABC":
        make_entity(bureau=people["own"].bureau, letter=letter)
    needed = [ask(people["own"], text=f"letter={letter}").needs_approval for letter in "ABC"]
    assert needed == [False, False, True]


def test_a_slice_does_not_grow_beyond_what_the_others_leave(people, firm, monkeypatch):
    limited(monkeypatch, rows_without_approval=2)
    first, second = ask(people["own"]), ask(people["own"])
    make_entity(bureau=people["own"].bureau)
    assert produce(first).status == Export.Status.DONE
    failed = produce(second)
    assert failed.status == Export.Status.APPROVED
    assert "已超过可以导出的行数" in failed.job.error


def test_more_than_may_leave_at_all_is_refused(people, monkeypatch):
    limited(monkeypatch, most_rows=1)
    for _ in range(2):
        make_entity(bureau=people["own"].bureau)
    with pytest.raises(Refused, match="超过一次最多导出的1行"):
        ask(people["own"])


def test_what_grew_beyond_the_limit_meanwhile_is_not_produced(people, firm, monkeypatch):
    limited(monkeypatch, rows_without_approval=1)
    export = ask(people["own"])
    make_entity(bureau=people["own"].bureau)
    export = produce(export)
    assert export.status == Export.Status.APPROVED
    assert export.job.status == Job.Status.FAILED
    assert "已超过可以导出的行数，请重新提出" in export.job.error
    assert not lines_of("export")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"is_active": False}, "账户已停用"),
        ({"bureau": "other"}, "岗位在提出后有变动"),
        ({"role": "auditor", "bureau": None}, "不再有权“导出主体查询结果”"),
    ],
)
def test_the_job_asks_again_whether_the_filer_still_may(people, firm, change, said):
    export = ask(people["own"])
    filer = people["own"]
    if change.get("bureau") == "other":
        change = {"bureau": people["other"].bureau}
    for name, value in change.items():
        setattr(filer, name, value)
    filer.save()
    export = produce(export)
    assert export.job.status == Job.Status.FAILED
    assert said in export.job.error
    assert not export.file


def test_a_second_attempt_finds_the_export_done(people, firm):
    export = produce(ask(people["own"]))
    Job.objects.for_system("test").filter(pk=export.job_id).update(status="queued")
    again = produce(export)
    assert (again.serial, again.sha256) == (export.serial, export.sha256)
    assert again.job.result["serial"] == export.serial
    assert len(lines_of("export")) == 1


def test_a_failure_while_the_file_is_written_gives_no_number(people, firm, monkeypatch):
    first, second = ask(people["own"]), ask(people["own"])

    def broken(*args):
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(producing, "_done", broken)
        assert produce(first).job.status == Job.Status.FAILED
    assert produce(second).serial.endswith("000001号")
    assert len(list(producing._folder_of(first).iterdir())) == 1


def test_files_are_removed_when_their_time_is_over_and_the_rows_stay(people, firm):
    export = produce(ask(people["own"]))
    path = producing._folder_of(export) / f"{export.pk}.xlsx"
    days = limits_in_force(TODAY)["export.kept_days"]
    assert producing.expire(timezone.now() + timedelta(days=days, minutes=-1)) == 0
    late = timezone.now() + timedelta(days=days, minutes=1)
    assert producing.expire(late) == 1
    assert producing.expire(late) == 0
    assert not path.exists()
    kept = exports().get()
    assert (kept.status, bool(kept.file), kept.sha256) == ("done", False, export.sha256)


def test_what_killed_attempts_left_goes_with_them_and_what_is_in_use_stays(people, firm):
    done, waits, dead = produce(ask(people["own"])), ask(people["own"]), ask(people["own"])
    Job.objects.for_system("test").filter(pk=dead.job_id).update(status="cancelled")
    folder = producing._folder_of(done)
    for export in (waits, dead):
        (folder / f"{export.pk}.1").mkdir()
        (folder / f"{export.pk}.xlsx").touch()
    producing.expire(timezone.now())
    left = {path.name for path in folder.iterdir()}
    assert left == {f"{done.pk}.xlsx", f"{waits.pk}.1", f"{waits.pk}.xlsx"}


def test_the_night_removes_them(people, firm):
    export = produce(ask(people["own"]))
    exports().update(kept_until=timezone.now() - timedelta(minutes=1))
    pipeline.begin_night(TODAY)
    pipeline.begin_night(TODAY)
    assert not exports().get(pk=export.pk).file


def test_an_entity_that_left_the_scope_before_the_file_does_not_leave_with_it(people, firm):
    export = ask(people["own"])
    stays = make_entity(bureau=people["own"].bureau)
    firm.bureau = make_bureau()
    firm.save()
    rows = table_of(produce(export))
    assert [row["统一社会信用代码"] for row in rows] == [stays.code]


def test_numbers_begin_anew_each_year_and_leave_none_out(people, firm, monkeypatch):
    serials = [produce(ask(people["own"])).serial for _ in range(3)]
    year = timezone.localdate().year
    assert serials == [f"导〔{year}〕{number:06d}号" for number in (1, 2, 3)]
    exports().filter(serial_number=3).update(serial_year=year - 1, serial_number=9)
    assert produce(ask(make_user("municipal_officer"))).serial == f"导〔{year}〕000003号"
