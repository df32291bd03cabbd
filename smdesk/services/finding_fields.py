"""The fields of a finding as typed: tidied, checked, compared, and said in words (REP-1 to REP-3)."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from smdesk.db.models import Finding, Person, PlaceCheck, WatchedPlace
from smdesk.errors import FieldChange, Problem
from smdesk.policy.words import written_day
from smdesk.services import incident_fields
from smdesk.services.people_base import NO_SUCH_PERSON
from smdesk.services.reputation_records import TONE_LABELS, FindingDraft, Tone

_EARLIEST: Final = date(2000, 1, 1)
_MOST: Final = {"said": 20_000, "link": 2_000, "by_name": 200, "media_told": 200, "notes": 5_000}

LABELS: Final = {
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


def reference(year: int, number: int) -> str:
    """ "2026/R0005"."""
    return f"{year}/R{number:04d}"


def tidied(draft: FindingDraft) -> FindingDraft:
    """Without stray blanks."""
    return replace(
        draft,
        said=draft.said.strip(),
        link=draft.link.strip(),
        by_name=" ".join(draft.by_name.split()),
        media_told=" ".join(draft.media_told.split()),
        notes=draft.notes.strip(),
    )


def problems(
    session: Session, today: date, draft: FindingDraft, before: FindingDraft | None
) -> list[Problem]:
    """Everything that is wrong with a draft; ``before`` is what stands there now (None: a new one)."""
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
        new = before is None or before.check_id != draft.check_id
        if check is None or check.place_id != draft.place_id:
            found.append(Problem("place_id", "The check this was found in was of another place."))
        elif new and check.withdrawn_at is not None:
            found.append(Problem("place_id", "The check this was found in was taken back."))
    if draft.person_id is not None and (before is None or before.person_id != draft.person_id):
        person = session.get(Person, draft.person_id)
        if person is None or person.merged_into is not None:
            found.append(Problem("person_id", NO_SUCH_PERSON))
    return found + media_problems(draft, today)


def media_problems(draft: FindingDraft, today: date) -> list[Problem]:
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
    if (
        draft.media_told_on is not None
        and draft.found_on is not None
        and draft.media_told_on < draft.found_on
    ):
        return [Problem("media_told_on", "They cannot have been told before it was found. Check the dates.")]
    return []


def columns(draft: FindingDraft) -> dict[str, Any]:
    """The columns a draft fills."""
    columns = {each.name: getattr(draft, each.name) for each in fields(draft)}
    columns["tone"] = draft.tone.value
    return columns


def draft_of(row: Finding) -> FindingDraft:
    """What the form holds of a stored finding."""
    held = {each.name: getattr(row, each.name) for each in fields(FindingDraft)}
    held["tone"] = Tone(row.tone)
    return FindingDraft(**held)


def words(row: Finding) -> str:
    """What the search looks through; names of people and places are looked up there as they are now."""
    return " ".join([reference(row.year, row.number), row.by_name, row.said, row.link]).casefold()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def changed(before: FindingDraft | None, after: FindingDraft) -> dict[str, Any]:
    """What an audit entry holds of a change: each field before and after, or all of a new one."""
    now = {key: _plain(value) for key, value in columns(after).items()}
    if before is None:
        return now
    was = {key: _plain(value) for key, value in columns(before).items()}
    return {key: {"before": was[key], "after": now[key]} for key in now if was[key] != now[key]}


def _shown(session: Session, key: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return written_day(value)
    match key:
        case "tone":
            return TONE_LABELS[Tone(value)]
        case "place_id":
            return session.get_one(WatchedPlace, value).name
        case "person_id":
            return incident_fields.people_names(session, [value]).get(value, "")
        case "check_id":
            return f"of {written_day(session.get_one(PlaceCheck, value).checked_on)}"
    return str(value)


def differences(session: Session, theirs: FindingDraft, mine: FindingDraft) -> list[FieldChange]:
    """Field by field, as the question about a conflict shows it."""
    was, now = columns(theirs), columns(mine)
    return [
        FieldChange(key, label, _shown(session, key, was[key]), _shown(session, key, now[key]))
        for key, label in LABELS.items()
        if was[key] != now[key]
    ]
