"""What is done about a violation from its own page: small forms, one verb each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from core.errors import Refused
from desk.access import demand_page
from desk.newest import key_of
from desk.once import do_once
from desk.violations.page import detail, form_of, violation_or_404
from redline.actions.cases import close_case, decide_case, extend_case, take_measure
from redline.actions.violations import (
    correct_supervisor,
    not_a_touch,
    pass_on,
    receive,
    set_handling,
    void_violation,
)
from redline.models import Case, Violation

JUDGE = "violation.judge"
Verb = Callable[[Violation, dict[str, Any]], object]


def _act(
    request: HttpRequest, pk: int, name: str, part: str, verb: Verb, said: str
) -> HttpResponse:
    """Do one verb with what its form says; show the page with the form where it cannot be done.

    ``part`` is where on the page the person comes back to.
    """
    violation = violation_or_404(request.user, pk)
    form = form_of(name, request.POST) if name else forms.Form(request.POST)
    refusal = None

    def work() -> str:
        verb(violation, form.cleaned_data)
        messages.success(request, said)
        return reverse("desk:violation-detail", args=(pk,)) + part

    if form.is_valid():
        try:
            return do_once(request, work)
        except Refused as refused:
            refusal = refused
    bound = {name: form} if name else {}
    return detail(request, violation_or_404(request.user, pk), bound=bound, refusal=refusal)


def _who(request: HttpRequest) -> dict[str, Any]:
    return {"by": request.user, "on": timezone.localdate()}


def _seen(request: HttpRequest) -> int:
    return key_of(request.POST.get("revision")) or 0


@require_POST
@login_required
def violation_receive(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a violation that somebody else found and passed on (抄告)."""
    demand_page(request.user, JUDGE)

    def verb(violation: Violation, said: dict[str, Any]) -> object:
        return receive(violation, **_who(request))

    return _act(request, pk, "", "", verb, "已接收抄告，请研判是否触碰。")


@require_POST
@login_required
def violation_why_not(request: HttpRequest, pk: int) -> HttpResponse:
    """Say why no red line was touched."""
    demand_page(request.user, JUDGE)

    def verb(violation: Violation, said: dict[str, Any]) -> object:
        return not_a_touch(violation, **said, revision=_seen(request), **_who(request))

    return _act(request, pk, "why_not", "", verb, "已认定不属触碰，按一般违法办理。")


@require_POST
@login_required
def violation_handling(request: HttpRequest, pk: int) -> HttpResponse:
    """Say how the violation was dealt with by law (readings 8)."""
    demand_page(request.user, JUDGE)

    def verb(violation: Violation, said: dict[str, Any]) -> object:
        return set_handling(violation, **said, revision=_seen(request), **_who(request))

    return _act(request, pk, "handling", "", verb, "已登记处理。")


@require_POST
@login_required
def violation_supervisor(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct who supervised the entity on the day of the act, with a reason."""
    demand_page(request.user, JUDGE)

    def verb(violation: Violation, said: dict[str, Any]) -> object:
        return correct_supervisor(violation, **said, revision=_seen(request), **_who(request))

    return _act(request, pk, "supervisor", "#list", verb, "已更正，按更正后的监管机关适用清单。")


@require_POST
@login_required
def violation_pass_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Pass a violation on to the bureau that supervises the entity now."""
    demand_page(request.user, JUDGE)

    def verb(violation: Violation, said: dict[str, Any]) -> object:
        return pass_on(violation, **said, revision=_seen(request), **_who(request))

    return _act(request, pk, "", "", verb, "已转办。")


@require_POST
@login_required
def violation_void(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a record void, with a reason; it stays readable."""
    demand_page(request.user, "violation.record")

    def verb(violation: Violation, said: dict[str, Any]) -> object:
        return void_violation(violation, **said, revision=_seen(request), **_who(request))

    return _act(request, pk, "void", "", verb, "已作废。")


@require_POST
@login_required
def violation_measure(request: HttpRequest, pk: int) -> HttpResponse:
    """Record 查封扣押 or 移送公安."""
    demand_page(request.user, "case.decide")

    def verb(violation: Violation, said: dict[str, Any]) -> object:
        return take_measure(violation, **said, **_who(request))

    return _act(request, pk, "measure", "#measures", verb, "已登记措施。")


CASE_VERBS: dict[str, tuple[str, Callable[..., Case], str]] = {
    "decide": ("case.decide", decide_case, "已登记立案决定。"),
    "extend": ("case.extend", extend_case, "已批准延长立案期限。"),
    "close": ("case.decide", close_case, "已登记结案。"),
}
"""Each step of the second clock: who may, the verb, and what is said of it."""


@require_POST
@login_required
def violation_case(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """Take a step of the second clock: decide, extend or close (readings 11)."""
    if step not in CASE_VERBS:
        raise Http404
    right, function, done = CASE_VERBS[step]
    demand_page(request.user, right)

    def verb(violation: Violation, said: dict[str, Any]) -> object:
        case = Case.objects.visible_to(request.user).filter(violation=violation).first()
        if case is None:
            raise Refused("readings 11", "该违法行为没有起算立案期限：触碰经批准后起算。")
        return function(case, **said, **_who(request))

    return _act(request, pk, f"case_{step}", "#case", verb, done)


ACTS = {
    "receive": violation_receive,
    "why-not": violation_why_not,
    "handling": violation_handling,
    "supervisor": violation_supervisor,
    "pass-on": violation_pass_on,
    "void": violation_void,
    "measure": violation_measure,
}
"""The view of each small form, by the last part of its address."""
