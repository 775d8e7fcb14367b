"""Safety facts that people give: statements with a reason, and licences (readings 2, 4)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from core.errors import Refused
from entities.actions.base import (
    ELSEWHERE,
    Result,
    action,
    bounded,
    lock,
    lock_one,
    need,
    not_later,
    operate,
)
from entities.choices import Domain, Verdict
from entities.models import Entity, Licence, Operation, SafetyStatement
from entities.timelines import lay_over, reaching, replace_rows
from staff.models import User
from staff.permissions import demand
from staff.roles import Role

CLAUSE = "readings 2"


def state_safety(
    entity: Entity,
    *,
    domain: str,
    verdict: int,
    reason: str,
    since: date,
    by: User,
    on: date,
) -> Result:
    """State that an entity touches a safety field (Verdict.IN) or does not (Verdict.NONE)."""
    result = bulk_state_safety(
        [entity.pk], domain=domain, verdict=verdict, reason=reason, since=since, by=by, on=on
    )
    if result.skipped:
        raise Refused(CLAUSE, next(iter(result.skipped.values())))
    return result


@action
def bulk_state_safety(
    entity_ids: Collection[int],
    *,
    domain: str,
    verdict: int,
    reason: str,
    since: date,
    by: User,
    on: date,
) -> Result:
    """State the same of many entities, named by their keys; the others are skipped with a reason.

    A statement holds from ``since`` on, in place of an earlier one on the same field.
    """
    _may_state(by, domain, verdict)
    reason = need(reason, "认定理由", CLAUSE)
    not_later(since, on)
    ids = bounded(entity_ids)
    visible = [entity.pk for entity in lock(ids, by)]
    skipped = dict.fromkeys(set(ids) - set(visible), ELSEWHERE)
    skipped |= _stated_already(visible, domain, verdict, since)
    todo = [pk for pk in visible if pk not in skipped]
    if not todo:
        raise Refused(CLAUSE, next(iter(skipped.values())))
    said = SafetyStatement(
        domain=domain, verdict=verdict, reason=reason, since=since, recorded_by=by, source=by.name
    )
    written = lay_over(
        SafetyStatement, todo, since, None, lambda pk: said.copy(entity_id=pk), domain=domain
    )
    return operate(
        Operation.Verb.STATE_SAFETY,
        by=by,
        reason=reason,
        from_days=dict.fromkeys(todo, since),
        tables={SafetyStatement: written},
        on=on,
        skipped=skipped,
        params={"domain": domain, "verdict": int(verdict), "since": since},
    )


def _may_state(by: User, domain: str, verdict: int) -> None:
    demand(by, "safety.state")
    _stay_in_field(by, domain)
    if verdict not in (Verdict.NONE, Verdict.IN):
        raise Refused(CLAUSE, "认定只能是“涉及”或“不涉及”，请选择其一。")


def _stated_already(
    entity_ids: list[int], domain: str, verdict: int, since: date
) -> dict[int, str]:
    """Return a sentence for each entity of which the same was stated before."""
    label = Verdict(verdict).label
    return {
        row.entity_id: f"已认定为{label}（自{row.since}起），无需重复认定。"
        for row in reaching(SafetyStatement, entity_ids, since, domain=domain, verdict=verdict)
        if row.since <= since and row.until is None
    }


@action
def withdraw_safety_statement(
    statement: SafetyStatement, *, reason: str, since: date, by: User, on: date
) -> Result:
    """Let a statement no longer count from a day on; wordings and licences decide again."""
    demand(by, "safety.state")
    _stay_in_field(by, statement.domain)
    entity = lock_one(statement.entity, by)
    reason = need(reason, "撤回理由", CLAUSE)
    not_later(since, on, "撤回日")
    written = lay_over(
        SafetyStatement, [entity.pk], since, None, lambda pk: None, domain=statement.domain
    )
    if not written.superseded:
        raise Refused(CLAUSE, "该认定已不再有效，请刷新后查看。")
    return operate(
        Operation.Verb.WITHDRAW_SAFETY,
        by=by,
        reason=reason,
        from_days={entity.pk: since},
        tables={SafetyStatement: written},
        on=on,
        params={"domain": statement.domain, "since": since},
    )


@action
def record_licence(
    entity: Entity,
    *,
    domain: str,
    title: str,
    number: str,
    since: date,
    until: date | None,
    by: User,
    on: date,
    source: str = "",
) -> Result:
    """Record a licence that puts its holder into a safety field from ``since`` until ``until``.

    ``until`` is the first day on which it no longer runs. A licence may begin on a day to come.
    """
    demand(by, "licence.record")
    _stay_in_field(by, domain)
    locked = lock_one(entity, by)
    title, number = need(title, "许可证名称", CLAUSE), need(number, "许可证编号", CLAUSE)
    if until is not None and until <= since:
        raise Refused(CLAUSE, f"截止日{until}须晚于起始日{since}，请核对有效期。")
    _refuse_running_twice(locked.pk, number, since, until)
    licence = Licence(
        entity_id=locked.pk, domain=Domain(domain), title=title, number=number,
        since=since, until=until, recorded_by=by, source=source or by.name,
    )  # fmt: skip
    written = replace_rows(Licence, [], [licence])
    return operate(
        Operation.Verb.RECORD_LICENCE,
        by=by,
        reason=f"登记{title}{number}",
        from_days={locked.pk: since},
        tables={Licence: written},
        on=on,
        params={"domain": domain, "number": number, "since": since, "until": until},
    )


def _refuse_running_twice(entity_id: int, number: str, since: date, until: date | None) -> None:
    running = reaching(Licence, [entity_id], since, number=number)
    if until is not None:
        running = running.filter(since__lt=until)
    if running.exists():
        raise Refused(CLAUSE, f"编号{number}的许可证在该时段已有记录，请先终止或核对编号。")


@action
def end_licence(licence: Licence, *, until: date, reason: str, by: User, on: date) -> Result:
    """Let a licence run only up to ``until`` (the first day it no longer runs)."""
    demand(by, "licence.record")
    _stay_in_field(by, licence.domain)
    entity = lock_one(licence.entity, by)
    reason = need(reason, "终止理由", CLAUSE)
    written = lay_over(Licence, [entity.pk], until, None, lambda pk: None, number=licence.number)
    if not written.superseded:
        raise Refused(CLAUSE, "该许可证在该日已不再有效，请刷新后查看。")
    return operate(
        Operation.Verb.END_LICENCE,
        by=by,
        reason=reason,
        from_days={entity.pk: until},
        tables={Licence: written},
        on=on,
        params={"domain": licence.domain, "number": licence.number, "until": until},
    )


def _stay_in_field(by: User, domain: str) -> None:
    """Refuse a municipal unit what lies outside its fields (readings 4)."""
    if domain not in Domain.values:
        raise Refused(CLAUSE, "请选择安全领域：食品药品、产品质量或特种设备。")
    if by.role != Role.UNIT_OFFICER or by.unit is None or by.unit.whole_city:
        return
    if domain not in by.unit.fields:
        label = Domain(domain).label
        raise Refused("readings 4", f"{by.unit.name}不负责{label}领域，请由相应单位或市局办理。")
