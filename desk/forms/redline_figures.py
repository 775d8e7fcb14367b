"""The period and the bureau of the figures of red lines, in the page's address."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import Q
from django.http import QueryDict

from desk.forms.base import DAY
from desk.forms.zones import one
from staff.models import Bureau, User, in_office


def _day(label: str) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"}),
        error_messages={"invalid": DAY},
    )


class FiguresFilter(forms.Form):
    """From which day to which, and for the city of which bureau; all of this year by itself."""

    since = _day("自")
    until = _day("至")
    bureau = one("监管机关", empty="全市")

    def __init__(self, data: QueryDict, viewer: User, on: date) -> None:
        given = data.copy()
        given.setdefault("since", f"{on.year}-01-01")
        given.setdefault("until", on.isoformat())
        super().__init__(given, auto_id="filter_%s")
        self.on = on
        if viewer.bureau_id and not viewer.sees_city():
            del self.fields["bureau"]
            return
        field: Any = self.fields["bureau"]
        known = Bureau.objects.filter(in_office(on) | Q(until__isnull=False))
        bureaus = known.exclude(kind=Bureau.Kind.CITY).values_list("pk", "short_name")
        field.choices = [("", "全市"), *((str(pk), name) for pk, name in bureaus)]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        since = said.get("since") or date(self.on.year, 1, 1)
        until = said.get("until") or self.on
        if "since" not in self.errors and "until" not in self.errors and since > until:
            self.add_error("until", f"不能早于开始日{since}，请改正。")
        return said | {"since": since, "until": until}
