"""How the addresses of violations and reviews name the other district's, and their verbs."""

from __future__ import annotations

from typing import Any

MILD = ("no_penalty", "no_coercion")
CASE_STEPS = {"decide": "case.decide", "extend": "case.extend", "close": "case.decide"}


def _violation(world: Any) -> int:
    return world.violated.violation.pk


def _review(world: Any) -> int:
    return world.violated.review.pk


def _each(argument: str, slugs: Any) -> dict[str, Any]:
    return {slug: {"pk": _violation, argument: lambda w, slug=slug: slug} for slug in slugs}


JUDGED = ("receive", "why-not", "handling", "supervisor", "pass-on")
ROWS = (*JUDGED, "detail", "edit", "touch", "order", "void", "measure", "evidence-add")

VIOLATION_FILLED: dict[str, dict[str, Any]] = {
    **{f"desk:violation-{name}": {"": {"pk": _violation}} for name in ROWS},
    "desk:violation-add": {"": {"pk": lambda w: w.entity.pk}},
    "desk:violation-case": _each("step", CASE_STEPS),
    "desk:violation-mild": _each("kind", MILD),
    "desk:violation-evidence": {"": {"pk": lambda w: w.violated.evidence.pk}},
    **{f"desk:review-{name}": {"": {"pk": _review}} for name in ("detail", "propose", "decide")},
}

VIOLATION_VERBS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            *("desk:violation-list", "desk:violation-detail", "desk:violation-evidence"),
            *("desk:review-queue", "desk:review-detail"),
        ),
        ("redline.read",),
    ),
    **dict.fromkeys(
        (
            *("desk:violation-new", "desk:violation-add", "desk:violation-add-elsewhere"),
            *("desk:violation-edit", "desk:violation-void", "desk:violation-evidence-add"),
        ),
        ("violation.record",),
    ),
    **{f"desk:violation-{name}": ("violation.judge",) for name in (*JUDGED, "touch")},
    **{f"desk:violation-mild {kind}": ("violation.judge",) for kind in MILD},
    **{f"desk:violation-case {step}": (verb,) for step, verb in CASE_STEPS.items()},
    "desk:violation-measure": ("case.decide",),
    "desk:violation-order": ("order.draft",),
    "desk:review-propose": ("review.propose",),
    "desk:review-decide": ("review.decide",),
    "desk:review-keep": ("review.decide",),
}

VIOLATION_ROWS = set(VIOLATION_FILLED)
"""Addresses of a violation, a review or an entity: they do not exist for a stranger."""
