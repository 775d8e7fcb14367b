"""Rounds of declaration: opened and changed by the city (五(二))."""

from __future__ import annotations

from datetime import date

from core.errors import Refused
from entities.actions.base import action
from staff.models import User
from staff.permissions import demand
from zones.actions.base import need_opinion
from zones.models import Round


@action
def open_round(
    *,
    name: str,
    opens_on: date,
    deadline: date,
    document_number: str = "",
    note: str = "",
    by: User,
    on: date,
) -> Round:
    """Open a round; its name tells it from every other."""
    demand(by, "zone.round")
    made = Round(opened_by=by)
    return _write(made, name, opens_on, deadline, document_number, note)


@action
def change_round(
    round: Round,
    *,
    name: str,
    opens_on: date,
    deadline: date,
    document_number: str = "",
    note: str = "",
    by: User,
    on: date,
) -> Round:
    """Change a round; declarations are late or in time by its deadline as it then stands."""
    demand(by, "zone.round")
    rows = Round.objects.for_system("changing a round").select_for_update(no_key=True)
    return _write(rows.get(pk=round.pk), name, opens_on, deadline, document_number, note)


def _write(
    round: Round, name: str, opens_on: date, deadline: date, document_number: str, note: str
) -> Round:
    round.name = need_opinion(name, "轮次名称")
    if deadline < opens_on:
        raise Refused("5.2", f"截止日{deadline}早于开始日{opens_on}，请改正。")
    others = Round.objects.for_system("is the name of a round taken").exclude(pk=round.pk)
    if others.filter(name=round.name).exists():
        raise Refused("5.2", f"已有名为“{round.name}”的轮次，请另起名称。")
    round.opens_on, round.deadline = opens_on, deadline
    round.document_number, round.note = document_number.strip(), note.strip()
    round.save()
    return round
