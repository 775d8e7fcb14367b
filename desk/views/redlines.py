"""Lists as they are read: the overview, a version, its history, two side by side, on paper."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.errors import Refused
from desk.access import demand_page
from desk.forms.redlines import ApproveList
from desk.newest import key_of
from desk.once import token_for
from desk.redlines.access import version_or_404
from desk.redlines.comparing import asked_of, choices_of, comparison_of, kind_of
from desk.redlines.shown import doing, reading, state_of, title_of
from redline import lists
from redline.choices import ListKind
from redline.items import FIELDS
from redline.models import ListVersion
from redline.workbooks import row_of
from redline.workflow import may_own
from staff.models import Bureau
from staff.permissions import may


@require_safe
@login_required
def redline_lists(request: HttpRequest) -> HttpResponse:
    """Show the list of the city and of every bureau, also of those that have none."""
    demand_page(request.user, "redline.read")
    viewer, on, kind = request.user, timezone.localdate(), kind_of(request.GET)
    lines = lists.overview(kind, on, viewer)
    own = next((line for line in lines if _is_own(line.bureau, viewer)), None)
    drafts = may(viewer, "redline.draft") or may(viewer, "redline.draft_city")
    context = {
        "kind": kind,
        "kinds": ListKind.choices,
        "label": ListKind(kind).label,
        "city": lines[0],
        "lines": sorted(lines[1:], key=lambda line: line is not own),
        "former": lists.former(kind, on),
        "without": sum(line.in_force is None for line in lines[1:]),
        "waiting": [(one, title_of(one)) for one in lists.waiting_for(viewer)],
        "proposal": lists.proposal(kind),
        "may_begin": drafts and own is not None and own.draft is None,
        "own": own,
        "on": on,
    }
    return render(request, "desk/redline_lists.html", context)


def _is_own(bureau: Bureau | None, viewer: Any) -> bool:
    return bureau is None if viewer.sees_city() else bureau == viewer.bureau


@require_safe
@login_required
def redline_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a version: its items by group, its steps, and what may be done now."""
    demand_page(request.user, "redline.read")
    return detail(request, version_or_404(request.user, pk))


def detail(
    request: HttpRequest,
    version: ListVersion,
    *,
    form: ApproveList | None = None,
    refusal: Refused | None = None,
) -> HttpResponse:
    """Render the page of a version; after a refusal with what was typed and status 409."""
    viewer: Any = request.user
    begun = {"since": version.since, "document_number": version.document_number}
    context = {
        **reading(version, viewer),
        **doing(version, viewer),
        "form": form or ApproveList(initial=begun),
        "opinion": request.POST.get("opinion", ""),
        "refusal": refusal,
        "may_begin": _may_begin_from(version, viewer),
        "once": token_for(request),
    }
    return render(request, "desk/redline_detail.html", context, status=409 if refusal else 200)


def _may_begin_from(version: ListVersion, viewer: Any) -> bool:
    """Whether this account drafts lists of its own, with this version to start from."""
    drafts = may(viewer, "redline.draft") or may(viewer, "redline.draft_city")
    return drafts and (version.status != "draft" or not may_own(version, viewer))


@require_safe
@login_required
def redline_history(request: HttpRequest) -> HttpResponse:
    """Show the versions of one list, the newest first, with the days on which each applied."""
    demand_page(request.user, "redline.read")
    viewer, on, kind = request.user, timezone.localdate(), kind_of(request.GET)
    key = key_of(request.GET.get("bureau"))
    bureau = get_object_or_404(Bureau, pk=key) if key else None
    spans = lists.history(kind, bureau, viewer)
    items = lists.items_of(*(span.version for span in spans))
    context = {
        "kind": kind,
        "label": ListKind(kind).label,
        "bureau": bureau,
        "lines": [
            (span, *state_of(span.version, on), len(items[span.version.pk])) for span in spans
        ],
        "spans": spans,
    }
    return render(request, "desk/redline_history.html", context)


@require_safe
@login_required
def redline_compare(request: HttpRequest) -> HttpResponse:
    """Hold two versions side by side; what is shown stands in the address."""
    demand_page(request.user, "redline.read")
    viewer, on = request.user, timezone.localdate()
    asked = asked_of(request.GET, viewer, on)
    context = {
        "asked": asked,
        "kinds": ListKind.choices,
        "label": ListKind(asked.kind).label,
        "choices": choices_of(asked.kind, viewer, on),
        "one_title": title_of(asked.one) if asked.one else "",
        "other_title": title_of(asked.other) if asked.other else "",
        "shown": comparison_of(asked),
    }
    return render(request, "desk/redline_compare.html", context)


@require_safe
@login_required
def redline_print(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a version to be printed, A4."""
    demand_page(request.user, "redline.read")
    version = version_or_404(request.user, pk)
    read = reading(version, request.user)
    context = {
        **read,
        "fields": FIELDS[version.kind],
        "rows": [row_of(version.kind, item) for item in read["items"]],
        "today": timezone.localdate(),
    }
    return render(request, "desk/redline_print.html", context)
