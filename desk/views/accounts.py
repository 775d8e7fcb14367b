"""The administrators' pages: accounts, what is done to one, roles, and the table of permissions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from core.audit.access import Kind, note
from core.errors import Refused
from desk.access import demand_page
from desk.account_lists import ROLES, STATES, asked, bureaus
from desk.forms.accounts import Because, Grant, NewAccount, Rename
from desk.forms.base import SentenceForm
from desk.once import do_once, token_for
from staff import accounts
from staff.models import RoleGrant, User
from staff.permissions import by_object, may
from staff.roles import Role

PER_PAGE = 50


@dataclass(frozen=True)
class Act:
    """Something done to one account: who may, its form, what it brings, and when it is offered."""

    label: str
    verb: str
    effect: str
    do: Callable[..., Any]
    offered: Callable[[User], bool]
    form: type[SentenceForm] = Because


ACTS = {
    "rename": Act(
        *("更名", "account.keep", "只更正姓名，工号不变。"),
        *(accounts.rename_account, lambda user: True, Rename),
    ),
    "disable": Act(
        *("停用", "account.keep", "立即不能登录，尚未执行的任务作废；记录保留，可以再启用。"),
        *(accounts.disable_account, lambda user: user.is_active),
    ),
    "enable": Act(
        *("启用", "account.keep", "恢复停用前的角色和单位；如已变动，请安全管理员重新授权。"),
        *(accounts.enable_account, lambda user: not user.is_active),
    ),
    "reset-password": Act(
        *("重置密码", "account.keep", "原密码立即失效，新的一次性密码只显示一次。"),
        *(accounts.reset_password, lambda user: user.is_active),
    ),
    "withdraw": Act(
        *("收回角色", "role.grant", "账户保留，但不再有任何权限，直到重新授权。"),
        *(accounts.withdraw_role, lambda user: user.is_active and bool(user.role)),
    ),
}
"""What is done to an account with a reason; roles are granted on a page of their own."""


@require_safe
@login_required
def account_list(request: HttpRequest) -> HttpResponse:
    """Show accounts by number, narrowed by what the address asks for."""
    demand_page(request.user, "account.read")
    wanted = asked(request.GET)
    context = {
        "asked": wanted,
        "page": Paginator(wanted.rows(request.user), PER_PAGE).get_page(request.GET.get("page")),
        "roles": ROLES,
        "states": STATES,
        "bureaus": bureaus(),
    }
    return render(request, "desk/account_list.html", context)


def _account(request: HttpRequest, pk: int) -> User:
    rows = User.accounts.visible_to(request.user).select_related("bureau", "station", "unit")
    return get_object_or_404(rows, pk=pk)


@require_safe
@login_required
def account_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one account, the record of its roles, and what this administrator may do to it."""
    demand_page(request.user, "account.read")
    user = _account(request, pk)
    grants = RoleGrant.objects.visible_to(request.user).filter(user=user)
    is_own = user.pk == request.user.pk
    context = {
        "account": user,
        "is_own": is_own,
        "grants": grants.select_related("bureau", "station", "unit", "granted_by"),
        "acts": [
            (name, act.label)
            for name, act in ACTS.items()
            if may(request.user, act.verb) and act.offered(user) and not is_own
        ],
        "may_grant": may(request.user, "role.grant") and user.is_active and not is_own,
    }
    return render(request, "desk/account_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def account_create(request: HttpRequest) -> HttpResponse:
    """Make an account without a role, and show its one-time password once."""
    demand_page(request.user, "account.keep")
    posted = request.method == "POST"
    form = NewAccount(request.POST if posted else None)
    refusal = None
    if posted and form.is_valid():
        try:
            user, password = form.carry_out(request.user)
            return _show_password(request, user, password)
        except Refused as refused:
            refusal = refused
            _tell(request, f"建立账户：{form.cleaned_data['username']}", refusal)
    context = {"form": form, "refusal": refusal}
    return render(request, "desk/account_create.html", context, status=409 if refusal else 200)


def _tell(request: HttpRequest, subject: str, refusal: Refused) -> None:
    """Leave a line in the access log of what was tried and refused; the try itself left nothing."""
    note(request, Kind.ACCOUNT, ok=False, subject=subject, refusal=str(refusal))


def _show_password(request: HttpRequest, user: User, password: str) -> HttpResponse:
    """Answer with the password itself: it is kept nowhere, so no other page can show it."""
    return render(request, "desk/account_password.html", {"account": user, "password": password})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def account_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Do one thing to one account, with a reason."""
    if name not in ACTS:
        raise Http404
    act = ACTS[name]
    demand_page(request.user, act.verb)
    user = _account(request, pk)
    posted = request.method == "POST"
    form = act.form(request.POST if posted else None, initial={"name": user.name})
    refusal = None
    if posted and form.is_valid():
        try:
            return _carry_out(request, act, user, form)
        except Refused as refused:
            refusal = refused
            _tell(request, f"{act.label}：{user}", refusal)
    context = {"account": user, "act": act, "form": form, "refusal": refusal}
    context["once"] = token_for(request)
    return render(request, "desk/account_act.html", context, status=409 if refusal else 200)


def _carry_out(request: HttpRequest, act: Act, user: User, form: SentenceForm) -> HttpResponse:
    if act.do is accounts.reset_password:
        return _show_password(request, user, act.do(user, by=request.user, **form.cleaned_data))

    def work() -> str:
        act.do(user, by=request.user, **form.cleaned_data)
        messages.success(request, f"{user.name}：已{act.label}。")
        return reverse("desk:account-detail", args=(user.pk,))

    return do_once(request, work)


def _has_namesake(user: User) -> bool:
    """Whether another account that may be used bears this name, so that a word on it is asked."""
    others = (
        User.accounts.for_system("whether two persons bear one name")
        .filter(is_active=True, name__iexact=user.name)
        .exclude(role="")
    )
    return others.exclude(pk=user.pk).exists()


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def account_grant(request: HttpRequest, pk: int) -> HttpResponse:
    """Grant a role: the address names it, the form asks for the place it needs."""
    demand_page(request.user, "role.grant")
    user = _account(request, pk)
    role = request.GET.get("role", "")
    posted = request.method == "POST"
    form = None
    if role in Role.values:
        sent = request.POST if posted else None
        form = Grant(sent, role=role, has_namesake=_has_namesake(user))
    refusal = None

    def work() -> str:
        grant = form.carry_out(user, request.user)
        messages.success(request, f"{user.name}：已授权为{grant.get_role_display()}。")
        return reverse("desk:account-detail", args=(user.pk,))

    if posted and form is not None and form.is_valid():
        try:
            return do_once(request, work)
        except Refused as refused:
            refusal = refused
            _tell(request, f"授权：{user}", refusal)
    context = {"account": user, "form": form, "role": role, "roles": Role.choices}
    context |= {"refusal": refusal, "once": token_for(request)}
    context["is_own"] = user.pk == request.user.pk
    return render(request, "desk/account_grant.html", context, status=409 if refusal else 200)


@require_safe
@login_required
def permission_table(request: HttpRequest) -> HttpResponse:
    """Show who may do what, and on what that rests; the viewer's own role stands out."""
    demand_page(request.user, "permission.read")
    context = {
        "roles": list(Role),
        "own": request.user.role,
        "objects": [
            (name, [(row, [(role, role in row.roles) for role in Role]) for row in rows])
            for name, rows in by_object()
        ],
    }
    return render(request, "desk/permission_table.html", context)
