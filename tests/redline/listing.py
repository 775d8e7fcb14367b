"""A bureau with its people, the city's, and lists brought to any state."""

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from redline.actions import list_items, lists
from redline.choices import ListKind, ListStatus
from redline.models import ListItem, ListVersion
from redline.workflow import LIST_STEPS
from staff.models import User
from staff.roles import Role
from tests.factories import make_bureau, make_user

ON = date(2026, 11, 24)
TOMORROW = ON + timedelta(days=1)
PATH = {
    ListStatus.DRAFT: (),
    ListStatus.SUBMITTED: ("submit",),
    ListStatus.APPROVED: ("submit", "approve"),
    ListStatus.VOID: ("discard",),
}
ITEM = {
    "code": "RL-2-01",
    "group": "RL-2",
    "behaviour": "未取得食品经营许可从事食品经营活动",
    "legal_basis": "《食品安全法》第三十五条第一款",
    "order_basis": "《行政处罚法》第二十八条第一款",
    "punish_basis": "《食品安全法》第一百二十二条",
    "touching": "未取得许可而经营。",
}
ITEMS: dict[str, dict[str, Any]] = {
    ListKind.RED_LINE: ITEM,
    ListKind.NO_PENALTY: {
        "code": "NP-1",
        "group": "RL-2",
        "behaviour": "经营超过保质期的食品",
        "legal_basis": "《食品安全法》第三十四条第十项",
        "punish_basis": "《食品安全法》第一百二十四条第一款第五项",
        "conditions": ["货值不超过500元。", "及时改正。"],
        "first_time": True,
    },
    ListKind.NO_COERCION: {
        "code": "NC-1",
        "group": "RL-9",
        "behaviour": "资料能够以其他方式固定",
        "measure": "查封、扣押资料",
        "legal_basis": "《行政强制法》第五条",
        "conditions": ["能够复制、拍照。"],
    },
}


def make_people() -> SimpleNamespace:
    bureau = make_bureau()
    return SimpleNamespace(
        bureau=bureau,
        officer=make_user(Role.DISTRICT_OFFICER, bureau),
        colleague=make_user(Role.DISTRICT_OFFICER, bureau),
        lead=make_user(Role.DISTRICT_LEAD, bureau),
        second_lead=make_user(Role.DISTRICT_LEAD, bureau),
        station=make_user(Role.STATION_OFFICER, bureau),
        city=make_user(Role.MUNICIPAL_OFFICER),
        city_other=make_user(Role.MUNICIPAL_OFFICER),
        city_lead=make_user(Role.MUNICIPAL_LEAD),
        city_second=make_user(Role.MUNICIPAL_LEAD),
        elsewhere=make_user(Role.DISTRICT_OFFICER),
        lead_elsewhere=make_user(Role.DISTRICT_LEAD),
        unit=make_user(Role.UNIT_OFFICER),
        auditor=make_user(Role.AUDITOR),
        security=make_user(Role.SECURITY_ADMINISTRATOR),
        system=make_user(Role.SYSTEM_ADMINISTRATOR),
        nobody=make_user("", bureau=None),
    )


def fresh(version: ListVersion) -> ListVersion:
    return ListVersion.objects.for_system("test").get(pk=version.pk)


def items(version: ListVersion) -> list[ListItem]:
    return list(ListItem.objects.for_system("test").filter(version=version))


def drafted(
    people: SimpleNamespace, *, of_city: bool = False, kind: str = ListKind.RED_LINE, **columns: Any
) -> ListVersion:
    """Return a draft with one item, by the officer, or of the city by ``city``."""
    by = people.city if of_city else people.officer
    version = lists.begin_list(kind, None if of_city else people.bureau, by=by, on=ON)
    list_items.add_item(version, revision=0, by=by, on=ON, **ITEMS[kind] | columns)
    return fresh(version)


def do(version: ListVersion, action: str, by: User, **said: Any) -> ListVersion:
    """Take a step as somebody who sees the version as it stands."""
    step = LIST_STEPS[action]
    if step.decides:
        said.setdefault("revision", fresh(version).revision)
    if step.opinion:
        said.setdefault("opinion", "试验意见")
    if action == "approve":
        said = {"since": TOMORROW, "document_number": "试验市监发〔2026〕1号"} | said
    return lists.LIST_STEP_FUNCTIONS[action](version, by=by, on=ON, **said)


def reached(people: SimpleNamespace, status: str, *, of_city: bool = False) -> ListVersion:
    """Bring a list to a state by its ordinary way."""
    version = drafted(people, of_city=of_city)
    officer, lead = (people.city, people.city_lead) if of_city else (people.officer, people.lead)
    for action in PATH[ListStatus(status)]:
        version = do(version, action, lead if action == "approve" else officer)
    return version
