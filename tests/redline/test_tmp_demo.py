import time
from datetime import date

import pytest
from django.core.management import call_command

from staff.demo import create

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 24)


def test_it(settings):
    settings.DEMO = True
    call_command("seed_reference", verbosity=0)
    create(ON)
    call_command("make_demo", entities=2500, seed=1, classes_for="2026-11", verbosity=0)
    from redline.demo.load import make

    t = time.time()
    import cProfile

    pr = cProfile.Profile()
    pass
    c = make(ON)
    print(c, time.time() - t)

    from collections import Counter

    from redline.models import Removal, Violation

    print(Counter(Violation.plain.values_list("status", "source")))
    print(Counter(Removal.plain.values_list("cause", flat=True)))
