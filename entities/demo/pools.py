"""The words of pools.toml, from which a plausible city is made."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import NamedTuple


class Trade(NamedTuple):
    """A line of business: its GB/T 4754 class, how common it is, its words and scope phrases."""

    industry: str
    firms: float
    households: float
    words: list[str]
    first: list[str]
    others: list[str]


_READ = tomllib.loads((Path(__file__).parent / "pools.toml").read_text("utf-8"))


def _trade(row: dict) -> Trade:
    """Return one line of business, its texts cut at the blanks."""
    lists = {key: row[key].split() for key in ("words", "first", "others")}
    return Trade(row["industry"], row["firms"], row["households"], **lists)


TRADES = [_trade(row) for row in _READ["trade"]]
BRAND_FIRST = _READ["brand_first"].split()
BRAND_SECOND = _READ["brand_second"].split()
BRAND_THIRD = _READ["brand_third"].split()
FAMILY_NAMES = _READ["family_names"].split()
GIVEN_NAMES = _READ["given_names"].split()
ROADS = _READ["roads"].split()
PLACES = _READ["places"].split()
CAPITALS = _READ["capitals"].split()
SERIOUS_REASONS = _READ["serious_reasons"].split()
ABNORMAL_REASONS = _READ["abnormal_reasons"].split()
DISTRICT_WEIGHTS: dict[str, float] = _READ["district_weights"]
LICENCES: dict[str, list[str]] = _READ["licences"]
