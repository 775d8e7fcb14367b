"""One row of a register file as it is staged: read by ``entities.registers``, placed, encoded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from entities.choices import Status
from entities.contacts import seal_address, seal_name, seal_phone
from entities.imports.places import address_index
from entities.imports.staging import array, encode, text_array
from entities.models import Industry
from entities.names import bigrams
from entities.registers import LABELS, Problem, read_row, read_status
from staff.places import places_on


def status_of(text: str) -> Status | None:
    """Return the status that a word, or our own key, means; None for an unknown word."""
    if text in Status.values:
        return Status(text)
    found = read_status(text)
    return Status(found) if found else None


class RowReader:
    """Turns rows into staged lines as of a day; places are those of that day.

    ``status`` is given to every row of a file that says none.
    """

    def __init__(self, on: date, status: Status | None) -> None:
        self.on, self.status = on, status.value if status else ""
        self.places = places_on(on)
        self.index = address_index(self.places)
        codes = Industry.objects.filter(code__regex="^[A-T][0-9]").values_list("code", flat=True)
        self.full_code = {code[1:]: code for code in codes}

    def staged(
        self, n: int, line: int, values: Sequence[str]
    ) -> tuple[str | None, Sequence[Problem]]:
        """Return the line for COPY, None where a problem is fatal, and the problems."""
        row, problems = read_row(values)
        if row is None:
            return None, [problem for problem in problems if problem.fatal]
        begun = self._past(row.established_on, LABELS["established_on"], problems)
        turned = self._past(row.status_on, LABELS["status_on"], problems)
        place = self._place(row.address, row.district_word, problems)
        industry = self.full_code.get(row.industry, row.industry)
        encoded = encode(
            (
                n, line, row.code, row.code_problem, row.status or self.status, turned, begun,
                array(bigrams(row.name, *row.former_names)), text_array(row.former_names), *place,
                row.name, row.kind, row.kind_text, row.capital, industry, row.scope, row.address,
                row.registrar, row.representative, row.trade_name,
                seal_name(row.contact_name), seal_phone(row.contact_phone),
                seal_address(row.service_address),
            )
        )  # fmt: skip
        return encoded, problems

    def _past(self, day: date | None, label: str, problems: list[Problem]) -> date | None:
        if day is None or day <= self.on:
            return day
        problems.append(Problem(label, str(day), "日期晚于导入当天，已留空。", "请核对日期。"))
        return None

    def _place(
        self, address: str, district: str, problems: list[Problem]
    ) -> tuple[str, int | None, int | None, int | None, int | None]:
        """Return placed, district, street, bureau and station; never by the code's digits."""
        if not (address or district):
            return ("f", None, None, None, None)
        found = self.index.locate(address, district)
        if found.district_id is None:
            advice = "请核对住所是否写明区县；未定位的主体不在任何区县局名下。"
            told = (address or district)[:60]
            problems.append(Problem(LABELS["address"], told, "认不出所在区县。", advice))
        bureau = self.places.bureau_of(found.district_id, found.street_id)
        station = self.places.station_of(found.street_id)
        return ("t", found.district_id, found.street_id, bureau, station)


def header_of(header: Mapping[str, str], problem: Problem) -> str:
    """Return the header in this file of the column that a problem names."""
    names = {label: name for name, label in LABELS.items()}
    return header.get(names.get(problem.field, ""), problem.field)
