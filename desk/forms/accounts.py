"""Forms of the administrators' pages: a new account, a reason for an act, a role and its place."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from desk.forms.base import SentenceForm, reason, text
from staff.accounts import LONGEST_NAME, create_account, grant_role
from staff.models import Bureau, RoleGrant, Station, Unit, User
from staff.roles import CITY_ROLES, Role

NAMESAKES = "已核实：同名的其他账户属于不同的人"


class NewAccount(SentenceForm):
    """Who gets an account; role and place are granted by the security administrator."""

    username = text("工号", most=30, help_text="字母、数字、短横和下划线；一人一个，不能更改。")
    name = text("姓名", most=LONGEST_NAME)
    reason = reason(help_text="如：新入职，人事通知文号。")

    def carry_out(self, by: User) -> tuple[User, str]:
        return create_account(**self.cleaned_data, by=by)


class Because(SentenceForm):
    """An act on an account that needs a reason and nothing else."""

    reason = reason()


class Rename(SentenceForm):
    name = text("姓名", most=LONGEST_NAME)
    reason = reason()


PLACE_OF = {
    Role.STATION_OFFICER: "station",
    Role.DISTRICT_OFFICER: "bureau",
    Role.DISTRICT_LEAD: "bureau",
    Role.MUNICIPAL_OFFICER: "bureau",
    Role.MUNICIPAL_LEAD: "bureau",
    Role.UNIT_OFFICER: "unit",
}
"""What sort of place a role needs; the three administrators stand nowhere."""


def _one_of(
    label: str, rows: QuerySet, kind: type[forms.ModelChoiceField] = forms.ModelChoiceField
) -> forms.ModelChoiceField:
    widget = forms.Select(attrs={"class": "form-select"})
    return kind(rows, label=label, empty_label="请选择", widget=widget)


class Stations(forms.ModelChoiceField):
    """Stations are told apart by their bureau: names repeat."""

    def label_from_instance(self, station: Station) -> str:
        return f"{station.bureau.short_name} · {station.name}"


class Grant(SentenceForm):
    """The place that a role needs, the reason, and the statement about namesakes.

    ``role`` is chosen beforehand, so that only what it needs is asked.
    """

    bureau = _one_of("所属局", Bureau.objects.all())
    station = _one_of(
        "市场监管所",
        Station.objects.select_related("bureau").order_by("bureau_id", "code"),
        Stations,
    )
    unit = _one_of("单位（处室）", Unit.objects.all())
    reason = reason(help_text="如：任职文件文号；记入授权记录。")
    are_namesakes = forms.BooleanField(label=NAMESAKES, required=False)

    def __init__(self, *args: Any, role: str, has_namesake: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.role = role
        for name in {"bureau", "station", "unit"} - {PLACE_OF.get(role)}:
            del self.fields[name]
        if not has_namesake:
            del self.fields["are_namesakes"]
        if "bureau" in self.fields:
            rows = Bureau.objects.order_by("id")
            city = Q(kind=Bureau.Kind.CITY)
            self.fields["bureau"].queryset = rows.filter(city if role in CITY_ROLES else ~city)

    def carry_out(self, user: User, by: User) -> RoleGrant:
        said = dict(self.cleaned_data)
        if "station" in said:
            said["bureau"] = said["station"].bureau
        return grant_role(user, role=self.role, by=by, **said)
