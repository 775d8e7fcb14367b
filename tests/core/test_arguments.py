"""Days and instants on the command line."""

from argparse import ArgumentTypeError
from datetime import date

import pytest
from django.utils import timezone

from core.arguments import day, instant


def test_a_day_and_the_end_of_a_day():
    assert day("2026-01-31") == date(2026, 1, 31)
    assert timezone.localtime(instant("2026-01-31")).isoformat() == (
        "2026-01-31T23:59:59.999999+08:00"
    )
    assert timezone.localtime(instant("2026-01-31T09:30")).isoformat() == (
        "2026-01-31T09:30:00+08:00"
    )


@pytest.mark.parametrize("reader", [day, instant])
def test_a_wrong_one_is_refused_with_a_sentence(reader):
    with pytest.raises(ArgumentTypeError, match="“2026-8-99”不是.*应为 2026-01-31"):
        reader("2026-8-99")
