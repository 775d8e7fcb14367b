"""Forms of violations: recording one, and what is done about it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from desk.forms.base import SentenceForm, choice, day, either, reason, text
from desk.forms.order_drafts import DraftForm
from entities.models import Entity
from entities.names import folded
from redline.choices import CaseDecision, Handling, MeasureKind, ViolationSource
from staff.models import Bureau, Unit, in_office

NOT_ONE = "代码与名称对不上：没有这个代码，或它的登记名称不是这个。请核对营业执照后改正。"


class RecordForm(SentenceForm):
    """What a record says of a violation; ``on`` is the day of which no act can be later."""

    source = choice("来源", ViolationSource.choices)
    source_number = text(
        "来源文号或编号",
        most=100,
        required=False,
        help_text="决定书、检查记录或投诉举报的编号，没有的不填。",
    )
    acted_from = day("行为开始日")
    acted_until = day(
        "行为终了日",
        required=False,
        help_text="持续的行为填停止的那一天；只有一天的不填。",
    )
    found_on = day("发现日")
    facts = reason("违法事实", help_text="时间、地点、做了什么、货值或数量；有文书的照文书写。")
    provision = text(
        "违反条款", most=300, required=False, help_text="例如“食品安全法第三十五条第一款”。"
    )
    kind_code = text(
        "行为编号",
        most=20,
        required=False,
        help_text="与清单事项相符的填其编号，系统据此查找同类违法；拿不准的不填。",
    )

    COLUMNS = (
        *("source", "source_number", "acted_from", "acted_until", "found_on"),
        *("facts", "provision", "kind_code"),
    )

    def __init__(self, data: Any = None, *, on: date, **kwargs: Any) -> None:
        super().__init__(data, **{"initial": {"found_on": on}} | kwargs)
        self.on = on
        self.fields["kind_code"].widget.attrs["list"] = "codes"
        self.fields["facts"].widget.attrs["rows"] = 4

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        began, ended, found = (said.get(name) for name in ("acted_from", "acted_until", "found_on"))
        said["acted_until"] = ended = ended or began
        if began and ended and ended < began:
            self.add_error("acted_until", "行为终了日不能早于开始日。")
        if began and found and found < began:
            self.add_error("found_on", "发现日不能早于行为开始日。")
        for name in ("acted_from", "acted_until", "found_on"):
            if said.get(name) and said[name] > self.on and name not in self.errors:
                self.add_error(name, f"{self.fields[name].label}晚于今天，请改正。")
        return said

    def columns(self) -> dict[str, Any]:
        """Return the columns of the violation."""
        return {name: self.cleaned_data[name] for name in self.COLUMNS}


def _lacks_paper(handling: str | None, number: str | None) -> bool:
    """Whether what a violation was dealt with by goes with a paper that was not named."""
    return bool(handling) and handling != Handling.NO_PENALTY and not number


class NewForm(RecordForm):
    """A new record: besides what it says, who found it and whether it was dealt with already."""

    handling = forms.ChoiceField(
        label="处理",
        required=False,
        choices=Handling.choices,
        widget=forms.Select(attrs={"class": "form-select"}),
        help_text="已有处理结果的选填，以后也可以登记。",
    )
    handling_number = text("处理文书号", most=100, required=False)
    handled_on = day("处理日", required=False)

    HANDLED = ("handling", "handling_number", "handled_on")

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        said["handling"] = said.get("handling") or Handling.NONE.value
        if said["handling"] == Handling.NONE:
            return said | {"handling_number": "", "handled_on": None}
        if not said.get("handled_on") and "handled_on" not in self.errors:
            self.add_error("handled_on", "请填写处理日。")
        if _lacks_paper(said["handling"], said.get("handling_number")):
            self.add_error("handling_number", "请填写处理文书号。")
        return said

    def columns(self) -> dict[str, Any]:
        return super().columns() | {name: self.cleaned_data[name] for name in self.HANDLED}


class NewHereForm(NewForm):
    """A new record of an entity that the recorder sees; it may tell what another unit found."""

    finder = forms.ChoiceField(
        label="发现单位",
        required=False,
        widget=forms.Select(attrs={"class": "form-select"}),
        help_text="其他单位书面移送、由您代为登记的选填。",
    )

    field_order = ("source", "source_number", "finder")

    def __init__(self, data: Any = None, *, on: date, others: bool, **kwargs: Any) -> None:
        super().__init__(data, on=on, **kwargs)
        if not others:
            del self.fields["finder"]
            return
        self.places = {f"bureau-{one.pk}": one for one in _bureaus(on)}
        self.places |= {f"unit-{one.pk}": one for one in Unit.objects.order_by("name")}
        field: Any = self.fields["finder"]
        field.choices = [("", "本单位"), *((key, str(one)) for key, one in self.places.items())]

    def columns(self) -> dict[str, Any]:
        named = self.cleaned_data.get("finder")
        return super().columns() | {"found_by": self.places[named] if named else None}


def _bureaus(on: date) -> Any:
    """Return the bureaus in office but the city's own."""
    return Bureau.objects.exclude(kind=Bureau.Kind.CITY).filter(in_office(on))


class NewElsewhereForm(NewForm):
    """A new record of an entity that another bureau supervises: named by whoever knows it.

    Nothing of the entity is shown, so that this page tells nobody what is registered elsewhere.
    """

    code = text("统一社会信用代码", most=40)
    name = text("登记名称", most=200)

    field_order = ("code", "name", "source", "source_number")

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("code") and said.get("name"):
            rows = Entity.objects.for_system("an entity that somebody names by code and name")
            found = rows.filter(code=folded(said["code"]).upper()).first()
            names = [found.name, *found.former_names] if found else []
            if folded(said["name"]) not in {folded(name) for name in names}:
                self.add_error("code", NOT_ONE)
            said["entity"] = found
        return said


class SupervisorForm(SentenceForm):
    """Who supervised the entity on the last day of the act, where the register errs."""

    bureau = choice("当时的监管机关")
    reason = reason("更正理由", help_text="例如“2025年8月迁入，行为发生在迁入之前，见迁移登记”。")

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.bureaus = {str(one.pk): one for one in Bureau.objects.exclude(kind=Bureau.Kind.CITY)}
        field: Any = self.fields["bureau"]
        field.choices = [("", "请选择"), *((key, str(one)) for key, one in self.bureaus.items())]

    def clean_bureau(self) -> Bureau:
        return self.bureaus[self.cleaned_data["bureau"]]


MOST_FILES = 10
"""So many files are handed in at once; the guard of requests lets some more through to be told."""


class Files(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files chosen at once; each is cleaned as one."""

    widget = Files

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, list | tuple) and data else [None]
        if len(given) > MOST_FILES:
            raise forms.ValidationError(
                f"一次最多上传{MOST_FILES}个文件，选了{len(given)}个，请分次上传。"
            )
        return [super(FilesField, self).clean(one, initial) for one in given]


class EvidenceForm(SentenceForm):
    """Files of evidence with what they show; no browser keeps chosen files."""

    files = FilesField(label="文件", widget=Files(attrs={"class": "form-control"}))
    title = text(
        "说明", most=200, required=False, help_text="例如“现场照片”；不填的以文件名为说明。"
    )

    def __init__(self, data: Any = None, files: Any = None, **kwargs: Any) -> None:
        super().__init__(data, files, **kwargs)
        self.fields["files"].error_messages |= {
            "required": "请选择文件。",
            "missing": "请选择文件。",
            "empty": "文件是空的，请检查后重新选择。",
            "invalid": "文件没有收到，请重新选择。",
        }


class TouchForm(SentenceForm):
    """性质, 情节, 危害程度 of a touch (readings 10)."""

    nature = reason("性质", help_text="侵害什么、违反何种管理要求。")
    circumstances = reason("情节", help_text="持续时间、次数、货值、主观状态、是否配合。")
    harm = reason("危害程度", help_text="对公共安全、人身健康、市场秩序已有或可能的后果。")

    JUDGED = ("nature", "circumstances", "harm")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.JUDGED:
            self.fields[name].widget.attrs["rows"] = 2

    def judged(self) -> dict[str, Any]:
        """Return what was judged of the touch."""
        return {name: self.cleaned_data[name] for name in self.JUDGED}

    @property
    def judged_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.JUDGED]


class ConfirmTouchForm(DraftForm, TouchForm):
    """A touch, and the order that is drafted with it."""


class WhyNotForm(SentenceForm):
    reason = reason(
        "不属触碰的理由", help_text="写明与哪些事项比对过、哪一点不符，例如“行为发生在清单施行前”。"
    )


class VoidForm(SentenceForm):
    reason = reason("作废理由", help_text="例如“重复登记，见违法行为12”。")


class HandlingForm(SentenceForm):
    """How the violation was dealt with by law, which decides what follows (readings 8)."""

    handling = choice("处理", Handling.choices[1:])
    number = text("处理文书号", most=100, required=False)
    handled_on = day("处理日")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if _lacks_paper(said.get("handling"), said.get("number")) and "number" not in self.errors:
            self.add_error("number", "请填写处理文书号。")
        return said


class CaseDecisionForm(SentenceForm):
    decision = either("决定", CaseDecision.choices[1:])
    decided_on = day("决定日")
    case_number = text("案号", most=100, required=False, help_text="立案的必填。")
    reason = reason("理由", required=False, help_text="不予立案的必填。")


class CaseExtensionForm(SentenceForm):
    reason = reason("延长理由")


class CaseClosingForm(SentenceForm):
    outcome = reason("处理结果", help_text="例如“罚款3,000元，渝中市监处罚〔2026〕18号”。")
    closed_on = day("结案日")


class MeasureForm(SentenceForm):
    kind = either("措施", MeasureKind.choices)
    taken_on = day("实施日")
    document_number = text("文书号", most=100)
    note = text("说明", most=500, required=False)


class MatchForm(SentenceForm):
    """The conditions of one item, each to be ticked by whoever looked at it."""

    ticked = forms.TypedMultipleChoiceField(
        label="适用条件", required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    note = reason("说明", required=False, help_text="每项条件依据什么材料认定，或哪一项不符。")

    def __init__(self, data: Any = None, *, conditions: list[str], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["ticked"].choices = list(enumerate(conditions))
