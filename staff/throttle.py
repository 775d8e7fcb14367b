"""Failed logins close the door for a while, per account and address; kept in the database, so that
every web process counts the same.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from staff.models import LoginFailure

MOST_FAILURES = 5
CLOSED = timedelta(minutes=15)
KEPT = timedelta(days=1)
MOST_FROM_ADDRESS = 100
"""Guessing over many accounts from one address; a bureau's staff may share one."""


def is_closed(username: str, address: str, at: datetime) -> bool:
    """Return whether logins of this account from this address must wait."""
    recent = LoginFailure.objects.for_system("throttling logins").filter(failed_at__gt=at - CLOSED)
    here = recent.filter(address=address)
    return (
        here.filter(username=username).count() >= MOST_FAILURES or here.count() >= MOST_FROM_ADDRESS
    )


def record_failure(username: str, address: str, at: datetime) -> None:
    """Count one failure, and forget those of yesterday."""
    failures = LoginFailure.objects.for_system("throttling logins")
    failures.filter(failed_at__lt=at - KEPT).delete()
    failures.create(username=username, address=address, failed_at=at)


def forget(username: str, address: str) -> None:
    """Begin anew after a login that succeeded."""
    failures = LoginFailure.objects.for_system("throttling logins")
    failures.filter(username=username, address=address).delete()
