"""Exports of lists: the items of one version, in the columns in which a workbook is taken in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import QuerySet

from core.errors import Refused
from desk.exports.kinds import Column, ExportKind, Query
from desk.newest import key_of
from desk.redlines.shown import title_of
from redline.choices import ListKind
from redline.items import FIELDS, text_of
from redline.models import ListItem, ListVersion
from staff.models import User


def _version(kind: str, query: Query, user: User) -> ListVersion:
    rows = ListVersion.objects.visible_to(user).select_related("bureau")
    found = rows.filter(kind=kind, pk=key_of(query.data.get("version")) or 0).first()
    if found is None:
        raise Refused("4.4", "请先打开要导出的清单版本，再按“导出”。")
    return found


def list_kind(kind: str) -> ExportKind:
    """Return the export of a kind of list. Its digits are of laws and documents, no person's."""
    columns = {
        one.name: Column(one.title, one.meaning, one.width, code=True) for one in FIELDS[kind]
    }

    def rows(query: Query, user: User) -> QuerySet[ListItem]:
        version = _version(kind, query, user)
        return ListItem.objects.visible_to(user).filter(version=version).order_by("position")

    def read(keys: Sequence[int], query: Query, user: User) -> Iterator[dict[str, Any]]:
        found = ListItem.objects.visible_to(user).filter(pk__in=list(keys)).order_by("position")
        for item in found:
            yield {one.name: text_of(one, item) for one in FIELDS[kind]}

    def said(query: Query, user: User) -> list[tuple[str, str]]:
        version = _version(kind, query, user)
        pairs = [("清单", title_of(version)), ("状态", str(version.get_status_display()))]
        if version.since:
            pairs.append(("施行日", version.since.isoformat()))
        return pairs + ([("文号", version.document_number)] if version.document_number else [])

    return ExportKind(
        label=str(ListKind(kind).label),
        verb="redline.export",
        unit="项",
        columns=columns,
        rows=rows,
        read=read,
        said=said,
        names=("version",),
        named="behaviour",
        back="desk:redline-lists",
        of_today=True,
        of_entities=False,
        example="修订本局清单，供法规科使用",
    )


RED_LINES = list_kind(ListKind.RED_LINE)
NO_PENALTIES = list_kind(ListKind.NO_PENALTY)
NO_COERCIONS = list_kind(ListKind.NO_COERCION)
