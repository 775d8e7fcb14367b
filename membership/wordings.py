"""The sentences in use, as immutable rows, so that an old decision keeps its words."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache

from membership.models import Wording, WordingVersion
from membership.rules import RULES


def wordings_in_code() -> dict[tuple[str, str], str]:
    """Return every template of the rule book by rule and outcome (or outcome.variant)."""
    return {
        (rule.key, outcome): template
        for rule in RULES
        for outcome, template in rule.wording.items()
    }


def _digest() -> str:
    said = sorted((rule, outcome, text) for (rule, outcome), text in wordings_in_code().items())
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def seed() -> WordingVersion:
    """Write the rule book's sentences where they are new; return the version in use."""
    existing = WordingVersion.objects.filter(digest=_digest()).first()
    if existing:
        return existing
    keys = {}
    for (rule, outcome), template in wordings_in_code().items():
        row, _ = Wording.objects.get_or_create(rule=rule, outcome=outcome, template=template)
        keys[f"{rule} {outcome}"] = row.pk
    return WordingVersion.objects.create(digest=_digest(), wordings=keys)


def current_wordings() -> WordingVersion:
    """Return the version of the sentences in this code, writing it if it is new."""
    return seed()


@lru_cache(maxsize=64)
def templates(version_id: int) -> dict[str, str]:
    """Return the templates of a version by "rule outcome". Versions never change."""
    version = WordingVersion.objects.get(pk=version_id)
    texts = dict(
        Wording.objects.filter(pk__in=version.wordings.values()).values_list("pk", "template")
    )
    return {name: texts[key] for name, key in version.wordings.items()}
