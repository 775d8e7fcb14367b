"""By which likely slip of the hand or the eye one code became another; nothing is corrected."""

from __future__ import annotations

from difflib import get_close_matches

from zones.choices import ZoneType

LOOKALIKE = str.maketrans({"O": "0", "I": "1", "S": "5", "Z": "2"})

_MEANT = {
    ZoneType.INCUBATOR: ("孵化", "众创空间"),
    ZoneType.STARTUP_PARK: ("创业", "双创", "创新"),
    ZoneType.FREE_TRADE_AREA: ("自贸", "自由贸易"),
    ZoneType.PARK: ("园", "开发区", "高新区", "基地"),
}


def slip(filed: str, right: str) -> str:
    """Say in words by which slip ``right`` became ``filed``; "" where none is likely."""
    if filed == right:
        return ""
    if filed.translate(LOOKALIKE) == right:
        wrong = [f"{a}应为{b}" for a, b in zip(filed, right, strict=True) if a != b]
        return "字母与数字形近（" + "、".join(wrong) + "）"
    if len(filed) == len(right):
        places = [n for n, (a, b) in enumerate(zip(filed, right, strict=True)) if a != b]
        if len(places) == 1:
            n = places[0]
            return f"第{n + 1}位应为{right[n]}"
        if len(places) == 2 and places[1] == places[0] + 1:
            first, second = places
            if filed[first] == right[second] and filed[second] == right[first]:
                return f"第{first + 1}、{second + 1}位颠倒"
    if len(filed) + 1 == len(right) and any(
        right[:n] + right[n + 1 :] == filed for n in range(len(right))
    ):
        return "少录一位"
    if len(filed) == len(right) + 1 and any(
        filed[:n] + filed[n + 1 :] == right for n in range(len(filed))
    ):
        return "多录一位"
    return ""


def nearest_type(text: str) -> str:
    """Return the label of the zone type that a text likely means, "" where none is near."""
    for kind, words in _MEANT.items():
        if any(word in text for word in words):
            return str(kind.label)
    labels = [str(label) for label in ZoneType.labels]
    return next(iter(get_close_matches(text, labels, n=1, cutoff=0.4)), "")
