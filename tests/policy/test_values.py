import pytest

from core.errors import Refused
from policy.limits import LIMITS
from policy.values import check_value, read_value, show_value

GOOD = [
    ("class.credit_letters", "B类、A", ["A", "B"], "A类、B类"),
    ("status.ending", "注销，revoked", ["deregistered", "revoked"], "注销、吊销"),
    ("status.review", "", [], "无"),
    ("four_new.district_mark_opens", "是", True, "是"),
    ("gate.out_city_percent", "7", 7, "7%"),
    ("gate.in_city_percent", "", None, "不设"),
    ("undo.minutes", "45", 45, "45分钟"),
]
BAD = [
    ("class.credit_letters", "E"),
    ("status.ending", "停业"),
    ("four_new.district_mark_opens", "也许"),
    ("gate.out_city_percent", "0"),
    ("gate.out_city_percent", "101"),
    ("gate.out_city_percent", "五"),
    ("gate.out_city_percent", "1.5"),
    ("gate.out_city_percent", ""),
    ("undo.minutes", "-3"),
]


@pytest.mark.parametrize(("key", "text", "value", "shown"), GOOD)
def test_a_value_is_read_and_shown_in_the_staff_s_words(key, text, value, shown):
    assert read_value(LIMITS[key], text) == value
    assert show_value(LIMITS[key], value) == shown


@pytest.mark.parametrize(("key", "text"), BAD)
def test_a_wrong_value_is_refused_by_the_limit_s_name(key, text):
    with pytest.raises(Refused, match=LIMITS[key].title):
        read_value(LIMITS[key], text)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("four_new.district_mark_opens", 1),
        ("undo.minutes", True),
        ("undo.minutes", "30"),
        ("undo.minutes", None),
        ("class.credit_letters", "A"),
        ("class.credit_letters", [1]),
    ],
)
def test_a_value_of_another_type_is_refused(key, value):
    with pytest.raises(Refused):
        check_value(LIMITS[key], value)


def test_each_figure_is_held_to_both_ends_of_its_range():
    for info in LIMITS.values():
        if isinstance(info.default, int) and not isinstance(info.default, bool):
            assert check_value(info, info.low) == info.low
            assert check_value(info, info.high) == info.high
            for outside in (info.low - 1, info.high + 1):
                with pytest.raises(Refused):
                    check_value(info, outside)
