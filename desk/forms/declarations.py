"""Forms of declarations: how one begins, the workbook that is handed in, and rounds."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from desk.forms.base import SentenceForm, choice, day, reason, several, text
from staff.models import Bureau, User, in_office
from zones.checking.reading import MAX_DECLARATION_BYTES
from zones.choices import DeclarationKind
from zones.models import Round, Zone

MEGABYTES = MAX_DECLARATION_BYTES >> 20


def _workbook(label: str, *, required: bool = True, help_text: str = "") -> forms.FileField:
    field = forms.FileField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.ClearableFileInput(attrs={"class": "form-control", "accept": ".xlsx"}),
    )
    field.error_messages |= {
        "required": "请选择申报表工作簿。",
        "missing": "请选择申报表工作簿。",
        "empty": "文件是空的，请检查后重新选择。",
    }
    return field


class Annexed(SentenceForm):
    """A form that may bring the annex as a workbook; its size is checked before it is read."""

    def clean_file(self) -> Any:
        file = self.cleaned_data.get("file")
        if file and file.size > MAX_DECLARATION_BYTES:
            raise forms.ValidationError(
                f"申报表大小 {file.size >> 20} MB，超过上限 {MEGABYTES} MB；"
                "请删去图片和多余的工作表，只留申报表和附表后重新上传。"
            )
        return file


class UploadAnnex(Annexed):
    file = _workbook(
        "申报表工作簿", help_text=f".xlsx，最大 {MEGABYTES} MB；替换已填的区域和附表。"
    )


class BeginDeclaration(Annexed):
    """A district begins its draft: empty, or with the workbook it has."""

    round = choice("申报轮次")
    file = _workbook(
        "申报表工作簿",
        required=False,
        help_text=f"已有填好的申报表时选择，.xlsx，最大 {MEGABYTES} MB；没有的留空，在网页填报。",
    )

    def __init__(self, *args: Any, viewer: User, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rounds = {str(one.pk): one for one in Round.objects.visible_to(viewer)}
        self.fields["round"].choices += [
            (key, f"{one.name}（{one.deadline}截止）") for key, one in self.rounds.items()
        ]
        self.fields["round"].initial = next(
            (key for key, one in self.rounds.items() if one.opens_on <= on), ""
        )

    def chosen(self) -> dict[str, Any]:
        """Return what ``begin`` takes besides kind, bureau and who."""
        return {"round": self.rounds[self.cleaned_data["round"]]}


class EnterDeclaration(BeginDeclaration):
    """The city enters what came by internal mail."""

    bureau = choice("申报单位")
    mail_received_on = day("内网邮件收到日")
    mail_source = text("内网邮件来源", most=200, help_text="发件单位、发件人和邮件标题。")
    field_order = ("bureau", "mail_received_on", "mail_source", "round", "file")

    def __init__(self, *args: Any, viewer: User, on: date, **kwargs: Any) -> None:
        super().__init__(*args, viewer=viewer, on=on, **kwargs)
        bureaus = Bureau.objects.exclude(kind=Bureau.Kind.CITY).filter(in_office(on))
        self.bureaus = {str(one.pk): one for one in bureaus}
        self.fields["bureau"].choices += [
            (key, one.short_name) for key, one in self.bureaus.items()
        ]
        self.fields["file"].help_text = "邮件所附的申报表，.xlsx；没有的留空，在网页录入。"

    def chosen(self) -> dict[str, Any]:
        return super().chosen() | {
            name: self.cleaned_data[name] for name in ("mail_received_on", "mail_source")
        }


class ChangeZones(SentenceForm):
    """A district asks to extend, join or end zones of its own."""

    kind = choice("变更类别", [one for one in DeclarationKind.choices if one[0] != "new"])
    zones = several("变更的区域")
    into = forms.ChoiceField(
        label="并入的区域",
        required=False,
        help_text="仅“区域合并”时选择。",
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    reason = reason("变更理由")
    since = day("生效日", required=False, help_text="留空的自批准之日起生效。")

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Zone.objects.visible_to(viewer).filter(bureau=viewer.bureau_id, until=None)
        self.zones = {str(one.pk): one for one in rows}
        named = [(key, one.name) for key, one in self.zones.items()]
        self.fields["zones"].choices = named
        self.fields["into"].choices = [("", "请选择"), *named]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("kind") == DeclarationKind.MERGE and not cleaned.get("into"):
            self.add_error("into", "请选择并入的区域。")
        if cleaned.get("into") and cleaned["into"] in cleaned.get("zones", ()):
            self.add_error("into", "区域不能并入自身，请另选并入的区域。")
        return cleaned

    def targets(self) -> list[dict[str, Any]]:
        """Return the fields of each line: the zone that changes, and where it goes."""
        into = self.zones.get(self.cleaned_data.get("into") or "")
        merges = self.cleaned_data["kind"] == DeclarationKind.MERGE
        return [
            {"target": self.zones[key]} | ({"into": into} if merges else {})
            for key in self.cleaned_data["zones"]
        ]


class RoundForm(SentenceForm):
    name = text("轮次名称", most=60, help_text="例如“2026年第二批”。")
    opens_on = day("开始日")
    deadline = day("截止日", help_text="此后提交的会有“已过截止日”的提醒，不妨碍提交。")
    document_number = text("通知文号", most=60, required=False)
    note = reason("说明", required=False)
