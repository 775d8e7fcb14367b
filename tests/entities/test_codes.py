"""Codes are checked by the standards and never altered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entities.codes import (
    ALPHABET,
    CodeKind,
    check,
    make_legacy,
    make_uscc,
    normalise,
)

VALID = [
    "91350100M000100Y43",
    "91110000600037341L",
    "9144030071526726XG",
    "914403001922038216",
    "91110000802100433B",
    "91110108551385082Q",
    "9150000020286320X6",
    "11500000MB1539761Y",
    "11500000MB1631621X",
    "11500381753064447F",
    "11500228733970274Y",
    "1150010700927688XM",
    "115000005567784755",
    "11500000009276118B",
]

codes = st.builds(
    make_uscc,
    st.sampled_from(["91500112", "92500103", "93500230"]),
    st.text(ALPHABET, min_size=8, max_size=8),
)


@pytest.mark.parametrize("code", VALID)
def test_a_known_code_is_valid(code):
    assert check(code) == (CodeKind.USCC, ())
    assert check(code).valid


@pytest.mark.parametrize("code", ["91310115MA1H8R7C6D", "91350100M000100Y4A", "91500000MA5U4PQ2X1"])
def test_a_false_code_is_not_valid(code):
    assert not check(code).valid
    assert check(code).kind == CodeKind.USCC


@pytest.mark.parametrize("number", ["440301103097413", "440301103448669", "110108002734659"])
def test_an_old_registration_number_is_valid(number):
    assert check(number) == (CodeKind.LEGACY, ())


def test_an_old_number_with_a_wrong_digit_says_so():
    assert check("440301103097414").problems == ("15位注册号校验码不符，请核对是否录入有误。",)


@given(codes, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_any_single_wrong_character_is_found(code, place, letter):
    wrong = code[:place] + letter + code[place + 1 :]
    assert check(wrong).valid == (wrong == code)


@given(codes, st.integers(0, 16))
def test_any_two_exchanged_neighbours_are_found(code, place):
    wrong = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert check(wrong).valid == (wrong == code)


@given(st.text("0123456789", min_size=14, max_size=14), st.integers(0, 14), st.integers(0, 9))
def test_any_wrong_digit_of_an_old_number_is_found(body, place, digit):
    number = make_legacy(body)
    wrong = number[:place] + str(digit) + number[place + 1 :]
    assert check(wrong).valid == (wrong == number)


def test_a_letter_outside_the_alphabet_is_named_with_a_hint():
    assert check("9150O112MA607QEM6A").problems == ("第5位 O 不在代码字符集内，可能是数字 0。",)


def test_normalising_changes_width_case_and_spaces_but_no_letter():
    assert normalise(" ９１５００１１２ma607qem6a\u200b\n") == "91500112MA607QEM6A"
    assert normalise("'91500112MA607QEM6A") == "91500112MA607QEM6A"
    assert normalise("915OO112MA607QEM6A") == "915OO112MA607QEM6A"


def test_a_number_spoilt_by_a_spreadsheet_is_recognised():
    assert "科学计数" in check(normalise("9.15E+17")).problems[0]
    assert "Excel 抹成 0" in check("915001127562487000").problems[0]


def test_a_resident_number_is_a_matter_of_privacy():
    assert "身份证" in check("11010519491231002X").problems[0]


def test_an_unknown_beginning_is_a_problem():
    assert "98" in check(make_uscc("98500112", "MA607QEM")).problems[0]


def test_another_length_says_which_lengths_there_are():
    assert check("9150011").problems == ("代码共7位，应为18位统一社会信用代码或15位注册号。",)
    assert check("").kind == CodeKind.UNKNOWN


def test_making_a_code_refuses_what_is_outside_the_alphabet():
    with pytest.raises(ValueError, match="alphabet"):
        make_uscc("91500112", "OOOOOOOO")
