"""The navigation, by role: one table, in the order in which it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from staff.permissions import may


@dataclass(frozen=True)
class Entry:
    """One line of the navigation: where it leads, and the verb that makes it visible.

    ``current`` names further pages that belong under this line.
    """

    label: str
    url_name: str
    verb: str = ""
    current: tuple[str, ...] = ()


GROUPS: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    ("", (Entry("首页", "desk:home"),)),
    (
        "经营主体",
        (Entry("主体查询", "desk:entity-list", "entity.read", ("desk:entity-detail",)),),
    ),
    (
        "沙盒区域",
        (
            Entry("区域总览", "desk:zone-overview", "zone.read"),
            Entry(
                "沙盒区域",
                "desk:zone-list",
                "zone.read",
                (
                    *("desk:zone-detail", "desk:roster-list", "desk:roster-add"),
                    *("desk:roster-confirm", "desk:zone-contact", "desk:contact-add"),
                    *("desk:contact-change", "desk:liaison-add", "desk:zone-areas"),
                ),
            ),
            Entry("名册变动", "desk:roster-changes", "zone.read", ("desk:roster-change",)),
            Entry(
                "名册建议", "desk:roster-proposals", "zone.read", ("desk:roster-proposal-confirm",)
            ),
            Entry("名册提示", "desk:roster-notes", "zone.read"),
            Entry("对接任务", "desk:task-list", "zone.read", ("desk:liaison-entry",)),
            Entry("区域移交", "desk:zone-hand", "zone.hand"),
            Entry(
                *("区域申报", "desk:declaration-list", "zone.read"),
                (
                    *("desk:declaration-new", "desk:declaration-change", "desk:declaration-detail"),
                    *("desk:declaration-edit", "desk:declaration-roster"),
                    *("desk:declaration-bulk", "desk:declaration-annex", "desk:declaration-form"),
                ),
            ),
            Entry(
                "申报轮次", "desk:round-list", "zone.read", ("desk:round-add", "desk:round-edit")
            ),
        ),
    ),
    (
        "监管红线",
        (
            Entry(
                *("红线清单", "desk:redline-lists", "redline.read"),
                (
                    *("desk:redline-new", "desk:redline-detail", "desk:redline-edit"),
                    *("desk:redline-item", "desk:redline-item-add", "desk:redline-history"),
                    "desk:redline-print",
                ),
            ),
            Entry("清单比较", "desk:redline-compare", "redline.read"),
            Entry(
                *("文书禁用词", "desk:paper-words", "redline.read"),
                ("desk:paper-word-add", "desk:paper-word-end"),
            ),
            Entry(
                "文书模板", "desk:paper-templates", "paper.template", ("desk:paper-template-load",)
            ),
            Entry(
                *("违法行为", "desk:violation-list", "redline.read"),
                (
                    *("desk:violation-new", "desk:violation-add", "desk:violation-add-elsewhere"),
                    *("desk:violation-detail", "desk:violation-edit", "desk:violation-touch"),
                    *("desk:violation-order", "desk:violation-mild"),
                ),
            ),
            Entry(
                *("责令改正", "desk:order-list", "redline.read"),
                (
                    *("desk:order-detail", "desk:order-edit", "desk:order-bulk"),
                    *("desk:order-bulk-result", "desk:order-contact", "desk:paper-list"),
                ),
            ),
            Entry(
                *("触线移出", "desk:removal-list", "redline.read"),
                ("desk:removal-detail", "desk:removal-act"),
            ),
            Entry("后续事项", "desk:followup-list", "redline.read"),
            Entry(
                *("复核清单", "desk:review-queue", "redline.read"),
                ("desk:review-detail", "desk:review-keep"),
            ),
            Entry("红线统计", "desk:redline-figures", "redline.read"),
        ),
    ),
    (
        "待办",
        (
            Entry("待核实", "desk:undecided-list", "entity.read", ("desk:undecided-decide",)),
            Entry("重点关注", "desk:review-list", "entity.read"),
            Entry("“四新”建议", "desk:proposal-list", "entity.read"),
            Entry("人工移出申请", "desk:exclusion-list", "entity.read"),
            Entry("导出审批", "desk:export-approvals", "export.approve"),
        ),
    ),
    (
        "评估",
        (
            Entry("评估记录", "desk:run-list", "run.read", ("desk:run-detail",)),
            Entry("移入移出决定", "desk:decision-list", "entity.read"),
        ),
    ),
    (
        "政策",
        (
            Entry(
                "政策与参数",
                "desk:policy",
                "policy.read",
                ("desk:policy-load", "desk:version-draft", "desk:version-detail"),
            ),
            Entry(
                "判定用语",
                "desk:term-home",
                "policy.read",
                ("desk:term-list", "desk:term-add", "desk:term-end"),
            ),
            Entry("工作日历", "desk:calendar", "calendar.read", ("desk:calendar-load",)),
        ),
    ),
    (
        "办理",
        (
            Entry("数据导入", "desk:upload", "register.import"),
            Entry("后台任务", "desk:job-list", "entity.read", ("desk:job-detail",)),
            Entry("我的导出", "desk:export-list", "entity.export", ("desk:export-new",)),
            Entry("操作记录", "desk:operation-list", "entity.read", ("desk:operation-detail",)),
        ),
    ),
    (
        "审计",
        (
            Entry("变更记录", "desk:audit-changes", "log.read", ("desk:audit-operation",)),
            Entry("访问记录", "desk:audit-accesses", "log.read"),
            Entry("封存与保存期", "desk:audit-seals", "log.read"),
            Entry("我的导出", "desk:export-list", "log.export", ("desk:export-new",)),
        ),
    ),
    (
        "系统",
        (
            Entry(
                "账户管理",
                "desk:account-list",
                "account.read",
                (
                    *("desk:account-create", "desk:account-detail"),
                    *("desk:account-grant", "desk:account-act"),
                ),
            ),
            Entry("市级单位业务领域", "desk:unit-list", "account.read", ("desk:unit-fields",)),
            Entry("机构与区划", "admin:index", "system.keep"),
            Entry("权限表", "desk:permission-table", "permission.read"),
        ),
    ),
    (
        "安全",
        (
            Entry("在线会话", "staff:session-list", "session.end"),
            Entry("动态口令管理", "staff:second-factor-list", "second_factor.reset"),
        ),
    ),
    (
        "本人",
        (
            Entry("登录记录", "staff:own-logins"),
            Entry("动态口令", "staff:second-factor"),
        ),
    ),
)


def groups_for(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the groups with something in them for whoever asks."""
    here = request.resolver_match.view_name if request.resolver_match else ""
    groups = []
    for title, entries in GROUPS:
        items = [
            {
                "label": entry.label,
                "url": reverse(entry.url_name),
                "is_current": here in (entry.url_name, *entry.current),
            }
            for entry in entries
            if not entry.verb or may(request.user, entry.verb)
        ]
        if items:
            groups.append({"title": title, "items": items})
    return groups
