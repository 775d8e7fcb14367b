"""Serving an order: every way, what each asks, and the day on which the clock starts."""

from datetime import date, timedelta

import pytest

from core.errors import Refused
from entities.choices import Kind
from redline.actions.orders import annul_order
from redline.actions.service import fail_service, send_order, serve_order
from redline.choices import AddressBasis, OrderStatus, ServiceOutcome, ServiceWay
from redline.models import Service
from tests.redline.ordering import ON, do, fresh, issued, make_people, served, steps_of

pytestmark = pytest.mark.django_db

W = ServiceWay
TO_SEND = {
    W.DIRECT: {},
    W.LEFT: {},
    W.ELECTRONIC: {"address": "a@b.cn", "basis": AddressBasis.PUBLICITY},
    W.POST: {"address": "渝中区某路1号", "tracking": "EMS123"},
    W.ENTRUSTED: {"entrusted_to": "万州局"},
    W.PUBLIC: {"tracking": "重庆日报"},
}
TO_SERVE = {W.DIRECT: {"receiver": "李四"}, W.LEFT: {"witness": "社区干部赵六"}}
LATER = ON + timedelta(days=40)


@pytest.fixture
def people():
    return make_people()


@pytest.fixture
def order(people):
    return issued(people)


def send(order, people, way, sent_on=ON, on=ON, **said):
    said = TO_SEND[way] | said
    return send_order(order, way=way, sent_on=sent_on, by=people.station, on=on, **said)


def serve(service, people, on=LATER, **said):
    said = TO_SERVE.get(service.way, {}) | said
    return serve_order(service, by=people.station, on=on, **said)


def failed(order, people, way=W.POST):
    return fail_service(send(order, people, way), why="查无此人", by=people.station, on=ON)


@pytest.mark.parametrize(
    ("way", "served_on", "day", "due_on"),
    [
        (W.DIRECT, None, ON, date(2026, 12, 9)),
        (W.LEFT, None, ON, date(2026, 12, 9)),
        (W.ELECTRONIC, None, ON, date(2026, 12, 9)),
        (W.ELECTRONIC, date(2026, 11, 25), date(2026, 11, 25), date(2026, 12, 10)),
        (W.POST, date(2026, 11, 27), date(2026, 11, 27), date(2026, 12, 14)),
        (W.ENTRUSTED, date(2026, 11, 30), date(2026, 11, 30), date(2026, 12, 15)),
        (W.PUBLIC, None, date(2026, 12, 24), date(2027, 1, 8)),
    ],
)
def test_the_clock_starts_on_the_day_of_service(order, people, way, served_on, day, due_on):
    if way == W.PUBLIC:
        failed(order, people)
    done = serve(send(order, people, way), people, served_on=served_on)
    assert (done.status, done.served_on, done.start_on) == (OrderStatus.SERVED, day, day)
    assert (done.due_on, done.due_provisional) == (due_on, due_on.year == 2027)
    assert steps_of(order)[-2:] == [("send", "issued", "issued"), ("serve", "issued", "served")]


@pytest.mark.parametrize(
    ("way", "lacking"),
    [(way, name) for way, said in TO_SEND.items() for name in said if way != W.PUBLIC],
)
def test_what_each_way_asks_when_it_is_sent(order, people, way, lacking):
    with pytest.raises(Refused, match="须填写"):
        send(order, people, way, **{lacking: " "})


@pytest.mark.parametrize("way", [W.DIRECT, W.LEFT])
def test_what_each_way_asks_when_it_is_served(order, people, way):
    service = send(order, people, way)
    with pytest.raises(Refused, match="须填写"):
        serve_order(service, by=people.officer, on=ON)
    assert fresh(order).status == OrderStatus.ISSUED


@pytest.mark.parametrize("way", [W.POST, W.ENTRUSTED])
def test_what_travels_needs_its_day_of_receipt(order, people, way):
    with pytest.raises(Refused, match="须填写送达日"):
        serve(send(order, people, way), people)


class TestElectronic:
    def test_the_public_address_is_for_enterprises(self, order, people):
        order.entity.kind = Kind.HOUSEHOLD
        order.entity.save()
        with pytest.raises(Refused, match="个体工商户须有送达地址确认书"):
            send(order, people, W.ELECTRONIC)

    @pytest.mark.parametrize("confirmed_on", [None, ON + timedelta(days=1)])
    def test_the_confirmation_must_have_been_there(self, order, people, confirmed_on):
        order.entity.service_confirmed_on = confirmed_on
        order.entity.save()
        with pytest.raises(Refused, match="没有送达地址确认书"):
            send(order, people, W.ELECTRONIC, basis=AddressBasis.CONFIRMED)

    @pytest.mark.parametrize("kind", [Kind.COMPANY, Kind.HOUSEHOLD])
    def test_with_a_confirmation_anybody_is_served_so(self, order, people, kind):
        order.entity.kind, order.entity.service_confirmed_on = kind, ON
        order.entity.save()
        service = send(order, people, W.ELECTRONIC, basis=AddressBasis.CONFIRMED)
        assert serve(service, people).status == OrderStatus.SERVED

    def test_any_other_basis_is_none(self, order, people):
        with pytest.raises(Refused, match="请选择电子送达的依据"):
            send(order, people, W.ELECTRONIC, basis="微信")


class TestPublicNotice:
    def test_only_after_another_way_failed(self, order, people):
        with pytest.raises(Refused, match="只能在其他方式无法送达之后"):
            send(order, people, W.PUBLIC)
        failed(order, people)
        assert send(order, people, W.PUBLIC).outcome == ServiceOutcome.OPEN

    def test_a_notice_that_failed_opens_no_other(self, order, people):
        failed(order, people)
        failed(order, people, W.PUBLIC)
        assert send(order, people, W.PUBLIC)

    def test_it_is_served_when_the_days_have_passed(self, order, people):
        failed(order, people)
        service = send(order, people, W.PUBLIC)
        with pytest.raises(Refused, match="公告期至2026-12-24届满"):
            serve(service, people, on=date(2026, 12, 23))
        with pytest.raises(Refused, match="为2026-12-24，请不要另填"):
            serve(service, people, served_on=date(2026, 12, 20))
        assert serve(service, people, on=date(2026, 12, 24)).served_on == date(2026, 12, 24)


@pytest.mark.parametrize(
    ("sent_on", "served_on", "said"),
    [
        (ON - timedelta(days=1), None, "早于签发日"),
        (ON + timedelta(days=1), None, "晚于今天"),
        (ON, ON - timedelta(days=1), "早于送出日"),
        (ON, ON + timedelta(days=1), "晚于今天"),
    ],
)
def test_neither_before_it_was_issued_nor_in_the_future(order, people, sent_on, served_on, said):
    with pytest.raises(Refused, match=said):
        serve(send(order, people, W.DIRECT, sent_on), people, on=ON, served_on=served_on)
    assert fresh(order).status == OrderStatus.ISSUED


def test_a_failed_attempt_is_kept_and_another_follows(order, people):
    first = failed(order, people)
    with pytest.raises(Refused, match="办理“登记未能送达”"):
        serve(first, people, served_on=ON)
    with pytest.raises(Refused, match="办理“登记未能送达”"):
        fail_service(first, why="再次", by=people.officer, on=ON)
    serve(send(order, people, W.DIRECT), people)
    rows = Service.objects.for_system("test").filter(order=order).order_by("pk")
    assert list(rows.values_list("way", "outcome", "why_failed")) == [
        ("post", "failed", "查无此人"),
        ("direct", "served", ""),
    ]


def test_one_attempt_at_a_time(order, people):
    send(order, people, W.POST)
    with pytest.raises(Refused, match="邮寄送达（2026-11-24送出）尚在送达中"):
        send(order, people, W.DIRECT)


def test_two_who_record_the_service(order, people):
    service = send(order, people, W.DIRECT)
    serve(service, people)
    with pytest.raises(Refused, match=f"{people.station.name}已于.*办理“登记送达”"):
        serve_order(service, receiver="李四", by=people.officer, on=LATER)


def test_an_unknown_way_and_too_long_a_text(order, people):
    with pytest.raises(Refused, match="请选择送达方式"):
        send_order(order, way="pigeon", sent_on=ON, by=people.officer, on=ON)
    with pytest.raises(Refused, match="最多100字"):
        send(order, people, W.POST, tracking="1" * 101)


@pytest.mark.parametrize("text", ["沙盒企业李四", "在观 察期内", "触碰红线"])
def test_what_stands_on_the_receipt_is_looked_at(order, people, text):
    service = send(order, people, W.LEFT)
    with pytest.raises(Refused, match="见证人或影像"):
        serve(service, people, witness=text)
    with pytest.raises(Refused, match="未能送达的原因"):
        fail_service(service, why=text, by=people.officer, on=ON)


@pytest.mark.parametrize(
    "name", ["elsewhere", "lead_elsewhere", "city", "unit", "auditor", "nobody"]
)
def test_others_neither_send_nor_serve(order, people, name):
    by = getattr(people, name)
    with pytest.raises(Refused):
        send_order(order, way=W.DIRECT, sent_on=ON, by=by, on=ON)
    service = send(order, people, W.DIRECT)
    with pytest.raises(Refused):
        serve_order(service, receiver="李四", by=by, on=ON)
    with pytest.raises(Refused):
        fail_service(service, why="无人", by=by, on=ON)


def test_an_annulled_order_ends_what_it_was_sent_by(order, people):
    service = send(order, people, W.POST)
    annul_order(order, by=people.lead, on=ON, opinion="写错当事人")
    service.refresh_from_db()
    assert (service.outcome, service.why_failed) == ("failed", "责令改正已作废")
    with pytest.raises(Refused, match="办理“作废”"):
        serve(service, people, served_on=ON)


def test_a_served_order_is_not_sent_again(people):
    with pytest.raises(Refused, match="办理“登记送达”"):
        send(served(people), people, W.POST)


def test_a_second_sending_after_a_late_service_is_refused(people):
    order = issued(people, form="fixed", fixed_on=date(2026, 12, 1))
    serve(send(order, people, W.DIRECT), people, served_on=date(2026, 12, 2))
    with pytest.raises(Refused, match="请重新制发"):
        send(order, people, W.POST)
    assert do(order, "annul", people.lead, LATER).number.voided_at
