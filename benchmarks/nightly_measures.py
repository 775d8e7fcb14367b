"""What benchmarks.nightly measures; runs inside Django, as the application's role.

The hand-written statements judge everyone, compare with the ledger and write decisions with
findings, grounds and watches in the same tables; no staging, gate, ranges or resuming. They are
rolled back, so that both sides start from the same city. Every figure is the median of the repeats.
"""

import statistics
import time
from collections.abc import Callable
from datetime import date, timedelta

from django.db import connection, transaction
from django.utils import timezone

from entities.models import Entity
from membership.models import Run
from membership.queries import explain
from membership.runs import Order, execute, last_full_run
from membership.wordings import current_wordings
from policy.limits import limits_in_force
from staff.models import Bureau
from zones.models import Zone
from zones.rosters import enter

SAMPLE = 1000
ZONES = 20

JUDGED = """
    SELECT e.id, c.letter, c.month, c.missed, c.id AS class_row, s.status, s.id AS status_row,
           f.food_drug, f.product_quality, f.special_equipment, f.evidence, f.id AS safety_row,
           m.origin, m.novelties, m.evidence AS marked_by, m.id AS mark_row,
           l.id AS serious_row, l.reason AS serious_reason, l.document_number,
           a.id AS abnormal_row, p.id AS presence_row, p.names AS zones,
           x.id AS manual_row, x.reason AS manual_reason, x.review_on, rl.id AS removal_row,
           rl.cause AS removal_cause, rl.removed_on, rl.item, rl.list_version, rl.order_number,
           rl.served_on, rl.due_on, rl.recheck, rl.reason AS removal_reason,
           gc.id AS credit_ground, gf.id AS four_new_ground,
           w.id AS watch_row, w.undecided AS watched_undecided, w.review AS watched_review,
           CASE WHEN s.status IN ('deregistered', 'revoked', 'cancelled', 'moved_out')
                  OR l.id IS NOT NULL OR x.id IS NOT NULL OR rl.id IS NOT NULL THEN 0
                WHEN (c.id IS NULL OR c.letter <> 'A') AND NOT COALESCE(c.missed > 2, false) THEN 0
                WHEN f.food_drug = 1 OR f.product_quality = 1 OR f.special_equipment = 1 THEN 0
                WHEN s.id IS NULL OR c.missed > 2 OR f.food_drug = 2 OR f.product_quality = 2
                  OR f.special_equipment = 2 THEN 1
                ELSE 2 END AS credit,
           CASE WHEN m.origin IS NULL OR m.origin NOT IN ('list', 'rule', 'decision') THEN 0
                WHEN p.id IS NOT NULL THEN 0
                WHEN s.status IN ('deregistered', 'revoked', 'cancelled', 'moved_out')
                  OR l.id IS NOT NULL OR x.id IS NOT NULL OR rl.id IS NOT NULL THEN 0
                WHEN c.letter = 'D' AND NOT c.missed > 2 THEN 0
                WHEN s.id IS NULL OR (c.letter = 'D' AND c.missed > 2) THEN 1
                ELSE 2 END AS four_new,
           CASE WHEN p.id IS NULL THEN 0
                WHEN s.status IN ('deregistered', 'revoked', 'cancelled', 'moved_out')
                  OR l.id IS NOT NULL OR x.id IS NOT NULL OR rl.id IS NOT NULL THEN 0
                WHEN c.letter = 'D' AND NOT c.missed > 2 THEN 0
                WHEN s.id IS NULL OR (c.letter = 'D' AND c.missed > 2) THEN 1
                ELSE 2 END AS zone
    FROM entities_entity e
    LEFT JOIN entities_entitystatus s ON s.entity_id = e.id AND s.superseded_at IS NULL
        AND s.since <= %(on)s AND (s.until IS NULL OR s.until > %(on)s)
    LEFT JOIN entities_creditclass c ON c.entity_id = e.id AND c.superseded_at IS NULL
        AND c.scheme = 'general' AND c.since <= %(on)s AND (c.until IS NULL OR c.until > %(on)s)
    LEFT JOIN entities_safetyreading f ON f.entity_id = e.id AND f.superseded_at IS NULL
        AND f.since <= %(on)s AND (f.until IS NULL OR f.until > %(on)s)
    LEFT JOIN entities_fournewmark m ON m.entity_id = e.id AND m.superseded_at IS NULL
        AND m.since <= %(on)s AND (m.until IS NULL OR m.until > %(on)s)
    LEFT JOIN entities_listing l ON l.entity_id = e.id AND l.superseded_at IS NULL
        AND l.list_name = 'serious' AND l.since <= %(on)s AND (l.until IS NULL OR l.until > %(on)s)
    LEFT JOIN entities_listing a ON a.entity_id = e.id AND a.superseded_at IS NULL
        AND a.list_name = 'abnormal' AND a.since <= %(on)s AND (a.until IS NULL OR a.until > %(on)s)
    LEFT JOIN zones_zonepresence p ON p.entity_id = e.id AND p.superseded_at IS NULL
        AND p.since <= %(on)s AND (p.until IS NULL OR p.until > %(on)s)
    LEFT JOIN membership_manualexclusion x ON x.entity_id = e.id AND x.superseded_at IS NULL
        AND x.since <= %(on)s AND (x.until IS NULL OR x.until > %(on)s)
    LEFT JOIN redline_removalspan rl ON rl.entity_id = e.id AND rl.superseded_at IS NULL
        AND rl.since <= %(on)s AND (rl.until IS NULL OR rl.until > %(on)s)
    LEFT JOIN membership_ground gc ON gc.entity_id = e.id AND gc.superseded_at IS NULL
        AND gc.ground = 'credit' AND gc.since <= %(on)s AND (gc.until IS NULL OR gc.until > %(on)s)
    LEFT JOIN membership_ground gf ON gf.entity_id = e.id AND gf.superseded_at IS NULL
        AND gf.ground = 'four_new' AND gf.since <= %(on)s
        AND (gf.until IS NULL OR gf.until > %(on)s)
    LEFT JOIN membership_watch w ON w.entity_id = e.id AND w.superseded_at IS NULL
        AND w.since <= %(on)s AND (w.until IS NULL OR w.until > %(on)s)
"""

DIFFERENCES = f"""
    CREATE TEMPORARY TABLE hand ON COMMIT DROP AS
    SELECT *, CASE WHEN credit = 1 THEN array_remove(ARRAY[
                  CASE WHEN missed > 2 THEN 'credit.class' END,
                  CASE WHEN food_drug = 2 OR product_quality = 2 OR special_equipment = 2
                       THEN 'credit.safety' END,
                  CASE WHEN status_row IS NULL THEN 'exclusion.status' END], NULL)
              ELSE '{{}}' END AS undecided,
           CASE WHEN credit = 2 OR four_new = 2 OR zone = 2 THEN array_remove(ARRAY[
                  CASE WHEN (four_new = 2 OR zone = 2) AND letter = 'C' THEN 'review.class' END,
                  CASE WHEN status = 'liquidating' THEN 'review.status' END,
                  CASE WHEN abnormal_row IS NOT NULL THEN 'review.abnormal_list' END], NULL)
              ELSE '{{}}' END AS review
    FROM ({JUDGED}) j
    WHERE credit <> CASE WHEN credit_ground IS NULL THEN 0 ELSE 2 END
       OR four_new <> CASE WHEN four_new_ground IS NULL THEN 0 ELSE 2 END
       OR watch_row IS NOT NULL OR letter = 'C' OR status = 'liquidating'
       OR abnormal_row IS NOT NULL OR zone = 1
"""

OCCUPANTS = """
    CREATE TEMPORARY TABLE hand_zones ON COMMIT DROP AS
    SELECT * FROM (
        SELECT o.id AS occupant_id, o.entity_id, r.id AS roster_row, r.since AS on_roster_since,
               g.id AS ground_row, s.status, s.id AS status_row, c.letter, c.month, c.missed,
               c.id AS class_row, l.id AS serious_row, l.reason AS serious_reason,
               l.document_number, x.id AS manual_row, x.reason AS manual_reason, x.review_on,
               rl.id AS removal_row, rl.cause AS removal_cause, rl.removed_on, rl.item,
               rl.list_version, rl.order_number, rl.served_on, rl.due_on, rl.recheck,
               rl.reason AS removal_reason,
               CASE WHEN r.id IS NULL
                      OR s.status IN ('deregistered', 'revoked', 'cancelled', 'moved_out')
                      OR l.id IS NOT NULL OR x.id IS NOT NULL OR rl.id IS NOT NULL
                      OR (c.letter = 'D' AND NOT c.missed > 2) THEN 0
                    WHEN s.id IS NULL OR (c.letter = 'D' AND c.missed > 2) THEN 1
                    ELSE 2 END AS code
        FROM zones_occupant o
        LEFT JOIN zones_rosterentry r ON r.occupant_id = o.id AND r.superseded_at IS NULL
            AND r.since <= %(on)s AND (r.until IS NULL OR r.until > %(on)s)
        LEFT JOIN membership_ground g ON g.occupant_id = o.id AND g.superseded_at IS NULL
            AND g.since <= %(on)s AND (g.until IS NULL OR g.until > %(on)s)
        LEFT JOIN entities_entitystatus s ON s.entity_id = o.entity_id AND s.superseded_at IS NULL
            AND s.since <= %(on)s AND (s.until IS NULL OR s.until > %(on)s)
        LEFT JOIN entities_creditclass c ON c.entity_id = o.entity_id AND c.superseded_at IS NULL
            AND c.scheme = 'general' AND c.since <= %(on)s
            AND (c.until IS NULL OR c.until > %(on)s)
        LEFT JOIN entities_listing l ON l.entity_id = o.entity_id AND l.superseded_at IS NULL
            AND l.list_name = 'serious' AND l.since <= %(on)s
            AND (l.until IS NULL OR l.until > %(on)s)
        LEFT JOIN membership_manualexclusion x ON x.entity_id = o.entity_id
            AND x.superseded_at IS NULL AND x.since <= %(on)s
            AND (x.until IS NULL OR x.until > %(on)s)
        LEFT JOIN redline_removalspan rl ON rl.entity_id = o.entity_id
            AND rl.superseded_at IS NULL AND rl.since <= %(on)s
            AND (rl.until IS NULL OR rl.until > %(on)s)
    ) j
    WHERE (code = 2 AND ground_row IS NULL) OR (code = 0 AND ground_row IS NOT NULL)
"""

ZONES_DECIDED = """
    WITH decided AS (
        INSERT INTO membership_decision (entity_id, occupant_id, run_id, ground, move, day,
            findings, cause, policy_version_id, wording_version_id, bureau_id_then, recorded_at)
        SELECT h.entity_id, h.occupant_id, %(run)s, 'zone',
            CASE h.code WHEN 2 THEN 'open' ELSE 'close' END, %(on)s, jsonb_build_array(
                jsonb_build_object('rule', 'zone.roster', 'facts', jsonb_build_object(
                    'since', h.on_roster_since), 'row', roster_row),
                jsonb_build_object('rule', 'exclusion.status', 'facts', jsonb_build_object(
                    'status', h.status), 'row', status_row),
                jsonb_build_object('rule', 'exclusion.class', 'facts', jsonb_build_object(
                    'letter', letter, 'month', month, 'missed', missed), 'row', class_row),
                jsonb_build_object('rule', 'exclusion.serious_list', 'facts', jsonb_build_object(
                    'reason', serious_reason, 'document', document_number), 'row', serious_row),
                jsonb_build_object('rule', 'exclusion.manual', 'facts', jsonb_build_object(
                    'reason', manual_reason, 'review_on', review_on), 'row', manual_row),
                jsonb_build_object('rule', 'exclusion.red_line', 'facts', jsonb_build_object(
                    'cause', removal_cause, 'removed', removed_on, 'item', item,
                    'list', list_version, 'order', order_number, 'served', served_on,
                    'due', due_on, 'recheck', recheck, 'reason', removal_reason),
                    'row', removal_row)
            ), 'hand-written', %(policy)s, %(wording)s, e.bureau_id, now()
        FROM hand_zones h JOIN entities_entity e ON e.id = h.entity_id
        RETURNING id, entity_id, occupant_id, ground, move
    )
    INSERT INTO hand_moved (id, entity_id, occupant_id, ground, move, ground_row, since)
    SELECT decided.*, h.ground_row, g.since
    FROM decided JOIN hand_zones h USING (occupant_id)
    LEFT JOIN membership_ground g ON g.id = h.ground_row
"""

DECIDED = """
    WITH moves AS (
        SELECT h.*, v.ground, v.code, v.ground_row FROM hand h CROSS JOIN LATERAL (
            VALUES ('credit', credit, credit_ground), ('four_new', four_new, four_new_ground)
        ) v(ground, code, ground_row)
        WHERE (v.code = 2 AND v.ground_row IS NULL) OR (v.code = 0 AND v.ground_row IS NOT NULL)
    ), decided AS (
        INSERT INTO membership_decision (entity_id, run_id, ground, move, day, findings, cause,
            policy_version_id, wording_version_id, bureau_id_then, recorded_at)
        SELECT m.id, %(run)s, m.ground, CASE m.code WHEN 2 THEN 'open' ELSE 'close' END, %(on)s,
            jsonb_build_array(
                jsonb_build_object('rule', 'credit.class', 'facts', jsonb_build_object(
                    'letter', letter, 'month', month, 'missed', missed), 'row', class_row),
                jsonb_build_object('rule', 'credit.safety', 'facts', jsonb_build_object(
                    'food_drug', food_drug, 'product_quality', product_quality,
                    'special_equipment', special_equipment, 'evidence', m.evidence),
                    'row', safety_row),
                jsonb_build_object('rule', 'four_new.mark', 'facts', jsonb_build_object(
                    'origin', origin, 'novelties', novelties, 'evidence', marked_by),
                    'row', mark_row),
                jsonb_build_object('rule', 'four_new.outside', 'facts', jsonb_build_object(
                    'names', zones), 'row', presence_row),
                jsonb_build_object('rule', 'exclusion.status', 'facts', jsonb_build_object(
                    'status', m.status), 'row', status_row),
                jsonb_build_object('rule', 'exclusion.serious_list', 'facts', jsonb_build_object(
                    'reason', serious_reason, 'document', document_number), 'row', serious_row),
                jsonb_build_object('rule', 'exclusion.manual', 'facts', jsonb_build_object(
                    'reason', manual_reason, 'review_on', review_on), 'row', manual_row),
                jsonb_build_object('rule', 'exclusion.red_line', 'facts', jsonb_build_object(
                    'cause', removal_cause, 'removed', removed_on, 'item', item,
                    'list', list_version, 'order', order_number, 'served', served_on,
                    'due', due_on, 'recheck', recheck, 'reason', removal_reason),
                    'row', removal_row)
            ), 'hand-written', %(policy)s, %(wording)s, e.bureau_id, now()
        FROM moves m JOIN entities_entity e ON e.id = m.id
        RETURNING id, entity_id, ground, move
    )
    SELECT decided.*, NULL::bigint AS occupant_id, m.ground_row, g.since
    INTO TEMPORARY hand_moved
    FROM decided JOIN moves m ON m.id = decided.entity_id AND m.ground = decided.ground
    LEFT JOIN membership_ground g ON g.id = m.ground_row
"""

WRITTEN = (
    """
    UPDATE membership_ground g SET superseded_at = now() FROM hand_moved h
    WHERE g.id = h.ground_row
    """,
    """
    INSERT INTO membership_ground
        (entity_id, ground, occupant_id, since, until, decision_id, recorded_at, source)
    SELECT entity_id, ground, occupant_id, %(on)s, NULL::date, id, now(), 'hand' FROM hand_moved
    WHERE move = 'open'
    UNION ALL
    SELECT entity_id, ground, occupant_id, since, %(on)s, id, now(), 'hand' FROM hand_moved
    WHERE move = 'close' AND since < %(on)s
    """,
    """
    UPDATE membership_watch w SET superseded_at = now() FROM hand h WHERE w.id = h.watch_row
    AND (w.undecided::text[] <> h.undecided OR w.review::text[] <> h.review)
    """,
    """
    INSERT INTO membership_watch
        (entity_id, undecided, review, since, until, recorded_at, source)
    SELECT id, undecided, review, %(on)s, NULL, now(), 'hand' FROM hand
    WHERE (undecided <> '{}' OR review <> '{}')
      AND (watch_row IS NULL OR watched_undecided::text[] <> undecided
           OR watched_review::text[] <> review)
    """,
    "UPDATE entities_factchange SET taken_by = %(run)s, taken_at = now() WHERE taken_by IS NULL",
)

CHANGE_CLASSES = (
    """
    CREATE TEMPORARY TABLE changed ON COMMIT DROP AS
    SELECT id FROM entities_creditclass WHERE superseded_at IS NULL AND until IS NULL
    AND since < %(on)s AND entity_id %% 100 = %(nth)s
    """,
    """
    UPDATE entities_creditclass c SET superseded_at = clock_timestamp() FROM changed
    WHERE c.id = changed.id
    """,
    """
    INSERT INTO entities_creditclass
        (entity_id, scheme, letter, month, missed, since, until, recorded_at, source)
    SELECT entity_id, scheme, letter, month, missed, since, %(on)s, clock_timestamp(), source
    FROM entities_creditclass JOIN changed USING (id)
    UNION ALL
    SELECT entity_id, scheme, CASE letter WHEN 'A' THEN 'B' ELSE 'A' END, %(month)s, 0, %(on)s,
           NULL, clock_timestamp(), 'benchmark'
    FROM entities_creditclass JOIN changed USING (id)
    """,
    """
    INSERT INTO entities_factchange (entity_id, from_day, cause)
    SELECT entity_id, %(on)s, '信用风险分类导入'
    FROM entities_creditclass JOIN changed USING (id)
    """,
)


def timed(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def execute_all(statements: tuple[str, ...], params: dict) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, params)


def by_hand(on: date) -> None:
    """Do the night's work by hand-written statements, and roll it back."""
    with transaction.atomic():
        run = Run.objects.create(
            kind=Run.Kind.SETTLE, on=on, policy_version=limits_in_force(on).version
        )
        params = {
            "on": on,
            "run": run.pk,
            "policy": run.policy_version_id,
            "wording": current_wordings().pk,
        }
        execute_all((DIFFERENCES, DECIDED, OCCUPANTS, ZONES_DECIDED, *WRITTEN), params)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM hand_moved")
            print(f"    by hand: {cursor.fetchone()[0]:,} moves")
        transaction.set_rollback(True)


def declare_zones(since: date, most: int) -> None:
    """Put every hundredth entity on the roster of one of a few zones, where there are none yet."""
    zones = Zone.objects.for_system("benchmark")
    if zones.exists():
        return
    entities = Entity.objects.for_system("benchmark").order_by("pk")
    names = dict(entities.values_list("pk", "name")[::100])
    bureau = Bureau.objects.exclude(kind=Bureau.Kind.CITY).earliest("pk")
    for number in range(most):
        zone = Zone.objects.create(
            name=f"基准园区{number + 1}",
            zone_type="park",
            address="重庆市某路1号",
            bureau=bureau,
            since=since,
        )
        chosen = dict(list(names.items())[number::most])
        with transaction.atomic():
            enter(zone, chosen, since=since, by=None, cause="区域批准")


def by_us(on: date) -> None:
    run = execute(Order(on=on, kind=Run.Kind.NIGHTLY, release="基准测试"))
    print(f"    ours: {run.counts['moves']:,} moves, {run.counts['unexplained']} unexplained")


def by_orm_loop(on: date) -> float:
    """Explain a sample one by one; return the seconds that the whole city would take."""
    entities = Entity.objects.for_system("benchmark")
    sample = list(entities.order_by("id")[:SAMPLE])
    took = timed(lambda: [explain(entity, on) for entity in sample])
    return took / len(sample) * entities.count()


def change_classes(on: date, nth: int) -> None:
    with transaction.atomic():
        execute_all(CHANGE_CLASSES, {"on": on, "month": on.replace(day=1), "nth": nth})


def measure(repeat: int) -> None:
    """Print the figures of docs/performance.md."""
    number = Entity.objects.for_system("benchmark").count()
    print(f"{number:,} entities")
    last = last_full_run()
    on = timezone.localdate() if last is None else last.on
    if last is None:
        print(f"first tagging: {timed(lambda: by_us(on)):.1f} s")
    by_us(on)
    hand = statistics.median(timed(lambda: by_hand(on)) for _ in range(repeat))
    ours = statistics.median(timed(lambda: by_us(on)) for _ in range(repeat))
    print(f"unchanged night: ours {ours:.2f} s, by hand {hand:.2f} s, ratio {ours / hand:.2f}")
    ours_changed, hand_changed = [], []
    for nth in range(repeat):
        on += timedelta(days=1)
        change_classes(on, nth + on.toordinal() % 90)
        hand_changed.append(timed(lambda: by_hand(on)))  # noqa: B023 - called at once
        ours_changed.append(timed(lambda: by_us(on)))  # noqa: B023 - called at once
    ours, hand = statistics.median(ours_changed), statistics.median(hand_changed)
    print(
        f"1 % of classes changed: ours {ours:.2f} s, by hand {hand:.2f} s, ratio {ours / hand:.2f}"
    )
    declare_zones(on, ZONES)
    by_us(on)
    hand = statistics.median(timed(lambda: by_hand(on)) for _ in range(repeat))
    ours_there = statistics.median(timed(lambda: by_us(on)) for _ in range(repeat))
    print(
        f"unchanged night with 1 % in zones: ours {ours_there:.2f} s, by hand {hand:.2f} s, "
        f"ratio {ours_there / hand:.2f}"
    )
    loop = by_orm_loop(on)
    print(
        f"ORM loop: {loop:,.0f} s for the city (a sample of {SAMPLE:,}), "
        f"{loop / ours:,.0f} times ours"
    )
