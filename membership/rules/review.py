"""Clause 四(一), the milder half: what keeps an entity in, but on the review list (重点关注)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q

from entities.choices import Status
from membership.findings import Effect, Outcome
from membership.models import GroundName
from membership.rules.base import Rule
from membership.rules.sources import ABNORMAL_LIST, CREDIT_CLASS, STATUS

EVERY_GROUND = tuple(GroundName)


class WorseClass(Rule):
    """信用风险分类为C类的，保留区域类和“四新”情形，列入重点关注 (readings 6)."""

    key = "review.class"
    title = "信用风险较高"
    clause = "4.1"
    effect = Effect.REVIEW
    grounds = (GroundName.ZONE, GroundName.FOUR_NEW)
    source = CREDIT_CLASS
    facts = {"letter": "letter"}
    labels = {"letter": "信用风险分类"}
    wording = {
        "met": "信用风险分类不需要关注。",
        "not_met": "信用风险分类为{letter}类，列入重点关注。",
    }

    @classmethod
    def met(cls, limits: Mapping[str, Any]) -> Q:
        others = [letter for letter in "ABCD" if letter not in limits["class.review_letters"]]
        return Q(class_fact__id__isnull=True) | Q(class_fact__letter__in=others)


class Liquidating(Rule):
    """清算中的，列入重点关注 (readings 7)."""

    key = "review.status"
    title = "清算"
    clause = "4.1"
    effect = Effect.REVIEW
    grounds = EVERY_GROUND
    source = STATUS
    facts = {"status": "status"}
    labels = {"status": "登记状态"}
    wording = {
        "met": "登记状态不需要关注。",
        "not_met": "登记状态为{status}，列入重点关注。",
    }

    @classmethod
    def met(cls, limits: Mapping[str, Any]) -> Q:
        others = [status for status in Status if status not in limits["status.review"]]
        return Q(status_fact__id__isnull=True) | Q(status_fact__status__in=others)

    @classmethod
    def present(cls, facts: Mapping[str, Any]) -> dict[str, str]:
        return {"status": Status(facts["status"]).label if facts["status"] else "无"}


class AbnormalList(Rule):
    """列入经营异常名录的，列入重点关注 (readings 7)."""

    key = "review.abnormal_list"
    title = "经营异常名录"
    clause = "4.1"
    effect = Effect.REVIEW
    grounds = EVERY_GROUND
    source = ABNORMAL_LIST
    facts = {"reason": "reason"}
    labels = {"reason": "列入事由"}
    wording = {
        "met": "未列入经营异常名录。",
        "not_met": "已列入经营异常名录（{reason}），列入重点关注。",
    }

    @classmethod
    def met(cls, limits: Mapping[str, Any]) -> Q:
        return Q(abnormal_fact__id__isnull=True)

    @classmethod
    def variant(cls, outcome: Outcome, facts: Mapping[str, Any]) -> str:
        return str(outcome)

    @classmethod
    def present(cls, facts: Mapping[str, Any]) -> dict[str, str]:
        return {"reason": facts["reason"] or "事由未填"}
