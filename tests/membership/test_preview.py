"""A preview is the real action, judged by the real rules, and leaves nothing behind."""

from datetime import date, timedelta

import pytest

from core.errors import Refused
from entities.models import FactChange
from membership.actions import decide_exclusion, request_exclusion
from membership.models import ExclusionRequest, Ground, ManualExclusion, Run
from membership.preview import preview
from membership.runs import Order, execute

pytestmark = pytest.mark.django_db

BEGAN = date(2026, 3, 1)


@pytest.fixture
def request_of(build, people):
    def file():
        entity = build(inside=True)
        return request_exclusion(
            entity,
            by=people["officer"],
            reason="核查中",
            since=BEGAN,
            review_on=BEGAN + timedelta(days=30),
            today=BEGAN,
        )

    return file


def approve(request, people):
    return decide_exclusion(request, "approve", by=people["lead"], opinion="", today=BEGAN)


def test_it_counts_what_would_move_and_writes_nothing(request_of, people):
    request = request_of()
    execute(Order(on=BEGAN, release="首次打标"))
    runs = Run.objects.for_system("test").count()

    shown = preview(lambda: approve(request, people), BEGAN)

    assert (shown.judged, shown.moved_in) == (1, {})
    assert shown.moved_out == {"credit": 1, "four_new": 1}
    assert {move for _, move, _ in shown.samples} == {"close"}
    request.refresh_from_db()
    assert request.status == ExclusionRequest.Status.FILED
    assert ManualExclusion.objects.for_system("test").count() == 0
    assert Ground.objects.for_system("test").current().filter(until=None).count() == 2
    assert FactChange.objects.for_system("test").count() == 0
    assert Run.objects.for_system("test").count() == runs


def test_before_tagging_it_says_so(request_of, people):
    request = request_of()
    assert not preview(lambda: approve(request, people), BEGAN).begun


def test_a_refusal_of_the_action_is_the_previews_refusal(request_of, people):
    request = request_of()
    filer = people["officer"]
    filer.role = "district_lead"
    with pytest.raises(Refused, match="提出人不能"):
        preview(
            lambda: decide_exclusion(request, "approve", by=filer, opinion="", today=BEGAN), BEGAN
        )
