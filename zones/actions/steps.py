"""The moves of a declaration: one function for each step of ``zones.workflow`` but approval.

Each takes ``revision``, the one that was seen; steps that decide refuse another. Each writes its
step down and returns the declaration as it then stands.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from django.utils import timezone

from core.errors import Refused
from entities.actions.base import action
from staff.models import User
from staff.permissions import demand
from staff.roles import Role
from zones.actions.approval import approve, lock_all
from zones.actions.base import lock, lock_for, move, moved_on, need_opinion
from zones.findings import demand_clean
from zones.models import Declaration, DeclarationComment
from zones.workflow import HAND_OVERS, STEPS, involved, may_hold

WHY_COMMENTS = "counting the comments of a declaration that is locked"


@action
def submit(
    declaration: Declaration, *, revision: int, by: User, on: date, opinion: str = ""
) -> Declaration:
    """Submit a draft, or a corrected one, to the bureau's lead; refused while an error stands."""
    found = lock_for("submit", declaration, by, revision)
    return _submit("submit", found, by, on, opinion)


@action
def confirm(
    declaration: Declaration, *, revision: int, by: User, on: date, opinion: str = ""
) -> Declaration:
    """Confirm as the district what the city entered for it (readings 9); checked as submit is."""
    found = lock_for("confirm", declaration, by, revision)
    return _submit("confirm", found, by, on, opinion)


def _submit(step: str, found: Declaration, by: User, on: date, opinion: str) -> Declaration:
    demand_clean(found, on)
    _demand_reviewer(found, by)
    return move(
        *(found, step),
        by=by,
        opinion=opinion.strip(),
        submitted_by=by,
        submitted_at=timezone.now(),
        reviewed_by=None,
        reviewed_at=None,
        handler=None,
    )


def _demand_reviewer(declaration: Declaration, by: User) -> None:
    """Refuse to submit where every lead of the bureau would be kept from reviewing it."""
    leads = set(
        User.accounts.for_system("looking for somebody who may review")
        .filter(role=Role.DISTRICT_LEAD, bureau_id=declaration.bureau_id, is_active=True)
        .values_list("pk", flat=True)
    )
    if leads and leads <= {by.pk, declaration.filed_by_id}:
        raise Refused(
            "5.2",
            "本局没有其他负责人可以审核：请由区县局人员填报并提交，由您审核；"
            "或请安全管理员为本局另一位负责人授权。",
        )


@action
def decline(declaration: Declaration, *, by: User, on: date, opinion: str) -> Declaration:
    """Decline as the district what the city entered for it; it is void, with the reason."""
    found = lock_for("decline", declaration, by, None)
    return move(found, "decline", by=by, opinion=need_opinion(opinion, "不予确认的理由"))


@action
def withdraw(declaration: Declaration, *, by: User, on: date, opinion: str = "") -> Declaration:
    """Take back what one submitted, until the lead has taken it."""
    found = lock_for("withdraw", declaration, by, None)
    return move(
        *(found, "withdraw"), by=by, opinion=opinion.strip(), submitted_by=None, submitted_at=None
    )


@action
def take(declaration: Declaration, *, by: User, on: date, opinion: str = "") -> Declaration:
    """Take a submitted declaration to review it (受理)."""
    found = lock_for("take", declaration, by, None)
    return move(found, "take", by=by, opinion=opinion.strip(), handler=by)


@action
def review(
    declaration: Declaration, *, revision: int, by: User, on: date, opinion: str = ""
) -> Declaration:
    """Pass a declaration on to the city, as the bureau's lead."""
    found = lock_for("review", declaration, by, revision)
    return move(
        *(found, "review"),
        by=by,
        opinion=opinion.strip(),
        reviewed_by=by,
        reviewed_at=timezone.now(),
        handler=None,
    )


@action
def send_back(
    declaration: Declaration, *, revision: int, by: User, on: date, opinion: str = ""
) -> Declaration:
    """Send a declaration back as the bureau's lead; needs an opinion or an open comment."""
    return _give_back("send_back", declaration, revision, by, opinion)


@action
def return_(
    declaration: Declaration, *, revision: int, by: User, on: date, opinion: str = ""
) -> Declaration:
    """Return a declaration for correction as the city; needs an opinion or an open comment."""
    return _give_back("return", declaration, revision, by, opinion)


def _give_back(
    step: str, declaration: Declaration, revision: int, by: User, opinion: str
) -> Declaration:
    """Give a declaration back to its district; who reviewed it is free to submit it next."""
    found = lock_for(step, declaration, by, revision)
    comments = DeclarationComment.objects.for_system(WHY_COMMENTS)
    open_ones = comments.filter(declaration=found, settled_at=None).count()
    if not open_ones:
        opinion = need_opinion(opinion, "退回意见，或在有关栏目和行上注明补正意见")
    return move(
        *(found, step),
        by=by,
        opinion=opinion.strip() or f"见补正意见（{open_ones}条）",
        reviewed_by=None,
        reviewed_at=None,
        handler=None,
    )


@action
def recall(declaration: Declaration, *, by: User, on: date, opinion: str = "") -> Declaration:
    """Take back one's review, until the city has accepted the declaration."""
    found = lock_for("recall", declaration, by, None)
    return move(
        *(found, "recall"),
        by=by,
        opinion=opinion.strip(),
        reviewed_by=None,
        reviewed_at=None,
        handler=by,
    )


@action
def accept(declaration: Declaration, *, by: User, on: date, opinion: str = "") -> Declaration:
    """Take a reviewed declaration on as the city (受理)."""
    found = lock_for("accept", declaration, by, None)
    return move(found, "accept", by=by, opinion=opinion.strip(), handler=by)


@action
def refuse(
    declaration: Declaration, *, revision: int, by: User, on: date, opinion: str
) -> Declaration:
    """Refuse a declaration as the city, with a reason."""
    found = lock_for("refuse", declaration, by, revision)
    return move(
        *(found, "refuse"),
        by=by,
        opinion=need_opinion(opinion, "不予批准的理由"),
        decided_by=by,
        decided_at=timezone.now(),
    )


@action
def discard(declaration: Declaration, *, by: User, on: date, opinion: str = "") -> Declaration:
    """Make a draft void; it stays readable."""
    found = lock_for("discard", declaration, by, None)
    return move(found, "discard", by=by, opinion=opinion.strip())


@action
def retract(declaration: Declaration, *, by: User, on: date, opinion: str = "") -> Declaration:
    """Make void, as the city, what it entered and the district has not confirmed."""
    found = lock_for("retract", declaration, by, None)
    return move(found, "retract", by=by, opinion=opinion.strip())


@action
def hand_over(
    declaration: Declaration, to: User, *, by: User, on: date, opinion: str = ""
) -> Declaration:
    """Hand a declaration that was taken to a colleague who could have taken it (转办)."""
    seen = lock(declaration, by)
    action_name = HAND_OVERS.get(seen.status)
    if action_name is None:
        demand(by, "zone.read")
        raise Refused("5.2", moved_on(seen))
    found = lock_for(action_name, declaration, by, None)
    _demand_colleague(found, action_name, to)
    return move(found, action_name, by=by, opinion=opinion.strip(), to=to, handler=to)


def _demand_colleague(declaration: Declaration, action_name: str, to: User) -> None:
    step = STEPS[action_name]
    if to.pk == declaration.handler_id:
        raise Refused(step.clause, f"该申报已由{to.name}经办，无需转办。")
    if not may_hold(to, declaration, step):
        raise Refused(
            step.clause, f"{to.name}的账户已停用，或没有办理该申报的角色，请转交其他人员。"
        )
    if to.pk in involved(declaration, step):
        raise Refused(step.clause, f"{to.name}填报、提交或审核过该申报，不能经办，请转交其他人员。")


@action
def bulk_approve(
    seen: Mapping[int, int] | Collection[int], *, opinion: str = "", by: User, on: date
) -> dict[int, str]:
    """Approve several declarations; return for each what became of it, in a sentence.

    ``seen`` maps the key of each declaration to the revision that was seen; keys alone approve each
    as it stands. Each goes through ``approve`` in a savepoint of its own, refusals included.
    """
    demand(by, "zone.approve")
    rows = Declaration.objects.visible_to(by).filter(pk__in=list(seen)).order_by("pk")
    lock_all([row.pk for row in rows])
    results = {pk: "该申报不存在或不在您的管辖范围内。" for pk in seen}
    for row in rows:
        revision = seen[row.pk] if isinstance(seen, Mapping) else row.revision
        try:
            done = approve(row, revision=revision, opinion=opinion, by=by, on=on)
            results[row.pk] = f"已批准，自{done.since}起生效。"
        except Refused as refusal:
            results[row.pk] = f"未批准：{refusal}"
    return results


STEP_FUNCTIONS = {
    "submit": submit,
    "confirm": confirm,
    "decline": decline,
    "withdraw": withdraw,
    "take": take,
    "review": review,
    "send_back": send_back,
    "recall": recall,
    "accept": accept,
    "approve": approve,
    "return": return_,
    "refuse": refuse,
    "hand_over_review": hand_over,
    "hand_over": hand_over,
    "discard": discard,
    "retract": retract,
}
"""The function of each step of the table."""
