"""What monthly class files leave behind, in whatever order they come (readings 1)."""

from datetime import date

import pytest

from entities.imports.staging import execute
from entities.imports.timeline import STATED, put_file
from entities.models import ClassFile, CreditClass, Entity, FactChange

pytestmark = pytest.mark.django_db

M1, M2, M3, M4, M5 = (date(2026, month, 1) for month in range(5, 10))


@pytest.fixture
def entity():
    return Entity.objects.for_system("test").create(
        code="91500000TEST000001", name="重庆测试有限公司"
    )


def put(entity, month, letter):
    """Import the file of a month in which the entity has this letter, or is missing (None)."""
    files = ClassFile.objects.for_system("test")
    later = list(files.filter(month__gt=month).order_by("month").values_list("month", flat=True))
    execute(f"DROP TABLE IF EXISTS {STATED}")
    execute(f"CREATE TEMP TABLE {STATED} (entity_id bigint, line bigint, code text, letter text)")
    if letter:
        execute(f"INSERT INTO {STATED} VALUES (%s, 2, %s, %s)", [entity.pk, entity.code, letter])
    counts = put_file(month, later, 0, entity.pk, source=f"{month:%Y-%m}", by=None, write=True)
    files.get_or_create(month=month, defaults={"file_name": "f", "file_hash": "0" * 64})
    return counts


def timeline(entity):
    rows = CreditClass.objects.for_system("test").current().filter(entity=entity)
    return [
        (r.since.month, r.until.month if r.until else None, r.letter, r.missed)
        for r in rows.order_by("since")
    ]


CASES = {
    "the same letter twice is one row": ([(M1, "A"), (M2, "A")], [(5, None, "A", 0)]),
    "another letter closes and opens": (
        [(M1, "A"), (M2, "B")],
        [(5, 6, "A", 0), (6, None, "B", 0)],
    ),
    "missing once carries the letter": (
        [(M1, "A"), (M2, None)],
        [(5, 6, "A", 0), (6, None, "A", 1)],
    ),
    "missing stops counting at three": (
        [(M1, "A"), (M2, None), (M3, None), (M4, None), (M5, None)],
        [(5, 6, "A", 0), (6, 7, "A", 1), (7, 8, "A", 2), (8, None, "A", 3)],
    ),
    "back again, nothing is missed": (
        [(M1, "A"), (M2, None), (M3, "A")],
        [(5, 6, "A", 0), (6, 7, "A", 1), (7, None, "A", 0)],
    ),
    "never in a file, nothing is written": ([(M1, None), (M2, None)], []),
    "a late month lies under the newer one": (
        [(M2, "B"), (M1, "A")],
        [(5, 6, "A", 0), (6, None, "B", 0)],
    ),
    "a late month between two that agree": (
        [(M1, "A"), (M3, "A"), (M2, "B")],
        [(5, 6, "A", 0), (6, 7, "B", 0), (7, None, "A", 0)],
    ),
    "a late month carries into files that miss it": (
        [(M2, None), (M3, None), (M1, "A")],
        [(5, 6, "A", 0), (6, 7, "A", 1), (7, None, "A", 2)],
    ),
    "a late month changes what a later file carries": (
        [(M1, "A"), (M3, None), (M2, "C")],
        [(5, 6, "A", 0), (6, 7, "C", 0), (7, None, "C", 1)],
    ),
    "a late month that misses it counts too": (
        [(M1, "A"), (M3, None), (M2, None)],
        [(5, 6, "A", 0), (6, 7, "A", 1), (7, None, "A", 2)],
    ),
    "a corrected file replaces what the file said": (
        [(M1, "A"), (M2, "D"), (M2, "A")],
        [(5, 6, "A", 0), (6, None, "A", 0)],
    ),
    "a corrected file that drops it takes its word back": ([(M1, "D"), (M1, None)], []),
    "a corrected file in which it is missing carries": (
        [(M1, "A"), (M2, "B"), (M2, None)],
        [(5, 6, "A", 0), (6, None, "A", 1)],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_timeline(entity, name):
    files, expected = CASES[name]
    for month, letter in files:
        put(entity, month, letter)
    assert timeline(entity) == expected


@pytest.mark.parametrize("name", CASES)
def test_the_last_file_again_changes_nothing(entity, name):
    files, _ = CASES[name]
    for month, letter in files:
        put(entity, month, letter)
    before, changes = timeline(entity), FactChange.objects.for_system("test").count()
    counts = put(entity, *files[-1])
    assert (counts.new, counts.changed, counts.missed, counts.withdrawn) == (0, 0, 0, 0)
    assert timeline(entity) == before
    assert FactChange.objects.for_system("test").count() == changes


@pytest.mark.parametrize(
    ("files", "months"),
    [
        ([(M1, "A"), (M2, "A"), (M3, "A")], [5]),
        ([(M1, "A"), (M2, "A"), (M3, None)], [5, 5]),
        ([(M1, "A"), (M2, None), (M3, "A"), (M4, "A")], [5, 5, 7]),
        ([(M1, "A"), (M2, "D"), (M2, "A")], [5, 5]),
        ([(M1, "A"), (M3, "A"), (M2, "B")], [5, 6, 7]),
        ([(M1, "A"), (M3, "A"), (M2, None)], [5, 5, 7]),
        ([(M2, "A"), (M1, "A")], [5, 6]),
    ],
)
def test_the_month_is_the_one_since_which_the_letter_was_given(entity, files, months):
    for month, letter in files:
        put(entity, month, letter)
    rows = CreditClass.objects.for_system("test").current().order_by("since")
    assert [row.month.month for row in rows] == months


def test_a_correction_of_the_same_month_stands(entity):
    put(entity, M1, "D")
    row = CreditClass.objects.for_system("test").current().get(entity=entity)
    row.supersede()
    row.copy(letter="A", source="更正：数据来源有误").save()
    counts = put(entity, M1, "D")
    assert counts.changed == 0
    assert timeline(entity) == [(5, None, "A", 0)]


def test_a_correction_gives_way_to_the_next_month(entity):
    put(entity, M1, "D")
    row = CreditClass.objects.for_system("test").current().get(entity=entity)
    row.supersede()
    row.copy(letter="A", source="更正：数据来源有误").save()
    put(entity, M2, "B")
    assert timeline(entity) == [(5, 6, "A", 0), (6, None, "B", 0)]


def test_what_was_known_before_is_kept(entity):
    put(entity, M1, "A")
    put(entity, M2, "B")
    every = CreditClass.objects.for_system("test").filter(entity=entity)
    assert every.exclude(superseded_at=None).get().until is None
    assert every.count() == 3
