"""A district whose rows nobody elsewhere may see, one of each kind, and its marks to look for."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from core.models import Export, Job
from entities.actions.four_new import propose_four_new
from entities.actions.safety import state_safety
from entities.choices import Domain, Novelty, Verdict
from entities.models import Entity, FourNewProposal, Operation, SafetyStatement, SafetyTerm
from membership.actions import request_exclusion
from membership.models import ExclusionRequest, Run
from policy.limits import limits_in_force
from staff.models import Bureau, LiveSession, User
from staff.roles import Role
from tests.desk.making import hold, make_run, move, watch
from tests.factories import make_bureau, make_entity, make_station, make_user

MARK = "外区标记"
PHONE = "13987651234"


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
    term: SafetyTerm

    def standing(self) -> dict[str, Any]:
        """Return what must not have changed after strangers tried everything."""
        rows = (self.proposal, self.request, self.job, self.export, self.live, self.officer)
        for row in (*rows, self.held, self.entity):
            row.refresh_from_db()
        return {
            "proposal": self.proposal.status,
            "request": self.request.status,
            "job": (self.job.status, self.job.cancel_asked),
            "export": self.export.status,
            "session": self.live.ended_at,
            "account": (self.officer.is_active, self.officer.role, self.officer.password),
            "run": self.held.status,
            "statements": SafetyStatement.plain.count(),
            "operations": Operation.plain.count(),
            "entity": (self.entity.name, self.entity.status),
        }


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
    return World(
        bureau=bureau,
        officer=officer,
        lead=lead,
        entity=entity,
        operation=stated.operation,
        proposal=proposal,
        request=request,
        job=_job(officer),
        export=_export(officer),
        run=make_run(),
        held=make_run(status=Run.Status.HELD, finished_at=None, held_reason="首次打标须由人放行"),
        live=_live(officer),
        term=SafetyTerm.plain.order_by("pk").first()
        or SafetyTerm.plain.create(
            domain=Domain.FOOD_DRUG, words="试验", since=today, certain=True
        ),
    )


def _version(world: World) -> int:
    return limits_in_force(timezone.localdate()).version.pk


def _job(officer: User) -> Job:
    job = Job(kind="bulk", title=f"{MARK}任务", started_by=officer, params={"file_name": "甲.csv"})
    job.error_file.save("甲_错误.csv", ContentFile(MARK.encode()), save=False)
    job.save()
    return job


def _export(officer: User) -> Export:
    export = Export(
        kind="entities",
        title=f"{MARK}导出",
        on=timezone.localdate(),
        columns=["name"],
        place=[],
        reason=f"{MARK}导出理由",
        counted=1,
        needs_approval=True,
        filed_by=officer,
    )
    export.save()
    return export


def _live(officer: User) -> LiveSession:
    now = timezone.now()
    return LiveSession.plain.create(
        user=officer, address="10.9.9.9", started_at=now, last_seen_at=now
    )


FILLED: dict[str, dict[str, Callable[[World], Any]]] = {
    "desk:entity-detail": {"pk": lambda w: w.entity.pk},
    "desk:entity-contact": {"pk": lambda w: w.entity.pk},
    "desk:entity-action": {"pk": lambda w: w.entity.pk, "action": lambda w: "state-safety"},
    "desk:undecided-decide": {"pk": lambda w: w.entity.pk},
    "desk:bulk-begin": {"verb": lambda w: "state-safety"},
    "desk:bulk-confirm": {"verb": lambda w: "state-safety", "token": lambda w: "0" * 32},
    "desk:operation-detail": {"pk": lambda w: w.operation.pk},
    "desk:operation-undo": {"pk": lambda w: w.operation.pk},
    "desk:exclusion-decide": {"pk": lambda w: w.request.pk},
    "desk:run-detail": {"pk": lambda w: w.run.pk},
    "desk:run-release": {"pk": lambda w: w.held.pk},
    "desk:version-detail": {"pk": _version},
    "desk:version-rehearse": {"pk": _version},
    "desk:version-approve": {"pk": _version},
    "desk:version-withdraw": {"pk": _version},
    "desk:term-list": {"table": lambda w: "safety"},
    "desk:term-add": {"table": lambda w: "safety"},
    "desk:term-end": {"table": lambda w: "safety", "pk": lambda w: w.term.pk},
    "desk:job-detail": {"pk": lambda w: w.job.pk},
    "desk:job-cancel": {"pk": lambda w: w.job.pk},
    "desk:job-errors": {"pk": lambda w: w.job.pk},
    "desk:export-new": {"kind": lambda w: "entities"},
    "desk:export-detail": {"pk": lambda w: w.export.pk},
    "desk:export-decide": {"pk": lambda w: w.export.pk},
    "desk:export-file": {"pk": lambda w: w.export.pk},
    "desk:account-detail": {"pk": lambda w: w.officer.pk},
    "desk:account-grant": {"pk": lambda w: w.officer.pk},
    "desk:account-act": {"pk": lambda w: w.officer.pk, "name": lambda w: "disable"},
    "desk:audit-operation": {"key": lambda w: uuid.uuid4()},
    "staff:session-end": {"pk": lambda w: w.live.pk},
    "staff:second-factor-reset": {"pk": lambda w: w.officer.pk},
}
"""How an address with arguments names the other district's rows; the admin's name its bureau."""


def sent(world: World) -> dict[str, Any]:
    """Return what strangers send to every address: foreign keys under each likely name."""
    return {
        **{name: world.entity.pk for name in ("ids", "entity", "entities", "chosen")},
        **{name: world.proposal.pk for name in ("proposal", "proposals", "keys")},
        **{"reason": "试验的理由", "opinion": "试验的意见"},
        **{"decision": "accept", "action": "approve"},
        **{"domain": "food_drug", "verdict": 1, "since": timezone.localdate().isoformat()},
    }
