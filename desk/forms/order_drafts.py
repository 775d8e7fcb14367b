"""What an order to correct says on paper, as whoever drafts it fills it in."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from desk.forms.base import SentenceForm, day, either, reason, text
from redline.choices import DayKind, DeadlineForm

NO_TAGS = "会印在送达当事人的文书上，只写法律法规，不写清单、编号和内部用语。"


class DraftForm(SentenceForm):
    """The columns of an order that its drafter fills (``redline.drafting``)."""

    facts = reason("违法事实", help_text=NO_TAGS)
    violated = text("违反条款", most=300)
    basis = text("责令改正依据", most=300)
    demands = reason("改正内容及要求", help_text="要做到什么、到什么程度，逐项写明。")
    stop_at_once = forms.BooleanField(label="责令立即停止违法行为", required=False)
    form = either(
        "期限写法",
        DeadlineForm.choices,
        help_text="固定日期的，送达时已到该日期就须重新制发。",
    )
    days = forms.IntegerField(
        label="期限",
        required=False,
        min_value=1,
        widget=forms.NumberInput(attrs={"class": "form-control short"}),
    )
    day_kind = forms.ChoiceField(
        label="期限单位", choices=DayKind.choices, widget=forms.RadioSelect
    )
    fixed_on = day("固定日期", required=False)
    contact_name = text("联系人", most=60, required=False)
    contact_phone = text("联系电话", most=40, required=False)

    DRAFT = (
        *("facts", "violated", "basis", "demands", "stop_at_once", "form"),
        *("days", "day_kind", "fixed_on", "contact_name", "contact_phone"),
    )

    def __init__(self, data: Any = None, *, on: date, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.on = on
        self.fields["days"].error_messages |= {
            "invalid": "期限应为整数天数，请改正。",
            "min_value": "期限至少1日，请改正。",
        }

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("form") == DeadlineForm.FIXED:
            fixed = said.get("fixed_on")
            if fixed is None and "fixed_on" not in self.errors:
                self.add_error("fixed_on", "请填写固定日期。")
            elif fixed is not None and fixed <= self.on:
                self.add_error("fixed_on", "固定日期须晚于今天，请改正。")
        elif said.get("form") and not said.get("days") and "days" not in self.errors:
            self.add_error("days", "请填写期限天数。")
        return said

    def drafted(self) -> dict[str, Any]:
        """Return the columns of the order, by their own names."""
        said = self.cleaned_data
        fixed = said["form"] == DeadlineForm.FIXED
        return {name: said[name] for name in self.DRAFT} | {
            "days": None if fixed else said["days"],
            "fixed_on": said["fixed_on"] if fixed else None,
        }

    @property
    def text_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.DRAFT[:5]]

    @property
    def deadline_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.DRAFT[5:9]]

    @property
    def contact_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.DRAFT[9:]]
