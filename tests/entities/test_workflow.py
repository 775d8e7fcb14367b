"""Every move of a proposal, from every state, by every role."""

from itertools import product

import pytest
from django.db import IntegrityError
from django.utils import timezone

from core.errors import Refused
from entities.models import FourNewProposal
from entities.workflow import PROPOSAL_STEPS, available, move
from staff.roles import CITY_ROLES, DISTRICT_ROLES, Role
from tests.factories import make_bureau, make_entity, make_station, make_user

pytestmark = pytest.mark.django_db
Status = FourNewProposal.Status
WHO = {"withdraw": DISTRICT_ROLES, "accept": CITY_ROLES, "reject": CITY_ROLES}


def test_the_table_is_the_one_tested():
    assert set(PROPOSAL_STEPS) == set(WHO)
    assert all(step.target not in step.sources for step in PROPOSAL_STEPS.values())


@pytest.mark.parametrize(("action", "status", "role"), list(product(WHO, Status, Role)))
def test_each_cell(action, status, role):
    bureau = make_bureau()
    station = make_station(bureau)
    by = make_user(
        role,
        bureau=bureau if role in DISTRICT_ROLES else None,
        station=station if role == Role.STATION_OFFICER else None,
    )
    proposal = FourNewProposal.plain.create(
        entity=make_entity(bureau=bureau, station=station),
        kind="propose",
        novelties=["model"],
        reason="理由",
        status=status,
        filed_by=make_user(bureau=bureau),
        due_on=timezone.localdate(),
    )
    allowed = status == Status.FILED and role in WHO[action]
    assert (action in available(proposal, by)) == allowed
    if role not in WHO[action]:
        with pytest.raises(Refused, match="您的角色不能"):
            move([proposal.pk], action, by=by)
        return
    assert move([proposal.pk], action, by=by) == ({proposal.pk} if allowed else set())
    proposal.refresh_from_db()
    assert proposal.status == (PROPOSAL_STEPS[action].target if allowed else status)


@pytest.mark.parametrize("action", PROPOSAL_STEPS)
@pytest.mark.parametrize("role", sorted(DISTRICT_ROLES | CITY_ROLES))
def test_whoever_filed_it_only_takes_it_back_wherever_he_works_by_now(action, role):
    bureau = make_bureau()
    by = make_user(role, bureau=bureau if role in DISTRICT_ROLES else None)
    place = {"bureau": bureau, "station": by.station}
    proposal = FourNewProposal.plain.create(
        entity=make_entity(**place),
        kind="propose",
        novelties=["model"],
        reason="理由",
        filed_by=by,
        due_on=timezone.localdate(),
    )
    allowed = action == "withdraw" and role in DISTRICT_ROLES
    assert (action in available(proposal, by)) == allowed
    if role in WHO[action]:
        assert bool(move([proposal.pk], action, by=by)) == allowed


def test_the_database_knows_no_decision_by_whoever_filed():
    by = make_user(Role.MUNICIPAL_OFFICER)
    proposal = FourNewProposal.plain.create(
        entity=make_entity(),
        kind="propose",
        reason="理由",
        filed_by=by,
        due_on=timezone.localdate(),
    )
    proposal.decided_by = by
    with pytest.raises(IntegrityError, match="a_proposal_is_decided_by_a_second_person"):
        proposal.save()
