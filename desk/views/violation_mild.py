"""Items of the no-penalty and no-coercion lists, held against a violation by condition."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from core.errors import Refused
from desk.access import demand_page
from desk.forms.violations import MatchForm
from desk.newest import key_of
from desk.once import do_once, token_for
from desk.violations import mild as shown
from desk.violations.page import violation_or_404
from desk.violations.sentences import BENEFIT, match_said
from redline.actions.violations import hold_against
from redline.choices import ListKind
from redline.matching import mild_items
from redline.models import ListItem, Violation

JUDGE = "violation.judge"


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def violation_mild(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Show the items in force on the day of the act; tick the conditions of one and keep it."""
    demand_page(request.user, JUDGE)
    violation = violation_or_404(request.user, pk)
    if kind not in BENEFIT:
        raise Http404
    items = mild_items(violation, kind)
    wanted = key_of(request.POST.get("item") or request.GET.get("item"))
    item = next((one for one in items if one.pk == wanted), None)
    matches = shown.matches_of(violation, request.user)
    form, refusal = _form(request, item, matches.get(wanted or 0)), None
    if form is not None and form.is_bound and form.is_valid():
        try:
            return do_once(request, lambda: _held(request, violation, item, form))
        except Refused as refused:
            refusal = refused
    words = request.GET.get("text", "").strip()[:100]
    context: dict[str, Any] = {
        "violation": violation,
        "kind": kind,
        "label": ListKind(kind).label,
        "words": words,
        "lines": shown.lines_of(items, matches, words),
        "item": item,
        "chosen": item.pk if item else None,
        "form": form,
        "refusal": refusal,
        "once": token_for(request),
        **shown.earlier_of(violation, item, request.user, timezone.localdate()),
    }
    return render(request, "desk/violation_mild.html", context, status=409 if refusal else 200)


def _form(request: HttpRequest, item: ListItem | None, match: Any) -> MatchForm | None:
    if item is None:
        return None
    data = request.POST if request.method == "POST" else None
    initial = {"ticked": match.ticked, "note": match.note} if match else {}
    return MatchForm(data, conditions=item.conditions, initial=initial)


def _held(request: HttpRequest, violation: Violation, item: ListItem, form: MatchForm) -> str:
    match = hold_against(
        violation, item, **form.cleaned_data, by=request.user, on=timezone.localdate()
    )
    messages.success(request, match_said(match))
    return reverse("desk:violation-detail", args=(violation.pk,)) + "#mild"
