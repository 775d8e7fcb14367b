"""The policy page, loading the wording, and the term tables."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from core.models import Job
from entities.models import FourNewTerm, SafetyReading, SafetyTerm
from membership.rules import RULES
from policy.clauses import CLAUSES
from policy.limits import LIMITS
from policy.models import OfficialText
from staff.roles import Role
from tests.factories import make_entity, make_user

TODAY = timezone.localdate()
POLICY = reverse("desk:policy")


def rows(model):
    return model.objects.for_system("a test looks")


def text_of_all_clauses() -> str:
    """Return a document in which every clause has one sentence."""
    numerals = "一二三四五六七八九十"
    lines, chapter = ["关于试行的通知", "渝试发〔2030〕1号"], ""
    for number in CLAUSES:
        first, _, second = number.partition(".")
        if first != chapter:
            chapter = first
            lines.append(f"{numerals[int(first) - 1]}、第{first}章")
        if second:
            lines.append(f"（{numerals[int(second) - 1]}）第{number}条原文。")
    return "\n".join(lines)


def test_the_page_shows_every_clause_limit_and_rule(as_):
    said = as_("own").get(POLICY).content.decode()
    for clause in CLAUSES.values():
        assert clause.summary in said
    for limit in LIMITS.values():
        assert limit.title in said
    for rule in RULES:
        assert rule.title in said


def test_a_day_of_the_past_shows_its_bar(as_):
    assert (
        "正在查看 2025-01-02 的状态" in as_("own").get(f"{POLICY}?on=2025-01-02").content.decode()
    )


def test_the_city_loads_the_wording(as_):
    file = SimpleUploadedFile("policy.txt", text_of_all_clauses().encode())
    said = as_("city").post(reverse("desk:policy-load"), {"file": file}, follow=True)
    assert OfficialText.objects.filter(superseded_at=None).count() == len(CLAUSES)
    assert "第3.2条原文。" in said.content.decode()


def test_an_incomplete_wording_is_refused_with_the_missing_clauses(as_):
    file = SimpleUploadedFile("policy.txt", "一、总则\n只有一条。".encode())
    answer = as_("city").post(reverse("desk:policy-load"), {"file": file, "document": "试行稿"})
    assert answer.status_code == 409
    assert "没有找到条款" in answer.content.decode()
    assert "试行稿" in answer.content.decode()


def test_no_file_is_a_sentence(as_):
    said = as_("city").post(reverse("desk:policy-load")).content.decode()
    assert "请选择政策正文的纯文本文件。" in said


def test_the_real_wording_loads(as_):
    path = Path(settings.BASE_DIR).parent / "shared" / "policy" / "policy-2024-73.txt"
    if not path.exists():
        pytest.skip("The document of the policy does not lie beside the project.")
    file = SimpleUploadedFile("policy.txt", path.read_bytes())
    as_("city").post(reverse("desk:policy-load"), {"file": file})
    assert OfficialText.objects.filter(superseded_at=None).exists()


# Term tables.

ADD = reverse("desk:term-add", args=("safety",))
TERM = {
    "domain": "food_drug", "way": "term", "words": "试验餐食", "certain": "1",
    "since": TODAY.isoformat(), "note": "", "verbs": "",
}  # fmt: skip


@pytest.mark.parametrize("person", ["own", "unit", "auditor", "nobody"])
def test_others_than_the_city_do_not_edit_terms(as_, person):
    as_(person).post(ADD, TERM)
    assert not rows(SafetyTerm).filter(words="试验餐食").exists()


def test_a_term_is_added_and_ended_and_everything_derived_anew(as_):
    client = as_("city")
    assert client.post(ADD, TERM).status_code == 302
    term = rows(SafetyTerm).get(words="试验餐食")
    assert rows(Job).filter(kind="derive_safety").count() == 1
    end = reverse("desk:term-end", args=("safety", term.pk))
    client.post(end, {"until": TODAY.isoformat()})
    assert not rows(SafetyTerm).current().filter(words="试验餐食", until=None).exists()
    assert rows(Job).filter(kind="derive_safety").count() == 2


def test_a_term_twice_is_refused_and_keeps_what_was_typed(as_):
    client = as_("city")
    client.post(ADD, TERM)
    answer = client.post(ADD, TERM)
    assert answer.status_code == 409
    assert 'value="试验餐食"' in answer.content.decode()


def test_a_four_new_term_is_added(as_):
    form = {"novelty": "form", "way": "term", "words": "试验新业态", "marks": "1"}
    form |= {"since": TODAY.isoformat()}
    as_("city").post(reverse("desk:term-add", args=("four-new",)), form)
    assert rows(FourNewTerm).get(words="试验新业态").marks
    assert rows(Job).filter(kind="derive_four_new").exists()


def test_the_city_counts_hits(as_, people):
    client = as_("city")
    client.post(ADD, TERM)
    term = rows(SafetyTerm).get(words="试验餐食")
    entity = make_entity(business_scope="试验餐食")
    item = {"domain": "food_drug", "origin": "scope", "verdict": 1, "words": "试验餐食"}
    SafetyReading.objects.create(
        entity=entity, food_drug=1, since=TODAY, evidence=[item | {"row": term.pk}]
    )
    address = reverse("desk:term-list", args=("safety",))
    answer = client.get(f"{address}?hits=now&text=试验餐食")
    assert [number for _, number, _ in answer.context["rows"]] == [1]
    assert not as_("own").get(f"{address}?hits=now").context["counting"]


def test_the_rule_book_names_places_and_readings_in_the_staffs_words(client, db):
    client.force_login(make_user(Role.MUNICIPAL_OFFICER))
    page = client.get(reverse("desk:policy")).content.decode()
    assert "〔分类月份〕" in page
    assert "政策理解第1条" in page
    assert "{letter}" not in page
    assert "readings" not in page
