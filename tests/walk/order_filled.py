"""How the addresses of orders, removals and follow-ups name the other district's, and their verbs.

The verb of each step is written out: the walk compares it with what the page asks.
"""

from __future__ import annotations

from typing import Any

STEPS = {
    **dict.fromkeys(("submit", "withdraw", "issue", "discard", "reissue"), "order.draft"),
    **dict.fromkeys(
        ("approve", "send_back", "refuse", "decide_extension", "annul"), "order.approve"
    ),
    **dict.fromkeys(
        (
            *("send", "serve", "fail", "report", "recheck", "ask_extension", "hold"),
            *("refer", "end"),
        ),
        "order.handle",
    ),
}
BULK = {"approve": "order.approve", "issue": "order.draft"}
ACTS = ("return", "revoke")
TOKEN = "0" * 32


def _order(world: Any) -> int:
    return world.ordered.order.pk


def _removal(world: Any) -> int:
    return world.ordered.removal.pk


def _each(argument: str, slugs: Any, **values: Any) -> dict[str, Any]:
    return {slug: {argument: lambda w, slug=slug: slug, **values} for slug in slugs}


ORDER_FILLED: dict[str, dict[str, Any]] = {
    **{
        f"desk:order-{name}": {"": {"pk": _order}}
        for name in ("detail", "edit", "contact", "effect")
    },
    "desk:order-step": _each("step", STEPS, pk=_order),
    "desk:order-bulk": _each("step", BULK),
    "desk:order-bulk-result": _each("step", BULK, token=lambda w: TOKEN),
    "desk:removal-detail": {"": {"pk": _removal}},
    "desk:removal-act": _each("verb", ACTS, pk=_removal),
    "desk:removal-effect": _each("verb", ACTS, pk=_removal),
    "desk:followup-settle": {"": {"pk": lambda w: w.ordered.follow_up.pk}},
}

ORDER_VERBS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            *("desk:order-list", "desk:order-detail", "desk:removal-list", "desk:removal-detail"),
            "desk:followup-list",
        ),
        ("redline.read",),
    ),
    "desk:order-edit": ("order.draft",),
    "desk:order-contact": ("contact.reveal",),
    "desk:order-effect": ("order.approve",),
    **{f"desk:order-step {step}": (verb,) for step, verb in STEPS.items()},
    **{f"desk:order-bulk {step}": (verb,) for step, verb in BULK.items()},
    **{f"desk:order-bulk-result {step}": (verb,) for step, verb in BULK.items()},
    **{
        f"desk:removal-{name} {verb}": ("removal.decide",)
        for name in ("act", "effect")
        for verb in ACTS
    },
    "desk:followup-settle": ("removal.decide", "order.approve"),
}

ORDER_ROWS = {name for name, cases in ORDER_FILLED.items() if "pk" in next(iter(cases.values()))}
"""Addresses of an order, a removal or a follow-up: they do not exist for a stranger."""
