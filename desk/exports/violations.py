"""Export of violations, as their list shows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import QuerySet

from core.errors import Refused
from desk.exports.entities import CODE, NAME
from desk.exports.kinds import Column, ExportKind, Query
from desk.exports.zones import WRONG
from desk.forms.violation_filters import ViolationFilter
from desk.violations import lists
from desk.zones.lists import said
from redline.actions.violation_base import finder_of
from redline.models import Case, Touch, Violation
from staff.models import User

FACTS = Column("违法事实", "登记的违法事实", 60)
ITEM = Column("触碰事项", "触碰的红线清单事项，空为一般违法", 40)
BUREAU = Column("办理单位", "办理该事项的市场监管局", 16)

VIOLATION_COLUMNS = {
    "pk": Column("编号", "登记的编号", 8),
    "status": Column("状态", "研判到哪一步", 14),
    "source": Column("来源", "从何得知", 14),
    "source_number": Column("来源文号或编号", "来源的文号或编号", 24, code=True),
    "code": CODE,
    "name": NAME,
    "facts": FACTS,
    "provision": Column("违反条款", "登记的违反条款", 40),
    "acted_from": Column("行为开始日", "行为的第一天", 12),
    "acted_until": Column("行为终了日", "行为的最后一天，适用当天施行的清单", 12),
    "found_on": Column("发现日", "发现的日子", 12),
    "finder": Column("发现单位", "发现该行为的单位", 20),
    "passed_on": Column("抄告", "由其他单位发现的，是否已接收", 10),
    "item": ITEM,
    "list_version": Column("适用清单", "触碰事项所在的清单版本", 26),
    "confirmed_on": Column("触碰批准日", "负责人批准的日子", 12),
    "why_no_touch": Column("不属触碰的理由", "认定不属触碰时写明的理由", 40),
    "handling": Column("处理", "依法如何处理", 16),
    "handling_number": Column("处理文书号", "处理的文书号", 26, code=True),
    "handled_on": Column("处理日", "处理的日子", 12),
    "decision": Column("立案决定", "立案、不予立案或待决定", 12),
    "case_due_on": Column("立案决定期限", "应当决定的最后一天", 12),
    "case_number": Column("案号", "立案的案号", 26, code=True),
    "case_closed_on": Column("结案日", "结案的日子", 12),
    "bureau": BUREAU,
}


def _violation_form(query: Query, user: User) -> ViolationFilter:
    form = ViolationFilter(query.data, user, query.on)
    if not form.is_valid():
        raise Refused("", WRONG)
    return form


def _violations(query: Query, user: User) -> QuerySet:
    return lists.asked_for(_violation_form(query, user), user).order_by("pk")


def _read_violations(keys: Sequence[int], query: Query, user: User) -> Iterator[dict[str, Any]]:
    rows = Violation.objects.visible_to(user).filter(pk__in=list(keys)).order_by("pk")
    along = ("entity", "bureau", "found_by_bureau", "found_by_unit")
    for row in rows.select_related(*along, "touch__item__version__bureau", "case"):
        yield {
            **{name: getattr(row, name) for name in _OF_VIOLATION},
            "status": row.get_status_display(),
            "source": row.get_source_display(),
            "handling": row.get_handling_display(),
            "code": row.entity.code,
            "name": row.entity.name,
            "finder": finder_of(row),
            "passed_on": _passed_on(row),
            "bureau": row.bureau.short_name,
            **_of_touch(getattr(row, "touch", None)),
            **_of_case(getattr(row, "case", None)),
        }


_OF_VIOLATION = (
    *("pk", "source_number", "facts", "provision", "acted_from", "acted_until", "found_on"),
    *("why_no_touch", "handling_number", "handled_on"),
)


def _passed_on(row: Violation) -> str:
    if row.passed_on_at is None:
        return ""
    return "已接收" if row.received_at else "待接收"


def _of_touch(touch: Touch | None) -> dict[str, Any]:
    """Return what is told of a touch; of one that waits for the lead nothing yet."""
    if touch is None or not touch.is_confirmed:
        return dict.fromkeys(("item", "list_version", "confirmed_on"))
    item = touch.item
    return {"item": item, "list_version": item.version, "confirmed_on": touch.confirmed_on}


def _of_case(case: Case | None) -> dict[str, Any]:
    if case is None:
        return dict.fromkeys(("decision", "case_due_on", "case_number", "case_closed_on"))
    return {
        "decision": case.get_decision_display(),
        "case_due_on": case.due_on,
        "case_number": case.case_number,
        "case_closed_on": case.closed_on,
    }


VIOLATIONS = ExportKind(
    label="违法行为",
    verb="redline.export",
    unit="件",
    columns=VIOLATION_COLUMNS,
    rows=_violations,
    read=_read_violations,
    said=lambda query, user: said(_violation_form(query, user)),
    names=tuple(ViolationFilter.base_fields),
    named="entity__name",
    back="desk:violation-list",
    of_today=True,
    example="分析本局违法行为来源和处理情况，供法规科使用",
)
