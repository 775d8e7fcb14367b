"""A new policy version moves whom it must, and explains it."""

from datetime import date

import pytest

from core.jobs import Job
from membership.models import Decision, Ground
from membership.runs import Order, execute
from policy.actions import approve_version, draft_version
from policy.limits import limits_in_force

pytestmark = pytest.mark.django_db

BEGAN = date(2026, 3, 1)
TODAY = date(2026, 3, 10)
B = [{"letter": "B", "month": date(2026, 2, 1), "since": date(2026, 2, 1)}]


@pytest.fixture
def publish(people):
    def change(values, since, today):
        version = draft_version(
            values, by=people["city_officer"], title="试验", since=since, today=today
        )
        return approve_version(version, by=people["city_lead"], today=today)

    return change


def test_a_version_of_today_judges_everyone_at_once_by_itself(build, publish):
    entity = build(credit_class=B)
    execute(Order(on=BEGAN, release="首次打标"))
    execute(Order(on=TODAY))
    publish({"class.credit_letters": ["A", "B"]}, TODAY, TODAY)
    job = Job.objects.for_system("test").get(kind="run")
    assert job.params == {"on": TODAY.isoformat()}

    run = execute(Order(on=TODAY, release=""))

    assert run.counts["opened"] == {"credit": 1}
    assert run.counts["unexplained"] == 0
    decision = Decision.objects.for_system("test").get(entity=entity)
    assert (decision.cause, decision.policy_version.number) == ("政策参数变动", 2)


def test_the_day_before_a_version_the_old_limits_hold(build, publish):
    build(credit_class=B)
    execute(Order(on=BEGAN, release="首次打标"))
    publish({"class.credit_letters": ["A", "B"]}, TODAY, BEGAN)
    assert execute(Order(on=date(2026, 3, 9))).counts["moves"] == 0
    assert execute(Order(on=TODAY)).counts["opened"] == {"credit": 1}
    opened = Ground.objects.for_system("test").current().get()
    assert opened.since == TODAY
    assert limits_in_force(date(2026, 3, 9)).version.number == 1
