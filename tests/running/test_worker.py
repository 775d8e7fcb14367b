"""A real worker takes work from the test's broker; without a broker a publish fails at once."""

import subprocess
import sys
import time

import psycopg2
from celery import current_app
from django.conf import settings

from tests.conftest import process_environment

PUBLISH = """
import sandbox_reg
from celery import current_app
from kombu.exceptions import OperationalError
try:
    current_app.send_task("sandbox.settle")
except OperationalError:
    print("refused")
"""


def test_a_worker_process_answers(celery_worker_process):
    until = time.monotonic() + 15
    while not (found := current_app.control.ping(timeout=0.5)) and time.monotonic() < until:
        assert celery_worker_process.poll() is None
    assert len(found) == 1


def test_a_publish_without_a_broker_fails_at_once(tmp_path):
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", PUBLISH],
        cwd=settings.BASE_DIR,
        env={
            "DJANGO_SETTINGS_MODULE": "sandbox_reg.settings",
            "SANDBOX_VAR": str(tmp_path),
            "REDIS_URL": "redis://127.0.0.1:1/0",
        },
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.stdout.strip() == "refused", done.stderr
    assert time.monotonic() - started < 3  # most of it is Python's start


def test_another_process_joins_the_test_database_as_the_application(real_commits):
    environment = process_environment()
    with psycopg2.connect(environment["DATABASE_URL"]) as opened, opened.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        assert cursor.fetchone()[0].startswith("test_")
    opened.close()
    assert environment["REDIS_URL"] == settings.REDIS_URL
