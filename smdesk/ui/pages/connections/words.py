"""How an exception's state looks beside its words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from smdesk.policy.words import in_a_sentence
from smdesk.services.connection_records import ExceptionRecord, ExceptionRow, ExceptionStatus
from smdesk.services.incident_records import Confidentiality

STATUS_TONES: Final[Mapping[ExceptionStatus, str]] = {
    ExceptionStatus.DECLARED: "warning",
    ExceptionStatus.AWAITING: "info",
    ExceptionStatus.MORE_WANTED: "warning",
    ExceptionStatus.APPROVED: "ok",
    ExceptionStatus.REFUSED: "danger",
    ExceptionStatus.ENDED: "neutral",
    ExceptionStatus.REVOKED: "danger",
    ExceptionStatus.SUPERSEDED: "neutral",
    ExceptionStatus.WITHDRAWN: "neutral",
}
"""The shape and colour beside each status."""


def tone(shown: ExceptionRow | ExceptionRecord) -> str:
    """The shape beside an exception's state, wherever it stands: an approval that wants something is no plain tick."""
    return "warning" if shown.review_due or shown.unconfirmed_paper else STATUS_TONES[shown.status]


def short_status(row: ExceptionRow) -> str:
    """The status as it fits a column. When a review is due stands in the column beside it."""
    if row.review_due and row.ends_on is None and not row.unconfirmed_paper:
        return marked(row, "Approved before SM Desk, review due" if row.imported else "Approved, review due")
    return marked(row, row.status_words)


def marked(row: ExceptionRow, words: str) -> str:
    """Whoever may open a confidential one is told that it is, where everybody looks."""
    if row.masked or row.confidentiality is Confidentiality.NORMAL:
        return words
    return f"Confidential: {in_a_sentence(words)}"
