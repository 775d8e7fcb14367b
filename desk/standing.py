"""What an entity has that an action could change, so that buttons lead somewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef

from core.dated import in_force
from entities.choices import ListName, MarkOrigin
from entities.models import (
    Entity,
    FourNewMark,
    FourNewProposal,
    Licence,
    Listing,
    SafetyStatement,
)
from membership.models import ExclusionRequest, ManualExclusion

HERE = OuterRef("pk")
OPENING = (MarkOrigin.LIST, MarkOrigin.RULE, MarkOrigin.DECISION)


@dataclass(frozen=True)
class Standing:
    """Yes or no for each thing that an action needs, on a day as known now."""

    has_statement: bool
    has_licence: bool
    abnormal: bool
    serious: bool
    marked: bool
    proposed: bool
    excluded: bool
    exclusion_asked: bool


def standing_of(entity: Entity, on: date) -> Standing:
    """Ask for all of it in one query; the caller has seen that the viewer may see the entity."""
    listed = Listing.objects.filter(in_force(on), entity=HERE)
    rows = {
        "has_statement": SafetyStatement.objects.filter(in_force(on), entity=HERE),
        "has_licence": Licence.objects.filter(in_force(on), entity=HERE),
        "abnormal": listed.filter(list_name=ListName.ABNORMAL),
        "serious": listed.filter(list_name=ListName.SERIOUS),
        "marked": FourNewMark.objects.filter(in_force(on), entity=HERE, origin__in=OPENING),
        "proposed": FourNewProposal.objects.filter(
            entity=HERE, status=FourNewProposal.Status.FILED
        ),
        "excluded": ManualExclusion.objects.filter(entity=HERE, superseded_at=None, until=None),
        "exclusion_asked": ExclusionRequest.objects.filter(
            entity=HERE, status=ExclusionRequest.Status.FILED
        ),
    }
    found = (
        Entity.objects.filter(pk=entity.pk)
        .annotate(**{name: Exists(wanted) for name, wanted in rows.items()})
        .values(*rows)
        .for_system("what one entity that the caller may see has")
        .get()
    )
    return Standing(**found)
