"""Clause 三(一): the zones, and that the four-new ground is for whoever is outside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Case, IntegerField, Q, Value, When

from membership.findings import Effect, Outcome
from membership.models import GroundName
from membership.rules.base import CODES, Rule
from membership.rules.sources import PRESENCE, ROSTER


class OnRoster(Rule):
    """区域内的经营主体纳入“沙盒监管”。

    Read as: the whole approved roster is in, of whatever industry and class, also in a safety
    field (readings 9). Judged for each occupant: an entity in two zones has two such grounds.
    """

    key = "zone.roster"
    title = "区域名册"
    clause = "3.1"
    effect = Effect.REQUIRES
    grounds = (GroundName.ZONE,)
    source = ROSTER
    facts = {"since": "since"}
    labels = {"since": "列入名册日"}
    wording = {
        "met": "自{since}起列入已批准区域的名册。",
        "not_met": "不在已批准区域的名册上。",
    }
    change = {
        "met": "移出名册或区域终止时移出此情形。",
        "not_met": "区域经市局批准，或名册变动经批准后，自动移入。",
    }

    @classmethod
    def met(cls, limits: Mapping[str, Any]) -> Q:
        return Q(roster_fact__id__isnull=False)

    @classmethod
    def code_of_entity(cls) -> Case:
        """Return the best outcome over the occupants of an entity: on any roster at all."""
        somewhere = When(presence_fact__id__isnull=False, then=Value(CODES[Outcome.MET]))
        return Case(somewhere, default=Value(CODES[Outcome.NOT_MET]), output_field=IntegerField())


class OutsideZones(Rule):
    """区域外“四新”经济经营主体纳入“沙盒监管”。

    Read as: who is on the roster of a zone is inside by that zone, and not as four-new.
    """

    key = "four_new.outside"
    title = "区域外"
    clause = "3.1"
    effect = Effect.REQUIRES
    grounds = (GroundName.FOUR_NEW,)
    source = PRESENCE
    facts = {"names": "names"}
    labels = {"names": "所在区域"}
    wording = {
        "met": "不在任何沙盒区域的名册上。",
        "not_met": "已列入区域名册（{names}），按区域类纳入。",
    }
    change = {
        "met": "列入区域名册后改按区域类纳入，当日衔接。",
        "not_met": "移出全部区域名册后，有“四新”标识的自动移入此情形，当日衔接。",
    }

    @classmethod
    def met(cls, limits: Mapping[str, Any]) -> Q:
        return Q(presence_fact__id__isnull=True)
