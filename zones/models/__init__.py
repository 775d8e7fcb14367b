"""Zones (区域类, 三(一)): their declaration, their approval and their life afterwards."""

from zones.models.declarations import (
    Declaration,
    DeclarationComment,
    DeclarationFile,
    DeclarationStep,
    DeclaredEntity,
    DeclaredZone,
)
from zones.models.life import (
    LiaisonEntry,
    LiaisonTask,
    RosterChange,
    RosterChangeRow,
    RosterProposal,
    ZoneNote,
)
from zones.models.rounds import Round
from zones.models.zones import (
    Occupant,
    RosterEntry,
    Zone,
    ZoneArea,
    ZoneBureau,
    ZoneContact,
    ZonePresence,
)

__all__ = (
    "Declaration",
    "DeclarationComment",
    "DeclarationFile",
    "DeclarationStep",
    "DeclaredEntity",
    "DeclaredZone",
    "LiaisonEntry",
    "LiaisonTask",
    "Occupant",
    "RosterChange",
    "RosterChangeRow",
    "RosterEntry",
    "RosterProposal",
    "Round",
    "Zone",
    "ZoneArea",
    "ZoneBureau",
    "ZoneContact",
    "ZoneNote",
    "ZonePresence",
)
