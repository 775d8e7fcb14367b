"""Forms of the liaison log (对接机制): entries, answers, tasks, contacts."""

from __future__ import annotations

from typing import Any

from django import forms

from desk.forms.base import SentenceForm, choice, day, reason, text
from entities.models import Entity
from staff.models import User
from staff.roles import DISTRICT_ROLES
from zones.choices import ContactRole, LiaisonKind
from zones.models import Occupant, Zone, ZoneContact

HELP = {
    LiaisonKind.MEETING: ("会议事项", "参加人员", "议定的事项"),
    LiaisonKind.CLUE: ("线索摘要", "反映人", "线索的经过；需要有人去办的，记下后交办任务"),
    LiaisonKind.REQUEST: ("诉求摘要", "反映人", "主体希望解决什么"),
    LiaisonKind.HELP: ("帮扶事项", "帮扶人员", "做了什么，效果如何"),
}


class EntryForm(SentenceForm):
    """An entry of the log. ``code`` names the entity concerned, where there is one."""

    day = day("日期")
    title = text("事项", most=100)
    people = text("人员", most=200, required=False)
    code = text("涉及主体的代码", most=18, required=False, help_text="没有涉及具体主体的可以不填。")
    text = reason("内容", required=False)

    def __init__(self, data: Any = None, *, kind: str, zone: Zone, by: User, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.zone, self.by = zone, by
        title, people, help_text = HELP[LiaisonKind(kind)]
        self.fields["title"].label = title
        self.fields["title"].error_messages["required"] = f"请填写{title}。"
        self.fields["people"].label = people
        self.fields["text"].help_text = help_text

    def clean_code(self) -> Entity | None:
        """Return the entity: on the zone's roster, or of the person's own scope."""
        code = self.cleaned_data["code"].strip().upper()
        if not code:
            return None
        there = Occupant.objects.visible_to(self.by).filter(zone=self.zone, entity__code=code)
        found = there.select_related("entity").first()
        own = Entity.objects.visible_to(self.by).filter(code=code).first()
        entity = found.entity if found else own
        if entity is None:
            raise forms.ValidationError("没有找到这个代码的主体，请核对；不在管辖范围内的不能填。")
        return entity


class AnswerForm(SentenceForm):
    text = reason("答复", help_text="答复内容和方式，例如“电话答复：已列入本月联合会诊”。")


class TaskForm(SentenceForm):
    """A task for somebody of the zone's bureau."""

    title = text("任务", most=100)
    assignee = choice("承办人")
    due_on = day("办理期限")

    def __init__(self, data: Any = None, *, zone: Zone, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        accounts = User.accounts.for_system("who may be given a task of a zone")
        self.people = {
            str(user.pk): user
            for user in accounts.filter(
                bureau=zone.bureau_id, is_active=True, role__in=DISTRICT_ROLES
            ).order_by("name", "pk")
        }
        field: Any = self.fields["assignee"]
        field.choices = [
            ("", "请选择"),
            *(
                (key, f"{user.name}（{user.get_role_display()}）")
                for key, user in self.people.items()
            ),
        ]

    def clean_assignee(self) -> User:
        return self.people[self.cleaned_data["assignee"]]


class ContactForm(SentenceForm):
    """With whom a zone is worked; a telephone that stays empty is kept as it is."""

    role = choice("对接方", ContactRole.choices)
    organisation = text("单位名称", most=100)
    person = text("联系人", most=60, required=False)
    phone = text("联系电话", most=40, required=False)
    note = text("备注", most=200, required=False)

    def __init__(self, data: Any = None, *, contact: ZoneContact | None = None) -> None:
        self.contact = contact
        initial = {}
        if contact is not None:
            names = ("role", "organisation", "note")
            initial = {name: getattr(contact, name) for name in names}
        super().__init__(data, initial=initial)
        if contact is not None:
            self.fields["person"].help_text = self.fields["phone"].help_text = "不填的保持原样。"
