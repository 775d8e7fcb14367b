"""Versions of templates: loading one, which is in force, and that none changes afterwards."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.db import DatabaseError, transaction
from docx import Document

from core.documents import text_of
from core.errors import BadFile, Refused
from redline.choices import PaperKind
from redline.models import PaperTemplate
from redline.papers.drawing import drawn
from redline.papers.kinds import SORTS
from redline.papers.seeding import seed
from redline.papers.templates import load_template, template_in_force
from staff.roles import CITY_ROLES, Role
from tests.factories import make_user
from tests.redline.papers.papering import ON, content_of, make_case, paper_of

pytestmark = pytest.mark.django_db
LATER = ON + timedelta(days=7)


def template(*lines: str, kind: str = PaperKind.ORDER) -> bytes:
    """Return the shipped template with further paragraphs."""
    document = Document(BytesIO(drawn(kind)))
    for line in lines:
        document.add_paragraph(line)
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def load(content: bytes, *, kind: str = PaperKind.ORDER, since: date = ON, by=None, **said):
    by = by or make_user(Role.MUNICIPAL_OFFICER)
    return load_template(kind, content, since=since, by=by, on=ON, **said)


def test_every_kind_ships_a_first_version_once():
    assert set(PaperTemplate.objects.values_list("kind", "number")) == {(k, 1) for k in PaperKind}
    assert seed() == {"words": 0, "templates": 0}


def test_a_further_version_is_used_from_its_day():
    row = load(template("本文书一式两份。"), since=LATER, note=" 增加份数 ")
    assert (row.number, row.note) == (2, "增加份数")
    assert template_in_force(PaperKind.ORDER, ON).number == 1
    assert template_in_force(PaperKind.ORDER, LATER) == row
    assert template_in_force(PaperKind.RECEIPT, LATER).number == 1


def test_papers_are_made_with_the_version_in_force_and_older_ones_stay():
    case = make_case(PaperKind.ORDER)
    old = paper_of(case, PaperKind.ORDER)
    load(template("本文书一式两份。"))
    new = paper_of(case, PaperKind.ORDER)
    assert (old.template.number, new.template.number) == (1, 2)
    assert "一式两份" in text_of(content_of(new))
    assert "一式两份" not in text_of(content_of(old))


def test_of_two_that_are_in_force_the_newest_loaded_is_used():
    load(template("甲"), since=LATER)
    newest = load(template("乙"), since=ON)
    assert template_in_force(PaperKind.ORDER, LATER) == newest


@pytest.mark.parametrize("role", [role for role in Role if role not in CITY_ROLES])
def test_only_the_city_loads_templates(role):
    with pytest.raises(Refused, match="您的角色不能"):
        load(template("甲"), by=make_user(role))


@pytest.mark.parametrize("role", sorted(CITY_ROLES))
def test_the_city_loads_templates(role):
    assert load(template("甲"), by=make_user(role)).number == 2


@pytest.mark.parametrize("kind", list(PaperKind))
def test_a_template_needs_every_required_placeholder_and_knows_only_its_own(kind):
    required = SORTS[kind].required
    for name in {"当事人", required[-1]} & set(required):
        document = Document(BytesIO(drawn(kind)))
        without(document, name)
        out = BytesIO()
        document.save(out)
        with pytest.raises(BadFile, match=f"缺少占位符“{name}”"):
            load(out.getvalue(), kind=kind)
    with pytest.raises(BadFile, match="“清单编号”不是本文书的"):
        load(template("{{ 清单编号 }}", kind=kind), kind=kind)


def without(document, name: str) -> None:
    paragraphs = list(document.paragraphs)
    paragraphs += [p for t in document.tables for c in t._cells for p in c.paragraphs]
    for paragraph in paragraphs:
        for run in paragraph.runs:
            run.text = run.text.replace(f"{{{{ {name} }}}}", "").replace(f"if {name}", "if 当事人")


def test_words_that_no_paper_may_say_are_refused_in_a_template():
    with pytest.raises(Refused, match="“模板正文”中有“沙盒”"):
        load(template("沙盒监管专用"))
    with pytest.raises(Refused, match="“模板正文”中有“包容审慎”.*模板用于每一份文书"):
        load(template("坚持包容审慎"))
    document = Document(BytesIO(drawn(PaperKind.ORDER)))
    document.core_properties.author = "沙盒监管系统"
    out = BytesIO()
    document.save(out)
    with pytest.raises(Refused, match="“模板文档属性”中有“沙盒”"):
        load(out.getvalue())


def test_a_word_behind_a_condition_that_is_rarely_true_is_found():
    with pytest.raises(Refused, match="沙盒"):
        load(template("{%p if not 字号 %}", "沙盒", "{%p endif %}"))


def test_code_in_a_template_is_refused():
    with pytest.raises(BadFile, match="模板中有“点号取值”"):
        load(template("{{ 当事人.__class__ }}"))


def test_the_same_file_again_an_earlier_day_and_an_endless_note_are_refused():
    content = template("甲")
    load(content)
    with pytest.raises(Refused, match="与第2版完全相同"):
        load(content)
    with pytest.raises(Refused, match="早于今天"):
        load(template("乙"), since=ON - timedelta(days=1))
    with pytest.raises(Refused, match="说明最多200字"):
        load(template("乙"), note="长" * 201)
    with pytest.raises(Refused, match="请选择文书"):
        load(template("乙"), kind="letter")


def test_before_the_first_day_there_is_none():
    with pytest.raises(Refused, match="没有启用的“责令改正通知书”模板"):
        template_in_force(PaperKind.ORDER, date(2020, 1, 1))


def test_a_version_cannot_be_changed_or_removed():
    row = load(template("甲"))
    for change in (lambda: row.delete(), lambda: row.save()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
