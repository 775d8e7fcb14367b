"""How the changes of a table are kept: what a model says of itself.

Append-only models (``append_only = True``) are their own history. Every other model of ours names
a ``History``, or says with ``Unlogged`` why its rows need none; a test lets no table go without.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.apps import apps
from django.db import models

ENTITY = "entities_entity"


@dataclass(frozen=True)
class History:
    """Each changed row leaves a line in the change log, with the columns that changed.

    ``ignore``: bookkeeping columns; a change of these alone leaves nothing. ``hidden``: columns
    whose change is told but not their values (secrets, ciphertexts). ``inserts``: whether a new
    row leaves a line too; not where other append-only rows come with it and say who made it.
    """

    ignore: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    inserts: bool = True


@dataclass(frozen=True)
class Unlogged:
    """The table needs no history, for a reason."""

    reason: str


def logged_models() -> list[type[models.Model]]:
    """Return the models whose changes the triggers write down."""
    return [model for model in _tables() if isinstance(getattr(model, "history", None), History)]


def superseding_models() -> list[type[models.Model]]:
    """Return the append-only models whose rows are superseded, which the log tells of."""
    return [
        model
        for model in _tables()
        if getattr(model, "append_only", False)
        and any(field.column == "superseded_at" for field in model._meta.concrete_fields)
    ]


def act_models() -> list[type[models.Model]]:
    """Return the append-only models whose rows are acts of people (``is_act = True``).

    Each new row leaves a line: an act that only adds facts would leave none otherwise.
    """
    return [model for model in _tables() if getattr(model, "is_act", False)]


def _tables() -> list[type[models.Model]]:
    return [m for m in apps.get_models() if m._meta.managed and not m._meta.proxy]


def entity_column(model: type[models.Model]) -> str:
    """Return the column that names the entity a row is about, or an empty string."""
    if model._meta.db_table == ENTITY:
        return "id"
    columns = {field.column for field in model._meta.concrete_fields}
    return "entity_id" if "entity_id" in columns else ""
