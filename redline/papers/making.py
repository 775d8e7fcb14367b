"""Making a paper of an order: its words, its number, the check, the file; none is ever changed.

A paper can be made as often as its order allows; each is kept, and those of one record bear one
number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.documents import Properties, Warning, demand_let_stand, render
from core.errors import Refused
from entities.actions.base import action
from redline.actions.base import lock
from redline.choices import ExtensionStatus, PaperKind
from redline.models import Extension, Order, Paper, PaperContent, PaperTemplate
from redline.papers.checking import check_for, demand_plain_paper, free_fields, words_of
from redline.papers.kinds import SORTS, Subject
from redline.papers.said import referral_step, said_of
from redline.papers.templates import template_in_force
from redline.workflow import UNTIL_ISSUED
from staff.models import PaperNumber, User
from staff.numbers import give
from staff.permissions import demand

CLAUSE = "readings 18"
VERB = "paper.make"
WHY = "making a paper of an order that is locked"
NO_NUMBER_YET = "（签发后编号）"


@action
def make_paper(
    order: Order,
    kind: str,
    *,
    subject: Subject | None = None,
    let_stand: Collection[str] = (),
    by: User,
    on: date,
) -> Paper:
    """Make a paper of an order and keep it with its file.

    ``subject`` is the service, extension or recheck that it is about; left out, the newest one.
    ``let_stand`` are the words that the check warns of and this person lets stand. Refuses what the
    order does not allow yet, and what a paper must not say, naming field and word.
    """
    demand(by, VERB)
    found = lock(order, by)
    if found.bureau_id != by.bureau_id:
        raise Refused("readings 4", f"该责令改正由{found.bureau}办理，请联系该局制作文书。")
    about = demand_makeable(found, kind, subject)
    template = template_in_force(kind, on)
    number = _number(found, kind, about, by, on)
    said = said_of(found, kind, about, number=number.text)
    properties = properties_of(found, kind, on)
    content, warnings = demand_plain_paper(found, bytes(template.content), said, properties)
    demand_let_stand(warnings, let_stand)
    return _kept(
        Paper(
            order=found,
            kind=kind,
            template=template,
            number=number,
            subject=about.pk if about else None,
            said=said,
            warnings=words_of(warnings),
            made_by=by,
        ),
        content,
    )


def _kept(paper: Paper, content: bytes) -> Paper:
    """Keep a paper with its file."""
    paper.digest = hashlib.sha256(content).hexdigest()
    paper.save(force_insert=True)
    PaperContent(paper=paper, content=content).save(force_insert=True)
    return paper


def demand_makeable(order: Order, kind: str, subject: Subject | None) -> Subject | None:
    """Return the record that a paper is about; refuse where the order does not allow the paper."""
    if kind not in PaperKind.values:
        raise Refused(CLAUSE, "请选择文书。")
    sort = SORTS[kind]
    if order.status not in sort.states:
        raise Refused(CLAUSE, _why_not(order, kind))
    if kind == PaperKind.REFERRAL and referral_step(order) is None:
        raise Refused(CLAUSE, "该责令改正没有转立案查处，不能制作转立案查处单。")
    if sort.subject is None:
        return None
    if subject is not None and not isinstance(subject, sort.subject):
        raise TypeError(f"A paper of kind {kind} is about a {sort.subject.__name__}.")
    about = next((one for one in subjects_of(order, kind) if subject in (None, one)), None)
    if about is None:
        raise Refused(CLAUSE, _NO_RECORD[PaperKind(kind)])
    return about


_NO_RECORD = {
    PaperKind.RECEIPT: "该责令改正没有这条送达记录，请先登记送达。",
    PaperKind.EXTENSION: "该责令改正没有已决定的延期申请，请先登记和决定延期。",
    PaperKind.RECHECK: "该责令改正没有这条复查记录，请先登记复查。",
}
_WHEN = {
    PaperKind.ORDER: "签发后",
    PaperKind.RECEIPT: "签发并登记送达后",
    PaperKind.EXTENSION: "延期决定后",
    PaperKind.RECHECK: "登记复查后",
    PaperKind.CLOSING: "办结后",
    PaperKind.REFERRAL: "转立案查处后",
}


def _why_not(order: Order, kind: str) -> str:
    sort = PaperKind(kind)
    return f"该责令改正现为“{order.get_status_display()}”，{sort.label}须在{_WHEN[sort]}制作。"


def subjects_of(order: Order, kind: str) -> list[Any]:
    """Return the records of an order that papers of a kind may be about, the newest first."""
    table: Any = SORTS[kind].subject
    if table is None:
        return []
    rows = table.objects.for_system(WHY).filter(order=order)
    if table is Extension:
        rows = rows.exclude(status=ExtensionStatus.ASKED)
    else:
        rows = rows.select_related("recorded_by")
    return list(rows.order_by("-pk"))


def _number(order: Order, kind: str, about: Subject | None, by: User, on: date) -> PaperNumber:
    """Return the number that a paper bears: the order's own, an earlier paper's, or a new one."""
    if kind == PaperKind.ORDER and order.number is not None:
        return order.number
    rows = Paper.objects.for_system(WHY).filter(order=order, kind=kind)
    earlier = rows.filter(subject=about.pk if about else None).select_related("number").first()
    if earlier is not None and earlier.number is not None:
        return earlier.number
    return give(order.bureau, kind, on=on, by=by)


def properties_of(order: Order, kind: str, on: date) -> Properties:
    """Return what the properties of a paper's file say: the bureau, and nothing of the system."""
    return Properties(order.bureau.name, PaperKind(kind).label, on)


@dataclass(frozen=True)
class Draft:
    """The order's paper as it would be made, to be looked at before it is issued; kept nowhere."""

    template: PaperTemplate
    said: dict[str, str]
    content: bytes
    refusal: str
    warnings: list[Warning]


def draft_of(order: Order, *, on: date) -> Draft:
    """Return how the paper of an order that is not issued yet will look, and what its words lack.

    Reads only. Refuses for an order that was issued: its paper is made.
    """
    if order.status not in UNTIL_ISSUED:
        raise Refused(CLAUSE, f"该责令改正现为“{order.get_status_display()}”，样稿只在签发前查看。")
    template = template_in_force(PaperKind.ORDER, on)
    said = said_of(order, PaperKind.ORDER, number=NO_NUMBER_YET)
    refusal, warnings = "", []
    try:
        warnings = check_for(order).demand(free_fields(said))
    except Refused as refused:
        refusal = refused.sentence
    content = render(bytes(template.content), said, properties_of(order, PaperKind.ORDER, on))
    return Draft(template, said, content, refusal, warnings)
