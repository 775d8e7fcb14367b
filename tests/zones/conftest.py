"""What the tests of zones share: the sample workbooks, and the register they were taken from."""

import shutil
from collections.abc import Callable
from functools import partial
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.management import call_command

from tests.zones.declaring import make_people, reached
from zones.models import Declaration

DATA = Path(settings.BASE_DIR).parent / "shared/data"


@pytest.fixture
def samples() -> Path:
    """Give the folder of sample declarations, or skip where it is absent."""
    if not DATA.exists():
        pytest.skip("The sample declarations (../shared/data) are not on this machine.")
    return DATA / "samples"


@pytest.fixture
def register(real_commits, samples, tmp_path) -> None:
    """Import the real register rows of which the samples were made."""
    # From a copy: the command writes its file of bad rows beside what it reads.
    copy = shutil.copy(samples.parent / "registry_2019.csv", tmp_path)
    call_command("import_register", str(copy), json=True, stdout=StringIO())


@pytest.fixture
def people(db) -> SimpleNamespace:
    """Give the people of a bureau, of the city and of elsewhere."""
    return make_people()


@pytest.fixture
def reach(people) -> Callable[..., Declaration]:
    """Give a function that brings a declaration to a state."""
    return partial(reached, people)
