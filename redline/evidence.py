"""Files of evidence as they are read: how large they may be, and that they are what was kept."""

from __future__ import annotations

import hashlib
from datetime import date

from core.errors import BadFile
from policy.limits import limits_in_force
from redline.models import Evidence, EvidenceContent
from staff.models import User


def most_bytes(on: date) -> int:
    """Return how large a file of evidence may be on a day."""
    return int(limits_in_force(on)["evidence.most_megabytes"]) << 20


def content_of(evidence: Evidence, viewer: User) -> bytes:
    """Return the bytes of a file that this person may see; whoever shows them records the access.

    Raises ``EvidenceContent.DoesNotExist`` outside the viewer's scope, and BadFile where the bytes
    are no longer those whose digest was kept.
    """
    row = EvidenceContent.objects.visible_to(viewer).get(evidence=evidence.pk)
    content = bytes(row.content)
    if hashlib.sha256(content).hexdigest() != evidence.digest:
        raise BadFile("该证据的内容与上传时的 SHA-256 不一致，请立即报告系统管理员，不要使用。")
    return content


def same_file(evidence: Evidence, viewer: User) -> list[Evidence]:
    """Return where else the same file is evidence, as far as this person may see."""
    rows = Evidence.objects.visible_to(viewer).filter(digest=evidence.digest)
    return list(rows.exclude(pk=evidence.pk).select_related("violation").order_by("pk"))
