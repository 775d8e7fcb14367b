"""The seals: no writer waits for them, and whoever touches a sealed row or a seal is found out."""

import threading
from datetime import date, datetime, time, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.utils import InternalError, ProgrammingError
from django.utils import timezone

from core.audit import sealing
from core.audit.access import Kind, record
from core.audit.partitions import months_before, open_months
from core.audit.retention import drop_expired, expired, kept_until
from core.audit.sealing import MOST_ROWS, Sealer, published_head
from core.audit.verifying import verify
from core.errors import Refused
from core.models import Access, Change, Seal
from entities.models import EntityStatus
from staff.models import Bureau
from tests.factories import make_bureau, make_entity


def sealed(log: str = "") -> list[Seal]:
    rows = Seal.objects.for_system("looking at the seals in a test").order_by("id")
    return list(rows.filter(log__startswith=log) if log else rows)


def change_something() -> Bureau:
    bureau = make_bureau("甲局")
    Bureau.objects.filter(pk=bureau.pk).update(name="乙局")
    return bureau


def write_accesses(rows: int) -> None:
    now = timezone.now()
    Access.objects.for_system("filling the log").bulk_create(
        Access(at=now, kind=Kind.PRINT, subject=f"第{n}页") for n in range(rows)
    )


@pytest.mark.django_db
class TestSealing:
    def test_everything_written_is_sealed_and_stands(self):
        entity = make_entity(letter="A")
        EntityStatus.plain.get(entity=entity).close(date(2025, 1, 1))
        change_something()
        record(Kind.PRINT, subject="一页")
        assert Sealer().seal() > 0
        verdict = verify()
        assert (verdict.broken, verdict.unsealed, verdict.oldest) == ([], {}, None)
        assert {seal.log for seal in sealed()} >= {"entities_entitystatus", "staff_jurisdiction"}
        assert sealed("core_change_")
        assert sealed("core_access_")

    def test_a_seal_covers_at_most_a_thousand_rows_and_they_follow_without_a_gap(self):
        write_accesses(2 * MOST_ROWS + 1)
        Sealer().seal()
        first, second, third = sealed("core_access_")[-3:]
        assert [seal.rows for seal in (first, second, third)] == [MOST_ROWS, MOST_ROWS, 1]
        assert (second.first, third.first) == (first.last + 1, second.last + 1)

    def test_nothing_new_makes_no_seal(self):
        change_something()
        Sealer().seal()
        before = len(sealed())
        assert Sealer().seal() == 0
        assert len(sealed()) == before

    def test_so_many_seals_a_turn_and_the_rest_at_the_next(self):
        write_accesses(3 * MOST_ROWS)
        sealer = Sealer()
        turns = 0
        while done := sealer.seal(most=2):
            assert done <= 2
            turns += 1
        assert turns > 1
        assert not verify().unsealed

    def test_the_head_is_written_outside_the_database(self, settings):
        change_something()
        Sealer().seal()
        assert verify().head == published_head()
        with settings.AUDIT_HEADS.open("a") as file:
            file.write('{"seal": 4, "dig')  # a process was killed in the middle of its line
        assert verify().head == published_head()

    def test_between_sweeps_few_rows_wait_a_minute_for_more(self, monkeypatch):
        sealer = Sealer()
        sealer.seal()
        write_accesses(3)
        assert sealer.seal(gather=True) == 0
        monkeypatch.setattr(sealing, "GATHERED_FOR", 0.0)
        assert sealer.seal(gather=True) > 0
        monkeypatch.undo()
        write_accesses(MOST_ROWS)
        assert sealer.seal(gather=True) > 0, "As many as a seal holds wait for nothing."

    def test_a_column_that_went_is_said_and_does_not_end_the_verification(self):
        change_something()
        sealing.append(
            log="staff_jurisdiction", first=1, last=1, rows=1, columns=["gone"], rows_hash="0" * 64
        )
        assert "日志的列与封存时不同" in str(verify().broken[0])


LAST = "(SELECT max(id) FROM {})"
TAMPERING = {
    "a changed line": (
        f"UPDATE core_change SET reason = '改' WHERE id = {LAST.format('core_change')}",
        "内容被改动",
    ),
    "a changed line, straight in its partition": (
        f"UPDATE {{month}} SET actor_id = 4711 WHERE id = {LAST.format('core_change')}",
        "内容被改动",
    ),
    "a removed line": (
        f"DELETE FROM core_access WHERE id = {LAST.format('core_access')}",
        "少了1行",
    ),
    "a line slipped in": (
        "INSERT INTO core_access (id, at, origin, role, address, reason, kind, ok, username,"
        " subject, detail) VALUES ({gap}, now(), '', '', '', '', 'login', true, '', '', '{{}}')",
        "多了1行",
    ),
    "a changed fact": ("UPDATE entities_entitystatus SET status = 'revoked'", "内容被改动"),
    "another day of superseding": (
        "UPDATE entities_entitystatus SET superseded_at = superseded_at - interval '1 day'"
        " WHERE superseded_at IS NOT NULL",
        "被取代时间",
    ),
    "a changed seal": (
        "UPDATE core_seal SET rows = rows + 1 WHERE id = (SELECT min(id) FROM core_seal)",
        "封存记录本身",
    ),
    "a removed seal": (
        "DELETE FROM core_seal WHERE id = (SELECT min(id) + 1 FROM core_seal)",
        "不相接",
    ),
    "a removed first seal": (
        "DELETE FROM core_seal WHERE id = (SELECT min(id) FROM core_seal)",
        "不相接",
    ),
    "a chain cut off": (f"DELETE FROM core_seal WHERE id = {LAST.format('core_seal')}", "末尾"),
    "a chain thrown away": ("DELETE FROM core_seal", "末尾"),
    "a dropped month": ("DROP TABLE {month}", "不见了"),
}


@pytest.fixture
def sealed_world(real_commits):
    """Give the names to tamper with: this month's partition, and a key nobody used."""
    entity = make_entity()
    EntityStatus.plain.get(entity=entity).close(date(2025, 1, 1))
    change_something()
    write_accesses(3)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('core_access', 'id'))")
        gap = cursor.fetchone()[0]
    write_accesses(2)
    Sealer().seal()
    assert not verify().broken
    connection.close()
    yield {"gap": gap, "month": f"core_change_{timezone.localdate():%Y_%m}"}
    with connection.cursor() as cursor:
        open_months(cursor, timezone.localdate())


@pytest.mark.parametrize("way", TAMPERING)
def test_tampering_as_owner_is_found(sealed_world, owner_connection, way):
    statement, problem = TAMPERING[way]
    with owner_connection.cursor() as cursor:
        cursor.execute("SET sandbox.maintenance = 'on'")
        cursor.execute(statement.format(**sealed_world))
        assert cursor.rowcount, "The tampering itself failed."
    found = [str(broken) for broken in verify().broken]
    assert any(problem in sentence for sentence in found), found
    with pytest.raises(CommandError, match="第一处被破坏的范围"):
        call_command("verify_audit")


def test_who_has_the_database_but_not_the_key_cannot_seal_anew(
    sealed_world, owner_connection, settings
):
    with owner_connection.cursor() as cursor:
        cursor.execute("SET sandbox.maintenance = 'on'")
        cursor.execute("UPDATE entities_entitystatus SET status = 'revoked'")
        cursor.execute("DELETE FROM core_seal")
    settings.AUDIT_KEYS = ["another key that somebody made up, long enough to pass for one ......"]
    settings.AUDIT_HEADS.unlink()
    Sealer().seal()
    settings.AUDIT_KEYS = ["the key that the bureau keeps, long enough to be one ................"]
    assert "密钥" in str(verify().broken[0])


def test_the_very_first_line_may_tell_of_a_superseding_just_before(real_commits, owner_connection):
    """The row's instant is a little earlier than its line's, which is the first one kept."""
    entity = make_entity()
    EntityStatus.plain.get(entity=entity).close(date(2025, 1, 1))
    line = Change.objects.for_system("a test").get(verb="supersede")
    assert line.after["superseded_at"] < line.at.isoformat()
    with owner_connection.cursor() as cursor:
        cursor.execute("SET sandbox.maintenance = 'on'")
        cursor.execute("DELETE FROM core_change WHERE id < %s", [line.pk])
    assert not verify().broken


def test_a_chain_that_was_cut_off_does_not_grow_on_as_if_nothing_had_been(
    sealed_world, owner_connection, caplog
):
    with owner_connection.cursor() as cursor:
        cursor.execute("SET sandbox.maintenance = 'on'")
        cursor.execute(f"DELETE FROM core_access WHERE id = {LAST.format('core_access')}")
        cursor.execute(f"DELETE FROM core_seal WHERE id = {LAST.format('core_seal')}")
    write_accesses(1)
    before = len(sealed())
    assert Sealer().seal() == 0
    assert len(sealed()) == before
    assert "is not in the chain" in caplog.text
    assert any("末尾" in str(broken) for broken in verify().broken)


def test_a_trigger_that_was_switched_off_is_found(sealed_world, owner_connection):
    with owner_connection.cursor() as cursor:
        cursor.execute("ALTER TABLE staff_user DISABLE TRIGGER log_update")
        try:
            assert "触发器log_update缺失或被停用" in str(verify().broken[0])
        finally:
            cursor.execute("ALTER TABLE staff_user ENABLE TRIGGER log_update")
    assert not verify().broken


def test_after_a_change_of_keys_the_old_one_still_verifies(sealed_world, settings):
    settings.AUDIT_KEYS = ["a new key " * 6, *settings.AUDIT_KEYS]
    change_something()
    Sealer().seal()
    assert not verify().broken
    settings.AUDIT_KEYS = settings.AUDIT_KEYS[:1]
    assert "请补上旧密钥" in str(verify().broken[0])


def test_a_head_noted_on_paper_must_be_in_the_chain(sealed_world, capsys):
    head = verify().head
    call_command("verify_audit", head=head)
    assert "完好" in capsys.readouterr().out
    with pytest.raises(CommandError, match="给定的链头"):
        call_command("verify_audit", head="0" * 64)


class Writer(threading.Thread):
    """Another connection that has written a line and has not committed it yet."""

    def __init__(self) -> None:
        super().__init__()
        self.wrote, self.go_on = threading.Event(), threading.Event()

    def run(self) -> None:
        try:
            with transaction.atomic():
                write_accesses(1)
                self.wrote.set()
                assert self.go_on.wait(20)
        finally:
            connection.close()


def test_a_row_that_commits_late_is_sealed_and_nobody_waits(real_commits):
    writer, sealer = Writer(), Sealer()
    writer.start()
    assert writer.wrote.wait(20)
    write_accesses(1)  # a later key, committed first: no seal may pass over the earlier one
    sealer.seal()
    assert not sealed("core_access_")
    write_accesses(1)  # nobody is kept waiting by a sealer that waits
    writer.go_on.set()
    writer.join()
    sealer.seal()
    sealer.seal()
    assert sum(seal.rows for seal in sealed("core_access_")) == 3
    assert not verify().broken


def test_who_writes_without_a_pause_does_not_keep_a_log_unsealed(real_commits):
    """The transactions of an earlier look have ended, whoever writes by now."""
    first, second, sealer = Writer(), Writer(), Sealer()
    first.start()
    assert first.wrote.wait(20)
    sealer.seal()
    second.start()
    assert second.wrote.wait(20)
    first.go_on.set()
    first.join()
    sealer.seal()
    assert sum(seal.rows for seal in sealed("core_access_")) == 1
    second.go_on.set()
    second.join()


def test_a_second_sealer_leaves_the_work_to_the_first(real_commits, owner_connection):
    change_something()
    with owner_connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [sealing.LOCK])
        assert Sealer().seal() == 0
        cursor.execute("SELECT pg_advisory_unlock(%s)", [sealing.LOCK])
    assert Sealer().seal() > 0


class TestRetention:
    def test_the_days_are_months_after_the_month(self, settings):
        settings.AUDIT_KEEP_MONTHS = 6
        assert kept_until(date(2026, 1, 1)) == date(2026, 8, 1)
        assert months_before(date(2026, 3, 31), 3) == date(2025, 12, 1)
        assert months_before(date(2026, 1, 15), 12) == date(2025, 1, 1)

    def test_a_month_goes_whole_and_leaves_a_tombstone(self, real_commits, as_owner, settings):
        settings.AUDIT_KEEP_MONTHS = 6
        today = timezone.localdate()
        long_ago = months_before(today, 7)
        at = timezone.make_aware(datetime.combine(long_ago, time(12)))
        names = {f"core_access_{long_ago:%Y_%m}", f"core_change_{long_ago:%Y_%m}"}
        with connection.cursor() as cursor:
            open_months(cursor, long_ago, ahead=0)
        Access.objects.for_system("an old line").create(at=at, kind=Kind.PRINT, subject="旧")
        write_accesses(3)
        with as_owner(), pytest.raises(Refused, match="还有未封存的行"):
            drop_expired(today)
        Sealer().seal(patience=5)
        with as_owner():
            assert {leaf.name for leaf in drop_expired(today)} == names
        stones = {seal.log: seal.rows for seal in sealed() if seal.kind == Seal.Kind.TOMBSTONE}
        assert stones == {f"core_access_{long_ago:%Y_%m}": 1, f"core_change_{long_ago:%Y_%m}": 0}
        assert Access.objects.for_system("what is left").filter(subject="旧").count() == 0
        assert Access.objects.for_system("told").filter(kind=Kind.MAINTENANCE).count() == 2
        assert not verify().broken

    def test_a_month_whose_lines_lie_in_the_rest_stays_there(self, real_commits):
        long_ago = months_before(timezone.localdate(), 4)
        at = timezone.make_aware(datetime.combine(long_ago, time(12)))
        Access.objects.for_system("an old line").create(at=at, kind=Kind.PRINT)
        with connection.cursor() as cursor:
            assert open_months(cursor, long_ago, ahead=0) == 1  # the other log's
        Sealer().seal()
        assert sealed("core_access_rest")

    def test_nothing_goes_while_the_chain_is_broken(
        self, sealed_world, owner_connection, as_owner, settings
    ):
        with connection.cursor() as cursor:
            open_months(cursor, months_before(timezone.localdate(), 7), ahead=0)
        settings.AUDIT_KEEP_MONTHS = 6
        with owner_connection.cursor() as cursor:
            cursor.execute("SET sandbox.maintenance = 'on'")
            cursor.execute("UPDATE core_access SET reason = '改'")
        with as_owner(), pytest.raises(Refused, match="有破坏"):
            drop_expired(timezone.localdate())

    def test_nothing_goes_before_its_time(self, real_commits):
        assert not expired(timezone.localdate())

    def test_the_application_cannot_drop_a_month(self, sealed_world):
        with pytest.raises(ProgrammingError, match="must be owner"), connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {sealed_world['month']}")

    def test_months_are_opened_ahead_by_the_application_within_bounds(self, db):
        with connection.cursor() as cursor:
            open_months(cursor, timezone.localdate(), ahead=4)
            assert open_months(cursor, timezone.localdate(), ahead=4) == 0
            with pytest.raises(InternalError, match="out of range"), transaction.atomic():
                open_months(cursor, timezone.localdate() + timedelta(days=4000))
