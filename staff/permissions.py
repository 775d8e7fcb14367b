"""Who may do what: one table of verb, object, roles and basis; where, is the scope's business.

Pages, Django's admin, exports, files and jobs all ask this table and no other. The basis is a
clause of the policy ("4.1"), a reading of it ("readings 5"), or a control of GB/T 22239-2019
level 3 (等保三级), named by its number there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.errors import Refused
from staff.roles import BUSINESS_ROLES, CITY_ROLES, DISTRICT_ROLES, Role

ACCESS_CONTROL = "GB/T 22239 8.1.4.2 访问控制 "
AUDITING = "GB/T 22239 8.1.5.2 审计管理 b)"
IDENTITY = "GB/T 22239 8.1.4.1 身份鉴别 "
PRIVACY = "GB/T 22239 8.1.4.11 个人信息保护 b)"
SECURITY = "GB/T 22239 8.1.5.3 安全管理 b)"
SYSTEM = "GB/T 22239 8.1.5.1 系统管理 b)"


@dataclass(frozen=True)
class Permission:
    """A verb on an object, in the staff's words, the roles that may do it, and what it rests on."""

    verb: str
    object: str
    label: str
    roles: frozenset[Role]
    basis: str


def _to(*roles: Role) -> frozenset[Role]:
    return frozenset(roles)


LEADS = _to(Role.DISTRICT_LEAD, Role.MUNICIPAL_LEAD)
DISTRICT_STAFF = _to(Role.DISTRICT_OFFICER, Role.DISTRICT_LEAD)
DISTRICT_LEADS = _to(Role.DISTRICT_LEAD)
CITY_LEAD = _to(Role.MUNICIPAL_LEAD)
BUREAUS = _to(Role.DISTRICT_OFFICER, Role.DISTRICT_LEAD) | CITY_ROLES
BUREAUS_AND_UNITS = BUREAUS | {Role.UNIT_OFFICER}
AUDITOR = _to(Role.AUDITOR)
SECURITY_ADMINISTRATOR = _to(Role.SECURITY_ADMINISTRATOR)
SYSTEM_ADMINISTRATOR = _to(Role.SYSTEM_ADMINISTRATOR)
BOTH_ADMINISTRATORS = SECURITY_ADMINISTRATOR | SYSTEM_ADMINISTRATOR
EVERYBODY = frozenset(Role)

TABLE = (
    Permission("entity.read", "经营主体", "查看经营主体", BUSINESS_ROLES, "4.1"),
    Permission("entity.export", "经营主体", "导出主体查询结果", BUREAUS, "readings 4"),
    Permission("status.correct", "经营主体", "更正登记状态", CITY_ROLES, "readings 4"),
    Permission("licence.record", "经营主体", "登记许可证", BUREAUS_AND_UNITS, "readings 4"),
    Permission("safety.state", "经营主体", "认定或排除安全领域", BUSINESS_ROLES, "readings 4"),
    Permission(
        "list.abnormal", "经营主体", "列入或移出经营异常名录", BUREAUS_AND_UNITS, "readings 7"
    ),
    Permission(
        *("list.serious", "经营主体", "列入或移出严重违法失信名单"),
        *(CITY_ROLES | {Role.UNIT_OFFICER}, "readings 7"),
    ),
    Permission(
        "contact.reveal", "联系方式", "查看完整联系方式", DISTRICT_ROLES | CITY_ROLES, PRIVACY
    ),
    Permission("export.unmask", "联系方式", "申请导出完整联系方式", BUREAUS, PRIVACY),
    Permission("register.import", "导入文件", "导入登记信息", CITY_ROLES, "readings 4"),
    Permission("class.import", "导入文件", "导入信用风险分类", CITY_ROLES, "readings 4"),
    Permission("four_new.import", "导入文件", "导入“四新”名单", CITY_ROLES, "readings 3"),
    Permission("class.correct", "信用风险分类", "更正信用风险分类", CITY_ROLES, "readings 4"),
    Permission(
        "four_new.propose", "“四新”认定", "提出“四新”认定建议或异议", DISTRICT_ROLES, "readings 3"
    ),
    Permission("four_new.decide", "“四新”认定", "决定“四新”认定", CITY_ROLES, "readings 3"),
    Permission("zone.read", "沙盒区域", "查看区域、名册和申报", BUSINESS_ROLES, "3.1"),
    Permission("zone.declare", "沙盒区域", "填报、提交和确认区域申报", DISTRICT_STAFF, "5.2"),
    Permission("zone.review", "沙盒区域", "审核本局的区域申报", DISTRICT_LEADS, "5.2"),
    Permission("zone.enter", "沙盒区域", "代录内网邮件报来的申报", CITY_ROLES, "readings 9"),
    Permission("zone.approve", "沙盒区域", "受理和批准区域申报", CITY_ROLES, "5.2"),
    Permission("zone.round", "沙盒区域", "设立申报轮次", CITY_ROLES, "5.2"),
    Permission("zone.hand", "沙盒区域", "移交区域", CITY_ROLES, "readings 9"),
    Permission("zone.area", "沙盒区域", "调整区域范围的地址关键词", DISTRICT_LEADS, "readings 9"),
    Permission("zone.export", "沙盒区域", "导出区域和名册", BUREAUS, "5.2"),
    Permission(
        "roster.change", "区域名册", "提出名册变动、答复建议和提示", DISTRICT_STAFF, "readings 9"
    ),
    Permission("roster.approve", "区域名册", "批准名册变动", DISTRICT_LEADS, "readings 9"),
    Permission("roster.reverse", "区域名册", "备案和撤销名册变动", CITY_ROLES, "readings 9"),
    Permission("zone.liaise", "区域对接", "记录对接、交办和办理任务", DISTRICT_ROLES, "4.2"),
    Permission(
        *("redline.read", "红线清单", "查看清单、违法行为和责令改正"), *(BUSINESS_ROLES, "4.4")
    ),
    Permission("redline.draft", "红线清单", "起草、提交本局清单", DISTRICT_STAFF, "4.4"),
    Permission("redline.approve", "红线清单", "批准本局清单", DISTRICT_LEADS, "4.4"),
    Permission("redline.draft_city", "红线清单", "起草、提交市局清单", CITY_ROLES, "4.4"),
    Permission("redline.approve_city", "红线清单", "批准市局清单", CITY_LEAD, "4.4"),
    Permission("redline.export", "红线清单", "导出清单、责令改正和移出", BUREAUS, "4.4"),
    Permission(
        *("violation.record", "违法行为", "登记违法行为和证据"),
        *(BUREAUS_AND_UNITS | {Role.STATION_OFFICER}, "readings 4"),
    ),
    Permission("violation.judge", "违法行为", "研判违法行为、确认触碰", DISTRICT_STAFF, "4.4"),
    Permission(
        *("case.decide", "违法行为", "登记立案决定、措施和结案"), *(DISTRICT_STAFF, "readings 11")
    ),
    Permission("case.extend", "违法行为", "批准延长立案期限", DISTRICT_LEADS, "readings 11"),
    Permission("order.draft", "责令改正", "起草、提交和签发责令改正", DISTRICT_STAFF, "4.4"),
    Permission("order.approve", "责令改正", "批准责令改正和延期", DISTRICT_LEADS, "4.4"),
    Permission("order.handle", "责令改正", "登记送达、报告、复查和暂缓", DISTRICT_ROLES, "4.4"),
    Permission(
        *("removal.decide", "触线移出", "撤销移出、批准重新移入"), *(DISTRICT_LEADS, "readings 15")
    ),
    Permission("review.propose", "复核清单", "提出复核建议", DISTRICT_STAFF, "readings 8"),
    Permission("review.decide", "复核清单", "决定复核", DISTRICT_LEADS, "readings 8"),
    Permission("paper.make", "文书", "制作文书", DISTRICT_ROLES, "readings 18"),
    Permission("paper.template", "文书", "载入文书模板、维护禁用词", CITY_ROLES, "readings 18"),
    Permission("terms.edit", "判定用语", "维护判定用语表", CITY_ROLES, "readings 2"),
    Permission("exclusion.request", "人工移出", "提出人工移出", DISTRICT_ROLES | CITY_ROLES, "4.1"),
    Permission("exclusion.approve", "人工移出", "批准人工移出", LEADS, "readings 5"),
    Permission("run.read", "评估", "查看评估记录", BUSINESS_ROLES, "4.1"),
    Permission("run.start", "评估", "发起评估", CITY_ROLES, "4.1"),
    Permission("run.release", "评估", "放行暂停的评估", CITY_LEAD, "readings 17"),
    Permission("membership.export", "移入移出名单", "导出名单", BUREAUS, "4.1"),
    Permission("export.approve", "导出申请", "批准导出", LEADS, ACCESS_CONTROL + "e)"),
    Permission(
        "calendar.read", "工作日历", "查看工作日历和推算期限", BUSINESS_ROLES, "readings 13"
    ),
    Permission("calendar.keep", "工作日历", "载入年度工作日历", CITY_ROLES, "readings 13"),
    Permission("policy.read", "政策与参数", "查看政策与参数", BUSINESS_ROLES, "5.1"),
    Permission("policy.load", "政策与参数", "载入政策原文", CITY_ROLES, "5.1"),
    Permission("policy.draft", "政策与参数", "起草参数版本", CITY_ROLES, "5.1"),
    Permission("policy.approve", "政策与参数", "批准参数版本", CITY_LEAD, "5.1"),
    Permission(
        "account.read", "账户", "查看账户和授权记录", BOTH_ADMINISTRATORS, ACCESS_CONTROL + "c)"
    ),
    Permission(
        *("account.keep", "账户", "建立、停用、启用账户，更名和重置密码"),
        *(SYSTEM_ADMINISTRATOR, ACCESS_CONTROL + "a)"),
    ),
    Permission(
        *("second_factor.reset", "账户", "重置动态口令"),
        *(SECURITY_ADMINISTRATOR, IDENTITY + "d)"),
    ),
    Permission("role.grant", "角色", "授予、变更和收回角色", SECURITY_ADMINISTRATOR, SECURITY),
    Permission("permission.read", "角色", "查看权限表", EVERYBODY, ACCESS_CONTROL + "e)"),
    Permission(
        "session.end",
        "会话",
        "查看在线会话、强制退出、解除登录锁定",
        SECURITY_ADMINISTRATOR,
        IDENTITY + "b)",
    ),
    Permission("log.read", "日志", "查阅变更和访问日志", AUDITOR, AUDITING),
    Permission("log.export", "日志", "导出日志", AUDITOR, AUDITING),
    Permission("system.keep", "机构与区划", "维护机构、区划等基础表", SYSTEM_ADMINISTRATOR, SYSTEM),
)
"""Every permission, those of one object together, in the order in which pages show them."""

PERMISSIONS: dict[str, Permission] = {row.verb: row for row in TABLE}
"""The table by verb."""


def by_object() -> list[tuple[str, list[Permission]]]:
    """Return the permissions of each object, in the table's order."""
    found: dict[str, list[Permission]] = {}
    for row in TABLE:
        found.setdefault(row.object, []).append(row)
    return list(found.items())


def may(user: Any, verb: str) -> bool:
    """Return whether this account may do the verb at all; where, is the scope's business."""
    return bool(
        getattr(user, "is_authenticated", False)
        and user.is_active
        and user.role in PERMISSIONS[verb].roles
    )


def roles_said(verb: str) -> str:
    """Name the roles that may do the verb."""
    return "、".join(role.label for role in Role if role in PERMISSIONS[verb].roles)


def demand(user: Any, verb: str) -> None:
    """Refuse in a sentence what the account may not do."""
    if not may(user, verb):
        row = PERMISSIONS[verb]
        raise Refused(row.basis, f"您的角色不能“{row.label}”，请由{roles_said(verb)}办理。")
