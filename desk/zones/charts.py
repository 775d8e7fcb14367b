"""Figures over time as drawings that the server makes: bars and a line, no script, no style."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 560, 170
LEFT, RIGHT, TOP, BOTTOM = 44, 8, 10, 22
MOST_LABELS = 12


@dataclass(frozen=True)
class Bar:
    """A bar in the drawing's units; ``css`` is its class, ``title`` what it says."""

    x: float
    y: float
    width: float
    height: float
    css: str
    title: str


@dataclass(frozen=True)
class Chart:
    """A drawing: bars, lines of the scale with their number, and what stands below."""

    bars: list[Bar]
    scale: list[tuple[float, str]]
    labels: list[tuple[float, str]]
    said: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - 6


def bars(
    points: Sequence[tuple[str, Sequence[tuple[str, str, int]]]], *, said: str, side: bool = False
) -> Chart:
    """Draw for each point its parts (class, label, number), stacked, or side by side."""
    sums = [max((n for *_, n in parts), default=0) if side else sum(n for *_, n in parts)
            for _, parts in points]  # fmt: skip
    top = _round_up(max(sums, default=0))
    room = WIDTH - LEFT - RIGHT
    step = room / max(len(points), 1)
    drawn: list[Bar] = []
    for at, (name, parts) in enumerate(points):
        x = LEFT + at * step + step * 0.15
        drawn += (
            _side(name, parts, x, step * 0.7, top)
            if side
            else _stack(name, parts, x, step * 0.7, top)
        )
    labels = [(LEFT + (at + 0.5) * step, name) for at, (name, _) in enumerate(points)]
    return Chart(drawn, _scale(top), labels[-MOST_LABELS:], said)


def _stack(
    name: str, parts: Sequence[tuple[str, str, int]], x: float, width: float, top: int
) -> list[Bar]:
    found, base = [], 0
    for css, label, number in parts:
        if number:
            y, height = _y(base + number, top), _y(base, top) - _y(base + number, top)
            found.append(_bar(x, y, width, height, css, f"{name} {label} {number:,}"))
        base += number
    return found


def _side(
    name: str, parts: Sequence[tuple[str, str, int]], x: float, width: float, top: int
) -> list[Bar]:
    each = width / max(len(parts), 1)
    return [
        _bar(
            x + at * each,
            _y(number, top),
            each - 1,
            _y(0, top) - _y(number, top),
            css,
            f"{name} {label} {number:,}",
        )
        for at, (css, label, number) in enumerate(parts)
        if number
    ]


def _bar(x: float, y: float, width: float, height: float, css: str, title: str) -> Bar:
    return Bar(round(x, 1), round(y, 1), round(width, 1), round(height, 1), css, title)


def _y(number: float, top: int) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * number / top


def _scale(top: int) -> list[tuple[float, str]]:
    marks = sorted({0, top // 2, top})
    return [(round(_y(mark, top), 1), f"{mark:,}") for mark in marks]


def _round_up(most: int) -> int:
    """Return the next number with one leading figure and zeros: 7 → 8, 134 → 200."""
    if most <= 4:
        return 4
    unit = 10 ** (len(str(most)) - 1)
    for factor in (1, 2, 3, 4, 5, 6, 8, 10):
        if factor * unit >= most:
            return factor * unit
    return 10 * unit
