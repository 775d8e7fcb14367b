"""What a municipal unit reads of the city: granted like a role, with a reason (readings 4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from core.audit.access import Kind, record
from core.errors import Refused
from staff.models import Field, Unit
from staff.permissions import demand


@transaction.atomic
def set_unit_fields(
    unit: Unit, *, fields: Iterable[str], whole_city: bool, by: Any, reason: str
) -> Unit:
    """Set the fields in which a unit's officers see the city, or that they see all of it.

    Refuses an unknown field, a change that is none, and a missing reason.
    """
    demand(by, "role.grant")
    if not reason.strip():
        raise Refused("", "请填写理由。")
    chosen = sorted(set(fields))
    if unknown := [name for name in chosen if name not in Field.values]:
        raise Refused("readings 4", f"没有“{'、'.join(unknown)}”这样的业务领域，请从列表中选择。")
    unit = Unit.objects.select_for_update().get(pk=unit.pk)
    before = said(unit)
    if (sorted(unit.fields), unit.whole_city) == (chosen, whole_city):
        raise Refused("", f"{unit}的业务领域已经是“{before}”，无需更改。")
    unit.fields, unit.whole_city = chosen, whole_city
    unit.save(update_fields=("fields", "whole_city"))
    subject = f"业务领域：{unit}：{before}改为{said(unit)}"
    record(Kind.ACCOUNT, by=by, subject=subject, reason=reason.strip(), unit=unit.pk)
    return unit


def said(unit: Unit) -> str:
    """Say what a unit reads."""
    if unit.whole_city:
        return "全市各领域"
    return "、".join(str(Field(name).label) for name in unit.fields) or "无"
