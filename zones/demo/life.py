"""Zones of the demonstration with their rosters, and what happens to them; by the real verbs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q

from entities.choices import Status
from entities.demo import pools
from entities.models import Entity, EntityStatus
from staff.models import Bureau, User
from zones.actions.changes import decide_change, file_change, note_change
from zones.actions.handing import hand_over, to_hand
from zones.actions.liaison import add_contact, answer, finish_task, make_task, record
from zones.actions.notes import follow
from zones.actions.proposals import month_of, propose
from zones.choices import ContactRole, LiaisonKind, ProposalStatus, RosterMove
from zones.models import Occupant, RosterProposal, Zone, ZoneArea, ZoneBureau
from zones.rosters import enter

WHY = "generating the demonstration"
SOURCE = "演示数据"
SINCE = date(2024, 9, 1)
LEFT_OUT = 2
"""So many entities at a zone's address are not on its roster, so that proposals name them."""


@dataclass(frozen=True)
class Sketch:
    """A zone to be made: whose, its name and type, and its bureau before the reorganisation."""

    bureau: str
    name: str
    zone_type: str
    before: str = ""


SKETCHES = (
    Sketch("liangjiang", "江北嘴金融城", "free_trade_area", before="jiangbei"),
    Sketch("liangjiang", "两江人工智能示范园", "park"),
    Sketch("yuzhong", "解放碑创业创新园", "startup_park"),
    Sketch("shapingba", "西永综合创新园", "park"),
    Sketch("shapingba", "磁器口孵化园", "incubator"),
)


@dataclass(frozen=True)
class People:
    """Who works in a bureau of the demonstration, and in the city."""

    officer: User
    lead: User
    station: User
    city: User


def people_of(prefix: str) -> People:
    found = {row.username: row for row in User.accounts.for_system(WHY).all()}
    return People(
        officer=found[f"{prefix}01"],
        lead=found[f"{prefix}02"],
        station=found[f"{prefix}03"],
        city=found["city01"],
    )


def make_zones(prefixes: dict[str, str], on: date) -> list[Zone]:
    """Make the zones with their rosters; ``prefixes`` maps a bureau's code to its accounts'."""
    bureaus = {row.code: row for row in Bureau.objects.all()}
    zones = []
    for number, sketch in enumerate(SKETCHES):
        bureau = bureaus[sketch.bureau]
        roads = _roads(bureau)
        if len(roads) <= number:
            continue  # so few entities that the bureau has no road for this zone
        zone = _make(sketch, bureaus, roads[number], on)
        _fill(zone, bureau, roads[number])
        zones.append(zone)
    city = people_of(prefixes["yuzhong"]).city
    for one in to_hand(on):
        if one.to is not None and one.to.since:
            since = max(one.to.since, one.zone.since)
            hand_over([one.zone], one.to, since=since, reason="区划调整", by=city, on=on)
    return zones


def _roads(bureau: Bureau) -> list[str]:
    """Return the roads of a bureau's entities, those with the most entities first."""
    living = Entity.objects.for_system(WHY).filter(bureau=bureau, status=Status.ACTIVE)
    counts = living.aggregate(
        **{
            f"n{number}": Count("pk", filter=Q(address__contains=road))
            for number, road in enumerate(pools.ROADS)
        }
    )
    ranked = sorted(enumerate(pools.ROADS), key=lambda pair: -counts[f"n{pair[0]}"])
    return [road for number, road in ranked if counts[f"n{number}"] > LEFT_OUT]


def _make(sketch: Sketch, bureaus: dict[str, Bureau], road: str, on: date) -> Zone:
    bureau = bureaus[sketch.bureau]
    first = bureaus[sketch.before] if sketch.before else bureau
    since = SINCE if sketch.before or not bureau.since else max(SINCE, bureau.since)
    district = bureau.short_name.removesuffix("局")
    zone = Zone(
        name=sketch.name,
        zone_type=sketch.zone_type,
        address=f"重庆市{district}{'' if district.endswith('区') else '区'}{road}1号",
        bureau=first,
        since=since,
    )
    zone.save(force_insert=True)
    ZoneBureau(zone=zone, bureau=first, since=since, source=SOURCE).save()
    ZoneArea(zone=zone, words=road, since=since, source=SOURCE).save()
    return zone


def _fill(zone: Zone, bureau: Bureau, road: str) -> None:
    """Enter who is at the road but the last, and one from elsewhere, who will be asked about."""
    rows = Entity.objects.for_system(WHY).filter(bureau=bureau, status=Status.ACTIVE)
    there = list(rows.filter(address__contains=road).order_by("pk")[:200])
    others = list(rows.exclude(address__contains=road).order_by("pk")[:1])
    chosen = {row.pk: row.name for row in (*there[:-LEFT_OUT], *others)}
    enter(zone, chosen, since=zone.since, by=None, cause=SOURCE)


def live(zone: Zone, people: People, on: date) -> None:
    """Let a zone have contacts, a log, changes of its roster, notes and proposals."""
    _liaise(zone, people, on)
    _become(zone, on)
    follow(None, on)
    _change(zone, people, on)


def _liaise(zone: Zone, people: People, on: date) -> None:
    by = people.officer
    for role, organisation, person, phone in (
        (ContactRole.COMMITTEE, f"{zone.name}管理委员会", "李晓明", "13900000001"),
        (ContactRole.MANAGER, "重庆试验物业管理有限公司", "王芳", "023-60000002"),
        (ContactRole.STREET, "街道经济发展办公室", "张强", "13900000003"),
    ):
        add_contact(
            zone,
            role=role,
            organisation=organisation,
            person=person,
            phone=phone,
            by=by,
            on=on,
        )
    days = [on - timedelta(days=number) for number in (40, 21, 9, 3)]
    record(zone, LiaisonKind.MEETING, days[0], "季度联席会议", text="通报名册变动。", by=by, on=on)
    clue = record(
        *(zone, LiaisonKind.CLUE, days[1], "物业反映一户食品经营未公示许可证"),
        people="物业王芳",
        by=people.station,
        on=on,
    )
    due = on + timedelta(days=7)
    first = make_task(clue, "现场核查", assignee=people.station, due_on=due, by=by, on=on)
    finish_task(first, "已现场核查，当事人当日公示。", by=people.station, on=on)
    make_task(clue, "一个月后回访", assignee=by, due_on=due, by=people.lead, on=on)
    asked = record(*(zone, LiaisonKind.REQUEST, days[2], "企业询问广告用语合规要求"), by=by, on=on)
    answer(asked, "已送达广告合规指引并电话说明。", by=by, on=on)
    record(zone, LiaisonKind.REQUEST, days[3], "企业希望集中办理年报辅导", by=by, on=on)
    record(zone, LiaisonKind.HELP, days[3], "上门辅导公平竞争合规", by=by, on=on)


def _become(zone: Zone, on: date) -> None:
    """Let one entity of the roster have another name by now, and one have ended lately."""
    rows = Occupant.objects.for_system(WHY).filter(zone=zone).select_related("entity")
    first, second = rows.order_by("pk")[:2]
    first.name = first.entity.name.replace("重庆", "重庆市", 1)
    first.save(update_fields=("name",))
    statuses = EntityStatus.objects.for_system(WHY).in_force(on).filter(entity=second.entity_id)
    held, since = statuses.get(), on - timedelta(days=5)
    if held.since < since:
        held.close(since, source=SOURCE)
        EntityStatus(
            entity_id=second.entity_id, status=Status.DEREGISTERED, since=since, source=SOURCE
        ).save()
        Entity.objects.for_system(WHY).filter(pk=second.entity_id).update(
            status=Status.DEREGISTERED
        )


def _change(zone: Zone, people: People, on: date) -> None:
    """File three changes: one waits, one is approved, one the city has noted."""
    taken = Occupant.objects.for_system(WHY).values("entity")
    free = Entity.objects.for_system(WHY).filter(bureau=zone.bureau, status=Status.ACTIVE)
    fresh = list(free.exclude(pk__in=taken).order_by("-pk")[:3])
    for number, entity in enumerate(fresh):
        change = file_change(
            zone,
            {entity.pk: RosterMove.ADD},
            since=on,
            reason="新入驻区内，已实地核实。",
            by=people.officer,
            on=on,
        )
        if number:
            decide_change(change, approve=True, opinion="同意", by=people.lead, on=on)
        if number > 1:
            note_change(change, by=people.city, on=on)


def ask(zones: Sequence[Zone], on: date) -> int:
    """Match addresses as the first night of a month does; return how many proposals wait."""
    propose(month_of(on), on)
    rows = RosterProposal.objects.for_system(WHY).filter(zone__in=[zone.pk for zone in zones])
    return rows.filter(status=ProposalStatus.OPEN).count()
