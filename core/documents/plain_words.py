"""The word check: a paper that leaves the house cites law and nothing of the system (readings 18).

Which words are blocked, warned of or allowed, the city keeps in ``core.models.PaperWord``. What
else a paper must not carry (the title of a list, the code of its item) its maker hands in. Spaces,
line breaks, full width, zero-width signs and traditional variants hide nothing (``squeeze``).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.documents.squeezing import squeeze
from core.errors import Refused
from core.models import PaperWord
from core.words import pattern_of

CLAUSE = "readings 18"
LAW_ONLY = "只写违法事实、法律依据和改正要求"
_MOST_TOLD = 6
_LONGEST_SHOWN = 24


@dataclass(frozen=True)
class Rule:
    """A word of the check, and what to write instead where that is known."""

    word: str
    effect: str
    instead: str = ""


@dataclass(frozen=True)
class Finding:
    """A word that was found: in which field, as which rule's, and how it stands in the text."""

    field: str
    rule: Rule
    found: str

    def __str__(self) -> str:
        as_it_stands = f"（写作“{self.found}”）" if self.found != self.rule.word else ""
        return f"“{self.field}”中有“{self.rule.word}”{as_it_stands}"


@dataclass(frozen=True)
class Warning(Finding):
    """A word that may stand if whoever makes the paper lets it stand explicitly."""

    @property
    def word(self) -> str:
        return self.rule.word

    @property
    def instead(self) -> str:
        return self.rule.instead


class Unconfirmed(Refused):
    """Words that the check warns of and that nobody let stand yet (``warnings``)."""

    def __init__(self, warnings: Sequence[Warning]) -> None:
        told = f"{_listed(warnings)}，一般不写入文书，请改写；"
        super().__init__(CLAUSE, f"{told}确需保留的，请逐词确认保留后再办理。")
        self.warnings = list(warnings)


class WordCheck:
    """The words of one check, ready to be looked for in many texts.

    ``names`` are wordings of the register (the name of the entity): a word wholly within one is
    the firm's own and no word of ours.
    """

    def __init__(self, rules: Iterable[Rule], names: Iterable[str] = ()) -> None:
        by_letters = {letters: rule for rule in rules if (letters := squeeze(rule.word).letters)}
        allowed = PaperWord.Effect.ALLOWED
        self._sought = {key: rule for key, rule in by_letters.items() if rule.effect != allowed}
        shelters = {key for key, rule in by_letters.items() if rule.effect == allowed}
        # A name that is nothing but a blocked word would open every field to it.
        shelters |= {squeeze(name).letters for name in names} - set(self._sought)
        self._pattern = _anywhere(self._sought)
        self._shelter = _anywhere(shelters - {""})

    @classmethod
    def in_force(cls, also_blocked: Iterable[str] = (), names: Iterable[str] = ()) -> WordCheck:
        """Return the check of the city's table. Raises Refused where the table is empty."""
        rows = PaperWord.objects.for_system("checking the words of a paper").current()
        rules = [Rule(row.word, row.effect, row.instead) for row in rows.filter(until=None)]
        if not any(rule.effect == PaperWord.Effect.BLOCKED for rule in rules):
            raise Refused(CLAUSE, "文书禁用词表是空的，不能核对文书用语，请市局先维护禁用词。")
        more = [Rule(word, PaperWord.Effect.BLOCKED, LAW_ONLY) for word in also_blocked]
        return cls([*rules, *more], names)

    def look(self, text: str) -> list[tuple[Rule, str]]:
        """Return each rule whose word stands in the text, once, with how it stands there."""
        squeezed = squeeze(text)
        sheltered = list(_spans(self._shelter, squeezed.letters))
        found: dict[str, tuple[Rule, str]] = {}
        for start, end in _spans(self._pattern, squeezed.letters):
            for stop in range(end, start, -1):  # where the longest word is none, a shorter one is
                rule = self._sought.get(squeezed.letters[start:stop])
                if rule is None or rule.word in found:
                    continue
                if any(a <= start and stop <= b for a, b in sheltered):
                    continue
                first, last = squeezed.places[start], squeezed.places[stop - 1]
                if _is_code(rule.word) and _goes_on(text, first, last):
                    continue
                found[rule.word] = (rule, _shown(text[first : last + 1]))
                break
        return list(found.values())

    def findings(self, fields: Mapping[str, str]) -> list[Finding]:
        """Return what stands in each field, in the order of the fields."""
        return [
            _finding(label, rule, found)
            for label, text in fields.items()
            for rule, found in self.look(text)
        ]

    def demand(self, fields: Mapping[str, str]) -> list[Warning]:
        """Refuse fields with blocked words, naming field, word and what to write instead.

        Returns what is only warned of. Raises Refused.
        """
        found = self.findings(fields)
        blocked = [one for one in found if not isinstance(one, Warning)]
        if blocked:
            raise Refused(CLAUSE, refusal_of(blocked))
        return [one for one in found if isinstance(one, Warning)]


def demand_plain_words(
    fields: Mapping[str, str], also_blocked: Iterable[str] = (), names: Iterable[str] = ()
) -> list[Warning]:
    """Refuse the fields of a paper (by label) that carry a blocked word; return the warnings.

    ``also_blocked`` are further words of this paper alone; ``names`` the party's as the register
    has them. Whoever goes on hands the warnings to ``demand_let_stand``. Raises Refused.
    """
    return WordCheck.in_force(also_blocked, names).demand(fields)


def demand_let_stand(warnings: Iterable[Warning], let_stand: Collection[str]) -> None:
    """Refuse warnings of words that nobody let stand. Raises Unconfirmed."""
    left = [one for one in warnings if one.word not in let_stand]
    if left:
        raise Unconfirmed(left)


def refusal_of(blocked: Sequence[Finding]) -> str:
    """Say which words stand where and what to write instead."""
    advice = {one.rule.word: one.rule.instead for one in blocked if one.rule.instead}
    instead = "；".join(f"“{word}”请{told}" for word, told in list(advice.items())[:_MOST_TOLD])
    told = f"{instead}。" if instead else f"请改写，{LAW_ONLY}。"
    return f"{_listed(blocked)}，文书不得出现。{told}"


def _listed(findings: Sequence[Finding]) -> str:
    more = len(findings) - _MOST_TOLD
    tail = f"，另有{more}处" if more > 0 else ""
    return "；".join(str(one) for one in findings[:_MOST_TOLD]) + tail


def _finding(label: str, rule: Rule, found: str) -> Finding:
    kind = Warning if rule.effect == PaperWord.Effect.WARNED else Finding
    return kind(label, rule, found)


def _anywhere(words: Iterable[str]) -> re.Pattern[str] | None:
    """Return a pattern that finds the longest of the words at every place, overlapping ones too."""
    wanted = list(words)
    return re.compile(f"(?=({pattern_of(wanted)}))") if wanted else None


def _spans(pattern: re.Pattern[str] | None, letters: str) -> Iterator[tuple[int, int]]:
    for match in pattern.finditer(letters) if pattern else ():
        yield match.span(1)


def _is_code(word: str) -> bool:
    """Return whether a word is a code like RL-1-02, which may be part of a longer one."""
    return squeeze(word).letters.isascii()


def _goes_on(text: str, first: int, last: int) -> bool:
    """Return whether a letter or digit stands right before or behind these places."""
    before, behind = text[first - 1 : first], text[last + 1 : last + 2]
    return any(sign.isascii() and sign.isalnum() for sign in (before, behind))


def _shown(found: str) -> str:
    """Return a hit as it can be shown: blanks as they are, what cannot be seen as a point."""
    return "".join(sign if sign.isprintable() else "·" for sign in found)[:_LONGEST_SHOWN]
