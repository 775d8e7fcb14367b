"""Set-wise counts of a viewer's scope, a few statements for any number of entities."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Q
from django.utils import timezone

from entities.choices import Status
from entities.models import Entity
from membership.models import Decision, GroundName, Run, Watch
from membership.queries import inside, members
from staff.models import User

COLUMNS = ("active", "inside", *(ground.value for ground in GroundName), "undecided", "review")
OWN_SECONDS = 60
CITY_SECONDS = 300


@dataclass(frozen=True)
class Tally:
    """The figures of a scope: for each bureau (None: not placed), and the moves since a day.

    ``moves`` maps (move, cause) to the number of entities; ``counted_at`` says up to when.
    """

    moves_from: date
    counted_at: datetime
    by_bureau: dict[int | None, dict[str, int]] = field(default_factory=dict)
    moves: dict[tuple[str, str], int] = field(default_factory=dict)
    moved: dict[str, int] = field(default_factory=dict)

    def of(self, bureau_id: int | None) -> dict[str, int]:
        return self.by_bureau.get(bureau_id) or dict.fromkeys(COLUMNS, 0)

    @property
    def total(self) -> dict[str, int]:
        return {name: sum(row[name] for row in self.by_bureau.values()) for name in COLUMNS}


def kept_tally(viewer: User, on: date) -> Tally | None:
    """Return the figures of this scope if they were counted a short while ago."""
    return cache.get(_key(viewer, on))


def tally(viewer: User, on: date) -> Tally:
    """Return the figures of this scope, counted now where none are kept."""
    found = kept_tally(viewer, on)
    if found is None:
        found = count(viewer, on)
        cache.set(_key(viewer, on), found, OWN_SECONDS if _is_own(viewer) else CITY_SECONDS)
    return found


def is_quick(viewer: User) -> bool:
    """Whether the scope is a bureau's, which is counted while the page waits."""
    return _is_own(viewer)


def _is_own(viewer: User) -> bool:
    return viewer.bureau_id is not None and not viewer.sees_city()


def _key(viewer: User, on: date) -> str:
    """Name the scope, not the person, and the run after which it is counted anew.

    For a bureau that is any run; for the city, which takes long to count, one over everybody.
    """
    scope = f"{viewer.role}-{viewer.bureau_id}-{viewer.station_id}-{viewer.unit_id}"
    runs = Run.objects.for_system("the last run").order_by("-pk").values_list("pk", flat=True)
    if not _is_own(viewer):
        runs = runs.exclude(kind=Run.Kind.SETTLE).filter(status=Run.Status.DONE)
    return f"tally-{scope}-{on}-{runs.first()}"


def count(viewer: User, on: date) -> Tally:
    """Count everything the home page shows, by bureau."""
    rows: dict[int | None, dict[str, int]] = defaultdict(lambda: dict.fromkeys(COLUMNS, 0))
    entities = Entity.objects.visible_to(viewer).order_by()
    for bureau, number in _grouped(entities.filter(status=Status.ACTIVE)):
        rows[bureau]["active"] = number
    for bureau, number in _grouped(entities.filter(inside(on))):
        rows[bureau]["inside"] = number
    for bureau, ground, number in _grounds(viewer, on):
        rows[bureau][ground] = number
    watches = Watch.objects.in_force(on).visible_to(viewer).order_by()
    for bureau, undecided, review in watches.values_list("entity__bureau").annotate(
        undecided_number=Count("pk", filter=~Q(undecided=[])),
        review_number=Count("pk", filter=~Q(review=[])),
    ):
        rows[bureau] |= {"undecided": undecided, "review": review}
    since = on - timedelta(days=1)
    moves, moved = _moves(viewer, since)
    return Tally(since, timezone.now(), dict(rows), moves, moved)


def _grounds(viewer: User, on: date) -> list[tuple[int | None, str, int]]:
    """Return how many entities have each ground, by bureau.

    Only zones may be several for an entity (constraint), so only they are told apart.
    """
    found: Any = members(on)
    grounds = found.visible_to(viewer).order_by().values_list("entity__bureau", "ground")
    zone = Q(ground=GroundName.ZONE)
    return [
        *grounds.exclude(zone).annotate(number=Count("pk")),
        *grounds.filter(zone).annotate(number=Count("entity", distinct=True)),
    ]


def _grouped(entities: Any) -> list[tuple[int | None, int]]:
    return list(entities.values_list("bureau").annotate(number=Count("pk")))


def _moves(viewer: User, since: date) -> tuple[dict[tuple[str, str], int], dict[str, int]]:
    begin = timezone.make_aware(datetime.combine(since, time.min))
    rows = Decision.objects.visible_to(viewer).filter(recorded_at__gte=begin).order_by()
    by_cause = rows.values_list("move", "cause").annotate(n=Count("entity", distinct=True))
    by_move = rows.values_list("move").annotate(n=Count("entity", distinct=True))
    return {(move, cause): n for move, cause, n in by_cause}, dict(by_move)
