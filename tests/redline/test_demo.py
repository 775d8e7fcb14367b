"""The red lines of the demonstration: every state, everybody has work, and none outside it."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from core.errors import Refused
from desk.redline_figures.todos import redline_todos
from redline.choices import (
    CaseDecision,
    ListKind,
    ListStatus,
    OrderOrigin,
    OrderStatus,
    PaperKind,
    RemovalCause,
    ReviewOutcome,
    ServiceWay,
    ViolationSource,
    ViolationStatus,
)
from redline.demo.load import make
from redline.demo.orders import SOME, STORIES
from redline.lists import in_force, items_of
from redline.models import (
    Case,
    Extension,
    FollowUp,
    Hold,
    ListVersion,
    Measure,
    Order,
    OrderNotice,
    OrderStep,
    Paper,
    Removal,
    Review,
    Service,
    Violation,
)
from staff.demo import CORNERS, create
from staff.models import Bureau, User
from staff.roles import BUSINESS_ROLES

pytestmark = pytest.mark.django_db

ON = date(2026, 11, 24)


@pytest.fixture
def city(settings):
    settings.DEMO = True
    call_command("seed_reference", verbosity=0)
    create(ON)
    call_command("make_demo", entities=2500, seed=1, classes_for="2026-11", verbosity=0)


def values(model, *columns):
    rows = model.objects.for_system("test").order_by()
    return set(rows.values_list(*columns, flat=len(columns) == 1))


def told():
    """What the demonstration tells, without keys and instants."""
    steps = OrderStep.objects.for_system("test").order_by("pk")
    return list(steps.values_list("order__entity__code", "action", "target", "on"))


def test_every_state_is_there_and_everybody_has_work(city):
    with transaction.atomic():
        make(ON)
        first = told()
        transaction.set_rollback(True)
    made = make(ON)
    assert told() == first
    assert made.keys() == set(OrderStatus.values)
    assert values(Order, "origin") == set(OrderOrigin.values)
    assert values(Violation, "source") == set(ViolationSource.values)
    assert values(Violation, "status") == set(ViolationStatus.values)
    assert values(Case, "decision") == set(CaseDecision.values)
    assert values(Review, "outcome") == set(ReviewOutcome.values)
    assert values(Removal, "cause") == set(RemovalCause.values)
    assert values(Service, "way") >= set(ServiceWay.values) - {ServiceWay.ENTRUSTED}
    assert values(Extension, "status") == {"asked", "granted"}
    assert values(FollowUp, "kind") == {"revoked", "reissue"}
    assert values(Paper, "kind") == set(PaperKind.values)
    _lists()
    _days()
    for user in User.accounts.for_system("test").filter(role__in=BUSINESS_ROLES):
        assert any(figure.number for figure in redline_todos(user, ON)), user
    with pytest.raises(Refused, match="已有违法行为记录"):
        make(ON)


def _lists():
    """Each district has its list, one of which removes at touch; one waits and one is drafted."""
    bureaus = [Bureau.objects.get(code=corner.bureau) for corner in CORNERS]
    lists = [in_force(ListKind.RED_LINE, bureau, ON) for bureau in (*bureaus, None)]
    assert all(lists)
    removals = {item.removal for items in items_of(*lists).values() for item in items}
    assert removals == {"overdue", "touch"}
    statuses = values(ListVersion, "kind", "status")
    assert ("red_line", ListStatus.SUBMITTED) in statuses
    assert ("red_line", ListStatus.DRAFT) in statuses


def _days():
    """Some are late, some came back, some were revoked; who is told, was told."""
    late = Review.objects.for_system("test").filter(outcome=ReviewOutcome.OPEN, due_on__lt=ON)
    assert late.exists()
    cases = Case.objects.for_system("test").filter(decision=CaseDecision.OPEN, due_on__lt=ON)
    assert cases.exists()
    rows = Removal.objects.for_system("test")
    assert rows.filter(returned_on__isnull=False).exists()
    assert rows.filter(revoked_at__isnull=False).count() == 2
    for model in (Hold, Measure, OrderNotice):
        assert model.objects.for_system("test").exists(), model


def test_each_story_ends_where_it_says(city):
    make(ON)
    orders = Order.objects.for_system("test").filter(origin=OrderOrigin.RED_LINE)
    found = sorted(orders.values_list("status", flat=True))
    names = [*STORIES, *SOME, *SOME]
    ends = [str(STORIES[name].ends) for name in names]
    # One that was overdue reported in time after all.
    ends[list(STORIES).index("revoked")] = "reported"
    assert sorted(ends) == found


def test_none_outside_the_demonstration(db, settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="演示模式"):
        call_command("make_demo_redline")


def test_none_without_its_accounts(db, settings):
    settings.DEMO = True
    with pytest.raises(CommandError, match="make_demo_accounts"):
        call_command("make_demo_redline")
