"""What can be done to one entity: one table, which buttons, pages and tests all read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from desk.forms import entity as forms
from desk.standing import Standing
from staff.models import User
from staff.permissions import may


def always(standing: Standing) -> bool:
    return True


@dataclass(frozen=True)
class EntityAction:
    """A verb on one entity: who may (any of ``verbs``), its form, what it brings, its clause.

    ``fits`` says whether the entity has what the verb works on; the action itself decides.
    """

    label: str
    group: str
    verbs: tuple[str, ...]
    form: type[forms.EntityForm]
    effect: str
    clause: str
    fits: Callable[[Standing], bool] = always

    def open_to(self, user: User) -> bool:
        return any(may(user, verb) for verb in self.verbs)


ENTITY_ACTIONS: dict[str, EntityAction] = {
    "correct-class": EntityAction(
        "更正信用风险分类",
        "事实",
        ("class.correct",),
        forms.CorrectClass,
        "更正只改本户的分类记录，原记录保留备查；分类变动后数秒内重新判定移入移出。",
        "readings 4",
    ),
    "change-status": EntityAction(
        "更正登记状态",
        "事实",
        ("status.correct",),
        forms.ChangeStatus,
        "注销、吊销、撤销、迁出的移出全部情形；清算的列入重点关注；存续和歇业的不受影响。",
        "readings 7",
    ),
    "list": EntityAction(
        "列入名单",
        "事实",
        ("list.abnormal", "list.serious"),
        forms.ListEntity,
        "列入经营异常名录的列入重点关注；列入严重违法失信名单的移出全部情形。",
        "readings 7",
        lambda standing: not (standing.abnormal and standing.serious),
    ),
    "delist": EntityAction(
        "移出名单",
        "事实",
        ("list.abnormal", "list.serious"),
        forms.Delist,
        "移出名单后由规则重新判定。",
        "readings 7",
        lambda standing: standing.abnormal or standing.serious,
    ),
    "state-safety": EntityAction(
        "认定安全领域",
        "安全领域",
        ("safety.state",),
        forms.StateSafety,
        "涉及食品药品、产品质量、特种设备的不进入信用沙盒。认定优先于经营范围用语、行业代码的判定。",
        "3.2",
    ),
    "withdraw-safety": EntityAction(
        "撤销安全领域认定",
        "安全领域",
        ("safety.state",),
        forms.WithdrawSafety,
        "撤销后重新按经营范围用语、行业代码和许可证判定。",
        "3.2",
        lambda standing: standing.has_statement,
    ),
    "record-licence": EntityAction(
        "登记许可证",
        "安全领域",
        ("licence.record",),
        forms.RecordLicence,
        "许可证有效期内，该主体属于相应安全领域，不进入信用沙盒。",
        "3.2",
    ),
    "end-licence": EntityAction(
        "终止许可证",
        "安全领域",
        ("licence.record",),
        forms.EndLicence,
        "自终止日起许可证不再作为判定依据。",
        "3.2",
        lambda standing: standing.has_licence,
    ),
    "propose-four-new": EntityAction(
        "建议认定“四新”",
        "“四新”",
        ("four_new.propose",),
        forms.ProposeFourNew,
        "建议报市局决定；决定前不改变纳入情形。",
        "5.2",
        lambda standing: not (standing.marked or standing.proposed),
    ),
    "object-four-new": EntityAction(
        "对“四新”标识提出异议",
        "“四新”",
        ("four_new.propose",),
        forms.ObjectFourNew,
        "异议报市局决定；决定前标识不变。",
        "5.2",
        lambda standing: standing.marked and not standing.proposed,
    ),
    "mark-four-new": EntityAction(
        "标为“四新”",
        "“四新”",
        ("four_new.decide",),
        forms.MarkFourNew,
        "标注后符合其他条件的移入“区域外‘四新’”情形。",
        "5.2",
        lambda standing: not standing.marked,
    ),
    "unmark-four-new": EntityAction(
        "取消“四新”标识",
        "“四新”",
        ("four_new.decide",),
        forms.UnmarkFourNew,
        "取消后移出“区域外‘四新’”情形；判定规则不会再自动标注该主体。",
        "5.2",
        lambda standing: standing.marked,
    ),
    "request-exclusion": EntityAction(
        "申请人工移出",
        "移出",
        ("exclusion.request",),
        forms.RequestExclusion,
        "由第二人批准后移出全部情形，到复核日须复核。",
        "4.1",
        lambda standing: not (standing.excluded or standing.exclusion_asked),
    ),
    "request-lifting": EntityAction(
        "申请解除人工移出",
        "移出",
        ("exclusion.request",),
        forms.RequestLifting,
        "由第二人批准后解除，由规则重新判定。",
        "4.1",
        lambda standing: standing.excluded and not standing.exclusion_asked,
    ),
    "evaluate": EntityAction(
        "重新评估此主体",
        "",
        ("entity.read",),
        forms.Evaluate,
        "按今天的事实和参数重新判定，几秒内完成；事实没有变动的，结果不会变。",
        "4.1",
    ),
}


def actions_for(user: User, standing: Standing) -> list[tuple[str, list[tuple[str, EntityAction]]]]:
    """Return what this person may do to an entity that stands so, grouped in table order."""
    groups: dict[str, list[tuple[str, EntityAction]]] = {}
    for key, action in ENTITY_ACTIONS.items():
        if action.open_to(user) and action.fits(standing):
            groups.setdefault(action.group, []).append((key, action))
    return list(groups.items())
