"""Forms of the working-day calendar: a deadline to compute, and the arrangement of a year."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from django import forms

from core.arrangements import Wrong, lines_of_file, read_lines, write_lines
from core.due_days import Kind
from core.errors import BadFile
from core.uploads import demand_table, refuse_misnamed, stored_name
from desk.calendars import AHEAD, FIRST_YEAR, Arrangement
from desk.forms.base import SentenceForm, day, text

MOST_BYTES = 1 << 20
MOST_DAYS = 3650
LAST_START = 2100
LINES_HELP = (
    "一行一段：日期或起止日期、休或班、名称。例如“2027-01-01至2027-01-03 休 元旦”、"
    "“2027-01-10 班”。也可写“1月1日至3日 休 元旦”。上年12月的调整一并写在这里。"
)
FILE_HELP = "列名：日期、结束日期（可不填）、类别（休或班）、名称。选了文件就不看上面的文字。"


def _number(label: str, least: int, most: int) -> forms.IntegerField:
    sentence = f"{label}应为{least}至{most}的整数，请改正。"
    return forms.IntegerField(
        label=label,
        min_value=least,
        max_value=most,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
        error_messages={"invalid": sentence, "min_value": sentence, "max_value": sentence},
    )


class ComputeDueDay(SentenceForm):
    """From when, how many days, and of which kind."""

    start = day("起算日")
    days = _number("天数", 1, MOST_DAYS)
    kind = forms.ChoiceField(
        label="计算方式",
        choices=[(kind.value, kind.label) for kind in Kind],
        widget=forms.Select(attrs={"class": "form-select"}),
    )

    def clean_start(self) -> date:
        start: date = self.cleaned_data["start"]
        if not FIRST_YEAR <= start.year <= LAST_START:
            raise forms.ValidationError(f"起算日应在{FIRST_YEAR}至{LAST_START}年之间，请改正。")
        return start


class LoadYear(SentenceForm):
    """The arrangement of one year, as lines or as a file."""

    year = _number("年份", FIRST_YEAR, 9998)
    document = text("通知文号", most=60, help_text="如：国办发明电〔20XX〕X号。")
    lines = forms.CharField(
        label="节假日和调休",
        required=False,
        help_text=LINES_HELP,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 12}),
    )
    file = forms.FileField(
        label="或选择文件（.xlsx、.csv）",
        required=False,
        help_text=FILE_HELP,
        widget=forms.ClearableFileInput(attrs={"class": "form-control", "accept": ".xlsx,.csv"}),
        error_messages={"empty": "文件是空的，请检查后重新选择。"},
    )
    replacing = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, on_year: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.last_year = on_year + AHEAD

    def clean_year(self) -> int:
        year: int = self.cleaned_data["year"]
        if year > self.last_year:
            raise forms.ValidationError(f"年份最晚为{self.last_year}，请改正。")
        return year

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        upload, year = cleaned.get("file"), cleaned.get("year")
        written = cleaned.get("lines", "")
        if upload:
            try:
                written = _lines_in(upload)
            except BadFile as bad:
                self.add_error("file", str(bad))
                return cleaned
        if year:
            try:
                cleaned["days"] = read_lines(written, year)
            except Wrong as wrong:
                for sentence in wrong.sentences:
                    self.add_error("file" if upload else "lines", sentence)
        return cleaned

    def arrangement(self) -> Arrangement:
        said = self.cleaned_data
        return Arrangement(said["year"], said["document"].strip(), said["days"])

    def as_lines(self, year: int | None = None) -> str:
        """Return the days, or those of one year, as lines."""
        days = self.cleaned_data["days"]
        return write_lines({d: said for d, said in days.items() if year in (None, d.year)})

    def begun_anew(self) -> LoadYear:
        """Return the form with what was read, also of a file, to be changed and sent again."""
        said = self.cleaned_data
        begun = {"year": said["year"], "document": said["document"], "lines": self.as_lines()}
        return LoadYear(on_year=self.last_year - AHEAD, initial=begun)


def _lines_in(upload: Any) -> str:
    """Return the rows of an uploaded table as lines. Raises BadFile."""
    demand_table(upload, upload.size, max_packed=MOST_BYTES)
    refuse_misnamed(upload, upload.name)
    if upload.size > MOST_BYTES:
        raise BadFile("文件超过1 MB，不像一个年度的节假日安排，请核对。")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / stored_name()
        path.write_bytes(upload.read())
        return lines_of_file(path)
