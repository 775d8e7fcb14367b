"""What a drafted version of the limits would do on its day, before anybody approves it.

Everyone is judged twice on that day, by the limits as they stand and by the draft, in transactions
that are rolled back; what differs between the two is the draft's own effect.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from core.errors import Refused
from core.jobs import Handle, enqueue
from core.models import Job
from membership import gate
from membership.runs import Order, rehearse
from policy.models import PolicyVersion
from staff.models import Bureau, User
from staff.permissions import demand

KIND = "rehearse_version"
DRAFT = PolicyVersion.Status.DRAFT
PUBLISHED = PolicyVersion.Status.PUBLISHED


@dataclass(frozen=True)
class EffectLine:
    """Moves of one place on the draft's day: with the draft, and with the limits as they stand."""

    label: str
    drafted_in: int
    drafted_out: int
    current_in: int
    current_out: int


def ask_rehearsal(version: PolicyVersion, *, by: User) -> Job:
    """Ask for the rehearsal of a draft; it is a job, because it judges everyone twice.

    Refuses what is no draft any more, and a second one while the first is waiting or running.
    """
    demand(by, "policy.draft")
    if version.status != DRAFT:
        raise Refused("", f"{version}已不是草案，不再试算。")
    last = last_rehearsal(version, by)
    if last is not None and last.is_open:
        raise Refused("", f"{version}的试算正在进行，请等待结果。")
    return enqueue(KIND, f"试算{version}的影响", by=by, params={"version": version.pk})


def last_rehearsal(version: PolicyVersion, viewer: User) -> Job | None:
    """Return the newest rehearsal of a version, where the viewer may see the city's jobs."""
    jobs = Job.objects.visible_to(viewer).filter(kind=KIND, params={"version": version.pk})
    return jobs.order_by("-id").first()


def work(handle: Handle) -> dict[str, Any]:
    """Rehearse a draft as a job; nothing is written, so it can be tried again at any time."""
    version = PolicyVersion.objects.get(pk=handle.job.params["version"])

    def reporter(phase: str) -> Callable[[str, int, int], None]:
        return lambda _, done, total: handle.progress(done, total, phase)

    _stands(version)
    current = rehearse(Order(on=version.since, report=reporter("按现行参数评估")))
    with transaction.atomic():
        _stands(version)
        PolicyVersion.objects.filter(pk=version.pk).update(status=PUBLISHED)
        drafted = rehearse(Order(on=version.since, report=reporter("按草案评估")))
        transaction.set_rollback(True)
    effect = {"current": _kept(current), "drafted": _kept(drafted)}
    return {**effect, "sentences": _sentences(version, effect)}


def _stands(version: PolicyVersion) -> None:
    """Refuse to rehearse what could not come into force as it was drafted."""
    version.refresh_from_db()
    if version.status != DRAFT:
        raise Refused("", f"{version}已不是草案，不再试算。")
    published = PolicyVersion.objects.filter(status=PUBLISHED)
    later = published.filter(since__gte=version.since).first()
    if later is not None:
        raise Refused("", f"{later}自{later.since}起施行，请撤回{version}后重新起草。")


def _kept(result: dict[str, Any]) -> dict[str, Any]:
    """Return what a job keeps of a rehearsal; keys of JSON are text."""
    by_bureau = {str(key): value for key, value in result["by_bureau"].items()}
    names = ("judged", "in", "out", "crossed", "first")
    return {name: result[name] for name in names} | {"by_bureau": by_bureau}


def _sentences(version: PolicyVersion, effect: dict[str, Any]) -> list[str]:
    drafted, current = effect["drafted"], effect["current"]
    said = [
        f"评估日{version.since}，共评估{drafted['judged']}户；什么也没有写入。",
        f"按{version}草案：移入{drafted['in']}户，移出{drafted['out']}户。",
        f"同一天按现行参数：移入{current['in']}户，移出{current['out']}户。",
    ]
    if drafted["first"]:
        said.append("还没有首次打标，以上为全部纳入的户数。")
    elif drafted["crossed"]:
        said.append("按草案的移动超过闸门，施行日的评估会暂停，须由市局负责人放行。")
    return said


def lines_of(result: dict[str, Any]) -> list[EffectLine]:
    """Return the city first, then each bureau with a move in either rehearsal."""
    if "drafted" not in result:
        return []
    drafted, current = result["drafted"], result["current"]
    keys = {int(key) for one in (drafted, current) for key in one["by_bureau"]} - {gate.CITY}
    named = dict(Bureau.objects.filter(pk__in=keys).values_list("pk", "short_name"))
    lines = [_line("全市", drafted, current)]
    for key, label in named.items():
        found = [one["by_bureau"].get(str(key), {"in": 0, "out": 0}) for one in (drafted, current)]
        if any(any(figures.values()) for figures in found):
            lines.append(_line(label, *found))
    return lines


def _line(label: str, drafted: dict[str, Any], current: dict[str, Any]) -> EffectLine:
    return EffectLine(label, drafted["in"], drafted["out"], current["in"], current["out"])
