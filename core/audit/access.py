"""The access log: what people did that no changed row tells.

``record`` writes at once, in the caller's transaction, so that what it tells of does not happen
without it. ``note`` leaves a line for a page that only reads; the middleware writes it after the
response.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from core.audit.context import current
from core.models import Access
from core.network import client_address

Kind = Access.Kind


def record(
    kind: Access.Kind,
    *,
    request: HttpRequest | None = None,
    by: Any = None,
    ok: bool = True,
    entity_id: int | None = None,
    subject: str = "",
    reason: str = "",
    username: str = "",
    **detail: Any,
) -> None:
    """Write one line. Who, role, address and origin come from the request, else from ``acting``."""
    operation, said = current()
    account = by or getattr(request, "user", None)
    if getattr(account, "pk", None) is None:  # nobody is logged in
        account = None
    Access.objects.for_system("recording an act").create(
        at=timezone.now(),
        kind=kind,
        ok=ok,
        operation=operation,
        origin=f"{request.method} {request.path}"[:200] if request else said.get("origin", ""),
        actor_id=account.pk if account else said.get("actor"),
        role=account.role if account else said.get("role", ""),
        address=client_address(request) if request else said.get("address", ""),
        entity_id=entity_id,
        subject=subject[:200],
        reason=reason or said.get("reason", ""),
        username=username[:60],
        detail=detail,
    )


def note(request: HttpRequest, kind: Access.Kind, **line: Any) -> None:
    """Leave a line (the arguments of ``record``) that is written once the page has been read."""
    noted(request).append({"kind": kind} | line)


def noted(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the lines that this request left."""
    if not hasattr(request, "noted_accesses"):
        request.noted_accesses = []  # type: ignore[attr-defined]
    return request.noted_accesses  # type: ignore[attr-defined]
