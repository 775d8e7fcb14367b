"""Lines of the logs as a page shows them: who, from where, what, before and after.

People, entities and places are named in bulk for the lines of one page. The auditor reads logs and
no business data: of an entity its code and name are told, of a fact what stands in its own row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models

from core.models import Access, Change
from core.scope import Reference
from desk.audit.details import Details, detail_said, keys_of, subject_said, units_of
from desk.audit.facts import WHY, Facts, Several, Side, decisions_of, facts_of, rows_of
from desk.audit.wording import (
    NOT_KEPT,
    Origin,
    column_label,
    field_of,
    is_hidden,
    origin_of,
    role_label,
    table_label,
    value_said,
)
from entities.models import Entity
from membership.models import Ground
from staff.models import User

LONG = 80
"""Characters of a detail that a page shows; more of them are folded."""

BRIEF = 32


@dataclass(frozen=True)
class Who:
    """Whose act a line is; ``raw`` is its origin as it was written.

    ``direct``: nobody's, by way of the database; ``login`` says which.
    """

    user: User | None
    role: str
    origin: str
    sort: str
    raw: str
    login: str

    @property
    def direct(self) -> bool:
        return self.sort == Origin.DIRECT


@dataclass(frozen=True)
class Cell:
    """One column before and after, in words; None where the line has no such side."""

    label: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class ChangeLine:
    """One line of the change log, in words."""

    line: Change
    who: Who
    table: str
    entity: Entity | None
    cells: tuple[Cell, ...]
    decision: str = ""

    @property
    def columns(self) -> str:
        """Name what changed, shortly."""
        if self.line.verb == Change.Verb.UPDATE:
            return "、".join(cell.label for cell in self.cells)
        if self.line.verb == Change.Verb.SUPERSEDE:
            return self._superseded()
        return {"delete": "整行删除", "insert": "新增一行"}.get(self.line.verb, "")

    def _superseded(self) -> str:
        """Say whether another row took the place of this one, and which decision did it."""
        if any(cell.after is not None for cell in self.cells):
            said = "由新的一行取代"
        else:
            is_ground = self.line.table_name == Ground._meta.db_table
            said = "不再有效（移出）" if is_ground else "不再有效"
        return f"{said}：{self.decision}" if self.decision else said


@dataclass(frozen=True)
class AccessLine:
    """One line of the access log, in words."""

    line: Access
    who: Who
    entity: Entity | None
    details: Details

    @property
    def subject(self) -> str:
        """Return what it was about, without the entity that stands beside it."""
        said = subject_said(self.line.subject)
        entity = self.entity
        return "" if entity and (entity.code in said or said == entity.name) else said

    @property
    def brief(self) -> str:
        """Return the beginning of a long detail: its first values, for the fold's handle."""
        said = "；".join(f"{label}：{value}" for label, value in self.details)
        return f"{said[:BRIEF]}…"

    @property
    def is_long(self) -> bool:
        """Whether the detail would fill more than a few lines, so that a page folds it."""
        return sum(len(label) + len(value) for label, value in self.details) > LONG


def change_lines(found: Sequence[Change]) -> list[ChangeLine]:
    """Return the lines of one page of the change log in words."""
    people, entities = _people(found), _entities(found)
    facts = facts_of(found)
    decisions = decisions_of([line.row_key for line in found if _is_of_ground(line)])
    sides = {line.pk: _sides(line, facts) for line in found}
    references = _references(
        (line.table_name, column, value)
        for line in found
        for side in sides[line.pk]
        for column, value in (side or {}).items()
    )
    return [
        ChangeLine(
            line=line,
            who=_who(line, people, line.login),
            table=table_label(line.table_name),
            entity=entities.get(line.entity_id or 0),
            cells=_cells(line.table_name, *sides[line.pk], references),
            decision=decisions.get(line.row_key, "") if _is_of_ground(line) else "",
        )
        for line in found
    ]


def _is_of_ground(line: Change) -> bool:
    return line.table_name == Ground._meta.db_table and line.verb == Change.Verb.SUPERSEDE


def access_lines(found: Sequence[Access]) -> list[AccessLine]:
    """Return the lines of one page of the access log in words."""
    people, entities = _people(found, keys_of(found)), _entities(found)
    units = units_of(found)
    return [
        AccessLine(
            line=line,
            who=_who(line, people, ""),
            entity=entities.get(line.entity_id or 0),
            details=detail_said(line, people, units),
        )
        for line in found
    ]


def who_did(line: Change | Access) -> Who:
    """Return whose act one line is."""
    return _who(line, _people([line]), getattr(line, "login", ""))


def _who(line: Change | Access, people: dict[int, User], login: str) -> Who:
    sort, said = origin_of(line.origin)
    user = people.get(line.actor_id or 0)
    return Who(user, role_label(line.role), said, str(sort), line.origin, login)


def _people(found: Iterable[Any], named: Iterable[int] = ()) -> dict[int, User]:
    keys = {line.actor_id for line in found if line.actor_id} | set(named)
    return User.accounts.for_system("whom the log tells of").in_bulk(keys)


def _entities(found: Iterable[Any]) -> dict[int, Entity]:
    keys = {line.entity_id for line in found if line.entity_id}
    known = Entity.objects.for_system(WHY).filter(pk__in=keys)
    return {entity.pk: entity for entity in known.only("code", "name")} if keys else {}


def _sides(line: Change, facts: Facts) -> tuple[Side, Side]:
    return facts.get((line.table_name, line.row_key)) or (line.before, line.after)


Named = dict[tuple[type[models.Model], Any], str]


def _references(values: Iterable[tuple[str, str, Any]]) -> Named:
    """Return the names of the places, people and entities that the values are keys of."""
    wanted: dict[type[models.Model], set[Any]] = {}
    for table, column, value in values:
        target = _target(table, column)
        if target is not None:
            keys = value.values if isinstance(value, Several) else (value,)
            wanted.setdefault(target, set()).update(key for key in keys if isinstance(key, int))
    return {
        (model, row.pk): str(row)
        for model, keys in wanted.items()
        for row in rows_of(model).filter(pk__in=keys)
    }


def _target(table: str, column: str) -> type[models.Model] | None:
    """Return the model a column points to, where its rows have a name the auditor may read."""
    field = field_of(table, column)
    target = getattr(field, "related_model", None)
    if target in (User, Entity):
        return target
    return target if isinstance(getattr(target, "scope", None), Reference) else None


def _cells(table: str, before: Side, after: Side, names: Named) -> tuple[Cell, ...]:
    columns = [*(before or {}), *(c for c in after or {} if c not in (before or {}))]
    if before is not None and after is not None:
        columns = [c for c in columns if is_hidden(table, c) or _differs(before, after, c)]
    return tuple(
        Cell(
            column_label(table, column),
            None if before is None else _said(table, column, before.get(column), names),
            None if after is None else _said(table, column, after.get(column), names),
        )
        for column in columns
    )


def _differs(before: dict[str, Any], after: dict[str, Any], column: str) -> bool:
    old, new = before.get(column), after.get(column)
    return any(one != old for one in new.values) if isinstance(new, Several) else new != old


def _said(table: str, column: str, value: Any, names: Named) -> str:
    if is_hidden(table, column):
        return NOT_KEPT
    if isinstance(value, Several):
        said = [_said(table, column, one, names) for one in value.values]
        return "；".join(dict.fromkeys(said))
    target = _target(table, column)
    if target is not None and (target, value) in names:
        return names[target, value]
    return value_said(table, column, value)
