"""What the list of decisions can be asked for; its address is its state."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict

from desk.newest import key_of
from membership.models import Decision, GroundName
from staff.models import Bureau

UNEXPLAINED = "unexplained"
NAMES = ("run", "bureau", "move", "ground", "cause")


def narrowed(rows: Any, query: QueryDict) -> tuple[Any, list[dict[str, str]]]:
    """Narrow decisions to what the address asks for; return the conditions as chips too."""
    chips = []

    def chip(name: str, label: str, value: str) -> None:
        rest = query.copy()
        for key in (name, "before"):
            rest.pop(key, None)
        chips.append({"label": label, "value": value, "remove": f"?{rest.urlencode()}"})

    if (run := key_of(query.get("run"))) is not None:
        rows = rows.filter(run_id=run)
        chip("run", "评估", str(run))
    if (bureau := key_of(query.get("bureau"))) is not None:
        rows = rows.filter(bureau_id_then=bureau or None)
        found = Bureau.objects.filter(pk=bureau).first()
        chip("bureau", "当时监管机关", found.short_name if found else "未落监管机关")
    for name, label, choices in (
        ("move", "移动", Decision.Move),
        ("ground", "纳入情形", GroundName),
    ):
        value = str(query.get(name, ""))
        if value in choices.values:
            rows = rows.filter(**{name: value})
            chip(name, label, str(choices(value).label))
    if cause := query.get("cause", "")[:200]:
        rows = rows.filter(cause=cause)
        chip("cause", "事由", "原因不明" if cause == UNEXPLAINED else cause)
    return rows, chips
