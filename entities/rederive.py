"""Writes derived facts: safety readings, and the four-new marks that follow from rules.

One function serves an officer's action on one entity, an import's chunk and the job that goes over
the whole city after a term table changed. The caller holds a transaction and the locks named in
``entities.locks``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from core.dated import Dated
from core.jobs import Handle
from entities.changes import BULK, record_changes
from entities.choices import MarkOrigin
from entities.derivation import (
    FourNewReader,
    Mark,
    SafetyReader,
    TableReader,
    combine,
    same_mark,
    same_reading,
)
from entities.locks import alone_in_bulk, terms_hold_still
from entities.models import (
    Entity,
    FourNewMark,
    FourNewProposal,
    FourNewVeto,
    Licence,
    SafetyReading,
    SafetyStatement,
)
from entities.placing import place_fields
from entities.timelines import Segment, merged, reaching, rewrite, turning_days

CHUNK = 5000
MUNICIPAL = (MarkOrigin.LIST, MarkOrigin.DECISION)
DERIVED = (MarkOrigin.RULE, MarkOrigin.DISTRICT)


def derive_safety(entity_ids: Collection[int], from_day: date) -> dict[int, date]:
    """Write the safety readings of entities from a day on, differences only (readings 2).

    Returns the first changed day of each entity that changed. Days on which a licence, a statement
    or a term begins or ends cut the readings, also days to come.
    """
    terms_hold_still()
    wordings = Wordings(SafetyReader, from_day)
    licences = _by_entity(reaching(Licence, entity_ids, from_day))
    statements = _by_entity(reaching(SafetyStatement, entity_ids, from_day))
    wanted: dict[int, list[Segment]] = {}
    for entity_id, scope, industry in _texts(entity_ids):
        facts = (*licences[entity_id], *statements[entity_id])
        days = sorted({*turning_days(facts, from_day), *wordings.days})
        readings = [
            combine(
                wordings.read(scope, industry, day),
                _holding(licences[entity_id], day),
                _holding(statements[entity_id], day),
            )
            for day in days
        ]
        columns = [reading.columns() if reading else None for reading in readings]
        wanted[entity_id] = merged(days, columns, same_reading)
    return rewrite(SafetyReading, wanted, from_day, same_reading, source="系统判定")


def derive_four_new(entity_ids: Collection[int], from_day: date) -> dict[int, date]:
    """Write the marks that follow from the rule table and from filed proposals (readings 3).

    A mark or veto of the city goes before the rule table, the rule table before a district's
    proposal. Returns the first changed day of each entity that changed.
    """
    terms_hold_still()
    wordings = Wordings(FourNewReader, from_day)
    municipal = _by_entity(reaching(FourNewMark, entity_ids, from_day, origin__in=MUNICIPAL))
    vetoes = _by_entity(reaching(FourNewVeto, entity_ids, from_day))
    proposals = _filed_proposals(entity_ids)
    wanted: dict[int, list[Segment]] = {}
    for entity_id, scope, industry in _texts(entity_ids):
        decided = (*municipal[entity_id], *vetoes[entity_id])
        proposal = proposals.get(entity_id)
        filed_on = timezone.localdate(proposal.filed_at) if proposal else None
        days = {*turning_days(decided, from_day), *wordings.days}
        if filed_on is not None and filed_on > from_day:
            days.add(filed_on)
        values: list[Mapping[str, Any] | None] = []
        for day in sorted(days):
            columns: Mapping[str, Any] | None = None
            if not _holding(decided, day):
                mark = wordings.read(scope, industry, day)
                columns = _marked_by(mark, proposal if filed_on and filed_on <= day else None)
            values.append(columns)
        wanted[entity_id] = merged(sorted(days), values, same_mark)
    return rewrite(FourNewMark, wanted, from_day, same_mark, source="系统判定", origin__in=DERIVED)


def _marked_by(mark: Mark | None, proposal: FourNewProposal | None) -> dict[str, Any] | None:
    if mark is not None:
        return {
            "origin": MarkOrigin.RULE,
            "novelties": mark.novelties,
            "evidence": mark.evidence,
        }
    if proposal is not None:
        said = {"origin": "proposal", "words": proposal.reason, "row": proposal.pk}
        return {
            "origin": MarkOrigin.DISTRICT,
            "novelties": sorted(proposal.novelties),
            "evidence": [said],
        }
    return None


class Wordings:
    """The readers of each stretch of days between two changes of a term table, from a day on."""

    def __init__(self, table: type[TableReader], from_day: date) -> None:
        self.days = [from_day, *table.turning_after(from_day)]
        self.readers = {day: table.on(day) for day in self.days}
        self._last: tuple[tuple[str, str, date], Any] | None = None

    def read(self, scope: str, industry: str, day: date) -> Any:
        """Return what the table in force on ``day`` says; asked twice in a row, it reads once."""
        begun = max(known for known in self.days if known <= day)
        asked = (scope, industry, begun)
        if self._last is None or self._last[0] != asked:
            self._last = (asked, self.readers[begun].read(scope, industry))
        return self._last[1]


def _texts(entity_ids: Collection[int]) -> Iterable[tuple[int, str, str]]:
    return (
        Entity.objects.for_system("deriving from scopes")
        .filter(pk__in=list(entity_ids))
        .order_by("pk")
        .values_list("pk", "business_scope", "industry")
    )


def _by_entity(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.entity_id].append(row)
    return found


def _holding(rows: Sequence[Dated], day: date) -> list[Any]:
    return [row for row in rows if row.since <= day and (row.until is None or row.until > day)]


def _filed_proposals(entity_ids: Collection[int]) -> dict[int, FourNewProposal]:
    rows = FourNewProposal.objects.for_system("deriving district marks").filter(
        entity_id__in=list(entity_ids),
        status=FourNewProposal.Status.FILED,
        kind=FourNewProposal.Kind.PROPOSE,
    )
    return {row.entity_id: row for row in rows}


def record(changed: Mapping[int, date], cause: str, *, by: Any = None) -> int:
    """Write FactChange rows for what a derivation changed, from each entity's own first day."""
    groups: dict[date, list[int]] = defaultdict(list)
    for entity_id, day in changed.items():
        groups[day].append(entity_id)
    bulk = len(changed) > BULK
    return sum(
        record_changes(ids, day, cause, by=by, bulk=bulk) for day, ids in sorted(groups.items())
    )


def work_safety(handle: Handle) -> dict[str, Any]:
    """Derive the safety readings of every entity anew, after the term table changed."""
    return _go_over(handle, derive_safety, "安全领域用语表变动")


def work_four_new(handle: Handle) -> dict[str, Any]:
    """Derive the rule marks of every entity anew, after the rule table changed."""
    return _go_over(handle, derive_four_new, "“四新”判定规则变动")


def _go_over(handle: Handle, derive: Any, cause: str) -> dict[str, Any]:
    """Go over all entities by key, a chunk a transaction; a second attempt goes on where it was.

    Parameter ``from_day`` (ISO day): the first day of the edit; absent, the day the job was filed.
    Each chunk keeps its checkpoint in its own transaction, so killing the worker doubles nothing.
    """
    filed_on = timezone.localdate(handle.job.created_at)
    from_day = date.fromisoformat(handle.job.params.get("from_day") or filed_on.isoformat())
    entities = Entity.objects.for_system("deriving for all entities")
    last_key = entities.aggregate(last=Max("pk"))["last"] or 0
    seen = {"last": 0, "judged": 0, "changed": 0} | handle.job.checkpoint
    handle.progress(seen["last"], last_key, "重新判定")
    while True:
        with transaction.atomic():
            alone_in_bulk()
            ids = lock_chunk(seen["last"])
            if not ids:
                break
            changed = derive(ids, from_day)
            record(changed, cause)
            place_fields(list(changed), on=timezone.localdate())
            seen = {
                "last": ids[-1],
                "judged": seen["judged"] + len(ids),
                "changed": seen["changed"] + len(changed),
            }
            handle.keep(**seen)
        handle.progress(seen["last"], last_key)
    return {"judged": seen["judged"], "changed": seen["changed"]}


def lock_chunk(after: int) -> list[int]:
    """Lock the next entities' rows in ascending order and return their keys."""
    return list(
        Entity.objects.for_system("deriving for all entities")
        .filter(pk__gt=after)
        .order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk", flat=True)[:CHUNK]
    )
