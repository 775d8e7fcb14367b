"""What Celery calls. Each task looks at the tables and can be run twice without harm."""

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from core.audit.context import acting
from core.jobs import SETTLE, WORK
from sandbox_reg import pipeline


@shared_task(name=SETTLE)
def settle() -> None:
    """Settle the fact changes that wait."""
    with acting(origin="task settle"):
        pipeline.follow_changes(timezone.localdate())


@shared_task(name=WORK)
def work() -> None:
    """Do the jobs that wait."""
    pipeline.do_waiting_jobs()


@shared_task(name="sandbox.sweep")
def sweep() -> None:
    """Find what a lost message or a killed worker left behind."""
    with acting(origin="task sweep"):
        pipeline.sweep(timezone.localdate())


@shared_task(name="sandbox.forget_sessions")
def forget_sessions() -> None:
    """Delete what expired sessions still hold: forms that nobody came back for."""
    SessionStore.clear_expired()


@shared_task(name="sandbox.nightly")
def nightly() -> None:
    """Begin the nightly run."""
    with acting(origin="task nightly"):
        pipeline.begin_night(timezone.localdate())
        pipeline.open_log_months(timezone.localdate())
