"""Tables of the shared base: work outside a request, and what is kept of what happened."""

from core.models.audit import Access, Change, Seal
from core.models.jobs import Job

__all__ = ("Access", "Change", "Job", "Seal")
