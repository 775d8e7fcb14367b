"""Words as the eye reads them: what is put between or instead of letters is taken away.

Spaces, line breaks, zero-width and joining signs go; full width, capitals and traditional variants
become one form. Each letter that remains knows where it stood.
"""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

_DROPPED = {
    "Cc",
    "Cf",
    "Co",
    "Cs",
    "Cn",
    "Zs",
    "Zl",
    "Zp",
    "Mn",
    "Me",
    "Mc",
    "Pd",
    "Pc",
    "Sk",
    "Lm",
}
_JOINING = frozenset("·・•‧∙⋅●∘°*^`~|/\\.'\"“”‘’′″+=<>＿")
_BRACKETS = str.maketrans("[{〔【〖「『〈《⟨]}〕】〗」』〉》⟩", "((((((((((" + "))))))))))")
_PAIRS = (
    "紅红 線线 缐线 綫线 縣县 觀观 觸触 發发 風风 險险 類类 標标 簽签 籤签 納纳 圍围 "
    "監监 級级 體体 區区 託托 圖图 賬账 帳账 臺台 檯台 摺折 數数 據据 庫库 單单 範范 "
    "條条 項项 號号 處处 執执 對对 應应 動动 態态 評评 價价 測测 試试 點点 當当 無无 "
    "護护 導导 關关 鍵键 門门 預预 報报 慮虑 緩缓 衝冲 內内 記记 鬆松 綁绑 創创 業业 "
    "寬宽 審审 隱隐 擴扩"
)
_TRADITIONAL = str.maketrans({pair[0]: pair[1] for pair in _PAIRS.split()})


class Squeezed(NamedTuple):
    """The letters that remain, and for each its place in the text."""

    letters: str
    places: list[int]


def squeeze(text: str) -> Squeezed:
    """Return a text in the form in which words are compared."""
    letters: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(text):
        for letter in unicodedata.normalize("NFKC", sign):
            if letter in _JOINING or unicodedata.category(letter) in _DROPPED:
                continue
            for plain in letter.translate(_BRACKETS).translate(_TRADITIONAL).casefold():
                letters.append(plain)
                places.append(place)
    return Squeezed("".join(letters), places)
