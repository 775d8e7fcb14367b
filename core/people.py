"""Who did something: the column that names an account."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models


def person(label: str, *, optional: bool = False, editable: bool = True) -> Any:
    """Return the foreign key to whoever filed, decided or did a thing; ``label`` is its name.

    Accounts are never deleted, and none is asked what it did by this column.
    """
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=optional,
        blank=optional,
        editable=editable,
        related_name="+",
        verbose_name=label,
    )
