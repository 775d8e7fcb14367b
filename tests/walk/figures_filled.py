"""The verbs that the page of figures of red lines and the exports of the room's work ask."""

from __future__ import annotations

FIGURES_VERBS: dict[str, tuple[str, ...]] = {
    "desk:redline-figures": ("redline.read",),
    **dict.fromkeys(
        [f"desk:export-new {kind}" for kind in ("violations", "orders", "removals")],
        ("redline.export",),
    ),
}
