"""What the pages of runs show: how far one is, its moves by bureau, and why it was held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from membership import gate
from membership.models import Decision, GroundName, Run
from staff.models import Bureau, User, in_office
from staff.roles import DISTRICT_ROLES


@dataclass(frozen=True)
class Progress:
    """How many ranges of keys are judged and applied, of how many."""

    staged: int
    applied: int
    total: int

    @property
    def percent(self) -> int:
        """Judging and applying count half each."""
        return 100 * (self.staged + self.applied) // (2 * self.total) if self.total else 0


def progress_of(run: Run) -> Progress:
    ranges = run.ranges.aggregate(
        total=Count("pk"),
        staged=Count("pk", filter=Q(staged_at__isnull=False)),
        applied=Count("pk", filter=Q(applied_at__isnull=False)),
    )
    return Progress(ranges["staged"], ranges["applied"], ranges["total"])


@dataclass(frozen=True)
class BureauLine:
    """One bureau's moves in a run; None where the figure is not for this viewer."""

    key: int
    label: str
    opened: int | None
    closed: int | None


@dataclass(frozen=True)
class Ledger:
    """All bureaus in office that day, zeros included, and the sum (None for a district)."""

    lines: list[BureauLine]
    opened: int | None
    closed: int | None


def ledger_of(run: Run, viewer: User) -> Ledger:
    """Count a run's moves by the bureau of that time; a district sees its own line's figures."""
    counts = _counts(run)
    bureaus = Bureau.objects.exclude(kind=Bureau.Kind.CITY)
    named = {b.pk: b.short_name for b in bureaus.filter(in_office(run.on) | Q(pk__in=counts))}
    own = viewer.bureau_id if viewer.role in DISTRICT_ROLES else None
    lines = [
        _line(key, label, counts.get(key), own)
        for key, label in (*named.items(), (gate.CITY, "未落监管机关"))
    ]
    if own is not None:
        return Ledger(lines, None, None)
    return Ledger(
        lines, sum(line.opened or 0 for line in lines), sum(line.closed or 0 for line in lines)
    )


def _line(key: int, label: str, found: dict[str, int] | None, own: int | None) -> BureauLine:
    if own is not None and key != own:
        return BureauLine(key, label, None, None)
    counted = found or {"in": 0, "out": 0}
    return BureauLine(key, label, counted["in"], counted["out"])


def _counts(run: Run) -> dict[int, dict[str, int]]:
    """Return ``{bureau: {"in", "out"}}``, from the manifest or, for a settle, from its moves."""
    if "by_bureau" in run.counts:
        return {int(key): value for key, value in run.counts["by_bureau"].items()}
    rows = (
        Decision.objects.for_system("the ledger of a run, counted only")
        .filter(run=run)
        .order_by()
        .values_list("bureau_id_then", "move")
        .annotate(number=Count("pk"))
    )
    counts: dict[int, dict[str, int]] = {}
    for bureau_id, move, number in rows:
        found = counts.setdefault(bureau_id or gate.CITY, {"in": 0, "out": 0})
        found["in" if move == Decision.Move.OPEN else "out"] += number
    return counts


def manifest_of(run: Run) -> list[tuple[str, Any]]:
    """Return the manifest in the staff's words."""
    counts = run.counts
    labels = dict(GroundName.choices)

    def grounds(found: dict[str, int]) -> str:
        return "；".join(f"{labels[k]} {n:,} 条" for k, n in found.items()) or "无"

    lines: list[tuple[str, Any]] = []
    for key, label, unit in (
        ("judged", "评估", "户"),
        ("changes", "依据的事实变动", "条"),
        ("moves", "移入移出", "条"),
        ("watched", "待核实和关注变动", "户"),
    ):
        if key in counts:
            lines.append((label, f"{counts[key]:,} {unit}"))
    if "opened" in counts:
        lines += [("移入", grounds(counts["opened"])), ("移出", grounds(counts["closed"]))]
    if "seconds" in counts:
        lines.append(("用时", f"{counts['seconds']} 秒"))
    return lines


def crossings_of(run: Run) -> list[dict[str, Any]]:
    """Return what the brake counted, with the bureau's name and the share in percent."""
    named = dict(Bureau.objects.values_list("pk", "short_name"))
    return [
        {
            "place": "全市" if c["bureau_id"] == gate.CITY else named.get(c["bureau_id"], "—"),
            "move": "移入" if c["direction"] == "in" else "移出",
            "moves": c["moves"],
            "members": c["members"],
            "share": f"{100 * c['moves'] / c['members']:.2f}%" if c["members"] else "—",
            "limit": f"{c['percent']}%",
        }
        for c in run.gate.get("crossed", ())
    ]
