"""What the verbs on declarations share: the locked row, who may, the step that is written down."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from core.errors import Refused
from staff.models import User
from staff.permissions import demand, may
from zones.choices import DeclarationStatus as Status
from zones.models import Declaration, DeclarationStep
from zones.workflow import (
    CITY_ENTRY,
    EDITABLE,
    STEPS,
    Step,
    involved,
    is_open,
    may_edit,
    step_said,
)

ELSEWHERE = "该申报不在您的管辖范围内，请联系申报单位或市局办理。"


def need_opinion(text: str, what: str, clause: str = "5.2") -> str:
    """Return the stripped text; refuse an empty one."""
    if not text.strip():
        raise Refused(clause, f"请填写{what}。")
    return text.strip()


def lock(declaration: Declaration, by: User) -> Declaration:
    """Lock and return a declaration that this person may see, as it stands now.

    Found first and locked by its key, so that whoever waited reads what the other one wrote.
    """
    if not Declaration.objects.visible_to(by).filter(pk=declaration.pk).exists():
        raise Refused("readings 4", ELSEWHERE)
    rows = Declaration.objects.for_system("locking a declaration that was found to be visible")
    return rows.select_for_update(no_key=True, of=("self",)).get(pk=declaration.pk)


def lock_for(action: str, declaration: Declaration, by: User, revision: int | None) -> Declaration:
    """Lock a declaration for a step of the workflow; refuse with a sentence where it is not open.

    ``revision`` is the one that was seen; steps that decide compare it.
    """
    step = STEPS[action]
    demand(by, step.verb)
    found = lock(declaration, by)
    if found.status not in step.sources:
        raise Refused(step.clause, moved_on(found))
    if not is_open(found, step, by):
        raise Refused(step.clause, _why_not(found, step, by))
    if step.decides and revision != found.revision:
        raise Refused(step.clause, edited_meanwhile(found))
    return found


def lock_to_edit(declaration: Declaration, by: User, revision: int) -> Declaration:
    """Lock a declaration to edit it; refuse where it is not open to this person or was edited."""
    if not (may(by, CITY_ENTRY) or may(by, "zone.declare")):
        demand(by, "zone.declare")
    found = lock(declaration, by)
    verb = EDITABLE.get(found.status)
    if verb is None:
        raise Refused("5.2", moved_on(found))
    demand(by, verb)
    if not may_edit(found, by):
        raise Refused("readings 9", f"代录的申报由录入人{found.filed_by.name}修改。")
    if revision != found.revision:
        raise Refused("5.2", edited_meanwhile(found))
    return found


def touch(declaration: Declaration, by: User, **columns: Any) -> Declaration:
    """Count the edit of a locked declaration, with the columns that it changes."""
    for name, value in columns.items():
        setattr(declaration, name, value)
    declaration.revision += 1
    declaration.edited_by, declaration.edited_at = by, timezone.now()
    declaration.save(update_fields=[*columns, "revision", "edited_by", "edited_at"])
    return declaration


def move(
    declaration: Declaration,
    action: str,
    *,
    by: User,
    opinion: str = "",
    to: User | None = None,
    **columns: Any,
) -> Declaration:
    """Let a locked declaration take a step, and write the step down."""
    step, source = STEPS[action], declaration.status
    changed = (
        Declaration.objects.for_system("moving a declaration that is locked")
        .filter(pk=declaration.pk, status=source, revision=declaration.revision)
        .update(status=step.target, **columns)
    )
    if not changed:
        raise Refused(step.clause, moved_on(declaration))
    write_step(declaration, action, source, step.target, by=by, opinion=opinion, to=to)
    declaration.refresh_from_db()
    return declaration


def write_step(
    declaration: Declaration,
    action: str,
    source: str,
    target: str,
    *,
    by: User,
    opinion: str = "",
    to: User | None = None,
) -> None:
    DeclarationStep(
        declaration=declaration,
        action=action,
        source=source,
        target=target,
        opinion=opinion,
        revision=declaration.revision,
        done_by=by,
        role_then=by.role,
        handed_to=to,
    ).save(force_insert=True)


def moved_on(declaration: Declaration) -> str:
    """Say who moved the declaration last, when, and where it stands."""
    status = Status(declaration.status).label
    steps = DeclarationStep.objects.for_system("telling who moved a declaration")
    last = steps.filter(declaration=declaration).select_related("done_by").last()
    if last is None:
        return f"该申报现为“{status}”，不能办理这一步，请刷新后查看。"
    at = f"{timezone.localtime(last.recorded_at):%Y-%m-%d %H:%M}"
    return (
        f"{last.done_by.name}已于{at}办理“{step_said(last.action)}”，"
        f"该申报现为“{status}”，请刷新后查看。"
    )


def edited_meanwhile(declaration: Declaration) -> str:
    """Say who edited the declaration after it was seen, and when."""
    at = f"{timezone.localtime(declaration.edited_at):%Y-%m-%d %H:%M}"
    who = declaration.edited_by or declaration.filed_by
    return f"{who.name}已于{at}修改该申报，您看到的不是最新内容，请刷新后再办理。"


def _why_not(declaration: Declaration, step: Step, by: User) -> str:
    """Say why a step that this role may take here is not this person's."""
    if step.undoes:
        person = getattr(declaration, step.undoes)
        return f"只有{person.name if person else '原办理人'}可以“{step.label}”，请与其联系。"
    if step.by_another and by.pk in involved(declaration, step):
        asked = "市局其他人员" if step.verb == "zone.approve" else "本局另一位负责人"
        return f"您填报、提交或审核过该申报，不能“{step.label}”，请由{asked}办理。"
    handler = declaration.handler
    return f"该申报由{handler.name if handler else '他人'}经办，请由其办理或转办。"
