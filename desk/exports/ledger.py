"""Exports of membership: who is inside on a day, and the decisions that moved grounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from desk.decisions import NAMES, narrowed
from desk.exports.entities import CODE, DISTRICT, NAME, STATION
from desk.exports.kinds import Column, ExportKind, Query, Said
from membership.models import Decision, Ground, GroundName
from membership.queries import GROUND_CLAUSES, ledger_line, members
from policy.clauses import CLAUSES
from staff.models import User

ZONE = Column("所在区域", "区域类情形的区域名称，为现状", 28)

MEMBER_COLUMNS = {
    "code": CODE,
    "name": NAME,
    "ground": Column("纳入情形", "每条纳入情形一行", 22),
    "zone": ZONE,
    "since": Column("纳入自", "该情形的起始日", 12),
    "clause": Column("条款", "该情形所依据的政策条款", 10),
    "district": DISTRICT,
    "bureau": Column("监管机关", "属地市场监管局，为现状", 16),
    "station": STATION,
}


def _members(query: Query, user: User) -> QuerySet:
    found: Any = members(query.on, query.known)
    rows = found.visible_to(user)
    if (ground := query.data.get("ground")) in GroundName.values:
        rows = rows.filter(ground=ground)
    return rows.order_by("entity_id", "ground", "occupant")


def _read_members(keys: Sequence[int], query: Query, user: User) -> Iterator[dict[str, Any]]:
    rows = Ground.objects.visible_to(user).filter(pk__in=list(keys))
    places = ("entity__district", "entity__bureau", "entity__station", "occupant__zone")
    for row in rows.select_related("entity", *places).order_by("entity_id", "ground", "occupant"):
        ground = GroundName(row.ground)
        yield {
            "code": row.entity.code,
            "name": row.entity.name,
            "ground": ground.label,
            "zone": row.occupant.zone.name if row.occupant else "",
            "since": row.since,
            "clause": CLAUSES[GROUND_CLAUSES[ground]].label,
            "district": row.entity.district,
            "bureau": row.entity.bureau,
            "station": row.entity.station,
        }


def _said_of_members(query: Query, user: User) -> Said:
    ground = query.data.get("ground")
    return [("纳入情形", GroundName(ground).label)] if ground in GroundName.values else []


MEMBERS = ExportKind(
    label="在沙盒内名单",
    verb="membership.export",
    unit="条",
    columns=MEMBER_COLUMNS,
    rows=_members,
    read=_read_members,
    said=_said_of_members,
    names=("ground",),
    named="entity__name",
)

DECISION_COLUMNS = {
    "recorded_at": Column("登记时间", "决定写入台账的时间", 18),
    "move": Column("移动", "移入或移出", 8),
    "day": Column("生效日", "移入移出的生效日", 12),
    "code": CODE,
    "name": NAME,
    "ground": Column("纳入情形", "移动的纳入情形", 22),
    "zone": ZONE,
    "cause": Column("事由", "引起移动的事实变动", 24),
    "findings": Column("当时的说明", "决定时各规则的说明，不再修改", 70),
    "version": Column("参数版本", "决定所依据的参数版本号", 10),
    "run": Column("评估", "作出决定的评估编号", 10),
}


def _decisions(query: Query, user: User) -> QuerySet:
    return narrowed(Decision.objects.visible_to(user), query.data)[0].order_by("-pk")


def _read_decisions(keys: Sequence[int], query: Query, user: User) -> Iterator[dict[str, Any]]:
    rows = Decision.objects.visible_to(user).filter(pk__in=list(keys))
    along = ("entity", "policy_version", "occupant__zone")
    for decision in rows.select_related(*along).order_by("-pk"):
        line = ledger_line(decision)
        yield {
            "recorded_at": f"{timezone.localtime(line.recorded_at):%Y-%m-%d %H:%M}",
            "move": line.move_label,
            "day": line.day,
            "code": decision.entity.code,
            "name": decision.entity.name,
            "ground": GroundName(line.ground).label,
            "zone": decision.occupant.zone.name if decision.occupant else "",
            "cause": line.cause,
            "findings": "；".join(finding.sentence for finding in line.findings),
            "version": line.policy_version,
            "run": decision.run_id,
        }


DECISIONS = ExportKind(
    label="移入移出决定",
    verb="membership.export",
    unit="条",
    columns=DECISION_COLUMNS,
    rows=_decisions,
    read=_read_decisions,
    said=lambda query, user: [
        (chip["label"], chip["value"])
        for chip in narrowed(Decision.objects.visible_to(user), query.data)[1]
    ],
    names=NAMES,
    named="entity__name",
    back="desk:decision-list",
    of_today=True,
)
