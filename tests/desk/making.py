"""Grounds, watches and decisions as a run would write them."""

from typing import Any

from django.utils import timezone

from entities.models import Entity
from membership.models import Decision, Ground, Run, Watch, WordingVersion
from policy.limits import limits_in_force
from tests.factories import SINCE


def hold(entity: Entity, ground: str, **fields: Any) -> Ground:
    """Open a ground for an entity."""
    return Ground.objects.create(**{"entity": entity, "ground": ground, "since": SINCE} | fields)


def watch(entity: Entity, **fields: Any) -> Watch:
    """Put an entity on 待核实 or 重点关注."""
    return Watch.objects.create(entity=entity, since=SINCE, **fields)


def make_run(kind: str = Run.Kind.SETTLE, **fields: Any) -> Run:
    today = timezone.localdate()
    return Run.objects.create(
        **{
            "kind": kind,
            "status": Run.Status.DONE,
            "on": today,
            "policy_version": limits_in_force(today).version,
            "finished_at": timezone.now(),
        }
        | fields
    )


def move(entity: Entity, ground: str, move: str, cause: str) -> Decision:
    """Record that a ground opened or closed now."""
    run = make_run()
    wordings = WordingVersion.objects.first() or WordingVersion.objects.create(
        digest="test", wordings={}
    )
    return Decision.objects.create(
        entity=entity,
        run=run,
        ground=ground,
        move=move,
        day=run.on,
        findings=[],
        cause=cause,
        policy_version=run.policy_version,
        wording_version=wordings,
    )
