"""The list of violations: what its address asks for, the counts, and what stands on each line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from desk.forms.violation_filters import CaseState, ViolationFilter, Whose
from entities.models import Entity
from entities.search import search
from redline.actions.violation_base import finder_of
from redline.choices import CaseDecision, OrderStatus, ViolationStatus
from redline.figures import touched_in
from redline.models import Case, Order, Violation
from redline.violation_queries import passed_on_to, violations_for, waiting_for
from redline.violation_workflow import is_passed_on
from staff.models import User

GONE = (OrderStatus.VOID, OrderStatus.REFUSED)


@dataclass(frozen=True)
class Chip:
    """One choice above the list with the number of what it shows."""

    name: str
    value: str
    label: str
    number: int


@dataclass(frozen=True)
class Line:
    """A violation on the list, with its order and the case that is still to be decided."""

    violation: Violation
    order: Order | None
    case: Case | None
    waits: bool
    own_entity: bool

    @property
    def passed_on(self) -> bool:
        return is_passed_on(self.violation)

    @property
    def finder(self) -> str:
        """Who found it."""
        return finder_of(self.violation)


def asked_for(form: ViolationFilter, viewer: User) -> QuerySet[Violation]:
    """Return the violations that the viewer may see and a valid form asks for."""
    rows = _by_fields(form, viewer)
    if whose := form.said.get("whose"):
        rows = rows.filter(_of(whose, viewer))
    if status := form.said.get("status"):
        rows = rows.filter(status=status)
    return rows


def _by_fields(form: ViolationFilter, viewer: User) -> Any:
    """Return what the fields leave; the chips above the list count among these."""
    said, rows = form.said, violations_for(viewer)
    if text := said.get("text"):
        rows = rows.filter(entity__in=named(text))
    if bureau := said.get("bureau"):
        rows = rows.filter(bureau=int(bureau))
    if source := said.get("source"):
        rows = rows.filter(source=source)
    if since := said.get("since"):
        rows = rows.filter(found_on__gte=since)
    if until := said.get("until"):
        rows = rows.filter(found_on__lte=until)
    return rows.filter(_of_touch(said), _of_case(said.get("case", ""), form.on))


def _of_touch(said: dict[str, Any]) -> Q:
    wanted = Q()
    if group := said.get("group"):
        wanted &= Q(touch__item__group=group)
    since, until = said.get("touched_since"), said.get("touched_until")
    return wanted & touched_in(since, until, "touch__") if since or until else wanted


def _of_case(state: str, on: date) -> Q:
    if state == CaseState.RUNNING:
        return Q(case__decision=CaseDecision.FILED, case__closed_on=None)
    late = Q(case__due_on__lt=on) if state == CaseState.LATE else Q()
    return Q(case__decision=CaseDecision.OPEN) & late if state else Q()


def named(text: str) -> Any:
    """Return the keys of entities by words or code; which rows are shown, says their own scope."""
    return search(Entity.objects.all(), text)[0].values("pk")


def _of(whose: str, viewer: User) -> Q:
    if whose == Whose.PASSED_ON:
        return passed_on_to(viewer)
    if whose == Whose.MINE:
        return Q(recorded_by=viewer.pk)
    return Q(pk__in=waiting_for(viewer).values("pk"))


def chips(form: ViolationFilter, viewer: User) -> list[list[Chip]]:
    """Return the chips of whose and of status, counted; states that are empty left out."""
    rows = _by_fields(form, viewer).order_by()
    numbers = {one.name: Count("pk", filter=_of(one, viewer)) for one in Whose}
    found = rows.aggregate(**numbers)
    whose = [Chip("whose", one.value, str(one.label), found[one.name]) for one in Whose]
    if wanted := form.said.get("whose"):
        rows = rows.filter(_of(wanted, viewer))
    by_status = dict(rows.values_list("status").annotate(number=Count("pk")))
    chosen = form.said.get("status")
    states = [
        Chip("status", one.value, str(one.label), by_status.get(one.value, 0))
        for one in ViolationStatus
        if by_status.get(one.value) or one.value == chosen
    ]
    return [whose, [Chip("status", "", "全部", sum(by_status.values())), *states]]


def lines_of(found: Sequence[Violation], viewer: User) -> list[Line]:
    """Return the lines of a page, in four statements for any number of violations."""
    keys = [one.pk for one in found]
    orders = Order.objects.visible_to(viewer).filter(violation__in=keys).exclude(status__in=GONE)
    newest = {order.violation_id: order for order in orders.select_related("number").order_by("pk")}
    cases = Case.objects.visible_to(viewer).filter(violation__in=keys, decision=CaseDecision.OPEN)
    open_cases = {case.violation_id: case for case in cases}
    waits = set(waiting_for(viewer).filter(pk__in=keys).values_list("pk", flat=True))
    entities = Entity.objects.visible_to(viewer).filter(pk__in={one.entity_id for one in found})
    own = set(entities.values_list("pk", flat=True))
    return [
        Line(
            one,
            newest.get(one.pk),
            open_cases.get(one.pk),
            one.pk in waits,
            one.entity_id in own,
        )
        for one in found
    ]
