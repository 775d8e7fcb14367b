"""Facts on two time axes (docs/architecture.md): when they held, and when we knew.

``since`` and ``until`` are days, half open; ``recorded_at`` and ``superseded_at`` are instants.
Closing a fact supersedes the open row and inserts the closed one; nothing is rewritten, and a
database trigger permits only the setting of ``superseded_at``, once.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import Func, Q
from django.db.models.functions import Now
from django.utils import timezone

from core.scope import ScopedModel, ScopedQuerySet


def in_force(on: date | Any, known: datetime | None = None, prefix: str = "") -> Q:
    """Return the condition that a dated row holds on a day, as known at an instant (default: now).

    ``prefix`` is the path to the dated table, for example ``"credit_classes__"``.
    """
    held = Q(**{f"{prefix}since__lte": on}) & (
        Q(**{f"{prefix}until__isnull": True}) | Q(**{f"{prefix}until__gt": on})
    )
    if known is None:
        return held & Q(**{f"{prefix}superseded_at__isnull": True})
    return (
        held
        & Q(**{f"{prefix}recorded_at__lte": known})
        & (
            Q(**{f"{prefix}superseded_at__isnull": True})
            | Q(**{f"{prefix}superseded_at__gt": known})
        )
    )


class DatedQuerySet(ScopedQuerySet):
    def in_force(self, on: date, known: datetime | None = None) -> Self:
        """Return the rows that hold on ``on``, as known at ``known``."""
        return self.filter(in_force(on, known))

    def current(self) -> Self:
        """Return the rows that are today's knowledge, of whatever day."""
        return self.filter(superseded_at=None)


class DateRange(Func):
    function = "daterange"


def no_overlap(name: str, *keys: str, condition: Q | None = None) -> ExclusionConstraint:
    """Return the constraint that current rows with the same keys never overlap in days."""
    current = Q(superseded_at=None)
    return ExclusionConstraint(
        name=name,
        expressions=[
            *((key, RangeOperators.EQUAL) for key in keys),
            (DateRange("since", "until", RangeBoundary()), RangeOperators.OVERLAPS),
        ],
        condition=current if condition is None else current & condition,
        violation_error_message="同一事项在同一时段只能有一条有效记录。",
    )


def days_in_order(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=name,
        condition=Q(until=None) | Q(until__gt=models.F("since")),
        violation_error_message="截止日须晚于起始日。",
    )


class Dated(ScopedModel):
    """A fact, or a ground: append-only, with its days and its instants."""

    append_only = True

    since = models.DateField("起")
    until = models.DateField("止（不含）", null=True, blank=True)
    recorded_at = models.DateTimeField("登记时间", db_default=Now(), editable=False)
    superseded_at = models.DateTimeField("被取代时间", null=True, blank=True, editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name="登记人",
    )
    source = models.CharField("来源", max_length=200, blank=True)

    objects = models.Manager.from_queryset(DatedQuerySet)()  # type: ignore[misc]

    class Meta:
        abstract = True

    def close(self, on: date, *, by: Any = None, source: str = "") -> Self | None:
        """End this fact on ``on`` (the first day it no longer holds); return the closed row.

        A fact that ends on or before its first day is superseded without a successor.
        """
        self.supersede()
        if on <= self.since:
            return None
        closed = self.copy(until=on, recorded_by=by or self.recorded_by)
        # The same instant, so that no moment of knowledge lies between the two rows.
        closed.recorded_at = self.superseded_at  # type: ignore[assignment]
        if source:
            closed.source = source
        closed.save(force_insert=True)
        return closed

    def supersede(self) -> None:
        """Mark this row as no longer what we know. Only one of two callers succeeds."""
        now = timezone.now()
        changed = (
            type(self)
            .objects.for_system("superseding one row by its key")
            .filter(pk=self.pk, superseded_at=None)
            .update(superseded_at=now)
        )
        if not changed:
            raise Superseded(f"{self._meta.verbose_name}已被他人更新，请刷新后重试。")
        self.superseded_at = now

    def copy(self, **changes: Any) -> Self:
        """Return an unsaved row with the same facts, newly recorded."""
        values = {
            field.attname: getattr(self, field.attname)
            for field in self._meta.concrete_fields
            if field.name not in ("id", "recorded_at", "superseded_at")
        }
        fresh = type(self)(**values)
        for name, value in changes.items():
            setattr(fresh, name, value)
        return fresh


class Superseded(Exception):
    """Somebody else replaced the row first."""
