"""Forms of the papers: a further version of a template, a word of the check."""

from __future__ import annotations

from typing import Any

from django import forms

from core.models import PaperWord
from desk.forms.base import SentenceForm, choice, day, either, text
from redline.choices import PaperKind
from redline.papers.templates import LONGEST_NOTE
from redline.papers.wordlist import LONGEST, LONGEST_INSTEAD


class LoadTemplate(SentenceForm):
    """A .docx with placeholders."""

    kind = choice("文书", PaperKind.choices)
    file = forms.FileField(
        label="模板文件（.docx）",
        help_text="可先下载现行模板，在 Word 或 WPS 中修改文字和版式，占位符照原样保留。",
        widget=forms.ClearableFileInput(attrs={"class": "form-control", "accept": ".docx"}),
    )
    since = day("启用日", help_text="从这一天起用新模板制作文书；载入后不能修改。")
    note = text("说明", most=LONGEST_NOTE, required=False, help_text="改了什么、依据什么。")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = "请选择模板文件。"
        told = {"required": asked, "missing": asked, "empty": "文件是空的，请检查后重新选择。"}
        self.fields["file"].error_messages |= told


class AddWord(SentenceForm):
    """A word of the check, and what to write instead."""

    word = text(
        "用语", most=LONGEST, help_text="空格、全角、繁体和隔开的写法也会查出，不必分别登记。"
    )
    effect = either(
        "作用",
        PaperWord.Effect.choices,
        help_text="禁用：出现即不能制作；提示：确认保留后可以制作；"
        "可用：含有禁用词但确属法定或通用的说法。",
    )
    instead = text(
        "改写建议",
        most=LONGEST_INSTEAD,
        required=False,
        help_text="接在“请”字后面显示，如“写明违反的法律条款”。",
    )
