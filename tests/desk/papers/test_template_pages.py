"""The city's pages: versions of templates, and the words of the check."""

import re
from html import unescape
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from docx import Document

from core.models import Access, PaperWord
from redline.choices import PaperKind
from redline.models import PaperTemplate
from redline.papers.drawing import drawn

pytestmark = pytest.mark.django_db
CITY = ("city", "city_lead")
OTHERS = ("own", "lead", "station", "unit", "auditor")


def text(response) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def template(*lines: str) -> bytes:
    document = Document(BytesIO(drawn(PaperKind.ORDER)))
    for line in lines:
        document.add_paragraph(line)
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def load(client, content: bytes, **said):
    return client.post(
        reverse("desk:paper-template-load"),
        {
            "kind": "order",
            "since": timezone.localdate().isoformat(),
            "note": "",
            "file": SimpleUploadedFile("模板.docx", content),
        }
        | said,
        follow=True,
    )


def rows() -> int:
    return PaperTemplate.objects.filter(kind="order").count()


@pytest.mark.parametrize("name", CITY)
def test_the_city_sees_versions_and_placeholders(as_, name):
    shown = text(as_(name).get(reverse("desk:paper-templates")))
    assert "第1版 现行" in shown
    assert "{{ 当事人 }}" in shown
    assert shown.count("随系统附带") == len(PaperKind)


@pytest.mark.parametrize("name", OTHERS)
def test_others_get_none_of_the_pages(as_, name):
    client = as_(name)
    row = PaperTemplate.objects.first()
    word = PaperWord.objects.for_system("test").current().first()
    for page in ("paper-templates", "paper-template-load", "paper-word-add"):
        assert client.get(reverse(f"desk:{page}")).status_code == 403
    assert client.post(reverse("desk:paper-template-file", args=(row.pk,))).status_code == 403
    assert client.post(reverse("desk:paper-word-end", args=(word.pk,))).status_code == 403


@pytest.mark.parametrize("name", CITY)
def test_a_version_is_loaded_and_taken_along(as_, people, name):
    client = as_(name)
    response = load(client, template("一式两份"), note="增加份数")
    assert "已载入责令改正通知书第2版" in text(response)
    row = PaperTemplate.objects.get(kind="order", number=2)
    assert (row.loaded_by, row.note) == (people[name], "增加份数")
    taken = client.post(reverse("desk:paper-template-file", args=(row.pk,)))
    assert b"".join(taken.streaming_content) == bytes(row.content)
    line = Access.objects.for_system("test").get(kind="download")
    assert line.subject == "文书模板：责令改正通知书第2版"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF", "文件不是 .docx"),
        (template("{{ 当事人.x }}"), "模板中有“点号取值”"),
        (template("{{ 沙盒 }}"), "不是本文书的"),
        (b"", "文件是空的"),
    ],
)
def test_what_is_no_template_is_told_at_the_file_and_the_rest_is_kept(as_, content, words):
    response = load(as_("city"), content, note="保留的说明")
    assert words in text(response)
    assert 'value="保留的说明"' in response.content.decode()
    assert rows() == 1


def test_what_a_template_must_not_say_is_told(as_):
    response = load(as_("city"), template("沙盒监管"))
    assert response.status_code == 409
    assert "“模板正文”中有“沙盒”" in text(response)
    assert rows() == 1


def test_a_missing_file_and_kind_are_told(as_):
    response = as_("city").post(reverse("desk:paper-template-load"), {"since": "x"})
    for told in ("请选择文书", "请选择模板文件", "启用日应为"):
        assert told in text(response)


def test_loaded_twice_by_one_press_it_is_one_version(as_):
    client, content = as_("city"), template("一式两份")
    for _ in range(2):
        load(client, content, once="abcdef")
    assert rows() == 2


@pytest.mark.parametrize("name", ["own", "lead", "station", "city", "unit"])
def test_whoever_does_business_reads_the_words(as_, name):
    shown = text(as_(name).get(reverse("desk:paper-words")))
    assert "沙盒 禁用" in shown
    assert "包容审慎 提示" in shown
    assert ("终止" in re.sub("含已终止", "", shown)) == (name == "city")


def test_words_are_filtered_by_the_address(as_):
    client = as_("own")
    shown = text(client.get(reverse("desk:paper-words"), {"effect": "warned"}))
    assert "包容审慎" in shown
    assert "观察期" not in shown
    assert "观察期" in text(client.get(reverse("desk:paper-words"), {"text": "观察"}))
    assert "没有符合条件的用语" in text(client.get(reverse("desk:paper-words"), {"text": "无此"}))


def test_a_word_is_added_and_ended_by_the_city(as_):
    client = as_("city")
    said = {"word": "飞行检查", "effect": "blocked", "instead": "写作监督检查"}
    response = client.post(reverse("desk:paper-word-add"), said, follow=True)
    assert "已增加“飞行检查”（禁用），即时生效" in text(response)
    row = PaperWord.objects.for_system("test").current().get(word="飞行检查")
    ending = reverse("desk:paper-word-end", args=(row.pk,))
    assert "“飞行检查”（禁用）自" in text(client.get(ending))
    response = client.post(ending, follow=True)
    assert "已终止“飞行检查”" in text(response)
    response = client.post(ending)
    assert response.status_code == 409
    assert "已终止，请刷新" in text(response)


def test_a_bad_word_is_told_and_kept(as_):
    said = {"word": "沙 盒", "effect": "warned", "instead": "另写"}
    response = as_("city").post(reverse("desk:paper-word-add"), said)
    assert response.status_code == 409
    assert "“沙盒”已在表中（禁用）" in text(response)
    assert 'value="沙 盒"' in response.content.decode()
    response = as_("city").post(reverse("desk:paper-word-add"), {})
    assert "请填写用语" in text(response)


def test_a_word_that_is_none_does_not_exist(as_):
    assert as_("city").get(reverse("desk:paper-word-end", args=(0,))).status_code == 404
