"""A paper of an order that the other district issued."""

from __future__ import annotations

from django.utils import timezone

from entities.models import Entity
from redline.choices import OrderOrigin, OrderStatus, PaperKind
from redline.models import Paper
from redline.papers.making import make_paper
from staff.models import User
from tests.redline.factories import make_order, make_violation


def made_paper(entity: Entity, officer: User, mark: str) -> Paper:
    """Let the officer make the paper of an order whose words bear the mark."""
    order = make_order(
        make_violation(entity, by=officer, facts=f"{mark}事实"),
        status=OrderStatus.ISSUED,
        origin=OrderOrigin.ORDINARY,
    )
    return make_paper(order, PaperKind.ORDER, by=officer, on=timezone.localdate())
