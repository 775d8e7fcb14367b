"""The conditions of the lists of violations and of reviews, in their addresses."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import Q, TextChoices
from django.http import QueryDict

from desk.forms.base import DAY
from desk.forms.zones import one, words
from redline.choices import (
    ItemGroup,
    ReviewCause,
    ReviewOutcome,
    ViolationSource,
    ViolationStatus,
)
from staff.models import Bureau, User, in_office


class Whose(TextChoices):
    """Which violations are asked for, by how they stand to whoever asks."""

    WAITING = "waiting", "待我办理"
    PASSED_ON = "passed_on", "抄告待接收"
    MINE = "mine", "我登记的"


class CaseState(TextChoices):
    """Where the second clock of a violation stands, as its list asks for it (readings 11)."""

    OPEN = "open", "待决定"
    LATE = "late", "决定逾期"
    RUNNING = "running", "立案未结案"


class ReviewState(TextChoices):
    """Where reviews stand, as their list asks for it."""

    OPEN = "open", "待复核"
    OVERDUE = "overdue", "逾期未复核"
    DONE = "done", "已复核"


def _day(label: str) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "class": "form-control"}),
        error_messages={"invalid": DAY},
    )


def _hidden_day(label: str) -> forms.DateField:
    """Return a day that figures ask for, and that the page shows among the chips."""
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.HiddenInput(),
        error_messages={"invalid": DAY},
    )


def _hidden(label: str, choices: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, required=False, choices=[("", ""), *choices], widget=forms.HiddenInput
    )


class BureauFilter(forms.Form):
    """Conditions of which one is the bureau, for whoever sees more than one."""

    def __init__(self, data: QueryDict, viewer: User, on: date) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.on = on
        if viewer.bureau_id is not None and not viewer.sees_city():
            del self.fields["bureau"]
            return
        # Also those that are no more: what they dealt with stays theirs until it is handed over.
        bureaus = Bureau.objects.exclude(kind=Bureau.Kind.CITY).filter(
            in_office(on) | Q(until__lte=on)
        )
        field: Any = self.fields["bureau"]
        field.choices = [
            ("", "全部"),
            *((str(pk), name) for pk, name in bureaus.values_list("pk", "short_name")),
        ]

    @property
    def said(self) -> dict[str, Any]:
        """The conditions in force by name; one that is no value of its field does not count."""
        return {name: value for name, value in self.cleaned_data.items() if value}


class ViolationFilter(BureauFilter):
    """The conditions of the list of violations; chips choose ``status`` and ``whose``.

    Figures lead here by ``touched_since`` and ``touched_until``: the days, both counted, on which a
    lead approved the touch.
    """

    status = _hidden("状态", ViolationStatus.choices)
    whose = _hidden("范围", Whose.choices)
    text = words("主体", "名称或代码")
    bureau = one("办理单位")
    source = one("来源", ViolationSource.choices)
    since = _day("发现日自")
    until = _day("发现日至")
    group = one("触碰类别", [(one.value, f"{one.value} {one.label}") for one in ItemGroup])
    case = one("立案决定", CaseState.choices)
    touched_since = _hidden_day("触碰批准日自")
    touched_until = _hidden_day("触碰批准日至")


class ReviewFilter(BureauFilter):
    """The conditions of the review list."""

    state = _hidden("状态", ReviewState.choices)
    mine = forms.BooleanField(required=False, widget=forms.HiddenInput)
    text = words("主体", "名称或代码")
    bureau = one("监管机关")
    cause = one("事由", ReviewCause.choices)
    proposed = one("建议", ReviewOutcome.choices[1:])
