"""What is hidden of personal data, in one place for pages and exports."""

import pytest

from core import masking


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("13812345678", "138****5678"),
        ("+86 13812345678", "+86 138****5678"),
        ("8613812345678", "86138****5678"),
        ("023-67651234", "023-****1234"),
        ("02367651234", "023****1234"),
        ("0831-5123456", "083*-***3456"),
        ("67651234", "****1234"),
        ("6765123", "****123"),
        ("023-67651234-8001", "023-67******-8001"),
        ("12315", "***15"),
        ("13812345678、13987654321", "138****5678、139****4321"),
        ("１３８１２３４５６７８", "１３８****５６７８"),
        ("无", "无"),
        ("", ""),
    ],
)
def test_a_telephone_number_is_masked(text, shown):
    assert masking.phone(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("身份证500108199003071234已核", "身份证**************1234已核"),
        ("50010819900307123X", "**************123X"),
        ("旧证510212680307123。", "旧证***********7123。"),
        ("电话13812345678，座机023-67651234", "电话138****5678，座机023-****1234"),
        ("91500108MA5U12345X", "91500108MA5U12345X"),
        ("915001197398120345", "915001197398120345"),
        ("500108000012345", "500108000012345"),
        ("编号20260101000000000001", "编号20260101000000000001"),
        ("三期2026-11-24验收", "三期2026-11-24验收"),
    ],
)
def test_what_people_wrote_shows_no_identity_number_and_no_telephone(text, shown):
    assert masking.written(text) == shown


def test_telephones_in_a_text_may_stay_but_identity_numbers_never():
    text = "13812345678 500108199003071234"
    assert masking.written(text, phones=False) == "13812345678 **************1234"


@pytest.mark.parametrize(("name", "shown"), [("张三丰", "张**"), (" 李四", "李*"), ("", "")])
def test_a_name_is_masked(name, shown):
    assert masking.name(name) == shown


def test_an_address_shows_its_first_character():
    assert masking.start("重庆市渝中区") == "重*****"
    assert masking.start("") == ""
