"""One chunk of a staged register file against the tables, set-wise, in the caller's transaction."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from psycopg2.extras import execute_values

from entities.choices import Domain, MarkOrigin, Verdict
from entities.derivation import FourNewReader, Reading, SafetyReader
from entities.imports.staging import (
    array,
    copy_lines,
    encode,
    execute,
    record_changes_of,
    replace_facts,
    rows,
)
from entities.locks import alone_in_bulk, terms_hold_still
from entities.models import EntityStatus
from entities.names import bigrams
from entities.placing import PROPERTY_SERVICES, place_fields
from entities.rederive import derive_four_new, derive_safety, record
from staff.models import Field

CAUSE = "登记信息导入"
DERIVED = "系统判定"
STAGED = "import_register"

# An empty text says nothing: what is on file stays. Nobody is made anonymous by a gap in a file.
TEXTS = (
    "name", "kind", "kind_text", "capital", "industry", "business_scope", "address", "registrar",
    "representative", "trade_name", "contact_name", "contact_phone",
    "service_address",
)  # fmt: skip
PLACE = ("district_id", "street_id", "bureau_id", "station_id")
COLUMNS = (
    "n", "line", "code", "code_problem", "status", "status_on", "established_on", "bigrams",
    "former_names", "placed", *PLACE, *TEXTS,
)  # fmt: skip

STAGE = f"""
CREATE TEMP TABLE {STAGED} (
  n bigint, line bigint, code varchar, code_problem varchar, status varchar, status_on date,
  established_on date, bigrams int[], former_names varchar[], placed boolean,
  {", ".join(f"{name} bigint" for name in PLACE)}, {", ".join(f"{name} varchar" for name in TEXTS)}
)
"""

# A kind that was only guessed from the name does not change the one on file.
SAID = {name: f"s.{name} <> ''" for name in TEXTS} | {"kind": "s.kind_text <> ''"}

DIFFERS = " OR ".join(
    [
        *(f"({SAID[name]} AND s.{name} <> e.{name})" for name in TEXTS),
        "s.code_problem <> e.code_problem",
        "NOT s.former_names <@ array_append(e.former_names, e.name)",
        "(s.established_on IS NOT NULL AND s.established_on IS DISTINCT FROM e.established_on)",
        f"(s.placed AND ({', '.join(f's.{name}' for name in PLACE)}) IS DISTINCT FROM "
        f"({', '.join(f'e.{name}' for name in PLACE)}))",
    ]
)

# {key}: the key of the entity, a new one drawn for those that are not there yet.
COMPARE = f"""
CREATE TEMP TABLE import_chunk AS
SELECT s.*, {{key}} AS entity_id, e.id IS NULL AS is_new,
  e.id IS NOT NULL AND ({DIFFERS}) AS differs,
  e.id IS NOT NULL AND s.status <> '' AND s.status IS DISTINCT FROM f.status AS turns,
  e.id IS NOT NULL AND (s.name <> e.name
    OR NOT s.former_names <@ array_append(e.former_names, e.name)) AS renamed,
  e.id IS NOT NULL AND ((s.business_scope <> '' AND s.business_scope <> e.business_scope)
    OR (s.industry <> '' AND s.industry <> e.industry)) AS reads_anew
FROM {STAGED} s LEFT JOIN entities_entity e ON e.code = s.code
LEFT JOIN entities_entitystatus f ON f.entity_id = e.id AND f.superseded_at IS NULL
  AND f.since <= %(on)s AND (f.until IS NULL OR f.until > %(on)s)
WHERE s.n > %(low)s AND s.n <= %(high)s
"""
DRAWN = (
    "CASE WHEN e.id IS NULL THEN nextval(pg_get_serial_sequence('entities_entity', 'id')) "
    "ELSE e.id END"
)

NEW_ENTITIES = f"""
INSERT INTO entities_entity (id, code, code_problem, name, former_names, name_bigrams, kind,
  status, established_on, fields,
  {", ".join(PLACE)}, {", ".join(name for name in TEXTS if name not in ("name", "kind"))})
SELECT c.entity_id, c.code, c.code_problem, c.name, c.former_names, c.bigrams,
  coalesce(nullif(c.kind, ''), 'other'), c.status, c.established_on, r.fields,
  {", ".join(f"c.{name}" for name in PLACE)},
  {", ".join(f"c.{name}" for name in TEXTS if name not in ("name", "kind"))}
FROM import_chunk c JOIN import_read r USING (entity_id) WHERE c.is_new ORDER BY c.n
"""

# A new entity stands as its file says since it was established; where the file dates a later
# status, it was active until then.
NEW_STATUSES = """
INSERT INTO entities_entitystatus (entity_id, status, since, until, source, recorded_by_id)
SELECT entity_id, CASE WHEN later THEN 'active' ELSE status END,
  least(coalesce(established_on, %(on)s), %(on)s), CASE WHEN later THEN status_on END,
  %(source)s, %(by)s::bigint
FROM {chunk}
UNION ALL SELECT entity_id, status, status_on, NULL, %(source)s, %(by)s::bigint
FROM {chunk} WHERE later
""".format(
    chunk="(SELECT *, coalesce(status <> 'active' AND established_on < status_on "
    "AND status_on <= %(on)s, false) AS later FROM import_chunk WHERE is_new) AS c"
)

# Readings hold since the establishment: the words of the scope are all that is known of the past.
NEW_READINGS = f"""
INSERT INTO entities_safetyreading (entity_id, {", ".join(Domain.values)}, evidence, since, source)
SELECT r.entity_id, {", ".join(f"r.{domain}" for domain in Domain.values)}, r.evidence,
  least(coalesce(c.established_on, %(on)s), %(on)s), '{DERIVED}'
FROM import_read r JOIN import_chunk c USING (entity_id) WHERE r.evidence IS NOT NULL
"""

# A mark holds from the day the system gave it: only then did the city say so (readings 3).
NEW_MARKS = f"""
INSERT INTO entities_fournewmark (entity_id, origin, novelties, evidence, since, source)
SELECT entity_id, '{MarkOrigin.RULE}', novelties, mark_evidence, %(on)s, '{DERIVED}'
FROM import_read WHERE novelties IS NOT NULL
"""

READ_COLUMNS = ("entity_id", *Domain.values, "evidence", "fields", "novelties", "mark_evidence")
READ = f"""
CREATE TEMP TABLE import_read (entity_id bigint,
  {", ".join(f"{domain} smallint" for domain in Domain.values)},
  evidence jsonb, fields varchar[], novelties varchar[], mark_evidence jsonb)
"""

CHANGED_ENTITIES = f"""
UPDATE entities_entity e SET updated_at = now(), code_problem = s.code_problem,
  {", ".join(f"{n} = CASE WHEN {SAID[n]} THEN s.{n} ELSE e.{n} END" for n in TEXTS)},
  established_on = coalesce(s.established_on, e.established_on),
  status = CASE WHEN s.turns THEN s.status ELSE e.status END,
  {", ".join(f"{n} = CASE WHEN s.placed THEN s.{n} ELSE e.{n} END" for n in PLACE)},
  former_names = CASE WHEN s.renamed THEN ARRAY(
      SELECT told FROM unnest(e.former_names || e.name || s.former_names)
        WITH ORDINALITY AS u (told, place)
      WHERE told <> s.name GROUP BY told ORDER BY min(place)
    ) ELSE e.former_names END
FROM import_chunk s WHERE e.id = s.entity_id AND (s.differs OR s.turns)
"""

TURNED = """
CREATE TEMP TABLE wanted_status AS
SELECT entity_id, least(coalesce(status_on, %(on)s), %(on)s)::date AS since, NULL::date AS until,
  true AS present, status FROM import_chunk WHERE turns
"""


@dataclass
class Counts:
    """Rows of the file by what they did."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0


class Readers:
    """The term tables of a day, and the readings of the scopes met last."""

    def __init__(self, on: date) -> None:
        self.safety, self.four_new = SafetyReader.on(on), FourNewReader.on(on)
        # A term that begins or ends on a later day cuts readings; then the general way is taken.
        self.turning = bool(SafetyReader.turning_after(on) or FourNewReader.turning_after(on))
        self._kept: dict[tuple[str, str], str] = {}

    def line(self, entity_id: int, scope: str, industry: str) -> str:
        """Return the line of ``import_read`` for an entity without any other fact."""
        key = (scope, industry)
        rest = self._kept.get(key)
        if rest is None:
            if len(self._kept) > 20_000:
                self._kept.clear()
            rest = self._kept[key] = self._rest(scope, industry)
        return f"{entity_id}\t{rest}"

    def _rest(self, scope: str, industry: str) -> str:
        reading, mark = self.safety.read(scope, industry), self.four_new.read(scope, industry)
        verdicts = [int(getattr(reading or Reading(), domain)) for domain in Domain]
        fields = [d.value for d, v in zip(Domain, verdicts, strict=True) if v != Verdict.NONE]
        if industry in PROPERTY_SERVICES:
            fields.append(Field.INTELLECTUAL_PROPERTY.value)
        return encode(
            [
                *verdicts,
                json.dumps(reading.evidence, ensure_ascii=False) if reading else None,
                array(fields),
                array(mark.novelties) if mark else None,
                json.dumps(mark.evidence, ensure_ascii=False) if mark else None,
            ]
        )


def compare(low: int, high: int, on: date, *, write: bool) -> Counts:
    """Hold staged rows (low, high] against the register; leave the outcome in ``import_chunk``."""
    execute("DROP TABLE IF EXISTS import_chunk")
    key = DRAWN if write else "e.id"
    execute(COMPARE.format(key=key), {"low": low, "high": high, "on": on})
    new, changed, every = rows(
        "SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE differs OR turns), "
        "count(*) FROM import_chunk"
    )[0]
    return Counts(new, changed, every - new - changed)


def apply(low: int, high: int, on: date, *, source: str, by: Any) -> Counts:
    """Bring staged rows (low, high] into the tables, with facts derived and changes recorded."""
    alone_in_bulk()
    terms_hold_still()
    counts = compare(low, high, on, write=True)
    execute("ANALYZE import_chunk")
    values = {"on": on, "source": source, "by": getattr(by, "pk", by)}
    if counts.new:
        _insert(on, values)
    if counts.changed:
        _change(on, source, by)
    return counts


def _insert(on: date, values: dict[str, Any]) -> None:
    readers = Readers(on)
    execute("UPDATE import_chunk SET status = 'active' WHERE is_new AND status = ''")
    execute("DROP TABLE IF EXISTS import_read")
    execute(READ)
    # Fetched before the COPY begins: the connection does one thing at a time.
    texts = rows("SELECT entity_id, business_scope, industry FROM import_chunk WHERE is_new")
    copy_lines("import_read", READ_COLUMNS, (readers.line(*text) for text in texts))
    execute(NEW_ENTITIES)
    execute(NEW_STATUSES, values)
    execute(NEW_READINGS, values)
    execute(NEW_MARKS, values)
    new = f"SELECT entity_id, '{on}'::date AS from_day FROM import_chunk WHERE is_new"
    record_changes_of(new, CAUSE, by=values["by"])
    if readers.turning:
        ids = [key for (key,) in rows("SELECT entity_id FROM import_chunk WHERE is_new")]
        _derive(ids, on, values["by"])


def _change(on: date, source: str, by: Any) -> None:
    execute(CHANGED_ENTITIES)
    _pair_names_again()
    execute("DROP TABLE IF EXISTS wanted_status")
    execute(TURNED, {"on": on})
    replace_facts(EntityStatus, "wanted_status", ("status",), source=source, by=by)
    turned = "SELECT entity_id, since AS from_day FROM wanted_status"
    record_changes_of(turned, CAUSE, by=by)
    anew = rows("SELECT entity_id FROM import_chunk WHERE reads_anew ORDER BY entity_id")
    _derive([key for (key,) in anew], on, by)


def _pair_names_again() -> None:
    """Write the character pairs of entities that were renamed, former names included."""
    renamed = rows(
        "SELECT e.id, e.name, e.former_names FROM entities_entity e "
        "JOIN import_chunk c ON c.entity_id = e.id WHERE c.renamed"
    )
    values = [(key, bigrams(name, *former)) for key, name, former in renamed]
    if values:
        with connection.cursor() as cursor:
            execute_values(
                cursor.cursor,
                "UPDATE entities_entity e SET name_bigrams = v.pairs "
                "FROM (VALUES %s) AS v (id, pairs) WHERE e.id = v.id",
                values,
            )


def _derive(ids: list[int], on: date, by: Any) -> None:
    """Read scopes anew beside licences, statements, proposals and decisions."""
    if not ids:
        return
    changed = derive_safety(ids, on)
    for entity_id, day in derive_four_new(ids, on).items():
        changed[entity_id] = min(day, changed.get(entity_id, day))
    record(changed, CAUSE, by=by)
    place_fields(ids, on=on)
