"""Orders of the demonstration, in every state there is, each brought there by its people."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from entities.choices import Kind
from redline.choices import DeadlineForm, OrderStatus, RecheckFinding, ServiceWay
from redline.demo.acts import (
    DEVICE,
    FRAUD,
    LICENCE,
    POISON,
    PREPAID,
    STANDARD,
    UNLICENSED,
    Act,
    touched,
)
from redline.demo.people import District
from redline.demo.running import Running

Way = Callable[[Running], Running]


@dataclass(frozen=True)
class Story:
    """An order: so many days ago its act was found, and what was done since, day by day.

    ``ends`` is the state it is in by now, if the dates alone do not change it. ``near``: of an
    entity of the officer's station, who has something to do about it then.
    """

    ago: int
    act: Act
    ends: str
    way: Way
    near: bool = False


def approved(run: Running) -> Running:
    return run.submitted().later(1).approved()


def issued(run: Running) -> Running:
    return approved(run).issued()


def served(run: Running, way: str = ServiceWay.DIRECT) -> Running:
    """Serve it two days after the act was found."""
    return issued(run).later(1).served(way)


def reported(run: Running, after: int) -> Running:
    return served(run).later(after).reported()


def mended(run: Running) -> Running:
    return reported(run, 10).later(4).rechecked(RecheckFinding.MENDED)


def _failed(run: Running) -> Running:
    """Post it in vain; the public notice still runs."""
    posted = issued(run).later(1).failed(ServiceWay.POST, "原址查无此人，邮件退回")
    return posted.later(2).sent(ServiceWay.PUBLIC)


def _fixed_too_late(run: Running) -> Running:
    """Serve it after its fixed date: the clock cannot start and the lead is told."""
    fixed = run.filled(
        run.order.demands,
        form=DeadlineForm.FIXED,
        days=None,
        fixed_on=run.day + timedelta(days=6),
    )
    return issued(fixed).later(7).served(ServiceWay.POST)


def _renewed(run: Running) -> Running:
    """Correct it in part and get the one new time."""
    again = reported(run, 11).later(3)
    return again.rechecked(RecheckFinding.PARTLY, new_days=20)


def _extended(run: Running) -> Running:
    return served(run).later(9).asked(10).later(1).extended()


def _asked(run: Running) -> Running:
    return served(run).later(9).asked(7)


def _late(run: Running) -> Running:
    """Correct it after it had fallen due."""
    return served(run).later(25).rechecked(RecheckFinding.MENDED)


S, WAY = OrderStatus, ServiceWay
STORIES: dict[str, Story] = {
    "draft": Story(1, UNLICENSED, S.DRAFT, lambda run: run),
    "submitted": Story(2, STANDARD, S.SUBMITTED, lambda run: run.submitted()),
    "approved": Story(3, PREPAID, S.APPROVED, approved),
    "issued": Story(4, UNLICENSED, S.ISSUED, issued, near=True),
    "failed": Story(20, LICENCE, S.ISSUED, _failed),
    "green": Story(5, FRAUD, S.SERVED, served, near=True),
    "amber": Story(15, UNLICENSED, S.SERVED, served, near=True),
    "electronic": Story(9, STANDARD, S.SERVED, lambda run: served(run, WAY.ELECTRONIC)),
    "asked": Story(12, DEVICE, S.SERVED, _asked),
    "extended": Story(18, UNLICENSED, S.SERVED, _extended),
    "held": Story(14, LICENCE, S.SERVED, lambda run: served(run, WAY.POST).later(3).held(10)),
    "renewed": Story(24, STANDARD, S.SERVED, _renewed),
    "reported": Story(16, PREPAID, S.REPORTED, lambda run: reported(run, 11), near=True),
    "recheck_late": Story(40, UNLICENSED, S.REPORTED, lambda run: reported(run, 12)),
    "overdue": Story(30, UNLICENSED, S.OVERDUE, served, near=True),
    "overdue_long": Story(45, FRAUD, S.OVERDUE, lambda run: served(run, WAY.LEFT)),
    "not_mended": Story(
        *(38, STANDARD, S.NOT_MENDED),
        lambda run: reported(run, 12).later(6).rechecked(RecheckFinding.NOT_MENDED),
    ),
    "referred": Story(44, LICENCE, S.REFERRED, lambda run: served(run).later(30).referred()),
    "mended": Story(36, UNLICENSED, S.MENDED, mended),
    "mended_long": Story(68, PREPAID, S.MENDED, mended),
    "mended_late": Story(60, UNLICENSED, S.MENDED_LATE, _late),
    "back": Story(64, FRAUD, S.MENDED_LATE, _late),
    "revoked": Story(26, DEVICE, S.OVERDUE, served),
    "at_touch": Story(8, POISON, S.SERVED, served),
    "ended": Story(22, PREPAID, S.ENDED, lambda run: served(run).later(8).ended()),
    "refused": Story(
        *(7, FRAUD, S.REFUSED),
        lambda run: run.submitted().later(1).refused("证据不足以认定欺诈，请补充调查后再报。"),
    ),
    "annulled": Story(
        *(10, STANDARD, S.VOID),
        lambda run: issued(run).later(1).annulled("当事人名称有误，重新制发。"),
    ),
    "discarded": Story(6, LICENCE, S.VOID, lambda run: run.discarded()),
    "fixed": Story(13, DEVICE, S.ISSUED, _fixed_too_late),
}
"""By name; the first district has all of them, the others those in ``SOME``."""

SOME = (
    *("draft", "submitted", "approved", "issued", "green", "amber", "asked", "reported"),
    *("overdue", "mended"),
)


def make_orders(district: District, names: Iterable[str], on: date) -> dict[str, Running]:
    """Tell these stories in a district; return each by its name."""
    told = {}
    for name in names:
        story = STORIES[name]
        pool = district.near if story.near else district.rest
        # Of a household no electronic address is public (readings 14).
        entity = next(one for one in pool if name != "electronic" or one.kind != Kind.HOUSEHOLD)
        run = touched(district, entity, story.act, on - timedelta(days=story.ago))
        told[name] = story.way(run)
    return told
