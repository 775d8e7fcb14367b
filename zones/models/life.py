"""What happens to a zone after its approval: changes of its roster, proposals, notes, liaison."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.audit.history import History
from core.people import person
from core.scope import OfBureau, ScopedModel
from entities.models import Entity
from zones.choices import (
    ChangeStatus,
    LiaisonKind,
    NoteKind,
    ProposalKind,
    ProposalStatus,
    RosterMove,
    TaskStatus,
)
from zones.models.zones import Zone


class RosterChange(ScopedModel):
    """A change of a roster inside the boundary: the district's lead approves, the city is told.

    The city may reverse it (readings 9), which undoes each row from ``since`` on. ``seen_at`` is
    when the city took note (备案).
    """

    zone = models.ForeignKey(Zone, on_delete=models.PROTECT, related_name="changes")
    status = models.CharField(
        "状态", max_length=10, choices=ChangeStatus, default=ChangeStatus.FILED
    )
    since = models.DateField("生效日")
    reason = models.TextField("变动理由")
    filed_by = person("提出人")
    filed_at = models.DateTimeField("提出时间", db_default=Now(), editable=False)
    decided_by = person("批准人", optional=True)
    decided_at = models.DateTimeField("决定时间", null=True, blank=True)
    opinion = models.TextField("意见", blank=True)
    seen_by = person("备案人", optional=True)
    seen_at = models.DateTimeField("备案时间", null=True, blank=True)
    reversed_by = person("撤销人", optional=True)
    reversed_at = models.DateTimeField("撤销时间", null=True, blank=True)
    reversal_reason = models.TextField("撤销理由", blank=True)

    scope = OfBureau("zone")
    history = History()

    class Meta:
        verbose_name = "名册变动"
        verbose_name_plural = "名册变动"
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                name="a_roster_change_is_decided_by_another",
                condition=Q(decided_by=None)
                | Q(status="withdrawn")
                | ~Q(decided_by=models.F("filed_by")),
                violation_error_message="提出人不能批准自己提出的名册变动。",
            ),
        )

    def __str__(self) -> str:
        return f"名册变动{self.pk}"


class RosterChangeRow(ScopedModel):
    """One entity of a roster change. ``done`` tells whether approval changed the roster for it.

    ``undone`` tells that a reversal took that back, ``kept_because`` why a reversal could not.
    """

    change = models.ForeignKey(RosterChange, on_delete=models.CASCADE, related_name="rows")
    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="+")
    move = models.CharField("变动", max_length=10, choices=RosterMove)
    note = models.CharField("说明", max_length=200, blank=True)
    done = models.BooleanField("已生效", default=False)
    undone = models.BooleanField("已撤销", default=False)
    kept_because = models.CharField("未撤销原因", max_length=200, blank=True)

    scope = OfBureau("change__zone")
    history = History()

    class Meta:
        verbose_name = "名册变动明细"
        verbose_name_plural = "名册变动明细"
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                name="a_change_names_an_entity_once", fields=("change", "entity")
            ),
        )

    def __str__(self) -> str:
        return f"{self.entity_id} {self.move}"


class RosterProposal(ScopedModel):
    """A monthly proposal from address matching: who came into the area or left it.

    ``evidence`` says in words what was matched. ``change`` is the roster change that a confirmation
    went into.
    """

    zone = models.ForeignKey(Zone, on_delete=models.PROTECT, related_name="proposals")
    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("类别", max_length=12, choices=ProposalKind)
    month = models.DateField("月份")
    evidence = models.CharField("依据", max_length=300)
    status = models.CharField(
        "状态", max_length=10, choices=ProposalStatus, default=ProposalStatus.OPEN
    )
    made_at = models.DateTimeField("提出时间", db_default=Now(), editable=False)
    answered_by = person("确认人", optional=True)
    answered_at = models.DateTimeField("确认时间", null=True, blank=True)
    answer = models.CharField("说明", max_length=200, blank=True)
    change = models.ForeignKey(
        RosterChange, on_delete=models.PROTECT, null=True, blank=True, related_name="proposals"
    )

    scope = OfBureau("zone")
    history = History(inserts=False)  # proposed by the system; people answer

    class Meta:
        verbose_name = "名册变动建议"
        verbose_name_plural = "名册变动建议"
        ordering = ("-id",)
        indexes = (models.Index(name="proposal_by_status", fields=("status", "zone")),)
        constraints = (
            models.UniqueConstraint(
                name="one_open_roster_proposal",
                fields=("zone", "entity"),
                condition=Q(status="open"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.entity_id} {self.kind}"


class ZoneNote(ScopedModel):
    """A note to the district about an entity of a roster: ended, left the district, renamed.

    ``left_on`` is the day on which the system took it off the roster, where the limit says so.
    """

    zone = models.ForeignKey(Zone, on_delete=models.PROTECT, related_name="notes")
    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("类别", max_length=15, choices=NoteKind)
    text = models.CharField("情况", max_length=400)
    raised_on = models.DateField("提示日")
    left_on = models.DateField("移出名册日", null=True, blank=True)
    settled_by = person("处理人", optional=True)
    settled_at = models.DateTimeField("处理时间", null=True, blank=True)
    answer = models.CharField("处理说明", max_length=200, blank=True)

    scope = OfBureau("zone")
    history = History(inserts=False)  # raised by the system; people settle

    class Meta:
        verbose_name = "名册提示"
        verbose_name_plural = "名册提示"
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                name="one_open_zone_note",
                fields=("zone", "entity", "kind"),
                condition=Q(settled_at=None),
            ),
        )

    def __str__(self) -> str:
        return self.text[:30]


class LiaisonEntry(ScopedModel):
    """An entry of the liaison log (对接机制, 四(二) first sentence and 四(五))."""

    zone = models.ForeignKey(Zone, on_delete=models.PROTECT, related_name="liaison")
    kind = models.CharField("类别", max_length=10, choices=LiaisonKind)
    day = models.DateField("日期")
    title = models.CharField("事项", max_length=100)
    text = models.TextField("内容", blank=True)
    people = models.CharField("参加或反映人", max_length=200, blank=True)
    entity = models.ForeignKey(
        Entity, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answer = models.TextField("答复", blank=True)
    answered_on = models.DateField("答复日", null=True, blank=True)
    answered_by = person("答复人", optional=True)
    made_by = person("记录人")
    made_at = models.DateTimeField("记录时间", db_default=Now(), editable=False)

    scope = OfBureau("zone")
    history = History()

    class Meta:
        verbose_name = "对接记录"
        verbose_name_plural = "对接记录"
        ordering = ("-day", "-id")

    def __str__(self) -> str:
        return self.title


class LiaisonTask(ScopedModel):
    """A task that came out of an entry, above all of a manager's clue."""

    entry = models.ForeignKey(LiaisonEntry, on_delete=models.PROTECT, related_name="tasks")
    title = models.CharField("任务", max_length=100)
    assignee = person("承办人")
    due_on = models.DateField("办理期限")
    status = models.CharField("状态", max_length=10, choices=TaskStatus, default=TaskStatus.OPEN)
    result = models.TextField("办理结果", blank=True)
    made_by = person("交办人")
    made_at = models.DateTimeField("交办时间", db_default=Now(), editable=False)
    done_by = person("办结人", optional=True)
    done_at = models.DateTimeField("办结时间", null=True, blank=True)

    scope = OfBureau("entry__zone")
    history = History()

    class Meta:
        verbose_name = "对接任务"
        verbose_name_plural = "对接任务"
        ordering = ("due_on", "id")

    def __str__(self) -> str:
        return self.title
