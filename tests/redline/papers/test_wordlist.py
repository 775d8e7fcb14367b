"""The city keeps the words of the check: adding, ending, and what may not be done to them."""

from datetime import timedelta

import pytest

from core.documents import demand_plain_words
from core.errors import Refused
from core.models import PaperWord
from redline.papers.seeding import seed
from redline.papers.wordlist import add_word, end_word
from staff.roles import CITY_ROLES, Role
from tests.factories import make_user
from tests.redline.papers.papering import ON

pytestmark = pytest.mark.django_db
Effect = PaperWord.Effect


def city():
    return make_user(Role.MUNICIPAL_OFFICER)


def row(word: str) -> PaperWord:
    return PaperWord.objects.for_system("test").current().get(word=word)


def test_an_added_word_counts_at_once_and_says_what_to_write_instead():
    by = city()
    made = add_word("飞行检查", Effect.BLOCKED, instead="写作监督检查", by=by, on=ON)
    assert (made.since, made.recorded_by, made.source) == (ON, by, by.name)
    with pytest.raises(Refused, match="“飞行检查”请写作监督检查"):
        demand_plain_words({"违法事实": "飞行检查发现"})


def test_an_ended_word_counts_no_more_and_stays_readable():
    end_word(row("摘标"), by=city(), on=ON)
    assert demand_plain_words({"违法事实": "摘标"}) == []
    assert row("摘标").until == ON
    assert seed()["words"] == 0
    assert demand_plain_words({"违法事实": "摘标"}) == []


def test_a_word_added_and_ended_on_one_day_leaves_no_current_row():
    made = add_word("飞行检查", Effect.BLOCKED, by=city(), on=ON)
    end_word(made, by=city(), on=ON)
    assert demand_plain_words({"违法事实": "飞行检查"}) == []
    add_word("飞行检查", Effect.WARNED, by=city(), on=ON)
    assert [one.word for one in demand_plain_words({"违法事实": "飞行检查"})] == ["飞行检查"]


def test_a_word_ended_earlier_can_be_added_anew():
    end_word(row("摘标"), by=city(), on=ON)
    add_word("摘标", Effect.WARNED, by=city(), on=ON + timedelta(days=1))
    assert [one.word for one in demand_plain_words({"违法事实": "摘标"})] == ["摘标"]


@pytest.mark.parametrize("word", ["沙盒", "沙 盒", "沙\u200b盒", "ＲＬ-1"])
def test_a_word_stands_once_however_it_is_written(word):
    with pytest.raises(Refused, match="已在表中（禁用）"):
        add_word(word, Effect.WARNED, by=city(), on=ON)


@pytest.mark.parametrize(
    ("word", "effect", "words"),
    [
        ("", Effect.BLOCKED, "请填写用语"),
        ("的", Effect.BLOCKED, "太短"),
        ("·-", Effect.BLOCKED, "太短"),
        ("长" * 41, Effect.BLOCKED, "用语最多40字"),
        ("飞行检查", "other", "请选择作用"),
        ("飞行检查", Effect.ALLOWED, "没有禁用词或提示词"),
    ],
)
def test_what_is_no_word_is_refused(word, effect, words):
    with pytest.raises(Refused, match=words):
        add_word(word, effect, by=city(), on=ON)


def test_an_allowed_wording_opens_itself_alone():
    with pytest.raises(Refused, match="红线"):
        demand_plain_words({"违法事实": "口红线稿"})
    add_word("口红线稿", Effect.ALLOWED, by=city(), on=ON)
    assert demand_plain_words({"违法事实": "口红线稿"}) == []


def test_the_last_blocked_word_stays():
    rows = PaperWord.objects.for_system("test").current().filter(effect=Effect.BLOCKED)
    *others, last = list(rows)
    for one in others:
        end_word(one, by=city(), on=ON)
    with pytest.raises(Refused, match="最后一个禁用词"):
        end_word(last, by=city(), on=ON)


def test_a_word_is_ended_once():
    word = row("摘标")
    end_word(word, by=city(), on=ON)
    with pytest.raises(Refused, match="已终止，请刷新"):
        end_word(word, by=city(), on=ON)


@pytest.mark.parametrize("role", [role for role in Role if role not in CITY_ROLES])
def test_only_the_city_edits_the_words(role):
    by = make_user(role)
    with pytest.raises(Refused, match="您的角色不能"):
        add_word("飞行检查", Effect.BLOCKED, by=by, on=ON)
    with pytest.raises(Refused, match="您的角色不能"):
        end_word(row("摘标"), by=by, on=ON)
