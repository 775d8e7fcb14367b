"""Reading pages cannot write: every address, by every safe method."""

import contextlib

import pytest
from django.conf import settings
from django.db import InternalError, connection
from django.db.utils import ProgrammingError
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, get_resolver

from core.readonly import SAFE, ReadOnlyPages


def patterns(resolver=None, route=""):
    for one in (resolver or get_resolver()).url_patterns:
        here = route + str(one.pattern)
        if isinstance(one, URLPattern):
            yield here, one
        else:
            yield from patterns(one, here)


PATTERNS = dict(patterns())
VALUES = {
    "int": "1",
    "slug": "x",
    "str": "x",
    "path": "x",
    "uuid": "00000000-0000-0000-0000-000000000000",
}


def address(pattern_route: str, one: URLPattern) -> str:
    """Fill every argument of the route in."""
    found = "/" + pattern_route
    for name, converter in one.pattern.converters.items():
        kind = type(converter).__name__.removesuffix("Converter").lower()
        for written in (f"<{name}>", f"<{kind}:{name}>"):
            found = found.replace(written, VALUES.get(kind, "1"))
    return found


def read_only_now() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        return cursor.fetchone()[0]


def probe(route: str, seen: dict):
    def view(request, *arguments, **named):
        seen[route, request.method] = read_only_now()
        return HttpResponse()

    return view


def test_the_guard_stands_last():
    assert settings.MIDDLEWARE[-1] == "core.readonly.ReadOnlyPages"


def test_every_address_is_guarded(db, settings, monkeypatch):
    """The views are replaced by one that asks the database; what is routed is what is guarded."""
    settings.MIDDLEWARE = ["core.readonly.ReadOnlyPages"]
    seen = {}
    for route, one in PATTERNS.items():
        if one.pattern.__class__.__name__ == "RegexPattern":
            continue  # the admin's catch-all, which finds nothing
        monkeypatch.setattr(one, "callback", probe(route, seen))
        for method in ("get", "head", "post"):
            getattr(Client(), method)(address(route, one))
    asked = {route for route, _ in seen}
    regex = {
        route for route, one in PATTERNS.items() if type(one.pattern).__name__ == "RegexPattern"
    }
    assert len(asked) > 60
    assert asked | regex == set(PATTERNS)
    for (route, method), answer in seen.items():
        assert answer == ("off" if method == "POST" else "on"), f"{method} {route}"


def guarded(view, method="get"):
    request = getattr(RequestFactory(), method)("/")
    return ReadOnlyPages(lambda request: HttpResponse()).process_view(request, view, [], {})


def write(*arguments):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE IF NOT EXISTS nothing (n int)")
        cursor.execute("DELETE FROM django_session")


@pytest.mark.parametrize("method", [name.lower() for name in SAFE])
def test_a_view_that_writes_on_reading_is_refused(db, method):
    with pytest.raises((InternalError, ProgrammingError), match="read-only transaction"):
        guarded(lambda request: write() or HttpResponse(), method)


def test_a_template_that_writes_is_refused(db):
    class Writes:
        def __str__(self):
            write()
            return ""

    def view(request):
        answer = TemplateResponse(request, "429.html", {})
        answer.resolve_context = lambda context: {"seconds": Writes()}
        return answer

    with pytest.raises((InternalError, ProgrammingError), match="read-only transaction"):
        guarded(view)


def test_posting_is_left_to_django(db):
    assert guarded(lambda request: HttpResponse(), "post") is None
    assert read_only_now() == "off"


def test_a_streamed_answer_is_guarded_while_it_streams(db):
    def view(request):
        return StreamingHttpResponse(read_only_now() for _ in range(2))

    answer = guarded(view)
    assert b"".join(answer.streaming_content) == b"onon"
    assert read_only_now() == "off"


def test_a_file_is_handed_out_as_it_is(db, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"1,2")
    opened = path.open("rb")
    answer = guarded(lambda request: FileResponse(opened))
    assert answer.file_to_stream is opened
    assert b"".join(answer.streaming_content) == b"1,2"
    answer.close()


def test_after_the_page_the_connection_writes_again(db):
    with contextlib.suppress(InternalError, ProgrammingError):
        guarded(lambda request: write() or HttpResponse())
    assert read_only_now() == "off"
    guarded(lambda request: HttpResponse())
    assert read_only_now() == "off"
