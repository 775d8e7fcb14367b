"""The scan of dates with real processes: killed in the middle, two at once; nothing twice."""

import os
import signal
import subprocess
import sys
from datetime import date, timedelta

import pytest
from django.conf import settings

from entities.models import FactChange
from redline.choices import OrderStatus
from redline.models import Order, OrderStep, Removal, RemovalSpan
from redline.overdue import scan
from tests.conftest import process_environment
from tests.redline.many import make_many
from tests.redline.ordering import make_people
from tests.running.test_changes import wait_until

DUE = date(2026, 12, 9)
ON = DUE + timedelta(days=1)
ORDERS = 300

SCAN = """
import django
django.setup()
from datetime import date
from redline.overdue import scan
scan(date(2026, 12, 10), batch=5)
"""


def rows(model):
    return model.objects.for_system("test")


def start():
    return subprocess.Popen(
        [sys.executable, "-c", SCAN],
        cwd=settings.BASE_DIR,
        env=os.environ | process_environment(),
        start_new_session=True,
    )


def overdue_ones():
    return rows(Order).filter(status=OrderStatus.OVERDUE).count()


@pytest.fixture
def orders(real_commits):
    people = make_people()
    made = {"item": people.item, "approved_by": people.lead}
    make_many(ORDERS, people.officer, due_on=DUE, **made)


def assert_each_once():
    """Each order fell due with one step, one removal, one span and one change."""
    assert overdue_ones() == ORDERS
    for model, key in (
        *((OrderStep, "order"), (Removal, "order")),
        *((RemovalSpan, "entity"), (FactChange, "entity")),
    ):
        assert rows(model).count() == ORDERS, model
        assert rows(model).values(key).distinct().count() == ORDERS, model


def test_a_scan_killed_in_the_middle_is_completed_by_the_next_one(orders):
    process = start()
    wait_until(lambda: overdue_ones() > 20, 60)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    done = overdue_ones()
    assert done < ORDERS, "The scan ended before it was killed."
    scan(ON)
    assert_each_once()
    assert scan(ON).orders == 0


def test_two_scans_at_once_double_nothing(orders):
    processes = [start(), start()]
    assert [process.wait(timeout=120) for process in processes] == [0, 0]
    assert_each_once()
