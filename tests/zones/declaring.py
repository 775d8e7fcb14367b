"""A bureau with its people, the city's, and declarations brought to any state."""

from datetime import date
from types import SimpleNamespace
from typing import Any

from policy.seeding import seed as policy_seed
from staff.models import Bureau, User
from staff.roles import Role
from tests.factories import make_bureau, make_entity, make_user
from zones.actions import drafts, steps
from zones.choices import DeclarationKind, DeclarationStatus, ZoneType
from zones.models import Declaration, DeclaredZone

ON = date(2026, 11, 24)
PATH = {
    DeclarationStatus.DRAFT: (),
    DeclarationStatus.SUBMITTED: ("submit",),
    DeclarationStatus.REVIEWING: ("submit", "take"),
    DeclarationStatus.REVIEWED: ("submit", "take", "review"),
    DeclarationStatus.ACCEPTED: ("submit", "take", "review", "accept"),
    DeclarationStatus.APPROVED: ("submit", "take", "review", "accept", "approve"),
    DeclarationStatus.RETURNED: ("submit", "take", "review", "accept", "return"),
    DeclarationStatus.REFUSED: ("submit", "take", "review", "accept", "refuse"),
    DeclarationStatus.VOID: ("discard",),
    DeclarationStatus.ENTERED: (),
}
"""The steps that lead to each state."""


def make_people(bureau: Bureau | None = None) -> SimpleNamespace:
    policy_seed()
    bureau = bureau or make_bureau()
    return SimpleNamespace(
        bureau=bureau,
        officer=make_user(Role.DISTRICT_OFFICER, bureau),
        lead=make_user(Role.DISTRICT_LEAD, bureau),
        second_lead=make_user(Role.DISTRICT_LEAD, bureau),
        station=make_user(Role.STATION_OFFICER, bureau),
        city=make_user(Role.MUNICIPAL_OFFICER),
        city_other=make_user(Role.MUNICIPAL_OFFICER),
        city_lead=make_user(Role.MUNICIPAL_LEAD),
        elsewhere=make_user(Role.DISTRICT_OFFICER),
        lead_elsewhere=make_user(Role.DISTRICT_LEAD),
        unit=make_user(Role.UNIT_OFFICER),
        auditor=make_user(Role.AUDITOR),
        security=make_user(Role.SECURITY_ADMINISTRATOR),
        system=make_user(Role.SYSTEM_ADMINISTRATOR),
        nobody=make_user("", bureau=None),
    )


def fresh(declaration: Declaration) -> Declaration:
    return Declaration.objects.for_system("test").get(pk=declaration.pk)


def draft(people: SimpleNamespace, *, entities: int = 2, zones: int = 1) -> Declaration:
    """Return a draft without faults, filed by the officer: zones with entities of the bureau."""
    made = drafts.begin(DeclarationKind.NEW, bureau=people.bureau, by=people.officer, on=ON)
    return filled(made, people, people.officer, entities, zones)


def entered(people: SimpleNamespace, *, entities: int = 2) -> Declaration:
    """Return what the city entered for the bureau."""
    made = drafts.begin(
        DeclarationKind.NEW,
        bureau=people.bureau,
        by=people.city,
        on=ON,
        mail_received_on=ON,
        mail_source="内网邮件：试验局",
    )
    return filled(made, people, people.city, entities, 1)


def filled(
    made: Declaration, people: SimpleNamespace, by: User, entities: int, zones: int
) -> Declaration:
    made = drafts.set_fields(
        made,
        {"contact_name": "张三", "contact_phone": "13800000000"},
        revision=made.revision,
        by=by,
        on=ON,
    )
    late = "按通知补报"
    drafts.explain(made, "declaration.late", late, revision=made.revision, by=by, on=ON)
    made = fresh(made)
    for number in range(zones):
        zone = drafts.add_zone(
            made,
            {
                "name": f"试验园区{made.pk}-{number}",
                "zone_type": ZoneType.PARK,
                "type_text": "园区",
                "address": f"重庆市试验区试验街道西永大道{number + 1}号",
                "declared_count": entities,
            },
            revision=made.revision,
            by=by,
            on=ON,
        )
        made = fresh(made)
        ids = [make_entity(bureau=people.bureau).pk for _ in range(entities)]
        if ids:
            drafts.add_rows(zone, ids, revision=made.revision, by=by, on=ON)
        made = fresh(made)
    return made


def change(
    people: SimpleNamespace, kind: str, fields: dict[str, Any], *, since: date | None = None
) -> Declaration:
    """Return a submitted and reviewed change of a zone (``fields`` of its one line)."""
    by = people.officer
    made = drafts.begin(kind, bureau=people.bureau, by=by, on=ON)
    said = {"reason": "园区调整", "contact_name": "张三", "contact_phone": "13800000000"}
    made = drafts.set_fields(made, said | {"since": since}, revision=0, by=by, on=ON)
    zone = drafts.add_zone(made, fields, revision=made.revision, by=by, on=ON)
    if kind == DeclarationKind.EXTEND:
        ids = [make_entity(bureau=people.bureau).pk]
        drafts.add_rows(zone, ids, revision=made.revision + 1, by=by, on=ON)
    return do(do(fresh(made), "submit", by), "review", people.lead)


def do(declaration: Declaration, action: str, by: User, **said: Any) -> Declaration:
    """Take a step as somebody who sees the declaration as it stands."""
    if action in ("hand_over", "hand_over_review"):
        return steps.hand_over(declaration, said.pop("to"), by=by, on=ON, **said)
    if steps.STEPS[action].decides:
        said.setdefault("revision", fresh(declaration).revision)
    if steps.STEPS[action].opinion:
        said.setdefault("opinion", "试验意见")
    return steps.STEP_FUNCTIONS[action](declaration, by=by, on=ON, **said)


def reached(people: SimpleNamespace, status: str, **made: Any) -> Declaration:
    """Bring a declaration to a state by its ordinary way."""
    declaration = entered(people) if status == DeclarationStatus.ENTERED else draft(people, **made)
    who = {"submit": people.officer, "discard": people.officer}
    who |= dict.fromkeys(("take", "review"), people.lead)
    who |= dict.fromkeys(("accept", "approve", "return", "refuse"), people.city)
    for action in PATH[DeclarationStatus(status)]:
        declaration = do(declaration, action, who[action])
    return declaration


def zones_of(declaration: Declaration) -> list[DeclaredZone]:
    return list(DeclaredZone.objects.for_system("test").filter(declaration=declaration))
