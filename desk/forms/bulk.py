"""One form for each verb on many entities; the entities were fixed before the form is shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from core.errors import Refused
from desk.forms.base import SentenceForm, choice, day, either, reason, several, text
from desk.forms.entity import SINCE_HELP, VERDICTS
from desk.standing import OPENING
from entities.actions.base import Result
from entities.actions.four_new import (
    bulk_mark_four_new,
    bulk_unmark_four_new,
    propose_four_new,
)
from entities.actions.safety import bulk_state_safety
from entities.choices import Domain, Novelty
from entities.models import Entity, FourNewMark, FourNewProposal
from staff.models import User

TYPED_ABOVE = 10_000
"""Above so many entities the person types their number before anything is done."""


class BulkForm(SentenceForm):
    """A verb on many entities by one person on one day."""

    typed = text("户数", most=12, required=False)

    def __init__(self, data: Any = None, *, count: int, on: date) -> None:
        super().__init__(data, initial={"since": on})
        self.count, self.on = count, on
        if count > TYPED_ABOVE:
            self.fields["typed"].required = True
            self.fields["typed"].help_text = f"共{count:,}户，请键入这个数字以确认。"
            self.order_fields([*(n for n in self.fields if n != "typed"), "typed"])
        else:
            del self.fields["typed"]

    def clean_typed(self) -> str:
        typed = self.cleaned_data["typed"].replace(",", "").strip()
        if typed != str(self.count):
            raise forms.ValidationError(f"键入的户数与{self.count:,}不符，请核对后重新键入。")
        return typed

    def carry_out(self, ids: Sequence[int], by: User) -> dict[str, Any]:
        """Call the action; return the result as a job keeps it (see ``desk.bulk``)."""
        said = {name: value for name, value in self.cleaned_data.items() if name != "typed"}
        return self.act(ids, by, said)

    def act(self, ids: Sequence[int], by: User, said: dict[str, Any]) -> dict[str, Any]:
        raise NotImplementedError

    def unfit(self, ids: Sequence[int]) -> dict[int, str]:
        """Return the entities that this verb would leave alone, known before it is done."""
        return {}


def told(result: Result) -> dict[str, Any]:
    done, skipped = len(result.done), len(result.skipped)
    sentence = f"已办理{done:,}户" + (f"，未办理{skipped:,}户，原因见明细。" if skipped else "。")
    return {
        "operation": result.operation.pk,
        "done": done,
        "skipped": skipped,
        "sentences": [sentence],
    }


class BulkMark(BulkForm):
    novelties = several("四新类别", Novelty.choices)
    since = day("起始日", help_text=SINCE_HELP)
    reason = reason("认定理由")

    def act(self, ids: Sequence[int], by: User, said: dict[str, Any]) -> dict[str, Any]:
        return told(bulk_mark_four_new(ids, **said, by=by, on=self.on))


class BulkUnmark(BulkForm):
    since = day("起始日", help_text=SINCE_HELP)
    reason = reason("取消理由")

    def act(self, ids: Sequence[int], by: User, said: dict[str, Any]) -> dict[str, Any]:
        return told(bulk_unmark_four_new(ids, **said, by=by, on=self.on))


class BulkSafety(BulkForm):
    domain = choice("安全领域", Domain.choices)
    verdict = either("认定结论", VERDICTS)
    since = day("起始日", help_text=SINCE_HELP)
    reason = reason("认定理由")

    def act(self, ids: Sequence[int], by: User, said: dict[str, Any]) -> dict[str, Any]:
        said["verdict"] = int(said["verdict"])
        return told(bulk_state_safety(ids, **said, by=by, on=self.on))


class BulkPropose(BulkForm):
    """Proposals are filed all or none, so those that cannot be proposed are left out first."""

    novelties = several("四新类别", Novelty.choices)
    reason = reason("建议理由")

    def unfit(self, ids: Sequence[int]) -> dict[int, str]:
        marks = FourNewMark.objects.for_system("what needs no proposal").in_force(self.on)
        marked = marks.filter(entity_id__in=ids, origin__in=OPENING)
        filed = FourNewProposal.objects.for_system("what waits already").filter(
            entity_id__in=ids, status=FourNewProposal.Status.FILED
        )
        left = dict.fromkeys(
            marked.values_list("entity_id", flat=True), "已由市局标为“四新”，无需建议。"
        )
        return left | dict.fromkeys(
            filed.values_list("entity_id", flat=True), "已有待市局决定的建议或异议。"
        )

    def act(self, ids: Sequence[int], by: User, said: dict[str, Any]) -> dict[str, Any]:
        left = self.unfit(ids)
        todo = [key for key in ids if key not in left]
        if not todo:
            raise Refused("readings 3", "选中的主体都已标为“四新”或已有建议待决定，无需再提。")
        entities = list(Entity.objects.visible_to(by).filter(pk__in=todo))
        filed = propose_four_new(entities, **said, by=by, on=self.on)
        sentence = f"已提出{len(filed):,}条认定建议，市局应在 {filed[0].due_on} 前决定"
        sentence += f"；{len(left):,}户未提出（已有标识或已有建议）。" if left else "。"
        return {
            "batch": str(filed[0].batch or ""),
            "proposals": [row.pk for row in filed],
            "done": len(filed),
            "skipped": len(left),
            "sentences": [sentence],
        }
