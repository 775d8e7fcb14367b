"""What an approval makes: zones with their bureau, area and roster; longer, joined and ended ones.

It runs in one transaction with the step. The roster is written by ``zones.rosters``, which
announces a FactChange for exactly the entities concerned. ``membership.preview`` runs it to show
what it would do, and rolls it back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date

from django.db.models import Q
from django.utils import timezone

from core.errors import Refused
from core.scope import ScopedQuerySet
from entities.actions.base import action
from entities.models import Entity
from entities.names import folded
from staff.models import User
from zones.actions.base import lock_for, move, need_opinion
from zones.areas import words_of
from zones.choices import DeclarationKind, FilingWay, Outcome
from zones.findings import SHOWN, Faults, faults_of
from zones.models import (
    Declaration,
    DeclaredEntity,
    DeclaredZone,
    RosterEntry,
    Zone,
    ZoneArea,
    ZoneBureau,
)
from zones.rosters import enter, remove

WHY = "carrying out an approved declaration"
BATCH = 500
WITH_ROSTER = (DeclarationKind.NEW, DeclarationKind.EXTEND)


@action
def approve(
    declaration: Declaration,
    *,
    revision: int,
    refused_zones: Mapping[int, str] | None = None,
    refused_rows: Mapping[int, str] | None = None,
    opinion: str = "",
    by: User,
    on: date,
) -> Declaration:
    """Approve a declaration, in part where zones or rows are refused, and carry it out.

    ``refused_zones`` and ``refused_rows`` map the keys of declared zones and roster rows to the
    reason. What became wrong since the submission is found anew: a row with an error of today stays
    out with that sentence, an error of an approved zone or of the whole refuses.
    It takes effect on the declaration's day, on ``on`` where it names none; that day is not before
    the declaration was filed (for what came by mail: received).
    """
    found = lock_for("approve", declaration, by, revision)
    since = found.since or on
    not_before_filing(found, since)
    faults = faults_of(found, on)
    approved = _mark_zones(found, refused_zones or {})
    _demand_faultless(faults, approved)
    left_out = _mark_rows(found, approved, refused_rows or {}, faults.rows)
    if found.kind in WITH_ROSTER:
        _demand_rosters(approved)
    done = move(
        *(found, "approve"),
        by=by,
        opinion=_with_left_out(opinion.strip(), left_out),
        since=since,
        decided_by=by,
        decided_at=timezone.now(),
    )
    _lock_zones(approved)
    for zone in approved:
        _CARRY_OUT[done.kind](done, zone, by)
    return done


def filing_day(declaration: Declaration) -> date:
    """Return the day on which a declaration was filed, or came by mail."""
    if declaration.way == FilingWay.MAIL and declaration.mail_received_on is not None:
        return declaration.mail_received_on
    return timezone.localdate(declaration.filed_at)


def not_before_filing(declaration: Declaration, since: date) -> None:
    """Refuse a first day before the filing: membership would reach back to before anybody asked."""
    if declaration.since is not None and since < filing_day(declaration):
        raise Refused(
            "5.2",
            f"生效日{since}早于申报日{filing_day(declaration)}，请退回改为申报日以后的日期。",
        )


def _mark_zones(declaration: Declaration, refused: Mapping[int, str]) -> list[DeclaredZone]:
    """Write the outcome of each zone; return those approved."""
    zones = list(
        DeclaredZone.objects.for_system(WHY)
        .filter(declaration=declaration)
        .select_related("target", "into")
        .order_by("position", "pk")
    )
    _demand_own(refused, {zone.pk for zone in zones})
    for zone in zones:
        reason = refused.get(zone.pk)
        zone.outcome = Outcome.APPROVED if reason is None else Outcome.REFUSED
        zone.opinion = "" if reason is None else need_opinion(reason, f"不批准“{zone}”的理由")
    approved = [zone for zone in zones if zone.outcome == Outcome.APPROVED]
    if not approved:
        raise Refused("5.2", "没有批准任何区域；全部不同意的，请办理“不予批准”。")
    DeclaredZone.objects.for_system(WHY).bulk_update(zones, ["outcome", "opinion"])
    rows = DeclaredEntity.objects.for_system(WHY)
    refused_zones = [zone.pk for zone in zones if zone not in approved]
    _say(rows.filter(declared_zone__in=refused_zones), Outcome.REFUSED, "")
    return approved


def _demand_faultless(faults: Faults, approved: Sequence[DeclaredZone]) -> None:
    """Refuse while something is wrong with the whole or with a zone that would be approved."""
    said = [*faults.zones.get(None, ())]
    said += [message for zone in approved for message in faults.zones.get(zone.pk, ())]
    if said:
        first = "；".join(message.rstrip("。") for message in said[:SHOWN])
        raise Refused(
            "5.2",
            f"提交后出现{len(said)}处错误，不能批准：{first}。请退回补正，或不批准有关区域。",
        )


def _mark_rows(
    declaration: Declaration,
    approved: Sequence[DeclaredZone],
    refused: Mapping[int, str],
    faults: Mapping[int, str],
) -> int:
    """Write the outcome of each row of the approved zones; return how many an error keeps out.

    What the register lacks stays out, and so does who has an error by now. A row that is refused
    in a zone which is refused as a whole needs no reason of its own.
    """
    every = DeclaredEntity.objects.for_system(WHY).filter(declared_zone__declaration=declaration)
    _demand_own(refused, set(every.filter(pk__in=list(refused)).values_list("pk", flat=True)))
    rows = DeclaredEntity.objects.for_system(WHY).filter(
        declared_zone__in=[zone.pk for zone in approved]
    )
    named = list(rows.filter(pk__in={*refused, *faults}))
    for row in named:
        row.outcome = Outcome.REFUSED
        if row.pk in refused:
            row.opinion = need_opinion(refused[row.pk], f"不列入“{row}”的理由")
        else:
            row.opinion = faults[row.pk]
    rows.bulk_update(named, ["outcome", "opinion"], batch_size=BATCH)
    others = rows.exclude(pk__in=[row.pk for row in named])
    _say(others.filter(entity=None), Outcome.REFUSED, "登记库中没有该主体")
    _say(others.exclude(entity=None), Outcome.APPROVED, "")
    return sum(row.pk not in refused for row in named)


def _say(rows: ScopedQuerySet, outcome: Outcome, opinion: str) -> None:
    """Write an outcome in batches: the history of a statement compares each old row with each new.

    Its plan was made for the first statement of the connection, mostly one of few rows.
    """
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    plain = DeclaredEntity.objects.for_system(WHY)
    for start in range(0, len(keys), BATCH):
        plain.filter(pk__in=keys[start : start + BATCH]).update(outcome=outcome, opinion=opinion)


def _demand_rosters(approved: Sequence[DeclaredZone]) -> None:
    """Refuse a zone of whose roster nobody is left."""
    listed = DeclaredEntity.objects.for_system(WHY).filter(
        declared_zone__in=[zone.pk for zone in approved], outcome=Outcome.APPROVED
    )
    held = set(listed.values_list("declared_zone_id", flat=True))
    for zone in approved:
        if zone.pk not in held:
            raise Refused("5.2", f"“{zone}”的名册没有可列入的主体，请不批准该区域或退回补正。")


def _with_left_out(opinion: str, number: int) -> str:
    """Let the step say how many rows an error of the day kept out."""
    if not number:
        return opinion
    return f"{opinion}（{number}户在批准时有错误，未列入名册，原因见名册行）"


def _demand_own(named: Mapping[int, str], own: set[int]) -> None:
    if set(named) - own:
        raise Refused("5.2", "所选区域或名册行不在该申报中，请刷新后重新选择。")


def _names(zone: DeclaredZone) -> dict[int, str]:
    """Return the approved roster of a declared zone: entity to name, the first of two rows."""
    rows = DeclaredEntity.objects.for_system(WHY).filter(
        declared_zone=zone, outcome=Outcome.APPROVED, entity__isnull=False
    )
    pairs = rows.order_by("-position", "-pk").values_list("entity_id", "name", "entity__name")
    return {entity: name or registered for entity, name, registered in pairs}


def _since(declaration: Declaration) -> date:
    since = declaration.since
    assert since is not None, "An approved declaration has its day."
    return since


def _found(declaration: Declaration, line: DeclaredZone, by: User) -> None:
    """Make the zone of a first declaration, with its bureau, area and roster."""
    since = _since(declaration)
    cause = f"区域批准（申报{declaration.pk}）"
    zone = Zone(
        name=line.name,
        zone_type=line.zone_type,
        type_text=line.own_words,
        address=line.address,
        bureau_id=declaration.bureau_id,
        since=since,
    )
    zone.save(force_insert=True)
    ZoneBureau(
        zone=zone, bureau_id=declaration.bureau_id, since=since, recorded_by=by, source=cause
    ).save(force_insert=True)
    names = _names(line)
    _write_area(zone, line.address, names, since, by, cause)
    enter(zone, names, since=since, by=by, cause=cause)
    _remember(line, zone)


def _extend(declaration: Declaration, line: DeclaredZone, by: User) -> None:
    """Add an area and its entities to a zone."""
    since = _since(declaration)
    cause = f"扩大范围（申报{declaration.pk}）"
    zone = _open_zone(line.target_id, declaration)
    names = _names(line)
    _write_area(zone, line.address, names, since, by, cause)
    enter(zone, names, since=since, by=by, cause=cause)
    _remember(line, zone)


def _merge(declaration: Declaration, line: DeclaredZone, by: User) -> None:
    """Let a zone go into another from a day on: its roster under the same names, and its areas."""
    since = _since(declaration)
    cause = f"区域合并（申报{declaration.pk}）"
    zone = _open_zone(line.target_id, declaration)
    into = _open_zone(line.into_id, declaration)
    for area in _areas(zone, since):
        area.copy(zone=into, since=max(area.since, since), recorded_by=by, source=cause).save(
            force_insert=True
        )
    _let_over(zone, into, since, by, cause)
    remove(zone, _standing(zone, since), on=since, by=by, cause=cause)
    _close(zone, since, f"并入{into.name}", by, merged_into=into)
    _remember(line, into)


def _let_over(zone: Zone, into: Zone, since: date, by: User, cause: str) -> None:
    """Let who stands on a roster stand on another from a day on, on the same days.

    Who is to come later comes then; who is to leave leaves then, but for those on the other roster
    by themselves.
    """
    theirs = set(_standing(into, since))
    coming: dict[date, dict[int, str]] = defaultdict(dict)
    leaving: dict[date, list[int]] = defaultdict(list)
    for row in _entries(zone, since):
        coming[max(row.since, since)][row.entity_id] = row.occupant.name
        if row.until is not None and row.entity_id not in theirs:
            leaving[row.until].append(row.entity_id)
    for day, names in sorted(coming.items()):
        enter(into, names, since=day, by=by, cause=cause)
        for last in sorted(leaving):
            gone = [pk for pk in leaving[last] if pk in names and last > day]
            if gone:
                remove(into, gone, on=last, by=by, cause=cause)


def _end(declaration: Declaration, line: DeclaredZone, by: User) -> None:
    """End a zone and its whole roster."""
    since = _since(declaration)
    zone = _open_zone(line.target_id, declaration)
    cause = f"区域终止（申报{declaration.pk}）"
    remove(zone, _standing(zone, since), on=since, by=by, cause=cause)
    _close(zone, since, declaration.reason or "区域终止", by)
    _remember(line, zone)


_CARRY_OUT: Mapping[str, Callable[[Declaration, DeclaredZone, User], None]] = {
    DeclarationKind.NEW: _found,
    DeclarationKind.EXTEND: _extend,
    DeclarationKind.MERGE: _merge,
    DeclarationKind.END: _end,
}


def lock_all(declarations: Collection[int]) -> None:
    """Lock declarations that are approved together, then their zones, each by key."""
    rows = Declaration.objects.for_system(WHY).filter(pk__in=list(declarations)).order_by("pk")
    list(rows.select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))
    lines = DeclaredZone.objects.for_system(WHY).filter(declaration__in=list(declarations))
    _lock_zones(list(lines))


def _lock_zones(lines: Sequence[DeclaredZone]) -> None:
    """Lock every zone that the lines change, by key, before a roster is written."""
    keys = {key for line in lines for key in (line.target_id, line.into_id) if key}
    rows = Zone.objects.for_system(WHY).filter(pk__in=keys).order_by("pk")
    list(rows.select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))


def _open_zone(key: int | None, declaration: Declaration) -> Zone:
    """Lock and return a zone of the declaration's bureau that has not ended."""
    zone = (
        Zone.objects.for_system(WHY)
        .filter(pk=key or 0)
        .select_for_update(no_key=True, of=("self",))
        .first()
    )
    if zone is None or zone.bureau_id != declaration.bureau_id:
        raise Refused("5.2", "变更的区域不在申报单位名下，可能已移交，请退回申报单位核对。")
    if zone.until is not None:
        raise Refused("5.2", f"“{zone}”已自{zone.until}起终止，不能再变更，请退回申报单位核对。")
    if zone.since > _since(declaration):
        raise Refused("5.2", f"“{zone}”自{zone.since}起生效，变更的生效日不能更早。")
    return zone


def _standing(zone: Zone, since: date) -> dict[int, str]:
    """Return who stands on a zone's roster on a day or later, with the name it stands under."""
    return {row.entity_id: row.occupant.name for row in _entries(zone, since)}


def _entries(zone: Zone, since: date) -> list[RosterEntry]:
    rows = RosterEntry.objects.for_system(WHY).current().select_related("occupant")
    return list(rows.filter(Q(until=None) | Q(until__gt=since), occupant__zone=zone))


def _areas(zone: Zone, since: date) -> list[ZoneArea]:
    rows = ZoneArea.objects.for_system(WHY).current()
    return list(rows.filter(Q(until=None) | Q(until__gt=since), zone=zone).order_by("pk"))


def _write_area(
    zone: Zone, address: str, roster: Collection[int], since: date, by: User, cause: str
) -> None:
    """Write the area by the words of an address, unless the roster itself gives them the lie.

    Words that fewer than half of the registered addresses on it bear would have the rest proposed
    as having moved away.
    """
    words = words_of(address)
    entities = Entity.objects.for_system(WHY).filter(pk__in=list(roster)).exclude(address="")
    told = [folded(words) in folded(one) for one in entities.values_list("address", flat=True)]
    if words and 2 * sum(told) >= len(told):
        area = ZoneArea(zone=zone, words=words, since=since, recorded_by=by, source=cause)
        area.save(force_insert=True)


def _close(
    zone: Zone, since: date, because: str, by: User, merged_into: Zone | None = None
) -> None:
    """End a zone with its areas and its bureau's answering for it."""
    bureaus = ZoneBureau.objects.for_system(WHY).current()
    reaching = bureaus.filter(Q(until=None) | Q(until__gt=since), zone=zone)
    for row in (*_areas(zone, since), *reaching):
        row.close(since, by=by, source=because)
    zone.until, zone.ended_because, zone.merged_into = since, because[:200], merged_into
    zone.save(update_fields=["until", "ended_because", "merged_into"])


def _remember(line: DeclaredZone, zone: Zone) -> None:
    line.zone = zone
    line.save(update_fields=["zone"])
