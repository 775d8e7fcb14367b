"""A zone's figures on a day and over time: from ``zones``, who is inside from membership, and from
``redline`` the red lines that its roster touched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q

from core.dated import in_force
from desk.context import Moment
from desk.figures import Figure
from desk.zones.charts import Chart, bars
from membership.evaluation import OCCUPANTS, joined
from membership.findings import Outcome
from membership.models import GroundName
from membership.rules import rules_of
from membership.rules.base import CODES
from membership.rules.base import Moment as Judged
from membership.rules.zone import OnRoster
from policy.limits import limits_in_force
from redline.figures import by_month, touched_in
from redline.models import Touch
from staff.models import User
from zones.choices import LiaisonKind, NoteKind
from zones.figures import ZoneFigures, zone_figures
from zones.models import RosterEntry, Zone

MONTHS = 12


@dataclass(frozen=True)
class Shown:
    """Tiles of a day, the drawings, and what is counted beside them."""

    tiles: list[Figure]
    standing: Chart
    moves: Chart
    touches: Chart
    letters: list[tuple[str, int]]
    outside: list[tuple[str, int]]
    notes: list[tuple[str, int]]
    liaison: list[tuple[str, int]]
    months: list[tuple[str, int, int, int, int]]


def shown_of(zone: Zone, moment: Moment, viewer: User) -> Shown:
    """Return the figures of a zone that the viewer may see."""
    found = zone_figures(zone, moment.on, moment.known, MONTHS)
    inside, why = _standing(zone, moment)
    touched = _touched(zone, moment, viewer)
    months = [
        (f"{m.month:%y-%m}", m.came, m.left, m.at_end, touched.get(m.month, 0))
        for m in found.months
    ]
    return Shown(
        _tiles(zone, found, inside),
        bars(
            [(n, [("all", "月末在册", end)]) for n, _, _, end, _ in months], said="各月末在册户数"
        ),
        bars(
            [
                (n, [("came", "列入", came), ("left", "移出", left)])
                for n, came, left, _, _ in months
            ],
            said="各月列入和移出户数",
            side=True,
        ),
        _bars([(m[0], "触碰红线", m[-1]) for m in months], "各月在册主体触碰红线件数"),
        [(letter or "未分类", number) for letter, number in found.letters.items()],
        why,
        [(str(NoteKind(kind).label), number) for kind, number in found.notes.items()],
        [(str(LiaisonKind(kind).label), number) for kind, number in found.liaison.items()],
        months,
    )


def _bars(points: list[tuple[str, str, int]], said: str) -> Chart:
    return bars([(name, [("all", label, number)]) for name, label, number in points], said=said)


def _touched(zone: Zone, moment: Moment, viewer: User) -> dict[date, int]:
    """Count by month of approval the touches of who stood on the roster when the act ended.

    Of a bureau's own work only: what another bureau orders its entities is not told here.
    """
    ended = OuterRef("violation__acted_until")
    stood = RosterEntry.objects.filter(
        in_force(ended, moment.known),
        occupant__zone=zone,
        entity=OuterRef("violation__entity"),
    )
    rows = Touch.objects.visible_to(viewer).filter(Exists(stood), touched_in(None, moment.on))
    if moment.known is not None:
        rows = rows.filter(confirmed_at__lte=moment.known)
    return by_month(rows, "confirmed_on")


def _tiles(zone: Zone, found: ZoneFigures, inside: int) -> list[Figure]:
    roster = "?tab=roster"
    return [
        Figure("entities", "名册主体", found.entities, roster),
        Figure("inside", "在沙盒（区域类）", inside, f"{roster}&inside=yes"),
        Figure("outside", "在册未在沙盒", found.entities - inside, f"{roster}&inside=no"),
        Figure(
            *("notes", "待处理提示", found.open_notes, "?tab=notes", "条"),
            tone="watch-line" if found.open_notes else "",
        ),
        Figure("tasks", "未办结任务", found.open_tasks, "?tab=liaison", "件"),
    ]


def _standing(zone: Zone, moment: Moment) -> tuple[int, list[tuple[str, int]]]:
    """Count those on the roster whose ground of this zone is open; say why the others' is not.

    The rules' own expressions are asked (docs/architecture.md 1). One that no rule keeps out waits
    to be judged; where several do, it is counted under each.
    """
    limits = limits_in_force(moment.on, moment.known)
    rules = [rule for rule in rules_of(GroundName.ZONE) if rule is not OnRoster]
    held = Q(open_zone__id__isnull=True)
    columns: dict[str, Any] = {"inside": Count("pk", filter=~held)}
    codes = {f"code_{number}": rule.code(limits) for number, rule in enumerate(rules)}
    for number in range(len(rules)):
        for outcome in (Outcome.NOT_MET, Outcome.UNDECIDED):
            found = held & Q(**{f"code_{number}": CODES[outcome]})
            columns[f"why_{number}_{outcome}"] = Count("pk", filter=found)
    free = Q(**{f"{name}": CODES[Outcome.MET] for name in codes})
    columns["waiting"] = Count("pk", filter=held & free)
    there = joined(Judged(moment.on, moment.known), OCCUPANTS).filter(
        zone=zone, roster_fact__id__isnull=False
    )
    rows: Any = there.annotate(**codes)
    said = rows.for_system("figures of a zone the viewer may see").aggregate(**columns)
    why = [
        (f"{rule.title}：{'待核实' if outcome == Outcome.UNDECIDED else '不符合'}", number)
        for place, rule in enumerate(rules)
        for outcome in (Outcome.NOT_MET, Outcome.UNDECIDED)
        if (number := said[f"why_{place}_{outcome}"])
    ]
    if said["waiting"]:
        why.append(("等待判定（名册刚有变动，或还没有首次打标）", said["waiting"]))
    return said["inside"], why
