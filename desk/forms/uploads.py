"""One form for each sort of file that people hand in."""

from __future__ import annotations

from typing import Any

from django import forms

from desk.forms.base import SentenceForm, day
from entities.choices import Status

DRY_RUN = "只试运行，不写入数据"


def _file(label: str) -> forms.FileField:
    return forms.FileField(
        label=label,
        widget=forms.ClearableFileInput(
            attrs={"class": "form-control", "accept": ".csv,.xlsx,.txt"}
        ),
    )


def _dry_run() -> forms.BooleanField:
    return forms.BooleanField(label=DRY_RUN, required=False)


class UploadForm(SentenceForm):
    """A file and what its sort needs; errors keep all but the file, which no browser keeps."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].error_messages |= {
            "required": "请选择文件。",
            "empty": "文件是空的，请检查后重新选择。",
            "missing": "请选择文件。",
        }

    def params(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "file"}


class RegisterUpload(UploadForm):
    file = _file("登记信息文件")
    status = forms.ChoiceField(
        label="文件没有登记状态列时",
        required=False,
        choices=[("", "新主体按存续"), *((s.value, f"全部按{s.label}") for s in Status)],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    dry_run = _dry_run()


class ClassUpload(UploadForm):
    file = _file("信用风险分类文件")
    month = forms.CharField(
        label="分类月份",
        widget=forms.TextInput(
            attrs={"type": "month", "class": "form-control", "placeholder": "2026-11"}
        ),
        help_text="文件所属的月份，如 2026-11；一个月一个文件。",
    )
    dry_run = _dry_run()


class FourNewUpload(UploadForm):
    file = _file("“四新”名单文件")
    since = day("起始日", required=False, help_text="名单从这一天起有效，不填为今天。")
    replace = forms.BooleanField(label="不在本名单上的原名单主体退出", required=False)
    dry_run = _dry_run()


UPLOADS: dict[str, tuple[type[UploadForm], str]] = {
    "import_register": (
        RegisterUpload,
        "CSV 或 XLSX，UTF-8 或 GB18030，第一行为列名；须有统一社会信用代码和企业名称。",
    ),
    "import_credit_classes": (
        ClassUpload,
        "须有统一社会信用代码和信用风险分类（A、B、C、D）两列。",
    ),
    "import_four_new": (FourNewUpload, "须有统一社会信用代码和四新类别两列，多个类别用顿号分隔。"),
}
