"""The page of figures of red lines: tiles, groups, months, and for the city every bureau."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from desk.figures import Figure
from desk.forms.redline_figures import FiguresFilter
from desk.redline_figures.addresses import address
from desk.zones.charts import Chart, bars
from redline.choices import ItemGroup, RemovalCause
from redline.figures import BureauFigures, MonthFigures, city_figures, months
from staff.models import User

MOST_MONTHS = 24
"""So many months are drawn: the last ones of a longer period."""


@dataclass(frozen=True)
class Period:
    """The days that are asked for, both counted, and of which bureau (None: of all)."""

    since: date
    until: date
    bureau: int | None = None

    def within(self, name: str) -> dict[str, Any]:
        """Return the conditions by which a list keeps to the period, for its day ``name``."""
        return {f"{name}since": self.since.isoformat(), f"{name}until": self.until.isoformat()}


@dataclass(frozen=True)
class Column:
    """A figure: what it is called, how it is read from a bureau's line, and where it leads."""

    key: str
    label: str
    read: Callable[[BureauFigures], int]
    page: str
    query: Callable[[Period], Mapping[str, Any]]
    unit: str = "件"
    tone: str = ""

    def of(self, lines: Sequence[BureauFigures], period: Period, bureau: int | None) -> Figure:
        number = sum(self.read(line) for line in lines)
        return Figure(
            key=f"{self.key}-{bureau}" if bureau else self.key,
            label=self.label,
            number=number,
            url=address(self.page, **self.query(period), bureau=bureau),
            unit=self.unit,
            tone=self.tone if number else "",
        )


def _lit(light: str) -> Callable[[BureauFigures], int]:
    return lambda line: line.lights[light]


def _orders(**query: Any) -> Callable[[Period], Mapping[str, Any]]:
    return lambda period: {"tab": "all", **query}


def _mended(status: str) -> Callable[[Period], Mapping[str, Any]]:
    return lambda period: {
        **{"tab": "all", "origin": "redline", "status": status},
        **period.within("mended_"),
    }


HAPPENED = (
    Column(
        *("touched", "触碰红线", lambda line: line.touched, "violation-list"),
        lambda period: period.within("touched_"),
    ),
    Column("mended", "按期改正", lambda line: line.mended, "order-list", _mended("mended")),
    Column(
        *("mended_late", "逾期后改正", lambda line: line.mended_late, "order-list"),
        _mended("mended_late"),
    ),
    Column(
        *("removed", "移出", lambda line: line.taken_out, "removal-list"),
        lambda period: {"state": "valid", **period.within("")},
    ),
    Column(
        *("revoked", "移出后撤销", lambda line: line.revoked, "removal-list"),
        lambda period: {"state": "revoked", **period.within("")},
    ),
    Column(
        *("returned", "重新移入", lambda line: line.returned, "removal-list"),
        lambda period: {"state": "all", **period.within("returned_")},
    ),
)
"""What happened in the period."""

WAITS = (
    Column("green", "期限充裕", _lit("green"), "order-list", _orders(light="green")),
    Column("amber", "临近届满", _lit("amber"), "order-list", _orders(light="amber")),
    Column("red", "已逾期", _lit("red"), "order-list", _orders(light="red"), tone="alert-line"),
    Column(
        *("rechecks", "待复查", lambda line: line.rechecks, "order-list"),
        _orders(status="reported"),
    ),
    Column(
        *("rechecks_late", "复查逾期", lambda line: line.rechecks_late, "order-list"),
        _orders(status="reported", light="red"),
        tone="alert-line",
    ),
    Column(
        *("cases", "待立案决定", lambda line: line.cases, "violation-list"),
        lambda period: {"case": "open"},
    ),
    Column(
        *("cases_late", "立案决定逾期", lambda line: line.cases_late, "violation-list"),
        lambda period: {"case": "late"},
        tone="alert-line",
    ),
    Column(
        *("reviews", "待复核", lambda line: line.reviews, "review-queue"),
        lambda period: {"state": "open"},
    ),
    Column(
        *("reviews_late", "复核逾期", lambda line: line.reviews_late, "review-queue"),
        lambda period: {"state": "overdue"},
        tone="alert-line",
    ),
)
"""What stands today, whatever the period."""

COLUMNS = (*HAPPENED, *WAITS)
LATE = tuple(column for column in WAITS if column.tone)
"""What is past its day."""


@dataclass(frozen=True)
class Shown:
    """What the page shows. ``lines`` has for each bureau its name and a figure for each column."""

    form: FiguresFilter
    on: date
    period: Period | None = None
    happened: Sequence[Figure] = ()
    waits: Sequence[Figure] = ()
    groups: Sequence[tuple[str, Figure]] = ()
    causes: Sequence[tuple[str, Figure]] = ()
    months: Sequence[MonthFigures] = ()
    touches: Chart | None = None
    outcomes: Chart | None = None
    lines: Sequence[tuple[str, list[Figure]]] = ()
    totals: Sequence[Figure] = ()
    cut: bool = False


def figures_of(form: FiguresFilter, viewer: User, on: date) -> Shown:
    """Return the figures of a form; those of an invalid one are empty."""
    if not form.is_valid():
        return Shown(form, on)
    said = form.cleaned_data
    bureau = int(said["bureau"]) if said.get("bureau") else None
    period = Period(said["since"], said["until"], bureau)
    everyone = city_figures(viewer, period.since, period.until, on)
    lines = [line for line in everyone if bureau is None or line.bureau.pk == bureau]
    drawn = months([line.bureau for line in lines], period.since, period.until)
    return Shown(
        form,
        on,
        period,
        happened=[column.of(lines, period, bureau) for column in HAPPENED],
        waits=[column.of(lines, period, bureau) for column in WAITS],
        groups=_groups(lines, period),
        causes=_causes(lines, period),
        months=drawn[-MOST_MONTHS:],
        touches=_touches(drawn[-MOST_MONTHS:]),
        outcomes=_outcomes(drawn[-MOST_MONTHS:]),
        lines=_lines(lines, period) if "bureau" in form.fields and bureau is None else (),
        totals=[column.of(lines, period, bureau) for column in COLUMNS],
        cut=len(drawn) > MOST_MONTHS,
    )


def late_of(viewer: User, on: date) -> list[tuple[str, list[Figure]]]:
    """Return what is past its day, by bureau, of those where anything is: for the city's home."""
    period = Period(on, on)
    lines = [
        (
            line.bureau.short_name,
            [column.of([line], period, line.bureau.pk) for column in LATE],
        )
        for line in city_figures(viewer, on, on, on)
    ]
    return [line for line in lines if any(figure.number for figure in line[1])]


def _lines(lines: Sequence[BureauFigures], period: Period) -> list[tuple[str, list[Figure]]]:
    return [
        (
            line.bureau.short_name,
            [column.of([line], period, line.bureau.pk) for column in COLUMNS],
        )
        for line in lines
    ]


def _groups(lines: Sequence[BureauFigures], period: Period) -> list[tuple[str, Figure]]:
    found = []
    for group in ItemGroup:
        query = {**period.within("touched_"), "group": group.value}
        number = sum(line.touches[group] for line in lines)
        url = address("violation-list", **query, bureau=period.bureau)
        found.append((f"{group.value} {group.label}", Figure(group.value, "", number, url)))
    return found


def _causes(lines: Sequence[BureauFigures], period: Period) -> list[tuple[str, Figure]]:
    found = []
    for cause in RemovalCause:
        query = {"state": "valid", **period.within(""), "cause": cause.value}
        number = sum(line.removed[cause] for line in lines)
        url = address("removal-list", **query, bureau=period.bureau)
        found.append((str(cause.label), Figure(f"cause-{cause.value}", "", number, url)))
    return found


def _touches(drawn: Sequence[MonthFigures]) -> Chart:
    points = [(f"{m.month:%y-%m}", [("all", "触碰红线", m.touched)]) for m in drawn]
    return bars(points, said="各月触碰红线件数")


def _outcomes(drawn: Sequence[MonthFigures]) -> Chart:
    points = [
        (
            f"{m.month:%y-%m}",
            [
                ("came", "按期改正", m.mended),
                ("late", "逾期后改正", m.mended_late),
                ("left", "移出", m.removed),
            ],
        )
        for m in drawn
    ]
    return bars(points, said="各月按期改正、逾期后改正和移出件数", side=True)
