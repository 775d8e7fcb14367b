"""Exports of violations, orders and removals: what their lists show, masked; nothing runs."""

import pytest
from django.urls import reverse
from django.utils import timezone

from core.models import Access
from desk.exports.registry import KINDS
from redline.choices import OrderStatus, RemovalCause
from redline.models import Order, Removal, Service
from tests.desk.exporting import ask, cover_of, produce, table_of
from tests.factories import make_entity
from tests.redline.factories import (
    make_case,
    make_item,
    make_order,
    make_touch,
    make_violation,
)
from tests.redline.figuring import make_removal

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()
RUNS = '=HYPERLINK("http://x","y")'


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def order(bureau, people):
    """A served order whose texts would run in a spreadsheet, with a telephone in them."""
    entity = make_entity(bureau=bureau, name="重庆本区甲餐饮有限公司")
    violation = make_violation(entity, by=people["own"], facts=f"{RUNS}，电话13912345678")
    item = make_item(bureau, code="RL-2-01", group="RL-2", behaviour="未取得许可从事食品经营")
    order = make_order(violation, status=OrderStatus.SERVED, item=item, served_on=TODAY)
    Order.plain.filter(pk=order.pk).update(
        facts=violation.facts, contact_name="张经办", contact_phone="13912345678"
    )
    Service.objects.create(
        order=order,
        way="post",
        sent_on=TODAY,
        address="渝中区试验路1号",
        outcome="served",
        served_on=TODAY,
        recorded_by=people["own"],
    )
    return Order.plain.get(pk=order.pk)


class TestOrders:
    def test_what_the_list_shows(self, people, order):
        export = produce(ask(people["own"], "orders", text="tab=all&light=green"))
        (row,) = table_of(export)
        assert row["责令改正文号"] == order.number.text
        assert (row["状态"], row["来源"], row["送达方式"]) == ("改正期限内", "触碰红线", "邮寄送达")
        assert row["期限"].startswith("还有")
        assert row["触碰事项"] == "RL-2-01 未取得许可从事食品经营"
        assert row["改正期限"] == "15个日历日"
        cover = cover_of(export)
        assert "期限＝三个工作日以上" in cover["查询条件"]
        assert cover["表名"] == "责令改正"

    def test_contacts_are_masked_and_nothing_runs(self, people, order):
        (row,) = table_of(produce(ask(people["own"], "orders", text="tab=all")))
        assert (row["联系人"], row["联系电话"]) == ("张**", "139****5678")
        assert row["送达地址"].startswith("渝***")
        assert "13912345678" not in str(row)
        assert row["违法事实"].startswith("'=HYPERLINK")

    def test_in_full_only_as_asked_and_approved(self, people, order):
        export = ask(people["own"], "orders", text="tab=all", unmasked=True)
        assert export.needs_approval

    def test_only_what_is_asked_for(self, people, order):
        make_order(make_violation(order.entity), status=OrderStatus.DRAFT, item=order.touch.item)
        assert len(table_of(produce(ask(people["own"], "orders", text="tab=all")))) == 2
        export = produce(ask(people["own"], "orders", text="tab=all&status=draft"))
        assert [row["状态"] for row in table_of(export)] == ["草稿"]
        assert "状态＝草稿" in cover_of(export)["查询条件"]

    def test_another_district_s_do_not_leave(self, people, order):
        make_order(make_violation(bureau=people["other"].bureau))
        (row,) = table_of(produce(ask(people["other"], "orders", text="tab=all")))
        assert row["名称"] != order.entity.name
        assert len(table_of(produce(ask(people["city"], "orders", text="tab=all")))) == 2


class TestViolations:
    def test_what_the_list_shows(self, people, order):
        violation = order.violation
        make_case(violation, decision="filed", case_number="渝市监案〔2026〕1号")
        export = produce(ask(people["own"], "violations", text="status=touched&group=RL-2"))
        (row,) = table_of(export)
        assert (row["状态"], row["立案决定"], row["案号"]) == (
            "已确认触碰",
            "立案",
            "渝市监案〔2026〕1号",
        )
        assert row["违法事实"].startswith("'=HYPERLINK")
        assert "139****5678" in row["违法事实"]
        assert "触碰类别＝RL-2 食品安全" in cover_of(export)["查询条件"]

    def test_a_touch_that_waits_for_the_lead_is_not_told(self, people, bureau):
        make_touch(make_violation(bureau=bureau), confirmed=False)
        (row,) = table_of(produce(ask(people["own"], "violations", text="")))
        assert row["触碰事项"] is None

    def test_a_wrong_condition_is_refused(self, as_, people, order):
        answer = as_("own").get(reverse("desk:export-new", args=("violations",)) + "?since=gestern")
        assert answer.status_code == 409


class TestRemovals:
    def test_what_the_list_shows(self, people, order):
        make_removal(order.violation, since=TODAY, order_number=order.number.text, reason=RUNS)
        back = make_removal(make_violation(order.entity), cause=RemovalCause.PENALTY, since=TODAY)
        Removal.plain.filter(pk=back.pk).update(
            since=TODAY.replace(year=2025), returned_on=TODAY, return_reason="已改正"
        )
        rows = table_of(produce(ask(people["own"], "removals", text="state=all")))
        assert {(row["事由"], row["现状"]) for row in rows} == {
            ("触碰红线逾期未改正", "移出中"),
            ("责令停产停业、吊销许可证件", "已重新移入"),
        }
        out = next(row for row in rows if row["现状"] == "移出中")
        assert out["理由"].startswith("'=HYPERLINK")
        export = produce(ask(people["own"], "removals", text="state=returned"))
        assert [row["重新移入理由"] for row in table_of(export)] == ["已改正"]
        assert "状态＝已重新移入" in cover_of(export)["查询条件"]


@pytest.mark.parametrize(
    ("kind", "page", "query"),
    [
        ("violations", "violation-list", ""),
        ("orders", "order-list", "tab=all"),
        ("removals", "removal-list", ""),
    ],
)
class TestEachKind:
    def test_the_list_offers_it_to_whoever_exports(self, as_, people, order, kind, page, query):
        make_removal(order.violation, since=TODAY)
        new = reverse("desk:export-new", args=(kind,))
        for name, offered in (("own", True), ("city", True), ("station", False), ("unit", False)):
            text = as_(name).get(reverse(f"desk:{page}")).content.decode()
            assert (f'href="{new}' in text) is offered, name
            assert as_(name).get(f"{new}?{query}").status_code == (200 if offered else 403), name

    def test_its_access_record_names_the_conditions(self, people, order, kind, page, query):
        make_removal(order.violation, since=TODAY)
        produce(ask(people["own"], kind, text=f"text=重庆本区&{query}"))
        line = Access.objects.for_system("test").get(kind=Access.Kind.EXPORT)
        assert KINDS[kind].label in line.subject
        assert line.detail["filter"] == [["主体", "重庆本区"]] or line.detail["filter"]
