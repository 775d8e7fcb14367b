"""What is done to a declaration: its steps, comments pinned to it, what approval would do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from core.errors import Refused
from desk.access import demand_page
from desk.declarations.annex import ROW_FIELDS, ZONE_FIELDS
from desk.declarations.effects import Effect, effect_of
from desk.declarations.page import Typed, declaration_or_404, detail, typed_in
from desk.declarations.parts import part_of
from desk.newest import key_of
from desk.once import do_once
from staff.models import User
from staff.permissions import may
from zones.actions.approval import approve
from zones.actions.comments import comment, drop_comment, settle_comment
from zones.actions.steps import STEP_FUNCTIONS
from zones.models import Declaration, DeclarationComment, DeclaredEntity, DeclaredZone
from zones.workflow import HAND_OVERS, STEPS


@require_POST
@login_required
def declaration_step(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one step; a refusal is shown on the page, with what was typed."""
    step = request.POST.get("step", "")
    if step not in STEPS:
        raise Http404
    demand_page(request.user, STEPS[step].verb)
    declaration = declaration_or_404(request.user, pk)
    typed = typed_in(request.POST)
    address = reverse("desk:declaration-detail", args=(pk,))

    def work() -> str:
        STEP_FUNCTIONS[step](
            declaration,
            *_colleague(step, typed),
            **_said(request, step, declaration, typed),
            by=request.user,
            on=timezone.localdate(),
        )
        messages.success(request, f"已办理“{STEPS[step].label}”。")
        return address

    try:
        return do_once(request, work)
    except Refused as refusal:
        fresh = declaration_or_404(request.user, pk)
        return detail(request, fresh, typed=typed, refusal=refusal)


def _colleague(step: str, typed: Typed) -> list[User]:
    if step not in HAND_OVERS.values():
        return []
    people = User.accounts.for_system("finding the colleague that was chosen")
    found = people.filter(pk=key_of(typed.to)).first()
    if found is None:
        raise Refused("", "请选择要转交的同事。")
    return [found]


def _said(
    request: HttpRequest, step: str, declaration: Declaration, typed: Typed
) -> dict[str, Any]:
    """Return what a step takes besides who and when: opinion, revision, what is left out."""
    said: dict[str, Any] = {"opinion": typed.opinion}
    if STEPS[step].decides:
        said["revision"] = key_of(request.POST.get("revision"))
    if step == "approve":
        zones, rows = part_of(declaration, typed, request.user)
        said |= {"refused_zones": zones, "refused_rows": rows}
    return said


@require_POST
@login_required
def declaration_effect(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what approving would do to membership; to htmx the fragment, else the whole page."""
    demand_page(request.user, "zone.approve")
    declaration = declaration_or_404(request.user, pk)
    typed = typed_in(request.POST)
    effect = _effect(request, declaration, typed)
    if request.htmx:
        return render(request, "desk/_declaration_effect.html", {"effect": effect})
    return detail(request, declaration, typed=typed, effect=effect)


def _effect(request: HttpRequest, declaration: Declaration, typed: Typed) -> Effect:
    viewer = request.user
    on = timezone.localdate()
    try:
        zones, rows = part_of(declaration, typed, viewer)
    except Refused as refusal:
        return Effect(refused=str(refusal))

    def doing() -> list[Declaration]:
        done = approve(
            declaration,
            revision=declaration.revision,
            refused_zones=zones,
            refused_rows=rows,
            by=viewer,
            on=on,
        )
        return [done]

    return effect_of(doing, declaration.since or on, named=rows)


def _demand_reviewing(user: Any) -> None:
    if not may(user, "zone.approve"):
        demand_page(user, "zone.review")


@require_POST
@login_required
def declaration_comment(request: HttpRequest, pk: int) -> HttpResponse:
    """Pin a comment to the head, a zone, a row, or one cell of them."""
    _demand_reviewing(request.user)
    declaration = declaration_or_404(request.user, pk)
    typed = typed_in(request.POST)
    zone, row, field = _pinned(request, declaration)
    back = _back(declaration, row)

    def work() -> str:
        comment(
            declaration,
            typed.text,
            zone=zone,
            row=row,
            field=field,
            by=request.user,
            on=timezone.localdate(),
        )
        messages.success(request, "已加补正意见，退回后区县可见。")
        return back

    return _commented(request, declaration, typed, work)


def _commented(
    request: HttpRequest, declaration: Declaration, typed: Typed, work: Callable[[], str]
) -> HttpResponse:
    try:
        return do_once(request, work)
    except Refused as refusal:
        return detail(request, declaration, typed=typed, refusal=refusal)


def _pinned(
    request: HttpRequest, declaration: Declaration
) -> tuple[DeclaredZone | None, DeclaredEntity | None, str]:
    """Return zone, row and field that ``pin`` names, such as ``zone:3:address``."""
    sort, _, rest = request.POST.get("pin", "").partition(":")
    key, _, field = rest.partition(":") if sort != "head" else ("", "", rest)
    if sort == "head":
        return None, None, field
    if sort == "zone":
        zones = DeclaredZone.objects.visible_to(request.user)
        zone = get_object_or_404(zones, declaration=declaration, pk=key_of(key))
        return zone, None, field if field in ZONE_FIELDS else ""
    rows = DeclaredEntity.objects.visible_to(request.user).select_related("declared_zone")
    row = get_object_or_404(rows, declared_zone__declaration=declaration, pk=key_of(key))
    return row.declared_zone, row, field if field in ROW_FIELDS else ""


def _back(declaration: Declaration, row: DeclaredEntity | None) -> str:
    if row is None:
        return reverse("desk:declaration-detail", args=(declaration.pk,)) + "#comments"
    page = reverse("desk:declaration-roster", args=(declaration.pk, row.declared_zone_id))
    return f"{page}?row={row.pk}#row-{row.pk}"


@require_POST
@login_required
def declaration_settle(request: HttpRequest, pk: int, comment: int) -> HttpResponse:
    """Mark a comment as corrected."""
    demand_page(request.user, "zone.declare")
    return _on_comment(request, pk, comment, settle_comment, "已标为已改正。", "declaration-edit")


@require_POST
@login_required
def declaration_uncomment(request: HttpRequest, pk: int, comment: int) -> HttpResponse:
    """Take back one's own comment before the declaration is given back."""
    _demand_reviewing(request.user)
    return _on_comment(request, pk, comment, drop_comment, "已删去该意见。", "declaration-detail")


def _on_comment(
    request: HttpRequest, pk: int, key: int, act: Callable[..., Any], said: str, page: str
) -> HttpResponse:
    declaration = declaration_or_404(request.user, pk)
    rows = DeclarationComment.objects.visible_to(request.user).select_related("declaration")
    pinned = get_object_or_404(rows, declaration=declaration, pk=key)
    address = reverse(f"desk:{page}", args=(pk,)) + "#comments"

    def work() -> str:
        act(pinned, by=request.user, on=timezone.localdate())
        messages.success(request, said)
        return address

    try:
        return do_once(request, work)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(address)
