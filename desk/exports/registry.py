"""The kinds of exports, by the name in their address."""

from __future__ import annotations

from desk.exports.entities import ENTITIES, watched_kind
from desk.exports.kinds import ExportKind
from desk.exports.ledger import DECISIONS, MEMBERS
from desk.exports.logs import ACCESSES, CHANGES
from desk.exports.orders import ORDERS, REMOVALS
from desk.exports.redlines import NO_COERCIONS, NO_PENALTIES, RED_LINES
from desk.exports.violations import VIOLATIONS
from desk.exports.zones import ROUND, ZONE_ROSTER, ZONES

KINDS: dict[str, ExportKind] = {
    "entities": ENTITIES,
    "members": MEMBERS,
    "decisions": DECISIONS,
    "undecided": watched_kind("待核实主体", "undecided", "desk:undecided-list"),
    "review": watched_kind("重点关注主体", "review", "desk:review-list"),
    "zones": ZONES,
    "zone_roster": ZONE_ROSTER,
    "round": ROUND,
    "red_line": RED_LINES,
    "no_penalty": NO_PENALTIES,
    "no_coercion": NO_COERCIONS,
    "violations": VIOLATIONS,
    "orders": ORDERS,
    "removals": REMOVALS,
    "changes": CHANGES,
    "accesses": ACCESSES,
}
