"""Figures of red lines: of a district, of every bureau, and by month; each set in few queries.

A period is ``since`` to ``until``, both days counted. What happened in it is counted by its own
day (批准日, 改正确认日, 移出日, 重新移入日); what waits is counted as it stands on ``on``. The
conditions stand here once, and the lists that the figures lead to ask the same ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import TruncMonth

from redline.choices import CaseDecision, ItemGroup, OrderOrigin, OrderStatus, ReviewOutcome
from redline.choices import RemovalCause as Cause
from redline.models import Case, Order, Removal, Review, Touch
from redline.queries import light_is
from staff.models import Bureau, User, in_office

WHY = "figures of red lines, of bureaus that the viewer may see"
LIGHTS = ("green", "amber", "red")


def _zeros(names: Iterable[str]) -> dict[str, int]:
    return dict.fromkeys(map(str, names), 0)


@dataclass
class BureauFigures:
    """The figures of one bureau, in a period and on a day.

    ``touches`` maps each group of items to the touches approved in the period. Of red-line orders
    ``mended`` were corrected in time and ``mended_late`` afterwards. ``removed`` maps each cause to
    the entities taken out, ``revoked`` counts those that turned out wrong and are not among them.
    ``lights`` maps green, amber and red to the orders, of either origin, that a day presses;
    ``rechecks`` are those of them that were reported as corrected. Each ``…_late`` is part of the
    number beside it.
    """

    bureau: Bureau
    touches: dict[str, int] = field(default_factory=lambda: _zeros(ItemGroup))
    mended: int = 0
    mended_late: int = 0
    removed: dict[str, int] = field(default_factory=lambda: _zeros(Cause))
    revoked: int = 0
    returned: int = 0
    lights: dict[str, int] = field(default_factory=lambda: _zeros(LIGHTS))
    rechecks: int = 0
    rechecks_late: int = 0
    reviews: int = 0
    reviews_late: int = 0
    cases: int = 0
    cases_late: int = 0

    @property
    def touched(self) -> int:
        return sum(self.touches.values())

    @property
    def taken_out(self) -> int:
        return sum(self.removed.values())

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is counted here."""
        counted = (
            *(self.touched, self.mended, self.mended_late, self.taken_out, self.revoked),
            *(self.returned, *self.lights.values(), self.rechecks, self.reviews, self.cases),
        )
        return not any(counted)


@dataclass(frozen=True)
class MonthFigures:
    """One month: touches approved, red-line orders corrected in time and late, entities out."""

    month: date
    touched: int
    mended: int
    mended_late: int
    removed: int


# The conditions. A list that a figure leads to asks the same functions.
def touched_in(since: date | None, until: date | None, prefix: str = "") -> Q:
    """Return the condition that a touch was approved in a period; ``prefix`` leads to it."""
    return Q(**{f"{prefix}is_confirmed": True}) & _within(f"{prefix}confirmed_on", since, until)


def mended_in(since: date | None, until: date | None) -> Q:
    return _within("mended_on", since, until)


def removed_in(since: date | None, until: date | None) -> Q:
    """Return the condition that a removal began in a period; revoked ones are told apart."""
    return _within("since", since, until)


def returned_in(since: date | None, until: date | None) -> Q:
    return Q(returned_on__isnull=False) & _within("returned_on", since, until)


def _within(column: str, since: date | None, until: date | None) -> Q:
    found = Q()
    if since is not None:
        found &= Q(**{f"{column}__gte": since})
    if until is not None:
        found &= Q(**{f"{column}__lte": until})
    return found


def rechecks_late(on: date) -> Q:
    """Return the condition that an order waits for its recheck and the day has passed."""
    return Q(status=OrderStatus.REPORTED) & light_is("red", on)


def district_figures(bureau: Bureau, since: date, until: date, on: date) -> BureauFigures:
    """Return the figures of one bureau."""
    return _counted([bureau], since, until, on)[bureau.pk]


def city_figures(viewer: User, since: date, until: date, on: date) -> list[BureauFigures]:
    """Return the figures of every bureau in office that this person sees, also where all is zero.

    Behind them stand bureaus that are no more and still hold something.
    """
    rows = Bureau.objects.exclude(kind=Bureau.Kind.CITY).order_by("pk")
    if viewer.role and not viewer.sees_city() and viewer.bureau_id:
        rows = rows.filter(pk=viewer.bureau_id)
    present = set(rows.filter(in_office(on)).values_list("pk", flat=True))
    found = _counted(list(rows), since, until, on)
    lines = sorted(found.values(), key=lambda line: (line.bureau.pk not in present, line.bureau.pk))
    return [line for line in lines if line.bureau.pk in present or not line.is_empty]


def _counted(
    bureaus: Iterable[Bureau], since: date, until: date, on: date
) -> dict[int, BureauFigures]:
    """Count in five statements, whatever the number of bureaus."""
    lines = {bureau.pk: BureauFigures(bureau) for bureau in bureaus}
    touches = Touch.objects.for_system(WHY).filter(touched_in(since, until))
    touches = touches.filter(violation__bureau__in=lines).order_by()
    for bureau, group, number in touches.values_list("violation__bureau", "item__group").annotate(
        n=Count("pk")
    ):
        lines[bureau].touches[group] = number
    removals = Removal.objects.for_system(WHY).filter(bureau__in=lines).order_by()
    standing = removals.filter(removed_in(since, until), revoked_at=None)
    for bureau, cause, number in standing.values_list("bureau", "cause").annotate(n=Count("pk")):
        lines[bureau].removed[cause] = number
    _fill(
        lines, removals, {"revoked": _revoked(since, until), "returned": returned_in(since, until)}
    )
    _fill(lines, Order.objects.for_system(WHY), _of_orders(since, until, on))
    late = Q(due_on__lt=on)
    reviews = Q(outcome=ReviewOutcome.OPEN)
    _fill(
        *(lines, Review.objects.for_system(WHY)),
        {"reviews": reviews, "reviews_late": reviews & late},
    )
    cases = Q(decision=CaseDecision.OPEN)
    _fill(
        *(lines, Case.objects.for_system(WHY)),
        {"cases": cases, "cases_late": cases & late},
        "violation__bureau",
    )
    return lines


def _revoked(since: date, until: date) -> Q:
    return removed_in(since, until) & Q(revoked_at__isnull=False)


def _of_orders(since: date, until: date, on: date) -> dict[str, Q]:
    mended = mended_in(since, until) & Q(origin=OrderOrigin.RED_LINE)
    return {
        "mended": mended & Q(status=OrderStatus.MENDED),
        "mended_late": mended & Q(status=OrderStatus.MENDED_LATE),
        "rechecks": Q(status=OrderStatus.REPORTED),
        "rechecks_late": rechecks_late(on),
        **{light: light_is(light, on) for light in LIGHTS},
    }


def _fill(
    lines: Mapping[int, BureauFigures], rows: Any, wanted: Mapping[str, Q], path: str = "bureau"
) -> None:
    """Count each condition by bureau, in one statement, and write it where its name says."""
    counts = {f"n_{name}": Count("pk", filter=asked) for name, asked in wanted.items()}
    for row in rows.filter(**{f"{path}__in": lines}).order_by().values(path).annotate(**counts):
        line = lines[row[path]]
        for name in wanted:
            if name in LIGHTS:
                line.lights[name] = row[f"n_{name}"]
            else:
                setattr(line, name, row[f"n_{name}"])


def months(bureaus: Iterable[Bureau], since: date, until: date) -> list[MonthFigures]:
    """Return every month of a period, those without anything too, of these bureaus together."""
    keys = [bureau.pk for bureau in bureaus]
    touches = Touch.objects.for_system(WHY).filter(violation__bureau__in=keys)
    touched = by_month(touches.filter(touched_in(since, until)), "confirmed_on")
    orders = Order.objects.for_system(WHY).filter(bureau__in=keys, origin=OrderOrigin.RED_LINE)
    orders = orders.filter(mended_in(since, until))
    mended = by_month(orders.filter(status=OrderStatus.MENDED), "mended_on")
    late = by_month(orders.filter(status=OrderStatus.MENDED_LATE), "mended_on")
    removals = Removal.objects.for_system(WHY).filter(bureau__in=keys, revoked_at=None)
    removed = by_month(removals.filter(removed_in(since, until)), "since")
    return [
        MonthFigures(month, *(counts.get(month, 0) for counts in (touched, mended, late, removed)))
        for month in _months(since, until)
    ]


def by_month(rows: Any, column: str) -> dict[date, int]:
    """Count rows by the first day of the month in which ``column`` lies."""
    found = rows.order_by().annotate(month=TruncMonth(column)).values_list("month")
    return dict(found.annotate(n=Count("pk")))


def _months(since: date, until: date) -> list[date]:
    found, month = [], since.replace(day=1)
    while month <= until:
        found.append(month)
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return found
