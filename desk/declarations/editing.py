"""Saving what was typed: the fields of a form, told apart by their names, and what they become.

A name is ``head:contact_name``, ``zone:3:address`` or ``row:17:code``, as a comment's pin is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from core.errors import Refused
from desk.declarations.annex import CHANGE_FIELDS, HEAD_FIELDS, ROW_FIELDS, ZONE_FIELDS
from desk.newest import key_of
from entities.codes import normalise
from staff.models import User
from zones.actions.drafts import set_fields, set_row_fields, set_zone_fields
from zones.checking.forms import count_of
from zones.choices import ZoneType
from zones.models import Declaration, DeclaredEntity, DeclaredZone, Round, Zone

LABELS = {
    "head": HEAD_FIELDS
    | CHANGE_FIELDS
    | {"round": "申报轮次", "mail_received_on": "内网邮件收到日", "mail_source": "内网邮件来源"},
    "zone": ZONE_FIELDS
    | {"type_text": "类型（原文）", "target": "变更的区域", "into": "并入的区域"},
    "row": ROW_FIELDS,
}
DAYS = ("since", "mail_received_on")

Sent = dict[tuple[str, int], dict[str, str]]


def sent_fields(data: Mapping[str, str]) -> Sent:
    """Return the values of a form by what they belong to: (sort, key) to field to text."""
    found: Sent = defaultdict(dict)
    for name, value in data.items():
        sort, _, rest = name.partition(":")
        key, _, field = rest.rpartition(":")
        number = 0 if sort == "head" else key_of(key)
        if field in LABELS.get(sort, {}) and number is not None:
            found[sort, number][field] = value
    return found


def save(declaration: Declaration, sent: Sent, *, revision: int, by: User, on: date) -> Declaration:
    """Save what differs from what is stored; return the declaration with its new revision.

    Raises Refused where somebody edited since ``revision``, or a value cannot be what it is for.
    """
    for (sort, key), texts in sent.items():
        target = _target(declaration, sort, key, by)
        if target is None:
            raise Refused("", "您修改的行已不在申报中，请刷新后查看。")
        fields = _changed(target, _values(texts, by))
        if not fields:
            continue
        _SAVERS[sort](target, fields, revision=revision, by=by, on=on)
        revision += 1
    declaration.refresh_from_db()
    return declaration


_SAVERS: dict[str, Any] = {"head": set_fields, "zone": set_zone_fields, "row": set_row_fields}


def differing(declaration: Declaration, sent: Sent, viewer: User, own: str) -> list[str]:
    """Name the fields that hold something else than what was sent, but for ``own``."""
    named = []
    for (sort, key), texts in sent.items():
        target = _target(declaration, sort, key, viewer)
        for field in _changed(target, _values(texts, viewer)) if target is not None else ():
            name = f"{sort}:{field}" if sort == "head" else f"{sort}:{key}:{field}"
            if name != own:
                named.append(f"{_place(sort, target)}{LABELS[sort][field]}")
    return named


def _place(sort: str, target: Any) -> str:
    return "" if sort == "head" else f"第{target.position}行"


def _target(declaration: Declaration, sort: str, key: int, viewer: User) -> Any:
    if sort == "head":
        return declaration
    if sort == "zone":
        zones = DeclaredZone.objects.visible_to(viewer).select_related("declaration")
        return zones.filter(declaration=declaration, pk=key).first()
    rows = DeclaredEntity.objects.visible_to(viewer).select_related("declared_zone__declaration")
    return rows.filter(declared_zone__declaration=declaration, pk=key).first()


def _values(texts: Mapping[str, str], viewer: User) -> dict[str, Any]:
    return {name: _value(name, text, viewer) for name, text in texts.items()}


def _value(name: str, text: str, viewer: User) -> Any:
    if name in DAYS:
        return _day(name, text)
    if name == "declared_count":
        return _count(text)
    if name in ("target", "into"):
        return Zone.objects.visible_to(viewer).filter(pk=key_of(text) or 0).first()
    if name == "round":
        return Round.objects.visible_to(viewer).filter(pk=key_of(text) or 0).first()
    return text.strip()


def _day(name: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError as error:
        label = LABELS["head"][name]
        raise Refused("", f"{label}应为 2025-03-31 这样的日期，请改正。") from error


def _count(text: str) -> int | None:
    if not text.strip():
        return None
    number = count_of(text)
    if number is None:
        raise Refused("", "经营主体数量应为户数，例如 53，请改正。")
    return number


def _changed(target: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that differ from what is stored; a code is compared as it is read."""
    changed = {}
    for name, value in values.items():
        stored = getattr(target, name)
        if name == "code" and normalise(value) == stored:
            continue
        if stored != value:
            changed[name] = value
    if values.get("zone_type", "") not in ("", ZoneType.OTHER):
        changed.pop("type_text", None)
        if "zone_type" in changed:
            changed["type_text"] = ""  # the wording it had was of another type
    return changed
