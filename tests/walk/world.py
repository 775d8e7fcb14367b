"""A district whose rows nobody elsewhere may see, one of each kind, and its marks to look for."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from axes.models import AccessAttempt
from django.apps import apps
from django.core.files.base import ContentFile
from django.db.models import Model
from django.utils import timezone

from core.audit.context import acting, current
from core.models import Export, Job
from desk.exports.kinds import place_of
from entities.actions.four_new import propose_four_new
from entities.actions.safety import state_safety
from entities.choices import Domain, Novelty, Verdict
from entities.models import Entity, FourNewProposal, FourNewTerm, Operation, SafetyTerm
from membership.actions import request_exclusion
from membership.models import ExclusionRequest, Run
from policy.actions import draft_version
from policy.models import PolicyVersion
from redline.models import ListItem, ListVersion, Paper
from staff.models import Bureau, LiveSession, SecondFactor, User
from staff.roles import Role
from tests.desk.making import hold, make_run, move, watch
from tests.factories import make_bureau, make_entity, make_station, make_user
from tests.walk.order_world import OrderRows, ordered
from tests.walk.paper_world import made_paper
from tests.walk.redline_world import drafted_list
from tests.walk.violation_world import ViolationRows, violated
from tests.walk.zone_world import ZoneLife, live
from zones.actions.drafts import add_rows, add_zone, begin
from zones.choices import DeclarationKind
from zones.models import Declaration, DeclarationComment, DeclaredZone

MARK = "外区标记"
PHONE = "13987651234"
LOGS = {"core.Change", "core.Access", "core.Seal", "axes.AccessLog", "sessions.Session"}
"""What grows by being asked at all."""


@dataclass(frozen=True)
class World:
    """The other district's people and rows, and rows of nobody in particular."""

    bureau: Bureau
    officer: User
    lead: User
    entity: Entity
    operation: Operation
    proposal: FourNewProposal
    request: ExclusionRequest
    job: Job
    export: Export
    run: Run
    held: Run
    live: LiveSession
    asked: Export
    draft: PolicyVersion
    declaration: Declaration
    declared: DeclaredZone
    comment: DeclarationComment
    factor: SecondFactor
    attempt: AccessAttempt
    terms: dict[str, Model]
    life: ZoneLife
    red_list: ListVersion
    red_item: ListItem
    paper: Paper
    violated: ViolationRows
    ordered: OrderRows
    done_as: uuid.UUID

    def standing(self) -> dict[str, Any]:
        """Return what must not have changed: every column of these rows, rows of every table."""
        mine = [getattr(self, field.name) for field in fields(self)]
        for part in (self.life, self.violated, self.ordered):
            mine += [getattr(part, field.name) for field in fields(part)]
        rows = [*(row for row in mine if isinstance(row, Model)), *self.terms.values()]
        found = {f"{row._meta.label} {row.pk}": _columns(row) for row in rows}
        tables = [model for model in apps.get_models() if model._meta.label not in LOGS]
        return found | {model._meta.label: model._base_manager.count() for model in tables}


def _columns(row: Model) -> dict[str, Any]:
    return type(row)._base_manager.filter(pk=row.pk).values().get()


def make_world() -> World:
    """Let the other district work for a day."""
    today = timezone.localdate()
    bureau = make_bureau(f"{MARK}局")
    station = make_station(bureau, name=f"{MARK}市场监管所")
    officer = make_user(Role.DISTRICT_OFFICER, bureau, name=f"{MARK}经办")
    lead = make_user(Role.DISTRICT_LEAD, bureau, name=f"{MARK}负责")
    entity = make_entity(
        name=f"重庆{MARK}甲科技有限公司",
        letter="A",
        bureau=bureau,
        station=station,
        contact_name=f"{MARK}联系人",
        contact_phone=PHONE,
        business_scope=f"{MARK}软件开发",
    )
    hold(entity, "credit")
    watch(entity, undecided=["credit.safety"], review=["review.abnormal_list"])
    move(entity, "credit", "open", f"{MARK}事由")
    with acting(by=officer, origin="POST /entities/", reason=f"{MARK}理由"):
        done_as, _ = current()
        stated = state_safety(
            entity,
            domain=Domain.FOOD_DRUG,
            verdict=Verdict.NONE,
            reason=f"{MARK}理由",
            since=today,
            by=officer,
            on=today,
        )
    (proposal,) = propose_four_new(
        [entity], novelties=[Novelty.MODEL], reason=f"{MARK}建议", by=officer, on=today
    )
    request = request_exclusion(
        entity,
        by=officer,
        reason=f"{MARK}移出",
        since=today,
        review_on=today + timedelta(days=30),
        today=today,
    )
    declaration, declared, comment = _declared(officer, lead, entity)
    red_list, red_item = drafted_list(bureau, officer, MARK)
    return World(
        bureau=bureau,
        officer=officer,
        lead=lead,
        entity=entity,
        operation=stated.operation,
        proposal=proposal,
        request=request,
        job=_job(officer),
        export=_produced(officer, lead),
        asked=_export(officer, needs_approval=True, why="超过1,000行"),
        run=make_run(),
        held=make_run(status=Run.Status.HELD, finished_at=None, held_reason="首次打标须由人放行"),
        live=_live(officer),
        draft=_draft(),
        declaration=declaration,
        declared=declared,
        comment=comment,
        factor=SecondFactor.plain.create(
            user=officer, secret="JBSWY3DPEHPK3PXP", confirmed_at=timezone.now()
        ),
        attempt=_locked_out(officer),
        terms=_terms(),
        life=live(bureau, officer, MARK, PHONE),
        red_list=red_list,
        red_item=red_item,
        paper=made_paper(entity, officer, MARK),
        violated=violated(entity, officer, MARK),
        ordered=ordered(entity, officer, MARK, PHONE),
        done_as=done_as,
    )


def _declared(
    officer: User, lead: User, entity: Entity
) -> tuple[Declaration, DeclaredZone, DeclarationComment]:
    """Return a draft with a zone and a row of its own, and a comment pinned to it."""
    said: dict[str, Any] = {"by": officer, "on": timezone.localdate()}
    draft = begin(DeclarationKind.NEW, bureau=officer.bureau, **said)
    fields = {"name": f"{MARK}园区", "address": f"{MARK}路1号", "declared_count": 1}
    zone = add_zone(draft, fields, revision=draft.revision, **said)
    draft.refresh_from_db()
    add_rows(zone, [entity.pk], revision=draft.revision, **said)
    draft.refresh_from_db()
    comment = DeclarationComment.plain.create(
        declaration=draft, declared_zone=zone, field="name", text=f"{MARK}意见", made_by=lead
    )
    return draft, zone, comment


def _terms() -> dict[str, Model]:
    """Return a term of each table."""
    since = timezone.localdate()
    return {
        "safety": SafetyTerm.plain.create(
            domain=Domain.FOOD_DRUG, words="遍历", since=since, certain=True
        ),
        "four-new": FourNewTerm.plain.create(
            by=FourNewTerm.By.TERM, words="遍历", novelty=Novelty.FORM, since=since
        ),
    }


def _draft() -> PolicyVersion:
    today = timezone.localdate()
    drafter = make_user(Role.MUNICIPAL_OFFICER)
    since = today + timedelta(days=400)
    values = {"export.kept_days": 30}
    return draft_version(values, title="试验", since=since, by=drafter, today=today)


def _locked_out(officer: User) -> AccessAttempt:
    return AccessAttempt.objects.create(
        username=officer.username, ip_address="10.9.9.9", failures_since_start=5
    )


def _job(officer: User) -> Job:
    job = Job(kind="bulk", title=f"{MARK}任务", started_by=officer, params={"file_name": "甲.csv"})
    job.error_file.save("甲_错误.csv", ContentFile(MARK.encode()), save=False)
    job.save()
    return job


def _export(officer: User, **fields: Any) -> Export:
    export = Export(
        kind="entities",
        title=f"{MARK}导出",
        on=timezone.localdate(),
        columns=["name", "code"],
        place=place_of(officer),
        reason=f"{MARK}导出理由",
        counted=1,
        filed_by=officer,
        **fields,
    )
    export.save()
    return export


def _produced(officer: User, lead: User) -> Export:
    """Return an export that was approved, and whose file waits to be taken."""
    now = timezone.now()
    export = _export(
        officer,
        needs_approval=True,
        decided_by=lead,
        decided_at=now,
        status=Export.Status.DONE,
        serial_year=now.year,
        serial_number=900_000,
        sha256="0" * 64,
        rows=1,
        produced_at=now,
        kept_until=now + timedelta(days=7),
    )
    export.file.save("甲.xlsx", ContentFile(MARK.encode()))
    return export


def _live(officer: User) -> LiveSession:
    now = timezone.now()
    return LiveSession.plain.create(
        user=officer, address="10.9.9.9", started_at=now, last_seen_at=now
    )
