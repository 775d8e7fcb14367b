"""What was published stays as it was, whoever writes to the table."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from policy.models import PolicyVersion

pytestmark = pytest.mark.django_db


@pytest.fixture
def first() -> PolicyVersion:
    return PolicyVersion.objects.get(number=1)


@pytest.mark.parametrize("changes", [{"since": date(2030, 1, 1)}, {"title": "x"}, {"number": 9}])
def test_a_published_version_cannot_be_rewritten(first, changes):
    with pytest.raises(IntegrityError, match="不能更改"), transaction.atomic():
        PolicyVersion.objects.filter(pk=first.pk).update(**changes)


def test_a_published_version_cannot_be_deleted(first):
    lonely = PolicyVersion.objects.create(
        number=99, title="x", since=date(2031, 1, 1), status="published"
    )
    with pytest.raises(IntegrityError, match="不能更改"), transaction.atomic():
        lonely.delete()


def test_a_draft_can_be_changed():
    draft = PolicyVersion.objects.create(number=98, title="x", since=date(2031, 1, 1))
    draft.title = "y"
    draft.save()
    assert PolicyVersion.objects.get(number=98).title == "y"
