"""The steps of an order as its page offers them: words, form, and the verb that takes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.http import QueryDict

from core.errors import Refused
from desk.forms import orders as forms
from desk.newest import key_of
from redline.actions.orders import ORDER_STEP_FUNCTIONS, can_be_reissued, reissue_order
from redline.actions.service import fail_service, send_order, serve_order
from redline.choices import ExtensionStatus, OrderStatus, ServiceOutcome, ServiceWay
from redline.models import Extension, Hold, Order, Service
from redline.workflow import ORDER_STEPS, order_steps
from staff.models import User
from staff.permissions import may

Made = Callable[..., forms.StepForm]


@dataclass(frozen=True)
class Doing:
    """A step on the page: ``hint`` says what it brings, ``look`` is the class of its button."""

    label: str
    verb: str
    form: Made
    look: str = "btn-primary"
    hint: str = ""


def _needs(label: str) -> Made:
    def made(data: Any = None, **kwargs: Any) -> forms.StepForm:
        return forms.OpinionForm(data, label=label, **kwargs)

    return made


def _step(name: str, form: Made, look: str = "btn-primary", hint: str = "") -> Doing:
    step = ORDER_STEPS[name]
    return Doing(step.label, step.verb, form, look, hint)


BAD, PLAIN = "btn-outline-danger", "btn-outline-secondary"

DOINGS: Mapping[str, Doing] = {
    "submit": _step("submit", forms.NoteForm, hint="提交后由本局另一位负责人批准。"),
    "approve": _step("approve", forms.NoteForm, hint="触碰红线的，触碰与责令改正一并批准。"),
    "send_back": _step("send_back", _needs("退回意见"), PLAIN),
    "refuse": _step("refuse", _needs("不予批准的理由"), BAD),
    "withdraw": _step("withdraw", forms.NoteForm, PLAIN),
    "issue": _step("issue", forms.NoteForm, hint="签发时编文号；文号不留空号，作废的保留。"),
    "send": Doing("登记送达", "order.handle", forms.SendForm, hint="改正期限自送达起算。"),
    "serve": Doing("登记已送达", "order.handle", forms.ServeForm),
    "fail": Doing("登记未能送达", "order.handle", forms.FailForm, PLAIN),
    "decide_extension": _step("decide_extension", forms.DecideExtensionForm),
    "report": _step(
        "report", forms.ReportForm, hint="期限内交寄或收到的报告，在复查以前不因届满移出。"
    ),
    "recheck": _step("recheck", forms.RecheckForm),
    "ask_extension": _step("ask_extension", forms.AskExtensionForm, PLAIN),
    "hold": _step("hold", forms.HoldForm, PLAIN, "自期限届满日起顺延，只能暂缓一次。"),
    "refer": _step("refer", _needs("转立案查处的理由"), BAD),
    "reissue": Doing(
        "重新制发",
        "order.draft",
        forms.EmptyForm,
        hint="原件作废、文号保留并标明作废，照原内容另起草一件。",
    ),
    "end": _step("end", _needs("主体终止的情况"), BAD, "主体终止的办结，不计作已改正。"),
    "discard": _step("discard", forms.NoteForm, BAD),
    "annul": _step("annul", _needs("作废理由"), BAD, "作废后文号保留并标明作废。"),
}
"""What the page offers, in the order in which it stands there."""

PRESSING = ("decide_extension", "serve", "send", "recheck", "refer", "approve", "issue")
"""Which of the open steps unfolds first; while the deadline runs, the report."""


@dataclass(frozen=True)
class Open:
    """A step that is open to whoever looks, with its form; ``ways`` are other ways of service."""

    name: str
    doing: Doing
    form: forms.StepForm
    unfolded: bool
    ways: list[tuple[str, str]] = field(default_factory=list)
    way: str = ""


@dataclass(frozen=True)
class Standing:
    """What besides the state tells which steps are open: the attempt, the extension, the hold."""

    service: Service | None
    extension: Extension | None
    hold: Hold | None


def standing_of(order: Order, viewer: User) -> Standing:
    services = Service.objects.visible_to(viewer).filter(order=order)
    extensions = Extension.objects.visible_to(viewer).filter(order=order)
    holds = Hold.objects.visible_to(viewer).filter(order=order)
    return Standing(
        service=services.filter(outcome=ServiceOutcome.OPEN).last(),
        extension=extensions.select_related("recorded_by", "decided_by").first(),
        hold=holds.select_related("held_by").first(),
    )


def open_names(order: Order, viewer: User, standing: Standing, on: date) -> list[str]:
    """Return the steps of ``DOINGS`` that this person may take now, in their order."""
    names = set(order_steps(order, viewer))
    if "serve" in names:
        names -= {"serve"}
        names |= {"serve", "fail"} if standing.service else {"send"}
    if standing.extension is not None:
        names.discard("ask_extension")
    if standing.hold is not None:
        names.discard("hold")
    if not _to_decide(standing.extension, viewer):
        names.discard("decide_extension")
    own = order.bureau_id == viewer.bureau_id and may(viewer, "order.draft")
    if own and can_be_reissued(order, on):
        names.add("reissue")
    return [name for name in DOINGS if name in names]


def _to_decide(extension: Extension | None, viewer: User) -> bool:
    return (
        extension is not None
        and extension.status == ExtensionStatus.ASKED
        and extension.recorded_by_id != viewer.pk
    )


def form_of(
    name: str, order: Order, standing: Standing, on: date, data: QueryDict | None, way: str = ""
) -> forms.StepForm:
    """Return the form of a step; ``way`` is the way of service that was chosen."""
    made = DOINGS[name].form
    if name == "send":
        return made(data, on=on, way=way_in(way), initial={"address": _address(order, way)})
    if name == "serve":
        initial = {"served_on": on}
        return made(
            data, on=on, way=standing.service.way if standing.service else "", initial=initial
        )
    return made(data, on=on, initial={"done_on": on, "received_on": on, "asked_on": on})


def way_in(text: str) -> str:
    return text if text in ServiceWay.values else ServiceWay.DIRECT.value


def _address(order: Order, way: str) -> str:
    """Propose the registered address for the post."""
    return order.entity.address if way == ServiceWay.POST else ""


def opened(
    order: Order,
    viewer: User,
    on: date,
    *,
    way: str = "",
    tried: tuple[str, forms.StepForm] | None = None,
) -> list[Open]:
    """Return the open steps with their forms; of ``tried`` the form comes back as it was sent.

    A step that was tried and is not open any more keeps its form, so that nothing typed is lost.
    """
    standing = standing_of(order, viewer)
    names = open_names(order, viewer, standing, on)
    if tried and tried[0] not in names:
        names.insert(0, tried[0])
    wanted = tried[0] if tried else "send" if way else ""
    awaited = ("report",) if order.status == OrderStatus.SERVED else ()
    ranked = (wanted, PRESSING[0], *awaited, *PRESSING, *names)
    first = next((name for name in ranked if name in names), "")
    found = []
    for name in names:
        form = tried[1] if tried and tried[0] == name else None
        form = form or form_of(name, order, standing, on, None, way)
        found.append(Open(name, DOINGS[name], form, name == first, *_ways(form)))
    return found


def _ways(form: forms.StepForm) -> tuple[list[tuple[str, str]], str]:
    if not isinstance(form, forms.SendForm):
        return [], ""
    return [(one.value, str(one.label)) for one in ServiceWay], form.chosen.value


def take(
    name: str, order: Order, form: forms.StepForm, data: QueryDict, *, by: User, on: date
) -> Order:
    """Take a step with what a valid form says; return the order to show next.

    Raises Refused with what the verb says, and where the attempt at service is another than seen.
    """
    said: dict[str, Any] = {**form.said(), "by": by, "on": on}
    if name == "send":
        return _sent(order, form, said)
    if name in ("serve", "fail"):
        service = _seen(order, data, by)
        act = serve_order if name == "serve" else fail_service
        act(service, **said)
        return order
    if name == "reissue":
        return reissue_order(order, by=by, on=on)
    if ORDER_STEPS[name].decides:
        said["revision"] = key_of(data.get("revision"))
    ORDER_STEP_FUNCTIONS[name](order, **said)
    return order


def _sent(order: Order, form: forms.StepForm, said: dict[str, Any]) -> Order:
    assert isinstance(form, forms.SendForm)
    service = send_order(order, **said)
    if form.serves:
        serve_order(service, by=said["by"], on=said["on"])
    return order


def _seen(order: Order, data: QueryDict, by: User) -> Service:
    rows = Service.objects.visible_to(by).filter(order=order)
    found = rows.filter(pk=key_of(data.get("service")) or 0).first()
    if found is None:
        raise Refused("readings 14", "没有这一次送达的登记，请刷新后查看。")
    return found
