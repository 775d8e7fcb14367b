"""What the entity's page shows from this room: every function takes entity, day, known, viewer.

The page has scoped the entity to its viewer; rows of that entity are read for the page.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from core.sections import Section, as_known
from entities.choices import Domain, Novelty, Verdict
from entities.derivation import FourNewReader
from entities.models import (
    RISK_SCHEME,
    CreditClass,
    Entity,
    EntityStatus,
    FactChange,
    FourNewMark,
    FourNewProposal,
    FourNewVeto,
    Licence,
    Listing,
    OperationItem,
    SafetyReading,
    SafetyStatement,
)
from staff.models import User

REASON = "the page of one entity the viewer may see"
ORIGINS = {
    "scope": "经营范围",
    "industry": "行业代码",
    "licence": "许可证",
    "officer": "监管人员认定",
    "statement": "监管人员认定",
}


def _rows(model: Any, entity: Entity, known: datetime | None) -> QuerySet:
    """Return the dated rows of an entity that were our knowledge, the newest day first."""
    return (
        model.objects.for_system(REASON)
        .filter(as_known(known), entity=entity)
        .select_related("recorded_by")
        .order_by("-since", "-pk")
    )


def _held(row: Any, on: date) -> bool:
    return row.since <= on and (row.until is None or row.until > on)


def _marked(rows: QuerySet, on: date) -> list[dict[str, Any]]:
    """Pair each row with whether it holds on the day shown."""
    return [{"row": row, "holds": _held(row, on)} for row in rows]


def credit_classes(entity: Entity, on: date, known: datetime | None, viewer: User) -> Section:
    lines = _marked(_rows(CreditClass, entity, known).filter(scheme=RISK_SCHEME), on)
    return Section(
        "classes", "信用风险分类", len(lines), "entities/_section_classes.html", {"lines": lines}
    )


def statuses(entity: Entity, on: date, known: datetime | None, viewer: User) -> Section:
    lines = _marked(_rows(EntityStatus, entity, known), on)
    return Section(
        "statuses", "登记状态", len(lines), "entities/_section_statuses.html", {"lines": lines}
    )


def safety(entity: Entity, on: date, known: datetime | None, viewer: User) -> Section:
    """The reading in force with its evidence (``words`` are marked in the scope), and others."""
    rows = list(_rows(SafetyReading, entity, known))
    reading = next((row for row in rows if _held(row, on)), None)
    evidence = _evidence(reading.evidence) if reading else []
    touched = [d for d in Domain if reading and getattr(reading, d.value) != Verdict.NONE]
    context = {
        "reading": reading,
        "evidence": evidence,
        "domains": [
            {"label": d.label, "verdict": getattr(reading, d.value) if reading else Verdict.NONE}
            for d in Domain
        ],
        "words": [line["words"] for line in evidence if line["words"]],
        "earlier": [row for row in rows if row is not reading],
    }
    return Section(
        "safety",
        "安全领域",
        len(touched),
        "entities/_section_safety.html",
        context,
        waiting=any(getattr(reading, d.value) == Verdict.PENDING for d in touched),
    )


def _evidence(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put the evidence of a reading into words."""
    return [
        {
            "domain": Domain(item["domain"]).label,
            "verdict": item.get("verdict", Verdict.IN),
            "origin": ORIGINS.get(item.get("origin", ""), item.get("origin", "")),
            "words": item.get("words") or "",
            "term": item.get("term") or "",
        }
        for item in items
    ]


def statements(entity: Entity, on: date, known: datetime | None, viewer: User) -> Section:
    lines = _marked(_rows(SafetyStatement, entity, known), on)
    return Section(
        "statements",
        "安全领域认定（监管人员）",
        len(lines),
        "entities/_section_statements.html",
        {"lines": lines},
    )


def licences(entity: Entity, on: date, known: datetime | None, viewer: User) -> Section:
    lines = _marked(_rows(Licence, entity, known), on)
    return Section(
        "licences", "许可证", len(lines), "entities/_section_licences.html", {"lines": lines}
    )


def four_new(entity: Entity, on: date, known: datetime | None, viewer: User) -> Section:
    """Marks and vetoes by day, the proposals of the district, and what the rules only hint at."""
    marks = _marked(_rows(FourNewMark, entity, known), on)
    for line in marks:
        line["novelties"] = "、".join(Novelty(n).label for n in line["row"].novelties)
        line["words"] = "、".join(e.get("words") or "" for e in line["row"].evidence)
    vetoes = _marked(_rows(FourNewVeto, entity, known), on)
    proposals = FourNewProposal.objects.for_system(REASON).filter(entity=entity)
    if known is not None:
        proposals = proposals.filter(filed_at__lte=known)
    filed = list(proposals.select_related("filed_by", "decided_by").order_by("-pk"))
    hint = None if marks else FourNewReader.on(on).hint(entity.business_scope, entity.industry)
    hinted = [(e["words"], Novelty(e["novelty"]).label) for e in hint.evidence] if hint else []
    return Section(
        "four_new",
        "“四新”标识与建议",
        len(marks) + len(vetoes) + len(filed) + len(hinted),
        "entities/_section_four_new.html",
        {"marks": marks, "vetoes": vetoes, "proposals": filed, "hinted": hinted},
        waiting=any(p.status == FourNewProposal.Status.FILED for p in filed),
    )


def listings(entity: Entity, on: date, known: datetime | None, viewer: User) -> Section:
    lines = _marked(_rows(Listing, entity, known), on)
    return Section(
        "listings", "名单记录", len(lines), "entities/_section_listings.html", {"lines": lines}
    )


def waiting_changes(entity: Entity, on: date, known: datetime | None, viewer: User) -> Section:
    """Fact changes that settle has not judged yet; nothing is waiting on an earlier knowledge."""
    changes = FactChange.objects.for_system(REASON).filter(entity=entity, taken_by=None)
    lines = list(changes.order_by("pk")) if known is None else []
    return Section(
        "changes",
        "待评估的事实变动",
        len(lines),
        "entities/_section_changes.html",
        {"lines": lines},
        waiting=bool(lines),
    )


def operations(entity: Entity, on: date, known: datetime | None, viewer: User) -> Section:
    """What officers did to the entity, with their reasons."""
    items = (
        OperationItem.objects.for_system(REASON)
        .filter(entity=entity)
        .select_related("operation__done_by")
        .order_by("-pk")
    )
    if known is not None:
        items = items.filter(operation__done_at__lte=known)
    lines = list(items[:50])
    return Section(
        "operations", "操作记录", len(lines), "entities/_section_operations.html", {"lines": lines}
    )
