"""Forms of lists: how one begins, its head, the workbook that is handed in."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from desk.forms.base import SentenceForm, choice, day, reason, text
from desk.redlines.comparing import choices_of
from desk.redlines.shown import title_of
from redline.lists import baseline, in_force
from redline.models import ListVersion
from redline.workbooks import MOST_BYTES
from staff.models import Bureau, User

EMPTY = "empty"
MEGABYTES = MOST_BYTES >> 20


class BeginList(SentenceForm):
    """With which items a draft begins: of a version that one may read, or with none."""

    source = choice("底稿", help_text="底稿的事项会复制到新草稿，可以逐项修改；底稿本身不变。")

    def __init__(
        self, data: Any = None, *, kind: str, bureau: Bureau | None, viewer: User, on: date
    ) -> None:
        super().__init__(data)
        own, base = in_force(kind, bureau, on), baseline(kind, on)
        first = [one for one in (own, base) if one is not None]
        named = [(str(one.pk), title_of(one)) for one in dict.fromkeys(first)]
        others = [
            (owner, [(str(key), label) for key, label in versions])
            for owner, versions in choices_of(kind, viewer, on)
        ]
        field: Any = self.fields["source"]
        field.choices = [
            ("", "请选择"),
            *named,
            (EMPTY, "空白，不用底稿"),
            *((f"全部：{owner}", versions) for owner, versions in others),
        ]

    def source_for(self, viewer: User) -> ListVersion | None:
        said = self.cleaned_data["source"]
        if said == EMPTY:
            return None
        return ListVersion.objects.visible_to(viewer).select_related("bureau").get(pk=said)


class ListHead(SentenceForm):
    """First day, document number and note of a draft; all may come later."""

    since = day("拟施行日", required=False, help_text="批准时可以再改，不能早于批准日。")
    document_number = text("拟用文号", most=60, required=False)
    note = reason("编制说明", required=False)


class ApproveList(SentenceForm):
    since = day("施行日")
    document_number = text("文号", most=60)


class UploadList(SentenceForm):
    file = forms.FileField(
        label="清单工作簿",
        help_text=f".xlsx 或 CSV，最大 {MEGABYTES} MB；草稿的事项改为工作簿里的，按编号对应。",
        widget=forms.ClearableFileInput(attrs={"class": "form-control", "accept": ".xlsx,.csv"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].error_messages |= {
            "required": "请选择清单工作簿。",
            "missing": "请选择清单工作簿。",
            "empty": "文件是空的，请检查后重新选择。",
        }

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(
                f"文件大小 {file.size / (1 << 20):.1f} MB，超过上限 {MEGABYTES} MB；"
                "请删去图片和多余的工作表后重新上传。"
            )
        return file
