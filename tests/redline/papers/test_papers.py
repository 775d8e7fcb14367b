"""Every paper made, opened again with python-docx and read back field by field."""

import hashlib
from contextlib import nullcontext
from datetime import date
from io import BytesIO

import pytest
from docx import Document
from docx.oxml.ns import qn

from core.documents import text_of, texts_of
from core.errors import Refused
from redline.choices import (
    DayKind,
    DeadlineForm,
    ExtensionStatus,
    OrderOrigin,
    OrderStatus,
    PaperKind,
    RecheckFinding,
    ServiceOutcome,
    ServiceWay,
)
from redline.models import Order, Paper
from redline.papers.kinds import SORTS
from redline.papers.making import NO_NUMBER_YET, demand_makeable, draft_of, make_paper
from redline.papers.said import said_of
from redline.workflow import UNTIL_ISSUED
from staff.models import Jurisdiction, PaperNumber
from staff.roles import Role
from tests.factories import make_district, make_user
from tests.redline.factories import make_order, make_violation
from tests.redline.papers.papering import (
    ON,
    STATES,
    bureau_of_papers,
    company,
    content_of,
    extension,
    household,
    lines_of,
    make_case,
    paper_of,
    recheck,
    referral,
    service,
)

pytestmark = pytest.mark.django_db
KINDS = list(PaperKind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_paper_says_every_word_of_its_kind(kind):
    case = make_case(kind)
    paper = paper_of(case, kind)
    assert set(paper.said) == {one.name for one in SORTS[kind].placeholders}
    text = text_of(content_of(paper))
    for name, word in paper.said.items():
        for line in word.split("\n"):
            assert line in text, f"{name} is missing"
    assert "{{" not in text
    assert "{%" not in text


@pytest.mark.parametrize("kind", KINDS)
def test_a_paper_is_kept_with_its_file_template_and_digest(kind):
    case = make_case(kind)
    paper = paper_of(case, kind)
    content = content_of(paper)
    assert paper.digest == hashlib.sha256(content).hexdigest()
    assert (paper.kind, paper.template.number, paper.made_by) == (kind, 1, case.officer)
    assert paper.subject == (case.subject.pk if case.subject else None)
    assert paper.number.text == paper.said["文号"]


def test_the_order_reads_as_an_order():
    bureau = bureau_of_papers(name="重庆市渝中区市场监督管理局")
    case = make_case(
        *(PaperKind.ORDER, company(bureau, name="重庆大山餐饮有限公司")),
        facts="2026年11月2日，当事人未取得许可经营。\n当事人对事实无异议。",
        demands="一是停止经营；\n二是取得许可。",
        stop_at_once=True,
    )
    lines = lines_of(content_of(paper_of(case, PaperKind.ORDER)))
    entity = case.order.entity
    assert lines == [
        "重庆市渝中区市场监督管理局",
        "责令改正通知书",
        case.order.number.text,
        "重庆大山餐饮有限公司：",
        f"统一社会信用代码（注册号）：{entity.code}",
        "法定代表人：赵大山",
        "住所：重庆市渝中区临江路88号",
        "经查，你（单位）存在下列违法事实：",
        "2026年11月2日，当事人未取得许可经营。",
        "当事人对事实无异议。",
        "上述行为违反了食品安全法第三十五条第一款的规定。"
        "依据行政处罚法第二十八条第一款的规定，现责令你（单位）改正上述违法行为。",
        "现责令你（单位）立即停止上述违法行为。",
        "一、改正内容及要求",
        "一是停止经营；",
        "二是取得许可。",
        "二、改正期限",
        "自收到本通知书之日起15日内（按日历日计算，期间开始之日不计算在内，期间最后一日为节假日的，"
        "以节假日后的第一个工作日为期间届满之日）完成改正，"
        "并在期限届满前将改正情况书面报告本局，本局将依法复查。",
        "三、逾期不改正的后果",
        "逾期不改正的，本局将依据食品安全法第一百二十二条第一款的规定依法处理。",
        "四、救济途径",
        "如不服本通知，可以自收到之日起六十日内依法向本级人民政府申请行政复议，"
        "也可以自收到之日起六个月内依法向有管辖权的人民法院提起行政诉讼。"
        "行政复议、行政诉讼期间，本通知不停止执行，法律另有规定的除外。",
        "联系人：孙立　　联系电话：023-63870000",
        "",
        "重庆市渝中区市场监督管理局",
        "（印章）",
        "2026年11月24日",
    ]


def test_a_household_is_addressed_with_its_trade_name_and_operator():
    case = make_case(PaperKind.ORDER, household(bureau_of_papers()))
    lines = lines_of(content_of(paper_of(case, PaperKind.ORDER)))
    assert lines[3:8] == [
        "渝中区老灶台面馆：",
        f"统一社会信用代码（注册号）：{case.order.entity.code}",
        "字号：老灶台",
        "经营者：钱小妹",
        "经营场所：重庆市渝中区临江路88号",
    ]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"days": 10, "day_kind": DayKind.WORKING}, "自收到本通知书之日起10个工作日内"),
        ({"days": 30}, "自收到本通知书之日起30日内（按日历日计算"),
        (
            {"form": DeadlineForm.FIXED, "days": None, "fixed_on": date(2026, 12, 10)},
            "2026年12月10日前（含当日）",
        ),
    ],
)
def test_the_deadline_is_worded_by_its_form_and_kind(columns, words):
    case = make_case(PaperKind.ORDER)
    for name, value in columns.items():
        setattr(case.order, name, value)
    case.order.save()
    assert f"{words}" in text_of(content_of(paper_of(case, PaperKind.ORDER)))


def test_an_order_that_does_not_stop_at_once_does_not_say_so():
    text = text_of(content_of(paper_of(make_case(PaperKind.ORDER), PaperKind.ORDER)))
    assert "立即停止上述" not in text


def test_an_ordinary_order_names_no_provision_of_a_list():
    bureau = bureau_of_papers()
    violation = make_violation(company(bureau), bureau=bureau)
    order = make_order(violation, status=OrderStatus.ISSUED, origin=OrderOrigin.ORDINARY)
    said = said_of(order, PaperKind.ORDER)
    assert said["逾期后果"] == "依法处理"


def test_rights_name_the_government_of_the_district_and_what_the_table_says():
    bureau = bureau_of_papers()
    case = make_case(PaperKind.ORDER, company(bureau))
    place(bureau, make_district("渝中区"))
    assert said_of(case.order, PaperKind.ORDER)["复议机关"] == "重庆市渝中区人民政府"
    place(bureau, make_district("别的区"))
    assert said_of(case.order, PaperKind.ORDER)["复议机关"] == "本级人民政府"
    bureau.kind = "area"
    case.order.bureau = bureau
    assert said_of(case.order, PaperKind.ORDER)["复议机关"] == "重庆市人民政府"
    bureau.review_organ, bureau.court = "某区人民政府", "某人民法院"
    said = said_of(case.order, PaperKind.ORDER)
    assert (said["复议机关"], said["诉讼法院"]) == ("某区人民政府", "某人民法院")


def place(bureau, district):
    Jurisdiction(bureau=bureau, district=district, since=date(2024, 1, 1)).save(force_insert=True)


def test_the_receipt_reads_as_a_receipt():
    case = make_case(PaperKind.RECEIPT)
    lines = lines_of(content_of(paper_of(case, PaperKind.RECEIPT)))
    rows = dict(line.split("|") for line in lines if "|" in line)
    assert rows == {
        "送达文书名称及文号": f"责令改正通知书（{case.order.number.text}）",
        "受送达人": case.order.entity.name,
        "统一社会信用代码（注册号）": case.order.entity.code,
        "字号": "",
        "法定代表人": "赵大山",
        "住所": "重庆市渝中区临江路88号",
        "送达方式": "留置送达",
        "送达地址": "重庆市渝中区民生路6号",
        "电子送达依据": "",
        "送出日期": "2026年11月24日",
        "送达日期": "2026年11月24日",
        "收件人（签名或盖章）": "钱二",
        "见证人或影像": "社区工作人员周红",
        "邮件号或公告载体": "EMS20261124",
        "受托单位": "大阳沟街道办事处",
        "送达人（签名）": case.officer.name,
        "备注": "",
    }


def test_a_receipt_is_made_before_service_too_with_days_left_blank():
    case = make_case(PaperKind.ORDER)
    sent = service(case.order, outcome=ServiceOutcome.OPEN, served_on=None)
    said = said_of(case.order, PaperKind.RECEIPT, sent)
    assert said["送达日期"].split() == ["年", "月", "日"]
    paper = make_paper(case.order, PaperKind.RECEIPT, by=case.officer, on=ON)
    assert paper.subject == sent.pk


def test_a_receipt_says_why_nothing_arrived_and_how_a_public_notice_counts():
    case = make_case(PaperKind.ORDER)
    failed = service(
        case.order, outcome=ServiceOutcome.FAILED, served_on=None, why_failed="查无此地址"
    )
    notice = service(case.order, way=ServiceWay.PUBLIC)
    assert said_of(case.order, PaperKind.RECEIPT, failed)["备注"] == "未能送达：查无此地址"
    assert "公告期满" in said_of(case.order, PaperKind.RECEIPT, notice)["备注"]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({}, "本局决定：同意将改正期限延长至2026年12月21日。"),
        (
            {"status": ExtensionStatus.REFUSED, "due_after": None},
            "本局决定：不同意延长改正期限，改正期限仍至2026年12月9日届满。",
        ),
    ],
)
def test_the_decision_on_an_extension_says_it(columns, words):
    case = make_case(PaperKind.CLOSING)
    extension(case.order, **columns)
    paper = make_paper(case.order, PaperKind.EXTENSION, by=case.officer, on=ON)
    text = text_of(content_of(paper))
    assert words in text
    assert "理由：所述设备到货需要时间，情况属实" in text
    assert f"（{case.order.number.text}）提出延期改正申请，原改正期限至2026年12月9日届满" in text
    assert paper.number.text != case.order.number.text


def test_the_record_of_a_recheck_says_what_was_found():
    case = make_case(PaperKind.RECHECK)
    lines = lines_of(content_of(paper_of(case, PaperKind.RECHECK)))
    rows = dict(line.split("|") for line in lines if "|" in line)
    assert rows["复查人员（签名）"] == "孙立、李萍"
    assert rows["复查方式"] == "现场复查"
    assert rows["复查日期"] == "2026年12月10日"
    assert rows["复查情况"] == "后厨已整改，许可证尚未取得"
    assert rows["复查结果"] == "部分改正"
    assert rows["再限期"] == (
        "自复查之日起5个工作日内（期间开始之日、节假日不计算在内），至2026年12月17日届满"
    )


def test_a_correction_before_the_recheck_is_told():
    case = make_case(PaperKind.CLOSING)
    row = recheck(
        case.order,
        finding=RecheckFinding.MENDED,
        corrected_on=date(2026, 12, 8),
        new_days=None,
        new_day_kind="",
        due_after=None,
    )
    said = said_of(case.order, PaperKind.RECHECK, row)
    assert said["复查结果"] == "已改正（实际改正日2026年12月8日）"
    assert said["再限期"] == ""


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (OrderStatus.MENDED, "当事人已在改正期限内改正，责令改正办结。"),
        (OrderStatus.MENDED_LATE, "当事人已在改正期限届满后改正，责令改正办结。"),
        (OrderStatus.ENDED, "当事人主体资格已终止，未查明已改正，责令改正终止办理。"),
    ],
)
def test_the_closing_says_how_it_ended(status, words):
    case = make_case(PaperKind.CLOSING)
    case.order.status = status
    case.order.save()
    recheck(case.order)
    lines = lines_of(content_of(paper_of(case, PaperKind.CLOSING)))
    rows = dict(line.split("|") for line in lines if "|" in line)
    assert rows["办结情况"] == words
    assert rows["复查情况"] == "2026年12月10日现场复查：部分改正"
    assert rows["改正期限届满日期"] == "2026年12月9日"
    assert rows["通知书批准人"] == case.order.approved_by.name
    assert "（印章）" not in lines


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (OrderStatus.OVERDUE, "改正期限届满，未报告改正情况，也未查明已改正"),
        (OrderStatus.NOT_MENDED, "复查未改正"),
    ],
)
def test_the_referral_says_why(source, words):
    case = make_case(PaperKind.CLOSING)
    case.order.status = OrderStatus.REFERRED
    case.order.save()
    referral(case.order, source=source)
    lines = lines_of(content_of(paper_of(case, PaperKind.REFERRAL)))
    rows = dict(line.split("|") for line in lines if "|" in line)
    assert rows["转办原因"] == words
    assert rows["转办意见"] == "逾期未报告改正情况，建议立案查处"
    assert rows["复查情况"] == "无"
    assert rows["附件"] == "责令改正通知书、送达回证"


STATES_AND_KINDS = [(status, kind) for status in OrderStatus for kind in KINDS]


@pytest.mark.parametrize(("status", "kind"), STATES_AND_KINDS)
def test_every_paper_in_every_state(status, kind):
    order = Order(pk=0, status=status)
    if status in SORTS[kind].states:
        assert status not in UNTIL_ISSUED
        asked = SORTS[kind].subject or kind == PaperKind.REFERRAL
        with pytest.raises(Refused, match="该责令改正没有") if asked else nullcontext():
            assert demand_makeable(order, kind, None) is None
        return
    with pytest.raises(Refused, match=f"{PaperKind(kind).label}须在"):
        demand_makeable(order, kind, None)


@pytest.mark.parametrize("kind", [PaperKind.RECEIPT, PaperKind.EXTENSION, PaperKind.RECHECK])
def test_a_paper_without_its_record_is_refused(kind):
    case = make_case(PaperKind.CLOSING)
    with pytest.raises(Refused, match="没有"):
        make_paper(case.order, kind, by=case.officer, on=ON)


def test_an_extension_that_nobody_decided_has_no_decision_yet():
    case = make_case(PaperKind.CLOSING)
    extension(case.order, status=ExtensionStatus.ASKED, decided_by=None, decided_on=None)
    with pytest.raises(Refused, match="没有已决定的延期申请"):
        make_paper(case.order, PaperKind.EXTENSION, by=case.officer, on=ON)


def test_a_referral_needs_the_step():
    case = make_case(PaperKind.CLOSING)
    case.order.status = OrderStatus.MENDED_LATE
    case.order.save()
    with pytest.raises(Refused, match="没有转立案查处"):
        make_paper(case.order, PaperKind.REFERRAL, by=case.officer, on=ON)


def test_a_record_of_another_order_is_none_of_this_one():
    case, other = make_case(PaperKind.RECEIPT), make_case(PaperKind.RECEIPT)
    with pytest.raises(Refused, match="没有这条送达记录"):
        make_paper(case.order, PaperKind.RECEIPT, subject=other.subject, by=case.officer, on=ON)


def test_made_again_it_is_a_new_paper_of_the_same_number():
    case = make_case(PaperKind.RECEIPT)
    first = paper_of(case, PaperKind.RECEIPT)
    case.subject.receiver = "另一人"
    case.subject.save()
    second = paper_of(case, PaperKind.RECEIPT)
    assert (first.number_id, first.pk) != (second.number_id, second.pk)
    assert first.number_id == second.number_id
    assert (first.said["收件人"], second.said["收件人"]) == ("钱二", "另一人")
    first.refresh_from_db()
    assert first.said["收件人"] == "钱二"
    assert "钱二" in text_of(content_of(first))


def test_papers_of_different_records_bear_numbers_in_a_row():
    case = make_case(PaperKind.RECHECK)
    first = paper_of(case, PaperKind.RECHECK)
    case.subject = recheck(case.order)
    second = paper_of(case, PaperKind.RECHECK)
    assert [first.number.serial, second.number.serial] == [1, 2]


def test_a_refused_paper_takes_no_number():
    case = make_case(PaperKind.RECHECK)
    case.subject = recheck(case.order, found="离开沙盒")
    before = PaperNumber.objects.count()
    with pytest.raises(Refused, match="沙盒"):
        paper_of(case, PaperKind.RECHECK)
    assert PaperNumber.objects.count() == before
    assert not Paper.objects.for_system("test").filter(order=case.order).exists()


@pytest.mark.parametrize("role", [Role.STATION_OFFICER, Role.DISTRICT_OFFICER, Role.DISTRICT_LEAD])
def test_whoever_handles_orders_of_the_bureau_makes_papers(role):
    case = make_case(PaperKind.ORDER)
    by = make_user(role, case.bureau)
    assert paper_of(case, PaperKind.ORDER, by).made_by == by


def test_others_make_none():
    case = make_case(PaperKind.ORDER)
    for by in (make_user(Role.MUNICIPAL_OFFICER), make_user(Role.UNIT_OFFICER)):
        with pytest.raises(Refused, match="您的角色不能"):
            paper_of(case, PaperKind.ORDER, by)
    with pytest.raises(Refused, match="不在您的管辖范围内"):
        paper_of(case, PaperKind.ORDER, make_user(Role.DISTRICT_OFFICER))


def test_the_draft_shows_what_will_be_made_and_keeps_nothing():
    bureau = bureau_of_papers()
    order = make_order(make_violation(company(bureau), bureau=bureau), status=OrderStatus.SUBMITTED)
    draft = draft_of(order, on=ON)
    text = text_of(draft.content)
    assert NO_NUMBER_YET in text
    assert (draft.refusal, draft.warnings) == ("", [])
    assert not Paper.objects.for_system("test").filter(order=order).exists()
    order.facts = "四新企业远离红线"
    draft = draft_of(order, on=ON)
    assert "“违法事实”中有“红线”" in draft.refusal
    assert "远离红线" in text_of(draft.content)


def test_there_is_no_draft_of_an_issued_order():
    with pytest.raises(Refused, match="样稿只在签发前查看"):
        draft_of(make_case(PaperKind.ORDER).order, on=ON)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_names_the_bureau_and_nothing_of_the_system(kind):
    case = make_case(kind)
    content = content_of(paper_of(case, kind))
    core = Document(BytesIO(content)).core_properties
    assert core.author == core.last_modified_by == case.bureau.name
    assert core.title == PaperKind(kind).label
    assert (core.comments, core.keywords, core.subject, core.category) == ("", "", "", "")
    everything = "".join(texts_of(content).values())
    for word in ("沙盒", "内部使用", "系统", "python", "RL-2-07", "清单", "A类"):
        assert word not in everything


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_is_an_a4_page_in_official_faces_with_page_numbers(kind):
    document = Document(BytesIO(content_of(paper_of(make_case(kind), kind))))
    section = document.sections[0]
    assert (round(section.page_width.cm, 1), round(section.page_height.cm, 1)) == (21.0, 29.7)
    runs = [run for one in document.paragraphs for run in one.runs if run.text]
    faces = {run._element.rPr.rFonts.get(qn("w:eastAsia")) for run in runs}
    assert {"仿宋", "宋体"} <= faces <= {"仿宋", "宋体", "黑体"}
    footer = section.footer.paragraphs[0]._element.xml
    assert " PAGE " in footer
    assert " NUMPAGES " in footer


def test_the_same_words_make_the_same_file():
    case = make_case(PaperKind.ORDER)
    assert paper_of(case, PaperKind.ORDER).digest == paper_of(case, PaperKind.ORDER).digest


def test_every_kind_is_tried_in_a_state_that_allows_it():
    assert all(state in SORTS[kind].states for kind, state in STATES.items())
    assert set(SORTS) == set(PaperKind)
