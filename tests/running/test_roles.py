"""The application cannot rewrite what is append-only, and the owner only under maintenance."""

import contextlib

import psycopg2
import pytest
from django.apps.registry import Apps
from django.db import connection, models
from psycopg2 import errors

from core.roles import APPLICATION, apply, guard_statements


@pytest.fixture
def ledger(owner_connection) -> psycopg2.extensions.connection:
    """Give the owner's connection, with an append-only table `ledger_probe` of two rows."""

    class Probe(models.Model):
        append_only = True
        wording = models.TextField()
        amounts = models.JSONField()
        superseded_at = models.DateTimeField(null=True)

        class Meta:
            app_label = "core"
            db_table = "ledger_probe"
            apps = Apps()

    with owner_connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE ledger_probe (id bigint PRIMARY KEY, wording text, amounts jsonb,"
            " superseded_at timestamptz)"
        )
        cursor.execute(f"GRANT ALL ON ledger_probe TO {APPLICATION}")
        for _ in range(2):  # it can be run again
            for statement in guard_statements(connection, Probe):
                cursor.execute(statement)
        cursor.execute("INSERT INTO ledger_probe VALUES (1, '甲', '{\"a\": 1}'), (2, '乙', '{}')")
    yield owner_connection
    with owner_connection.cursor() as cursor:
        cursor.execute("DROP TABLE ledger_probe")


CLOSE = "UPDATE ledger_probe SET superseded_at = now() WHERE id = 1"


def run(opened, statement: str) -> int:
    with contextlib.closing(opened.cursor()) as cursor:
        cursor.execute(statement)
        return cursor.rowcount


def test_a_row_is_closed_once_and_never_reopened(ledger):
    assert run(ledger, CLOSE) == 1
    for statement in (CLOSE, "UPDATE ledger_probe SET superseded_at = NULL"):
        with pytest.raises(errors.InsufficientPrivilege):
            run(ledger, statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_probe SET wording = '丙'",
        "UPDATE ledger_probe SET superseded_at = now(), wording = '丙' WHERE id = 2",
        "UPDATE ledger_probe SET superseded_at = now(), amounts = NULL WHERE id = 2",
        "UPDATE ledger_probe SET superseded_at = now(), id = 7 WHERE id = 2",
        "DELETE FROM ledger_probe WHERE id = 2",
        "TRUNCATE ledger_probe",
    ],
)
def test_even_the_owner_needs_maintenance_to_rewrite(ledger, statement):
    with pytest.raises(errors.InsufficientPrivilege, match="append-only"):
        run(ledger, statement)
    run(ledger, "BEGIN")
    run(ledger, "SET LOCAL sandbox.maintenance = 'on'")
    run(ledger, statement)
    run(ledger, "ROLLBACK")


def test_deleting_nothing_is_allowed(ledger):
    assert run(ledger, "DELETE FROM ledger_probe WHERE id = 99") == 0


def test_the_application_closes_and_does_nothing_else(ledger):
    def attempt(statement: str) -> None:
        run(ledger, f"SET ROLE {APPLICATION}")
        try:
            run(ledger, statement)
        finally:
            run(ledger, "RESET ROLE")

    attempt("INSERT INTO ledger_probe VALUES (3, '丁', '{}')")
    attempt("UPDATE ledger_probe SET superseded_at = now() WHERE id = 3")
    for statement in ("UPDATE ledger_probe SET wording = ''", "DELETE FROM ledger_probe"):
        with pytest.raises(errors.InsufficientPrivilege, match="permission denied"):
            attempt(statement)


def test_the_application_cannot_switch_maintenance_on(ledger):
    run(ledger, CLOSE)
    run(ledger, "BEGIN")
    run(ledger, f"SET LOCAL ROLE {APPLICATION}")
    run(ledger, "SET LOCAL sandbox.maintenance = 'on'")
    with pytest.raises(errors.InsufficientPrivilege, match="append-only"):
        run(ledger, "UPDATE ledger_probe SET superseded_at = NULL WHERE id = 1")
    run(ledger, "ROLLBACK")


def test_tests_run_as_the_application(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == (APPLICATION,)


def test_rights_can_be_laid_down_again(real_commits, as_owner):
    with as_owner():
        apply(connection)
        apply(connection)
