"""Letters from draft to envelope (DOC-1): the office drafts, the headteacher approves with their signing key, the
letter is issued once, and what was issued never changes.

The headteacher may draft a letter and approve it too: in a small school there is nobody else, and the signature
says who it was. Nobody approves a letter about themselves; where the headteacher is the subject, the chair of
governors decides (CON-5).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy.orm import Session

from smdesk.db import audit, evidence
from smdesk.db.models import Letter
from smdesk.errors import Conflict, NotAllowed, Refused
from smdesk.policy.words import in_a_sentence
from smdesk.security import signatures
from smdesk.security.permissions import Permission
from smdesk.services import (
    block_letters,
    case_letters,
    connection_sight,
    exception_letters,
    incident_drafting,
    incident_stand,
    key_trust,
    letter_edits,
    letter_matter,
    letter_paper,
    letter_sending,
    letter_signing,
    letter_state,
    letter_views,
    message_letters,
    sight,
)
from smdesk.services.context import Context, Saved, needs
from smdesk.services.letter_lists import (
    for_block,
    for_case,
    for_exception,
    for_incident,
    for_message,
    rows,
    sorted_ids,
)
from smdesk.services.letter_matter import Matter
from smdesk.services.letter_records import (
    INCIDENT_KINDS,
    TO_AUTHORS,
    ExceptionLetterChoice,
    LetterChoice,
    LetterEdit,
    LetterKind,
    LetterRecord,
    LetterStatus,
    NameHit,
    SentHow,
)
from smdesk.services.sight import Reader

__all__ = [
    "approve",
    "choices",
    "choices_for_exception",
    "draft",
    "draft_for_block",
    "draft_for_case",
    "draft_for_exception",
    "draft_for_message",
    "for_block",
    "for_case",
    "for_exception",
    "for_incident",
    "for_message",
    "get",
    "issue",
    "issued_pdf",
    "name_check",
    "preview_new",
    "preview_pdf",
    "record_returned",
    "record_sent",
    "return_with_note",
    "rows",
    "save",
    "sorted_ids",
    "submit",
    "withdraw",
]


@needs(Permission.LETTERS_READ)
def choices(ctx: Context, incident_id: int, person_id: int | None = None) -> list[LetterChoice]:
    """Every kind of letter for this incident's first author (or ``person_id``, one of several), for whoever reported it
    and for the offices: open, or refused with the policy's reason.
    """
    with ctx.database.reading() as session:
        who = sight.reader(session, ctx)
        incident = sight.require_full(session, who, incident_id)
        found = []
        for kind in INCIDENT_KINDS:
            to = person_id if kind in TO_AUTHORS else None
            person = incident_drafting.reader_of(session, incident, kind, to)
            stand = incident_stand.stand(session, incident, person, kind, sight.where_full(who))
            found.append(LetterChoice(kind, not stand.refused, stand.rule, stand.why, bool(stand.skips)))
        return found


@needs(Permission.LETTERS_DRAFT)
def draft(
    ctx: Context, incident_id: int, kind: LetterKind, person_id: int | None = None, step_reason: str = ""
) -> Saved:
    """Draft a letter to whoever posted (or to ``person_id``, one of several authors), to an office, or to whoever
    reported it, by its kind.

    Raises Refused with the rule where the policy rules it out (INC-3, INC-5, INC-7, INC-9) or the incident is
    closed; Invalid naming ``step_reason`` where it would leave a step out, or each field the school's records lack.
    """
    with ctx.database.writing() as session:
        who = sight.reader(session, ctx)
        incident = sight.require_full(session, who, incident_id)
        if incident.status != "open":
            raise Refused("This incident is closed. Open it again to write a letter.")
        person = incident_drafting.reader_of(session, incident, kind, person_id)
        if letter_state.unfinished(session, kind, person.id if person else None, incident_id=incident_id):
            raise Refused(letter_state.WAITS)
        letter = incident_drafting.composed(session, ctx, who, incident, kind, person, step_reason.strip())
        session.add(letter)
        session.flush()
        said = {"kind": letter.kind, "reason": letter.step_reason}
        return _saved(session, ctx, letter, incident, "letter.drafted", said)


@needs(Permission.LETTERS_DRAFT)
def preview_new(ctx: Context, incident_id: int, kind: LetterKind, step_reason: str = "") -> bytes:
    """The PDF a draft of this kind would give, marked as a draft; nothing is kept. Raises as ``draft`` does."""
    with ctx.database.reading() as session:
        who = sight.reader(session, ctx)
        incident = sight.require_full(session, who, incident_id)
        person = incident_drafting.reader_of(session, incident, kind)
        letter = incident_drafting.composed(session, ctx, who, incident, kind, person, step_reason.strip())
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
        letter, matter = letter_matter.load(session, who, letter_id)
        if LetterStatus(letter.status) not in letter_views.EDITABLE:
            raise Refused("An approved letter is not changed. Withdraw it and draft a new one.")
        before = letter_state.edit_of(letter)
        if letter.version != expected_version:
            raise Conflict(
                "Somebody else saved this letter while you were editing it.",
                letter_edits.differences(before, edit),
                letter.version,
            )
        letter_edits.check(edit, ctx.today(), LetterKind(letter.kind), letter.language)
        if before.reply_by:
            edit = letter_edits.with_day_moved(edit, before.reply_by, letter.language)
        letter_state.put(letter, edit)
        if letter.status == LetterStatus.SUBMITTED:
            letter.status, letter.submitted_at = LetterStatus.DRAFT, None
        changed = {each.field: [each.theirs, each.mine] for each in letter_edits.differences(before, edit)}
        return _saved(session, ctx, letter, matter, "letter.saved", changed)


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
        letter_edits.check(edit, ctx.today(), LetterKind(letter.kind), letter.language)
        letter_matter.subject(matter).check_submitting(session, letter, matter, edit, ctx.today())
        letter.status, letter.submitted_at = LetterStatus.SUBMITTED, ctx.now()
        return _saved(session, ctx, letter, matter, "letter.submitted", None)


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
        letter_edits.check(edit, ctx.today(), LetterKind(letter.kind), letter.language)
        hits = letter_matter.names_in(session, letter, matter, edit, ctx.today())
        if hits and not names_reason:
            raise Refused(
                f"The letter names {letter_state.names_sentence(hits)}. Return it to have the name taken out, or "
                "give the reason why it must stand."
            )
        letter_matter.subject(matter).check(session, letter, matter, edit, ctx.today())
        key, signing = key_trust.own_key(session, ctx, "approve letters")
        # Read before the letter changes: from here on it must reach the database in one piece.
        about = letter_matter.subject(matter).about(session, letter, matter, ctx.today())
        letter.names_reason = names_reason if hits else ""
        letter.approved_by, letter.approved_at, letter.signing_key_id = ctx.user.id, ctx.now(), key.id
        letter.status, letter.returned_note = LetterStatus.APPROVED, ""
        with session.no_autoflush:
            beside = letter_paper.beside_the_text(session, letter, edit)
            payload = letter_signing.payload(letter, matter, [hit.person_id for hit in hits], about, beside)
        letter.signed_payload = signatures.canonical(payload).decode("utf-8")
        letter.signature = signatures.sign(signing, payload)
        _on_timeline(session, ctx, letter, matter, "Approved", names_reason if hits else "")
        return _saved(session, ctx, letter, matter, "letter.approved", {"names_reason": letter.names_reason})


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
        return _saved(session, ctx, letter, matter, "letter.returned", {"note": note})


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
            letter_sending.check_before_issue(session, ctx, letter, matter)
            stored = letter_sending.number_and_store(session, ctx, letter)
            letter_matter.subject(matter).write_issued(session, ctx, letter, matter)
            detail = {"number": letter_state.number(letter), "sha256": stored.sha256}
            return _saved(session, ctx, letter, matter, "letter.issued", detail)
    except BaseException:
        if stored is not None:
            evidence.remove_unless_saved(
                ctx.database, ctx.folder.papers, Letter.stored_name, stored.stored_name
            )
        raise


@needs(Permission.LETTERS_ISSUE)
def record_sent(
    ctx: Context, letter_id: int, how: SentHow, on: date, note: str = "", proof: str = ""
) -> Saved:
    """Record how and when an issued letter went, with the number on the proof of posting where there is one. Recorded
    again it is put right; the timeline keeps both. Raises Invalid, Refused before it is issued.
    """
    with ctx.database.writing() as session:
        letter, matter = letter_matter.load(session, sight.reader(session, ctx), letter_id)
        letter_edits.must_be(letter, {LetterStatus.ISSUED})
        detail = letter_sending.sent(session, ctx, letter, matter, how, on, note.strip(), proof.strip())
        return _saved(session, ctx, letter, matter, "letter.sent", detail)


@needs(Permission.LETTERS_ISSUE)
def record_returned(ctx: Context, letter_id: int, on: date, why: str) -> Saved:
    """Record that a letter came back undelivered, and why. Raises Invalid, Refused where it has not gone by post."""
    why = letter_edits.required(why, "why", "Write down what stands on the envelope, or why it came back.")
    with ctx.database.writing() as session:
        letter, matter = letter_matter.load(session, sight.reader(session, ctx), letter_id)
        letter_edits.must_be(letter, {LetterStatus.ISSUED})
        detail = letter_sending.returned(session, ctx, letter, matter, on, why)
        return _saved(session, ctx, letter, matter, "letter.came_back", detail)


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
        return _saved(session, ctx, letter, matter, "letter.withdrawn", {"reason": reason})


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
        return _drafted(session, ctx, letter, exception)


@needs(Permission.LETTERS_DRAFT)
def draft_for_case(ctx: Context, case_id: int, kind: LetterKind) -> Saved:
    """Draft a letter that tells whoever proposed a business case what became of it (ACC-2).

    Raises Refused where the case does not stand so or nobody on record proposed it; Invalid naming each field the
    school's records lack; NotFound.
    """
    with ctx.database.writing() as session:
        case = case_letters.require(session, sight.reader(session, ctx), case_id)
        letter = case_letters.composed(session, ctx, case, kind)
        return _drafted(session, ctx, letter, case)


@needs(Permission.LETTERS_DRAFT)
def draft_for_message(ctx: Context, message_id: int) -> Saved:
    """Draft the acknowledgement of a message on a school account (ACC-5). Raises Refused where nobody on record sent
    it; Invalid naming each field the school's records lack; NotFound.
    """
    with ctx.database.writing() as session:
        message = message_letters.require(session, sight.reader(session, ctx), message_id)
        letter = message_letters.composed(session, ctx, message)
        return _drafted(session, ctx, letter, message)


@needs(Permission.LETTERS_DRAFT)
def draft_for_block(ctx: Context, block_id: int) -> Saved:
    """Draft the notice of a block to whoever was blocked (ACC-9). Raises Refused where that is nobody on record or the
    block has ended; Invalid naming each field the school's records lack; NotFound.
    """
    with ctx.database.writing() as session:
        block = block_letters.require(session, sight.reader(session, ctx), block_id)
        letter = block_letters.composed(session, ctx, block)
        return _drafted(session, ctx, letter, block)


def _drafted(session: Session, ctx: Context, letter: Letter, matter: Matter) -> Saved:
    session.add(letter)
    session.flush()
    return _saved(
        session, ctx, letter, matter, "letter.drafted", {"kind": letter.kind, "to": letter.person_id}
    )


def _note_opening(ctx: Context, matter: Matter) -> None:
    """Write down that a letter about a confidential matter was opened."""
    knows = letter_matter.subject(matter)
    if knows.is_confidential(matter):
        with ctx.database.writing() as session:
            knows.note_opening(session, ctx, matter)


def _require_decider(session: Session, who: Reader, matter: Matter) -> None:
    knows = letter_matter.subject(matter)
    if not knows.is_decidable(session, who, matter):
        raise NotAllowed(knows.who_decides(session, who, matter))


def _on_timeline(
    session: Session, ctx: Context, letter: Letter, matter: Matter, what: str, reason: str
) -> None:
    knows = letter_matter.subject(matter)
    called = knows.name(session, letter, matter)
    knows.write_line(session, ctx, letter, matter, f"{called}: {in_a_sentence(what)}", reason, None)


def _saved(
    session: Session,
    ctx: Context,
    letter: Letter,
    matter: Matter,
    action: str,
    detail: Mapping[str, object] | None,
) -> Saved:
    if letter.version is not None and action != "letter.drafted":
        letter.version += 1
    session.flush()
    changes = letter_matter.refresh(session, letter, matter, issued=action == "letter.issued")
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
