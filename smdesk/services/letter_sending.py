"""An approved letter on its way: its number, the paper that is kept, how it went, and that it came back. Session first:
``services.letters`` calls these inside its transactions.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from smdesk.db import evidence
from smdesk.db.models import Letter
from smdesk.errors import Invalid, Problem, Refused
from smdesk.policy.words import written_day
from smdesk.services import letter_edits, letter_matter, letter_paper, letter_signing, letter_state
from smdesk.services.context import Context
from smdesk.services.letter_matter import Matter
from smdesk.services.letter_records import (
    LONGEST_PROOF,
    SENT_HOW_LABELS,
    LetterStatus,
    SentHow,
    has_address,
)


def check_before_issue(session: Session, ctx: Context, letter: Letter, matter: Matter) -> None:
    """Raise Refused where an approved letter must not go out any more, Tampered where it is not what was signed."""
    knows = letter_matter.subject(matter)
    knows.check_open(matter)
    letter_signing.check_signature(session, letter, matter)
    if letter.reply_by is not None and letter.reply_by <= ctx.today():
        raise Refused(
            f"The letter asks for an answer by {written_day(letter.reply_by)}, and that day has come. "
            "Withdraw it and draft a new one."
        )
    edit = letter_state.edit_of(letter)
    known = letter_signing.approved_names(letter)
    hits = letter_matter.names_in(session, letter, matter, edit, ctx.today())
    fresh = [hit for hit in hits if hit.person_id not in known]
    if fresh:
        raise Refused(
            f"The letter names {letter_state.names_sentence(fresh)}, which was not seen when it was approved. "
            "Withdraw it and draft a new one."
        )
    signed = letter_signing.approved_about(letter)
    knows.check_still(session, letter, matter, signed, edit, ctx.today())
    letter_paper.check_beside(session, letter, edit, letter_signing.approved_beside(letter))


def number_and_store(session: Session, ctx: Context, letter: Letter) -> evidence.StoredFile:
    """Give the letter the next number of the year, make its paper and keep it. The caller removes the file where the
    transaction fails. Raises StorageProblem, Refused.
    """
    today = ctx.today()
    last = session.scalar(select(func.max(Letter.issue_number)).where(Letter.issue_year == today.year))
    letter.issue_year, letter.issue_number = today.year, (last or 0) + 1
    with session.no_autoflush:
        content = letter_paper.pdf(session, letter, letter_state.edit_of(letter), today)
    # On the disk before the row: a cut leaves a file without a row, never a row without its file.
    stored = evidence.store(ctx.folder.papers, content, letter_signing.PAPER)
    letter.sha256, letter.size = stored.sha256, stored.size
    letter.stored_name, letter.file_key = stored.stored_name, stored.key
    letter.issued_on, letter.issued_at, letter.issued_by = today, ctx.now(), ctx.user.id
    letter.status = LetterStatus.ISSUED
    return stored


def sent(
    session: Session,
    ctx: Context,
    letter: Letter,
    matter: Matter,
    how: SentHow,
    on: date,
    note: str,
    proof: str,
) -> dict[str, object]:
    """Write down how an issued letter went. Returns what the audit log is told. Raises Invalid."""
    problems = _day_problems(ctx, letter, on)
    if how is SentHow.POST and not has_address(letter.addressee):
        problems.append(
            Problem(
                "how",
                "The letter carries no address, so it cannot have gone by post. By hand, or by e-mail?",
            )
        )
    if len(note) > letter_edits.LONGEST_NOTE:
        problems.append(Problem("note", f"At most {letter_edits.LONGEST_NOTE:,} letters can be kept."))
    if proof and how is not SentHow.POST:
        problems.append(Problem("proof", "A proof of posting belongs to a letter that went by post."))
    if len(proof) > LONGEST_PROOF:
        problems.append(Problem("proof", f"At most {LONGEST_PROOF} letters and figures."))
    if problems:
        raise Invalid(problems)
    letter.sent_how, letter.sent_on, letter.sent_note, letter.sent_proof = how.value, on, note, proof
    # Sent again, it is on its way; that it came back before stands on the timeline.
    letter.returned_on, letter.returned_why = None, ""
    text = f"{letter_state.number(letter)}: sent {SENT_HOW_LABELS[how].lower()}"
    if proof:
        text += f", proof of posting {proof}"
    if note:
        text += f". {note}"
    letter_matter.subject(matter).write_line(session, ctx, letter, matter, text, "", on)
    return {"how": how.value, "on": on, "note": note, **({"proof": proof} if proof else {})}


def _day_problems(ctx: Context, letter: Letter, on: date) -> list[Problem]:
    problems = []
    if on > ctx.today():
        problems.append(Problem("on", "The day lies in the future. Record it when the letter has gone."))
    if letter.issued_on is not None and on < letter.issued_on:
        problems.append(Problem("on", "The letter cannot have gone before it was issued. Check the date."))
    return problems


def returned(
    session: Session, ctx: Context, letter: Letter, matter: Matter, on: date, why: str
) -> dict[str, object]:
    """Write down that a letter came back. Returns what the audit log is told. Raises Invalid, Refused."""
    if letter.sent_on is None:
        raise Refused("Nobody has recorded that this letter went. Record how it was sent first.")
    problems = []
    if on > ctx.today():
        problems.append(Problem("on", "The day lies in the future. Record it when the letter has come back."))
    if on < letter.sent_on:
        problems.append(
            Problem(
                "on",
                f"The letter went on {written_day(letter.sent_on)}: it cannot have come back before that.",
            )
        )
    if problems:
        raise Invalid(problems)
    letter.returned_on, letter.returned_why = on, why
    text = f"{letter_state.number(letter)}: came back undelivered. {why}"
    letter_matter.subject(matter).write_line(session, ctx, letter, matter, text, "", on)
    return {"on": on, "why": why}
