"""The page of the working-day calendar, and the loading of a year with what it moves."""

import threading
from datetime import date, datetime
from io import BytesIO

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

import desk.calendars
from core.arrangements import read_lines, write_lines
from core.due_days import Special
from core.errors import Refused
from core.models import CalendarYear, Change, SpecialDay
from core.seeding import shipped
from core.workdays import calendar, hold_calendar
from desk.calendars import Arrangement, current_of, load_year, preview
from desk.months import months_of
from entities.actions.four_new import propose_four_new
from entities.models import FourNewProposal
from staff.models import User
from staff.roles import BUSINESS_ROLES, CITY_ROLES, Role
from tests.factories import make_bureau, make_entity, make_user

LINES = (
    "2027-01-01至2027-01-03 休 元旦\n2027-02-05至2027-02-11 休 春节\n2027-02-20 班\n"
    "2027-04-03至2027-04-05 休 清明节\n2027-05-01至2027-05-05 休 劳动节\n"
    "2027-06-09 休 端午节\n2027-09-15 休 中秋节\n2027-10-01至2027-10-07 休 国庆节"
)
DOCUMENT = "国办发明电〔试〕1号"
WANTED = Arrangement(2027, DOCUMENT, read_lines(LINES, 2027))
ON = date(2026, 12, 28)
FORM = {"year": "2027", "document": DOCUMENT, "lines": LINES, "replacing": "0"}
LOAD = "/calendar/load/"


def make_proposal(filed_on=date(2026, 12, 24), due_on=date(2027, 1, 7), **fields):
    """File a proposal whose ten working days run into 2027."""
    bureau = fields.pop("bureau", None) or make_bureau()
    return FourNewProposal.plain.create(
        **{
            "entity": make_entity(bureau=bureau),
            "kind": "propose",
            "novelties": ["form"],
            "reason": "试验",
            "filed_by": make_user(Role.DISTRICT_OFFICER, bureau),
            "filed_at": timezone.make_aware(datetime.combine(filed_on, datetime.min.time())),
            "due_on": due_on,
        }
        | fields
    )


@pytest.fixture
def city(db):
    return make_user(Role.MUNICIPAL_OFFICER)


def load(by, wanted=WANTED, replacing=0):
    return load_year(wanted, replacing=replacing, by=by, on=ON)


class TestLoading:
    def test_what_is_previewed_is_what_happens(self, city):
        moved, still = make_proposal(), make_proposal(date(2026, 12, 1), date(2026, 12, 15))
        decided = make_proposal(status="withdrawn")
        (seen, *_) = preview(WANTED).effects
        assert CalendarYear.objects.filter(year=2027).count() == 0
        row, (done, *_) = load(city)
        assert (seen.moved, seen.some) == (done.moved, done.some) == (1, seen.some)
        assert seen.some[0].due_on == date(2027, 1, 8)
        for proposal in (moved, still, decided):
            proposal.refresh_from_db()
        assert moved.due_on == date(2027, 1, 8)
        assert still.due_on == date(2026, 12, 15)
        assert decided.due_on == date(2027, 1, 7)
        assert (row.recorded_by, row.document) == (city, DOCUMENT)
        assert 2027 in calendar().years
        assert calendar().why_not(date(2027, 2, 8)) == "春节"

    def test_a_deadline_that_was_issued_is_never_shortened(self, city):
        days = {date(2027, 1, 2): Special(True, "调休上班")} | {
            date(2027, 6, 9): Special(False, "端午节")
        }
        proposal = make_proposal()
        wanted = Arrangement(2027, DOCUMENT, days)
        assert preview(wanted).effects[0].moved == 0
        load(city, wanted)
        proposal.refresh_from_db()
        assert proposal.due_on == date(2027, 1, 7)
        assert calendar().is_working_day(date(2027, 1, 2))

    def test_another_arrangement_supersedes_and_keeps_the_first(self, city):
        first, _ = load(city)
        proposal = make_proposal()
        days = dict(WANTED.days) | {date(2027, 1, 4): Special(False, "元旦")}
        second, (effect, *_) = load(city, Arrangement(2027, "更正", days), first.pk)
        first.refresh_from_db()
        proposal.refresh_from_db()
        assert effect.moved == 1
        assert proposal.due_on == date(2027, 1, 11)
        assert first.superseded_at == second.recorded_at
        assert current_of(2027) == second
        assert SpecialDay.objects.filter(calendar=first).count() == len(WANTED.days)

    @pytest.mark.parametrize(
        ("wanted", "replacing", "sentence"),
        [
            (Arrangement(2027, " ", WANTED.days), 0, "请填写公布该安排的通知的文号"),
            (Arrangement(2029, "文号", WANTED.days), 0, "年份应在2004至2028之间"),
            (Arrangement(2027, "文号", {}), 0, "没有一个休假日"),
            (WANTED, 999_999, "刚被他人更新，请重新预览"),
        ],
    )
    def test_what_cannot_be_loaded_is_said(self, city, wanted, replacing, sentence):
        with pytest.raises(Refused, match=sentence):
            load(city, wanted, replacing)
        assert current_of(2027) is None

    def test_the_same_again_is_refused(self, city):
        row, _ = load(city)
        with pytest.raises(Refused, match="完全相同"):
            load(city, replacing=row.pk)
        with pytest.raises(Refused, match="刚被他人更新"):
            load(city)

    @pytest.mark.parametrize("role", [*Role, ""])
    def test_only_the_city_loads(self, db, role):
        by = make_user(role)
        if role in CITY_ROLES:
            assert load(by)
        else:
            with pytest.raises(Refused, match="您的角色不能“载入年度工作日历”"):
                load(by)

    def test_a_year_that_the_product_brings_moves_deadlines_too(self, city, monkeypatch):
        proposal = make_proposal()
        monkeypatch.setattr("core.seeding.shipped", lambda: shipped() | {2027: dict(WANTED.days)})
        call_command("seed_reference", verbosity=0)
        proposal.refresh_from_db()
        assert proposal.due_on == date(2027, 1, 8)
        assert current_of(2027).source.startswith("随系统附带")

    def test_a_new_version_of_the_product_leaves_what_staff_loaded(self, city, monkeypatch):
        row, _ = load(city)
        monkeypatch.setattr("core.seeding.shipped", lambda: {2027: {}})
        desk.calendars.seed()
        assert current_of(2027) == row


@pytest.mark.usefixtures("real_commits")
def test_a_deadline_being_stored_is_met_by_the_calendar_being_loaded():
    """The loading waits for whoever holds the old calendar, and then sees what that one stored."""
    city, bureau = make_user(Role.MUNICIPAL_OFFICER), make_bureau()
    held, outcome = threading.Event(), []

    def loading() -> None:
        try:
            held.wait(10)
            outcome.append(load(User.objects.get(pk=city.pk))[1][0].moved)
        finally:
            connection.close()

    thread = threading.Thread(target=loading)
    thread.start()
    with transaction.atomic():
        due_on = hold_calendar().add_working_days(date(2026, 12, 24), 10)
        held.set()
        thread.join(1)
        assert thread.is_alive()
        proposal = make_proposal(due_on=due_on, bureau=bureau)
    thread.join(20)
    assert outcome == [1]
    proposal.refresh_from_db()
    assert proposal.due_on == date(2027, 1, 8)


@pytest.mark.django_db
def test_what_is_proposed_is_due_by_the_calendar_in_force(city):
    load(city)
    bureau = make_bureau()
    officer, entity = make_user(Role.DISTRICT_OFFICER, bureau), make_entity(bureau=bureau)
    (filed,) = propose_four_new(
        [entity], novelties=["form"], reason="试验", by=officer, on=date(2026, 12, 24)
    )
    assert filed.due_on == date(2027, 1, 8)


class TestPage:
    @pytest.mark.parametrize("role", [*Role, ""])
    def test_who_sees_it_and_who_may_load(self, client, db, role):
        client.force_login(make_user(role))
        answer = client.get(reverse("desk:calendar"), {"year": "2026"})
        assert answer.status_code == (200 if role in BUSINESS_ROLES else 403)
        text = answer.content.decode()
        assert (LOAD in text) == (role in CITY_ROLES)
        for method in (client.get, client.post):
            status = method(LOAD).status_code
            assert status == (200 if role in CITY_ROLES else 403)

    def test_a_year_says_its_days_in_words(self, client, city):
        client.force_login(city)
        text = client.get(reverse("desk:calendar"), {"year": "2026"}).content.decode()
        for said in (
            "1日至7日 国庆节休",
            "10日 调休上班",
            'title="2026-10-10（周六） 调休上班"',
            ">10<small>班</small>",
            ">1<small>休</small>",
            "随系统附带（chinesecalendar",
            "工作日 18 天",
        ):
            assert said in text, said
        assert "暂定" not in text

    def test_an_unpublished_year_is_marked(self, client, city):
        client.force_login(city)
        page = reverse("desk:calendar")
        text = client.get(page, {"year": "2027"}).content.decode()
        assert "暂定：2027年的节假日安排尚未载入" in text
        assert text.count(">暂定<") == 12
        load(city)
        text = client.get(page, {"year": "2027"}).content.decode()
        assert "暂定" not in text
        assert f"{DOCUMENT}；{city.name}" in text

    @pytest.mark.parametrize("year", ["", "x", "1999", "99999", "٢٠٢٦", "0"])
    def test_a_year_that_is_none_is_this_one(self, client, city, year):
        client.force_login(city)
        text = client.get(reverse("desk:calendar"), {"year": year}).content.decode()
        assert f"<h1>{timezone.localdate().year}年工作日历</h1>" in text

    @pytest.mark.parametrize(
        ("asked", "said"),
        [
            ({"start": "2026-09-28", "days": "3", "kind": "working"}, "2026-10-01（周四）国庆节、"),
            ({"start": "2026-12-18", "days": "15", "kind": "calendar"}, "暂按周一至周五"),
            ({"start": "2026-03-02", "days": "15", "kind": "calendar"}, "没有跳过的日子"),
            ({"start": "x", "days": "3", "kind": "working"}, "起算日应为 2025-03-31 这样的日期"),
            ({"start": "9999-12-31", "days": "3", "kind": "working"}, "2004至2100年之间"),
            ({"start": "2026-03-02", "days": "0", "kind": "working"}, "天数应为1至3650的整数"),
            ({"start": "2026-03-02", "days": "3", "kind": "x"}, "计算方式不在可选范围内"),
            ({"days": "3"}, "请填写起算日。"),
        ],
    )
    def test_a_deadline_is_computed(self, client, city, asked, said):
        client.force_login(city)
        text = client.get(reverse("desk:calendar"), asked).content.decode()
        assert said in text

    def test_the_page_asks_for_the_calendar_once(self, client, city, django_assert_max_num_queries):
        client.force_login(city)
        with django_assert_max_num_queries(20) as asked:
            client.get(
                reverse("desk:calendar"), {"start": "2026-09-28", "days": 9, "kind": "working"}
            )
        assert sum("core_specialday" in one["sql"] for one in asked.captured_queries) <= 1


class TestLoadingByPage:
    def test_preview_then_load(self, client, city):
        make_proposal()
        client.force_login(city)
        seen = client.post(LOAD, FORM | {"step": "preview"})
        text = seen.content.decode()
        for said in ("顺延 1 件", "2027-01-07 改为 2027-01-08", "取代", "暂定的2027年日历"):
            assert said in text, said
        assert current_of(2027) is None
        shown = seen.context["lines"]
        assert shown == write_lines(WANTED.days)
        answer = client.post(
            LOAD, FORM | {"lines": shown, "step": "load", "once": "a"}, follow=True
        )
        assert "“四新”建议和异议的市局决定期限：顺延1件。" in answer.content.decode()
        assert current_of(2027).document == DOCUMENT

    def test_a_workbook_is_previewed_as_lines(self, client, city):
        book = openpyxl.Workbook()
        for row in (
            ("日期", "结束日期", "类别", "名称"),
            ("2027-01-01", "2027-01-03", "休", "元旦"),
        ):
            book.active.append(row)
        book.save(content := BytesIO())
        client.force_login(city)
        file = SimpleUploadedFile("2027.xlsx", content.getvalue())
        answer = client.post(LOAD, FORM | {"lines": "", "file": file, "step": "preview"})
        assert answer.context["lines"] == "2027-01-01至2027-01-03 休 元旦"
        text = answer.content.decode()
        assert "没有看到：春节、清明、劳动、端午、中秋、国庆" in text
        assert text.count("2027-01-01至2027-01-03 休 元旦</textarea>") == 2  # to load and to change

    def test_what_moves_in_december_before_is_named(self, client, city):
        client.force_login(city)
        lines = f"2026-12-31 休 元旦\n{LINES}"
        text = client.post(LOAD, FORM | {"lines": lines, "step": "preview"}).content.decode()
        assert "<dt>上年12月</dt><dd>2026-12-31 休 元旦</dd>" in text
        assert "19天由上班改为休息" in text

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"lines": "明年元旦放假"}, "第1行：“明年元旦放假”看不懂"),
            ({"year": "2099"}, "年份最晚为"),
            ({"year": "x"}, "年份应为2004至9998的整数"),
            ({"document": ""}, "请填写通知文号。"),
            ({"file": ("a.xlsx", b"PK\x03\x04not")}, "工作簿已损坏"),
            ({"file": ("a.xlsx", b"2027-01-01")}, "文件名是 .xlsx，内容却是文本"),
            ({"file": ("a.csv", "甲,乙\n1,2".encode())}, "日期"),
        ],
    )
    def test_what_is_wrong_stands_beside_its_field(self, client, city, change, sentence):
        client.force_login(city)
        for step in ("preview", "load"):
            sent = FORM | change | {"step": step}
            if "file" in change:
                sent["file"] = SimpleUploadedFile(*change["file"])
            answer = client.post(LOAD, sent)
            assert sentence in answer.content.decode()
        assert current_of(2027) is None

    def test_what_was_not_seen_is_not_loaded(self, client, city):
        load(city)
        client.force_login(city)
        answer = client.post(LOAD, FORM | {"step": "load", "document": "另一文号"})
        assert answer.status_code == 409
        assert "刚被他人更新，请重新预览后再载入" in answer.content.decode()

    def test_it_leaves_lines_for_the_auditor(self, client, city):
        proposal = make_proposal()
        client.force_login(city)
        client.post(LOAD, FORM | {"step": "load"})
        first = current_of(2027)
        client.post(LOAD, FORM | {"document": "更正", "replacing": first.pk, "step": "load"})
        lines = Change.objects.for_system("a test looks").order_by("pk")
        told = [
            (line.table_name, line.verb, line.row_key, line.actor_id, line.reason)
            for line in lines.filter(origin=f"POST {LOAD}")
            if line.table_name.startswith(("core_calendar", "entities_four"))
        ]
        why, again = f"载入2027年工作日历（{DOCUMENT}）", "载入2027年工作日历（更正）"
        assert told == [
            ("core_calendaryear", "insert", first.pk, city.pk, why),
            ("entities_fournewproposal", "update", proposal.pk, city.pk, why),
            ("core_calendaryear", "supersede", first.pk, city.pk, again),
            ("core_calendaryear", "insert", current_of(2027).pk, city.pk, again),
        ]
        client.force_login(make_user(Role.AUDITOR))
        text = client.get(reverse("desk:audit-changes")).content.decode()
        for said in ("年度工作日历", f"载入2027年工作日历（{DOCUMENT}）"):
            assert said in text, said


def test_every_month_is_whole(db):
    for month in months_of(2026, calendar(), date(2026, 11, 24)):
        days = [cell.day for week in month.weeks for cell in week if cell]
        assert days[0].day == 1
        assert all(len(week) == 7 for week in month.weeks)
        assert len(days) == len(set(days))
    assert sum(month.working for month in months_of(2026, calendar(), ON)) == 248
