"""Addresses and commands in words: what an origin like ``POST /staff/16/grant/`` stands for."""

from __future__ import annotations

from typing import Any

from django.urls import Resolver404, resolve

from desk.bulk import BULK_VERBS
from desk.entity_actions import ENTITY_ACTIONS

ACCOUNT_ACTS = {
    "rename": "账户更名",
    "disable": "停用账户",
    "enable": "启用账户",
    "reset-password": "重置密码",
    "withdraw": "收回角色",
}

PAGES = {
    "desk:home": "首页",
    "desk:entity-list": "主体查询",
    "desk:entity-detail": "主体页面",
    "desk:entity-contact": "查看完整联系方式",
    "desk:entity-action": "办理主体事项",
    "desk:bulk-begin": "批量办理",
    "desk:bulk-confirm": "批量办理",
    "desk:operation-list": "操作记录",
    "desk:operation-detail": "操作记录",
    "desk:operation-undo": "撤销操作",
    "desk:declaration-list": "区域申报",
    "desk:declaration-new": "新建申报",
    "desk:declaration-change": "变更申报",
    "desk:declaration-template": "下载申报表模板",
    "desk:declaration-bulk": "批量批准申报",
    "desk:declaration-bulk-effect": "预演批量批准",
    "desk:declaration-bulk-result": "批量批准结果",
    "desk:declaration-detail": "区域申报",
    "desk:declaration-edit": "填报申报",
    "desk:declaration-findings": "申报检查结果",
    "desk:declaration-explain": "说明提醒",
    "desk:declaration-zone-add": "增加申报区域",
    "desk:declaration-zone-remove": "删去申报区域",
    "desk:declaration-roster": "申报附表",
    "desk:declaration-roster-edit": "增减附表行",
    "desk:declaration-roster-save": "修改附表行",
    "desk:declaration-upload": "上传申报表",
    "desk:declaration-file": "下载带错误说明的申报表",
    "desk:declaration-step": "办理申报",
    "desk:declaration-effect": "预演批准的影响",
    "desk:declaration-comment": "加补正意见",
    "desk:declaration-settle": "标为已改正",
    "desk:declaration-uncomment": "删去补正意见",
    "desk:declaration-annex": "打印申报表",
    "desk:declaration-form": "打印审批表",
    "desk:zone-overview": "区域总览",
    "desk:zone-list": "沙盒区域",
    "desk:zone-detail": "区域页面",
    "desk:zone-areas": "调整区域范围",
    "desk:zone-contact": "查看对接联系电话",
    "desk:zone-hand": "移交区域",
    "desk:contact-add": "增加对接联系人",
    "desk:contact-change": "修改对接联系人",
    "desk:roster-list": "名册主体",
    "desk:roster-begin": "选择变动主体",
    "desk:roster-add": "查找拟列入主体",
    "desk:roster-effect": "预演名册变动",
    "desk:roster-confirm": "提出名册变动",
    "desk:roster-changes": "名册变动",
    "desk:roster-change": "名册变动",
    "desk:roster-change-effect": "预演名册变动",
    "desk:roster-change-decide": "办理名册变动",
    "desk:roster-change-note": "名册变动备案",
    "desk:roster-proposals": "名册建议",
    "desk:roster-proposal-ask": "比对区域名册",
    "desk:roster-proposal-begin": "选择名册建议",
    "desk:roster-proposal-effect": "预演名册建议",
    "desk:roster-proposal-confirm": "确认名册建议",
    "desk:roster-proposal-reject": "不采纳名册建议",
    "desk:roster-notes": "名册提示",
    "desk:roster-note-settle": "处理名册提示",
    "desk:liaison-entry": "对接记录",
    "desk:liaison-add": "记录对接",
    "desk:liaison-answer": "答复诉求",
    "desk:task-list": "对接任务",
    "desk:task-add": "交办对接任务",
    "desk:task-finish": "办结对接任务",
    "desk:paper-list": "责令改正的文书",
    "desk:paper-make": "制作文书",
    "desk:paper-draft": "责令改正样稿",
    "desk:paper-detail": "文书",
    "desk:paper-whole": "查看文书的送达地址",
    "desk:paper-file": "下载文书",
    "desk:paper-templates": "文书模板",
    "desk:paper-template-load": "载入文书模板",
    "desk:paper-template-file": "下载文书模板",
    "desk:paper-words": "文书禁用词",
    "desk:paper-word-add": "增加文书禁用词",
    "desk:paper-word-end": "终止文书禁用词",
    "desk:redline-lists": "红线清单",
    "desk:redline-new": "起草清单",
    "desk:redline-history": "清单历次版本",
    "desk:redline-compare": "比较清单",
    "desk:redline-figures": "红线统计",
    "desk:redline-template": "下载清单模板",
    "desk:redline-detail": "清单",
    "desk:redline-print": "打印清单",
    "desk:redline-edit": "修改清单草稿",
    "desk:redline-head": "填写清单施行日和文号",
    "desk:redline-check": "核对建议项",
    "desk:redline-upload": "上传清单工作簿",
    "desk:redline-step": "办理清单",
    "desk:redline-item-add": "增加清单事项",
    "desk:redline-item": "修改清单事项",
    "desk:redline-item-move": "移动清单事项",
    "desk:redline-item-remove": "删去清单事项",
    "desk:violation-list": "违法行为",
    "desk:violation-new": "登记违法行为",
    "desk:violation-add": "登记违法行为",
    "desk:violation-add-elsewhere": "登记其他局监管主体的违法行为",
    "desk:violation-detail": "违法行为",
    "desk:violation-edit": "修改违法行为登记",
    "desk:violation-touch": "确认触碰",
    "desk:violation-order": "起草责令改正",
    "desk:violation-receive": "接收抄告",
    "desk:violation-why-not": "认定不属触碰",
    "desk:violation-handling": "登记处理",
    "desk:violation-supervisor": "更正行为时的监管机关",
    "desk:violation-pass-on": "转办违法行为",
    "desk:violation-void": "作废违法行为",
    "desk:violation-measure": "登记措施",
    "desk:violation-case": "办理立案决定",
    "desk:violation-mild": "比对不予处罚、不予强制清单",
    "desk:violation-evidence-add": "上传证据",
    "desk:violation-evidence": "下载证据",
    "desk:review-queue": "复核清单",
    "desk:review-keep": "批量保留复核",
    "desk:review-detail": "复核",
    "desk:review-propose": "提出复核建议",
    "desk:review-decide": "决定复核",
    "desk:round-list": "申报轮次",
    "desk:round-add": "新设轮次",
    "desk:round-edit": "修改轮次",
    "desk:undecided-list": "待核实",
    "desk:undecided-begin": "逐户核实",
    "desk:undecided-decide": "核实主体",
    "desk:review-list": "重点关注",
    "desk:proposal-list": "“四新”建议",
    "desk:proposal-decide": "决定“四新”建议",
    "desk:proposal-withdraw": "撤回“四新”建议",
    "desk:exclusion-list": "人工移出申请",
    "desk:exclusion-decide": "决定人工移出申请",
    "desk:run-list": "评估记录",
    "desk:run-start": "发起评估",
    "desk:run-detail": "评估详情",
    "desk:run-release": "放行评估",
    "desk:decision-list": "移入移出决定",
    "desk:calendar": "工作日历",
    "desk:calendar-load": "载入年度工作日历",
    "desk:policy": "政策与参数",
    "desk:policy-load": "载入政策原文",
    "desk:version-draft": "起草参数",
    "desk:version-detail": "参数版本",
    "desk:version-rehearse": "试算参数草案",
    "desk:version-approve": "批准参数",
    "desk:version-withdraw": "撤回参数草案",
    "desk:term-home": "判定用语",
    "desk:term-list": "判定用语",
    "desk:term-add": "增加判定用语",
    "desk:term-end": "终止判定用语",
    "desk:export-list": "我的导出",
    "desk:export-approvals": "导出审批",
    "desk:export-new": "提出导出",
    "desk:export-detail": "导出详情",
    "desk:export-decide": "办理导出申请",
    "desk:export-file": "下载导出文件",
    "desk:print-note": "打印页面",
    "desk:audit-changes": "变更记录",
    "desk:audit-operation": "批次",
    "desk:audit-accesses": "访问记录",
    "desk:audit-seals": "封存与保存期",
    "desk:audit-verify": "核验封存链",
    "desk:upload": "数据导入",
    "desk:job-list": "后台任务",
    "desk:job-detail": "任务详情",
    "desk:job-cancel": "取消任务",
    "desk:job-errors": "下载导入错误",
    "desk:permission-table": "权限表",
    "desk:account-list": "账户管理",
    "desk:account-create": "建立账户",
    "desk:account-detail": "账户详情",
    "desk:account-grant": "授予角色",
    "desk:account-act": "账户管理",
    "desk:unit-list": "市级单位业务领域",
    "desk:unit-fields": "变更业务领域",
    "staff:login": "登录",
    "staff:code": "登录（动态口令）",
    "staff:logout": "退出",
    "staff:password": "修改密码",
    "staff:second-factor": "动态口令",
    "staff:second-factor-list": "动态口令管理",
    "staff:second-factor-reset": "重置动态口令",
    "staff:own-logins": "登录记录",
    "staff:session-list": "在线会话",
    "staff:session-end": "强制退出",
    "staff:session-unlock": "解除登录锁定",
}
"""Every page by the name of its address."""

KEYS = {
    "entity": "主体",
    "undecided": "主体",
    "operation": "操作",
    "run": "评估",
    "job": "任务",
    "export": "导出",
    "version": "参数版本",
    "session": "会话",
    "exclusion": "申请",
    "account": "账户",
    "unit": "单位",
    "second": "账户",
    "term": "用语",
    "declaration": "申报",
    "round": "轮次",
    "zone": "区域",
    "liaison": "对接记录",
    "redline": "清单",
    "violation": "违法行为",
    "violation-add": "主体",
    "violation-evidence": "证据",
    "review": "复核",
}
"""What the key in an address is one of, by the address's name, else by its first word."""

COMMANDS = {
    "backup": "备份",
    "create_account": "建立账户",
    "due_day": "推算期限",
    "explain": "解释判定",
    "import_credit_classes": "导入信用风险分类",
    "import_four_new": "导入“四新”名单",
    "import_register": "导入登记信息",
    "keep_logs": "清除到期日志",
    "load_policy_text": "载入政策原文",
    "load_reference": "载入机构与区划",
    "make_demo": "生成演示数据",
    "make_demo_accounts": "建立演示账户",
    "make_demo_redline": "建立演示红线数据",
    "make_demo_zones": "建立演示区域",
    "membership_list": "输出在沙盒内名单",
    "migrate": "升级数据库",
    "permissions_doc": "输出权限表",
    "reset_second_factor": "重置动态口令",
    "restore": "恢复备份",
    "retag": "评估",
    "rotate_data_keys": "更换数据密钥",
    "rules_doc": "输出规则说明",
    "seal_logs": "封存日志",
    "seed_reference": "载入机构与区划",
    "verify_audit": "核验封存链",
}


def page_said(address: str) -> str:
    """Return the page that an address is, with the key in it; one that is none as it stands."""
    try:
        found = resolve(address)
    except Resolver404:
        return address
    if found.namespace == "admin":
        return "机构与区划"
    label = _label(found.view_name, found.kwargs)
    if label is None:
        return address
    key = found.kwargs.get("pk")
    name = found.view_name.partition(":")[2]
    sort = KEYS.get(name) or KEYS.get(name.partition("-")[0], "")
    return f"{label}（{sort}{key}）" if key else label


def _label(name: str, kwargs: dict[str, Any]) -> str | None:
    if name == "desk:entity-action" and kwargs["action"] in ENTITY_ACTIONS:
        return ENTITY_ACTIONS[kwargs["action"]].label
    if name in ("desk:bulk-begin", "desk:bulk-confirm") and kwargs["verb"] in BULK_VERBS:
        return f"批量{BULK_VERBS[kwargs['verb']].label}"
    if name == "desk:account-act" and kwargs["name"] in ACCOUNT_ACTS:
        return ACCOUNT_ACTS[kwargs["name"]]
    return PAGES.get(name)


def command_said(rest: str) -> str:
    """Return a command, as its origin names it (``retag (root)``), in words."""
    name, _, login = rest.partition(" ")
    if name not in COMMANDS:
        return f"命令 {rest}"
    login = login.strip("()")
    return f"命令“{COMMANDS[name]}”" + (f"（系统登录名{login}）" if login else "")
