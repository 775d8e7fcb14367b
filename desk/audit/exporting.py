"""The logs as tables to hand out: columns, rows and wording; producing the file is not done here.

Whoever exports reads with ``log.export``; rows come in the order of the page, the newest first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone

from core.errors import Refused
from core.models import Change
from desk.audit.columns import ACCESSES, CHANGES, Columns
from desk.audit.filters import AccessFilter, ChangeFilter, LogFilter
from desk.audit.lines import AccessLine, ChangeLine, Who, access_lines, change_lines
from desk.audit.reading import span_of
from staff.models import User
from staff.permissions import demand

SCOPE = "全部日志（审计管理员）"


@dataclass(frozen=True)
class LogExport:
    """One log as a table.

    ``rows`` gives the lines a query (the list's address) asks for and ``read`` some of them, by
    key, as dicts by column in the same order; ``said`` the conditions in words, ``names`` the
    parameters that count. ``back`` is the URL name of the list.
    """

    label: str
    form: type[LogFilter]
    columns: Columns
    lines: Callable[[Sequence[Any]], list[Any]]
    values: Callable[[Any], dict[str, str]]
    back: str
    verb: str = "log.export"
    unit: str = "行"
    scope: str = SCOPE

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.form(QueryDict()).fields)

    def rows(self, query: QueryDict, viewer: User) -> QuerySet[Any]:
        """Return the lines asked for; refuses whoever may not, and conditions that are none."""
        demand(viewer, self.verb)
        form = self._valid(query)
        span = span_of(form.log, form.cleaned_data["since"], form.cleaned_data["until"])
        rows: Any = form.log.objects.visible_to(viewer).filter(form.condition())
        return rows.filter(pk__gte=span.first, pk__lt=span.end).order_by("-pk")

    def read(self, keys: Sequence[int], viewer: User) -> Iterator[dict[str, str]]:
        """Yield the cells of the lines with these keys, the newest first."""
        demand(viewer, self.verb)
        found = self.form.log.objects.visible_to(viewer).filter(pk__in=list(keys))
        for line in self.lines(list(found.order_by("-pk"))):
            yield self.values(line)

    def said(self, query: QueryDict) -> list[tuple[str, str]]:
        """Return the conditions as pairs of label and value, for the cover."""
        return [(label, value) for _, label, value in self._valid(query).said()]

    def _valid(self, query: QueryDict) -> LogFilter:
        form = self.form(query)
        if not form.is_valid():
            problems = "".join(str(error) for errors in form.errors.values() for error in errors)
            raise Refused("", f"条件有误，没有导出：{problems}")
        return form


def _who(line: Any, who: Who) -> dict[str, str]:
    return {
        "at": f"{timezone.localtime(line.line.at):%Y-%m-%d %H:%M:%S}",
        "username": who.user.username if who.user else "",
        "name": who.user.name if who.user else "",
        "role": who.role,
        "origin": who.origin,
        "address": line.line.address,
        "operation": str(line.line.operation or ""),
        "entity": f"{line.entity.name}（{line.entity.code}）" if line.entity else "",
        "reason": line.line.reason,
    }


def _change(line: ChangeLine) -> dict[str, str]:
    after = [f"{c.label}：{c.after}" for c in line.cells if c.after is not None]
    ended = line.line.verb == Change.Verb.SUPERSEDE
    return _who(line, line.who) | {
        "table": line.table,
        "row": str(line.line.row_key),
        "verb": line.line.get_verb_display(),
        "before": "；".join(f"{c.label}：{c.before}" for c in line.cells if c.before is not None),
        "after": "；".join(after) or (line.columns if ended else ""),
        "login": line.line.login,
    }


def _access(line: AccessLine) -> dict[str, str]:
    return _who(line, line.who) | {
        "kind": line.line.get_kind_display(),
        "ok": "成功" if line.line.ok else "失败",
        "typed": line.line.username,
        "subject": line.subject,
        "detail": "；".join(f"{label}：{value}" for label, value in line.details),
    }


EXPORTS: dict[str, LogExport] = {
    "changes": LogExport(
        "变更记录", ChangeFilter, CHANGES, change_lines, _change, "desk:audit-changes"
    ),
    "accesses": LogExport(
        "访问记录", AccessFilter, ACCESSES, access_lines, _access, "desk:audit-accesses"
    ),
}
"""Both logs, by the name an export gives them."""
