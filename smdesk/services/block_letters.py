"""Letters about a block on the register: its notice to whoever was blocked (ACC-9, DOC-1).

One of the modules behind ``letter_matter``: see ``letter_matter.Subject``. Session first, as in ``letter_state``.

Where the block came from an incident, its notice is a step of the ladder and is written there (INC-5).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from smdesk.db.models import Block, Incident, Letter, Person, SchoolAccount
from smdesk.errors import Refused
from smdesk.policy.words import written_day
from smdesk.security.permissions import Role, decider
from smdesk.services import (
    account_letter_base,
    account_letter_sight,
    account_wording,
    incident_state,
    incident_words,
    letter_drafting,
    sight,
)
from smdesk.services.account_wording import BlockFacts
from smdesk.services.account_words import account_name
from smdesk.services.context import Changes, Context
from smdesk.services.letter_records import LETTER_KIND_LABELS, LetterEdit, LetterKind
from smdesk.services.people_base import name_of
from smdesk.services.sight import Reader

_KIND: Final = LetterKind.BLOCK_NOTICE


# Who opens and decides it


require = account_letter_sight.require_block


def reference(block: Block) -> str:
    """As printed. A block has no number of the year: its place on the register is what names it."""
    return f"Block {block.id}"


def role(session: Session, block: Block) -> Role:
    """Whose signature its letters carry: as its incident has it, else as whoever is blocked."""
    if block.incident_id is None:
        return account_letter_sight.role(session, block.person_id)
    incident = session.get_one(Incident, block.incident_id)
    return decider(incident.headteacher_is_subject)


def is_decidable(session: Session, who: Reader, block: Block) -> bool:
    """Whether this reader decides about its letters: nobody about a letter to themselves (CON-5)."""
    if block.incident_id is None:
        return account_letter_sight.decides(session, who, block.person_id)
    incident = session.get_one(Incident, block.incident_id)
    return sight.is_decidable(session, who, incident) and not account_letter_sight.is_to(
        session, who, block.person_id
    )


def who_decides(session: Session, who: Reader, block: Block) -> str:
    """Whose decision its letters are, as a sentence."""
    return account_letter_sight.why_not(session, who, block.person_id, role(session, block))


is_confidential = account_letter_sight.is_confidential
note_opening = account_letter_sight.note_opening


# What may be told


def why_not(session: Session, block: Block, today: date) -> str:
    """Why no notice can be drafted now, or ""."""
    found = state_fault(block)
    if found:
        return found
    if block.incident_id is not None:
        incident = session.get_one(Incident, block.incident_id)
        return (
            f"This block came from incident {incident_words.reference(incident.year, incident.number)}. Write its "
            "notice there, so that the step is taken with the person (INC-5)."
        )
    nobody = (
        "Nobody on record is chosen as being blocked, so there is nobody to address. Choose the person in the "
        "block, if it is known who it is."
    )
    return account_letter_base.why_not_to(session, _KIND, block.person_id, nobody, today, block_id=block.id)


def state_fault(block: Block) -> str:
    """Why a notice of this block may not go out, or ""."""
    if block.ended_on is not None:
        return f"This block ended on {written_day(block.ended_on)}: there is nothing to give notice of."
    return ""


# Drafting


def composed(session: Session, ctx: Context, block: Block) -> Letter:
    """A new draft to whoever is blocked, not added to the session. Raises Refused where it may not be written, Invalid
    naming each field that the records lack.
    """
    why = why_not(session, block, ctx.today())
    if why or block.person_id is None:
        raise Refused(f"{LETTER_KIND_LABELS[_KIND]}: {why}", "ACC-9")
    person = account_letter_base.kept(session, block.person_id)
    school = account_letter_base.the_school(session)
    facts = BlockFacts(
        reference=reference(block),
        place=_place(session, block),
        since_on=block.since_on,
        review_on=block.review_on if block.review_on and block.review_on > ctx.today() else None,
        reason=block.reason,
        contact=account_letter_base.contact(session, school, person, role(session, block)),
        complaints=school.complaints_procedure,
        channels=school.official_channels,
    )
    letter = letter_drafting.draft(
        session,
        ctx,
        _KIND,
        person,
        lambda found, reads: account_wording.block_words(found, replace(facts, language=reads)),
    )
    letter.block_id = block.id
    return letter


def _place(session: Session, block: Block) -> str:
    if block.account_id is None:
        return block.place
    account = session.get_one(SchoolAccount, block.account_id)
    return account_name(account.handle, account.platform)


# Does it still hold


def check(session: Session, letter: Letter, block: Block, edit: LetterEdit, today: date) -> None:
    """Raise Refused where the notice may not go out as it stands."""
    account_letter_base.check_to(session, letter, block.person_id, today, "the one who is blocked")
    why = state_fault(block)
    if why:
        raise Refused(f"{LETTER_KIND_LABELS[_KIND]}: {why} Withdraw the letter.", "ACC-9")


check_submitting = check


def check_open(block: Block) -> None:
    """Nothing beside ``check``, which asks whether the block stands."""


def about(session: Session, letter: Letter, block: Block, today: date) -> dict[str, str | int | None]:
    """Whom and what the notice is about, as signed with it."""
    return {
        "to": name_of(session.get_one(Person, letter.person_id)),
        "place": _place(session, block),
        "since": block.since_on.isoformat(),
    }


def check_still(
    session: Session, letter: Letter, block: Block, signed: object, edit: LetterEdit, today: date
) -> None:
    """Raise Refused where an approved notice is not true any more. ``signed`` is what was signed of ``about``."""
    check(session, letter, block, edit, today)
    if signed != about(session, letter, block, today):
        raise Refused(
            "Since the notice was approved a name, or where and since when the block stands, has changed on record. "
            "Withdraw it and draft a new one.",
            "ACC-9",
        )


# What it says


def involved(session: Session, block: Block) -> set[int]:
    """People whose names are looked for closely: whoever is blocked, and everybody in the incident."""
    found = {block.person_id} if block.person_id is not None else set()
    if block.incident_id is not None:
        found |= incident_state.people_in(session, block.incident_id)
    return found


meant = account_letter_base.meant
closing = account_letter_base.closing
footer = account_letter_base.footer
note = account_letter_base.note


# Where it is written down


name = account_letter_base.name


def write_line(
    session: Session,
    ctx: Context,
    letter: Letter,
    block: Block,
    text: str,
    reason: str = "",
    on: date | None = None,
) -> None:
    """A line about the letter in the block's history (INC-14)."""
    account_letter_base.write_line(session, ctx, "block", block.id, text, reason, "ACC-9", on)


def write_issued(session: Session, ctx: Context, letter: Letter, block: Block) -> None:
    """The line that it was issued."""
    write_line(session, ctx, letter, block, account_letter_base.issued_words(session, letter))


def refresh(session: Session, letter: Letter, block: Block, issued: bool) -> Changes:
    """What was touched beside the letter and its person."""
    return frozenset({("block", block.id)})
