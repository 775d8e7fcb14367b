"""What the verbs on lists share: the locked version, who may, the step that is written down."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.utils import timezone

from core.errors import Refused
from redline.choices import ListStatus
from redline.models import ListStep, ListVersion
from redline.workflow import (
    LIST_STEPS,
    Step,
    list_step_open,
    list_step_said,
    may_own,
    verb_for,
)
from staff.models import Bureau, User
from staff.permissions import demand

CLAUSE = "4.4"
ELSEWHERE = "该清单不在您的管辖范围内，请联系编制单位或市局办理。"


def alone(kind: str, bureau: Bureau | None) -> None:
    """Let the versions of one list be begun and approved by one transaction at a time."""
    named = f"redline list {kind} {bureau.pk if bureau else 'city'}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 73))", [named])


def lock(version: ListVersion, by: User) -> ListVersion:
    """Lock and return a version that this person may see, as it stands now.

    Found first and locked by its key, so that whoever waited reads what the other one wrote.
    """
    if not ListVersion.objects.visible_to(by).filter(pk=version.pk).exists():
        raise Refused("readings 4", ELSEWHERE)
    rows = ListVersion.objects.for_system("locking a list that was found to be visible")
    return rows.select_for_update(no_key=True, of=("self",)).get(pk=version.pk)


def lock_for(action: str, version: ListVersion, by: User, revision: int | None) -> ListVersion:
    """Lock a version for a step of the workflow; refuse with a sentence where it is not open.

    ``revision`` is the one that was seen; steps that decide compare it.
    """
    step = LIST_STEPS[action]
    demand(by, verb_for(version, step))
    found = lock(version, by)
    _demand_own(found, by)
    if found.status not in step.sources:
        raise Refused(step.clause, moved_on(found))
    if not list_step_open(found, step, by):
        raise Refused(step.clause, _why_not(found, step))
    if step.decides and revision != found.revision:
        raise Refused(step.clause, edited_meanwhile(found))
    return found


def lock_to_edit(version: ListVersion, by: User, revision: int) -> ListVersion:
    """Lock a draft to edit it; refuse where it is none any more or was edited meanwhile."""
    demand(by, verb_for(version, LIST_STEPS["submit"]))
    found = lock(version, by)
    _demand_own(found, by)
    if found.status != ListStatus.DRAFT:
        raise Refused(CLAUSE, moved_on(found))
    if revision != found.revision:
        raise Refused(CLAUSE, edited_meanwhile(found))
    return found


def _demand_own(version: ListVersion, by: User) -> None:
    if not may_own(version, by):
        raise Refused("readings 4", ELSEWHERE)


def touch(version: ListVersion, by: User, **columns: Any) -> ListVersion:
    """Count the edit of a locked version, with the columns that it changes."""
    for name, value in columns.items():
        setattr(version, name, value)
    version.revision += 1
    version.edited_by, version.edited_at = by, timezone.now()
    version.save(update_fields=[*columns, "revision", "edited_by", "edited_at"])
    return version


def move(
    version: ListVersion, action: str, *, by: User, opinion: str = "", **columns: Any
) -> ListVersion:
    """Let a locked version take a step, and write the step down."""
    step, source = LIST_STEPS[action], version.status
    changed = (
        ListVersion.objects.for_system("moving a list that is locked")
        .filter(pk=version.pk, status=source, revision=version.revision)
        .update(status=step.target, **columns)
    )
    if not changed:
        raise Refused(step.clause, moved_on(version))
    write_step(version, action, source, step.target, by=by, opinion=opinion)
    version.refresh_from_db()
    return version


def write_step(
    version: ListVersion,
    action: str,
    source: str,
    target: str,
    *,
    by: User | None,
    opinion: str = "",
) -> None:
    ListStep(
        version=version,
        action=action,
        source=source,
        target=target,
        opinion=opinion,
        done_by=by,
        role_then=by.role if by else "",
    ).save(force_insert=True)


def moved_on(version: ListVersion) -> str:
    """Say who moved the version last, when, and where it stands."""
    status = ListStatus(version.status).label
    steps = ListStep.objects.for_system("telling who moved a list")
    last = steps.filter(version=version).select_related("done_by").last()
    if last is None or last.done_by is None:
        return f"{version}现为“{status}”，不能办理这一步，请刷新后查看。"
    at = f"{timezone.localtime(last.recorded_at):%Y-%m-%d %H:%M}"
    return (
        f"{last.done_by.name}已于{at}办理“{list_step_said(last.action)}”，"
        f"{version}现为“{status}”，请刷新后查看。"
    )


def edited_meanwhile(version: ListVersion) -> str:
    """Say who edited the version after it was seen, and when."""
    at = f"{timezone.localtime(version.edited_at):%Y-%m-%d %H:%M}"
    who = version.edited_by or version.drafted_by
    name = who.name if who else "他人"
    return f"{name}已于{at}修改{version}，您看到的不是最新内容，请刷新后再办理。"


def _why_not(version: ListVersion, step: Step) -> str:
    """Say why a step that this role may take here is not this person's."""
    if step.undoes:
        person = getattr(version, step.undoes)
        return f"只有{person.name if person else '原办理人'}可以“{step.label}”，请与其联系。"
    asked = "本局" if version.bureau_id else "市局"
    return f"您起草或提交了该清单，不能“{step.label}”，请由{asked}另一位负责人办理。"
