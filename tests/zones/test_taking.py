"""A workbook taken into a draft, again and again: matched, counted, explained rows kept."""

from copy import deepcopy

import pytest

from core.errors import Refused
from tests.factories import make_entity
from tests.zones.declaring import ON, do, fresh, zones_of
from zones.actions import comments, drafts
from zones.actions.taking import Taken
from zones.checking.shapes import Filed, FiledEntity, FiledZone, Place
from zones.choices import DeclarationKind as Kind
from zones.models import DeclaredEntity
from zones.queries import steps_of

pytestmark = pytest.mark.django_db
BYTES = b"a workbook"


def filed_with(*codes: str) -> Filed:
    roster = [
        FiledEntity(Place("附表", 2 + n, "B"), f"企业{code[-3:]}", "", code, code)
        for n, code in enumerate(codes)
    ]
    zone = FiledZone(Place("申报表", 4, "B"), "甲园区", "park", "园区", "甲路1号", len(codes))
    zone.roster = roster
    return Filed(contact_name="张三", contact_phone="13800000000", zones=[zone])


@pytest.fixture
def made(people):
    return drafts.begin(Kind.NEW, bureau=people.bureau, by=people.officer, on=ON)


@pytest.fixture
def take(people, made):
    def taken(filed: Filed) -> Taken:
        revision = fresh(made).revision
        return drafts.take_workbook(
            made, filed, "申报.xlsx", BYTES, revision=revision, by=people.officer, on=ON
        )

    return taken


def rows(made) -> list[DeclaredEntity]:
    found = DeclaredEntity.objects.for_system("test")
    return list(found.filter(declared_zone__declaration=made).order_by("position"))


def test_a_second_upload_counts_and_keeps_keys_and_explanations(people, made, take):
    entities = [make_entity(bureau=people.bureau) for _ in range(4)]
    a, b, c, d = (entity.code for entity in entities)
    assert take(filed_with(a, b, c)) == Taken(new=3, changed=0, same=0, removed=0)
    first = rows(made)
    assert [row.entity_id for row in first] == [entity.pk for entity in entities[:3]]
    drafts.explain(
        first[2],
        "entity.elsewhere",
        "住所在区内",
        revision=fresh(made).revision,
        by=people.officer,
        on=ON,
    )
    # A line put in above moves the others: they are still who they are.
    assert take(filed_with(a, d, b, c)) == Taken(new=1, changed=2, same=1, removed=0)
    again = rows(made)
    assert [row.pk for row in again if row.code != d] == [row.pk for row in first]
    assert again[3].explanations == {"entity.elsewhere": "住所在区内"}
    # A corrected code keeps its row, an absent one goes.
    assert take(filed_with(a, "X" * 18, b)) == Taken(new=0, changed=1, same=2, removed=1)
    assert rows(made)[1].pk == again[1].pk
    assert take(filed_with(a, "X" * 18, b)) == Taken(new=0, changed=0, same=3, removed=0)


def test_every_workbook_is_kept_and_its_digest_is_a_step(people, made, take):
    take(filed_with())
    take(filed_with())
    held = drafts.latest_file(made, people.officer)
    assert (bytes(held.content), held.name) == (BYTES, "申报.xlsx")
    assert drafts.latest_file(made, people.elsewhere) is None
    steps = [line for line in steps_of(made, people.officer) if line.step.action == "workbook"]
    assert len(steps) == 2
    assert held.digest in steps[-1].step.opinion
    assert (fresh(made).way, fresh(made).contact_name) == ("workbook", "张三")


def test_comments_follow_their_rows_into_the_next_workbook(people, made, take):
    entities = [make_entity(bureau=people.bureau) for _ in range(2)]
    a, b = (entity.code for entity in entities)
    filed = filed_with(a, b)
    filed.zones[0].roster = [
        FiledEntity(one.place, entity.name, "", one.code, one.code)
        for one, entity in zip(filed.zones[0].roster, entities, strict=True)
    ]
    filed.explanations = {"declaration.late": "按通知补报"}
    filed.zones[0].address = "重庆市试验区甲路1号"
    take(deepcopy(filed))
    submitted = do(made, "submit", people.officer)
    pinned = comments.comment(submitted, "请核对", row=rows(made)[1], by=people.lead, on=ON)
    do(submitted, "send_back", people.lead, opinion="")
    filed.zones[0].roster[0], filed.zones[0].roster[1] = reversed(filed.zones[0].roster)
    take(filed)
    pinned.refresh_from_db()
    assert pinned.declared_entity.code == b


def test_a_workbook_of_another_bureau_is_refused(made, take):
    filed = filed_with()
    filed.bureau_text = "沙坪坝区"
    with pytest.raises(Refused, match="不是"):
        take(filed)
    assert not zones_of(made)


def test_ten_thousand_rows_take_a_few_statements(made, take, django_assert_max_num_queries):
    filed = filed_with(*(f"{number:018d}" for number in range(10_000)))
    with django_assert_max_num_queries(60):
        assert take(filed).new == 10_000
    with django_assert_max_num_queries(60):
        assert take(filed).same == 10_000
