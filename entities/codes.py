"""Unified social credit codes (GB 32100-2015), organisation codes (GB 11714), old numbers.

A failed check is a warning on import: some early real codes fail it. Nothing here alters a letter
or guesses one; a hint names what it may be. The division in digits 3-8 is the division of the day
the code was issued and tells nothing about where an entity is now.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from operator import getitem
from typing import NamedTuple

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 characters of GB 32100 (no I, O, S, V, Z)."""

ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""GB 11714 counts with 36 characters; with 31 the MA… and MB… codes would fail."""

WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)

KNOWN_BEGINNINGS = frozenset(
    f"{authority}{body}"
    for authority, bodies in {
        "1": "1239",
        "2": "19",
        "3": "123459",
        "4": "19",
        "5": "123459",
        "6": "129",
        "7": "129",
        "8": "19",
        "9": "123",
        "A": "19",
        "N": "1239",
        "Y": "1",
    }.items()
    for body in bodies
)
"""Registering authority and kind of body: first and second character of GB 32100."""

LOOKALIKES = {"I": "数字 1", "O": "数字 0", "S": "数字 5", "Z": "数字 2", "V": "字母 U 或 Y"}

_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}
_PRODUCTS = tuple(
    {letter: value * weight for letter, value in _VALUES.items()} for weight in WEIGHTS
)
_ORGANISATION_PRODUCTS = tuple(
    {letter: value * weight for value, letter in enumerate(ORGANISATION_ALPHABET)}
    for weight in ORGANISATION_WEIGHTS
)
_CLEAN = re.compile(r"[0-9A-Z]*")
_NOT_SHOWN = re.compile(r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff'`\u2018\u2019]+")
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?E\+?\d+")
_RESIDENT_ID = re.compile(
    r"[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]"
)
_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


class CodeKind(StrEnum):
    USCC = "uscc"
    LEGACY = "legacy"
    UNKNOWN = "unknown"


class CodeCheck(NamedTuple):
    """What a code is and what is doubtful about it; no problem means valid.

    ``problems`` are Chinese sentences for the person who mends the file.
    """

    kind: CodeKind
    problems: tuple[str, ...]

    @property
    def valid(self) -> bool:
        return not self.problems


def normalise(raw: str) -> str:
    """Return the code in half-width capitals without spaces and invisible characters.

    Letters are never exchanged for the ones they look like: a wrong code stays wrong and visible.
    """
    if raw.isascii() and _CLEAN.fullmatch(raw):
        return raw
    return _NOT_SHOWN.sub("", unicodedata.normalize("NFKC", raw)).upper()


def check(code: str) -> CodeCheck:
    """Check a normalised code: 18 characters, or the 15 digits of an old registration number."""
    if len(code) == 18:
        problems = _uscc_problems(code)
        if not problems:
            return _VALID_USCC
        if is_resident_id(code):
            return CodeCheck(
                CodeKind.UNKNOWN,
                (
                    "该值像居民身份证号码，不是统一社会信用代码；请核对列是否填错，并勿上传个人身份证号。",
                ),
            )
        return CodeCheck(CodeKind.USCC, problems)
    if len(code) == 15 and code.isdigit() and code.isascii():
        if _legacy_check_digit(code[:14]) == code[14]:
            return _VALID_LEGACY
        return CodeCheck(CodeKind.LEGACY, ("15位注册号校验码不符，请核对是否录入有误。",))
    return CodeCheck(CodeKind.UNKNOWN, (_length_problem(code),))


def is_resident_id(code: str) -> bool:
    """Say whether a value is a resident's identity number (GB 11643): personal data, no code."""
    if not _RESIDENT_ID.fullmatch(code):
        return False
    total = sum(int(d) * w for d, w in zip(code[:17], _RESIDENT_WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == code[17]


def is_unusable(code: str) -> bool:
    """Say whether a value cannot tell one entity from another: digits lost, or a person's number.

    A merely wrong code is usable: it is kept as it is, with a warning.
    """
    if check(code).valid:
        return False
    return is_resident_id(code) or _lost_digits(code)


def shown(code: str) -> str:
    """Return the code as an error file may show it: a resident's number is masked."""
    return f"{code[:6]}********{code[-4:]}" if is_resident_id(code) else code


def uscc_check_character(body: str) -> str:
    """Return the eighteenth character for seventeen; KeyError for one outside the alphabet."""
    total = sum(map(getitem, _PRODUCTS, body))
    return ALPHABET[(31 - total % 31) % 31]


def organisation_check_character(body: str) -> str:
    """Return the ninth character of an organisation code (GB 11714) for eight."""
    total = sum(map(getitem, _ORGANISATION_PRODUCTS, body))
    return "0123456789X0"[11 - total % 11]


def make_uscc(prefix8: str, organisation8: str) -> str:
    """Return a valid code from its first eight characters and the eight of the body's number.

    Raises ValueError where a part has another length or a character outside the alphabet.
    """
    if len(prefix8) != 8 or len(organisation8) != 8:
        raise ValueError("A code is made of eight and eight characters.")
    try:
        body = prefix8 + organisation8 + organisation_check_character(organisation8)
        return body + uscc_check_character(body)
    except KeyError as wrong:
        raise ValueError(f"{wrong.args[0]!r} is outside the alphabet of GB 32100.") from None


def make_legacy(body14: str) -> str:
    """Return a valid 15-digit registration number for fourteen digits."""
    if len(body14) != 14 or not body14.isdigit():
        raise ValueError("A registration number is made of fourteen digits.")
    return body14 + _legacy_check_digit(body14)


_VALID_USCC = CodeCheck(CodeKind.USCC, ())
_VALID_LEGACY = CodeCheck(CodeKind.LEGACY, ())


def _uscc_problems(code: str) -> tuple[str, ...]:
    try:
        total = sum(map(getitem, _PRODUCTS, code))
        checked = ALPHABET[(31 - total % 31) % 31] == code[17]
    except KeyError:
        return _foreign_characters(code)
    problems = []
    if code[17] not in _VALUES:
        return _foreign_characters(code)
    if code[:2] not in KNOWN_BEGINNINGS:
        problems.append(f"第1—2位 {code[:2]} 不是已知的登记管理部门和机构类别。")
    if not checked:
        if _lost_digits(code):
            problems.append("末尾数位像是被 Excel 抹成 0，请将该列设为文本后重新导出。")
        else:
            problems.append("统一社会信用代码校验码（第18位）不符，请核对是否录入有误。")
    elif code[16] != organisation_check_character(code[8:16]):
        problems.append("内含组织机构代码校验码（第17位）不符，请核对是否录入有误。")
    return tuple(problems)


def _foreign_characters(code: str) -> tuple[str, ...]:
    problems = []
    for place, letter in enumerate(code, 1):
        if letter not in _VALUES:
            hint = LOOKALIKES.get(letter)
            problems.append(
                f"第{place}位 {letter} 不在代码字符集内"
                + (f"，可能是{hint}。" if hint else "，请核对原件。")
            )
    return tuple(problems)


def _length_problem(code: str) -> str:
    if _SCIENTIFIC.fullmatch(code):
        return "代码被 Excel 写成科学计数（如 9.15E+17），数位已丢失，请将该列设为文本后重新导出。"
    if code.endswith(".0") and code[:-2].isdigit():
        return "代码带有小数点，像是被 Excel 当作数字保存，请将该列设为文本后重新导出。"
    return f"代码共{len(code)}位，应为18位统一社会信用代码或15位注册号。"


def _lost_digits(code: str) -> bool:
    """A spreadsheet keeps 15 digits of a number; for the rest it writes zeros or a power."""
    if len(code) == 18:
        return code.isdigit() and code.endswith("00")
    return _SCIENTIFIC.fullmatch(code) is not None


def _legacy_check_digit(body14: str) -> str:
    """ISO 7064 MOD 11,10."""
    product = 10
    for digit in body14:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - product) % 10)
