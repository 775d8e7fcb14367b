"""The liaison log (对接机制, 四(二) and 四(五)): entries, answers, tasks and contacts."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from core.errors import Refused
from entities.actions.base import action, need, not_later
from entities.models import Entity
from staff.models import User
from staff.permissions import demand, may
from staff.roles import Role
from zones.actions.life import ELSEWHERE, lock_zone, seen
from zones.choices import ContactRole, LiaisonKind, TaskStatus
from zones.models import LiaisonEntry, LiaisonTask, Occupant, Zone, ZoneContact

CLAUSE = "4.2"
VERB = "zone.liaise"
ANSWERED = (LiaisonKind.CLUE, LiaisonKind.REQUEST)
"""Clues of the manager and requests of entities get an answer; meetings and help need none."""


@action
def record(
    zone: Zone,
    kind: str,
    day: date,
    title: str,
    *,
    text: str = "",
    people: str = "",
    entity: Entity | None = None,
    by: User,
    on: date,
) -> LiaisonEntry:
    """Write an entry of a zone's log; ``entity`` is one of the zone or of this person's scope."""
    demand(by, VERB)
    zone = lock_zone(zone, by)
    not_later(day, on, "日期")
    if entity is not None:
        there = Occupant.objects.for_system("whose entry it is").filter(zone=zone, entity=entity)
        mine = Entity.objects.visible_to(by).filter(pk=entity.pk)
        if not there.exists() and not mine.exists():
            raise Refused(CLAUSE, "该主体不在本区域名册上，也不在您的管辖范围内，请核对。")
    entry = LiaisonEntry(
        zone=zone,
        kind=LiaisonKind(kind),
        day=day,
        title=need(title, "事项", CLAUSE)[:100],
        text=text.strip(),
        people=people.strip()[:200],
        entity=entity,
        made_by=by,
    )
    entry.save(force_insert=True)
    entry.refresh_from_db()
    return entry


@action
def answer(entry: LiaisonEntry, text: str, *, by: User, on: date) -> LiaisonEntry:
    """Answer a request of an entity or a clue of the manager, once."""
    demand(by, VERB)
    found = seen(entry, by)
    text = need(text, "答复内容", CLAUSE)
    if found.kind not in ANSWERED:
        raise Refused(CLAUSE, f"{found.get_kind_display()}不需要答复，请另记一条。")
    rows = LiaisonEntry.objects.for_system("answering an entry that was found to be visible")
    if not rows.filter(pk=found.pk, answered_on=None).update(
        answer=text, answered_on=on, answered_by=by
    ):
        raise Refused(CLAUSE, "该事项已由他人答复，请刷新后查看。")
    found.refresh_from_db()
    return found


@action
def make_task(
    entry: LiaisonEntry, title: str, *, assignee: User, due_on: date, by: User, on: date
) -> LiaisonTask:
    """Give somebody of the zone's bureau a task that came out of an entry."""
    demand(by, VERB)
    found = seen(entry, by)
    title = need(title, "任务", CLAUSE)
    if due_on < on:
        raise Refused(CLAUSE, f"办理期限{due_on}早于今天{on}，请改为今天或以后的日期。")
    if not may(assignee, VERB) or assignee.bureau_id != found.zone.bureau_id:
        raise Refused(CLAUSE, f"{assignee}不是{found.zone.bureau}的在职人员，请另选承办人。")
    task = LiaisonTask(entry=found, title=title[:100], assignee=assignee, due_on=due_on, made_by=by)
    task.save(force_insert=True)
    task.refresh_from_db()
    return task


@action
def finish_task(
    task: LiaisonTask, result: str, *, by: User, on: date, dropped: bool = False
) -> LiaisonTask:
    """End a task with its result, or say why it needs nothing any more.

    By whoever has it, whoever gave it, or the bureau's lead.
    """
    demand(by, VERB)
    found = seen(task, by)
    result = need(result, "无需办理的原因" if dropped else "办理结果", CLAUSE)
    if by.pk not in (found.assignee_id, found.made_by_id) and by.role != Role.DISTRICT_LEAD:
        raise Refused(CLAUSE, f"该任务由{found.assignee}承办，请由承办人、交办人或负责人办结。")
    rows = LiaisonTask.objects.for_system("ending a task that was found to be visible")
    if not rows.filter(pk=found.pk, status=TaskStatus.OPEN).update(
        status=TaskStatus.DROPPED if dropped else TaskStatus.DONE,
        result=result,
        done_by=by,
        done_at=timezone.now(),
    ):
        raise Refused(CLAUSE, "该任务已经办结，请刷新后查看。")
    found.refresh_from_db()
    return found


@action
def add_contact(
    zone: Zone,
    *,
    role: str,
    organisation: str,
    person: str = "",
    phone: str = "",
    note: str = "",
    by: User,
    on: date,
) -> ZoneContact:
    """Add with whom a zone is worked; the telephone is kept encrypted and shown masked."""
    demand(by, VERB)
    contact = ZoneContact(zone=lock_zone(zone, by))
    _fill(contact, role, organisation, person, phone, note)
    contact.save(force_insert=True)
    return contact


@action
def change_contact(
    contact: ZoneContact,
    *,
    role: str,
    organisation: str,
    person: str = "",
    phone: str | None = None,
    note: str = "",
    by: User,
    on: date,
) -> ZoneContact:
    """Change a contact; without ``phone`` the telephone stays, since a page shows it masked."""
    demand(by, VERB)
    found = _in_use(contact, by)
    _fill(found, role, organisation, person, found.phone if phone is None else phone, note)
    found.save()
    return found


@action
def end_contact(contact: ZoneContact, *, by: User, on: date) -> ZoneContact:
    """Take a contact out of use; its entry stays readable."""
    demand(by, VERB)
    found = _in_use(contact, by)
    found.ended_on = on
    found.save(update_fields=("ended_on",))
    return found


def _in_use(contact: ZoneContact, by: User) -> ZoneContact:
    """Lock and return a contact in use that this person may see."""
    if not ZoneContact.objects.visible_to(by).filter(pk=contact.pk).exists():
        raise Refused("readings 4", ELSEWHERE)
    rows = ZoneContact.objects.for_system("locking a contact that was found to be visible")
    found = rows.select_for_update(no_key=True).get(pk=contact.pk)
    if found.ended_on is not None:
        raise Refused(CLAUSE, "该联系人已停用，请另行添加。")
    return found


def _fill(
    contact: ZoneContact, role: str, organisation: str, person: str, phone: str, note: str
) -> None:
    contact.role = ContactRole(role)
    contact.organisation = need(organisation, "单位名称", CLAUSE)[:100]
    contact.person = person.strip()[:60]
    contact.phone = phone.strip()[:40]
    contact.note = note.strip()[:200]
