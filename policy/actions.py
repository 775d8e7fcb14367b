"""Publishing limits: drafted by one person, approved by another, in force from a day, immutable."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from core.errors import Refused
from core.jobs import enqueue
from policy.limits import LIMITS, Limits, limits_in_force
from policy.models import LimitValue, PolicyVersion
from policy.values import check_value
from policy.workflow import TRANSITIONS
from staff.permissions import demand

Status = PolicyVersion.Status


@transaction.atomic
def draft_version(
    values: Mapping[str, Any],
    *,
    title: str,
    since: date,
    by: Any,
    today: date,
    sources: Mapping[str, str] | None = None,
) -> PolicyVersion:
    """Draft a version that differs from the one in force on ``since`` in ``values``.

    ``sources`` says by limit where a new value comes from (document and number). Refuses an unknown
    limit, a wrong value, a version without a difference, and a day before today or before a
    version that is already published.
    """
    demand(by, "policy.draft")
    _alone()
    if not title.strip():
        raise Refused("", "请写明调整的原因或依据。")
    _day_is_free(since, today)
    before = limits_in_force(since)
    changed = _changed(values, before)
    if not changed:
        raise Refused("", "各参数与该日施行的版本相同，无需起草新版本。")
    version = PolicyVersion.objects.create(
        number=_last_number() + 1,
        title=title.strip(),
        since=since,
        drafted_by=by,
        drafted_at=timezone.now(),
    )
    _write_values(version, before, changed, sources or {})
    return version


def _changed(values: Mapping[str, Any], before: Limits) -> dict[str, Any]:
    """Return the values that are checked and differ."""
    changed = {}
    for key, value in values.items():
        if key not in LIMITS:
            raise Refused("", f"没有参数“{key}”，请从参数表中选择。")
        checked = check_value(LIMITS[key], value)
        if checked != before[key]:
            changed[key] = checked
    return changed


def _write_values(
    version: PolicyVersion, before: Limits, changed: Mapping[str, Any], sources: Mapping[str, str]
) -> None:
    """Write all limits of a version, each with its source: its new one, or the one it had."""
    known = dict(before.version.values.values_list("key", "source"))
    known |= {key: sources.get(key) or version.title for key in changed}
    LimitValue.objects.bulk_create(
        LimitValue(
            version=version,
            key=key,
            value=changed.get(key, before[key]),
            source=known.get(key) or info.source,
        )
        for key, info in LIMITS.items()
    )


@transaction.atomic
def approve_version(version: PolicyVersion, *, by: Any, today: date) -> PolicyVersion:
    """Publish a draft; from its day on it is in force and nothing changes it any more.

    Refuses the drafter's own approval, a day that has passed, and a draft made before another
    version was published, because it would silently take that version back.
    """
    demand(by, "policy.approve")
    _alone()
    version = PolicyVersion.objects.get(pk=version.pk)
    if version.drafted_by_id == by.pk:
        raise Refused("", "起草人不能批准自己起草的版本，请由另一位市局负责人批准。")
    _day_is_free(version.since, today)
    published = PolicyVersion.objects.filter(status=Status.PUBLISHED)
    if published.filter(approved_at__gt=version.drafted_at).exists():
        raise Refused("", "起草之后又发布了其他版本，请按最新版本重新起草。")
    _move("approve", version, approved_by=by, approved_at=timezone.now())
    if version.since <= today:
        # The nightly run of its day may be over; everyone is judged by it at once. The version is
        # in force whatever becomes of its approver, so the job is nobody's.
        enqueue(
            "run", f"参数第{version.number}版施行评估（{today}）", params={"on": today.isoformat()}
        )
    return version


@transaction.atomic
def withdraw_version(version: PolicyVersion, *, by: Any, today: date) -> PolicyVersion:
    """Withdraw a draft, or a published version whose day has not come (by who may approve)."""
    _alone()
    version = PolicyVersion.objects.get(pk=version.pk)
    drafted = version.status == Status.DRAFT
    demand(by, "policy.draft" if drafted else "policy.approve")
    if not drafted and version.since <= today:
        raise Refused("", f"{version}自{version.since}起已经施行，不能撤回；请起草新版本。")
    _move("withdraw" if drafted else "recall", version)
    return version


def _move(action: str, version: PolicyVersion, **changes: Any) -> None:
    """Move a version as the table says; the old state stands in the update."""
    move = TRANSITIONS[action]
    rows = PolicyVersion.objects.filter(pk=version.pk, status=move.before)
    if not rows.update(status=move.after, **changes):
        label = Status(version.status).label
        raise Refused("", f"{version}的状态是“{label}”，不能{move.label}；请刷新后再看。")
    version.refresh_from_db()


def _day_is_free(since: date, today: date) -> None:
    if since < today:
        raise Refused("", f"施行日{since}早于今天，参数只能自今天或以后的日子起施行。")
    later = PolicyVersion.objects.filter(status=Status.PUBLISHED, since__gte=since).first()
    if later is not None:
        raise Refused("", f"{later}自{later.since}起施行，新版本须晚于该日，或先撤回该版本。")


def _last_number() -> int:
    return PolicyVersion.objects.aggregate(last=Max("number"))["last"] or 0


def _alone() -> None:
    """Let versions be drafted and published one at a time; the first version stands for all."""
    list(PolicyVersion.objects.select_for_update().filter(number=1))
