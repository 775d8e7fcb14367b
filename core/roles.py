"""What the two database roles may do, and the guard of append-only tables.

The owner migrates and restores; the application works. An append-only table (class attribute
`append_only = True`) takes new rows only: the application lacks the right to do more, and a
trigger refuses it to everybody but the owner under maintenance (set for the transaction). Columns
that a model names as `bookkeeping` stay open to the application; such a table, a queue whose rows
are taken by thousands, has the rights alone and no trigger. Of a table that is changed but never
emptied (`never_deleted = True`) the application deletes no row.
"""

from django.apps import apps
from django.db import models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from core.audit.partitions import OPEN, leaves, open_months
from core.audit.triggers import lay_triggers
from core.models import Change

APPLICATION = "sandbox_app"
EXTENSIONS = ("btree_gist", "btree_gin", "pg_trgm")
CLOSING_COLUMN = "superseded_at"

# Statement level with transition tables: a trigger per row would double a nightly run.
GUARD = """
CREATE OR REPLACE FUNCTION sandbox_append_only() RETURNS trigger LANGUAGE plpgsql AS $guard$
DECLARE
    key text := TG_ARGV[0];
    closing text := TG_ARGV[1];
    others text := TG_ARGV[2];
    broken bigint;
BEGIN
    -- Anybody may set the setting, so it counts for whom the table belongs to alone.
    IF current_setting('sandbox.maintenance', true) = 'on' AND pg_has_role(
        current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE'
    ) THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'TRUNCATE' THEN
        broken := 1;
    ELSIF TG_OP = 'DELETE' OR closing = '' THEN
        EXECUTE 'SELECT count(*) FROM old_rows' INTO broken;
    ELSE
        EXECUTE format(
            'SELECT count(*) FROM old_rows o LEFT JOIN new_rows n ON n.%1$I = o.%1$I '
            'WHERE n.%1$I IS NULL OR o.%2$I IS NOT NULL OR n.%2$I IS NULL '
            'OR (SELECT ROW(%3$s) FROM (SELECT o.*) r) IS DISTINCT FROM '
            '(SELECT ROW(%3$s) FROM (SELECT n.*) r)', key, closing, others) INTO broken;
    END IF;
    IF broken > 0 THEN
        RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END
$guard$
"""


def prepare(connection: BaseDatabaseWrapper) -> None:
    """Create the application's role and the extensions that migrations rely on, where absent.

    An administrator who allows neither to the owner creates them beforehand; then nothing is done.
    """
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APPLICATION])
        if not cursor.fetchone():
            # Two databases of one server may be prepared at the same moment (parallel tests).
            cursor.execute(
                f"DO $$ BEGIN CREATE ROLE {APPLICATION} LOGIN; "
                "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
            )
        for extension in EXTENSIONS:
            cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")


def apply(connection: BaseDatabaseWrapper) -> None:
    """Grant the application its rights and guard the append-only tables. Can be run again."""
    closed, kept = append_only_models(), never_deleted_models()
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {APPLICATION}")
        cursor.execute(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {APPLICATION}"
        )
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APPLICATION}")
        cursor.execute(f"REVOKE ALL ON django_migrations FROM {APPLICATION}")
        cursor.execute(f"GRANT SELECT ON django_migrations TO {APPLICATION}")
        cursor.execute(GUARD)
        present = set(connection.introspection.table_names(cursor))
        for model in closed:
            if model._meta.db_table in present:
                for statement in guard_statements(connection, model):
                    cursor.execute(statement)
        for model in kept:
            if model._meta.db_table in present:
                table = connection.ops.quote_name(model._meta.db_table)
                cursor.execute(f"REVOKE DELETE, TRUNCATE ON {table} FROM {APPLICATION}")
        if Change._meta.db_table in present:
            _lay_logs(connection, cursor)


def _lay_logs(connection: BaseDatabaseWrapper, cursor: CursorWrapper) -> None:
    """Let the change log be written by its triggers alone, and both logs only as wholes."""
    for statement in (*lay_triggers(connection), OPEN):
        cursor.execute(statement)
    cursor.execute(f"REVOKE INSERT ON {Change._meta.db_table} FROM {APPLICATION}")
    cursor.execute("REVOKE EXECUTE ON FUNCTION sandbox_open_months(date, integer) FROM PUBLIC")
    cursor.execute(f"GRANT EXECUTE ON FUNCTION sandbox_open_months(date, integer) TO {APPLICATION}")
    open_months(cursor, timezone.localdate())
    for leaf in leaves(cursor):
        cursor.execute(f"REVOKE INSERT, UPDATE, DELETE ON {leaf.name} FROM {APPLICATION}")


def append_only_models() -> list[type[models.Model]]:
    """Return the models whose rows are never rewritten or removed."""
    return _marked("append_only")


def never_deleted_models() -> list[type[models.Model]]:
    """Return the models whose rows are changed but never removed."""
    return _marked("never_deleted")


def _marked(attribute: str) -> list[type[models.Model]]:
    return [
        model
        for model in apps.get_models()
        if getattr(model, attribute, False) and model._meta.managed and not model._meta.proxy
    ]


def guard_statements(connection: BaseDatabaseWrapper, model: type[models.Model]) -> list[str]:
    """Return the statements that close one append-only table."""
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    columns = [field.column or field.name for field in model._meta.concrete_fields]
    closing = CLOSING_COLUMN if CLOSING_COLUMN in columns else ""
    bookkeeping: tuple[str, ...] = getattr(model, "bookkeeping", ())
    key = model._meta.pk.column or model._meta.pk.name
    others = ", ".join(f"r.{quote(name)}" for name in columns if name not in {closing, key})
    call = f"EXECUTE FUNCTION sandbox_append_only('{key}', '{closing}', '{others}')"
    statements = [f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {APPLICATION}"]
    if bookkeeping:
        listed = ", ".join(map(quote, bookkeeping))
        return [*statements, f"GRANT UPDATE ({listed}) ON {table} TO {APPLICATION}"]
    if closing:
        statements.append(f"GRANT UPDATE ({quote(closing)}) ON {table} TO {APPLICATION}")
    for name, event in (
        (
            "append_only_update",
            "AFTER UPDATE ON {} REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
        ),
        ("append_only_delete", "AFTER DELETE ON {} REFERENCING OLD TABLE AS old_rows"),
        ("append_only_truncate", "BEFORE TRUNCATE ON {}"),
    ):
        statements.append(
            f"CREATE OR REPLACE TRIGGER {name} {event.format(table)} FOR EACH STATEMENT {call}"
        )
    return statements
