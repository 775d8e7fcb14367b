"""Lists as workbooks: out and in again unchanged, broken ones told of whole, nothing lost."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from core.errors import BadFile, Refused
from core.workbooks import Book
from redline.actions.list_items import WrongWorkbook, take_list_workbook
from redline.actions.lists import begin_list
from redline.choices import ListKind
from redline.items import FIELDS
from redline.lists import proposal
from redline.models import ListItem
from redline.workbooks import columns_of, read_workbook, row_of
from tests.redline.listing import ITEMS, ON, drafted, fresh, items

pytestmark = pytest.mark.django_db

TITLES = [one.title for one in FIELDS[ListKind.RED_LINE]]
GOOD = [
    *("RL-1-01", "主体资格", "提交虚假材料取得登记", "条例第十七条", "条例第四十四条", ""),
    *("材料虚假", "较重", 15, "日历日", "否", "逾期未改正移出", ""),
]


def book(path, rows, titles=TITLES, sheet="监管红线清单", **more):
    made = Workbook()
    made.active.title = sheet
    for row in [titles, *rows] if titles else rows:
        made.active.append(row)
    for name, lines in more.items():
        other = made.create_sheet(name)
        for line in lines:
            other.append(line)
    made.save(path)
    return Path(path)


def changed(row, **cells):
    """Return a row with cells by title replaced."""
    return [cells.get(title, value) for title, value in zip(TITLES, row, strict=True)]


def take(people, version, path):
    return take_list_workbook(
        version, path, revision=fresh(version).revision, by=people.officer, on=ON
    )


def exported(folder, kind, rows):
    """Write rows as the export of a list does."""
    path = folder / "list.xlsx"
    parts = folder / "parts"
    parts.mkdir(exist_ok=True)
    with path.open("wb") as out, Book(parts, "清单", columns_of(kind), head="", foot="") as made:
        for row in rows:
            made.append(row)
        made.finish([("表名", "清单")], [("列", "含义")], out)
    return path


@pytest.mark.parametrize("kind", ListKind.values)
def test_a_list_comes_back_as_it_went_out(people, kind, tmp_path):
    source = proposal(kind)
    before = items(source)
    path = exported(tmp_path, kind, [row_of(kind, item) for item in before])
    version = begin_list(kind, people.bureau, by=people.officer, on=ON)
    taken = take(people, version, path)
    assert (taken.new, taken.changed, taken.same, taken.removed) == (len(before), 0, 0, 0)
    assert not taken.findings
    names = ["position", *(one.name for one in FIELDS[kind])]
    assert [[getattr(one, name) for name in names] for one in items(version)] == [
        [getattr(one, name) for name in names] for one in before
    ]
    again = take(people, version, path)
    assert (again.new, again.changed, again.same, again.removed) == (0, 0, len(before), 0)


WORDS = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff'"),
    min_size=1,
    max_size=40,
).map(str.strip)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    text=WORDS.filter(bool),
    sign=st.sampled_from(["", "=", "+", "-", "@", "－", "_x003D_", "\u200b="]),
    lines=st.lists(WORDS.filter(bool), max_size=3),
)
def test_whatever_is_typed_comes_back_as_it_went_out(tmp_path, text, sign, lines):
    kind = ListKind.NO_PENALTY
    item = ListItem(**ITEMS[kind] | {"behaviour": sign + text, "conditions": lines})
    path = exported(tmp_path, kind, [row_of(kind, item)])
    (filed,) = read_workbook(path, kind).items
    assert filed.values["behaviour"] == sign + text
    assert filed.values["conditions"] == lines


def test_no_cell_of_a_workbook_can_run(tmp_path):
    kind = ListKind.RED_LINE
    item = ListItem(**ITEMS[kind] | {"behaviour": '=HYPERLINK("http://x","点")', "touching": "+1"})
    path = exported(tmp_path, kind, [row_of(kind, item)])
    found = read_workbook(path, kind).items[0].values
    assert found["behaviour"].startswith("=HYPERLINK")
    for row in load_workbook(path)["清单"].iter_rows():
        for cell in row:
            assert cell.data_type in ("s", "inlineStr")
            assert not str(cell.value).startswith(("=", "+"))


def test_everything_wrong_is_told_at_once_and_the_draft_stands(people, tmp_path):
    version = drafted(people)
    rows = [
        changed(GOOD, 类别="", 改正期限="很快"),
        changed(GOOD, 编号="", 须立即停止="?"),
        changed(GOOD, 编号="RL-1-01", 移出="触碰即移出", 触碰即移出的理由="严重"),
        [None] * len(TITLES),
        changed(GOOD, 编号="RL-1-02", 责令改正依据="", 违反条款="#REF!", 行为="长" * 301),
    ]
    with pytest.raises(WrongWorkbook, match="有8处须改正") as wrong:
        take(people, version, book(tmp_path / "x.xlsx", rows))
    said = {(one.place, one.title): one.sentence for one in wrong.value.findings if one.blocks}
    at = "工作表“监管红线清单”第{}行{}列"
    assert said.keys() == {
        (at.format(2, "B"), "类别"),
        (at.format(2, "I"), "改正期限"),
        (at.format(3, "A"), "编号"),
        (at.format(3, "K"), "须立即停止"),
        (at.format(4, "A"), "编号"),
        (at.format(4, "M"), "触碰即移出的理由"),
        (at.format(6, "C"), "行为"),
        (at.format(6, "D"), "违反条款"),
    }
    assert "合并的单元格请拆分" in said[at.format(2, "B"), "类别"]
    assert "第2行重复" in said[at.format(4, "A"), "编号"]
    assert "公式错误“#REF!”" in said[at.format(6, "D"), "违反条款"]
    assert [item.code for item in items(version)] == ["RL-2-01"]
    assert fresh(version).revision == version.revision


def test_what_only_submitting_asks_for_is_told_and_taken_in(people, tmp_path):
    version = drafted(people)
    rows = [changed(GOOD, 责令改正依据="", 何为触碰=None)]
    taken = take(people, version, book(tmp_path / "x.xlsx", rows))
    assert [(one.title, one.blocks) for one in taken.findings] == [
        ("责令改正依据", False),
        ("何为触碰", False),
    ]
    assert all(one.sentence.startswith("提交前须补") for one in taken.findings)
    assert (taken.new, taken.removed) == (1, 1)


def test_columns_and_sheets_that_are_none_of_ours_are_told(people, tmp_path):
    version = drafted(people)
    path = book(
        tmp_path / "x.xlsx",
        [[*GOOD, "请注意"]],
        [*TITLES, "备注"],
        封面=[["说明"]],
        附件=[["别的", "表"], ["a", "b"]],
    )
    taken = take(people, version, path)
    assert [(one.sheet, one.column, one.title) for one in taken.findings] == [
        ("监管红线清单", "N", "备注"),
        ("附件", "", ""),
    ]
    assert "这一列没有读入" in taken.findings[0].sentence
    assert "没有读入" in taken.findings[1].sentence


def test_all_sheets_with_the_columns_are_read_and_codes_stand_once_over_all(people, tmp_path):
    version = drafted(people)
    second = [TITLES, changed(GOOD, 编号="RL-1-02")]
    taken = take(people, version, book(tmp_path / "x.xlsx", [GOOD], 第二页=second))
    assert (taken.new, taken.removed) == (2, 1)
    twice = book(tmp_path / "y.xlsx", [GOOD], 第二页=[TITLES, GOOD])
    with pytest.raises(WrongWorkbook) as wrong:
        take(people, version, twice)
    (finding,) = wrong.value.findings
    assert finding.place == "工作表“第二页”第2行A列"
    assert "工作表“监管红线清单”第2行重复" in finding.sentence


def test_a_missing_column_keeps_what_the_draft_says(people, tmp_path):
    version = drafted(people, days=30, severity="grave")
    titles = ["编号", "类别", "违法行为", "何为触碰"]
    path = book(tmp_path / "x.xlsx", [["RL-2-01", "RL-2", "改写的行为", "改写"]], titles)
    taken = take(people, version, path)
    (item,) = items(version)
    assert (item.days, item.severity, item.behaviour) == (30, "grave", "改写的行为")
    assert {one.title for one in taken.findings} == {"违反条款", "责令改正依据", "改正期限"}


def test_items_are_the_same_by_code_and_checked_by_who_changed_them(people, tmp_path):
    source = proposal("red_line")
    version = begin_list("red_line", people.bureau, source=source, by=people.officer, on=ON)
    before = {item.code: item.pk for item in items(version)}
    rows = [row_of("red_line", item) for item in items(version)]
    rows[0], rows[1] = rows[1], rows[0]
    rows[2][TITLES.index("改正期限")] = "20"
    taken = take(people, version, book(tmp_path / "x.xlsx", rows[:-1]))
    assert (taken.new, taken.changed, taken.same, taken.removed) == (0, 1, len(rows) - 2, 1)
    after = items(version)
    assert [item.code for item in after][:3] == ["RL-1-02", "RL-1-01", "RL-1-03"]
    assert all(before[item.code] == item.pk for item in after)
    assert [item.code for item in after if not item.is_proposal] == ["RL-1-03"]


def test_a_text_table_is_taken_like_a_workbook(people, tmp_path):
    version = drafted(people)
    path = tmp_path / "x.csv"
    path.write_text(
        '编号,类别,行为,改正期限\nA-1,食品安全,"甲,乙",7天\n', encoding="gb18030", newline=""
    )
    assert take(people, version, path).new == 1
    path.write_text("编号,类别,行为\n,食品安全,甲\n", encoding="utf-8-sig")
    with pytest.raises(WrongWorkbook) as wrong:
        take(people, version, path)
    assert [one.place for one in wrong.value.findings if one.blocks] == ["第2行A列"]


@pytest.mark.parametrize("rows", [[], [[None] * 3]])
def test_a_workbook_without_items_takes_nothing_away(people, tmp_path, rows):
    version = drafted(people)
    with pytest.raises(WrongWorkbook, match="有1处须改正") as wrong:
        take(people, version, book(tmp_path / "x.xlsx", rows))
    assert "没有读到任何事项" in wrong.value.findings[0].sentence
    assert len(items(version)) == 1


def test_more_items_than_a_list_holds_are_refused(people, tmp_path):
    rows = [changed(GOOD, 编号=f"C{number}") for number in range(1002)]
    with pytest.raises(WrongWorkbook) as wrong:
        take(people, drafted(people), book(tmp_path / "x.xlsx", rows))
    (finding,) = wrong.value.findings
    assert (finding.row, "最多1000项" in finding.sentence) == (1002, True)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.write_bytes(b""), "文件是空的"),
        (lambda path: path.write_bytes(b"PK\x03\x04broken"), "已损坏"),
        (lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0" + b"\0" * 600), "旧版 .xls"),
        (lambda path: path.write_bytes(b"%PDF-1.7"), "不是表格"),
        (lambda path: path.write_bytes(b"\x89PNG\0\0"), "不是表格"),
        (lambda path: path.write_bytes(b"a" * (5 << 20)), "超过上限 4 MB"),
        (
            lambda path: book(path, [["甲", "乙"]], ["名称", "代码"]),
            "缺少必需的列：编号、类别、行为",
        ),
    ],
)
def test_what_is_no_list_is_refused_in_a_sentence(people, tmp_path, make, said):
    path = tmp_path / "x.xlsx"
    make(path)
    version = drafted(people)
    with pytest.raises(BadFile, match=said):
        take(people, version, path)
    assert len(items(version)) == 1


def test_a_workbook_is_taken_into_the_draft_that_was_seen(people, tmp_path):
    version = drafted(people)
    path = book(tmp_path / "x.xlsx", [GOOD])
    with pytest.raises(Refused, match="您看到的不是最新内容"):
        take_list_workbook(version, path, revision=0, by=people.officer, on=ON)
