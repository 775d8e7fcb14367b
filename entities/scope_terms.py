"""Read a business scope (经营范围) for the wordings of a term table (readings 2 and 3).

The reader is pure: the caller hands over the terms in force on a day. It knows how registers
write: "生产、销售：甲、乙", "甲、乙生产、销售", brackets that exclude (不含…, …除外), clauses that
forbid (不得从事…), and nouns that turn a wording into another thing (食品机械, 锅炉配件).

A term says which words count and, where it has verbs, which doing must govern them. It counts
nothing where the words are excluded, forbidden, or head another noun. A term without verbs counts
unless the only doing that governs it is a light one, such as research, advice or growing.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from core.words import pattern_of
from entities.phrases import (
    LIGHT,
    RULED_OUT,
    carries_its_doing,
    doings_around,
    excluded_zones,
    is_another_thing,
    stands_for_itself,
)

NONE, IN, PENDING = "none", "in", "pending"

_SPACES = re.compile(r"[ \t\r\u3000\u00a0\u200b\ufeff]+")


class Term(NamedTuple):
    """One wording of a domain.

    ``verbs``: doings separated by 、, of which one must govern the words; one with a minus before
    it must not (销售、-种植), one with a question mark makes the hit uncertain (安装、租赁?).
    """

    id: int | str
    domain: str
    words: str
    certain: bool = True
    verbs: str = ""


class Hit(NamedTuple):
    """Where a term was found: ``start`` and ``end`` count characters of the read text."""

    term: int | str
    domain: str
    certain: bool
    words: str
    start: int
    end: int
    phrase: str


class Found(NamedTuple):
    """The outcome for one domain, ``in`` before ``pending``, and all hits that bear on it."""

    outcome: str
    hits: tuple[Hit, ...]


ENOUGH = 3
"""So many certain hits of the same words are kept; further ones would say nothing new."""

NOTHING: Mapping[str, Found] = {}


class ScopeReader:
    """A compiled term table; build one for a day and read many scopes with it."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self._terms: dict[str, list[_Compiled]] = {}
        for term in terms:
            words = tidy(term.words)
            if words:
                self._terms.setdefault(words, []).append(_Compiled.of(term))
        self._pattern = re.compile(pattern_of(self._terms)) if self._terms else None

    def read(self, scope: str) -> Mapping[str, Found]:
        """Return the domains that the scope touches; a domain that is absent is not touched.

        An empty scope touches nothing here: that it is undecided is the caller's rule.
        """
        if self._pattern is None:
            return NOTHING
        text = tidy(scope)
        first = self._pattern.search(text)
        if first is None:
            return NOTHING
        zones = excluded_zones(text) if RULED_OUT.search(text) else []
        hits: list[Hit] = []
        denied: set[tuple[str, str]] = set()
        told: Counter[str] = Counter()
        for match in self._pattern.finditer(text, first.start()):
            if told[match.group()] >= ENOUGH:
                continue
            zone = bisect_right(zones, (match.start(), len(text) + 1)) - 1
            if zone >= 0 and match.start() < zones[zone][1]:
                for compiled in self._terms[match.group()]:
                    if compiled.term.certain:
                        denied.add(_topic(compiled.term.domain, match.group()))
            else:
                found = list(self._hits(text, match))
                hits += found
                told[match.group()] += any(hit.certain for hit in found)
        return _by_domain(
            hit for hit in hits if hit.certain or _topic(hit.domain, hit.words) not in denied
        )

    def _hits(self, text: str, match: re.Match[str]) -> Iterator[Hit]:
        start, end = match.span()
        doings: frozenset[str] | None = None
        for compiled in self._terms[match.group()]:
            if compiled.verbs or compiled.unsure:
                if not stands_for_itself(text, start, end):
                    continue
            elif is_another_thing(text, start, end):
                continue
            if doings is None:
                doings = doings_around(text, start, end)
            certain = compiled.certainty(doings)
            if certain is not None:
                term = compiled.term
                phrase = _phrase(text, start, end)
                yield Hit(term.id, term.domain, certain, match.group(), start, end, phrase)


class _Compiled(NamedTuple):
    term: Term
    verbs: frozenset[str]
    unsure: frozenset[str]
    refused: frozenset[str]
    whole: bool

    @classmethod
    def of(cls, term: Term) -> _Compiled:
        verbs = [verb for verb in re.split(r"[、,，\s]+", term.verbs) if verb]
        return cls(
            term,
            frozenset(verb for verb in verbs if verb[0] != "-" and verb[-1] != "?"),
            frozenset(verb[:-1] for verb in verbs if verb[-1] == "?"),
            frozenset(verb[1:] for verb in verbs if verb[0] == "-"),
            carries_its_doing(term.words),
        )

    def certainty(self, doings: frozenset[str]) -> bool | None:
        """Return whether these doings make a certain hit, an uncertain one, or none (None)."""
        if doings & self.refused:
            return None
        if not self.verbs and not self.unsure:
            counts = self.whole or not doings or doings - LIGHT
            return self.term.certain if counts else None
        if doings & self.verbs:
            return self.term.certain
        return False if doings & self.unsure else None


def _topic(domain: str, words: str) -> tuple[str, str]:
    """Return what a doubt is about: 餐饮管理（不含餐饮服务） settles its own doubt."""
    return domain, words[:2]


def _by_domain(hits: Iterable[Hit]) -> Mapping[str, Found]:
    sorted_hits: dict[str, list[Hit]] = {}
    for hit in hits:
        sorted_hits.setdefault(hit.domain, []).append(hit)
    return {
        domain: Found(IN if any(hit.certain for hit in found) else PENDING, tuple(found))
        for domain, found in sorted_hits.items()
    }


def tidy(text: str) -> str:
    """Return the text without blanks, with the full-width punctuation that registers mostly use."""
    return _SPACES.sub("", text).translate(_PUNCTUATION)


_PUNCTUATION = str.maketrans(
    {
        "(": "（",
        ")": "）",
        ";": "；",
        ":": "：",
        ",": "，",
        "[": "（",
        "]": "）",
        "【": "（",
        "】": "）",
        "﹔": "；",
        "．": "。",
    }
)


def _phrase(text: str, start: int, end: int, reach: int = 24) -> str:
    """Return the words around a hit, cut at the clause, for a person to read."""
    left = max(text.rfind(mark, 0, start) for mark in "；。")
    right = min((i for i in (text.find(mark, end) for mark in "；。") if i >= 0), default=len(text))
    return text[max(left + 1, start - reach) : min(right, end + reach)]
