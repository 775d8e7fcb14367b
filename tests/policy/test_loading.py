"""Splitting the official wording into clauses, storing it, and what is refused."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from core.errors import Refused
from policy.clauses import CLAUSES
from policy.loading import load_text, read_file, split_clauses
from policy.models import OfficialText
from policy.queries import clause_rows
from staff.roles import Role
from tests.factories import make_user

pytestmark = pytest.mark.django_db
REAL = Path(settings.BASE_DIR).parent / "shared" / "policy" / "policy-2024-73.txt"

TEXT = """ 关于试验的意见
试市监发〔2099〕1号
[bookmark: 主送]
各局：
为了试验，一、二、三都不是条款。
一、总则
[bookmark: OLE_LINK9]坚持试验。
二、原则
鼓励。坚守。
三、范围
[bookmark: A][bookmark: B]一是区域类。甲。
二是主体类。乙。
四、措施
（一）标签。
其一是首要的一段。
（二）观察。
[bookmark: C]（三）非现场。
（四）红线。
(五)研判。
（六）容错。
五、保障
（一）领导。
（二）设置。
（三）评估。
（四）宣传。

附件：表
（一）附件里的不是条款。
"""


def test_clauses_are_found_and_marks_are_stripped():
    found = split_clauses(TEXT)
    assert list(found) == list(CLAUSES)
    assert found["1"] == "一、总则\n坚持试验。"
    assert found["3.1"] == "一是区域类。甲。"
    assert found["4.1"] == "（一）标签。\n其一是首要的一段。"
    assert found["4.5"] == "(五)研判。"
    assert found["5.4"] == "（四）宣传。"


def test_items_in_one_paragraph_are_told_apart():
    found = split_clauses(TEXT.replace("甲。\n二是", "甲。二是"))
    assert (found["3.1"], found["3.2"]) == ("一是区域类。甲。", "二是主体类。乙。")


def test_title_and_number_are_read_from_the_head():
    assert load_text(TEXT) == (14, 0, 0)
    row = OfficialText.objects.get(clause="3.2")
    assert (row.document, row.document_number) == ("关于试验的意见", "试市监发〔2099〕1号")


def test_loading_again_writes_nothing_and_a_change_keeps_the_old_wording():
    load_text(TEXT, "意见", "1号")
    assert load_text(TEXT, "意见", "1号") == (0, 0, 14)
    assert load_text(TEXT.replace("红线。", "红线，新。"), "意见", "1号") == (0, 1, 13)
    rows = OfficialText.objects.filter(clause="4.4").order_by("id")
    assert [row.text for row in rows] == ["（四）红线。", "（四）红线，新。"]
    assert rows[0].superseded_at == rows[1].recorded_at


def test_missing_clauses_are_named_and_nothing_is_stored():
    with pytest.raises(Refused, match="没有找到条款三（二）、四（六），"):
        load_text(TEXT.replace("二是主体类。乙。", "").replace("（六）容错。", ""))
    assert not OfficialText.objects.exists()
    with pytest.raises(Refused, match="没有找到任何条款"):
        load_text("随便一段文字。")
    with pytest.raises(Refused, match="没有找到任何条款"):
        load_text("")


def test_a_clause_that_occurs_twice_is_refused():
    with pytest.raises(Refused, match="四（一）出现了两次"):
        load_text(TEXT.replace("（二）观察。", "（一）观察。"))


def test_only_municipal_staff_load_the_wording():
    load_text(TEXT, by=make_user(Role.MUNICIPAL_OFFICER))
    for role in (Role.DISTRICT_LEAD, Role.UNIT_OFFICER, Role.AUDITOR):
        with pytest.raises(Refused):
            load_text(TEXT, by=make_user(role))


def test_the_page_shows_the_summary_beside_the_wording():
    assert [row.wording for row in clause_rows()] == [None] * 14
    load_text(TEXT)
    rows = clause_rows()
    assert [row.clause.number for row in rows] == list(CLAUSES)
    assert rows[2].wording.text == "一是区域类。甲。"


def test_the_command_reads_what_notepad_writes(tmp_path, capsys):
    path = tmp_path / "政策.txt"
    path.write_bytes(TEXT.encode("gb18030"))
    call_command("load_policy_text", path)
    assert capsys.readouterr().out == "政策原文：新增14条，变更0条，未变0条。\n"
    with pytest.raises(CommandError, match="找不到文件"):
        call_command("load_policy_text", tmp_path / "没有.txt")
    path.write_bytes(b"PK\x03\x04\x00\x00\xff\xfe\x00")
    with pytest.raises(CommandError, match="纯文本"):
        call_command("load_policy_text", path)


@pytest.mark.skipif(not REAL.exists(), reason="../shared/policy is not on this machine")
def test_the_real_policy_loads():
    assert load_text(read_file(REAL)) == (14, 0, 0)
    wordings = {row.clause: row for row in OfficialText.objects.all()}
    assert wordings["3.2"].text.startswith("二是主体类“沙盒监管”。")
    assert wordings["4.4"].text.endswith("做到包容有度。")
    assert wordings["5.4"].text.startswith("（四）营造舆论氛围")
    assert wordings["5.4"].text.endswith("突显工作落实成效。")
    assert wordings["2"].text.count("\n") == 3
    assert {row.document_number for row in wordings.values()} == {"渝市监发〔2024〕73号"}
    assert not any("bookmark" in row.text for row in wordings.values())
