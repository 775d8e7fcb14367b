"""How the addresses of papers name the other district's, and the verbs they ask."""

from __future__ import annotations

from typing import Any

from core.models import PaperWord
from redline.models import PaperTemplate


def _order(world: Any) -> int:
    return world.paper.order_id


def _paper(world: Any) -> int:
    return world.paper.pk


def _word(world: Any) -> int:
    return PaperWord.objects.for_system("a walk").current().first().pk


PAPER_ROWS = {
    *("desk:paper-list", "desk:paper-make", "desk:paper-draft"),
    *("desk:paper-detail", "desk:paper-whole", "desk:paper-file"),
}
"""Addresses of an order's papers: they do not exist for a stranger."""

PAPER_FILLED: dict[str, dict[str, Any]] = {
    **dict.fromkeys(
        ("desk:paper-list", "desk:paper-make", "desk:paper-draft"), {"": {"pk": _order}}
    ),
    **dict.fromkeys(
        ("desk:paper-detail", "desk:paper-whole", "desk:paper-file"), {"": {"pk": _paper}}
    ),
    "desk:paper-template-file": {"": {"pk": lambda world: PaperTemplate.objects.first().pk}},
    "desk:paper-word-end": {"": {"pk": _word}},
}

PAPER_VERBS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("desk:paper-list", "desk:paper-draft", "desk:paper-detail", "desk:paper-words"),
        ("redline.read",),
    ),
    "desk:paper-make": ("paper.make",),
    **dict.fromkeys(("desk:paper-whole", "desk:paper-file"), ("contact.reveal",)),
    **dict.fromkeys(
        (
            *("desk:paper-templates", "desk:paper-template-load", "desk:paper-template-file"),
            *("desk:paper-word-add", "desk:paper-word-end"),
        ),
        ("paper.template",),
    ),
}
