"""Names as the search sees them: one spelling, cut into pairs of characters.

The pairs stand in a stored, analysed column with a GIN index, so that a search for two characters
is served as well as one for ten (docs/architecture.md, in numbers).
"""

from __future__ import annotations

import unicodedata


def folded(text: str) -> str:
    """Return the text in one spelling: NFKC, lower case, without white space.

    PostgreSQL's ``replace(lower(normalize(name, NFKC)), ' ', '')`` says the same.
    """
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def bigrams(name: str, *former: str) -> list[int]:
    """Return every pair of neighboring characters of the names, each once, in ascending order.

    A pair is a signed 32-bit number of two code points, 16 bits each. Characters beyond the basic
    plane share numbers with others, so whoever searches compares the text again.
    """
    return sorted({pair for text in (name, *former) for pair in _pairs(folded(text))})


def _pairs(text: str) -> set[int]:
    points = [ord(character) & 0xFFFF for character in text]
    # Turning the highest bit and taking it off again makes the number a signed one.
    return {
        ((first << 16 | second) ^ _SIGN) - _SIGN
        for first, second in zip(points, points[1:], strict=False)
    }


_SIGN = 1 << 31
