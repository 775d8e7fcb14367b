"""Whose rows a violation is: its bureau's, the city's, and whoever wrote it down elsewhere."""

import pytest

from redline.models import Violation
from tests.redline.factories import make_violation

pytestmark = pytest.mark.django_db


def test_a_violation_is_seen_by_its_bureau_the_city_and_whoever_recorded_it(people):
    mine = make_violation(bureau=people.bureau, by=people.officer)
    passed_on = make_violation(bureau=people.bureau, by=people.elsewhere)
    seen = {
        name: set(Violation.objects.visible_to(getattr(people, name)))
        for name in vars(people)
        if name != "bureau"
    }
    both, none = {mine, passed_on}, set()
    for name in ("officer", "lead", "station", "city", "city_lead", "unit"):
        assert seen[name] == both, name
    assert seen["elsewhere"] == {passed_on}
    for name in ("lead_elsewhere", "auditor", "security", "system", "nobody"):
        assert seen[name] == none, name
