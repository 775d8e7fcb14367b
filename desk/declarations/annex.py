"""The annex as pages show it: its lines, and the comments pinned to its cells and rows.

A pin names where a comment is pinned: ``head:contact_name``, ``zone:3:address``, ``row:17:code``;
the field may be empty, which means the whole of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from core import masking
from staff.models import User
from staff.permissions import may
from zones.choices import DeclarationStatus
from zones.models import Declaration, DeclarationComment, DeclaredZone
from zones.queries import zones_of

HEAD_FIELDS = {"contact_name": "联系人", "contact_phone": "联系电话"}
CHANGE_FIELDS = {"reason": "变更理由", "since": "生效日"}
ZONE_FIELDS = {
    "name": "申报名称",
    "zone_type": "所属类型",
    "address": "注册登记地址",
    "declared_count": "经营主体数量",
}
ROW_FIELDS = {"name": "名称", "code": "统一社会信用代码"}

Pins = dict[str, list[DeclarationComment]]


@dataclass
class AnnexLine:
    """A zone of the annex with the number of its roster and the comments on its cells."""

    zone: DeclaredZone
    entities: int = 0
    left_out: int = 0
    pins: Pins = field(default_factory=dict)


def lines_of(
    declaration: Declaration, comments: Sequence[DeclarationComment], viewer: User
) -> list[AnnexLine]:
    """Return the lines of a declaration's annex with what is pinned to them."""
    decided = declaration.status == DeclarationStatus.APPROVED
    return [
        AnnexLine(
            zone,
            entities=zone.listed,
            left_out=zone.listed - zone.approved if decided else 0,
            pins=pins_of(comments, ZONE_FIELDS, zone=zone.pk),
        )
        for zone in zones_of(declaration, viewer)
    ]


def pins_of(
    comments: Sequence[DeclarationComment],
    fields: dict[str, str],
    *,
    zone: int | None = None,
    row: int | None = None,
) -> Pins:
    """Return the comments of one head, zone or row by field; those on the whole at the first."""
    found: Pins = defaultdict(list)
    for one in comments:
        if (one.declared_entity_id, one.declared_zone_id if row is None else zone) == (row, zone):
            name = one.field if one.field in fields else next(iter(fields))
            found[name].append(one)
    return {name: found[name] for name in fields}


def place_of(comment: DeclarationComment) -> tuple[str, str]:
    """Return where a comment is pinned, in words, and the address of that place."""
    declaration = comment.declaration_id
    row = comment.declared_entity
    if row is not None:
        label = ROW_FIELDS.get(comment.field, "")
        zone = comment.declared_zone or row.declared_zone
        address = reverse("desk:declaration-roster", args=(declaration, zone.pk))
        said = f"附表{zone.position} 第{row.position}行 {row.name}"
        return f"{said}（{label}）" if label else said, f"{address}?row={row.pk}#row-{row.pk}"
    page = reverse("desk:declaration-detail", args=(declaration,))
    if comment.declared_zone is not None:
        zone = comment.declared_zone
        label = ZONE_FIELDS.get(comment.field, "整行")
        return f"区域{zone.position} {zone.name}（{label}）", f"{page}#zone-{zone.pk}"
    return (HEAD_FIELDS | CHANGE_FIELDS).get(comment.field, "整份申报"), f"{page}#annex"


def pin_choices(declaration: Declaration, lines: Sequence[AnnexLine]) -> list[tuple[str, str]]:
    """Return the places of the annex that a comment can be pinned to, rows apart."""
    heads = HEAD_FIELDS | (CHANGE_FIELDS if declaration.kind != "new" else {})
    choices = [("head:", "整份申报"), *((f"head:{name}", label) for name, label in heads.items())]
    for line in lines:
        zone = line.zone
        choices.append((f"zone:{zone.pk}:", f"区域{zone.position} {zone.name[:16]}"))
        choices += [
            (f"zone:{zone.pk}:{name}", f"　区域{zone.position} {label}")
            for name, label in ZONE_FIELDS.items()
        ]
    return choices


def phone_of(declaration: Declaration, viewer: User) -> str:
    """Return the contact's telephone, without its middle for whoever may not see such numbers."""
    phone: Any = declaration.contact_phone
    return phone if may(viewer, "contact.reveal") else masking.phone(phone)
