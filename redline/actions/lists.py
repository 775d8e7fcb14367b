"""Lists from draft to in force (四(四)): begun, filled in, submitted, approved from a day.

Each verb names the revision that was seen and returns the version as it then stands. The items of
a draft are edited by ``redline.actions.list_items``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.db.models import Max
from django.utils import timezone

from core.errors import Refused
from entities.actions.base import action, need
from redline.actions.list_base import (
    CLAUSE,
    alone,
    lock_for,
    lock_to_edit,
    move,
    moved_on,
    touch,
    write_step,
)
from redline.choices import ListStatus
from redline.items import FIELDS, lacking
from redline.lists import OPEN, items_of
from redline.models import ListItem, ListVersion
from redline.workflow import LIST_STEPS
from staff.models import Bureau, User
from staff.permissions import demand
from staff.roles import Role

MOST_SHOWN = 5
HEAD = {"since": "施行日", "document_number": "文号", "note": "编制说明"}
LONGEST_NUMBER = 60


@action
def begin_list(
    kind: str, bureau: Bureau | None, *, source: ListVersion | None = None, by: User, on: date
) -> ListVersion:
    """Begin a draft of a list, with the items of ``source`` or empty; None is the city's list.

    ``source`` is any version of the same kind that this person may read: the city's baseline, the
    proposal, the version in force, another district's.
    """
    step = LIST_STEPS["submit"]
    demand(by, step.verb if bureau else f"{step.verb}_city")
    if bureau is not None and bureau.pk != by.bureau_id:
        raise Refused("readings 4", "只能起草本单位的清单，请由编制单位起草。")
    alone(kind, bureau)
    rows = ListVersion.objects.for_system("beginning a list")
    mine = rows.filter(kind=kind, bureau=bureau)
    held = mine.filter(status__in=OPEN).first()
    if held is not None:
        said = f"该清单已有正在办理的版本，请先办完或作废。{moved_on(held)}"
        raise Refused(CLAUSE, said)
    version = rows.create(
        kind=kind,
        bureau=bureau,
        number=(mine.aggregate(last=Max("number"))["last"] or 0) + 1,
        based_on=source,
        drafted_by=by,
        edited_by=by,
    )
    copied = _copy(source, version, by) if source else 0
    said = f"以{source}为底稿，{copied}项" if source else "空白起草"
    write_step(version, "begin", "", ListStatus.DRAFT, by=by, opinion=said)
    return version


def _copy(source: ListVersion, version: ListVersion, by: User) -> int:
    """Copy the items of a version; those of a proposal are still to be checked."""
    readable = ListVersion.objects.visible_to(by).filter(pk=source.pk, kind=version.kind)
    if not readable.exists():
        raise Refused(CLAUSE, "所选的底稿不存在，或不是同一种清单，请重新选择。")
    items = items_of(source)[source.pk]
    names = [one.name for one in FIELDS[version.kind]]
    fresh = [
        ListItem(
            version=version,
            position=position,
            is_proposal=item.is_proposal,
            **{name: getattr(item, name) for name in names},
        )
        for position, item in enumerate(items, 1)
    ]
    ListItem.objects.for_system("copying the items of a list").bulk_create(fresh)
    return len(fresh)


@action
def set_list_fields(
    version: ListVersion, *, revision: int, by: User, on: date, **columns: Any
) -> ListVersion:
    """Set first day, document number and note of a draft, as far as they are known."""
    found = lock_to_edit(version, by, revision)
    unknown = columns.keys() - HEAD.keys()
    if unknown:
        raise TypeError(f"A list has no {sorted(unknown)}.")
    if columns.get("since"):
        _demand_day(found, columns["since"], on)
    if "document_number" in columns:
        columns["document_number"] = _number(columns["document_number"])
    if "note" in columns:
        columns["note"] = columns["note"].strip()
    return touch(found, by, **columns)


@action
def submit_list(
    version: ListVersion, *, revision: int, by: User, on: date, opinion: str = ""
) -> ListVersion:
    """Submit a draft for the lead's approval; refused while an item lacks something."""
    found = lock_for("submit", version, by, revision)
    _demand_complete(found)
    _demand_approver(found, by)
    return move(
        *(found, "submit"),
        by=by,
        opinion=opinion.strip(),
        submitted_by=by,
        submitted_at=timezone.now(),
    )


@action
def withdraw_list(version: ListVersion, *, by: User, on: date, opinion: str = "") -> ListVersion:
    """Take back what one submitted, until the lead has decided."""
    found = lock_for("withdraw", version, by, None)
    return move(found, "withdraw", by=by, opinion=opinion.strip(), **_UNSUBMITTED)


@action
def send_back_list(
    version: ListVersion, *, revision: int, by: User, on: date, opinion: str
) -> ListVersion:
    """Send a list back to be changed, with a reason."""
    found = lock_for("send_back", version, by, revision)
    said = need(opinion, "退回的理由", CLAUSE)
    return move(found, "send_back", by=by, opinion=said, **_UNSUBMITTED)


_UNSUBMITTED: Mapping[str, None] = {"submitted_by": None, "submitted_at": None}


@action
def approve_list(
    version: ListVersion,
    *,
    revision: int,
    since: date,
    document_number: str,
    by: User,
    on: date,
    opinion: str = "",
) -> ListVersion:
    """Approve a list: in force from a day, under a document number, and immutable from now on.

    It does not begin before its approval: whoever acted earlier could not have known it. Nor
    before another approved version, which it would cut out unseen.
    """
    found = lock_for("approve", version, by, revision)
    alone(found.kind, found.bureau)
    _demand_complete(found)
    _demand_day(found, since, on)
    number = _number(need(document_number, "文号", CLAUSE))
    return move(
        *(found, "approve"),
        by=by,
        opinion=opinion.strip(),
        since=since,
        document_number=number,
        approved_by=by,
        approved_at=timezone.now(),
    )


@action
def discard_list(version: ListVersion, *, by: User, on: date, opinion: str = "") -> ListVersion:
    """Make a draft void; it stays readable to whose it is."""
    found = lock_for("discard", version, by, None)
    return move(found, "discard", by=by, opinion=opinion.strip())


LIST_STEP_FUNCTIONS: Mapping[str, Callable[..., ListVersion]] = {
    "submit": submit_list,
    "withdraw": withdraw_list,
    "send_back": send_back_list,
    "approve": approve_list,
    "discard": discard_list,
}
"""The function of each step of ``workflow.LIST_STEPS``."""


def _demand_complete(version: ListVersion) -> None:
    """Refuse a list without items, or with items that lack something, naming the first of them."""
    items = items_of(version)[version.pk]
    if not items:
        raise Refused(CLAUSE, "清单还没有事项，请先增加或导入事项。")
    found = [
        f"{item.code}：{problem.sentence}"
        for item in items
        for problem in lacking(version.kind, item)
    ]
    if found:
        more = f"另有{len(found) - MOST_SHOWN}处。" if len(found) > MOST_SHOWN else ""
        raise Refused(CLAUSE, f"还有{len(found)}处须补全。{''.join(found[:MOST_SHOWN])}{more}")


def _demand_day(version: ListVersion, since: date, on: date) -> None:
    if since < on:
        said = f"施行日{since}早于今天{on}；清单不能溯及已经发生的行为，请改为今天或以后。"
        raise Refused(CLAUSE, said)
    rows = ListVersion.objects.for_system("looking for a later version of a list")
    later = rows.filter(
        kind=version.kind,
        bureau=version.bureau,
        status=ListStatus.APPROVED,
        since__gte=since,
    ).first()
    if later is not None:
        said = f"{later}自{later.since}起施行，新版本须晚于该日，请改施行日。"
        raise Refused(CLAUSE, said)


def _number(text: str) -> str:
    text = " ".join(text.split())
    if len(text) > LONGEST_NUMBER:
        raise Refused(CLAUSE, f"文号最多{LONGEST_NUMBER}个字，请删减。")
    return text


def _demand_approver(version: ListVersion, by: User) -> None:
    """Refuse to submit where every lead would be kept from approving it."""
    role = Role.DISTRICT_LEAD if version.bureau_id else Role.MUNICIPAL_LEAD
    leads = User.accounts.for_system("looking for somebody who may approve a list")
    leads = leads.filter(role=role, is_active=True)
    if version.bureau_id:
        leads = leads.filter(bureau=version.bureau_id)
    keys = set(leads.values_list("pk", flat=True))
    if keys and keys <= {by.pk, version.drafted_by_id}:
        where = "本局" if version.bureau_id else "市局"
        raise Refused(
            CLAUSE,
            f"{where}没有其他负责人可以批准：请由工作人员起草并提交，由您批准；"
            f"或请安全管理员为{where}另一位负责人授权。",
        )
