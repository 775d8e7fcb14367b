"""Who waits for whom when readings are derived from scopes and term tables.

A reading rests on two things that others may be changing: the term tables and the entity's scope.

* Whoever writes derived readings first takes ``terms_hold_still`` (shared), then loads its reader;
  an edit of a term table takes ``terms_change`` (alone) and enqueues the new derivation in the same
  transaction. So each reading was made with the old terms and is met by that derivation, or was
  made with the new ones. None is lost between the two.
* Whoever changes a scope, or derives from one, first locks the entities' rows (an UPDATE or
  ``SELECT ... FOR NO KEY UPDATE``, ascending by key) and only then reads and writes readings. So a
  derivation never writes a reading of a scope that an import has just replaced.
* Work over thousands of rows takes ``alone_in_bulk`` first, chunk by chunk, because a set-wise
  UPDATE locks rows in an order of its own and two of them could wait for each other.

All are transaction locks: they end with the transaction, also when a process is killed.
"""

from __future__ import annotations

from django.db import connection

TERMS = 73_2024_11
BULK = 73_2024_12


def terms_hold_still() -> None:
    """Keep the term tables as they are until the transaction ends."""
    _take("SELECT pg_advisory_xact_lock_shared(%s)", TERMS)


def terms_change() -> None:
    """Wait until nobody derives with the old terms; keep others out until the transaction ends."""
    _take("SELECT pg_advisory_xact_lock(%s)", TERMS)


def alone_in_bulk() -> None:
    """Be the one transaction that writes thousands of entities' rows."""
    _take("SELECT pg_advisory_xact_lock(%s)", BULK)


def _take(sql: str, key: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, [key])
