"""What the columns of the register say. Nothing is said by colour alone: every icon has a word beside it."""

from __future__ import annotations

from datetime import date
from typing import Final

from PySide6.QtGui import QIcon

from smdesk.policy.vocabulary import (
    CAPACITY_LABELS,
    KIND_LABELS,
    LINK_LABELS,
    RELATIONSHIP_LABELS,
    TIMELINESS_LABELS,
    Capacity,
    Timeliness,
)
from smdesk.policy.words import narrow_day
from smdesk.services.connection_records import (
    EXCEPTION_COLUMN_LABELS,
    ExceptionColumn,
    ExceptionRow,
    ExceptionStatus,
)
from smdesk.services.incident_records import CONFIDENTIALITY_LABELS
from smdesk.ui.models.chunked import Column, columns_named
from smdesk.ui.pages.connections.words import marked, short_status, tone
from smdesk.ui.widgets.status_chip import status_icon
from smdesk.ui.words import count

MASKED: Final = "Confidential"
MASKED_EXPLAINED: Final = (
    "Confidential: you recorded this exception, and only those it is restricted to may open it."
)

Name = ExceptionColumn
_column = columns_named(EXCEPTION_COLUMN_LABELS)


def columns() -> tuple[Column[ExceptionRow], ...]:
    """The register's columns in their usual order."""
    return (
        _column(Name.REFERENCE, lambda row: row.reference, 102, tooltip=_reference_tip, strong=_pressing),
        _column(
            Name.ADULT,
            lambda row: MASKED if row.masked else row.adult,
            150,
            tooltip=lambda row: MASKED_EXPLAINED if row.masked else row.adult,
            icon=lambda row: status_icon("neutral") if row.masked else None,
            accessible=lambda row: MASKED_EXPLAINED if row.masked else f"Adult: {row.adult}",
            strong=_pressing,
        ),
        _column(
            Name.ADULT_KIND, lambda row: "" if row.masked else KIND_LABELS[row.adult_kind], 125, hidden=True
        ),
        _column(Name.OTHER, _other, 165, tooltip=_other),
        _column(
            Name.CAPACITY, lambda row: "" if row.masked else CAPACITY_LABELS[row.capacity], 125, hidden=True
        ),
        _column(Name.RELATIONSHIP, _relationship, 140, tooltip=_relationship),
        _column(Name.PLATFORMS, _platforms, 140, tooltip=_platforms),
        _column(Name.LINKS, _links, 140, tooltip=_links, hidden=True),
        _column(Name.STATUS, short_status, 265, tooltip=_status, icon=_status_icon, strong=_pressing),
        _column(Name.FROM, lambda row: _day(row.from_on), 112),
        _column(Name.REVIEW, lambda row: _day(row.review_on), 98),
        _column(Name.ENDS, lambda row: _day(row.ends_on), 105, hidden=True),
        _column(Name.DECLARED, lambda row: _day(row.declared_on), 105, hidden=True),
        _column(Name.TIMELINESS, timeliness_in_words, 140, tooltip=_timeliness_tip, icon=_late_icon),
        _column(
            Name.CONFIDENTIALITY,
            lambda row: MASKED if row.masked else CONFIDENTIALITY_LABELS[row.confidentiality],
            160,
            hidden=True,
        ),
    )


def timeliness_in_words(row: ExceptionRow) -> str:
    """ "On entry", "Late by 212 days", or that nobody knows."""
    if row.masked:
        return ""
    if row.timeliness is Timeliness.LATE and row.late_days is not None:
        return f"Late by {count(row.late_days, 'day')}"
    return "Not known" if row.timeliness is Timeliness.UNKNOWN else TIMELINESS_LABELS[row.timeliness]


def _timeliness_tip(row: ExceptionRow) -> str:
    if row.masked:
        return ""
    return (
        TIMELINESS_LABELS[row.timeliness]
        if row.timeliness is Timeliness.UNKNOWN
        else timeliness_in_words(row)
    )


def _day(day: date | None) -> str:
    return "" if day is None else narrow_day(day)


def _pressing(row: ExceptionRow) -> bool:
    return row.review_due or row.status is ExceptionStatus.MORE_WANTED


def _reference_tip(row: ExceptionRow) -> str:
    return MASKED_EXPLAINED if row.masked else f"{row.reference}, declared {_day(row.declared_on)}"


def _other(row: ExceptionRow) -> str:
    """Who it is; what they are, unless they are a pupil as most are."""
    if row.masked:
        return ""
    if row.capacity is Capacity.PUPIL:
        return row.other
    return f"{row.other}, {CAPACITY_LABELS[row.capacity].lower()}"


def _relationship(row: ExceptionRow) -> str:
    return "" if row.masked or row.relationship is None else RELATIONSHIP_LABELS[row.relationship]


def _platforms(row: ExceptionRow) -> str:
    return "" if row.masked else row.platforms


def _links(row: ExceptionRow) -> str:
    return "" if row.masked else ", ".join(LINK_LABELS[link] for link in row.links)


def _status(row: ExceptionRow) -> str:
    return marked(row, row.status_words)


def _status_icon(row: ExceptionRow) -> QIcon | None:
    return status_icon(tone(row))


def _late_icon(row: ExceptionRow) -> QIcon | None:
    return status_icon("warning") if row.timeliness is Timeliness.LATE and not row.masked else None
