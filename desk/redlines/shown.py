"""A version of a list as pages and papers show it: groups, steps, what may be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from redline.choices import ItemGroup, ListKind, ListStatus
from redline.items import Problem, lacking
from redline.lists import (
    Difference,
    baseline,
    compare,
    items_of,
    may_edit,
    until_of,
)
from redline.models import ListItem, ListStep, ListVersion
from redline.workflow import LIST_STEPS, list_step_said, list_steps
from staff.models import User
from staff.roles import Role

LOOKS = {
    "submit": "btn-primary",
    "approve": "btn-primary",
    "discard": "btn-outline-danger",
}
CITY_LIST = {ListKind.RED_LINE: "监管红线基准清单"}
"""What the city's own list is called, where it is not called like the others."""


@dataclass(frozen=True)
class Line:
    """An item with what it still lacks."""

    item: ListItem
    lacks: Sequence[Problem] = ()


@dataclass(frozen=True)
class Group:
    """Items of one group, together, in the order of the list."""

    label: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class Button:
    action: str
    label: str
    look: str


@dataclass(frozen=True)
class Taken:
    """A step that was taken, in words."""

    step: ListStep
    label: str
    person: str
    role: str


def owner_said(version: ListVersion) -> str:
    return version.bureau.short_name if version.bureau else "市局"


def title_of(version: ListVersion) -> str:
    """Return what a version is called on pages, with whose it is."""
    kind = ListKind(version.kind)
    label = kind.label if version.bureau_id else CITY_LIST.get(kind, kind.label)
    number = f"第{version.number}版" if version.number else "建议稿"
    return f"{owner_said(version)} {label} {number}"


def groups_of(kind: str, items: Sequence[ListItem], *, checked: bool = False) -> list[Group]:
    """Return the items by group, groups in the order in which they first stand in the list."""
    found: dict[str, list[Line]] = {}
    for item in items:
        lacks = lacking(kind, item) if checked else ()
        found.setdefault(item.group, []).append(Line(item, lacks))
    return [Group(str(ItemGroup(name).label), lines) for name, lines in found.items()]


def steps_of(version: ListVersion, viewer: User) -> list[Taken]:
    rows = ListStep.objects.visible_to(viewer).filter(version=version).select_related("done_by")
    return [
        Taken(
            step,
            list_step_said(step.action),
            step.done_by.name if step.done_by else "系统",
            str(Role(step.role_then).label) if step.role_then else "",
        )
        for step in rows
    ]


def state_of(version: ListVersion, on: date) -> tuple[str, str]:
    """Say how a version stands on a day, and the colour that goes with it."""
    if version.status != ListStatus.APPROVED or version.since is None:
        colors = {ListStatus.SUBMITTED: "primary", ListStatus.DRAFT: "warning"}
        return str(version.get_status_display()), colors.get(
            ListStatus(version.status), "secondary"
        )
    if version.since > on:
        return f"{version.since}起施行", "primary"
    until = until_of(version)
    return ("已被接替", "secondary") if until and until <= on else ("现行", "success")


def buttons_of(version: ListVersion, viewer: User) -> list[Button]:
    return [
        Button(action, LIST_STEPS[action].label, LOOKS.get(action, "btn-outline-secondary"))
        for action in list_steps(version, viewer)
    ]


def why_not(version: ListVersion, viewer: User) -> str:
    """Say why somebody who has part in a list has no step, where that is the reason."""
    part = {version.drafted_by_id, version.submitted_by_id}
    if version.status == ListStatus.SUBMITTED and viewer.pk in part:
        return "您起草或提交了该清单，下一步须由另一位负责人办理。"
    return ""


def reading(version: ListVersion, viewer: User) -> dict[str, Any]:
    """Return what is read of a version: its head, items, steps, how it stands to the baseline."""
    on = timezone.localdate()
    items = items_of(version)[version.pk]
    held = baseline(version.kind, on)
    other = held if held and held.pk != version.pk else None
    pairs = compare(version, other) if other else []
    return {
        "version": version,
        "title": title_of(version),
        "owner": owner_said(version),
        "state": state_of(version, on),
        "until": until_of(version) if version.status == ListStatus.APPROVED else None,
        "items": items,
        "groups": groups_of(version.kind, items, checked=version.status == ListStatus.DRAFT),
        "unchecked": sum(item.is_proposal for item in items),
        "at_touch": sum(item.removal == "touch" for item in items),
        "steps": steps_of(version, viewer),
        "baseline": other,
        "baseline_title": title_of(other) if other else "",
        "differences": sum(pair.sort != Difference.SAME for pair in pairs),
    }


def doing(version: ListVersion, viewer: User) -> dict[str, Any]:
    """Return what this person may do with a version now."""
    buttons = buttons_of(version, viewer)
    return {
        "may_edit": may_edit(version, viewer),
        "buttons": buttons,
        "may_approve": any(button.action == "approve" for button in buttons),
        "why_not": why_not(version, viewer),
    }
