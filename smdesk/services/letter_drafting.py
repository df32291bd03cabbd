"""What drafting a letter has in common, whatever it is about: the language it is written in, the wording that stands,
the English copy that goes with it, and how its reader's paper is set. Session first, as in ``letter_state``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import Letter, Person, School
from smdesk.services import letter_state, letter_wording, school_look
from smdesk.services.context import Context
from smdesk.services.languages import ENGLISH
from smdesk.services.letter_records import Envelope, LetterKind, LetterStatus, PaperLook, Recipient
from smdesk.services.letter_wording import Pattern, Words

Filling = Callable[[Pattern, str], Words]
"""Fills a wording in. The second value is the reader's language in words, "" in the English copy: nobody has to be told
there that the letter can be explained.
"""


@dataclass(frozen=True, slots=True)
class Office:
    """Where a letter goes that is for nobody on record."""

    recipient: Recipient
    addressee: str
    """Name and address lines."""


def draft(
    session: Session,
    ctx: Context,
    kind: LetterKind,
    to: Person | Office,
    filling: Filling,
    *,
    audience: str = "",
    reply_by: date | None = None,
    step_reason: str = "",
) -> Letter:
    """A draft in the wording that stands for its reader, its matter not set yet and not added to the session.

    To somebody who reads another language, and for whose language there is a wording, it is written in that one with
    the English copy beside it. Raises Invalid naming each field that the records lack.
    """
    person = to if isinstance(to, Person) else None
    reads = person.language if person is not None else ""
    language = letter_wording.language_for(session, kind, audience, reads)
    found = letter_wording.pattern(session, kind, audience, language)
    words = filling(found, reads)
    letter = Letter(
        person_id=person.id if person is not None else None,
        recipient="" if isinstance(to, Person) else to.recipient.value,
        kind=kind.value,
        status=LetterStatus.DRAFT.value,
        language=found.language,
        wording_id=found.wording_id,
        look=(person.paper_look or PaperLook.STANDARD.value)
        if person is not None
        else PaperLook.STANDARD.value,
        envelope=usual_envelope(session).value,
        subject=words.subject,
        addressee=letter_state.address_block(to) if isinstance(to, Person) else to.addressee,
        salutation=_salutation(session, found.language, person),
        body=words.body,
        marks=[[mark.start, mark.end, mark.field] for mark in words.marks],
        reply_by=reply_by,
        step_reason=step_reason,
        drafted_by=ctx.user.id,
        drafted_at=ctx.now(),
    )
    if found.language != ENGLISH:
        copy = filling(letter_wording.pattern(session, kind, audience, ENGLISH), "")
        letter.english_subject, letter.english_body = copy.subject, copy.body
        letter.english_salutation = _salutation(session, ENGLISH, person)
    return letter


def _salutation(session: Session, language: str, person: Person | None) -> str:
    name = "Sir or Madam" if person is None else letter_state.greeted_as(person)
    return letter_wording.salutation(session, language, name)


def usual_envelope(session: Session) -> Envelope:
    """The envelope this school uses unless a letter says otherwise."""
    return school_look.read(session.scalars(select(School.settings)).one()).envelope
