"""Tables of the shared base: work outside a request, files that leave, what happened."""

from core.models.audit import Access, Change, Seal
from core.models.exports import Export
from core.models.jobs import Job

__all__ = ("Access", "Change", "Export", "Job", "Seal")
