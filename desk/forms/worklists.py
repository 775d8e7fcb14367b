"""Forms of the work lists."""

from __future__ import annotations

from typing import Any

from desk.forms.base import SentenceForm, either, reason
from desk.forms.entity import VERDICTS
from entities.choices import Domain


class QuickVerdict(SentenceForm):
    """涉及 or 不涉及 for one doubtful field, with the reason."""

    domain = either("安全领域", Domain.choices)
    verdict = either("认定结论", VERDICTS)
    reason = reason(help_text="写明依据的事实，例如“电话核实，只做软件开发，不经营食品”。")

    def __init__(self, data: Any = None, *, doubtful: list[str]) -> None:
        super().__init__(data, initial={"domain": doubtful[0] if doubtful else None})
        self.fields["domain"].choices = [
            (domain.value, domain.label) for domain in Domain if domain.value in doubtful
        ]
