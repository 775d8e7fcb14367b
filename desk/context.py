"""From which day, and with which knowledge, a page looks (architecture: two time axes)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.utils import timezone


@dataclass(frozen=True)
class Moment:
    """The day a page shows, and the instant up to which our knowledge counts (None: now).

    ``back`` is the address of the same page today; ``problem`` says which parameter was unusable;
    ``said`` is ``known`` as the address gave it.
    """

    on: date
    today: date
    known: datetime | None = None
    back: str = ""
    problem: str = ""
    said: str = ""

    @property
    def is_now(self) -> bool:
        """Whether the page shows today as known now, so that business may be done on it."""
        return self.on == self.today and self.known is None

    @property
    def knowledge(self) -> str:
        return "按现在所知" if self.known is None else f"按当时登记，截至 {self.known_said}"

    @property
    def suffix(self) -> str:
        """The query that opens another page at the same moment; empty now."""
        if self.is_now:
            return ""
        return "?" + urlencode(
            {"on": self.on.isoformat(), "known": self.said if self.known else ""}
        )

    @property
    def known_said(self) -> str:
        """Midnight is said as the end of the day before it."""
        if self.known is None:
            return ""
        local = timezone.localtime(self.known)
        if local.time() == time.min:
            return f"{local - timedelta(days=1):%Y-%m-%d} 24:00"
        return f"{local:%Y-%m-%d %H:%M}"


def moment_of(request: HttpRequest) -> Moment:
    """Read ``on`` (a day) and ``known`` (a day or an instant) from the address.

    A day of knowledge means its end; ``known=then`` means the end of the day that is shown. A
    value that is no day is named in ``problem`` and passed over.
    """
    today = timezone.localdate()
    problems = []
    on = _day(request.GET.get("on", ""))
    if on is None and request.GET.get("on"):
        problems.append("查看日期应为 2025-03-31 这样的日期，已按今天显示。")
    on = on or today
    said = request.GET.get("known", "")
    known = _end_of(on) if said == "then" else _instant(said)
    if known is None and said:
        problems.append("登记截止时间应为日期或时间，已按现在所知显示。")
    if known is not None and known >= timezone.now():
        known = None
    return Moment(
        on=on,
        today=today,
        known=known,
        back=_without(request, "on", "known"),
        problem="".join(problems),
        said=said,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _instant(text: str) -> datetime | None:
    day = _day(text)
    if day is not None:
        return _end_of(day)
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if timezone.is_aware(found) else timezone.make_aware(found)


def _end_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def _without(request: HttpRequest, *names: str) -> str:
    query: QueryDict = request.GET.copy()
    for name in names:
        query.pop(name, None)
    return f"{request.path}?{query.urlencode()}" if query else request.path
