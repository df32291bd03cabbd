"""Does the text of a letter about an exception say what it must, and nothing that its reader should not learn?

The words begin as shipped, but the office may change them. What is looked at here is the text as it would go out,
against what is on record today.
"""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import ConnectionException, ExceptionPlatform, Letter, Person, School
from smdesk.errors import Refused
from smdesk.policy.vocabulary import PersonKind
from smdesk.services import exception_readers, exception_wording, languages, letter_names, reference_data
from smdesk.services.languages import ENGLISH
from smdesk.services.letter_names import Known
from smdesk.services.letter_records import Audience, LetterEdit, LetterKind
from smdesk.services.people_base import name_of
from smdesk.services.people_records import kinds_of


def check(
    session: Session, letter: Letter, exception: ConnectionException, reader: Audience, edit: LetterEdit
) -> None:
    """Raise Refused where the text is addressed to somebody else, leaves out what it is about or tells too much."""
    _check_envelope(session.get_one(Person, letter.person_id), edit)
    missing = _unsaid(session, letter, exception, reader, f"{edit.subject}\n{edit.body}", letter.language)
    if not missing and letter.language != ENGLISH:
        copy = f"{edit.english_subject}\n{edit.english_body}"
        found = _unsaid(session, letter, exception, reader, copy, ENGLISH)
        missing = [f"in its English copy {each}" for each in found]
    if missing:
        raise Refused(
            f"The letter does not say {' and '.join(missing)}. Put it in as the record has it, or withdraw the letter "
            "and draft it anew.",
            "CON-2",
        )
    told = _private(session, letter, exception, reader, edit)
    if told:
        raise Refused(f"The letter gives {told}, which is not for its reader. Take it out.", "CON-2")


def platforms(session: Session, exception: ConnectionException) -> tuple[str, ...]:
    """The platforms an exception is for, in words."""
    codes = session.scalars(
        select(ExceptionPlatform.platform)
        .where(ExceptionPlatform.exception_id == exception.id)
        .order_by(ExceptionPlatform.platform)
    )
    return tuple(reference_data.platform_label(code) for code in codes)


def _check_envelope(person: Person, edit: LetterEdit) -> None:
    """Raise Refused where the first line of the address is somebody else's name: the letter names a child."""
    line = edit.addressee.partition("\n")[0]
    if not any(_stands_in(_pressed(own), line) for own in (person.letter_name, person.family_name)):
        raise Refused(
            f"The letter is for {name_of(person)}, but the address begins with “{line}”. Put their "
            "name there, or withdraw the letter and draft one to whom it is meant for.",
            "CON-2",
        )


def _unsaid(
    session: Session,
    letter: Letter,
    exception: ConnectionException,
    reader: Audience,
    text: str,
    language: str,
) -> list[str]:
    """What the letter must say and does not: whom it is about, and what was allowed or ended, as it stands today."""
    kind = LetterKind(letter.kind)
    flat = " ".join(text.split()).casefold()
    missing = []
    about = {Audience.ADULT: [exception.other_id], Audience.OWN: [exception.adult_id]}.get(
        reader, [exception.other_id, exception.adult_id]
    )
    for person_id in about:
        person = session.get_one(Person, person_id)
        if not _says(text, person, session.get_one(Person, letter.person_id)):
            missing.append(f"whom it is about, {name_of(person)}")
    facts: list[tuple[str, str]] = []
    if kind is LetterKind.EXCEPTION_APPROVED:
        facts = [("where it is allowed", label) for label in platforms(session, exception)]
        if exception.from_on is not None:
            facts.append(("from when", languages.written_day(exception.from_on, language)))
        if exception.ends_on is not None:
            facts.append(("until when", exception_wording.until(exception.ends_on, language)))
    elif kind is LetterKind.EXCEPTION_ENDED and exception.ends_on is not None:
        facts = [("from when it holds no longer", languages.written_day(exception.ends_on, language))]
    missing += [
        f"{what} ({value})" for what, value in facts if " ".join(value.split()).casefold() not in flat
    ]
    return missing


def _says(text: str, person: Person, addressee: Person) -> bool:
    """Whether the text names this person in full: a first name alone could be another child's, and an old one stay."""
    return bool(letter_names.hits(text, [_known(person)], _known(addressee)))


def _known(person: Person) -> Known:
    pupil = PersonKind.PUPIL in kinds_of(person.kind, person.also)
    return Known(person.id, person.given_name, person.family_name, person.known_as, "", pupil, close=False)


def _private(
    session: Session, letter: Letter, exception: ConnectionException, reader: Audience, edit: LetterEdit
) -> str:
    """An address, e-mail or telephone number of the other side that stands in the letter, in words; "" where none."""
    school = session.scalars(select(School)).one()
    addressee = session.get_one(Person, letter.person_id)
    family = [
        session.get_one(Person, exception.other_id),
        *exception_readers.parents_of(session, exception.other_id),
    ]
    hidden = family if reader is Audience.ADULT else [session.get_one(Person, exception.adult_id), *family]
    text = "\n".join((edit.addressee, edit.subject, edit.body, edit.english_subject, edit.english_body))
    for person in hidden:
        if person.id == addressee.id:
            continue
        shared = [*_details(addressee.address, addressee.postcode, addressee.email, addressee.phone)]
        shared += _details(school.address, "", school.email, school.phone)
        known = {value for _, value in shared}
        # Whoever lives with the child has the child's address too, perhaps written in another way.
        own = f"{addressee.address}\n{addressee.postcode}\n{school.address}"
        for what, value in _details(person.address, person.postcode, person.email, person.phone):
            if value not in known and not _stands_in(value, own) and _stands_in(value, text):
                return f"the {what} of {name_of(person)}"
    return ""


def _details(address: str, postcode: str, email: str, phone: str) -> list[tuple[str, str]]:
    first = next((line.strip(" ,") for line in address.splitlines() if line.strip(" ,")), "")
    found = [
        ("address", first if len(first.split()) > 1 else ""),
        ("postcode", postcode.strip() if len(postcode.strip()) > 4 else ""),
        ("e-mail address", email.strip()),
        ("telephone number", phone.strip() if sum(char.isdigit() for char in phone) > 6 else ""),
    ]
    return [(what, _pressed(value)) for what, value in found if value]


def _pressed(value: str) -> str:
    """Letters and digits alone: "ZZ9 9ZZ" and "zz99zz", "01632-960 111" and "01632960111" are the same."""
    return re.sub(r"[\W_]+", "", value).casefold()


def _stands_in(value: str, text: str) -> bool:
    return bool(value) and value in _pressed(text)
