"""What letters of every kind share: their numbers, how they address somebody, and whose names stand in them.

These functions take a session, not a context: ``services.letters`` calls them inside its transactions, after it has
checked who may do what. What a letter is about is for ``letter_matter`` to know.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from typing import Final, Literal

from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session

from smdesk.db.models import Letter, Person, PersonLink, School, User
from smdesk.policy.vocabulary import KIND_LABELS, PersonKind
from smdesk.security.permissions import Role
from smdesk.services import letter_names, sight
from smdesk.services.languages import ENGLISH
from smdesk.services.letter_names import Known
from smdesk.services.letter_records import (
    UNDER_WAY,
    Envelope,
    LetterEdit,
    LetterKind,
    Mark,
    NameHit,
    PaperLook,
    letter_number,
)
from smdesk.services.people_base import name_of
from smdesk.services.people_records import kinds_of

_CARE_OF: Final = re.compile(r"\s*(c\s*/\s*o|care of|for|parents?( or carers?)? of)\b", re.IGNORECASE)
"""How a line of an address begins that names somebody."""

DELIVERY_DAYS: Final = 2
"""Working days a letter is on its way, added to the policy's days for a removal request (INC-4)."""


WAITS: Final = (
    "There is a letter of this kind to the same addressee that is not issued yet. Use or withdraw it."
)
"""Why no second one is drafted (``unfinished``)."""


def number(letter: Letter) -> str:
    """ "2026/L0003" once issued, else ""."""
    return letter_number(letter.issue_year, letter.issue_number)


def edit_of(letter: Letter) -> LetterEdit:
    """What may be edited of a letter, as it stands."""
    return LetterEdit(
        letter.subject,
        letter.addressee,
        letter.salutation,
        letter.body,
        letter.reply_by,
        letter.step_reason,
        marks=tuple(Mark(int(start), int(end), str(field)) for start, end, field in letter.marks),
        look=PaperLook(letter.look),
        envelope=Envelope(letter.envelope),
        english_subject=letter.english_subject,
        english_salutation=letter.english_salutation,
        english_body=letter.english_body,
    )


def put(letter: Letter, edit: LetterEdit) -> None:
    """Write what was edited into a letter. What is in English already has no English copy."""
    letter.subject, letter.addressee, letter.salutation = edit.subject, edit.addressee, edit.salutation
    letter.body, letter.reply_by, letter.step_reason = edit.body, edit.reply_by, edit.step_reason
    letter.marks = [[mark.start, mark.end, mark.field] for mark in edit.marks]
    letter.look, letter.envelope = edit.look.value, edit.envelope.value
    if letter.language != ENGLISH:
        letter.english_subject, letter.english_body = edit.english_subject, edit.english_body
        letter.english_salutation = edit.english_salutation


def to_whom(session: Session, letter: Letter) -> str:
    """Whom a letter goes to, by name: the person on record, else the first line of the address."""
    if letter.person_id is None:
        return letter.addressee.partition("\n")[0]
    return name_of(session.get_one(Person, letter.person_id))


def unfinished(
    session: Session,
    kind: LetterKind,
    person_id: int | None,
    *,
    incident_id: int | None = None,
    exception_id: int | None = None,
    case_id: int | None = None,
    message_id: int | None = None,
    block_id: int | None = None,
) -> int | None:
    """A letter of this kind about one matter to this person that has not been issued or given up yet."""
    return session.scalar(
        select(Letter.id)
        .where(
            Letter.incident_id.is_not_distinct_from(incident_id),
            Letter.exception_id.is_not_distinct_from(exception_id),
            Letter.case_id.is_not_distinct_from(case_id),
            Letter.message_id.is_not_distinct_from(message_id),
            Letter.block_id.is_not_distinct_from(block_id),
            Letter.person_id.is_not_distinct_from(person_id),
            Letter.kind == kind.value,
            Letter.status.in_([status.value for status in UNDER_WAY]),
        )
        .limit(1)
    )


def contact(
    session: Session,
    school: School,
    whose: Literal["parents", "staff", "safeguarding", "offices"],
    decides: Role = Role.HEADTEACHER,
) -> str:
    """Whom parents, staff or offices are to contact (PPL-4): the contact the school named, else the headteacher at the
    office; "" where there is no way to reach them. Where somebody else ``decides`` it is they: the headteacher is
    concerned, and nobody is sent to them with it (CON-5).
    """
    named = school.contacts.get(whose if decides is Role.HEADTEACHER else "chair", {})
    parts = [named.get("name", ""), named.get("detail", "")]
    if not parts[0]:
        user = holder(session, decides)
        parts[0] = user.name if user else "the school office"
    if not parts[1]:
        reach = [
            f"by telephone on {school.phone}" if school.phone else "",
            f"by e-mail to {school.email}" if school.email else "",
        ]
        parts[1] = " or ".join(each for each in reach if each)
    # A name with no way to reach it is no contact: the letter stops and says so.
    return f"{parts[0]}, {parts[1]}" if parts[1] else ""


def address_block(person: Person) -> str:
    """Name and address lines as printed."""
    name = person.letter_name or " ".join(
        part for part in (person.title, person.given_name, person.family_name) if part
    )
    lines = [name, *person.address.splitlines(), person.postcode]
    return "\n".join(line.strip() for line in lines if line.strip())


def greeted_as(person: Person) -> str:
    """What stands behind "Dear"."""
    first = person.title or person.given_name
    return person.letter_name or " ".join(part for part in (first, person.family_name) if part)


def holder(session: Session, role: Role) -> User | None:
    """Who holds this role now; of several the one entered first."""
    users = session.scalars(select(User).where(User.active).order_by(User.id))
    return next((user for user in users if role in user.roles), None)


def names_in(
    session: Session,
    letter: Letter,
    edit: LetterEdit,
    today: date,
    *,
    signs: Role,
    involved: Collection[int],
    meant: frozenset[int] = frozenset(),
) -> list[NameHit]:
    """Whose names stand in the letter, its English copy included. ``start`` and ``end`` are places in the body, -1
    outside it.

    ``involved`` are people looked for closely beside the addressee's family, ``signs`` whose own name may stand.
    ``meant`` are people the letter is about, whom its subject and text may name; what names them names nobody else.
    """
    own = sight.same_person(session, letter.person_id)
    people, addressee = _known(session, own, involved, signs, today)
    school = session.scalars(select(School.name)).one()
    others = [person for person in people if person.person_id not in meant]
    found = [
        replace(hit, start=-1, end=-1)
        for words in (edit.subject, edit.english_subject, edit.english_body)
        for hit in _beside(words, people, others, addressee, meant, school)
    ]
    # The letter is about them, but it is not written to them: in the greeting the name is one too many.
    found += [
        replace(hit, start=-1, end=-1)
        for greeting in (edit.salutation, edit.english_salutation)
        for hit in letter_names.hits(greeting, people, addressee, greeting=True)
    ]
    # Name lines and address lines: a house called "Sam Ward Lodge" is no child, but "care of Sam Ward" is.
    name, *address = edit.addressee.split("\n")
    found += [
        replace(hit, start=-1, end=-1)
        for line in (name, *(each for each in address if _CARE_OF.match(each)))
        for hit in letter_names.hits(line, people, addressee, greeting=True)
    ]
    return found + _beside(edit.body, people, others, addressee, meant, school)


def without_pupils(session: Session, words: str, near: Collection[int], today: date) -> str:
    """What was said with "a pupil" in the place of each pupil's name; ``near`` are people looked for closely."""
    people, _ = _known(session, frozenset(), near, Role.HEADTEACHER, today)
    pupils = [person for person in people if person.pupil]
    done, out = 0, []
    for hit in letter_names.hits(words, pupils, None):
        if hit.start >= done:
            out += [words[done : hit.start], "a pupil"]
            done = hit.end
    return "".join((*out, words[done:]))


def _beside(
    words: str,
    people: Sequence[Known],
    others: Sequence[Known],
    addressee: Known | None,
    meant: frozenset[int],
    school: str,
) -> list[NameHit]:
    """Names in ``words`` of people who are not meant. A namesake of somebody who is, named the same, is none."""
    found = letter_names.hits(words, others, addressee, mask=[school])
    if not meant or not found:
        return found
    about = [replace(person, close=True) for person in people if person.person_id in meant]
    places = [(hit.start, hit.end) for hit in letter_names.hits(words, about, addressee, mask=[school])]
    return [hit for hit in found if not any(start <= hit.start and hit.end <= end for start, end in places)]


def _known(
    session: Session, own: frozenset[int], involved: Collection[int], signs: Role, today: date
) -> tuple[list[Known], Known | None]:
    """Everybody looked for, and the addressee. Left out: the addressee, and whoever signs."""
    signing = {
        each
        for user in session.execute(select(User.roles, User.person_id).where(User.active))
        if signs in user.roles
        for each in sight.same_person(session, user.person_id)
    }
    family: set[int] = set()
    for link in session.execute(
        select(PersonLink.person_id, PersonLink.other_id).where(
            or_(PersonLink.person_id.in_(own), PersonLink.other_id.in_(own))
        )
    ):
        family |= {link.person_id, link.other_id} - own
    near = family.union(involved)
    rows = session.execute(
        text(
            "SELECT id, coalesce(merged_into, id) AS keeper, given_name, family_name, known_as, kind, also,"
            " left_on IS NULL OR left_on > :today AS here"
            " FROM person WHERE kind = 'pupil' OR also LIKE '%pupil%' OR coalesce(merged_into, id) IN"
            " (SELECT value FROM json_each(:near)) OR id IN (SELECT value FROM json_each(:near))"
        ),
        {"near": json.dumps(sorted(near | own)), "today": today.isoformat()},
    )
    people: list[Known] = []
    addressee: Known | None = None
    for row in rows:
        is_pupil = PersonKind.PUPIL in kinds_of(row.kind, row.also)
        known = Known(
            row.keeper,
            row.given_name,
            row.family_name,
            row.known_as,
            KIND_LABELS[PersonKind(row.kind)],
            pupil=is_pupil,
            close=(row.keeper in near or row.id in near)
            and (is_pupil or row.keeper in involved or row.id in involved),
            on_roll=is_pupil and bool(row.here),
        )
        if row.id in own:
            addressee = known if addressee is None or row.id == row.keeper else addressee
        elif row.id not in signing and (is_pupil or known.close):
            people.append(known)
    return people, addressee


def names_sentence(hits: Sequence[NameHit]) -> str:
    """The names found, each once, for a sentence."""
    return ", ".join(dict.fromkeys(f"{hit.found.strip()} ({hit.kind_label.lower()})" for hit in hits))
