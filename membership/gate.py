"""The brake (readings 17): a run that moves too many waits for a person's word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection, transaction

from membership.models import Run
from staff.models import Bureau

CITY = 0
"""Stands for the city in counts by bureau; entities without a bureau count for the city only."""


@dataclass(frozen=True)
class Crossing:
    """A limit that was crossed: where, which way, how many of how many; the limit in percent."""

    bureau_id: int
    direction: str
    moves: int
    members: int
    percent: float


def count_staged(run: Run) -> dict[int, dict[str, int]]:
    """Return ``{bureau_id: {"in": n, "out": n}}`` of entities that would come in or leave.

    Leaving means that the last open ground goes: who loses one of two stays a member, be it one of
    two zones. The staged moves are copied first, so that the planner can be told their size.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS moving")
            cursor.execute(
                """
                CREATE TEMPORARY TABLE moving ON COMMIT DROP AS
                SELECT DISTINCT ON (entity_id, ground, occupant_id)
                       entity_id, ground, occupant_id, move
                FROM membership_stagedmove WHERE run_id = %s
                ORDER BY entity_id, ground, occupant_id, day DESC
                """,
                [run.pk],
            )
            cursor.execute("ANALYZE moving")
        return _by_bureau(STANDING, [])


STANDING = """
    WITH grounds AS (
        SELECT entity_id, ground, occupant_id, FALSE AS opened, FALSE AS moved
        FROM membership_ground
        WHERE superseded_at IS NULL AND until IS NULL
          AND entity_id IN (SELECT entity_id FROM moving)
        UNION ALL SELECT entity_id, ground, occupant_id, move = 'open', TRUE FROM moving
    ), ends AS (
        SELECT entity_id, bool_or(NOT moved) AS before,
               CASE WHEN bool_or(moved) THEN bool_or(opened) ELSE TRUE END AS after
        FROM grounds GROUP BY entity_id, ground, occupant_id
    ), standing AS (
        SELECT entity_id, bool_or(before) AS before, bool_or(after) AS after FROM ends GROUP BY 1
    )
    SELECT e.bureau_id, CASE WHEN after THEN 'open' ELSE 'close' END, count(*)
    FROM standing s JOIN entities_entity e ON e.id = s.entity_id
    WHERE before <> after GROUP BY 1, 2
"""
"""Entities that stand outside before the staged moves and inside after them, or the reverse."""


def count_recent(run: Run, hours: int) -> dict[int, dict[str, int]]:
    """Return the same of moves that other runs made in the last hours, released ones apart.

    Who moved out and has no open ground now has left; who moved in and has one has come in. A run
    that a dead worker left half applied has moved what it moved.
    """
    return _by_bureau(
        """
        SELECT d.bureau_id_then, d.move, count(DISTINCT d.entity_id) FROM membership_decision d
        WHERE d.run_id IN (SELECT id FROM membership_run WHERE id <> %s AND release_reason = ''
            AND (finished_at IS NULL OR finished_at > statement_timestamp()
                 - make_interval(hours => %s)))
          AND (d.move = 'open') = EXISTS (
            SELECT FROM membership_ground g WHERE g.entity_id = d.entity_id
            AND g.superseded_at IS NULL AND g.until IS NULL)
        GROUP BY 1, 2
        """,
        [run.pk, hours],
    )


def _by_bureau(sql: str, params: list) -> dict[int, dict[str, int]]:
    counts: dict[int, dict[str, int]] = {CITY: {"in": 0, "out": 0}}
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        for bureau_id, move, number in cursor.fetchall():
            direction = "in" if move == "open" else "out"
            counts[CITY][direction] += number
            if bureau_id is not None:
                counts.setdefault(bureau_id, {"in": 0, "out": 0})[direction] += number
    return counts


def count_members() -> dict[int, int]:
    """Return how many entities are inside, by bureau and for the city, as the ledger stands."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.bureau_id, count(*) FROM entities_entity e WHERE EXISTS ("
            " SELECT FROM membership_ground g WHERE g.entity_id = e.id"
            " AND g.superseded_at IS NULL AND g.until IS NULL) GROUP BY 1"
        )
        rows = cursor.fetchall()
    counts = {bureau_id: number for bureau_id, number in rows if bureau_id is not None}
    return {CITY: sum(number for _, number in rows), **counts}


def members_known() -> dict[int, int]:
    """Return the members that the last full run counted; counted anew where there was none.

    Counting takes a second or two in a city of four million, too long for every settle.
    """
    last = (
        Run.objects.for_system("the members of the last full run")
        .filter(status=Run.Status.DONE)
        .exclude(kind=Run.Kind.SETTLE)
        .order_by("-id")
        .first()
    )
    if last is None or "members" not in last.counts:
        return count_members()
    return {int(bureau_id): number for bureau_id, number in last.counts["members"].items()}


def crossings(run: Run, limits: Mapping[str, Any]) -> list[Crossing]:
    """Return the limits that this run's moves, with those of the last hours, would cross.

    Fewer moves than ``gate.floor`` are never held, so that members are counted only when needed.
    """
    staged = count_staged(run)
    recent = count_recent(run, limits["gate.hours"])
    members: dict[int, int] | None = None
    crossed = []
    for bureau_id, directions in staged.items():
        for direction, moves in directions.items():
            limit = limits[
                f"gate.{direction}_{'city' if bureau_id == CITY else 'district'}_percent"
            ]
            total = moves + recent.get(bureau_id, {}).get(direction, 0)
            if limit is None or not moves or total < limits["gate.floor"]:
                continue
            members = members_known() if members is None else members
            inside = members.get(bureau_id, 0)
            if total * 100 > limit * inside:
                crossed.append(Crossing(bureau_id, direction, total, inside, limit))
    return crossed


def beyond(crossed: list[Crossing], seen: Iterable[Mapping], leeway: int) -> list[Crossing]:
    """Return the crossings that exceed by so many moves what a person saw before (as_json)."""
    allowed = {(item["bureau_id"], item["direction"]): item["moves"] for item in seen}
    return [c for c in crossed if c.moves >= allowed.get((c.bureau_id, c.direction), 0) + leeway]


def as_json(crossed: list[Crossing]) -> list[dict[str, Any]]:
    return [asdict(crossing) for crossing in crossed]


def named(sentence: str) -> str:
    """Return a hold sentence with the bureaus' names for their keys (``{7}``)."""
    for pk, name in Bureau.objects.values_list("pk", "short_name"):
        sentence = sentence.replace(f"{{{pk}}}", name)
    return sentence
