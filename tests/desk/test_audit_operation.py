"""The page of one operation, the seals with their verification, and the auditor's first page."""

import uuid
from datetime import timedelta

import pytest
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from core.audit.access import Kind, record
from core.audit.context import acting
from core.audit.sealing import Sealer
from core.errors import Refused
from core.models import Access, Change, Job, Seal
from desk.audit import exporting, operation, sealed
from desk.audit.wording import column_label, role_label, tables, value_said
from entities.models import CreditClass, Entity
from membership.rules import BY_KEY
from sandbox_reg.pipeline import do_waiting_jobs
from staff.models import Bureau, Station, User
from staff.roles import Role
from tests.factories import make_bureau, make_entity, make_station, make_user

SEALS = reverse("desk:audit-seals")
VERIFY = reverse("desk:audit-verify")


@pytest.fixture
def auditor(db):
    return make_user(Role.AUDITOR, username="audit77", name="审某")


@pytest.fixture
def browser(auditor, client):
    client.force_login(auditor)
    return client


@pytest.fixture
def officer(db):
    return make_user(Role.MUNICIPAL_OFFICER, username="zs001", name="张三")


def newest():
    return Change.objects.for_system("a test looks").order_by("-id").first()


def newest_of(table):
    rows = Change.objects.for_system("a test looks").filter(table_name=table)
    return rows.order_by("-id").first()


def page_of(browser, key, **query):
    return browser.get(reverse("desk:audit-operation", args=(key,)), query)


class TestAnOperation:
    @pytest.fixture
    def done(self, officer):
        """Return the operation of a request that inserts, updates in bulk, and deletes."""
        old, gone = make_bureau("旧局"), make_station()
        with acting(by=officer, origin="POST /x/", address="10.1.2.3", reason="机构调整"):
            made = make_bureau("新局")
            Bureau.objects.filter(pk__in=(old.pk, made.pk)).update(document_word="渝字")
            made.kind, made.document_word = "area", "渝新"
            Bureau.objects.bulk_update([made], ["kind", "document_word"])
            Station.objects.filter(pk=gone.pk).delete()
            User.objects.filter(pk=officer.pk).update(password="!", bureau=made)
            record(Kind.PRINT, subject="机构表")
        return newest().operation

    def test_it_is_told_by_table_with_both_sides(self, browser, done):
        found = page_of(browser, done).context["operation"]
        counts = {part.table: dict(part.counts) for part in found.parts}
        assert counts == {
            "staff_bureau": {"新增": 1, "修改": 3},
            "staff_station": {"删除": 1},
            "staff_user": {"修改": 1},
        }
        assert found.rows == 6
        assert found.reasons == ["机构调整"]
        bureau = next(part for part in found.parts if part.table == "staff_bureau")
        sides = [{c.label: (c.before, c.after) for c in line.cells} for line in bureau.lines]
        assert sides[0] == {"类别": ("区县局", "功能区局"), "机关代字": ("渝字", "渝新")}
        assert sides[1] == {"机关代字": ("（空）", "渝字")}
        assert sides[3] == {}, "A new row names itself only."

    def test_a_deleted_row_stands_whole_and_a_secret_does_not(self, browser, done):
        parts = {p.table: p for p in page_of(browser, done).context["operation"].parts}
        (deleted,) = parts["staff_station"].lines
        assert {"代码", "名称"} <= {cell.label for cell in deleted.cells}
        assert all(cell.after is None and cell.before for cell in deleted.cells)
        (account,) = parts["staff_user"].lines
        cells = {cell.label: (cell.before, cell.after) for cell in account.cells}
        assert cells["密码"] == ("（不留存）", "（不留存）")
        assert cells["所属局"][1] == "新局", "A place is named, not numbered."

    def test_who_from_where_and_why_stand_above(self, browser, done):
        said = page_of(browser, done).content.decode()
        for word in ("张三", "市局人员", "POST /x/", "10.1.2.3", "机构调整", "机构表"):
            assert word in said

    def test_a_superseded_fact_stands_beside_what_took_its_place(self, browser, officer, client):
        entity = make_entity(letter="B")
        with acting(by=officer, origin="POST /y/"):
            CreditClass.plain.get(entity=entity).close(timezone.localdate(), by=officer)
        line = newest()
        assert line.verb == "supersede"
        (part,) = page_of(browser, line.operation).context["operation"].parts
        (told,) = part.lines
        cells = {cell.label: (cell.before, cell.after) for cell in told.cells}
        assert cells == {"止（不含）": ("（空）", f"{timezone.localdate()}")}
        assert told.entity.code == entity.code

    def test_an_act_that_only_adds_facts_is_told_with_what_it_added(self, browser, officer, client):
        entity = make_entity(letter=None)
        client.force_login(officer)
        form = {"letter": "A", "since": "2025-01-01", "reason": "补录", "source": "复核意见"}
        address = f"/entities/{entity.pk}/actions/correct-class/"
        assert client.post(address, form).status_code == 302
        line = newest_of("entities_operation")
        assert (line.verb, line.actor_id, line.reason) == ("insert", officer.pk, "补录")
        client.force_login(User.objects.get(username="audit77"))
        answer = page_of(client, line.operation)
        said = answer.content.decode()
        (item,) = answer.context["operation"].items
        assert (item.entity, item.done) == (entity, True)
        assert "分类 A" in dict(item.facts)["信用风险分类"].replace("类别", "分类")
        assert "更正信用风险分类" in said
        listed = client.get(reverse("desk:audit-changes"), {"entity": entity.code})
        assert line.pk in {one.line.pk for one in listed.context["lines"]}

    def test_a_correction_in_between_shows_both_rows_that_came_of_it(
        self, browser, officer, client
    ):
        entity = make_entity(letter="B")
        client.force_login(officer)
        form = {"letter": "A", "since": "2024-10-01", "reason": "复核", "source": "意见"}
        client.post(f"/entities/{entity.pk}/actions/correct-class/", form)
        line = newest_of("entities_creditclass")
        client.force_login(User.objects.get(username="audit77"))
        parts = {p.table: p for p in page_of(client, line.operation).context["operation"].parts}
        cells = {c.label: (c.before, c.after) for c in parts["entities_creditclass"].lines[0].cells}
        assert cells["起"] == ("2024-09-01", "2024-09-01；2024-10-01")
        assert cells["止（不含）"] == ("（空）", "2024-10-01；（空）")
        assert any(before[:1] == "B" and "；A" in after for before, after in cells.values())
        assert "分类体系" not in cells, "What stayed the same is not told."

    def test_a_fact_without_a_successor_tells_what_it_said(self, browser, officer):
        entity = make_entity(letter="C")
        with acting(by=officer, origin="POST /y/"):
            CreditClass.plain.get(entity=entity).supersede()
        (part,) = page_of(browser, newest().operation).context["operation"].parts
        cells = {cell.label: (cell.before, cell.after) for cell in part.lines[0].cells}
        assert all(after is None for _, after in cells.values())
        assert ("C", None) in {(before[:1], after) for before, after in cells.values()}

    def test_a_long_one_is_paged_with_its_counts(self, browser, officer):
        places = [make_bureau() for _ in range(operation.FEW + 45)]
        with acting(by=officer, origin="job 7 bulk"):
            Bureau.objects.filter(pk__in=[p.pk for p in places]).update(document_word="渝")
        key = newest().operation
        answer = page_of(browser, key)
        (part,) = answer.context["operation"].parts
        assert (part.rows, len(part.lines)) == (55, operation.FEW)
        assert "全部 55 行" in answer.content.decode()
        first = page_of(browser, key, table="staff_bureau")
        older = first.context["page"].older
        rest = page_of(browser, key, table="staff_bureau", before=older)
        assert f"table=staff_bureau&amp;before={older}" in first.content.decode()
        assert (len(first.context["lines"]), len(rest.context["lines"])) == (50, 5)

    def test_an_unknown_one_does_not_exist(self, browser):
        assert page_of(browser, uuid.uuid4()).status_code == 404

    @pytest.mark.parametrize("table", ["staff_street", "pg_authid", "\0", "x" * 500])
    def test_a_table_it_did_not_touch_has_no_page(self, browser, done, table):
        assert page_of(browser, done, table=table).status_code == 404

    def test_one_of_accesses_alone_is_shown(self, browser, officer):
        with acting(by=officer, origin="POST /z/"):
            record(Kind.PRINT, subject="名单")
        key = Access.objects.for_system("a test looks").latest("id").operation
        found = page_of(browser, key).context["operation"]
        assert (found.rows, found.access_rows, found.parts) == (0, 1, [])


class TestWords:
    @pytest.mark.django_db
    def test_every_logged_column_has_a_name_in_chinese(self):
        for table, model in tables().items():
            assert not str(model._meta.verbose_name).isascii(), table
            ignored = getattr(getattr(model, "history", None), "ignore", ())
            for field in model._meta.concrete_fields:
                label = column_label(table, field.column)
                if field.column in ignored:
                    continue
                assert not label.isascii() or label == "SHA-256", f"{table}.{field.column}"

    @pytest.mark.parametrize(
        ("table", "column", "value", "said"),
        [
            ("staff_bureau", "kind", "area", "功能区局"),
            ("staff_bureau", "name", None, "（空）"),
            ("staff_bureau", "name", "", "（空）"),
            ("staff_user", "is_active", False, "否"),
            ("staff_user", "created_at", "2026-01-01T20:00:00+00:00", "2026-01-02 04:00:00"),
            ("staff_bureau", "since", "2026-01-01", "2026-01-01"),
            ("staff_unit", "fields", [], "（空）"),
            ("core_job", "params", {"run": 3}, "评估：3"),
            ("entities_entity", "fields", ["food_drug"], "食品药品"),
            ("entities_creditclass", "scheme", "general", "企业信用风险分类（通用型）"),
            ("membership_watch", "review", ["review.class"], BY_KEY["review.class"].title),
            (
                *("entities_operation", "params"),
                {"since": "2026-11-24", "until": None, "letter": "C", "source": "更正：有误"},
                "起：2026-11-24；类别：C类（信用风险较高）；来源：更正：有误",
            ),
            (
                "entities_operation",
                "params",
                {"domain": "food_drug", "verdict": 1},
                "安全领域：食品药品；认定：涉及",
            ),
            ("entities_operation", "params", {"accept": True, "proposals": {}}, "同意：是"),
            ("entities_entity", "contact_phone", "13800001234", "1****"),
            ("entities_entity", "former_names", ["甲", "乙"], "甲、乙"),
            ("staff_user", "password", "***", "（不留存）"),
            ("no_table", "no_column", 5, "5"),
        ],
    )
    def test_a_value_is_written_as_staff_read_it(self, table, column, value, said):
        assert value_said(table, column, value) == said

    def test_a_role_that_is_gone_stands_as_it_was_written(self):
        assert (role_label("auditor"), role_label("clerk")) == ("审计管理员", "clerk")


class TestSeals:
    def test_head_counts_and_retention_are_told(self, browser, officer, settings, tmp_path):
        settings.SANDBOX_VAR = tmp_path
        with acting(by=officer, origin="POST /x/"):
            make_bureau()
        Sealer().seal(patience=5)
        answer = browser.get(SEALS)
        head = Seal.objects.for_system("a test looks").latest("id")
        said = answer.content.decode()
        assert head.digest in said
        assert answer.context["count"] == Seal.objects.for_system("a test looks").count()
        months = {(m.log, m.month): m for m in answer.context["months"]}
        month = months["变更记录", timezone.localdate().replace(day=1)]
        assert month.rows
        assert f"{month.kept_until:%Y-%m-%d}" in said
        assert not month.over

    @pytest.mark.parametrize(("minutes", "late"), [(4, False), (6, True)])
    def test_more_than_five_minutes_unsealed_are_red(self, browser, minutes, late):
        at = timezone.now() - timedelta(minutes=minutes)
        rows = Access.objects.for_system("a test arranges")
        rows.bulk_create([Access(at=at, kind=Kind.LOGIN)])
        # What loading the reference tables left is not what this test is about.
        wait = sealed.waiting(timezone.now())
        assert wait.late or not late
        said = browser.get(SEALS).content.decode()
        assert ("封存可能已停" in said) is wait.late

    def test_a_verification_is_asked_for_once_at_a_time(self, browser, auditor):
        browser.post(VERIFY)
        (job,) = sealed.verifications(auditor)
        assert (job.kind, job.started_by_id) == ("verify_audit", auditor.pk)
        said = browser.post(VERIFY, follow=True).content.decode()
        assert "上一次核验还在等待或进行，请等待其结果。" in said
        assert len(sealed.verifications(auditor)) == 1

    def test_only_the_auditor_asks_and_reads(self, officer, auditor, client):
        with pytest.raises(Refused, match="请由审计管理员办理"):
            sealed.ask_verification(by=officer)
        job = sealed.ask_verification(by=auditor)
        client.force_login(officer)
        assert client.get(reverse("desk:job-detail", args=(job.pk,))).status_code == 404
        assert sealed.TITLE not in client.get(reverse("desk:job-list")).content.decode()
        assert client.post(reverse("desk:job-cancel", args=(job.pk,))).status_code == 404
        other = make_user(Role.AUDITOR)
        assert list(sealed.verifications(other)) == [job], "The next auditor reads it too."
        mine = Job.objects.create(kind="run", title="评估", started_by=officer)
        assert mine not in Job.objects.visible_to(auditor)
        assert mine in Job.objects.visible_to(officer)

    def test_its_result_is_shown_and_logged(self, browser, auditor, settings, tmp_path):
        settings.SANDBOX_VAR = tmp_path
        Sealer().seal(patience=5)
        sealed.ask_verification(by=auditor)
        do_waiting_jobs()
        answer = browser.get(SEALS)
        said = answer.content.decode()
        assert answer.context["broken"] == 0
        assert "完好。链头：" in said
        looks = Access.objects.for_system("a test looks").filter(subject=sealed.TITLE)
        assert [(look.ok, look.actor_id) for look in looks] == [(True, auditor.pk)]

    def test_the_box_asks_for_itself_while_it_runs_and_leaves_no_look(self, browser, auditor):
        looks = Access.objects.for_system("a test looks").filter(subject="查看封存与保存期")
        polling = {"HX-Request": "true", "X-Poll": "1"}
        sealed.ask_verification(by=auditor)
        assert 'hx-trigger="every 2s"' in browser.get(SEALS).content.decode()
        box = browser.get(SEALS, headers=polling)
        assert box.content.decode().lstrip().startswith('<div class="box" id="verification"')
        assert "封存链" not in box.content.decode()
        do_waiting_jobs()
        assert browser.get(SEALS, headers=polling)["HX-Refresh"] == "true"
        assert looks.count() == 1, "Only the page itself is a look."
        assert "every 2s" not in browser.get(SEALS).content.decode()

    def test_the_range_and_the_rows_are_said_in_words(self, browser, settings, tmp_path):
        settings.SANDBOX_VAR = tmp_path
        record(Kind.PRINT, subject="名单")
        Sealer().seal(patience=5)
        said = browser.get(SEALS).content.decode()
        head = Seal.objects.for_system("a test looks").latest("id")
        assert f'title="{head.log} {head.first}–{head.last}">{sealed.head_said(head)}' in said
        assert not sealed.head_said(head).isascii()
        assert "核验的行数还包括各只增表" in said


def test_taking_a_job_is_no_change_by_hand(auditor):
    job = sealed.ask_verification(by=auditor)
    do_waiting_jobs()
    lines = Change.objects.for_system("a test looks").filter(table_name="core_job", verb="update")
    told = [(line.origin, line.actor_id) for line in lines.filter(row_key=job.pk).order_by("id")]
    assert told == [("task claim", None), (f"job {job.pk} verify_audit", auditor.pk)]


def test_a_broken_range_is_named_on_the_page(
    real_commits, owner_connection, client, settings, tmp_path
):
    settings.SANDBOX_VAR = tmp_path
    auditor = make_user(Role.AUDITOR)
    record(Kind.PRINT, subject="名单", by=auditor)
    Sealer().seal(patience=5)
    with owner_connection.cursor() as cursor:
        cursor.execute("SET sandbox.maintenance = 'on'")
        cursor.execute("UPDATE core_access SET subject = '别的'")
    sealed.ask_verification(by=auditor)
    do_waiting_jobs()
    client.force_login(auditor)
    said = client.get(SEALS).content.decode()
    assert "封存链有 1 处破坏" in said
    assert "发现1处破坏。第一处：封存" in said
    assert "行的内容被改动。" in said


class TestTheFirstPage:
    @pytest.fixture
    def day(self, officer):
        for _ in range(3):
            record(Kind.LOGIN_FAILED, ok=False, username="zs001")
        record(Kind.LOCKED, ok=False, username="zs001")
        for _ in range(2):
            record(Kind.DENIED, by=officer, ok=False)
        record(Kind.EXPORT, by=officer, rows=3)
        place = make_bureau()
        for number in range(4):
            Bureau.objects.filter(pk=place.pk).update(document_word=f"{number}")
        yesterday = timezone.now() - timedelta(days=1, hours=1)
        rows = Access.objects.for_system("a test arranges")
        rows.bulk_create([Access(at=yesterday, kind=Kind.LOGIN_FAILED, ok=False)])

    def test_every_figure_equals_the_list_it_leads_to(self, browser, day):
        shown = {f.key: f for f in browser.get(reverse("desk:home")).context["tiles"]}
        assert [shown[key].number for key in ("failed", "locked", "denied", "exports")] == [
            *(3, 1, 2),
            1,
        ]
        assert shown["direct"].number >= 4
        for key, figure in shown.items():
            if key != "unsealed":
                assert listed(browser, figure.url) == figure.number, key
        assert browser.get(shown["unsealed"].url).status_code == 200

    def test_it_leads_to_the_last_verification(self, browser, auditor, settings, tmp_path):
        settings.SANDBOX_VAR = tmp_path
        home = reverse("desk:home")
        page = browser.get(home).content.decode()
        assert "还没有核验过" in page
        assert "<summary>说明</summary>" in page
        sealed.ask_verification(by=auditor)
        assert "发起，尚未完成。" in browser.get(home).content.decode()
        do_waiting_jobs()
        assert "，完好。" in browser.get(home).content.decode()

    def test_a_figure_that_asks_for_a_look_is_marked(self, browser, day):
        said = browser.get(reverse("desk:home")).content.decode()
        assert 'class="tile alert-line"' in said
        assert 'data-figure="direct"' in said

    @pytest.mark.parametrize("role", [Role.SECURITY_ADMINISTRATOR, Role.SYSTEM_ADMINISTRATOR])
    def test_the_other_administrators_see_no_figures(self, client, day, role):
        client.force_login(make_user(role))
        said = client.get(reverse("desk:home"))
        assert "data-figure" not in said.content.decode()
        assert said.context["tiles"] == []


def listed(browser, address):
    """Count the lines of a list over all its pages."""
    path, _, text = address.partition("?")
    query, number = QueryDict(text, mutable=True), 0
    while True:
        context = browser.get(path, query).context
        number += len(context["lines"])
        if context["page"].older is None:
            return number
        query["before"] = str(context["page"].older)


class TestAsATable:
    @pytest.fixture
    def line(self, officer):
        entity = make_entity(name="=甲公司")
        with acting(by=officer, origin="POST /x/", address="10.1.2.3", reason="改字号"):
            Entity.plain.filter(pk=entity.pk).update(trade_name="新号")
            record(Kind.EXPORT, entity_id=entity.pk, subject="名单", rows=3)
        return newest()

    @pytest.mark.parametrize("name", ["changes", "accesses"])
    def test_rows_and_conditions_are_those_of_the_list(self, auditor, line, name):
        log = exporting.EXPORTS[name]
        query = QueryDict("text=改字号&person=zs001")
        keys = list(log.rows(query, auditor).values_list("pk", flat=True))
        (values,) = log.read(keys, auditor)
        assert values.keys() == log.columns.keys()
        assert (values["username"], values["role"], values["reason"]) == (
            "zs001",
            "市局人员",
            "改字号",
        )
        assert log.said(query) == [("人员", "张三（zs001）"), ("理由含", "改字号")]
        assert set(log.names) >= {"person", "entity", "operation", "since", "until", "text"}

    def test_a_change_tells_both_sides(self, auditor, line):
        (values,) = exporting.EXPORTS["changes"].read([line.pk], auditor)
        assert (values["before"], values["after"]) == ("字号：（空）", "字号：新号")
        assert values["entity"].startswith("=甲公司（9150")

    @pytest.mark.parametrize("role", [role for role in Role if role != Role.AUDITOR])
    def test_nobody_else_has_it(self, line, role):
        user, log = make_user(role), exporting.EXPORTS["changes"]
        with pytest.raises(Refused, match="请由审计管理员办理"):
            log.rows(QueryDict(), user)
        with pytest.raises(Refused, match="请由审计管理员办理"):
            list(log.read([line.pk], user))

    def test_conditions_that_are_none_are_refused(self, auditor):
        with pytest.raises(Refused, match="批次应为"):
            exporting.EXPORTS["changes"].rows(QueryDict("operation=1"), auditor)
