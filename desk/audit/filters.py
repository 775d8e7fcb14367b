"""What the logs can be asked for: forms whose address is their state.

A condition that cannot be read is named in a sentence and the others stay as they are; nothing is
listed until it is mended, so that nobody takes a wider list for the one that was asked for.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone

from core.audit.history import superseding_models
from core.models import Access, Change
from desk.audit.reading import Log
from desk.audit.wording import ORIGINS, Origin, table_label, tables
from desk.newest import key_of
from entities.models import Entity, Operation, OperationItem
from entities.names import bigrams
from staff.models import User

MOST_PEOPLE = 200
MOST_ENTITIES = 50
MOST_ACTS = 2000
MINUTE = "应为 2025-03-31 14:30 或 2025-03-31 这样的时间，请改正。"
MINUTES = ("%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M")
DAYS = ("%Y-%m-%d", "%Y/%m/%d")
YEARS = range(2000, 2200)
ADDED = (
    "“{table}”只增不改，以自身为历史：这里只列出被取代或不再有效的行；新增的行以其登记时间和登记人"
    "为记录，人工办理的请在表“操作记录”中按主体查询，点开批次看“办理明细”，其余由业务人员在主体页面的"
    "历史中查看。"
)
UUID_WRONG = "批次应为 8-4-4-4-12 位的编号，请从记录的“批次”一栏复制完整。"


def _text(label: str, placeholder: str, most: int = 200) -> forms.CharField:
    field = forms.CharField(
        label=label,
        required=False,
        widget=forms.TextInput(attrs={"class": "form-control", "placeholder": placeholder}),
    )
    field.validators = [_legible(label, most)]
    return field


def _legible(label: str, most: int) -> Any:
    def check(value: str) -> None:
        if len(value) > most:
            raise ValidationError(f"{label}最多{most}个字，请删减。")
        if "\0" in value:
            raise ValidationError(f"{label}含有无法识别的字符，请重新填写。")

    return check


def _one(label: str, choices: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        required=False,
        choices=[("", "全部"), *choices],
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"invalid_choice": f"没有这样的{label}，请重新选择。"},
    )


class Minute(forms.CharField):
    """A minute in Chongqing's time; a day alone is its first minute, or its last."""

    def __init__(self, label: str, *, last: bool = False) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local", "class": "form-control"})
        super().__init__(label=label, required=False, widget=widget)
        self.validators = []  # what is no time is named once, below
        self.last = last

    def clean(self, value: Any) -> datetime | None:
        """Return the beginning of the minute, or the end of the last one that is meant."""
        text = super().clean(value)
        if not text:
            return None
        found = _read(text, MINUTES)
        step = timedelta(minutes=1)
        if found is None:
            found, step = _read(text, DAYS), timedelta(days=1)
        if found is None or found.year not in YEARS:
            raise ValidationError(f"{self.label}{MINUTE}")
        return found + step if self.last else found

    def prepare_value(self, value: Any) -> Any:
        """Write a day as the minute that it stands for, as the browser's field wants it."""
        text = str(value or "").strip()
        found = _read(text, MINUTES)
        if found is None and (found := _read(text, DAYS)) is not None and self.last:
            found += timedelta(days=1, minutes=-1)
        return f"{found:%Y-%m-%dT%H:%M}" if found else value


def _read(text: str, formats: tuple[str, ...]) -> datetime | None:
    for form in formats:
        try:
            return datetime.strptime(text, form).replace(tzinfo=timezone.get_current_timezone())
        except ValueError:
            continue
    return None


class LogFilter(forms.Form):
    """The conditions that both logs share; ``condition`` is for rows of ``log``."""

    log: Log
    person = _text("人员", "工号或姓名，可只写开头", 60)
    entity = _text("主体", "代码、全称或主体编号")
    operation = forms.UUIDField(
        label="批次",
        required=False,
        error_messages={"invalid": UUID_WRONG},
        widget=forms.TextInput(attrs={"class": "form-control", "placeholder": "整个批次编号"}),
    )
    origin = _one("来源", Origin.choices)
    since = Minute("时间自")
    until = Minute("时间至", last=True)
    text = _text("理由含", "理由中的文字")
    address = _text("地址", "网络地址，如 10.1.2.3", 64)

    ORDER: tuple[str, ...] = ()

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.order_fields(self.ORDER)
        self.notes: list[str] = []
        self.people: list[User] = []
        self.entities: list[int] = []

    def clean_person(self) -> str:
        said = self.cleaned_data["person"]
        self.people = people_named(said) if said else []
        if len(self.people) > MOST_PEOPLE:
            raise ValidationError(f"以“{said}”开头的账户超过{MOST_PEOPLE}个，请写得更完整。")
        if said and not self.people:
            self.person_unknown(said)
        return said

    def person_unknown(self, said: str) -> None:
        raise ValidationError(f"没有工号或姓名是“{said}”（或以它开头）的账户，请核对。")

    def clean_entity(self) -> str:
        said = self.cleaned_data["entity"]
        self.entities = self._entities_named(said) if said else []
        if said and not self.entities:
            raise ValidationError(
                f"没有代码、全称或编号是“{said}”的经营主体，请核对；名称须写全称。"
            )
        return said

    def _entities_named(self, said: str) -> list[int]:
        """Return keys of entities; one that was removed by hand is still known to its lines."""
        known = Entity.objects.for_system("naming an entity for the auditor")
        named = Q(code=said.upper())
        if pairs := bigrams(said):
            named |= Q(name_bigrams__contains=pairs, name=said)
        found = list(known.filter(named).values_list("pk", flat=True)[:MOST_ENTITIES])
        key = key_of(said)
        if found or key is None:
            return found
        lines = self.log.objects.for_system("whether the log knows an entity")
        here = known.filter(pk=key).exists() or lines.filter(entity_id=key).exists()
        return [key] if here else []

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since >= until:
            self.add_error("until", "时间至不能早于时间自，请改正。")
        return cleaned

    def condition(self) -> Q:
        """Return the condition of a valid form."""
        cleaned = self.cleaned_data
        wanted = Q()
        if cleaned["person"]:
            wanted &= self.of_person(cleaned["person"])
        if self.entities:
            wanted &= self.of_entities()
        if cleaned["origin"]:
            wanted &= ORIGINS[cleaned["origin"]]
        for name, lookup in self.LOOKUPS.items():
            if cleaned[name] not in (None, ""):
                wanted &= Q(**{lookup: cleaned[name]})
        return wanted

    LOOKUPS = {
        "operation": "operation",
        "since": "at__gte",
        "until": "at__lt",
        "text": "reason__icontains",
        "address": "address",
    }

    def of_person(self, said: str) -> Q:
        return Q(actor_id__in=[user.pk for user in self.people])

    def of_entities(self) -> Q:
        return Q(entity_id__in=self.entities)

    def said(self) -> list[tuple[str, str, str]]:
        """Return each condition in force as (field, label, value in words)."""
        found = []
        for name, field in self.fields.items():
            value = self.cleaned_data.get(name)
            if value in (None, ""):
                continue
            words = str(self.data.get(name, "")).replace("T", " ")
            if isinstance(field, forms.ChoiceField):
                words = str(dict(field.choices)[value])
            elif name == "person" and self.people:
                words = "、".join(str(user) for user in self.people[:5])
                words += f"等{len(self.people)}个账户" if len(self.people) > 5 else ""
            found.append((name, str(field.label), words))
        return found

    def sentence(self) -> str:
        """Return the conditions in one line, for the log of who looked at the log."""
        return "；".join(f"{label}＝{value}" for _, label, value in self.said()) or "无条件"


class ChangeFilter(LogFilter):
    """The change log's conditions."""

    log = Change
    table = _one("表", ())
    row = _text("行", "行的编号", 18)
    verb = _one("动作", Change.Verb.choices)

    ORDER = ("person", "entity", "table", "verb", "origin", "since", "until", "text")
    LOOKUPS = LogFilter.LOOKUPS | {"table": "table_name", "row": "row_key", "verb": "verb"}

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        labels = [(name, model._meta.verbose_name) for name, model in tables().items()]
        self.fields["table"].choices = [("", "全部"), *labels]  # type: ignore[attr-defined]

    def clean_table(self) -> str:
        said = self.cleaned_data["table"]
        if said in {model._meta.db_table for model in superseding_models()}:
            self.notes.append(ADDED.format(table=table_label(said)))
        return said

    def of_entities(self) -> Q:
        """Take in what people did to the entities: an act over many names none of them itself."""
        items = OperationItem.objects.for_system("what was done to an entity, for the auditor")
        acts = items.filter(entity_id__in=self.entities).order_by("-operation_id")
        keys = list(acts.values_list("operation_id", flat=True)[:MOST_ACTS])
        table = Operation._meta.db_table
        return super().of_entities() | Q(table_name=table, row_key__in=keys)

    def clean_row(self) -> int | None:
        said = self.cleaned_data["row"]
        key = key_of(said)
        if said and key is None:
            raise ValidationError("行的编号应为数字，请改正。")
        return key


class AccessFilter(LogFilter):
    """The access log's conditions; a person is found by what was typed at a login as well."""

    log = Access
    # What people did leaves a line only by way of the system.
    origin = _one("来源", [one for one in Origin.choices if one[0] != Origin.DIRECT])
    kind = _one("事项", Access.Kind.choices)
    ok = _one("结果", [("yes", "成功"), ("no", "失败")])

    ORDER = ("person", "entity", "kind", "ok", "origin", "since", "until", "text")
    LOOKUPS = LogFilter.LOOKUPS | {"kind": "kind"}

    def person_unknown(self, said: str) -> None:
        self.notes.append(
            f"没有工号或姓名是“{said}”（或以它开头）的账户，以下只按登录时所填的工号查找。"
        )

    def of_person(self, said: str) -> Q:
        names = {said, *(user.username for user in self.people)}
        return super().of_person(said) | Q(username__in=sorted(names))

    def condition(self) -> Q:
        wanted = super().condition()
        ok = self.cleaned_data["ok"]
        return wanted & Q(ok=ok == "yes") if ok else wanted


def people_named(said: str) -> list[User]:
    """Return the accounts of a number or name, disabled ones too; else those it begins."""
    accounts = User.accounts.for_system("whom the log may tell of")
    exact = accounts.filter(Q(username__iexact=said) | Q(name=said))
    begun = accounts.filter(Q(username__istartswith=said) | Q(name__startswith=said))
    return list(exact[: MOST_PEOPLE + 1]) or list(begun[: MOST_PEOPLE + 1])
