"""Contact data is unreadable in the tables, opens with its key, and changes keys by command."""

import io
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.exceptions import FieldError, ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings

from core import rotation
from core.audit.context import acting
from core.models import Access, Change
from core.secrets import STORED, KeyRing, Unreadable, key_id, ring
from entities.contacts import seal_name, seal_phone
from entities.models import Entity
from tests.factories import make_entity

OLD = "an older key of our own, long enough to be one: 7Qx2Lm9ZpR4v"
NEW = "the newer key of our own, as long as the one before: K8dW3nB6"
PLACE = b"entities_entity.contact_phone"


def stored(pk, column="contact_phone"):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM entities_entity WHERE id = %s", [pk])
        return cursor.fetchone()[0]


def read(pk):
    return Entity.objects.for_system("a test looks").get(pk=pk)


def keys(*entries):
    return override_settings(DATA_KEYS=list(entries))


def test_what_lies_in_the_table_tells_nothing(db):
    entity = make_entity(
        contact_name="王小明", contact_phone="13812345678", service_address="渝中区送达路1号"
    )
    for column in ("contact_name", "contact_phone", "service_address"):
        assert STORED.fullmatch(stored(entity.pk, column))
    again = read(entity.pk)
    assert (again.contact_name, again.contact_phone) == ("王小明", "13812345678")
    assert again.service_address == "渝中区送达路1号"
    everything = Entity.objects.for_system("a test looks")
    assert everything.values_list("contact_phone", flat=True).get() == "13812345678"


def test_an_empty_text_stays_empty(db):
    assert stored(make_entity().pk) == ""


def test_equal_texts_are_stored_equally_within_a_column_and_differently_across():
    assert seal_phone("13812345678") == seal_phone("13812345678")
    assert seal_phone("王") != seal_name("王")
    with keys(NEW):
        changed = seal_phone("13812345678")
    assert changed != seal_phone("13812345678")


def test_a_value_moved_to_another_column_does_not_open():
    sealed = ring().seal("13812345678", PLACE)
    assert ring().open(sealed, PLACE) == "13812345678"
    with pytest.raises(Unreadable, match="改动过或损坏"):
        ring().open(sealed, b"entities_entity.contact_name")


def test_what_cannot_be_opened_is_said_to_be_so():
    sealed = KeyRing((OLD,)).seal("13812345678", PLACE)
    with pytest.raises(Unreadable, match=f"密钥 {key_id(OLD)} .*DATA_KEYS 中没有"):
        KeyRing((NEW,)).open(sealed, PLACE)
    with pytest.raises(Unreadable, match="没有加密"):
        ring().open("13812345678", PLACE)
    with pytest.raises(Unreadable, match="改动过或损坏"):
        KeyRing((OLD,)).open(sealed[:-6] + "AAAA==", PLACE)


def test_no_search_is_offered(db):
    for condition in ({"contact_phone": "1"}, {"contact_phone__contains": "1"}):
        with pytest.raises(FieldError, match="Unsupported lookup"):
            Entity.objects.for_system("a test tries").filter(**condition).exists()


def test_a_text_that_is_too_long_is_refused():
    with pytest.raises(ValueError, match="at most 40"):
        seal_phone("1" * 41)
    with pytest.raises(ValidationError):
        Entity._meta.get_field("contact_phone").clean("1" * 41, None)


@pytest.fixture
def three(db):
    with keys(OLD):
        return [make_entity(contact_phone=f"1380000000{n}", contact_name="王") for n in range(3)]


def rotated():
    said = io.StringIO()
    call_command("rotate_data_keys", stdout=said, stderr=io.StringIO())
    return said.getvalue()


def test_rotation_moves_every_value_to_the_current_key(three):
    with keys(NEW, OLD):
        said = rotated()
        assert "改用当前密钥 3 行" in said
        assert f"第2把（编号 {key_id(OLD)}）不再使用，可以删去" in said
        assert rotation.sealed_by() == {key_id(NEW): 6}
        assert "改用当前密钥 0 行" in rotated()
    with keys(NEW):
        assert [read(one.pk).contact_phone[-1] for one in three] == ["0", "1", "2"]
        assert "没有可以删去的旧密钥" in rotated()


def test_a_killed_rotation_goes_on_where_it_was(three, monkeypatch):
    class Killed(BaseException):
        pass

    def kill(table, done, total):
        if done >= three[0].pk:
            raise Killed

    monkeypatch.setattr(rotation, "RANGE", 1)
    with keys(NEW, OLD):
        with pytest.raises(Killed):
            rotation.rotate(kill)
        assert rotation.sealed_by() == {key_id(NEW): 2, key_id(OLD): 4}
        assert read(three[0].pk).contact_name == read(three[2].pk).contact_name == "王"
        monkeypatch.undo()
        assert "改用当前密钥 2 行" in rotated()


def test_rotation_refuses_where_a_key_is_missing(three):
    with keys(NEW), pytest.raises(CommandError, match=f"由密钥 {key_id(OLD)} 加密"):
        rotated()


def test_rotation_is_in_the_access_log(three):
    with keys(NEW, OLD):
        rotated()
    lines = Access.objects.for_system("a test looks").filter(kind=Access.Kind.MAINTENANCE)
    subjects = list(lines.order_by("id").values_list("subject", flat=True))
    assert subjects == ["更换数据密钥：开始", "更换数据密钥：完成"]
    assert lines.last().detail["key"] == key_id(NEW)
    assert lines.order_by("id").last().detail["rows"]["entities_entity"] == 3


def test_what_was_on_file_before_is_encrypted_by_the_migration_and_back(db):
    migration = import_module("entities.migrations.0004_encrypt_contacts")
    plain, sealed = make_entity(), make_entity(contact_phone="13899999999")
    kept = stored(sealed.pk)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE entities_entity SET contact_phone = '13812345678' WHERE id = %s", [plain.pk]
        )
    editor = SimpleNamespace(connection=connection)
    for _ in range(2):  # it can be given again
        migration.encrypt(apps, editor)
    assert STORED.fullmatch(stored(plain.pk))
    assert (read(plain.pk).contact_phone, stored(sealed.pk)) == ("13812345678", kept)
    migration.decrypt(apps, editor)
    assert (stored(plain.pk), stored(sealed.pk)) == ("13812345678", "13899999999")


def test_a_rotation_is_known_by_its_command_in_the_change_log(three):
    with keys(NEW, OLD), acting(origin="command rotate_data_keys"):
        rotated()
    lines = Change.objects.for_system("a test looks").filter(table_name="entities_entity")
    assert set(lines.filter(verb="update").values_list("origin", flat=True)) == {
        "command rotate_data_keys"
    }
    assert "***" in str(lines.filter(verb="update").first().after)
