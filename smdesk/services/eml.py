"""A letter as a ready-made e-mail: a file for Outlook or Thunderbird with the issued PDF in it. Nothing is sent.

Subject and words name nobody and carry no marking: they are read on the way, and on a telephone's lock screen.
"""

from __future__ import annotations

from email.errors import HeaderParseError
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from sqlalchemy import select

from smdesk.db import audit
from smdesk.db.models import Person, School
from smdesk.errors import Invalid
from smdesk.security.files import write_whole
from smdesk.security.permissions import Permission
from smdesk.services import letter_matter, letter_state, letters, mail_out, sight
from smdesk.services.context import Context, needs


@needs(Permission.LETTERS_ISSUE)
def save_email(ctx: Context, letter_id: int, file: Path) -> str:
    """Write the e-mail of an issued letter to ``file``, whole or not at all; that it was made is written down.

    Returns the address it is to, "" where none is on record: then it is filled in where the e-mail is sent. Raises
    NotFound, Refused before the letter is issued, Invalid where the address on record is none, Tampered, Damaged,
    StorageProblem.
    """
    content = letters.issued_pdf(ctx, letter_id)
    with ctx.database.reading() as session:
        letter, _ = letter_matter.load(session, sight.reader(session, ctx), letter_id)
        school = session.scalars(select(School)).one()
        address = _address(session.get(Person, letter.person_id) if letter.person_id else None)
        number = letter_state.number(letter)
        message = _message(school, number, content, address)
        head = _subject(school, number)
    with ctx.database.writing() as session:
        audit.write(
            session,
            actor_id=ctx.user.id,
            at=ctx.now(),
            action="letter.email_made",
            object_kind="letter",
            object_id=letter_id,
            detail={"number": number, "to": address},
        )
        # Last, and inside: no e-mail lies anywhere of which nothing is written down.
        write_whole(file, head + message.as_bytes())
    return address


def file_name(number: str) -> str:
    """What the file of the e-mail is called: the letter's number and nobody's name."""
    return mail_out.file_name(number).removesuffix(".pdf") + ".eml"


def _address(person: Person | None) -> str:
    """The person's e-mail address as it stands in a header; "" where there is none. Raises Invalid."""
    address = person.email.strip() if person is not None else ""
    if not address:
        return ""
    try:
        parsed = Address(addr_spec=address)
    except (HeaderParseError, ValueError, IndexError, AttributeError) as error:
        raise _no_address(address) from error
    if not parsed.username or not parsed.domain or not address.isascii():
        raise _no_address(address)
    return parsed.addr_spec


def _no_address(address: str) -> Invalid:
    return Invalid.one(
        "email",
        f"“{address}” on the person's record is no e-mail address that every program understands. Correct it there, "
        "under People.",
    )


def _subject(school: School, number: str) -> bytes:
    """The line with the subject. ``EmailMessage`` loses blanks where it folds one with letters beyond ASCII."""
    words = f"Letter from {' '.join(school.name.split())}, {number}"
    header = Header(words, "us-ascii" if words.isascii() else "utf-8", header_name="Subject")
    return b"Subject: " + header.encode(linesep="\r\n").encode("ascii") + b"\r\n"


def _message(school: School, number: str, content: bytes, address: str) -> EmailMessage:
    """The e-mail without its subject."""
    message = EmailMessage(policy=SMTP)
    # Outlook opens it as a draft to be looked over and sent, not as something that came in.
    message["X-Unsent"] = "1"
    if address:
        message["To"] = address
    name = " ".join(school.name.split())
    reach = [each for each in (school.phone, school.email) if each]
    message.set_content(
        "\n".join(
            [
                f"A letter from {name} is attached. Its number is {number}.",
                "",
                "It is a PDF file that a screen reader can read. If you cannot open it, or would like it on paper or "
                "in large print, please tell the school office"
                + (f": {', '.join(reach)}." if reach else "."),
                "",
                "If this letter is not meant for you, please delete it and tell us.",
                "",
                name,
            ]
        )
        + "\n"
    )
    message.add_attachment(
        content, maintype="application", subtype="pdf", filename=mail_out.file_name(number)
    )
    return message
