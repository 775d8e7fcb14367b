"""Forms of removals and follow-ups: a reason each, a sentence where it is missing."""

from __future__ import annotations

from typing import Any

from desk.forms.base import SentenceForm, reason

MOST = 1000


class ReasonForm(SentenceForm):
    """Why a removal is revoked, or why its entity is let back."""

    reason = reason()

    def __init__(self, data: Any = None, *, label: str) -> None:
        super().__init__(data)
        field = self.fields["reason"]
        field.label = label
        field.error_messages["required"] = f"请填写{label}。"
        field.max_length = MOST

    def clean_reason(self) -> str:
        said = self.cleaned_data["reason"]
        if len(said) > MOST:
            self.add_error("reason", f"{self.fields['reason'].label}最多{MOST}个字，请删减。")
        return said
