"""Every page of work: who opens it, and whether it says what it is for."""

import pytest
from django.urls import reverse

PAGES = {
    "undecided-list": (),
    "review-list": (),
    "proposal-list": (),
    "exclusion-list": (),
    "run-list": (),
    "decision-list": (),
    "policy": (),
    "term-home": (),
    "job-list": (),
    "operation-list": (),
}
BUSINESS = ("own", "own_lead", "other", "city", "city_lead", "unit")
CITY_PAGES = {
    "upload": (),
    "policy-load": (),
}


def address(name: str, *args: object) -> str:
    return reverse(f"desk:{name}", args=args)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("person", BUSINESS)
def test_business_roles_open_the_page_and_read_what_it_is_for(as_, name, person):
    answer = as_(person).get(address(name, *PAGES[name]))
    assert answer.status_code == 200
    assert "<summary>说明</summary>" in answer.content.decode()


@pytest.mark.parametrize("name", PAGES | CITY_PAGES)
def test_an_auditor_opens_no_business_page(as_, name):
    assert as_("auditor").get(address(name)).status_code == 403


@pytest.mark.parametrize("name", PAGES | CITY_PAGES)
def test_nobody_is_sent_to_the_login(as_, name):
    answer = as_("nobody").get(address(name))
    assert answer.status_code == 302
    assert reverse("staff:login") in answer["Location"]


@pytest.mark.parametrize("name", CITY_PAGES)
@pytest.mark.parametrize(("person", "status"), [("city", 200), ("own", 403), ("unit", 403)])
def test_the_city_alone_hands_in_files(as_, name, person, status):
    assert as_(person).get(address(name)).status_code == status
