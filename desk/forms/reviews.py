"""Forms of the review list of ordinary violations (readings 8)."""

from __future__ import annotations

from typing import Any

from desk.forms.base import SentenceForm, either, reason, text
from redline.choices import ReviewOutcome

OUTCOMES = [
    (ReviewOutcome.KEPT.value, "保留在沙盒内"),
    (ReviewOutcome.MOVED_OUT.value, "移出沙盒"),
    (ReviewOutcome.REFERRED.value, "移送其他机关"),
]


class OutcomeForm(SentenceForm):
    """An outcome with its reason; to whom, where it is referred."""

    outcome = either("结果", OUTCOMES)
    reason = reason(help_text="写明违法情节、是否已改正，以及据此保留、移出或移送的考虑。")
    referred_to = text("移送单位", most=100, required=False, help_text="移送其他机关的必填。")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        referred = said.get("outcome") == ReviewOutcome.REFERRED
        if (
            referred
            and not said.get("referred_to", "").strip()
            and "referred_to" not in self.errors
        ):
            self.add_error("referred_to", "请填写移送单位。")
        if not referred:
            said["referred_to"] = ""
        return said


class ProposalForm(OutcomeForm):
    """What an officer proposes."""

    outcome = either("建议", OUTCOMES)


class KeepForm(SentenceForm):
    """Why several reviews end in "kept"."""

    reason = reason("保留理由", help_text="适用于所选各件；各件的建议理由仍保留在其记录中。")
