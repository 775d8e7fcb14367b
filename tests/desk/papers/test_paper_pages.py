"""The pages of an order's papers: the list, making one, the A4 page, the draft, the file."""

import re
from html import unescape

import pytest
from django.db import connection
from django.urls import reverse

from core.documents import demand_plain_words, text_of
from core.errors import Refused
from core.models import Access
from redline.choices import OrderStatus, PaperKind
from redline.models import Paper, PaperContent
from tests.redline.factories import make_order, make_violation
from tests.redline.papers.papering import STATES, company, make_case, paper_of

pytestmark = pytest.mark.django_db
SEEING = ("own", "lead", "station", "city", "city_lead")


def url(name: str, pk: int) -> str:
    return reverse(f"desk:{name}", args=(pk,))


def made(case) -> list[Paper]:
    return list(Paper.objects.for_system("test").filter(order=case.order).order_by("pk"))


def make(client, case, kind=PaperKind.ORDER, **said):
    return client.post(url("paper-make", case.order.pk), {"kind": kind} | said, follow=True)


def text(response) -> str:
    """Return what a page shows, without its tags."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def accesses(kind: str) -> list[Access]:
    return list(Access.objects.for_system("test").filter(kind=kind))


@pytest.mark.parametrize("name", SEEING)
def test_who_sees_the_order_sees_its_papers(as_, case, name):
    paper = paper_of(case, PaperKind.ORDER)
    shown = text(as_(name).get(url("paper-list", case.order.pk)))
    assert paper.number.text in shown
    assert "责令改正通知书" in shown
    assert as_(name).get(url("paper-detail", paper.pk)).status_code == 200


@pytest.mark.parametrize("name", ["other", "unit"])
def test_for_others_neither_exists(as_, case, name):
    paper = paper_of(case, PaperKind.ORDER)
    for page, pk in (("paper-list", case.order.pk), ("paper-detail", paper.pk)):
        assert as_(name).get(url(page, pk)).status_code == 404
    for page in ("paper-file", "paper-whole"):
        assert as_(name).post(url(page, paper.pk)).status_code in (403, 404)


def test_the_auditor_and_nobody_get_no_page(as_, case):
    paper = paper_of(case, PaperKind.ORDER)
    assert as_("auditor").get(url("paper-detail", paper.pk)).status_code == 403
    assert as_("nobody").get(url("paper-detail", paper.pk)).status_code == 302


@pytest.mark.parametrize("name", ["own", "lead", "station"])
def test_the_bureau_makes_a_paper_and_is_led_to_it(as_, case, people, name):
    response = make(as_(name), case)
    (paper,) = made(case)
    assert response.redirect_chain[-1][0] == url("paper-detail", paper.pk)
    assert f"已制作责令改正通知书（{paper.number.text}）" in text(response)
    assert paper.made_by == people[name]


@pytest.mark.parametrize("name", ["city", "unit", "auditor"])
def test_others_make_none(as_, case, name):
    assert make(as_(name), case).status_code == 403
    assert made(case) == []


def test_the_list_offers_what_the_order_allows_with_the_record_it_is_about(as_, case):
    shown = text(as_("own").get(url("paper-list", case.order.pk)))
    assert "可以制作" in shown
    assert "送达回证 2026-11-24 留置送达（已送达）" in shown
    assert "责令改正办结单" not in shown
    assert "可以制作" not in text(as_("city").get(url("paper-list", case.order.pk)))


def test_a_paper_about_a_record_is_made_of_that_record(as_, case):
    make(as_("own"), case, PaperKind.RECEIPT, subject=case.subject.pk)
    assert made(case)[0].subject == case.subject.pk
    assert make(as_("own"), case, PaperKind.RECEIPT, subject=0).status_code == 404


def test_pressed_twice_it_is_made_once(as_, case):
    client = as_("own")
    for _ in range(2):
        response = make(client, case, once="0123456789")
    assert len(made(case)) == 1
    assert "没有重复办理" in text(response)


def test_a_blocked_word_is_told_and_nothing_is_made(as_, case):
    case.order.facts = "触碰红线"
    case.order.save()
    response = make(as_("own"), case)
    assert response.status_code == 409
    assert "“违法事实”中有“红线”" in text(response)
    assert made(case) == []


def test_a_warned_word_is_asked_for_and_stands_when_ticked(as_, case):
    case.order.facts = "属四新企业，坚持包容审慎"
    case.order.save()
    client = as_("own")
    response = make(client, case)
    assert response.status_code == 409
    assert "保留“四新”（违法事实；建议写明具体的技术" in text(response)
    response = make(client, case, let_stand=["四新"])
    page = response.content.decode()
    assert '<input type="hidden" name="let_stand" value="四新">' in page
    assert 'type="checkbox" name="let_stand" value="包容审慎"' in page
    make(client, case, let_stand=["四新", "包容审慎"])
    (paper,) = made(case)
    assert paper.warnings == ["四新", "包容审慎"]
    assert "四新、包容审慎" in text(client.get(url("paper-list", case.order.pk)))


def test_a_paper_that_the_order_does_not_allow_is_told(as_, case):
    response = make(as_("own"), case, PaperKind.CLOSING)
    assert response.status_code == 409
    assert "责令改正办结单须在办结后制作" in text(response)
    assert make(as_("own"), case, "letter").status_code == 409


def sheet_of(page: str) -> str:
    return re.search(r'<article class="a4">.*?</article>', page, re.DOTALL)[0]


@pytest.mark.parametrize("kind", list(PaperKind))
def test_the_a4_page_says_what_the_file_says_and_nothing_of_the_system(as_, people, kind):
    case = make_case(kind, company(people["own"].bureau))
    paper = paper_of(case, kind)
    response = as_("own").get(url("paper-detail", paper.pk))
    page = response.content.decode()
    shown = re.sub(r"\s+", "", unescape(re.sub(r"<[^>]+>", "", sheet_of(page))))
    content = PaperContent.objects.for_system("test").get(paper=paper).content
    for line in text_of(content).splitlines():
        if "PAGE" not in line and line != paper.said.get("送达地址") and "；" not in line:
            assert re.sub(r"\s+", "", line) in shown
    assert demand_plain_words({"页面": shown}) == []
    for word in ("沙盒监管", "内部使用", "打印人", "watermark"):
        assert word not in page
    assert re.search(r"<title>([^<]*)</title>", page)[1].startswith(paper.get_kind_display())
    assert " style=" not in page


def test_the_page_of_a_file_with_signs_of_html_is_escaped(as_, people):
    case = make_case(
        *(PaperKind.ORDER, company(people["own"].bureau)), facts="<script>alert(1)</script>&\"'"
    )
    paper = paper_of(case, PaperKind.ORDER)
    page = as_("own").get(url("paper-detail", paper.pk)).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;" in page


def test_an_address_for_service_is_hidden_until_it_is_asked_for(as_, case):
    paper = paper_of(case, PaperKind.RECEIPT)
    client = as_("own")
    page = text(client.get(url("paper-detail", paper.pk)))
    assert "民生路6号" not in page
    assert "送达地址已隐藏" in page
    assert not accesses("reveal")
    assert "民生路6号" in text(client.post(url("paper-whole", paper.pk)))
    (line,) = accesses("reveal")
    assert line.entity_id == case.order.entity_id
    assert line.subject.startswith("送达回证")
    assert client.get(url("paper-whole", paper.pk)).status_code == 405


def test_an_address_that_the_register_publishes_is_not_hidden(as_, people):
    entity = company(people["own"].bureau, service_address="")
    case = make_case(PaperKind.RECEIPT, entity)
    paper = paper_of(case, PaperKind.RECEIPT)
    page = text(as_("own").get(url("paper-detail", paper.pk)))
    assert "送达地址已隐藏" not in page
    assert page.count("临江路88号") == 2


@pytest.mark.parametrize("name", SEEING)
def test_the_file_is_handed_out_by_post_and_recorded(as_, case, people, name):
    paper = paper_of(case, PaperKind.ORDER)
    client = as_(name)
    assert client.get(url("paper-file", paper.pk)).status_code == 405
    response = client.post(url("paper-file", paper.pk))
    content = b"".join(response.streaming_content)
    assert content == PaperContent.objects.for_system("test").get(paper=paper).content
    assert response["Content-Type"].endswith("wordprocessingml.document")
    (line,) = accesses("download")
    assert line.actor_id == people[name].pk
    assert line.entity_id == case.order.entity_id
    assert line.detail["sha256"] == paper.digest


def test_the_draft_is_shown_marked_and_kept_nowhere(as_, people):
    bureau = people["own"].bureau
    violation = make_violation(company(bureau), bureau=bureau)
    order = make_order(violation, status=OrderStatus.DRAFT)
    order.facts = "四新企业触碰红线"
    order.save()
    shown = text(as_("own").get(url("paper-draft", order.pk)))
    assert "样稿" in shown
    assert "（签发后编号）" in shown
    assert "“违法事实”中有“红线”" in shown
    assert not Paper.objects.for_system("test").filter(order=order).exists()
    assert as_("other").get(url("paper-draft", order.pk)).status_code == 404
    assert "查看样稿" in text(as_("own").get(url("paper-list", order.pk)))


def test_there_is_no_draft_once_it_is_issued(as_, case):
    response = as_("own").get(url("paper-draft", case.order.pk))
    assert response.status_code == 409
    assert "样稿只在签发前查看" in text(response)


def test_internal_pages_show_the_internal_line_and_papers_never_do(as_, case):
    paper = paper_of(case, PaperKind.ORDER)
    line = "仅供市场监管部门内部使用"
    assert line in text(as_("own").get(url("paper-list", case.order.pk)))
    assert line not in text(as_("own").get(url("paper-detail", paper.pk)))


def test_words_and_file_lie_encrypted(case):
    paper = paper_of(case, PaperKind.RECEIPT)
    with connection.cursor() as cursor:
        cursor.execute("SELECT said FROM redline_paper WHERE id = %s", [paper.pk])
        (said,) = cursor.fetchone()
        cursor.execute("SELECT content FROM redline_papercontent WHERE paper_id = %s", [paper.pk])
        (content,) = cursor.fetchone()
    for stored in (said, content):
        assert re.fullmatch(r"[0-9a-f]{8}:[A-Za-z0-9+/=]+", stored)
    assert "民生路" not in said


def test_a_list_of_papers_asks_no_more_for_many(as_, case, django_assert_max_num_queries):
    client = as_("own")
    for _ in range(3):
        paper_of(case, PaperKind.ORDER)
    with django_assert_max_num_queries(40):
        client.get(url("paper-list", case.order.pk))


def test_every_kind_has_a_state(as_):
    assert set(STATES) == set(PaperKind)
    with pytest.raises(Refused):
        demand_plain_words({"页面": "沙盒监管"})
