"""Documents: papers from .docx templates, what stands in them, and the check of their words."""

from core.documents.pages import Page, page_of
from core.documents.plain_words import (
    Finding,
    Unconfirmed,
    Warning,
    WordCheck,
    demand_let_stand,
    demand_plain_words,
)
from core.documents.reading import text_of, texts_of
from core.documents.rendering import Properties, demand_template, render

__all__ = (
    "Finding",
    "Page",
    "Properties",
    "Unconfirmed",
    "Warning",
    "WordCheck",
    "demand_let_stand",
    "demand_plain_words",
    "demand_template",
    "page_of",
    "render",
    "text_of",
    "texts_of",
)
