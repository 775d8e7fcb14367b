"""The figures of the home page: each leads to exactly the list that it counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from desk.counts import COLUMNS, Tally
from membership.models import Decision, Run
from policy.limits import limits_in_force
from staff.models import Bureau, in_office

QUERIES: dict[str, dict[str, str]] = {
    "active": {"status": "active"},
    "inside": {"ground": "inside", "status": "any"},
    "zone": {"ground": "zone", "status": "any"},
    "four_new": {"ground": "four_new", "status": "any"},
    "credit": {"ground": "credit", "status": "any"},
    "undecided": {"ground": "undecided", "status": "any"},
    "review": {"ground": "review", "status": "any"},
}
LABELS = {
    "active": "经营主体（存续）",
    "inside": "在沙盒内",
    "zone": "区域类",
    "four_new": "区域外“四新”",
    "credit": "信用沙盒",
    "undecided": "待核实",
    "review": "重点关注",
}
TONES = {"undecided": "watch-line", "review": "watch-line"}
UNEXPLAINED = "unexplained"


@dataclass(frozen=True)
class Figure:
    """One number with its label, and the address of the list it counts."""

    key: str
    label: str
    number: int
    url: str
    unit: str = "户"
    foot: str = ""
    tone: str = ""


def address(**query: Any) -> str:
    """Return the address of the entity list with these conditions."""
    return f"{reverse('desk:entity-list')}?{urlencode(query)}"


def tiles(tally: Tally) -> list[Figure]:
    """Return the tiles of a scope."""
    total = tally.total
    shown = [
        Figure(
            key=name,
            label=LABELS[name],
            number=total[name],
            url=address(**QUERIES[name]),
            tone=TONES.get(name, "") if total[name] else "",
        )
        for name in COLUMNS
    ]
    for move in Decision.Move:
        shown.append(
            Figure(
                key=f"moved_{move.value}",
                label=f"昨日以来{move.label}",
                number=tally.moved.get(move.value, 0),
                url=_moves_address(tally, move.value),
            )
        )
    return shown


def _moves_address(tally: Tally, move: str, **more: str) -> str:
    return address(moved=move, moved_from=tally.moves_from.isoformat(), status="any", **more)


def causes(tally: Tally) -> list[dict[str, Any]]:
    """Return one line for each cause of a move since yesterday, the largest first."""
    names = {cause for _, cause in tally.moves}
    lines = []
    for name in names:
        line: dict[str, Any] = {
            "label": "原因不明（系统缺陷，请报告）" if name == UNEXPLAINED else name or "未注明"
        }
        for move in Decision.Move:
            number = tally.moves.get((move.value, name), 0)
            line[move.value] = Figure(
                key=f"{move.value}-{name}",
                label=move.label,
                number=number,
                url=_moves_address(tally, move.value, cause=name) if name and number else "",
            )
        lines.append(line)
    return sorted(lines, key=lambda line: -(line["open"].number + line["close"].number))


def bureau_lines(tally: Tally, on: date) -> list[dict[str, Any]]:
    """Return one line for each bureau in office, zeros included, then what no bureau has."""
    bureaus = Bureau.objects.exclude(kind=Bureau.Kind.CITY).filter(in_office(on))
    lines = [_line(bureau.short_name, str(bureau.pk), tally.of(bureau.pk)) for bureau in bureaus]
    known = {bureau.pk for bureau in bureaus}
    for pk in sorted(key for key in tally.by_bureau if key is not None and key not in known):
        lines.append(_line(str(Bureau.objects.get(pk=pk)), str(pk), tally.of(pk)))
    lines.append(_line("未落监管机关", "0", tally.of(None)))
    return lines


def _line(label: str, bureau: str, counted: dict[str, int]) -> dict[str, Any]:
    cells = [
        Figure(
            key=f"{bureau}-{name}",
            label=LABELS[name],
            number=counted[name],
            url=address(**QUERIES[name], bureau=bureau),
        )
        for name in COLUMNS
    ]
    return {"label": label, "cells": cells}


@dataclass(frozen=True)
class LastRun:
    """The last judgement of everyone, whether it is too old, and what it waits for."""

    run: Run | None
    is_stale: bool
    limit_hours: int
    held: Run | None


def last_run(now: datetime) -> LastRun:
    """Return the last full run and its freshness against ``freshness.hours``."""
    runs = Run.objects.for_system("runs are open to everybody who works here")
    full = runs.exclude(kind=Run.Kind.SETTLE).filter(status=Run.Status.DONE)
    run = full.order_by("-pk").first()
    hours = limits_in_force(timezone.localdate(now))["freshness.hours"]
    finished = run.finished_at if run else None
    return LastRun(
        run=run,
        is_stale=finished is None or now - finished > timedelta(hours=hours),
        limit_hours=hours,
        held=runs.filter(status=Run.Status.HELD).order_by("-pk").first(),
    )
