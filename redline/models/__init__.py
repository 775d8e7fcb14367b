"""Red lines (四(四)): lists, violations and touches, orders, removals, reviews, papers."""

from redline.models.lists import ListItem, ListStep, ListVersion
from redline.models.orders import (
    Extension,
    Hold,
    MendingReport,
    Order,
    OrderNotice,
    OrderStep,
    Recheck,
    Service,
)
from redline.models.papers import Paper, PaperContent, PaperTemplate
from redline.models.removals import FollowUp, Removal, RemovalSpan, Review
from redline.models.violations import (
    Case,
    Evidence,
    EvidenceContent,
    ListMatch,
    Measure,
    Touch,
    Violation,
)

__all__ = (
    "Case",
    "Evidence",
    "EvidenceContent",
    "Extension",
    "FollowUp",
    "Hold",
    "ListItem",
    "ListMatch",
    "ListStep",
    "ListVersion",
    "Measure",
    "MendingReport",
    "Order",
    "OrderNotice",
    "OrderStep",
    "Paper",
    "PaperContent",
    "PaperTemplate",
    "Recheck",
    "Removal",
    "RemovalSpan",
    "Review",
    "Service",
    "Touch",
    "Violation",
)
