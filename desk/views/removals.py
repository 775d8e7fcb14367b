"""Removals (触线移出): the list, the statement of one, revoking it and letting back."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import Refused
from desk.access import demand_page
from desk.forms.removals import ReasonForm
from desk.newest import newest_of
from desk.once import do_once, token_for
from desk.orders import removals
from desk.orders.effects import effect_of
from redline.choices import RemovalCause
from redline.models import Removal

READ, DECIDE = "redline.read", "removal.decide"


@require_safe
@login_required
def removal_list(request: HttpRequest) -> HttpResponse:
    """Show the removals of one's scope: what each was for, and what re-entry waits for."""
    demand_page(request.user, READ)
    asked = removals.conditions_of(request.GET)
    rows = removals.removals_asked(request.user, asked).select_related(*removals.RELATED)
    page = newest_of(rows, request.GET)
    context = {
        "page": page,
        "lines": removals.lines_of(page.items, request.user, timezone.localdate()),
        "asked": asked,
        "states": removals.states_of(request.user, asked),
        "causes": RemovalCause.choices,
        "bureaus": removals.bureaus_of(request.user),
    }
    return render(request, "desk/removal_list.html", context)


@require_safe
@login_required
def removal_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one removal with its statement (移出情况说明) and what a lead may do about it."""
    demand_page(request.user, READ)
    removal = removals.removal_or_404(request.user, pk)
    context = _shown(request, removal)
    return render(request, "desk/removal_detail.html", context)


def _shown(request: HttpRequest, removal: Removal) -> dict[str, object]:
    open_verbs = removals.verbs_open(removal, request.user)
    lines = removals.lines_of([removal], request.user, timezone.localdate())
    return {
        "removal": removal,
        "line": lines[0],
        "statement": removals.statement_of(removal, request.user, timezone.localdate()),
        "verbs": [(verb, removals.VERBS[verb]) for verb in open_verbs],
    }


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def removal_act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Confirm with a reason what a lead does with a removal; its effect is shown before."""
    if verb not in removals.VERBS:
        raise Http404
    demand_page(request.user, DECIDE)
    removal = removals.removal_or_404(request.user, pk)
    act = removals.VERBS[verb]
    form = ReasonForm(request.POST if request.method == "POST" else None, label=act.reason)
    refusal = None
    if form.is_bound and form.is_valid():
        try:
            return do_once(request, lambda: _acted(request, removal, verb, form))
        except Refused as refused:
            refusal = refused
            removal = removals.removal_or_404(request.user, pk)
    context = _shown(request, removal) | {
        "verb": verb,
        "act": act,
        "form": form,
        "refusal": refusal,
        "effect": None,
        "once": token_for(request),
    }
    return render(request, "desk/removal_act.html", context, status=409 if refusal else 200)


def _acted(request: HttpRequest, removal: Removal, verb: str, form: ReasonForm) -> str:
    act = removals.VERBS[verb]
    act.act(removal, reason=form.cleaned_data["reason"], by=request.user, on=timezone.localdate())
    messages.success(request, act.done)
    return reverse("desk:removal-detail", args=(removal.pk,))


@require_POST
@login_required
def removal_effect(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Show what the verb would do to membership; to htmx the fragment, else the whole page."""
    if verb not in removals.VERBS:
        raise Http404
    demand_page(request.user, DECIDE)
    removal = removals.removal_or_404(request.user, pk)
    on = timezone.localdate()
    effect = effect_of(removals.trial(removal, verb, request.user, on), on)
    if request.htmx:
        return render(request, "desk/_order_effect.html", {"effect": effect})
    act = removals.VERBS[verb]
    form = ReasonForm(label=act.reason)
    form.initial["reason"] = request.POST.get("reason", "")
    context = _shown(request, removal) | {
        "verb": verb,
        "act": act,
        "form": form,
        "refusal": None,
        "effect": effect,
        "once": token_for(request),
    }
    return render(request, "desk/removal_act.html", context)
