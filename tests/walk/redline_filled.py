"""How the addresses of lists name the other district's draft, and the verbs they ask."""

from __future__ import annotations

from typing import Any

KINDS = ("red_line", "no_penalty", "no_coercion")


def _list(world: Any) -> int:
    return world.red_list.pk


def _item(world: Any) -> int:
    return world.red_item.pk


LIST_FILLED: dict[str, dict[str, Any]] = {
    **dict.fromkeys(
        (
            *("desk:redline-detail", "desk:redline-print", "desk:redline-edit"),
            *("desk:redline-head", "desk:redline-check", "desk:redline-upload"),
            *("desk:redline-step", "desk:redline-item-add"),
        ),
        {"": {"pk": _list}},
    ),
    **dict.fromkeys(
        ("desk:redline-item", "desk:redline-item-move", "desk:redline-item-remove"),
        {"": {"pk": _list, "item": _item}},
    ),
}

LIST_VERBS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            *("desk:redline-lists", "desk:redline-history", "desk:redline-compare"),
            *("desk:redline-detail", "desk:redline-print"),
        ),
        ("redline.read",),
    ),
    **dict.fromkeys(
        (
            *("desk:redline-new", "desk:redline-template", "desk:redline-edit"),
            *("desk:redline-head", "desk:redline-check", "desk:redline-upload"),
            *("desk:redline-item-add", "desk:redline-item", "desk:redline-item-move"),
            "desk:redline-item-remove",
        ),
        ("redline.draft", "redline.draft_city"),
    ),
    "desk:redline-step": ("redline.approve",),
    **dict.fromkeys([f"desk:export-new {kind}" for kind in KINDS], ("redline.export",)),
}

LIST_ROWS = set(LIST_FILLED)
"""Addresses of a draft: they do not exist for a stranger."""
