"""The word check of papers: what it sees through, what it lets pass, what it says."""

import pytest

from core.documents import WordCheck, demand_let_stand, demand_plain_words, squeezing
from core.documents.plain_words import Rule
from core.errors import Refused
from core.models import PaperWord

pytestmark = pytest.mark.django_db

HIDDEN = (
    "沙盒",
    "沙 盒",
    "沙　盒",
    "沙\n盒",
    "沙\r\n\r\n盒",
    "沙\t盒",
    "沙\u200b盒",
    "沙\u200d\ufeff盒",
    "沙\u00ad盒",
    "沙·盒",
    "沙-盒",
    "沙“盒”",
    "沙_盒",
    "沙\u0301盒",
)
"""Ways to write 沙盒 that a reader still reads as 沙盒."""


def check(*rules: tuple[str, str], names=()) -> WordCheck:
    return WordCheck([Rule(word, effect, "改写") for word, effect in rules], names)


def hits(made: WordCheck, text: str) -> list[str]:
    return [rule.word for rule, _ in made.look(text)]


@pytest.mark.parametrize("text", HIDDEN)
def test_nothing_hides_a_word(text):
    with pytest.raises(Refused, match="“违法事实”中有“沙盒”"):
        demand_plain_words({"违法事实": f"当事人属于{text}企业。"})


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("觸碰紅線", "红线"),
        ("紅綫", "红线"),
        ("觀察期內", "观察期"),
        ("ＲＬ－１", "RL-1"),
        ("见 rl-1-02 项", "RL-1"),
        ("渝市监发[2024]73号", "渝市监发〔2024〕73号"),
        ("信用風險分類", "信用风险分类"),
    ],
)
def test_other_forms_of_the_same_signs_are_the_same(text, word):
    with pytest.raises(Refused, match=word.replace("〔", ".").replace("〕", ".")):
        demand_plain_words({"违法事实": text})


@pytest.mark.parametrize("text", ["黄沙。盒装产品", "口袋里有沙，盒子是空的", "URL1", "XRL-12", ""])
def test_signs_that_end_a_word_are_not_seen_through(text):
    assert demand_plain_words({"违法事实": text}) == []


def test_the_refusal_names_field_word_form_and_what_to_write_instead():
    with pytest.raises(Refused) as refused:
        demand_plain_words({"违法事实": "合法。", "改正要求": "请远离红 线。"})
    assert refused.value.clause == "readings 18"
    assert refused.value.sentence == (
        "“改正要求”中有“红线”（写作“红 线”），文书不得出现。“红线”请写明违反的法律条款。"
    )


def test_all_findings_are_told_together():
    with pytest.raises(Refused) as refused:
        demand_plain_words({"甲": "沙盒和红线", "乙": "打标"})
    for told in ("“甲”中有“沙盒”", "“甲”中有“红线”", "“乙”中有“打标”"):
        assert told in refused.value.sentence


def test_many_findings_are_cut_and_counted():
    with pytest.raises(Refused, match="另有4处"):
        demand_plain_words({str(number): "沙盒" for number in range(10)})


def test_warned_words_come_back_and_stand_only_when_let():
    warnings = demand_plain_words({"违法事实": "属于四新企业，坚持包容审慎。"})
    assert [one.word for one in warnings] == ["四新", "包容审慎"]
    with pytest.raises(Refused, match="“违法事实”中有“四新”；“违法事实”中有“包容审慎”"):
        demand_let_stand(warnings, ())
    with pytest.raises(Refused, match="包容审慎"):
        demand_let_stand(warnings, {"四新"})
    demand_let_stand(warnings, {"四新", "包容审慎"})


def test_a_warned_word_that_was_let_stand_opens_nothing_to_a_blocked_one():
    with pytest.raises(Refused, match="沙盒"):
        demand_plain_words({"违法事实": "四新沙盒"})


def test_removal_from_a_public_list_is_no_word_of_ours():
    assert demand_plain_words({"办理情况": "已移出经营异常名录，现移出。"}) == []


def test_an_allowed_wording_shelters_only_what_lies_within_it():
    made = check(("移出", "blocked"), ("移出经营异常名录", "allowed"))
    assert hits(made, "移出经营异常名录") == []
    assert hits(made, "移出经营异常名录，并移出") == ["移出"]
    made = check(("红线", "blocked"), ("口红", "allowed"))
    assert hits(made, "口红线") == ["红线"]
    made = check(("红线", "blocked"), ("口红线", "allowed"))
    assert hits(made, "口红线、口 红线") == []


def test_a_registered_name_shelters_its_own_words_everywhere():
    named = {"违法事实": "重庆红线科技有限公司（以下称当事人）未取得许可。"}
    with pytest.raises(Refused):
        demand_plain_words(named)
    assert demand_plain_words(named, names=["重庆红线科技有限公司"]) == []
    with pytest.raises(Refused, match="红线"):
        demand_plain_words({"违法事实": "触碰红线。"}, names=["重庆红线科技有限公司"])


def test_a_name_that_is_a_blocked_word_shelters_nothing():
    with pytest.raises(Refused, match="红线"):
        demand_plain_words({"违法事实": "触碰红线"}, names=["红线"])
    with pytest.raises(Refused, match="红线"):
        demand_plain_words({"违法事实": "触碰红线"}, names=["红 线"])


def test_what_a_paper_hands_in_is_blocked_for_it_alone():
    title = "渝中局监管清单"
    with pytest.raises(Refused, match=title):
        demand_plain_words({"违法事实": f"列入{title}"}, also_blocked=[title])
    assert demand_plain_words({"违法事实": f"列入{title}"}) == []


def test_codes_are_found_as_codes_only():
    made = check(("A1-2", "blocked"), ("A1-2-3", "blocked"))
    assert hits(made, "第A1-2项") == ["A1-2"]
    assert hits(made, "第A1-2-3项") == ["A1-2-3"]
    assert hits(made, "型号XA1-2") == []
    assert hits(made, "型号A1-25") == []


def test_overlapping_words_are_each_found():
    assert hits(check(("触碰红", "blocked"), ("红线", "blocked")), "触碰红线") == ["触碰红", "红线"]


def test_words_that_were_ended_are_not_looked_for():
    row = PaperWord.objects.for_system("a test").get(word="摘标", superseded_at=None)
    row.close(row.since.replace(year=2025))
    assert demand_plain_words({"违法事实": "摘标"}) == []


def test_without_any_word_nothing_passes():
    for row in PaperWord.objects.for_system("a test").current():
        row.close(row.since)
    with pytest.raises(Refused, match="禁用词表是空的"):
        demand_plain_words({"违法事实": "合法"})


def test_every_traditional_pair_differs_and_every_shipped_word_is_found():
    assert all(pair[0] != pair[1] for pair in squeezing._PAIRS.split())
    rows = PaperWord.objects.for_system("a test").current()
    for row in rows.filter(effect="blocked"):
        with pytest.raises(Refused):
            demand_plain_words({"违法事实": f"甲{row.word}乙"})
