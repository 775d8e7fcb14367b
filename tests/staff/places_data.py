"""Small tables of places for the tests: the layouts as the city delivers them."""

from datetime import date
from pathlib import Path

from django.conf import settings

from staff.models import StreetPlacement
from staff.reference import load
from staff.tables import Outcome, recognise

BEFORE, AFTER = date(2025, 11, 5), date(2025, 11, 6)
TODAY = date(2026, 3, 2)
DATA = Path(settings.BASE_DIR).parent / "shared" / "data"


def load_text(folder: Path, text: str, on: date = TODAY, name: str = "table.csv") -> Outcome:
    """Write a table into a file and load it as the command would."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    kind, rows = recognise(path)
    return load(kind, rows, on=on)


def lies_in(name: str, on: date) -> list[str]:
    """Return the codes of the districts in which streets of this name lie on a day."""
    rows = StreetPlacement.objects.for_system("test").in_force(on).filter(street__name=name)
    return list(rows.values_list("district__code", flat=True))
