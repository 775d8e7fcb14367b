"""What the change log keeps: every changed row, by whatever way, with who and why."""

from ipaddress import ip_network

import psycopg2
import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from core.audit.context import acting, because
from core.audit.history import History, Unlogged
from core.models import Access, Change, Job
from entities.models import CreditClass, Entity, EntityStatus
from staff.models import Bureau, User
from tests.factories import make_bureau, make_entity, make_user

ROOMS = {"core", "staff", "policy", "entities", "zones", "redline", "membership", "desk"}
MODELS = [m for m in apps.get_models() if m._meta.app_label in ROOMS and m._meta.managed]


BEFORE = {"id": 0}


@pytest.fixture(autouse=True)
def _only_what_this_test_does(request):
    """Pass over what loading the reference tables left in the log."""
    wanted = "real_commits" if "real_commits" in request.fixturenames else "db"
    if wanted in request.fixturenames or request.node.get_closest_marker("django_db"):
        request.getfixturevalue(wanted)
        last = Change.objects.for_system("where the test begins").order_by("-id").first()
        BEFORE["id"] = last.pk if last else 0


def lines(model, **conditions):
    rows = Change.objects.for_system("looking at the log in a test").filter(id__gt=BEFORE["id"])
    return list(rows.filter(table_name=model._meta.db_table, **conditions).order_by("id"))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_table_says_how_its_history_is_kept(model):
    kept = getattr(model, "history", None)
    if getattr(model, "append_only", False):
        assert kept is None, "An append-only table is its own history."
        return
    assert isinstance(kept, History | Unlogged), f"{model._meta.label} says nothing."
    if isinstance(kept, History):
        columns = {field.column for field in model._meta.concrete_fields}
        assert columns >= {*kept.ignore, *kept.hidden}
        assert model._meta.pk.column == "id", "The triggers name rows by id."
    else:
        assert len(kept.reason) > 10


@pytest.mark.django_db
class TestWhatIsWritten:
    def test_an_update_by_queryset_leaves_one_line_a_row_with_old_and_new(self):
        first, second = make_bureau("甲局"), make_bureau("乙局")
        Bureau.objects.filter(pk__in=(first.pk, second.pk)).update(document_word="字")
        found = lines(Bureau, verb="update")
        assert [line.row_key for line in found] == [first.pk, second.pk]
        assert {line.operation for line in found} == {found[0].operation}
        assert found[0].before == {"document_word": ""}
        assert found[0].after == {"document_word": "字"}

    def test_bulk_writes_are_seen(self):
        made = Bureau.objects.bulk_create(
            Bureau(code=f"b{n}", name=f"局{n}", short_name=f"局{n}", kind="district")
            for n in range(3)
        )
        for bureau in made:
            bureau.document_word = "渝"
        Bureau.objects.bulk_update(made, ["document_word"])
        keys = [bureau.pk for bureau in made]
        assert [line.row_key for line in lines(Bureau, verb="insert")] == keys
        assert sorted(line.row_key for line in lines(Bureau, verb="update")) == keys

    def test_a_save_that_changes_nothing_leaves_nothing(self):
        bureau = make_bureau("甲局")
        bureau.save()
        Bureau.objects.filter(pk=bureau.pk).update(name="甲局")
        assert not lines(Bureau, verb="update")

    def test_a_deleted_row_is_kept_whole(self):
        bureau = make_bureau("甲局")
        key = bureau.pk
        bureau.delete()
        (line,) = lines(Bureau, verb="delete")
        assert (line.row_key, line.before["name"], line.after) == (key, "甲局", None)

    def test_bookkeeping_alone_leaves_nothing(self):
        job = Job.objects.create(kind="试验", title="试验")
        Job.objects.for_system("a heartbeat").filter(pk=job.pk).update(done=5, phase="读取")
        assert not lines(Job, verb="update")
        Job.objects.for_system("an end").filter(pk=job.pk).update(done=9, status="done")
        (line,) = lines(Job, verb="update")
        assert line.after == {"status": "done"}

    def test_a_secret_is_told_of_but_not_told(self):
        user = make_user()
        old = user.password
        user.set_password("Another-1234")
        user.save()
        (line,) = lines(User, verb="update")
        assert line.before["password"] == line.after["password"] == "***"
        assert old not in str(line.before)

    def test_a_change_of_an_entity_names_it_and_a_new_one_is_told_by_its_status(self):
        entity = make_entity(name="甲公司")
        assert not lines(Entity)
        Entity.plain.filter(pk=entity.pk).update(name="乙公司", updated_at="2026-01-01T00:00Z")
        (line,) = lines(Entity)
        assert (line.entity_id, line.before, line.after) == (
            entity.pk,
            {"name": "甲公司"},
            {"name": "乙公司"},
        )

    def test_a_superseded_fact_says_who_did_it(self):
        entity = make_entity()
        officer = make_user()
        with acting(by=officer, origin="POST /x/"):
            EntityStatus.plain.get(entity=entity).supersede()
        (line,) = lines(EntityStatus, verb="supersede")
        assert (line.verb, line.entity_id, line.actor_id) == ("supersede", entity.pk, officer.pk)
        assert line.after["superseded_at"]


@pytest.mark.django_db
class TestWho:
    def test_a_line_says_who_as_whom_from_where_and_why(self):
        officer = make_user()
        with acting(by=officer, origin="POST /x/", address="10.1.2.3", reason="更正"):
            make_bureau()
        line = lines(Bureau)[-1]
        said = (line.actor_id, line.role, line.origin, line.address, line.reason)
        assert said == (officer.pk, officer.role, "POST /x/", "10.1.2.3", "更正")
        assert line.operation is not None
        assert line.login

    def test_one_operation_groups_what_was_done_together(self):
        with acting(origin="command a"):
            make_bureau()
            make_bureau()
        with acting(origin="command b"):
            make_bureau()
        first, second, third = (line.operation for line in lines(Bureau))
        assert first == second != third

    def test_what_is_said_inside_ends_with_the_inner_block(self):
        with acting(origin="outer", reason="甲"):
            with acting(origin="inner", reason="乙"):
                make_bureau()
            make_bureau()
            because("丙")
            make_bureau()
        found = lines(Bureau)
        assert [(line.origin, line.reason) for line in found] == [
            ("inner", "乙"),
            ("outer", "甲"),
            ("outer", "丙"),
        ]
        assert len({line.operation for line in found}) == 1

    def test_a_request_says_who_why_and_from_where(self, client, settings):
        settings.ALLOWED_NETWORKS = [ip_network("10.0.0.0/8")]
        officer = make_user("municipal_officer")
        client.force_login(officer)
        entity = make_entity(letter="B")
        address = f"/entities/{entity.pk}/actions/correct-class/"
        form = {"letter": "A", "since": "2024-10-01", "reason": "复核更正", "source": "复核意见"}
        answer = client.post(address, form, REMOTE_ADDR="10.1.2.3")
        assert answer.status_code == 302, answer.content.decode()
        (line,) = lines(CreditClass)
        assert (line.actor_id, line.role) == (officer.pk, "municipal_officer")
        assert (line.origin, line.address) == (f"POST {address}", "10.1.2.3")
        assert line.reason == "复核更正"
        make_bureau()
        assert lines(Bureau)[-1].actor_id is None, "Nobody acts outside a request."


@pytest.mark.django_db
class TestTheLogItself:
    @pytest.mark.parametrize("verb", ["INSERT", "UPDATE", "DELETE", "TRUNCATE"])
    def test_the_application_cannot_write_the_change_log(self, verb):
        make_bureau()
        statement = {
            "INSERT": "INSERT INTO core_change (at, origin, role, address, reason, table_name,"
            " row_key, verb, login) VALUES (now(), '', '', '', '', 'x', 1, 'insert', '')",
            "UPDATE": "UPDATE core_change SET reason = '改'",
            "DELETE": "DELETE FROM core_change",
            "TRUNCATE": "TRUNCATE core_change",
        }[verb]
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)

    @pytest.mark.parametrize("verb", ["UPDATE", "DELETE", "TRUNCATE"])
    def test_the_application_only_adds_to_the_access_log(self, verb):
        rows = Access.objects.for_system("a test")
        statement = {
            "UPDATE": lambda: rows.update(reason="改"),
            "DELETE": lambda: rows._raw_delete("default"),
            "TRUNCATE": lambda: connection.cursor().execute("TRUNCATE core_access"),
        }[verb]
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            statement()

    def test_a_partition_is_closed_to_the_application(self):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
                " WHERE has_table_privilege(current_user, c.oid, 'INSERT, UPDATE, DELETE')"
            )
            assert not cursor.fetchall()


def test_sql_by_hand_is_seen_with_its_login(real_commits, owner_connection):
    bureau = make_bureau("甲局")
    with owner_connection.cursor() as cursor:
        cursor.execute("UPDATE staff_bureau SET name = '改局' WHERE id = %s", [bureau.pk])
        cursor.execute("SELECT session_user")
        login = cursor.fetchone()[0]
        with pytest.raises(psycopg2.errors.InsufficientPrivilege, match="append-only"):
            cursor.execute("DELETE FROM core_change")
    (line,) = lines(Bureau, verb="update")
    assert (line.login, line.actor_id, line.origin) == (login, None, "")
    assert line.after == {"name": "改局"}


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/entities/{}/", "/operations/{}/", "/jobs/{}/"])
def test_a_guessed_row_leaves_a_line(client, address):
    officer = make_user()
    client.force_login(officer)
    assert client.get(address.format(4711)).status_code == 404
    line = Access.objects.for_system("test").get(kind=Access.Kind.DENIED)
    assert (line.actor_id, line.ok, line.detail) == (officer.pk, False, {"status": 404})
    assert line.origin == f"GET {address.format(4711)}"
    client.get("/no-such-page/")
    assert Access.objects.for_system("test").filter(kind=Access.Kind.DENIED).count() == 1
