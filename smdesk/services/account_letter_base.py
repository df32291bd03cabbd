"""What letters about business cases, messages on accounts and blocks have in common: whom they may go to, and the line
in the history of what they are about. Session first, as in ``letter_state``.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import Letter, Person, School
from smdesk.errors import Refused
from smdesk.policy.vocabulary import PersonKind
from smdesk.security.permissions import Role
from smdesk.services import exception_readers, history, letter_state, letter_wording, sight
from smdesk.services.context import Context
from smdesk.services.letter_records import LETTER_KIND_LABELS, LetterKind
from smdesk.services.people_base import name_of
from smdesk.services.people_records import kinds_of

_FOOTER: Final = (
    "This letter is kept with the school's records. You may ask to see what we hold about you, and to have it put "
    "right, by writing to the school."
)


def the_school(session: Session) -> School:
    return session.scalars(select(School)).one()


def kept(session: Session, person_id: int) -> Person:
    """The person, or whoever their record was merged into."""
    person = session.get_one(Person, person_id)
    return person if person.merged_into is None else session.get_one(Person, person.merged_into)


def fault(person: Person, today: date) -> str:
    """What keeps such a letter from going to this person, or ""."""
    return exception_readers.fault(person) or exception_readers.is_child(person, today)


def why_not_to(
    session: Session, kind: LetterKind, person_id: int | None, nobody: str, today: date, **matter_id: int
) -> str:
    """Why no letter of this kind can be drafted to this person, or "". ``nobody`` is said where it is nobody on record;
    ``matter_id`` is what it is about, as ``letter_state.unfinished`` takes it.
    """
    if person_id is None:
        return nobody
    person = kept(session, person_id)
    why = fault(person, today)
    if not why and letter_state.unfinished(session, kind, person.id, **matter_id) is not None:
        return letter_state.WAITS
    return why


def check_to(session: Session, letter: Letter, person_id: int | None, today: date, called: str) -> None:
    """Raise Refused where the letter goes to somebody else than ``person_id``, whom the record has as ``called``."""
    person = session.get_one(Person, letter.person_id)
    if person_id is None or person.id not in sight.same_person(session, person_id):
        raise Refused(
            f"{name_of(person)} is not {called} any more, as the record has it. Withdraw the letter, or put the record "
            "right."
        )
    why = fault(kept(session, person_id), today)
    if why:
        raise Refused(f"This letter cannot go to {name_of(person)}. {why}")


def contact(session: Session, school: School, person: Person, decides: Role) -> str:
    """Whom this person is to contact (PPL-4)."""
    staff = PersonKind.STAFF in kinds_of(person.kind, person.also)
    return letter_state.contact(session, school, "staff" if staff else "parents", decides)


# What the three modules say in the same words: parts of ``letter_matter.Subject``


def meant(session: Session, letter: Letter, matter: object) -> frozenset[int]:
    """Nobody beside the addressee need be named."""
    return frozenset()


def closing(session: Session, letter: Letter, matter: object) -> str:
    """How the letter ends."""
    return letter_wording.closing(session, LetterKind(letter.kind), "", letter.language, letter.wording_id)


def footer(letter: Letter, matter: object) -> str:
    """How the school keeps the letter, for its reader."""
    return _FOOTER


def note(session: Session, letter: Letter, matter: object) -> str:
    """Nothing beside what the letter says."""
    return ""


def name(session: Session, letter: Letter, matter: object) -> str:
    """What the letter is called where its matter's own lines stand beside it."""
    return (
        f"Letter “{LETTER_KIND_LABELS[LetterKind(letter.kind)]}” to {letter_state.to_whom(session, letter)}"
    )


def issued_words(session: Session, letter: Letter) -> str:
    """The line that it was issued."""
    return f"{name(session, letter, None)}: issued as {letter_state.number(letter)}"


# Where it is written down


def write_line(
    session: Session,
    ctx: Context,
    object_kind: str,
    object_id: int,
    text: str,
    reason: str,
    rule: str,
    on: date | None,
) -> None:
    """A line about the letter in the history (INC-14)."""
    history.add(
        session, ctx, object_kind, object_id, "letter", text, reason=reason, rule=rule, happened_on=on
    )
