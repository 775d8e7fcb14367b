"""The form of an export: which columns, what for, and whether contacts are needed in full."""

from __future__ import annotations

from typing import Any

from django import forms

from desk.exports.actions import SHORTEST_REASON
from desk.exports.kinds import ExportKind
from desk.forms.base import SentenceForm, reason, several
from staff.models import User
from staff.permissions import may


class ExportForm(SentenceForm):
    """Columns of a kind, the purpose, and for whoever may ask for it the whole contact data."""

    columns = several("列")
    unmasked = forms.BooleanField(
        label="联系方式需要完整内容",
        required=False,
        help_text="不勾选则联系人、电话、送达地址只显示掩码；勾选后须经负责人批准。",
    )
    reason = reason("用途")

    def __init__(self, data: Any = None, *, wanted: ExportKind, by: User) -> None:
        chosen = [name for name, column in wanted.columns.items() if column.chosen]
        super().__init__(data, initial={"columns": chosen})
        self.fields["columns"].choices = [
            (name, column.title + ("（掩码）" if column.sensitive else ""))
            for name, column in wanted.columns.items()
        ]
        self.fields["reason"].help_text = f"写明带出的用途，如“{wanted.example}”。"
        if not (wanted.has_sensitive and may(by, "export.unmask")):
            del self.fields["unmasked"]

    def sent(self) -> list[tuple[str, str]]:
        """Return what was filled in as pairs, for the page that asks to confirm it."""
        said = self.cleaned_data
        pairs = [("columns", name) for name in said["columns"]]
        pairs += [("unmasked", "1")] if said.get("unmasked") else []
        return [*pairs, ("reason", said["reason"])]

    def clean_reason(self) -> str:
        said = self.cleaned_data["reason"].strip()
        if len(said) < SHORTEST_REASON:
            raise forms.ValidationError(f"请写明导出用途（{SHORTEST_REASON}个字以上）。")
        return said
