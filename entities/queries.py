"""Reads of an entity's dated facts for pages, as of a day and as known at an instant.

Every function gets the viewer, because facts are read as somebody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from django.db.models import Q

from core.dated import Dated
from entities.choices import Domain, Verdict
from entities.models import (
    RISK_SCHEME,
    CreditClass,
    Entity,
    EntityStatus,
    FourNewMark,
    FourNewProposal,
    FourNewVeto,
    Licence,
    Listing,
    Operation,
    OperationItem,
    SafetyReading,
    SafetyStatement,
)
from staff.models import User

FactT = TypeVar("FactT", bound=Dated)


def history(
    model: type[FactT], entity: Entity, viewer: User, known: datetime | None = None, **narrow: Any
) -> list[FactT]:
    """Return the rows of a dated table for an entity as known at an instant, newest day first."""
    rows = model.objects.visible_to(viewer).filter(entity=entity, **narrow)
    if known is None:
        rows = rows.current()
    else:
        rows = rows.filter(
            Q(superseded_at=None) | Q(superseded_at__gt=known), recorded_at__lte=known
        )
    return list(rows.select_related("recorded_by").order_by("-since", "-id"))


def fact_on(
    model: type[FactT],
    entity: Entity,
    viewer: User,
    on: date,
    known: datetime | None = None,
    **narrow: Any,
) -> FactT | None:
    """Return the row that holds on a day, or None."""
    rows = model.objects.visible_to(viewer).in_force(on, known)
    return rows.filter(entity=entity, **narrow).select_related("recorded_by").first()


def class_history(entity: Entity, viewer: User, known: datetime | None = None) -> list[CreditClass]:
    return history(CreditClass, entity, viewer, known, scheme=RISK_SCHEME)


def status_history(
    entity: Entity, viewer: User, known: datetime | None = None
) -> list[EntityStatus]:
    return history(EntityStatus, entity, viewer, known)


@dataclass(frozen=True)
class SafetyLine:
    """One safety field on a day: the verdict, its words and where they come from."""

    domain: Domain
    verdict: Verdict
    evidence: list[dict[str, Any]]

    @property
    def color(self) -> str:
        return {0: "secondary", 1: "danger", 2: "warning"}[self.verdict]


ORIGINS = {
    "scope": "经营范围用语",
    "industry": "行业代码",
    "licence": "许可证",
    "officer": "监管人员认定",
    "decision": "市局决定",
    "proposal": "区县认定建议",
    "list": "市局名单",
}


def safety_on(
    entity: Entity, viewer: User, on: date, known: datetime | None = None
) -> list[SafetyLine]:
    """Return a line for each safety field; a field without a reading is not touched."""
    row = fact_on(SafetyReading, entity, viewer, on, known)
    evidence = row.evidence if row else []
    return [
        SafetyLine(
            domain,
            Verdict(getattr(row, domain) if row else Verdict.NONE),
            [
                item | {"origin_label": ORIGINS.get(item["origin"], item["origin"])}
                for item in evidence
                if item["domain"] == domain
            ],
        )
        for domain in Domain
    ]


def safety_history(
    entity: Entity, viewer: User, known: datetime | None = None
) -> list[SafetyReading]:
    return history(SafetyReading, entity, viewer, known)


def licences(entity: Entity, viewer: User, known: datetime | None = None) -> list[Licence]:
    return history(Licence, entity, viewer, known)


def statements(
    entity: Entity, viewer: User, known: datetime | None = None
) -> list[SafetyStatement]:
    return history(SafetyStatement, entity, viewer, known)


def four_new_history(
    entity: Entity, viewer: User, known: datetime | None = None
) -> list[FourNewMark | FourNewVeto]:
    """Return the marks and the vetoes together, newest day first."""
    marks = history(FourNewMark, entity, viewer, known)
    vetoes = history(FourNewVeto, entity, viewer, known)
    return sorted([*marks, *vetoes], key=lambda row: (row.since, row.recorded_at), reverse=True)


def listings(entity: Entity, viewer: User, known: datetime | None = None) -> list[Listing]:
    return history(Listing, entity, viewer, known)


def proposals(entity: Entity, viewer: User) -> list[FourNewProposal]:
    """Return the district's proposals and objections, newest first."""
    rows = FourNewProposal.objects.visible_to(viewer).filter(entity=entity)
    return list(rows.select_related("filed_by", "decided_by").order_by("-id"))


def waiting_proposals(viewer: User) -> Any:
    """Return the proposals that wait for the city, the first due first."""
    rows = FourNewProposal.objects.visible_to(viewer)
    return (
        rows.filter(status=FourNewProposal.Status.FILED)
        .select_related("entity", "filed_by")
        .order_by("due_on", "id")
    )


def operations(entity: Entity, viewer: User) -> list[OperationItem]:
    """Return what people did to an entity, newest first, with who and why."""
    rows = OperationItem.objects.visible_to(viewer).filter(entity=entity, done=True)
    return list(rows.select_related("operation__done_by").order_by("-id"))


def own_operations(viewer: User) -> Any:
    """Return this person's own operations, newest first."""
    return Operation.objects.visible_to(viewer).filter(done_by=viewer).order_by("-id")
