"""Steps of declarations from their pages: decided in part, handed over, raced, printed, in bulk."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.models import Access
from entities.actions.register import change_status
from entities.models import Entity
from membership.models import Ground, Run
from policy.limits import limits_in_force
from tests.desk.declaring import client_of, office, page, rows_of, zones_of
from tests.zones.declaring import do, draft, fresh
from zones.actions.comments import comment
from zones.models import Declaration, DeclaredEntity, Round, Zone

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def people():
    return office()


@pytest.fixture
def reviewed(people):
    return do(do(draft(people, entities=3), "submit", people.officer), "review", people.lead)


@pytest.fixture
def begun(people):
    today = timezone.localdate()
    return Run.objects.create(
        kind=Run.Kind.NIGHTLY,
        status=Run.Status.DONE,
        on=today - timedelta(days=1),
        policy_version=limits_in_force(today).version,
    )


def press(user, declaration, step, **said):
    sent = {"step": step, "revision": fresh(declaration).revision, **said}
    return client_of(user).post(page("declaration-step", declaration.pk), sent)


def test_only_what_is_open_is_offered(people, reviewed):
    address = page("declaration-detail", reviewed.pk)
    city = client_of(people.city).get(address).content.decode()
    for step in ("accept", "approve", "return", "refuse"):
        assert f'name="step" value="{step}"' in city
    officer = client_of(people.officer).get(address).content.decode()
    assert 'name="step"' not in officer
    assert 'value="recall"' in client_of(people.lead).get(address).content.decode()


def test_a_wrong_role_reads_who_may(people, reviewed):
    answer = press(people.officer, reviewed, "approve")
    assert answer.status_code == 403
    assert "您的角色不能" in answer.content.decode()
    assert press(people.lead_elsewhere, reviewed, "review").status_code == 404


def test_returning_without_a_word_is_refused_and_keeps_what_was_typed(people, reviewed):
    answer = press(people.city, reviewed, "refuse", opinion="  ")
    assert answer.status_code == 409
    assert "请填写不予批准的理由" in answer.content.decode()
    answer = press(people.city, reviewed, "approve", opinion="同意试点", left_rows=["1"])
    assert answer.status_code == 409
    assert "同意试点" in answer.content.decode()


def test_of_two_who_decide_the_second_reads_who_did_what(people, reviewed):
    assert press(people.city, reviewed, "approve").status_code == 302
    answer = press(people.city_lead, reviewed, "refuse", opinion="不符合")
    assert answer.status_code == 409
    said = answer.content.decode()
    assert people.city.name in said
    assert "批准" in said


def test_a_part_is_left_out_with_its_reason(people, reviewed):
    first, second, third = rows_of(zones_of(reviewed)[0])
    said = {"left_rows": [first.pk], "left_codes": second.code, "left_reason": "不在区域内"}
    assert press(people.city, reviewed, "approve", **said).status_code == 302
    outcomes = dict(DeclaredEntity.objects.for_system("test").values_list("pk", "outcome"))
    assert outcomes == {first.pk: "refused", second.pk: "refused", third.pk: "approved"}
    answer = client_of(people.officer).get(page("declaration-detail", reviewed.pk))
    assert "其中 2 户不予批准" in answer.content.decode()
    form = client_of(people.officer).get(page("declaration-form", reviewed.pk)).content.decode()
    left = form.partition("未批准的明细")[2].partition("办理经过")[0]
    assert first.code in left
    assert second.code in left
    assert third.code not in left
    assert "不在区域内" in left


def test_whoever_decides_is_told_of_comments_still_open(people, reviewed):
    detail = page("declaration-detail", reviewed.pk)
    said = "有 1 条补正意见还没有标为已改正"
    assert said not in client_of(people.city).get(detail).content.decode()
    comment(reviewed, "户数不符", by=people.city, on=timezone.localdate())
    assert said in client_of(people.city).get(detail).content.decode()


def test_an_unknown_code_to_leave_out_is_named(people, reviewed):
    said = {"left_codes": "91500107MA5U4PQ2X1", "left_reason": "不在区域内"}
    answer = press(people.city, reviewed, "approve", **said)
    assert "91500107MA5U4PQ2X1" in answer.content.decode()
    assert fresh(reviewed).status == "reviewed"


def test_the_effect_is_shown_and_nothing_is_written(people, reviewed, begun):
    entity = rows_of(zones_of(reviewed)[0])[0].entity
    today = timezone.localdate()
    said = {"status": "revoked", "since": today, "source": "公示系统", "reason": "吊销"}
    change_status(entity, **said, by=people.city, on=today)
    address = page("declaration-effect", reviewed.pk)
    client = client_of(people.city)
    said = client.post(address, {}, headers=HTMX).content.decode()
    assert "名册变动" in said
    assert "<strong>2</strong> 户" in said
    assert "<dd>1 行，按今天的核对有错误" in said
    assert fresh(reviewed).status == "reviewed"
    assert not Zone.objects.for_system("test").exists()
    assert not Ground.objects.for_system("test").exists()
    whole = client.post(address, {"opinion": "拟同意"})
    assert "拟同意" in whole.content.decode()
    assert client.get(address).status_code == 405
    assert client_of(people.lead).post(address, {}).status_code == 403


def test_the_effect_counts_who_stays_out_for_an_error_of_the_day(people, reviewed, begun):
    gone, named, _ = rows_of(zones_of(reviewed)[0])
    ids = [gone.entity_id, named.entity_id]
    Entity.objects.for_system("test").filter(pk__in=ids).update(status="deregistered")
    client, address = client_of(people.city), page("declaration-effect", reviewed.pk)
    assert "<dd>2 行，按今天的核对有错误" in client.post(address, {}).content.decode()
    said = {"left_rows": [named.pk], "left_reason": "不在区内"}
    assert "<dd>1 行，按今天的核对有错误" in client.post(address, said).content.decode()
    seen = {"seen": f"{reviewed.pk}:{fresh(reviewed).revision}"}
    bulk = client.post(page("declaration-bulk-effect"), seen, headers=HTMX).content.decode()
    assert "<dd>2 行，按今天的核对有错误" in bulk


def test_a_colleague_takes_over(people, reviewed):
    press(people.city, reviewed, "accept")
    missing = press(people.city, reviewed, "hand_over")
    assert "请选择要转交的同事" in missing.content.decode()
    assert press(people.city, reviewed, "hand_over", to=people.city_other.pk).status_code == 302
    assert fresh(reviewed).handler == people.city_other
    said = client_of(people.city).get(page("declaration-detail", reviewed.pk)).content.decode()
    assert people.city_other.name in said


def test_several_are_approved_with_a_result_for_each(people, reviewed):
    other = do(do(draft(people), "submit", people.officer), "review", people.lead)
    client = client_of(people.city)
    confirm = client.get(page("declaration-bulk") + f"?ids={reviewed.pk}&ids={other.pk}")
    said = confirm.content.decode()
    assert "data-count>2<" in said
    assert zones_of(other)[0].name in said
    seen = [f"{one.pk}:{fresh(one).revision}" for one in (reviewed, other)]
    effect = client.post(page("declaration-bulk-effect"), {"seen": seen}, headers=HTMX)
    assert "名册变动" in effect.content.decode()
    press(people.city_other, other, "refuse", opinion="不符合")
    result = client.post(page("declaration-bulk"), {"seen": seen}, follow=True).content.decode()
    assert "已批准，自" in result
    assert "未批准：" in result
    assert fresh(reviewed).status == "approved"
    assert client_of(people.lead).get(page("declaration-bulk")).status_code == 403


def test_the_papers_carry_the_annex_every_step_and_the_notice(people, reviewed):
    client = client_of(people.city)
    annex = client.get(page("declaration-annex", reviewed.pk)).content.decode()
    zone = zones_of(reviewed)[0]
    for words in ("区域类“沙盒监管”申报表", "填报区县", zone.name, "见附表1", "联系人：张三"):
        assert words in annex
    for row in rows_of(zone):
        assert row.code in annex
    form = client.get(page("declaration-form", reviewed.pk)).content.decode()
    for words in ("审批表", "建立草稿", "提交", "审核通过", people.lead.name):
        assert words in form
    for said in (annex, form):
        assert "仅供市场监管部门内部使用，不作为执法依据，不对外公开" in said
    client.post(
        page("print-note"), {"path": page("declaration-form", reviewed.pk), "title": "审批表"}
    )
    assert Access.objects.for_system("test").filter(kind=Access.Kind.PRINT).count() == 1


def test_the_city_keeps_the_rounds(people, reviewed):
    city = client_of(people.city)
    sent = {"name": "丙轮", "opens_on": "2026-10-01", "deadline": "2026-12-31"}
    assert city.post(page("round-add"), sent).status_code == 302
    again = city.post(page("round-add"), sent)
    assert again.status_code == 409
    assert "已有名为“丙轮”的轮次" in again.content.decode()
    made = Round.objects.for_system("test").get(name="丙轮")
    wrong = city.post(page("round-edit", made.pk), sent | {"deadline": "2026-09-01"})
    assert "早于开始日" in wrong.content.decode()
    said = city.get(page("round-list")).content.decode()
    assert "丙轮" in said
    assert client_of(people.officer).get(page("round-list")).status_code == 200
    assert client_of(people.officer).get(page("round-add")).status_code == 403


def test_a_zone_is_ended_by_a_change_declaration(people, reviewed):
    press(people.city, reviewed, "approve")
    zone = Zone.objects.for_system("test").get()
    client = client_of(people.officer)
    assert zone.name in client.get(page("declaration-change")).content.decode()
    sent = {"kind": "end", "zones": [zone.pk], "reason": "园区关闭"}
    answer = client.post(page("declaration-change"), sent)
    made = Declaration.objects.for_system("test").latest("pk")
    assert answer["Location"] == page("declaration-edit", made.pk)
    assert zone.name in client.get(answer["Location"]).content.decode()
    merged = client.post(page("declaration-change"), sent | {"kind": "merge"})
    assert "请选择并入的区域" in merged.content.decode()


def test_home_counts_what_waits(people, reviewed):
    assert "区域申报 1 件" in client_of(people.city).get("/").content.decode()
    assert "data-declarations" not in client_of(people.officer).get("/").content.decode()
