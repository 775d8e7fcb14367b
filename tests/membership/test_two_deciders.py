"""Two leads of one district decide on the same request at once, on connections of their own."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from core.errors import Refused
from membership.actions import decide_exclusion, request_exclusion
from membership.models import ExclusionRequest
from staff.models import User
from staff.roles import Role
from tests.factories import make_bureau, make_entity, make_user


@pytest.mark.usefixtures("real_commits")
@pytest.mark.parametrize("steps", [("approve", "refuse"), ("refuse", "refuse")])
def test_of_two_who_decide_at_once_one_wins_and_the_other_is_told(steps):
    today, bureau = timezone.localdate(), make_bureau()
    leads = [make_user(Role.DISTRICT_LEAD, bureau) for _ in steps]
    asked = request_exclusion(
        make_entity(bureau=bureau),
        by=make_user(Role.DISTRICT_OFFICER, bureau),
        reason="核查中",
        since=today,
        review_on=today + timedelta(days=30),
        today=today,
    )
    together, outcomes = threading.Barrier(2), []

    def decided(pk: int, step: str) -> None:
        try:
            by = User.objects.get(pk=pk)
            request = ExclusionRequest.objects.for_system("test").get(pk=asked.pk)
            together.wait(10)
            decide_exclusion(request, step, by=by, opinion="核查后决定", today=today)
            outcomes.append("done")
        except Refused as refusal:
            outcomes.append(str(refusal)[:9])
        finally:
            connection.close()

    threads = [
        threading.Thread(target=decided, args=(lead.pk, step))
        for lead, step in zip(leads, steps, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcomes) == ["done", "该申请已由他人办理"]
