"""Staging: what a run wants to move, written to work tables before anything is applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from membership.evaluation import (
    ANCHORS,
    ENTITIES,
    MET,
    NOT_MET,
    OCCUPANTS,
    UNDECIDED,
    Anchor,
    compiled,
    judged,
    says,
)
from membership.models import GroundName, Run, StagedMove, StagedWatch
from membership.rules.base import Moment
from membership.turning import boundary_days_sql
from policy.limits import limits_in_force, turning_between


@dataclass(frozen=True)
class Staged:
    moves: int
    watches: int


def take_changes(
    run: Run,
    started_on: date,
    keys: tuple[int, int] | None,
    entities: list[int],
    *,
    only_look: bool = False,
) -> int:
    """Take waiting FactChange rows and lay out the days to judge in temporary tables.

    ``took (entity_id, from_day)`` has an entity once, with its earliest day, not before tagging
    began; ``days (entity_id, day)`` every day before the run's on which it must be judged.
    Taking goes before evaluating: a fact is committed with its change, so what is taken is seen.
    A rehearsal (``only_look``) takes nothing and locks nothing.
    """
    where, params = among(keys, entities)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS took, days")
        if not only_look:
            cursor.execute(
                f"UPDATE entities_factchange SET taken_by = %s, taken_at = statement_timestamp()"
                f" WHERE taken_by IS NULL AND from_day <= %s AND {where}",
                [run.pk, run.on, *params],
            )
        ours = "taken_by IS NULL AND from_day <= %s" if only_look else "taken_by = %s"
        cursor.execute(
            f"""
            CREATE TEMPORARY TABLE took ON COMMIT DROP AS
            SELECT entity_id, GREATEST(MIN(from_day), %s) AS from_day
            FROM entities_factchange WHERE {ours} AND {where} GROUP BY entity_id
            """,
            [started_on, run.on if only_look else run.pk, *params],
        )
        cursor.execute("SELECT count(*) FROM took")
        taken = cursor.fetchone()[0]
    _lay_out_days(run, started_on)
    return taken


def _lay_out_days(run: Run, started_on: date) -> None:
    turning = [day for day in turning_between(started_on, run.on) if day < run.on]
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE days ON COMMIT DROP AS {boundary_days_sql()}"
            " UNION SELECT entity_id, day FROM took, unnest(%s::date[]) AS day"
            " WHERE day > from_day",
            [run.on, turning],
        )
        cursor.execute("DELETE FROM days WHERE day >= %s", [run.on])
        cursor.execute("ANALYZE took, days")


def drop_staged(run: Run) -> None:
    """Forget what a run wanted: its moves and watches are staged anew or not at all."""
    for model in (StagedMove, StagedWatch):
        model.objects.for_system("emptying a work table").filter(run=run).delete()


def among(keys: tuple[int, int] | None, entities: list[int]) -> tuple[str, list]:
    if keys is not None:
        return "entity_id BETWEEN %s AND %s", list(keys)
    return "entity_id = ANY(%s)", [entities]


def stage(
    run: Run,
    keys: tuple[int, int] | None,
    entities: list[int],
    everyone_on: Sequence[date] = (),
) -> Staged:
    """Judge the past days of what was taken, then everyone of the range on the run's day.

    ``everyone_on``: earlier days on which all are judged, because a policy version began on them.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT day FROM days")
        past = {row[0] for row in cursor.fetchall()} | set(everyone_on)
    whom = Whom(run, keys, entities)
    moves = watches = 0
    for day in sorted(past):
        done = whom.stage(day, everyone=day in everyone_on, overlaid=True)
        moves, watches = moves + done.moves, watches + done.watches
    done = whom.stage(run.on, everyone=True, overlaid=bool(moves or watches))
    return Staged(moves + done.moves, watches + done.watches)


class Whom:
    """Whom a run judges in one transaction: a range of keys, or a few entities by name."""

    def __init__(self, run: Run, keys: tuple[int, int] | None, entities: list[int]) -> None:
        self.run, self.keys, self.entities = run, keys, entities
        # Most ranges hold nobody in a zone; what would join nothing is not asked.
        where, params = among(keys, entities)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT EXISTS (SELECT FROM zones_occupant WHERE {where})", params)
            self.anchors = ANCHORS if cursor.fetchone()[0] else (ENTITIES,)

    def stage(self, day: date, *, everyone: bool, overlaid: bool) -> Staged:
        """Stage one day, of every anchor; ``everyone`` or those of ``days`` who turn on it.

        ``overlaid`` says that earlier days of this run may already have staged something, which
        then stands before the ledger.
        """
        moves = watches = 0
        limits = limits_in_force(day)
        for anchor in self.anchors:
            rows = judged(Moment(day, keys=self.keys), limits, anchor)
            if not everyone:
                turning = RawSQL("SELECT entity_id FROM days WHERE day = %s", [day])
                rows = rows.filter(**{f"{anchor.key}__in": turning})
            elif self.keys is None:
                rows = rows.filter(**{f"{anchor.key}__in": self.entities})
            done = _stage_rows(self.run, day, rows, _Parts(anchor, overlaid))
            moves, watches = moves + done.moves, watches + done.watches
        return Staged(moves, watches)


def _stage_rows(run: Run, day: date, rows: QuerySet, parts: _Parts) -> Staged:
    """Write the differences between what the rules want and what is open on that day."""
    sql, params = compiled(rows)
    known: dict[str, Any] = {"run": int(run.pk), "day": f"DATE '{day:%Y-%m-%d}'"}
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS wanted")
        # A table of its own, because PostgreSQL judges in parallel only where nothing is written.
        cursor.execute(
            "CREATE TEMPORARY TABLE wanted ON COMMIT DROP AS"
            f" SELECT * FROM ({sql}) q WHERE {parts.interesting.format(**known)}",
            params,
        )
        cursor.execute(parts.moves.format(**known))
        moves = cursor.rowcount
        if parts.anchor is OCCUPANTS:
            return Staged(moves, 0)
        cursor.execute(WATCHES.format(**parts.watch(**known), **known))
        return Staged(moves, cursor.rowcount)


MOVES = f"""
    INSERT INTO membership_stagedmove (run_id, entity_id, occupant_id, ground, day, move)
    SELECT {{{{run}}}}, {{entity}}, {{occupant}}, v.ground, {{{{day}}}},
           CASE WHEN v.code = {MET} THEN 'open' ELSE 'close' END
    FROM wanted w CROSS JOIN LATERAL (VALUES {{grounds}}) v(ground, code, is_open)
    WHERE (v.code = {MET} AND NOT v.is_open) OR (v.code = {NOT_MET} AND v.is_open)
"""

WATCHES = """
    INSERT INTO membership_stagedwatch (run_id, entity_id, day, undecided, review)
    SELECT {run}, w.id, {day}, w.undecided, w.review
    FROM wanted w {earlier_watch}
    WHERE w.undecided IS DISTINCT FROM {old_undecided} OR w.review IS DISTINCT FROM {old_review}
"""


class _Parts:
    """The pieces of the staging statement, with and without earlier staged days."""

    def __init__(self, anchor: Anchor, overlaid: bool) -> None:
        self.anchor, self.overlaid = anchor, overlaid

    @property
    def interesting(self) -> str:
        """The condition that something may have to be written, on the judged row ``q``."""
        found = [
            f"q.{says(ground)} <> CASE WHEN q.ground_{ground} IS NULL THEN {NOT_MET} ELSE {MET} END"
            for ground in self.anchor.grounds
        ]
        entity, _ = self.anchor.columns("q")
        tables = ["membership_stagedmove"]
        if self.anchor is ENTITIES:
            found += [
                "q.watch_row IS NOT NULL",
                f"q.calls = {NOT_MET}",
                f"q.{says(GroundName.ZONE)} = {UNDECIDED}",
            ]
            tables.append("membership_stagedwatch")
        if self.overlaid:
            found += [
                f"EXISTS (SELECT FROM {table} s"
                f" WHERE s.run_id = {{run}} AND s.entity_id = {entity})"
                for table in tables
            ]
        return " OR ".join(found)

    @property
    def moves(self) -> str:
        entity, occupant = self.anchor.columns("w")
        grounds = ", ".join(
            f"('{ground}', w.{says(ground)}, {self._is_open(ground)})"
            for ground in self.anchor.grounds
        )
        return MOVES.format(entity=entity, occupant=occupant, grounds=grounds)

    def _is_open(self, ground: GroundName) -> str:
        ledger = f"w.ground_{ground} IS NOT NULL"
        if not self.overlaid:
            return ledger
        entity, occupant = self.anchor.columns("w")
        return (
            "COALESCE((SELECT s.move = 'open' FROM membership_stagedmove s"
            f" WHERE s.run_id = {{run}} AND s.entity_id = {entity} AND s.ground = '{ground}'"
            f" AND s.occupant_id IS NOT DISTINCT FROM {occupant}"
            f" AND s.day < {{day}} ORDER BY s.day DESC LIMIT 1), {ledger})"
        )

    def watch(self, run: int, day: str) -> dict[str, str]:
        earlier = ""
        if self.overlaid:
            earlier = (
                "LEFT JOIN LATERAL (SELECT s.undecided, s.review FROM membership_stagedwatch s"
                f" WHERE s.run_id = {run} AND s.entity_id = w.id AND s.day < {day}"
                " ORDER BY s.day DESC LIMIT 1) earlier ON TRUE"
            )
        return {
            "earlier_watch": earlier,
            "old_undecided": self._old("undecided"),
            "old_review": self._old("review"),
        }

    def _old(self, column: str) -> str:
        before = f"w.watch_{column}::text[]"
        if self.overlaid:
            before = f"earlier.{column}::text[], {before}"
        return f"COALESCE({before}, ARRAY[]::text[])"
