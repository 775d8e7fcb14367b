"""Values on their way into a draft: which fields, how long, and whose declaration a row is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Model

from core.errors import Refused
from zones.models import Declaration, DeclaredEntity, DeclaredZone


def known(
    model: type[Model], fields: Mapping[str, Any], allowed: Collection[str]
) -> dict[str, Any]:
    """Return the values of fields that may be set, texts stripped; refuse others and long ones."""
    foreign = set(fields) - set(allowed)
    if foreign:
        raise Refused("", f"不能修改{'、'.join(sorted(foreign))}，请刷新页面后重试。")
    return {
        name: fitting(model, name, value) if isinstance(value, str) else value
        for name, value in fields.items()
    }


def fitting(model: type[Model], name: str, text: str) -> str:
    """Return a stripped text that fits its column, or refuse."""
    column = model._meta.get_field(name)
    longest = getattr(column, "max_length", None)
    if longest is not None and len(text.strip()) > longest:
        label = getattr(column, "verbose_name", name)
        raise Refused("", f"“{label}”最多{longest}个字，填了{len(text.strip())}个，请缩短。")
    return text.strip()


def declaration_of(target: Declaration | DeclaredZone | DeclaredEntity) -> Declaration:
    if isinstance(target, Declaration):
        return target
    if isinstance(target, DeclaredZone):
        return target.declaration
    return target.declared_zone.declaration
