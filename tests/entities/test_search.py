"""One box: codes, beginnings of codes, lists, names of two characters and more."""

import pytest

from entities.codes import make_uscc
from entities.names import bigrams, folded
from entities.search import MOST_CODES, Way, find, understood, unmatched
from staff.roles import Role
from tests.factories import make_bureau, make_entity, make_user

CODE = make_uscc("91500112", "MA607QE1")


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("", Way.NOTHING),
        ("  ", Way.NOTHING),
        ("重", Way.MORE),
        ("重庆", Way.NAME),
        ("科技 有限", Way.NAME),
        ("A1", Way.NAME),
        ("9150", Way.PREFIX),
        ("９１５０", Way.PREFIX),
        ("9150 0112", Way.PREFIX),
        (CODE, Way.CODE),
        (CODE.lower(), Way.CODE),
        ("500112000012345", Way.CODE),
        (f"{CODE}\n{CODE}", Way.CODES),
        (f"{CODE}，500112000012345；", Way.CODES),
        ("9" * 19, Way.MORE),
        ("abcdef", Way.NAME),
    ],
)
def test_the_box_tells_what_it_holds(text, way):
    assert understood(text).way == way


def test_too_many_codes_are_refused_in_a_sentence():
    codes = [f"{number:015d}" for number in range(MOST_CODES + 1)]
    asked = understood("\n".join(codes))
    assert asked.way == Way.MORE
    assert "5,000" in asked.message


def test_pairs_are_signed_and_each_once():
    assert bigrams("重庆重庆") == sorted({(0x91CD << 16 | 0x5E86) - (1 << 32), *bigrams("庆重")})
    assert bigrams("A") == []
    assert bigrams("ａＢ") == bigrams("ab")


@pytest.mark.django_db
class TestFound:
    @pytest.fixture
    def viewer(self):
        return make_user(Role.MUNICIPAL_OFFICER)

    def names(self, text, viewer) -> set[str]:
        return {entity.name for entity in find(text, viewer)[0]}

    def test_a_name_is_found_by_two_characters_and_more(self, viewer):
        make_entity(name="重庆渝北火锅有限公司")
        make_entity(name="重庆锅火餐饮店")
        assert self.names("火锅", viewer) == {"重庆渝北火锅有限公司"}
        assert self.names("渝北火锅", viewer) == {"重庆渝北火锅有限公司"}
        assert self.names("火锅渝北", viewer) == set()

    def test_pairs_alone_are_not_enough(self, viewer):
        make_entity(name="甲乙丙、乙丙丁、丙丁甲")
        assert self.names("甲乙丙丁", viewer) == set()

    def test_a_former_name_is_found(self, viewer):
        make_entity(name="重庆新名有限公司", former_names=["重庆旧称贸易公司"])
        assert self.names("旧称", viewer) == {"重庆新名有限公司"}
        assert self.names("公司重庆", viewer) == set()

    def test_width_and_case_do_not_matter(self, viewer):
        make_entity(name="重庆（ＡＢＣ）科技")
        assert self.names("(abc)科技", viewer) == {"重庆（ＡＢＣ）科技"}
        assert folded("重庆（ＡＢＣ）科技") == "重庆(abc)科技"

    def test_percent_and_underline_are_only_characters(self, viewer):
        make_entity(name="重庆百分百公司")
        assert self.names("百%百", viewer) == set()

    def test_codes_are_found_whole_and_by_their_beginning(self, viewer):
        make_entity(name="甲", code=CODE)
        assert self.names(CODE, viewer) == {"甲"}
        assert self.names(CODE[:10].lower(), viewer) == {"甲"}

    def test_a_list_says_what_it_did_not_find(self, viewer):
        make_entity(name="甲", code=CODE)
        entities, asked = find(f"{CODE}\n500112000012345", viewer)
        assert [entity.name for entity in entities] == ["甲"]
        assert unmatched(asked, viewer) == ["500112000012345"]

    def test_a_district_finds_its_own_only(self):
        mine, other = make_bureau(), make_bureau()
        make_entity(name="重庆甲火锅", bureau=mine)
        make_entity(name="重庆乙火锅", bureau=other, code=CODE)
        officer = make_user(bureau=mine)
        assert self.names("火锅", officer) == {"重庆甲火锅"}
        assert unmatched(find(f"{CODE} {CODE[:17]}X", officer)[1], officer)[0] == CODE
