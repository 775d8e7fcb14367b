"""The items of a draft: what they may say, and how they are moved about."""

import pytest

from core.errors import Refused
from redline.actions.list_items import WrongItem, add_item, move_item, remove_item, set_item
from redline.actions.lists import begin_list
from redline.choices import ListKind
from redline.items import FIELDS, read, texts_of
from redline.models import ListItem
from tests.redline.listing import ITEM, ITEMS, ON, drafted, fresh, items

pytestmark = pytest.mark.django_db


def add(people, version, **columns):
    return add_item(
        version, revision=fresh(version).revision, by=people.officer, on=ON, **ITEM | columns
    )


@pytest.mark.parametrize("kind", ListKind.values)
def test_what_a_form_shows_of_an_item_is_read_back_the_same(people, kind):
    (item,) = items(drafted(people, kind=kind))
    done = read(kind, texts_of(kind, item))
    assert done.problems == []
    assert done.values == {one.name: getattr(item, one.name) for one in FIELDS[kind]}


@pytest.mark.parametrize(
    ("columns", "name", "said"),
    [
        ({"code": " "}, "code", "请填写编号"),
        ({"code": "1" * 21}, "code", "最多20个字"),
        ({"behaviour": ""}, "behaviour", "请填写行为"),
        ({"behaviour": "长" * 301}, "behaviour", "有301个字，最多300个字"),
        ({"touching": "长" * 2001}, "touching", "最多2000个字"),
        ({"group": ""}, "group", "请填写类别"),
        ({"group": "食品"}, "group", "不在可选范围内"),
        ({"days": ""}, "days", "请填写改正期限"),
        ({"days": "0"}, "days", "应为1至180的整数"),
        ({"days": "181"}, "days", "应为1至180的整数"),
        ({"days": "十五"}, "days", "应为1至180的整数"),
        ({"days": "1.5"}, "days", "应为1至180的整数"),
        ({"days": "9" * 400}, "days", "应为1至180的整数"),
        ({"stop_at_once": "也许"}, "stop_at_once", "请填写“是”或“否”"),
        ({"removal": "马上"}, "removal", "不在可选范围内"),
        ({"removal": "touch"}, "removal_reason", "引用政策四（一）"),
        ({"removal": "touch", "removal_reason": "严重"}, "removal_reason", "引用政策四（一）"),
        ({"removal_reason": "依四（一）"}, "removal_reason", "请改移出方式，或删去理由"),
    ],
)
def test_what_cannot_be_kept_is_told_by_field(people, columns, name, said):
    version = drafted(people, code="RL-1")
    with pytest.raises(WrongItem) as wrong:
        add(people, version, **{"code": "RL-2"} | columns)
    assert [problem.name for problem in wrong.value.problems] == [name]
    assert said in wrong.value.problems[0].sentence
    assert len(items(version)) == 1


def test_all_that_is_wrong_is_told_at_once(people):
    version = drafted(people)
    with pytest.raises(WrongItem) as wrong:
        add(people, version, code="", days="x", group="x", behaviour="")
    assert {problem.name for problem in wrong.value.problems} == {
        *("code", "days", "group", "behaviour")
    }


@pytest.mark.parametrize("reason", ["依四（一），危害公共安全", "政策四(一)：情节恶劣"])
def test_removal_at_touch_with_its_reason_is_kept(people, reason):
    item = add(people, drafted(people), code="T", removal="触碰即移出", removal_reason=reason)
    assert (item.removal, item.removal_reason) == ("touch", reason)


def test_words_that_people_write_are_understood(people):
    version = drafted(people)
    item = add(
        people,
        version,
        code=" ＲＬ－ 3 ",
        group="RL-3 药械妆",
        days="３０日",
        day_kind="自然日",
        stop_at_once="√",
        severity="严重",
    )
    assert (item.code, item.group, item.days, item.day_kind) == ("RL-3", "RL-3", 30, "calendar")
    assert (item.stop_at_once, item.severity) == (True, "grave")


def test_a_code_stands_once_in_a_version(people):
    version = drafted(people)
    with pytest.raises(WrongItem, match="在本清单中已有"):
        add(people, version)
    other = add(people, version, code="RL-9")
    with pytest.raises(WrongItem, match="在本清单中已有"):
        set_item(other, revision=2, by=people.officer, on=ON, code=ITEM["code"])
    assert set_item(other, revision=2, by=people.officer, on=ON, code="RL-9", days=3).days == 3


def test_a_column_of_another_kind_of_list_is_a_mistake_of_ours(people):
    with pytest.raises(TypeError):
        add(people, drafted(people), code="X", first_time=True)


def test_control_signs_are_left_out(people):
    item = add(people, drafted(people), code="X", behaviour="甲\x00乙\t丙\r\n丁\ud800")
    assert item.behaviour == "甲乙 丙\n丁"


def test_items_are_moved_and_removed_and_keep_an_order_without_gaps(people):
    version = drafted(people, code="A")
    made = {code: add(people, version, code=code) for code in "BCD"}

    def codes():
        found = items(version)
        assert [item.position for item in found] == list(range(1, len(found) + 1))
        return "".join(item.code for item in found)

    def move(code, to):
        move_item(made[code], to, revision=fresh(version).revision, by=people.officer, on=ON)
        return codes()

    assert move("D", 1) == "DABC"
    assert move("D", 3) == "ABDC"
    assert move("B", 99) == "ADCB"
    assert move("B", -5) == "BADC"
    remove_item(made["D"], revision=fresh(version).revision, by=people.officer, on=ON)
    assert codes() == "BAC"
    with pytest.raises(Refused, match="已被删去"):
        set_item(made["D"], revision=fresh(version).revision, by=people.officer, on=ON, days=3)


def test_a_list_holds_so_many_items_and_no_more(people):
    version = begin_list("red_line", people.bureau, by=people.officer, on=ON)
    rows = [
        ListItem(version=version, position=number, code=f"C{number}", behaviour="x")
        for number in range(1, 1001)
    ]
    ListItem.objects.for_system("test").bulk_create(rows)
    with pytest.raises(Refused, match="最多1000项"):
        add(people, version)


@pytest.mark.parametrize("kind", ListKind.values)
def test_each_kind_has_its_own_fields(people, kind):
    (item,) = items(drafted(people, kind=kind))
    assert {name: getattr(item, name) for name in ITEMS[kind]} == ITEMS[kind]
