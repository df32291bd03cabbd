"""Training: what kinds there are, who has had it, and until when it counts (AUP-2, ACC-3).

A training is never edited: one recorded by mistake is withdrawn with a reason and stays on record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import Person, Training, TrainingType, User
from smdesk.errors import Conflict, FieldChange, Invalid, NotFound, Problem, Refused
from smdesk.policy.days import months_after
from smdesk.policy.vocabulary import KIND_LABELS, PersonKind
from smdesk.policy.words import listed, written_day
from smdesk.security.permissions import Permission
from smdesk.services import people_list, training_state
from smdesk.services.context import Context, Saved, needs, open_to_all
from smdesk.services.driver import driver
from smdesk.services.people_base import NO_SUCH_PERSON, name_of
from smdesk.services.people_records import PersonHit, kinds_of
from smdesk.services.training_records import (
    PersonTraining,
    Recorded,
    TrainingRecord,
    TrainingTypeDraft,
    TrainingTypeRecord,
    standing_on,
    standing_words,
)

MOST_MONTHS: Final = 120
MOST_AT_ONCE: Final = 5000
_NO_SUCH_TYPE: Final = "There is no such training on the list."
_EARLIEST: Final = date(1980, 1, 1)
_NAME_MOST, _NOTES_MOST, _GIVEN_MOST = 120, 4000, 200
_LABELS: Final[dict[str, str]] = {
    "name": "Name",
    "valid_months": "Counts for",
    "asked_of": "Needed by",
    "for_accounts": "Whoever runs a school account needs it",
    "notes": "Notes",
}


# The kinds of training there are


@needs(Permission.AGREEMENTS_READ)
def types(ctx: Context, *, retired: bool = False) -> tuple[TrainingTypeRecord, ...]:
    """The kinds of training by name; with ``retired`` also those that are not asked for any more, last."""
    with ctx.database.reading() as session:
        counted = (
            select(Training.type_id, func.count())
            .where(Training.withdrawn_at.is_(None))
            .group_by(Training.type_id)
        )
        counts = dict(session.execute(counted).all())
        found = [
            _type_record(row, counts.get(row.id, 0))
            for row in session.scalars(select(TrainingType))
            if retired or not _is_retired(row, ctx.today())
        ]
    return tuple(
        sorted(found, key=lambda each: (each.retired_on is not None, each.draft.name.casefold(), each.id))
    )


@needs(Permission.AGREEMENTS_EDIT)
def save_type(
    ctx: Context, draft: TrainingTypeDraft, type_id: int | None = None, expected_version: int | None = None
) -> Saved:
    """Add a kind of training, or change one opened at ``expected_version``.

    Other months count for what is recorded from now on: what is on record keeps the day it was given. Raises
    Invalid with every problem, Conflict, NotFound.
    """
    draft = _tidied(draft)
    with ctx.database.writing() as session:
        found = _type_problems(session, draft, type_id)
        if found:
            raise Invalid(found)
        if type_id is None:
            row = TrainingType(**_columns(draft))
            session.add(row)
            session.flush()
            _note(session, ctx, "training_type.added", "training_type", row.id, {"name": draft.name})
            return Saved(row.id, row.version, frozenset({("training_type", row.id)}))
        row = _type(session, type_id)
        changed = _differences(_draft_of(row), draft)
        if not changed:
            return Saved(row.id, row.version, frozenset())
        _require_version(row, expected_version, changed)
        for column, value in _columns(draft).items():
            setattr(row, column, value)
        row.version += 1
        detail = {"changes": {each.field: [each.theirs, each.mine] for each in changed}}
        _note(session, ctx, "training_type.saved", "training_type", row.id, detail)
        return Saved(row.id, row.version, frozenset({("training_type", row.id)}))


@needs(Permission.AGREEMENTS_EDIT)
def retire_type(ctx: Context, type_id: int, expected_version: int) -> Saved:
    """Ask for this training no more, from today. What is recorded of it stays. Raises Refused, Conflict, NotFound."""
    with ctx.database.writing() as session:
        row = _type(session, type_id)
        if _is_retired(row, ctx.today()):
            raise Refused(f"“{row.name}” is not asked for any more already.")
        _require_version(row, expected_version, ())
        return _set_retired(session, ctx, row, ctx.today(), "training_type.retired")


@needs(Permission.AGREEMENTS_EDIT)
def unretire_type(ctx: Context, type_id: int, expected_version: int) -> Saved:
    """Ask for a retired training again. Raises Refused, Invalid where its name was given away, Conflict, NotFound."""
    with ctx.database.writing() as session:
        row = _type(session, type_id)
        if row.retired_on is None:
            raise Refused(f"“{row.name}” is asked for already.")
        _require_version(row, expected_version, ())
        found = _type_problems(session, _draft_of(row), row.id)
        if found:
            raise Invalid(found)
        return _set_retired(session, ctx, row, None, "training_type.asked_again")


def _set_retired(session: Session, ctx: Context, row: TrainingType, on: date | None, action: str) -> Saved:
    row.retired_on = on
    row.version += 1
    session.flush()
    _note(session, ctx, action, "training_type", row.id, {"name": row.name})
    return Saved(row.id, row.version, frozenset({("training_type", row.id)}))


@open_to_all("Only counts months.")
def counts_until(draft: TrainingTypeDraft, done_on: date) -> date | None:
    """The last day a training of this kind done on ``done_on`` counts; None: it does not lapse."""
    return months_after(done_on, draft.valid_months) if draft.valid_months else None


# What people have had


@needs(Permission.AGREEMENTS_EDIT)
def record(
    ctx: Context,
    type_id: int,
    person_ids: Sequence[int],
    done_on: date | None,
    given_by: str = "",
    note: str = "",
) -> Recorded:
    """Record that these people had this training on this day; it counts for the months its kind says now.

    Somebody for whom the same training of the same day is on record is passed over and named in ``words``; a person
    named twice counts once. Raises Invalid with every problem (nobody chosen, a day in the future, somebody who had
    left by then, a kind retired by then), NotFound.
    """
    given_by, note = " ".join(given_by.split()), note.strip()
    if len(person_ids) > MOST_AT_ONCE:
        raise Invalid.one("person_ids", f"Record a training for at most {MOST_AT_ONCE:,} people at once.")
    with ctx.database.writing() as session:
        kind = _type(session, type_id)
        people = _people(session, person_ids)
        found = _record_problems(ctx, kind, people, done_on, given_by, note)
        if found or done_on is None:
            raise Invalid(found)
        standing = set(
            session.scalars(
                select(Training.person_id).where(
                    Training.type_id == kind.id,
                    Training.done_on == done_on,
                    Training.withdrawn_at.is_(None),
                    Training.person_id.in_([person.id for person in people]),
                )
            )
        )
        valid_until = counts_until(_draft_of(kind), done_on)
        fresh = [person for person in people if person.id not in standing]
        rows = [
            Training(
                type_id=kind.id,
                person_id=person.id,
                done_on=done_on,
                valid_until=valid_until,
                given_by=given_by,
                note=note,
                recorded_by=ctx.user.id,
                recorded_at=ctx.now(),
            )
            for person in fresh
        ]
        session.add_all(rows)
        session.flush()
        training_state.refresh_newest(session, [person.id for person in fresh])
        if fresh:
            detail = {
                "training": kind.name,
                "type": kind.id,
                "people": [person.id for person in fresh],
                "done_on": done_on,
                "given_by": given_by,
            }
            # The first of several stands for the record; whose they are is in the detail.
            _note(session, ctx, "training.recorded", "training", rows[0].id, detail)
        already = tuple(name_of(person) for person in people if person.id in standing)
        return Recorded(
            rows[0].id if rows else 0,
            1,
            frozenset(("training", person.id) for person in fresh),
            len(fresh),
            already,
            _recorded_words(fresh, already, valid_until),
        )


@needs(Permission.AGREEMENTS_EDIT)
def withdraw(ctx: Context, training_id: int, reason: str) -> Saved:
    """Take back a training recorded by mistake; it stays on record, with the reason. The one before counts again.

    Raises Invalid without a reason, Refused where it was withdrawn already, NotFound.
    """
    reason = reason.strip()
    if not reason:
        raise Invalid.one("reason", "Say why this training is withdrawn.")
    with ctx.database.writing() as session:
        row = session.get(Training, training_id)
        if row is None:
            raise NotFound("There is no such training on record.")
        if row.withdrawn_at is not None:
            raise Refused("This training was withdrawn already.")
        row.withdrawn_at = ctx.now()
        row.withdrawn_by = ctx.user.id
        row.withdrawn_reason = reason
        session.flush()
        person_id = row.person_id
        training_state.refresh_newest(session, [person_id])
        detail = {"person": person_id, "type": row.type_id, "done_on": row.done_on, "reason": reason}
        _note(session, ctx, "training.withdrawn", "training", training_id, detail)
        return Saved(training_id, 1, frozenset({("training", person_id)}))


@needs(Permission.AGREEMENTS_READ)
def of_person(ctx: Context, person_id: int) -> tuple[PersonTraining, ...]:
    """What one person has had and what they need, by training. A merged duplicate's page shows the record kept.

    Raises NotFound.
    """
    with ctx.database.reading() as session:
        person = session.get(Person, person_id)
        if person is None:
            raise NotFound(NO_SUCH_PERSON)
        kept_id = person.merged_into or person.id
        raw = driver(session)
        today, remind = ctx.today(), training_state.reminder_days(raw)
        needed = {
            type_id
            for (type_id,) in raw.execute(
                "WITH {needed} SELECT type_id FROM needed".replace(
                    "{needed}", training_state.needed("person.id = :person")
                ),
                {"today": today.isoformat(), "person": kept_id},
            )
        }
        held = training_state.trainings_of(session, [kept_id])
        kinds = {
            row.id: row.name
            for row in session.scalars(
                select(TrainingType).where(TrainingType.id.in_(needed | {each.type_id for each in held}))
            )
        }
        recorders = select(User.id, User.name).where(User.id.in_({each.recorded_by for each in held}))
        users = dict(session.execute(recorders).all())
    records = [
        _training_record(each, kinds[each.type_id], users.get(each.recorded_by, ""), today, remind)
        for each in held
    ]
    found = []
    for type_id, name in sorted(kinds.items(), key=lambda kind: (kind[1].casefold(), kind[0])):
        mine = tuple(each for each in records if each.type_id == type_id)
        newest = next((each for each in mine if each.newest), None)
        done_on, until = (newest.done_on, newest.valid_until) if newest is not None else (None, None)
        standing = standing_on(done_on, until, today, remind)
        is_needed = type_id in needed
        words = standing_words(standing, until)
        if newest is None and not is_needed:
            words = "Withdrawn"
        found.append(PersonTraining(type_id, name, is_needed, standing, words, done_on, until, mine))
    return tuple(found)


@needs(Permission.AGREEMENTS_READ)
def lacking(ctx: Context, type_id: int) -> list[PersonHit]:
    """Everybody at the school who needs this training and has none that counts today, by name. Raises NotFound."""
    with ctx.database.raw_reading() as cursor:
        if cursor.execute("SELECT 1 FROM training_type WHERE id = ?", (type_id,)).fetchone() is None:
            raise NotFound(_NO_SUCH_TYPE)
        ids = [
            person_id
            for (person_id,) in cursor.execute(
                "WITH {needed} SELECT person.id FROM needed JOIN person ON person.id = needed.person_id"
                " WHERE needed.type_id = :type AND NOT EXISTS (SELECT 1 FROM training"
                " WHERE training.person_id = person.id AND training.type_id = :type AND training.newest"
                " AND (training.valid_until IS NULL OR training.valid_until >= :today))"
                " ORDER BY person.sort_name, person.id".replace("{needed}", training_state.needed()),
                {"today": ctx.today().isoformat(), "type": type_id},
            )
        ]
    return people_list.rows(ctx, ids)


def _people(session: Session, person_ids: Sequence[int]) -> list[Person]:
    """These people by name, each once; a merged duplicate stands for the record kept. Raises NotFound."""
    found: dict[int, Person] = {}
    for row in session.scalars(select(Person).where(Person.id.in_(set(person_ids)))):
        kept = row if row.merged_into is None else session.get_one(Person, row.merged_into)
        found[row.id] = kept
    if len(found) != len(set(person_ids)):
        raise NotFound(NO_SUCH_PERSON)
    return sorted({row.id: row for row in found.values()}.values(), key=lambda row: (row.sort_name, row.id))


def _record_problems(
    ctx: Context, kind: TrainingType, people: Sequence[Person], done_on: date | None, given_by: str, note: str
) -> list[Problem]:
    found = []
    if not people:
        found.append(Problem("person_ids", "Choose at least one person who had the training."))
    if done_on is None:
        found.append(Problem("done_on", "Say on which day the training was."))
    elif done_on > ctx.today():
        found.append(
            Problem(
                "done_on", f"{written_day(done_on)} lies in the future. Record a training once it was held."
            )
        )
    elif done_on < _EARLIEST:
        found.append(Problem("done_on", f"{written_day(done_on)} is too long ago. Check the year."))
    else:
        if kind.retired_on is not None and kind.retired_on <= done_on:
            retired = f"“{kind.name}” has not been asked for since {written_day(kind.retired_on)}."
            found.append(Problem("type_id", f"{retired} Choose another training, or ask for it again."))
        gone = [name_of(each) for each in people if each.left_on is not None and each.left_on <= done_on]
        if gone:
            had = "had" if len(gone) > 1 else "has"
            left = f"{listed(gone)} {had} left the school by {written_day(done_on)}."
            found.append(Problem("person_ids", f"{left} Take them off the list, or check the day."))
    if len(given_by) > _GIVEN_MOST:
        found.append(Problem("given_by", f"Who gave it: at most {_GIVEN_MOST} letters."))
    if len(note) > _NOTES_MOST:
        found.append(Problem("note", f"The note: at most {_NOTES_MOST:,} letters."))
    return found


def _recorded_words(fresh: Sequence[Person], already: Sequence[str], valid_until: date | None) -> str:
    said = []
    if fresh:
        who = name_of(fresh[0]) if len(fresh) == 1 else f"{len(fresh):,} people"
        until = (
            "; it does not lapse" if valid_until is None else f", counting until {written_day(valid_until)}"
        )
        said.append(f"Recorded for {who}{until}.")
    if already:
        shown = listed([*already[:5], f"{len(already) - 5} more"] if len(already) > 6 else already)
        said.append(f"On record with this day before, so passed over: {shown}.")
    return " ".join(said)


def _training_record(row: Training, name: str, recorded_by: str, today: date, remind: int) -> TrainingRecord:
    standing = standing_on(row.done_on, row.valid_until, today, remind)
    withdrawn = row.withdrawn_at is not None
    return TrainingRecord(
        row.id,
        row.type_id,
        name,
        row.person_id,
        row.done_on,
        row.valid_until,
        row.given_by,
        row.note,
        row.newest,
        standing,
        "Withdrawn" if withdrawn else standing_words(standing, row.valid_until),
        recorded_by,
        row.recorded_at,
        withdrawn,
        row.withdrawn_reason,
    )


# Kinds of training, inside


def _type(session: Session, type_id: int) -> TrainingType:
    row = session.get(TrainingType, type_id)
    if row is None:
        raise NotFound(_NO_SUCH_TYPE)
    return row


def _is_retired(row: TrainingType, day: date) -> bool:
    return row.retired_on is not None and row.retired_on <= day


def _type_record(row: TrainingType, recorded: int) -> TrainingTypeRecord:
    return TrainingTypeRecord(row.id, row.version, _draft_of(row), row.retired_on, recorded)


def _draft_of(row: TrainingType) -> TrainingTypeDraft:
    return TrainingTypeDraft(
        row.name, row.valid_months, kinds_of("", row.asked_of), row.for_accounts, row.notes
    )


def _columns(draft: TrainingTypeDraft) -> dict[str, Any]:
    return {
        "name": draft.name,
        "valid_months": draft.valid_months,
        "asked_of": ",".join(str(kind) for kind in draft.asked_of),
        "for_accounts": draft.for_accounts,
        "notes": draft.notes,
    }


def _tidied(draft: TrainingTypeDraft) -> TrainingTypeDraft:
    asked = tuple(kind for kind in PersonKind if kind in draft.asked_of)
    return replace(draft, name=" ".join(draft.name.split()), asked_of=asked, notes=draft.notes.strip())


def _type_problems(session: Session, draft: TrainingTypeDraft, type_id: int | None) -> list[Problem]:
    found = []
    if not draft.name:
        found.append(Problem("name", "Give the training a name."))
    elif len(draft.name) > _NAME_MOST:
        found.append(Problem("name", f"The name: at most {_NAME_MOST} letters."))
    for other in session.scalars(select(TrainingType).where(TrainingType.retired_on.is_(None))):
        if other.id != type_id and other.name.casefold() == draft.name.casefold():
            found.append(Problem("name", f"“{other.name}” is on the list already. Change that one."))
    if not 0 <= draft.valid_months <= MOST_MONTHS:
        found.append(
            Problem(
                "valid_months", f"A training counts for 1 to {MOST_MONTHS} months; 0 where it does not lapse."
            )
        )
    if len(draft.notes) > _NOTES_MOST:
        found.append(Problem("notes", f"The notes: at most {_NOTES_MOST:,} letters."))
    return found


def _differences(before: TrainingTypeDraft, after: TrainingTypeDraft) -> list[FieldChange]:
    return [
        FieldChange(field, label, _shown(getattr(before, field)), _shown(getattr(after, field)))
        for field, label in _LABELS.items()
        if getattr(before, field) != getattr(after, field)
    ]


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(KIND_LABELS[kind] for kind in value)
    return str(value)


def _require_version(row: TrainingType, expected: int | None, changed: Sequence[FieldChange]) -> None:
    if row.version != expected:
        raise Conflict(
            f"Somebody else changed “{row.name}” while you had it open. Nothing of yours is lost: see what differs "
            "and choose.",
            changed,
            row.version,
        )


def _note(
    session: Session, ctx: Context, action: str, kind: str, record_id: int, detail: dict[str, Any]
) -> None:
    audit.write(
        session,
        actor_id=ctx.user.id,
        at=ctx.now(),
        action=action,
        object_kind=kind,
        object_id=record_id,
        detail=detail,
    )
