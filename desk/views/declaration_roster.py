"""The roster of a declared zone: read by everybody concerned, edited in the draft."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from core.errors import Refused
from desk.access import demand_page
from desk.declarations import roster
from desk.declarations.editing import save, sent_fields
from desk.declarations.page import declaration_or_404
from desk.newest import key_of, keys_of
from desk.once import do_once, token_for
from desk.views.declaration_edit import draft_of, saved_fragment, zone_or_404
from zones.actions.rows import add_lines, add_rows, remove_rows
from zones.models import Declaration, DeclaredZone
from zones.queries import comments_of
from zones.workflow import may_comment, may_edit

PAGES = ("page", "q")


@require_safe
@login_required
def declaration_roster(request: HttpRequest, pk: int, zone: int) -> HttpResponse:
    """Show a page of the roster, to be typed in where it is a draft."""
    demand_page(request.user, "zone.read")
    declaration = declaration_or_404(request.user, pk)
    return _page(request, declaration, zone_or_404(request, declaration, zone))


def _page(
    request: HttpRequest,
    declaration: Declaration,
    zone: DeclaredZone,
    *,
    refusal: Refused | None = None,
    pasted: str = "",
) -> HttpResponse:
    page = roster.page_of(zone, request.GET, request.user)
    comments = comments_of(declaration, request.user)
    editable = may_edit(declaration, request.user)
    context = {
        "declaration": declaration,
        "zone": zone,
        "page": page,
        "lines": roster.lines_of(page, comments),
        "q": request.GET.get("q", ""),
        "row": request.GET.get("row", ""),
        "may_edit": editable,
        "may_comment": may_comment(declaration, request.user),
        "found": roster.offered(request.GET, request.user) if editable else None,
        "asked": {name: request.GET.get(name, "") for name in ("text", "address", "street")},
        "streets": roster.streets_of(zone) if editable else (),
        "most_lines": roster.MOST_LINES,
        "most_at_once": roster.MOST_AT_ONCE,
        "refusal": refusal,
        "pasted": pasted,
        "once": token_for(request),
    }
    status = 409 if refusal else 200
    return render(request, "desk/declaration_roster.html", context, status=status)


def _address(declaration: Declaration, zone: DeclaredZone, kept: QueryDict | None = None) -> str:
    """Return the address of the roster, on the page that it was seen on."""
    address = reverse("desk:declaration-roster", args=(declaration.pk, zone.pk))
    query = QueryDict(mutable=True)
    for name in PAGES:
        if kept is not None and kept.get(name):
            query[name] = kept[name]
    return f"{address}?{query.urlencode()}" if query else address


@require_POST
@login_required
def declaration_roster_save(request: HttpRequest, pk: int, zone: int) -> HttpResponse:
    """Take rows as they are typed, or a whole page of them."""
    declaration = draft_of(request, pk)
    line = zone_or_404(request, declaration, zone)

    def work() -> str:
        save(
            declaration,
            sent_fields(request.POST.dict()),
            revision=key_of(request.POST.get("revision")) or 0,
            by=request.user,
            on=timezone.localdate(),
        )
        return _address(declaration, line, request.GET)

    if request.htmx:
        return saved_fragment(request, declaration, work)
    try:
        return do_once(request, work)
    except Refused as refusal:
        return _page(request, declaration, line, refusal=refusal)


@require_POST
@login_required
def declaration_roster_edit(request: HttpRequest, pk: int, zone: int) -> HttpResponse:
    """Add pasted lines, what was ticked or all that a search found; or take ticked rows out."""
    declaration = draft_of(request, pk)
    line = zone_or_404(request, declaration, zone)

    def work() -> str:
        messages.success(request, _done(request, line))
        return _address(declaration, line)

    try:
        return do_once(request, work)
    except Refused as refusal:
        fresh = declaration_or_404(request.user, pk)
        text = request.POST.get("lines", "")
        return _page(request, fresh, line, refusal=refusal, pasted=text)


def _done(request: HttpRequest, zone: DeclaredZone) -> str:
    """Do what the pressed button names, and say it."""
    said = {
        "revision": key_of(request.POST.get("revision")) or 0,
        "by": request.user,
        "on": timezone.localdate(),
    }
    act = request.POST.get("act", "")
    if act == "paste":
        number = add_lines(zone, roster.pasted(request.POST.get("lines", "")), **said)
        return f"已加入{number:,}行；名册中已有的代码不重复加入。"
    if act == "remove":
        keys = keys_of(request.POST.getlist("rows"))
        if not keys:
            raise Refused("", "没有勾选任何行，请先勾选要移除的行。")
        return f"已移除{remove_rows(zone, keys, **said):,}行。"
    keys = keys_of(request.POST.getlist("ids"))
    if act == "all":
        keys = _all_found(request)
    if not keys:
        raise Refused("", "没有勾选任何主体，请先勾选要加入的主体。")
    return f"已加入{len(add_rows(zone, keys, **said)):,}户；名册中已有的不重复加入。"


def _all_found(request: HttpRequest) -> list[int]:
    found = roster.matching(QueryDict(request.POST.get("query", "")), request.user)
    if found is None or isinstance(found, str):
        raise Refused("", found or "请先按名称、地址或街道查找。")
    keys = list(found.order_by("pk").values_list("pk", flat=True)[: roster.MOST_AT_ONCE + 1])
    if len(keys) > roster.MOST_AT_ONCE:
        raise Refused("", f"一次最多加入{roster.MOST_AT_ONCE:,}户，请缩小地址或街道范围。")
    return keys
