"""What a scope and an industry code say about safety fields and four-new, and how origins combine.

The readers are built from the term tables as they stand on a day; ``entities.rederive`` writes what
they find into the dated tables that rules read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, Self, TypeVar

from django.db.models import Count, Max

from entities.choices import Domain, Verdict
from entities.models import FourNewTerm, Licence, SafetyStatement, SafetyTerm
from entities.phrases import LIGHT
from entities.scope_terms import ScopeReader, Term
from policy.clauses import IN_FORCE

SHOWN = 6
"""So many words of one domain are kept as evidence; the rest would not change a reading."""

EMPTY_SCOPE = "经营范围为空"


@dataclass(frozen=True)
class Reading:
    """Which safety fields are touched: verdicts (0 none, 1 in, 2 pending) and what says so.

    ``evidence`` is a list of ``{"domain", "origin", "verdict", "words", "term", "row"}``; origin is
    scope, industry, licence or officer; ``row`` is the key of the term, licence or statement.
    """

    food_drug: int = Verdict.NONE
    product_quality: int = Verdict.NONE
    special_equipment: int = Verdict.NONE
    evidence: list[dict[str, Any]] = field(default_factory=list)

    def columns(self) -> dict[str, Any]:
        """Return the columns of a SafetyReading row."""
        verdicts = {domain.value: int(getattr(self, domain)) for domain in Domain}
        return verdicts | {"evidence": self.evidence}


@dataclass(frozen=True)
class Mark:
    """What is new about an entity, and what says so: ``{"origin", "words", "novelty", "row"}``."""

    novelties: list[str]
    evidence: list[dict[str, Any]]


TermT = TypeVar("TermT", SafetyTerm, FourNewTerm)


class TableReader(Generic[TermT]):
    """A term table compiled for a day: wordings by ScopeReader, industry codes by prefix."""

    table: type[TermT]

    def __init__(self, terms: Iterable[TermT]) -> None:
        rows = list(terms)
        self.rows: dict[int, TermT] = {row.pk: row for row in rows}
        self.codes: dict[str, list[TermT]] = {}
        for row in rows:
            if row.by == self.table.By.INDUSTRY:
                self.codes.setdefault(bare_code(row.words), []).append(row)
        self.scopes = ScopeReader(
            term for row in rows if row.by == self.table.By.TERM for term in self.terms(row)
        )

    @staticmethod
    def terms(row: TermT) -> tuple[Term, ...]:
        """Return the row as the scope reader takes it."""
        raise NotImplementedError

    @classmethod
    def on(cls, day: date) -> Self:
        """Return the reader of the terms in force on a day; compiled once per state of the table.

        Days before the policy are read by the tables of its first day, as limits are.
        Whoever writes what it reads holds ``entities.locks.terms_hold_still`` before calling.
        """
        day = max(day, IN_FORCE)
        rows = cls.table.objects.for_system("compiling a term table")
        state = tuple(
            rows.aggregate(
                Count("id"), Count("superseded_at"), Max("id"), Max("recorded_at"),
                Max("superseded_at"),
            ).values()
        )  # fmt: skip
        kept = _COMPILED.get((cls, day))
        if kept is None or kept[0] != state:
            if len(_COMPILED) > 16:
                _COMPILED.clear()
            kept = (state, cls(rows.in_force(day)))
            _COMPILED[cls, day] = kept
        return kept[1]

    @classmethod
    def turning_after(cls, day: date) -> list[date]:
        """Return the days after ``day`` on which a term begins or ends, as known now."""
        rows = cls.table.objects.for_system("finding turning days of a term table").current()
        begun: list[Any] = list(rows.filter(since__gt=day).values_list("since", flat=True))
        ended: list[Any] = list(rows.filter(until__gt=day).values_list("until", flat=True))
        return sorted({*begun, *ended})

    def read(self, scope: str, industry: str) -> Any:
        """Return what the table says, or None where it says nothing."""
        raise NotImplementedError

    def of_industry(self, industry: str) -> list[TermT]:
        """Return the terms whose code is this class or one of the divisions above it."""
        code = bare_code(industry)
        found = [t for size in range(2, len(code) + 1) for t in self.codes.get(code[:size], ())]
        return found + self.codes.get(industry[:1].upper(), []) if industry else found


_COMPILED: dict[tuple[type, date], tuple[tuple, Any]] = {}


def bare_code(code: str) -> str:
    """Return a GB/T 4754 code without the letter of its section (C1310 is 1310; C stays C)."""
    code = code.strip().upper()
    return code[1:] if len(code) > 1 and code[0].isalpha() else code


class SafetyReader(TableReader[SafetyTerm]):
    """Reads which safety fields a scope and an industry code touch (readings 2)."""

    table = SafetyTerm

    @staticmethod
    def terms(row: SafetyTerm) -> tuple[Term, ...]:
        return (Term(row.pk, row.domain, row.words, row.certain, row.verbs),)

    def read(self, scope: str, industry: str) -> Reading | None:
        """Return the reading, or None where a scope is present and nothing in it is hit.

        With an empty scope every field that the industry code does not tell is pending.
        """
        items: dict[tuple[str, str], dict[str, Any]] = {}
        for row in self.of_industry(industry):
            item = _item(row.domain, "industry", row.certain, f"行业{row.words}", row.pk)
            items.setdefault((row.domain, row.words), item)
        for found in self.scopes.read(scope).values():
            for hit in found.hits:
                item = _item(hit.domain, "scope", hit.certain, hit.words, hit.term)
                items.setdefault((hit.domain, hit.words), item)
        evidence = _most_telling(list(items.values()))
        if not scope.strip():
            told = {item["domain"] for item in evidence}
            evidence += [
                _item(domain, "scope", False, EMPTY_SCOPE, None)
                for domain in Domain
                if domain not in told
            ]
        return reading_of(evidence) if evidence else None


class FourNewReader(TableReader[FourNewTerm]):
    """Reads whether the municipal rule table marks an entity as four-new (readings 3)."""

    table = FourNewTerm

    @staticmethod
    def terms(row: FourNewTerm) -> tuple[Term, ...]:
        # Research and advice touch no safety field, but they are as new as making: both count.
        plain = Term(row.pk, row.novelty, row.words, row.marks)
        return (plain, plain._replace(verbs="、".join(sorted(LIGHT))))

    def read(self, scope: str, industry: str) -> Mark | None:
        """Return the mark that the table gives by itself, or None."""
        return self._mark(scope, industry, marks=True)

    def hint(self, scope: str, industry: str) -> Mark | None:
        """Return what the table only points to, for a person to decide, or None."""
        return self._mark(scope, industry, marks=False)

    def _mark(self, scope: str, industry: str, *, marks: bool) -> Mark | None:
        terms = [("industry", f"行业{t.words}", t) for t in self.of_industry(industry)]
        for found in self.scopes.read(scope).values():
            terms += [("scope", hit.words, self.rows[int(hit.term)]) for hit in found.hits]
        evidence = {
            (term.novelty, words): {
                "origin": origin, "words": words, "novelty": term.novelty, "row": term.pk
            }
            for origin, words, term in terms
            if term.marks == marks
        }  # fmt: skip
        if not evidence:
            return None
        novelties = sorted({novelty for novelty, _ in evidence})
        return Mark(novelties, list(evidence.values())[:SHOWN])


def _item(
    domain: str, origin: str, certain: bool, words: str, row: int | str | None
) -> dict[str, Any]:
    return {
        "domain": str(domain),
        "origin": origin,
        "verdict": int(Verdict.IN if certain else Verdict.PENDING),
        "words": words,
        "term": words if origin in ("scope", "industry") and row is not None else "",
        "row": row,
    }


def _most_telling(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Keep for each domain the first words, sure ones before ambiguous ones."""
    kept: list[dict[str, Any]] = []
    for domain in Domain:
        mine = [item for item in items if item["domain"] == domain]
        kept += sorted(mine, key=lambda item: item["verdict"])[:SHOWN]
    return kept


def reading_of(evidence: list[dict[str, Any]]) -> Reading:
    """Return the reading that the evidence amounts to, domain by domain: in before pending."""
    verdicts = {
        domain.value: _verdict([i["verdict"] for i in evidence if i["domain"] == domain])
        for domain in Domain
    }
    return Reading(**verdicts, evidence=evidence)


def _verdict(verdicts: Sequence[int]) -> int:
    for verdict in (Verdict.IN, Verdict.PENDING):
        if verdict in verdicts:
            return int(verdict)
    return int(Verdict.NONE)


def combine(
    base: Reading | None,
    licences: Sequence[Licence],
    statements: Sequence[SafetyStatement],
) -> Reading | None:
    """Combine the wording with the licences and statements that hold on the same day (readings 2).

    An officer's word decides its domain, except against a running licence: then it is pending, and
    both are shown. A licence decides over wordings.
    """
    if not licences and not statements:
        return base
    wordings = base.evidence if base else []
    evidence: list[dict[str, Any]] = []
    for domain in Domain:
        running = [_of_licence(row) for row in licences if row.domain == domain]
        stated = [_of_statement(row) for row in statements if row.domain == domain]
        if running and any(item["verdict"] == Verdict.NONE for item in stated):
            evidence += [i | {"verdict": int(Verdict.PENDING)} for i in (*stated, *running)]
        elif stated:
            evidence += [*stated, *running]
        elif running:
            evidence += running
        else:
            evidence += [item for item in wordings if item["domain"] == domain]
    return reading_of(evidence) if evidence else None


def _of_licence(row: Licence) -> dict[str, Any]:
    return _item(row.domain, "licence", True, f"{row.title}{row.number}", row.pk)


def _of_statement(row: SafetyStatement) -> dict[str, Any]:
    item = _item(row.domain, "officer", True, row.reason, row.pk)
    return item | {"verdict": int(row.verdict)}


def same_reading(columns: Mapping[str, Any]) -> Any:
    """Return what decides whether two SafetyReading rows say the same.

    The keys of terms do not count: a term that was ended and entered again says what it said.
    """
    return (
        *(int(columns[domain]) for domain in Domain),
        frozenset(
            (i["domain"], i["origin"], i["verdict"], i["words"]) for i in columns["evidence"]
        ),
    )


def same_mark(columns: Mapping[str, Any]) -> Any:
    """Return what decides whether two derived FourNewMark rows say the same."""
    words = frozenset((item.get("origin"), item.get("words")) for item in columns["evidence"])
    return (str(columns["origin"]), frozenset(columns["novelties"]), words)
