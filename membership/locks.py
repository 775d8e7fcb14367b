"""Settle and runs do not cross (docs/architecture.md 8)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from core.jobs import NotNow

JUDGING = 73_2024_01
"""Transaction lock: settle holds it alone, the ranges of a run share it."""

RUNNING = 73_2024_02
"""Session lock: held by the one process that works on runs; a killed one lets go of it."""


def hold_alone() -> None:
    """Wait until no range of a run and no other settle judges; until the transaction ends."""
    _call("SELECT pg_advisory_xact_lock(%s)", JUDGING)


def hold_shared() -> None:
    """Keep settle out until the transaction ends."""
    _call("SELECT pg_advisory_xact_lock_shared(%s)", JUDGING)


@contextmanager
def working_on_runs() -> Iterator[None]:
    """Be the one process that works on runs; raise NotNow while another one is."""
    if not _call("SELECT pg_try_advisory_lock(%s)", RUNNING):
        raise NotNow("", "另一次评估正在进行，请待其结束后再发起；进度见“评估记录”。")
    try:
        yield
    finally:
        if connection.is_usable():
            _call("SELECT pg_advisory_unlock(%s)", RUNNING)


def _call(sql: str, key: int) -> object:
    with connection.cursor() as cursor:
        cursor.execute(sql, [key])
        return cursor.fetchone()[0]
