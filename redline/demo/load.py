"""Fills a demonstration with red lines that were touched: lists, violations, orders, removals."""

from __future__ import annotations

from collections import Counter
from datetime import date

from django.conf import settings
from django.db import transaction

from core.errors import Refused
from redline.demo.acts import RED
from redline.demo.after import (
    decide_cases,
    end_reviews,
    make_mild,
    make_ordinary,
    make_papers,
    make_reviews,
    pass_on,
    return_some,
)
from redline.demo.lists import make_lists
from redline.demo.orders import SOME, STORIES, make_orders
from redline.demo.people import WHY, people
from redline.models import Order, Violation
from redline.overdue import scan, tell_near
from staff.models import User


@transaction.atomic
def make(on: date) -> Counter[str]:
    """Make what the room has to show from the demonstration's entities; return orders by state.

    Refuses outside the demonstration, without its accounts, and where violations are there already.
    """
    if not settings.DEMO:
        raise Refused("", "只有演示模式（DEMO=1）才能建立演示红线数据。")
    if Violation.objects.for_system(WHY).exists():
        raise Refused("", "系统中已有违法行为记录，不再建立演示红线数据。")
    if not User.accounts.for_system(WHY).filter(username="lj01").exists():
        raise Refused("", "还没有演示账号，请先执行 python manage.py make_demo_accounts。")
    city, districts = people(on)
    make_lists(city, districts, on)
    for number, district in enumerate(districts):
        told = make_orders(district, SOME if number else STORIES, on)
        make_ordinary(district, RED[number * 2 : number * 2 + 2] if number else RED, on)
        make_reviews(district, on)
        pass_on(city, district, on)
        scan(on)
        decide_cases(district, told, on)
        if not number:
            end_reviews(district, on)
            make_mild(district, on)
            return_some(district, told, on)
            make_papers(district, told, on)
    tell_near(on)
    return Counter(Order.objects.for_system(WHY).values_list("status", flat=True))
