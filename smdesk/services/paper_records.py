"""What the services of issued papers take and give: plain data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PaperKind(StrEnum):
    """A paper that left the program for good. Letters are kept with their letter."""

    GOVERNOR_REPORT = "governor_report"
    CASE_FILE = "case_file"
    DECISION = "decision"
    REGISTER = "register"
    FORM = "form"


PAPER_KIND_LABELS = {
    PaperKind.GOVERNOR_REPORT: "Governor report",
    PaperKind.CASE_FILE: "Case file",
    PaperKind.DECISION: "Decision",
    PaperKind.REGISTER: "Register",
    PaperKind.FORM: "Form",
}


@dataclass(frozen=True, slots=True)
class PaperDraft:
    """A paper about to go out. ``object_kind`` and ``object_id`` say what it is about, in the words of the audit log:
    "incident", "exception", "case", "report", "register", or "" and 0 for the school as a whole.
    """

    kind: PaperKind
    title: str
    """As the list of papers shows it. No child's or parent's name in it."""
    object_kind: str = ""
    object_id: int = 0
    confidential: bool = False
    """Whether opening it again is written to the audit log."""
    pages: int = 1
    note: str = ""
    also: tuple[tuple[str, int], ...] = ()
    """What else it tells of ("incident", 7): linked incidents in a case file. It opens only where all of these do."""


@dataclass(frozen=True, slots=True)
class PaperRow:
    """One line of the list of issued papers."""

    id: int
    kind: PaperKind
    title: str
    object_kind: str
    object_id: int
    confidential: bool
    made_at: datetime
    made_by: str
    pages: int
    size: int
    """In bytes."""
    sha256: str
    note: str
    kept: bool
    """False where the file was given up after its time; what it was stays on record."""
