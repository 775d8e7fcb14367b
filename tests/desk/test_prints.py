"""The watermark over each page, and the line that a print leaves."""

import pytest
from django.template import RequestContext, Template
from django.test import Client
from django.urls import reverse

from tests.desk.exporting import lines_of
from tests.factories import make_entity, make_user

PRINT = reverse("desk:print-note")
HOME = reverse("desk:home")


def test_a_print_leaves_a_line_with_the_page(as_, people):
    path = f"{reverse('desk:entity-list')}?letter=A"
    answer = as_("own").post(PRINT, {"path": path, "title": " 主体查询\n- 沙盒监管 "})
    assert answer.status_code == 204
    (line,) = lines_of("print")
    assert (line.actor_id, line.subject) == (people["own"].pk, "主体查询")
    assert line.detail == {
        "path": reverse("desk:entity-list"),
        "query": "letter=A",
        "filter": [["信用分类", "A类（信用风险低）"], ["登记状态", "存续"]],
    }


def test_the_print_of_an_entity_names_the_entity(as_, people):
    entity = make_entity(bureau=people["own"].bureau)
    as_("own").post(PRINT, {"path": reverse("desk:entity-detail", args=(entity.pk,))})
    assert lines_of("print")[0].entity_id == entity.pk


@pytest.mark.parametrize("key", ["foreign", 2**70])
def test_an_entity_that_the_person_does_not_see_is_not_named(as_, people, key):
    pk = make_entity(bureau=people["other"].bureau).pk if key == "foreign" else key
    path = reverse("desk:entity-detail", args=(pk,))
    assert as_("own").post(PRINT, {"path": path}).status_code == 204
    (line,) = lines_of("print")
    assert (line.entity_id, line.detail["path"]) == (None, path)


@pytest.mark.parametrize(
    "path", ["", "entities/", "//evil.example/", "https://evil.example/", "/nowhere/", "/\x00"]
)
def test_only_addresses_of_our_own_are_taken(as_, path):
    assert as_("own").post(PRINT, {"path": path, "title": "x"}).status_code == 400
    assert not lines_of("print")


def test_what_is_long_is_cut(as_):
    as_("own").post(PRINT, {"path": f"{HOME}?text={'甲' * 9000}", "title": "长" * 9000})
    (line,) = lines_of("print")
    assert len(line.subject) == 100
    assert len(line.detail["query"]) <= 500


def test_prints_are_posted_by_people_with_a_token(as_, people):
    assert as_("own").get(PRINT).status_code == 405
    assert as_("nobody").post(PRINT, {"path": HOME}).status_code == 302
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(people["own"])
    assert careful.post(PRINT, {"path": HOME}).status_code == 403
    assert not lines_of("print")


def test_each_page_bears_who_looks(as_, people):
    said = as_("own").get(HOME).content.decode()
    assert 'class="watermark"' in said
    assert f"{people['own'].name} {people['own'].username}</text>" in said
    assert f'data-prints="{PRINT}"' in said
    assert "style=" not in said.split('class="watermark"')[1]


def test_the_login_page_bears_nobody(client, db):
    said = client.get(reverse("staff:login")).content.decode()
    assert "watermark-tile" not in said
    assert "data-prints" not in said


def test_the_administration_bears_it_too(db):
    client = Client()
    person = make_user("system_administrator")
    client.force_login(person)
    said = client.get(reverse("admin:index")).content.decode()
    assert f"{person.name} {person.username}</text>" in said


def test_it_is_switched_off(as_, settings):
    settings.WATERMARK = False
    assert "watermark-tile" not in as_("own").get(HOME).content.decode()


def test_a_paper_to_an_entity_leaves_the_block_empty(people, rf):
    request = rf.get(HOME)
    request.user, request.resolver_match = people["own"], None
    whole = Template('{% extends "base.html" %}').render(RequestContext(request))
    assert "watermark-tile" in whole
    paper = Template('{% extends "base.html" %}{% block watermark %}{% endblock %}')
    said = paper.render(RequestContext(request))
    assert "watermark-tile" not in said
