"""The triggers that write the change log: once a statement, so that bulk writes are seen.

Whoever writes, by whatever way (ORM, ``update()``, COPY, SQL by hand), leaves lines; a statement
that changes nothing leaves none. The function belongs to the owner: the application cannot write
the log by itself, so it cannot write a line that did not happen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from core.audit.history import (
    History,
    act_models,
    entity_column,
    logged_models,
    superseding_models,
)

WRITE = """
CREATE OR REPLACE FUNCTION sandbox_log_changes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
-- How many rows a statement changed is known to the first plan of a connection alone; made for one
-- row, it would join thousands in a nested loop, for minutes. Without nested loops a plan looks so
-- dear that the database would compile it, a second for each statement.
SET enable_nestloop = off SET jit = off AS $log$
DECLARE
    ignored text[] := TG_ARGV[0]::text[];
    hidden text[] := TG_ARGV[1]::text[];
    entity text := TG_ARGV[2];
    closing boolean := TG_ARGV[3]::boolean;
    said jsonb := coalesce(nullif(current_setting('pghistory.context_metadata', true), ''), '{}');
    line public.core_change%ROWTYPE;
BEGIN
    line.at := clock_timestamp();
    line.operation := nullif(current_setting('pghistory.context_id', true), '')::uuid;
    line.origin := left(coalesce(said->>'origin', ''), 200);
    line.actor_id := (said->>'actor')::bigint;
    line.role := coalesce(said->>'role', '');
    line.address := left(coalesce(said->>'address', ''), 64);
    line.reason := coalesce(said->>'reason', '');
    line.login := session_user;
    IF TG_OP = 'INSERT' THEN
        INSERT INTO public.core_change (at, operation, origin, actor_id, role, address, reason,
            login, table_name, verb, row_key, entity_id)
        SELECT line.at, line.operation, line.origin, line.actor_id, line.role, line.address,
            line.reason, line.login, TG_TABLE_NAME, 'insert', n.id, (to_jsonb(n)->>entity)::bigint
        FROM new_rows n;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO public.core_change (at, operation, origin, actor_id, role, address, reason,
            login, table_name, verb, row_key, entity_id, before)
        SELECT line.at, line.operation, line.origin, line.actor_id, line.role, line.address,
            line.reason, line.login, TG_TABLE_NAME, 'delete', o.id, (o.doc->>entity)::bigint,
            (SELECT jsonb_object_agg(k.key, CASE WHEN k.key = ANY (hidden) THEN '"***"' ELSE k.value
             END) FROM jsonb_each(o.doc) k)
        FROM (SELECT r.id, to_jsonb(r) - ignored AS doc FROM old_rows r OFFSET 0) o;
    ELSIF closing THEN
        INSERT INTO public.core_change (at, operation, origin, actor_id, role, address, reason,
            login, table_name, verb, row_key, entity_id, after)
        SELECT line.at, line.operation, line.origin, line.actor_id, line.role, line.address,
            line.reason, line.login, TG_TABLE_NAME, 'supersede', n.id,
            (to_jsonb(n)->>entity)::bigint, jsonb_build_object('superseded_at', n.superseded_at)
        FROM new_rows n;
    ELSE
        INSERT INTO public.core_change (at, operation, origin, actor_id, role, address, reason,
            login, table_name, verb, row_key, entity_id, before, after)
        SELECT line.at, line.operation, line.origin, line.actor_id, line.role, line.address,
            line.reason, line.login, TG_TABLE_NAME, 'update', o.id, (n.doc->>entity)::bigint,
            d.before, d.after
        -- OFFSET 0 keeps a row from being turned into JSON anew at each mention of it.
        FROM (SELECT r.id, to_jsonb(r) - ignored AS doc FROM old_rows r OFFSET 0) o
        JOIN (SELECT r.id, to_jsonb(r) - ignored AS doc FROM new_rows r OFFSET 0) n ON n.id = o.id
        CROSS JOIN LATERAL (
            SELECT
                jsonb_object_agg(k.key, CASE WHEN k.key = ANY (hidden) THEN '"***"' ELSE k.value
                    END) AS before,
                jsonb_object_agg(k.key, CASE WHEN k.key = ANY (hidden) THEN '"***"'
                    ELSE n.doc->k.key END) AS after
            FROM jsonb_each(o.doc) k WHERE n.doc->k.key IS DISTINCT FROM k.value
        ) d
        WHERE o.doc IS DISTINCT FROM n.doc;
    END IF;
    RETURN NULL;
END
$log$
"""

EVENTS = {
    "insert": "AFTER INSERT ON {} REFERENCING NEW TABLE AS new_rows",
    "update": "AFTER UPDATE ON {} REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "AFTER DELETE ON {} REFERENCING OLD TABLE AS old_rows",
}


class Laid(NamedTuple):
    """The triggers of one table: the events they fire on, and how they write."""

    model: type[models.Model]
    history: History
    events: frozenset[str]
    closing: bool = False


def _laid() -> list[Laid]:
    """Return the triggers of every table that leaves lines in the change log."""
    found = []
    for model in logged_models():
        history: History = model.history  # type: ignore[attr-defined]
        unwanted = set() if history.inserts else {"insert"}
        found.append(Laid(model, history, frozenset(set(EVENTS) - unwanted)))
    closing, acts = superseding_models(), act_models()
    for model in closing:
        events = {"update", "insert"} if model in acts else {"update"}
        found.append(Laid(model, History(), frozenset(events), closing=True))
    return found + [Laid(m, History(), frozenset({"insert"})) for m in acts if m not in closing]


def laid_triggers() -> list[tuple[str, str]]:
    """Return (table, trigger) of all that must be at work for the change log to be whole."""
    return [(laid.model._meta.db_table, f"log_{e}") for laid in _laid() for e in laid.events]


def lay_triggers(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the statements that make every table write its changes down. Can be run again."""
    quote = connection.ops.quote_name
    return [
        WRITE,
        "REVOKE EXECUTE ON FUNCTION sandbox_log_changes() FROM PUBLIC",
        *(statement for laid in _laid() for statement in _triggers(quote, laid)),
    ]


def _triggers(quote: Callable[[str], str], laid: Laid) -> list[str]:
    """Return the statements for one table: its triggers, and none left from an earlier wish."""
    table = quote(laid.model._meta.db_table)
    arguments = ", ".join(
        f"'{argument}'"
        for argument in (
            _array(laid.history.ignore),
            _array(laid.history.hidden),
            entity_column(laid.model),
            "true" if laid.closing else "false",
        )
    )
    call = f"EXECUTE FUNCTION sandbox_log_changes({arguments})"
    return [
        f"CREATE OR REPLACE TRIGGER log_{event} {when.format(table)} FOR EACH STATEMENT {call}"
        if event in laid.events
        else f"DROP TRIGGER IF EXISTS log_{event} ON {table}"
        for event, when in EVENTS.items()
    ]


def _array(names: tuple[str, ...]) -> str:
    return "{" + ",".join(names) + "}"
