"""The way of something that moves by a workflow, drawn: its stations, and where it stands."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Station:
    """``state`` is past, here or ahead; ``tone`` colours where it stands; ``step`` led away."""

    label: str
    state: str
    tone: str = ""
    note: str = ""
    step: Any = None


@dataclass(frozen=True)
class Way:
    """``stations``: what is drawn, in order, each with the states in which one stands there.

    ``ends`` are the states that lead out from any station: who came there never passed by the
    stations between. ``bad`` and ``watch`` are the states of that tone; any other is good.
    """

    stations: Sequence[tuple[str, Collection[str]]]
    ends: Collection[str]
    bad: Collection[str]
    watch: Collection[str]

    def drawn(self, subject: Any, steps: Sequence[Any]) -> list[Station]:
        """Return the stations, each that was left with the last step that led over its end.

        ``subject`` has a ``status``; steps have ``source`` and ``target``.
        """
        here = self._at(subject.status)
        made = []
        for at, (label, _) in enumerate(self.stations):
            left = [one for one in steps if self._passes(one, at)]
            state = "here" if at == here else "past" if at < here and left else "ahead"
            made.append(
                Station(
                    label=label,
                    state=state,
                    tone=self._tone(subject.status) if at == here else "",
                    note=str(subject.get_status_display()) if at == here else "",
                    step=left[-1] if state == "past" else None,
                )
            )
        return made

    def _passes(self, step: Any, at: int) -> bool:
        """Return whether a step led over the end of a station, from it or from one before it."""
        if not step.source:
            return False
        begins = self._at(step.source)
        ends = begins + 1 if step.target in self.ends else self._at(step.target)
        return begins <= at < ends

    def _at(self, status: str) -> int:
        return next(at for at, (_, states) in enumerate(self.stations) if status in states)

    def _tone(self, status: str) -> str:
        if status in self.bad:
            return "bad"
        return "watch" if status in self.watch else "good"
