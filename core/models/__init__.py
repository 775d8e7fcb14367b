"""Tables of the shared base: work outside a request, files that leave, what happened, workdays."""

from core.models.audit import Access, Change, Seal
from core.models.calendar import CalendarYear, SpecialDay
from core.models.exports import Export
from core.models.jobs import Job

__all__ = ("Access", "CalendarYear", "Change", "Export", "Job", "Seal", "SpecialDay")
