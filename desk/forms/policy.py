"""Forms of the policy pages: a day, the official wording, the term tables."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from django import forms

from core.errors import Refused
from core.uploads import stored_name
from desk.forms.base import SentenceForm, choice, day, either, text
from entities.actions.terms import add_four_new_term, add_safety_term
from entities.choices import Domain, Novelty
from entities.models import FourNewTerm, SafetyTerm
from policy.loading import load_text, read_file
from staff.models import User

MOST_BYTES = 1 << 20
WORDS_HELP = "用语至少两个字，如“餐饮服务”；行业代码如 C13 或 1310。"


class LoadText(SentenceForm):
    """The plain text of the policy document."""

    file = forms.FileField(
        label="政策正文（.txt）",
        widget=forms.ClearableFileInput(attrs={"class": "form-control", "accept": ".txt"}),
        error_messages={
            "required": "请选择政策正文的纯文本文件。",
            "empty": "文件是空的，请重新选择。",
        },
    )
    document = text("文件标题", most=200, required=False, help_text="不填则取正文第一行。")
    document_number = text("文号", most=60, required=False, help_text="不填则从正文开头查找。")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].error_messages["required"] = "请选择政策正文的纯文本文件。"

    def carry_out(self, by: User) -> str:
        """Load the wording; say how many clauses got one."""
        said = self.cleaned_data
        if said["file"].size > MOST_BYTES:
            raise Refused("", "文件超过1 MB，不像政策正文的纯文本，请核对后重新上传。")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / stored_name()
            path.write_bytes(said["file"].read())
            content = read_file(path)
        loaded = load_text(content, said["document"], said["document_number"], by=by)
        return f"已载入政策原文：新增{loaded.new}条，更新{loaded.changed}条，未变{loaded.same}条。"


class TermForm(SentenceForm):
    """A new row of a term table."""

    way = either("判定方式", SafetyTerm.By.choices)
    words = text("用语或代码", most=100, help_text=WORDS_HELP)
    since = day("起始日", help_text="从这一天起使用，可以是过去的日子。")
    note = text("说明", most=300, required=False)

    def __init__(self, data: Any = None, *, on: date) -> None:
        super().__init__(data, initial={"since": on, "way": SafetyTerm.By.TERM.value})


class SafetyTermForm(TermForm):
    domain = choice("安全领域", Domain.choices)
    certain = either("含义", (("1", "确定（命中即涉及）"), ("0", "有歧义（命中为待核实）")))
    verbs = text(
        "限定行为",
        most=200,
        required=False,
        help_text="只在这些行为之后才算，用顿号分隔，如“生产、制造、加工”；不限的留空。",
    )
    field_order = ("domain", "way", "words", "verbs", "certain", "since", "note")

    def carry_out(self, by: User) -> SafetyTerm:
        said = self.cleaned_data | {"certain": self.cleaned_data["certain"] == "1"}
        return add_safety_term(**said, by=by)


class FourNewTermForm(TermForm):
    novelty = choice("四新类别", Novelty.choices)
    marks = either("作用", (("1", "自动标注"), ("0", "仅提示")))
    field_order = ("novelty", "way", "words", "marks", "since", "note")

    def carry_out(self, by: User) -> FourNewTerm:
        said = self.cleaned_data | {"marks": self.cleaned_data["marks"] == "1"}
        return add_four_new_term(**said, by=by)


class EndTerm(SentenceForm):
    until = day("终止日", help_text="提交后在后台重新判定全部主体。")
