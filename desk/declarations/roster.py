"""The roster of a declared zone on screen: its page, what was pasted, what the register offers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import QueryDict

from core.errors import Refused
from desk.declarations.annex import ROW_FIELDS, Pins, pins_of
from desk.newest import key_of
from desk.paging import Count, capped
from entities.choices import Status
from entities.codes import normalise
from entities.models import Entity
from entities.search import search
from staff.models import Street, User
from zones.models import DeclarationComment, DeclaredEntity, DeclaredZone
from zones.queries import rows_of

SIZE = 100
MOST_LINES = 5000
OFFERED = 100
"""So many entities of a search are shown to be ticked; a street may add all at once."""

MOST_AT_ONCE = 5000
NAMED = 5
FEWEST = 2
_CODE = re.compile(r"[0-9A-Za-z０-９Ａ-Ｚａ-ｚ]{15,20}")


@dataclass
class RosterLine:
    row: DeclaredEntity
    pins: Pins = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """What a search of the register offers: ``rows`` to be ticked of ``count`` in all."""

    asked: bool = False
    rows: Sequence[Entity] = ()
    count: Count | None = None
    problem: str = ""
    query: str = ""
    sample: Sequence[str] = ()


def page_of(zone: DeclaredZone, query: QueryDict, viewer: User) -> Page:
    """Return the page asked for: by number, or the one that holds ``row``; ``q`` narrows it."""
    rows = rows_of(zone, viewer)
    wanted = query.get("q", "").strip()
    if wanted:
        rows = rows.filter(Q(name__icontains=wanted) | Q(code__icontains=normalise(wanted)))
    pages = Paginator(rows, SIZE)
    row = key_of(query.get("row"))
    if row is None:
        return pages.get_page(query.get("page"))
    at = rows.filter(pk=row).values_list("position", flat=True).first()
    before = rows.filter(Q(position__lt=at) | Q(position=at, pk__lt=row)).count() if at else 0
    return pages.get_page(before // SIZE + 1)


def lines_of(page: Page, comments: Sequence[DeclarationComment]) -> list[RosterLine]:
    return [RosterLine(row, pins_of(comments, ROW_FIELDS, row=row.pk, zone=None)) for row in page]


def pasted(text: str) -> list[tuple[str, str]]:
    """Return (name, code) of each pasted line; a line holds a code, a name, or both.

    Refuses nothing at all and more than MOST_LINES.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise Refused("", "请粘贴名称或统一社会信用代码，每行一户。")
    if len(lines) > MOST_LINES:
        raise Refused(
            "", f"一次最多粘贴{MOST_LINES:,}行，粘贴了{len(lines):,}行，请分次粘贴或上传工作簿。"
        )
    return [_line(line) for line in lines]


def _line(line: str) -> tuple[str, str]:
    found = max(_CODE.findall(line), key=len, default="")
    name = line.replace(found, " ", 1) if found else line
    name = re.sub(r"^\s*\d{1,5}[\s、.．,，]+", "", name)  # the ordinal of a copied table
    return " ".join(name.split()).strip(" ,，;；|\t"), found


def offered(query: QueryDict, viewer: User) -> Found:
    """Return the entities that a search by name or code, address and street offers."""
    rows = matching(query, viewer)
    if isinstance(rows, str):
        return Found(asked=True, problem=rows)
    if rows is None:
        return Found()
    shown = list(rows.select_related("street").order_by("pk")[:OFFERED])
    return Found(
        asked=True,
        rows=shown,
        count=capped(rows, MOST_AT_ONCE),
        query=conditions_of(query),
        sample=[one.name for one in shown[:NAMED]],
    )


def matching(query: QueryDict, viewer: User) -> QuerySet[Entity] | str | None:
    """Return the entities in business that a search means, a sentence, or None for no search."""
    text, address, street = (query.get(name, "").strip() for name in ("text", "address", "street"))
    if not (text or address or street):
        return None
    if address and len(address) < FEWEST:
        return "地址请至少写两个字。"
    rows: Any = Entity.objects.visible_to(viewer).filter(
        status__in=(Status.ACTIVE, Status.DORMANT, Status.LIQUIDATING)
    )
    if street:
        rows = rows.filter(street=key_of(street) or 0)
    if address:
        rows = rows.filter(address__contains=address)
    if text:
        rows, asked = search(rows, text)
        if asked.message:
            return asked.message
    return rows


def conditions_of(query: QueryDict) -> str:
    kept = query.copy()
    for name in list(kept):
        if name not in ("text", "address", "street") or not kept[name]:
            kept.pop(name)
    return kept.urlencode()


def streets_of(zone: DeclaredZone) -> QuerySet[Street]:
    """Return the streets of the declaring bureau's districts, and those it holds itself."""
    bureau = zone.declaration.bureau_id
    current: dict[str, Any] = {"superseded_at": None, "until": None}
    return Street.objects.filter(
        Q(
            **{f"placements__{name}": value for name, value in current.items()},
            placements__district__jurisdictions__bureau=bureau,
            placements__district__jurisdictions__superseded_at=None,
        )
        | Q(jurisdictions__bureau=bureau, jurisdictions__superseded_at=None)
    ).distinct()
