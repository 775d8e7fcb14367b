"""Removals: list and statement, revoking and letting back with their effect; follow-ups."""

from __future__ import annotations

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import timezone

from membership.models import Run
from policy.limits import limits_in_force
from redline.actions.removals import still_missing
from redline.choices import CaseDecision, FollowUpKind, OrderStatus, RemovalCause
from redline.models import Case, FollowUp, Order, Removal
from redline.queries import follow_ups_waiting_for, may_return, removals_for
from redline.removals import remove, revoke
from tests.desk.redline.ordering import BROWSED, HIDDEN, order_of, today
from tests.factories import make_entity
from tests.redline.factories import make_case, make_evidence

pytestmark = pytest.mark.django_db
Status = OrderStatus


def removed(officer, status: str = Status.OVERDUE, **said) -> SimpleNamespace:
    """Make an order that took its entity out ten days ago, with a case still to be decided."""
    order = order_of(officer, status, served_on=today() - timedelta(days=25), days=15, **said)
    removal = remove(
        order.violation,
        RemovalCause.OVERDUE,
        since=today() - timedelta(days=9),
        order=order,
        by=None,
        on=today() - timedelta(days=9),
    )
    return SimpleNamespace(order=order, removal=removal, case=make_case(order.violation))


def page(removal: Removal, name: str = "detail", *more: str) -> str:
    return reverse(f"desk:removal-{name}", args=(removal.pk, *more))


def said(answer, status: int = 200) -> str:
    assert answer.status_code == status, answer.content.decode()[:300]
    return answer.content.decode()


def keys(text: str) -> list[int]:
    return [int(key) for key in re.findall(r'data-open href="/removals/(\d+)/', text)]


def listed(client, **query: str) -> list[int]:
    return keys(said(client.get(reverse("desk:removal-list"), query)))


@pytest.mark.parametrize("name", BROWSED)
def test_the_bureau_and_the_city_see_removals(people, as_, name):
    made = removed(people["own"])
    client = as_(name)
    assert listed(client) == [made.removal.pk]
    assert "移出情况说明" in said(client.get(page(made.removal)))


@pytest.mark.parametrize("name", HIDDEN)
def test_others_see_none(people, as_, name):
    made = removed(people["own"])
    client = as_(name)
    assert listed(client) == []
    assert client.get(page(made.removal)).status_code == 404


def test_who_does_no_business_gets_nothing(people, as_):
    made = removed(people["own"])
    for name, status in (("auditor", 403), ("nobody", 302)):
        assert as_(name).get(reverse("desk:removal-list")).status_code == status
        assert as_(name).get(page(made.removal)).status_code == status


def test_the_statement_says_what_it_rests_on(people, as_):
    made = removed(people["own"])
    make_evidence(made.order.violation, title="现场检查笔录")
    text = said(as_("own").get(page(made.removal)))
    removal, touch = made.removal, made.order.touch
    for part in (
        *(str(touch.item), str(touch.item.version.document_number), made.order.number.text),
        *(str(removal.since), str(removal.served_on), str(removal.due_on), "现场检查笔录"),
        *(touch.judged_by.name, touch.confirmed_by.name, "系统按日期判定"),
        "仅供市场监管部门内部使用",
    ):
        assert part in text, part


CASES = [
    *(None, {"decision": CaseDecision.OPEN}),
    {"decision": CaseDecision.NOT_FILED},
    {"decision": CaseDecision.FILED, "case_number": "试立〔2026〕1号"},
    {"decision": CaseDecision.FILED, "case_number": "试立〔2026〕2号", "closed_on": today()},
]


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("status", [Status.OVERDUE, Status.REFERRED, Status.MENDED_LATE])
def test_the_list_knows_what_re_entry_waits_for(people, as_, status, case):
    made = removed(people["own"], status)
    cases = Case.plain.filter(pk=made.case.pk)
    cases.delete() if case is None else cases.update(**case)
    ready = not still_missing(made.removal)
    assert removals_for(people["own"]).filter(may_return()).exists() == ready
    client = as_("own")
    assert (listed(client, state="ready") == [made.removal.pk]) == ready
    badges = said(client.get(reverse("desk:removal-list"))).split("<tbody>")[1]
    assert ("可重新移入" in badges) == ready


def test_states_and_conditions_narrow(people, as_):
    out, gone = removed(people["own"]), removed(people["own"])
    revoke(gone.removal, reason="送达日登记有误", by=people["lead"], on=today())
    client = as_("own")
    assert listed(client) == [out.removal.pk]
    assert listed(client, state="revoked") == [gone.removal.pk]
    assert set(listed(client, state="all")) == {out.removal.pk, gone.removal.pk}
    assert listed(client, state="returned") == []
    assert listed(client, cause="overdue") == [out.removal.pk]
    assert listed(client, cause="penalty") == []
    assert listed(client, text=out.order.number.text) == [out.removal.pk]
    assert listed(client, text=out.order.entity.code) == [out.removal.pk]
    assert listed(client, entity=str(out.order.entity_id)) == [out.removal.pk]
    assert listed(as_("city"), bureau=str(out.order.bureau_id)) == [out.removal.pk]
    assert listed(client, state="x", cause="x", bureau="x") == [out.removal.pk]


# What a lead does.


@pytest.mark.parametrize("verb", ["return", "revoke"])
@pytest.mark.parametrize(
    ("name", "status"),
    [("own", 403), ("station", 403), ("city", 403), ("other_lead", 404), ("nobody", 302)],
)
def test_only_the_bureau_s_lead_decides(people, as_, name, status, verb):
    made = removed(people["own"])
    client = as_(name)
    for answer in (
        client.get(page(made.removal, "act", verb)),
        client.post(page(made.removal, "act", verb), {"reason": "理由"}),
        client.post(page(made.removal, "effect", verb)),
    ):
        assert answer.status_code == status
    made.removal.refresh_from_db()
    assert made.removal.revoked_at is None
    assert made.removal.returned_on is None


def test_who_may_not_decide_sees_no_button(people, as_):
    made = removed(people["own"])
    address = page(made.removal, "act", "revoke")
    assert address not in said(as_("own").get(page(made.removal)))
    assert address in said(as_("lead").get(page(made.removal)))


def test_a_removal_is_revoked_with_a_reason_and_followed_up(people, as_):
    made = removed(people["own"])
    client = as_("lead")
    address = page(made.removal, "act", "revoke")
    assert "请填写撤销理由" in said(client.post(address, {"reason": " ", "once": "a"}))
    long = said(client.post(address, {"reason": "长" * 1001, "once": "a"}))
    assert "撤销理由最多1000个字" in long
    answer = client.post(address, {"reason": "送达日登记有误", "once": "a"})
    assert answer["Location"] == page(made.removal)
    made.removal.refresh_from_db()
    assert made.removal.revoke_reason == "送达日登记有误"
    assert "李负责：送达日登记有误" in said(client.get(page(made.removal)))
    again = said(client.post(address, {"reason": "再撤一次", "once": "b"}), 409)
    assert "李负责已于" in again
    assert "再撤一次" in again
    assert follow_ups_waiting_for(people["lead"]).get().removal == made.removal


def test_re_entry_says_what_is_missing_and_then_lets_back(people, as_):
    made = removed(people["own"])
    client = as_("lead")
    address = page(made.removal, "act", "return")
    text = said(client.post(address, {"reason": "已整改到位", "once": "a"}), 409)
    assert "请先登记复查" in text
    assert "已整改到位" in text
    Order.plain.filter(pk=made.order.pk).update(status=Status.MENDED_LATE, mended_on=today())
    Case.plain.filter(pk=made.case.pk).update(decision=CaseDecision.NOT_FILED)
    assert client.post(address, {"reason": "已整改到位", "once": "a"}).status_code == 302
    made.removal.refresh_from_db()
    assert (made.removal.returned_on, made.removal.return_reason) == (today(), "已整改到位")
    assert listed(client, state="returned") == [made.removal.pk]


def test_the_effect_is_the_real_one_and_is_not_kept(people, as_):
    seed_day = today() - timedelta(days=60)
    Run.objects.create(
        kind=Run.Kind.NIGHTLY,
        status=Run.Status.DONE,
        on=seed_day,
        policy_version=limits_in_force(today()).version,
        finished_at=timezone.now(),
    )
    member = make_entity(bureau=people["own"].bureau, letter="A", status="active")
    made = removed(people["own"], entity=member)
    client = as_("lead")
    address = page(made.removal, "effect", "revoke")
    fragment = said(client.post(address, HTTP_HX_REQUEST="true"))
    assert "办理后在沙盒内" in fragment
    whole = said(client.post(address, {"reason": "先看看"}))
    assert "先看看" in whole
    assert "data-effect" in whole
    refused = said(client.post(page(made.removal, "effect", "return"), HTTP_HX_REQUEST="true"))
    assert "请先登记复查" in refused
    made.removal.refresh_from_db()
    assert made.removal.revoked_at is None
    assert client.get(address).status_code == 405
    assert client.get(page(made.removal, "act", "nothing")).status_code == 404


# Follow-ups.


def followed(people, **said) -> FollowUp:
    made = removed(people["own"])
    row = FollowUp(
        **{
            "kind": FollowUpKind.REVOKED,
            "bureau": made.order.bureau,
            "entity": made.order.entity,
            "order": made.order,
            "removal": made.removal,
            "text": "请核对观察期",
            "raised_on": today(),
        }
        | said
    )
    row.save()
    return row


def settle(row: FollowUp) -> str:
    return reverse("desk:followup-settle", args=(row.pk,))


@pytest.mark.parametrize("name", ["own", "lead", "station", "city"])
def test_follow_ups_are_seen_by_the_bureau_and_the_city(people, as_, name):
    followed(people)
    answer = as_(name).get(reverse("desk:followup-list"))
    assert "请核对观察期" in said(answer)
    assert ("办结</button>" in said(answer)) == (name == "lead")


@pytest.mark.parametrize("name", ["other", "other_lead", "unit"])
def test_others_see_no_follow_ups(people, as_, name):
    row = followed(people)
    assert "请核对观察期" not in said(as_(name).get(reverse("desk:followup-list") + "?state=all"))
    assert as_(name).post(settle(row), {"note": "越权"}).status_code in (403, 404)
    row.refresh_from_db()
    assert row.settled_at is None


@pytest.mark.parametrize("name", ["own", "station", "city", "city_lead", "auditor"])
def test_only_a_lead_of_the_bureau_settles(people, as_, name):
    assert as_(name).post(settle(followed(people)), {"note": "已核对"}).status_code == 403


def test_a_follow_up_is_settled_once_and_the_second_is_told(people, as_):
    row = followed(people)
    client = as_("lead")
    assert "请填写办理情况" in said(client.post(settle(row), {"note": "", "once": "a"}), 409)
    answer = client.post(settle(row) + "?state=open", {"note": "已恢复观察期", "once": "b"})
    assert answer["Location"].endswith("?state=open")
    again = said(client.post(settle(row), {"note": "再办一次的说明", "once": "c"}), 409)
    assert "李负责已于" in again
    assert "已恢复观察期" in said(client.get(reverse("desk:followup-list") + "?state=settled"))
    assert client.get(settle(row)).status_code == 405
