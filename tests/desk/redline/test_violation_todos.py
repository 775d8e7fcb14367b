"""What the home page says of violations and reviews that wait, to whom."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from redline.actions.reviews import raise_review
from redline.choices import ReviewCause
from tests.redline.factories import make_violation

pytestmark = pytest.mark.django_db

HOME = reverse("desk:home")
TODAY = timezone.localdate()


def figure(text, url):
    """Return the number that leads to an address of the home page."""
    tile = text.split(f'href="{url}"')[1].split("</a>")[0]
    return int("".join(c for c in tile.split('class="figure"')[1][:80] if c.isdigit()) or -1)


@pytest.fixture
def waiting(entity, people):
    make_violation(entity, by=people["own"])
    passed = make_violation(
        entity, by=people["other"], found_by_bureau=people["other"].bureau,
        passed_on_at=timezone.now(),
    )  # fmt: skip
    raise_review(passed, ReviewCause.PENALTY, on=TODAY - timedelta(days=90))


VIOLATIONS = reverse("desk:violation-list")
REVIEWS = reverse("desk:review-queue")


@pytest.mark.parametrize(("person", "query", "number"), [
    ("own", f"{VIOLATIONS}?whose=waiting", 2), ("lead", f"{VIOLATIONS}?whose=waiting", 2),
    ("own", f"{REVIEWS}?mine=on", 1), ("lead", f"{REVIEWS}?mine=on", 0),
    ("own", f"{REVIEWS}?state=overdue", 1), ("city", f"{REVIEWS}?state=overdue", 1),
    ("city", f"{VIOLATIONS}?whose=passed_on", 1), ("other", f"{VIOLATIONS}?whose=waiting", 0),
])  # fmt: skip
def test_the_figure_and_the_list_it_leads_to_agree(as_, waiting, person, query, number):
    client = as_(person)
    home = client.get(HOME).content.decode()
    assert figure(home, query.replace("&", "&amp;")) == number
    listed = client.get(query).content.decode()
    assert listed.count("<tr data-row>") == number


@pytest.mark.parametrize("person", ["station", "unit"])
def test_who_judges_nothing_is_told_of_nothing(as_, waiting, person):
    assert f"{VIOLATIONS}?whose=waiting" not in as_(person).get(HOME).content.decode()
