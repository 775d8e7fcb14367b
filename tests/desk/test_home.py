"""Home shows figures of the own scope, each equal to the list behind it."""

from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from desk import counts, figures
from entities.choices import Status
from membership.models import Run
from tests import factories
from tests.desk.making import hold, move, watch

BUSINESS = ("own", "lead", "station", "stranger", "municipal", "unit", "city_unit")


@pytest.fixture
def town(place, viewers):
    """Entities of every standing, in two bureaus and in none."""
    cache.clear()
    station, other = viewers["station"].station, viewers["stranger"].bureau
    made = {
        "credit": factories.make_entity(bureau=place, letter="A"),
        "both": factories.make_entity(bureau=place, station=station, letter="A", four_new="list"),
        "plain": factories.make_entity(bureau=place, safety=["food_drug"]),
        "doubtful": factories.make_entity(bureau=place, pending=["food_drug"]),
        "ended": factories.make_entity(bureau=place, status=Status.REVOKED),
        "resting": factories.make_entity(bureau=place, status=Status.DORMANT, letter="A"),
        "elsewhere": factories.make_entity(bureau=other, letter="A", safety=["food_drug"]),
        "nowhere": factories.make_entity(letter="A"),
    }
    for name in ("credit", "both", "resting", "elsewhere", "nowhere"):
        hold(made[name], "credit")
    hold(made["both"], "four_new")
    watch(made["doubtful"], undecided=["credit.safety"])
    watch(made["both"], review=["review.class"])
    move(made["credit"], "credit", "open", "信用风险分类更正")
    move(made["both"], "credit", "open", "信用风险分类更正")
    move(made["both"], "four_new", "open", "信用风险分类更正")
    move(made["plain"], "credit", "close", "登记信息导入")
    return made


@pytest.mark.parametrize("name", BUSINESS)
def test_every_figure_equals_the_list_it_leads_to(browse, viewers, town, name):
    client, today = browse(name), timezone.localdate()
    tally = counts.count(viewers[name], today)
    shown = figures.tiles(tally)
    for line in figures.causes(tally):
        shown += [line["open"], line["close"]]
    if not counts.is_quick(viewers[name]):
        lines = figures.bureau_lines(tally, today)
        zeros = [line for line in lines if not any(cell.number for cell in line["cells"])]
        # Forty lines of zeros are made alike; two of them are followed.
        for line in [line for line in lines if line not in zeros] + zeros[:2]:
            shown += line["cells"]
    for figure in shown:
        if figure.url:
            page = client.get(figure.url)
            assert page.context["list"].count.number == figure.number, figure


def test_figures_are_those_of_the_own_bureau(browse, town):
    page = browse("own").get(reverse("desk:home"))
    numbers = {tile.key: tile.number for tile in page.context["tiles"]}
    assert numbers == {
        "active": 4,
        "inside": 3,
        "zone": 0,
        "four_new": 1,
        "credit": 3,
        "undecided": 1,
        "review": 1,
        "moved_open": 2,
        "moved_close": 1,
    }


def test_the_city_sees_every_bureau_with_zeros(browse, place, town):
    idle = factories.make_bureau("乙区局")
    page = browse("municipal").get(reverse("desk:home"), {"figures": "now"})
    lines = {line["label"]: [c.number for c in line["cells"]] for line in page.context["lines"]}
    assert lines["甲区局"] == [4, 3, 0, 1, 3, 1, 1]
    assert lines[idle.short_name] == [0] * 7
    assert lines["未落监管机关"][0] == 1


def test_the_city_is_not_kept_waiting_for_its_figures(browse, town):
    page = browse("municipal").get(reverse("desk:home"))
    assert page.context["tally"] is None
    part = browse("municipal").get(
        reverse("desk:home"), {"figures": "now"}, headers={"hx-request": "true"}
    )
    assert [t.name for t in part.templates][0] == "desk/_home_figures.html"


@pytest.mark.parametrize("name", ["auditor", "security", "system"])
def test_administrators_see_no_business_data(browse, town, name):
    page = browse(name).get(reverse("desk:home"))
    assert page.status_code == 200
    assert not any(f'data-figure="{key}"' in page.content.decode() for key in figures.LABELS)
    assert "topsearch" not in page.content.decode()


def test_nobody_is_sent_to_the_login(db):
    reply = Client().get(reverse("desk:home"))
    assert reply.status_code == 302


@pytest.mark.parametrize(("hours", "stale"), [(25, False), (27, True)])
def test_an_old_run_is_shown_in_red(browse, town, hours, stale):
    version = figures.limits_in_force(date(2025, 1, 1)).version
    Run.objects.create(
        kind=Run.Kind.NIGHTLY,
        status=Run.Status.DONE,
        on=timezone.localdate(),
        policy_version=version,
        finished_at=timezone.now() - timedelta(hours=hours),
    )
    page = browse("own").get(reverse("desk:home"))
    assert page.context["last"].is_stale is stale
    assert ("notice bad" in page.content.decode()) is stale


def test_figures_of_a_bureau_follow_the_next_run(browse, viewers, town):
    client = browse("own")
    client.get(reverse("desk:home"))
    hold(town["plain"], "credit")
    move(town["plain"], "credit", "open", "更正")
    page = client.get(reverse("desk:home"))
    assert {t.key: t.number for t in page.context["tiles"]}["credit"] == 4
