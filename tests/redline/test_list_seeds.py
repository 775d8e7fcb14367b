"""The proposals that come with the product: complete, lawful in form, and not doubled."""

import tomllib
from pathlib import Path

import pytest

from redline import seeding
from redline.choices import ItemGroup, ListKind, RemovalRule
from redline.items import FIELDS, lacking
from redline.models import ListItem, ListStep, ListVersion

pytestmark = pytest.mark.django_db


def shipped(kind):
    version = ListVersion.objects.for_system("test").get(kind=kind, status="proposal")
    return version, list(ListItem.objects.for_system("test").filter(version=version))


def test_seeding_again_changes_nothing():
    before = list(ListItem.objects.for_system("test").values_list("pk", flat=True))
    seeding.seed()
    assert list(ListItem.objects.for_system("test").values_list("pk", flat=True)) == before
    assert ListVersion.objects.for_system("test").filter(status="proposal").count() == 3


@pytest.mark.parametrize("kind", ListKind.values)
def test_every_item_is_complete_but_for_being_checked(kind):
    version, items = shipped(kind)
    assert (version.number, version.bureau, version.since, version.drafted_by) == (0, *[None] * 3)
    assert "建议稿" in version.note
    for item in items:
        assert [one.name for one in lacking(kind, item)] == [""], item.code
        assert item.is_proposal
    (step,) = ListStep.objects.for_system("test").filter(version=version)
    assert (step.action, step.target, step.done_by) == ("load", "proposal", None)


def test_the_baseline_has_every_group_and_the_seven_and_six_of_special_equipment():
    _, items = shipped(ListKind.RED_LINE)
    groups = {item.group for item in items}
    assert groups == set(ItemGroup.values) - {ItemGroup.OTHER}
    equipment = [item.behaviour for item in items if item.group == ItemGroup.EQUIPMENT]
    assert sum("重大违法行为之" in text for text in equipment) == 7
    assert sum("严重事故隐患之" in text for text in equipment) == 6


def test_no_item_is_a_risk_signal_or_a_failure_to_correct():
    _, items = shipped(ListKind.RED_LINE)
    for item in items:
        assert not any(word in item.behaviour for word in ("群访", "舆情", "非法集资", "逾期"))
        assert item.removal == RemovalRule.OVERDUE


def test_the_first_time_items_look_two_years_back():
    _, items = shipped(ListKind.NO_PENALTY)
    first = [item for item in items if item.first_time]
    assert {item.code[:4] for item in first} == {"NP-1"}
    assert {item.lookback_years for item in first} == {2}
    assert all(len(item.conditions) >= 3 for item in first)


@pytest.mark.parametrize("name", seeding.SHIPPED)
def test_a_shipped_file_names_only_columns_of_its_kind(name):
    text = (Path(seeding.FOLDER) / name).read_text("utf-8")
    found = tomllib.loads(text)
    assert found["checked_on"]
    known = {one.name for one in FIELDS[found["kind"]]}
    for item in found["item"]:
        assert item.keys() <= known, item["code"]
