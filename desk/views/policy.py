"""The policy as people read it: clauses, limits of a day, the rule book; and the term tables."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from core.errors import Refused
from core.models import Job
from desk.access import demand_page
from desk.context import moment_of
from desk.forms.policy import EndTerm, LoadText
from desk.once import do_once, token_for
from desk.templatetags.sandbox import in_words
from desk.terms import TERM_TABLES, TermTable, hits_of, rows_of
from entities.actions.terms import end_term
from entities.models import Industry, SafetyTerm
from membership.findings import Outcome
from membership.rules import RULES, Rule
from policy.queries import clause_rows, differences, limit_rows, versions
from staff.permissions import may

DECIDERS = {"rule": "规则", "officer": "监管人员", "document": "文件"}
PER_PAGE = 100
PLACE = re.compile(r"\{(\w+)\}")
FIGURES = {
    "letters": "参数中的分类",
    "carried": "参数中的沿用月数",
    "touched": "涉及的领域",
    "doubtful": "待核实的领域",
}
"""Names of what sentences take in beside the facts."""


@require_safe
@login_required
def policy(request: HttpRequest) -> HttpResponse:
    """Show clauses beside their wording, the limits of a day, their versions, the rule book."""
    demand_page(request.user, "policy.read")
    moment = moment_of(request)
    version, limits = limit_rows(moment.on)
    context = {
        "moment": moment,
        "clauses": [(row, DECIDERS[row.clause.decided_by]) for row in clause_rows()],
        "version": version,
        "limits": limits,
        "versions": [(one, differences(one)) for one in versions()],
        "rules": [_book(rule) for rule in RULES],
    }
    return render(request, "desk/policy.html", context)


def _book(rule: type[Rule]) -> dict[str, Any]:
    """Return one rule as the rule book shows it."""
    doc = [line.strip() for line in (rule.__doc__ or "").strip().splitlines()]
    return {
        "title": rule.title,
        "summary": in_words(doc[0]) if doc else "",
        "clause": rule.clause,
        "effect": rule.effect.label,
        "grounds": "、".join(ground.label for ground in rule.grounds),
        "facts": "、".join(rule.labels[name] for name in rule.facts),
        "source": rule.source.model._meta.verbose_name,
        "wording": [(_outcome(key), _with_names(rule, said)) for key, said in rule.wording.items()],
        "change": [(_outcome(key), _with_names(rule, said)) for key, said in rule.change.items()],
    }


def _with_names(rule: type[Rule], template: str) -> str:
    """Show where a sentence takes a fact in, by the fact's name: 〔分类月份〕."""
    names = FIGURES | rule.labels
    return PLACE.sub(lambda found: f"〔{names.get(found[1], found[1])}〕", template)


def _outcome(key: str) -> str:
    return Outcome(key.split(".")[0]).label


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def policy_load(request: HttpRequest) -> HttpResponse:
    """Load the official wording from a text file."""
    demand_page(request.user, "policy.load")
    posted = request.method == "POST"
    form = LoadText(request.POST, request.FILES) if posted else LoadText()
    refusal = None
    if posted and form.is_valid():
        try:
            return do_once(request, lambda: _loaded(request, form))
        except Refused as refused:
            refusal = refused
    context = {"form": form, "refusal": refusal, "once": token_for(request)}
    return render(request, "desk/policy_load.html", context, status=409 if refusal else 200)


def _loaded(request: HttpRequest, form: LoadText) -> str:
    messages.success(request, form.carry_out(request.user))
    return reverse("desk:policy")


def _table(name: str) -> TermTable:
    if name not in TERM_TABLES:
        raise Http404
    return TERM_TABLES[name]


@require_safe
@login_required
def term_list(request: HttpRequest, table: str = "safety") -> HttpResponse:
    """Show one term table, the terms in use or also the ended ones, to the city with their hits."""
    demand_page(request.user, "policy.read")
    found = _table(table)
    today = timezone.localdate()
    may_edit = may(request.user, "terms.edit")
    page = Paginator(rows_of(found, today, request.GET), PER_PAGE).get_page(request.GET.get("page"))
    counting = may_edit and "hits" in request.GET
    hits = hits_of(found, today) if counting else None
    codes = [row.words for row in page if row.by == SafetyTerm.By.INDUSTRY]
    names = dict(Industry.objects.filter(code__in=codes).values_list("code", "name"))
    context = {
        "table": found,
        "name": table,
        "tables": [(key, one.label) for key, one in TERM_TABLES.items()],
        "page": page,
        "rows": [
            (row, None if hits is None else hits.get(row.pk, 0), names.get(row.words, ""))
            for row in page
        ],
        "counting": counting,
        "too_long": counting and hits is None,
        "may_edit": may_edit,
        "group": request.GET.get("group", ""),
        "text": request.GET.get("text", ""),
        "ended": request.GET.get("ended", ""),
        "today": today,
        "job": _deriving(found),
    }
    return render(request, "desk/term_list.html", context)


def _deriving(table: TermTable) -> Job | None:
    """Return the derivation that follows an edit while it waits or runs."""
    jobs = Job.objects.for_system("whether the table is being applied")
    return jobs.filter(kind=table.job, status__in=(Job.Status.QUEUED, Job.Status.RUNNING)).first()


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def term_add(request: HttpRequest, table: str) -> HttpResponse:
    """Add a term from a day on; everything is derived anew afterwards."""
    demand_page(request.user, "terms.edit")
    found = _table(table)
    posted = request.method == "POST"
    form = found.form(request.POST if posted else None, on=timezone.localdate())

    def work() -> str:
        row = form.carry_out(request.user)
        messages.success(request, f"已新增“{row.words}”，正在后台重新判定全部主体。")
        return reverse("desk:term-list", args=(table,))

    return _edit(request, form, work, {"table": found, "name": table, "title": "新增"})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def term_end(request: HttpRequest, table: str, pk: int) -> HttpResponse:
    """Let a term count no more from a day on; everything is derived anew afterwards."""
    demand_page(request.user, "terms.edit")
    found = _table(table)
    term = found.model.objects.for_system("editing a term").current().filter(pk=pk).first()
    if term is None:
        messages.error(request, "该用语已被他人更新，请在表中重新选择。")
        return redirect("desk:term-list", table)
    posted = request.method == "POST"
    today = timezone.localdate()
    form = EndTerm(request.POST if posted else None, initial={"until": today})

    def work() -> str:
        end_term(term, until=form.cleaned_data["until"], by=request.user)
        messages.success(request, f"已终止“{term.words}”，正在后台重新判定全部主体。")
        return reverse("desk:term-list", args=(table,))

    context = {"table": found, "name": table, "title": f"终止“{term.words}”"}
    return _edit(request, form, work, context)


def _edit(request: HttpRequest, form: Any, work: Any, context: dict[str, Any]) -> HttpResponse:
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            return do_once(request, work)
        except Refused as refused:
            refusal = refused
    context |= {"form": form, "refusal": refusal, "once": token_for(request)}
    return render(request, "desk/term_edit.html", context, status=409 if refusal else 200)
