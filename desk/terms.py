"""The two term tables as pages show them: which there are, their rows, and how many they hit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.models import Q, QuerySet

from desk.forms.policy import FourNewTermForm, SafetyTermForm, TermForm
from desk.paging import TookTooLong, at_most
from entities.actions.terms import FOUR_NEW_JOB, SAFETY_JOB
from entities.choices import Domain, Novelty
from entities.models import FourNewMark, FourNewTerm, SafetyReading, SafetyTerm

HIT_SECONDS = 20
KEPT_SECONDS = 600


@dataclass(frozen=True)
class TermTable:
    """One table: its rows, the facts derived from it, and the column by which it is filtered."""

    label: str
    model: type[SafetyTerm] | type[FourNewTerm]
    derived: type[Any]
    form: Callable[..., TermForm]
    column: str
    choices: list[tuple[str, str]]
    job: str
    clause: str


TERM_TABLES: dict[str, TermTable] = {
    "safety": TermTable(
        "安全领域用语表",
        SafetyTerm,
        SafetyReading,
        SafetyTermForm,
        "domain",
        Domain.choices,
        SAFETY_JOB,
        "readings 2",
    ),
    "four-new": TermTable(
        "“四新”判定规则表",
        FourNewTerm,
        FourNewMark,
        FourNewTermForm,
        "novelty",
        Novelty.choices,
        FOUR_NEW_JOB,
        "readings 3",
    ),
}


def rows_of(table: TermTable, on: date, query: Any) -> QuerySet:
    """Return the current rows of a table that the address asks for; ended ones only on request."""
    rows = table.model.objects.for_system("a reference table open to all").current()
    if not query.get("ended"):
        rows = rows.filter(Q(until=None) | Q(until__gt=on))
    if query.get("group") in dict(table.choices):
        rows = rows.filter(**{table.column: query["group"]})
    if words := query.get("text", "").strip()[:100]:
        rows = rows.filter(Q(words__contains=words) | Q(note__contains=words))
    return rows.order_by(table.column, "by", "words", "pk")


def hits_of(table: TermTable, on: date) -> dict[int, int] | None:
    """Return how many entities each row (by key) tells today; None where counting took too long.

    Counted over the whole city in one pass, kept for ten minutes: for the city's own pages only.
    """
    key = f"term-hits:{table.model.__name__}:{on}"
    found = cache.get(key)
    if found is None:
        try:
            with at_most(HIT_SECONDS), connection.cursor() as cursor:
                cursor.execute(
                    "SELECT (e->>'row')::bigint, count(DISTINCT d.entity_id)"
                    f" FROM {table.derived._meta.db_table} d, jsonb_array_elements(d.evidence) e"
                    " WHERE d.superseded_at IS NULL AND d.since <= %(on)s"
                    " AND (d.until IS NULL OR d.until > %(on)s)"
                    " AND e->>'origin' IN ('scope', 'industry') AND e->>'row' IS NOT NULL"
                    " GROUP BY 1",
                    {"on": on},
                )
                found = dict(cursor.fetchall())
        except TookTooLong:
            return None
        cache.set(key, found, KEPT_SECONDS)
    return found
