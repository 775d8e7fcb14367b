"""Forms of the pages of zones."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import TextChoices
from django.http import QueryDict

from desk.forms.base import SentenceForm, day, reason, text
from entities.choices import Letter, Status
from staff.models import Bureau, User, in_office
from staff.roles import DISTRICT_ROLES
from zones.choices import NoteKind, ProposalKind, ProposalStatus, ZoneType
from zones.models import Zone

GONE = {"invalid_choice": "所选项目已不存在，请重新选择。"}


class ZoneState(TextChoices):
    ACTIVE = "active", "有效"
    COMING = "coming", "未到起始日"
    ENDED = "ended", "已终止"


class Inside(TextChoices):
    """Where a row of a roster stands to the sandbox, as the roster asks for it."""

    YES = "yes", "已在沙盒（区域类）"
    NO = "no", "未在沙盒（区域类）"


def one(label: str, choices: Any = (), *, empty: str = "全部") -> forms.ChoiceField:
    """Return a condition with one value, or none, which ``empty`` says."""
    return forms.ChoiceField(
        label=label,
        required=False,
        choices=[("", empty), *choices],
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages=GONE,
    )


def words(label: str, placeholder: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"class": "form-control", "placeholder": placeholder}),
    )


class ListFilter(forms.Form):
    """Conditions of a list, in its address; places offer what the viewer can see."""

    def __init__(self, data: QueryDict, viewer: User, on: date) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.leave_out()
        if "bureau" in self.fields:
            self._offer_bureaus(viewer, on)
        if "zone" in self.fields:
            zones = Zone.objects.visible_to(viewer).order_by("name")
            self._offer("zone", zones.values_list("pk", "name"))

    def leave_out(self) -> None:
        """Drop the fields that this list does not ask for."""

    def _offer_bureaus(self, viewer: User, on: date) -> None:
        if viewer.role in DISTRICT_ROLES:
            bureaus = Bureau.objects.filter(pk=viewer.bureau_id)
            self.fields["bureau"].widget = forms.HiddenInput()
        else:
            holding = Zone.objects.visible_to(viewer).values_list("bureau", flat=True)
            present = Bureau.objects.exclude(kind=Bureau.Kind.CITY).filter(in_office(on))
            bureaus = (present | Bureau.objects.filter(pk__in=set(holding))).distinct()
        self._offer("bureau", bureaus.values_list("pk", "short_name"))

    def _offer(self, name: str, pairs: Any) -> None:
        field: Any = self.fields[name]
        field.choices = [("", "全部"), *((str(key), label) for key, label in pairs)]


class ZoneFilter(ListFilter):
    """The conditions of the list of zones."""

    text = words("名称地址", "区域名称或登记地址")
    bureau = one("监管机关")
    zone_type = one("所属类型", ZoneType.choices)
    state = one("状态", ZoneState.choices)


class RosterFilter(ListFilter):
    """The conditions of the roster across zones, and of one zone."""

    text = words("名称代码", "名册名称、登记名称或代码")
    bureau = one("监管机关")
    zone = one("区域")
    status = one("登记状态", Status.choices)
    letter = one("信用分类", [*Letter.choices, ("none", "未分类")])
    inside = one("沙盒", Inside.choices)

    def __init__(
        self, data: QueryDict, viewer: User, on: date, *, within: Zone | None = None
    ) -> None:
        self.within = within
        super().__init__(data, viewer, on)

    def leave_out(self) -> None:
        """Within one zone neither bureau nor zone is asked for."""
        if self.within is not None:
            del self.fields["bureau"], self.fields["zone"]


class Candidates(forms.Form):
    """Address and street by which entities are looked for."""

    words = words("住所包含", "如 西永大道、国金中心")
    street = one("街道")

    def __init__(self, data: QueryDict, streets: Any) -> None:
        super().__init__(data, auto_id="filter_%s")
        field: Any = self.fields["street"]
        field.choices = [("", "全部"), *((str(s.pk), s.name) for s in streets)]


class RosterChangeForm(SentenceForm):
    """From when, why, and for entities of other bureaus a word about them."""

    since = day("生效日", help_text="列入的首日，或移出的首日；可以是以前的日期。")
    reason = reason("变动理由", help_text="例如“7月新入驻，租赁合同已核实”。")
    note = text(
        "非本局监管主体的说明",
        most=200,
        help_text="例如“经营场所在区内，登记住所在外区”，逐户写入明细。",
    )

    def __init__(self, data: Any = None, *, foreign: bool, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        if not foreign:
            del self.fields["note"]


class ProposalFilter(ListFilter):
    """The conditions of the list of proposals; what waits unless another state is asked for."""

    zone = one("区域")
    kind = one("类别", ProposalKind.choices)
    month = forms.RegexField(
        r"^\d{4}-(0[1-9]|1[0-2])$",
        label="月份",
        required=False,
        widget=forms.TextInput(attrs={"type": "month", "class": "form-control"}),
        error_messages={"invalid": "月份应为 2026-10 这样的月份。"},
    )
    status = one("状态", ProposalStatus.choices[1:], empty="待确认")


class NoteFilter(ListFilter):
    """The conditions of the list of notes."""

    zone = one("区域")
    kind = one("类别", NoteKind.choices)
    settled = one("状态", [("yes", "已处理")], empty="待处理")


class AreaForm(SentenceForm):
    """The words of a zone's area, from when, and why."""

    words = forms.CharField(
        label="地址关键词",
        help_text="每行一个，如“西永大道”；只限某个街道的，在后面加“｜街道名称”，"
        "如“国金中心｜江北城街道”。这里没有的，自生效日起不再适用。",
        widget=forms.Textarea(attrs={"rows": 8, "class": "form-control"}),
    )
    since = day("生效日", help_text="新范围适用的首日；不能晚于今天。")
    reason = reason("调整理由", help_text="例如“园区道路更名，范围界线不变”。")


class HandingForm(SentenceForm):
    """From when zones belong to another bureau, and why."""

    since = day("移交日", help_text="由接收单位监管的首日；之前的名册、记录和申报都保留。")
    reason = reason("移交理由", help_text="例如“2025年11月6日行政区划调整”。")
