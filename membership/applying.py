"""Applying: staged moves become decisions, decisions become grounds, a range a transaction."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models.expressions import RawSQL

from membership.evaluation import (
    MET,
    NOT_MET,
    OCCUPANTS,
    anchor_of,
    compiled,
    findings_of,
    judged,
    says,
)
from membership.models import GroundName, Run
from membership.rules.base import Moment
from membership.staging import among
from membership.wordings import current_wordings
from policy.limits import limits_in_force

UNEXPLAINED = "unexplained"


FEW = 5_000
"""Up to so many moves are looked up by key; more are judged with their whole range, hashed."""


def apply(
    run: Run,
    keys: tuple[int, int] | None,
    entities: list[int],
    cause: str,
    staged_at: datetime | None = None,
) -> int:
    """Apply what the run staged for these entities; return how many moves were made.

    The facts are read again: a move that they no longer want is dropped, since the change that
    undid it waits as a FactChange of its own. ``cause`` is what is written where no FactChange of
    the run explains a move. ``staged_at`` is when the range was staged, where that was in an
    earlier transaction: what settle judged since stands.
    """
    where, params = among(keys, entities)
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        at = cursor.fetchone()[0]
        cursor.execute("DROP TABLE IF EXISTS due, causes, moved, cut")
        _lay_out(run, where, params)
        cursor.execute(
            """
            CREATE TEMPORARY TABLE moved (
                decision_id bigint, entity_id bigint, ground varchar(10), occupant_id bigint,
                day date, move varchar(5)
            ) ON COMMIT DROP
            """
        )
        cursor.execute("SELECT DISTINCT day, ground FROM due ORDER BY day")
        for day, ground in cursor.fetchall():
            _decide(run, day, GroundName(ground), keys, cause, at)
        cursor.execute("SELECT count(*) FROM moved")
        moved = cursor.fetchone()[0]
        if moved:
            cursor.execute("ANALYZE moved")
            _move_grounds(at, f"评估{run.pk}")
        _move_watches(run, (where, params), at, staged_at)
        for table in ("membership_stagedmove", "membership_stagedwatch"):
            cursor.execute(f"DELETE FROM {table} WHERE run_id = %s AND {where}", [run.pk, *params])
    return moved


def _lay_out(run: Run, where: str, params: list) -> None:
    """Copy what is due, and why, into temporary tables: the planner can be told their size.

    The application may not ANALYZE the work tables themselves, and a plan made for an empty one
    takes minutes over a full one.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            CREATE TEMPORARY TABLE due ON COMMIT DROP AS
            SELECT entity_id, ground, occupant_id, day, move, LAG(day) OVER (
                       PARTITION BY entity_id, ground, occupant_id ORDER BY day
                   ) AS previous
            FROM membership_stagedmove WHERE run_id = %s AND {where}
            """,
            [run.pk, *params],
        )
        cursor.execute(
            f"""
            CREATE TEMPORARY TABLE causes ON COMMIT DROP AS
            SELECT entity_id, string_agg(DISTINCT cause, '、') AS cause
            FROM entities_factchange WHERE taken_by = %s AND {where} GROUP BY entity_id
            """,
            [run.pk, *params],
        )
        cursor.execute("ANALYZE due, causes")


def _chosen(day: date, ground: GroundName) -> list[int] | RawSQL:
    """Return the entities or occupants that are due: a few by name, looked up by key.

    The planner would not turn a subquery around so many joins. Many are judged with their range,
    hashed.
    """
    key = "occupant_id" if anchor_of(ground) is OCCUPANTS else "entity_id"
    due = f"SELECT {key} FROM due WHERE ground = %s AND day = %s"
    params: list[Any] = [ground.value, day]
    with connection.cursor() as cursor:
        cursor.execute(f"{due} LIMIT {FEW + 1}", params)
        chosen = [row[0] for row in cursor.fetchall()]
    return chosen if len(chosen) <= FEW else RawSQL(due, params)  # nosec B611 # compiled by the ORM


def _decide(
    run: Run,
    day: date,
    ground: GroundName,
    keys: tuple[int, int] | None,
    cause: str,
    at: datetime,
) -> None:
    """Write the decisions of one day and ground, each with its findings."""
    limits, anchor = limits_in_force(day), anchor_of(ground)
    held = f"ground_{ground}"
    judging = judged(Moment(day, keys=keys), limits, anchor).filter(pk__in=_chosen(day, ground))
    rows = judging.annotate(findings=findings_of(ground, limits)).values(
        *("id", "entity_id") if anchor is OCCUPANTS else ("id",), says(ground), held, "findings"
    )
    entity, occupant = anchor.columns("f")
    facts, params = compiled(rows)
    version, wording = limits.version.pk, current_wordings().pk
    said = (run.pk, ground.value, cause, version, wording, at, ground.value, day, ground.value)
    values: list[Any] = [*params, *said]
    with connection.cursor() as cursor:
        cursor.execute(
            DECISIONS.format(
                facts=facts,
                entity=entity,
                occupant=occupant,
                code=f"f.{says(ground)}",
                held=f"f.{held}",
                met=MET,
                not_met=NOT_MET,
            ),
            values,
        )


DECISIONS = """
    WITH facts AS MATERIALIZED ({facts}), decided AS (
        INSERT INTO membership_decision (
            entity_id, occupant_id, run_id, ground, move, day, findings, cause, policy_version_id,
            wording_version_id, bureau_id_then, recorded_at
        )
        SELECT {entity}, {occupant}, %s, %s, s.move, s.day, f.findings,
               left(COALESCE(c.cause, %s), 200), %s, %s, e.bureau_id, %s
        FROM facts f
        JOIN due s ON s.entity_id = {entity} AND s.occupant_id IS NOT DISTINCT FROM {occupant}
            AND s.ground = %s AND s.day = %s
        JOIN entities_entity e ON e.id = s.entity_id
        LEFT JOIN causes c ON c.entity_id = s.entity_id
        WHERE s.move = CASE {code} WHEN {met} THEN 'open' WHEN {not_met} THEN 'close' END
          AND CASE WHEN s.previous IS NULL THEN (s.move = 'open') = ({held} IS NULL)
              ELSE (s.entity_id, COALESCE(s.occupant_id, 0), s.previous) IN (
                  SELECT entity_id, COALESCE(occupant_id, 0), day FROM moved WHERE ground = %s
              ) END
        RETURNING id, entity_id, ground, occupant_id, day, move
    )
    INSERT INTO moved SELECT id, entity_id, ground, occupant_id, day, move FROM decided
"""
"""The decisions of one day and ground. A move that the facts no longer want is dropped, so is a
first move that the ledger has already made, and so is what followed a dropped one: they leave the
entity to a change of its own."""


def _move_grounds(at: datetime, source: str) -> None:
    """Rewrite the days of the moved grounds: what was before stays, what follows is the moves."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            CREATE TEMPORARY TABLE cut ON COMMIT DROP AS
            SELECT g.id, f.first_day
            FROM (
                SELECT entity_id, ground, occupant_id, MIN(day) AS first_day
                FROM moved GROUP BY 1, 2, 3
            ) f
            JOIN membership_ground g ON g.entity_id = f.entity_id AND g.ground = f.ground
                AND g.occupant_id IS NOT DISTINCT FROM f.occupant_id
            WHERE g.superseded_at IS NULL AND (g.until IS NULL OR g.until > f.first_day)
            """
        )
        cursor.execute(
            "UPDATE membership_ground g SET superseded_at = %s FROM cut WHERE g.id = cut.id", [at]
        )
        cursor.execute(
            """
            INSERT INTO membership_ground
                (entity_id, ground, occupant_id, since, until, decision_id, recorded_at, source)
            SELECT g.entity_id, g.ground, g.occupant_id, g.since, cut.first_day, g.decision_id,
                   %s, %s
            FROM cut JOIN membership_ground g ON g.id = cut.id WHERE g.since < cut.first_day
            UNION ALL
            SELECT entity_id, ground, occupant_id, day, next_day, decision_id, %s, %s
            FROM (
                SELECT *, LEAD(day) OVER (
                    PARTITION BY entity_id, ground, occupant_id ORDER BY day
                ) AS next_day
                FROM moved
            ) m WHERE move = 'open'
            """,
            [at, source, at, source],
        )


def _move_watches(
    run: Run, among_these: tuple[str, list], at: datetime, staged_at: datetime | None
) -> None:
    """Rewrite the watches from their first staged day on, in the same way."""
    where, params = among_these
    if staged_at is not None:
        _leave_settled_watches(run, where, params, staged_at)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS cut")
        cursor.execute(
            f"""
            CREATE TEMPORARY TABLE cut ON COMMIT DROP AS
            SELECT w.id, f.first_day
            FROM (
                SELECT entity_id, MIN(day) AS first_day FROM membership_stagedwatch
                WHERE run_id = %s AND {where} GROUP BY 1
            ) f
            JOIN membership_watch w ON w.entity_id = f.entity_id
            WHERE w.superseded_at IS NULL AND (w.until IS NULL OR w.until > f.first_day)
            """,
            [run.pk, *params],
        )
        cursor.execute(
            "UPDATE membership_watch w SET superseded_at = %s FROM cut WHERE w.id = cut.id", [at]
        )
        cursor.execute(
            f"""
            INSERT INTO membership_watch
                (entity_id, undecided, review, since, until, recorded_at, source)
            SELECT w.entity_id, w.undecided, w.review, w.since, cut.first_day, %s, %s
            FROM cut JOIN membership_watch w ON w.id = cut.id WHERE w.since < cut.first_day
            UNION ALL
            SELECT entity_id, undecided, review, day, next_day, %s, %s
            FROM (
                SELECT *, LEAD(day) OVER (PARTITION BY entity_id ORDER BY day) AS next_day
                FROM membership_stagedwatch WHERE run_id = %s AND {where}
            ) m WHERE undecided <> '{{}}' OR review <> '{{}}'
            """,
            [at, f"评估{run.pk}", at, f"评估{run.pk}", run.pk, *params],
        )


def _leave_settled_watches(run: Run, where: str, params: list, staged_at: datetime) -> None:
    """Drop the staged watches of entities that settle judged after they were staged."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM membership_stagedwatch WHERE run_id = %s AND {where}"
            " AND entity_id IN (SELECT c.entity_id FROM entities_factchange c"
            " JOIN membership_run r ON r.id = c.taken_by"
            " WHERE r.id > %s AND r.kind = 'settle' AND c.taken_at > %s)",
            [run.pk, *params, run.pk, staged_at],
        )
