"""Letters from draft to envelope (DOC-1): the office drafts, the headteacher approves with their signing key, the
letter is issued once, and what was issued never changes.

The headteacher may draft a letter and approve it too: in a small school there is nobody else, and the signature
says who it was. Nobody approves a letter about themselves; where the headteacher is the subject, the chair of
governors decides (CON-5).
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from smdesk.db import audit, evidence
from smdesk.db.models import Letter
from smdesk.errors import Conflict, Invalid, NotAllowed, Problem, Refused
from smdesk.policy.words import in_a_sentence, written_day
from smdesk.security import signatures
from smdesk.security.permissions import Permission
from smdesk.services import (
    connection_sight,
    exception_letters,
    incident_letters,
    key_trust,
    letter_edits,
    letter_matter,
    letter_paper,
    letter_signing,
    letter_state,
    letter_views,
    sight,
)
from smdesk.services.context import Context, Saved, needs
from smdesk.services.letter_matter import Matter
from smdesk.services.letter_records import (
    LETTER_STEPS,
    SENT_HOW_LABELS,
    ExceptionLetterChoice,
    LetterChoice,
    LetterEdit,
    LetterKind,
    LetterRecord,
    LetterRow,
    LetterStatus,
    NameHit,
    SentHow,
    has_address,
)
from smdesk.services.letter_views import ListView
from smdesk.services.sight import Reader


@needs(Permission.LETTERS_READ)
def choices(ctx: Context, incident_id: int) -> list[LetterChoice]:
    """Every kind of letter for this incident's first author: open, or refused with the policy's reason."""
    with ctx.database.reading() as session:
        who = sight.reader(session, ctx)
        incident = sight.require_full(session, who, incident_id)
        person = incident_letters.addressee(session, incident, None)
        found = []
        for kind in LETTER_STEPS:
            stand = incident_letters.stand(session, incident, person, kind, sight.where_full(who))
            found.append(LetterChoice(kind, not stand.refused, stand.rule, stand.why, bool(stand.skips)))
        return found


@needs(Permission.LETTERS_DRAFT)
def draft(
    ctx: Context, incident_id: int, kind: LetterKind, person_id: int | None = None, step_reason: str = ""
) -> Saved:
    """Draft a letter to whoever posted (or to ``person_id``, one of several authors).

    Raises Refused with the rule where the policy rules it out (INC-3, INC-5, INC-7, INC-9) or the incident is
    closed; Invalid naming ``step_reason`` where it would leave a step out, or each field the school's records lack.
    """
    with ctx.database.writing() as session:
        who = sight.reader(session, ctx)
        incident = sight.require_full(session, who, incident_id)
        if incident.status != "open":
            raise Refused("This incident is closed. Open it again to write a letter.")
        person = incident_letters.addressee(session, incident, person_id)
        waiting = letter_state.unfinished(
            session, kind, person.id if person else None, incident_id=incident_id
        )
        if waiting is not None:
            raise Refused(
                "There is a letter of this kind to this person that is not issued yet. Use or withdraw it."
            )
        letter = incident_letters.composed(session, ctx, who, incident, kind, person, step_reason.strip())
        session.add(letter)
        session.flush()
        return _saved(
            session, ctx, letter, "letter.drafted", {"kind": letter.kind, "reason": letter.step_reason}
        )


@needs(Permission.LETTERS_DRAFT)
def preview_new(ctx: Context, incident_id: int, kind: LetterKind, step_reason: str = "") -> bytes:
    """The PDF a draft of this kind would give, marked as a draft; nothing is kept. Raises as ``draft`` does."""
    with ctx.database.reading() as session:
        who = sight.reader(session, ctx)
        incident = sight.require_full(session, who, incident_id)
        person = incident_letters.addressee(session, incident, None)
        letter = incident_letters.composed(session, ctx, who, incident, kind, person, step_reason.strip())
        content = letter_paper.pdf(session, letter, letter_state.edit_of(letter), ctx.today())
    _note_opening(ctx, incident)
    return content


@needs(Permission.LETTERS_READ)
def get(ctx: Context, letter_id: int) -> LetterRecord:
    """One letter. Opening one about a confidential matter is written down. Raises NotFound."""
    with ctx.database.reading() as session:
        who = sight.reader(session, ctx)
        letter, matter = letter_matter.load(session, who, letter_id)
        record = letter_views.record(session, who, letter, matter)
    _note_opening(ctx, matter)
    return record


@needs(Permission.LETTERS_DRAFT)
def save(ctx: Context, letter_id: int, edit: LetterEdit, expected_version: int) -> Saved:
    """Save an edited draft. One that waits for approval goes back to being a draft.

    Where the day to answer by changes, the date in the text changes with it. Raises Invalid, Conflict, Refused
    once it is approved.
    """
    edit = letter_edits.tidied(edit)
    with ctx.database.writing() as session:
        who = sight.reader(session, ctx)
        letter, _ = letter_matter.load(session, who, letter_id)
        if LetterStatus(letter.status) not in letter_views.EDITABLE:
            raise Refused("An approved letter is not changed. Withdraw it and draft a new one.")
        before = letter_state.edit_of(letter)
        if letter.version != expected_version:
            raise Conflict(
                "Somebody else saved this letter while you were editing it.",
                letter_edits.differences(before, edit),
                letter.version,
            )
        letter_edits.check(edit, ctx.today(), LetterKind(letter.kind))
        body = edit.body
        if before.reply_by and edit.reply_by and before.reply_by != edit.reply_by:
            body = body.replace(written_day(before.reply_by), written_day(edit.reply_by))
        letter.subject, letter.addressee, letter.salutation = edit.subject, edit.addressee, edit.salutation
        letter.body, letter.reply_by, letter.step_reason = body, edit.reply_by, edit.step_reason
        if letter.status == LetterStatus.SUBMITTED:
            letter.status, letter.submitted_at = LetterStatus.DRAFT, None
        changed = {each.field: [each.theirs, each.mine] for each in letter_edits.differences(before, edit)}
        return _saved(session, ctx, letter, "letter.saved", changed)


@needs(Permission.LETTERS_READ)
def name_check(ctx: Context, letter_id: int, edit: LetterEdit | None = None) -> list[NameHit]:
    """Whose names stand in the letter, saved or as being typed. ``start`` and ``end`` are places in the body; -1
    for a name in the subject, the salutation or the addressee's line.
    """
    with ctx.database.reading() as session:
        who = sight.reader(session, ctx)
        letter, matter = letter_matter.load(session, who, letter_id)
        return letter_matter.names_in(
            session, letter, matter, edit or letter_state.edit_of(letter), ctx.today()
        )


@needs(Permission.LETTERS_DRAFT)
def submit(ctx: Context, letter_id: int, expected_version: int) -> Saved:
    """Hand a draft to the headteacher (or the chair). Names found do not stop it here: whoever decides sees them."""
    with ctx.database.writing() as session:
        letter, matter = letter_matter.load(session, sight.reader(session, ctx), letter_id)
        letter_edits.at_version(letter, expected_version)
        letter_edits.must_be(letter, {LetterStatus.DRAFT, LetterStatus.RETURNED})
        edit = letter_state.edit_of(letter)
        letter_edits.check(edit, ctx.today(), LetterKind(letter.kind))
        letter_matter.check_submitting(session, letter, matter, edit, ctx.today())
        letter.status, letter.submitted_at = LetterStatus.SUBMITTED, ctx.now()
        return _saved(session, ctx, letter, "letter.submitted", None)


@needs(Permission.LETTERS_APPROVE)
def approve(ctx: Context, letter_id: int, expected_version: int, names_reason: str = "") -> Saved:
    """Approve a letter as it stands and sign it.

    The text signed is checked again for names, and the policy is asked again with the person's whole history:
    whoever decides may see more than the office. Raises NotAllowed for whoever does not decide here (CON-5), Refused
    where a name is found and no ``names_reason`` given, or where the policy rules the letter out.
    """
    names_reason = names_reason.strip()
    with ctx.database.writing() as session:
        who = sight.reader(session, ctx)
        letter, matter = letter_matter.load(session, who, letter_id)
        _require_decider(session, who, matter)
        letter_edits.at_version(letter, expected_version)
        letter_edits.must_be(letter, {LetterStatus.SUBMITTED})
        edit = letter_state.edit_of(letter)
        letter_edits.check(edit, ctx.today(), LetterKind(letter.kind))
        hits = letter_matter.names_in(session, letter, matter, edit, ctx.today())
        if hits and not names_reason:
            raise Refused(
                f"The letter names {letter_state.names_sentence(hits)}. Return it to have the name taken out, or "
                "give the reason why it must stand."
            )
        letter_matter.check_approving(session, letter, matter, edit, ctx.today())
        key, signing = key_trust.own_key(session, ctx, "approve letters")
        # Read before the letter changes: from here on it must reach the database in one piece.
        about = letter_matter.about(session, letter, matter, ctx.today())
        letter.names_reason = names_reason if hits else ""
        letter.approved_by, letter.approved_at, letter.signing_key_id = ctx.user.id, ctx.now(), key.id
        letter.status, letter.returned_note = LetterStatus.APPROVED, ""
        payload = letter_signing.payload(letter, matter, [hit.person_id for hit in hits], about)
        letter.signed_payload = signatures.canonical(payload).decode("utf-8")
        letter.signature = signatures.sign(signing, payload)
        _on_timeline(session, ctx, letter, matter, "Approved", names_reason if hits else "")
        return _saved(session, ctx, letter, "letter.approved", {"names_reason": letter.names_reason})


@needs(Permission.LETTERS_APPROVE)
def return_with_note(ctx: Context, letter_id: int, expected_version: int, note: str) -> Saved:
    """Give a letter back to be changed, saying what is wanted. Raises Invalid without a note."""
    note = letter_edits.required(note, "note", "Say what should be changed.")
    with ctx.database.writing() as session:
        who = sight.reader(session, ctx)
        letter, matter = letter_matter.load(session, who, letter_id)
        _require_decider(session, who, matter)
        letter_edits.at_version(letter, expected_version)
        letter_edits.must_be(letter, {LetterStatus.SUBMITTED})
        letter.status, letter.returned_note = LetterStatus.RETURNED, note
        _on_timeline(session, ctx, letter, matter, "Returned to be changed", note)
        return _saved(session, ctx, letter, "letter.returned", {"note": note})


@needs(Permission.LETTERS_ISSUE)
def issue(ctx: Context, letter_id: int, expected_version: int) -> Saved:
    """Give an approved letter its number, keep its PDF for good, and take the ladder's step with the person.

    Names are checked once more (a pupil may have been added since), and so is the policy. Raises Refused for either,
    StorageProblem where the paper cannot be written; then no number is used up.
    """
    stored: evidence.StoredFile | None = None
    try:
        with ctx.database.writing() as session:
            who = sight.reader(session, ctx)
            letter, matter = letter_matter.load(session, who, letter_id)
            letter_edits.at_version(letter, expected_version)
            letter_edits.must_be(letter, {LetterStatus.APPROVED})
            _check_before_issue(session, ctx, letter, matter)
            today = ctx.today()
            last = session.scalar(
                select(func.max(Letter.issue_number)).where(Letter.issue_year == today.year)
            )
            letter.issue_year, letter.issue_number = today.year, (last or 0) + 1
            with session.no_autoflush:
                content = letter_paper.pdf(session, letter, letter_state.edit_of(letter), today)
            # On the disk before the row: a cut leaves a file without a row, never a row without its file.
            stored = evidence.store(ctx.folder.papers, content, letter_signing.PAPER)
            letter.sha256, letter.size = stored.sha256, stored.size
            letter.stored_name, letter.file_key = stored.stored_name, stored.key
            letter.issued_on, letter.issued_at, letter.issued_by = today, ctx.now(), ctx.user.id
            letter.status = LetterStatus.ISSUED
            letter_matter.write_issued(session, ctx, letter, matter)
            detail = {"number": letter_state.number(letter), "sha256": stored.sha256}
            return _saved(session, ctx, letter, "letter.issued", detail)
    except BaseException:
        if stored is not None:
            evidence.remove_unless_saved(
                ctx.database, ctx.folder.papers, Letter.stored_name, stored.stored_name
            )
        raise


@needs(Permission.LETTERS_ISSUE)
def record_sent(ctx: Context, letter_id: int, how: SentHow, on: date, note: str = "") -> Saved:
    """Record how and when an issued letter went. Recorded again it is put right; the timeline keeps both."""
    note = note.strip()
    with ctx.database.writing() as session:
        letter, matter = letter_matter.load(session, sight.reader(session, ctx), letter_id)
        letter_edits.must_be(letter, {LetterStatus.ISSUED})
        problems = []
        if on > ctx.today():
            problems.append(Problem("on", "The day lies in the future. Record it when the letter has gone."))
        if letter.issued_on is not None and on < letter.issued_on:
            problems.append(
                Problem("on", "The letter cannot have gone before it was issued. Check the date.")
            )
        if how is SentHow.POST and not has_address(letter.addressee):
            problems.append(
                Problem(
                    "how",
                    "The letter carries no address, so it cannot have gone by post. By hand, or by e-mail?",
                )
            )
        if len(note) > letter_edits.LONGEST_NOTE:
            problems.append(Problem("note", f"At most {letter_edits.LONGEST_NOTE:,} letters can be kept."))
        if problems:
            raise Invalid(problems)
        letter.sent_how, letter.sent_on, letter.sent_note = how.value, on, note
        text = f"{letter_state.number(letter)}: sent {SENT_HOW_LABELS[how].lower()}"
        if note:
            text += f". {note}"
        letter_matter.write_line(session, ctx, letter, matter, text, on=on)
        return _saved(session, ctx, letter, "letter.sent", {"how": how.value, "on": on, "note": note})


@needs(Permission.LETTERS_DRAFT)
def withdraw(ctx: Context, letter_id: int, reason: str) -> Saved:
    """Give up a letter that has not been issued. Raises Refused for an issued one: add a note instead."""
    reason = letter_edits.required(reason, "reason", "Say why the letter is not to go out.")
    with ctx.database.writing() as session:
        letter, matter = letter_matter.load(session, sight.reader(session, ctx), letter_id)
        if letter.status == LetterStatus.ISSUED:
            raise Refused(
                f"An issued letter cannot be taken back. Add a note to the {letter_matter.kind(matter)}, or "
                "write again."
            )
        letter_edits.must_be(letter, letter_views.EDITABLE | {LetterStatus.APPROVED})
        letter.status, letter.withdrawn_at, letter.withdrawn_reason = (
            LetterStatus.WITHDRAWN,
            ctx.now(),
            reason,
        )
        if letter.approved_at is not None:
            _on_timeline(session, ctx, letter, matter, "Withdrawn before it was issued", reason)
        return _saved(session, ctx, letter, "letter.withdrawn", {"reason": reason})


@needs(Permission.LETTERS_READ)
def preview_pdf(ctx: Context, letter_id: int, edit: LetterEdit | None = None) -> bytes:
    """The letter as it would be printed, marked as a draft until it is issued; then the issued one.

    Taking out one about a confidential matter is written down, as in ``issued_pdf``.
    """
    with ctx.database.reading() as session:
        letter, matter = letter_matter.load(session, sight.reader(session, ctx), letter_id)
        if letter.status == LetterStatus.ISSUED:
            content = letter_signing.stored_paper(ctx.folder.papers, letter)
        else:
            content = letter_paper.pdf(session, letter, edit or letter_state.edit_of(letter), ctx.today())
    _note_opening(ctx, matter)
    return content


@needs(Permission.LETTERS_READ)
def issued_pdf(ctx: Context, letter_id: int) -> bytes:
    """The PDF that was issued, byte for byte. Raises Refused before issue, Tampered or Damaged where the file is not
    the one that was stored.
    """
    with ctx.database.reading() as session:
        letter, matter = letter_matter.load(session, sight.reader(session, ctx), letter_id)
        content = letter_signing.stored_paper(ctx.folder.papers, letter)
    _note_opening(ctx, matter)
    return content


@needs(Permission.LETTERS_READ)
def sorted_ids(ctx: Context, view: ListView, text: str = "") -> array[int]:
    """The letters of one view that this reader may see, newest first, as ids.

    ``text`` looks in number, reference, subject and the addressee's name.
    """
    with ctx.database.reading() as session:
        return letter_views.sorted_ids(session, sight.reader(session, ctx), view, text)


@needs(Permission.LETTERS_READ)
def rows(ctx: Context, ids: Sequence[int]) -> list[LetterRow]:
    """Lines of the list for these ids, in their order; those not visible (any more) are left out."""
    with ctx.database.reading() as session:
        return letter_views.rows(session, sight.reader(session, ctx), ids)


@needs(Permission.LETTERS_READ)
def for_incident(ctx: Context, incident_id: int) -> list[LetterRow]:
    """An incident's letters, newest first. Raises NotFound where the incident is missing or invisible."""
    with ctx.database.reading() as session:
        who = sight.reader(session, ctx)
        sight.require_full(session, who, incident_id)
        ids = session.scalars(
            select(Letter.id).where(Letter.incident_id == incident_id).order_by(Letter.id.desc())
        )
        return letter_views.rows(session, who, list(ids))


@needs(Permission.LETTERS_READ)
def choices_for_exception(ctx: Context, exception_id: int) -> list[ExceptionLetterChoice]:
    """Every kind of letter to everybody who is told what became of an exception: open, or with the reason why not.

    Raises NotFound where the exception is missing or invisible.
    """
    with ctx.database.reading() as session:
        exception = connection_sight.require_full(session, sight.reader(session, ctx), exception_id)
        return exception_letters.choices(session, exception, ctx.today())


@needs(Permission.LETTERS_DRAFT)
def draft_for_exception(ctx: Context, exception_id: int, kind: LetterKind, person_id: int) -> Saved:
    """Draft a letter that tells one person what became of an exception.

    Raises Refused where the exception does not stand so, or the letter is not this person's to have; Invalid naming
    each field the school's records lack; NotFound.
    """
    with ctx.database.writing() as session:
        exception = connection_sight.require_full(session, sight.reader(session, ctx), exception_id)
        letter = exception_letters.composed(session, ctx, exception, kind, person_id)
        session.add(letter)
        session.flush()
        return _saved(session, ctx, letter, "letter.drafted", {"kind": letter.kind, "to": letter.person_id})


@needs(Permission.LETTERS_READ)
def for_exception(ctx: Context, exception_id: int) -> list[LetterRow]:
    """An exception's letters, newest first. Raises NotFound where the exception is missing or invisible."""
    with ctx.database.reading() as session:
        who = sight.reader(session, ctx)
        connection_sight.require_full(session, who, exception_id)
        ids = session.scalars(
            select(Letter.id).where(Letter.exception_id == exception_id).order_by(Letter.id.desc())
        )
        return letter_views.rows(session, who, list(ids))


def _note_opening(ctx: Context, matter: Matter) -> None:
    """Write down that a letter about a confidential matter was opened."""
    if letter_matter.is_confidential(matter):
        with ctx.database.writing() as session:
            letter_matter.note_opening(session, ctx, matter)


def _require_decider(session: Session, who: Reader, matter: Matter) -> None:
    if not letter_matter.is_decidable(session, who, matter):
        raise NotAllowed(letter_matter.who_decides(session, who, matter))


def _check_before_issue(session: Session, ctx: Context, letter: Letter, matter: Matter) -> None:
    letter_matter.check_open(matter)
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
    letter_matter.check_issuing(session, letter, matter, signed, edit, ctx.today())


def _on_timeline(
    session: Session, ctx: Context, letter: Letter, matter: Matter, what: str, reason: str
) -> None:
    called = letter_matter.name(session, letter, matter)
    letter_matter.write_line(session, ctx, letter, matter, f"{called}: {in_a_sentence(what)}", reason)


def _saved(
    session: Session, ctx: Context, letter: Letter, action: str, detail: Mapping[str, object] | None
) -> Saved:
    if letter.version is not None and action != "letter.drafted":
        letter.version += 1
    session.flush()
    changes = letter_matter.refresh(session, letter, issued=action == "letter.issued")
    audit.write(
        session,
        actor_id=ctx.user.id,
        at=ctx.now(),
        action=action,
        object_kind="letter",
        object_id=letter.id,
        detail=detail,
    )
    return Saved(letter.id, letter.version, changes)
