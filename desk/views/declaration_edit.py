"""Filling in a declaration: the annex on screen, saved as typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import Refused
from core.resumed import refuse_resumed
from desk.access import demand_page
from desk.declarations import annex, findings
from desk.declarations.editing import differing, save, sent_fields
from desk.declarations.page import buttons_of, declaration_or_404, detail
from desk.forms.declarations import UploadAnnex
from desk.newest import key_of
from desk.once import do_once, token_for
from staff.permissions import may
from zones.actions.drafts import add_zone, explain, latest_file, remove_zone
from zones.choices import DeclarationKind, DeclarationStatus, ZoneType
from zones.models import Declaration, DeclaredEntity, DeclaredZone, Round, Zone
from zones.queries import comments_of
from zones.workflow import may_edit


def demand_editing(user: Any) -> None:
    """Let in whoever declares, or enters for a district."""
    if not may(user, "zone.enter"):
        demand_page(user, "zone.declare")


def draft_of(request: HttpRequest, pk: int) -> Declaration:
    """Return a declaration for an edit; whether it is still a draft says the action."""
    demand_editing(request.user)
    return declaration_or_404(request.user, pk)


def refused_page(request: HttpRequest, pk: int, refusal: Refused) -> HttpResponse:
    """Show a refusal where this person goes on: filling in with what was typed, else reading."""
    fresh = declaration_or_404(request.user, pk)
    if may_edit(fresh, request.user):
        return edit_page(request, fresh, refusal=refusal)
    return detail(request, fresh, refusal=refusal)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def declaration_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the annex to fill in; take a field from htmx as it is typed, or the whole form."""
    demand_editing(request.user)
    declaration = declaration_or_404(request.user, pk)
    if request.method == "POST":
        return _saved(request, declaration, reverse("desk:declaration-edit", args=(pk,)))
    if not may_edit(declaration, request.user):
        return redirect("desk:declaration-detail", pk)
    return edit_page(request, declaration)


def _saved(request: HttpRequest, declaration: Declaration, address: str) -> HttpResponse:
    sent = sent_fields(request.POST.dict())
    revision = key_of(request.POST.get("revision")) or 0

    def work() -> str:
        save(
            declaration,
            sent,
            revision=revision,
            by=request.user,
            on=timezone.localdate(),
        )
        return address

    if request.htmx:
        return saved_fragment(request, declaration, work)
    try:
        return do_once(request, work)
    except Refused as refusal:
        return refused_page(request, declaration.pk, refusal)


def saved_fragment(
    request: HttpRequest, declaration: Declaration, work: Callable[[], object]
) -> HttpResponse:
    """Do a small save for htmx, and answer with its time, or with who saved what before.

    No token is needed: a field that is saved twice is saved once.
    """
    context: dict[str, Any] = {"declaration": declaration, "at": timezone.localtime()}
    try:
        refuse_resumed(request)
        with transaction.atomic():
            work()
        declaration.refresh_from_db()
    except Refused as refusal:
        sent = sent_fields(request.POST.dict())
        own = unquote(request.headers.get("X-Field", ""))
        context |= {"refusal": refusal, "others": differing(declaration, sent, request.user, own)}
    response = render(request, "desk/_declaration_saved.html", context)
    if "refusal" not in context:
        response["HX-Trigger"] = "saved"
    return response


def edit_page(
    request: HttpRequest,
    declaration: Declaration,
    *,
    refusal: Refused | None = None,
    upload: UploadAnnex | None = None,
) -> HttpResponse:
    viewer = request.user
    comments = comments_of(declaration, viewer)
    found = findings.of(declaration, viewer, timezone.localdate(), editing=True)
    zones = Zone.objects.visible_to(viewer).filter(bureau=declaration.bureau, until=None)
    context = {
        "declaration": declaration,
        "entered": declaration.status == DeclarationStatus.ENTERED,
        "lines": annex.lines_of(declaration, comments, viewer),
        "head_pins": annex.pins_of(comments, annex.HEAD_FIELDS | annex.CHANGE_FIELDS),
        "comments": [(one, *annex.place_of(one)) for one in comments],
        "open_comments": sum(one.settled_at is None for one in comments),
        "may_settle": True,
        "may_comment": False,
        "types": ZoneType.choices,
        "rounds": Round.objects.visible_to(viewer),
        "zones": zones,
        "has_roster": declaration.kind in (DeclarationKind.NEW, DeclarationKind.EXTEND),
        "buttons": buttons_of(declaration, viewer),
        "findings": found,
        "severities": findings.severities(),
        "severity": "",
        "blocks": found.blocking,
        "may_edit": True,
        "file": latest_file(declaration, viewer),
        "upload": upload or UploadAnnex(),
        "refusal": refusal,
        "once": token_for(request),
    }
    status = 409 if refusal else 200
    return render(request, "desk/declaration_edit.html", context, status=status)


@require_safe
@login_required
def declaration_findings(request: HttpRequest, pk: int) -> HttpResponse:
    """Show all findings, or those of one severity; to htmx the box alone."""
    demand_page(request.user, "zone.read")
    viewer = request.user
    declaration = declaration_or_404(viewer, pk)
    asked = request.GET.get("severity", "")
    severity = asked if asked in dict(findings.severities()) else ""
    editable = may_edit(declaration, viewer)
    found = findings.of(
        declaration,
        viewer,
        timezone.localdate(),
        severity=severity,
        at_once=True,
        editing=editable,
    )
    context = {
        "declaration": declaration,
        "findings": found,
        "severity": severity,
        "severities": findings.severities(),
        "may_edit": editable,
    }
    part = "_declaration_findings.html" if request.htmx else "declaration_findings.html"
    return render(request, f"desk/{part}", context)


def act_on(
    request: HttpRequest, declaration: Declaration, work: Callable[[int], str]
) -> HttpResponse:
    """Do one thing to a draft, once; ``work`` takes the revision seen and returns the address.

    A refusal is shown on the page of filling in.
    """
    revision = key_of(request.POST.get("revision")) or 0
    try:
        return do_once(request, lambda: work(revision))
    except Refused as refusal:
        return refused_page(request, declaration.pk, refusal)


@require_POST
@login_required
def declaration_zone_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add an empty line to the annex; of a change the line of the chosen zone."""
    declaration = draft_of(request, pk)
    chosen = key_of(request.POST.get("target"))
    target = get_object_or_404(Zone.objects.visible_to(request.user), pk=chosen) if chosen else None

    def work(revision: int) -> str:
        zone = add_zone(
            declaration,
            {"target": target} if target else {},
            revision=revision,
            by=request.user,
            on=timezone.localdate(),
        )
        return f"{reverse('desk:declaration-edit', args=(pk,))}#zone-{zone.pk}"

    return act_on(request, declaration, work)


@require_POST
@login_required
def declaration_zone_remove(request: HttpRequest, pk: int, zone: int) -> HttpResponse:
    """Take a line and its roster out of the annex."""
    declaration = draft_of(request, pk)
    line = zone_or_404(request, declaration, zone)

    def work(revision: int) -> str:
        by = request.user
        remove_zone(line, revision=revision, by=by, on=timezone.localdate())
        messages.success(request, f"已删去“{line.name or '未填名称的区域'}”及其附表。")
        return reverse("desk:declaration-edit", args=(pk,))

    return act_on(request, declaration, work)


def zone_or_404(request: HttpRequest, declaration: Declaration, key: int) -> DeclaredZone:
    zones = DeclaredZone.objects.visible_to(request.user).select_related("declaration")
    return get_object_or_404(zones, declaration=declaration, pk=key)


@require_POST
@login_required
def declaration_explain(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep a word on a warning of the declaration, a zone or a row."""
    declaration = draft_of(request, pk)
    sort, _, key = request.POST.get("target", "").partition(":")
    target: Any = declaration
    if sort == "zone":
        target = zone_or_404(request, declaration, key_of(key) or 0)
    elif sort == "row":
        rows = DeclaredEntity.objects.visible_to(request.user)
        target = get_object_or_404(
            rows.select_related("declared_zone__declaration"),
            declared_zone__declaration=declaration,
            pk=key_of(key),
        )

    def work(revision: int) -> str:
        explain(
            target,
            request.POST.get("code", "")[:60],
            request.POST.get("text", "")[:500],
            revision=revision,
            by=request.user,
            on=timezone.localdate(),
        )
        return f"{reverse('desk:declaration-edit', args=(pk,))}#findings"

    if request.htmx:
        revision = key_of(request.POST.get("revision")) or 0
        return saved_fragment(request, declaration, lambda: work(revision))
    return act_on(request, declaration, work)
