"""The liaison log of zones (对接机制): entries, answers, tasks, contacts."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import Refused
from desk.access import demand_page
from desk.forms.liaison import AnswerForm, ContactForm, EntryForm, TaskForm
from desk.newest import newest_of
from desk.once import do_once, token_for
from desk.zones.access import zone_or_404
from staff.permissions import may
from zones.actions import liaison
from zones.choices import LiaisonKind, TaskStatus
from zones.models import LiaisonEntry, LiaisonTask, Zone, ZoneContact

VERB = "zone.liaise"
STATES = ((TaskStatus.OPEN.value, "待办"), ("closed", "已办结"))


def _log(zone_id: int) -> str:
    return f"{reverse('desk:zone-detail', args=(zone_id,))}?tab=liaison"


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def entry_add(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Write an entry of a zone's log."""
    demand_page(request.user, VERB)
    zone = zone_or_404(request.user, pk)
    if kind not in LiaisonKind.values:
        raise Http404
    today = timezone.localdate()
    data = request.POST if request.method == "POST" else None
    form = EntryForm(data, kind=kind, zone=zone, by=request.user, initial={"day": today})

    def work() -> str:
        said = form.cleaned_data
        entry = liaison.record(
            zone,
            kind,
            said["day"],
            said["title"],
            text=said["text"],
            people=said["people"],
            entity=said["code"],
            by=request.user,
            on=today,
        )
        messages.success(request, "已记录。")
        return reverse("desk:liaison-entry", args=(entry.pk,))

    label = f"记{LiaisonKind(kind).label}"
    return _form_page(request, zone, label, form, work, _log(pk))


def _form_page(
    request: HttpRequest,
    zone: Zone,
    label: str,
    form: EntryForm | ContactForm,
    work: Callable[[], str],
    back: str,
) -> HttpResponse:
    refusal = None
    if form.is_bound and form.is_valid():
        try:
            return do_once(request, work)
        except Refused as refused:
            refusal = refused
    context = {
        "zone": zone,
        "label": label,
        "form": form,
        "refusal": refusal,
        "back": back,
        "ends": getattr(form, "contact", None) is not None,
        "once": token_for(request),
    }
    return render(request, "desk/zone_form.html", context, status=409 if refusal else 200)


def _entry(request: HttpRequest, pk: int) -> LiaisonEntry:
    rows = LiaisonEntry.objects.visible_to(request.user)
    return get_object_or_404(
        rows.select_related("zone__bureau", "entity", "made_by", "answered_by"), pk=pk
    )


@require_safe
@login_required
def entry_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an entry with its tasks, and what this person may do about it."""
    demand_page(request.user, "zone.read")
    entry = _entry(request, pk)
    tasks = LiaisonTask.objects.visible_to(request.user).filter(entry=entry)
    liaises = may(request.user, VERB)
    context = {
        "entry": entry,
        "tasks": list(tasks.select_related("assignee", "done_by")),
        "today": timezone.localdate(),
        "answers": liaises and entry.kind in liaison.ANSWERED and entry.answered_on is None,
        "answer_form": AnswerForm(),
        "task_form": TaskForm(zone=entry.zone) if liaises else None,
        "once": token_for(request),
    }
    return render(request, "desk/liaison_entry.html", context)


@require_POST
@login_required
def entry_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer a clue or a request."""
    demand_page(request.user, VERB)
    entry = _entry(request, pk)
    form = AnswerForm(request.POST)
    today = timezone.localdate()

    def work() -> str:
        _demand(form)
        liaison.answer(entry, form.cleaned_data["text"], by=request.user, on=today)
        messages.success(request, "已记下答复。")
        return reverse("desk:liaison-entry", args=(pk,))

    return _act(request, reverse("desk:liaison-entry", args=(pk,)), work)


@require_POST
@login_required
def task_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a task of an entry."""
    demand_page(request.user, VERB)
    entry = _entry(request, pk)
    form = TaskForm(request.POST, zone=entry.zone)

    def work() -> str:
        _demand(form)
        task = liaison.make_task(
            entry, **form.cleaned_data, by=request.user, on=timezone.localdate()
        )
        messages.success(request, f"已交办给{task.assignee.name}，期限{task.due_on}。")
        return reverse("desk:liaison-entry", args=(pk,))

    return _act(request, reverse("desk:liaison-entry", args=(pk,)), work)


def _demand(form: AnswerForm | TaskForm) -> None:
    """Refuse with the first sentence of a form that is not filled in."""
    if not form.is_valid():
        raise Refused("", "".join(error for errors in form.errors.values() for error in errors))


def _act(request: HttpRequest, back: str, work: Callable[[], str]) -> HttpResponse:
    """Do it once; a refusal is shown on the page it came from."""
    try:
        return do_once(request, work)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(back)


@require_safe
@login_required
def task_list(request: HttpRequest) -> HttpResponse:
    """Show tasks: one's own, or all of the bureau's, with how near each limit is."""
    demand_page(request.user, "zone.read")
    liaises = may(request.user, VERB)
    whose = request.GET.get("whose", "mine" if liaises else "all")
    state = request.GET.get("state", TaskStatus.OPEN.value)
    state = state if state in dict(STATES) else TaskStatus.OPEN.value
    rows = LiaisonTask.objects.visible_to(request.user)
    if whose == "mine":
        rows = rows.filter(assignee=request.user)
    waiting = rows.filter(status=TaskStatus.OPEN)
    rows = waiting if state == TaskStatus.OPEN else rows.exclude(status=TaskStatus.OPEN)
    page = newest_of(
        rows.select_related("entry__zone__bureau", "assignee", "made_by", "done_by"), request.GET
    )
    if state == TaskStatus.OPEN:
        page.items.sort(key=lambda task: (task.due_on, task.pk))
    context = {
        "page": page,
        "whose": whose,
        "state": state,
        "states": STATES,
        "today": timezone.localdate(),
        "liaises": liaises,
        "once": token_for(request),
    }
    return render(request, "desk/task_list.html", context)


@require_POST
@login_required
def task_finish(request: HttpRequest, pk: int) -> HttpResponse:
    """End a task with its result, or drop it with a reason."""
    demand_page(request.user, VERB)
    task = get_object_or_404(LiaisonTask.objects.visible_to(request.user), pk=pk)
    back = reverse("desk:task-list")
    dropped = request.POST.get("dropped") == "1"

    def work() -> str:
        result = request.POST.get("result", "")
        today = timezone.localdate()
        liaison.finish_task(task, result, by=request.user, on=today, dropped=dropped)
        messages.success(request, "已记为无需办理。" if dropped else "已办结。")
        return back

    return _act(request, back, work)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def contact_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add with whom a zone is worked."""
    demand_page(request.user, VERB)
    zone = zone_or_404(request.user, pk)
    form = ContactForm(request.POST if request.method == "POST" else None)

    def work() -> str:
        liaison.add_contact(zone, **form.cleaned_data, by=request.user, on=timezone.localdate())
        messages.success(request, "已添加对接联系人。")
        return reverse("desk:zone-detail", args=(pk,))

    back = reverse("desk:zone-detail", args=(pk,))
    return _form_page(request, zone, "添加对接联系人", form, work, back)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def contact_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a contact, or take it out of use; who is not named anew stays."""
    demand_page(request.user, VERB)
    rows = ZoneContact.objects.visible_to(request.user).select_related("zone__bureau")
    contact = get_object_or_404(rows, pk=pk)
    back = reverse("desk:zone-detail", args=(contact.zone_id,))
    today = timezone.localdate()
    if request.POST.get("end") == "1":

        def end() -> str:
            liaison.end_contact(contact, by=request.user, on=today)
            messages.success(request, "已停用该联系人。")
            return back

        return _act(request, back, end)
    form = ContactForm(request.POST if request.method == "POST" else None, contact=contact)

    def work() -> str:
        said = form.cleaned_data
        said["person"] = said["person"] or contact.person
        said["phone"] = said["phone"] or None
        liaison.change_contact(contact, **said, by=request.user, on=today)
        messages.success(request, "已修改对接联系人。")
        return back

    return _form_page(request, contact.zone, "修改对接联系人", form, work, back)
