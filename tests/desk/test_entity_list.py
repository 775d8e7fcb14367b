"""The entity list: conditions, scope, pages by key, one fragment, few statements."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from desk.conditions import chosen_entities
from desk.context import Moment
from entities.choices import Status
from entities.models import CreditClass
from tests import factories
from tests.desk.making import hold, watch

URL = reverse("desk:entity-list")


def names(client: Client, **query: object) -> list[str]:
    page = client.get(URL, query)
    assert page.status_code == 200
    return [row.entity.name for row in page.context["list"].rows]


def test_a_proposal_is_not_shown_as_a_mark(browse, place):
    factories.make_entity(name="议", bureau=place, four_new="district")
    viewer = browse("own")
    assert names(viewer, four_new="yes") == []
    assert names(viewer, four_new="no") == names(viewer, four_new="proposed") == ["议"]
    assert "（区县建议）" in viewer.get(URL).content.decode()


def test_the_name_of_an_industry_is_no_code(browse):
    said = browse("own").get(URL, {"industry": "餐饮"}).content.decode()
    assert "行业代码应为 I65、6513 这样的代码，不是行业名称。" in said


@pytest.fixture
def firms(place, viewers):
    """Six firms of one bureau that differ in one thing each, and one of another bureau."""
    made = {
        "甲": factories.make_entity(name="甲", bureau=place, letter="A", kind="household"),
        "乙": factories.make_entity(name="乙", bureau=place, letter="B", industry="6513"),
        "丙": factories.make_entity(name="丙", bureau=place, safety=["food_drug"]),
        "丁": factories.make_entity(name="丁", bureau=place, pending=["product_quality"]),
        "戊": factories.make_entity(name="戊", bureau=place, status=Status.REVOKED),
        "己": factories.make_entity(
            name="己", bureau=place, four_new="list", established_on=date(2020, 5, 1)
        ),
        "外": factories.make_entity(
            name="外", bureau=viewers["stranger"].bureau, letter="A", safety=["food_drug"]
        ),
    }
    hold(made["甲"], "credit")
    hold(made["己"], "four_new")
    watch(made["丁"], undecided=["credit.safety"])
    watch(made["己"], review=["review.class"])
    return made


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "甲乙丙丁己"),
        ({"status": "any"}, "甲乙丙丁戊己"),
        ({"status": "revoked"}, "戊"),
        ({"ground": "inside"}, "甲己"),
        ({"ground": "credit"}, "甲"),
        ({"ground": "four_new"}, "己"),
        ({"ground": "outside"}, "乙丙丁"),
        ({"ground": "undecided"}, "丁"),
        ({"ground": "review"}, "己"),
        ({"letter": "A"}, "甲"),
        ({"letter": ["A", "B"]}, "甲乙"),
        ({"letter": ["B", "none"]}, "乙丙丁己"),
        ({"kind": "household"}, "甲"),
        ({"four_new": "yes"}, "己"),
        ({"four_new": "no"}, "甲乙丙丁"),
        ({"domain": "food_drug"}, "丙"),
        ({"domain": "pending"}, "丁"),
        ({"domain": "none"}, "甲乙己"),
        ({"domain": ["food_drug", "none"]}, "甲乙丙己"),
        ({"industry": "65"}, "乙"),
        ({"established_from": "2020-05-01", "established_to": "2020-05-01"}, "己"),
        ({"station": "0"}, "甲乙丙丁己"),
        ({"ground": "credit", "letter": "B"}, ""),
    ],
)
def test_a_condition_finds_its_entities(browse, firms, query, expected):
    assert "".join(names(browse("own"), **query)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("own", "甲乙丙丁己"),
        ("stranger", "外"),
        ("station", ""),
        ("municipal", "甲乙丙丁己外"),
        ("unit", "丙外"),
    ],
)
def test_everybody_sees_the_own_scope_only(browse, firms, name, expected):
    assert "".join(names(browse(name), status="active")) == expected


@pytest.mark.parametrize("name", ["auditor", "security", "system"])
def test_administrators_have_no_list(browse, firms, name):
    reply = browse(name).get(URL)
    assert reply.status_code == 403
    assert "您的角色不能" in reply.content.decode()


def test_nobody_has_no_list(db):
    assert Client().get(URL).status_code == 302


@pytest.mark.parametrize(("name", "waits"), [("municipal", True), ("own", False)])
def test_the_city_waits_for_a_condition(browse, firms, name, waits):
    page = browse(name).get(URL)
    assert page.context["list"].waits is waits
    assert ("请先设定条件" in page.content.decode()) is waits


def test_the_default_status_is_a_chip_that_can_be_taken_away(browse, firms):
    client = browse("own")
    chip = client.get(URL).context["list"].chips[0]
    assert (chip.label, chip.value) == ("登记状态", "存续")
    assert "戊" in [row.entity.name for row in client.get(chip.remove).context["list"].rows]


def test_a_code_finds_an_entity_of_any_status(browse, firms):
    assert names(browse("own"), text=firms["戊"].code) == ["戊"]


def test_a_list_of_codes_says_which_were_not_found(browse, firms):
    pasted = f"{firms['甲'].code}\n{firms['外'].code}"
    page = browse("own").get(URL, {"text": pasted})
    assert [row.entity.name for row in page.context["list"].rows] == ["甲"]
    assert firms["外"].code in page.content.decode()


@pytest.mark.parametrize("query", [{"bureau": "999999"}, {"established_from": "gestern"}])
def test_a_wrong_condition_is_said_and_finds_nothing(browse, firms, query):
    page = browse("municipal").get(URL, query)
    assert page.context["list"].rows == []
    assert "查询条件有误" in page.content.decode()


def test_pages_go_forwards_and_backwards_by_key(browse, place):
    for number in range(45):
        factories.make_entity(name=f"{number:02d}", bureau=place)
    client = browse("own")
    seen, url, pages = [], f"{URL}?size=20", []
    while url:
        shown = client.get(url).context["list"]
        seen += [row.entity.name for row in shown.rows]
        pages.append(shown)
        url = shown.next_address
    assert seen == [f"{number:02d}" for number in range(45)]
    back = client.get(pages[2].previous_address).context["list"]
    assert [row.entity.name for row in back.rows] == seen[20:40]
    first = client.get(back.previous_address).context["list"]
    assert [row.entity.name for row in first.rows] == seen[:20]
    assert not first.page.has_previous


def test_a_page_without_its_first_rows_begins_at_the_first(browse, firms):
    page = browse("own").get(URL, {"before": firms["丙"].pk, "size": "20"})
    assert [row.entity.name for row in page.context["list"].rows] == list("甲乙丙丁己")


def test_the_fragment_is_part_of_the_page(browse, firms):
    client = browse("own")
    page = client.get(URL, {"ground": "inside"})
    part = client.get(URL, {"ground": "inside"}, headers={"hx-request": "true"})
    assert "<html" not in part.content.decode()
    assert without_token(part.content.decode()) in without_token(page.content.decode())
    assert "HX-Request" in part.headers["Vary"]


def without_token(text: str) -> str:
    """Leave out the lines with the token, which differs each time."""
    return "\n".join(
        line.strip() for line in text.strip().splitlines() if "csrfmiddlewaretoken" not in line
    )


def test_the_number_of_statements_does_not_grow(browse, place, django_assert_max_num_queries):
    client = browse("own")
    for _ in range(30):
        hold(factories.make_entity(bureau=place, letter="A", four_new="list"), "credit")
    # Session, account, guard and limits of time, four offers of places, keys, rows, count.
    with django_assert_max_num_queries(24):
        client.get(URL, {"ground": "inside", "size": "20"})


def test_an_earlier_day_shows_its_facts_and_no_choice_of_rows(browse, firms, place):
    today = timezone.localdate()
    entity = factories.make_entity(name="变", bureau=place, since=date(2025, 1, 1), letter="A")
    row = CreditClass.objects.for_system("test").get(entity=entity)
    row.close(date(2025, 6, 1))
    hold(entity, "credit", since=date(2025, 1, 1), until=date(2025, 6, 1))
    client = browse("own")
    assert "变" in names(client, ground="credit", on="2025-03-01")
    assert "变" in names(client, letter="A", on="2025-03-01")
    assert "变" not in names(client, ground="credit")
    page = client.get(URL, {"ground": "credit", "on": "2025-03-01"}).content.decode()
    assert "正在查看 2025-03-01 的状态（按现在所知）" in page
    assert 'name="ids"' not in page
    then = (today - timedelta(days=400)).isoformat()
    assert names(client, ground="credit", on="2025-03-01", known=then) == []


def test_a_bulk_page_gets_the_rows_of_the_list(viewers, firms):
    today = timezone.localdate()
    moment = Moment(today, today)

    def chosen(name: str, **data: object) -> str:
        query = Client().get("/404", data).wsgi_request.GET
        found = chosen_entities(query, viewers[name], moment)
        return "".join(sorted(found.values_list("name", flat=True)))

    assert chosen("own", everything="1", query="ground=inside") == "".join(sorted("甲己"))
    both = [firms["甲"].pk, firms["外"].pk]
    assert chosen("own", ids=both) == "甲"
    assert chosen("municipal", ids=both) == "".join(sorted("甲外"))
    assert chosen("auditor", ids=both) == ""


def test_internal_use_stands_on_the_list(browse, firms):
    page = browse("own").get(URL).content.decode()
    assert "仅供市场监管部门内部使用，不作为执法依据，不对外公开" in page
