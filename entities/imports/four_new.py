"""Import of the municipal list of four-new entities (readings 3), set-wise."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from core.errors import Refused
from core.jobs import Handle
from core.tabular import Column
from entities.choices import MarkOrigin, Novelty
from entities.codes import normalise
from entities.imports.sources import Source, opened, told
from entities.imports.staging import (
    alone,
    array,
    copy_lines,
    encode,
    execute,
    record_changes_of,
    replace_facts,
    rows,
)
from entities.locks import alone_in_bulk, terms_hold_still
from entities.models import FourNewMark
from entities.rederive import derive_four_new, record

COLUMNS = {
    "code": Column(
        ("统一社会信用代码", "统一社会信用代码/注册号", "信用代码", "社会信用代码", "注册号",
         "代码"),
        required=True,
    ),
    "novelties": Column(
        ("四新类别", "“四新”类别", "四新类型", "四新", "四新标识", "四新分类", "类别", "类型"),
        required=True,
    ),
}  # fmt: skip
CAUSE = "“四新”名单导入"
SOURCE = "市局“四新”名单"
STAGED, LISTED = "import_four_new", "import_listed"
NOBODY = (
    "文件中没有一行可以导入，未作任何改动（否则现有名单标识会全部退出）；"
    "请按错误文件更正后重新提交。"
)
SEPARATORS = re.compile(r"[、,;/|\s和及]+")
WORDS = {label: value for value, label in Novelty.choices} | {
    "新商业模式": Novelty.MODEL.value,
    "技术": Novelty.TECHNOLOGY.value,
    "产业": Novelty.INDUSTRY.value,
    "业态": Novelty.FORM.value,
    "模式": Novelty.MODEL.value,
}

# A decision of the city goes before its list; everything else gives way to the list.
WANTED = f"""
CREATE TEMP TABLE wanted_mark AS
SELECT l.entity_id, %(since)s::date AS since, NULL::date AS until, true AS present,
  '{MarkOrigin.LIST}'::varchar AS origin, l.novelties, '[]'::jsonb AS evidence,
  m.id IS NOT NULL AS marked
FROM {LISTED} l LEFT JOIN entities_fournewmark m ON m.entity_id = l.entity_id
  AND m.superseded_at IS NULL AND m.since <= %(on)s AND (m.until IS NULL OR m.until > %(on)s)
WHERE NOT l.decided AND NOT coalesce(m.origin = '{MarkOrigin.LIST}' AND m.until IS NULL
  AND m.since <= %(since)s AND m.novelties = l.novelties, false)
"""

LEAVING = f"""
CREATE TEMP TABLE wanted_end AS
SELECT m.entity_id, greatest(%(since)s::date, min(m.since)) AS since, NULL::date AS until,
  false AS present, '{MarkOrigin.LIST}'::varchar AS origin, '{{}}'::varchar[] AS novelties,
  '[]'::jsonb AS evidence
FROM entities_fournewmark m WHERE m.superseded_at IS NULL AND m.origin = '{MarkOrigin.LIST}'
  AND (m.until IS NULL OR m.until > %(since)s)
  AND NOT EXISTS (SELECT 1 FROM {LISTED} l WHERE l.entity_id = m.entity_id)
GROUP BY m.entity_id
"""
FACT_COLUMNS = ("origin", "novelties", "evidence")


def novelties_of(text: str) -> tuple[list[str], list[str]]:
    """Return the four-new kinds named in a cell, sorted, and the words that name none."""
    words = [w for w in SEPARATORS.split(unicodedata.normalize("NFKC", text)) if w]
    known = {WORDS[word] for word in words if word in WORDS}
    return sorted(known), [word for word in words if word not in WORDS]


def work(handle: Handle) -> dict[str, Any]:
    """Do the job kind "import_four_new"; params: since (ISO day), replace, dry_run.

    One transaction: the list has some tens of thousands of rows.
    """
    params, today = handle.job.params, timezone.localdate()
    since = _day(params.get("since"), today)
    with opened(handle, "four_new", COLUMNS) as source, alone(STAGED, handle):
        _stage(source)
        if params.get("replace") and not rows(f"SELECT count(*) FROM {LISTED}")[0][0]:
            raise Refused("readings 3", NOBODY)
        _list_decided(source, today)
        with transaction.atomic():
            counts = _apply(handle, since, today)
    return told(
        source,
        {"since": since.isoformat(), **counts},
        [
            f"“四新”名单自{since:%Y年%m月%d日}起：新增标识{counts['new']:,}户，"
            f"变化{counts['changed']:,}户，未变{counts['unchanged']:,}户，"
            f"退出名单{counts['left']:,}户。"
        ],
    )


def _day(text: str | None, today: date) -> date:
    try:
        since = date.fromisoformat(text) if text else today
    except ValueError:
        raise Refused("readings 3", f"起始日“{text}”应写成YYYY-MM-DD，请改正后重试。") from None
    if since > today:
        raise Refused("readings 3", "名单的起始日不能晚于今天，请改正后重试。")
    return since


def _stage(source: Source) -> None:
    execute(f"DROP TABLE IF EXISTS {STAGED}, {LISTED}, wanted_mark, wanted_end")
    execute(f"CREATE TEMP TABLE {STAGED} (line bigint, code varchar, novelties varchar[])")
    copy_lines(STAGED, ("line", "code", "novelties"), _lines(source))
    execute(
        f"CREATE TEMP TABLE {LISTED} AS SELECT DISTINCT ON (e.id) e.id AS entity_id, s.line, "
        "s.code, s.novelties, false AS decided "
        f"FROM {STAGED} s JOIN entities_entity e ON e.code = s.code ORDER BY e.id, s.line DESC"
    )
    execute(f"CREATE UNIQUE INDEX ON {LISTED} (entity_id)")
    unknown = (
        f"SELECT s.line, s.code FROM {STAGED} s LEFT JOIN entities_entity e ON e.code = s.code "
        "WHERE e.id IS NULL ORDER BY s.line"
    )
    for line, code in rows(unknown):
        source.reject_unknown(line, code)
    twice = (
        f"SELECT s.line, s.code, l.line FROM {STAGED} s JOIN {LISTED} l ON l.code = s.code "
        "WHERE s.line <> l.line ORDER BY s.line"
    )
    for line, code, last in rows(twice):
        source.warn(
            line, "统一社会信用代码", code, f"同一代码在第{last}行再次出现，以最后一行为准。",
            "请核对重复的行。",
        )  # fmt: skip


def _lines(source: Source) -> Iterator[str]:
    headers = source.table.header
    for line, (raw_code, raw_novelties) in source.rows():
        code = normalise(raw_code)
        known, unknown = novelties_of(raw_novelties)
        if not code:
            source.reject(line, headers["code"], raw_code, "缺少代码。", "请补充统一社会信用代码。")
        elif unknown or not known:
            problem = f"“{'、'.join(unknown)}”不是四新类别。" if unknown else "缺少四新类别。"
            source.reject(
                line, headers["novelties"], raw_novelties, problem,
                "请填写新技术、新产业、新业态、新模式中的一项或几项，用顿号分隔。",
            )  # fmt: skip
        else:
            yield encode((line, code, array(known)))


def _list_decided(source: Source, today: date) -> None:
    """Set aside the entities about which the city decided singly, and say so."""
    execute(
        f"UPDATE {LISTED} l SET decided = true WHERE EXISTS (SELECT 1 FROM entities_fournewmark m "
        f"WHERE m.entity_id = l.entity_id AND m.origin = '{MarkOrigin.DECISION}' "
        "AND m.superseded_at IS NULL AND (m.until IS NULL OR m.until > %(on)s)) "
        "OR EXISTS (SELECT 1 FROM entities_fournewveto v WHERE v.entity_id = l.entity_id "
        "AND v.superseded_at IS NULL AND (v.until IS NULL OR v.until > %(on)s))",
        {"on": today},
    )
    for line, code in rows(f"SELECT line, code FROM {LISTED} WHERE decided ORDER BY line"):
        source.warn(
            line, "统一社会信用代码", code, "市局已就该主体的“四新”认定单独作出决定，名单未采用。",
            "如应以名单为准，请由市局人员先变更该决定。",
        )  # fmt: skip


def _apply(handle: Handle, since: date, today: date) -> dict[str, int]:
    """Write what differs; return counts of entities."""
    params, by = handle.job.params, handle.job.started_by_id
    alone_in_bulk()
    terms_hold_still()
    execute(WANTED, {"since": since, "on": today})
    new, changed = rows(
        "SELECT count(*) FILTER (WHERE NOT marked), count(*) FILTER (WHERE marked) FROM wanted_mark"
    )[0]
    every = rows(f"SELECT count(*) FROM {LISTED}")[0][0]
    left: list[int] = []
    if params.get("replace"):
        execute(LEAVING, {"since": since})
        left = [key for (key,) in rows("SELECT entity_id FROM wanted_end ORDER BY 1")]
    counts = {"new": new, "changed": changed, "unchanged": every - new - changed, "left": len(left)}
    if params.get("dry_run"):
        return counts
    replace_facts(FourNewMark, "wanted_mark", FACT_COLUMNS, source=SOURCE, by=by)
    record_changes_of("SELECT entity_id, since AS from_day FROM wanted_mark", CAUSE, by=by)
    if left:
        replace_facts(FourNewMark, "wanted_end", FACT_COLUMNS, source=SOURCE, by=by)
        record_changes_of("SELECT entity_id, since AS from_day FROM wanted_end", CAUSE, by=by)
        # Whoever leaves the list may still be marked by the rule table or a filed proposal.
        record(derive_four_new(left, since), CAUSE, by=by)
    return counts
