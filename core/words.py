"""One pattern for many words."""

from __future__ import annotations

import re
from collections.abc import Iterable


def pattern_of(words: Iterable[str]) -> str:
    """Return a pattern that matches the longest of the words at a place and soon rejects a place.

    The words become a tree of their letters: a plain alternation would try each word everywhere.
    """
    root: dict = {}
    for word in words:
        node = root
        for letter in word:
            node = node.setdefault(letter, {})
        node[""] = {}
    return _branch(root)


def _branch(node: dict) -> str:
    ends = "" in node
    branches = [re.escape(letter) + _branch(rest) for letter, rest in node.items() if letter]
    if not branches:
        return ""
    if len(branches) == 1 and not ends:
        return branches[0]
    body = f"(?:{'|'.join(branches)})"
    return body + ("?" if ends else "")
