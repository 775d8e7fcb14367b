"""The auditor's lists: each condition, paging by key, who may, and that a look is itself logged."""

import uuid
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from core.audit.access import Kind, record
from core.audit.context import acting
from core.models import Access, Change
from desk.audit import reading
from staff.models import Bureau
from staff.roles import Role
from tests.factories import make_bureau, make_entity, make_user

CHANGES = reverse("desk:audit-changes")
ACCESSES = reverse("desk:audit-accesses")
SEALS = reverse("desk:audit-seals")
VERIFY = reverse("desk:audit-verify")
OPERATION = reverse("desk:audit-operation", args=(uuid.UUID(int=7),))
STATION, AREA = "staff_station", "staff_bureau"


@pytest.fixture
def auditor(db):
    return make_user(Role.AUDITOR, username="audit77", name="审某")


@pytest.fixture
def browser(auditor, client):
    client.force_login(auditor)
    return client


@pytest.fixture
def past(db):
    """Pass over what loading the reference tables left in the log."""
    last = Change.objects.for_system("where the test begins").order_by("-id").first()
    return last.pk if last else 0


@pytest.fixture
def officer(db):
    return make_user(username="zs001", name="张三")


def shown(browser, page=CHANGES, /, **query):
    """Return the lines of the page, having made sure that there is a page."""
    answer = browser.get(page, query)
    assert answer.status_code == 200
    assert answer.context["page"] is not None, answer.content.decode()
    return [line.line for line in answer.context["lines"]]


def change(bureau, by=None, origin="", reason="", **columns):
    """Change a bureau as somebody and return the line it left."""
    if origin:
        with acting(by=by, origin=origin, reason=reason, address="10.1.2.3"):
            Bureau.objects.filter(pk=bureau.pk).update(**columns)
    else:
        Bureau.objects.filter(pk=bureau.pk).update(**columns)
    return Change.objects.for_system("a test looks").order_by("-id").first()


class TestWhoMay:
    @pytest.mark.django_db
    @pytest.mark.parametrize("role", [role for role in Role if role != Role.AUDITOR])
    @pytest.mark.parametrize("address", [CHANGES, ACCESSES, SEALS, OPERATION])
    def test_nobody_but_the_auditor_opens_a_page(self, client, role, address):
        client.force_login(make_user(role))
        assert client.get(address).status_code == 403
        assert client.post(VERIFY).status_code == 403

    @pytest.mark.django_db
    @pytest.mark.parametrize("address", [CHANGES, ACCESSES, SEALS, OPERATION])
    def test_whoever_is_not_logged_in_is_asked_to(self, client, address):
        assert reverse("staff:login") in client.get(address)["Location"]

    @pytest.mark.django_db
    def test_a_disabled_auditor_opens_nothing(self, client):
        client.force_login(make_user(Role.AUDITOR, is_active=False))
        assert client.get(CHANGES).status_code == 302

    @pytest.mark.parametrize("address", [CHANGES, ACCESSES, SEALS])
    def test_the_auditor_finds_the_page_in_the_navigation(self, browser, address):
        page = browser.get(reverse("desk:home")).content.decode()
        assert f'href="{address}"' in page
        assert "<summary>说明</summary>" in browser.get(address).content.decode()

    def test_no_page_leads_to_an_entity(self, browser, officer):
        entity = make_entity(name="甲公司")
        with acting(by=officer, origin="POST /x/"):
            type(entity).plain.filter(pk=entity.pk).update(name="乙公司")
            record(Kind.REVEAL, entity_id=entity.pk, subject="联系方式")
        for address in (CHANGES, ACCESSES):
            said = browser.get(address, {"entity": entity.code}).content.decode()
            assert "乙公司" in said
            assert f"/entities/{entity.pk}/" not in said.replace("POST /entities", "")


class TestConditions:
    @pytest.fixture
    def town(self, past, officer):
        """Return lines by name: by an officer, a job, a command, a task, and by hand."""
        place = make_bureau("甲局")
        lines = {
            "person": change(place, officer, "POST /admin/", "更正名称", name="甲一"),
            "job": change(place, officer, "job 12 run", "重算", name="甲二"),
            "command": change(place, None, "command retag (root)", name="甲三"),
            "task": change(place, None, "task settle", name="甲四"),
            "direct": change(place, name="甲五"),
        }
        assert all(line.verb == "update" for line in lines.values())
        return lines

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ({"person": "zs001"}, {"person", "job"}),
            ({"person": "ZS001"}, {"person", "job"}),
            ({"person": "张三"}, {"person", "job"}),
            ({"person": "张"}, {"person", "job"}),
            ({"person": "zs"}, {"person", "job"}),
            ({"origin": "person"}, {"person"}),
            ({"origin": "job"}, {"job"}),
            ({"origin": "command"}, {"command"}),
            ({"origin": "task"}, {"task"}),
            ({"origin": "direct"}, {"direct"}),
            ({"text": "正名"}, {"person"}),
            ({"address": "10.1.2.3"}, {"person", "job", "command", "task"}),
            ({"person": "张三", "text": "重"}, {"job"}),
            ({"verb": "delete"}, set()),
            ({"table": STATION}, set()),
        ],
    )
    def test_each_condition_finds_its_lines_and_no_others(self, browser, town, past, query, names):
        found = shown(browser, verb=query.get("verb", "update"), **_without(query, "verb"))
        keys = {line.pk for line in found if line.pk > past}
        assert keys == {town[name].pk for name in names}

    def test_a_table_and_a_row(self, browser, town):
        row = town["person"].row_key
        found = shown(browser, table=AREA, row=row)
        assert {line.pk for line in found} >= {line.pk for line in town.values()}
        assert {line.row_key for line in found} == {row}
        assert not shown(browser, table=AREA, row=row + 10**9)

    def test_an_operation(self, browser, town):
        assert shown(browser, operation=town["job"].operation) == [town["job"]]

    @pytest.mark.parametrize("by", ["code", "lower", "name", "key"])
    def test_an_entity_by_code_name_or_key(self, browser, officer, by):
        entity, other = make_entity(name="重庆甲公司"), make_entity(name="重庆甲公司分店")
        for one in (entity, other):
            with acting(by=officer, origin="POST /x/"):
                type(one).plain.filter(pk=one.pk).update(trade_name="新字号")
        said = {
            "code": entity.code,
            "lower": entity.code.lower(),
            "name": "重庆甲公司",
            "key": str(entity.pk),
        }[by]
        assert {line.entity_id for line in shown(browser, entity=said)} == {entity.pk}

    def test_a_time_is_chongqings_and_takes_its_last_minute_in(self, browser, town):
        at = timezone.localtime(town["person"].at)
        minute = f"{at:%Y-%m-%dT%H:%M}"
        found = shown(browser, since=minute, until=minute, operation=town["person"].operation)
        assert found == [town["person"]]
        later = f"{at + timedelta(minutes=1):%Y-%m-%d %H:%M}"
        assert not shown(browser, since=later, operation=town["person"].operation)
        earlier = f"{at - timedelta(minutes=1):%Y-%m-%dT%H:%M}"
        assert not shown(browser, until=earlier, operation=town["person"].operation)
        day = f"{at:%Y-%m-%d}"
        assert shown(browser, since=day, until=day, operation=town["person"].operation)

    def test_a_line_is_shown_in_chongqings_time(self, browser, town):
        said = browser.get(CHANGES, {"operation": town["person"].operation}).content.decode()
        assert f"{timezone.localtime(town['person'].at):%Y-%m-%d %H:%M:%S}" in said
        assert town["person"].at.utcoffset() == timedelta(), "The log itself is in UTC."

    def test_a_disabled_account_is_still_found(self, browser, town, officer):
        type(officer).objects.filter(pk=officer.pk).update(is_active=False)
        found = browser.get(CHANGES, {"person": "zs001"})
        assert {line.line.pk for line in found.context["lines"]} >= {town["person"].pk}
        assert "已停用" in found.content.decode()

    def test_a_line_says_who_as_whom_and_what(self, browser, town):
        said = browser.get(CHANGES, {"text": "更正名称"}).content.decode()
        for word in ("张三", "zs001", "区县局人员", "市场监管局", "名称", "甲局", "甲一"):
            assert word in said

    def test_what_nobody_owns_up_to_is_marked(self, browser, town):
        said = browser.get(CHANGES, {"origin": "direct"}).content.decode()
        assert '<tr data-row class="direct">' in said
        assert f"登录名 {town['direct'].login}" in said

    def test_a_job_a_command_and_a_task_are_named(self, browser, town):
        said = browser.get(CHANGES, {"table": AREA}).content.decode()
        for word in (
            "任务12（评估）",
            "命令“评估”（系统登录名root）",
            'title="command retag (root)"',
        ):
            assert word in said
        assert "系统后台：即时判定" in said


def _without(query, name):
    return {key: value for key, value in query.items() if key != name}


class TestWhatIsNoCondition:
    @pytest.mark.parametrize(
        ("query", "sentence"),
        [
            ({"person": "无此人"}, "没有工号或姓名是“无此人”（或以它开头）的账户"),
            ({"entity": "无此公司"}, "没有代码、全称或编号是“无此公司”的经营主体"),
            ({"entity": "999999999"}, "没有代码、全称或编号是“999999999”的经营主体"),
            ({"entity": "无"}, "没有代码、全称或编号是“无”的经营主体"),
            ({"operation": "12-xy"}, "批次应为 8-4-4-4-12 位的编号"),
            ({"since": "昨天"}, "时间自应为 2025-03-31 14:30"),
            ({"until": "2025-02-30"}, "时间至应为 2025-03-31 14:30"),
            ({"since": "0001-01-01"}, "时间自应为 2025-03-31 14:30"),
            ({"since": "2026-01-02", "until": "2026-01-01"}, "时间至不能早于时间自"),
            ({"row": "一"}, "行的编号应为数字"),
            ({"verb": "burn"}, "没有这样的动作"),
            ({"table": "pg_authid"}, "没有这样的表"),
            ({"person": "张" * 61}, "人员最多60个字"),
            ({"person": "a\0"}, "人员含有无法识别的字符"),
            ({"since": "\0"}, "时间自应为 2025-03-31 14:30"),
            ({"operation": "\0"}, "批次应为 8-4-4-4-12 位的编号"),
        ],
    )
    def test_it_is_named_and_no_other_condition_is_lost(self, browser, query, sentence):
        answer = browser.get(CHANGES, {"text": "更正", "origin": "person"} | query)
        said = answer.content.decode()
        assert answer.status_code == 200
        assert sentence in said
        assert answer.context["page"] is None, "Nothing wider than asked for is listed."
        assert 'value="更正"' in said
        assert '<option value="person" selected>' in said

    def test_a_typed_number_is_looked_for_where_no_account_has_it(self, browser):
        record(Kind.LOGIN_FAILED, ok=False, username="ghost")
        answer = browser.get(ACCESSES, {"person": "ghost"})
        assert "没有工号或姓名是“ghost”" in answer.content.decode()
        assert [line.line.username for line in answer.context["lines"]] == ["ghost"]

    def test_an_entity_that_was_removed_is_known_to_its_lines(self, browser):
        record(Kind.REVEAL, entity_id=987654321)
        assert [line.entity_id for line in shown(browser, ACCESSES, entity="987654321")] == [
            987654321
        ]


class TestPaging:
    @pytest.fixture
    def many(self, officer):
        """Return 120 lines of one operation, in the order of their keys."""
        place = make_bureau("甲局")
        with acting(by=officer, origin="POST /x/", reason="翻页"):
            for number in range(120):
                Bureau.objects.filter(pk=place.pk).update(document_word=str(number))
        found = Change.objects.for_system("a test looks").filter(reason="翻页")
        return [line.pk for line in found.order_by("-id")]

    @pytest.mark.parametrize("width", [7, 50_000])
    def test_the_pages_follow_one_another_and_keep_the_conditions(
        self, browser, many, monkeypatch, width
    ):
        monkeypatch.setattr(reading, "SLICE", width)
        query, seen = {"text": "翻页", "person": "张三"}, []
        while True:
            answer = browser.get(CHANGES, query)
            seen += [line.line.pk for line in answer.context["lines"]]
            older = answer.context["page"].older
            if older is None:
                break
            said = answer.content.decode()
            assert f"before={older}" in said
            assert "text=%E7%BF%BB%E9%A1%B5" in said
            query["before"] = older
        assert seen == many

    def test_patience_ends_before_the_log_does_and_goes_on(self, browser, many, monkeypatch):
        monkeypatch.setattr(reading, "SLICE", 10)
        monkeypatch.setattr(reading, "QUICK", 0.0)
        monkeypatch.setattr(reading, "PATIENCE", 0.0)
        query, seen, pages = {"text": "翻页"}, [], 0
        while len(seen) < len(many):
            answer = browser.get(CHANGES, query)
            seen += [line.line.pk for line in answer.context["lines"]]
            query["before"], pages = answer.context["page"].older, pages + 1
            assert "继续往前查" in answer.content.decode()
        assert seen == many
        assert pages == 12

    @pytest.mark.parametrize("before", ["x", "-3", "9" * 30, ""])
    def test_a_key_that_is_none_is_the_first_page(self, browser, many, before):
        assert shown(browser, text="翻页", before=before)[0].pk == many[0]

    def test_a_page_asks_a_fixed_number_of_queries(
        self, browser, many, django_assert_max_num_queries
    ):
        browser.get(CHANGES, {"text": "翻页"})
        with django_assert_max_num_queries(26):
            browser.get(CHANGES, {"text": "翻页"})


class TestTimesAsKeys:
    def test_a_span_holds_every_line_of_its_time(self, browser, officer, monkeypatch):
        """Lines of fifty hours, one an hour; keys and times run alike but for the margin."""
        monkeypatch.setattr(reading, "MARGIN", timedelta())
        began = datetime(2025, 5, 1, tzinfo=timezone.get_current_timezone())
        made = Access.objects.for_system("a test arranges").bulk_create(
            Access(at=began + timedelta(hours=hour), kind=Kind.LOGIN, subject=f"{hour}")
            for hour in range(50)
        )
        since, until = began + timedelta(hours=10), began + timedelta(hours=20)
        span = reading.span_of(Access, since, until)
        keys = [line.pk for line in made]
        assert (span.first, span.end) == (keys[10], keys[20])
        said = {"since": "2025-05-01 10:00", "until": "2025-05-01 19:59"}
        found = [line.subject for line in shown(browser, ACCESSES, **said)]
        assert found == [str(hour) for hour in range(19, 9, -1)]

    def test_an_empty_log_has_an_empty_span(self, db):
        assert not Access.objects.for_system("a test looks").exists()
        moment = timezone.now()
        span = reading.span_of(Access, moment, moment)
        assert span.first >= span.end - 1


class TestAccesses:
    EXPORTED = {
        "filter": "区县＝渝中",
        "columns": ["名称", "代码"],
        "rows": 12,
        "sha256": "ab" * 32,
        "serial": "2026-17",
    }

    @pytest.fixture
    def acts(self, officer):
        with acting(by=officer, origin="POST /x/", address="10.9.9.9", reason="核查"):
            record(Kind.EXPORT, subject="在沙盒内名单", **self.EXPORTED)
        record(Kind.LOGIN_FAILED, ok=False, username="zs001")
        record(Kind.LOCKED, ok=False, username="zs001")

    @pytest.mark.parametrize(
        ("query", "kinds"),
        [
            ({"kind": "export"}, ["export"]),
            ({"ok": "no"}, ["locked", "login_failed"]),
            ({"ok": "yes", "person": "张三"}, ["export"]),
            ({"person": "zs001"}, ["locked", "login_failed", "export"]),
            ({"text": "核"}, ["export"]),
            ({"address": "10.9.9.9"}, ["export"]),
        ],
    )
    def test_each_condition_finds_its_lines(self, browser, acts, query, kinds):
        assert [line.kind for line in shown(browser, ACCESSES, **query)] == kinds

    def test_the_detail_is_readable(self, browser, acts):
        said = browser.get(ACCESSES, {"kind": "export"}).content.decode()
        words = ("编号", "2026-17", "条件", "区县＝渝中", "名称、代码", "行数", "12", "ab" * 32)
        for word in words:
            assert word in said


class TestALookIsLogged:
    def looks(self):
        rows = Access.objects.for_system("a test looks").filter(kind=Kind.AUDIT)
        return list(rows.order_by("id"))

    def test_a_search_with_its_conditions(self, browser, auditor, officer):
        browser.get(CHANGES, {"person": "张三", "text": "更正"})
        (look,) = self.looks()
        assert (look.actor_id, look.role, look.subject) == (auditor.pk, "auditor", "查询变更记录")
        assert look.detail == {"filter": "人员＝张三（zs001）；理由含＝更正", "shown": 0}

    def test_a_search_for_an_entity_names_it(self, browser):
        entity = make_entity()
        browser.get(ACCESSES, {"entity": entity.code})
        assert self.looks()[0].entity_id == entity.pk

    def test_opening_an_operation_and_the_seals(self, browser, officer):
        line = change(make_bureau(), officer, "POST /x/", name="乙")
        browser.get(reverse("desk:audit-operation", args=(line.operation,)))
        browser.get(SEALS)
        assert [look.subject for look in self.looks()] == [
            f"查看批次{line.operation}",
            "查看封存与保存期",
        ]

    def test_what_was_not_searched_is_no_look(self, browser):
        browser.get(CHANGES, {"since": "昨天"})
        assert not self.looks()


SCRIPT = "<script>alert(1)</script>"


def test_a_script_in_a_reason_or_a_name_stays_text(browser, officer):
    entity = make_entity(name=f"甲{SCRIPT}公司")
    with acting(by=officer, origin="POST /x/", reason=SCRIPT):
        type(entity).plain.filter(pk=entity.pk).update(trade_name=SCRIPT)
        record(Kind.REVEAL, entity_id=entity.pk, subject=SCRIPT, filter=SCRIPT)
    line = Change.objects.for_system("a test looks").order_by("-id").first()
    pages = (
        (CHANGES, {"text": SCRIPT}),
        (ACCESSES, {"text": SCRIPT, "person": SCRIPT}),
        (reverse("desk:audit-operation", args=(line.operation,)), {}),
    )
    for address, query in pages:
        said = browser.get(address, query).content.decode()
        assert "&lt;script&gt;alert(1)" in said
        assert SCRIPT not in said


def test_the_log_reads_by_index(browser, officer):
    """Whoever knows the person, the entity, the operation or the row does not read the log."""
    conditions = ("actor_id = 5", "entity_id = 5", "operation = gen_random_uuid()",
                  "table_name = 'staff_user' AND row_key = 5")  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for condition in conditions:
            cursor.execute(f"EXPLAIN SELECT * FROM core_change WHERE {condition} AND id < 9")
            assert "Index" in "".join(row[0] for row in cursor.fetchall()), condition
