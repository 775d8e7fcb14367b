"""An order of the demonstration on its way: each step by whoever takes it, day after day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from redline.actions.orders import (
    annul_order,
    approve_order,
    discard_order,
    issue_order,
    refuse_order,
    set_order_fields,
    submit_order,
)
from redline.actions.rechecks import recheck_order
from redline.actions.running import (
    ask_extension,
    decide_extension,
    end_order,
    hold_order,
    refer_order,
    report_order,
)
from redline.actions.service import fail_service, send_order, serve_order
from redline.choices import AddressBasis, RecheckFinding, RecheckWay, ServiceWay
from redline.demo.people import District
from redline.models import Order

PHONE = "023-60000007"
SENT: dict[str, dict[str, Any]] = {
    ServiceWay.DIRECT: {"receiver": "当事人本人"},
    ServiceWay.LEFT: {"witness": "社区网格员，全程录像"},
    ServiceWay.ELECTRONIC: {"address": "demo@example.com", "basis": AddressBasis.PUBLICITY},
    ServiceWay.POST: {"address": "登记住所", "tracking": "EMS1234567890"},
    ServiceWay.ENTRUSTED: {"entrusted_to": "外区市场监督管理局"},
    ServiceWay.PUBLIC: {"tracking": "《重庆日报》"},
}
"""What is said when an order is sent, by way."""


class Running:
    """An order and the day on which its next step is taken; every step returns itself."""

    def __init__(self, district: District, order: Order, day: date) -> None:
        self.district, self.order, self.day = district, order, day

    def later(self, days: int) -> Running:
        self.day += timedelta(days=days)
        return self

    def _by(self, who: str) -> dict[str, Any]:
        return {"by": getattr(self.district, who), "on": self.day}

    def _seen(self, who: str) -> dict[str, Any]:
        """What a step says that names the revision it was decided upon."""
        self.order.refresh_from_db()
        return {"revision": self.order.revision, **self._by(who)}

    def filled(self, demands: str, **columns: Any) -> Running:
        self.order = set_order_fields(
            self.order,
            demands=demands,
            contact_phone=PHONE,
            **columns,
            **self._seen("officer"),
        )
        return self

    def submitted(self) -> Running:
        self.order = submit_order(self.order, **self._seen("officer"))
        return self

    def approved(self) -> Running:
        self.order = approve_order(self.order, opinion="同意。", **self._seen("lead"))
        return self

    def refused(self, why: str) -> Running:
        self.order = refuse_order(self.order, opinion=why, **self._seen("lead"))
        return self

    def issued(self) -> Running:
        self.order = issue_order(self.order, **self._seen("officer"))
        return self

    def annulled(self, why: str) -> Running:
        self.order = annul_order(self.order, opinion=why, **self._by("lead"))
        return self

    def discarded(self) -> Running:
        self.order = discard_order(self.order, **self._by("officer"))
        return self

    def served(self, way: str = ServiceWay.DIRECT, *, who: str = "officer") -> Running:
        service = send_order(self.order, way=way, sent_on=self.day, **SENT[way], **self._by(who))
        self.order = serve_order(service, served_on=self.day, **self._by(who))
        return self

    def sent(self, way: str) -> Running:
        """Send it and leave open whether it reaches."""
        send_order(self.order, way=way, sent_on=self.day, **SENT[way], **self._by("officer"))
        return self

    def failed(self, way: str, why: str) -> Running:
        by = self._by("officer")
        service = send_order(self.order, way=way, sent_on=self.day, **SENT[way], **by)
        fail_service(service, why=why, **by)
        return self

    def asked(self, days: int) -> Running:
        self.order = ask_extension(
            self.order,
            asked_on=self.day,
            days=days,
            reason="整改涉及设备更换，供货需要时间，申请延长。",
            **self._by("officer"),
        )
        return self

    def extended(self, *, granted: bool = True) -> Running:
        opinion = "理由属实，同意延长。" if granted else "理由不充分，不同意延长。"
        self.order = decide_extension(
            self.order, granted=granted, opinion=opinion, **self._by("lead")
        )
        return self

    def held(self, days: int) -> Running:
        self.order = hold_order(
            self.order, days=days, opinion="所在楼栋临时封闭施工，无法整改。", **self._by("officer")
        )
        return self

    def reported(self, *, posted_on: date | None = None) -> Running:
        self.order = report_order(
            self.order,
            received_on=self.day,
            posted_on=posted_on,
            text="已按要求停止违法行为并完成整改，附照片和凭证。",
            **self._by("officer"),
        )
        return self

    def rechecked(
        self, finding: str, *, new_days: int | None = None, way: str = RecheckWay.ON_SITE
    ) -> Running:
        self.order = recheck_order(
            self.order,
            way=way,
            done_on=self.day,
            officers=[self.district.officer.name, self.district.station.name],
            finding=finding,
            found=f"现场核对改正事项，结论：{RecheckFinding(finding).label}。",
            new_days=new_days,
            **self._by("station"),
        )
        return self

    def referred(self) -> Running:
        self.order = refer_order(
            self.order, opinion="逾期未改正，转立案查处。", **self._by("officer")
        )
        return self

    def ended(self) -> Running:
        self.order = end_order(self.order, opinion="当事人已办理注销登记。", **self._by("lead"))
        return self
