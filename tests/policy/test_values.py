import pytest

from core.errors import Refused
from policy.limits import LIMITS
from policy.values import check_value, show_value

GOOD = [
    ("class.credit_letters", ["B", "A"], ["A", "B"], "A类、B类"),
    ("status.ending", ["deregistered", "revoked"], ["deregistered", "revoked"], "注销、吊销"),
    ("status.review", [], [], "无"),
    ("four_new.district_mark_opens", True, True, "是"),
    ("gate.out_city_percent", 7, 7, "7%"),
    ("gate.in_city_percent", None, None, "不设"),
    ("undo.minutes", 45, 45, "45分钟"),
]
BAD = [
    ("class.credit_letters", ["E"]),
    ("status.ending", ["停业"]),
    ("gate.out_city_percent", 0),
    ("gate.out_city_percent", 101),
    ("gate.out_city_percent", None),
    ("undo.minutes", -3),
]


@pytest.mark.parametrize(("key", "given", "value", "shown"), GOOD)
def test_a_value_is_kept_in_order_and_shown_in_the_staff_s_words(key, given, value, shown):
    assert check_value(LIMITS[key], given) == value
    assert show_value(LIMITS[key], value) == shown


@pytest.mark.parametrize(("key", "value"), BAD)
def test_a_wrong_value_is_refused_by_the_limit_s_name(key, value):
    with pytest.raises(Refused, match=LIMITS[key].title):
        check_value(LIMITS[key], value)


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
