"""Which bureau a declaration's 填报区县 names on a day."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from staff.models import Bureau
from staff.places import Places, places_on

_TAIL = re.compile(r"(?:市场监督管理局|市场监管局|市监局|市场监督管理分局|分局|局)$")


@dataclass(frozen=True)
class Named:
    """What a text names: a bureau in office; or one that was abolished, and its successor."""

    bureau: Bureau | None = None
    abolished: str = ""
    successor: Bureau | None = None


def find_bureau(text: str, on: date) -> Bureau | None:
    """Return the bureau in office on a day that a text names, by its own or a district's names."""
    return named_bureau(text, places_on(on)).bureau


def named_bureau(text: str, places: Places) -> Named:
    """Say which bureau a text names; present names go before those of what was abolished."""
    wanted = _plain(text)
    if not wanted:
        return Named()
    bureaus = {one.pk: one for one in Bureau.objects.exclude(kind=Bureau.Kind.CITY)}
    on = places.on
    living = [one for one in bureaus.values() if _in_office(one, on)]
    gone = [one for one in bureaus.values() if not _in_office(one, on)]
    for one in living:
        if wanted in {_plain(one.name), _plain(one.short_name)}:
            return Named(one)
    districts = list(places.districts.values())
    for district in districts:
        if district.exists_on(on) and wanted in {
            _plain(district.name),
            _plain(district.short_name),
        }:
            return Named(bureaus.get(places.bureau_of(district.id) or 0))
    for district in districts:
        if not district.exists_on(on) and wanted in {_plain(name) for name in district.names}:
            successor = bureaus.get(places.bureau_of(district.id) or 0)
            return Named(abolished=district.name, successor=successor)
    for one in gone:
        if wanted in {_plain(one.name), _plain(one.short_name)}:
            return Named(abolished=one.short_name)
    for district in districts:
        if wanted in {_plain(name) for name in district.former_names}:
            return Named(bureaus.get(places.bureau_of(district.id) or 0))
    return Named()


def _in_office(bureau: Bureau, on: date) -> bool:
    return (bureau.since is None or bureau.since <= on) and (
        bureau.until is None or on < bureau.until
    )


def _plain(text: str) -> str:
    """Return the name of the place alone: without 重庆市, the office's title, 区 and blanks."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    plain = plain.removeprefix("重庆市").removeprefix("重庆")
    plain = _TAIL.sub("", plain)
    # 两江新区 keeps its 新区; a name of two letters such as 开县 is left whole.
    return plain[:-1] if len(plain) > 2 and plain[-1] in "区县" and plain[-2:] != "新区" else plain
