"""The form of a new version of the limits, made from their metadata."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from django import forms

from core.errors import Refused
from desk.forms.base import SentenceForm, day, text
from policy.actions import draft_version
from policy.limits import LIMITS, LimitInfo, Limits, limits_in_force
from policy.models import PolicyVersion
from policy.values import LISTS, check_value, show_value
from staff.models import User

MEANWHILE = "填写期间发布或撤回了其他版本，“现行”一栏已更新，请核对后重新提交。"
FLAGS = (("1", "是"), ("0", "否"))


class LimitLine(NamedTuple):
    """One row of the form: the limit, its value as it stands, the new value and its source."""

    info: LimitInfo
    now: str
    value: forms.BoundField
    source: forms.BoundField


class DraftVersion(SentenceForm):
    """Values by limit, each with its source, a title and the first day.

    The values shown are those of the version published last, whether its day has come or not: a
    new version begins after it. ``base`` names it, so that a version published while the form was
    open is not taken back unseen.
    """

    title = text("调整的原因或依据", most=200, help_text="如“渝市监发〔2027〕5号第三条”。")
    since = day("施行日", help_text="自这一天起按新参数评估，不能早于今天。")
    base = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None) -> None:
        self.before: Limits = limits_in_force(date.max)
        super().__init__(data, initial={"base": self.before.version.pk})
        for key, info in LIMITS.items():
            self.fields[name_of(key)] = _field(info, self.before[key])
            self.fields[f"source-{name_of(key)}"] = _source(info)

    def head(self) -> list[forms.BoundField]:
        return [self["title"], self["since"]]

    def lines(self) -> list[LimitLine]:
        return [
            LimitLine(
                info,
                show_value(info, self.before[key]),
                self[name_of(key)],
                self[f"source-{name_of(key)}"],
            )
            for key, info in LIMITS.items()
        ]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        self.changed = {}
        if said.get("base") != self.before.version.pk:
            self.data = self.data.copy() | {"base": self.before.version.pk}
            raise forms.ValidationError(MEANWHILE)
        for key, info in LIMITS.items():
            name = name_of(key)
            if name not in said:
                continue
            try:
                value = check_value(info, _value(info, said[name]))
            except Refused as refused:
                self.add_error(name, refused.sentence)
                continue
            if value != self.before[key]:
                self.changed[key] = value
                if not said.get(f"source-{name}"):
                    self.add_error(f"source-{name}", f"“{info.title}”有调整，请写明来源。")
        return said

    def carry_out(self, by: User, today: date) -> PolicyVersion:
        """Draft the version."""
        said = self.cleaned_data
        sources = {key: said[f"source-{name_of(key)}"] for key in self.changed}
        return draft_version(
            self.changed,
            title=said["title"],
            since=said["since"],
            by=by,
            today=today,
            sources=sources,
        )


def name_of(key: str) -> str:
    """Return the name of a limit's field; a dot would read as an attribute in templates."""
    return key.replace(".", "-")


def _field(info: LimitInfo, now: Any) -> forms.Field:
    """Return the field that a limit's type asks for, filled with its value as it stands."""
    if info.type == "flag":
        return forms.ChoiceField(
            label=info.title,
            choices=FLAGS,
            initial="1" if now else "0",
            widget=forms.RadioSelect,
            error_messages={
                "required": f"请选择“{info.title}”。",
                "invalid_choice": f"“{info.title}”只能是“是”或“否”，请重新选择。",
            },
        )
    if info.type in LISTS:
        return forms.MultipleChoiceField(
            label=info.title,
            choices=list(info.choices.items()),
            initial=now,
            required=False,
            widget=forms.CheckboxSelectMultiple,
            error_messages={"invalid_choice": f"“{info.title}”含有未列出的选项，请重新选择。"},
        )
    return _number(info, now)


def _number(info: LimitInfo, now: Any) -> forms.IntegerField:
    optional = info.type.startswith("optional_")
    span = f"“{info.title}”须为{info.low}至{info.high}之间的整数{'，或留空' if optional else ''}。"
    field = forms.IntegerField(
        label=info.title,
        required=not optional,
        initial=now,
        min_value=info.low,
        max_value=info.high,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
    )
    field.error_messages |= dict.fromkeys(("required", "invalid"), span)
    for validator in field.validators:
        validator.message = span
    return field


def _source(info: LimitInfo) -> forms.CharField:
    field = text(f"“{info.title}”的来源", most=300, required=False)
    field.widget.attrs |= {"placeholder": "调整时必填，如文号和条款", "aria-label": field.label}
    return field


def _value(info: LimitInfo, said: Any) -> Any:
    return said == "1" if info.type == "flag" else said
