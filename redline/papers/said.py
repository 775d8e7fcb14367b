"""What each paper of an order says, by placeholder: read from the records as they stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from core.errors import Refused
from redline.choices import (
    ExtensionStatus,
    OrderOrigin,
    OrderStatus,
    PaperKind,
    RecheckFinding,
    ServiceOutcome,
    ServiceWay,
)
from redline.models import Extension, Order, OrderStep, Recheck, Service
from redline.papers.kinds import SORTS, Subject
from redline.papers.wording import (
    NO_DAY,
    NONE,
    court_of,
    day_said,
    days_said,
    deadline_said,
    party_said,
    review_organ_of,
)

CLAUSE = "readings 18"
WHY = "writing a paper of an order that was found to be visible"
STOP = "立即停止上述违法行为。"

REGISTERED = ("当事人", "统一社会信用代码", "字号", "负责人姓名", "住所")
"""What the register says of the party, word for word."""

_CLOSED = {
    OrderStatus.MENDED: "当事人已在改正期限内改正，责令改正办结。",
    OrderStatus.MENDED_LATE: "当事人已在改正期限届满后改正，责令改正办结。",
    OrderStatus.ENDED: "当事人主体资格已终止，未查明已改正，责令改正终止办理。",
}
_WHY_REFERRED = {
    OrderStatus.OVERDUE: "改正期限届满，未报告改正情况，也未查明已改正",
    OrderStatus.NOT_MENDED: "复查未改正",
}


def said_of(
    order: Order, kind: str, subject: Subject | None = None, *, number: str = ""
) -> dict[str, str]:
    """Return the words of a paper, by placeholder; ``number`` is what it bears.

    ``subject`` is the record that the paper is about, where its kind has one.
    """
    words = _SAID[PaperKind(kind)](order, subject)
    common = {"机关名称": order.bureau.name, "文号": number, **party_said(order.entity)}
    said = common | words
    return {one.name: said[one.name] for one in SORTS[kind].placeholders}


def _order(order: Order, subject: object) -> dict[str, str]:
    return {
        "违法事实": order.facts,
        "违反条款": order.violated,
        "责令依据": order.basis,
        "改正要求": order.demands,
        "立即停止": STOP if order.stop_at_once else "",
        "改正期限": deadline_said(order),
        "逾期后果": consequence_of(order),
        "落款日期": day_said(order.issued_on, NO_DAY),
        **_rights(order, order.issued_on or order.drafted_at.date()),
        **_contact(order),
    }


def consequence_of(order: Order) -> str:
    """Say by which provision it will be punished; the law only, of the touched item."""
    is_touch = order.origin == OrderOrigin.RED_LINE and order.touch is not None
    punish_basis = order.touch.item.punish_basis if is_touch and order.touch else ""
    return f"依据{punish_basis}的规定依法处理" if punish_basis else "依法处理"


def _rights(order: Order, on: date) -> dict[str, str]:
    return {"复议机关": review_organ_of(order.bureau, on), "诉讼法院": court_of(order.bureau)}


def _contact(order: Order) -> dict[str, str]:
    return {
        "联系人": order.contact_name or order.officer.name,
        "联系电话": order.contact_phone or NONE,
    }


def _receipt(order: Order, subject: Subject | None) -> dict[str, str]:
    assert isinstance(subject, Service)
    served = subject.outcome == ServiceOutcome.SERVED
    return {
        "送达文书": f"责令改正通知书（{_number_of(order)}）",
        "送达方式": subject.get_way_display(),
        "送达地址": subject.address or order.entity.address or NONE,
        "电子送达依据": subject.get_basis_display() if subject.basis else "",
        "送出日期": day_said(subject.sent_on),
        "送达日期": day_said(subject.served_on if served else None, NO_DAY),
        "收件人": subject.receiver,
        "见证人": subject.witness,
        "邮件号或公告载体": subject.tracking,
        "受托单位": subject.entrusted_to,
        "送达人": subject.recorded_by.name,
        "备注": _remark(subject),
        "落款日期": day_said(subject.served_on if served else None, NO_DAY),
    }


def _remark(service: Service) -> str:
    if service.outcome == ServiceOutcome.FAILED:
        return f"未能送达：{service.why_failed}"
    if service.way == ServiceWay.PUBLIC:
        return "公告送达，自公告之日起公告期满即视为送达"
    return ""


def _extension(order: Order, subject: Subject | None) -> dict[str, str]:
    assert isinstance(subject, Extension)
    granted = subject.status == ExtensionStatus.GRANTED
    return {
        "责令改正文号": _number_of(order),
        "申请日期": day_said(subject.asked_on),
        "原届满日期": day_said(subject.due_before),
        "决定内容": (
            f"同意将改正期限延长至{day_said(subject.due_after)}"
            if granted
            else f"不同意延长改正期限，改正期限仍至{day_said(subject.due_before)}届满"
        ),
        "决定理由": subject.opinion,
        "落款日期": day_said(subject.decided_on),
        **_rights(order, subject.decided_on or subject.asked_on),
        **_contact(order),
    }


def _recheck(order: Order, subject: Subject | None) -> dict[str, str]:
    assert isinstance(subject, Recheck)
    corrected = subject.finding == RecheckFinding.MENDED and subject.corrected_on
    return {
        "责令改正文号": _number_of(order),
        "改正要求": order.demands,
        "送达日期": day_said(order.served_on),
        "复查方式": subject.get_way_display(),
        "复查日期": day_said(subject.done_on),
        "复查人员": "、".join(subject.officers),
        "复查情况": subject.found,
        "复查结果": subject.get_finding_display()
        + (f"（实际改正日{day_said(subject.corrected_on)}）" if corrected else ""),
        "再限期": _new_time(subject),
        "落款日期": day_said(subject.done_on),
    }


def _new_time(recheck: Recheck) -> str:
    if not recheck.new_days:
        return ""
    ends = f"，至{day_said(recheck.due_after)}届满" if recheck.due_after else ""
    return f"自复查之日起{days_said(recheck.new_days, recheck.new_day_kind)}{ends}"


def _closing(order: Order, subject: object) -> dict[str, str]:
    return {
        "责令改正文号": _number_of(order),
        "违法事实": order.facts,
        "改正要求": order.demands,
        "报告日期": day_said(order.reported_on),
        "复查情况": _rechecks(order),
        "办结情况": _CLOSED[OrderStatus(order.status)],
        "办结日期": day_said(order.closed_on or order.mended_on),
        "承办人": order.officer.name,
        "批准人": order.approved_by.name if order.approved_by else NONE,
        "落款日期": day_said(order.closed_on or order.mended_on),
        **_days_of(order),
    }


def _referral(order: Order, subject: object) -> dict[str, str]:
    step = referral_step(order)
    assert step is not None
    return {
        "责令改正文号": _number_of(order),
        "违法事实": order.facts,
        "违反条款": order.violated,
        "责令依据": order.basis,
        "改正要求": order.demands,
        "转办原因": _WHY_REFERRED[OrderStatus(step.source)],
        "复查情况": _rechecks(order),
        "转办意见": step.opinion,
        "附件": "责令改正通知书、送达回证" + ("、复查记录" if _rechecks_of(order) else ""),
        "承办人": step.done_by.name if step.done_by else NONE,
        "落款日期": day_said(step.on),
        **_days_of(order),
    }


def referral_step(order: Order) -> OrderStep | None:
    """Return the step by which an order was referred, if it was."""
    steps = OrderStep.objects.for_system(WHY).filter(order=order, action="refer")
    return steps.select_related("done_by").last()


def _days_of(order: Order) -> dict[str, str]:
    return {"送达日期": day_said(order.served_on), "届满日期": day_said(order.due_on)}


def _number_of(order: Order) -> str:
    if order.number is None:
        raise Refused(CLAUSE, "该责令改正尚未签发，没有文号，请签发后再制作。")
    return order.number.text


def _rechecks_of(order: Order) -> list[Recheck]:
    return list(Recheck.objects.for_system(WHY).filter(order=order).order_by("done_on", "pk"))


def _rechecks(order: Order) -> str:
    told = [
        f"{day_said(one.done_on)}{one.get_way_display()}：{one.get_finding_display()}"
        for one in _rechecks_of(order)
    ]
    return "；".join(told) or NONE


_SAID: Mapping[str, Callable[[Order, Subject | None], dict[str, str]]] = {
    PaperKind.ORDER: _order,
    PaperKind.RECEIPT: _receipt,
    PaperKind.EXTENSION: _extension,
    PaperKind.RECHECK: _recheck,
    PaperKind.CLOSING: _closing,
    PaperKind.REFERRAL: _referral,
}
