"""The columns of both logs as tables: their titles, for a file and for who reads of one."""

from __future__ import annotations

Columns = dict[str, tuple[str, str, int]]
"""Name of a column to its title, what it means, and its width in characters."""

WHO: Columns = {
    "at": ("时间", "记录写入的时间，精确到秒", 20),
    "username": ("工号", "操作人的工号；不是人操作的为空", 14),
    "name": ("姓名", "操作人现在的姓名", 12),
    "role": ("当时角色", "操作时的角色", 14),
    "origin": ("来源", "页面请求、任务、命令或数据库直接修改", 34),
    "address": ("地址", "操作人的网络地址", 16),
    "operation": ("批次", "同一请求、任务或命令的记录批次相同", 38),
    "entity": ("经营主体", "所涉主体的名称和代码", 34),
}
CHANGES: Columns = WHO | {
    "table": ("表", "被修改的表", 16),
    "row": ("行", "被修改的行的编号", 12),
    "verb": ("动作", "新增、修改、删除或取代", 8),
    "before": ("原值", "修改前各列的值，不留存的不写", 50),
    "after": ("现值", "修改后各列的值，不留存的不写", 50),
    "reason": ("理由", "操作人所写的理由", 30),
    "login": ("数据库登录名", "写入时的数据库登录名", 16),
}
ACCESSES: Columns = WHO | {
    "kind": ("事项", "访问的种类", 14),
    "ok": ("结果", "成功或失败", 8),
    "typed": ("所填工号", "登录时所填的工号", 14),
    "subject": ("对象", "访问的对象", 30),
    "detail": ("详情", "条件、列、行数、文件摘要、编号等", 50),
    "reason": ("理由", "操作人所写的理由", 30),
}
