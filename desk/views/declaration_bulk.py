"""Approving several declarations at once: confirmed with names and effect, answered one by one."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from desk.access import demand_page
from desk.declarations import lists
from desk.declarations.effects import effect_of
from desk.newest import key_of, keys_of
from desk.once import do_once, token_for
from staff.models import User
from zones.actions.approval import approve
from zones.actions.steps import bulk_approve
from zones.models import Declaration

SESSION_KEY = "declarations_approved"
KEPT = 5
MOST = 50


def _chosen(keys: list[int], viewer: User) -> list[Declaration]:
    rows = Declaration.objects.visible_to(viewer).filter(pk__in=keys[:MOST])
    people = ("bureau", "round", "handler", "filed_by", "submitted_by")
    return list(rows.select_related(*people).order_by("pk"))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def declaration_bulk(request: HttpRequest) -> HttpResponse:
    """Confirm which declarations are approved; approve each, and lead to what became of them."""
    demand_page(request.user, "zone.approve")
    if request.method == "POST":
        return do_once(request, lambda: _approved(request))
    chosen = _chosen(keys_of(request.GET.getlist("ids")), request.user)
    lines = lists.lines_of(chosen, request.user, timezone.localdate())
    context = {
        "lines": lines,
        "entities": sum(line.entities for line in lines),
        "once": token_for(request),
    }
    return render(request, "desk/declaration_bulk.html", context)


def _seen(request: HttpRequest) -> dict[int, int]:
    """Return the declarations with the revision that was seen of each: ``7:3`` in ``seen``."""
    pairs = (text.partition(":") for text in request.POST.getlist("seen")[:MOST])
    found = ((key_of(key), key_of(revision)) for key, _, revision in pairs)
    return {key: revision for key, revision in found if key is not None and revision is not None}


def _approved(request: HttpRequest) -> str:
    results = bulk_approve(
        _seen(request),
        opinion=request.POST.get("opinion", ""),
        by=request.user,
        on=timezone.localdate(),
    )
    token = uuid.uuid4().hex
    kept = dict(request.session.get(SESSION_KEY, {}))
    kept[token] = [[pk, said] for pk, said in sorted(results.items())]
    request.session[SESSION_KEY] = dict(list(kept.items())[-KEPT:])
    return reverse("desk:declaration-bulk-result", args=(token,))


@require_POST
@login_required
def declaration_bulk_effect(request: HttpRequest) -> HttpResponse:
    """Show what approving them together would do to membership."""
    demand_page(request.user, "zone.approve")
    on, seen = timezone.localdate(), _seen(request)
    chosen = _chosen(list(seen), request.user)

    def doing() -> list[Declaration]:
        return [approve(one, revision=seen[one.pk], by=request.user, on=on) for one in chosen]

    effect = effect_of(doing, max([on, *(one.since for one in chosen if one.since)]))
    if request.htmx:
        return render(request, "desk/_declaration_effect.html", {"effect": effect})
    lines = lists.lines_of(chosen, request.user, on)
    context = {
        "lines": lines,
        "entities": sum(line.entities for line in lines),
        "effect": effect,
        "once": token_for(request),
    }
    return render(request, "desk/declaration_bulk.html", context)


@require_safe
@login_required
def declaration_bulk_result(request: HttpRequest, token: str) -> HttpResponse:
    """Show what became of each declaration of a bulk approval."""
    demand_page(request.user, "zone.approve")
    kept = request.session.get(SESSION_KEY, {}).get(token)
    if kept is None:
        raise Http404
    said = dict(kept)
    lines = lists.lines_of(_chosen(list(said), request.user), request.user, timezone.localdate())
    context = {"lines": [(line, said[line.declaration.pk]) for line in lines]}
    return render(request, "desk/declaration_bulk_result.html", context)
