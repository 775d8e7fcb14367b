"""The papers of an order as pages show them: those that were made, and those that can be made.

Another page includes ``desk/_papers.html`` with ``box=papers_of(order, viewer)``.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404

from core import masking
from core.documents import Page, page_of
from core.errors import Refused
from desk.templatetags.sandbox import day
from redline.choices import PaperKind
from redline.models import Extension, Order, Paper, PaperContent, Recheck, Service
from redline.papers.kinds import SORTS, Subject
from redline.papers.making import VERB, demand_makeable, subjects_of
from redline.workflow import UNTIL_ISSUED
from staff.models import User
from staff.permissions import may

READ = "redline.read"
WHOLE = "contact.reveal"
"""The verb of whoever may see where a person is served."""

PERSONAL = {PaperKind.RECEIPT: "送达地址"}
"""What a paper says that a page shows in full only on request, by kind."""


@dataclass(frozen=True)
class Offer:
    """A paper that can be made: of which kind, about which record, and how often it was."""

    kind: str
    label: str
    subject: str
    about: str
    made: int


@dataclass(frozen=True)
class Box:
    """What the fragment shows."""

    order: Order
    papers: list[Paper]
    offers: list[Offer]
    has_draft: bool
    may_take: bool


def order_or_404(viewer: User, pk: int) -> Order:
    """Return an order of the viewer's scope; one outside it does not exist for the viewer."""
    rows = Order.objects.visible_to(viewer)
    related = ("entity", "bureau", "number", "officer", "violation", "touch__item__version")
    found = rows.select_related(*related, "approved_by").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def paper_or_404(viewer: User, pk: int) -> Paper:
    rows = Paper.objects.visible_to(viewer).select_related("order__entity", "order__bureau")
    found = rows.select_related("number", "template", "made_by").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def papers_of(order: Order, viewer: User) -> Box:
    """Return the papers of an order that the viewer may see, the newest first."""
    rows = Paper.objects.visible_to(viewer).filter(order=order)
    papers = list(
        rows.select_related("number", "template", "made_by").defer("said").order_by("-pk")
    )
    makes = may(viewer, VERB) and order.bureau_id == viewer.bureau_id
    return Box(
        order,
        papers,
        _offers(order, papers) if makes else [],
        order.status in UNTIL_ISSUED,
        may(viewer, WHOLE),
    )


def _offers(order: Order, papers: list[Paper]) -> list[Offer]:
    offers = []
    for kind, sort in SORTS.items():
        try:
            demand_makeable(order, kind, None)
        except Refused:
            continue
        for subject in subjects_of(order, kind) or [None]:
            key = subject.pk if subject else None
            made = sum(one.kind == kind and one.subject == key for one in papers)
            offers.append(Offer(kind, sort.kind.label, str(key or ""), _about(subject), made))
    return offers


def _about(subject: Subject | None) -> str:
    """Say about which record a paper is."""
    if isinstance(subject, Service):
        return (
            f"{day(subject.sent_on)} {subject.get_way_display()}（{subject.get_outcome_display()}）"
        )
    if isinstance(subject, Extension):
        return f"{day(subject.asked_on)}申请，{subject.get_status_display()}"
    if isinstance(subject, Recheck):
        return f"{day(subject.done_on)} {subject.get_finding_display()}"
    return ""


def subject_of(order: Order, kind: str, key: int | None) -> Subject | None:
    """Return the record that a form names; one that is none of the order's does not exist."""
    if key is None or kind not in SORTS or SORTS[kind].subject is None:
        return None
    found = next((one for one in subjects_of(order, kind) if one.pk == key), None)
    if found is None:
        raise Http404
    return found


def content_of(paper: Paper, viewer: User) -> bytes:
    return PaperContent.objects.visible_to(viewer).get(paper=paper).content


def page_shown(paper: Paper, viewer: User, *, whole: bool) -> Page:
    """Return a paper as a page; where a person is served stands there only in the whole one."""
    page = page_of(content_of(paper, viewer))
    word = paper.said.get(PERSONAL.get(PaperKind(paper.kind), ""), "")
    return page if whole or not hides(paper) else page.masked(word, masking.start(word))


def hides(paper: Paper) -> bool:
    """Return whether a page of this paper hides an address that is not the registered one."""
    name = PERSONAL.get(PaperKind(paper.kind))
    word = paper.said.get(name, "") if name else ""
    return bool(word) and word != paper.said["住所"]


def title_of(paper: Paper) -> str:
    """Name a paper for logs and files."""
    number = f"（{paper.number.text}）" if paper.number else ""
    return f"{paper.get_kind_display()}{number}"
