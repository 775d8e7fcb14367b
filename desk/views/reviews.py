"""The review list of ordinary violations (复核清单): proposed by officers, decided by the lead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import Refused
from desk.access import demand_page
from desk.forms.reviews import KeepForm, OutcomeForm, ProposalForm
from desk.forms.violation_filters import ReviewFilter
from desk.newest import key_of, keys_of
from desk.once import do_once, token_for
from desk.paging import capped, page_of
from desk.violations import reviews as shown
from desk.zones.addresses import Listing, conditions_of
from entities.models import Entity
from redline.actions.reviews import decide_review, propose_review
from redline.choices import ReviewOutcome
from redline.models import Review
from redline.violation_queries import reviews_for
from staff.permissions import may

READ, PROPOSE, DECIDE = "redline.read", "review.propose", "review.decide"


@require_safe
@login_required
def review_queue(request: HttpRequest) -> HttpResponse:
    """Show the review list: what is open, overdue or done, the nearest limit first."""
    demand_page(request.user, READ)
    on = timezone.localdate()
    form = ReviewFilter(request.GET, request.user, on)
    context: dict[str, Any] = {"form": form, "today": on, "may_keep": may(request.user, DECIDE)}
    if not form.is_valid():
        context["problem"] = "查询条件有误，请按红字提示改正后重新查询。"
        return render(request, "desk/review_queue.html", context)
    rows = shown.asked_for(form, request.user, on)
    page = page_of(rows, request.GET)
    lines = list(rows.filter(pk__in=page.keys).order_by("due_on", "pk"))
    own = Entity.objects.visible_to(request.user).filter(pk__in=[one.entity_id for one in lines])
    context |= {
        "lines": lines,
        "own": set(own.values_list("pk", flat=True)),
        "listing": Listing(request.path, request.GET, shown.NAMES, page, capped(rows)),
        "chips": shown.chips(form, request.user, on),
        "mine": shown.count_mine(form, request.user),
        "state": shown.state_of(form),
        "city": request.user.sees_city(),
        "conditions": conditions_of(request.GET, shown.NAMES),
    }
    return render(request, "desk/review_queue.html", context)


def _review(request: HttpRequest, pk: int) -> Review:
    found = reviews_for(request.user).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _page(
    request: HttpRequest,
    review: Review,
    *,
    bound: dict[str, Any] | None = None,
    refusal: Refused | None = None,
) -> HttpResponse:
    """Show one review; ``bound`` holds a form that came back with what was typed."""
    viewer = request.user
    proposed = {
        "outcome": review.proposed,
        "reason": review.proposal_reason,
        "referred_to": review.referred_to,
    }
    forms: dict[str, Any] = {
        "propose": ProposalForm(initial=proposed, auto_id="propose_%s"),
        "decide": OutcomeForm(initial=proposed | {"reason": ""}, auto_id="decide_%s"),
    }
    context = {
        "review": review,
        "violation": review.violation,
        "own_entity": Entity.objects.visible_to(viewer).filter(pk=review.entity_id).exists(),
        "may_propose": shown.may_propose(review, viewer),
        "may_decide": shown.may_decide(review, viewer),
        "forms": forms | (bound or {}),
        "list": request.POST.get("list", request.GET.get("list", "")),
        "back": shown.list_address(request.POST.get("list", request.GET.get("list", ""))),
        "today": timezone.localdate(),
        "once": token_for(request),
        "refusal": refusal,
    }
    return render(request, "desk/review_detail.html", context, status=409 if refusal else 200)


@require_safe
@login_required
def review_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one review with its violation, what was proposed, and what this person may do."""
    demand_page(request.user, READ)
    return _page(request, _review(request, pk))


@require_POST
@login_required
def review_propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose how a review should end."""
    demand_page(request.user, PROPOSE)
    form = ProposalForm(request.POST, auto_id="propose_%s")
    return _act(request, pk, "propose", form, propose_review, "已提出复核建议，待负责人决定。")


@require_POST
@login_required
def review_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """End a review."""
    demand_page(request.user, DECIDE)
    form = OutcomeForm(request.POST, auto_id="decide_%s")
    return _act(request, pk, "decide", form, decide_review, "已决定复核。")


def _act(
    request: HttpRequest,
    pk: int,
    name: str,
    form: OutcomeForm,
    verb: Callable[..., Review],
    said: str,
) -> HttpResponse:
    """Take one step and lead back to the list as it was; keep what was typed where refused."""
    review = _review(request, pk)
    refusal = None

    def work() -> str:
        verb(
            review,
            **form.cleaned_data,
            revision=key_of(request.POST.get("revision")) or 0,
            by=request.user,
            on=timezone.localdate(),
        )
        messages.success(request, f"{review.entity.name}：{said}")
        return shown.list_address(request.POST.get("list", ""))

    if form.is_valid():
        try:
            return do_once(request, work)
        except Refused as refused:
            refusal = refused
    return _page(request, _review(request, pk), bound={name: form}, refusal=refusal)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def review_keep(request: HttpRequest) -> HttpResponse:
    """Show which of the ticked reviews would be ended with "kept" and which not; then end them."""
    demand_page(request.user, DECIDE)
    posted = request.method == "POST"
    conditions = (request.POST if posted else request.GET).get("list", "")
    seen = _seen(request)
    form = KeepForm(request.POST if posted else None)
    refusal = None

    def work() -> str:
        done = _keep(request, seen, form.cleaned_data["reason"])
        messages.success(request, f"已保留{done:,}件。")
        return shown.list_address(conditions)

    if posted and form.is_valid():
        try:
            return do_once(request, work)
        except Refused as refused:
            refusal = refused
    context = {
        "kept": shown.to_keep(list(seen), request.user),
        "form": form,
        "refusal": refusal,
        "list": conditions,
        "back": shown.list_address(conditions),
        "once": token_for(request),
    }
    return render(request, "desk/review_keep.html", context, status=409 if refusal else 200)


def _seen(request: HttpRequest) -> dict[int, int | None]:
    """Return the chosen keys with the revision that was shown; None where none was shown yet."""
    if request.method != "POST":
        return dict.fromkeys(keys_of(request.GET.getlist("ids")))
    pairs = (text.partition(":") for text in request.POST.getlist("seen"))
    return {key: key_of(revision) for text, _, revision in pairs if (key := key_of(text))}


def _keep(request: HttpRequest, seen: dict[int, int | None], reason: str) -> int:
    """End all that was shown with "kept", all or none; what changed meanwhile refuses."""
    rows = reviews_for(request.user).filter(pk__in=list(seen)).order_by("pk")
    chosen = list(rows)
    if not chosen:
        raise Refused("readings 8", "没有选中可以保留的复核，请回到清单勾选。")
    for review in chosen:
        if why := shown.why_not_kept(review, request.user):
            raise Refused("readings 8", f"{review.entity.name}：{why}，本批没有办理，请返回重选。")
        decide_review(
            review,
            outcome=ReviewOutcome.KEPT,
            reason=reason,
            revision=seen[review.pk] or 0,
            by=request.user,
            on=timezone.localdate(),
        )
    return len(chosen)
