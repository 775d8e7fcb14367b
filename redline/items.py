"""What an item of a list says, kind by kind: its fields, how they are read, what is lacking.

Pages, workbooks, comparisons and actions all go by these tables, so that a field is called the
same everywhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db.models import TextChoices

from redline.choices import DayKind, ItemGroup, ListKind, RemovalRule, Severity
from redline.models import ListItem

MOST_DAYS = 180
MOST_YEARS = 10
LONGEST = 2000
LONGEST_LINE = 300
MOST_LINES = 20

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_AT_TOUCH = "触碰即移出的理由"


class Shape(StrEnum):
    """How a field is filled in: LINES is a list of sentences, one to a line."""

    LINE = "line"
    TEXT = "text"
    LINES = "lines"
    CHOICE = "choice"
    FLAG = "flag"
    NUMBER = "number"


@dataclass(frozen=True)
class ItemField:
    """A column of ``ListItem`` as one kind of list uses it.

    ``most`` bounds the letters of a text, the number of a number. ``needed``: a list is submitted
    only with it. ``also`` are titles under which a workbook may carry it, ``words`` are values
    that people write for a choice besides its labels.
    """

    name: str
    title: str
    shape: Shape = Shape.TEXT
    most: int = LONGEST_LINE
    choices: type[TextChoices] | None = None
    needed: bool = False
    help: str = ""
    width: int = 30
    also: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def meaning(self) -> str:
        """What stands in the field, for the cover of a workbook."""
        if self.choices is not None:
            return self.help or "、".join(str(label) for label in self.choices.labels)
        return self.help or self.title


CODE = ItemField(
    "code", "编号", Shape.LINE, 20, needed=True, width=12, help="本清单内不重复", also=("序号编号",)
)
GROUP = ItemField(
    "group", "类别", Shape.CHOICE, choices=ItemGroup, needed=True, width=12, also=("领域",)
)
BEHAVIOUR = ItemField(
    "behaviour", "行为", needed=True, width=44, also=("违法行为", "事项", "情形", "红线行为")
)
RED_LINE = (
    CODE,
    GROUP,
    BEHAVIOUR,
    ItemField("legal_basis", "违反条款", needed=True, width=36, help="法律、法规、规章名称和条款"),
    ItemField(
        *("order_basis", "责令改正依据"),
        needed=True,
        width=36,
        help="没有专门规定的写《行政处罚法》第二十八条第一款",
    ),
    ItemField("punish_basis", "处罚依据", width=36, help="逾期不改正时依据哪一条查处"),
    ItemField(
        *("touching", "何为触碰"),
        most=LONGEST,
        needed=True,
        width=44,
        help="什么情形算触碰，什么情形不算",
    ),
    ItemField("severity", "严重程度", Shape.CHOICE, choices=Severity, width=10),
    ItemField(
        *("days", "改正期限"),
        Shape.NUMBER,
        MOST_DAYS,
        needed=True,
        width=10,
        help=f"1至{MOST_DAYS}的整数",
        also=("改正期限（日）", "期限"),
    ),
    ItemField(
        *("day_kind", "期限单位"),
        Shape.CHOICE,
        choices=DayKind,
        width=10,
        words={"自然日": DayKind.CALENDAR, "日": DayKind.CALENDAR, "天": DayKind.CALENDAR},
    ),
    ItemField("stop_at_once", "须立即停止", Shape.FLAG, width=10, help="是、否"),
    ItemField(
        *("removal", "移出"),
        Shape.CHOICE,
        choices=RemovalRule,
        width=18,
        also=("移出方式",),
        words={"逾期移出": RemovalRule.OVERDUE, "触碰移出": RemovalRule.AT_TOUCH},
    ),
    ItemField(
        *("removal_reason", _AT_TOUCH),
        width=30,
        help="只有触碰即移出的事项填写，须写明依四（一）的理由",
    ),
)
CONDITIONS = ItemField(
    *("conditions", "适用条件", Shape.LINES),
    most=MOST_LINES,
    needed=True,
    width=50,
    help="一行一个条件，办理时逐条核对",
    also=("免罚条件", "不予实施的条件"),
)
NO_PENALTY = (
    CODE,
    GROUP,
    BEHAVIOUR,
    ItemField("legal_basis", "违反条款", needed=True, width=36),
    ItemField("punish_basis", "处罚依据", needed=True, width=36, also=("处罚条款",)),
    CONDITIONS,
    ItemField(
        *("first_time", "须为首次", Shape.FLAG),
        width=10,
        help="是：首违可以不予处罚；否：轻微不予处罚",
        also=("首违",),
    ),
    ItemField(
        *("lookback_years", "同类记录回溯年数", Shape.NUMBER, MOST_YEARS),
        width=10,
        help="须为首次的，往前查几年同类记录",
    ),
    ItemField("instead", "配套措施", width=36, help="如责令改正、说服教育、告诫"),
)
NO_COERCION = (
    CODE,
    GROUP,
    BEHAVIOUR,
    ItemField("measure", "强制措施", most=100, needed=True, width=20, also=("强制措施种类",)),
    ItemField("legal_basis", "强制措施依据", needed=True, width=36, also=("依据",)),
    CONDITIONS,
    ItemField("instead", "替代措施", width=36, help="如责令改正、先行登记保存", also=("配套措施",)),
)
FIELDS: Mapping[str, tuple[ItemField, ...]] = {
    ListKind.RED_LINE: RED_LINE,
    ListKind.NO_PENALTY: NO_PENALTY,
    ListKind.NO_COERCION: NO_COERCION,
}
"""The fields of each kind, in the order in which pages and workbooks show them."""

YES = {"是", "√", "✓", "v", "y", "yes", "true", "1", "on", "有"}
NO = {"", "否", "×", "x", "n", "no", "false", "0", "无", "—", "-"}


@dataclass(frozen=True)
class Problem:
    """What is wrong with a field of an item, in a sentence that says what to do."""

    name: str
    sentence: str


@dataclass(frozen=True)
class Read:
    """An item as it was filled in: its columns as far as they can be read, and what cannot."""

    values: dict[str, Any]
    problems: list[Problem]


def names_of(kind: str) -> list[str]:
    return [one.name for one in FIELDS[kind]]


def read(kind: str, filled: Mapping[str, Any]) -> Read:
    """Read an item as filled in, texts or values by column; what is absent keeps its default.

    What only submitting asks for (``lacking``) may still be empty.
    """
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for one in FIELDS[kind]:
        if one.name not in filled:
            continue
        try:
            values[one.name] = _value(one, _as_text(filled[one.name]))
        except ValueError as wrong:
            problems.append(Problem(one.name, str(wrong)))
    for name in ("code", "behaviour"):
        if values.get(name) == "":
            title = next(one.title for one in FIELDS[kind] if one.name == name)
            problems.append(Problem(name, f"请填写{title}。"))
    problems += _of_removal(values)
    return Read({name: value for name, value in values.items() if value is not None}, problems)


def _of_removal(values: Mapping[str, Any]) -> list[Problem]:
    """Removal at touch is the exception of 四(一) and says why (readings 12)."""
    reason = str(values.get("removal_reason", ""))
    if values.get("removal") == RemovalRule.AT_TOUCH:
        if "四(一)" not in unicodedata.normalize("NFKC", reason):
            said = "触碰即移出的须写明理由并引用政策四（一）；没有理由的请改为逾期未改正移出。"
            return [Problem("removal_reason", said)]
    elif reason:
        said = f"写了{_AT_TOUCH}，移出却是逾期未改正移出；请改移出方式，或删去理由。"
        return [Problem("removal_reason", said)]
    return []


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return "\n".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _value(one: ItemField, text: str) -> Any:
    """Read one field; None where an empty one means the column's default. Raises ValueError."""
    text = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    text = text.strip()
    if one.shape is Shape.CHOICE:
        return _chosen(one, text)
    if one.shape is Shape.FLAG:
        return _flag(one, text)
    if one.shape is Shape.NUMBER:
        return _number(one, text)
    if one.shape is Shape.LINES:
        return _lines(one, text)
    if one.name == "code":
        text = "".join(unicodedata.normalize("NFKC", text).split())
    if len(text) > one.most:
        raise ValueError(f"{one.title}有{len(text)}个字，最多{one.most}个字，请删减。")
    return text


def _chosen(one: ItemField, text: str) -> str | None:
    if not text:
        _demand_unneeded(one)
        return None
    assert one.choices is not None
    plain = unicodedata.normalize("NFKC", text).strip()
    for value, label in one.choices.choices:
        if plain in (value, label, f"{value} {label}", f"{value}{label}"):
            return str(value)
    if plain in one.words:
        return str(one.words[plain])
    labels = "、".join(str(label) for label in one.choices.labels)
    raise ValueError(f"{one.title}“{_short(text)}”不在可选范围内，请填写：{labels}。")


def _demand_unneeded(one: ItemField) -> None:
    if one.needed:
        raise ValueError(f"请填写{one.title}。")


def _flag(one: ItemField, text: str) -> bool:
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    if plain in YES:
        return True
    if plain in NO:
        return False
    raise ValueError(f"{one.title}“{_short(text)}”看不懂，请填写“是”或“否”。")


def _number(one: ItemField, text: str) -> int | None:
    plain = unicodedata.normalize("NFKC", text).strip().removesuffix("日").removesuffix("天")
    if not plain:
        _demand_unneeded(one)
        return None
    if not (plain.isascii() and plain.isdigit()) or not 1 <= int(plain[:9]) <= one.most:
        raise ValueError(f"{one.title}“{_short(text)}”应为1至{one.most}的整数，请改正。")
    return int(plain)


def _lines(one: ItemField, text: str) -> list[str]:
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if len(lines) > one.most:
        raise ValueError(f"{one.title}有{len(lines)}条，最多{one.most}条，请合并。")
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST_LINE:
            said = f"{one.title}第{number}条有{len(line)}个字，最多{LONGEST_LINE}个字，请删减。"
            raise ValueError(said)
    return lines


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_LINE // 10 else f"{text[: LONGEST_LINE // 10]}…"


def lacking(kind: str, item: ListItem) -> list[Problem]:
    """Return what an item lacks before its list can be submitted."""
    found = [
        Problem(one.name, f"请填写{one.title}。")
        for one in FIELDS[kind]
        if one.needed and not getattr(item, one.name)
    ]
    if item.is_proposal:
        found.append(Problem("", "该项取自建议稿，尚未核对；请核对条款和内容后标为已核对。"))
    return found


def text_of(one: ItemField, item: ListItem) -> str:
    """Return a field as a form or a workbook holds it; ``read`` reads it back unchanged."""
    value = getattr(item, one.name)
    if one.choices is not None:
        return str(one.choices(value).label)
    if one.shape is Shape.FLAG:
        return "是" if value else "否"
    if one.shape is Shape.LINES:
        return "\n".join(value)
    return str(value)


def texts_of(kind: str, item: ListItem) -> dict[str, str]:
    return {one.name: text_of(one, item) for one in FIELDS[kind]}


def said_at_once(problems: Sequence[Problem]) -> str:
    """Join problems into the one sentence of a refusal."""
    return "".join(problem.sentence for problem in problems)
