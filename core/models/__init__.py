"""Tables of the shared base: jobs, files that leave, what happened, working days, words."""

from core.models.audit import Access, Change, Seal
from core.models.calendar import CalendarYear, SpecialDay
from core.models.exports import Export
from core.models.jobs import Job
from core.models.words import PaperWord

__all__ = (
    "Access",
    "CalendarYear",
    "Change",
    "Export",
    "Job",
    "PaperWord",
    "Seal",
    "SpecialDay",
)
