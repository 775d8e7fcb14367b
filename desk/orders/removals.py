"""Removals on the desk: the list with what re-entry waits for, and the statement of one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import Http404, QueryDict

from core.scope import ScopedQuerySet
from desk.newest import key_of
from desk.orders.conditions import day_of
from desk.orders.effects import TRIED
from entities.models import Entity
from entities.search import Way, search
from redline.actions.removals import CORRECTED, let_back, revoke_removal, still_missing
from redline.choices import CaseDecision, OrderStatus, RemovalCause
from redline.figures import removed_in, returned_in
from redline.models import Case, Evidence, Recheck, Removal, Touch
from redline.queries import STANDING, may_return, removals_for
from staff.models import Bureau, User
from staff.permissions import may

STATES = {
    "out": "移出中",
    "ready": "可重新移入",
    "returned": "已重新移入",
    "revoked": "已撤销",
    "valid": "未撤销",
    "all": "全部",
}
RELATED = ("entity", "bureau", "order__number", "made_by", "revoked_by", "returned_by")
MOST_TEXT = 100


@dataclass(frozen=True)
class Conditions:
    """What the address of the list asks for; what it names and does not exist is not asked.

    Days, both counted: ``since`` and ``until`` of the removal, ``returned_…`` of the re-entry.
    """

    state: str = "out"
    cause: str = ""
    bureau: int | None = None
    entity: int | None = None
    since: date | None = None
    until: date | None = None
    returned_since: date | None = None
    returned_until: date | None = None
    text: str = ""

    @property
    def any(self) -> bool:
        return replace(self, state="out") != Conditions()

    @property
    def query(self) -> str:
        values = ((one.name, getattr(self, one.name)) for one in fields(self))
        return urlencode({name: value for name, value in values if value not in ("", None)})


def conditions_of(query: QueryDict) -> Conditions:
    state, cause = query.get("state", ""), query.get("cause", "")
    return Conditions(
        state=state if state in STATES else "out",
        cause=cause if cause in RemovalCause.values else "",
        bureau=key_of(query.get("bureau")),
        entity=key_of(query.get("entity")),
        since=day_of(query.get("since")),
        until=day_of(query.get("until")),
        returned_since=day_of(query.get("returned_since")),
        returned_until=day_of(query.get("returned_until")),
        text=query.get("text", "").strip()[:MOST_TEXT],
    )


def removals_asked(viewer: User, asked: Conditions) -> ScopedQuerySet:
    """Return the removals that the viewer may see and the conditions leave."""
    return _but_for_state(viewer, asked).filter(_of_state(asked.state))


def _but_for_state(viewer: User, asked: Conditions) -> ScopedQuerySet:
    rows = removals_for(viewer)
    if asked.cause:
        rows = rows.filter(cause=asked.cause)
    if asked.bureau:
        rows = rows.filter(bureau=asked.bureau)
    if asked.entity:
        rows = rows.filter(entity=asked.entity)
    rows = rows.filter(removed_in(asked.since, asked.until))
    if asked.returned_since or asked.returned_until:
        rows = rows.filter(returned_in(asked.returned_since, asked.returned_until))
    if asked.text:
        found, understood = search(Entity.objects.all(), asked.text)
        named = Q() if understood.way == Way.NOTHING else Q(entity__in=found.values("pk"))
        rows = rows.filter(named | Q(order_number__icontains=asked.text))
    return rows


def _of_state(state: str) -> Q:
    if state == "ready":
        return may_return()
    if state == "returned":
        return Q(revoked_at=None, returned_on__isnull=False)
    if state == "revoked":
        return Q(revoked_at__isnull=False)
    if state == "valid":
        return Q(revoked_at=None)
    return STANDING if state == "out" else Q()


def states_of(viewer: User, asked: Conditions) -> list[tuple[str, str, int]]:
    """Return (state, label, number) of what the other conditions leave."""
    rows = _but_for_state(viewer, asked)
    return [
        (state, label, rows.filter(_of_state(state)).count()) for state, label in STATES.items()
    ]


def bureaus_of(viewer: User) -> Iterable[Bureau]:
    """Return the bureaus with removals, for the filter of whoever sees several."""
    if viewer.bureau_id is not None and not viewer.sees_city():
        return ()
    return Bureau.objects.filter(pk__in=removals_for(viewer).order_by().values("bureau"))


@dataclass(frozen=True)
class Line:
    """A removal on the list: for how many days it held, whether it was corrected, the case."""

    removal: Removal
    state: str
    days: int
    mended: str
    case: str
    is_ready: bool
    entity_open: bool


def lines_of(found: Sequence[Any], viewer: User, on: date) -> list[Line]:
    """Return the lines of a page of ``removals_asked``, in one further statement."""
    own = Entity.objects.visible_to(viewer).filter(pk__in=[one.entity_id for one in found])
    opened = set(own.values_list("pk", flat=True))
    return [
        Line(
            removal=one,
            state=state_of(one),
            days=((one.returned_on or on) - one.since).days,
            mended=_mended_said(one.last_status),
            case=_case_said(one.case_decision, one.case_closed_on),
            is_ready=state_of(one) == "out" and not _waits(one),
            entity_open=one.entity_id in opened,
        )
        for one in found
    ]


def state_of(removal: Removal) -> str:
    if removal.revoked_at is not None:
        return "revoked"
    return "returned" if removal.returned_on is not None else "out"


def _waits(one: Any) -> bool:
    if one.last_status is not None and one.last_status not in CORRECTED:
        return True
    if one.case_decision == CaseDecision.FILED:
        return one.case_closed_on is None
    return one.case_decision == CaseDecision.OPEN


def _mended_said(status: str | None) -> str:
    if status is None:
        return "无责令改正"
    return "已改正" if status in CORRECTED else str(OrderStatus(status).label)


def _case_said(decision: str | None, closed_on: date | None) -> str:
    if decision is None:
        return "无案件"
    if decision == CaseDecision.FILED:
        return f"{closed_on}结案" if closed_on else "已立案未结案"
    return "未决定是否立案" if decision == CaseDecision.OPEN else "不予立案"


def removal_or_404(viewer: User, pk: int) -> Removal:
    """Return a removal of the viewer's scope; one outside it does not exist for the viewer."""
    rows = removals_for(viewer).select_related(*RELATED, "violation")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@dataclass(frozen=True)
class Statement:
    """What the statement of a removal (移出情况说明) says besides the removal's own texts.

    ``verified`` are sentences who confirmed, approved and rechecked, and when.
    """

    evidence: Sequence[Evidence]
    verified: Sequence[str]
    case: Case | None
    missing: str
    state: str
    days: int


def statement_of(removal: Removal, viewer: User, on: date) -> Statement:
    """Return the statement of a removal as it stands today."""
    evidence = Evidence.objects.visible_to(viewer).filter(violation=removal.violation_id)
    cases = Case.objects.visible_to(viewer).filter(violation=removal.violation_id)
    state = state_of(removal)
    return Statement(
        evidence=list(evidence.select_related("added_by")),
        verified=_verified(removal, viewer),
        case=cases.select_related("decided_by", "closed_by").first(),
        missing=still_missing(removal) if state == "out" else "",
        state=state,
        days=((removal.returned_on or on) - removal.since).days,
    )


def _verified(removal: Removal, viewer: User) -> list[str]:
    said = []
    touches = Touch.objects.visible_to(viewer).select_related("judged_by", "confirmed_by")
    touch = touches.filter(violation=removal.violation_id).first()
    if touch is not None:
        said.append(f"{touch.judged_by.name}确认触碰")
        if touch.confirmed_by is not None:
            said.append(f"{touch.confirmed_by.name}于{touch.confirmed_on}批准")
    if removal.order_id is not None:
        rechecks = Recheck.objects.visible_to(viewer).filter(order=removal.order_id)
        said += [
            f"{'、'.join(one.officers)}于{one.done_on}{one.get_way_display()}："
            f"{one.get_finding_display()}"
            for one in rechecks
        ]
    return said


def trial(removal: Removal, verb: str, viewer: User, on: date) -> Callable[[], object]:
    """Return the real step, to be tried for its effect."""
    act = VERBS[verb].act
    return lambda: act(removal, reason=TRIED, by=viewer, on=on)


@dataclass(frozen=True)
class Verb:
    """What a lead does with a removal: its words, and the function that does it."""

    label: str
    reason: str
    effect: str
    done: str
    act: Callable[..., Removal]


VERBS: dict[str, Verb] = {
    "return": Verb(
        "批准重新移入",
        "重新移入的理由",
        "批准后自今天起不再因该违法行为移出；纳入情形由系统按规则重新判定。其他违法行为的移出不受影响。",
        "已批准重新移入，纳入情形按规则重新判定。",
        let_back,
    ),
    "revoke": Verb(
        "撤销移出",
        "撤销理由",
        "认定该移出自始有误：自移出日起撤销，记录保留；纳入情形自移出日起重新判定，并列入后续事项核对。",
        "已撤销移出，请在后续事项中核对因移出而终止的事项。",
        revoke_removal,
    ),
}


def verbs_open(removal: Removal, viewer: User) -> list[str]:
    """Return what this person may do with a removal as it stands, most usual first."""
    if not may(viewer, "removal.decide") or removal.bureau_id != viewer.bureau_id:
        return []
    state = state_of(removal)
    if state == "out":
        return list(VERBS)
    return ["revoke"] if state == "returned" else []
