"""Normalise one row of a register file (登记名册); pure, no database.

Wordings stay as registered; only blanks, width and the empty marks "N/A" and "-" are tidied. What
is doubtful is kept and said; only a row whose entity cannot be identified is refused.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from operator import gt
from typing import NamedTuple

from core import masking
from core.tabular import Column
from entities import codes
from entities.choices import Kind, Status

COLUMNS = {
    "name": Column(
        ("企业名称", "名称", "主体名称", "经营主体名称", "市场主体名称", "单位名称", "字号名称"),
        required=True,
    ),
    "code": Column(
        ("统一社会信用代码", "统一社会信用代码/注册号", "社会信用代码", "统一代码", "信用代码",
         "注册号", "代码"),
        required=True,
    ),
    "established_on": Column(("注册日期", "成立日期", "登记日期", "设立日期", "核准日期")),
    "kind": Column(("企业类型", "主体类型", "类型", "经营主体类型", "市场主体类型", "机构类型")),
    "capital": Column(("注册资金", "注册资本", "认缴注册资本", "注册资本金", "资金数额")),
    "scope": Column(("经营范围", "经营（业务）范围", "经营业务范围", "业务范围")),
    "district": Column(("地区", "区县", "所属区县", "所在区县", "行政区划", "所属地区")),
    "address": Column(
        ("注册地址", "住所", "地址", "经营场所", "住所（经营场所）", "住所/经营场所", "企业地址",
         "登记地址"),
    ),
    "status": Column(("登记状态", "状态", "经营状态", "主体状态", "企业状态")),
    "status_on": Column(
        ("状态日期", "注销日期", "吊销日期", "注吊销日期", "注销（吊销）日期", "迁出日期")
    ),
    "industry": Column(("行业代码", "国民经济行业代码", "行业", "行业门类代码")),
    "representative": Column(
        ("法定代表人", "法定代表人/负责人/经营者", "法定代表人（负责人）", "负责人", "经营者",
         "法人"),
    ),
    "registrar": Column(("登记机关", "注册机关", "发照机关")),
    "trade_name": Column(("字号",)),
    "contact_name": Column(("联系人", "联络员", "企业联系人")),
    "contact_phone": Column(("联系电话", "电话", "手机", "联络员电话", "企业联系电话")),
    "service_address": Column(("送达地址", "文书送达地址", "法律文书送达地址")),
    "former_names": Column(("曾用名", "曾用名称", "历史名称", "原名称")),
}  # fmt: skip
"""Every column that is understood, with the header names under which registers carry it."""

LABELS = {name: column.aliases[0] for name, column in COLUMNS.items()}

LONGEST = {
    "name": 200, "kind": 60, "capital": 60, "address": 300, "representative": 60,
    "registrar": 100, "trade_name": 100, "contact_name": 60, "contact_phone": 40,
    "service_address": 300,
}  # fmt: skip

_LIMITS = tuple(LONGEST.get(name, sys.maxsize) for name in COLUMNS)

EMPTY = frozenset({"", "N/A", "n/a", "NA", "-", "--", "—", "——", "/", "\\", "无", "null", "NULL"})
_LONGEST_EMPTY = max(map(len, EMPTY))

STATUSES = {
    Status.LIQUIDATING: ("清算",),
    Status.DEREGISTERED: ("注销",),
    Status.REVOKED: ("吊销",),
    Status.CANCELLED: ("撤销", "撤消"),
    Status.MOVED_OUT: ("迁出", "已迁"),
    Status.DORMANT: ("歇业",),
    Status.ACTIVE: ("存续", "在业", "开业", "正常", "在营", "登记成立", "确立", "迁入"),
}
"""In this order: 吊销未注销 is 吊销 (see ``read_status``), 歇业（存续） is 歇业."""


class Problem(NamedTuple):
    """What is wrong with a field, for the error file; ``fatal`` where the row is refused."""

    field: str
    value: str
    message: str
    advice: str
    fatal: bool = False


class RegisterRow(NamedTuple):
    """One entity as its register row gives it; texts are "" and other values None where absent.

    ``kind`` and ``status`` are values of entities.choices; ``status`` is None where the file says
    none, ``code_problem`` the sentences about a doubtful code.
    """

    name: str
    code: str
    code_problem: str
    established_on: date | None
    kind: str
    kind_text: str
    capital: str
    scope: str
    district_word: str
    address: str
    status: str | None
    status_on: date | None
    industry: str
    representative: str
    registrar: str
    trade_name: str
    contact_name: str
    contact_phone: str
    service_address: str
    former_names: tuple[str, ...]


def read_row(values: Sequence[str]) -> tuple[RegisterRow | None, list[Problem]]:
    """Return the row and what is doubtful about it; ``values`` stand in the order of COLUMNS.

    The row is None where a problem is fatal: no name, no usable code.
    """
    problems: list[Problem] = []
    texts = [clean(value) if value else "" for value in values]
    cells = dict(zip(COLUMNS, texts, strict=True))
    if any(map(gt, map(len, texts), _LIMITS)):
        _shorten(cells, problems)
    code, code_problem = _read_code(cells["code"], problems)
    if not cells["name"]:
        problems.append(
            Problem(LABELS["name"], "", "名称为空。", "请补填名称后重新导入该行。", True)
        )
    if any(problem.fatal for problem in problems):
        return None, problems
    row = RegisterRow(
        name=cells["name"],
        code=code,
        code_problem=code_problem,
        established_on=_read_day("established_on", cells, problems),
        kind=read_kind(cells["kind"], code, cells["name"]),
        kind_text=cells["kind"],
        capital=cells["capital"],
        scope=cells["scope"],
        district_word=cells["district"],
        address=cells["address"],
        status=_read_status(cells["status"], problems),
        status_on=_read_day("status_on", cells, problems),
        industry=_read_industry(cells["industry"], problems),
        representative=cells["representative"],
        registrar=cells["registrar"],
        trade_name=cells["trade_name"],
        contact_name=cells["contact_name"],
        contact_phone=cells["contact_phone"],
        service_address=cells["service_address"],
        former_names=_read_names(cells["former_names"], cells["name"]),
    )
    return row, problems


_STRANGE = re.compile("[\x00-\x1f\x7f\u200b-\u200f\u2028\u2029\ufeff]+")


def clean(text: str) -> str:
    """Return a cell without blanks around it and without control characters; "" for N/A or -."""
    text = text.strip()
    if len(text) <= _LONGEST_EMPTY and text in EMPTY:
        return ""
    return text if text.isprintable() else _STRANGE.sub(" ", text).strip()


@lru_cache(maxsize=16384)
def read_date(text: str) -> date | None:
    """Return the day that a register writes, also as an Excel serial; None where there is none.

    2019-01-01, 2019/1/1, 2019.1.1, 2019年1月1日, 20190101, each with or without a time of day.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    match = _DAY.match(text) or _COMPACT.fullmatch(text)
    try:
        if match:
            return date(int(match[1]), int(match[2]), int(match[3]))
        if _SERIAL.fullmatch(text):
            return date(1899, 12, 30) + timedelta(days=int(float(text)))
    except ValueError:
        return None
    return None


_DAY = re.compile(
    r"((?:18|19|20)\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?:\s*日)?(?:[T\s]|$)"
)
_COMPACT = re.compile(r"((?:18|19|20)\d\d)(\d\d)(\d\d)")
_SERIAL = re.compile(r"[1-6]\d{4}(?:\.\d+)?")


@lru_cache(maxsize=1024)
def read_status(text: str) -> str | None:
    """Return the status that a wording tells, or None: 吊销，未注销 is 吊销, 已注销 is 注销."""
    text = re.sub("[未尚]+注销", "", text)
    for status, words in STATUSES.items():
        if any(word in text for word in words):
            return status.value
    return None


_BRANCH_OF_COMPANY = re.compile("公司(?:[（(][^（）()]*[)）])?[^（(]{2,}$|分公司(?:[（(].*)?$")
_KIND_WORDS = (
    (("合作社分支", "合作社分社", "合作社分支机构"), Kind.COOPERATIVE_BRANCH),
    (("合作社", "合作联社"), Kind.COOPERATIVE),
    (("个体",), Kind.HOUSEHOLD),
    (("代表机构", "代表处"), Kind.FOREIGN_OFFICE),
    (("分公司", "分支机构", "分支", "营业单位", "办事机构"), Kind.BRANCH),
    (("个人独资",), Kind.SOLE_PROPRIETORSHIP),
    (("合伙",), Kind.PARTNERSHIP),
    (("非公司", "全民所有", "集体", "股份合作", "联营", "内资企业法人"), Kind.STATE_OR_COLLECTIVE),
    (("公司", "有限责任", "股份有限"), Kind.COMPANY),
    (("国有企业",), Kind.STATE_OR_COLLECTIVE),
)


def read_kind(text: str, code: str, name: str) -> str:
    """Return the kind of entity by the register's wording, else by code prefix and name."""
    kind = _kind_of_wording(text)
    if kind is not None:
        if kind == Kind.COMPANY and _BRANCH_OF_COMPANY.search(name):
            return Kind.BRANCH.value
        return kind.value
    if code[:2] == "92":
        return Kind.HOUSEHOLD.value
    if "合作社" in name and (code[:2] == "93" or len(code) != 18):
        return (Kind.COOPERATIVE if name.endswith("社") and not name.endswith("分社")
                else Kind.COOPERATIVE_BRANCH).value  # fmt: skip
    if code[:2] == "93":
        return Kind.COOPERATIVE.value
    return _kind_by_name(name).value


@lru_cache(maxsize=1024)
def _kind_of_wording(text: str) -> Kind | None:
    text = text.replace("自然人投资或控股", "")
    for words, kind in _KIND_WORDS:
        if any(word in text for word in words):
            return kind
    return None


def _kind_by_name(name: str) -> Kind:
    if "合伙）" in name or "合伙)" in name:
        return Kind.PARTNERSHIP
    if name.endswith("代表处"):
        return Kind.FOREIGN_OFFICE
    if _BRANCH_OF_COMPANY.search(name):
        return Kind.BRANCH
    return Kind.COMPANY if "公司" in name else Kind.OTHER


def _read_code(text: str, problems: list[Problem]) -> tuple[str, str]:
    code = codes.normalise(text)
    if not code:
        problems.append(
            Problem(LABELS["code"], "", "代码为空。", "请补填统一社会信用代码或注册号。", True)
        )
        return "", ""
    found = codes.check(code)
    if found.valid:
        return code, ""
    sentence = "".join(found.problems)
    if codes.is_unusable(code) or len(code) > 18:
        problems.append(
            Problem(LABELS["code"], codes.shown(code), sentence, "该行未导入，请更正代码。", True)
        )
    else:
        problems.append(
            Problem(LABELS["code"], code, sentence, "已按原样保留，请核对；更正后重新导入即可。")
        )
    return code, sentence[:200]


def _read_day(name: str, cells: dict[str, str], problems: list[Problem]) -> date | None:
    text = cells[name]
    if not text:
        return None
    found = read_date(text)
    if found is None:
        problems.append(
            Problem(
                LABELS[name], text, "日期无法识别，已留空。", "请写成 2024-08-01 的形式。"
            )
        )  # fmt: skip
    return found


def _read_status(text: str, problems: list[Problem]) -> str | None:
    if not text:
        return None
    found = read_status(text)
    if found is None:
        problems.append(
            Problem(
                LABELS["status"], text, "登记状态无法识别，按未填写处理。",
                "请使用存续、歇业、注销、吊销、撤销、迁出或清算。",
            )
        )  # fmt: skip
    return found


_INDUSTRY = re.compile(r"[A-T]?\d{2,4}(?!\d)|[A-T](?![A-Za-z])")


def _read_industry(text: str, problems: list[Problem]) -> str:
    if not text:
        return ""
    found = _INDUSTRY.search(unicodedata.normalize("NFKC", text).upper())
    if found is None:
        problems.append(
            Problem(
                LABELS["industry"], text, "行业代码无法识别，已留空。", "请填写 GB/T 4754 代码。"
            )
        )
        return ""
    return found.group()


def _read_names(text: str, name: str) -> tuple[str, ...]:
    if not text:
        return ()
    names = (part.strip()[:200] for part in re.split("[;；、,，|\n]+", text))
    return tuple(dict.fromkeys(part for part in names if part and part != name))


def _shorten(cells: dict[str, str], problems: list[Problem]) -> None:
    """Cut what is too long for the table, and say so."""
    for name, longest in LONGEST.items():
        value = cells[name]
        if len(value) > longest:
            problems.append(_too_long(name, value, longest))
            cells[name] = value[:longest]


def _too_long(name: str, value: str, longest: int) -> Problem:
    begins = masking.written(value)[:60]  # before it is cut: half a telephone is not known as one
    return Problem(
        LABELS[name], f"{begins}……", f"超过{longest}字，只保留前{longest}字。", "请核对原文。"
    )
