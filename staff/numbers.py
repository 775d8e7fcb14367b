"""Numbers of papers that leave the house, without gaps: 渝中市监责改〔2026〕12号 (readings 19)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import F
from django.utils import timezone

from core.errors import Refused
from staff.models import Bureau, Jurisdiction, KindWord, NumberSeries, PaperNumber, User
from staff.places import places_on

CLAUSE = "readings 19"
WHY = "looking for who has the districts of an abolished bureau"


@dataclass(frozen=True)
class Kind:
    """A kind of paper that bears a number: what it is called, and its word as shipped."""

    title: str
    word: str


KINDS: Mapping[str, Kind] = {
    "order": Kind("责令改正通知书", "责改"),
    "receipt": Kind("送达回证", "送证"),
    "extension": Kind("延期改正决定书", "责改延"),
    "recheck": Kind("复查记录", "复查"),
    "closing": Kind("责令改正办结单", "责改结"),
    "referral": Kind("转立案查处单", "转立"),
}
"""The kinds of papers by their key; the words in force are those of ``KindWord``."""


def give(bureau: Bureau, kind: str, *, on: date, by: User | None) -> PaperNumber:
    """Give the next number of a bureau, kind and year, in the caller's transaction.

    The row of the series stays locked until that transaction ends, so that parallel ones wait and
    a number that is rolled back leaves no gap. The year is that of ``on``, the day of issue.
    Refuses for a bureau out of office, whose series is closed, and for one without its word.
    Raises KeyError for a kind that does not exist.
    """
    if kind not in KINDS:
        raise KeyError(kind)
    _demand_in_office(bureau, on)
    if not bureau.document_word:
        raise Refused(CLAUSE, f"{bureau.short_name}没有机关代字，请系统管理员在机构表中补充。")
    series = _locked(bureau, kind, on.year)
    serial = series.last + 1
    word = KindWord.objects.get(kind=kind).word
    text = f"{bureau.document_word}{word}〔{on.year}〕{serial}号"
    if PaperNumber.objects.filter(text=text).exists():
        raise Refused(
            CLAUSE, f"文号{text}已经用过，请系统管理员核对机关代字和文种代字是否与其他的重复。"
        )
    NumberSeries.objects.filter(pk=series.pk).update(last=F("last") + 1)
    return PaperNumber.objects.create(series=series, serial=serial, text=text, given_by=by)


def _locked(bureau: Bureau, kind: str, year: int) -> NumberSeries:
    """Return the locked series, made where there was none; of two who make it one wins."""
    rows = NumberSeries.objects.select_for_update(no_key=True)
    found = rows.filter(bureau=bureau, kind=kind, year=year).first()
    if found is None:
        fresh = NumberSeries(bureau=bureau, kind=kind, year=year)
        NumberSeries.objects.bulk_create([fresh], ignore_conflicts=True)
        found = rows.get(bureau=bureau, kind=kind, year=year)
    return found


def void_number(number: PaperNumber, *, by: User, reason: str) -> PaperNumber:
    """Mark a number void; it stays and is never given again. Refuses one that is void already."""
    voided = PaperNumber.objects.filter(pk=number.pk, voided_at=None).update(
        voided_at=timezone.now(), voided_by=by, void_reason=reason[:200]
    )
    if not voided:
        raise Refused(CLAUSE, f"文号{number.text}已作废，请刷新后查看。")
    number.refresh_from_db()
    return number


def _demand_in_office(bureau: Bureau, on: date) -> None:
    if bureau.since and on < bureau.since:
        raise Refused(CLAUSE, f"{bureau.short_name}自{bureau.since}起设立，此前不能编号。")
    if bureau.until and bureau.until <= on:
        now = "、".join(row.short_name for row in successors(bureau, on))
        ask = f"请由现管辖其区域的{now}制发" if now else "请向市局核实现由哪个局制发"
        raise Refused(
            CLAUSE, f"{bureau.short_name}已自{bureau.until}起撤销，文号序列已关闭，{ask}。"
        )


def successors(bureau: Bureau, on: date) -> list[Bureau]:
    """Return who supervises, on a day, the districts and streets that a bureau once had."""
    places = places_on(on)
    once = Jurisdiction.objects.for_system(WHY).current().filter(bureau=bureau)
    told = {
        now
        for district, street in once.values_list("district_id", "street_id")
        if (now := places.bureau_of(district, street)) is not None
    }
    return list(Bureau.objects.filter(pk__in=told - {bureau.pk}))
