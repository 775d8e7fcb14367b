"""Violations: the list, finding an entity to record one of, recording it, the page of one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from core.errors import Refused
from desk.access import demand_page, entity_or_404
from desk.forms.violation_filters import ViolationFilter
from desk.forms.violations import NewElsewhereForm, NewForm, NewHereForm, RecordForm
from desk.newest import key_of, newest_of
from desk.once import do_once, token_for
from desk.violations import lists
from desk.violations.codes import codes_for
from desk.violations.page import detail, violation_or_404
from entities.models import Entity
from entities.search import find
from redline.actions.violations import record_violation, set_violation_fields
from redline.models import Violation
from redline.violation_workflow import is_passed_on, violation_step_open
from staff.roles import DISTRICT_ROLES

READ, RECORD = "redline.read", "violation.record"
MOST_FOUND = 20
PROBLEM = "查询条件有误，请按红字提示改正后重新查询。"


@require_safe
@login_required
def violation_list(request: HttpRequest) -> HttpResponse:
    """Show the violations that the address asks for, the newest first."""
    demand_page(request.user, READ)
    on = timezone.localdate()
    form = ViolationFilter(request.GET, request.user, on)
    context: dict[str, Any] = {"form": form, "today": on, "city": request.user.sees_city()}
    if not form.is_valid():
        return render(request, "desk/violation_list.html", context | {"problem": PROBLEM})
    page = newest_of(lists.asked_for(form, request.user), request.GET)
    context |= {
        "page": page,
        "lines": lists.lines_of(page.items, request.user),
        "chips": lists.chips(form, request.user),
        "said": form.said,
    }
    return render(request, "desk/violation_list.html", context)


@require_safe
@login_required
def violation_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one violation with what may be done about it."""
    demand_page(request.user, READ)
    return detail(request, violation_or_404(request.user, pk))


@require_safe
@login_required
def violation_new(request: HttpRequest) -> HttpResponse:
    """Find the entity of a violation, by name or code."""
    demand_page(request.user, RECORD)
    text = request.GET.get("text", "").strip()
    entities, asked = find(text, request.user)
    found = list(entities.select_related("bureau", "station").order_by("pk")[: MOST_FOUND + 1])
    context = {
        "text": text,
        "found": found[:MOST_FOUND] if text else [],
        "more": len(found) > MOST_FOUND,
        "message": asked.message if text else "",
        "most": MOST_FOUND,
        "elsewhere": request.user.role in DISTRICT_ROLES,
    }
    return render(request, "desk/violation_new.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def violation_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Record a violation of an entity that this person sees."""
    demand_page(request.user, RECORD)
    entity = entity_or_404(request.user, pk)
    data = request.POST if request.method == "POST" else None
    others = request.user.sees_city() or request.user.bureau_id == entity.bureau_id
    form = NewHereForm(data, on=timezone.localdate(), others=others)
    return _record(request, form, entity)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def violation_add_elsewhere(request: HttpRequest) -> HttpResponse:
    """Record a violation of an entity supervised elsewhere, named by code and name.

    For districts and stations: whoever reads the city finds the entity, a unit what its field is.
    """
    demand_page(request.user, RECORD)
    if request.user.role not in DISTRICT_ROLES:
        raise Http404
    data = request.POST if request.method == "POST" else None
    return _record(request, NewElsewhereForm(data, on=timezone.localdate()), None)


def _record(request: HttpRequest, form: NewForm, entity: Entity | None) -> HttpResponse:
    refusal = None
    if form.is_bound and form.is_valid():
        try:
            return do_once(request, lambda: _recorded(request, form, entity))
        except Refused as refused:
            refusal = refused
    context = {
        "entity": entity,
        "form": form,
        "refusal": refusal,
        "codes": codes_for(entity, request.user, timezone.localdate()),
        "once": token_for(request),
    }
    return render(request, "desk/violation_add.html", context, status=409 if refusal else 200)


def _recorded(request: HttpRequest, form: NewForm, entity: Entity | None) -> str:
    """Record it and say who deals with it now."""
    made = record_violation(
        form.cleaned_data.get("entity", entity),
        **form.columns(),
        by=request.user,
        on=timezone.localdate(),
    )
    if not is_passed_on(made):
        messages.success(request, "已登记，请上传证据材料。")
    else:
        messages.success(
            request, f"已登记并抄告{made.bureau.short_name}，由其接收后研判；请上传证据材料。"
        )
    return reverse("desk:violation-detail", args=(made.pk,))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def violation_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct what was recorded, while nobody has judged it."""
    demand_page(request.user, RECORD)
    violation = violation_or_404(request.user, pk)
    posted = request.method == "POST"
    if not posted and not violation_step_open(violation, "edit", request.user):
        return redirect("desk:violation-detail", pk)
    today = timezone.localdate()
    initial = {name: getattr(violation, name) for name in RecordForm.COLUMNS}
    form = RecordForm(request.POST if posted else None, on=today, initial=initial)
    refusal = None
    if form.is_bound and form.is_valid():
        try:
            return do_once(request, lambda: _edited(request, violation, form))
        except Refused as refused:
            refusal = refused
    seen = key_of(request.POST.get("revision"))
    context = {
        "violation": violation,
        "entity": violation.entity,
        "form": form,
        "refusal": refusal,
        "revision": violation.revision if seen is None else seen,
        "codes": codes_for(violation.entity, request.user, today),
        "once": token_for(request),
    }
    return render(request, "desk/violation_edit.html", context, status=409 if refusal else 200)


def _edited(request: HttpRequest, violation: Violation, form: RecordForm) -> str:
    set_violation_fields(
        violation,
        **form.columns(),
        revision=key_of(request.POST.get("revision")) or 0,
        by=request.user,
        on=timezone.localdate(),
    )
    messages.success(request, "已修改登记。")
    return reverse("desk:violation-detail", args=(violation.pk,))
