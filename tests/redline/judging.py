"""The people around a violation, and a violation brought to any state by the verbs themselves."""

from datetime import date
from types import SimpleNamespace
from typing import Any

from policy.seeding import seed as policy_seed
from redline.actions import orders
from redline.actions.touches import confirm_touch
from redline.actions.violations import (
    not_a_touch,
    record_violation,
    void_violation,
)
from redline.choices import ViolationSource, ViolationStatus
from redline.models import Case, ListItem, Order, Violation
from staff.models import Bureau, User
from staff.roles import Role
from tests.factories import make_bureau, make_entity, make_user
from tests.redline.factories import ACTED, ON, make_item

ROLES = (
    *("officer", "colleague", "lead", "second_lead", "station", "city", "city_lead"),
    *("elsewhere", "lead_elsewhere", "unit", "auditor", "security", "system", "nobody"),
)
JUDGEMENT = {
    "nature": "未取得许可从事经营",
    "circumstances": "持续一日，货值较小",
    "harm": "可能危及人身健康",
}
DEMANDS = "立即停止经营活动，依法取得许可"


def make_people(bureau: Bureau | None = None) -> SimpleNamespace:
    policy_seed()
    bureau = bureau or make_bureau()
    return SimpleNamespace(
        bureau=bureau,
        officer=make_user(Role.DISTRICT_OFFICER, bureau),
        colleague=make_user(Role.DISTRICT_OFFICER, bureau),
        lead=make_user(Role.DISTRICT_LEAD, bureau),
        second_lead=make_user(Role.DISTRICT_LEAD, bureau),
        station=make_user(Role.STATION_OFFICER, bureau),
        city=make_user(Role.MUNICIPAL_OFFICER),
        city_lead=make_user(Role.MUNICIPAL_LEAD),
        elsewhere=make_user(Role.DISTRICT_OFFICER),
        lead_elsewhere=make_user(Role.DISTRICT_LEAD),
        unit=make_user(Role.UNIT_OFFICER),
        auditor=make_user(Role.AUDITOR),
        security=make_user(Role.SECURITY_ADMINISTRATOR),
        system=make_user(Role.SYSTEM_ADMINISTRATOR),
        nobody=make_user("", bureau=None),
    )


def fresh(violation: Violation) -> Violation:
    return Violation.objects.for_system("test").get(pk=violation.pk)


def recorded(people: SimpleNamespace, *, by: User | None = None, **columns: Any) -> Violation:
    """Record a violation of an entity of the bureau, by its officer."""
    said = {
        "source": ViolationSource.INSPECTION,
        "acted_from": ACTED,
        "facts": "未取得食品经营许可从事食品经营活动",
        "provision": "食品安全法第三十五条第一款",
    } | columns
    entity = said.pop("entity", None) or make_entity(bureau=people.bureau)
    return record_violation(entity, by=by or people.officer, on=ON, **said)


def passed(people: SimpleNamespace, **columns: Any) -> Violation:
    """Record a violation that an officer elsewhere found; nobody received it yet."""
    return recorded(people, by=people.elsewhere, **columns)


def touched(
    people: SimpleNamespace,
    violation: Violation | None = None,
    item: ListItem | None = None,
    *,
    by: User | None = None,
    **order_columns: Any,
) -> Order:
    """Confirm a touch by the officer; return its order, a draft that lacks nothing."""
    violation = fresh(violation or recorded(people))
    return confirm_touch(
        violation,
        item or made_item(people),
        **JUDGEMENT,
        revision=violation.revision,
        by=by or people.officer,
        on=ON,
        **{"demands": DEMANDS, "contact_phone": "023-12345678"} | order_columns,
    )


def made_item(people: SimpleNamespace, **columns: Any) -> ListItem:
    """Return the item of the bureau's list in force, making the list where there is none."""
    rows = ListItem.objects.for_system("test").filter(version__bureau=people.bureau)
    return rows.first() or make_item(people.bureau, **columns)


def submitted(people: SimpleNamespace, order: Order | None = None) -> Order:
    order = order or touched(people)
    return orders.submit_order(order, revision=order.revision, by=people.officer, on=ON)


def approved(people: SimpleNamespace, order: Order | None = None, *, on: date = ON) -> Order:
    """Let the lead approve the order of a touch: the violation is TOUCHED, its clock begins."""
    order = submitted(people, order)
    return orders.approve_order(order, revision=order.revision, by=people.lead, on=on)


def reached(people: SimpleNamespace, status: str) -> Violation:
    """Bring a violation of the bureau to a state."""
    violation = recorded(people)
    if status == ViolationStatus.JUDGED:
        touched(people, violation)
    elif status == ViolationStatus.TOUCHED:
        approved(people, touched(people, violation))
    elif status == ViolationStatus.ORDINARY:
        not_a_touch(violation, reason="货值为零", revision=0, by=people.officer, on=ON)
    elif status == ViolationStatus.VOID:
        void_violation(violation, reason="重复登记", revision=0, by=people.officer, on=ON)
    return fresh(violation)


def case_of(violation: Violation) -> Case:
    return Case.objects.for_system("test").get(violation=violation)
