"""Tags and filters of our templates: they show, they never decide."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from core import masking
from core.errors import clause_said
from core.sections import Section
from desk.badges import CHOICES, badge_of
from desk.exports.cover import workplace_of
from desk.navigation import groups_for
from policy.clauses import CLAUSES
from staff import permissions
from staff.agents import browser_of

register = template.Library()
READINGS = re.compile(r"readings (\d+(?:, \d+)*)")


@register.filter
def may(user: Any, verb: str) -> bool:
    """Return whether the account may do the verb of staff.permissions at all."""
    return permissions.may(user, verb)


@register.filter
def workplace(user: Any) -> str:
    """Return the station, unit or bureau of an account or a grant, or an empty string."""
    return workplace_of(user)


@register.inclusion_tag("components/watermark.html", takes_context=True)
def watermark(context: template.Context) -> dict[str, Any]:
    """Draw who looks and when over the page, unless it is switched off or nobody is logged in."""
    user = context.get("user")
    shown = settings.WATERMARK and getattr(user, "is_authenticated", False)
    return {"who": user if shown else None, "at": timezone.now()}


@register.filter
def thousands(number: int | None) -> str:
    """Write 4000000 as 4,000,000, and a missing number as a dash."""
    return "—" if number is None else f"{number:,}"


@register.filter
def day(value: date | None) -> str:
    """Write a day as 2025-03-31, and a missing one as a dash."""
    return "—" if value is None else f"{value:%Y-%m-%d}"


@register.filter
def instant(value: datetime | None) -> str:
    """Write an instant in Chongqing's time to the minute, and a missing one as a dash."""
    return "—" if value is None else f"{timezone.localtime(value):%Y-%m-%d %H:%M}"


@register.filter
def second(value: datetime | None) -> str:
    """Write an instant in Chongqing's time to the second, and a missing one as a dash."""
    return "—" if value is None else f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}"


@register.filter
def or_dash(value: Any) -> Any:
    """Show an empty value as a dash."""
    return "—" if value in (None, "") else value


@register.filter
def last_day(until: date | None) -> str:
    """Write the end of a half-open span as people do: open ones go on (至今)."""
    return "至今" if until is None else f"{until:%Y-%m-%d}前"


@register.inclusion_tag("components/badge.html")
def badge(kind: str, value: Any, *, short: bool = False) -> dict[str, str]:
    """Show a choice as a badge: ``{% badge "status" entity.status %}``; kinds in desk.badges."""
    return badge_of(kind, value, short=short)


@register.simple_tag
def choice_label(kind: str, value: Any) -> str:
    """Return the label of a choice without a badge."""
    return str(CHOICES[kind](value).label)


@register.filter
def lookup(mapping: dict[str, Any], key: str) -> Any:
    """Return the value of a key, or an empty string."""
    return mapping.get(key, "")


@register.filter
def browser(agent: str) -> str:
    """Write a User-Agent as "Chrome 156 / Windows"."""
    return browser_of(agent)


@register.filter
def masked_phone(text: str) -> str:
    """Show a telephone number without its middle."""
    return masking.phone(text)


@register.filter
def masked(text: str) -> str:
    """Show the first character of a name or address only."""
    return masking.start(text)


@register.inclusion_tag("components/clause.html")
def clause(number: str) -> dict[str, str]:
    """Show a clause by its number ("3.2"); a reading ("readings 5") by its own words."""
    found = CLAUSES.get(number)
    if found is None:
        label = clause_said(number) if number != "readings" else "政策理解"
        return {"label": label, "title": "", "summary": ""}
    return {"label": found.label, "title": found.title, "summary": found.summary}


@register.inclusion_tag("components/navigation.html", takes_context=True)
def navigation(context: template.Context) -> dict[str, Any]:
    return {"groups": groups_for(context["request"])}


@register.simple_tag(takes_context=True)
def section_body(context: template.Context, section: Section) -> str:
    """Render a section with what its room gave it, and the request of the page."""
    return render_to_string(section.template, section.context, context.get("request"))


@register.simple_tag
def highlight(text: str, words: list[str]) -> SafeString:
    """Mark each of the words wherever it stands in the text."""
    pieces: list[tuple[str, bool]] = [(text, False)]
    for word in sorted({w for w in words if w}, key=len, reverse=True):
        pieces = [part for piece in pieces for part in _split(*piece, word)]
    return format_html_join(
        "",
        "{}",
        ((format_html("<mark>{}</mark>", said) if found else said,) for said, found in pieces),
    )


def _split(text: str, found: bool, word: str) -> list[tuple[str, bool]]:
    if found or word not in text:
        return [(text, found)]
    first, *others = text.split(word)
    parts = [(first, False)]
    for other in others:
        parts += [(word, True), (other, False)]
    return [part for part in parts if part[0]]


@register.filter("clause_said")
def said_of_clause(number: str) -> str:
    """Write a clause by its number as staff know it; another source as it stands."""
    return clause_said(number)


@register.filter
def in_words(text: str) -> str:
    """Write the readings a text cites ("readings 7, 8") as staff know them."""
    return READINGS.sub(lambda found: f"政策理解第{found[1].replace(', ', '、')}条", text)
