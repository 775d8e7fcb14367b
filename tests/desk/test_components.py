"""Tags, paging, moments and the pages of errors."""

from datetime import date

import pytest
from django.db import connection
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.utils import timezone

from core.notices import INTERNAL
from desk import navigation, paging
from desk.badges import CHOICES, badge_of
from desk.context import moment_of
from entities.models import Entity
from staff.permissions import PERMISSIONS

COLORS = {"success", "primary", "warning", "danger", "secondary"}


@pytest.mark.parametrize("kind", CHOICES)
def test_every_choice_has_a_badge_with_a_word(kind):
    for value in CHOICES[kind]:
        shown = badge_of(kind, value)
        assert shown["label"]
        assert shown["color"] in COLORS


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("餐饮服务；软件", ["餐饮服务"], "<mark>餐饮服务</mark>；软件"),
        ("食品销售", ["食品", "食品销售"], "<mark>食品销售</mark>"),
        ("<b>食品", ["食品"], "&lt;b&gt;<mark>食品</mark>"),
        ("软件", [], "软件"),
    ],
)
def test_words_are_marked_and_the_rest_is_escaped(text, words, expected):
    template = Template("{% load sandbox %}{% highlight text words %}")
    assert template.render(Context({"text": text, "words": words})) == expected


@pytest.mark.parametrize(
    ("filter_name", "value", "expected"),
    [
        ("thousands", 4000000, "4,000,000"),
        ("thousands", None, "—"),
        ("day", date(2025, 3, 31), "2025-03-31"),
        ("last_day", None, "至今"),
        ("masked_phone", "13812345678", "138****5678"),
        ("masked_phone", "1234", "**34"),
        ("masked", "王小明", "王**"),
    ],
)
def test_values_are_written_as_people_read_them(filter_name, value, expected):
    template = Template(f"{{% load sandbox %}}{{{{ value|{filter_name} }}}}")
    assert template.render(Context({"value": value})) == expected


@pytest.mark.parametrize(
    ("query", "on", "knows_now"),
    [
        ({}, None, True),
        ({"on": "2025-03-31"}, date(2025, 3, 31), True),
        ({"on": "2025-03-31", "known": "then"}, date(2025, 3, 31), False),
        ({"known": "2025-03-31"}, None, False),
        ({"known": "2025-03-31T10:00"}, None, False),
        ({"known": "2999-01-01"}, None, True),
        ({"on": "x", "known": "y"}, None, True),
    ],
)
def test_a_moment_is_read_from_the_address(query, on, knows_now):
    moment = moment_of(RequestFactory().get("/", query))
    assert moment.on == (on or timezone.localdate())
    assert (moment.known is None) is knows_now
    assert bool(moment.problem) is (query.get("on") == "x")


def test_a_slow_statement_is_stopped_and_the_transaction_goes_on(db):
    with pytest.raises(paging.TookTooLong), paging.at_most(0.05), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(2)")
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone()[0] == "0"


@pytest.mark.parametrize(("number", "said"), [(0, "0"), (3, "3"), (4, "3+")])
def test_a_count_stops_at_its_cap(db, number, said):
    Entity.plain.bulk_create(Entity(code=f"{n:018d}", name=f"{n}") for n in range(number))
    rows = Entity.objects.for_system("test")
    assert paging.capped(rows, cap=3).said == said
    assert paging.exact(rows).number == number


def test_the_navigation_names_pages_and_verbs_that_exist(browse):
    for _, entries in navigation.GROUPS:
        for entry in entries:
            assert not entry.verb or entry.verb in PERMISSIONS
    assert browse("own").get("/").context["user"]


def test_an_unknown_page_says_so(browse):
    page = browse("own").get("/nothing-here/")
    assert page.status_code == 404
    assert "没有这个页面" in page.content.decode()


def test_a_form_without_a_token_is_refused_in_words(browse, viewers):
    client = Client(enforce_csrf_checks=True)
    client.force_login(viewers["own"])
    page = client.post("/entities/1/contact/", {"reason": "核实住所"})
    assert page.status_code == 403
    assert "页面已失效" in page.content.decode()


def test_pages_hold_no_inline_code(browse):
    page = browse("own").get("/").content.decode()
    assert "<style" not in page
    assert " style=" not in page
    assert " onclick=" not in page
    assert all("src=" in tag for tag in page.split("<script")[1:])


def test_pages_say_the_same_sentence_of_internal_use_as_files():
    assert f">{INTERNAL}<" in render_to_string("components/internal_use.html")
