"""Reads that pages of declarations need: lists, to-dos, the annex's rows, the 审批表's steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from core.scope import ScopedQuerySet
from staff.models import User
from staff.permissions import PERMISSIONS, may
from staff.roles import Role
from zones.checking.checks import has_filed
from zones.choices import DeclarationStatus as Status
from zones.choices import Outcome
from zones.findings import findings_of
from zones.models import (
    Declaration,
    DeclarationComment,
    DeclarationStep,
    DeclaredEntity,
    DeclaredZone,
)
from zones.workflow import HAND_OVERS, STEPS, involved, may_hold, step_said

__all__ = (
    "AnnexLine",
    "StepLine",
    "annex_lines",
    "colleagues",
    "comments_of",
    "counts_by_status",
    "declarations_for",
    "findings_of",
    "has_filed",
    "rows_of",
    "steps_of",
    "waiting_for",
    "zones_of",
)


@dataclass(frozen=True)
class AnnexLine:
    """A line of the annex as it is printed: 序号, 申报名称, 所属类型, 注册登记地址, 户数.

    ``count`` is what was filed; ``listed`` how many rows the roster has, ``approved`` how many an
    approval let in (None before).
    """

    number: int
    name: str
    type: str
    address: str
    count: int | None
    listed: int
    approved: int | None
    zone: DeclaredZone


@dataclass(frozen=True)
class StepLine:
    """A step for the record and the 审批表: its words, who did it in which role, when, opinion."""

    label: str
    person: str
    role: str
    step: DeclarationStep


def declarations_for(viewer: User) -> ScopedQuerySet:
    """Return the declarations this account may see, newest first, with what a list shows."""
    rows = Declaration.objects.visible_to(viewer) if may(viewer, "zone.read") else _none()
    people = ("bureau", "round", "handler", "filed_by", "submitted_by")
    return rows.select_related(*people).annotate(
        zone_count=Count("zones", distinct=True),
    )


def _none() -> ScopedQuerySet:
    return Declaration.objects.none().for_system("nobody's declarations")


def waiting_for(viewer: User) -> ScopedQuerySet:
    """Return the declarations that wait for this account: its to-dos, oldest first.

    Drafts are their filers' own; what was returned or is to be confirmed is the whole bureau's.
    What somebody took waits for that person.
    """
    wanted = Q(pk__in=())
    if may(viewer, "zone.declare"):
        wanted |= Q(status__in=(Status.ENTERED, Status.RETURNED))
        wanted |= Q(status=Status.DRAFT, filed_by=viewer)
    for verb, open_states, taken in (
        ("zone.review", (Status.SUBMITTED,), Status.REVIEWING),
        ("zone.approve", (Status.REVIEWED,), Status.ACCEPTED),
    ):
        if may(viewer, verb):
            waiting = Q(status__in=open_states) | Q(status=taken, handler=viewer)
            wanted |= waiting & ~Q(filed_by=viewer) & ~_is("submitted_by", viewer)
    return declarations_for(viewer).filter(wanted).order_by("edited_at", "pk")


def _is(column: str, viewer: User) -> Q:
    """Return the condition that a column which may be empty names this account."""
    return Q(**{f"{column}__isnull": False, column: viewer})


def counts_by_status(viewer: User) -> dict[str, int]:
    """Return how many declarations this account sees in each state, every state named."""
    rows = Declaration.objects.visible_to(viewer) if may(viewer, "zone.read") else _none()
    found = dict(rows.order_by().values_list("status").annotate(number=Count("pk")))
    return {status: found.get(status, 0) for status in Status.values}


def zones_of(declaration: Declaration, viewer: User) -> list[Any]:
    """Return a declaration's zones in their order, each with ``listed`` and ``approved`` rows."""
    rows = DeclaredZone.objects.visible_to(viewer).filter(declaration=declaration)
    return list(
        rows.select_related("target", "into", "zone")
        .annotate(
            listed=Count("roster"),
            approved=Count("roster", filter=Q(roster__outcome=Outcome.APPROVED)),
        )
        .order_by("position", "pk")
    )


def rows_of(zone: DeclaredZone, viewer: User) -> ScopedQuerySet:
    """Return a declared zone's roster in its order."""
    rows = DeclaredEntity.objects.visible_to(viewer).filter(declared_zone=zone)
    return rows.select_related("entity").order_by("position", "pk")


def annex_lines(declaration: Declaration, viewer: User) -> list[AnnexLine]:
    """Return the annex's lines for screen and print."""
    decided = declaration.status == Status.APPROVED
    return [
        AnnexLine(
            number=number,
            name=zone.name,
            type=zone.type_text or zone.get_zone_type_display(),
            address=zone.address,
            count=zone.declared_count,
            listed=zone.listed,
            approved=zone.approved if decided else None,
            zone=zone,
        )
        for number, zone in enumerate(zones_of(declaration, viewer), 1)
    ]


def steps_of(declaration: Declaration, viewer: User) -> list[StepLine]:
    """Return every step of a declaration, oldest first."""
    rows = DeclarationStep.objects.visible_to(viewer).filter(declaration=declaration)
    return [
        StepLine(
            label=step_said(step.action),
            person=step.done_by.name,
            role=str(Role(step.role_then).label),
            step=step,
        )
        for step in rows.select_related("done_by", "handed_to").order_by("pk")
    ]


def left_out_of(declaration: Declaration, viewer: User) -> ScopedQuerySet:
    """Return the rows that the decision left out, each with its opinion, in the order filed."""
    return (
        DeclaredEntity.objects.visible_to(viewer)
        .filter(declared_zone__declaration=declaration, outcome=Outcome.REFUSED)
        .select_related("declared_zone")
        .order_by("declared_zone__position", "position", "pk")
    )


def comments_of(
    declaration: Declaration, viewer: User, *, open_only: bool = False
) -> list[DeclarationComment]:
    """Return the comments of a declaration, oldest first."""
    rows = DeclarationComment.objects.visible_to(viewer).filter(declaration=declaration)
    if open_only:
        rows = rows.filter(settled_at=None)
    people = ("made_by", "settled_by", "declared_zone", "declared_entity")
    return list(rows.select_related(*people).order_by("pk"))


def colleagues(declaration: Declaration, viewer: User) -> Sequence[User]:
    """Return to whom a declaration that was taken can be handed over now, by name."""
    action = HAND_OVERS.get(declaration.status)
    if action is None or not may(viewer, STEPS[action].verb):
        return []
    step = STEPS[action]
    kept_out = involved(declaration, step) | {declaration.handler_id}
    roles = PERMISSIONS[step.verb].roles
    people = User.accounts.for_system("whom a declaration can be handed to").filter(
        role__in=roles, is_active=True
    )
    return [
        person
        for person in people.order_by("name", "pk")
        if person.pk not in kept_out and may_hold(person, declaration, step)
    ]
