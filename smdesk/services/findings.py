"""What was found said about the school, and what was decided about it (REP-2, REP-3)."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import Finding, Person, PlaceCheck, WatchedPlace
from smdesk.errors import Conflict, FieldChange, Invalid, NotFound, Problem, Refused
from smdesk.policy.words import written_day
from smdesk.security.permissions import Permission
from smdesk.services import history, incident_fields, sight
from smdesk.services.context import Context, Saved, needs
from smdesk.services.people_base import NO_SUCH_PERSON
from smdesk.services.reputation_records import (
    FINDING_DECISION_LABELS,
    TO_BE_DONE,
    TONE_LABELS,
    FindingDecision,
    FindingDraft,
    FindingRecord,
    Tone,
)

NO_SUCH_FINDING: Final = "There is no such finding."
_EARLIEST: Final = date(2000, 1, 1)
_MOST: Final = {"said": 20_000, "link": 2_000, "by_name": 200, "media_told": 200, "notes": 5_000}

_LABELS: Final = {
    "place_id": "Where",
    "check_id": "Check",
    "found_on": "Found on",
    "posted_on": "Posted on",
    "tone": "Tone",
    "said": "What was said",
    "link": "Link",
    "by_name": "By",
    "person_id": "Person",
    "journalist": "From a journalist",
    "media_told_on": "Media contact told on",
    "media_told": "Who was told",
    "notes": "Notes",
}


@needs(Permission.REPUTATION_EDIT)
def save(
    ctx: Context, draft: FindingDraft, finding_id: int | None = None, expected_version: int | None = None
) -> Saved:
    """Record a finding, or change one opened at ``expected_version`` that is not settled.

    Raises Invalid with every problem, Conflict field by field, Refused for one withdrawn or handed over, NotFound.
    """
    draft = _tidied(draft)
    with ctx.database.writing() as session:
        row = None if finding_id is None else changeable(session, ctx, finding_id)
        before = None if row is None else draft_of(row)
        _check(session, ctx, draft, before)
        if row is None:
            year = ctx.today().year
            last = session.scalar(select(func.max(Finding.number)).where(Finding.year == year)) or 0
            row = Finding(
                year=year,
                number=last + 1,
                recorded_by=ctx.user.id,
                recorded_at=ctx.now(),
                **_columns(draft),
            )
            session.add(row)
        else:
            _require_version(row, expected_version, before, draft)
            for column, value in _columns(draft).items():
                setattr(row, column, value)
            row.version += 1
        session.flush()
        _index(session, row)
        what = "added" if before is None else "changed"
        history.add(session, ctx, "finding", row.id, what, f"Finding {what}", rule="REP-1")
        _audit(session, ctx, f"finding.{what}", row, _changed(before, draft))
        return saved(row)


@needs(Permission.REPUTATION_EDIT)
def decide(ctx: Context, finding_id: int, version: int, decision: FindingDecision, reason: str) -> Saved:
    """Decide what to do about a finding, with the reason. An incident is made by handing it over instead.

    Raises Invalid without a reason; Refused for a journalist's before the person for the media policy was told
    (REP-3), for criticism that would be thanked for, and where it is settled; Conflict, NotFound.
    """
    reason = reason.strip()
    if not reason:
        raise Invalid.one("reason", "Say why. The reason is kept with the finding.")
    if decision is FindingDecision.INCIDENT:
        raise Refused(
            "Make it an incident with “Make an incident of it”: then nothing is typed twice.", "REP-2"
        )
    with ctx.database.writing() as session:
        row = changeable(session, ctx, finding_id)
        _require_version(row, version, None, None)
        refuse_before_media(row)
        row.decision, row.decision_reason = decision.value, reason
        row.decided_by, row.decided_at = ctx.user.id, ctx.now()
        row.done_on, row.done_note = None, ""
        row.version += 1
        history.add(
            session,
            ctx,
            "finding",
            row.id,
            "decided",
            f"Decided: {FINDING_DECISION_LABELS[decision]}",
            reason=reason,
            rule="REP-2",
        )
        _audit(session, ctx, "finding.decided", row, {"decision": decision.value, "reason": reason})
        return saved(row)


@needs(Permission.REPUTATION_EDIT)
def undecide(ctx: Context, finding_id: int, version: int, reason: str) -> Saved:
    """Open a decided finding again (a slip, or something new), with the reason. Raises as ``decide`` does."""
    reason = reason.strip()
    if not reason:
        raise Invalid.one("reason", "Say why it is opened again. The reason is kept.")
    with ctx.database.writing() as session:
        row = changeable(session, ctx, finding_id)
        _require_version(row, version, None, None)
        if not row.decision:
            raise Refused("Nothing has been decided about this finding yet.")
        row.decision, row.decision_reason, row.decided_by, row.decided_at = "", "", None, None
        row.done_on, row.done_note = None, ""
        row.version += 1
        history.add(session, ctx, "finding", row.id, "reopened", "To decide again", reason=reason)
        _audit(session, ctx, "finding.reopened", row, {"reason": reason})
        return saved(row)


@needs(Permission.REPUTATION_EDIT)
def mark_done(ctx: Context, finding_id: int, version: int, on: date, note: str = "") -> Saved:
    """Write down that the thanks or the answer was given, or the talk held.

    Raises Invalid for a day in the future or before it was found, Refused where nothing was to be done; Conflict.
    """
    with ctx.database.writing() as session:
        row = changeable(session, ctx, finding_id)
        _require_version(row, version, None, None)
        if row.decision not in TO_BE_DONE:
            raise Refused(
                "Nothing is to be done about this finding. Decide first to thank, to answer or to talk."
            )
        if on > ctx.today():
            raise Invalid.one("on", "The day lies in the future. Write it down once it is done.")
        if on < row.found_on:
            raise Invalid.one("on", f"It was found on {written_day(row.found_on)}: this cannot be earlier.")
        row.done_on, row.done_note = on, note.strip()
        row.version += 1
        history.add(
            session,
            ctx,
            "finding",
            row.id,
            "done",
            f"Done: {FINDING_DECISION_LABELS[FindingDecision(row.decision)]}",
            reason=row.done_note,
            happened_on=on,
        )
        _audit(session, ctx, "finding.done", row, {"on": on.isoformat(), "note": row.done_note})
        return saved(row)


@needs(Permission.REPUTATION_EDIT)
def withdraw(ctx: Context, finding_id: int, version: int, reason: str) -> Saved:
    """Take back a finding recorded by mistake; its line stays. Raises Invalid, Conflict, Refused, NotFound."""
    reason = reason.strip()
    if not reason:
        raise Invalid.one("reason", "Say why it is taken back. The line stays.")
    with ctx.database.writing() as session:
        row = changeable(session, ctx, finding_id)
        _require_version(row, version, None, None)
        row.withdrawn_at, row.withdrawn_reason = ctx.now(), reason
        row.version += 1
        history.add(session, ctx, "finding", row.id, "withdrawn", "Finding taken back", reason=reason)
        _audit(session, ctx, "finding.withdrawn", row, {"reason": reason})
        return saved(row)


@needs(Permission.REPUTATION_READ)
def open_finding(ctx: Context, finding_id: int) -> FindingRecord:
    """One finding with its history. Raises NotFound."""
    with ctx.database.reading() as session:
        row = _row(session, finding_id)
        seen = visible_incident(session, ctx, row)
        masked = row.incident_id is not None and seen is None
        draft = draft_of(row)
        place = session.get_one(WatchedPlace, row.place_id)
        users = incident_fields.user_names(session, [row.decided_by, row.recorded_by])
        people = incident_fields.people_names(session, [row.person_id] if row.person_id else [])
        if masked:
            # What became a confidential incident is read there, by whoever may (INC-14).
            draft = FindingDraft(place_id=row.place_id, found_on=row.found_on, tone=draft.tone)
        return FindingRecord(
            id=row.id,
            reference=reference(row.year, row.number),
            version=row.version,
            masked=masked,
            draft=draft,
            place=place.name,
            person_name="" if masked or row.person_id is None else people[row.person_id],
            decision=FindingDecision(row.decision) if row.decision else None,
            decision_reason="" if masked else row.decision_reason,
            decided_by="" if row.decided_by is None else users[row.decided_by],
            decided_at=row.decided_at,
            done_on=row.done_on,
            done_note="" if masked else row.done_note,
            incident=seen,
            withdrawn_at=row.withdrawn_at,
            withdrawn_reason=row.withdrawn_reason,
            waits_for_media=row.journalist and row.media_told_on is None,
            history=() if masked else history.lines(session, "finding", row.id),
            recorded_by=users[row.recorded_by],
            recorded_at=row.recorded_at,
        )


def reference(year: int, number: int) -> str:
    """ "2026/R0005"."""
    return f"{year}/R{number:04d}"


def changeable(session: Session, ctx: Context, finding_id: int) -> Finding:
    """A finding that is neither withdrawn nor handed over. Raises NotFound, Refused."""
    row = _row(session, finding_id)
    if row.withdrawn_at is not None:
        raise Refused("This finding was taken back. Record it anew if it is true after all.")
    if row.incident_id is not None:
        raise Refused("This finding is handled as an incident. Go on there.", "REP-2")
    return row


def refuse_before_media(row: Finding) -> None:
    """A journalist waits for the person who looks after the media policy (REP-3). Raises Refused."""
    if row.journalist and row.media_told_on is None:
        raise Refused(
            "This comes from a journalist. Tell the person for the media policy first, and write down whom and when; "
            "then decide.",
            "REP-3",
        )


def visible_incident(session: Session, ctx: Context, row: Finding) -> tuple[int, str] | None:
    """The incident it became, with its reference, where this reader may open it."""
    if row.incident_id is None:
        return None
    seen = incident_fields.visible_among(session, sight.reader(session, ctx), [row.incident_id])
    return (row.incident_id, seen[row.incident_id]) if row.incident_id in seen else None


def _row(session: Session, finding_id: int) -> Finding:
    row = session.get(Finding, finding_id)
    if row is None:
        raise NotFound(NO_SUCH_FINDING)
    return row


def _tidied(draft: FindingDraft) -> FindingDraft:
    return replace(
        draft,
        said=draft.said.strip(),
        link=draft.link.strip(),
        by_name=" ".join(draft.by_name.split()),
        media_told=" ".join(draft.media_told.split()),
        notes=draft.notes.strip(),
    )


def _check(session: Session, ctx: Context, draft: FindingDraft, before: FindingDraft | None) -> None:
    today = ctx.today()
    found = []
    place = None if draft.place_id is None else session.get(WatchedPlace, draft.place_id)
    if place is None:
        found.append(Problem("place_id", "Say where it was found."))
    elif place.stopped_on is not None and (before is None or before.place_id != place.id):
        found.append(Problem("place_id", f"“{place.name}” is not checked any more. Take it up again first."))
    if draft.found_on is None:
        found.append(Problem("found_on", "Say on which day it was found."))
    elif draft.found_on > today:
        found.append(Problem("found_on", "The day lies in the future. Check the date."))
    elif draft.found_on < _EARLIEST:
        found.append(Problem("found_on", "The day lies before the year 2000. Check the date."))
    if draft.posted_on is not None and draft.found_on is not None and draft.posted_on > draft.found_on:
        found.append(
            Problem("posted_on", "It cannot have been posted after it was found. Check the two dates.")
        )
    if not draft.said:
        found.append(Problem("said", "Write down what was said, or describe it in a sentence."))
    for field, most in _MOST.items():
        if len(getattr(draft, field)) > most:
            found.append(Problem(field, f"At most {most:,} letters can be kept."))
    fault = incident_fields.link_fault(draft.link)
    if fault:
        found.append(Problem("link", fault))
    if draft.check_id is not None:
        check = session.get(PlaceCheck, draft.check_id)
        if check is None or check.place_id != draft.place_id:
            found.append(Problem("place_id", "The check this was found in was of another place."))
    if draft.person_id is not None and (before is None or before.person_id != draft.person_id):
        person = session.get(Person, draft.person_id)
        if person is None or person.merged_into is not None:
            found.append(Problem("person_id", NO_SUCH_PERSON))
    found += _media_problems(draft, today)
    if found:
        raise Invalid(found)


def _media_problems(draft: FindingDraft, today: date) -> list[Problem]:
    """Who was told and when belong together, and only to what a journalist did (REP-3)."""
    if (draft.media_told_on is not None or draft.media_told) and not draft.journalist:
        return [
            Problem("journalist", "Tick that it comes from a journalist, or leave the media contact empty.")
        ]
    if draft.media_told_on is not None and not draft.media_told:
        return [Problem("media_told", "Say who was told.")]
    if draft.media_told and draft.media_told_on is None:
        return [Problem("media_told_on", "Say on which day they were told.")]
    if draft.media_told_on is not None and draft.media_told_on > today:
        return [Problem("media_told_on", "The day lies in the future. Write it down once they were told.")]
    return []


def _columns(draft: FindingDraft) -> dict[str, Any]:
    columns = {each.name: getattr(draft, each.name) for each in fields(draft)}
    columns["tone"] = draft.tone.value
    return columns


def draft_of(row: Finding) -> FindingDraft:
    """What the form holds of a stored finding."""
    held = {each.name: getattr(row, each.name) for each in fields(FindingDraft)}
    held["tone"] = Tone(row.tone)
    return FindingDraft(**held)


def _index(session: Session, row: Finding) -> None:
    """What the search looks through: nobody types a reference in capitals."""
    people = incident_fields.people_names(session, [row.person_id] if row.person_id else [])
    place = session.get_one(WatchedPlace, row.place_id)
    parts = [reference(row.year, row.number), place.name, row.by_name, *people.values(), row.said, row.link]
    row.words = " ".join(parts).casefold()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _changed(before: FindingDraft | None, after: FindingDraft) -> dict[str, Any]:
    now = {key: _plain(value) for key, value in _columns(after).items()}
    if before is None:
        return now
    was = {key: _plain(value) for key, value in _columns(before).items()}
    return {key: {"before": was[key], "after": now[key]} for key in now if was[key] != now[key]}


def _require_version(
    row: Finding, version: int | None, theirs: FindingDraft | None, mine: FindingDraft | None
) -> None:
    if version == row.version:
        return
    changes = []
    if theirs is not None and mine is not None:
        was, now = _columns(theirs), _columns(mine)
        changes = [
            FieldChange(key, label, _shown(key, was[key]), _shown(key, now[key]))
            for key, label in _LABELS.items()
            if was[key] != now[key]
        ]
    raise Conflict(
        "Somebody else changed this finding meanwhile. Nothing of yours is lost: see what differs and choose.",
        changes,
        row.version,
    )


def _shown(key: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return written_day(value)
    return TONE_LABELS[Tone(value)] if key == "tone" else str(value)


def _audit(session: Session, ctx: Context, action: str, row: Finding, detail: dict[str, Any]) -> None:
    audit.write(
        session,
        actor_id=ctx.user.id,
        at=ctx.now(),
        action=action,
        object_kind="finding",
        object_id=row.id,
        detail=detail,
    )


def saved(row: Finding) -> Saved:
    """What a write to a finding touched: the finding and its place."""
    return Saved(row.id, row.version, frozenset({("finding", row.id), ("place", row.place_id)}))
