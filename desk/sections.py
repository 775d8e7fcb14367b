"""The sections of the entity's page, by name and in order: a new room adds its lines here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from core.sections import Section
from desk.context import Moment
from entities import sections as of_entities
from entities.models import Entity
from membership import sections as of_membership
from redline import sections as of_redline
from staff.models import User
from zones import sections as of_zones

SECTIONS: tuple[Callable[[Entity, date, datetime | None, User], Section], ...] = (
    of_membership.ledger,
    of_membership.exclusions,
    of_redline.removals,
    of_redline.orders,
    of_redline.violations,
    of_zones.zones,
    of_entities.waiting_changes,
    of_entities.credit_classes,
    of_entities.safety,
    of_entities.statements,
    of_entities.licences,
    of_entities.four_new,
    of_entities.listings,
    of_entities.statuses,
    of_entities.operations,
)


def sections_of(entity: Entity, moment: Moment, viewer: User) -> list[Section]:
    """Return every section of an entity the viewer may see, the empty ones last."""
    made = [section(entity, moment.on, moment.known, viewer) for section in SECTIONS]
    return [s for s in made if s.count] + [s for s in made if not s.count]


def words_of(sections: list[Section]) -> list[str]:
    """Return the words to mark in the business scope: those that tell a safety field."""
    return [word for section in sections for word in section.context.get("words", ())]
