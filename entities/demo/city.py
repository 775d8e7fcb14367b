"""A plausible city, chunk by chunk: pure, the same for the same setting, seed and chunk number.

Every distinct scope is composed and read once, in ``prepare``; making an entity is then choosing.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple

from entities.choices import Domain, Kind, Letter, ListName, MarkOrigin, Novelty, Status, Verdict
from entities.codes import ALPHABET, make_legacy, make_uscc
from entities.contacts import seal_name, seal_phone
from entities.demo import pools
from entities.derivation import FourNewReader, Mark, Reading, SafetyReader, combine
from entities.imports.staging import array, encode
from entities.models import RISK_SCHEME, Licence
from entities.names import bigrams
from staff.models import Field

SCOPES_A_TRADE = 60
NUMBERS = len(ALPHABET) ** 6
STRIDE = 386_117_839
"""Coprime to 31, so that numbering by it visits every organisation number once."""

KINDS = {
    Kind.HOUSEHOLD: ("个体工商户", 60, ""),
    Kind.COMPANY: ("有限责任公司", 31, "有限公司"),
    Kind.BRANCH: ("分公司", 3.5, "有限公司分公司"),
    Kind.SOLE_PROPRIETORSHIP: ("个人独资企业", 3, "中心"),
    Kind.COOPERATIVE: ("农民专业合作社", 1.4, "专业合作社"),
    Kind.PARTNERSHIP: ("合伙企业", 0.8, "合伙企业（有限合伙）"),
    Kind.STATE_OR_COLLECTIVE: ("全民所有制", 0.3, "厂"),
}
BEGINNINGS = {Kind.HOUSEHOLD: "92", Kind.COOPERATIVE: "93"}
STATUSES = {
    Status.ACTIVE: 91.0, Status.DORMANT: 0.5, Status.LIQUIDATING: 0.3, Status.DEREGISTERED: 5.0,
    Status.REVOKED: 3.0, Status.CANCELLED: 0.1, Status.MOVED_OUT: 0.1,
}  # fmt: skip
LETTERS = {Letter.A: 73, Letter.B: 19, Letter.C: 5, Letter.D: 3}
NEW_INDUSTRIES = ("I", "M", "N", "C36")

ENTITY = (
    "id", "code", "name", "name_bigrams", "kind", "kind_text", "status", "established_on",
    "capital", "industry", "business_scope", "address", "district_id", "street_id", "bureau_id",
    "station_id", "fields", "registrar", "representative", "trade_name", "contact_name",
    "contact_phone", "code_problem", "former_names", "service_address",
)  # fmt: skip
TABLES: dict[str, Sequence[str]] = {
    "entities_entity": ENTITY,
    "entities_entitystatus": ("entity_id", "status", "since", "until", "source"),
    "entities_safetyreading": (
        "entity_id", *(domain.value for domain in Domain), "evidence", "since", "source"
    ),
    "entities_creditclass": (
        "entity_id", "scheme", "letter", "month", "missed", "since", "until", "source"
    ),
    "entities_fournewmark": ("entity_id", "origin", "novelties", "evidence", "since", "source"),
    "entities_listing": (
        "entity_id", "list_name", "reason", "document_number", "since", "source"
    ),
    "entities_licence": ("id", "entity_id", "domain", "title", "number", "since", "source"),
}  # fmt: skip
SOURCE = "演示数据"


class Place(NamedTuple):
    """A street, or the district as a whole, with the keys that an entity there carries."""

    street_id: int | None
    name: str
    bureau_id: int | None
    station_id: int | None


class Area(NamedTuple):
    """A district and the places in it; ``weight`` is its share of the city."""

    district_id: int
    code: str
    name: str
    short_name: str
    weight: float
    places: list[Place]


class Scope(NamedTuple):
    """A scope as it stands in the register, and what the term tables say about it."""

    industry: str
    text: str
    reading: Reading | None
    evidence: str
    mark: Mark | None
    fields: str


@dataclass
class Setting:
    """What all chunks share. ``month`` is the first day of the newest class file.

    ``offset``: so many numbers of codes are spent already, by an earlier load.
    """

    seed: int
    areas: list[Area]
    scopes: list[list[Scope]]
    month: date
    before: date
    first_id: int
    licence_ids: int
    offset: int


def prepare(
    seed: int,
    areas: list[Area],
    month: date,
    before: date,
    first_id: int,
    licence_ids: int,
    offset: int,
) -> Setting:
    """Compose and read the pool of scopes; the readers are those of ``month``."""
    chance = Random(f"{seed}:scopes")  # nosec B311 # repeatable on purpose
    safety, four_new = SafetyReader.on(month), FourNewReader.on(month)
    scopes = [
        [
            read_scope(trade.industry, "" if n == 0 else compose(trade, chance), safety, four_new)
            for n in range(SCOPES_A_TRADE)
        ]
        for trade in pools.TRADES
    ]
    return Setting(seed, areas, scopes, month, before, first_id, licence_ids, offset)


def compose(trade: pools.Trade, chance: Random) -> str:
    """Return a scope in the register's wording."""
    more = chance.sample(trade.others, chance.randint(1, len(trade.others)))
    parts = "；".join([chance.choice(trade.first), *more])
    if chance.random() < 0.5:
        parts = "一般项目：" + parts
        parts += "（除依法须经批准的项目外，凭营业执照依法自主开展经营活动）"
    return parts + ("。" if chance.random() < 0.3 else "")


def read_scope(industry: str, text: str, safety: SafetyReader, four_new: FourNewReader) -> Scope:
    """Return the scope with its readings."""
    reading, mark = safety.read(text, industry), four_new.read(text, industry)
    return Scope(industry, text, reading, as_json(reading), mark, fields_of(reading, industry))


def as_json(reading: Reading | None) -> str:
    return json.dumps(reading.evidence, ensure_ascii=False) if reading else ""


def fields_of(reading: Reading | None, industry: str) -> str:
    """Return the array of fields in which municipal units read the entity (entities.placing)."""
    fields = [d.value for d in Domain if reading and getattr(reading, d) != Verdict.NONE]
    if industry.lstrip("M") == "7520":
        fields.append(Field.INTELLECTUAL_PROPERTY.value)
    return array(fields)


def number_of(index: int) -> str:
    """Return the eight characters of the organisation number of the index-th entity."""
    left, letters = index * STRIDE % NUMBERS, []
    for _ in range(6):
        left, value = divmod(left, len(ALPHABET))
        letters.append(ALPHABET[value])
    return "MA" + "".join(letters)


@dataclass
class Made:
    """The lines of one chunk by table, and how many rows its two class files had."""

    lines: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    rows_before: int = 0
    rows_now: int = 0

    def add(self, table: str, *values: Any) -> None:
        self.lines[table].append(encode(values))


class Chunk:
    """Makes the entities with indexes ``start`` to ``stop``; dice are thrown for all at once."""

    def __init__(self, setting: Setting, start: int, stop: int) -> None:
        self.setting, self.start = setting, start
        self.chance = Random(f"{setting.seed}:{setting.offset + start}")  # nosec B311 # as above
        self.made = Made()
        size = stop - start
        throw = self.chance.choices
        self.kinds = throw(list(KINDS), [share for _, share, _ in KINDS.values()], k=size)
        self.statuses = throw(list(STATUSES), list(STATUSES.values()), k=size)
        self.areas = throw(setting.areas, [area.weight for area in setting.areas], k=size)
        numbers = range(len(pools.TRADES))
        self.firm_trades = throw(numbers, [trade.firms for trade in pools.TRADES], k=size)
        self.household_trades = throw(numbers, [t.households for t in pools.TRADES], k=size)
        self.letters = throw(list(LETTERS), list(LETTERS.values()), k=size)

    def make(self) -> Made:
        for n in range(len(self.kinds)):
            self._entity(n)
        return self.made

    def _entity(self, n: int) -> None:
        chance, setting, kind = self.chance, self.setting, self.kinds[n]
        key = setting.first_id + self.start + n
        trade = (self.household_trades if kind == Kind.HOUSEHOLD else self.firm_trades)[n]
        # The first scope of each pool is the empty one; it is rare.
        pool = setting.scopes[trade]
        scope = pool[0 if chance.random() < 0.005 else chance.randrange(1, len(pool))]
        begun = setting.before - timedelta(days=1 + int(chance.random() ** 2 * 9000))
        reading, evidence, fields = self._licence(key, scope, begun)
        self._write_entity(n, key, kind, pools.TRADES[trade], scope, begun, fields)
        self._status(key, self.statuses[n], begun)
        if reading:
            verdicts = [int(getattr(reading, domain)) for domain in Domain]
            self.made.add("entities_safetyreading", key, *verdicts, evidence, begun, SOURCE)
        ended = self.statuses[n] not in (Status.ACTIVE, Status.DORMANT, Status.LIQUIDATING)
        if not ended and kind not in (Kind.HOUSEHOLD, Kind.BRANCH):
            self._class(key, self.letters[n])
        self._mark(key, kind, scope)
        if not ended:
            self._listing(key, begun)

    def _write_entity(
        self, n: int, key: int, kind: Kind, trade: pools.Trade, scope: Scope, begun: date,
        fields: str,
    ) -> None:  # fmt: skip
        pick, dice = self.chance.choice, self.chance.random
        area = self.areas[n]
        place = pick(area.places)
        brand = pick(pools.BRAND_FIRST) + pick(pools.BRAND_SECOND)
        if dice() < 0.4:
            brand += pick(pools.BRAND_THIRD)
        text, _, ending = KINDS[kind]
        person = pick(pools.FAMILY_NAMES) + pick(pools.GIVEN_NAMES)
        if kind == Kind.HOUSEHOLD:
            brand = brand if dice() < 0.7 else person
            name = f"{area.name}{brand}{pick(trade.words)}"
        elif kind == Kind.COOPERATIVE:
            name = f"重庆市{area.name}{brand}{pick(trade.words)}{ending}"
        else:
            name = f"重庆{brand}{pick(trade.words)}{ending}"
        ground = f"重庆市{area.name}{place.name}{pick(pools.ROADS)}{1 + int(dice() * 398)}号"
        if dice() < 0.3:
            ground += f"{pick(pools.PLACES)}{1 + int(dice() * 9)}幢{1 + int(dice() * 99)}号"
        phone = f"1{3 + int(dice() * 7)}{int(dice() * 1e9):09d}"
        self.made.add(
            "entities_entity",
            key, self._code(n, kind, area), name, array(bigrams(name)), kind.value, text,
            self.statuses[n].value, begun, "" if kind == Kind.HOUSEHOLD else pick(pools.CAPITALS),
            scope.industry, scope.text, ground, area.district_id, place.street_id,
            place.bureau_id, place.station_id, fields, f"重庆市{area.name}市场监督管理局", person,
            brand if kind == Kind.HOUSEHOLD else "", seal_name(person), seal_phone(phone),
            "", "{}", "",
        )  # fmt: skip

    def _code(self, n: int, kind: Kind, area: Area) -> str:
        index = self.setting.offset + self.start + n
        # One in two hundred still bears the 15 digits of old; the division is that of its day.
        if index % 200 == 7:
            return make_legacy(f"{area.code}{index * 7919 % 10**8:08d}")
        beginning = BEGINNINGS.get(kind, "91")
        return make_uscc(beginning + area.code, number_of(index))

    def _status(self, key: int, status: Status, begun: date) -> None:
        table = "entities_entitystatus"
        if status == Status.ACTIVE:
            self.made.add(table, key, status.value, begun, None, SOURCE)
            return
        since = begun + timedelta(days=1 + self.chance.randrange((self.setting.month - begun).days))
        self.made.add(table, key, Status.ACTIVE.value, begun, since, SOURCE)
        self.made.add(table, key, status.value, since, None, SOURCE)

    def _licence(self, key: int, scope: Scope, begun: date) -> tuple[Reading | None, str, str]:
        """Give some of those in a safety field their licence; return the reading that follows."""
        unchanged = (scope.reading, scope.evidence, scope.fields)
        if scope.reading is None or self.chance.random() > 0.06:
            return unchanged
        inside = [d for d in Domain if getattr(scope.reading, d) == Verdict.IN]
        if not inside:
            return unchanged
        domain = self.chance.choice(inside)
        title, word = pools.LICENCES[domain]
        number = f"{word}150{key:011d}"
        row = self.setting.licence_ids + key
        self.made.add("entities_licence", row, key, domain.value, title, number, begun, SOURCE)
        reading = combine(
            scope.reading, [Licence(pk=row, domain=domain.value, title=title, number=number)], []
        )
        return reading, as_json(reading), scope.fields

    def _class(self, key: int, letter: Letter) -> None:
        """Two monthly files: most say the same twice, some change, are missing or are new."""
        dice, before, month = self.chance.random(), self.setting.before, self.setting.month
        if dice < 0.05:  # in no file
            return
        self.made.rows_before += dice >= 0.055
        self.made.rows_now += dice >= 0.065 or dice < 0.055
        if dice < 0.055:
            self._class_row(key, letter, month, 0, month, None)
        elif dice < 0.065:
            self._class_row(key, letter, before, 0, before, month)
            self._class_row(key, letter, before, 1, month, None)
        elif dice < 0.08:
            other = self.chance.choice([x for x in LETTERS if x != letter])
            self._class_row(key, other, before, 0, before, month)
            self._class_row(key, letter, month, 0, month, None)
        else:
            self._class_row(key, letter, before, 0, before, None)

    def _class_row(
        self, key: int, letter: Letter, month: date, missed: int, since: date, until: date | None
    ) -> None:
        self.made.add(
            "entities_creditclass",
            *(key, RISK_SCHEME, letter.value, month, missed, since, until, SOURCE),
        )

    def _mark(self, key: int, kind: Kind, scope: Scope) -> None:
        likely = scope.industry.startswith(NEW_INDUSTRIES)
        share = 0.004 if kind == Kind.HOUSEHOLD else 0.2 if likely else 0.015
        since = self.setting.before
        if self.chance.random() < share:
            novelties = array(sorted(self.chance.sample(Novelty.values, 1 + (key % 5 == 0))))
            values = (MarkOrigin.LIST.value, novelties, "[]", since, SOURCE)
        elif scope.mark:
            evidence = json.dumps(scope.mark.evidence, ensure_ascii=False)
            novelties = array(scope.mark.novelties)
            values = (MarkOrigin.RULE.value, novelties, evidence, since, "系统判定")
        else:
            return
        self.made.add("entities_fournewmark", key, *values)

    def _listing(self, key: int, begun: date) -> None:
        dice = self.chance.random()
        if dice > 0.0315:
            return
        days = min((self.setting.month - begun).days, 900)
        since = self.setting.month - timedelta(days=self.chance.randrange(days))
        serious = dice < 0.0015
        self.made.add(
            "entities_listing",
            key,
            (ListName.SERIOUS if serious else ListName.ABNORMAL).value,
            self.chance.choice(pools.SERIOUS_REASONS if serious else pools.ABNORMAL_REASONS),
            f"渝市监列〔{since.year}〕{key % 100_000}号",
            since,
            SOURCE,
        )
