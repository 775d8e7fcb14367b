"""Comments pinned to fields and rows: what the district is to correct (退回补正)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.utils import timezone

from core.errors import Refused
from entities.actions.base import action
from staff.models import User
from staff.permissions import demand, may
from zones.actions.base import lock, moved_on, need_opinion
from zones.models import Declaration, DeclarationComment, DeclaredEntity, DeclaredZone
from zones.workflow import may_comment, may_edit

WHY = "the comments of a declaration that is locked"
LONGEST = 1000


@action
def comment(
    declaration: Declaration,
    text: str,
    *,
    zone: DeclaredZone | None = None,
    row: DeclaredEntity | None = None,
    field: str = "",
    by: User,
    on: date,
) -> DeclarationComment:
    """Pin a comment to a field, a zone or a roster row, as whoever could give it back."""
    if not may(by, "zone.approve"):
        demand(by, "zone.review")
    found = lock(declaration, by)
    if not may_comment(found, by):
        raise Refused("5.2", f"现在不能提补正意见：{moved_on(found)}")
    text = need_opinion(text, "补正意见")
    if len(text) > LONGEST:
        raise Refused("5.2", f"补正意见最多{LONGEST}个字，请缩短。")
    if row is not None:
        zone = row.declared_zone
    if zone is not None and zone.declaration_id != found.pk:
        raise Refused("5.2", "该行不在这份申报中，请刷新后重试。")
    made = DeclarationComment(
        declaration=found,
        declared_zone=zone,
        declared_entity=row,
        field=field[:30],
        text=text,
        made_by=by,
    )
    made.save(force_insert=True)
    return made


@action
def drop_comment(pinned: DeclarationComment, *, by: User, on: date) -> None:
    """Take back one's own comment while the declaration is still with those who review it."""
    found = lock(pinned.declaration, by)
    if pinned.made_by_id != by.pk or not may_comment(found, by):
        raise Refused("5.2", "只能在退回之前删去本人提出的补正意见。")
    DeclarationComment.objects.for_system(WHY).filter(pk=pinned.pk, settled_at=None).delete()


@action
def settle_comment(pinned: DeclarationComment, *, by: User, on: date) -> DeclarationComment:
    """Mark a comment as corrected, as the district that mends its declaration."""
    demand(by, "zone.declare")
    found = lock(pinned.declaration, by)
    if not may_edit(found, by):
        raise Refused("5.2", moved_on(found))
    rows = DeclarationComment.objects.for_system(WHY)
    settled = rows.filter(pk=pinned.pk, settled_at=None).update(
        settled_by=by, settled_at=timezone.now()
    )
    pinned.refresh_from_db()
    if not settled and pinned.settled_by is not None:
        raise Refused("5.2", f"该意见已由{pinned.settled_by.name}改正，请刷新后查看。")
    return pinned


def keep_comments(
    declaration: Declaration,
    *,
    zone_ids: Collection[int] = (),
    row_ids: Collection[int] = (),
) -> None:
    """Pin what hangs on zones and rows about to be removed one level up, saying where it hung."""
    rows = DeclarationComment.objects.for_system(WHY).filter(declaration=declaration)
    hung = list(rows.filter(declared_entity__in=list(row_ids)).select_related("declared_entity"))
    for one in hung:
        one.text = f"（已删去的行“{one.declared_entity}”）{one.text}"
        one.declared_entity = None
    rows.bulk_update(hung, ["text", "declared_entity"])
    hung = list(
        rows.filter(declared_zone__in=list(zone_ids)).select_related(
            "declared_zone", "declared_entity"
        )
    )
    for one in hung:
        place = one.declared_entity or one.declared_zone
        one.text = f"（已删去的“{place}”）{one.text}"
        one.declared_entity = one.declared_zone = None
    rows.bulk_update(hung, ["text", "declared_entity", "declared_zone"])
