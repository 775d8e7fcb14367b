"""A running order: what extends it, what stops its removal, what a recheck does, by the days."""

from datetime import date, timedelta

import pytest

from core.errors import Refused
from core.workdays import add_working_days
from redline.choices import ExtensionStatus, OrderStatus, RecheckFinding, RecheckWay, RemovalCause
from redline.models import Extension, MendingReport, Recheck
from redline.overdue import scan
from tests.redline.ordering import (
    DUE,
    ON,
    do,
    fixed,
    fresh,
    let_end,
    make_people,
    reached,
    removals_of,
    reviews_of,
    served,
    steps_of,
)

pytestmark = pytest.mark.django_db

S, F = OrderStatus, RecheckFinding
DAY = timedelta(days=1)
LATE = DUE + DAY


@pytest.fixture
def people():
    return make_people()


@pytest.fixture
def order(people):
    return served(people)


def standing(order):
    """Return the removals that were not revoked, as cause and first day."""
    return [(one.cause, one.since) for one in removals_of(order) if one.revoked_at is None]


def ask(order, people, on=ON, **said):
    return do(order, "ask_extension", people.officer, on, **said)


def extension_of(order):
    return Extension.objects.for_system("test").get(order=order)


class TestExtension:
    def test_granted_it_adds_its_days_to_the_due_day(self, order, people):
        ask(order, people)
        done = do(order, "decide_extension", people.lead, opinion="理由充分")
        assert (done.status, done.due_on) == (S.SERVED, date(2026, 12, 14))
        said = extension_of(order)
        assert (said.status, said.due_before, said.due_after) == ("granted", DUE, done.due_on)
        assert (said.decided_by, said.opinion, said.decided_on) == (people.lead, "理由充分", ON)

    def test_refused_it_leaves_the_due_day(self, order, people):
        ask(order, people)
        done = do(order, "decide_extension", people.lead, granted=False)
        assert (done.status, done.due_on) == (S.SERVED, DUE)
        assert extension_of(order).status == ExtensionStatus.REFUSED

    def test_once(self, order, people):
        ask(order, people)
        with pytest.raises(Refused, match="已登记2026-11-24的延期申请（待决定）"):
            ask(order, people)
        do(order, "decide_extension", people.lead)
        with pytest.raises(Refused, match="已于2026-11-24决定“同意延期”"):
            do(order, "decide_extension", people.second_lead)
        with pytest.raises(Refused, match="只能延期一次"):
            ask(order, people)

    @pytest.mark.parametrize("days", [0, 16])
    def test_at_most_the_original_length(self, order, people, days):
        with pytest.raises(Refused, match="1至15个日历日之间"):
            ask(order, people, days=days)

    def test_the_length_of_a_fixed_date_is_that_from_the_service(self, people):
        order = served(people, **fixed(date(2026, 12, 4)))
        with pytest.raises(Refused, match="1至10个日历日之间"):
            ask(order, people, days=11)
        ask(order, people, days=10)
        assert do(order, "decide_extension", people.lead).due_on == date(2026, 12, 14)

    @pytest.mark.parametrize(
        ("asked_on", "on", "said"),
        [
            (ON - DAY, ON, "早于起算日"),
            (LATE, LATE, "已在改正期限届满（2026-12-09）之后"),
            (LATE, DUE, "晚于今天"),
        ],
    )
    def test_only_in_due_time(self, order, people, asked_on, on, said):
        with pytest.raises(Refused, match=said):
            ask(order, people, on, asked_on=asked_on)

    def test_who_recorded_it_does_not_decide(self, order, people):
        do(order, "ask_extension", people.lead)
        with pytest.raises(Refused, match="由您登记"):
            do(order, "decide_extension", people.lead)
        assert do(order, "decide_extension", people.second_lead)

    def test_nothing_was_asked(self, order, people):
        with pytest.raises(Refused, match="没有待决定的延期申请"):
            do(order, "decide_extension", people.lead)

    @pytest.mark.parametrize("recorded", ["before", "after"])
    @pytest.mark.parametrize("scanned", [True, False])
    def test_decided_late_it_brings_the_order_back(self, order, people, recorded, scanned):
        if recorded == "before":
            ask(order, people, asked_on=DUE, on=DUE)
        if scanned:
            scan(LATE)
            assert standing(order) == [(RemovalCause.OVERDUE, LATE)]
        if recorded == "after":
            assert ask(order, people, asked_on=DUE, on=LATE).status == (
                S.OVERDUE if scanned else S.SERVED
            )
        done = do(order, "decide_extension", people.lead, LATE)
        assert (done.status, done.due_on, standing(order)) == (S.SERVED, date(2026, 12, 14), [])
        if scanned:
            (removal,) = removals_of(order)
            assert removal.revoke_reason == "期限内申请延期获准，延至2026-12-14"

    @pytest.mark.parametrize("scanned", [True, False])
    def test_where_the_new_day_has_passed_too_it_is_overdue_from_then(self, order, people, scanned):
        ask(order, people)
        if scanned:
            scan(LATE)
        done = do(order, "decide_extension", people.lead, date(2026, 12, 20))
        assert (done.status, done.due_on) == (S.OVERDUE, date(2026, 12, 14))
        assert standing(order) == [(RemovalCause.OVERDUE, date(2026, 12, 15))]

    def test_refused_late_the_removal_stands(self, order, people):
        ask(order, people)
        scan(LATE)
        done = do(order, "decide_extension", people.lead, LATE, granted=False)
        assert (done.status, standing(order)) == (S.OVERDUE, [(RemovalCause.OVERDUE, LATE)])

    def test_its_reason_stands_on_a_paper(self, order, people):
        ask(order, people)
        with pytest.raises(Refused, match="沙盒"):
            do(order, "decide_extension", people.lead, opinion="该户属于沙盒企业")


class TestHold:
    def test_it_adds_working_days(self, order, people):
        done = do(order, "hold", people.officer, days=5)
        assert done.due_on == date(2026, 12, 16)
        assert (done.hold.due_before, done.hold.due_after) == (DUE, done.due_on)

    @pytest.mark.parametrize("days", [0, 16])
    def test_within_the_limit(self, order, people, days):
        with pytest.raises(Refused, match="1至15个工作日之间"):
            do(order, "hold", people.officer, days=days)

    def test_once(self, order, people):
        do(order, "hold", people.officer)
        with pytest.raises(Refused, match="只能暂缓一次"):
            do(order, "hold", people.officer)

    def test_on_the_due_day_and_not_after_whether_scanned_or_not(self, people):
        order = served(people)
        assert do(order, "hold", people.officer, DUE, days=1).due_on == date(2026, 12, 10)
        other = served(people)
        with pytest.raises(Refused, match="现为“逾期未改正”"):
            do(other, "hold", people.officer, LATE)
        assert fresh(other).status == S.SERVED

    @pytest.mark.parametrize("first", ["hold", "extension"])
    def test_together_with_an_extension_in_either_order(self, order, people, first):
        ask(order, people)
        if first == "hold":
            do(order, "hold", people.officer)
        do(order, "decide_extension", people.lead)
        if first == "extension":
            do(order, "hold", people.officer)
        assert fresh(order).due_on == date(2026, 12, 21)


class TestReport:
    @pytest.mark.parametrize(
        ("received_on", "posted_on", "status"),
        [
            (DUE, None, S.REPORTED),
            (LATE + DAY, DUE, S.REPORTED),
            (LATE, None, S.OVERDUE),
            (LATE + DAY, LATE, S.OVERDUE),
        ],
    )
    @pytest.mark.parametrize("scanned", [True, False])
    def test_by_the_day_it_was_posted_or_handed_in(
        self, order, people, received_on, posted_on, status, scanned
    ):
        on = LATE + 2 * DAY
        if scanned:
            scan(on)
        said = {"received_on": received_on, "posted_on": posted_on}
        done = do(order, "report", people.officer, on, **said)
        assert done.status == status
        assert MendingReport.objects.for_system("test").filter(order=order).count() == 1
        if status == S.OVERDUE:
            assert standing(order) == [(RemovalCause.OVERDUE, LATE)]
            assert done.reported_on is None
            return
        assert (standing(order), len(removals_of(order))) == ([], int(scanned))
        assert done.reported_on == DUE
        assert done.recheck_due_on == add_working_days(DUE, 10) == date(2026, 12, 23)
        scan(date(2027, 3, 1))
        assert fresh(order).status == S.REPORTED

    @pytest.mark.parametrize(
        ("said", "words"),
        [
            ({"received_on": ON - DAY}, "早于起算日"),
            ({"received_on": LATE}, "晚于今天"),
            ({"received_on": ON, "posted_on": ON - DAY}, "交寄日2026-11-23早于起算日"),
            ({"received_on": ON, "posted_on": ON + DAY}, "晚于收到日"),
            ({"text": " "}, "请填写改正情况报告的内容"),
        ],
    )
    def test_days_that_cannot_be(self, order, people, said, words):
        with pytest.raises(Refused, match=words):
            do(order, "report", people.officer, DUE, **said)

    def test_it_is_handed_in_once(self, order, people):
        do(order, "report", people.officer)
        with pytest.raises(Refused, match="办理“登记改正情况报告”"):
            do(order, "report", people.lead)


def recheck(order, people, on, finding, **said):
    return do(order, "recheck", people.officer, on, finding=finding, **said)


class TestMended:
    @pytest.mark.parametrize(
        ("done_on", "corrected_on", "status"),
        [
            (DUE, None, S.MENDED),
            (LATE, DUE, S.MENDED),
            (LATE, None, S.MENDED_LATE),
            (LATE + DAY, LATE, S.MENDED_LATE),
        ],
    )
    @pytest.mark.parametrize("scanned", [True, False])
    def test_in_time_or_late_whether_scanned_or_not(
        self, order, people, done_on, corrected_on, status, scanned
    ):
        on = LATE + 2 * DAY
        if scanned:
            scan(on)
        done = recheck(order, people, on, F.MENDED, done_on=done_on, corrected_on=corrected_on)
        assert (done.status, done.mended_on, done.closed_on) == (status, done_on, on)
        late = [(RemovalCause.OVERDUE, LATE)] if status == S.MENDED_LATE else []
        assert standing(order) == late
        assert len(removals_of(order)) == int(scanned or status == S.MENDED_LATE)

    def test_a_report_in_time_is_taken_at_its_word(self, order, people):
        do(order, "report", people.officer, DUE)
        done = recheck(order, people, LATE + DAY, F.MENDED)
        assert (done.status, removals_of(order)) == (S.MENDED, [])

    def test_unless_the_recheck_names_a_later_day(self, order, people):
        do(order, "report", people.officer, DUE)
        done = recheck(order, people, LATE + DAY, F.MENDED, corrected_on=LATE)
        assert (done.status, removals_of(order)) == (S.MENDED_LATE, [])

    @pytest.mark.parametrize("status", [S.NOT_MENDED, S.REFERRED, S.OVERDUE])
    @pytest.mark.parametrize("in_time", [True, False])
    def test_what_comes_to_light_later_revokes_the_removal(self, people, status, in_time):
        order = reached(people, status)
        assert len(standing(order)) == 1
        said = {"corrected_on": DUE if in_time else LATE}
        done = recheck(order, people, date(2026, 12, 30), F.MENDED, **said)
        assert done.status == (S.MENDED if in_time else S.MENDED_LATE)
        assert len(standing(order)) == (0 if in_time else 1)


class TestNotMended:
    @pytest.mark.parametrize("finding", [F.NOT_MENDED, F.PARTLY])
    @pytest.mark.parametrize("ordinary", [True, False])
    def test_reported_and_found_not_corrected(self, people, finding, ordinary):
        order = served(people, ordinary=ordinary)
        do(order, "report", people.officer, DUE)
        day = LATE + 3 * DAY
        done = recheck(order, people, day + DAY, finding, done_on=day)
        assert done.status == S.NOT_MENDED
        if ordinary:
            (review,) = reviews_of(order)
            assert (review.cause, review.order, removals_of(order)) == ("overdue", order, [])
        else:
            assert standing(order) == [(RemovalCause.NOT_MENDED, day)]
            (removal,) = removals_of(order)
            assert removal.recheck.startswith(f"{day}")

    @pytest.mark.parametrize("finding", [F.NOT_MENDED, F.PARTLY])
    @pytest.mark.parametrize("reported", [True, False])
    def test_while_the_due_day_has_not_ended_the_deadline_runs_on(
        self, order, people, finding, reported
    ):
        if reported:
            do(order, "report", people.officer, ON + DAY)
        done = recheck(order, people, DUE, finding)
        assert (done.status, done.reported_on, done.recheck_due_on) == (S.SERVED, None, None)
        assert (done.due_on, removals_of(order)) == (DUE, [])
        scan(LATE)
        assert standing(order) == [(RemovalCause.OVERDUE, LATE)]

    def test_recorded_after_the_due_day_it_is_overdue_at_once(self, order, people):
        do(order, "report", people.officer, ON + DAY)
        done = recheck(order, people, LATE, F.NOT_MENDED, done_on=DUE)
        assert (done.status, standing(order)) == (S.OVERDUE, [(RemovalCause.OVERDUE, LATE)])

    @pytest.mark.parametrize("status", [S.OVERDUE, S.NOT_MENDED, S.REFERRED])
    def test_what_is_overdue_stays_so(self, people, status):
        order = reached(people, status)
        before = standing(order)
        done = recheck(order, people, date(2026, 12, 20), F.NOT_MENDED)
        assert (done.status, standing(order)) == (status, before)

    def test_who_is_overdue_unscanned_falls_due(self, order, people):
        done = recheck(order, people, LATE, F.NOT_MENDED)
        assert done.status == S.OVERDUE
        assert [name for name, *_ in steps_of(order)][-2:] == ["recheck", "fall_due"]


class TestNewTime:
    def partly(self, order, people, on=LATE, **said):
        return recheck(order, people, on, F.PARTLY, **{"new_days": 7} | said)

    def reported(self, order, people):
        do(order, "report", people.officer, DUE)
        return order

    def test_it_runs_from_the_day_of_the_recheck(self, order, people):
        done = self.partly(self.reported(order, people), people)
        assert (done.status, done.start_on, done.due_on) == (S.SERVED, LATE, date(2026, 12, 17))
        assert (done.new_time_given, done.reported_on, done.recheck_due_on) == (True, None, None)
        assert Recheck.objects.for_system("test").get(order=order).due_after == done.due_on
        scan(date(2026, 12, 17))
        assert removals_of(order) == []
        scan(date(2026, 12, 18))
        assert standing(order) == [(RemovalCause.OVERDUE, date(2026, 12, 18))]

    def test_in_working_days(self, order, people):
        done = self.partly(self.reported(order, people), people, new_day_kind="working")
        assert done.due_on == date(2026, 12, 21)

    def test_it_never_shortens_what_was_given(self, order, people):
        do(order, "report", people.officer, ON)
        assert self.partly(order, people, ON + DAY, new_days=1).due_on == DUE

    def test_one_only_then_in_part_is_not_corrected(self, order, people):
        self.partly(self.reported(order, people), people)
        day = date(2026, 12, 18)
        do(order, "report", people.officer, date(2026, 12, 16))
        with pytest.raises(Refused, match="已再限期一次"):
            self.partly(order, people, day)
        done = recheck(order, people, day, F.PARTLY)
        assert (done.status, standing(order)) == (
            S.NOT_MENDED,
            [(RemovalCause.NOT_MENDED, day)],
        )

    @pytest.mark.parametrize("status", [S.SERVED, S.OVERDUE, S.NOT_MENDED, S.REFERRED])
    def test_only_after_a_report_in_time(self, people, status):
        order = reached(people, status)
        with pytest.raises(Refused, match="请不填再限期"):
            self.partly(order, people, ON if status == S.SERVED else date(2026, 12, 20))

    def test_it_may_be_extended_by_its_own_length(self, order, people):
        self.partly(self.reported(order, people), people)
        with pytest.raises(Refused, match="1至7个日历日之间"):
            ask(order, people, LATE, days=8)
        ask(order, people, LATE, days=7)
        assert do(order, "decide_extension", people.lead, LATE).due_on == date(2026, 12, 24)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"way": "by_ear"}, "请选择复查方式"),
        ({"officers": [" "]}, "请填写复查人员"),
        ({"way": RecheckWay.ON_SITE, "officers": ["王五"]}, "两名以上"),
        ({"way": RecheckWay.ON_SITE, "officers": ["王五", " 王五 "]}, "两名以上"),
        ({"officers": ["长" * 61]}, "每人填写一个姓名"),
        ({"finding": "so_so"}, "请选择复查结果"),
        ({"found": ""}, "请填写复查情况"),
        ({"found": "该户是沙盒企业"}, "沙盒"),
        ({"done_on": ON - DAY}, "早于送达日"),
        ({"done_on": LATE + 30 * DAY}, "晚于今天"),
        ({"corrected_on": LATE, "done_on": ON}, "晚于复查日"),
        ({"finding": F.PARTLY, "corrected_on": ON}, "才填写实际改正日"),
        ({"new_days": 5}, "才能再限期"),
        ({"finding": F.PARTLY, "new_days": 0}, "1至180日"),
        ({"finding": F.PARTLY, "new_days": 5, "new_day_kind": "weeks"}, "期限单位"),
    ],
)
def test_what_cannot_be_a_recheck(order, people, said, words):
    with pytest.raises(Refused, match=words):
        do(order, "recheck", people.officer, DUE, **said)
    assert fresh(order).status == S.SERVED


def test_two_officers_go_on_site(order, people):
    said = {"way": RecheckWay.ON_SITE, "officers": ["王五", "赵六"]}
    do(order, "recheck", people.officer, DUE, **said)
    assert Recheck.objects.for_system("test").get(order=order).officers == ["王五", "赵六"]


@pytest.mark.parametrize("scanned", [True, False])
def test_referring_does_not_wait_for_the_scan(order, people, scanned):
    if scanned:
        scan(LATE)
    done = do(order, "refer", people.officer, LATE)
    assert (done.status, standing(order)) == (S.REFERRED, [(RemovalCause.OVERDUE, LATE)])


def test_a_firm_that_ended_did_not_correct(order, people):
    done = do(order, "end", people.lead, DUE)
    assert (done.status, done.mended_on, removals_of(order)) == (S.ENDED, None, [])


def test_after_its_day_it_ends_overdue(order, people):
    do(order, "end", people.lead, LATE)
    assert standing(order) == [(RemovalCause.OVERDUE, LATE)]


def test_that_a_firm_ended_which_the_register_has_says_the_lead(order, people):
    with pytest.raises(Refused, match="由本局负责人办理“主体终止”"):
        do(order, "end", people.officer, DUE)
    let_end(order, DUE)
    assert do(order, "end", people.officer, DUE).status == S.ENDED
