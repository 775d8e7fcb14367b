"""Every figure of red lines equals the list it leads to: on the first page and on their own."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from desk.redline_figures.figures import COLUMNS, late_of
from desk.redline_figures.todos import redline_todos
from tests.desk.redline.counting import LATE, TODAY, listed, work
from tests.factories import make_bureau

pytestmark = pytest.mark.django_db

FIGURES = reverse("desk:redline-figures")
PEOPLE = ("own", "own2", "lead", "station", "other", "other_lead", "city", "city_lead", "unit")
PERIOD = f"since={LATE}&until={TODAY}"


@pytest.fixture
def town(people):
    """Work in the district 本区局, some of it recorded by its station and by a unit."""
    work(people["own"], people["station"])


class TestHome:
    def test_every_figure_equals_the_list_it_leads_to(self, as_, people, town):
        for name in PEOPLE:
            client = as_(name)
            shown = redline_todos(people[name], TODAY)
            if people[name].sees_city():
                shown += [cell for _, cells in late_of(people[name], TODAY) for cell in cells]
            for figure in shown:
                assert listed(client, figure.url) == figure.number, (name, figure)

    @pytest.mark.parametrize(
        ("name", "keys"),
        [
            ("own", {"order-issue", "order-serve", "order-recheck", "order-red", "case"}),
            ("lead", {"order-approve", "order-red", "ready", "follow-ups", "case-late"}),
            ("station", {"order-serve", "order-recheck", "recorded"}),
            ("city", {"order-red", "case-late"}),
            ("unit", {"recorded"}),
        ],
    )
    def test_each_role_sees_what_it_can_do_something_about(self, as_, people, name, keys):
        shown = [figure.key for figure in redline_todos(people[name], TODAY)]
        assert {f"redline-{key}" for key in keys} <= set(shown)
        page = as_(name).get(reverse("desk:home"))
        assert [figure.key for figure in page.context["redline_todos"]] == shown

    def test_there_is_something_to_do_here_and_nothing_elsewhere(self, people, town):
        for name in ("own", "lead", "station"):
            shown = redline_todos(people[name], TODAY)
            assert all(one.number for one in shown if one.key != "redline-waiting"), name
        for name in ("other", "other_lead"):
            assert not any(one.number for one in redline_todos(people[name], TODAY)), name

    def test_the_city_sees_what_is_late_by_bureau(self, as_, people, town):
        page = as_("city").get(reverse("desk:home"))
        ((name, cells),) = page.context["late"]
        assert name == "本区局"
        assert {cell.label: cell.number for cell in cells} == {
            "已逾期": 4,
            "复查逾期": 1,
            "立案决定逾期": 1,
            "复核逾期": 2,
        }
        assert "data-late" in page.content.decode()
        assert as_("lead").get(reverse("desk:home")).context["late"] == []

    def test_who_keeps_accounts_sees_none(self, people, town):
        assert redline_todos(people["auditor"], TODAY) == []


class TestFigures:
    def test_every_figure_equals_the_list_it_leads_to(self, as_, people, town):
        for name in ("own", "station", "other", "city"):
            client = as_(name)
            shown = client.get(f"{FIGURES}?{PERIOD}").context["shown"]
            figures = [*shown.happened, *shown.waits]
            figures += [figure for _, figure in (*shown.groups, *shown.causes)]
            lines = [cells for _, cells in shown.lines if any(cell.number for cell in cells)]
            figures += [cell for cells in lines for cell in cells]
            for figure in figures:
                assert listed(client, figure.url) == figure.number, (name, figure)

    def test_they_count_what_happened_in_the_period(self, as_, town):
        shown = as_("own").get(f"{FIGURES}?{PERIOD}").context["shown"]
        found = {figure.key: figure.number for figure in shown.happened}
        assert found["removed"] == 4
        assert found["returned"] == 2
        assert found["revoked"] == 1
        assert found["touched"] == 18
        before = f"since=2020-01-01&until={LATE - timedelta(days=1)}"
        shown = as_("own").get(f"{FIGURES}?{before}").context["shown"]
        assert not any(figure.number for figure in shown.happened)
        assert any(figure.number for figure in shown.waits)

    def test_this_year_by_itself(self, as_):
        period = as_("own").get(FIGURES).context["shown"].period
        assert (period.since, period.until) == (date(TODAY.year, 1, 1), TODAY)

    def test_the_city_has_a_line_for_every_bureau_with_zeros(self, as_, people, town):
        empty = make_bureau("空区局")
        shown = as_("city").get(FIGURES).context["shown"]
        lines = dict(shown.lines)
        assert [cell.number for cell in lines["空区局"]] == [0] * len(COLUMNS)
        assert {"本区局", "外区局"} <= lines.keys()
        one = as_("city").get(f"{FIGURES}?bureau={empty.pk}").context["shown"]
        assert one.lines == ()
        assert not any(figure.number for figure in one.waits)

    def test_a_district_sees_itself(self, as_, people, town):
        answer = as_("other").get(f"{FIGURES}?bureau={people['own'].bureau_id}&{PERIOD}")
        shown = answer.context["shown"]
        assert not any(figure.number for figure in (*shown.happened, *shown.waits))
        assert shown.lines == ()

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ("since=2026-02-01&until=2026-01-01", "不能早于开始日2026-02-01"),
            ("since=gestern", "应为 2025-03-31 这样的日期"),
            ("bureau=99999999", "所选项目已不存在"),
        ],
    )
    def test_a_wrong_condition_is_said_in_a_sentence(self, as_, query, said):
        answer = as_("city").get(f"{FIGURES}?{query}")
        assert answer.status_code == 200
        assert said in answer.content.decode()

    def test_a_long_period_draws_its_last_months(self, as_):
        shown = as_("own").get(f"{FIGURES}?since=2020-01-01&until=2026-12-31").context["shown"]
        assert (len(shown.months), shown.cut) == (24, True)

    def test_who_sees_no_bureau_is_told_why(self, as_):
        assert "您的账户不查看红线统计" in as_("unit").get(FIGURES).content.decode()

    @pytest.mark.parametrize(
        ("name", "status"),
        [("own", 200), ("station", 200), ("city_lead", 200), ("auditor", 403), ("nobody", 302)],
    )
    def test_it_opens_to_whoever_reads_red_lines(self, as_, name, status):
        assert as_(name).get(FIGURES).status_code == status

    def test_a_fixed_number_of_queries(self, as_, people, town, django_assert_max_num_queries):
        client = as_("city")
        client.get(FIGURES)
        work(people["other"])
        with django_assert_max_num_queries(40):
            client.get(FIGURES)
