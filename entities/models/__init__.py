"""Business entities and their dated facts (docs/architecture.md, facts on two time axes).

The wide ``Entity`` row is the display copy and the search target; rules read only the dated
tables. Scope columns (bureau, station, fields) follow today's jurisdiction.
"""

from entities.models.changes import FactChange, Operation, OperationItem
from entities.models.credit import RISK_SCHEME, ClassFile, CreditClass, Listing
from entities.models.four_new import FourNewMark, FourNewProposal, FourNewTerm, FourNewVeto
from entities.models.register import Entity, EntityStatus, Industry
from entities.models.safety import Licence, SafetyReading, SafetyStatement, SafetyTerm

__all__ = (
    "ClassFile",
    "CreditClass",
    "Entity",
    "EntityStatus",
    "FactChange",
    "FourNewMark",
    "FourNewProposal",
    "FourNewTerm",
    "FourNewVeto",
    "Industry",
    "Licence",
    "Listing",
    "Operation",
    "OperationItem",
    "RISK_SCHEME",
    "SafetyReading",
    "SafetyStatement",
    "SafetyTerm",
)
