"""A letter as the document draws it: its words, the school's letterhead, and who signs."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import Letter, School, SigningKey, User
from smdesk.documents.letter import Approval, LetterData
from smdesk.errors import Refused
from smdesk.security.signatures import fingerprint
from smdesk.services import incident_state, letter_matter, letter_state, letter_text
from smdesk.services.letter_records import LetterEdit
from smdesk.services.school import letterhead


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
        closing=knows.closing(session, letter, matter),
        approval=approval,
        footer=knows.footer(letter, matter),
        marking="Private and confidential",
    )


def pdf(session: Session, letter: Letter, edit: LetterEdit, on: date) -> bytes:
    """The letter as a PDF. Raises Refused where the paper cannot be made from what was typed."""
    from smdesk.documents import letter as document

    if not edit.body.strip():
        raise Refused("The letter has no text yet.")
    return document.render_bytes(paper(session, letter, edit, on))
