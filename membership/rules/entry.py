"""Clause 三: what opens a ground. In the order of the clauses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q

from entities.choices import Domain, MarkOrigin, Novelty, Verdict
from membership.findings import Effect, Outcome
from membership.models import GroundName
from membership.rules.base import Rule, month_name
from membership.rules.sources import CREDIT_CLASS, FOUR_NEW_MARK, SAFETY

MOST_WORDS = 5


def _quoted(words: Iterable[str]) -> str:
    """Quote the first few words that were found, or return an empty string."""
    return "".join(f"“{word}”" for word in list(words)[:MOST_WORDS])


class FourNew(Rule):
    """区域外“四新”经济经营主体一并纳入“沙盒监管”。

    Read as: only a municipal mark opens the ground (五(二): 由市局自动标注; readings 3); a
    district's mark opens it where the limit says so.
    """

    key = "four_new.mark"
    title = "“四新”标识"
    clause = "3.1"
    effect = Effect.REQUIRES
    grounds = (GroundName.FOUR_NEW,)
    source = FOUR_NEW_MARK
    facts = {"origin": "origin", "novelties": "novelties", "evidence": "evidence"}
    labels = {"origin": "标识来源", "novelties": "四新类别", "evidence": "依据"}
    wording = {
        "met": "已由{origin}标为“四新”（{novelties}）{evidence}。",
        "not_met.none": "没有“四新”标识。",
        "not_met.district": "只有区县认定建议（{novelties}），市局尚未决定。",
    }
    change = {
        "met": "市局取消“四新”标识后移出此情形。",
        "not_met": "市局标为“四新”后自动移入；区县可提出认定建议。",
    }

    @classmethod
    def met(cls, limits: Mapping[str, Any]) -> Q:
        origins = [MarkOrigin.LIST, MarkOrigin.RULE, MarkOrigin.DECISION]
        if limits["four_new.district_mark_opens"]:
            origins.append(MarkOrigin.DISTRICT)
        return Q(mark_fact__origin__in=origins)

    @classmethod
    def variant(cls, outcome: Outcome, facts: Mapping[str, Any]) -> str:
        if outcome == Outcome.NOT_MET:
            return "not_met.district" if facts["origin"] else "not_met.none"
        return str(outcome)

    @classmethod
    def present(cls, facts: Mapping[str, Any]) -> dict[str, str]:
        words = _quoted(cls._words(facts))
        return {
            "origin": MarkOrigin(facts["origin"]).label if facts["origin"] else "无",
            "novelties": "、".join(Novelty(n).label for n in facts["novelties"] or ()) or "未分类",
            "evidence": f"，依据{words}" if words else "",
        }

    @classmethod
    def listed(cls, facts: Mapping[str, Any]) -> dict[str, str]:
        return cls.present(facts) | {"evidence": _quoted(cls._words(facts)) or "无"}

    @classmethod
    def _words(cls, facts: Mapping[str, Any]) -> list[str]:
        return [item["words"] for item in facts["evidence"] or () if item.get("words")]


class CreditLetter(Rule):
    """结合企业信用风险分类结果，将A类经营主体纳入“信用沙盒”。

    Read as: in no class file at all is not met, the normal case of households; missing from newer
    files only, the last class counts for two of them, then it is undecided (readings 1).
    """

    key = "credit.class"
    title = "信用风险分类"
    clause = "3.2"
    effect = Effect.REQUIRES
    grounds = (GroundName.CREDIT,)
    source = CREDIT_CLASS
    facts = {"letter": "letter", "month": "month", "missed": "missed"}
    labels = {"letter": "信用风险分类", "month": "分类月份", "missed": "其后未出现的月份数"}
    wording = {
        "met": "自{month}起信用风险分类为{letter}类。",
        "met.carried": (
            "自{month}起信用风险分类为{letter}类，其后{missed}个月分类文件未列该主体，沿用。"
        ),
        "not_met.none": "未参加企业信用风险分类。",
        "not_met": "自{month}起信用风险分类为{letter}类，不是{letters}类。",
        "undecided": (
            "最近{missed}个月分类文件未列该主体（此前自{month}起为{letter}类），"
            "超过沿用期限{carried}个月，待核实。"
        ),
    }
    change = {
        "met": "分类不再是{letters}类时移出信用沙盒。",
        "not_met": "分类为{letters}类后自动移入。",
        "undecided": "导入含该主体的分类文件，或由市局更正分类后即可判定。",
    }

    @classmethod
    def met(cls, limits: Mapping[str, Any]) -> Q:
        return Q(class_fact__letter__in=limits["class.credit_letters"])

    @classmethod
    def undecided(cls, limits: Mapping[str, Any]) -> Q:
        return Q(class_fact__missed__gt=limits["class.carried_files"])

    @classmethod
    def figures(cls, limits: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "letters": "、".join(limits["class.credit_letters"]),
            "carried": limits["class.carried_files"],
        }

    @classmethod
    def variant(cls, outcome: Outcome, facts: Mapping[str, Any]) -> str:
        if outcome == Outcome.NOT_MET and facts["letter"] is None:
            return "not_met.none"
        if outcome == Outcome.MET and facts["missed"]:
            return "met.carried"
        return str(outcome)

    @classmethod
    def present(cls, facts: Mapping[str, Any]) -> dict[str, str]:
        return super().present(facts) | {"month": month_name(facts["month"])}


class SafetyField(Rule):
    """除涉及食品药品、产品质量、特种设备等安全领域外。

    Read as: licence, industry or scope wording tells the field, makers only for 产品质量; an
    empty scope, conflicting origins or an ambiguous wording is undecided (readings 2).
    """

    key = "credit.safety"
    title = "安全领域"
    clause = "3.2"
    effect = Effect.REQUIRES
    grounds = (GroundName.CREDIT,)
    source = SAFETY
    facts = {
        "food_drug": "food_drug",
        "product_quality": "product_quality",
        "special_equipment": "special_equipment",
        "evidence": "evidence",
    }
    labels = {
        "food_drug": "食品药品",
        "product_quality": "产品质量",
        "special_equipment": "特种设备",
        "evidence": "依据",
    }
    wording = {
        "met": "不涉及食品药品、产品质量、特种设备安全领域。",
        "not_met": "涉及{touched}安全领域{evidence}。",
        "undecided": "是否涉及{doubtful}安全领域待核实{evidence}。",
    }
    change = {
        "met": "经营范围、行业或许可变动而涉及安全领域时移出信用沙盒。",
        "not_met": "经营范围或许可变更后自动重新判定；判定有误的，可说明理由予以排除。",
        "undecided": "补全经营范围，或由监管人员认定涉及、不涉及并说明理由后即可判定。",
    }
    DOMAINS = tuple(Domain)

    @classmethod
    def _all(cls, verdict: Verdict) -> Q:
        return Q(**{f"safety_fact__{domain}": verdict for domain in cls.DOMAINS})

    @classmethod
    def _any(cls, verdict: Verdict) -> Q:
        return Q(*((f"safety_fact__{domain}", verdict) for domain in cls.DOMAINS), _connector=Q.OR)

    @classmethod
    def met(cls, limits: Mapping[str, Any]) -> Q:
        return Q(safety_fact__id__isnull=True) | cls._all(Verdict.NONE)

    @classmethod
    def undecided(cls, limits: Mapping[str, Any]) -> Q:
        return cls._any(Verdict.PENDING) & Q(
            *(
                (f"safety_fact__{domain}__in", (Verdict.NONE, Verdict.PENDING))
                for domain in cls.DOMAINS
            )
        )

    @classmethod
    def present(cls, facts: Mapping[str, Any]) -> dict[str, str]:
        verdicts = {domain: facts[domain] for domain in cls.DOMAINS}
        touched = [Domain(d).label for d, v in verdicts.items() if v == Verdict.IN]
        doubtful = [Domain(d).label for d, v in verdicts.items() if v == Verdict.PENDING]
        words = _quoted(cls._words(facts))
        return {
            **{
                domain: Verdict(value).label if value is not None else "不涉及"
                for domain, value in verdicts.items()
            },
            "touched": "、".join(touched),
            "doubtful": "、".join(doubtful),
            "evidence": f"，依据{words}" if words else "",
        }

    @classmethod
    def listed(cls, facts: Mapping[str, Any]) -> dict[str, str]:
        return cls.present(facts) | {"evidence": _quoted(cls._words(facts)) or "无"}

    @classmethod
    def _words(cls, facts: Mapping[str, Any]) -> list[str]:
        found = (
            item["words"]
            for item in facts["evidence"] or ()
            if item.get("words") and item.get("verdict") != Verdict.NONE
        )
        return list(dict.fromkeys(found))
