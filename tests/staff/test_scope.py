"""Scope closed by default: who sees what, and that nothing is read without saying for whom."""

import asyncio
from datetime import date
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db.models import Count, Exists, OuterRef
from django.utils import timezone

from core.models import Job
from core.models.jobs import LOG_KINDS, OfJob
from core.scope import (
    AuditLog,
    Business,
    OfBureau,
    OfBureauOrOwn,
    OfBureauOrPublished,
    OfEntity,
    OwnOrCity,
    OwnOrDecided,
    Reference,
    Scope,
    ScopedQuerySet,
    SystemOnly,
    SystemTable,
    UnscopedRead,
)
from entities.models import CreditClass, Entity
from staff.models import (
    Bureau,
    Field,
    LiveSession,
    PasswordRecord,
    SecondFactor,
    Station,
    Unit,
    User,
)
from staff.models.entry import OfAccount
from staff.roles import ADMINISTRATORS, CITY_ROLES, Role
from tests.factories import (
    make_bureau,
    make_entity,
    make_station,
    make_unit,
    make_user,
)

ROOMS = {"core", "staff", "policy", "entities", "zones", "redline", "membership", "desk"}
KNOWN = {
    *(OfEntity, OfBureau, OfBureauOrOwn, OfBureauOrPublished, OwnOrCity),
    *(OfJob, OwnOrDecided, Business),
    *(OfAccount, SystemTable, SystemOnly, AuditLog, Reference),
}
REFERENCE = {
    *("core.CalendarYear", "core.SpecialDay"),
    *("staff.District", "staff.Street", "staff.StreetPlacement", "staff.DistrictChange"),
    *("staff.Bureau", "staff.Jurisdiction", "staff.Station", "staff.StationStreet", "staff.Unit"),
    *("policy.PolicyVersion", "policy.LimitValue", "policy.OfficialText"),
    *("entities.Industry", "entities.ClassFile", "entities.FourNewTerm", "entities.SafetyTerm"),
    *("staff.KindWord", "staff.NumberSeries", "staff.PaperNumber", "redline.PaperTemplate"),
    "core.PaperWord",
    *("membership.Wording", "membership.WordingVersion", "membership.RunRange"),
}
MODELS = [model for model in apps.get_models() if model._meta.app_label in ROOMS]


@pytest.fixture
def town(db):
    """Two stations of one bureau, another bureau, and one entity in each place."""
    bureau = make_bureau()
    stations = [make_station(bureau), make_station(bureau)]
    other = make_bureau()
    places = {
        "first": (bureau, stations[0], [Field.FOOD_DRUG]),
        "second": (bureau, stations[1], []),
        "nowhere": (bureau, None, [Field.FOOD_DRUG, Field.PRODUCT_QUALITY]),
        "abroad": (other, None, [Field.PRODUCT_QUALITY]),
        "unplaced": (None, None, []),
    }
    entities = {}
    for name, (of, station, fields) in places.items():
        entity = make_entity(letter="A")
        Entity.plain.filter(pk=entity.pk).update(bureau=of, station=station, fields=fields)
        entities[name] = entity
    return bureau, stations, other, {entity.pk: name for name, entity in entities.items()}


def seen(viewer, town):
    return {town[3][pk] for pk in Entity.objects.visible_to(viewer).values_list("pk", flat=True)}


def test_a_station_sees_its_own_entities(town):
    bureau, stations, _, _ = town
    assert seen(make_user(Role.STATION_OFFICER, bureau, stations[0]), town) == {"first"}
    assert seen(make_user(Role.STATION_OFFICER, bureau, stations[1]), town) == {"second"}


@pytest.mark.parametrize("role", [Role.DISTRICT_OFFICER, Role.DISTRICT_LEAD])
def test_a_bureau_sees_its_own_entities(town, role):
    assert seen(make_user(role, town[0]), town) == {"first", "second", "nowhere"}
    assert seen(make_user(role, town[2]), town) == {"abroad"}


@pytest.mark.parametrize("role", sorted(CITY_ROLES))
def test_the_city_sees_all_also_what_lies_nowhere(town, role):
    assert seen(make_user(role), town) == set(town[3].values())


def test_a_unit_sees_the_city_in_its_fields(town):
    def officer(*fields, **more):
        return make_user(Role.UNIT_OFFICER, unit=make_unit(fields, **more))

    assert seen(officer(Field.FOOD_DRUG), town) == {"first", "nowhere"}
    assert seen(officer(Field.FOOD_DRUG, Field.PRODUCT_QUALITY), town) == {
        *("first", "nowhere", "abroad")
    }
    assert seen(officer(Field.SPECIAL_EQUIPMENT), town) == set()
    assert seen(officer(), town) == set()
    assert seen(officer(whole_city=True), town) == set(town[3].values())


@pytest.mark.parametrize("role", sorted(ADMINISTRATORS))
def test_the_three_administrators_see_no_business_data(town, role):
    viewer = make_user(role)
    assert seen(viewer, town) == set()
    assert not CreditClass.objects.visible_to(viewer).exists()


@pytest.mark.parametrize("role", Role)
def test_a_disabled_account_sees_nothing(town, role):
    viewer = make_user(role, is_active=False)
    assert seen(viewer, town) == set()
    assert not User.objects.filter(SystemTable().condition(viewer)).exists()


def test_facts_are_seen_by_whoever_sees_the_entity(town):
    viewer = make_user(Role.DISTRICT_OFFICER, town[2])
    names = {town[3][row.entity_id] for row in CreditClass.objects.visible_to(viewer)}
    assert names == {"abroad"}


def test_jobs_are_seen_by_who_started_them_and_by_the_city(db):
    starter, colleague, city = make_user(), make_user(), make_user(Role.MUNICIPAL_OFFICER)
    Job.objects.create(kind="test", title="任务", started_by=starter)
    assert [Job.objects.visible_to(who).count() for who in (starter, colleague, city)] == [1, 0, 1]


@pytest.mark.parametrize("role", Role)
def test_accounts_are_seen_by_the_system_and_the_security_administrator(db, role):
    viewer = make_user(role)
    visible = User.accounts.visible_to(viewer).exists()
    assert visible == (role in {Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR})


@pytest.mark.parametrize("role", Role)
def test_sessions_are_one_s_own_and_the_security_administrator_s(db, role):
    viewer, other, now = make_user(role), make_user(), timezone.now()
    for user in (viewer, other):
        LiveSession.objects.create(user=user, address="x", started_at=now, last_seen_at=now)
    seen = {live.user for live in LiveSession.objects.visible_to(viewer)}
    assert seen == ({viewer, other} if role == Role.SECURITY_ADMINISTRATOR else {viewer})


@pytest.mark.parametrize("role", Role)
def test_secrets_are_seen_by_nobody(db, role):
    viewer = make_user(role)
    for model in (PasswordRecord, SecondFactor):
        model.objects.create(user=viewer)
        assert not model.objects.visible_to(viewer).exists()


def _consume(iterator):
    async def run():
        return [row async for row in iterator]

    return asyncio.run(run())


OPEN = Entity.objects.all
WAYS = {
    "fetch": lambda: list(OPEN()),
    "length": lambda: len(OPEN()),
    "truth": lambda: bool(OPEN()),
    "index": lambda: OPEN()[0],
    "slice": lambda: list(OPEN()[:3]),
    "count": lambda: OPEN().count(),
    "exists": lambda: OPEN().exists(),
    "contains": lambda: OPEN().contains(Entity(pk=1)),
    "aggregate": lambda: OPEN().aggregate(n=Count("pk")),
    "iterator": lambda: list(OPEN().iterator()),
    "aiterator": lambda: _consume(OPEN().aiterator()),
    "get": lambda: OPEN().get(pk=1),
    "manager get": lambda: Entity.objects.get(pk=1),
    "get_or_create": lambda: Entity.objects.get_or_create(code="x"),
    "update_or_create": lambda: Entity.objects.update_or_create(code="x"),
    "first": lambda: OPEN().first(),
    "last": lambda: OPEN().last(),
    "latest": lambda: OPEN().latest("pk"),
    "earliest": lambda: OPEN().earliest("pk"),
    "values": lambda: list(OPEN().values("pk")),
    "values_list": lambda: list(OPEN().values_list("pk", flat=True)),
    "dates": lambda: list(OPEN().dates("established_on", "year")),
    "in_bulk": lambda: OPEN().in_bulk([1]),
    "update": lambda: OPEN().update(name="x"),
    "delete": lambda: OPEN().delete(),
    "bulk_create": lambda: OPEN().bulk_create([Entity(code="x")]),
    "bulk_update": lambda: OPEN().bulk_update([Entity(pk=1, name="x")], ["name"]),
    "explain": lambda: OPEN().explain(),
    "raw": lambda: list(Entity.objects.raw("SELECT * FROM entities_entity")),
    "filter": lambda: list(OPEN().filter(pk=1)),
    "annotate": lambda: list(OPEN().annotate(n=Count("pk"))),
    "select_for_update": lambda: list(OPEN().select_for_update()),
    "union": lambda: list(OPEN().union(OPEN())),
}
MIXED = {
    "union": lambda a, b: a.union(b),
    "intersection": lambda a, b: a.intersection(b),
    "difference": lambda a, b: a.difference(b),
    "or": lambda a, b: a | b,
    "and": lambda a, b: a & b,
    "xor": lambda a, b: a ^ b,
}


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_evaluated_without_a_viewer(db, way):
    with pytest.raises(UnscopedRead, match=r"Entity\.objects"):
        WAYS[way]()


@pytest.mark.parametrize("way", MIXED)
def test_a_cleared_queryset_does_not_carry_an_open_one_past_the_guard(town, way):
    viewer = make_user(Role.DISTRICT_OFFICER, town[2])
    mine = Entity.objects.visible_to(viewer)
    for first, second in ((mine, OPEN()), (OPEN(), mine)):
        with pytest.raises(UnscopedRead):
            list(MIXED[way](first, second))
    assert len(MIXED[way](mine, Entity.objects.visible_to(viewer))) <= 1


def test_subqueries_stay_free(town):
    viewer = make_user(Role.DISTRICT_OFFICER, town[2])
    facts = CreditClass.objects.filter(entity=OuterRef("pk"), since__lte=date(2030, 1, 1))
    mine = Entity.objects.visible_to(viewer)
    assert mine.filter(Exists(facts)).count() == 1
    assert mine.filter(pk__in=Entity.objects.filter(name__gt="")).count() == 1


def test_a_system_read_needs_a_reason(db):
    with pytest.raises(UnscopedRead, match="reason"):
        Entity.objects.for_system("")
    assert not Entity.objects.for_system("counting for a test").exists()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_table_says_who_sees_it(model):
    scope = getattr(model, "scope", None)
    assert isinstance(scope, Scope), f"{model._meta.label} declares no scope."
    assert type(scope) is not Scope, f"{model._meta.label} keeps the scope that shows nothing."
    if isinstance(scope, Reference) or model._meta.label == settings.AUTH_USER_MODEL:
        return
    manager = getattr(model, "objects", None)
    assert isinstance(manager.all(), ScopedQuerySet), f"{model._meta.label}.objects is unscoped."


def labels(*scopes: type[Scope]) -> set[str]:
    return {model._meta.label for model in MODELS if isinstance(model.scope, scopes)}


def test_every_scope_is_one_of_the_known_ones():
    assert {type(model.scope) for model in MODELS} == KNOWN


def test_system_tables_hold_no_business():
    assert labels(SystemTable) == {"staff.User", "staff.RoleGrant"}


def test_what_is_open_to_every_account_is_named_here():
    """Reference tables have no viewer; another one is looked at by people before it stands here."""
    assert labels(Reference) == REFERENCE


STRANGERS = [*sorted(ADMINISTRATORS), ""]
"""Roles that see no business: the three administrators, and an account without a role."""


def sees_nothing(model, viewer) -> bool:
    """Whether the condition itself leaves no row, whatever lies in the table."""
    try:
        str(scoped(model).visible_to(viewer).query)
    except EmptyResultSet:
        return True
    return False


def scoped(model):
    return User.accounts if model is User else model.objects


@pytest.mark.parametrize("role", STRANGERS, ids=lambda role: role or "no role")
@pytest.mark.parametrize(
    "model",
    [model for model in MODELS if type(model.scope) in {OfEntity, OwnOrCity, Business}],
    ids=lambda model: model._meta.label,
)
def test_who_does_no_business_sees_no_row_of_it(model, role):
    assert sees_nothing(model, User(pk=1, role=role))


@pytest.mark.parametrize("role", [*Role, ""], ids=lambda role: role or "no role")
def test_a_job_over_the_logs_is_the_auditor_s_and_no_other_is(db, role):
    made = {kind: Job.objects.create(kind=kind, title=kind) for kind in ("bulk", *LOG_KINDS)}
    seen = set(Job.objects.visible_to(make_user(role)).values_list("kind", flat=True))
    wanted = set(LOG_KINDS) if role == Role.AUDITOR else ({"bulk"} if role in CITY_ROLES else set())
    assert seen & made.keys() == wanted


@pytest.mark.parametrize("role", [*Role, ""], ids=lambda role: role or "no role")
@pytest.mark.parametrize(
    "model",
    [model for model in MODELS if isinstance(model.scope, AuditLog | SystemTable)],
    ids=lambda model: model._meta.label,
)
def test_logs_are_the_auditor_s_and_accounts_the_other_two_s(model, role):
    readers = (
        {Role.AUDITOR}
        if isinstance(model.scope, AuditLog)
        else {Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR}
    )
    assert sees_nothing(model, User(pk=1, role=role)) == (role not in readers)


@pytest.mark.parametrize(
    "model",
    [model for model in MODELS if not isinstance(model.scope, Reference)],
    ids=lambda model: model._meta.label,
)
def test_no_table_opens_to_a_disabled_account(model):
    bureau, station, unit = Bureau(pk=1), Station(pk=1, bureau_id=1), Unit(pk=1, whole_city=True)
    for role in Role:
        viewer = User(pk=1, role=role, bureau=bureau, station=station, unit=unit, is_active=False)
        assert sees_nothing(model, viewer), role


def test_pages_reach_accounts_through_their_scope():
    """`User.objects` is for Django, the room `staff` and commands; pages list `User.accounts`."""
    for room in ("core", "policy", "entities", "membership", "desk", "sandbox_reg"):
        for path in (Path(settings.BASE_DIR) / room).rglob("*.py"):
            assert "User.objects" not in path.read_text("utf-8"), path
