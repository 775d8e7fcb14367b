"""Forms of the steps of an order: each has only the fields that its step needs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms

from desk.forms.base import SentenceForm, choice, day, either, reason, text
from redline.actions.service import TO_SEND, TO_SERVE
from redline.choices import (
    AddressBasis,
    DayKind,
    RecheckFinding,
    RecheckWay,
    ServiceWay,
)

MOST = 4000
_NAMES = re.compile(r"[\s、，,；;/]+")


def _number(label: str, unit: str, *, required: bool = True, help_text: str = "") -> Any:
    field = forms.IntegerField(
        label=label,
        required=required,
        min_value=1,
        max_value=1000,
        help_text=help_text,
        widget=forms.NumberInput(attrs={"class": "form-control short", "min": 1}),
    )
    field.error_messages |= {
        "invalid": f"{label}应为整数（{unit}），请改正。",
        "min_value": f"{label}至少为1{unit}，请改正。",
        "max_value": f"{label}最多为1000{unit}，请改正。",
    }
    return field


class StepForm(SentenceForm):
    """What a step takes besides who, when and the revision; ``said`` are its own arguments."""

    def __init__(self, data: Any = None, *, on: date, initial: Any = None, **kwargs: Any) -> None:
        super().__init__(data, initial=initial, prefix=None, **kwargs)
        self.on = on

    def said(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}


class NoteForm(StepForm):
    """An opinion that may be left out."""

    opinion = reason("意见", required=False, help_text="可不填。")

    def clean_opinion(self) -> str:
        said: str = self.cleaned_data["opinion"]
        if len(said) > MOST:
            raise forms.ValidationError(f"意见最多{MOST:,}个字，请删减。")
        return said

    def said(self) -> dict[str, Any]:
        return {"opinion": self.cleaned_data["opinion"]}


class OpinionForm(NoteForm):
    """An opinion or reason without which the step is not taken."""

    def __init__(self, data: Any = None, *, label: str, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        field = self.fields["opinion"]
        field.label, field.required, field.help_text = label, True, ""
        field.error_messages["required"] = f"请填写{label}。"


SENT = {
    ServiceWay.DIRECT: "送达日",
    ServiceWay.LEFT: "送达日",
    ServiceWay.ELECTRONIC: "发送日",
    ServiceWay.POST: "交寄日",
    ServiceWay.ENTRUSTED: "委托日",
    ServiceWay.PUBLIC: "公告日",
}
SERVED_WITH = (ServiceWay.DIRECT, ServiceWay.LEFT)
"""Ways in which handing it over is the service: recorded together."""

ASKED: Mapping[str, tuple[str, ...]] = {
    ServiceWay.DIRECT: ("sent_on", "receiver"),
    ServiceWay.LEFT: ("sent_on", "witness"),
    ServiceWay.ELECTRONIC: ("sent_on", "address", "basis", "reached"),
    ServiceWay.POST: ("sent_on", "address", "receiver", "tracking"),
    ServiceWay.ENTRUSTED: ("sent_on", "entrusted_to"),
    ServiceWay.PUBLIC: ("sent_on", "tracking"),
}
"""The fields of each way of service."""

LABELS = {
    (ServiceWay.DIRECT, "receiver"): "签收人",
    (ServiceWay.LEFT, "witness"): "见证人，或留置过程的影像",
    (ServiceWay.ELECTRONIC, "address"): "电子送达地址",
    (ServiceWay.POST, "tracking"): "邮件号",
    (ServiceWay.PUBLIC, "tracking"): "公告载体",
}


class SendForm(StepForm):
    """How an order is sent: only what its way asks for."""

    way = forms.CharField(widget=forms.HiddenInput)
    sent_on = day("送出日")
    address = text("送达地址", most=300)
    basis = choice("电子送达依据", AddressBasis.choices)
    receiver = text("收件人", most=60)
    witness = text("见证人", most=200)
    tracking = text("邮件号", most=100)
    entrusted_to = text("受托单位", most=100)
    reached = forms.BooleanField(label="已到达对方系统，发送日即为送达日", required=False)

    def __init__(self, data: Any = None, *, way: str, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.chosen = ServiceWay(way)
        for name in [*self.fields]:
            if name != "way" and name not in ASKED[self.chosen]:
                del self.fields[name]
        self.fields["way"].initial = self.chosen.value
        self.fields["sent_on"].initial = self.on
        self.fields["sent_on"].label = SENT[self.chosen]
        needed = {"sent_on", *TO_SEND[self.chosen], *TO_SERVE.get(self.chosen, {})}
        for name, field in self.fields.items():
            field.label = LABELS.get((self.chosen, name), field.label)
            field.required = name in needed or name == "way"
            field.error_messages["required"] = f"请填写{field.label}。"

    @property
    def serves(self) -> bool:
        """Whether the same form also records that it reached."""
        return self.chosen in SERVED_WITH or bool(self.cleaned_data.get("reached"))

    def said(self) -> dict[str, Any]:
        return {name: value for name, value in super().said().items() if name != "reached"}


class ServeForm(StepForm):
    """On which day an attempt reached; a public notice says by itself when it ends."""

    served_on = day("送达日")
    receiver = text("签收人", most=60, required=False)
    witness = text("见证人，或留置过程的影像", most=200, required=False)

    def __init__(self, data: Any = None, *, way: str, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        if way == ServiceWay.PUBLIC:
            del self.fields["served_on"], self.fields["receiver"]
        elif way == ServiceWay.ELECTRONIC:
            del self.fields["receiver"]
        if way == ServiceWay.LEFT:
            self.fields["witness"].required = True
        else:
            del self.fields["witness"]


class FailForm(StepForm):
    why = text("未能送达的原因", most=200, help_text="例如：拒收退回、查无此人、地址不详。")


class AskExtensionForm(StepForm):
    asked_on = day("申请日", help_text="当事人提出申请的日期；须在改正期限届满以前。")
    days = _number("申请延长", "日", help_text="单位与原期限相同，最长不超过原期限。")
    reason = reason("申请理由")


class DecideExtensionForm(StepForm):
    granted = either("决定", (("yes", "同意延期"), ("no", "不同意延期")))
    opinion = reason("决定理由")

    def said(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {"granted": said["granted"] == "yes", "opinion": said["opinion"]}


class HoldForm(StepForm):
    days = _number("暂缓", "个工作日")
    opinion = reason("暂缓的理由")


class ReportForm(StepForm):
    received_on = day("收到日")
    posted_on = day(
        "交寄日", required=False, help_text="邮寄的填邮戳日：交寄日在期限内的，视为按期报告。"
    )
    text = reason("改正情况报告的内容")


class RecheckForm(StepForm):
    way = choice("复查方式", RecheckWay.choices)
    done_on = day("复查日")
    officers = text("复查人员", most=200, help_text="用顿号隔开；现场复查须两人以上。")
    finding = either("复查结果", RecheckFinding.choices)
    found = reason("复查情况")
    corrected_on = day(
        "实际改正日", required=False, help_text="复查结果为“已改正”、且能确定早于复查日的填写。"
    )
    new_days = _number(
        "再限期", "日", required=False, help_text="仅“部分改正”时可给一次；不再限期的留空。"
    )
    new_day_kind = forms.ChoiceField(
        label="再限期单位",
        choices=DayKind.choices,
        required=False,
        initial=DayKind.CALENDAR,
        widget=forms.RadioSelect,
    )

    def clean_officers(self) -> list[str]:
        return [name for name in _NAMES.split(self.cleaned_data["officers"]) if name]

    def said(self) -> dict[str, Any]:
        said = super().said()
        if "new_days" not in said:
            said.pop("new_day_kind", None)
        return said


class EmptyForm(StepForm):
    """A step that asks for nothing."""
