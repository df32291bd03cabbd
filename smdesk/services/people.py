"""People: found, added, changed, linked, and their consents (PPL-1, INC-12).

A person's page shows only the incidents its reader may open, and the ladder as far as it was climbed in those.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from typing import Any, Final

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from smdesk.db import search as full_text
from smdesk.db.models import Consent, Person, PersonMerge, from_utc_text
from smdesk.errors import Conflict, FieldChange, Invalid, NotFound, Problem
from smdesk.policy.vocabulary import KIND_LABELS, PersonKind, Step
from smdesk.policy.words import written_day
from smdesk.security.permissions import Permission, allowed
from smdesk.services import connection_people, sight
from smdesk.services.context import Context, Saved, needs
from smdesk.services.incident_records import PERSON_ROLE_LABELS, PersonRole
from smdesk.services.incident_state import person_name
from smdesk.services.incident_words import reference
from smdesk.services.letter_records import PAPER_LOOK_LABELS, PaperLook
from smdesk.services.people_base import (
    NO_SUCH_PERSON,
    name_of,
    refresh_incidents,
    sort_name,
    standing_person,
    tidied,
    write_audit,
)
from smdesk.services.people_links import link, links_of, set_responsibility, unlink
from smdesk.services.people_list import possible_duplicates, rows, search, sorted_ids
from smdesk.services.people_merge import merge, unmerge
from smdesk.services.people_records import (
    ConsentAnswer,
    LadderEntry,
    PersonDraft,
    PersonIncident,
    PersonRecord,
)
from smdesk.services.sight import Reader

__all__ = [
    "enter",
    "link",
    "merge",
    "possible_duplicates",
    "problems",
    "record_consent",
    "record_of",
    "rows",
    "save",
    "search",
    "set_responsibility",
    "sorted_ids",
    "unlink",
    "unmerge",
]

FIELD_LABELS: Final[dict[str, str]] = {
    "kind": "Who they are",
    "also": "Also",
    "title": "Title",
    "given_name": "Given name",
    "family_name": "Family name",
    "known_as": "Also known as",
    "identified": "Identified",
    "date_of_birth": "Date of birth",
    "year_group": "Year group",
    "class_name": "Class",
    "outside_id": "Outside number",
    "address": "Address",
    "postcode": "Postcode",
    "email": "E-mail",
    "phone": "Telephone",
    "online_names": "Names online",
    "language": "Language",
    "letter_name": "Name in letters",
    "paper_look": "Papers to them",
    "joined_on": "Joined on",
    "left_on": "Left on",
    "notes": "Notes",
}

_LONGEST: Final[dict[str, int]] = {
    "title": 20,
    "given_name": 100,
    "family_name": 100,
    "known_as": 300,
    "year_group": 40,
    "class_name": 40,
    "outside_id": 60,
    "address": 500,
    "postcode": 12,
    "email": 200,
    "phone": 100,
    "online_names": 500,
    "language": 60,
    "letter_name": 120,
    "notes": 20_000,
}
LONGEST_ADDRESS: Final = 9
"""Lines; with the name and the postcode as many as can still be read in an envelope's window."""
_EARLIEST_BIRTH: Final = date(1900, 1, 1)
_BEARS_ON_ADVICE: Final = frozenset(
    {"given_name", "family_name", "identified", "date_of_birth", "left_on", "kind"}
)
_BEARS_ON_EXCEPTIONS: Final = frozenset(
    {"given_name", "family_name", "kind", "also", "joined_on", "left_on", "title", "known_as", "online_names"}
)
"""What an exception's days, its place in the register and its search entry follow from (CON-2)."""


@needs(Permission.PEOPLE_EDIT)
def save(
    ctx: Context, draft: PersonDraft, person_id: int | None = None, expected_version: int | None = None
) -> Saved:
    """Add a person, or change one opened at ``expected_version``. Incidents that name them follow.

    Raises Invalid with every problem; Conflict, field by field, where somebody saved meanwhile; Refused for a
    duplicate that was merged; NotFound.
    """
    draft = tidied(draft)
    found = problems(draft, ctx.today())
    if found:
        raise Invalid(found)
    with ctx.database.writing() as session:
        if person_id is None:
            person = enter(session, ctx, draft)
            return Saved(person.id, person.version, frozenset({("person", person.id)}))
        person = standing_person(session, person_id)
        before = draft_of(person)
        changed = _differences(before, draft)
        if not changed:
            return Saved(person.id, person.version, frozenset())
        if person.version != expected_version:
            raise Conflict(
                f"Somebody else saved {name_of(person)} while you were editing. Nothing of yours is lost: "
                "see what differs and choose.",
                changed,
                person.version,
            )
        for column, value in _columns(draft).items():
            setattr(person, column, value)
        person.sort_name = sort_name(draft)
        person.version += 1
        full_text.index_person(session, person.id)
        changes: set[tuple[str, int]] = {("person", person.id)}
        if any(change.field in _BEARS_ON_ADVICE for change in changed):
            changes |= {("incident", each) for each in refresh_incidents(session, ctx, [person.id])}
        full_text.index_incidents_of(session, person.id)
        if any(change.field in _BEARS_ON_EXCEPTIONS for change in changed):
            changes |= connection_people.person_changed(session, ctx, person.id)
            was = person_name(before.given_name, before.family_name)
            connection_people.renamed(session, ctx, person.id, was, name_of(person))
        write_audit(
            session,
            ctx,
            "person.saved",
            person.id,
            {"changes": {each.field: [each.theirs, each.mine] for each in changed}},
        )
        return Saved(person.id, person.version, frozenset(changes))


def enter(session: Session, ctx: Context, draft: PersonDraft) -> Person:
    """Write a tidied draft that was found without ``problems`` as a new person, inside somebody's transaction."""
    person = Person(**_columns(draft), sort_name=sort_name(draft), created_at=ctx.now())
    session.add(person)
    session.flush()
    full_text.index_person(session, person.id)
    write_audit(session, ctx, "person.added", person.id, {"name": name_of(person)})
    return person


def problems(draft: PersonDraft, today: date) -> list[Problem]:
    """Everything wrong with a tidied draft; an empty list when it can be saved."""
    found = []
    if not draft.family_name:
        found.append(
            Problem(
                "family_name",
                "The family name is missing. For somebody known only online, put that name here.",
            )
        )
    if draft.identified and draft.kind is PersonKind.PUPIL and not draft.given_name:
        found.append(Problem("given_name", "A pupil needs a given name: siblings share the other one."))
    if draft.email and not _looks_like_email(draft.email):
        found.append(
            Problem("email", "The e-mail address needs one @ and no spaces, for example name@school.example.")
        )
    if draft.date_of_birth is not None and not _EARLIEST_BIRTH <= draft.date_of_birth <= today:
        found.append(
            Problem("date_of_birth", "The date of birth lies in the future or before 1900. Check the year.")
        )
    if draft.joined_on and draft.left_on and draft.left_on < draft.joined_on:
        found.append(Problem("left_on", "They cannot have left before they joined. Check the two dates."))
    if draft.date_of_birth and draft.joined_on and draft.joined_on < draft.date_of_birth:
        found.append(
            Problem("joined_on", "They cannot have joined before they were born. Check the two dates.")
        )
    for name, longest in _LONGEST.items():
        if len(getattr(draft, name)) > longest:
            found.append(Problem(name, f"{FIELD_LABELS[name]}: at most {longest:,} letters can be kept."))
    if len(draft.address.splitlines()) > LONGEST_ADDRESS:
        found.append(
            Problem("address", "An address has at most nine lines, or it does not fit the envelope's window.")
        )
    return found


def _looks_like_email(address: str) -> bool:
    local, at, domain = address.partition("@")
    return bool(local and at and domain) and "@" not in domain and address.split() == [address]


def _columns(draft: PersonDraft) -> dict[str, Any]:
    held = {field.name: getattr(draft, field.name) for field in fields(draft)}
    held["kind"] = str(draft.kind)
    held["also"] = ",".join(draft.also)
    held["paper_look"] = str(draft.paper_look)
    return held


def draft_of(person: Person) -> PersonDraft:
    """A stored person as the draft it would be if it were typed again."""
    held = {field.name: getattr(person, field.name) for field in fields(PersonDraft)}
    held["kind"] = PersonKind(person.kind)
    held["also"] = tuple(PersonKind(code) for code in person.also.split(",") if code)
    held["paper_look"] = PaperLook(person.paper_look)
    return PersonDraft(**held)


def _differences(theirs: PersonDraft, mine: PersonDraft) -> list[FieldChange]:
    return [
        FieldChange(name, label, _in_words(getattr(theirs, name)), _in_words(getattr(mine, name)))
        for name, label in FIELD_LABELS.items()
        if getattr(theirs, name) != getattr(mine, name)
    ]


def _in_words(value: object) -> str:
    match value:
        case None | "" | ():
            return "(nothing)"
        case bool():
            return "Yes" if value else "No"
        case PersonKind():
            return KIND_LABELS[value]
        case PaperLook():
            return PAPER_LOOK_LABELS[value]
        case date():
            return written_day(value)
        case tuple():
            return ", ".join(KIND_LABELS[kind] for kind in value)
    return str(value).replace("\n", ", ")


@needs(Permission.PEOPLE_READ)
def record_of(ctx: Context, person_id: int) -> PersonRecord:
    """One person's page. The id of a merged duplicate opens the record it was merged into. Raises NotFound."""
    with ctx.database.reading() as session:
        who = sight.reader(session, ctx)
        person = session.get(Person, person_id)
        if person is not None and person.merged_into is not None:
            person = session.get(Person, person.merged_into)
        if person is None:
            raise NotFound(NO_SUCH_PERSON)
        merges = session.execute(
            select(PersonMerge.id, Person.given_name, Person.family_name)
            .join(Person, Person.id == PersonMerge.gone_id)
            .where(PersonMerge.keep_id == person.id, PersonMerge.undone_at.is_(None))
            .order_by(PersonMerge.id.desc())
        )
        return PersonRecord(
            id=person.id,
            version=person.version,
            draft=draft_of(person),
            name=name_of(person),
            links=links_of(session, person.id),
            consents=_consents(session, person.id),
            ladder=_ladder(session, who, person.id),
            incidents=_incidents(session, who, person.id),
            merged=tuple((row.id, person_name(row.given_name, row.family_name)) for row in merges),
            editable=allowed(who.roles, Permission.PEOPLE_EDIT),
        )


def _consents(session: Session, person_id: int) -> tuple[ConsentAnswer, ...]:
    rows = session.scalars(
        select(Consent)
        .where(Consent.person_id == person_id)
        .order_by(Consent.answered_on.desc(), Consent.id.desc())
    )
    current: set[str] = set()
    found = []
    for row in rows:
        purpose = row.purpose.casefold()
        found.append(
            ConsentAnswer(
                row.id,
                row.purpose,
                row.given,
                row.answered_on,
                row.given_by,
                row.note,
                current=purpose not in current,
            )
        )
        current.add(purpose)
    return tuple(found)


def _ladder(session: Session, who: Reader, person_id: int) -> tuple[LadderEntry, ...]:
    where = sight.where_full(who)
    rows = session.execute(
        text(
            where.within(
                "SELECT entry.step, entry.happened_on, incident.id, incident.year, incident.number, entry.text"
                " FROM entry JOIN incident ON incident.id = entry.incident_id"
                " WHERE entry.kind = 'step' AND entry.withdrawn_at IS NULL AND entry.person_id IN"
                " (SELECT :person UNION SELECT id FROM person WHERE merged_into = :person) AND {seen}"
                " ORDER BY entry.happened_on, entry.id"
            )
        ),
        {**where.params, "person": person_id},
    )
    return tuple(
        LadderEntry(Step(row[0]), date.fromisoformat(row[1]), row[2], reference(row[3], row[4]), row[5])
        for row in rows
    )


def _incidents(session: Session, who: Reader, person_id: int) -> tuple[PersonIncident, ...]:
    where = sight.where_full(who)
    rows = session.execute(
        text(
            where.within(
                "SELECT incident.id, incident.year, incident.number, incident.received_at, p.role,"
                " incident.summary, incident.status FROM incident_person AS p"
                " JOIN incident ON incident.id = p.incident_id WHERE p.person_id IN"
                " (SELECT :person UNION SELECT id FROM person WHERE merged_into = :person) AND {seen}"
                " ORDER BY incident.received_at DESC, incident.id DESC, p.position"
            )
        ),
        {**where.params, "person": person_id},
    )
    return tuple(
        PersonIncident(
            row[0],
            reference(row[1], row[2]),
            from_utc_text(row[3]),
            PERSON_ROLE_LABELS[PersonRole(row[4])],
            row[5],
            row[6],
        )
        for row in rows
    )


@needs(Permission.PEOPLE_EDIT)
def record_consent(
    ctx: Context,
    person_id: int,
    purpose: str,
    given: bool,
    answered_on: date,
    given_by: str = "",
    note: str = "",
) -> Saved:
    """Record an answer about one purpose; earlier answers stay, the newest counts (INC-12). Raises Invalid."""
    purpose = " ".join(purpose.split())
    found = []
    if not purpose or len(purpose) > 120:
        found.append(
            Problem("purpose", "Say in a few words what the consent is for, for example “Class Dojo”.")
        )
    if answered_on > ctx.today():
        found.append(Problem("answered_on", "The day of the answer lies in the future. Check the date."))
    if found:
        raise Invalid(found)
    with ctx.database.writing() as session:
        person = standing_person(session, person_id)
        row = Consent(
            person_id=person_id,
            purpose=purpose,
            given=given,
            answered_on=answered_on,
            given_by=given_by.strip(),
            note=note.strip(),
        )
        session.add(row)
        session.flush()
        answer = {"purpose": purpose, "given": given, "answered_on": answered_on.isoformat()}
        write_audit(session, ctx, "person.consent", person_id, answer)
        return Saved(row.id, person.version, frozenset({("person", person_id)}))
