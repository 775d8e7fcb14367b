"""Times the pages of a generated city; benchmarks.pages starts it in the right state folder."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from staff.demo import PASSWORD
from staff.models import User

DISTRICT, CITY = "lj01", "city01"
PLAIN = {
    "CACHES": {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}},
    "STORAGES": {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    },
    "ALLOWED_HOSTS": ["testserver"],
    "SECURE_SSL_REDIRECT": False,
    "DEBUG": False,
}
RARE_PAIR = """
    WITH pairs AS (
        SELECT substr(name, at, 2) AS pair FROM entities_entity TABLESAMPLE SYSTEM (0.5) REPEATABLE (1),
        generate_series(3, length(name) - 5) AS at
    ) SELECT pair FROM pairs WHERE length(pair) = 2 GROUP BY 1 ORDER BY count(*), pair LIMIT 1
"""  # noqa: E501  # one statement, read as such
SMALL_BUREAU = """
    SELECT b.id, b.short_name FROM staff_bureau b JOIN membership_decision d
    ON d.bureau_id_then = b.id GROUP BY 1, 2 ORDER BY count(*) LIMIT 1
"""


def one(sql: str) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()


def pages(bureau: int) -> Iterator[tuple[str, str]]:
    """Return a label and an address for each page; ``bureau`` is the officer's."""
    small, small_name = one(SMALL_BUREAU)
    (rare,) = one(RARE_PAIR)
    (last,) = one("SELECT max(id) FROM entities_entity")
    inside, outside = (
        one(
            f"SELECT e.id FROM entities_entity e WHERE bureau_id = {bureau} AND {word} EXISTS ("
            "SELECT FROM membership_ground g WHERE g.entity_id = e.id AND g.until IS NULL"
            " AND g.superseded_at IS NULL) ORDER BY id LIMIT 1"
        )[0]
        for word in ("", "NOT")
    )
    (code,) = one(f"SELECT code FROM entities_entity WHERE id = {inside}")
    (district,) = one(f"SELECT district_id FROM entities_entity WHERE id = {inside}")

    def listed(**query: Any) -> str:
        return f"/entities/?{urlencode(query)}"

    yield "首页（现算数字）", "/?figures=now"
    yield "名单：无条件（市局须先设条件）", "/entities/"
    yield "名单：仅状态 存续", listed(status="active")
    yield "名单：区县", listed(district=district)
    yield "名单：在沙盒内", listed(ground="inside")
    yield "名单：B 类且在沙盒内", listed(ground="inside", letter="B")
    yield "名单：A 类且不在沙盒内", listed(ground="outside", letter="A")
    none = listed(ground="credit", letter="D", four_new="yes")
    yield "名单：罕见，D 类且“四新”且在信用沙盒", none
    yield "名单：罕见，行业 3491", listed(industry="3491")
    yield "名单：待核实", listed(ground="undecided")
    yield "名单：重点关注且 C 类", listed(ground="review", letter="C")
    yield "名单：近日移入", listed(moved="open", moved_from="2026-11-01")
    yield "名单：无分类", listed(letter="none")
    yield f"名单：两个字，罕见“{rare}”", listed(text=rare)
    yield "名单：两个字，常见“科技”", listed(text="科技")
    yield "名单：两个字，没有“魑魅”", listed(text="魑魅")
    yield "名单：四个字“科技有限”", listed(text="科技有限")
    yield "名单：代码", listed(text=code)
    yield "名单：深处一页（存续，键后四分之三）", listed(status="active", after=last * 3 // 4)
    yield "名单：倒翻一页（存续，自末尾）", listed(status="active", before=last + 1)
    yield "名单：另一日 2026-11-01 在沙盒内", listed(ground="inside", on="2026-11-01")
    yield "主体：在沙盒内", f"/entities/{inside}/"
    yield "主体：不在沙盒内", f"/entities/{outside}/"
    yield "待核实清单", "/undecided/"
    yield "重点关注清单", "/review/"
    yield f"决定：小区县 {small_name}", f"/decisions/?bureau={small}"
    yield "决定：移出", "/decisions/?move=close"
    yield "评估记录", "/runs/"
    yield "政策与参数", "/rules/"


def measure(repeat: int) -> None:
    """Print a table of all pages for both accounts."""
    users = [User.objects.get(username=name) for name in (DISTRICT, CITY)]
    with override_settings(**PLAIN):
        found = list(pages(users[0].bureau_id))
        for user in users:
            client = Client(raise_request_exception=False)
            client.post("/accounts/login/", {"username": user.username, "password": PASSWORD})
            print(f"\n### {user.get_role_display()}（{user.bureau}）\n")
            print("| 页面 | 首次 ms | 中位 ms | 最慢 ms | 语句 |\n|---|---:|---:|---:|---:|")
            for label, address in found:
                print(f"| {label} | {timed(client, address, repeat)} |", flush=True)
            client.logout()


def timed(client: Any, address: str, repeat: int) -> str:
    """Fetch a page ``repeat`` times; return the cells of its line."""
    times = []
    for _ in range(repeat + 1):
        began = time.perf_counter()
        answer = client.get(address)
        times.append(1000 * (time.perf_counter() - began))
        if answer.status_code != 200:
            return f"{answer.status_code} | | | "
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
    cells = (times[0], statistics.median(times[1:]), max(times[1:]))
    problem = "，未查完" if "未能及时查完" in answer.content.decode() else ""
    return " | ".join(f"{cell:,.0f}" for cell in cells) + f" | {len(captured)}{problem}"
