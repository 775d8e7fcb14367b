"""Days and instants on the command line; a wrong one is refused with a sentence."""

from argparse import ArgumentTypeError
from datetime import date, datetime

from django.utils import timezone


def day(text: str) -> date:
    """Read a day written as 2026-01-31."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"“{text}”不是日期，应为 2026-01-31 这样的日期。") from None


def instant(text: str) -> datetime:
    """Read an instant; without a zone it is Chongqing's time, without a time the end of the day."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(
            f"“{text}”不是时间，应为 2026-01-31 或 2026-01-31T09:30 这样的时间。"
        ) from None
    if len(text) == len("2026-01-01"):
        moment = moment.replace(hour=23, minute=59, second=59, microsecond=999999)
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment
