"""The templates that the product ships, drawn with python-docx: GB/T 9704 margins and faces.

Whoever changes a text here changes what a new installation gets; the city loads its own versions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from redline.choices import PaperKind

BODY_FACE, HEAD_FACE, TITLE_FACE, LATIN_FACE = "仿宋", "黑体", "宋体", "Times New Roman"
BODY_SIZE, TITLE_SIZE, CELL_SIZE, FOOT_SIZE = 16, 22, 12, 12
INDENT = Pt(2 * BODY_SIZE)
LINE = Pt(28)
MARGINS = {"top": 3.7, "bottom": 3.5, "left": 2.8, "right": 2.6}
COLUMNS = (Cm(6.0), Cm(9.6))

RIGHTS = (
    "如不服本{what}，可以自收到之日起六十日内依法向{{{{ 复议机关 }}}}申请行政复议，"
    "也可以自收到之日起六个月内依法向{{{{ 诉讼法院 }}}}提起行政诉讼。"
    "行政复议、行政诉讼期间，本{what}不停止执行，法律另有规定的除外。"
)
CONTACT = "联系人：{{ 联系人 }}　　联系电话：{{ 联系电话 }}"


class Sheet:
    """One A4 paper that is being drawn, from its head to its page numbers."""

    def __init__(self) -> None:
        self.document = Document()
        section = self.document.sections[0]
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        for side, width in MARGINS.items():
            setattr(section, f"{side}_margin", Cm(width))
        style = self.document.styles["Normal"]
        style.font.name, style.font.size = LATIN_FACE, Pt(BODY_SIZE)
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), BODY_FACE)
        self._number_pages(section.footer.paragraphs[0])

    def head(self, title: str) -> None:
        """Write bureau, title and number."""
        self.line("{{ 机关名称 }}", TITLE_FACE, TITLE_SIZE, ALIGN.CENTER, bold=True)
        self.line(title, TITLE_FACE, TITLE_SIZE, ALIGN.CENTER, bold=True)
        self.line("{{ 文号 }}", BODY_FACE, BODY_SIZE, ALIGN.CENTER)

    def party(self) -> None:
        """Write who is addressed: name, code, 字号 of a household, who stands for it, address."""
        self.line("{{ 当事人 }}：", BODY_FACE, BODY_SIZE, ALIGN.LEFT)
        self.text("统一社会信用代码（注册号）：{{ 统一社会信用代码 }}")
        self.text("字号：{{ 字号 }}", only_if="字号")
        self.text("{{ 负责人称谓 }}：{{ 负责人姓名 }}")
        self.text("{{ 住所称谓 }}：{{ 住所 }}")

    def label(self, words: str) -> None:
        self.line(words, HEAD_FACE, BODY_SIZE, ALIGN.JUSTIFY, indent=True)

    def text(self, words: str, *, only_if: str = "") -> None:
        """Write a paragraph of the body, dropped where the word ``only_if`` is empty."""
        if only_if:
            self.line(f"{{%p if {only_if} %}}", BODY_FACE, BODY_SIZE, ALIGN.LEFT)
        self.line(words, BODY_FACE, BODY_SIZE, ALIGN.JUSTIFY, indent=True)
        if only_if:
            self.line("{%p endif %}", BODY_FACE, BODY_SIZE, ALIGN.LEFT)

    def close(self, *, seal: bool = True) -> None:
        """Write who issued it and when; what is handed to the party bears the seal there."""
        self.line("", BODY_FACE, BODY_SIZE, ALIGN.LEFT)
        self.line("{{ 机关名称 }}", BODY_FACE, BODY_SIZE, ALIGN.RIGHT)
        if seal:
            self.line("（印章）", BODY_FACE, BODY_SIZE, ALIGN.RIGHT)
        self.line("{{ 落款日期 }}", BODY_FACE, BODY_SIZE, ALIGN.RIGHT)

    def grid(self, rows: Sequence[tuple[str, str]]) -> None:
        """Write a table of two columns: what it is, and the words."""
        table = self.document.add_table(rows=0, cols=len(COLUMNS), style="Table Grid")
        table.autofit = False
        for column, width in zip(table.columns, COLUMNS, strict=True):
            column.width = width
        for row in rows:
            cells = table.add_row().cells
            for cell, width, words, face in zip(
                cells, COLUMNS, row, (HEAD_FACE, BODY_FACE), strict=True
            ):
                cell.width = width
                self._write(cell.paragraphs[0], words, face, CELL_SIZE)

    def line(
        self,
        words: str,
        face: str,
        size: int,
        align: Any,
        *,
        bold: bool = False,
        indent: bool = False,
    ) -> None:
        paragraph = self.document.add_paragraph()
        paragraph.alignment = align
        if indent:
            paragraph.paragraph_format.first_line_indent = INDENT
        self._write(paragraph, words, face, size, bold=bold)

    def _write(
        self, paragraph: Any, words: str, face: str, size: int, *, bold: bool = False
    ) -> None:
        layout = paragraph.paragraph_format
        layout.space_before = layout.space_after = Pt(0)
        layout.line_spacing = LINE if size == BODY_SIZE else Pt(size * 1.6)
        run = paragraph.add_run(words)
        run.font.name, run.font.size, run.bold = LATIN_FACE, Pt(size), bold
        run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), face)

    def _number_pages(self, paragraph: Any) -> None:
        paragraph.alignment = ALIGN.CENTER
        for piece in ("第 ", "PAGE", " 页　共 ", "NUMPAGES", " 页"):
            self._write(paragraph, "" if piece.isascii() else piece, TITLE_FACE, FOOT_SIZE)
            if piece.isascii():
                self._field(paragraph.runs[-1], piece)

    def _field(self, run: Any, code: str) -> None:
        for kind in ("begin", "code", "separate", "shown", "end"):
            if kind == "code":
                element = OxmlElement("w:instrText")
                element.set(qn("xml:space"), "preserve")
                element.text = f" {code} "
            elif kind == "shown":
                element = OxmlElement("w:t")
                element.text = "1"
            else:
                element = OxmlElement("w:fldChar")
                element.set(qn("w:fldCharType"), kind)
            run._element.append(element)

    def saved(self) -> bytes:
        """Return the file, with properties that name nobody."""
        core = self.document.core_properties
        core.author = core.last_modified_by = core.title = core.comments = core.keywords = ""
        out = BytesIO()
        self.document.save(out)
        return out.getvalue()


def _order(sheet: Sheet) -> None:
    sheet.head("责令改正通知书")
    sheet.party()
    sheet.text("经查，你（单位）存在下列违法事实：")
    sheet.text("{{ 违法事实 }}")
    sheet.text(
        "上述行为违反了{{ 违反条款 }}的规定。依据{{ 责令依据 }}的规定，"
        "现责令你（单位）改正上述违法行为。"
    )
    sheet.text("现责令你（单位）{{ 立即停止 }}", only_if="立即停止")
    sheet.label("一、改正内容及要求")
    sheet.text("{{ 改正要求 }}")
    sheet.label("二、改正期限")
    sheet.text("{{ 改正期限 }}完成改正，并在期限届满前将改正情况书面报告本局，本局将依法复查。")
    sheet.label("三、逾期不改正的后果")
    sheet.text("逾期不改正的，本局将{{ 逾期后果 }}。")
    sheet.label("四、救济途径")
    sheet.text(RIGHTS.format(what="通知"))
    sheet.text(CONTACT)
    sheet.close()


def _receipt(sheet: Sheet) -> None:
    sheet.head("送达回证")
    sheet.grid(
        (
            ("送达文书名称及文号", "{{ 送达文书 }}"),
            ("受送达人", "{{ 当事人 }}"),
            ("统一社会信用代码（注册号）", "{{ 统一社会信用代码 }}"),
            ("字号", "{{ 字号 }}"),
            ("{{ 负责人称谓 }}", "{{ 负责人姓名 }}"),
            ("{{ 住所称谓 }}", "{{ 住所 }}"),
            ("送达方式", "{{ 送达方式 }}"),
            ("送达地址", "{{ 送达地址 }}"),
            ("电子送达依据", "{{ 电子送达依据 }}"),
            ("送出日期", "{{ 送出日期 }}"),
            ("送达日期", "{{ 送达日期 }}"),
            ("收件人（签名或盖章）", "{{ 收件人 }}"),
            ("见证人或影像", "{{ 见证人 }}"),
            ("邮件号或公告载体", "{{ 邮件号或公告载体 }}"),
            ("受托单位", "{{ 受托单位 }}"),
            ("送达人（签名）", "{{ 送达人 }}"),
            ("备注", "{{ 备注 }}"),
        )
    )
    sheet.close(seal=False)


def _extension(sheet: Sheet) -> None:
    sheet.head("延期改正决定书")
    sheet.party()
    sheet.text(
        "你（单位）于{{ 申请日期 }}就《责令改正通知书》（{{ 责令改正文号 }}）提出延期改正申请，"
        "原改正期限至{{ 原届满日期 }}届满。"
    )
    sheet.text("经审查，本局决定：{{ 决定内容 }}。")
    sheet.text("理由：{{ 决定理由 }}")
    sheet.text("《责令改正通知书》的其他内容不变，请在改正期限届满前改正并书面报告本局。")
    sheet.text(RIGHTS.format(what="决定"))
    sheet.text(CONTACT)
    sheet.close()


def _recheck(sheet: Sheet) -> None:
    sheet.head("复查记录")
    sheet.grid(
        (
            ("当事人", "{{ 当事人 }}"),
            ("统一社会信用代码（注册号）", "{{ 统一社会信用代码 }}"),
            ("字号", "{{ 字号 }}"),
            ("{{ 负责人称谓 }}", "{{ 负责人姓名 }}"),
            ("{{ 住所称谓 }}", "{{ 住所 }}"),
            ("责令改正通知书文号", "{{ 责令改正文号 }}"),
            ("通知书送达日期", "{{ 送达日期 }}"),
            ("改正内容及要求", "{{ 改正要求 }}"),
            ("复查方式", "{{ 复查方式 }}"),
            ("复查日期", "{{ 复查日期 }}"),
            ("复查人员（签名）", "{{ 复查人员 }}"),
            ("复查情况", "{{ 复查情况 }}"),
            ("复查结果", "{{ 复查结果 }}"),
            ("再限期", "{{ 再限期 }}"),
            ("当事人意见（签名或盖章）", ""),
        )
    )
    sheet.close(seal=False)


def _closing(sheet: Sheet) -> None:
    sheet.head("责令改正办结单")
    sheet.grid(
        (
            *_FILE_ROWS,
            ("改正内容及要求", "{{ 改正要求 }}"),
            ("通知书送达日期", "{{ 送达日期 }}"),
            ("改正期限届满日期", "{{ 届满日期 }}"),
            ("改正情况报告日期", "{{ 报告日期 }}"),
            ("复查情况", "{{ 复查情况 }}"),
            ("办结情况", "{{ 办结情况 }}"),
            ("办结日期", "{{ 办结日期 }}"),
            ("承办人", "{{ 承办人 }}"),
            ("通知书批准人", "{{ 批准人 }}"),
        )
    )
    sheet.close(seal=False)


def _referral(sheet: Sheet) -> None:
    sheet.head("转立案查处单")
    sheet.grid(
        (
            *_FILE_ROWS,
            ("违反条款", "{{ 违反条款 }}"),
            ("责令改正依据", "{{ 责令依据 }}"),
            ("改正内容及要求", "{{ 改正要求 }}"),
            ("通知书送达日期", "{{ 送达日期 }}"),
            ("改正期限届满日期", "{{ 届满日期 }}"),
            ("复查情况", "{{ 复查情况 }}"),
            ("转办原因", "{{ 转办原因 }}"),
            ("转办意见", "{{ 转办意见 }}"),
            ("附件", "{{ 附件 }}"),
            ("承办人", "{{ 承办人 }}"),
            ("接收人和日期", ""),
        )
    )
    sheet.close(seal=False)


_FILE_ROWS = (
    ("当事人", "{{ 当事人 }}"),
    ("统一社会信用代码（注册号）", "{{ 统一社会信用代码 }}"),
    ("字号", "{{ 字号 }}"),
    ("{{ 负责人称谓 }}", "{{ 负责人姓名 }}"),
    ("{{ 住所称谓 }}", "{{ 住所 }}"),
    ("责令改正通知书文号", "{{ 责令改正文号 }}"),
    ("违法事实", "{{ 违法事实 }}"),
)
_DRAWN: Mapping[str, Callable[[Sheet], None]] = {
    PaperKind.ORDER: _order,
    PaperKind.RECEIPT: _receipt,
    PaperKind.EXTENSION: _extension,
    PaperKind.RECHECK: _recheck,
    PaperKind.CLOSING: _closing,
    PaperKind.REFERRAL: _referral,
}


def drawn(kind: str) -> bytes:
    """Return the shipped template of a kind of paper."""
    sheet = Sheet()
    _DRAWN[PaperKind(kind)](sheet)
    return sheet.saved()
