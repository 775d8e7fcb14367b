"""What our forms share: errors as sentences, days, reasons, and the look of the fields."""

from __future__ import annotations

from typing import Any

from django import forms

DAY = "应为 2025-03-31 这样的日期，请改正。"


class SentenceForm(forms.Form):
    """A form whose errors are sentences that name the field and say what to do."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            chosen = isinstance(field, forms.ChoiceField | forms.ModelChoiceField)
            field.error_messages["required"] = f"请{'选择' if chosen else '填写'}{field.label}。"
            if chosen:
                field.error_messages["invalid_choice"] = (
                    f"{field.label}不在可选范围内，请重新选择。"
                )
            elif isinstance(field, forms.DateField):
                field.error_messages["invalid"] = f"{field.label}{DAY}"


def day(label: str, *, required: bool = True, help_text: str = "") -> forms.DateField:
    """Return a field for a day, with the browser's own calendar."""
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"}),
    )


def text(label: str, *, most: int, required: bool = True, help_text: str = "") -> forms.CharField:
    field = forms.CharField(
        label=label,
        required=required,
        max_length=most,
        help_text=help_text,
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )
    field.widget.attrs.pop("maxlength", None)
    field.error_messages["max_length"] = f"{label}最多{most}个字，请删减。"
    return field


def reason(label: str = "理由", *, required: bool = True, help_text: str = "") -> forms.CharField:
    """Return a box for a reason; it is kept with the operation."""
    return forms.CharField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
    )


def choice(label: str, choices: Any = (), *, help_text: str = "") -> forms.ChoiceField:
    """Return a list of which one is chosen; nothing is chosen beforehand."""
    return forms.ChoiceField(
        label=label,
        choices=[("", "请选择"), *choices],
        help_text=help_text,
        widget=forms.Select(attrs={"class": "form-select"}),
    )


def either(label: str, choices: Any, *, help_text: str = "") -> forms.ChoiceField:
    """Return two or three choices shown side by side."""
    return forms.ChoiceField(
        label=label, choices=choices, help_text=help_text, widget=forms.RadioSelect
    )


def several(label: str, choices: Any = (), *, help_text: str = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=choices, help_text=help_text, widget=forms.CheckboxSelectMultiple
    )
