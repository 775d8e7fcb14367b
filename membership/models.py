"""Grounds and the decisions that moved them, runs that judged, and what waits for people."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.audit.history import History, Unlogged
from core.dated import Dated, days_in_order, no_overlap
from core.scope import Business, OfEntity, Reference, ScopedModel
from entities.models import Entity
from policy.models import PolicyVersion
from zones.models import Occupant


class GroundName(models.TextChoices):
    """The entries of clause 三 (readings 5). ``zone`` is one ground a zone (``occupant``)."""

    ZONE = "zone", "区域类"
    FOUR_NEW = "four_new", "区域外“四新”"
    CREDIT = "credit", "主体类（信用沙盒）"


def occupant_where_zone(name: str) -> models.CheckConstraint:
    """Return the constraint that a zone's ground, and no other, says of which occupant it is."""
    zone = Q(ground=GroundName.ZONE)
    return models.CheckConstraint(
        name=name,
        condition=(zone & Q(occupant__isnull=False)) | (~zone & Q(occupant__isnull=True)),
    )


class Wording(models.Model):
    """The sentence of a rule for an outcome, as it stood; rows never change."""

    append_only = True

    rule = models.CharField(max_length=60)
    outcome = models.CharField(max_length=30)
    template = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    scope = Reference()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                name="a_wording_is_written_once", fields=("rule", "outcome", "template")
            ),
        )

    def __str__(self) -> str:
        return f"{self.rule} {self.outcome}"


class WordingVersion(models.Model):
    """All wordings in use at once: ``wordings`` maps "rule outcome" to the key of a Wording."""

    append_only = True

    digest = models.CharField(max_length=64, unique=True)
    wordings = models.JSONField()
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    scope = Reference()

    def __str__(self) -> str:
        return self.digest[:12]


class Run(ScopedModel):
    """One judgement, of everyone or of a few: its moves, its gate and its manifest.

    ``counts`` (manifest): ``{"judged", "moves", "opened": {ground: n}, "closed": {ground: n},
    "watched", "unexplained", "seconds"}``. ``gate``: what the brake counted and which limit it
    met, one entry per district and the city.
    """

    class Kind(models.TextChoices):
        NIGHTLY = "nightly", "每晚评估"
        RETAG = "retag", "人工发起评估"
        SETTLE = "settle", "即时评估"

    class Status(models.TextChoices):
        STAGING = "staging", "评估中"
        HELD = "held", "暂停待放行"
        APPLYING = "applying", "生效中"
        DONE = "done", "完成"
        ABANDONED = "abandoned", "已作废"

    kind = models.CharField("种类", max_length=10, choices=Kind)
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.STAGING)
    on = models.DateField("评估日")
    policy_version = models.ForeignKey(
        PolicyVersion, on_delete=models.PROTECT, related_name="+", verbose_name="参数版本"
    )
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    started_at = models.DateTimeField("开始", db_default=Now(), editable=False)
    finished_at = models.DateTimeField("结束", null=True, blank=True)
    counts = models.JSONField("清单", default=dict, encoder=DjangoJSONEncoder)
    gate = models.JSONField("闸门", default=dict, encoder=DjangoJSONEncoder)
    held_reason = models.TextField("暂停原因", blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    release_reason = models.TextField("放行理由", blank=True)

    scope = Business()
    history = History()

    class Meta:
        verbose_name = "评估"
        verbose_name_plural = "评估"
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                name="one_open_run",
                fields=("status",),
                condition=Q(status__in=("staging", "applying")) & ~Q(kind="settle"),
                violation_error_message="已有一次评估正在进行。",
            ),
            models.CheckConstraint(
                name="a_run_is_released_by_a_second_person",
                condition=Q(released_by=None)
                | Q(started_by=None)
                | ~Q(released_by=models.F("started_by")),
                violation_error_message="发起人不能放行自己发起的评估。",
            ),
        )
        indexes = (models.Index(name="run_by_day", fields=("on", "id")),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.on}（{self.pk}）"


class RunRange(models.Model):
    """A slice of keys of a run, staged and applied in one transaction each."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="ranges")
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    staged_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(null=True)
    judged = models.BigIntegerField(default=0)
    unexplained = models.BigIntegerField(default=0)

    scope = Reference()
    history = Unlogged("the progress of a run, which its manifest sums up")

    class Meta:
        ordering = ("first",)
        constraints = (models.UniqueConstraint(name="a_range_once", fields=("run", "first")),)

    def __str__(self) -> str:
        return f"{self.first}–{self.last}"


class Decision(ScopedModel):
    """Why a ground opened or closed: findings as they were, never edited (kept for moves only).

    ``findings``: a list of ``{"rule", "outcome", "facts": {name: value}, "row": id | null}``.
    ``cause``: the causes of the fact changes that led to it, or "unexplained".
    """

    append_only = True

    class Move(models.TextChoices):
        OPEN = "open", "移入"
        CLOSE = "close", "移出"

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="decisions")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="decisions")
    ground = models.CharField("纳入情形", max_length=10, choices=GroundName)
    occupant = models.ForeignKey(
        Occupant, on_delete=models.PROTECT, related_name="+", db_index=False, null=True
    )
    move = models.CharField("移入移出", max_length=5, choices=Move)
    day = models.DateField("生效日")
    findings = models.JSONField()
    cause = models.CharField("事由", max_length=200)
    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    wording_version = models.ForeignKey(WordingVersion, on_delete=models.PROTECT, related_name="+")
    bureau_id_then = models.BigIntegerField("当时监管机关", null=True)
    recorded_at = models.DateTimeField("记录时间", db_default=Now(), editable=False)

    scope = OfEntity("entity")

    class Meta:
        verbose_name = "移入移出决定"
        verbose_name_plural = "移入移出决定"
        ordering = ("-id",)
        constraints = (occupant_where_zone("decision_says_of_which_zone"),)
        indexes = (
            models.Index(name="decision_by_day", fields=("recorded_at",)),
            models.Index(name="decision_by_bureau", fields=("bureau_id_then", "id")),
        )


class Ground(Dated):
    """A ground (纳入情形) on which an entity is inside; inside as long as one is open.

    ``occupant``: the entity in the zone of a ``zone`` ground; null for every other ground.
    """

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="grounds")
    ground = models.CharField("纳入情形", max_length=10, choices=GroundName)
    occupant = models.ForeignKey(
        Occupant, on_delete=models.PROTECT, related_name="grounds", db_index=False, null=True
    )
    decision = models.ForeignKey(
        Decision, on_delete=models.PROTECT, related_name="+", db_index=False, null=True
    )

    scope = OfEntity("entity")

    class Meta:
        verbose_name = "纳入情形"
        verbose_name_plural = "纳入情形"
        constraints = (
            no_overlap(
                "entity_has_a_ground_once", "entity", "ground", condition=Q(occupant__isnull=True)
            ),
            no_overlap(
                "occupant_has_a_ground_once", "occupant", condition=Q(occupant__isnull=False)
            ),
            occupant_where_zone("ground_says_of_which_zone"),
            days_in_order("ground_days_in_order"),
        )
        indexes = (
            models.Index(
                name="ground_open",
                fields=("ground", "entity"),
                condition=Q(superseded_at=None, until=None),
            ),
            models.Index(
                name="ground_of_zone", fields=("occupant",), condition=Q(occupant__isnull=False)
            ),
        )


class Watch(Dated):
    """That an entity waits for people: 待核实 (undecided rules) or review (重点关注).

    Both lists hold rule keys; an entity with neither has no row in force.
    """

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="watches")
    undecided = ArrayField(models.CharField(max_length=60), default=list)
    review = ArrayField(models.CharField(max_length=60), default=list)

    scope = OfEntity("entity")

    class Meta:
        verbose_name = "待核实与关注"
        verbose_name_plural = "待核实与关注"
        constraints = (
            no_overlap("entity_is_watched_once", "entity"),
            days_in_order("watch_days_in_order"),
        )
        indexes = (
            models.Index(
                name="watch_open", fields=("entity",), condition=Q(superseded_at=None, until=None)
            ),
        )


class StagedMove(ScopedModel):
    """A move a run wants, waiting for the gate; a work table, emptied when the run ends."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="staged")
    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="+", db_index=False)
    ground = models.CharField(max_length=10)
    occupant = models.ForeignKey(
        Occupant, on_delete=models.CASCADE, related_name="+", db_index=False, null=True
    )
    day = models.DateField()
    move = models.CharField(max_length=5, choices=Decision.Move)

    scope = OfEntity("entity")
    history = Unlogged("a work table; decisions keep what came of it")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                name="one_staged_move_a_day",
                fields=("run", "entity", "ground", "day", "occupant"),
                nulls_distinct=False,
            ),
            occupant_where_zone("staged_move_says_of_which_zone"),
        )

    def __str__(self) -> str:
        return f"{self.entity_id} {self.ground} {self.move}"


class StagedWatch(ScopedModel):
    """What a run wants an entity's watch to say from a day; a work table like StagedMove."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="staged_watches")
    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    undecided = ArrayField(models.CharField(max_length=60))
    review = ArrayField(models.CharField(max_length=60))

    scope = OfEntity("entity")
    history = Unlogged("a work table; watches keep what came of it")

    class Meta:
        constraints = (
            models.UniqueConstraint(name="one_staged_watch_a_day", fields=("run", "entity", "day")),
        )

    def __str__(self) -> str:
        return f"{self.entity_id} {self.day}"


class ManualExclusion(Dated):
    """Taken out by hand, for a reason, by two persons, until a review (四(一), readings 5)."""

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="manual_exclusions")
    reason = models.TextField("理由")
    review_on = models.DateField("复核日")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="提出人"
    )

    scope = OfEntity("entity")

    class Meta:
        verbose_name = "人工移出"
        verbose_name_plural = "人工移出"
        constraints = (
            no_overlap("entity_is_excluded_once", "entity"),
            days_in_order("manual_exclusion_days_in_order"),
            models.CheckConstraint(
                name="an_exclusion_has_two_persons",
                condition=~Q(requested_by=models.F("recorded_by")),
                violation_error_message="提出人不能批准自己提出的人工移出。",
            ),
        )


class ExclusionRequest(ScopedModel):
    """A request to take an entity out, or to end such an exclusion, waiting for a second person."""

    class Kind(models.TextChoices):
        EXCLUDE = "exclude", "人工移出"
        LIFT = "lift", "解除人工移出"

    class Status(models.TextChoices):
        FILED = "filed", "待批准"
        APPROVED = "approved", "已批准"
        REFUSED = "refused", "不予批准"
        WITHDRAWN = "withdrawn", "已撤回"

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="exclusion_requests")
    kind = models.CharField("类别", max_length=10, choices=Kind)
    reason = models.TextField("理由")
    since = models.DateField("自")
    review_on = models.DateField("复核日", null=True, blank=True)
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.FILED)
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="提出人"
    )
    filed_at = models.DateTimeField("提出时间", db_default=Now(), editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField("决定时间", null=True, blank=True)
    opinion = models.TextField("意见", blank=True)

    scope = OfEntity("entity")
    history = History()

    class Meta:
        verbose_name = "人工移出申请"
        verbose_name_plural = "人工移出申请"
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                name="one_open_exclusion_request",
                fields=("entity",),
                condition=Q(status="filed"),
                violation_error_message="该主体已有待批准的人工移出申请。",
            ),
            models.CheckConstraint(
                name="a_request_is_decided_by_a_second_person",
                condition=Q(decided_by=None)
                | Q(status="withdrawn")
                | ~Q(decided_by=models.F("filed_by")),
                violation_error_message="提出人不能批准自己的申请。",
            ),
        )
