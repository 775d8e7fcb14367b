"""The conditions of the lists of violations and of reviews, in their addresses."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import TextChoices
from django.http import QueryDict

from desk.forms.base import DAY
from desk.forms.zones import one, words
from redline.choices import (
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


def _hidden(choices: Any) -> forms.ChoiceField:
    return forms.ChoiceField(required=False, choices=[("", ""), *choices], widget=forms.HiddenInput)


class BureauFilter(forms.Form):
    """Conditions of which one is the bureau, for whoever sees more than one."""

    def __init__(self, data: QueryDict, viewer: User, on: date) -> None:
        super().__init__(data, auto_id="filter_%s")
        if not viewer.sees_city():
            del self.fields["bureau"]
            return
        bureaus = Bureau.objects.exclude(kind=Bureau.Kind.CITY).filter(in_office(on))
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
    """The conditions of the list of violations; chips choose ``status`` and ``whose``."""

    status = _hidden(ViolationStatus.choices)
    whose = _hidden(Whose.choices)
    text = words("主体", "名称或代码")
    bureau = one("办理单位")
    source = one("来源", ViolationSource.choices)
    since = _day("发现日自")
    until = _day("发现日至")


class ReviewFilter(BureauFilter):
    """The conditions of the review list."""

    state = _hidden(ReviewState.choices)
    mine = forms.BooleanField(required=False, widget=forms.HiddenInput)
    text = words("主体", "名称或代码")
    bureau = one("监管机关")
    cause = one("事由", ReviewCause.choices)
    proposed = one("建议", ReviewOutcome.choices[1:])
