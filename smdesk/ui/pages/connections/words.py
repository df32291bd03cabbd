"""How an exception's state looks beside its words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from smdesk.services.connection_records import ExceptionRow, ExceptionStatus

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


def row_tone(row: ExceptionRow) -> str:
    """The shape beside a row of the register: an approval that wants something is no plain tick."""
    return "warning" if row.review_due or row.unconfirmed_paper else STATUS_TONES[row.status]
