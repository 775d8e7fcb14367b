"""Removals by red lines, with the texts that a case gives them, and the days outside from them."""

from datetime import UTC, date, datetime
from typing import Any

from entities.models import Entity
from redline.models import Removal
from redline.removals import derive_spans
from tests.redline.factories import make_violation


def make_removal(
    entity: Entity, cause: str, since: date, *, revoked: bool = False, **fields: Any
) -> Removal:
    """Make a removal; ``returned_on`` lets the entity back, ``revoked`` takes the removal back."""
    violation = fields.pop("violation", None) or make_violation(entity)
    removal = Removal(
        **{
            "entity": entity,
            "bureau": violation.bureau,
            "violation": violation,
            "cause": cause,
            "since": since,
            "made_on": since,
        }
        | fields
    )
    if revoked:
        removal.revoked_at, removal.revoke_reason = datetime.now(UTC), "认定有误"
    removal.save(force_insert=True)
    derive_spans([entity.pk], cause="触线移出")
    return removal
