"""A letter as the document draws it: its words, the school's letterhead, and who signs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import astuple, replace
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import ConnectionException, Letter, Person, School, SigningKey, User
from smdesk.documents.letter import Approval, LetterData, LetterText, LetterWords
from smdesk.documents.page import LANGUAGE
from smdesk.errors import Refused
from smdesk.security.signatures import fingerprint
from smdesk.services import (
    exception_letters,
    incident_state,
    languages,
    letter_matter,
    letter_state,
    letter_text,
    letter_wording,
)
from smdesk.services.letter_matter import Matter
from smdesk.services.letter_records import LetterEdit, LetterKind
from smdesk.services.school import letterhead

MARKING: Final = "Private and confidential"


def paper(session: Session, letter: Letter, edit: LetterEdit, on: date) -> LetterData:
    """The letter as the document draws it; without a number it comes out marked as a draft."""
    school = session.scalars(select(School)).one()
    matter = letter_matter.stored(session, letter)
    knows = letter_matter.subject(matter)
    signer = session.get(User, letter.approved_by) if letter.approved_by is not None else None
    if signer is None:
        signer = letter_state.holder(session, knows.role(session, matter))
    approval = None
    if letter.approved_at is not None and letter.signing_key_id is not None and signer is not None:
        key = session.get_one(SigningKey, letter.signing_key_id)
        title = f"{signer.name}, {signer.job_title}" if signer.job_title else signer.name
        short = " ".join(fingerprint(key.public_key).split()[:4])
        approval = Approval(title, incident_state.local_date(letter.approved_at), short)
    name, *address = edit.addressee.splitlines() or [""]
    closing, footer = knows.closing(session, letter, matter), knows.footer(letter, matter)
    foreign = letter.language != languages.ENGLISH
    said = letter_wording.phrases(session, letter.language)
    return LetterData(
        letterhead=letterhead(school),
        reference=letter_state.number(letter) or None,
        date=on,
        addressee=name,
        address=tuple(address),
        salutation=edit.salutation,
        heading=edit.subject,
        body=letter_text.parse(edit.body),
        sign_name=signer.name if signer else "",
        sign_role=signer.job_title if signer else "",
        closing=closing,
        approval=approval,
        footer=(said["paper.footer"] or footer) if foreign else footer,
        marking=said["paper.private"] or MARKING,
        look=edit.look.value,
        envelope=edit.envelope.value,
        language=letter.language if foreign else LANGUAGE,
        rtl=languages.is_rtl(letter.language),
        words=page_words(session, letter.language, on, approval.on if approval else None),
        english=_english(session, letter, matter, edit, footer) if foreign else None,
    )


def page_words(session: Session, language: str, on: date, approved_on: date | None = None) -> LetterWords:
    """What the page itself says in this language; in English what the language has no words for."""
    if language == languages.ENGLISH:
        return LetterWords()
    said, english = letter_wording.phrases(session, language), LetterWords()
    return LetterWords(
        date=said["paper.date"] or english.date,
        reference=said["paper.reference"] or english.reference,
        enclosed=said["paper.enclosed"] or english.enclosed,
        copy_to=said["paper.copy_to"] or english.copy_to,
        approved=said["paper.approved"] or english.approved,
        page=said["paper.page"] or english.page,
        day=languages.written_day(on, language),
        approved_day=languages.written_day(approved_on, language) if approved_on else "",
    )


def _english(
    session: Session, letter: Letter, matter: Matter, edit: LetterEdit, footer: str
) -> LetterText | None:
    """The copy in English that goes with a letter in another language; None where it was left empty."""
    if not edit.english_body.strip():
        return None
    audience = ""
    if isinstance(matter, ConnectionException):
        audience = exception_letters.audience_of(letter, matter).value
    kind = LetterKind(letter.kind)
    closing = letter_wording.closing_of_copy(session, kind, audience, letter.drafted_at)
    return LetterText(
        salutation=edit.english_salutation,
        heading=edit.english_subject,
        body=letter_text.parse(edit.english_body),
        closing=closing,
        footer=footer,
    )


def beside_the_text(session: Session, letter: Letter, edit: LetterEdit) -> dict[str, str]:
    """SHA-256 of what goes out with a letter and is no text of its own, so that it is signed with it: how it ends and
    what its pages say, the school's letterhead, who signs, and where the record has its reader live.
    """
    shown = paper(session, letter, edit, date(2000, 1, 1))
    words = replace(shown.words, day="", approved_day="")
    english = (shown.english.closing, shown.english.footer) if shown.english is not None else ()
    head = shown.letterhead
    person = session.get(Person, letter.person_id) if letter.person_id is not None else None
    record = (letter_state.address_block(person), person.language.strip()) if person is not None else ()
    parts: dict[str, tuple[object, ...]] = {
        "page": (shown.closing, shown.footer, shown.marking, *astuple(words), *english),
        "letterhead": (head.school, *head.address, head.phone, head.email, head.website),
        "signer": (shown.sign_name, shown.sign_role),
        "record": record,
    }
    return {
        name: hashlib.sha256(json.dumps(part, ensure_ascii=False).encode("utf-8")).hexdigest()
        for name, part in parts.items()
    }


CHANGED: Final = {
    "page": "how it ends, or what its pages say beside the text, has been worded anew",
    "letterhead": "the school's name, address or how to reach it has changed",
    "signer": "the name or the post of whoever approved it has changed",
    "record": "the name, the address or the language of whoever it goes to has changed on record",
}
"""What may have changed since a letter was approved, by the names of ``beside_the_text``."""


def check_beside(session: Session, letter: Letter, edit: LetterEdit, signed: Mapping[str, str]) -> None:
    """Raise Refused where something goes out with an approved letter that nobody approved. ``signed`` is what
    ``beside_the_text`` said then.
    """
    now = beside_the_text(session, letter, edit) if signed else {}
    what = [CHANGED[name] for name in now if now[name] != signed.get(name)]
    if what:
        raise Refused(
            f"Since the letter was approved {', and '.join(what)}. Withdraw it and draft a new one."
        )


def pdf(session: Session, letter: Letter, edit: LetterEdit, on: date) -> bytes:
    """The letter as a PDF. Raises Refused where the paper cannot be made from what was typed."""
    from smdesk.documents import letter as document

    if not edit.body.strip():
        raise Refused("The letter has no text yet.")
    return document.render_bytes(paper(session, letter, edit, on))
