"""The one way to make the row of an order, and to put into it what its paper says."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from core.errors import Refused
from policy.limits import LIMITS, limits_in_force
from redline.choices import DayKind, DeadlineForm, OrderOrigin, OrderStatus
from redline.models import Order, OrderStep, Touch, Violation
from staff.models import User

CLAUSE = "4.4"
FALLBACK_BASIS = "《中华人民共和国行政处罚法》第二十八条第一款"
"""The duty to order correction whenever a violation is punished (readings 18)."""

TEXTS = ("facts", "violated", "basis", "demands", "contact_name", "contact_phone")
DEADLINE = {"form", "days", "day_kind", "fixed_on"}
COLUMNS = (*TEXTS, "stop_at_once", "form", "days", "day_kind", "fixed_on")
"""What an order says on paper; whoever drafts it fills these and nothing else."""

LONGEST_TEXT = 4000  # characters; a column with a length of its own has that
MOST_DAYS = LIMITS["orders.days"].high
FARTHEST = timedelta(days=365)

CLOSED = (
    *(OrderStatus.REFUSED, OrderStatus.VOID, OrderStatus.MENDED, OrderStatus.MENDED_LATE),
    *(OrderStatus.ENDED, OrderStatus.REFERRED),
)
"""The states in which a violation may get another order."""


def make_order(
    violation: Violation,
    *,
    touch: Touch | None = None,
    replaces: Order | None = None,
    by: User,
    on: date,
    **columns: Any,
) -> Order:
    """Make the draft of an order in the caller's transaction, which holds the violation's row.

    With a touch its origin is ``redline``, else ``ordinary``. What ``columns`` (of ``COLUMNS``)
    leave out is taken from the touched item, the violation and the limits of ``on``. ``replaces``
    is the order in whose place it stands. Refuses what no order may say, and a second open order of
    one violation.
    """
    standing = Order.objects.for_system("looking for an open order of a violation")
    if standing.filter(violation=violation).exclude(status__in=CLOSED).exists():
        raise Refused(CLAUSE, "该违法行为已有办理中的责令改正，请在该责令改正上继续办理。")
    order = Order(
        origin=OrderOrigin.RED_LINE if touch else OrderOrigin.ORDINARY,
        violation=violation,
        touch=touch,
        entity_id=violation.entity_id,
        bureau_id=violation.bureau_id,
        officer=by,
        replaces=replaces,
    )
    put(order, _proposed(violation, touch, by, on) | columns, on)
    order.save(force_insert=True)
    write_step(order, "copy" if replaces else "begin", "", by=by, on=on)
    return order


def _proposed(violation: Violation, touch: Touch | None, by: User, on: date) -> dict[str, Any]:
    item = touch.item if touch else None
    return {
        "facts": violation.facts,
        "violated": (item.legal_basis if item else "") or violation.provision,
        "basis": (item.order_basis if item else "") or FALLBACK_BASIS,
        "demands": "",
        "stop_at_once": item.stop_at_once if item else False,
        "form": DeadlineForm.RELATIVE,
        "days": item.days if item else limits_in_force(on)["orders.days"],
        "day_kind": item.day_kind if item else DayKind.CALENDAR,
        "contact_name": by.name,
    }


def put(order: Order, columns: dict[str, Any], on: date) -> list[str]:
    """Put what its paper says into an order, unsaved; return the names of what then differs.

    Refuses in a sentence what no order may say. A draft may still lack texts (``missing``).
    """
    unknown = set(columns) - set(COLUMNS)
    if unknown:
        raise TypeError(f"An order says nothing of {', '.join(sorted(unknown))}.")
    before = {name: getattr(order, name) for name in COLUMNS}
    for name, value in columns.items():
        setattr(order, name, (value or "").strip() if name in TEXTS else value)
    _check_texts(order)
    if DEADLINE & set(columns):
        check_deadline(order, on)
    return [name for name in COLUMNS if getattr(order, name) != before[name]]


def missing(order: Order) -> list[str]:
    """Return the Chinese names of what a paper may not lack and the order does not say yet."""
    return [label(name) for name in TEXTS if not getattr(order, name)]


def label(name: str) -> str:
    """Return what a column of an order is called."""
    field: Any = Order._meta.get_field(name)
    return str(field.verbose_name)


def _check_texts(order: Order) -> None:
    for name in TEXTS:
        longest = getattr(Order._meta.get_field(name), "max_length", None) or LONGEST_TEXT
        if len(getattr(order, name)) > longest:
            raise Refused(CLAUSE, f"{label(name)}最多{longest}字，请删减。")


def check_deadline(order: Order, on: date) -> None:
    """Refuse a deadline that is no deadline; leave of days and fixed date the one that counts."""
    if order.form not in DeadlineForm.values or order.day_kind not in DayKind.values:
        raise Refused("readings 13", "请选择期限写法和期限单位。")
    if order.form == DeadlineForm.RELATIVE:
        order.fixed_on = None
        if order.days is None or not 1 <= order.days <= MOST_DAYS:
            raise Refused("readings 13", f"改正期限须在1至{MOST_DAYS}日之间，请改正。")
        return
    order.days = None
    if order.fixed_on is None:
        raise Refused("readings 13", "请填写改正期限届满的日期。")
    if not on < order.fixed_on <= on + FARTHEST:
        raise Refused(
            "readings 13", f"固定日期{order.fixed_on}须晚于今天{on}，且在一年以内，请改正。"
        )


def write_step(
    order: Order, action: str, source: str, *, by: User | None, on: date, opinion: str = ""
) -> None:
    """Write down a step that led to where the order now stands; ``by`` is None for the scan."""
    OrderStep(
        order=order,
        action=action,
        source=source,
        target=order.status,
        opinion=opinion,
        on=on,
        done_by=by,
        role_then=by.role if by else "",
    ).save(force_insert=True)
