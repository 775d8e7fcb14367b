"""How the addresses of zones' life name the other district's rows, and the verbs they ask."""

from __future__ import annotations

from typing import Any

TOKEN = "0" * 32
"""A batch that nobody fixed."""

MOVES = ("add", "remove")
KINDS = ("meeting", "clue", "request", "help")


def _of(name: str) -> dict[str, Any]:
    return {"": {"pk": lambda world: getattr(world.life, name).pk}}


def _zone(world: Any) -> int:
    return world.life.zone.pk


def _kinds() -> dict[str, Any]:
    return {kind: {"pk": _zone, "kind": lambda world, kind=kind: kind} for kind in KINDS}


def _moves() -> dict[str, Any]:
    return {
        move: {"pk": _zone, "move": lambda world, move=move: move, "token": lambda world: TOKEN}
        for move in MOVES
    }


ZONE_FILLED: dict[str, dict[str, Any]] = {
    **dict.fromkeys(
        (
            *("desk:zone-detail", "desk:roster-add", "desk:roster-begin", "desk:contact-add"),
            "desk:zone-areas",
        ),
        {"": {"pk": _zone}},
    ),
    "desk:roster-confirm": _moves(),
    "desk:roster-effect": _moves(),
    "desk:liaison-add": _kinds(),
    **dict.fromkeys(("desk:zone-contact", "desk:contact-change"), _of("contact")),
    **dict.fromkeys(("desk:liaison-entry", "desk:liaison-answer", "desk:task-add"), _of("entry")),
    "desk:task-finish": _of("task"),
    **dict.fromkeys(
        ("desk:roster-change", "desk:roster-change-effect", "desk:roster-change-decide"),
        _of("change"),
    ),
    **dict.fromkeys(
        ("desk:roster-proposal-confirm", "desk:roster-proposal-effect"),
        {"": {"token": lambda world: TOKEN}},
    ),
}

ZONE_VERBS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            *("desk:zone-overview", "desk:zone-list", "desk:roster-list", "desk:zone-detail"),
            *("desk:roster-changes", "desk:roster-change", "desk:roster-proposals"),
            *("desk:roster-notes", "desk:liaison-entry", "desk:task-list"),
        ),
        ("zone.read",),
    ),
    **dict.fromkeys(
        (
            *("desk:roster-add", "desk:roster-begin", "desk:roster-proposal-ask"),
            *(f"desk:roster-{name} {move}" for name in ("confirm", "effect") for move in MOVES),
            *("desk:roster-proposal-begin", "desk:roster-proposal-reject"),
            *("desk:roster-proposal-confirm", "desk:roster-proposal-effect"),
            "desk:roster-note-settle",
        ),
        ("roster.change",),
    ),
    "desk:roster-change-effect": ("roster.approve",),
    "desk:roster-change-decide": ("roster.approve",),
    "desk:roster-change-note": ("roster.reverse",),
    "desk:zone-hand": ("zone.hand",),
    "desk:zone-areas": ("zone.area",),
    "desk:zone-contact": ("contact.reveal",),
    **dict.fromkeys(
        (
            *("desk:contact-add", "desk:contact-change", "desk:liaison-answer"),
            *("desk:task-add", "desk:task-finish"),
            *(f"desk:liaison-add {kind}" for kind in KINDS),
        ),
        ("zone.liaise",),
    ),
    **dict.fromkeys(
        [f"desk:export-new {kind}" for kind in ("zones", "zone_roster", "round")],
        ("zone.export",),
    ),
}

ZONE_ROWS = {name for name, cases in ZONE_FILLED.items() if "pk" in next(iter(cases.values()))}
"""Addresses of a zone or of a row of its life: they do not exist for a stranger."""
