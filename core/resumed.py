"""A form that was sent after its session had ended comes back, filled, after the next login.

``staff.resuming`` sends it again as if by the browser, with ``request.resumed`` set, only so that
the page shows it: nothing may be carried out by it.
"""

from __future__ import annotations

from django.http import HttpRequest

from core.errors import Refused

RESUMED = "登录曾经失效，刚才的提交没有办理；您填写的内容已恢复，请核对后再次提交。"


def is_resumed(request: HttpRequest) -> bool:
    """Return whether this is a form that came back, to be shown and not to be carried out."""
    return bool(getattr(request, "resumed", False))


def refuse_resumed(request: HttpRequest) -> None:
    """Raise Refused for a form that came back; the view shows it filled, with the sentence."""
    if is_resumed(request):
        request.resume_refused = True  # type: ignore[attr-defined]
        raise Refused("", RESUMED)
