"""A letter as the document draws it: its words, the school's letterhead, and who signs."""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import Letter, School, SigningKey, User
from smdesk.documents.letter import Approval, LetterData, LetterText, LetterWords
from smdesk.documents.page import LANGUAGE
from smdesk.errors import Refused
from smdesk.security.signatures import fingerprint
from smdesk.services import (
    incident_state,
    languages,
    letter_matter,
    letter_state,
    letter_text,
    letter_wording,
)
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
        english=_english(session, letter, edit, footer) if foreign else None,
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


def _english(session: Session, letter: Letter, edit: LetterEdit, footer: str) -> LetterText | None:
    """The copy in English that goes with a letter in another language; None where it was left empty."""
    if not edit.english_body.strip():
        return None
    closing = letter_wording.closing(session, LetterKind(letter.kind))
    return LetterText(
        salutation=edit.english_salutation,
        heading=edit.english_subject,
        body=letter_text.parse(edit.english_body),
        closing=closing,
        footer=footer,
    )


def pdf(session: Session, letter: Letter, edit: LetterEdit, on: date) -> bytes:
    """The letter as a PDF. Raises Refused where the paper cannot be made from what was typed."""
    from smdesk.documents import letter as document

    if not edit.body.strip():
        raise Refused("The letter has no text yet.")
    return document.render_bytes(paper(session, letter, edit, on))
