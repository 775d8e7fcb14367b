"""The dated tables that rules read, each joined once however many rules read it."""

from entities.choices import ListName
from entities.models import (
    RISK_SCHEME,
    CreditClass,
    EntityStatus,
    FourNewMark,
    Listing,
    SafetyReading,
)
from membership.models import ManualExclusion
from membership.rules.base import Source
from redline.models import RemovalSpan
from zones.models import RosterEntry, ZonePresence

STATUS = Source("status_fact", "statuses", EntityStatus)
CREDIT_CLASS = Source("class_fact", "credit_classes", CreditClass, (("scheme", RISK_SCHEME),))
SAFETY = Source("safety_fact", "safety_readings", SafetyReading)
FOUR_NEW_MARK = Source("mark_fact", "four_new_marks", FourNewMark)
SERIOUS_LIST = Source("serious_fact", "listings", Listing, (("list_name", ListName.SERIOUS),))
ABNORMAL_LIST = Source("abnormal_fact", "listings", Listing, (("list_name", ListName.ABNORMAL),))
MANUAL_EXCLUSION = Source("manual_fact", "manual_exclusions", ManualExclusion)
REMOVAL = Source("removal_fact", "removal_spans", RemovalSpan)
PRESENCE = Source("presence_fact", "zone_presences", ZonePresence)
ROSTER = Source("roster_fact", "entries", RosterEntry, of_occupant=True)

# A new room's dated tables enter here.
SOURCES = (
    STATUS,
    CREDIT_CLASS,
    SAFETY,
    FOUR_NEW_MARK,
    SERIOUS_LIST,
    ABNORMAL_LIST,
    MANUAL_EXCLUSION,
    REMOVAL,
    PRESENCE,
    ROSTER,
)
