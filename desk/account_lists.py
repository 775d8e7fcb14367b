"""What the list of accounts can be asked for; the address is its state."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import QueryDict

from desk.newest import key_of
from staff.models import Bureau, User
from staff.roles import Role

NO_ROLE = "none"
STATES = (("active", "启用"), ("disabled", "停用"))
ROLES = (*Role.choices, (NO_ROLE, "未授权"))
LONGEST_TEXT = 60


@dataclass(frozen=True)
class Asked:
    """The filters of an address; what it names wrongly counts as not given."""

    text: str
    role: str
    bureau: int | None
    state: str

    def rows(self, viewer: User) -> QuerySet[User]:
        """Return the accounts that are asked for, in the order of their numbers."""
        found = User.accounts.visible_to(viewer).select_related("bureau", "station", "unit")
        if self.text:
            found = found.filter(Q(username__icontains=self.text) | Q(name__icontains=self.text))
        if self.role:
            found = found.filter(role="" if self.role == NO_ROLE else self.role)
        if self.bureau is not None:
            found = found.filter(bureau=self.bureau)
        if self.state:
            found = found.filter(is_active=self.state == "active")
        return found.order_by("username")


def asked(query: QueryDict) -> Asked:
    return Asked(
        text="".join(query.get("text", "").split())[:LONGEST_TEXT],
        role=_known(query.get("role", ""), dict(ROLES)),
        bureau=key_of(query.get("bureau")),
        state=_known(query.get("state", ""), dict(STATES)),
    )


def _known(value: str, choices: dict[str, str]) -> str:
    return value if value in choices else ""


def bureaus() -> QuerySet[Bureau]:
    return Bureau.objects.order_by("id")
