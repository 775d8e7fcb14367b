"""What takes an entity out and what lets it back; and the review list of ordinary violations."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.audit.history import History
from core.dated import Dated, days_in_order, no_overlap
from core.people import person
from core.scope import OfBureau, OfEntity, ScopedModel
from entities.models import Entity
from redline.choices import (
    FollowUpKind,
    RemovalCause,
    ReviewCause,
    ReviewOutcome,
)
from redline.models.orders import Order
from redline.models.violations import Violation
from staff.models import Bureau


class Removal(ScopedModel):
    """That a violation took its entity out of the sandbox (四(四), 四(一)); never deleted.

    ``since`` is the first day outside, by the dates and not by the scan; ``made_on`` the day on
    which it was made. It ends by re-entry or is revoked (撤销移出) where it was wrong from the
    start. The texts are as they stood: item, list and version, order number, days, recheck.
    """

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="removals")
    bureau = models.ForeignKey(Bureau, on_delete=models.PROTECT, related_name="+")
    violation = models.ForeignKey(Violation, on_delete=models.PROTECT, related_name="removals")
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, null=True, blank=True, related_name="removals"
    )
    cause = models.CharField("事由", max_length=12, choices=RemovalCause)
    since = models.DateField("移出日")
    item = models.CharField("触碰事项", max_length=330, blank=True)
    list_version = models.CharField("清单版本", max_length=120, blank=True)
    order_number = models.CharField("责令改正文号", max_length=60, blank=True)
    served_on = models.DateField("送达日", null=True, blank=True)
    due_on = models.DateField("届满日", null=True, blank=True)
    recheck = models.CharField("复查", max_length=200, blank=True)
    reason = models.TextField("理由", blank=True)
    made_on = models.DateField("登记日")
    made_by = person("办理人", optional=True)
    made_at = models.DateTimeField("登记时间", db_default=Now(), editable=False)
    revoked_on = models.DateField("撤销日", null=True, blank=True)
    revoked_by = person("撤销人", optional=True)
    revoked_at = models.DateTimeField("撤销时间", null=True, blank=True)
    revoke_reason = models.TextField("撤销理由", blank=True)
    returned_on = models.DateField("重新移入日", null=True, blank=True)
    returned_by = person("重新移入批准人", optional=True)
    return_reason = models.TextField("重新移入理由", blank=True)

    scope = OfBureau()
    history = History()

    class Meta:
        verbose_name = "触线移出"
        verbose_name_plural = "触线移出"
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                name="one_standing_removal_a_cause",
                fields=("violation", "cause", "order"),
                condition=Q(revoked_at=None, returned_on=None),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="who_returns_was_out",
                condition=Q(returned_on=None) | Q(returned_on__gt=models.F("since")),
                violation_error_message="重新移入日须晚于移出日。",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_cause_display()} {self.since}"


class RemovalSpan(Dated):
    """That an entity is out by at least one removal: derived, one row at a time for the rules.

    Its texts are those of the removal that began first among those that stand on the day;
    ``removed_on`` is that removal's first day, which may lie before this row's.
    """

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="removal_spans")
    removal = models.ForeignKey(Removal, on_delete=models.PROTECT, related_name="spans")
    removed_on = models.DateField("移出日")
    cause = models.CharField("事由", max_length=12, choices=RemovalCause)
    item = models.CharField("触碰事项", max_length=330, blank=True)
    list_version = models.CharField("清单版本", max_length=120, blank=True)
    order_number = models.CharField("责令改正文号", max_length=60, blank=True)
    served_on = models.DateField("送达日", null=True, blank=True)
    due_on = models.DateField("届满日", null=True, blank=True)
    recheck = models.CharField("复查", max_length=200, blank=True)
    reason = models.TextField("理由", blank=True)

    scope = OfEntity("entity")

    class Meta:
        verbose_name = "移出期间"
        verbose_name_plural = "移出期间"
        constraints = (
            no_overlap("entity_is_removed_once", "entity"),
            days_in_order("removal_span_days_in_order"),
        )


class Review(ScopedModel):
    """An entry of the review list (复核清单): an ordinary violation that asks for a look.

    Due after ``orders.review_working_days``; then red on the city desk (readings 8). An officer
    proposes an outcome, the lead decides; MOVED_OUT makes a ``Removal``.
    """

    violation = models.ForeignKey(Violation, on_delete=models.PROTECT, related_name="reviews")
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, null=True, blank=True, related_name="reviews"
    )
    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="violation_reviews")
    bureau = models.ForeignKey(Bureau, on_delete=models.PROTECT, related_name="+")
    cause = models.CharField("事由", max_length=10, choices=ReviewCause)
    raised_on = models.DateField("列入日")
    days = models.PositiveSmallIntegerField("期限（工作日）")
    due_on = models.DateField("复核期限")
    proposed = models.CharField("建议", max_length=12, choices=ReviewOutcome, blank=True)
    proposed_by = person("建议人", optional=True)
    proposed_at = models.DateTimeField("建议时间", null=True, blank=True)
    proposal_reason = models.TextField("建议理由", blank=True)
    revision = models.PositiveIntegerField(default=0)
    outcome = models.CharField(
        "结果", max_length=12, choices=ReviewOutcome, default=ReviewOutcome.OPEN
    )
    reason = models.TextField("理由", blank=True)
    referred_to = models.CharField("移送单位", max_length=100, blank=True)
    decided_by = person("决定人", optional=True)
    decided_on = models.DateField("决定日", null=True, blank=True)
    decided_at = models.DateTimeField("决定时间", null=True, blank=True)

    scope = OfBureau()
    history = History(ignore=("revision",))

    class Meta:
        verbose_name = "复核"
        verbose_name_plural = "复核"
        ordering = ("due_on", "id")
        indexes = (
            models.Index(name="review_by_due_day", fields=("due_on",), condition=Q(outcome="open")),
        )
        constraints = (
            models.UniqueConstraint(
                name="one_review_a_cause",
                fields=("violation", "cause", "order"),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="a_review_is_decided_by_another",
                condition=Q(decided_by=None)
                | Q(proposed_by=None)
                | ~Q(decided_by=models.F("proposed_by")),
                violation_error_message="建议人不能决定自己建议的复核。",
            ),
        )

    def __str__(self) -> str:
        return f"复核{self.pk}"


class FollowUp(ScopedModel):
    """A to-do of the lead: what a revoked removal had ended, an order that must be made anew."""

    kind = models.CharField("类别", max_length=10, choices=FollowUpKind)
    bureau = models.ForeignKey(Bureau, on_delete=models.PROTECT, related_name="+")
    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, null=True, blank=True, related_name="follow_ups"
    )
    removal = models.ForeignKey(
        Removal, on_delete=models.PROTECT, null=True, blank=True, related_name="follow_ups"
    )
    text = models.TextField("事项")
    raised_on = models.DateField("提出日")
    raised_at = models.DateTimeField("提出时间", db_default=Now(), editable=False)
    settled_by = person("办理人", optional=True)
    settled_at = models.DateTimeField("办理时间", null=True, blank=True)
    note = models.TextField("办理情况", blank=True)

    scope = OfBureau()
    history = History()

    class Meta:
        verbose_name = "后续事项"
        verbose_name_plural = "后续事项"
        ordering = ("id",)

    def __str__(self) -> str:
        return self.text[:30]
