"""The check of a whole declaration: one function for the page, the workbook and the command."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date

from policy.limits import limits_in_force
from staff.models import Bureau
from staff.places import Places, places_on
from zones.checking.areas import check_areas, check_number
from zones.checking.bureaus import named_bureau
from zones.checking.lines import check_lines
from zones.checking.reports import PILOT, Report
from zones.checking.shapes import Filed, Finding, Place, Severity
from zones.choices import DeclarationKind, DeclarationStatus
from zones.models import Declaration, Round, ZoneBureau

WHY = "checking a declaration"
WITHOUT_ROSTER = frozenset((DeclarationKind.END, DeclarationKind.MERGE))
_PHONE = re.compile(
    r"(?:\+?86)?(?:1[3-9]\d{9}|0\d{9,11}|[2-9]\d{6,7}|400\d{7}|(?:0\d{2,3})?[2-9]\d{6,7})(?:转?\d{1,6})?"
)


def check(
    filed: Filed,
    *,
    bureau: Bureau | None,
    round: Round | None,
    on: date,
    declaration_id: int | None = None,
) -> list[Finding]:
    """Return all findings of a declaration, by sheet, row and column.

    Without a bureau it is the one that 填报区县 names. ``declaration_id`` is the draft that is
    checked, so that its own zones do not stand in its way. Writes ``entity_id`` and
    ``register_name`` into the lines of ``filed``.
    """
    report = Report(filed)
    places = places_on(on)
    bureau = _check_bureau(report, bureau, places)
    _check_contact(report)
    _check_day(report, round, on)
    kind = _kind(declaration_id)
    if kind not in WITHOUT_ROSTER:
        check_areas(report, bureau=bureau, places=places, declaration_id=declaration_id)
        check_lines(report, bureau=bureau, on=on, declaration_id=declaration_id)
    is_first = (
        kind == DeclarationKind.NEW and bureau is not None and not has_filed(bureau, declaration_id)
    )
    check_number(report, limits_in_force(on)["zones.first_filing_most"], is_first=is_first)
    return report.in_order()


def blocking(findings: Iterable[Finding]) -> list[Finding]:
    """Return what keeps a declaration from being submitted: errors, and warnings unexplained."""
    return [
        one
        for one in findings
        if one.severity is Severity.ERROR or (one.asks and not one.explained)
    ]


def pick_round(on: date) -> Round | None:
    """Return the open round whose deadline is next, else the latest that was opened."""
    opened = Round.objects.for_system(WHY).filter(opens_on__lte=on)
    running = opened.filter(deadline__gte=on).order_by("deadline", "id").first()
    return running or opened.order_by("-deadline", "-id").first()


def has_filed(bureau: Bureau, declaration_id: int | None = None) -> bool:
    """Return whether a bureau has had a zone before: approved, or inherited from another."""
    if ZoneBureau.objects.for_system(WHY).current().filter(bureau=bureau).exists():
        return True
    approved = Declaration.objects.for_system(WHY).filter(
        bureau=bureau, status=DeclarationStatus.APPROVED
    )
    if declaration_id is not None:
        approved = approved.exclude(pk=declaration_id)
    return approved.exists()


def _kind(declaration_id: int | None) -> str:
    if declaration_id is None:
        return DeclarationKind.NEW
    found = Declaration.objects.for_system(WHY).filter(pk=declaration_id)
    return found.values_list("kind", flat=True).first() or DeclarationKind.NEW


def _check_bureau(report: Report, bureau: Bureau | None, places: Places) -> Bureau | None:
    """Return the bureau that declares: the one given, else the one named; say what is wrong."""
    filed = report.filed
    place = filed.places.get("bureau", Place("", 0))
    text = filed.bureau_text
    named = named_bureau(text, places)
    if bureau is not None:
        if named.bureau is not None and named.bureau != bureau:
            message = f"填报区县写的是“{text[:40]}”，申报单位却是{bureau.short_name}，请核对。"
            report.error(place, "bureau.differs", message)
        return bureau
    if not text:
        if not report.is_told(place):
            message = "未写明填报区县，请在表头“填报区县：”后填写区县名称。"
            report.error(place, "bureau.missing", message)
    elif named.abolished:
        now = named.successor.short_name if named.successor else "其他局"
        message = f"“{named.abolished}”已撤销，现由{now}负责，请按现行区划填写填报区县。"
        report.error(place, "bureau.abolished", message)
    elif named.bureau is None:
        message = f"填报区县“{text[:40]}”不是我市的区县或功能区，请按全称或简称填写。"
        report.error(place, "bureau.unknown", message)
    return named.bureau


def _check_contact(report: Report) -> None:
    filed = report.filed
    name_place = filed.places.get("contact_name", Place("", 0))
    phone_place = filed.places.get("contact_phone", Place("", 0))
    if not filed.contact_name:
        report.error(name_place, "contact.name_missing", "缺少联系人，请在表尾填写。")
    if not filed.contact_phone:
        report.error(phone_place, "contact.phone_missing", "缺少联系电话，请在表尾填写。")
    elif not is_phone(filed.contact_phone):
        message = "联系电话不像电话号码，请填手机号或带区号的固定电话，如 023-60000000。"
        report.warn(phone_place, "contact.phone_form", message)


def is_phone(text: str) -> bool:
    """Return whether every number in a text is a telephone number; at least one must be."""
    plain = unicodedata.normalize("NFKC", text)
    parts = [re.sub(r"[\s()\-—–]", "", part) for part in re.split(r"[/;,、；，]|或", plain)]
    parts = [part for part in parts if part]
    return bool(parts) and all(_PHONE.fullmatch(part) for part in parts)


def _check_day(report: Report, round: Round | None, on: date) -> None:
    if round is None or on <= round.deadline:
        return
    day = round.deadline
    message = (
        f"“{round.name}”的截止日是{day.year}年{day.month}月{day.day}日，现已逾期，请说明原因。"
    )
    place = report.filed.places.get("bureau", Place("", 0))
    report.warn(place, "declaration.late", message, PILOT, asks=True)
