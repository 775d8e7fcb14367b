"""The things to test with are valid: in every state, also more than one of a kind."""

import pytest

from redline.choices import ListStatus, OrderOrigin, OrderStatus
from redline.models import ListItem, Order
from tests.factories import make_bureau
from tests.redline.factories import (
    make_case,
    make_evidence,
    make_item,
    make_list_version,
    make_order,
    make_violation,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("status", OrderStatus.values)
@pytest.mark.parametrize("origin", OrderOrigin.values)
def test_an_order_can_be_made_in_every_state(status, origin):
    order = make_order(status=status, origin=origin)
    assert Order.objects.for_system("test").get(pk=order.pk).status == status
    assert (order.touch is not None) == (origin == OrderOrigin.RED_LINE)


@pytest.mark.parametrize("status", ListStatus.values)
def test_a_list_can_be_made_in_every_state(status):
    version = make_list_version(make_bureau(), status=status, items=({}, {"code": "RL-2-1"}))
    assert ListItem.objects.for_system("test").filter(version=version).count() == 2


def test_the_rest_can_be_made():
    bureau = make_bureau()
    violation = make_violation(bureau=bureau)
    assert make_evidence(violation).size
    assert make_case(violation).due_on
    assert make_item(bureau).version.bureau == bureau
    assert make_item(None).version.bureau is None
