"""What is shown of personal data to whoever was not granted the whole; pages and exports alike.

domain.md 13: telephones as 138****1234, identity numbers by their last four, names by their first
character.
"""

from __future__ import annotations

import re
from datetime import date

_TELEPHONE = re.compile(r"\+?\d(?:[\d\-－()（）]*\d)?")
_TELEPHONE_IN_TEXT = re.compile(
    r"(?<![0-9A-Za-z])(?:(?:\+?86[- ]?)?1[3-9]\d{9}|0\d{2,3}[-－ ]?\d{7,8})(?![0-9A-Za-z])"
)
_IDENTITY = re.compile(r"(?<![0-9A-Za-z])(?:\d{17}[\dXxＸ]|\d{15})(?![0-9A-Za-z])")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
HIDDEN = 4
SHOWN = 4


def phone(text: str) -> str:
    """Hide four digits of each telephone number: 138****1234, 023-****1234; short ones keep two."""
    return _TELEPHONE.sub(lambda found: _phone(found[0]), text)


def _phone(number: str) -> str:
    digits = sum(letter.isdigit() for letter in number)
    if digits > HIDDEN + SHOWN:
        hidden = range(min(digits - HIDDEN - SHOWN, 5), digits - SHOWN)
    else:
        hidden = range(HIDDEN) if digits >= 7 else range(digits - 2)
    return _starred(number, hidden)


def _starred(number: str, hidden: range) -> str:
    seen, shown = 0, []
    for letter in number:
        shown.append("*" if letter.isdigit() and seen in hidden else letter)
        seen += letter.isdigit()
    return "".join(shown)


def identity(number: str) -> str:
    """Show the last four characters of an identity number only."""
    return "*" * max(len(number) - SHOWN, 0) + number[-SHOWN:]


def name(text: str) -> str:
    """Show the first character of a person's name only: 张**."""
    text = text.strip()
    return text[:1] + "*" * max(len(text) - 1, 0)


def start(text: str) -> str:
    """Show the first character of a name or address, without telling how long it is."""
    return f"{text[:1]}{'*' * min(len(text) - 1, 6)}" if text else ""


def written(text: str, *, phones: bool = True) -> str:
    """Mask the identity numbers, and unless told otherwise the telephones, in what people wrote.

    A number counts as one of identity by the day of birth in it; codes of entities stay.
    """
    text = _IDENTITY.sub(lambda found: _identity(found[0]), text)
    return _TELEPHONE_IN_TEXT.sub(lambda found: _phone(found[0]), text) if phones else text


def _identity(number: str) -> str:
    born = number[6:14] if len(number) == 18 else f"19{number[6:12]}"
    try:
        day = date(int(born[:4]), int(born[4:6]), int(born[6:8]))
    except ValueError:
        return number
    if not 1900 <= day.year < 2100 or (number[0] == "9" and not _checks(number)):
        return number  # a code of an entity begins with 9, as few identity numbers do
    return identity(number)


def _checks(number: str) -> bool:
    """Whether the last character is the check of an identity number of 18 (GB 11643)."""
    if len(number) != 18:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True))
    return _CHECKS[total % 11] == number[17].upper().replace("Ｘ", "X")
