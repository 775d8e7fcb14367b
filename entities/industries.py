"""Loads the table of GB/T 4754: sections, divisions, groups and classes."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.db import transaction

from core.tabular import Column
from entities.models import Industry
from staff.tables import Bad, Outcome, Rows

LAYOUT = {
    "code": Column(("code", "代码"), required=True),
    "name": Column(("name", "名称"), required=True),
    "level": Column(("level", "层级"), required=True),
    "section": Column(("section", "门类"), required=True),
}
CODE = re.compile(r"([A-T])(\d{2,4})?")


@transaction.atomic
def load_industries(rows: Rows, on: date, by: Any = None) -> Outcome:
    """Insert and rename industries; none is removed, for entities may carry it."""
    outcome = Outcome()
    present = {row.code: row for row in Industry.objects.all()}
    fresh: dict[str, Industry] = {}
    changed: dict[str, Industry] = {}
    good = 0
    for line, row in rows:
        bad = _wrong(line, row)
        if bad:
            outcome.bad.append(bad)
            continue
        good += 1
        facts = {"name": row["name"], "level": int(row["level"]), "section": row["section"]}
        stored = present.get(row["code"])
        if stored is None:
            fresh[row["code"]] = Industry(code=row["code"], **facts)
        elif any(getattr(stored, name) != value for name, value in facts.items()):
            for name, value in facts.items():
                setattr(stored, name, value)
            changed[row["code"]] = stored
    Industry.objects.bulk_create(fresh.values())
    Industry.objects.bulk_update(changed.values(), ["name", "level", "section"], batch_size=500)
    outcome.count("行业", len(fresh), len(changed), good - len(fresh) - len(changed))
    return outcome


def _wrong(line: int, row: dict[str, str]) -> Bad | None:
    found = CODE.fullmatch(row["code"])
    if not found or row["section"] != found[1]:
        value = f"{row['code']}／{row['section']}"
        return Bad(line, "code／section", value, "代码与门类不符，", "请写成A0111的样子。")
    if row["level"] != str(len(row["code"]) if found[2] is None else len(found[2])):
        return Bad(
            line, "level", row["level"], "层级与代码长度不符，", "门类1、大类2、中类3、小类4。"
        )
    if not row["name"]:
        return Bad(line, "name", "", "名称是空的，", "请补充行业名称。")
    return None
