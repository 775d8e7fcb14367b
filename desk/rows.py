"""The rows of the entity list: facts of a day joined to the keys of one page, and no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import F, OuterRef, Subquery

from desk.context import Moment
from entities.choices import Domain, MarkOrigin, Novelty, Status, Verdict
from entities.models import Entity
from membership import evaluation
from membership.models import GroundName
from membership.queries import members
from membership.rules.base import Moment as Judged
from staff.models import User

FACTS: dict[str, Any] = {
    "status_then": F("status_fact__status"),
    "letter_then": F("class_fact__letter"),
    "month_then": F("class_fact__month"),
    "novelties_then": F("mark_fact__novelties"),
    "origin_then": F("mark_fact__origin"),
    **{f"{domain.value}_then": F(f"safety_fact__{domain.value}") for domain in Domain},
    "zones_then": F("presence_fact__names"),
    **{
        f"{ground.value}_since": F(f"open_{ground.value}__since")
        for ground in evaluation.ENTITIES.grounds
    },
    "undecided_then": F("watch__undecided"),
    "review_then": F("watch__review"),
}


@dataclass(frozen=True)
class Row:
    """One line of the list: the entity, and its facts on the day that is shown."""

    entity: Entity
    status: str | None
    letter: str | None
    grounds: list[str]
    novelties: list[str]
    has_mark: bool
    only_proposed: bool
    domains: list[tuple[str, int]]
    is_undecided: bool
    is_review: bool

    @property
    def place(self) -> str:
        """The district and the station, whose name often begins with the district's."""
        district = self.entity.district.short_name if self.entity.district else ""
        said = [district or "未落区县"]
        if self.entity.station:
            said.append(self.entity.station.name.removeprefix(district))
        return " · ".join(said)

    @property
    def has_ended(self) -> bool:
        """Whether the entity is in no state that lets it trade; shown in red."""
        return self.status not in (None, Status.ACTIVE, Status.DORMANT)


def rows_of(keys: list[int], viewer: User, moment: Moment) -> list[Row]:
    """Return the rows of a page in the order of their keys, in one query."""
    joined: Any = evaluation.joined(Judged(moment.on, moment.known))
    entities = (
        joined.filter(pk__in=keys)
        .visible_to(viewer)
        .select_related("district", "street", "bureau", "station")
        .annotate(**FACTS, zone_since=_zone_since(moment))
        .order_by("pk")
        .defer("business_scope", "name_bigrams")
    )
    return [_row(entity) for entity in entities]


def _zone_since(moment: Moment) -> Subquery:
    """Return since when the earliest open ground of a zone holds; an entity may have several."""
    grounds = members(moment.on, moment.known).filter(entity=OuterRef("pk"), ground=GroundName.ZONE)
    return Subquery(grounds.order_by("since").values("since")[:1])


def _row(entity: Any) -> Row:
    verdicts = [
        (domain.label, getattr(entity, f"{domain.value}_then") or Verdict.NONE) for domain in Domain
    ]
    return Row(
        entity=entity,
        status=entity.status_then,
        letter=entity.letter_then,
        grounds=[g.value for g in GroundName if getattr(entity, f"{g.value}_since") is not None],
        novelties=[Novelty(n).label for n in entity.novelties_then or ()],
        has_mark=entity.origin_then is not None,
        only_proposed=entity.origin_then == MarkOrigin.DISTRICT,
        domains=[(label, verdict) for label, verdict in verdicts if verdict != Verdict.NONE],
        is_undecided=bool(entity.undecided_then),
        is_review=bool(entity.review_then),
    )
