"""Letters about a message on a school account: its acknowledgement (ACC-5, DOC-1).

One of the modules behind ``letter_matter``: see ``letter_matter.Subject``. Session first, as in ``letter_state``.

A message that was handed over is acknowledged from its incident, to whoever reported it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from typing import Final

from sqlalchemy.orm import Session

from smdesk.db.models import AccountMessage, Letter, Person, SchoolAccount, User
from smdesk.errors import Refused
from smdesk.policy.deadlines import LONDON
from smdesk.security.permissions import Role
from smdesk.services import (
    account_letter_base,
    account_letter_sight,
    account_wording,
    incident_state,
    letter_drafting,
    letter_state,
    messages,
)
from smdesk.services.account_wording import AcknowledgementFacts
from smdesk.services.account_words import account_name
from smdesk.services.context import Changes, Context
from smdesk.services.letter_records import LETTER_KIND_LABELS, LetterEdit, LetterKind
from smdesk.services.message_records import MessageKind
from smdesk.services.people_base import name_of
from smdesk.services.sight import Reader

_KIND: Final = LetterKind.ACKNOWLEDGEMENT


# Who opens and decides it


require = account_letter_sight.require_message


def reference(message: AccountMessage) -> str:
    """As printed: "2026/M0031"."""
    return messages.reference(message.year, message.number)


def role(session: Session, message: AccountMessage) -> Role:
    """Whose signature its letters carry: the headteacher's, or the chair's where the headteacher wrote the message."""
    return account_letter_sight.role(session, message.person_id)


def is_decidable(session: Session, who: Reader, message: AccountMessage) -> bool:
    """Whether this reader decides about its letters: nobody about a letter to themselves (CON-5)."""
    return account_letter_sight.decides(session, who, message.person_id)


def who_decides(session: Session, who: Reader, message: AccountMessage) -> str:
    """Whose decision its letters are, as a sentence."""
    return account_letter_sight.why_not(session, who, message.person_id, role(session, message))


is_confidential = account_letter_sight.is_confidential
note_opening = account_letter_sight.note_opening


# What may be told


def why_not(session: Session, message: AccountMessage, today: date) -> str:
    """Why no acknowledgement can be drafted now, or ""."""
    found = state_fault(message)
    if found:
        return found
    if message.settled_how == "closed":
        return "This message was closed without an answer. Open it again first."
    nobody = (
        "Nobody on record is chosen as having written it, so there is nobody to address. Choose the person in the "
        "message, or acknowledge it on the account."
    )
    return account_letter_base.why_not_to(
        session, _KIND, message.person_id, nobody, today, message_id=message.id
    )


def state_fault(message: AccountMessage) -> str:
    """Why a letter about this message may not go out, or ""."""
    if message.withdrawn_at is not None:
        return "This message was withdrawn: it was logged by mistake."
    if message.incident_id is not None:
        return "This message is handled as an incident. Write to whoever reported it from there."
    return ""


# Drafting


def composed(session: Session, ctx: Context, message: AccountMessage) -> Letter:
    """A new draft to whoever wrote the message, not added to the session. Raises Refused where it may not be written,
    Invalid naming each field that the records lack.
    """
    why = why_not(session, message, ctx.today())
    if why or message.person_id is None:
        raise Refused(f"{LETTER_KIND_LABELS[_KIND]}: {why}", "ACC-5")
    person = account_letter_base.kept(session, message.person_id)
    school = account_letter_base.the_school(session)
    account = session.get_one(SchoolAccount, message.account_id)
    facts = AcknowledgementFacts(
        what="complaint" if message.kind == MessageKind.COMPLAINT else "comment",
        reference=reference(message),
        received_on=incident_state.local_date(message.received_at),
        account=account_name(account.handle, account.platform),
        contact=account_letter_base.contact(session, school, person, role(session, message)),
        complaints=school.complaints_procedure,
        channels=school.official_channels,
    )
    letter = letter_drafting.draft(
        session,
        ctx,
        _KIND,
        person,
        lambda found, reads: account_wording.acknowledgement_words(found, replace(facts, language=reads)),
    )
    letter.message_id = message.id
    return letter


# Does it still hold


def check(session: Session, letter: Letter, message: AccountMessage, edit: LetterEdit, today: date) -> None:
    """Raise Refused where the letter may not go out as it stands."""
    account_letter_base.check_to(session, letter, message.person_id, today, "the one who wrote this message")
    why = state_fault(message)
    if why:
        raise Refused(f"{LETTER_KIND_LABELS[_KIND]}: {why} Withdraw the letter.", "ACC-5")


check_submitting = check


def check_open(message: AccountMessage) -> None:
    """Nothing: an answered message may be acknowledged in writing all the same."""


def about(
    session: Session, letter: Letter, message: AccountMessage, today: date
) -> dict[str, str | int | None]:
    """Whom the letter goes to, as signed with it: today's name, not an id that a merge may change."""
    return {"to": name_of(session.get_one(Person, letter.person_id))}


def check_still(
    session: Session, letter: Letter, message: AccountMessage, signed: object, edit: LetterEdit, today: date
) -> None:
    """Raise Refused where an approved letter is not true any more. ``signed`` is what was signed of ``about``."""
    check(session, letter, message, edit, today)
    if signed != about(session, letter, message, today):
        raise Refused(
            "Since the letter was approved a name has changed on record. Withdraw it and draft a new one."
        )


# What it says


def involved(session: Session, message: AccountMessage) -> set[int]:
    """People whose names are looked for closely: whoever wrote it. Pupils are looked for everywhere."""
    return {message.person_id} if message.person_id is not None else set()


meant = account_letter_base.meant
closing = account_letter_base.closing
footer = account_letter_base.footer


def note(session: Session, letter: Letter, message: AccountMessage) -> str:
    """What whoever decides should know: that somebody has replied already."""
    if message.answered_at is not None:
        return "The message has been answered meanwhile."
    return ""


# Where it is written down


name = account_letter_base.name


def write_line(
    session: Session,
    ctx: Context,
    letter: Letter,
    message: AccountMessage,
    text: str,
    reason: str = "",
    on: date | None = None,
) -> None:
    """A line about the letter in the message's history (INC-14). Once it has gone, the message is acknowledged."""
    account_letter_base.write_line(session, ctx, "message", message.id, text, reason, "ACC-5", on)
    if letter.sent_on is not None and letter.returned_on is None:
        _acknowledge(session, ctx, letter, message, letter.sent_on)


def write_issued(session: Session, ctx: Context, letter: Letter, message: AccountMessage) -> None:
    """The line that it was issued. The clock runs on until it has gone."""
    write_line(session, ctx, letter, message, account_letter_base.issued_words(session, letter))


def refresh(session: Session, letter: Letter, message: AccountMessage, issued: bool) -> Changes:
    """What was touched beside the letter and its person."""
    return frozenset({("message", message.id), ("account", message.account_id)})


def _acknowledge(
    session: Session, ctx: Context, letter: Letter, message: AccountMessage, sent_on: date
) -> None:
    """An acknowledgement that went out counts as a reply and stops the clock (ACC-5), once: what was recorded before
    stays.
    """
    if message.acknowledged_at is not None or message.settled_at is not None:
        return
    if message.withdrawn_at is not None:
        return
    # Nobody says at what time it went. Today: by now. A day before: by its end, never earlier than it was.
    at = ctx.now()
    if sent_on < ctx.today():
        at = datetime.combine(sent_on, time(23, 59), tzinfo=LONDON)
    if at < message.received_at:
        return
    signer = session.get(User, letter.approved_by) if letter.approved_by is not None else None
    message.acknowledged_at = at
    message.acknowledged_by = signer.name if signer is not None else ctx.user.name
    message.acknowledgement = f"By letter {letter_state.number(letter)}."
    message.replied_at = min(
        each for each in (message.acknowledged_at, message.answered_at) if each is not None
    )
    message.version += 1
