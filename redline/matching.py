"""What a violation may touch, and what speaks for mildness, by the days of the act."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db.models import Q

from entities.models import Entity
from policy.limits import limits_in_force
from redline.choices import ListKind, ViolationStatus
from redline.lists import in_force, items_for
from redline.models import ListItem, Violation

MOST_PREDECESSORS = 50
WHY = "looking for violations of the same kind"


def touchable(violation: Violation) -> list[ListItem]:
    """Return the red lines that were in force where and when the act ended; the kind's own first.

    None where no list was in force on that day: then it is an ordinary violation.
    """
    items = items_for(ListKind.RED_LINE, violation.list_bureau, violation.acted_until)
    return _own_kind_first(items, violation.kind_code)


def why_none(violation: Violation) -> str:
    """Say why nothing can be touched; an empty string where something can."""
    bureau, day = violation.list_bureau, violation.acted_until
    version = in_force(ListKind.RED_LINE, bureau, day)
    if version is None:
        return f"{bureau}在{day}没有施行的监管红线清单，该行为按一般违法处理。"
    if not touchable(violation):
        return f"{version}（{version.since}施行）没有列入事项，该行为按一般违法处理。"
    return ""


def mild_items(violation: Violation, kind: str) -> list[ListItem]:
    """Return the items of a no-penalty or no-coercion list in force when the act ended."""
    items = items_for(kind, violation.list_bureau, violation.acted_until)
    return _own_kind_first(items, violation.kind_code)


def _own_kind_first(items: Collection[ListItem], kind_code: str) -> list[ListItem]:
    return sorted(items, key=lambda item: not kind_code or item.code != kind_code)


def lookback_of(item: ListItem, on: date) -> int:
    """Return how many years an item looks back: its own, else the limit in force on a day."""
    return item.lookback_years or int(limits_in_force(on)["no_penalty.lookback_years"])


def earlier_of_kind(
    violation: Violation, years: int, *, codes: Collection[str] = ()
) -> list[Violation]:
    """Return the violations of the same kind that this entity committed up to so many years before.

    Its predecessors' count as its own (readings 20). ``codes`` are further codes of the same
    conduct, of other lists. A void record never counts, nor does this one; of two that ended on one
    day the one recorded first is the earlier. The oldest first.
    """
    kinds = {violation.kind_code, *codes} - {""}
    ended = violation.acted_until
    before = Q(acted_until__lt=ended) | Q(acted_until=ended, pk__lt=violation.pk)
    rows = Violation.objects.for_system(WHY).select_related("bureau")
    rows = rows.filter(
        before,
        entity_id__in=_line_of(violation.entity_id),
        kind_code__in=kinds,
        acted_until__gte=years_before(ended, years),
    )
    return list(rows.exclude(status=ViolationStatus.VOID).order_by("acted_until", "pk"))


def years_before(day: date, years: int) -> date:
    """Return the earliest day from which so many years have not ended before ``day``.

    Years end on the same date, of 29 February on the 28th where the year has no 29th (民法典
    第202条); so what lies within them of a 29 February begins on 1 March of such a year.
    """
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 3, 1)


def _line_of(entity_id: int) -> list[int]:
    """Return an entity and those it came from (个转企, 换码, 迁移), each once."""
    found = [entity_id]
    rows = Entity.objects.for_system(WHY)
    while len(found) < MOST_PREDECESSORS:
        before = rows.filter(pk=found[-1]).values_list("predecessor_id", flat=True).first()
        if before is None or before in found:
            break
        found.append(before)
    return found
