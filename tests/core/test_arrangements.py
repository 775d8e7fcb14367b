"""The arrangement of a year, as people write it."""

from datetime import date, timedelta

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.arrangements import (
    Wrong,
    lines_of_file,
    missing_festivals,
    read_lines,
    spans,
    write_lines,
)
from core.due_days import MAKE_UP, Special
from core.errors import BadFile
from core.seeding import shipped

NEW_YEAR = {date(2027, 1, n): Special(False, "元旦") for n in (1, 2, 3)}


@pytest.mark.parametrize(
    "text",
    [
        "2027-01-01至2027-01-03 休 元旦",
        "2027年1月1日至2027年1月3日 放假 元旦",
        "1月1日至3日 休 元旦",
        "2027/1/1～2027/1/3，休，元旦",
        "\n2027-01-01 休 元旦\n2027-01-02 休 元旦\n\n1月3日：休：元旦\n",
    ],
)
def test_the_ways_to_write_a_span(text):
    assert read_lines(text, 2027) == NEW_YEAR


def test_a_make_up_day_and_december_before():
    text = "2026-12-31 休 元旦\n2027-01-10 班\n2027-02-14 补班 春节调休"
    assert read_lines(text, 2027) == {
        date(2026, 12, 31): Special(False, "元旦"),
        date(2027, 1, 10): Special(True, MAKE_UP),
        date(2027, 2, 14): Special(True, "春节调休"),
    }


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("元旦放三天假", "第1行：“元旦放三天假”看不懂"),
        ("2027-02-30 休 元旦", "第1行：“2027-02-30”不是日期"),
        ("2026-11-30 休 元旦", "不在2027年，也不在上年12月"),
        ("2028-01-01 休 元旦", "不在2027年"),
        ("2027-01-03至2027-01-01 休 元旦", "早于"),
        ("2027-01-01至2027-03-01 休 元旦", "超过31天"),
        ("2027-01-01 休", "没有写名称"),
        ("2027-01-04 班", "2027-01-04（周一）本来就上班"),
        ("1月1日 休 元旦\n1月1日 休 元旦", "第2行：2027-01-01（周五）写了两次"),
        (f"1月1日 休 {'长' * 41}", "最多40个字"),
        ("", "没有一个休假日"),
        ("2027-01-10 班", "没有一个休假日"),
        ("1月1日 休 元旦\n" * 201, "共201行"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text, sentence):
    with pytest.raises(Wrong) as wrong:
        read_lines(text, 2027)
    assert sentence in "".join(wrong.value.sentences)


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(Wrong) as wrong:
        read_lines("x\n1月1日 休 元旦\ny", 2027)
    assert [one[:4] for one in wrong.value.sentences] == ["第1行：", "第3行："]


@pytest.mark.parametrize("year", shipped())
def test_what_is_written_is_read_back(year):
    days = shipped()[year]
    assert read_lines(write_lines(days), year) == days


@given(
    st.dictionaries(
        st.integers(0, 300).map(lambda n: date(2027, 1, 1) + timedelta(days=n)),
        st.sampled_from(["元旦", "春节", "国庆节、中秋节"]).map(lambda name: Special(False, name)),
        min_size=1,
    )
)
def test_any_days_of_rest_are_read_back(days):
    assert len(spans(days)) <= len(days)
    if all((span.last - span.first).days < 31 for span in spans(days)):
        assert read_lines(write_lines(days), 2027) == dict(sorted(days.items()))


def test_a_holiday_that_is_not_named_is_asked_about():
    assert missing_festivals(NEW_YEAR) == ["春节", "清明", "劳动", "端午", "中秋", "国庆"]
    assert missing_festivals(shipped()[2026]) == []


def book(path, *rows):
    made = openpyxl.Workbook()
    for row in (("日期", "结束日期", "类别", "名称"), *rows):
        made.active.append(row)
    made.save(path)
    return path


def test_a_workbook_is_read_as_lines(tmp_path):
    path = book(
        tmp_path / "a.xlsx",
        (date(2027, 1, 1), date(2027, 1, 3), "休", "元旦"),
        ("2027-01-10", None, "班", None),
    )
    text = lines_of_file(path)
    assert text.splitlines() == ["2027-01-01至2027-01-03 休 元旦", "2027-01-10 班"]
    assert len(read_lines(text, 2027)) == 4


@pytest.mark.parametrize(
    ("row", "sentence"),
    [(("2027-01-01", "", "也许", "元旦"), "第2行的类别“也许”"), (None, "超过200行")],
)
def test_a_workbook_of_another_sort_is_refused(tmp_path, row, sentence):
    rows = [row] if row else [("2027-01-01", "", "休", "元旦")] * 201
    with pytest.raises(BadFile, match=sentence):
        lines_of_file(book(tmp_path / "a.xlsx", *rows))
