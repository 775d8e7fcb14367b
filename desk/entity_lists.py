"""The entity list of one request: form, page, rows, count and the addresses around them."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from desk import paging
from desk.conditions import asked_for
from desk.context import Moment, moment_of
from desk.filters import Chip, EntityFilter, address_of, chips_of, has_conditions
from desk.rows import Row, rows_of
from entities.models import Entity
from entities.search import Search, Way, unmatched
from staff.models import User
from staff.roles import DISTRICT_ROLES


@dataclass
class EntityList:
    """What the list page shows. ``waits`` says that nothing was asked for yet."""

    form: EntityFilter
    moment: Moment
    path: str
    query: QueryDict
    conditions: str
    waits: bool = False
    problem: str = ""
    page: paging.Page | None = None
    rows: list[Row] = field(default_factory=list)
    count: paging.Count = paging.Count(0, is_exact=True)
    chips: list[Chip] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    sizes: tuple[int, ...] = paging.SIZES

    def _address(self, **changes: object) -> str:
        changed = self.query.copy()
        for name in ("after", "before", "count"):
            changed.pop(name, None)
        for name, value in changes.items():
            changed[name] = str(value)
        return f"{self.path}?{changed.urlencode()}"

    @property
    def next_address(self) -> str:
        return self._address(after=self.page.last) if self.page and self.page.has_next else ""

    @property
    def previous_address(self) -> str:
        page = self.page
        if page is None or not page.has_previous or page.first is None:
            return ""
        return self._address(before=page.first)

    @property
    def first_address(self) -> str:
        return self._address()

    @property
    def export_address(self) -> str:
        """The export of what is listed: the same conditions, day and knowledge."""
        kept = {name: self.query[name] for name in ("on", "known") if self.query.get(name)}
        parts = [part for part in (self.conditions, urlencode(kept)) if part]
        return f"{reverse('desk:export-new', args=('entities',))}?{'&'.join(parts)}"

    @property
    def exact_address(self) -> str:
        return self._address(count="exact")


def list_of(request: HttpRequest, viewer: User) -> EntityList:
    """Return the list that the address asks for."""
    moment = moment_of(request)
    form = EntityFilter(request.GET, viewer, moment.on)
    shown = EntityList(form, moment, request.path, request.GET, address_of(request.GET))
    if not form.is_valid():
        shown.problem = "查询条件有误，请按红字提示改正后重新查询。"
        return shown
    shown.chips = chips_of(form, request.GET, request.path)
    if not _asks(viewer, request.GET):
        shown.waits = True
        return shown
    entities, asked = asked_for(form, viewer, moment)
    shown.problem = asked.message
    if asked.way != Way.MORE:
        _fill(shown, entities, asked, viewer)
    return shown


def _asks(viewer: User, query: QueryDict) -> bool:
    """A bureau's own list opens by itself; the city's waits for a condition."""
    return viewer.role in DISTRICT_ROLES or has_conditions(query)


def _fill(shown: EntityList, entities: QuerySet[Entity], asked: Search, viewer: User) -> None:
    counted = paging.exact if shown.query.get("count") == "exact" else paging.capped
    try:
        with paging.at_most(paging.LIST_SECONDS):
            shown.page = paging.page_of(entities, shown.query)
            shown.rows = rows_of(shown.page.keys, viewer, shown.moment)
    except paging.TookTooLong:
        shown.problem = "符合条件的主体太少或条件太宽，未能及时查完，请增加区县、状态等条件后重试。"
        return
    page = shown.page
    if not page.has_previous and not page.has_next:
        shown.count = paging.Count(len(page.keys), is_exact=True)
    else:
        shown.count = counted(entities)
    if asked.way == Way.CODES:
        shown.missing = unmatched(asked, viewer)
