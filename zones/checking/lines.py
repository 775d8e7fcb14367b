"""The checks of a roster's lines: code, register, name, status, district, zones, safety field."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from entities.choices import Status
from entities.codes import CodeKind, is_resident_id, is_unusable, shown
from entities.codes import check as check_code
from entities.names import folded
from policy.limits import limits_in_force
from staff.models import Bureau
from zones.checking.register import (
    Known,
    known_by_code,
    known_by_name,
    touched_fields,
    zones_of,
)
from zones.checking.reports import CODES, SAFETY, STATUS, ZONES, Report, code_at, name_at
from zones.checking.shapes import FiledEntity, FiledZone
from zones.checking.slips import slip

LOST = (
    "数字单元格只保留15位，代码末尾数位已丢失；请把该列设为“文本”格式，"
    "按营业执照重新录入18位代码（不能由现有数字恢复）。"
)


@dataclass
class Asked:
    """What the register knows about all lines, asked once. ``bureaus`` are short names.

    ``ending`` are the states in which an entity has ended, by the limits of the day (readings 7).
    """

    by_code: dict[str, Known]
    by_name: dict[str, list[Known]]
    zones: dict[int, list[tuple[str, int]]]
    fields: dict[int, str]
    bureaus: dict[int, str]
    ending: frozenset[str]


def check_lines(
    report: Report, *, bureau: Bureau | None, on: date, declaration_id: int | None
) -> None:
    """Check every line of every roster, with a few queries for all of them."""
    asked = _ask(report.filed.zones, on, declaration_id)
    first: dict[str, tuple[int, FiledEntity]] = {}
    for zone_number, zone in enumerate(report.filed.zones):
        here: dict[str, FiledEntity] = {}
        for number, entity in enumerate(zone.roster):
            line = _Line(report, asked, bureau, zone_number, number, entity)
            line.check()
            if entity.code and not is_unusable(entity.code) and not line.is_lost:
                line.check_repeated(here, first)


def _ask(zones: list[FiledZone], on: date, declaration_id: int | None) -> Asked:
    entities = [one for zone in zones for one in zone.roster]
    by_code = known_by_code({one.code for one in entities if 0 < len(one.code) <= 18})
    for one in entities:
        known = by_code.get(one.code)
        one.entity_id, one.register_name = (known.id, known.name) if known else (None, "")
    ids = {known.id for known in by_code.values()}
    return Asked(
        by_code=by_code,
        by_name=known_by_name(one.name for one in entities if one.entity_id is None),
        zones=zones_of(ids, on, declaration_id),
        fields=touched_fields(ids, on),
        bureaus=dict(Bureau.objects.values_list("pk", "short_name")),
        ending=frozenset(limits_in_force(on)["status.ending"]),
    )


@dataclass
class _Line:
    """One line under check."""

    report: Report
    asked: Asked
    bureau: Bureau | None
    zone: int
    number: int
    entity: FiledEntity

    def __post_init__(self) -> None:
        self.where: dict[str, Any] = {"zone": self.zone, "entity": self.number}
        self.is_lost = self.entity.number_cell and len(self.entity.code) > 15

    def check(self) -> None:
        self._repairs()
        known = None if self.is_lost else self.asked.by_code.get(self.entity.code)
        self._code(known)
        self._name(known)
        if known is not None:
            self._register(known)

    def _repairs(self) -> None:
        one = self.entity
        if one.code and one.raw_code != one.code and not is_resident_id(one.code):
            message = f"代码已按半角大写、去空格读为 {one.code}，请核对。"
            self.report.repaired(
                code_at(one), "code.repaired", message, one.raw_code, one.code, **self.where
            )
        if one.name and one.raw_name != one.name:
            message = f"名称中的换行和多余空格已去掉，读为“{one.name}”，请核对。"
            self.report.repaired(
                name_at(one), "name.repaired", message, one.raw_name, one.name, **self.where
            )

    def _code(self, known: Known | None) -> None:
        one, code = self.entity, self.entity.code
        if not code:
            if not self.report.is_told(code_at(one)):
                message = "缺少统一社会信用代码，请按营业执照补填。" + self._hint()
                self._error("code.missing", message)
        elif is_resident_id(code):
            message = (
                f"{shown(code)} 是居民身份证号码，不是统一社会信用代码；"
                "请改填代码，并勿在申报表中填写个人身份证号。"
            )
            self._error("code.resident_id", message + self._hint())
        elif self.is_lost or (known is None and is_unusable(code)):
            self._error("code.lost_digits", LOST + self._hint(), CODES)
        elif known is not None:
            if problems := check_code(code).problems:
                message = f"登记库中有此代码，但{problems[0]}多为早年赋码所致，请核对营业执照。"
                self.report.warn(code_at(one), "code.check", message, CODES, **self.where)
        else:
            self._unknown_code(code)

    def _unknown_code(self, code: str) -> None:
        checked = check_code(code)
        if checked.problems:
            kind = "code.form" if checked.kind is CodeKind.UNKNOWN else "code.check_character"
            if any("字符集" in problem for problem in checked.problems):
                kind = "code.character"
            problems = "".join(checked.problems)
            self._error(kind, f"{problems}登记库中没有此代码。{self._hint()}", CODES)
            return
        message = "登记库中没有此代码，请按营业执照核对；新设主体请待登记信息更新后再报。"
        self._error("code.not_in_register", message + self._hint())

    def _hint(self) -> str:
        """Name the register's code of exactly this name, if only one bears it."""
        namesakes = self.asked.by_name.get(folded(self.entity.name), [])
        if len(namesakes) != 1:
            return ""
        right = namesakes[0].code
        how = slip(self.entity.code, right)
        if how:
            return f"疑为{how}：登记库中同名主体的代码是 {right}。"
        return f"登记库中同名主体的代码是 {right}，请核对是否为同一主体。"

    def _name(self, known: Known | None) -> None:
        one = self.entity
        if not one.name:
            if not self.report.is_told(name_at(one)):
                told = f"登记库中该代码的名称是“{known.name}”。" if known else ""
                message = f"缺少名称，请按营业执照补填。{told}"
                self.report.error(name_at(one), "name.missing", message, **self.where)
            return
        if known is None or folded(one.name) == folded(known.name):
            return
        if folded(one.name) in {folded(name) for name in known.former_names}:
            message = f"所填名称是曾用名，现名称为“{known.name}”，名册将以现名称为准。"
            self.report.warn(name_at(one), "name.former", message, **self.where)
            return
        message = f"名称与登记库不一致：该代码登记的名称是“{known.name}”，请核对名称和代码。"
        self.report.error(name_at(one), "name.differs", message, **self.where)

    def _register(self, known: Known) -> None:
        if known.status in self.asked.ending:
            message = f"该主体已{Status(known.status).label}，不能列入名册，请删去该行。"
            self._error("status.ended", message, STATUS)
        elif known.status == Status.LIQUIDATING:
            message = "该主体正在清算，列入后将作为重点关注，请核实是否仍在区内经营。"
            self.report.warn(
                code_at(self.entity), "status.liquidating", message, STATUS, **self.where
            )
        self._elsewhere(known)
        for name, bureau_id in self.asked.zones.get(known.id, []):
            mine = self.bureau is not None and bureau_id == self.bureau.pk
            whose = "本局" if mine else "其他局"
            message = f"该主体已在{whose}区域“{name}”的名册内，请说明同时列入的理由。"
            self._ask("roster.other_zone", message)
        if fields := self.asked.fields.get(known.id):
            message = f"该主体涉及安全领域（{fields}），仅作提示，不影响区域类纳入。"
            self.report.warn(code_at(self.entity), "safety_field", message, SAFETY, **self.where)

    def _elsewhere(self, known: Known) -> None:
        if self.bureau is None or known.bureau_id in (None, self.bureau.pk):
            return
        other = self.asked.bureaus.get(known.bureau_id or 0, "其他局")
        message = (
            f"该主体登记的属地监管机关是{other}，不是{self.bureau.short_name}；"
            "如经营场所确在区内，请说明情况。"
        )
        self._ask("entity.other_district", message)

    def check_repeated(
        self, here: dict[str, FiledEntity], first: dict[str, tuple[int, FiledEntity]]
    ) -> None:
        """Compare with the lines before: twice in this roster, or in another zone's."""
        code = self.entity.code
        if code in here:
            row = here[code].place.row
            message = f"与第{row}行重复（同一代码在本名册出现两次），请删去一行。"
            self._error("roster.twice", message)
            return
        here[code] = self.entity
        if code in first:
            number, other = first[code]
            zone = self.report.filed.zones[number]
            message = (
                f"该主体也列在区域“{zone.name}”（{other.place.sheet}第{other.place.row}行），"
                "请说明同时列入的理由。"
            )
            self._ask("roster.other_zone_here", message)
        else:
            first[code] = (self.zone, self.entity)

    def _error(self, code: str, message: str, clause: str = "") -> None:
        self.report.error(code_at(self.entity), code, message, clause, **self.where)

    def _ask(self, code: str, message: str) -> None:
        self.report.warn(code_at(self.entity), code, message, ZONES, asks=True, **self.where)
