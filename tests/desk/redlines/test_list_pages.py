"""Pages of lists as every user: overview, a version, drafting it, its steps, comparison, paper."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from core.models import Access
from redline.choices import ListKind, ListStatus, RemovalRule
from redline.items import FIELDS
from redline.lists import proposal
from redline.models import ListVersion
from redline.workbooks import columns_of, row_of
from staff.models import Bureau
from tests.desk.exporting import exports, produce
from tests.factories import make_bureau
from tests.redline.factories import make_list_version
from tests.redline.listing import ITEM, do, drafted, fresh, items, reached

pytestmark = pytest.mark.django_db

READERS = ("officer", "lead", "station", "city", "city_lead", "elsewhere", "unit")
OUTSIDE = ("auditor", "security", "system")
MINE = ("officer", "colleague", "lead", "second_lead", "station", "city", "city_lead", "unit")
FORM = ITEM | {
    **{"severity": "serious", "days": "15", "day_kind": "calendar"},
    **{"removal": "overdue", "removal_reason": ""},
}
"""An item as the form sends it."""
AT_TOUCH = {"removal": RemovalRule.AT_TOUCH, "removal_reason": "依四（一），危害公共安全"}


def page(name, *args, **query):
    address = reverse(f"desk:redline-{name}", args=args)
    return address + ("?" + "&".join(f"{k}={v}" for k, v in query.items()) if query else "")


def said(answer):
    return answer.content.decode()


def newest():
    return ListVersion.objects.for_system("test").latest("pk")


def form_of(version, **more):
    return {"revision": fresh(version).revision, **more}


class TestReading:
    @pytest.mark.parametrize("name", READERS)
    @pytest.mark.parametrize("kind", ListKind.values)
    def test_the_overview_names_every_bureau_and_says_who_has_no_list(
        self, as_, people, name, kind
    ):
        make_list_version(people.bureau, kind=kind)
        silent = make_bureau("无清单局")
        text = said(as_(name).get(page("lists", kind=kind)))
        assert people.bureau.short_name in text
        assert silent.short_name in text
        assert "没有现行清单" in text
        assert "系统附带的建议稿" in text

    @pytest.mark.parametrize("name", OUTSIDE)
    def test_who_does_no_business_reads_no_list(self, as_, people, name):
        version = make_list_version(people.bureau)
        for address in (
            *(page("lists"), page("history"), page("compare"), page("detail", version.pk)),
            *(page("print", version.pk), page("template"), page("new")),
        ):
            assert as_(name).get(address).status_code == 403

    @pytest.mark.parametrize("name", READERS)
    @pytest.mark.parametrize("kind", ListKind.values)
    def test_an_approved_list_is_read_and_printed_by_all(self, as_, people, name, kind):
        version = make_list_version(people.bureau, kind=kind, items=({"behaviour": "甲类行为"},))
        for address in (page("detail", version.pk), page("print", version.pk)):
            answer = as_(name).get(address)
            assert answer.status_code == 200
            assert "甲类行为" in said(answer)
            assert "仅供市场监管部门内部使用" in said(answer)
        assert ("导出</a>" in said(as_(name).get(page("detail", version.pk)))) == (
            name not in ("station", "unit")
        )

    @pytest.mark.parametrize("kind", ListKind.values)
    def test_the_proposal_is_read_by_all(self, as_, people, kind):
        text = said(as_("elsewhere").get(page("detail", proposal(kind).pk)))
        assert "未经批准不施行" in text
        assert "建议项" in text

    def test_a_draft_exists_for_its_bureau_and_the_city_alone(self, as_, people):
        version = drafted(people)
        item = items(version)[0]
        for name in (*MINE, "elsewhere", "lead_elsewhere"):
            addresses = [page("detail", version.pk), page("print", version.pk)]
            for address in addresses:
                status = as_(name).get(address).status_code
                assert status == (200 if name in MINE else 404), name
        for name in ("elsewhere", "lead_elsewhere"):
            client = as_(name)
            assert client.get(page("edit", version.pk)).status_code == 404
            assert client.get(page("item", version.pk, item.pk)).status_code == 404
            for step in ("head", "check", "upload", "step"):
                sent = form_of(version, step="submit")
                assert client.post(page(step, version.pk), sent).status_code == 404
            assert str(version.pk) not in re.findall(
                r'value="(\d+)"', said(client.get(page("compare")))
            )

    def test_a_version_tells_its_days_steps_and_how_it_differs(self, as_, people):
        first = make_list_version(people.bureau, items=({"code": "A", **AT_TOUCH},))
        make_list_version(people.bureau, since=timezone.localdate() - timedelta(days=1))
        text = said(as_("officer").get(page("detail", first.pk)))
        assert "已被接替" in text
        assert "触碰即移出" in text
        assert "依四（一），危害公共安全" in text
        assert "项不同" in text
        history = said(as_("officer").get(page("history", bureau=people.bureau.pk)))
        assert "现行" in history
        assert "已被接替" in history

    def test_a_coming_version_says_from_when(self, as_, people):
        tomorrow = timezone.localdate() + timedelta(days=1)
        make_list_version(people.bureau, since=tomorrow)
        assert f"{tomorrow}起施行" in said(as_("officer").get(page("lists")))

    def test_the_lists_of_an_abolished_bureau_stay_to_be_read(self, as_, people):
        gone = make_bureau("旧局", until=timezone.localdate())
        make_list_version(gone)
        text = said(as_("officer").get(page("lists")))
        assert "已撤销机关的清单" in text
        assert "旧局" in text
        assert as_("officer").get(page("history", bureau=gone.pk)).status_code == 200

    def test_addresses_that_name_nothing(self, as_, people):
        client = as_("officer")
        assert client.get(page("history", bureau=999999)).status_code == 404
        assert client.get(page("detail", 999999)).status_code == 404
        for query in ({"kind": "x"}, {"one": "x", "other": "99999999999999999999", "group": "x"}):
            assert client.get(page("compare", **query)).status_code == 200
            assert client.get(page("lists", **query)).status_code == 200


class TestComparing:
    @pytest.fixture
    def pair(self, people):
        base = make_list_version(
            None,
            items=(
                {"code": "A", "behaviour": "甲行为", "group": "RL-1"},
                {"code": "B", "behaviour": "乙行为", "group": "RL-2", "days": 15},
                {"code": "D", "behaviour": "丁行为", "group": "RL-2"},
            ),
        )
        own = make_list_version(
            people.bureau,
            items=(
                {"code": "A", "behaviour": "甲行为", "group": "RL-1"},
                {"code": "B", "behaviour": "乙行为", "group": "RL-2", "days": 7, **AT_TOUCH},
                {"code": "C", "behaviour": "丙行为", "group": "RL-3"},
            ),
        )
        return own, base

    def shown(self, answer):
        return [line.pair.item.code for line in answer.context["shown"].lines]

    def test_one_s_own_list_stands_against_the_city_s_at_first(self, as_, people, pair):
        answer = as_("officer").get(page("compare"))
        assert (answer.context["asked"].one, answer.context["asked"].other) == pair
        assert self.shown(answer) == ["B", "C", "D"]
        text = said(answer)
        assert "依四（一），危害公共安全" in text
        assert "只有左列" in text
        assert "只有右列" in text
        assert [number for _, _, number in answer.context["shown"].counts] == [1, 1, 1, 1]

    @pytest.mark.parametrize(
        ("query", "codes"),
        [
            ({"all": 1}, ["A", "B", "C", "D"]),
            ({"touch": 1}, ["B"]),
            ({"group": "RL-2"}, ["B", "D"]),
            ({"group": "RL-1"}, []),
            ({"group": "RL-1", "all": 1}, ["A"]),
        ],
    )
    def test_what_is_shown_stands_in_the_address(self, as_, people, pair, query, codes):
        own, base = pair
        answer = as_("elsewhere").get(page("compare", one=own.pk, other=base.pk, **query))
        assert self.shown(answer) == codes
        assert f'value="{own.pk}" selected' in said(answer)

    def test_two_districts_are_compared(self, as_, people, pair):
        other = make_list_version(
            people.elsewhere.bureau, items=({"code": "A", "behaviour": "甲"},)
        )
        answer = as_("city").get(page("compare", one=pair[0].pk, other=other.pk))
        assert self.shown(answer) == ["A", "B", "C"]

    def test_whoever_has_no_list_sees_the_other_side(self, as_, people, pair):
        answer = as_("elsewhere").get(page("compare"))
        assert answer.context["asked"].one is None
        assert self.shown(answer) == ["A", "B", "D"]

    def test_the_overview_counts_what_the_comparison_shows(self, as_, people, pair):
        lines = as_("city").get(page("lists")).context["lines"]
        line = next(one for one in lines if one.bureau == people.bureau)
        shown = as_("city").get(page("compare", one=line.in_force.pk))
        assert line.differences == len(self.shown(shown)) == 3
        touched = as_("city").get(page("compare", one=line.in_force.pk, touch=1, all=1))
        assert line.at_touch == len(self.shown(touched)) == 1


class TestDrafting:
    @pytest.mark.parametrize("name", ["officer", "lead", "city", "city_lead"])
    def test_a_list_is_begun_from_the_proposal(self, as_, people, name):
        address = page("new", kind="no_penalty")
        assert "建议稿" in said(as_(name).get(address))
        answer = as_(name).post(address, {"source": proposal("no_penalty").pk})
        version = newest()
        assert answer["Location"] == page("edit", version.pk)
        assert version.bureau == (None if name.startswith("city") else people.bureau)
        assert len(items(version)) == len(items(proposal("no_penalty")))
        assert "还没有核对" in said(as_(name).get(answer["Location"]))

    def test_without_a_source_the_form_says_so_and_begins_nothing(self, as_, people):
        answer = as_("officer").post(page("new"), {})
        assert "请选择底稿" in said(answer)
        answer = as_("officer").post(page("new"), {"source": "empty"})
        assert items(newest()) == []
        again = as_("lead").post(page("new"), {"source": "empty"})
        assert again.status_code == 409
        assert people.officer.name in said(again)

    @pytest.mark.parametrize("name", ["station", "unit"])
    def test_who_only_reads_drafts_nothing(self, as_, people, name):
        version = drafted(people)
        client = as_(name)
        for address in (page("new"), page("template"), page("edit", version.pk)):
            assert client.get(address).status_code == 403
        for step in ("head", "check", "upload"):
            assert client.post(page(step, version.pk), form_of(version)).status_code == 403

    def test_the_city_reads_a_district_s_draft_and_changes_nothing(self, as_, people):
        version, client = drafted(people), as_("city")
        item = items(version)[0]
        assert client.get(page("edit", version.pk))["Location"] == page("detail", version.pk)
        assert client.get(page("item", version.pk, item.pk)).status_code == 302
        for address, more in (
            (page("head", version.pk), {"note": "市局改"}),
            (page("item", version.pk, item.pk), FORM | {"days": "3"}),
            (page("item-remove", version.pk, item.pk), {}),
            (page("item-add", version.pk), FORM | {"code": "X"}),
            (page("check", version.pk), {"all": "1"}),
        ):
            assert client.post(address, form_of(version, **more)).status_code == 409
        assert fresh(version).revision == version.revision

    def test_the_head_is_kept_and_a_past_day_refused_with_what_was_typed(self, as_, people):
        version = drafted(people)
        since = timezone.localdate() + timedelta(days=30)
        sent = form_of(version, since=since, document_number="渝试〔2026〕9号", note="按年修订")
        as_("officer").post(page("head", version.pk), sent)
        kept = fresh(version)
        assert (kept.since, kept.document_number, kept.note) == (
            *(since, "渝试〔2026〕9号", "按年修订"),
        )
        late = as_("officer").post(
            page("head", version.pk), form_of(version, since="2020-01-01", note="还是要留下")
        )
        assert late.status_code == 409
        assert "不能溯及" in said(late)
        assert "还是要留下" in said(late)
        wrong = as_("officer").post(page("head", version.pk), form_of(version, since="明天"))
        assert "应为 2025-03-31 这样的日期" in said(wrong)

    def test_an_item_is_added_and_one_goes_on_to_the_next(self, as_, people):
        version, client = drafted(people), as_("officer")
        address = page("item-add", version.pk)
        assert 'value="15"' in said(client.get(address))
        sent = form_of(version, **FORM | {"code": "A-2", "days": "20", "stop_at_once": "是"})
        assert client.post(address, sent | {"go": "add"})["Location"] == address
        first, second = items(version)
        assert (second.code, second.days, second.stop_at_once) == ("A-2", 20, True)
        sent = form_of(version, **FORM | {"days": "30"})
        onward = client.post(page("item", version.pk, first.pk), sent | {"go": "next"})
        assert onward["Location"] == page("item", version.pk, second.pk)
        last = client.post(
            onward["Location"], form_of(version, **FORM | {"code": "A-2", "go": "next"})
        )
        assert last["Location"] == page("edit", version.pk) + f"#item-{second.pk}"
        assert not items(version)[1].stop_at_once

    def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(self, as_, people):
        version = drafted(people)
        sent = FORM | {"code": "A-2", "days": "很快", "removal": "touch", "touching": "打了很多字"}
        answer = as_("officer").post(page("item-add", version.pk), form_of(version, **sent))
        text = said(answer)
        assert "有 2 处须改正" in text
        assert "应为1至180的整数" in text
        assert "引用政策四（一）" in text
        assert "打了很多字" in text
        assert 'value="很快"' in text
        assert len(items(version)) == 1

    def test_of_two_tabs_the_second_keeps_its_text_and_reads_who_saved_what(self, as_, people):
        version = drafted(people)
        (item,) = items(version)
        seen = form_of(version)
        address = page("item", version.pk, item.pk)
        as_("colleague").post(address, seen | FORM | {"days": "5", "touching": "同事写的"})
        answer = as_("officer").post(address, seen | FORM | {"days": "15", "touching": "我写的"})
        assert answer.status_code == 409
        text = said(answer)
        assert f"{people.colleague.name}已于" in text
        assert "我写的" in text
        assert "现已保存为：同事写的" in text
        assert "现已保存为：5" in text
        revision = re.search(r'name="revision" value="(\d+)"', text)[1]
        again = as_("officer").post(address, {"revision": revision} | FORM | {"touching": "我写的"})
        assert again.status_code == 302
        assert items(version)[0].touching == "我写的"

    def test_a_form_sent_twice_adds_one_item(self, as_, people):
        version, client = drafted(people), as_("officer")
        sent = form_of(version, **FORM | {"code": "A-2", "once": "0" * 32})
        for _ in range(2):
            assert client.post(page("item-add", version.pk), sent).status_code == 302
        assert len(items(version)) == 2

    def test_items_are_moved_removed_and_checked_from_the_table(self, as_, people):
        client = as_("officer")
        client.post(page("new", kind="no_coercion"), {"source": proposal("no_coercion").pk})
        version = newest()
        first, second, third, *_ = items(version)
        client.post(page("item-move", version.pk, first.pk), form_of(version, to="3"))
        assert [one.pk for one in items(version)][:3] == [second.pk, third.pk, first.pk]
        client.post(page("item-remove", version.pk, second.pk), form_of(version))
        assert second.pk not in [one.pk for one in items(version)]
        client.post(page("check", version.pk), form_of(version, item=[third.pk]))
        assert [one.pk for one in items(version) if not one.is_proposal] == [third.pk]
        nothing = client.post(page("check", version.pk), form_of(version))
        assert nothing.status_code == 409
        client.post(page("check", version.pk), form_of(version, all="1"))
        assert not any(one.is_proposal for one in items(version))
        stale = client.post(page("item-move", version.pk, first.pk), {"revision": 0, "to": "1"})
        assert stale.status_code == 409


class TestWorkbooks:
    def upload(self, client, version, content, name="清单.xlsx"):
        file = SimpleUploadedFile(name, content)
        return client.post(page("upload", version.pk), form_of(version, file=file))

    @pytest.mark.parametrize("kind", ListKind.values)
    def test_what_was_exported_is_taken_in_again(self, as_, people, kind, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path
        client, source = as_("officer"), proposal(kind)
        address = reverse("desk:export-new", args=(kind,)) + f"?version={source.pk}"
        columns = [one.name for one in FIELDS[kind]]
        client.post(address, {"columns": columns, "reason": "修订清单使用", "confirmed": "1"})
        export = produce(exports().latest("id"))
        assert export.rows == len(items(source))
        taken = client.post(reverse("desk:export-file", args=(export.pk,)))
        content = b"".join(taken.streaming_content)
        version = drafted(people, kind=kind)
        answer = self.upload(client, version, content)
        assert answer["Location"] == page("edit", version.pk) + "#items"
        assert [row_of(kind, one) for one in items(version)] == [
            row_of(kind, one) for one in items(source)
        ]
        assert not any(one.is_proposal for one in items(version))
        line = Access.objects.for_system("test").filter(kind="upload").get()
        assert line.detail["rows"] == len(items(source))

    def test_an_export_names_its_version(self, as_, people):
        address = reverse("desk:export-new", args=("red_line",))
        assert as_("officer").get(address).status_code == 409
        draft = drafted(people)
        assert as_("elsewhere").get(f"{address}?version={draft.pk}").status_code == 409
        assert as_("colleague").get(f"{address}?version={draft.pk}").status_code == 200

    @pytest.mark.parametrize("kind", ListKind.values)
    def test_the_template_has_the_columns_and_is_no_list_by_itself(self, as_, people, kind):
        client = as_("officer")
        answer = client.get(page("template", kind=kind))
        content = b"".join(answer.streaming_content)
        version = drafted(people, kind=kind)
        text = said(self.upload(client, version, content))
        assert "没有读到任何事项" in text
        assert len(items(version)) == 1
        assert [title for title, _ in columns_of(kind)]

    def test_all_that_is_wrong_stands_in_a_table_with_its_place(self, as_, people):
        version = drafted(people)
        content = "编号,类别,行为,改正期限\n,食品安全,甲,7\nA,没有的类,乙,x\n".encode()
        answer = self.upload(as_("officer"), version, content, "清单.csv")
        assert answer.status_code == 409
        text = said(answer)
        assert "工作簿有3处须改正，没有读入" in text
        for place in ("第2行A列", "第3行B列", "第3行D列"):
            assert place in text
        assert len(items(version)) == 1

    @pytest.mark.parametrize(
        ("content", "name", "wrong"),
        [
            (b"", "a.xlsx", "文件是空的"),
            (b"%PDF-1.7", "a.csv", "不是表格"),
            ("编号,类别,行为\nA,食品安全,甲\n".encode(), "a.xlsx", "内容却是文本"),
            (b"x" * ((4 << 20) + 1), "a.csv", "超过上限 4 MB"),
            ("名称\n甲\n".encode(), "a.csv", "缺少必需的列"),
        ],
    )
    def test_what_is_no_list_is_refused_at_the_field(self, as_, people, content, name, wrong):
        version = drafted(people)
        assert wrong in said(self.upload(as_("officer"), version, content, name))
        assert len(items(version)) == 1

    def test_hints_of_a_workbook_are_told_after_it_was_taken_in(self, as_, people):
        version = drafted(people)
        content = "编号,类别,行为,备注\nA,食品安全,甲,看\n".encode()
        answer = as_("officer").post(
            page("upload", version.pk),
            form_of(version, file=SimpleUploadedFile("x.csv", content)),
            follow=True,
        )
        text = said(answer)
        assert "新增1项" in text
        assert "“备注”不是监管红线清单的栏目" in text


class TestSteps:
    def press(self, client, version, step, **more):
        return client.post(page("step", version.pk), form_of(version, step=step, **more))

    def test_a_list_goes_from_draft_to_in_force(self, as_, people):
        version = drafted(people)
        self.press(as_("officer"), version, "submit", opinion="请审")
        assert fresh(version).status == ListStatus.SUBMITTED
        home = said(as_("lead").get(reverse("desk:home")))
        assert "待批清单" in home
        waiting = as_("lead").get(page("lists"))
        assert [one for one, _ in waiting.context["waiting"]] == [version]
        assert 'value="approve"' in said(as_("lead").get(page("detail", version.pk)))
        today = timezone.localdate()
        answer = self.press(
            as_("lead"), version, "approve", since=today, document_number="渝试〔2026〕1号"
        )
        assert answer["Location"] == page("detail", version.pk)
        done = fresh(version)
        assert (done.status, done.since, done.approved_by) == ("approved", today, people.lead)
        text = said(as_("elsewhere").get(page("detail", version.pk)))
        assert "渝试〔2026〕1号" in text
        assert "现行" in text

    def test_an_approval_without_day_or_number_says_so_and_keeps_the_opinion(self, as_, people):
        version = reached(people, ListStatus.SUBMITTED)
        answer = self.press(as_("lead"), version, "approve", opinion="同意施行")
        text = said(answer)
        assert "请填写施行日" in text
        assert "请填写文号" in text
        assert "同意施行" in text
        late = self.press(
            as_("lead"), version, "approve", since="2020-01-01", document_number="x", opinion="好"
        )
        assert late.status_code == 409
        assert "不能溯及" in said(late)
        assert fresh(version).status == ListStatus.SUBMITTED

    def test_submitting_what_is_incomplete_leads_back_to_filling_in(self, as_, people):
        version = drafted(people, order_basis="")
        answer = self.press(as_("officer"), version, "submit")
        assert answer.status_code == 409
        assert "请填写责令改正依据" in said(answer)
        assert "用工作簿修改" in said(answer)

    def test_whoever_drafted_is_told_that_another_decides(self, as_, people):
        version = reached(people, ListStatus.SUBMITTED)
        text = said(as_("officer").get(page("detail", version.pk)))
        assert "须由另一位负责人办理" in text or 'value="withdraw"' in text
        assert 'value="approve"' not in text

    @pytest.mark.parametrize(
        ("name", "step", "status"),
        [
            ("officer", "approve", 403),
            ("station", "submit", 403),
            ("unit", "approve", 403),
            ("city_lead", "approve", 403),
            ("city", "submit", 403),
            ("lead_elsewhere", "approve", 404),
            ("auditor", "approve", 403),
            ("lead", "strange", 404),
        ],
    )
    def test_who_may_not_is_refused(self, as_, people, name, step, status):
        version = reached(people, ListStatus.SUBMITTED)
        more = {"since": timezone.localdate(), "document_number": "x"}
        assert self.press(as_(name), version, step, **more).status_code == status
        assert fresh(version).status == ListStatus.SUBMITTED

    def test_of_two_leads_the_second_reads_who_decided(self, as_, people):
        version = reached(people, ListStatus.SUBMITTED)
        do(version, "send_back", people.second_lead)
        more = {"since": timezone.localdate(), "document_number": "x"}
        answer = self.press(as_("lead"), version, "approve", **more)
        assert answer.status_code == 409
        assert people.second_lead.name in said(answer)

    def test_only_the_city_approves_its_own_list(self, as_, people):
        version = reached(people, ListStatus.SUBMITTED, of_city=True)
        more = {"since": timezone.localdate(), "document_number": "渝市监〔2026〕1号"}
        assert self.press(as_("lead"), version, "approve", **more).status_code == 404
        assert self.press(as_("city_other"), version, "approve", **more).status_code == 403
        assert self.press(as_("city_lead"), version, "approve", **more).status_code == 302
        line = as_("officer").get(page("lists")).context["city"]
        assert line.in_force == version


def test_the_overview_asks_as_often_for_many_lists_as_for_one(
    as_, people, django_assert_max_num_queries
):
    client = as_("city")
    make_list_version(people.bureau)
    client.get(page("lists"))
    for _ in range(5):
        make_list_version(make_bureau())
    assert Bureau.objects.count() > 5
    with django_assert_max_num_queries(40):
        assert client.get(page("lists")).status_code == 200
