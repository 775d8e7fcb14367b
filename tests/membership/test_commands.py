"""The commands, as an operator calls them."""

import csv
import getpass
import hashlib
import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from core.models import Access
from entities.changes import record_changes
from entities.models import CreditClass, Entity
from membership.runs import Order, execute
from membership.settle import settle

pytestmark = pytest.mark.django_db

BEGAN = date(2026, 3, 1)
A = [{"letter": "A", "month": date(2026, 2, 1), "since": date(2026, 2, 1)}]


def said(*arguments, **options):
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def test_retag_rehearses_without_writing(build):
    build(credit_class=A)
    text = said("retag", "--on", "2026-03-01", "--dry-run")
    assert "评估1户，将移入1户，移出0户" in text
    assert "须以 --release 放行" in text


def test_retag_waits_for_a_person_with_an_exit_code_of_its_own(build):
    build(credit_class=A)
    with pytest.raises(CommandError, match="首次打标须由人放行") as held:
        said("retag", "--on", "2026-03-01")
    assert held.value.returncode == 2
    assert "移入1条" in said("retag", "--on", "2026-03-01", "--release", "已核对")


def test_retag_answers_in_json(build):
    build(credit_class=A)
    answer = json.loads(said("retag", "--on", "2026-03-01", "--release", "已核对", "--json"))
    assert (answer["status"], answer["opened"], answer["judged"]) == ("done", {"credit": 1}, 1)


def test_retag_refuses_an_earlier_day_in_a_sentence(build):
    execute(Order(on=BEGAN, release="首次打标"))
    with pytest.raises(CommandError, match="不能再以更早的"):
        said("retag", "--on", "2026-02-01")


def test_explain_names_verdict_clause_facts_and_what_would_change(build):
    entity = build(credit_class=A)
    execute(Order(on=BEGAN, release="首次打标"))
    text = said("explain", entity.code, "--on", "2026-03-02")
    for words in (
        "仅供市场监管部门内部使用",
        "结论：在沙盒内：主体类（信用沙盒）",
        "三（二）",
        "自2026年2月起信用风险分类为A类",
        "分类不再是A类时移出信用沙盒",
        "没有移出情形：登记状态为存续。",
    ):
        assert words in text


def test_explain_answers_in_json_as_known_then(build):
    entity = build(credit_class=A)
    execute(Order(on=BEGAN, release="首次打标"))
    before = timezone.now().isoformat()
    CreditClass.objects.for_system("test").get(entity=entity).supersede()
    record_changes([entity.pk], BEGAN, "更正")
    settle(BEGAN)
    now = json.loads(said("explain", entity.code, "--on", "2026-03-02", "--json"))
    then = json.loads(
        said("explain", entity.code, "--on", "2026-03-02", "--known", before, "--json")
    )
    assert (now["inside"], then["inside"]) == (False, True)


def test_explain_of_an_unknown_code_says_so(build):
    with pytest.raises(CommandError, match="没有代码为"):
        said("explain", "91500000000000000X")


def test_the_list_holds_who_is_inside_on_the_day(build, tmp_path):
    entity = build(credit_class=A)
    Entity.objects.for_system("test").filter(pk=entity.pk).update(name="=HYPERLINK(1)")
    execute(Order(on=BEGAN, release="首次打标"))
    target = tmp_path / "名单.csv"
    assert "1条" in said("membership_list", "--on", "2026-03-02", csv=target)
    with target.open(encoding="utf-8-sig", newline="") as file:
        header, row = list(csv.reader(file))
    assert header == ["统一社会信用代码", "名称", "区县", "纳入情形", "自", "条款", "所在区域"]
    assert row[0] == entity.code
    assert not row[1].startswith("=")
    assert row[3:] == ["主体类（信用沙盒）", "2026-03-01", "三（二）", ""]
    assert "0条" in said("membership_list", "--on", "2026-02-01", csv=target)


def test_the_list_and_the_explanation_name_the_zone(build, tmp_path):
    entity = build(roster=[{"zone": "甲园", "since": date(2026, 2, 1)}])
    execute(Order(on=BEGAN, release="首次打标"))
    target = tmp_path / "名单.csv"
    said("membership_list", "--on", "2026-03-02", csv=target)
    with target.open(encoding="utf-8-sig", newline="") as file:
        _, row = list(csv.reader(file))
    assert row[3:] == ["区域类", "2026-03-01", "三（一）", "甲园"]
    shown = said("explain", entity.code, "--on", "2026-03-02")
    assert "结论：在沙盒内：区域类（甲园）。" in shown
    assert "自2026-02-01起列入已批准区域的名册。" in shown


def test_the_list_leaves_a_line_in_the_access_log_and_a_cover_beside_it(build, tmp_path):
    build(credit_class=A)
    execute(Order(on=BEGAN, release="首次打标"))
    target = tmp_path / "名单.csv"
    said("membership_list", "--on", "2026-03-02", csv=target)
    line = Access.objects.for_system("test").get(kind="export")
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    assert (line.origin, line.actor_id) == ("command membership_list", None)
    assert (line.detail["rows"], line.detail["sha256"]) == (1, digest)
    assert line.detail["os_user"] == getpass.getuser()
    cover = (tmp_path / "名单.csv.说明.txt").read_text(encoding="utf-8-sig")
    assert cover.startswith("仅供市场监管部门内部使用，不作为执法依据，不对外公开\n")
    assert digest in cover
    assert {path.name for path in tmp_path.iterdir()} == {"名单.csv", "名单.csv.说明.txt"}


def test_the_list_is_written_to_a_plain_file_only(build, tmp_path):
    with pytest.raises(CommandError, match="不是普通文件"):
        said("membership_list", csv=tmp_path)
