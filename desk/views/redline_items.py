"""The items of a draft on screen: one item a page, moved and taken out from the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import Refused
from desk.newest import key_of
from desk.once import do_once, token_for
from desk.redlines.access import demand_drafting, item_or_404, version_or_404
from desk.redlines.editing import cells_of, empty_texts, item_texts, neighbours, sent_texts
from desk.redlines.shown import title_of
from desk.views.redline_edit import act_on
from policy.limits import limits_in_force
from redline.actions.list_items import WrongItem, add_item, move_item, remove_item, set_item
from redline.items import Problem
from redline.lists import items_of, may_edit
from redline.models import ListItem, ListVersion


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def redline_item_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add an item to a draft."""
    demand_drafting(request.user)
    version = version_or_404(request.user, pk)
    if request.method == "POST":
        return _saved(request, version, None)
    if not may_edit(version, request.user):
        return redirect("desk:redline-detail", pk)
    limits = limits_in_force(timezone.localdate())
    return _item_page(request, version, None, empty_texts(version.kind, limits))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def redline_item(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """Change an item of a draft."""
    demand_drafting(request.user)
    version = version_or_404(request.user, pk)
    found = item_or_404(request.user, version, item)
    if request.method == "POST":
        return _saved(request, version, found)
    if not may_edit(version, request.user):
        return redirect("desk:redline-detail", pk)
    return _item_page(request, version, found, item_texts(version.kind, found))


def _saved(request: HttpRequest, version: ListVersion, item: ListItem | None) -> HttpResponse:
    """Save an item; what cannot be saved stays on the page, beside what others saved meanwhile."""
    texts = sent_texts(version.kind, request.POST)
    revision = key_of(request.POST.get("revision")) or 0
    who: dict[str, Any] = {"by": request.user, "on": timezone.localdate(), "revision": revision}

    def work() -> str:
        done = set_item(item, **who, **texts) if item else add_item(version, **who, **texts)
        messages.success(request, f"已保存{done.code}。")
        return _onward(version, done, request.POST.get("go", ""))

    try:
        return do_once(request, work)
    except WrongItem as wrong:
        return _item_page(request, version, item, texts, problems=wrong.problems)
    except Refused as refusal:
        return _item_page(request, version, item, texts, refusal=refusal)


def _onward(version: ListVersion, item: ListItem, go: str) -> str:
    """Return where a saved item leads: to the next one, to a new one, or to the table."""
    if go == "add":
        return reverse("desk:redline-item-add", args=(version.pk,))
    behind = neighbours(items_of(version)[version.pk], item)["behind"]
    if go == "next" and behind is not None:
        return reverse("desk:redline-item", args=(version.pk, behind.pk))
    return reverse("desk:redline-edit", args=(version.pk,)) + f"#item-{item.pk}"


def _item_page(
    request: HttpRequest,
    version: ListVersion,
    item: ListItem | None,
    texts: Mapping[str, str],
    *,
    problems: Sequence[Problem] = (),
    refusal: Refused | None = None,
) -> HttpResponse:
    """Render the form; after a refusal it names the revision that now stands, and what differs."""
    viewer: Any = request.user
    fresh = version_or_404(viewer, version.pk)
    items = items_of(fresh)[fresh.pk]
    saved = next((one for one in items if item and one.pk == item.pk), None)
    stale = saved if refusal else None
    context = {
        "version": fresh,
        "title": title_of(fresh),
        "item": saved,
        "cells": cells_of(fresh.kind, texts, problems=problems, saved=stale),
        "around": neighbours(items, saved) if saved else None,
        "may_edit": may_edit(fresh, viewer),
        "problems": problems,
        "refusal": refusal,
        "once": token_for(request),
    }
    status = 409 if refusal else 200
    return render(request, "desk/redline_item.html", context, status=status)


@require_POST
@login_required
def redline_item_move(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """Put an item at another place."""
    demand_drafting(request.user)
    version = version_or_404(request.user, pk)
    found = item_or_404(request.user, version, item)
    to = key_of(request.POST.get("to")) or 1

    def work(revision: int) -> str:
        move_item(found, to, revision=revision, by=request.user, on=timezone.localdate())
        return reverse("desk:redline-edit", args=(pk,)) + f"#item-{item}"

    return act_on(request, pk, work)


@require_POST
@login_required
def redline_item_remove(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """Take an item out of a draft."""
    demand_drafting(request.user)
    version = version_or_404(request.user, pk)
    found = item_or_404(request.user, version, item)

    def work(revision: int) -> str:
        remove_item(found, revision=revision, by=request.user, on=timezone.localdate())
        messages.success(request, f"已删去{found.code}“{found.behaviour}”。")
        return reverse("desk:redline-edit", args=(pk,)) + "#items"

    return act_on(request, pk, work)
