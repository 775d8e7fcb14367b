"""The auditor's first page: today's figures, each counted by the very form of its list."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from core.models import Access
from desk.audit import sealed
from desk.audit.filters import AccessFilter, ChangeFilter, LogFilter
from desk.audit.reading import Span, span_of
from desk.audit.wording import Origin
from desk.figures import Figure
from staff.models import User

Kind = Access.Kind

TODAY: tuple[tuple[str, str, type[LogFilter], str, dict[str, str], str], ...] = (
    ("failed", "登录失败", AccessFilter, "次", {"kind": Kind.LOGIN_FAILED}, "watch-line"),
    ("locked", "登录锁定", AccessFilter, "次", {"kind": Kind.LOCKED}, "alert-line"),
    ("denied", "拒绝访问", AccessFilter, "次", {"kind": Kind.DENIED}, "watch-line"),
    ("exports", "导出", AccessFilter, "次", {"kind": Kind.EXPORT}, ""),
    ("accounts", "账户管理", AccessFilter, "次", {"kind": Kind.ACCOUNT}, "watch-line"),
    ("direct", "数据库直接修改", ChangeFilter, "行", {"origin": Origin.DIRECT}, "alert-line"),
)
"""Key, label, form, unit, conditions beside today, and the tone where the figure is not zero."""

PAGES: dict[type[LogFilter], str] = {
    ChangeFilter: "desk:audit-changes",
    AccessFilter: "desk:audit-accesses",
}


def tiles(viewer: User, now: datetime) -> list[Figure]:
    """Return the figures of today; each leads to exactly the list it counts."""
    shown = []
    began = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    since = f"{began:%Y-%m-%dT%H:%M}"
    spans = {form: span_of(form.log, began, None) for form in PAGES}
    for key, label, form, unit, conditions, tone in TODAY:
        query = urlencode(conditions | {"since": since})
        number = count(form(QueryDict(query)), viewer, spans[form])
        url = f"{reverse(PAGES[form])}?{query}"
        shown.append(Figure(key, f"今日{label}", number, url, unit, "", tone if number else ""))
    wait = sealed.waiting(now)
    foot = "超过5分钟，封存可能已停" if wait.late else "最早一行的等待"
    if wait.since is None:
        foot = "全部已封存"
    tone = "alert-line" if wait.late else ""
    url = reverse("desk:audit-seals")
    return [*shown, Figure("unsealed", "未封存时长", wait.seconds, url, "秒", foot, tone)]


def count(form: LogFilter, viewer: User, span: Span) -> int:
    """Return how many lines of a span a valid form asks for."""
    form.full_clean()
    rows = form.log.objects.visible_to(viewer).filter(pk__gte=span.first, pk__lt=span.end)
    return rows.filter(form.condition()).count()
