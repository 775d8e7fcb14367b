"""Reads over the ledger: who is inside, why, and what moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet

from core.dated import in_force
from entities.models import Entity, FactChange
from membership.evaluation import (
    ENTITIES,
    OCCUPANTS,
    joined,
    outcome_of,
    says,
    zone_of_entity,
)
from membership.findings import (
    Explanation,
    Fact,
    Finding,
    GroundFinding,
    LedgerLine,
    Outcome,
)
from membership.models import Decision, Ground, GroundName, Watch
from membership.rules import BY_KEY, RULES, Rule, reviews, rules_of
from membership.rules.base import OUTCOMES, Moment
from membership.rules.exclusion import RedLineRemoval
from membership.rules.zone import OnRoster
from membership.turning import TABLES
from membership.wordings import templates
from policy.clauses import CLAUSES
from policy.limits import limits_in_force
from redline.models import Removal, RemovalSpan

GROUND_CLAUSES = {GroundName.ZONE: "3.1", GroundName.FOUR_NEW: "3.1", GroundName.CREDIT: "3.2"}
WHY = "explaining one entity the caller may see"


def inside(on: date, known: datetime | None = None, ground: str | None = None) -> Exists:
    """Return the condition, on an Entity queryset, of having an open ground on a day."""
    grounds = Ground.objects.filter(in_force(on, known), entity=OuterRef("pk"))
    return Exists(grounds.filter(ground=ground) if ground else grounds)


def watched(on: date, column: str, known: datetime | None = None) -> Exists:
    """Return the condition of being on 待核实 (``"undecided"``) or 重点关注 (``"review"``)."""
    rows = Watch.objects.filter(in_force(on, known), entity=OuterRef("pk"))
    return Exists(rows.exclude(**{column: []}))


def members(on: date, known: datetime | None = None) -> QuerySet[Ground]:
    """Return the grounds open on a day, as known at an instant; still to be scoped."""
    return Ground.objects.filter(in_force(on, known))


def explain(entity: Entity, on: date, known: datetime | None = None) -> Explanation:
    """Explain why an entity is inside or outside, by the same expressions that decided it."""
    limits, moment = limits_in_force(on, known), Moment(on, known)
    row = _facts_of(entity, moment, limits)
    findings = {rule.key: _finding(rule, row, limits) for rule in RULES}
    opened = dict(
        Ground.objects.for_system(WHY)
        .filter(in_force(on, known), entity=entity, occupant=None)
        .values_list("ground", "since")
    )
    zones = _zones_of(entity, moment, limits, findings)
    if not zones:
        zones = (_ground_finding(GroundName.ZONE, row, None, findings),)
    grounds = zones + tuple(
        _ground_finding(ground, row, opened.get(ground.value), findings)
        for ground in ENTITIES.grounds
    )
    held = {ground.ground for ground in grounds if ground.is_open}
    waiting = FactChange.objects.for_system("whether settle is still to come").filter(
        entity=entity, taken_by=None, from_day__lte=on
    )
    return Explanation(
        entity_id=entity.pk,
        code=entity.code,
        name=entity.name,
        on=on,
        known=known,
        inside=bool(held),
        verdict=_verdict(grounds),
        grounds=grounds,
        review=tuple(
            findings[rule.key]
            for rule in reviews()
            if findings[rule.key].outcome == Outcome.NOT_MET
            and any(ground in held for ground in rule.grounds)
        ),
        policy_version=limits.version.number,
        pending=waiting.exists(),
        next_turning=next_turning(entity, on),
    )


def _zones_of(
    entity: Entity, moment: Moment, limits: Mapping[str, Any], findings: Mapping[str, Finding]
) -> tuple[GroundFinding, ...]:
    """Return a finding for each zone on whose roster the entity is, or whose ground is open.

    The exclusions are the entity's, so ``findings`` holds them already.
    """
    columns = {
        says(GroundName.ZONE): outcome_of(GroundName.ZONE, limits),
        **_columns(OnRoster, OnRoster.code(limits)),
        "occupant": F("pk"),
        "name_of_zone": F("zone__name"),
        "open_since": F(f"open_{GroundName.ZONE}__since"),
    }
    rows = (
        joined(moment, OCCUPANTS)
        .filter(entity=entity)
        .annotate(**columns)
        .filter(Q(roster_fact__id__isnull=False) | Q(open_since__isnull=False))
        .order_by("pk")
        .values(*columns)
        .for_system(WHY)
    )
    return tuple(
        _ground_finding(
            GroundName.ZONE,
            row,
            row["open_since"],
            {**findings, OnRoster.key: _finding(OnRoster, row, limits)},
        )
        for row in rows
    )


def _ground_finding(
    ground: GroundName,
    row: Mapping[str, Any],
    since: date | None,
    findings: Mapping[str, Finding],
) -> GroundFinding:
    clause = GROUND_CLAUSES[ground]
    return GroundFinding(
        ground=ground.value,
        label=ground_label(ground, row.get("name_of_zone")),
        clause=clause,
        clause_label=CLAUSES[clause].label,
        outcome=OUTCOMES[row[says(ground)]],
        open_since=since,
        findings=tuple(findings[rule.key] for rule in rules_of(ground)),
        occupant=row.get("occupant"),
    )


def ground_label(ground: str, zone: str | None = None) -> str:
    """Return a ground in words, with the name of its zone where it has one."""
    label = str(GroundName(ground).label)
    return f"{label}（{zone}）" if zone else label


def _facts_of(entity: Entity, moment: Moment, limits: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is judged once for an entity: every ground's outcome, every rule's facts.

    Of a roster only whether the entity is on any is known here; its facts are each occupant's.
    """
    columns: dict[str, Any] = {says(g): outcome_of(g, limits) for g in ENTITIES.grounds}
    columns[says(GroundName.ZONE)] = zone_of_entity(limits)
    for rule in RULES:
        if not rule.source.of_occupant:
            columns |= _columns(rule, rule.code(limits))
    columns[f"outcome_{_slug(OnRoster)}"] = OnRoster.code_of_entity()
    rows = joined(moment).filter(pk=entity.pk).annotate(**columns).values(*columns)
    return dict.fromkeys(_columns(OnRoster, None)) | rows.for_system(WHY)[0]


def _columns(rule: type[Rule], outcome: Any) -> dict[str, Any]:
    """Return what :func:`_finding` reads of a rule, by the name of its column."""
    return {f"outcome_{_slug(rule)}": outcome} | {
        f"{name}_of_{_slug(rule)}".lstrip("_"): F(path) for name, path in rule.columns().items()
    }


def _slug(rule: type[Rule]) -> str:
    return rule.key.replace(".", "_")


def _finding(rule: type[Rule], row: Mapping[str, Any], limits: Mapping[str, Any]) -> Finding:
    slug = _slug(rule)
    raw = {name: row[f"{name}_of_{slug}"] for name in rule.facts}
    outcome = OUTCOMES[row[f"outcome_{slug}"]]
    found = phrased(rule, outcome, raw, rule.figures(limits), rule.wording)
    source = {
        "source": row[f"source_of_{slug}"] or "",
        "since": row[f"since_of_{slug}"],
        "recorded_at": row[f"recorded_at_of_{slug}"],
        "row": row[f"id_of_{slug}"],
    }
    shown = rule.listed(raw)
    facts = tuple(
        Fact(label=rule.labels[name], value=shown[name], **source)
        for name, value in raw.items()
        if value not in (None, "", [])
    )
    return Finding(**{**found.__dict__, "facts": facts})


def phrased(
    rule: type[Rule],
    outcome: Outcome,
    raw: Mapping[str, Any],
    figures: Mapping[str, Any],
    wording: Mapping[str, str],
) -> Finding:
    """Put a rule's finding into words. Formatting is not deciding."""
    shown = {**rule.present(raw), **{name: str(value) for name, value in figures.items()}}
    template = wording.get(rule.variant(outcome, raw), wording.get(str(outcome), ""))
    clause = CLAUSES[rule.clause]
    return Finding(
        rule=rule.key,
        title=rule.title,
        clause=rule.clause,
        clause_label=clause.label,
        summary=clause.summary,
        effect=rule.effect,
        outcome=outcome,
        sentence=template.format(**shown),
        change=rule.change.get(str(outcome), "").format(**shown),
    )


def _verdict(grounds: Iterable[GroundFinding]) -> str:
    opened = [ground.label for ground in grounds if ground.is_open]
    doubtful = [g.label for g in grounds if g.outcome == Outcome.UNDECIDED and not g.is_open]
    if opened:
        return f"在沙盒内：{'、'.join(opened)}。"
    if doubtful:
        return f"不在沙盒内；{'、'.join(doubtful)}待核实。"
    return "不在沙盒内。"


def next_turning(entity: Entity, on: date) -> date | None:
    """Return the next day after ``on`` on which a recorded fact begins or ends by itself."""
    days = []
    for model in TABLES:
        rows = model.objects.for_system("when an entity turns next").filter(
            entity=entity, superseded_at=None
        )
        found = rows.aggregate(
            begins=Min("since", filter=Q(since__gt=on)), ends=Min("until", filter=Q(until__gt=on))
        )
        days += [day for day in found.values() if day is not None]
    return min(days, default=None)


def ledger(entity: Entity, known: datetime | None = None) -> list[LedgerLine]:
    """Return the moves of an entity, newest first, in the words in which they were decided."""
    rows = _decisions(entity.pk)
    if known is not None:
        rows = rows.filter(recorded_at__lte=known)
    return [ledger_line(decision) for decision in rows]


def ended_by(removal: Removal) -> list[LedgerLine]:
    """Return the moves out that rest on a removal, newest first, also when it was revoked since."""
    spans = RemovalSpan.objects.for_system(WHY).filter(removal=removal).values_list("pk", flat=True)
    if not spans:
        return []
    found = [Q(findings__contains=[{"rule": RedLineRemoval.key, "row": pk}]) for pk in spans]
    rows = _decisions(removal.entity_id).filter(move=Decision.Move.CLOSE)
    return [ledger_line(decision) for decision in rows.filter(Q(*found, _connector=Q.OR))]


def _decisions(entity_id: int) -> QuerySet[Decision]:
    """Return the decisions on an entity that the caller may see, newest first."""
    return (
        Decision.objects.for_system("the ledger of one entity the caller may see")
        .filter(entity=entity_id)
        .select_related("policy_version", "occupant__zone")
        .order_by("-day", "-id")
    )


def ledger_line(decision: Decision) -> LedgerLine:
    """Put one decision into words; ``occupant__zone`` is best read along with it."""
    said = templates(decision.wording_version_id)
    findings = []
    for item in decision.findings:
        rule = BY_KEY.get(item["rule"])
        if rule is None:
            continue
        prefix = f"{rule.key} "
        wording = {k.removeprefix(prefix): v for k, v in said.items() if k.startswith(prefix)}
        outcome = Outcome(item["outcome"])
        findings.append(phrased(rule, outcome, item["facts"], item["figures"], wording))
    if decision.move == Decision.Move.CLOSE:
        findings = [f for f in findings if f.outcome == Outcome.NOT_MET] or findings
    return LedgerLine(
        day=decision.day,
        recorded_at=decision.recorded_at,
        move=decision.move,
        move_label=decision.get_move_display(),
        ground=decision.ground,
        ground_label=ground_label(
            decision.ground, decision.occupant.zone.name if decision.occupant else None
        ),
        cause="原因不明（系统缺陷，请报告）" if decision.cause == "unexplained" else decision.cause,
        run_id=decision.run_id,
        policy_version=decision.policy_version.number,
        findings=tuple(findings),
    )
