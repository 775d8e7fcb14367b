"""Papers that were made: from which template, with which content, under which number."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from core.audit.history import History, Unlogged
from core.people import person
from core.scope import OfBureau, Reference, ScopedModel
from core.secrets import EncryptedBinaryField, EncryptedJSONField
from redline.choices import PaperKind
from redline.models.orders import Order
from staff.models import PaperNumber

MOST_SAID = 200_000
"""Letters of all the words of one paper."""

MOST_CONTENT = 8 << 20
"""Letters of one file, as text."""


class PaperTemplate(models.Model):
    """A version of a paper's template (.docx with placeholders); immutable, the newest is used.

    ``since`` is the day from which papers are made with it.
    """

    append_only = True
    is_act = True

    kind = models.CharField("文书", max_length=12, choices=PaperKind)
    number = models.PositiveIntegerField("版次")
    since = models.DateField("启用日")
    digest = models.CharField("SHA-256", max_length=64)
    content = models.BinaryField()
    note = models.CharField("说明", max_length=200, blank=True)
    loaded_by = person("载入人", optional=True)
    loaded_at = models.DateTimeField("载入时间", db_default=Now(), editable=False)

    scope = Reference()

    class Meta:
        verbose_name = "文书模板"
        verbose_name_plural = "文书模板"
        ordering = ("kind", "-number")
        constraints = (
            models.UniqueConstraint(name="one_number_a_template", fields=("kind", "number")),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}第{self.number}版"


class Paper(ScopedModel):
    """A paper of an order as it was made; a new one is made, none is changed.

    ``said`` are the words that went into the template, by placeholder: the A4 page is made of the
    same. ``number`` is the order's own for the order, else one of the paper's kind.
    ``warnings`` are the words that the word check warned of and whoever made it let stand.
    Words and file name persons and where they are served, so they are encrypted.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="papers")
    kind = models.CharField("文书", max_length=12, choices=PaperKind)
    template = models.ForeignKey(PaperTemplate, on_delete=models.PROTECT, related_name="+")
    number = models.ForeignKey(
        PaperNumber, on_delete=models.PROTECT, null=True, blank=True, related_name="papers"
    )
    subject = models.PositiveBigIntegerField("所据记录", null=True, blank=True)
    said = EncryptedJSONField("内容", max_length=MOST_SAID)
    warnings = models.JSONField("提示用语", default=list, blank=True)
    digest = models.CharField("SHA-256", max_length=64)
    made_by = person("制作人")
    made_at = models.DateTimeField("制作时间", db_default=Now(), editable=False)

    scope = OfBureau("order")
    history = History(hidden=("said",))

    class Meta:
        verbose_name = "文书"
        verbose_name_plural = "文书"
        ordering = ("id",)

    def __str__(self) -> str:
        return self.get_kind_display()


class PaperContent(ScopedModel):
    """The .docx of a paper, apart from its line so that lists stay light."""

    paper = models.OneToOneField(Paper, on_delete=models.PROTECT, related_name="content")
    content = EncryptedBinaryField("内容", max_length=MOST_CONTENT)

    scope = OfBureau("paper__order")
    history = Unlogged("written once with its line, which names the digest, and never changed")

    class Meta:
        verbose_name = "文书文件"
        verbose_name_plural = "文书文件"

    def __str__(self) -> str:
        return str(self.paper_id)
