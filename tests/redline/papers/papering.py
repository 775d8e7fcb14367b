"""An order that stands where a paper of each kind can be made, with all that the paper says."""

from datetime import date
from io import BytesIO
from types import SimpleNamespace
from typing import Any

from docx import Document

from entities.choices import Kind
from redline.choices import (
    DayKind,
    ExtensionStatus,
    OrderStatus,
    PaperKind,
    RecheckFinding,
    RecheckWay,
    ServiceOutcome,
    ServiceWay,
)
from redline.models import Extension, Order, OrderStep, Paper, PaperContent, Recheck, Service
from redline.papers.making import make_paper
from staff.models import Bureau, User
from staff.roles import Role
from tests.factories import make_bureau, make_entity, make_user
from tests.redline.factories import make_item, make_order, make_touch, make_violation

ON = date(2026, 11, 24)
STATES = {
    PaperKind.ORDER: OrderStatus.ISSUED,
    PaperKind.RECEIPT: OrderStatus.SERVED,
    PaperKind.EXTENSION: OrderStatus.SERVED,
    PaperKind.RECHECK: OrderStatus.NOT_MENDED,
    PaperKind.CLOSING: OrderStatus.MENDED,
    PaperKind.REFERRAL: OrderStatus.REFERRED,
}
"""A state of the order in which each paper can be made."""


def bureau_of_papers(**fields: Any) -> Bureau:
    """Make a bureau with a word for its numbers."""
    bureau = make_bureau(**fields)
    bureau.document_word = f"试{bureau.pk}市监"
    bureau.save()
    return bureau


def company(bureau: Bureau, **fields: Any):
    return make_entity(
        **{
            "bureau": bureau,
            "representative": "赵大山",
            "address": "重庆市渝中区临江路88号",
            "service_address": "重庆市渝中区民生路6号",
        }
        | fields
    )


def household(bureau: Bureau, **fields: Any):
    return company(
        bureau,
        **{
            "kind": Kind.HOUSEHOLD,
            "name": "渝中区老灶台面馆",
            "trade_name": "老灶台",
            "representative": "钱小妹",
        }
        | fields,
    )


def make_case(kind: str, entity: Any = None, **columns: Any) -> SimpleNamespace:
    """Return an order in a state for ``kind``, its officer, and the record the paper is about."""
    bureau = entity.bureau if entity else bureau_of_papers()
    violation = make_violation(entity or company(bureau), bureau=bureau)
    item = make_item(bureau, code="RL-2-07", punish_basis="食品安全法第一百二十二条第一款")
    make_touch(violation, item)
    said = {"contact_name": "孙立", "contact_phone": "023-63870000"} | columns
    order = make_order(violation, status=STATES[PaperKind(kind)], **said)
    made = SimpleNamespace(order=order, officer=order.officer, bureau=bureau, subject=None)
    if kind in _RECORDS:
        made.subject = _RECORDS[kind](order)
    if kind == PaperKind.REFERRAL:
        referral(order)
    return made


def service(order: Order, **fields: Any) -> Service:
    row = Service(
        **{
            "order": order,
            "way": ServiceWay.LEFT,
            "sent_on": ON,
            "address": order.entity.service_address,
            "receiver": "钱二",
            "witness": "社区工作人员周红",
            "tracking": "EMS20261124",
            "entrusted_to": "大阳沟街道办事处",
            "outcome": ServiceOutcome.SERVED,
            "served_on": ON,
            "recorded_by": order.officer,
        }
        | fields
    )
    row.save(force_insert=True)
    return row


def extension(order: Order, **fields: Any) -> Extension:
    row = Extension(
        **{
            "order": order,
            "asked_on": date(2026, 12, 1),
            "days": 10,
            "reason": "设备未到",
            "status": ExtensionStatus.GRANTED,
            "due_before": date(2026, 12, 9),
            "due_after": date(2026, 12, 21),
            "opinion": "所述设备到货需要时间，情况属实",
            "recorded_by": order.officer,
            "decided_by": make_user(Role.DISTRICT_LEAD, order.bureau),
            "decided_on": date(2026, 12, 3),
        }
        | fields
    )
    row.save(force_insert=True)
    return row


def recheck(order: Order, **fields: Any) -> Recheck:
    row = Recheck(
        **{
            "order": order,
            "way": RecheckWay.ON_SITE,
            "done_on": date(2026, 12, 10),
            "officers": ["孙立", "李萍"],
            "finding": RecheckFinding.PARTLY,
            "found": "后厨已整改，许可证尚未取得",
            "new_days": 5,
            "new_day_kind": DayKind.WORKING,
            "due_after": date(2026, 12, 17),
            "recorded_by": order.officer,
        }
        | fields
    )
    row.save(force_insert=True)
    return row


def referral(order: Order, **fields: Any) -> OrderStep:
    row = OrderStep(
        **{
            "order": order,
            "action": "refer",
            "source": OrderStatus.OVERDUE,
            "target": OrderStatus.REFERRED,
            "opinion": "逾期未报告改正情况，建议立案查处",
            "on": date(2026, 12, 11),
            "done_by": order.officer,
        }
        | fields
    )
    row.save(force_insert=True)
    return row


_RECORDS = {
    PaperKind.RECEIPT: service,
    PaperKind.EXTENSION: extension,
    PaperKind.RECHECK: recheck,
}


def paper_of(case: SimpleNamespace, kind: str, by: User | None = None, **said: Any) -> Paper:
    return make_paper(
        *(case.order, kind), subject=case.subject, by=by or case.officer, on=ON, **said
    )


def content_of(paper: Paper) -> bytes:
    return PaperContent.objects.for_system("test").get(paper=paper).content


def lines_of(content: bytes) -> list[str]:
    """Return paragraphs and rows of a file as python-docx reads them, rows as "label|words"."""
    document = Document(BytesIO(content))
    lines = [paragraph.text for paragraph in document.paragraphs]
    for table in document.tables:
        lines += ["|".join(cell.text for cell in row.cells) for row in table.rows]
    return lines
