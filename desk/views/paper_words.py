"""The words of the check of papers: everybody reads them, the city adds and ends them."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from core.errors import Refused
from core.models import PaperWord
from desk.access import demand_page
from desk.forms.papers import AddWord
from desk.once import do_once, token_for
from desk.papers.shown import READ
from desk.views.papers import CONFLICT
from redline.papers.wordlist import VERB, add_word, end_word
from staff.permissions import may

OPEN_TO_ALL = "a reference table open to all"


@require_safe
@login_required
def word_list(request: HttpRequest) -> HttpResponse:
    """Show the words in use, on request the ended ones too."""
    demand_page(request.user, READ)
    rows = PaperWord.objects.for_system(OPEN_TO_ALL).current()
    if not request.GET.get("ended"):
        rows = rows.filter(until=None)
    words = request.GET.get("text", "").strip()[:100]
    if words:
        rows = rows.filter(Q(word__contains=words) | Q(instead__contains=words))
    effect = request.GET.get("effect", "")
    if effect in PaperWord.Effect.values:
        rows = rows.filter(effect=effect)
    context = {
        "rows": rows.select_related("recorded_by").order_by("effect", "word", "pk"),
        "effects": PaperWord.Effect.choices,
        "effect": effect,
        "text": words,
        "ended": bool(request.GET.get("ended")),
        "may_edit": may(request.user, VERB),
    }
    return render(request, "desk/paper_words.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def word_add(request: HttpRequest) -> HttpResponse:
    """Add a word to the check."""
    demand_page(request.user, VERB)
    form = AddWord(request.POST if request.method == "POST" else None)
    refusal = None
    if form.is_bound and form.is_valid():
        try:
            return do_once(request, lambda: _added(request, form))
        except Refused as refused:
            refusal = refused
    context = {"form": form, "row": None, "refusal": refusal, "once": token_for(request)}
    status = CONFLICT if refusal else 200
    return render(request, "desk/paper_word_edit.html", context, status=status)


def _added(request: HttpRequest, form: AddWord) -> str:
    said = form.cleaned_data
    row = add_word(
        said["word"],
        said["effect"],
        instead=said["instead"],
        by=request.user,
        on=timezone.localdate(),
    )
    messages.success(request, f"已增加“{row.word}”（{row.get_effect_display()}），即时生效。")
    return reverse("desk:paper-words")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def word_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a word of the check, after a look at it."""
    demand_page(request.user, VERB)
    row = PaperWord.objects.for_system(OPEN_TO_ALL).filter(pk=pk).first()
    if row is None:
        raise Http404
    refusal = None
    if request.method == "POST":
        try:
            return do_once(request, lambda: _ended(request, row))
        except Refused as refused:
            refusal = refused
    context = {"form": None, "row": row, "refusal": refusal, "once": token_for(request)}
    status = CONFLICT if refusal else 200
    return render(request, "desk/paper_word_edit.html", context, status=status)


def _ended(request: HttpRequest, row: PaperWord) -> str:
    end_word(row, by=request.user, on=timezone.localdate())
    messages.success(request, f"已终止“{row.word}”，即时生效。")
    return reverse("desk:paper-words")
