"""What the incident list's columns say. Nothing is said by colour alone: every icon has a word beside it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from PySide6.QtGui import QIcon

from smdesk.policy import deadlines
from smdesk.policy.vocabulary import CONDUCT_LABELS, KIND_LABELS, STEP_LABELS
from smdesk.policy.words import weekday, written_day
from smdesk.services import incident_records as records
from smdesk.services.context import LOCAL
from smdesk.services.incident_records import CONFIDENTIALITY_LABELS, IncidentRow
from smdesk.ui.models.chunked import Column, columns_named
from smdesk.ui.widgets.day_parsing import long_day
from smdesk.ui.widgets.status_chip import status_icon
from smdesk.ui.words import narrow_moment

MASKED = "Confidential"
MASKED_EXPLAINED = "Confidential: you logged this incident, and only the headteacher and the DSL may open it."
_SOON_DAYS = 13

Name = records.Column
_column = columns_named(records.COLUMN_LABELS)


def columns(now: Callable[[], datetime]) -> tuple[Column[IncidentRow], ...]:
    """The list's columns in their usual order; ``now`` is the clock that due dates are told by."""

    def due(row: IncidentRow) -> str:
        return "" if row.due is None else due_in_words(row.due, now(), closed=row.status != "open")

    def heard(row: IncidentRow) -> str:
        return f"Due: {due(row) or 'no date'}"

    return (
        _column(Name.REFERENCE, lambda row: row.reference, 88, tooltip=_reference_tip, strong=_pressing),
        _column(Name.RECEIVED, lambda row: narrow_moment(row.received_at), 134, tooltip=_received_tip),
        _column(
            Name.SUMMARY,
            lambda row: MASKED if row.masked else row.summary,
            235,
            tooltip=lambda row: MASKED_EXPLAINED if row.masked else row.summary,
            icon=lambda row: status_icon("neutral") if row.masked else None,
            accessible=lambda row: MASKED_EXPLAINED if row.masked else f"Summary: {row.summary}",
            strong=_pressing,
        ),
        _column(Name.AUTHOR, lambda row: row.author, 125, tooltip=lambda row: row.author),
        _column(
            Name.AUTHOR_KIND, lambda row: "" if row.masked else KIND_LABELS[row.author_kind], 120, hidden=True
        ),
        _column(Name.PLATFORM, lambda row: row.platform, 85),
        _column(Name.CONDUCT, _conduct, 135, tooltip=_conduct),
        _column(Name.NEXT_STEP, _next_step, 197, tooltip=_next_step, icon=_urgent_icon, strong=_urgent),
        _column(
            Name.DUE,
            due,
            208,
            tooltip=lambda row: "" if row.due is None else f"Due {exact(row.due)}",
            icon=lambda row: status_icon("danger") if row.overdue else None,
            accessible=heard,
            strong=_overdue,
        ),
        _column(Name.STATUS, _status, 75, icon=_status_icon),
        _column(Name.HANDLED_BY, lambda row: row.handled_by, 130, hidden=True),
        _column(
            Name.CONFIDENTIALITY,
            lambda row: MASKED if row.masked else CONFIDENTIALITY_LABELS[row.confidentiality],
            160,
            hidden=True,
        ),
    )


def due_in_words(due: datetime, now: datetime, *, closed: bool = False) -> str:
    """When something is due, as people say it: "today 16:00", "in 2 days", "overdue since Tue 5 May".

    A deadline at the end of a day is said without a time.
    """
    local, today = due.astimezone(LOCAL), now.astimezone(LOCAL).date()
    time = "" if local.time().replace(microsecond=0) >= deadlines.END_OF_DAY else f" {local:%H:%M}"
    day = _short_day(local.date(), today)
    if closed:
        return f"{day}{time}"
    if due < now:
        return f"overdue since {time.strip()} today" if local.date() == today else f"overdue since {day}"
    ahead = (local.date() - today).days
    if ahead == 0:
        return f"today{time}"
    if ahead == 1:
        return f"tomorrow{time}"
    return f"in {ahead} days" if ahead <= _SOON_DAYS else day


def exact(at: datetime) -> str:
    """For a tool tip: "Tuesday 5 May 2026, 16:00", or "… end of the day"."""
    local = at.astimezone(LOCAL)
    end = local.time().replace(microsecond=0) >= deadlines.END_OF_DAY
    return f"{weekday(local)} {written_day(local)}, " + ("end of the day" if end else f"{local:%H:%M}")


def _short_day(day: date, today: date) -> str:
    return long_day(day).removesuffix(f" {today.year}")


def _overdue(row: IncidentRow) -> bool:
    return row.overdue


def _urgent(row: IncidentRow) -> bool:
    return row.urgent


def _pressing(row: IncidentRow) -> bool:
    return row.overdue or row.urgent


def _urgent_icon(row: IncidentRow) -> QIcon | None:
    return status_icon("warning") if row.urgent else None


def _next_step(row: IncidentRow) -> str:
    step = "" if row.next_step is None else STEP_LABELS[row.next_step]
    if not row.urgent:
        return step
    return f"Urgent: {step}" if step else "Urgent"


def _conduct(row: IncidentRow) -> str:
    return "; ".join(CONDUCT_LABELS[each] for each in row.conduct)


def _status(row: IncidentRow) -> str:
    return {"open": "Open", "closed": "Closed"}.get(row.status, row.status)


def _status_icon(row: IncidentRow) -> QIcon | None:
    return status_icon("ok" if row.status == "closed" else "neutral")


def _reference_tip(row: IncidentRow) -> str:
    parts = [row.reference]
    if row.urgent:
        parts.append("urgent")
    if row.overdue:
        parts.append("overdue")
    return MASKED_EXPLAINED if row.masked else ", ".join(parts)


def _received_tip(row: IncidentRow) -> str:
    return f"Received {exact(row.received_at)}"
