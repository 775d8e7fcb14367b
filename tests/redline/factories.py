"""Lists, violations, touches and orders to test with: valid by default, written as plain rows.

Who drafted, submitted and approved are different people, as the constraints ask. An approved list
gets its items before it is approved, since both cannot change afterwards.
"""

import hashlib
import itertools
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from entities.models import Entity
from redline.choices import (
    ListKind,
    ListStatus,
    OrderOrigin,
    OrderStatus,
    ViolationSource,
    ViolationStatus,
)
from redline.models import (
    Case,
    Evidence,
    EvidenceContent,
    ListItem,
    ListVersion,
    Order,
    Touch,
    Violation,
)
from redline.workflow import RUNNING, UNTIL_ISSUED
from staff.models import Bureau, NumberSeries, PaperNumber, User
from staff.roles import Role
from tests.factories import make_bureau, make_entity, make_user

ON = date(2026, 11, 24)
SINCE = date(2025, 1, 1)
ACTED = date(2026, 11, 2)
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
_numbers = itertools.count(1)

NEVER_ISSUED = {*UNTIL_ISSUED, OrderStatus.REFUSED, OrderStatus.VOID}


def make_list_version(
    bureau: Bureau | None = None,
    *,
    kind: str = ListKind.RED_LINE,
    status: str = ListStatus.APPROVED,
    since: date | None = SINCE,
    items: Iterable[Mapping[str, Any]] = ({},),
    **fields: Any,
) -> ListVersion:
    """Make a version of a list with items (each a mapping of columns); None is the city's list."""
    rows = ListVersion.objects.for_system("test")
    number = rows.filter(kind=kind, bureau=bureau).count() + 1
    role = Role.DISTRICT_OFFICER if bureau else Role.MUNICIPAL_OFFICER
    version = ListVersion(
        **{
            "kind": kind,
            "bureau": bureau,
            "number": number,
            "since": since,
            "document_number": f"试验市监发〔2025〕{number}号",
            "drafted_by": make_user(role, bureau),
        }
        | fields
    )
    version.save(force_insert=True)
    for position, columns in enumerate(items, start=1):
        add_item(version, **{"position": position} | dict(columns))
    if status != ListStatus.DRAFT:
        version.submitted_by, version.submitted_at = version.drafted_by, timezone.now()
    if status == ListStatus.APPROVED:
        lead = Role.DISTRICT_LEAD if bureau else Role.MUNICIPAL_LEAD
        version.approved_by, version.approved_at = make_user(lead, bureau), timezone.now()
    version.status = status
    version.save()
    return version


def add_item(version: ListVersion, **fields: Any) -> ListItem:
    """Add an item to a version that is still a draft."""
    number = next(_numbers)
    item = ListItem(
        **{
            "version": version,
            "position": number,
            "code": f"T-{number}",
            "behaviour": f"未取得许可从事试验经营{number}",
            "legal_basis": "食品安全法第三十五条第一款",
            "order_basis": "行政处罚法第二十八条第一款",
            "touching": "未取得许可而从事经营",
        }
        | fields
    )
    item.save(force_insert=True)
    return item


def make_item(
    bureau: Bureau | None = None,
    *,
    kind: str = ListKind.RED_LINE,
    since: date = SINCE,
    **fields: Any,
) -> ListItem:
    """Make an item in force from ``since``, in an approved version of its own."""
    version = make_list_version(bureau, kind=kind, since=since, items=(fields,))
    return ListItem.objects.for_system("test").get(version=version)


def make_violation(
    entity: Entity | None = None,
    *,
    bureau: Bureau | None = None,
    by: User | None = None,
    acted: date = ACTED,
    **fields: Any,
) -> Violation:
    """Make a violation of one day, found by the entity's own bureau, still to be judged."""
    bureau = bureau or (entity.bureau if entity else None) or make_bureau()
    violation = Violation(
        **{
            "entity": entity or make_entity(bureau=bureau),
            "bureau": bureau,
            "list_bureau": bureau,
            "source": ViolationSource.INSPECTION,
            "acted_from": acted,
            "acted_until": acted,
            "found_on": acted,
            "facts": "未取得食品经营许可从事食品经营活动",
            "provision": "食品安全法第三十五条第一款",
            "recorded_by": by or make_user(Role.DISTRICT_OFFICER, bureau),
        }
        | fields
    )
    if not (violation.found_by_bureau_id or violation.found_by_unit_id):
        violation.found_by_bureau = bureau
    violation.save(force_insert=True)
    return violation


def make_evidence(
    violation: Violation, content: bytes = PDF, *, by: User | None = None, **fields: Any
) -> Evidence:
    """Make a file of evidence with its content."""
    evidence = Evidence(
        **{
            "violation": violation,
            "title": "现场笔录",
            "name": "现场笔录.pdf",
            "media_type": "application/pdf",
            "size": len(content),
            "digest": hashlib.sha256(content).hexdigest(),
            "added_by": by or violation.recorded_by,
        }
        | fields
    )
    evidence.save(force_insert=True)
    EvidenceContent(evidence=evidence, content=content).save(force_insert=True)
    return evidence


def make_touch(
    violation: Violation | None = None,
    item: ListItem | None = None,
    *,
    confirmed: bool = True,
    on: date = ON,
    **fields: Any,
) -> Touch:
    """Make a touch, approved by a lead unless the call says otherwise; the violation follows."""
    violation = violation or make_violation()
    touch = Touch(
        **{
            "violation": violation,
            "item": item or make_item(violation.list_bureau),
            "nature": "未取得许可从事经营，违反许可管理秩序",
            "circumstances": "持续一日，货值较小",
            "harm": "危及人身健康",
            "judged_by": violation.recorded_by,
            "is_confirmed": confirmed,
        }
        | fields
    )
    if confirmed and touch.confirmed_by_id is None:
        touch.confirmed_by = make_user(Role.DISTRICT_LEAD, violation.bureau)
        touch.confirmed_at, touch.confirmed_on = timezone.now(), on
    touch.save(force_insert=True)
    violation.status = ViolationStatus.TOUCHED if confirmed else ViolationStatus.JUDGED
    violation.save()
    return touch


def make_case(violation: Violation | None = None, *, on: date = ON, **fields: Any) -> Case:
    """Make the second clock of a violation that touched a line, not yet decided."""
    case = Case(
        **{
            "violation": violation or make_touch().violation,
            "begun_on": on,
            "days": 15,
            "due_on": on + timedelta(days=21),
        }
        | fields
    )
    case.save(force_insert=True)
    return case


def make_number(bureau: Bureau, *, on: date = ON, kind: str = "order") -> PaperNumber:
    """Give the next number of a series, as plain rows."""
    series, _ = NumberSeries.objects.get_or_create(bureau=bureau, kind=kind, year=on.year)
    series.last += 1
    series.save()
    text = f"{bureau.short_name}责改〔{on.year}〕{series.last}号"
    return PaperNumber.objects.create(series=series, serial=series.last, text=text)


def make_order(
    violation: Violation | None = None,
    *,
    status: str = OrderStatus.DRAFT,
    origin: str = OrderOrigin.RED_LINE,
    item: ListItem | None = None,
    served_on: date = ON,
    days: int = 15,
    **fields: Any,
) -> Order:
    """Make an order in a state, with what that state asks: number, service, due day.

    Of origin ``redline`` it comes with its touch, approved if the order is. ``served_on`` is the
    day from which ``days`` calendar days run.
    """
    violation = violation or make_violation()
    touch = None
    if origin == OrderOrigin.RED_LINE:
        held = Touch.objects.for_system("test").filter(violation=violation).first()
        confirmed = status not in (OrderStatus.DRAFT, OrderStatus.SUBMITTED, OrderStatus.REFUSED)
        touch = held or make_touch(violation, item, confirmed=confirmed)
    order = Order(
        **{
            "origin": origin,
            "violation": violation,
            "touch": touch,
            "entity": violation.entity,
            "bureau": violation.bureau,
            "status": status,
            "facts": violation.facts,
            "violated": violation.provision,
            "basis": "行政处罚法第二十八条第一款",
            "demands": "立即停止未取得许可的经营活动，依法取得许可",
            "days": days,
            "officer": violation.recorded_by,
        }
        | _of_state(violation, status, served_on, days)
        | fields
    )
    order.save(force_insert=True)
    return order


def _of_state(violation: Violation, status: str, served_on: date, days: int) -> dict[str, Any]:
    """Give the columns that an order has once it stands where it stands."""
    said: dict[str, Any] = {}
    if status in (OrderStatus.DRAFT, OrderStatus.VOID):
        return said
    said |= {"submitted_by": violation.recorded_by, "submitted_at": timezone.now()}
    if status in (OrderStatus.SUBMITTED, OrderStatus.REFUSED):
        return said
    lead = make_user(Role.DISTRICT_LEAD, violation.bureau)
    said |= {"approved_by": lead, "approved_at": timezone.now()}
    if status in NEVER_ISSUED:
        return said
    number = make_number(violation.bureau, on=served_on)
    said |= {"number": number, "issued_on": served_on, "issued_by": violation.recorded_by}
    if status == OrderStatus.ISSUED:
        return said
    due_on = served_on + timedelta(days=days)
    said |= {"served_on": served_on, "start_on": served_on, "due_on": due_on}
    if status == OrderStatus.REPORTED:
        said |= {"reported_on": due_on, "recheck_due_on": due_on + timedelta(days=14)}
    if status in (OrderStatus.MENDED, OrderStatus.MENDED_LATE):
        said |= {"mended_on": due_on}
    if status not in RUNNING:
        said |= {"closed_on": due_on}
    return said
