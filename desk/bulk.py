"""Verbs on many entities: which there are, the entities fixed beforehand, and the work itself.

What is ticked, or what a list's conditions mean, is fixed as keys when the confirm page opens and
kept in the session under a token, so that exactly what was counted is what is done.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.urls import reverse

from core.errors import Refused
from core.jobs import Handle, enqueue
from desk.forms import bulk as forms
from entities.actions.base import MOST
from entities.models import Entity
from membership.models import GroundName
from membership.queries import inside
from staff.models import User

KIND = "bulk"
DIRECT = 500
"""Up to so many entities the page itself does the work; more become a job with progress."""
SESSION_KEY = "bulk"
KEPT = 2


@dataclass(frozen=True)
class BulkVerb:
    """A verb on many entities: who may, its form, what it brings, its clause."""

    label: str
    verb: str
    form: type[forms.BulkForm]
    effect: str
    clause: str


BULK_VERBS: dict[str, BulkVerb] = {
    "propose-four-new": BulkVerb(
        "建议认定“四新”",
        "four_new.propose",
        forms.BulkPropose,
        "建议报市局决定；决定前不改变纳入情形。",
        "5.2",
    ),
    "mark-four-new": BulkVerb(
        "标为“四新”",
        "four_new.decide",
        forms.BulkMark,
        "标注后符合其他条件的移入“区域外‘四新’”情形，已在内的不变。",
        "5.2",
    ),
    "unmark-four-new": BulkVerb(
        "取消“四新”标识",
        "four_new.decide",
        forms.BulkUnmark,
        "取消后移出“区域外‘四新’”情形；没有标识的跳过。",
        "5.2",
    ),
    "state-safety": BulkVerb(
        "认定安全领域",
        "safety.state",
        forms.BulkSafety,
        "认定涉及的移出信用沙盒；认定不涉及的，其他条件符合即移入。",
        "3.2",
    ),
}


@dataclass(frozen=True)
class Frozen:
    """Entities fixed for one verb, and the list's conditions to go back to."""

    verb: str
    ids: list[int]
    query: str


def freeze(session: SessionBase, verb: str, ids: Sequence[int], query: str) -> str:
    """Keep the keys under a new token; refuse none and too many."""
    if not ids:
        raise Refused("", "没有选中任何主体，请先勾选后再操作。")
    if len(ids) > MOST:
        raise Refused(
            "", f"一次最多办理{MOST:,}户，符合条件的超过此数，请增加区县、行业等条件缩小范围。"
        )
    token = uuid.uuid4().hex
    kept = dict(session.get(SESSION_KEY, {}))
    kept[token] = {"verb": verb, "ids": list(ids), "query": query}
    session[SESSION_KEY] = dict(list(kept.items())[-KEPT:])
    return token


def frozen(session: SessionBase, verb: str, token: str) -> Frozen | None:
    kept = session.get(SESSION_KEY, {}).get(token)
    return Frozen(**kept) if kept and kept["verb"] == verb else None


def standing_counts(ids: Sequence[int], by: User, on: date) -> dict[str, int]:
    """Return how many of the entities stand on each ground now, by the ground's label."""
    entities = Entity.objects.visible_to(by).filter(pk__in=ids)
    return {g.label: entities.filter(inside(on, ground=g.value)).count() for g in GroundName}


def begin(
    verb: str, form: forms.BulkForm, ids: Sequence[int], *, by: User
) -> tuple[str, list[str]]:
    """Do it now, or leave it to a job where there are many; return where to go on and
    what to say.
    """
    if len(ids) <= DIRECT:
        result = form.carry_out(ids, by)
        return address_of(result), result["sentences"]
    data = {name: form[name].data for name in form.fields}
    params = {"verb": verb, "data": data, "ids": list(ids), "on": form.on.isoformat()}
    title = f"{BULK_VERBS[verb].label}（{len(ids):,}户）"
    return reverse("desk:job-detail", args=(enqueue(KIND, title, by=by, params=params).pk,)), []


def address_of(result: dict[str, Any]) -> str:
    """Return the page that shows a result item by item."""
    if "operation" in result:
        return reverse("desk:operation-detail", args=(result["operation"],))
    batch = result["batch"]
    return f"{reverse('desk:proposal-list')}?state=all" + (f"&batch={batch}" if batch else "")


def work(handle: Handle) -> dict[str, Any]:
    """Do the job kind "bulk"; params: verb, data (the form's fields), ids, on (ISO day).

    One transaction that also keeps the result, so a second attempt finds it done.
    """
    job = handle.job
    if "result" in job.checkpoint:
        return job.checkpoint["result"]
    if job.started_by is None:
        raise Refused("", "该批次没有操作人，不能办理，请重新提交。")
    ids = job.params["ids"]
    form = BULK_VERBS[job.params["verb"]].form(
        job.params["data"], count=len(ids), on=date.fromisoformat(job.params["on"])
    )
    if not form.is_valid():
        raise Refused("", "该批次的填写内容已不可用，请重新提交。")
    handle.progress(0, len(ids), "办理")
    with transaction.atomic():
        result = form.carry_out(ids, job.started_by)
        handle.keep(result=result)
    handle.progress(len(ids), len(ids), "完成")
    return result
