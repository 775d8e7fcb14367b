"""The second clock: 立案 or 不予立案 in time, extended once, and how it ends (readings 11)."""

from datetime import date, timedelta

import pytest

from core.errors import Refused
from core.workdays import calendar
from policy.models import LimitValue, PolicyVersion
from redline.actions.cases import close_case, decide_case, extend_case, take_measure
from redline.actions.violations import hold_against
from redline.choices import CaseDecision, ListKind, MeasureKind
from redline.models import Case, Measure
from redline.violation_workflow import CASE_STEPS, case_steps
from tests.redline.factories import ACTED, ON, make_case, make_item, make_touch, make_violation
from tests.redline.judging import ROLES, approved, case_of, made_item, make_people, recorded

pytestmark = pytest.mark.django_db
STATES = ("open", "extended", "filed", "not_filed", "closed")
STAFF = {"officer", "colleague", "lead", "second_lead"}
LEADS = {"lead", "second_lead"}
ALLOWED = {
    "open": {"decide": STAFF, "extend": LEADS},
    "extended": {"decide": STAFF},
    "filed": {"close": STAFF},
    "not_filed": {},
    "closed": {},
}
FILED = {"decision": CaseDecision.FILED, "case_number": "试市监案〔2026〕1号", "decided_on": ON}
NOT_FILED = {
    "decision": CaseDecision.NOT_FILED,
    "reason": "违法行为轻微并及时改正",
    "decided_on": ON,
}
DO = {
    "decide": lambda case, **who: decide_case(case, **FILED, **who),
    "extend": lambda case, **who: extend_case(case, reason="检验尚未出具", **who),
    "close": lambda case, **who: close_case(case, outcome="罚款3000元", closed_on=ON, **who),
}


@pytest.fixture
def people(db):
    return make_people()


def fresh(case: Case) -> Case:
    return Case.objects.for_system("test").get(pk=case.pk)


def reached(people, state: str) -> Case:
    """Return a case of the bureau in a state, as plain rows."""
    violation = make_violation(bureau=people.bureau, by=people.officer)
    make_touch(violation, made_item(people))
    said = {}
    if state == "extended":
        said = {"extension_days": 15, "extended_by": people.lead, "extension_reason": "检验"}
    elif state == "not_filed":
        said = {"decision": "not_filed", "decided_on": ON, "decided_by": people.officer}
    elif state in ("filed", "closed"):
        said = {"decision": "filed", "decided_on": ON, "case_number": "1号"}
        said["decided_by"] = people.officer
    if state == "closed":
        said |= {"closed_on": ON, "outcome": "罚款", "closed_by": people.lead}
    return make_case(violation, **said)


@pytest.mark.parametrize("state", STATES)
def test_every_step_by_everybody(people, state):
    case = reached(people, state)
    for step in CASE_STEPS:
        for name in ROLES:
            by = getattr(people, name)
            may = name in ALLOWED[state].get(step, set())
            before = Case.objects.for_system("test").filter(pk=case.pk).values().get()
            seen = Case.objects.visible_to(by).filter(pk=case.pk).first()
            assert (step in case_steps(seen, by) if seen else False) == may, (step, name)
            if may:
                done = DO[step](reached(people, state), by=by, on=ON)
                assert done.violation.bureau == people.bureau
                continue
            with pytest.raises(Refused) as refusal:
                DO[step](fresh(case), by=by, on=ON)
            assert len(str(refusal.value)) > 10
            assert Case.objects.for_system("test").filter(pk=case.pk).values().get() == before


class TestDeciding:
    def test_filed_with_its_number(self, people):
        case = decide_case(reached(people, "open"), **FILED, by=people.officer, on=ON)
        assert (case.decision, case.case_number) == (CaseDecision.FILED, "试市监案〔2026〕1号")
        assert (case.decided_by, case.decided_on) == (people.officer, ON)

    def test_not_filed_with_its_reason(self, people):
        case = decide_case(reached(people, "open"), **NOT_FILED, by=people.officer, on=ON)
        assert (case.decision, case.case_number) == (CaseDecision.NOT_FILED, "")
        assert case.reason == NOT_FILED["reason"]

    def test_late_is_still_decided(self, people):
        case = reached(people, "open")
        late = case.due_on + timedelta(days=30)
        said = FILED | {"decided_on": late}
        assert decide_case(case, **said, by=people.officer, on=late).decided_on == late

    @pytest.mark.parametrize(
        ("said", "refusal"),
        [
            (FILED | {"case_number": " "}, "请填写案号"),
            (FILED | {"case_number": "字" * 101}, "案号最多100字"),
            (NOT_FILED | {"reason": ""}, "请填写不予立案的理由"),
            (FILED | {"reason": "字" * 2001}, "理由最多2000字"),
            (FILED | {"decision": CaseDecision.OPEN}, "请选择立案或不予立案"),
            (FILED | {"decision": "perhaps"}, "请选择立案或不予立案"),
            (FILED | {"decided_on": None}, "请填写决定日"),
            (FILED | {"decided_on": ON + timedelta(days=1)}, "晚于今天"),
            (FILED | {"decided_on": ACTED - timedelta(days=1)}, "早于发现日"),
        ],
    )
    def test_what_no_decision_may_say(self, people, said, refusal):
        case = reached(people, "open")
        with pytest.raises(Refused, match=refusal):
            decide_case(case, **said, by=people.officer, on=ON)
        assert fresh(case).decision == CaseDecision.OPEN

    def test_the_second_is_told_who_was_first(self, people):
        case = reached(people, "open")
        decide_case(case, **FILED, by=people.colleague, on=ON)
        with pytest.raises(Refused, match=f"{people.colleague.name}已登记“立案”"):
            decide_case(case, **NOT_FILED, by=people.officer, on=ON)


class TestExtending:
    def test_once_from_the_day_it_began(self, people):
        order = approved(people)
        case = extend_case(case_of(order.violation), reason="检验", by=people.lead, on=ON)
        assert case.extension_days == 15
        assert case.due_on == calendar().add_working_days(ON, 30) == date(2027, 1, 5)
        with pytest.raises(Refused, match="已批准延长至2027-01-05，决定期限只能延长一次"):
            extend_case(case, reason="检验", by=people.second_lead, on=ON)

    def test_on_the_last_day_but_not_after_it(self, people):
        case = reached(people, "open")
        with pytest.raises(Refused, match="已过，不能再延长"):
            extend_case(case, reason="检验", by=people.lead, on=case.due_on + timedelta(days=1))
        assert extend_case(case, reason="检验", by=people.lead, on=case.due_on).extension_days

    def test_it_needs_a_reason(self, people):
        with pytest.raises(Refused, match="请填写延长理由"):
            extend_case(reached(people, "open"), reason=" ", by=people.lead, on=ON)

    def test_where_the_limits_allow_none(self, people):
        version = PolicyVersion.objects.get(status=PolicyVersion.Status.PUBLISHED)
        fresh_one = PolicyVersion.objects.create(
            number=version.number + 1,
            since=ON,
            status=PolicyVersion.Status.PUBLISHED,
            title="试验",
        )
        LimitValue.objects.create(version=fresh_one, key="cases.extension_working_days", value=0)
        with pytest.raises(Refused, match="现行参数不允许延长"):
            extend_case(reached(people, "open"), reason="检验", by=people.lead, on=ON)


class TestClosing:
    @pytest.mark.parametrize(
        ("said", "refusal"),
        [
            ({"outcome": "", "closed_on": ON}, "请填写处理结果"),
            ({"outcome": "罚款", "closed_on": None}, "请填写结案日"),
            ({"outcome": "罚款", "closed_on": ON + timedelta(days=1)}, "晚于今天"),
            ({"outcome": "罚款", "closed_on": ON - timedelta(days=1)}, "早于立案决定日"),
        ],
    )
    def test_what_no_closing_may_say(self, people, said, refusal):
        with pytest.raises(Refused, match=refusal):
            close_case(reached(people, "filed"), **said, by=people.officer, on=ON)

    def test_only_what_was_filed_is_closed(self, people):
        for state in ("open", "not_filed"):
            with pytest.raises(Refused, match="只有立案的才登记结案"):
                DO["close"](reached(people, state), by=people.officer, on=ON)
        with pytest.raises(Refused, match=f"{people.lead.name}已登记该案"):
            DO["close"](reached(people, "closed"), by=people.officer, on=ON)


class TestMeasures:
    SAID = {"kind": MeasureKind.SEIZURE, "taken_on": ON, "document_number": "试市监封〔2026〕1号"}

    def test_on_any_day_beside_order_and_case(self, people):
        violation = recorded(people)
        take_measure(violation, **self.SAID, by=people.officer, on=ON)
        order = approved(people)
        said = self.SAID | {"kind": MeasureKind.POLICE}
        take_measure(order.violation, **said, by=people.officer, on=ON)
        kinds = Measure.objects.for_system("test").values_list("kind", flat=True)
        assert list(kinds) == [MeasureKind.SEIZURE, MeasureKind.POLICE]

    @pytest.mark.parametrize(
        ("said", "refusal"),
        [
            ({"kind": "arrest"}, "请选择措施"),
            ({"document_number": " "}, "请填写文书号"),
            ({"taken_on": None}, "请填写实施日"),
            ({"taken_on": ON + timedelta(days=1)}, "晚于今天"),
            ({"taken_on": ACTED - timedelta(days=1)}, "早于行为开始日"),
        ],
    )
    def test_what_no_measure_may_say(self, people, said, refusal):
        with pytest.raises(Refused, match=refusal):
            take_measure(recorded(people), **self.SAID | said, by=people.officer, on=ON)

    def test_a_seizure_in_spite_of_the_no_coercion_list_says_why(self, people):
        item = make_item(None, kind=ListKind.NO_COERCION, conditions=["情节显著轻微"])
        violation = recorded(people)
        who = {"by": people.officer, "on": ON}
        hold_against(violation, item, ticked=[], **who)
        take_measure(violation, **self.SAID, **who)
        hold_against(violation, item, ticked=[0], **who)
        with pytest.raises(Refused, match=f"不予实施行政强制措施的事项{item.code}"):
            take_measure(violation, **self.SAID, **who)
        said = self.SAID | {"kind": MeasureKind.POLICE}
        assert take_measure(violation, **said, **who).pk
        assert take_measure(violation, **self.SAID, note="当事人转移物品", **who).note
