"""Find the district and the street (街道、镇、乡) that an address names.

Pure: the caller hands over the names and, for each street, the district it lies in on a day. The
digits of a code are never looked at: they tell the division of the day the code was issued.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from core.words import pattern_of

STREET, DISTRICT, HINT, NOWHERE = "street", "district", "hint", "none"


_OPENING = "(?:中国)?(?:四川省)?(?:重庆市?)*(?:市辖区|县辖)?({})(?![大路街巷])"


class DistrictNames(NamedTuple):
    """A district with every name that registers use for it: full, short, then former names.

    ``living_id``: the district that succeeds it on the day, where it is abolished.
    """

    id: int
    names: tuple[str, ...]
    living_id: int | None = None


class StreetNames(NamedTuple):
    """A street, the district it lies in on the day, and those it lay in before."""

    id: int
    name: str
    district_id: int
    former_ids: tuple[int, ...] = ()


class Located(NamedTuple):
    """Where an address lies; ``how`` tells by what: street, district, hint or none."""

    district_id: int | None
    street_id: int | None
    how: str


class AddressIndex:
    """The names of one day, compiled; build one and locate many addresses with it."""

    def __init__(self, districts: Iterable[DistrictNames], streets: Iterable[StreetNames]) -> None:
        self._living: dict[int, int] = {}
        self._by_word: dict[str, int] = {}
        ranked: list[tuple[int, str, int]] = []
        for district in districts:
            self._living[district.id] = district.living_id or district.id
            ranked += [(rank, name, district.id) for rank, name in enumerate(district.names)]
        for _, name, district_id in sorted(ranked, key=lambda item: item[0]):
            self._by_word.setdefault(name, district_id)  # a present name goes before a former one
        self._streets: dict[str, list[StreetNames]] = {}
        for street in streets:
            self._streets.setdefault(street.name, []).append(street)
        full = [name for name in self._by_word if name[-1] in "区县市"]
        self._opening = _pattern(
            self._by_word, "(?:中国)?(?:四川省)?(?:重庆市?)*(?:市辖区|县辖)?({})(?![大路街巷])"
        )
        self._within = _pattern(full, "({})")
        self._street = _pattern(self._streets, "{}")

    def locate(self, address: str, district_hint: str = "") -> Located:
        """Return where the address lies; ``district_hint`` is the register's own district column.

        The address goes before the hint, and a street before the district written with it, for
        streets have moved and addresses are seldom rewritten.
        """
        address = _plain(address)
        written, start = self._district_in(address)
        hinted = self._by_word.get(_bare_hint(district_hint)) if district_hint else None
        told = hinted if written is None else written
        street = self._street_in(address, start, told)
        if street is not None:
            return Located(street.district_id, street.id, STREET)
        if written is not None:
            return Located(self._living[written], None, DISTRICT)
        if hinted is not None:
            return Located(self._living[hinted], None, HINT)
        return Located(None, None, NOWHERE)

    def _district_in(self, address: str) -> tuple[int | None, int]:
        found = self._opening.match(address) if self._opening else None
        if found is None and self._within:
            found = self._within.search(address, 0, 24)
        return (self._by_word[found[1]], found.end()) if found else (None, 0)

    def _street_in(self, address: str, start: int, told: int | None) -> StreetNames | None:
        """Return the first street that fits the district told.

        Where no district is told, or only an abolished one, the only street of its name will do.
        """
        if self._street is None:
            return None
        for match in self._street.finditer(address, start):
            namesakes = self._streets[match.group()]
            if told is not None:
                fits = [s for s in namesakes if told == s.district_id or told in s.former_ids]
                fits = fits or [s for s in namesakes if self._living[told] == s.district_id]
                if len(fits) == 1:
                    return fits[0]
                if self._living[told] == told:
                    continue  # the district stands and has no such street: an old or foreign name
            if len(namesakes) == 1:
                return namesakes[0]
        return None


def _pattern(words: Iterable[str], form: str) -> re.Pattern[str] | None:
    body = pattern_of(words)
    return re.compile(form.format(body)) if body else None


def _plain(text: str) -> str:
    if "\u3000" in text or " " in text or "（" in text:
        text = unicodedata.normalize("NFKC", text).replace(" ", "")
    return text


def _bare_hint(hint: str) -> str:
    hint = _plain(hint).strip()
    return hint.removeprefix("重庆市").removeprefix("重庆") or hint
