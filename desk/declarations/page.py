"""The page of a declaration: found for the viewer, with what it shows and what may be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone

from core.errors import Refused
from desk.declarations import annex, findings, lists
from desk.declarations.way import stations
from desk.newest import keys_of
from desk.once import token_for
from staff.models import User
from zones.models import Declaration
from zones.queries import StepLine, colleagues, comments_of, steps_of
from zones.workflow import HAND_OVERS, STEPS, available, involved, may_comment, may_edit

LOOKS = {
    **dict.fromkeys(("submit", "confirm", "review", "approve"), "btn-primary"),
    **dict.fromkeys(("take", "accept"), "btn-outline-primary"),
    **dict.fromkeys(("refuse", "discard", "decline", "retract"), "btn-outline-danger"),
}


@dataclass(frozen=True)
class Button:
    """A step that is open: ``hands`` where it also asks for a colleague."""

    action: str
    label: str
    look: str
    hands: bool


@dataclass(frozen=True)
class Typed:
    """What was filled in, to be kept when something is refused."""

    opinion: str = ""
    to: str = ""
    text: str = ""
    left_zones: Sequence[int] = ()
    left_rows: Sequence[int] = ()
    left_codes: str = ""
    left_reason: str = ""


def typed_in(data: QueryDict) -> Typed:
    return Typed(
        opinion=data.get("opinion", ""),
        to=data.get("to", ""),
        text=data.get("text", ""),
        left_zones=keys_of(data.getlist("left_zones")),
        left_rows=keys_of(data.getlist("left_rows")),
        left_codes=data.get("left_codes", ""),
        left_reason=data.get("left_reason", ""),
    )


def declaration_or_404(viewer: User, pk: int) -> Declaration:
    """Return a declaration of the viewer's scope; one outside it does not exist for the viewer."""
    found = (
        Declaration.objects.visible_to(viewer)
        .select_related(
            *("bureau", "round", "handler", "filed_by", "submitted_by", "reviewed_by"),
            *("decided_by", "edited_by"),
        )
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise Http404
    return found


def detail(
    request: HttpRequest,
    declaration: Declaration,
    *,
    typed: Typed | None = None,
    refusal: Refused | None = None,
    effect: Any = None,
) -> HttpResponse:
    """Render the page; after a refusal with what was typed and status 409."""
    viewer: Any = request.user
    context = {
        **_reading(declaration, viewer),
        **_doing(declaration, viewer),
        "pinned": request.GET.get("pin", ""),
        "typed": typed or Typed(),
        "refusal": refusal,
        "effect": effect,
        "once": token_for(request),
    }
    status = 409 if refusal else 200
    return render(request, "desk/declaration_detail.html", context, status=status)


def _reading(declaration: Declaration, viewer: User) -> dict[str, Any]:
    """Return what is read: the annex, comments, findings, the steps so far."""
    comments = comments_of(declaration, viewer)
    lines = annex.lines_of(declaration, comments, viewer)
    steps = steps_of(declaration, viewer)
    return {
        "declaration": declaration,
        "lines": lines,
        "head_pins": annex.pins_of(comments, annex.HEAD_FIELDS),
        "phone": annex.phone_of(declaration, viewer),
        "comments": [(one, *annex.place_of(one)) for one in comments],
        "open_comments": sum(one.settled_at is None for one in comments),
        "pin_choices": annex.pin_choices(declaration, lines),
        "severities": findings.severities(),
        "severity": "",
        "steps": steps,
        "way": stations(declaration, [line.step for line in steps]),
        "handled_by": lists.handled_by(declaration),
        "days": _days(declaration, steps, timezone.localdate()),
    }


def _doing(declaration: Declaration, viewer: User) -> dict[str, Any]:
    """Return what this person may do now, with the findings that stand in its way."""
    buttons = buttons_of(declaration, viewer)
    actions = {one.action for one in buttons}
    found = findings.of(declaration, viewer, timezone.localdate())
    decides = "approve" in actions
    return {
        "may_edit": may_edit(declaration, viewer),
        "may_comment": may_comment(declaration, viewer),
        "may_settle": may_edit(declaration, viewer),
        "buttons": buttons,
        "colleagues": colleagues(declaration, viewer) if any(b.hands for b in buttons) else (),
        "why_not": why_not(declaration, viewer),
        "findings": found,
        "blocks": found.blocking if actions & {"submit", "confirm"} else 0,
        "may_part": decides,
        "doubtful_rows": found.doubtful_rows() if decides else (),
    }


def buttons_of(declaration: Declaration, viewer: User) -> list[Button]:
    return [
        Button(
            action=action,
            label=STEPS[action].label,
            look=LOOKS.get(action, "btn-outline-secondary"),
            hands=action in HAND_OVERS.values(),
        )
        for action in available(declaration, viewer)
    ]


def why_not(declaration: Declaration, viewer: User) -> str:
    """Say why somebody who has part in a declaration has no step, where that is the reason."""
    steps = [
        step for step in STEPS.values() if step.by_another and declaration.status in step.sources
    ]
    if any(viewer.pk in involved(declaration, step) for step in steps):
        return "您填报、提交或审核过该申报，下一步须由他人办理。"
    return ""


def _days(declaration: Declaration, steps: Sequence[StepLine], today: date) -> int | None:
    if declaration.status in lists.ENDED:
        return None
    last = steps[-1].step.recorded_at if steps else None
    return lists.days_since(last, declaration, today)
