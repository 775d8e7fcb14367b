"""What others asked for and somebody decides: four-new proposals, manual exclusions."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from core.errors import Refused
from desk.access import demand_page
from desk.newest import Newest, key_of, keys_of
from desk.once import do_once, token_for
from desk.states import FILED, STATES, of_state, state_of
from entities.actions.four_new import decide_proposals, withdraw_proposal
from entities.choices import Novelty
from entities.models import FourNewProposal
from entities.workflow import available as proposal_steps
from membership.actions import decide_exclusion
from membership.models import ExclusionRequest
from membership.workflow import TRANSITIONS
from membership.workflow import available as request_steps
from staff.permissions import may

SIZE = 100


def _page(rows: QuerySet, request: HttpRequest, order: str) -> Newest:
    """Read a page by key: what waits goes oldest first, what is done newest first."""
    at = key_of(request.GET.get("before"))
    if at is not None:
        rows = rows.filter(**{"pk__lt" if order == "-pk" else "pk__gt": at})
    found = list(rows.order_by(order)[: SIZE + 1])
    older = found[SIZE - 1].pk if len(found) > SIZE else None
    return Newest(found[:SIZE], older, is_first=at is None)


@require_safe
@login_required
def proposal_list(request: HttpRequest) -> HttpResponse:
    """Show four-new proposals and objections: to the city to decide, to districts their own."""
    demand_page(request.user, "entity.read")
    state, batch = state_of(request.GET), request.GET.get("batch", "")
    rows = FourNewProposal.objects.visible_to(request.user).select_related(
        "entity", "entity__bureau", "filed_by", "decided_by"
    )
    rows = of_state(rows, state)
    if batch:
        rows = rows.filter(batch=batch) if _is_batch(batch) else rows.none()
    page = _page(rows, request, "pk" if state == FILED else "-pk")
    lines = [
        (
            proposal,
            "、".join(Novelty(n).label for n in proposal.novelties),
            proposal_steps(proposal, request.user),
        )
        for proposal in page.items
    ]
    context = {
        "page": page,
        "lines": lines,
        "state": state,
        "states": STATES,
        "batch": batch,
        "today": timezone.localdate(),
        "may_decide": may(request.user, "four_new.decide"),
        "may_propose": may(request.user, "four_new.propose"),
        "once": token_for(request),
    }
    return render(request, "desk/proposal_list.html", context)


def _is_batch(text: str) -> bool:
    return len(text) == 36 and all(c in "0123456789abcdef-" for c in text)


def _act(request: HttpRequest, back: str, work: Callable[[], str]) -> HttpResponse:
    """Do a decision once; a refusal is shown on the list it came from."""
    try:
        return do_once(request, work)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(back)


@require_POST
@login_required
def proposal_decide(request: HttpRequest) -> HttpResponse:
    """Accept or reject the ticked proposals with one opinion."""
    demand_page(request.user, "four_new.decide")
    keys = keys_of(request.POST.getlist("ids"))
    accept = request.POST.get("accept") == "1"

    def work() -> str:
        result = decide_proposals(
            keys,
            accept=accept,
            opinion=request.POST.get("opinion", ""),
            by=request.user,
            on=timezone.localdate(),
        )
        label = "采纳" if accept else "不采纳"
        messages.success(request, f"已{label}{len(result.done):,}条，区县可在已办中查看。")
        return reverse("desk:operation-detail", args=(result.operation.pk,))

    return _act(request, reverse("desk:proposal-list"), work)


@require_POST
@login_required
def proposal_withdraw(request: HttpRequest) -> HttpResponse:
    """Take back the ticked proposals, or a whole batch."""
    demand_page(request.user, "four_new.propose")
    rows = FourNewProposal.objects.visible_to(request.user).filter(status=FILED)
    batch = request.POST.get("batch", "")
    wanted = (
        {"batch": batch} if _is_batch(batch) else {"pk__in": keys_of(request.POST.getlist("ids"))}
    )
    back = reverse("desk:proposal-list")

    def work() -> str:
        chosen = list(rows.filter(**wanted).select_related("entity"))
        if not chosen:
            raise Refused("readings 3", "没有可以撤回的建议：未勾选，或已由市局决定。")
        for proposal in chosen:
            withdraw_proposal(proposal, by=request.user, on=timezone.localdate())
        messages.success(request, f"已撤回{len(chosen):,}条建议。")
        return f"{back}?state=done"

    return _act(request, back, work)


@require_safe
@login_required
def exclusion_list(request: HttpRequest) -> HttpResponse:
    """Show requests for manual exclusion or its lifting, with what this person may do."""
    demand_page(request.user, "entity.read")
    state = state_of(request.GET)
    rows = ExclusionRequest.objects.visible_to(request.user).select_related(
        "entity", "entity__bureau", "filed_by", "decided_by"
    )
    page = _page(of_state(rows, state), request, "pk" if state == FILED else "-pk")
    lines = [
        (row, [(step, TRANSITIONS[step].label) for step in request_steps(row, request.user)])
        for row in page.items
    ]
    context = {
        "page": page,
        "lines": lines,
        "state": state,
        "states": STATES,
        "once": token_for(request),
    }
    return render(request, "desk/exclusion_list.html", context)


@require_POST
@login_required
def exclusion_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve, refuse or withdraw one request."""
    step = request.POST.get("step", "")
    if step not in TRANSITIONS:
        raise Http404
    demand_page(request.user, TRANSITIONS[step].verb)
    asked = get_object_or_404(ExclusionRequest.objects.visible_to(request.user), pk=pk)
    back = reverse("desk:exclusion-list")

    def work() -> str:
        decide_exclusion(
            asked,
            step,
            by=request.user,
            opinion=request.POST.get("opinion", "").strip(),
            today=timezone.localdate(),
        )
        messages.success(request, f"已{TRANSITIONS[step].label}。")
        return f"{back}?state=done"

    return _act(request, back, work)
