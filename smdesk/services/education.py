"""The log of online-safety education, and its figures (AUP-4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import EducationEvent, User
from smdesk.errors import Conflict, FieldChange, Invalid, NotFound, Problem, Refused
from smdesk.policy.words import written_day
from smdesk.security.permissions import Permission
from smdesk.services import reasons
from smdesk.services.context import Context, Saved, needs
from smdesk.services.education_records import (
    AUDIENCES,
    EDUCATION_KIND_LABELS,
    EducationCount,
    EducationDraft,
    EducationFigures,
    EducationKind,
    EducationRecord,
    audience_words,
)
from smdesk.services.people_records import kinds_of

MOST_REACHED: Final = 1_000_000
_EARLIEST: Final = date(1990, 1, 1)
_LABELS: Final[dict[str, str]] = {
    "held_on": "Day",
    "kind": "What",
    "title": "About",
    "audience": "For whom",
    "audience_note": "Which of them",
    "reached": "People reached",
    "led_by": "Led by",
    "notes": "Notes",
}
_MOST: Final[dict[str, int]] = {"title": 200, "audience_note": 200, "led_by": 200, "notes": 10_000}


@needs(Permission.AGREEMENTS_EDIT)
def save(
    ctx: Context, draft: EducationDraft, event_id: int | None = None, expected_version: int | None = None
) -> Saved:
    """Log an event, or change one opened at ``expected_version``.

    Raises Invalid with every problem, Conflict field by field, Refused for a withdrawn one, NotFound.
    """
    draft = _tidied(draft)
    found = _problems(draft, ctx.today())
    if found:
        raise Invalid(found)
    with ctx.database.writing() as session:
        if event_id is None:
            row = EducationEvent(**_columns(draft), recorded_by=ctx.user.id, recorded_at=ctx.now())
            session.add(row)
            session.flush()
            _note(session, ctx, "education.logged", row.id, {"title": draft.title, "held_on": draft.held_on})
            return _saved(row)
        row = _standing(session, event_id)
        changed = _differences(_draft_of(row), draft)
        if not changed:
            return Saved(row.id, row.version, frozenset())
        if row.version != expected_version:
            raise Conflict(
                "Somebody else changed this entry while you had it open. Nothing of yours is lost: see what differs "
                "and choose.",
                changed,
                row.version,
            )
        for column, value in _columns(draft).items():
            setattr(row, column, value)
        row.version += 1
        detail = {"changes": {each.field: [each.theirs, each.mine] for each in changed}}
        _note(session, ctx, "education.saved", row.id, detail)
        return _saved(row)


@needs(Permission.AGREEMENTS_EDIT)
def withdraw(ctx: Context, event_id: int, reason: str) -> Saved:
    """Take back an event logged by mistake: it stays on record and counts no more.

    Raises Invalid without a reason, Refused where it was withdrawn already, NotFound.
    """
    reason = reasons.given(reason, "Say why this entry is withdrawn.")
    with ctx.database.writing() as session:
        row = _standing(session, event_id)
        row.withdrawn_at = ctx.now()
        row.withdrawn_reason = reason
        row.version += 1
        _note(session, ctx, "education.withdrawn", row.id, {"title": row.title, "reason": reason})
        return _saved(row)


@needs(Permission.AGREEMENTS_READ)
def open_event(ctx: Context, event_id: int) -> EducationRecord:
    """One event, withdrawn or not. Raises NotFound."""
    with ctx.database.reading() as session:
        found = session.execute(
            select(EducationEvent, User.name)
            .outerjoin(User, User.id == EducationEvent.recorded_by)
            .where(EducationEvent.id == event_id)
        ).first()
        if found is None:
            raise NotFound(_NO_SUCH_EVENT)
        row, name = found
        return EducationRecord(
            row.id,
            row.version,
            _draft_of(row),
            name or "",
            row.recorded_at,
            row.withdrawn_at is not None,
            row.withdrawn_reason,
        )


@needs(Permission.AGREEMENTS_READ)
def summary(ctx: Context, first: date, last: date) -> EducationFigures:
    """The figures of a period, both ends included."""
    with ctx.database.reading() as session:
        return figures(session, first, last)


def figures(session: Session, first: date, last: date) -> EducationFigures:
    """As ``summary``, for a report that gathers several figures at one moment."""
    rows = session.scalars(
        select(EducationEvent).where(
            EducationEvent.held_on >= first,
            EducationEvent.held_on <= last,
            EducationEvent.withdrawn_at.is_(None),
        )
    ).all()
    return EducationFigures(
        first,
        last,
        _count(row.reached for row in rows),
        tuple(
            (kind, counted)
            for kind in AUDIENCES
            if (counted := _count(row.reached for row in rows if kind in kinds_of("", row.audience))).events
        ),
        tuple(
            (kind, counted)
            for kind in EducationKind
            if (counted := _count(row.reached for row in rows if row.kind == kind)).events
        ),
    )


def _count(reached: Iterable[int | None]) -> EducationCount:
    numbers = list(reached)
    known = [number for number in numbers if number is not None]
    return EducationCount(len(numbers), sum(known), len(numbers) - len(known))


_NO_SUCH_EVENT: Final = "There is no such entry in the education log."


def _standing(session: Session, event_id: int) -> EducationEvent:
    row = session.get(EducationEvent, event_id)
    if row is None:
        raise NotFound(_NO_SUCH_EVENT)
    if row.withdrawn_at is not None:
        raise Refused("This entry was withdrawn and stays as it is. Log it anew if it was right after all.")
    return row


def _tidied(draft: EducationDraft) -> EducationDraft:
    return replace(
        draft,
        title=" ".join(draft.title.split()),
        audience=tuple(kind for kind in AUDIENCES if kind in draft.audience),
        audience_note=" ".join(draft.audience_note.split()),
        led_by=" ".join(draft.led_by.split()),
        notes=draft.notes.strip(),
    )


def _problems(draft: EducationDraft, today: date) -> list[Problem]:
    found = []
    if draft.held_on is None:
        found.append(Problem("held_on", "Say on which day it was; for a leaflet, the day it went out."))
    elif draft.held_on > today:
        found.append(
            Problem("held_on", f"{written_day(draft.held_on)} lies in the future. Log it once it was held.")
        )
    elif draft.held_on < _EARLIEST:
        found.append(Problem("held_on", f"{written_day(draft.held_on)} is too long ago. Check the year."))
    if not draft.title:
        found.append(Problem("title", "Say in a few words what it was about."))
    if not draft.audience:
        found.append(Problem("audience", "Choose at least one group it was for."))
    if draft.reached is not None and not 0 <= draft.reached <= MOST_REACHED:
        found.append(Problem("reached", f"People reached: a number from 0 to {MOST_REACHED:,}."))
    for field, most in _MOST.items():
        if len(getattr(draft, field)) > most:
            found.append(Problem(field, f"{_LABELS[field]}: at most {most:,} letters."))
    return found


def _draft_of(row: EducationEvent) -> EducationDraft:
    return EducationDraft(
        row.held_on,
        EducationKind(row.kind),
        row.title,
        kinds_of("", row.audience),
        row.audience_note,
        row.reached,
        row.led_by,
        row.notes,
    )


def _columns(draft: EducationDraft) -> dict[str, Any]:
    return {
        "held_on": draft.held_on,
        "kind": str(draft.kind),
        "title": draft.title,
        "audience": ",".join(str(kind) for kind in draft.audience),
        "audience_note": draft.audience_note,
        "reached": draft.reached,
        "led_by": draft.led_by,
        "notes": draft.notes,
    }


def _differences(before: EducationDraft, after: EducationDraft) -> list[FieldChange]:
    return [
        FieldChange(field, label, _shown(field, before), _shown(field, after))
        for field, label in _LABELS.items()
        if getattr(before, field) != getattr(after, field)
    ]


def _shown(field: str, draft: EducationDraft) -> str:
    value = getattr(draft, field)
    if field == "kind":
        return EDUCATION_KIND_LABELS[draft.kind]
    if field == "audience":
        return audience_words(draft.audience, "")
    if isinstance(value, date):
        return written_day(value)
    return "" if value is None else str(value)


def _saved(row: EducationEvent) -> Saved:
    return Saved(row.id, row.version, frozenset({("education", row.id)}))


def _note(session: Session, ctx: Context, action: str, event_id: int, detail: dict[str, Any]) -> None:
    audit.write(
        session,
        actor_id=ctx.user.id,
        at=ctx.now(),
        action=action,
        object_kind="education",
        object_id=event_id,
        detail=detail,
    )
