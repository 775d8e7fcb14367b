"""Two who do the same to an order at once, on connections of their own."""

from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from core.errors import Refused
from redline.choices import OrderStatus
from tests.redline.ordering import do, make_people, reached, steps_of


def test_two_at_once_one_succeeds_the_other_is_told(real_commits):
    people = make_people()
    order = reached(people, OrderStatus.SUBMITTED, ordinary=True)

    def approve(by):
        try:
            return do(order, "approve", by).status
        except Refused as refusal:
            return str(refusal)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(approve, (people.lead, people.second_lead)))
    assert said[0] == OrderStatus.APPROVED
    assert "办理“批准”" in said[1]
    assert [name for name, _, _ in steps_of(order)].count("approve") == 1
