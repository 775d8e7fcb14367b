"""One form for each verb on one entity. Each calls its action and says what was done."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from core.dated import in_force
from desk.forms.base import SentenceForm, choice, day, either, reason, several, text
from entities.actions.four_new import (
    mark_four_new,
    object_four_new,
    propose_four_new,
    unmark_four_new,
)
from entities.actions.listings import delist, list_entity
from entities.actions.register import change_status, correct_class
from entities.actions.safety import (
    end_licence,
    record_licence,
    state_safety,
    withdraw_safety_statement,
)
from entities.changes import record_changes
from entities.choices import Domain, Letter, ListName, Novelty, Status, Verdict
from entities.models import (
    RISK_SCHEME,
    CreditClass,
    Entity,
    Licence,
    Listing,
    SafetyStatement,
)
from membership.actions import request_exclusion, request_lifting
from policy.limits import limits_in_force
from staff.models import User
from staff.permissions import may

VERDICTS = ((Verdict.IN.value, Verdict.IN.label), (Verdict.NONE.value, Verdict.NONE.label))
SINCE_HELP = "从这一天起按更正后的事实重新判定，可以是过去的日子。"


class EntityForm(SentenceForm):
    """A verb on one entity by one person on one day."""

    def __init__(self, data: Any = None, *, entity: Entity, viewer: User, on: date) -> None:
        super().__init__(data, initial=self.beginning(entity, on))
        self.entity, self.viewer, self.on = entity, viewer, on
        self.prepare()

    def beginning(self, entity: Entity, on: date) -> dict[str, Any]:
        return {"since": on, "until": on}

    def prepare(self) -> None:
        """Offer the choices that depend on the entity and on who asks."""

    @property
    def current(self) -> str:
        """Say what is recorded now about the fact that the verb changes, where it is one fact."""
        return ""

    def carry_out(self) -> str:
        """Call the action; return the sentence shown afterwards."""
        raise NotImplementedError

    @property
    def who(self) -> dict[str, Any]:
        return {"by": self.viewer, "on": self.on}


class CorrectClass(EntityForm):
    letter = choice("更正后的分类", Letter.choices)
    since = day("起始日", help_text=f"{SINCE_HELP}效力到下一次分类文件为止。")
    source = text(
        "更正依据",
        most=150,
        help_text="写明文书或系统，例如“国家企业信用信息公示系统 2025-03-01 查询”。",
    )
    reason = reason()

    @property
    def current(self) -> str:
        rows = CreditClass.objects.visible_to(self.viewer).in_force(self.on)
        row = rows.filter(entity=self.entity, scheme=RISK_SCHEME).first()
        if row is None:
            return "未参加企业信用风险分类。"
        return f"{row.letter}类，{row.since}起，{row.source or '来源未注明'}。"

    def carry_out(self) -> str:
        correct_class(self.entity, **self.cleaned_data, **self.who)
        return f"信用风险分类已更正为{self.cleaned_data['letter']}类，正在重新判定。"


class ChangeStatus(EntityForm):
    status = choice("更正后的登记状态", Status.choices)
    since = day("起始日", help_text=SINCE_HELP)
    source = text("更正依据", most=150)
    reason = reason()

    @property
    def current(self) -> str:
        return f"{self.entity.get_status_display()}。"

    def carry_out(self) -> str:
        change_status(self.entity, **self.cleaned_data, **self.who)
        label = Status(self.cleaned_data["status"]).label
        return f"登记状态已更正为{label}，正在重新判定。"


class StateSafety(EntityForm):
    domain = choice("安全领域", Domain.choices)
    verdict = either("认定结论", VERDICTS)
    since = day("起始日", help_text=SINCE_HELP)
    reason = reason(help_text="写明依据的事实，例如核查的许可证或实际经营内容。")

    def carry_out(self) -> str:
        cleaned = self.cleaned_data | {"verdict": int(self.cleaned_data["verdict"])}
        state_safety(self.entity, **cleaned, **self.who)
        said = f"{Verdict(cleaned['verdict']).label}{Domain(cleaned['domain']).label}"
        return f"已认定{said}，正在重新判定。"


class WithdrawSafety(EntityForm):
    statement = choice("要撤销的认定")
    since = day("起始日", help_text="从这一天起重新按用语、行业和许可证判定。")
    reason = reason("撤销理由")

    def prepare(self) -> None:
        rows = SafetyStatement.objects.visible_to(self.viewer).filter(
            in_force(self.on), entity=self.entity
        )
        self.rows = {str(row.pk): row for row in rows}
        self.fields["statement"].choices += [
            (key, f"{row.get_domain_display()}：{row.get_verdict_display()}（自{row.since}起）")
            for key, row in self.rows.items()
        ]

    def carry_out(self) -> str:
        statement = self.rows[self.cleaned_data.pop("statement")]
        withdraw_safety_statement(statement, **self.cleaned_data, **self.who)
        return "认定已撤销，正在重新判定。"


class RecordLicence(EntityForm):
    domain = choice("安全领域", Domain.choices)
    title = text("许可证名称", most=100, help_text="例如“食品经营许可证”。")
    number = text("许可证编号", most=60)
    since = day("有效期自")
    last = day("有效期至", required=False, help_text="许可证上写明的最后一天；长期有效的留空。")

    def carry_out(self) -> str:
        cleaned = dict(self.cleaned_data)
        last = cleaned.pop("last")
        until = last + timedelta(days=1) if last else None
        record_licence(self.entity, **cleaned, until=until, **self.who)
        return "许可证已登记，正在重新判定。"


class EndLicence(EntityForm):
    licence = choice("要终止的许可证")
    until = day("终止日", help_text="从这一天起许可证不再有效。")
    reason = reason("终止理由")

    def prepare(self) -> None:
        rows = Licence.objects.visible_to(self.viewer).filter(in_force(self.on), entity=self.entity)
        self.rows = {str(row.pk): row for row in rows}
        self.fields["licence"].choices += [
            (key, f"{row.title} {row.number}") for key, row in self.rows.items()
        ]

    def carry_out(self) -> str:
        licence = self.rows[self.cleaned_data.pop("licence")]
        end_licence(licence, **self.cleaned_data, **self.who)
        return "许可证已终止，正在重新判定。"


def lists_open_to(viewer: User) -> list[tuple[str, str]]:
    return [(name.value, name.label) for name in ListName if may(viewer, f"list.{name.value}")]


class ListEntity(EntityForm):
    list_name = choice(
        "列入的名单", help_text="列入严重违法失信名单即移出全部情形；经营异常名录列入重点关注。"
    )
    since = day("列入日")
    reason = text("列入事由", most=200)
    document_number = text(
        "决定文号", most=100, required=False, help_text="列入严重违法失信名单时必填。"
    )

    def prepare(self) -> None:
        self.fields["list_name"].choices += lists_open_to(self.viewer)

    def carry_out(self) -> str:
        list_entity(self.entity, **self.cleaned_data, **self.who)
        return f"已列入{ListName(self.cleaned_data['list_name']).label}，正在重新判定。"


class Delist(EntityForm):
    list_name = choice("移出的名单")
    until = day("移出日", help_text="从这一天起不在名单上。")
    reason = reason("移出事由")

    def prepare(self) -> None:
        rows = Listing.objects.visible_to(self.viewer).filter(in_force(self.on), entity=self.entity)
        standing = set(rows.values_list("list_name", flat=True))
        self.fields["list_name"].choices += [
            pair for pair in lists_open_to(self.viewer) if pair[0] in standing
        ]

    def carry_out(self) -> str:
        delist(self.entity, **self.cleaned_data, **self.who)
        return f"已移出{ListName(self.cleaned_data['list_name']).label}，正在重新判定。"


class ProposeFourNew(EntityForm):
    novelties = several("四新类别", Novelty.choices)
    reason = reason("建议理由", help_text="写明新在何处，市局据此决定。")

    def carry_out(self) -> str:
        (filed,) = propose_four_new([self.entity], **self.cleaned_data, **self.who)
        return f"已提出“四新”认定建议，市局应在 {filed.due_on} 前决定。"


class ObjectFourNew(EntityForm):
    reason = reason("异议理由")

    def carry_out(self) -> str:
        (filed,) = object_four_new([self.entity], **self.cleaned_data, **self.who)
        return f"已提出异议，市局应在 {filed.due_on} 前决定；决定前标识不变。"


class MarkFourNew(EntityForm):
    novelties = several("四新类别", Novelty.choices)
    since = day("起始日", help_text=SINCE_HELP)
    reason = reason("认定理由")

    def carry_out(self) -> str:
        mark_four_new(self.entity, **self.cleaned_data, **self.who)
        return "已标为“四新”，正在重新判定。"


class UnmarkFourNew(EntityForm):
    since = day("起始日", help_text=SINCE_HELP)
    reason = reason("取消理由")

    def carry_out(self) -> str:
        unmark_four_new(self.entity, **self.cleaned_data, **self.who)
        return "已取消“四新”标识，正在重新判定。"


class RequestExclusion(EntityForm):
    since = day("起始日", help_text="自批准后生效，不早于今天。")
    review_on = day("复核日")
    reason = reason("移出理由", help_text="写明依据的实际情况，由第二人批准。")

    def beginning(self, entity: Entity, on: date) -> dict[str, Any]:
        longest = limits_in_force(on)["exclusion.review_days"]
        return {"since": on, "review_on": on + timedelta(days=longest)}

    def prepare(self) -> None:
        longest = limits_in_force(self.on)["exclusion.review_days"]
        self.fields["review_on"].help_text = f"最晚在生效日后{longest}日内复核。"

    def carry_out(self) -> str:
        request_exclusion(self.entity, **self.cleaned_data, by=self.viewer, today=self.on)
        return "人工移出申请已提出，待负责人批准后生效。"


class RequestLifting(EntityForm):
    since = day("起始日", help_text="不早于今天；解除后由规则重新判定。")
    reason = reason("解除理由")

    def carry_out(self) -> str:
        request_lifting(self.entity, **self.cleaned_data, by=self.viewer, today=self.on)
        return "解除人工移出的申请已提出，待负责人批准后生效。"


class Evaluate(EntityForm):
    """No field: the entity is judged anew from today on."""

    def carry_out(self) -> str:
        record_changes([self.entity.pk], self.on, "人工重新评估", by=self.viewer)
        return "已请求重新评估。"
