"""What a run leaves behind beside its moves: why it was held, and one manifest."""

from __future__ import annotations

from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from entities.models import FactChange
from membership import gate
from membership.models import Decision, Run


def hold_sentence(crossed: list[gate.Crossing]) -> str:
    ways = {"in": "移入", "out": "移出"}
    parts = [
        f"{'全市' if c.bureau_id == gate.CITY else f'{{{c.bureau_id}}}'}"
        f"{ways[c.direction]}{c.moves}户，"
        f"超过在册{c.members}户的{c.percent}%"
        for c in crossed
    ]
    return "；".join(parts)


def write_manifest(run: Run, seconds: float) -> None:
    """Close the run with its counts; a night leaves this and its moves, not four million lines."""
    decisions = Decision.objects.for_system("the manifest of a run").filter(run=run)
    moves: dict[str, dict[str, int]] = {"open": {}, "close": {}}
    by_bureau: dict[str, dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT move, ground, bureau_id_then, count(*) FROM membership_decision"
            " WHERE run_id = %s GROUP BY 1, 2, 3",
            [run.pk],
        )
        for move, ground, bureau_id, number in cursor.fetchall():
            moves[move][ground] = moves[move].get(ground, 0) + number
            direction = "in" if move == "open" else "out"
            counts = by_bureau.setdefault(str(bureau_id or 0), {"in": 0, "out": 0})
            counts[direction] += number
    sums = run.ranges.aggregate(judged=Sum("judged"), unexplained=Sum("unexplained"))
    run.counts = {
        "judged": sums["judged"] or 0,
        "moves": decisions.count(),
        "opened": moves["open"],
        "closed": moves["close"],
        "by_bureau": by_bureau,
        "members": {str(key): number for key, number in gate.count_members().items()},
        "unexplained": sums["unexplained"] or 0,
        "changes": FactChange.objects.for_system("the manifest").filter(taken_by=run.pk).count(),
        "seconds": round(seconds, 1),
    }
    run.status, run.finished_at = Run.Status.DONE, timezone.now()
    run.save()
