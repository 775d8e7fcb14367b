"""What can be exported: a kind says its columns, how its rows are found, and how they are read.

A new kind is one ``ExportKind`` and its line in ``desk.exports.registry.KINDS``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils import timezone

from core import masking
from core.errors import Refused
from core.models import Export
from desk.context import Moment, moment_of
from staff.models import User
from staff.roles import CITY_ROLES, DISTRICT_ROLES, Role

OF_PAGE = ("on", "known", "size", "after", "before", "count", "page")
"""Parameters of a list's address that say how it is shown, not what it holds."""


@dataclass(frozen=True)
class Column:
    """A column: its title, what it means (for the cover), its width in characters.

    ``sensitive`` columns are masked by ``mask`` unless the whole was asked for and approved.
    Every other text is freed of identity numbers and telephones that people typed into it, but
    for a ``code``, whose digits are no person's.
    """

    title: str
    meaning: str
    width: int = 14
    sensitive: bool = False
    mask: Callable[[str], str] = masking.start
    code: bool = False
    chosen: bool = True

    def shown(self, value: Any, *, unmasked: bool) -> str:
        """Return the value as it may leave."""
        text = "" if value is None else str(value)
        if self.sensitive:
            return text if unmasked else self.mask(text)
        return text if self.code else masking.written(text, phones=not unmasked)


@dataclass(frozen=True)
class Query:
    """What was asked for: the conditions of the list's address, the day and the knowledge."""

    text: str
    on: date
    known: datetime | None = None

    @property
    def data(self) -> QueryDict:
        return QueryDict(self.text)

    @property
    def moment(self) -> Moment:
        return Moment(on=self.on, today=timezone.localdate(), known=self.known)

    @classmethod
    def of_page(cls, request: HttpRequest, names: Iterable[str]) -> Query:
        """Read the address of a page; only parameters that the kind knows are kept."""
        kept = request.GET.copy()
        for name in list(kept):
            if name not in names or not kept[name]:
                kept.pop(name)
        moment = moment_of(request)
        return cls(kept.urlencode(), moment.on, moment.known)

    @classmethod
    def of(cls, export: Export) -> Query:
        return cls(export.query, export.on, export.known)


def demand_known(request: HttpRequest, names: Iterable[str]) -> None:
    """Refuse an address with a condition that the kind does not know: more would leave than asked.

    Raises Refused.
    """
    known = {*names, *OF_PAGE}
    strange = [name for name, value in request.GET.items() if value and name not in known]
    if strange:
        raise Refused(
            "",
            f"没有看懂网址中的条件“{'”“'.join(strange)}”，为免导出得比想要的多，没有办理；"
            "请回到列表设定条件后再按“导出”。",
        )


Said = list[tuple[str, str]]
"""Conditions in words: pairs of label and value."""


@dataclass(frozen=True)
class ExportKind:
    """One sort of table.

    ``rows`` gives the rows the person may see, by key in the order of the file, and refuses a
    query that is none; ``read`` gives, for some of the keys, dicts by column name, in their order.
    ``names`` are the parameters of the list's address that count, ``named`` the path to the name
    by which a row is shown before the export, ``back`` the URL name of the list. A kind whose rows
    are of the day of filing whatever the address says has ``of_today``; one that nobody stands
    above (the logs of the auditor) leaves without a lead's approval: ``needs_lead`` is false. Rows
    that are no entities' (``of_entities`` is false) stand on no day and no limits, and hold no
    contacts: the pages and the cover say nothing of these. ``example`` is a purpose as one would
    write it.
    """

    label: str
    verb: str
    unit: str
    columns: dict[str, Column]
    rows: Callable[[Query, User], QuerySet]
    read: Callable[[Sequence[int], Query, User], Iterable[dict[str, Any]]]
    said: Callable[[Query, User], Said]
    names: tuple[str, ...] = ()
    named: str = "name"
    back: str = "desk:entity-list"
    of_today: bool = False
    needs_lead: bool = True
    of_entities: bool = True
    example: str = "开展年报催报，供本局二科使用"

    @property
    def has_sensitive(self) -> bool:
        return any(column.sensitive for column in self.columns.values())


def scope_said(user: User) -> str:
    """Say which part of the city an account reads (readings 4)."""
    if user.role == Role.STATION_OFFICER:
        return f"{user.bureau}{user.station}辖区"
    if user.role in DISTRICT_ROLES:
        return f"{user.bureau}管辖范围"
    if user.role in CITY_ROLES:
        return "全市"
    if user.role == Role.UNIT_OFFICER and user.unit is not None:
        return f"{user.unit}：全市" + ("" if user.unit.whole_city else "相关领域")
    return "全部日志" if user.role == Role.AUDITOR else user.get_role_display()


def place_of(user: User) -> list[Any]:
    """Return where the account stands; an export is for whoever stood there when asking."""
    return [user.role, user.bureau_id, user.station_id, user.unit_id]
