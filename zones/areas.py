"""The words by which an address is told to lie in a zone, taken from the zone's own address."""

from __future__ import annotations

import re
import unicodedata

MOST = 200
_DIVISIONS = re.compile(
    r"^(?:中国)?(?:四川省)?(?:重庆市?)?(?:市辖区|县辖)?(?:[\u4e00-\u9fff]{1,8}?(?:自治县|新区|(?<![园社小片库])区|县))?"
)
_STREET = re.compile(r"^[\u4e00-\u9fff]{1,8}?(?:街道|镇|乡)")


def words_of(address: str) -> str:
    """Return what of a zone's address every address in it bears: without city, district, street.

    ``重庆市沙坪坝区虎溪街道西永大道28号`` gives ``西永大道28号``. Empty where nothing is left.
    """
    plain = "".join(unicodedata.normalize("NFKC", address).split())
    rest = _DIVISIONS.sub("", plain, count=1) or plain
    return (_STREET.sub("", rest, count=1) or rest)[:MOST]
