"""What the entity list can be asked for: a form whose address is its state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.db.models import TextChoices
from django.http import QueryDict

from entities.choices import Domain, Kind, Letter, Status
from membership.models import Decision, GroundName
from staff.models import Bureau, District, Station, Street, User, in_office
from staff.roles import DISTRICT_ROLES, Role
from zones.models import Zone

ANY = "any"


class Standing(TextChoices):
    """Where an entity stands to the sandbox, as the list asks for it."""

    INSIDE = "inside", "在沙盒内"
    ZONE = GroundName.ZONE.value, GroundName.ZONE.label
    FOUR_NEW = GroundName.FOUR_NEW.value, GroundName.FOUR_NEW.label
    CREDIT = GroundName.CREDIT.value, GroundName.CREDIT.label
    OUTSIDE = "outside", "不在沙盒内"
    UNDECIDED = "undecided", "待核实"
    REVIEW = "review", "重点关注"


NO_CLASS = "none"
PENDING = "pending"
PROPOSED = "proposed"
NO_DOMAIN = "none"
NOT_NUMBERS = {"invalid_choice": "所选项目已不存在，请重新选择。"}


def _day(label: str) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "class": "form-control"}),
        error_messages={"invalid": "日期应为 2025-03-31 这样的日期。"},
    )


def _one(label: str, choices: Any, empty: str = "全部") -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        required=False,
        choices=[("", empty), *choices],
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages=NOT_NUMBERS,
    )


def _several(label: str, choices: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        required=False,
        choices=list(choices),
        widget=forms.CheckboxSelectMultiple,
        error_messages=NOT_NUMBERS,
    )


def _text(label: str, placeholder: str, most: int) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=most,
        widget=forms.TextInput(attrs={"class": "form-control", "placeholder": placeholder}),
    )


class EntityFilter(forms.Form):
    """The conditions of the list. Places offer what the viewer can see, nothing more."""

    text = _text("名称代码", "名称、曾用名、代码，可粘贴多个代码", 120_000)
    bureau = _one("监管机关", ())
    district = _one("区县", ())
    street = _one("街道", ())
    station = _one("监管所", ())
    zone = _one("沙盒区域", ())
    ground = _one("沙盒", Standing.choices)
    letter = _several("信用分类", [*Letter.choices, (NO_CLASS, "未分类")])
    kind = _several("类型", Kind.choices)
    status = _several("登记状态", [*Status.choices, (ANY, "全部状态")])
    four_new = _one("“四新”", [("yes", "有标识"), (PROPOSED, "仅区县建议"), ("no", "无标识")])
    domain = _several("安全领域", [*Domain.choices, (PENDING, "待核实"), (NO_DOMAIN, "均不涉及")])
    industry = forms.RegexField(
        r"^[A-Ta-t]?\d{0,4}$",
        label="行业代码",
        required=False,
        widget=forms.TextInput(attrs={"class": "form-control", "placeholder": "如 I65、6513"}),
        error_messages={"invalid": "行业代码应为 I65、6513 这样的代码，不是行业名称。"},
    )
    established_from = _day("成立日期自")
    established_to = _day("成立日期至")
    moved = _one("移入移出", Decision.Move.choices)
    moved_from = _day("移动登记自")
    cause = forms.CharField(
        required=False, max_length=200, label="移动事由", widget=forms.HiddenInput
    )

    BASIC = ("text", "ground", "letter", "status", "kind", "four_new", "domain")
    MORE = (
        *("bureau", "district", "street", "station", "zone", "industry"),
        *("established_from", "established_to", "moved", "moved_from"),
    )

    def __init__(self, data: QueryDict, viewer: User, on: date) -> None:
        super().__init__(data, auto_id="filter_%s")
        self._offer_places(viewer, on)

    def _offer_places(self, viewer: User, on: date) -> None:
        own = viewer.role in DISTRICT_ROLES
        bureaus = Bureau.objects.exclude(kind=Bureau.Kind.CITY).filter(in_office(on))
        self._offer("bureau", [] if own else bureaus.values_list("pk", "short_name"))
        self._offer("district", District.objects.values_list("pk", "name"))
        wanted = viewer.bureau_id if own else self.data.get("bureau", "")
        stations = Station.objects.filter(bureau_id=_key(wanted))
        if viewer.role == Role.STATION_OFFICER:
            stations = stations.none()
        self._offer("station", stations.values_list("pk", "name"))
        self._offer("street", self._streets(viewer, own).values_list("pk", "name"))
        zones = Zone.objects.visible_to(viewer).order_by("name", "pk")
        self._offer("zone", zones.values_list("pk", "name"))

    def _streets(self, viewer: User, own: bool) -> Any:
        """Offer the streets of the chosen district, else those of the own bureau."""
        district = _key(self.data.get("district", ""))
        streets = Street.objects.filter(
            placements__district_id=district, placements__superseded_at=None
        )
        if not district and own:
            streets = Street.objects.filter(
                placements__superseded_at=None,
                placements__district__jurisdictions__bureau_id=viewer.bureau_id,
                placements__district__jurisdictions__superseded_at=None,
            )
        return streets.distinct()

    def _offer(self, name: str, choices: Any) -> None:
        pairs = [(str(key), label) for key, label in choices]
        if not pairs:
            del self.fields[name]
            return
        empty = [("0", "未落")] if name in ("bureau", "district", "street", "station") else []
        self.fields[name].choices = [("", "全部"), *pairs, *empty]

    @property
    def basic(self) -> list[forms.BoundField]:
        return [self[name] for name in self.BASIC if name in self.fields]

    @property
    def more(self) -> list[forms.BoundField]:
        return [self[name] for name in self.MORE if name in self.fields]

    @property
    def more_is_used(self) -> bool:
        return any(self.data.get(name) for name in self.MORE)


def _key(text: Any) -> int:
    return int(text) if str(text or "").isdecimal() and len(str(text)) < 18 else 0


@dataclass(frozen=True)
class Chip:
    """One condition in force, and the address of the list without it."""

    label: str
    value: str
    remove: str


def has_conditions(query: QueryDict) -> bool:
    """Whether anything is asked for: a city-wide list shows nothing before."""
    return any(query.get(name) for name in EntityFilter.base_fields)


def statuses_wanted(cleaned: dict[str, Any]) -> list[str]:
    """Return the chosen statuses; none chosen means 存续, and "any" means no condition."""
    chosen = cleaned.get("status") or []
    if ANY in chosen:
        return []
    if chosen or cleaned.get("text"):
        return chosen
    return [Status.ACTIVE.value]


def chips_of(form: EntityFilter, query: QueryDict, path: str) -> list[Chip]:
    """Return the conditions in force in the staff's words, the default status among them."""
    chips = []
    for name, field in form.fields.items():
        value = form.cleaned_data.get(name)
        if name == "status":
            value = statuses_wanted(form.cleaned_data)
        if value in (None, "", []):
            continue
        chips.append(Chip(str(field.label), _said(field, value), _without(name, query, path)))
    return chips


def _said(field: forms.Field, value: Any) -> str:
    labels = dict(getattr(field, "choices", ()))
    values = value if isinstance(value, list) else [value]
    said = "、".join(str(labels.get(item, item)) for item in values)
    return said if len(said) <= 60 else f"{said[:57]}…"


def _without(name: str, query: QueryDict, path: str) -> str:
    rest = query.copy()
    for gone in (name, "after", "before", "count"):
        rest.pop(gone, None)
    if name == "status":
        rest["status"] = ANY
    return f"{path}?{rest.urlencode()}"


def address_of(query: QueryDict) -> str:
    """Return the conditions alone, in the form in which bulk pages receive them (``query``)."""
    kept = query.copy()
    for name in list(kept):
        if name not in EntityFilter.base_fields or not kept[name]:
            kept.pop(name)
    return kept.urlencode()
