"""How addresses with arguments name the other district's rows, each slug of ours in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone

from desk.bulk import BULK_VERBS
from desk.entity_actions import ENTITY_ACTIONS
from desk.exports.registry import KINDS
from desk.terms import TERM_TABLES
from desk.views.accounts import ACTS
from policy.limits import limits_in_force
from staff.models import Unit
from tests.walk.addresses import ADDRESSES, Address
from tests.walk.order_filled import ORDER_FILLED
from tests.walk.paper_filled import PAPER_FILLED
from tests.walk.redline_filled import LIST_FILLED
from tests.walk.violation_filled import VIOLATION_FILLED
from tests.walk.world import World
from tests.walk.zone_filled import ZONE_FILLED
from zones.models import Round

Values = dict[str, Callable[[World], Any]]


@dataclass(frozen=True)
class Place:
    """One address filled in; ``case`` tells those of one name apart."""

    address: Address
    case: str
    url: str

    @property
    def name(self) -> str:
        return self.address.name

    @property
    def title(self) -> str:
        return f"{self.name} {self.case}".strip()


def row(pk: Callable[[World], Any]) -> dict[str, Values]:
    """One row, named by its key."""
    return {"": {"pk": pk}}


def each(argument: str, slugs: Iterable[str], **values: Callable[[World], Any]) -> dict:
    """One filling for every slug, the other arguments the same in all."""
    return {slug: {argument: lambda world, slug=slug: slug, **values} for slug in slugs}


def _version(world: World) -> int:
    return limits_in_force(timezone.localdate()).version.pk


def _declaration(world: World) -> int:
    return world.declaration.pk


def _draft(world: World) -> int:
    return world.draft.pk


FILLED: dict[str, dict[str, Values]] = {
    "desk:entity-detail": row(lambda w: w.entity.pk),
    "desk:entity-contact": row(lambda w: w.entity.pk),
    "desk:entity-action": each("action", ENTITY_ACTIONS, pk=lambda w: w.entity.pk),
    "desk:undecided-decide": row(lambda w: w.entity.pk),
    "desk:bulk-begin": each("verb", BULK_VERBS),
    "desk:bulk-confirm": each("verb", BULK_VERBS, token=lambda w: "0" * 32),
    "desk:declaration-detail": row(_declaration),
    "desk:declaration-edit": row(_declaration),
    "desk:declaration-findings": row(_declaration),
    "desk:declaration-explain": row(_declaration),
    "desk:declaration-zone-add": row(_declaration),
    "desk:declaration-upload": row(_declaration),
    "desk:declaration-file": row(_declaration),
    "desk:declaration-step": row(_declaration),
    "desk:declaration-effect": row(_declaration),
    "desk:declaration-comment": row(_declaration),
    "desk:declaration-annex": row(_declaration),
    "desk:declaration-form": row(_declaration),
    "desk:declaration-zone-remove": {"": {"pk": _declaration, "zone": lambda w: w.declared.pk}},
    "desk:declaration-roster": {"": {"pk": _declaration, "zone": lambda w: w.declared.pk}},
    "desk:declaration-roster-edit": {"": {"pk": _declaration, "zone": lambda w: w.declared.pk}},
    "desk:declaration-roster-save": {"": {"pk": _declaration, "zone": lambda w: w.declared.pk}},
    "desk:declaration-settle": {"": {"pk": _declaration, "comment": lambda w: w.comment.pk}},
    "desk:declaration-uncomment": {"": {"pk": _declaration, "comment": lambda w: w.comment.pk}},
    "desk:declaration-bulk-result": {"": {"token": lambda w: "0" * 32}},
    "desk:round-edit": row(lambda w: Round.plain.first().pk),
    "desk:operation-detail": row(lambda w: w.operation.pk),
    "desk:operation-undo": row(lambda w: w.operation.pk),
    "desk:exclusion-decide": row(lambda w: w.request.pk),
    "desk:run-detail": row(lambda w: w.run.pk),
    "desk:run-release": row(lambda w: w.held.pk),
    "desk:version-detail": {"in force": {"pk": _version}, "draft": {"pk": _draft}},
    "desk:version-rehearse": row(_draft),
    "desk:version-approve": row(_draft),
    "desk:version-withdraw": row(_draft),
    "desk:term-list": each("table", TERM_TABLES),
    "desk:term-add": each("table", TERM_TABLES),
    "desk:term-end": {
        name: {"table": lambda w, name=name: name, "pk": lambda w, name=name: w.terms[name].pk}
        for name in TERM_TABLES
    },
    "desk:job-detail": row(lambda w: w.job.pk),
    "desk:job-cancel": row(lambda w: w.job.pk),
    "desk:job-errors": row(lambda w: w.job.pk),
    "desk:export-new": each("kind", KINDS),
    "desk:export-detail": {
        "done": {"pk": lambda w: w.export.pk},
        "filed": {"pk": lambda w: w.asked.pk},
    },
    "desk:export-decide": row(lambda w: w.asked.pk),
    "desk:export-file": row(lambda w: w.export.pk),
    "desk:account-detail": row(lambda w: w.officer.pk),
    "desk:unit-fields": row(lambda w: Unit.objects.first().pk),
    "desk:account-grant": row(lambda w: w.officer.pk),
    "desk:account-act": each("name", ACTS, pk=lambda w: w.officer.pk),
    "desk:audit-operation": {"": {"key": lambda w: w.done_as}},
    "staff:session-end": row(lambda w: w.live.pk),
    "staff:second-factor-reset": row(lambda w: w.officer.pk),
    **ZONE_FILLED,
    **LIST_FILLED,
    **PAPER_FILLED,
    **VIOLATION_FILLED,
    **ORDER_FILLED,
}
"""For each address with arguments its cases; the admin's name the other district's bureau."""

QUERY = {"desk:account-grant": "?role=municipal_lead"}
"""What an address must ask for before it does anything."""


def places_of(address: Address, world: World) -> list[Place]:
    if not address.arguments:
        return [Place(address, "", reverse(address.name))]
    if address.name.startswith("admin:"):
        given = {"object_id": world.bureau.pk, "app_label": "staff"}
        given |= {"content_type_id": 1, "url": "x"}
        return [Place(address, "", address.url(given))]
    return [
        Place(
            address,
            case,
            address.url({name: fill(world) for name, fill in values.items()})
            + QUERY.get(address.name, ""),
        )
        for case, values in FILLED[address.name].items()
    ]


def places(world: World) -> list[Place]:
    """Return every address of the site, each in all its cases."""
    return [place for address in ADDRESSES for place in places_of(address, world)]


def sent(world: World) -> dict[str, Any]:
    """Return what is sent to every address: the other's keys and good values, by likely name."""
    rows = [world.entity.pk, world.proposal.pk]
    return {
        **{name: rows for name in ("ids", "entity", "entities", "chosen", "proposals", "keys")},
        **{"reason": "试验的理由", "opinion": "试验的意见", "title": "试验"},
        **{"step": "approve", "action": "approve", "decision": "accept", "accept": "1"},
        **{"username": world.officer.username, "address": world.attempt.ip_address},
        **{"name": "改过的姓名", "bureau": world.bureau.pk, "path": "/"},
        **{"domain": "food_drug", "verdict": 1, "since": timezone.localdate().isoformat()},
    }
