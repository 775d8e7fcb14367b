"""Accounts of the demonstration: one for each role, in three districts. Never in production."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db import transaction
from django.db.models import Count

from core.audit.context import acting
from core.errors import Refused
from staff.accounts import open_account
from staff.models import Bureau, District, PasswordRecord, Station, StreetPlacement, Unit, User
from staff.reference import load
from staff.roles import Role

PASSWORD = "Shahe-2024-73"  # nosec B105 # of the demonstration
"""Printed at every start of the demonstration, so it is no secret."""


@dataclass(frozen=True)
class Corner:
    """One district of the demonstration: prefix of its accounts, its bureau and some streets.

    The streets are used only where the city's own table is not loaded yet.
    """

    prefix: str
    bureau: str
    name: str
    district: str
    streets: tuple[str, ...]


CORNERS = (
    Corner("lj", "liangjiang", "两江新区", "500157", ("观音桥街道", "双龙湖街道", "人和街道")),
    Corner("yz", "yuzhong", "渝中", "500103", ("解放碑街道", "上清寺街道", "大坪街道")),
    Corner("spb", "shapingba", "沙坪坝", "500106", ("沙坪坝街道", "磁器口街道", "土湾街道")),
)
IN_DISTRICT = (
    ("01", "经办员", Role.DISTRICT_OFFICER),
    ("02", "负责人", Role.DISTRICT_LEAD),
    ("03", "所员", Role.STATION_OFFICER),
)
IN_CITY = (
    ("city01", "市局经办员", Role.MUNICIPAL_OFFICER, "city", ""),
    ("city02", "市局负责人", Role.MUNICIPAL_LEAD, "city", ""),
    ("mpa01", "药监局经办员", Role.UNIT_OFFICER, "", "mpa"),
    ("audit01", "审计管理员", Role.AUDITOR, "", ""),
    ("safe01", "安全管理员", Role.SECURITY_ADMINISTRATOR, "", ""),
    ("sys01", "系统管理员", Role.SYSTEM_ADMINISTRATOR, "", ""),
)


def accounts() -> list[tuple[str, str, str, str]]:
    """Return (工号, password, role, place) of every demonstration account, all in words."""
    found = [
        (f"{corner.prefix}{number}", PASSWORD, role.label, _place(corner, role))
        for corner in CORNERS
        for number, _, role in IN_DISTRICT
    ]
    places = {"city": "市局", "mpa": "市药监局", "": ""}
    return found + [
        (username, PASSWORD, role.label, places[bureau or unit])
        for username, _, role, bureau, unit in IN_CITY
    ]


def known_changes() -> dict[str, str]:
    """Return, by 工号, why the printed password of an account does not open it any more."""
    records = PasswordRecord.objects.for_system("whether the printed passwords still hold")
    changed = records.values("user__username").annotate(n=Count("pk")).filter(n__gt=1)
    said = dict.fromkeys(changed.values_list("user__username", flat=True), "已改密")
    disabled = User.objects.filter(is_active=False).values_list("username", flat=True)
    return said | dict.fromkeys(disabled, "已停用")


def _place(corner: Corner, role: Role) -> str:
    return _station_name(corner) if role == Role.STATION_OFFICER else f"{corner.name}局"


def _station_name(corner: Corner) -> str:
    return f"{corner.name}第一市场监管所"


@transaction.atomic
def create(on: date) -> int:
    """Make the accounts that are missing, and their stations; return how many accounts were made.

    Refuses outside the demonstration. A password that somebody changed stays changed.
    """
    if not settings.DEMO:
        raise Refused("", "只有演示模式（DEMO=1）才能建立演示账号。")
    present = set(User.objects.values_list("username", flat=True))
    for corner in CORNERS:
        _lay_out(corner, on)
    fresh = [user for user in _people() if user.username not in present]
    with acting(origin="command make_demo_accounts"):
        for user in fresh:
            open_account(user, PASSWORD, reason="演示账号", must_change=False)
    return len(fresh)


def _people() -> list[User]:
    bureaus = {row.code: row for row in Bureau.objects.all()}
    units = {row.code: row for row in Unit.objects.all()}
    stations = {row.code: row for row in Station.objects.filter(code__startswith="demo-")}
    people = [
        User(
            username=f"{corner.prefix}{number}",
            name=f"{corner.name}{title}",
            role=role,
            bureau=bureaus[corner.bureau],
            station=stations[f"demo-{corner.prefix}"] if role == Role.STATION_OFFICER else None,
        )
        for corner in CORNERS
        for number, title, role in IN_DISTRICT
    ]
    return people + [
        User(
            username=username,
            name=name,
            role=role,
            bureau=bureaus.get(bureau),
            unit=units.get(unit),
        )
        for username, name, role, bureau, unit in IN_CITY
    ]


def _lay_out(corner: Corner, on: date) -> None:
    """Give the district a station with its first streets, some of its own where it has none."""
    code = f"demo-{corner.prefix}"
    if Station.objects.filter(code=code).exists():
        return
    district = District.objects.get(code=corner.district)
    placed = StreetPlacement.objects.for_system("laying out the demonstration").in_force(on)
    here = placed.filter(district=district).order_by("street__code")
    if not here.exists():
        rows = [
            (number, {"code": f"{corner.district}9{number:02d}", "name": name})
            for number, name in enumerate(corner.streets, 1)
        ]
        load(
            "streets",
            [(line, row | {"district_code": corner.district}) for line, row in rows],
            on=on,
        )
    first = list(here.values_list("street__code", flat=True)[:2])
    station = {"code": code, "name": _station_name(corner), "bureau": corner.bureau}
    load("stations", [(1, station | {"streets": "|".join(first), "since": ""})], on=on)
