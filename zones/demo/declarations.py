"""Declarations of the demonstration, one in each state, with the steps that lead there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from entities.choices import Status
from entities.models import Entity
from staff.models import Bureau, User
from zones.choices import DeclarationStatus as State
from zones.choices import FilingWay, Outcome
from zones.demo.life import WHY, People
from zones.models import (
    Declaration,
    DeclarationComment,
    DeclarationStep,
    DeclaredEntity,
    DeclaredZone,
    Occupant,
    Round,
    Zone,
)

ROWS = 6


@dataclass(frozen=True)
class Way:
    """The steps to a state as (action, who, to), ``who`` being a field of People."""

    steps: tuple[tuple[str, str, str], ...]
    opinion: str = ""


SUBMITTED = (("begin", "officer", State.DRAFT), ("submit", "officer", State.SUBMITTED))
REVIEWED = (*SUBMITTED, ("review", "lead", State.REVIEWED))
ACCEPTED = (*REVIEWED, ("accept", "city", State.ACCEPTED))

WAYS: dict[str, Way] = {
    State.DRAFT: Way(SUBMITTED[:1]),
    State.ENTERED: Way((("enter", "city", State.ENTERED),)),
    State.SUBMITTED: Way(SUBMITTED),
    State.REVIEWING: Way((*SUBMITTED, ("take", "lead", State.REVIEWING))),
    State.REVIEWED: Way(REVIEWED),
    State.ACCEPTED: Way(ACCEPTED),
    State.APPROVED: Way((*ACCEPTED, ("approve", "city", State.APPROVED)), "符合申报条件，同意。"),
    State.RETURNED: Way(
        (*ACCEPTED, ("return", "city", State.RETURNED)), "注册登记地址请写明到门牌号。"
    ),
    State.REFUSED: Way(
        (*ACCEPTED, ("refuse", "city", State.REFUSED)), "该区域与已批准区域重叠，不予批准。"
    ),
    State.VOID: Way((*SUBMITTED[:1], ("discard", "officer", State.VOID))),
}
"""How each state is reached (zones.workflow)."""


def declare(state: str, bureau: Bureau, people: People, place: str, round: Round, on: date) -> None:
    """Write a declaration in a state, with a zone and some entities of the bureau."""
    way = WAYS[state]
    by = {action: getattr(people, who) for action, who, _ in way.steps}
    declaration = Declaration(
        bureau=bureau,
        round=round,
        status=state,
        contact_name="周敏",
        contact_phone="13900000009",
        filed_by=next(iter(by.values())),
        **_columns(by, state, on),
    )
    declaration.save(force_insert=True)
    zone = _line(declaration, place, state, way.opinion)
    _roster(zone, _free(bureau), state)
    _steps(declaration, way, people)
    if state == State.RETURNED:
        DeclarationComment.objects.for_system(WHY).create(
            declaration=declaration,
            declared_zone=zone,
            field="address",
            text=way.opinion,
            made_by=by["return"],
        )


def _columns(by: dict[str, User], state: str, on: date) -> dict[str, Any]:
    """Return who submitted, reviewed, handles and decided, as the steps say."""
    now = timezone.now()
    found: dict[str, Any] = {}
    if "submit" in by:
        found |= {"submitted_by": by["submit"], "submitted_at": now}
    if "review" in by:
        found |= {"reviewed_by": by["review"], "reviewed_at": now}
    if state in (State.APPROVED, State.REFUSED):
        found |= {"decided_by": by["accept"], "decided_at": now}
    handler = by.get("accept") or by.get("take")
    if handler and state != State.RETURNED:
        found["handler"] = handler
    if state == State.ENTERED:
        found |= {
            "way": FilingWay.MAIL,
            "mail_received_on": on - timedelta(days=2),
            "mail_source": "内网邮件",
        }
    return found


def _line(declaration: Declaration, place: str, state: str, opinion: str) -> DeclaredZone:
    outcomes = {State.APPROVED: Outcome.APPROVED, State.REFUSED: Outcome.REFUSED}
    zone = DeclaredZone(
        declaration=declaration,
        position=1,
        name=f"{place}产业园",
        zone_type="park",
        address=f"重庆市{place}1号",
        declared_count=ROWS,
        outcome=outcomes.get(State(state), Outcome.OPEN),
        opinion=opinion if state in outcomes else "",
    )
    zone.save(force_insert=True)
    return zone


def _free(bureau: Bureau) -> list[Entity]:
    """Return living entities of the bureau that neither a roster nor a declaration names."""
    rows = Entity.objects.for_system(WHY).filter(bureau=bureau, status=Status.ACTIVE)
    declared = DeclaredEntity.objects.filter(entity__isnull=False).values("entity")
    on_roster = Occupant.objects.values("entity")
    free = rows.exclude(pk__in=declared).exclude(pk__in=on_roster)
    return list(free.filter(code_problem="").order_by("pk")[:ROWS])


def _roster(zone: DeclaredZone, entities: Sequence[Entity], state: str) -> None:
    outcomes = {State.APPROVED: Outcome.APPROVED, State.REFUSED: Outcome.REFUSED}
    DeclaredEntity.objects.for_system(WHY).bulk_create(
        DeclaredEntity(
            declared_zone=zone,
            position=number,
            name=entity.name,
            code=entity.code,
            filed_code=entity.code,
            entity=entity,
            outcome=outcomes.get(State(state), Outcome.OPEN),
        )
        for number, entity in enumerate(entities, 1)
    )


def _steps(declaration: Declaration, way: Way, people: People) -> None:
    for action, person, source, target in _moves(way, people):
        DeclarationStep(
            declaration=declaration,
            action=action,
            source=source,
            target=target,
            opinion=way.opinion if target == way.steps[-1][2] else "",
            done_by=person,
            role_then=person.role,
        ).save(force_insert=True)


def _moves(way: Way, people: People) -> Iterator[tuple[str, User, str, str]]:
    source = ""
    for action, who, target in way.steps:
        yield action, getattr(people, who), source, target
        source = target


def record_of(zone: Zone, people: People, round: Round) -> None:
    """Write the approved declaration behind a zone of the demonstration, with its roster."""
    way, now = WAYS[State.APPROVED], timezone.now()
    declaration = Declaration(
        bureau=zone.bureau,
        round=round,
        status=State.APPROVED,
        since=zone.since,
        filed_by=people.officer,
        submitted_by=people.officer,
        submitted_at=now,
        reviewed_by=people.lead,
        reviewed_at=now,
        handler=people.city,
        decided_by=people.city,
        decided_at=now,
    )
    declaration.save(force_insert=True)
    occupants = Occupant.objects.for_system(WHY).filter(zone=zone).select_related("entity")
    entities = [row.entity for row in occupants.order_by("pk")]
    line = DeclaredZone(
        declaration=declaration,
        position=1,
        name=zone.name,
        zone_type=zone.zone_type,
        address=zone.address,
        declared_count=len(entities),
        zone=zone,
        outcome=Outcome.APPROVED,
    )
    line.save(force_insert=True)
    _roster(line, entities, State.APPROVED)
    _steps(declaration, way, people)
