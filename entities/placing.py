"""Keeps the scope columns of entities: today's district, bureau and station, and the fields.

Scope is by today's jurisdiction (docs/architecture.md 11). A street says the district it lies in
today; where no street is known the district written in the register stays, or what succeeded it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from core.jobs import Handle
from entities.choices import Domain, Verdict
from entities.locks import alone_in_bulk
from entities.models import Entity
from staff.models import Field
from staff.places import Places, places_on

CHUNK = 20_000
PROPERTY_SERVICES = ("7520", "M7520")
"""知识产权服务 in GB/T 4754-2017: what 市知识产权局 reads."""

PLACE = """
UPDATE entities_entity e
SET district_id = w.to_district, bureau_id = w.to_bureau, station_id = w.to_station
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
    AS w (district, street, to_district, to_bureau, to_station)
WHERE e.id = ANY(%s) AND COALESCE(e.district_id, 0) = w.district
  AND COALESCE(e.street_id, 0) = w.street
  AND (e.district_id, e.bureau_id, e.station_id)
      IS DISTINCT FROM (w.to_district, w.to_bureau, w.to_station)
"""

# {which}: the entities ``m`` that are asked for.
WANTED_FIELDS = f"""
    SELECT m.id, m.fields AS held, array_remove(ARRAY[
        {
    ", ".join(
        f"CASE WHEN r.{domain} IN ({Verdict.IN:d}, {Verdict.PENDING:d}) THEN '{domain}' END"
        for domain in Domain
    )
},
        CASE WHEN m.industry = ANY(%(services)s) THEN '{Field.INTELLECTUAL_PROPERTY}' END
    ]::varchar[], NULL) AS fields
    FROM entities_entity m
    LEFT JOIN entities_safetyreading r ON r.entity_id = m.id AND r.superseded_at IS NULL
        AND r.since <= %(on)s AND (r.until IS NULL OR r.until > %(on)s)
    WHERE {{which}}
"""

FIELDS = f"""
UPDATE entities_entity e SET fields = w.fields
FROM ({WANTED_FIELDS.format(which="m.id = ANY(%(ids)s)")}) w
WHERE w.id = e.id AND e.fields IS DISTINCT FROM w.fields
"""

TURNED = """m.id IN (
        SELECT t.entity_id FROM entities_safetyreading t WHERE t.superseded_at IS NULL
        AND (t.since > %(last_on)s AND t.since <= %(on)s
            OR t.until > %(last_on)s AND t.until <= %(on)s)
    )"""

TURNED_FIELDS = f"""
SELECT w.id FROM ({WANTED_FIELDS.format(which=TURNED)}) w
WHERE w.held IS DISTINCT FROM w.fields ORDER BY w.id
"""


def place(entity_ids: Collection[int], *, on: date) -> int:
    """Write district, bureau, station and fields of these entities as of a day; return how many
    rows changed. The caller holds a transaction.
    """
    ids = list(entity_ids)
    return place_ground(ids, places_on(on)) + place_fields(ids, on=on)


def place_fields(entity_ids: Collection[int], *, on: date) -> int:
    """Write the fields in which municipal units read these entities; return how many changed.

    A field is there while its safety reading says in or pending, and for the trade of 7520.
    """
    ids = list(entity_ids)
    if not ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(FIELDS, {"ids": ids, "on": on, "services": list(PROPERTY_SERVICES)})
        return int(cursor.rowcount)


def turn_fields(last_on: date, on: date) -> int:
    """Write the fields of entities whose safety reading begins or ends in (last_on, on]; return
    how many changed.

    For what a passing day alone changes: a licence or a term of later days was read when it was
    written, but the fields are those of a day. One pass over the readings, then only the entities
    that differ are locked and placed, each chunk in a transaction of its own.
    """
    params: dict[str, Any] = {"last_on": last_on, "on": on, "services": list(PROPERTY_SERVICES)}
    with connection.cursor() as cursor:
        cursor.execute(TURNED_FIELDS, params)
        turned = [key for (key,) in cursor.fetchall()]
    entities = Entity.objects.for_system("turning the fields")
    changed = 0
    for start in range(0, len(turned), CHUNK):
        ids = turned[start : start + CHUNK]
        with transaction.atomic():
            alone_in_bulk()
            locked = entities.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
            changed += place_fields(locked.values_list("pk", flat=True), on=on)
    return changed


def place_ground(ids: list[int], places: Places) -> int:
    """Write district, bureau and station of these entities; return how many rows changed."""
    pairs = set(
        Entity.objects.for_system("placing entities")
        .filter(pk__in=ids)
        .values_list("district_id", "street_id")
    )
    wanted = list(_wanted(pairs, places))
    if not wanted:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(PLACE, [*map(list, zip(*wanted, strict=True)), ids])
        return int(cursor.rowcount)


def _wanted(
    pairs: Iterable[tuple[int | None, int | None]], places: Places
) -> Iterable[tuple[int, int, int | None, int | None, int | None]]:
    """Give, for each district and street that occur (0 is none), where they stand now."""
    for district, street in pairs:
        lies_in = places.district_of(district, street)
        bureau = places.bureau_of(district, street)
        yield district or 0, street or 0, lies_in, bureau, places.station_of(street)


def work(handle: Handle) -> dict[str, Any]:
    """Place every entity anew, after a load of places or jurisdictions; goes on where it was."""
    on = timezone.localdate()
    places = places_on(on)
    entities = Entity.objects.for_system("placing all entities")
    last_key = entities.aggregate(last=Max("pk"))["last"] or 0
    seen = {"last": 0, "judged": 0, "changed": 0} | handle.job.checkpoint
    handle.progress(seen["last"], last_key, "重新划分管辖")
    while True:
        with transaction.atomic():
            alone_in_bulk()
            ids = list(
                entities.filter(pk__gt=seen["last"])
                .order_by("pk")
                .select_for_update(no_key=True)
                .values_list("pk", flat=True)[:CHUNK]
            )
            if not ids:
                break
            changed = place_ground(ids, places) + place_fields(ids, on=on)
            seen = {
                "last": ids[-1],
                "judged": seen["judged"] + len(ids),
                "changed": seen["changed"] + changed,
            }
            handle.keep(**seen)
        handle.progress(seen["last"], last_key)
    return {"judged": seen["judged"], "changed": seen["changed"]}
