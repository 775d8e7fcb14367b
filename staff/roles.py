"""Roles, and the one table of who may do what (readings 4; permissions page of docs)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import TextChoices

from core.errors import Refused


class Role(TextChoices):
    STATION_OFFICER = "station_officer", "监管所人员"
    DISTRICT_OFFICER = "district_officer", "区县局人员"
    DISTRICT_LEAD = "district_lead", "区县局负责人"
    MUNICIPAL_OFFICER = "municipal_officer", "市局人员"
    MUNICIPAL_LEAD = "municipal_lead", "市局负责人"
    UNIT_OFFICER = "unit_officer", "市级单位人员"
    AUDITOR = "auditor", "审计管理员"
    SECURITY_ADMINISTRATOR = "security_administrator", "安全管理员"
    SYSTEM_ADMINISTRATOR = "system_administrator", "系统管理员"


DISTRICT_ROLES = frozenset({Role.STATION_OFFICER, Role.DISTRICT_OFFICER, Role.DISTRICT_LEAD})
CITY_ROLES = frozenset({Role.MUNICIPAL_OFFICER, Role.MUNICIPAL_LEAD})
BUSINESS_ROLES = DISTRICT_ROLES | CITY_ROLES | {Role.UNIT_OFFICER}
ADMINISTRATORS = frozenset({Role.AUDITOR, Role.SECURITY_ADMINISTRATOR, Role.SYSTEM_ADMINISTRATOR})


@dataclass(frozen=True)
class Permission:
    """A verb, the roles that may do it, what it is on, and the clause it stands on."""

    roles: frozenset[Role]
    label: str
    clause: str


def _to(*roles: Role) -> frozenset[Role]:
    return frozenset(roles)


PERMISSIONS: dict[str, Permission] = {
    "entity.read": Permission(BUSINESS_ROLES, "查看经营主体", "4.1"),
    "contact.reveal": Permission(DISTRICT_ROLES | CITY_ROLES, "查看完整联系方式", "readings 4"),
    "register.import": Permission(CITY_ROLES, "导入登记信息", "readings 4"),
    "class.import": Permission(CITY_ROLES, "导入信用风险分类", "readings 4"),
    "class.correct": Permission(CITY_ROLES, "更正信用风险分类", "readings 4"),
    "four_new.import": Permission(CITY_ROLES, "导入“四新”名单", "readings 3"),
    "four_new.decide": Permission(CITY_ROLES, "决定“四新”认定", "readings 3"),
    "four_new.propose": Permission(DISTRICT_ROLES, "提出“四新”认定建议或异议", "readings 3"),
    "safety.state": Permission(BUSINESS_ROLES, "认定或排除安全领域", "readings 4"),
    "status.correct": Permission(CITY_ROLES, "更正登记状态", "readings 4"),
    "licence.record": Permission(
        _to(Role.DISTRICT_OFFICER, Role.DISTRICT_LEAD, Role.UNIT_OFFICER) | CITY_ROLES,
        "登记许可证",
        "readings 4",
    ),
    "list.abnormal": Permission(
        _to(Role.DISTRICT_OFFICER, Role.DISTRICT_LEAD, Role.UNIT_OFFICER) | CITY_ROLES,
        "列入或移出经营异常名录",
        "readings 7",
    ),
    "list.serious": Permission(
        _to(Role.UNIT_OFFICER) | CITY_ROLES, "列入或移出严重违法失信名单", "readings 7"
    ),
    "terms.edit": Permission(CITY_ROLES, "维护判定用语表", "readings 2"),
    "exclusion.request": Permission(DISTRICT_ROLES | CITY_ROLES, "提出人工移出", "4.1"),
    "exclusion.approve": Permission(
        _to(Role.DISTRICT_LEAD, Role.MUNICIPAL_LEAD), "批准人工移出", "readings 5"
    ),
    "run.start": Permission(CITY_ROLES, "发起评估", "4.1"),
    "run.release": Permission(_to(Role.MUNICIPAL_LEAD), "放行暂停的评估", "readings 17"),
    "run.read": Permission(BUSINESS_ROLES, "查看评估记录", "4.1"),
    "policy.read": Permission(BUSINESS_ROLES, "查看政策与参数", ""),
    "policy.load": Permission(CITY_ROLES, "载入政策原文", ""),
    "policy.draft": Permission(CITY_ROLES, "起草参数版本", "readings"),
    "policy.approve": Permission(_to(Role.MUNICIPAL_LEAD), "批准参数版本", "readings"),
    "membership.export": Permission(
        _to(Role.DISTRICT_OFFICER, Role.DISTRICT_LEAD) | CITY_ROLES, "导出名单", "4.1"
    ),
    "log.read": Permission(_to(Role.AUDITOR), "查阅日志", ""),
    "log.export": Permission(_to(Role.AUDITOR), "导出日志", ""),
    "system.keep": Permission(_to(Role.SYSTEM_ADMINISTRATOR), "维护账户与系统设置", ""),
}


def may(user: Any, verb: str) -> bool:
    """Return whether this account may do the verb at all; where, is the scope's business."""
    return bool(
        getattr(user, "is_authenticated", False)
        and user.is_active
        and user.role in PERMISSIONS[verb].roles
    )


def demand(user: Any, verb: str) -> None:
    """Refuse in a sentence what the account may not do."""
    if not may(user, verb):
        permission = PERMISSIONS[verb]
        roles = "、".join(role.label for role in Role if role in permission.roles)
        raise Refused(permission.clause, f"您的角色不能“{permission.label}”，请由{roles}办理。")
