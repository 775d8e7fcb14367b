"""From the list's form to conditions on entities: facts of a day by Exists on the dated tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone

from core.dated import in_force
from desk.context import Moment
from desk.filters import (
    NO_CLASS,
    NO_DOMAIN,
    PENDING,
    PROPOSED,
    EntityFilter,
    Standing,
    statuses_wanted,
)
from entities.choices import Domain, MarkOrigin, Verdict
from entities.models import (
    RISK_SCHEME,
    CreditClass,
    Entity,
    EntityStatus,
    FourNewMark,
    Industry,
    SafetyReading,
)
from entities.search import Search, search
from membership.models import Decision
from membership.queries import inside, watched
from staff.models import User
from zones.models import RosterEntry

HERE = OuterRef("pk")
PLACES = ("bureau", "district", "street", "station")


def asked_for(form: EntityFilter, viewer: User, moment: Moment) -> tuple[QuerySet[Entity], Search]:
    """Return the entities of a valid form that the viewer may see, and how the text was read."""
    cleaned = form.cleaned_data
    entities, asked = search(Entity.objects.visible_to(viewer), cleaned.get("text", ""))
    for name in PLACES:
        if value := cleaned.get(name):
            entities = entities.filter(**{f"{name}_id": None if value == "0" else int(value)})
    for name, condition in CONDITIONS.items():
        if value := cleaned.get(name):
            entities = entities.filter(condition(value, moment))
    if wanted := statuses_wanted(cleaned):
        entities = entities.filter(_status(wanted, moment))
    if move := cleaned.get("moved"):
        entities = entities.filter(_moved(move, cleaned))
    return entities, asked


def chosen_entities(data: QueryDict, viewer: User, moment: Moment) -> QuerySet[Entity]:
    """Return what a bulk page was given: ``everything=1`` with ``query``, or ``ids`` repeated.

    Only entities the viewer may see; ``query`` is read by the list's own form, so both name the
    same entities.
    """
    if data.get("everything"):
        form = EntityFilter(QueryDict(data.get("query", "")), viewer, moment.on)
        if not form.is_valid():
            return Entity.objects.visible_to(viewer).none()
        return asked_for(form, viewer, moment)[0]
    keys = [int(key) for key in data.getlist("ids") if key.isdecimal() and len(key) < 18]
    return Entity.objects.visible_to(viewer).filter(pk__in=keys)


def _status(wanted: list[str], moment: Moment) -> Q | Exists:
    """Today is read from the display copy, which is indexed with nothing to join."""
    if moment.is_now:
        return Q(status__in=wanted)
    return Exists(
        EntityStatus.objects.filter(in_force(moment.on, moment.known), entity=HERE).filter(
            status__in=wanted
        )
    )


def _ground(value: str, moment: Moment) -> Any:
    at = (moment.on, moment.known)
    if value == Standing.INSIDE:
        return inside(*at)
    if value == Standing.OUTSIDE:
        return ~inside(*at)
    if value in (Standing.UNDECIDED, Standing.REVIEW):
        return watched(moment.on, value, moment.known)
    return inside(*at, ground=value)


def _letter(values: list[str], moment: Moment) -> Q:
    classes = CreditClass.objects.filter(
        in_force(moment.on, moment.known), entity=HERE, scheme=RISK_SCHEME
    )
    letters = [value for value in values if value != NO_CLASS]
    if NO_CLASS in values:
        # One Exists instead of two joined by "or", which PostgreSQL would hash whole.
        return ~Q(Exists(classes.exclude(letter__in=letters)))
    return Q(Exists(classes.filter(letter__in=letters)))


def _four_new(value: str, moment: Moment) -> Q:
    """A district's proposal stands beside the marks but is none (五(二): the city marks)."""
    rows = FourNewMark.objects.filter(in_force(moment.on, moment.known), entity=HERE)
    if value == PROPOSED:
        return Q(Exists(rows.filter(origin=MarkOrigin.DISTRICT)))
    marks = rows.exclude(origin=MarkOrigin.DISTRICT)
    return Q(Exists(marks)) if value == "yes" else ~Q(Exists(marks))


def _domain(values: list[str], moment: Moment) -> Q:
    readings = SafetyReading.objects.filter(in_force(moment.on, moment.known), entity=HERE)
    wanted = Q()
    for domain in Domain:
        if domain in values:
            wanted |= Q(**{domain.value: Verdict.IN})
        if PENDING in values:
            wanted |= Q(**{domain.value: Verdict.PENDING})
    if NO_DOMAIN in values:
        touched = readings.exclude(**{domain.value: Verdict.NONE for domain in Domain})
        return ~Q(Exists(touched.exclude(wanted) if wanted else touched))
    return Q(Exists(readings.filter(wanted)))


def _industry(value: str, moment: Moment) -> Q:
    """Match codes by their beginning, whether the register wrote the section's letter or not."""
    code = value.strip().upper()
    spellings = {code}
    if code[:1].isalpha():
        spellings.add(code[1:])
    if len(code) == 1:
        divisions = Industry.objects.filter(section=code, level=2).values_list("code", flat=True)
        spellings |= {division.lstrip(code) for division in divisions}
    elif not code[:1].isalpha():
        named = Industry.objects.filter(level=2, code__endswith=code[:2])
        spellings |= {f"{division.section}{code}" for division in named}
    wanted = Q()
    for spelling in sorted(spellings - {""}):
        wanted |= Q(industry__startswith=spelling)
    return wanted


def industry_of(code: str) -> Industry | None:
    """Return the industry of a register's code, or the group or division it belongs to.

    The code may be written with or without the section's letter.
    """
    digits = code.lstrip("ABCDEFGHIJKLMNOPQRST")
    if not digits.isdecimal():
        return None
    spellings = "|".join(digits[:length] for length in (4, 3, 2))
    return Industry.objects.filter(code__regex=rf"^[A-Z]?({spellings})$").order_by("-level").first()


def _moved(move: str, cleaned: dict[str, Any]) -> Exists:
    moves = Decision.objects.filter(entity=HERE, move=move)
    if cleaned.get("moved_from"):
        begin = datetime.combine(cleaned["moved_from"], time.min)
        moves = moves.filter(recorded_at__gte=timezone.make_aware(begin))
    if cleaned.get("cause"):
        moves = moves.filter(cause=cleaned["cause"])
    return Exists(moves)


def _zone(value: str, moment: Moment) -> Exists:
    rows = RosterEntry.objects.filter(in_force(moment.on, moment.known), entity=HERE)
    return Exists(rows.filter(occupant__zone=int(value)))


CONDITIONS: dict[str, Callable[[Any, Moment], Any]] = {
    "ground": _ground,
    "zone": _zone,
    "letter": _letter,
    "kind": lambda values, moment: Q(kind__in=values),
    "four_new": _four_new,
    "domain": _domain,
    "industry": _industry,
    "established_from": lambda day, moment: Q(established_on__gte=day),
    "established_to": lambda day, moment: Q(established_on__lte=day),
}
"""The condition of each field that is no place, no status and no move."""
