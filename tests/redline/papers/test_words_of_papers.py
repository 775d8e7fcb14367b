"""The word check in every field that reaches a paper, and in the finished file."""

from io import BytesIO

import pytest
from docx import Document
from docx.shared import Pt

from core.documents import Properties, demand_template, render, texts_of
from core.errors import Refused
from core.models import PaperWord
from redline.choices import OrderOrigin, OrderStatus, PaperKind
from redline.models import PaperTemplate
from redline.papers.checking import (
    CHECKED,
    SHORTEST_CODE,
    demand_plain_order,
    demand_plain_paper,
    demand_plain_said,
    internal_words,
)
from redline.papers.drawing import drawn
from redline.papers.kinds import SORTS
from redline.papers.making import properties_of
from redline.papers.said import REGISTERED, said_of
from redline.papers.seeding import WORDS
from tests.redline.factories import make_item, make_order, make_touch, make_violation
from tests.redline.papers.papering import (
    ON,
    bureau_of_papers,
    company,
    content_of,
    household,
    make_case,
    paper_of,
    recheck,
    referral,
    service,
)

pytestmark = pytest.mark.django_db
KINDS = list(PaperKind)
SHIPPED = [
    line.split('"')[1]
    for line in WORDS.read_text("utf-8").splitlines()
    if line.startswith("word = ")
]
FREE = [
    (kind, one.name)
    for kind, sort in SORTS.items()
    for one in sort.placeholders
    if one.name not in REGISTERED
]
"""Every field of every paper that is not the register's."""


def blocked_words() -> list[str]:
    rows = PaperWord.objects.for_system("test").current()
    return list(rows.filter(effect="blocked", until=None).values_list("word", flat=True))


@pytest.mark.parametrize(("kind", "name"), FREE)
def test_no_blocked_word_passes_in_any_field(kind, name):
    case = make_case(kind)
    said = said_of(case.order, kind, case.subject, number=case.order.number.text)
    properties = properties_of(case.order, kind, ON)
    template = drawn(kind)
    words = blocked_words()
    assert {"沙盒", "红线", "观察期", "触发式", "信用风险分类", "打标", "RL-1"} <= set(words)
    for word in (*words, "RL-2-07", "沙\u200b盒", "觀察期", "红\n线"):
        with pytest.raises(Refused, match=f"“{name}”中有"):
            demand_plain_paper(case.order, template, said | {name: f"甲{word}乙"}, properties)


COLUMNS = {
    "facts": "违法事实",
    "violated": "违反条款",
    "basis": "责令改正依据",
    "demands": "改正内容及要求",
    "contact_name": "联系人",
    "contact_phone": "联系电话",
}


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("word", ["沙盒", "观察期", "红线", "打标", "RL-2-07"])
def test_an_order_with_such_a_word_is_refused_before_anybody_approves_it(column, word):
    order = make_case(PaperKind.ORDER).order
    assert demand_plain_order(order) == []
    setattr(order, column, f"甲{word}乙")
    with pytest.raises(Refused, match=f"“{COLUMNS[column]}”中有“(RL-2|{word})"):
        demand_plain_order(order)


def test_every_text_of_an_order_is_checked():
    assert set(CHECKED) == set(COLUMNS)


RECORDED = {
    PaperKind.RECEIPT: (
        service,
        ("address", "receiver", "witness", "tracking", "entrusted_to", "why_failed"),
    ),
    PaperKind.RECHECK: (recheck, ("found", "officers")),
}


@pytest.mark.parametrize(
    ("kind", "column"), [(kind, one) for kind, (_, names) in RECORDED.items() for one in names]
)
def test_what_was_recorded_beside_the_order_is_checked_when_its_paper_is_made(kind, column):
    case = make_case(PaperKind.CLOSING)
    bad = ["沙盒观察员"] if column == "officers" else "沙盒观察员"
    outcome = {"outcome": "failed", "served_on": None} if column == "why_failed" else {}
    case.subject = RECORDED[kind][0](case.order, **{column: bad} | outcome)
    with pytest.raises(Refused, match="沙盒"):
        paper_of(case, kind)


def test_the_opinion_of_a_referral_is_checked():
    case = make_case(PaperKind.REFERRAL)
    referral(case.order, opinion="触碰红线逾期未改正")
    with pytest.raises(Refused, match="“转办意见”中有“红线”"):
        paper_of(case, PaperKind.REFERRAL)


def test_texts_can_be_checked_before_they_are_recorded():
    order = make_case(PaperKind.ORDER).order
    with pytest.raises(Refused, match="“复查情况”中有“沙盒”"):
        demand_plain_said(order, {"复查情况": "移出沙盒"})
    assert demand_plain_said(order, {"复查情况": "已取得许可"}) == []


def test_the_list_that_was_touched_is_not_named():
    order = make_case(PaperKind.ORDER).order
    version = order.touch.item.version
    words = internal_words(order)
    assert version.document_number in words
    assert str(version) in words
    assert "RL-2-07" in words
    for word in words:
        with pytest.raises(Refused):
            demand_plain_said(order, {"违法事实": f"依据{word}"})


def test_a_code_that_is_too_short_to_be_looked_for_blocks_no_figure():
    bureau = bureau_of_papers()
    violation = make_violation(company(bureau), bureau=bureau, kind_code="12")
    make_touch(violation, make_item(bureau, code="A1"))
    order = make_order(violation, status=OrderStatus.ISSUED)
    assert not {"A1", "12"} & set(internal_words(order))
    assert len("A1") < SHORTEST_CODE


def test_an_ordinary_order_blocks_the_code_of_its_conduct():
    violation = make_violation(kind_code="T-55")
    order = make_order(violation, status=OrderStatus.ISSUED, origin=OrderOrigin.ORDINARY)
    assert internal_words(order) == ["T-55"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_firm_whose_name_has_such_a_word_gets_its_papers(kind):
    name = "重庆红线沙盒文化传播有限公司"
    entity = company(bureau_of_papers(), name=name, address="红线路1号", representative="红线")
    case = make_case(kind, entity, facts=f"{name}未取得许可，{name}对此无异议。")
    paper = paper_of(case, kind)
    assert paper.said["当事人"] == name
    assert name in "".join(texts_of(content_of(paper)).values())


def test_a_trade_name_that_is_such_a_word_stands_in_its_field_alone():
    entity = household(bureau_of_papers(), trade_name="红线")
    case = make_case(PaperKind.ORDER, entity)
    assert paper_of(case, PaperKind.ORDER).said["字号"] == "红线"
    case.order.facts = "字号红线的经营者未取得许可"
    case.order.save()
    with pytest.raises(Refused, match="“违法事实”中有“红线”"):
        paper_of(case, PaperKind.ORDER)


def test_a_name_of_the_firm_does_not_open_the_fields_to_the_word():
    entity = company(bureau_of_papers(), name="重庆红线文化传播有限公司")
    case = make_case(PaperKind.ORDER, entity, facts="触碰红线。")
    with pytest.raises(Refused, match="“违法事实”中有“红线”"):
        paper_of(case, PaperKind.ORDER)


def test_a_warned_word_is_let_stand_explicitly_and_kept_with_the_paper():
    case = make_case(PaperKind.ORDER, facts="属四新企业，包容审慎后仍未改正")
    with pytest.raises(Refused, match="确需保留的，请逐词确认保留"):
        paper_of(case, PaperKind.ORDER)
    with pytest.raises(Refused, match="包容审慎"):
        paper_of(case, PaperKind.ORDER, let_stand=["四新"])
    paper = paper_of(case, PaperKind.ORDER, let_stand=["四新", "包容审慎"])
    assert paper.warnings == ["四新", "包容审慎"]
    assert [one.word for one in demand_plain_order(case.order)] == ["四新", "包容审慎"]


def test_a_word_of_the_template_and_one_across_the_seam_are_found_in_the_finished_file():
    case = make_case(PaperKind.ORDER)
    for words in ("沙盒监管", "沙{{ 联系人 }}"):
        row = PaperTemplate(
            kind=PaperKind.ORDER,
            number=PaperTemplate.objects.filter(kind=PaperKind.ORDER).count() + 1,
            since=ON,
            digest="0" * 64,
            content=template_with(words),
        )
        row.save(force_insert=True)
        case.order.contact_name = "盒先生"
        case.order.save()
        with pytest.raises(Refused, match="“成品文书正文”中有“沙盒”"):
            paper_of(case, PaperKind.ORDER)


def template_with(words: str) -> bytes:
    """Return the shipped template of the order with one more paragraph."""
    document = Document(BytesIO(drawn(PaperKind.ORDER)))
    document.add_paragraph(words)
    return saved(document)


def saved(document) -> bytes:
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def split_in_runs(words: str):
    document = Document(BytesIO(drawn(PaperKind.ORDER)))
    paragraph = document.add_paragraph()
    for letter in words:
        paragraph.add_run(letter).font.size = Pt(12)
    return document


def in_header():
    document = Document(BytesIO(drawn(PaperKind.ORDER)))
    document.sections[0].header.paragraphs[0].text = "沙盒"
    return document


def in_footer():
    document = Document(BytesIO(drawn(PaperKind.ORDER)))
    document.sections[0].footer.add_paragraph("沙盒")
    return document


def in_table():
    document = Document(BytesIO(drawn(PaperKind.ORDER)))
    document.add_table(1, 1).cell(0, 0).text = "沙盒"
    return document


def in_hidden_text():
    document = Document(BytesIO(drawn(PaperKind.ORDER)))
    document.add_paragraph().add_run("沙盒").font.hidden = True
    return document


def in_style_name():
    document = Document(BytesIO(drawn(PaperKind.ORDER)))
    document.styles.add_style("沙盒样式", 1)
    return document


def in_core_properties():
    document = Document(BytesIO(drawn(PaperKind.ORDER)))
    document.core_properties.keywords = "沙盒"
    return document


PLACES = {
    "正文": lambda: split_in_runs("沙盒"),
    "页眉": in_header,
    "页脚": in_footer,
    "表格": in_table,
    "隐藏": in_hidden_text,
    "样式": in_style_name,
    "属性": in_core_properties,
}


@pytest.mark.parametrize("place", PLACES)
def test_the_words_of_a_file_are_read_wherever_they_stand(place):
    content = saved(PLACES[place]())
    assert "沙盒" in "".join(texts_of(content).values())


def test_comments_and_custom_properties_are_read():
    document = Document(BytesIO(drawn(PaperKind.ORDER)))
    run = document.add_paragraph("正文").runs[0]
    document.add_comment([run], text="批注里的沙盒", author="张三")
    texts = texts_of(saved(document))
    assert "批注里的沙盒" in texts["批注"]
    assert "张三" in texts["批注的属性"]


VALUES = (
    "<&>\"'",
    "</w:t></w:r></w:p>",
    "{{ 7 * 7 }} {% if x %} {# #} {_{ }_}",
    "“引号”‘单引号’《书名》",
    "&amp; &lt; &#x41;",
    "𠮷野家 … — ～",
    "\ttab\t",
)


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_sign_arrives_as_it_was_written(kind, value):
    said = dict.fromkeys(SORTS[kind].examples, value)
    content = render(drawn(kind), said, Properties("局", "文书", ON))
    document = Document(BytesIO(content))
    texts = [one.text for one in document.paragraphs]
    texts += [c.text for t in document.tables for row in t.rows for c in row.cells]
    whole = "\n".join(texts)
    # A party's block, a table or a sentence: each placeholder of the kind shows the value once.
    assert whole.count(value.strip()) >= len(SORTS[kind].required) - 2


@pytest.mark.parametrize("kind", KINDS)
def test_long_words_are_rendered_whole(kind):
    value = "重庆市场监督管理" * 125
    said = dict.fromkeys(SORTS[kind].examples, value)
    assert value in "".join(
        texts_of(render(drawn(kind), said, Properties("局", "书", ON))).values()
    )


@pytest.mark.parametrize("value", ["a\x00b", "a\x0bb", "a\x07b", "a\ud800b", "a\ufffeb"])
def test_signs_that_no_file_can_hold_are_left_out(value):
    said = SORTS[PaperKind.ORDER].examples | {"违法事实": value}
    content = render(drawn(PaperKind.ORDER), said, Properties("局", "书", ON))
    assert "ab" in texts_of(content)["正文"]


def test_line_breaks_become_paragraphs_of_the_same_look():
    said = SORTS[PaperKind.ORDER].examples | {"违法事实": "其一\r\n其二\n\n其三"}
    content = render(drawn(PaperKind.ORDER), said, Properties("局", "书", ON))
    found = [p for p in Document(BytesIO(content)).paragraphs if p.text in ("其一", "其二", "其三")]
    assert len(found) == 3
    assert len({p.paragraph_format.first_line_indent for p in found}) == 1


def test_shipped_templates_pass_their_own_trial():
    for kind, sort in SORTS.items():
        properties = Properties("局", sort.kind.label, ON)
        assert demand_template(drawn(kind), sort.examples, sort.required, properties)
