"""Tags of the pages where people do something."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import template
from django.utils import timezone

from core.attachments import TYPES
from core.workdays import add_working_days
from desk.bulk import BULK_VERBS, BulkVerb
from desk.entity_actions import actions_for
from desk.standing import standing_of
from entities.models import Entity
from membership.gate import named
from staff.models import User
from staff.permissions import may

register = template.Library()
SOON = 3
NAMED = 2


@register.simple_tag
def entity_actions(user: User, entity: Entity) -> Any:
    """Return the groups of buttons for an entity as it stands today."""
    return actions_for(user, standing_of(entity, timezone.localdate()))


@register.inclusion_tag("components/badge.html")
def due_light(due_on: date, today: date) -> dict[str, str]:
    """Show how near a deadline is: green beyond three working days, amber up to it, red after."""
    if due_on < today:
        return {
            "label": f"逾期 {(today - due_on).days} 天",
            "color": "danger",
            "title": f"期限 {due_on}",
        }
    near = due_on <= add_working_days(today, SOON)
    return {
        "label": f"{due_on:%m-%d} 前" if near else f"{due_on:%m-%d}",
        "color": "warning" if near else "success",
        "title": f"期限 {due_on}，{'三个工作日以内' if near else '尚余三个工作日以上'}",
    }


@register.simple_tag
def bulk_verbs(user: User) -> list[tuple[str, BulkVerb]]:
    """Return the verbs on many entities that this person may do."""
    return [(key, verb) for key, verb in BULK_VERBS.items() if may(user, verb.verb)]


@register.filter
def named_shortly(sentence: str) -> str:
    """Write the first places of a hold sentence and how many there are; the run names them all."""
    places = sentence.split("；")
    if len(places) <= NAMED:
        return named(sentence)
    return f"{named('；'.join(places[:NAMED]))}；等{len(places)}处超过上限"


@register.filter
def media(name: str) -> str:
    """Write a type of file in words; one that is no longer taken stands as it was kept."""
    return TYPES[name].said if name in TYPES else name


@register.filter
def count_of(counts: dict[str, Any], name: str) -> Any:
    """Return one figure of a manifest, or nothing where the run did not count it."""
    return counts.get(name)
