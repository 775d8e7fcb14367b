"""The way of a declaration as it is drawn: where it came by, and where it never was."""

import pytest

from desk.declarations.way import stations
from zones.choices import DeclarationStatus as Status
from zones.models import Declaration, DeclarationStep


def way(status: str, *moves: tuple[str, str]) -> list[str]:
    steps = [DeclarationStep(source=source, target=target) for source, target in moves]
    return [one.state for one in stations(Declaration(status=status), steps)]


CREATED = ("", Status.DRAFT)
SUBMITTED = (Status.DRAFT, Status.SUBMITTED)
REVIEWED = (Status.SUBMITTED, Status.REVIEWED)


@pytest.mark.parametrize(
    ("status", "moves", "drawn"),
    [
        (Status.DRAFT, [CREATED], ["here", *["ahead"] * 4]),
        (Status.REVIEWED, [CREATED, SUBMITTED, REVIEWED], ["past", "past", "here", *["ahead"] * 2]),
        (
            Status.APPROVED,
            [CREATED, SUBMITTED, REVIEWED, (Status.REVIEWED, Status.APPROVED)],
            [*["past"] * 4, "here"],
        ),
        (
            Status.VOID,
            [CREATED, (Status.DRAFT, Status.VOID)],
            ["past", *["ahead"] * 3, "here"],
        ),
        (
            Status.VOID,
            [CREATED, SUBMITTED, (Status.SUBMITTED, Status.RETURNED), ("returned", Status.VOID)],
            ["past", *["ahead"] * 3, "here"],
        ),
    ],
)
def test_a_station_is_past_only_where_a_step_led_over_it(status, moves, drawn):
    assert way(status, *moves) == drawn
