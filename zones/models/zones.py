"""Approved zones, the bureaus that answer for them, and their dated rosters."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.audit.history import History
from core.dated import Dated, days_in_order, no_overlap
from core.scope import OfBureau, OfEntity, ScopedModel
from core.secrets import EncryptedTextField
from entities.models import Entity
from staff.models import Bureau, Street
from zones.choices import ContactRole, ZoneType


class Zone(ScopedModel):
    """A zone under 区域类 sandbox supervision (三(一)), from its approval to its end.

    ``bureau`` is the copy of today's ZoneBureau by which pages ask. ``until`` is the first day on
    which the zone is none any more; ``ended_because`` says why, ``merged_into`` where it went.
    """

    name = models.CharField("区域名称", max_length=200)
    zone_type = models.CharField("所属类型", max_length=20, choices=ZoneType)
    type_text = models.CharField("类型（原文）", max_length=100, blank=True)
    address = models.CharField("注册登记地址", max_length=300)
    bureau = models.ForeignKey(
        Bureau, on_delete=models.PROTECT, related_name="+", verbose_name="监管机关"
    )
    since = models.DateField("起")
    until = models.DateField("止（不含）", null=True, blank=True)
    ended_because = models.CharField("终止原因", max_length=200, blank=True)
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="merged",
        verbose_name="并入",
    )
    recorded_at = models.DateTimeField("登记时间", db_default=Now(), editable=False)

    scope = OfBureau()
    history = History()

    class Meta:
        verbose_name = "沙盒区域"
        verbose_name_plural = "沙盒区域"
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                name="zone_days_in_order",
                condition=Q(until=None) | Q(until__gte=models.F("since")),
                violation_error_message="截止日不能早于起始日。",
            ),
        )

    def __str__(self) -> str:
        return self.name


class ZoneBureau(Dated):
    """The bureau that answers for a zone, from a day (handed over when jurisdiction changes)."""

    zone = models.ForeignKey(Zone, on_delete=models.PROTECT, related_name="bureaus")
    bureau = models.ForeignKey(
        Bureau, on_delete=models.PROTECT, related_name="+", verbose_name="监管机关"
    )

    scope = OfBureau("zone")

    class Meta:
        verbose_name = "区域监管机关"
        verbose_name_plural = "区域监管机关"
        constraints = (
            no_overlap("zone_has_one_bureau", "zone"),
            days_in_order("zone_bureau_days_in_order"),
        )


class ZoneArea(Dated):
    """A part of a zone's area: the words by which an address is told to lie in it.

    ``words`` is what a register address must contain, such as 西永大道 or 国金中心; ``street``
    narrows it to a street. First declaration and extensions write them.
    """

    zone = models.ForeignKey(Zone, on_delete=models.PROTECT, related_name="areas")
    words = models.CharField("地址关键词", max_length=200)
    street = models.ForeignKey(
        Street,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="街道（镇、乡）",
    )

    scope = OfBureau("zone")

    class Meta:
        verbose_name = "区域范围"
        verbose_name_plural = "区域范围"
        constraints = (days_in_order("zone_area_days_in_order"),)


class ZoneContact(ScopedModel):
    """With whom the zone is worked (对接机制): an organisation, and a person there."""

    zone = models.ForeignKey(Zone, on_delete=models.PROTECT, related_name="contacts")
    role = models.CharField("对接方", max_length=12, choices=ContactRole)
    organisation = models.CharField("单位名称", max_length=100)
    person = models.CharField("联系人", max_length=60, blank=True)
    phone = EncryptedTextField("联系电话", max_length=40, blank=True)
    note = models.CharField("备注", max_length=200, blank=True)
    ended_on = models.DateField("停用日", null=True, blank=True)

    scope = OfBureau("zone")
    history = History(hidden=("phone",))

    class Meta:
        verbose_name = "对接联系人"
        verbose_name_plural = "对接联系人"
        ordering = ("role", "id")

    def __str__(self) -> str:
        return self.organisation


class Occupant(ScopedModel):
    """An entity of a zone, once for each zone, however often it came and went.

    ``name`` is the name under which it stands on the roster. The ``zone`` ground is judged for each
    occupant, so that an entity in two zones has two grounds. ``inside`` is bookkeeping of the
    follower (zones.actions.notes): the entity was last seen in the area of the zone's bureau, so
    that only who leaves it is noted, not who was let in from elsewhere.
    """

    zone = models.ForeignKey(Zone, on_delete=models.PROTECT, related_name="occupants")
    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="occupants")
    name = models.CharField("名册名称", max_length=200)
    inside = models.BooleanField("在辖区内", default=False, editable=False)

    scope = OfBureau("zone")
    history = History(ignore=("inside",), inserts=False)  # its dated roster entry says who made it

    class Meta:
        verbose_name = "区内主体"
        verbose_name_plural = "区内主体"
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(name="an_occupant_is_one", fields=("zone", "entity")),
        )

    def __str__(self) -> str:
        return self.name


class RosterEntry(Dated):
    """That an entity stands on a zone's roster, from a day (the fact of the ``zone`` ground)."""

    occupant = models.ForeignKey(Occupant, on_delete=models.PROTECT, related_name="entries")
    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="roster_entries")

    scope = OfBureau("occupant__zone")

    class Meta:
        verbose_name = "区域名册"
        verbose_name_plural = "区域名册"
        constraints = (
            no_overlap("occupant_is_entered_once", "occupant"),
            days_in_order("roster_entry_days_in_order"),
        )


class ZonePresence(Dated):
    """That an entity is on the roster of at least one zone: derived from its roster entries.

    One row at a time for an entity, so that rules about entities may join it. ``names`` are the
    zones' names.
    """

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="zone_presences")
    names = models.CharField("所在区域", max_length=500)

    scope = OfEntity("entity")

    class Meta:
        verbose_name = "在区情况"
        verbose_name_plural = "在区情况"
        constraints = (
            no_overlap("entity_is_present_once", "entity"),
            days_in_order("zone_presence_days_in_order"),
        )
