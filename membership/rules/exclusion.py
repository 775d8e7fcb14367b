"""Clauses 四(一) and 四(四): what ends and blocks grounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q

from entities.choices import Status
from membership.findings import Effect, Outcome
from membership.models import GroundName
from membership.rules.base import Rule, month_name
from membership.rules.sources import (
    CREDIT_CLASS,
    MANUAL_EXCLUSION,
    REMOVAL,
    SERIOUS_LIST,
    STATUS,
)
from redline.choices import RemovalCause

EVERY_GROUND = tuple(GroundName)


class EndedStatus(Rule):
    """经营主体注销、吊销、撤销、迁出的，移出“沙盒”。

    Read as: 存续 and 歇业 stay, 清算 goes to review (readings 7).
    """

    key = "exclusion.status"
    title = "登记状态"
    clause = "4.1"
    effect = Effect.EXCLUDES
    grounds = EVERY_GROUND
    source = STATUS
    facts = {"status": "status"}
    labels = {"status": "登记状态"}
    wording = {
        "met": "登记状态为{status}。",
        "not_met": "登记状态为{status}，移出。",
        "undecided": "该日没有登记状态记录，待核实。",
    }
    change = {
        "met": "注销、吊销、撤销、迁出时移出。",
        "not_met": "登记状态恢复为存续、歇业后自动重新判定。",
        "undecided": "导入登记信息后即可判定。",
    }

    @classmethod
    def met(cls, limits: Mapping[str, Any]) -> Q:
        lasting = [status for status in Status if status not in limits["status.ending"]]
        return Q(status_fact__status__in=lasting)

    @classmethod
    def undecided(cls, limits: Mapping[str, Any]) -> Q:
        return Q(status_fact__id__isnull=True)

    @classmethod
    def present(cls, facts: Mapping[str, Any]) -> dict[str, str]:
        return {"status": Status(facts["status"]).label if facts["status"] else "无"}


class GravestClass(Rule):
    """经营主体信用风险等级变动的，动态移入或移出“沙盒”。

    Read as: class D ends also the grounds that do not rest on the class (readings 6).
    """

    key = "exclusion.class"
    title = "信用风险高"
    clause = "4.1"
    effect = Effect.EXCLUDES
    grounds = (GroundName.ZONE, GroundName.FOUR_NEW)
    source = CREDIT_CLASS
    facts = {"letter": "letter", "month": "month", "missed": "missed"}
    labels = {"letter": "信用风险分类", "month": "分类月份", "missed": "其后未出现的月份数"}
    wording = {
        "met.none": "未参加企业信用风险分类，不影响此情形。",
        "met": "自{month}起信用风险分类为{letter}类，不影响此情形。",
        "not_met": "自{month}起信用风险分类为{letter}类，移出。",
        "undecided": ("自{month}起分类为{letter}类，其后{missed}个月分类文件未列该主体，待核实。"),
    }
    change = {
        "met": "分类降为{letters}类时移出。",
        "not_met": "分类不再是{letters}类后自动重新判定。",
        "undecided": "导入含该主体的分类文件，或由市局更正分类后即可判定。",
    }

    @classmethod
    def met(cls, limits: Mapping[str, Any]) -> Q:
        others = [letter for letter in "ABCD" if letter not in limits["class.ending_letters"]]
        return Q(class_fact__id__isnull=True) | Q(class_fact__letter__in=others)

    @classmethod
    def undecided(cls, limits: Mapping[str, Any]) -> Q:
        return Q(
            class_fact__letter__in=limits["class.ending_letters"],
            class_fact__missed__gt=limits["class.carried_files"],
        )

    @classmethod
    def figures(cls, limits: Mapping[str, Any]) -> dict[str, Any]:
        return {"letters": "、".join(limits["class.ending_letters"])}

    @classmethod
    def variant(cls, outcome: Outcome, facts: Mapping[str, Any]) -> str:
        return "met.none" if outcome == Outcome.MET and facts["letter"] is None else str(outcome)

    @classmethod
    def present(cls, facts: Mapping[str, Any]) -> dict[str, str]:
        return super().present(facts) | {"month": month_name(facts["month"])}


class SeriousList(Rule):
    """列入严重违法失信名单的，移出“沙盒” (readings 7, 8)."""

    key = "exclusion.serious_list"
    title = "严重违法失信名单"
    clause = "4.1"
    effect = Effect.EXCLUDES
    grounds = EVERY_GROUND
    source = SERIOUS_LIST
    facts = {"reason": "reason", "document": "document_number"}
    labels = {"reason": "列入事由", "document": "文号"}
    wording = {
        "met": "未列入严重违法失信名单。",
        "not_met": "已列入严重违法失信名单（{reason}，{document}），移出。",
    }
    change = {
        "met": "列入严重违法失信名单时移出。",
        "not_met": "移出严重违法失信名单后自动重新判定。",
    }

    @classmethod
    def met(cls, limits: Mapping[str, Any]) -> Q:
        return Q(serious_fact__id__isnull=True)

    @classmethod
    def present(cls, facts: Mapping[str, Any]) -> dict[str, str]:
        return {
            "reason": facts["reason"] or "事由未填",
            "document": facts["document"] or "文号未填",
        }


class TakenOutByHand(Rule):
    """针对经营主体实际情况，动态移出“沙盒”：须有理由、第二人批准和复核日 (readings 5)."""

    key = "exclusion.manual"
    title = "人工移出"
    clause = "4.1"
    effect = Effect.EXCLUDES
    grounds = EVERY_GROUND
    source = MANUAL_EXCLUSION
    facts = {"reason": "reason", "review_on": "review_on"}
    labels = {"reason": "理由", "review_on": "复核日"}
    wording = {
        "met": "没有人工移出。",
        "not_met": "已人工移出：{reason}（复核日{review_on}）。",
    }
    change = {
        "met": "经第二人批准，可说明理由人工移出。",
        "not_met": "解除人工移出后自动重新判定。",
    }

    @classmethod
    def met(cls, limits: Mapping[str, Any]) -> Q:
        return Q(manual_fact__id__isnull=True)


class RedLineRemoval(Rule):
    """触碰监管红线、责令限期改正而逾期未改正的，移出“沙盒”。

    Read as: from the day after the last one, whenever it was found. Likewise what 四(一) takes out
    for a violation: an item that says so, 停产停业, 吊销许可证件, a review (readings 8, 12).
    It holds until the lead lets the entity back, and never held where it was revoked.
    """

    key = "exclusion.red_line"
    title = "触线移出"
    clause = "4.4"
    effect = Effect.EXCLUDES
    grounds = EVERY_GROUND
    source = REMOVAL
    facts = {
        "cause": "cause",
        "removed": "removed_on",
        "item": "item",
        "list": "list_version",
        "order": "order_number",
        "served": "served_on",
        "due": "due_on",
        "recheck": "recheck",
        "reason": "reason",
    }
    labels = {
        "cause": "事由",
        "removed": "移出日",
        "item": "触碰事项",
        "list": "清单版本",
        "order": "责令改正文号",
        "served": "送达日",
        "due": "改正期限届满日",
        "recheck": "复查",
        "reason": "理由",
    }
    wording = {
        "met": "没有触线移出。",
        "not_met.overdue": (
            "触碰监管红线“{item}”（{list}），责令改正（{order}）于{served}送达，"
            "至{due}期限届满未改正，自{removed}移出。"
        ),
        "not_met.not_mended": (
            "触碰监管红线“{item}”（{list}），责令改正（{order}）于{served}送达，"
            "{due}期限届满，复查（{recheck}）认定未改正，自{removed}移出。"
        ),
        "not_met.touch": (
            "触碰监管红线“{item}”（{list}），触碰即移出（{reason}），自{removed}移出。"
        ),
        "not_met.penalty": (
            "因违法行为被责令停产停业或者吊销许可证件（{reason}），自{removed}移出。"
        ),
        "not_met.review": "一般违法行为经复核决定移出（{reason}），自{removed}移出。",
    }
    change = {
        "met": "触碰监管红线逾期未改正，或者依四（一）移出时移出。",
        "not_met": "已改正且案件办结的，由负责人批准重新移入；移出有误的，由负责人撤销。",
    }

    @classmethod
    def met(cls, limits: Mapping[str, Any]) -> Q:
        return Q(removal_fact__id__isnull=True)

    @classmethod
    def variant(cls, outcome: Outcome, facts: Mapping[str, Any]) -> str:
        return str(outcome) if facts["cause"] is None else f"{outcome}.{facts['cause']}"

    @classmethod
    def present(cls, facts: Mapping[str, Any]) -> dict[str, str]:
        said = {name: "无" if value in (None, "") else str(value) for name, value in facts.items()}
        cause = facts["cause"]
        return said | {"cause": RemovalCause(cause).label if cause else "无"}
