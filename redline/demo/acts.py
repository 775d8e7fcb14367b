"""Violations of the demonstration: found in each way there is, judged, dealt with, passed on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from entities.models import Entity
from redline.actions.touches import confirm_touch
from redline.actions.violations import add_evidence, record_violation
from redline.choices import ViolationSource
from redline.demo.people import District
from redline.demo.running import PHONE, Running
from redline.matching import touchable
from redline.models import Violation
from staff.models import User

EVIDENCE = (
    b"%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"
    b"2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n"
    b"3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>\nendobj\n"
    b"trailer\n<</Root 1 0 R>>\n%%EOF\n"
)
"""One empty page; a comment with the key of its violation makes each file another one."""


@dataclass(frozen=True)
class Act:
    """A conduct: the code of its red line, what was found, and what is to be done about it."""

    code: str
    facts: str
    demands: str
    source: str = ViolationSource.INSPECTION
    provision: str = ""


UNLICENSED = Act(
    "RL-2-01",
    "检查发现当事人未取得食品经营许可，在店内制售凉菜、热食，现场有后厨设备和当日销售记录。",
    "立即停止未取得许可的食品经营活动；依法取得食品经营许可后方可恢复。",
)
STANDARD = Act(
    "RL-4-01",
    "监督抽查发现当事人销售的电动自行车充电器不符合强制性国家标准，库存12件。",
    "立即停止销售不合格产品，清点并下架库存，召回已售产品。",
    ViolationSource.PENALTY,
)
PREPAID = Act(
    "RL-7-01",
    "当事人以预收款方式销售健身服务，停业后未告知消费者，也未退还余款。",
    "告知全部预付费消费者并退还余款，提交退款凭证。",
    ViolationSource.COMPLAINT,
)
FRAUD = Act(
    "RL-7-02",
    "当事人以虚构原价、伪造评价的方式销售商品，涉及消费者37人。",
    "立即停止欺诈行为，删除虚假内容，依法赔偿消费者。",
    ViolationSource.OFFICER,
)
DEVICE = Act(
    "RL-3-04",
    "当事人未经备案从事第二类医疗器械经营，现场有助听器3台和进销台账。",
    "立即停止经营未备案的医疗器械，依法办理备案。",
    ViolationSource.TRANSFER,
)
LICENCE = Act(
    "RL-1-02",
    "当事人将营业执照出借给他人，由他人以其名义在另一处经营。",
    "立即停止出借营业执照，收回执照并说明出借经过。",
    ViolationSource.CLUE,
)
POISON = Act(
    "RL-2-02",
    "抽检发现当事人在食品中添加非食用物质，库存原料已全部封存。",
    "立即停止生产经营，封存库存，召回已售食品。",
)
MINOR = Act(
    "NP-3-02",
    "当事人变更经营场所后未按规定办理变更登记。",
    "在期限内办理住所（经营场所）变更登记。",
    provision="《市场主体登记管理条例》第二十四条第一款",
)
STALE = Act(
    "NP-2-02",
    "货架上有2袋超过保质期的食品，当事人当场下架，能说明进货来源。",
    "清理货架，建立保质期台账并保持记录。",
    ViolationSource.COMPLAINT,
    "《食品安全法》第三十四条第十项",
)
WITH_PAPERS = (ViolationSource.INSPECTION, ViolationSource.COMPLAINT)
RED = (UNLICENSED, STANDARD, PREPAID, FRAUD, DEVICE, LICENCE)


def found(
    district: District,
    entity: Entity,
    act: Act,
    day: date,
    *,
    by: User | None = None,
) -> Violation:
    """Record an act, found on a day and done two days before it."""
    return record_violation(
        entity,
        source=act.source,
        source_number=f"演示{day:%m%d}-{entity.pk}",
        facts=act.facts,
        provision=act.provision,
        kind_code=act.code,
        acted_from=day - timedelta(days=2),
        acted_until=day - timedelta(days=2),
        found_on=day,
        by=by or district.officer,
        on=day,
    )


def evidenced(violation: Violation, by: User, on: date) -> Violation:
    """Add a file of evidence: a complaint alone is never a touch (readings 10)."""
    content = EVIDENCE + f"% {violation.pk}\n".encode()
    name = f"现场笔录{violation.pk}.pdf"
    add_evidence(violation, title="现场检查笔录", name=name, content=content, by=by, on=on)
    violation.refresh_from_db()
    return violation


JUDGEMENT: Mapping[str, str] = {
    "nature": "违反禁止性规定，直接关系人身安全和消费者权益，性质较重。",
    "circumstances": "持续时间不长，涉及数量有限，当事人配合检查。",
    "harm": "存在安全隐患，尚未造成实际损害后果。",
}


def touched(district: District, entity: Entity, act: Act, day: date) -> Running:
    """Find an act and confirm that it touched its red line; its order waits as a draft."""
    violation = found(district, entity, act, day)
    if act.source in WITH_PAPERS:
        violation = evidenced(violation, district.officer, day)
    item = next(one for one in touchable(violation) if one.code == act.code)
    order = confirm_touch(
        violation,
        item,
        **JUDGEMENT,
        revision=violation.revision,
        by=district.officer,
        on=day,
        demands=act.demands,
        contact_phone=PHONE,
    )
    return Running(district, order, day)
