"""The form of what a municipal unit reads."""

from __future__ import annotations

from django import forms

from desk.forms.base import SentenceForm, reason
from staff.models import Field, Unit, User
from staff.units import set_unit_fields


class UnitFields(SentenceForm):
    """Fields of the city, or all of it, and why."""

    fields_read = forms.MultipleChoiceField(
        label="业务领域",
        choices=Field.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="该单位人员只看到全市中涉及这些领域的主体。",
    )
    whole_city = forms.BooleanField(label="全市各领域（不限上面的领域）", required=False)
    reason = reason(help_text="如：职责分工文件的文号。")

    def carry_out(self, unit: Unit, by: User) -> Unit:
        said = dict(self.cleaned_data)
        return set_unit_fields(unit, fields=said.pop("fields_read"), by=by, **said)
