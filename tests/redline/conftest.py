"""What the tests of lists share."""

from types import SimpleNamespace

import pytest

from tests.redline.listing import make_people


@pytest.fixture
def people(db) -> SimpleNamespace:
    """Give the people of a bureau, of the city and of elsewhere."""
    return make_people()
