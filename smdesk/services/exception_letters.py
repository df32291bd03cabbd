"""Letters about an exception: who may be written to, what the letter may tell them, and whether it still holds.

A letter goes to the adult, to a parent or carer of the pupil, or to the other person where they speak for themselves.
Who that is, and what was decided, is asked afresh when the letter is drafted, sent for approval, approved and issued:
links between people are taken away, people leave, and exceptions end while a letter lies on a desk.

One of the modules behind ``letter_matter``: see ``letter_matter.Subject``. Session first, as in ``letter_state``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import (
    ConnectionDecision,
    ConnectionException,
    Letter,
    Person,
    School,
)
from smdesk.errors import Refused
from smdesk.policy import deadlines
from smdesk.policy.vocabulary import Capacity, Link, PersonKind
from smdesk.policy.words import written_day
from smdesk.security.permissions import Role
from smdesk.services import (
    connection_sight,
    connection_signing,
    connection_state,
    connection_words,
    exception_readers,
    exception_text,
    exception_wording,
    incident_state,
    letter_drafting,
    letter_state,
    letter_wording,
    sight,
)
from smdesk.services.connection_records import (
    EXCEPTION_STATUS_LABELS,
    DecisionKind,
    DecisionOrigin,
    EndCause,
    ExceptionStatus,
    PaperAnswer,
)
from smdesk.services.context import Changes, Context
from smdesk.services.exception_readers import Addressee
from smdesk.services.exception_wording import ExceptionFacts
from smdesk.services.letter_records import (
    EXCEPTION_KINDS,
    LETTER_KIND_LABELS,
    Audience,
    ExceptionLetterChoice,
    LetterEdit,
    LetterKind,
    LetterStatus,
)
from smdesk.services.people_base import name_of
from smdesk.services.sight import Reader

_DECISIONS: Final = {
    LetterKind.EXCEPTION_APPROVED: (DecisionKind.APPROVE, DecisionKind.RENEW),
    LetterKind.EXCEPTION_REFUSED: (DecisionKind.REFUSE,),
    LetterKind.EXCEPTION_ENDED: (DecisionKind.END, DecisionKind.REVOKE),
}
_BY_DECISION: Final = (EndCause.ENDED, EndCause.REVOKED)
_BY_ITSELF: Final = (EndCause.ADULT_LEFT, EndCause.OTHER_LEFT, EndCause.ROLE_CHANGED)


# Who opens and decides it


def require(session: Session, who: Reader, exception_id: int) -> ConnectionException:
    """The exception, for a reader who may see all of it. Raises NotFound, NotAllowed."""
    return connection_sight.require_full(session, who, exception_id)


def reference(exception: ConnectionException) -> str:
    return connection_words.reference(exception.year, exception.number)


def role(session: Session, exception: ConnectionException) -> Role:
    """Whose signature its letters carry: the headteacher's, or the chair's where the headteacher is concerned."""
    return connection_sight.decider_role(session, exception)


def is_decidable(session: Session, who: Reader, exception: ConnectionException) -> bool:
    """Whether this reader decides about its letters (CON-5)."""
    return connection_sight.is_decidable(session, who, exception)


def who_decides(session: Session, who: Reader, exception: ConnectionException) -> str:
    """Whose decision its letters are, as a sentence."""
    return connection_sight.why_not(session, who, exception)


def is_confidential(exception: ConnectionException) -> bool:
    return connection_sight.is_confidential(exception)


def note_opening(session: Session, ctx: Context, exception: ConnectionException) -> None:
    """Write that a letter about a confidential exception was opened. For an ordinary one: nothing."""
    connection_sight.note_opening(session, ctx, exception, "letter.opened")


# What may be told


def choices(session: Session, exception: ConnectionException, today: date) -> list[ExceptionLetterChoice]:
    """Every kind of letter to everybody who may be told, open or with the reason why not."""
    found = []
    everybody = exception_readers.readers(session, exception, today)
    for kind in EXCEPTION_KINDS:
        state = state_fault(session, exception, kind, today)
        for each in everybody:
            why = state or each.why
            if not why and letter_state.unfinished(
                session, kind, each.person.id if each.person else None, exception_id=exception.id
            ):
                why = letter_state.WAITS
            found.append(
                ExceptionLetterChoice(
                    kind=kind,
                    person_id=each.person.id if each.person else None,
                    person_name=name_of(each.person) if each.person else "",
                    audience=each.words,
                    open=not why,
                    why=why or _issued_before(session, exception, kind, each.person),
                )
            )
    return found


def _issued_before(
    session: Session, exception: ConnectionException, kind: LetterKind, person: Person | None
) -> str:
    last = session.scalars(
        select(Letter)
        .where(
            Letter.exception_id == exception.id,
            Letter.kind == kind.value,
            Letter.person_id == (person.id if person else None),
            Letter.status == LetterStatus.ISSUED.value,
        )
        .order_by(Letter.id.desc())
    ).first()
    if last is None or last.issued_on is None:
        return ""
    return f"Issued before, as {letter_state.number(last)} on {written_day(last.issued_on)}."


def state_fault(session: Session, exception: ConnectionException, kind: LetterKind, today: date) -> str:
    """Why this letter would not tell the truth as the exception stands, or ""."""
    status = connection_state.status_on(exception, today)
    reference = connection_words.reference(exception.year, exception.number)
    stands = f"{reference} stands at “{EXCEPTION_STATUS_LABELS[status]}”"
    cause = EndCause(exception.end_cause) if exception.end_cause else None
    if kind is LetterKind.EXCEPTION_APPROVED and status is not ExceptionStatus.APPROVED:
        return f"This letter is for an exception that is approved and has not ended; {stands}."
    if kind is LetterKind.EXCEPTION_REFUSED and status is not ExceptionStatus.REFUSED:
        return f"This letter is for an exception that was refused; {stands}."
    if kind is LetterKind.EXCEPTION_ENDED:
        over = status in (ExceptionStatus.ENDED, ExceptionStatus.REVOKED)
        # An end that was decided is told as soon as it is known; a leaving date that lies ahead may still move.
        if exception.ends_on is None or not ((over and cause in _BY_ITSELF) or cause in _BY_DECISION):
            return f"This letter is for an exception that has ended; {stands}."
    decision = told_of(session, exception, kind)
    if decision is None:
        return "" if cause in _BY_ITSELF else "No decision of this kind is on record."
    if decision.origin == DecisionOrigin.SIGNED or decision.signature is not None:
        fault = connection_signing.fault(session, decision, exception)
        if fault:
            return f"No letter can rest on this decision. {fault}"
    return ""


def told_of(session: Session, exception: ConnectionException, kind: LetterKind) -> ConnectionDecision | None:
    """The decision a letter of this kind tells of: the newest that counts. None for an end that nobody decided."""
    if kind is LetterKind.EXCEPTION_ENDED and exception.end_cause not in _BY_DECISION:
        return None
    return session.scalars(
        select(ConnectionDecision)
        .where(
            ConnectionDecision.exception_id == exception.id,
            ConnectionDecision.kind.in_([each.value for each in _DECISIONS[kind]]),
            ConnectionDecision.answer != PaperAnswer.DISPUTED.value,
        )
        .order_by(ConnectionDecision.id.desc())
    ).first()


def note(session: Session, letter: Letter, exception: ConnectionException) -> str:
    """What whoever decides about the letter should know of the decision behind it, or ""."""
    decision = told_of(session, exception, LetterKind(letter.kind))
    if decision is None:
        return ""
    if decision.origin == DecisionOrigin.IMPORTED:
        return "The exception was approved before SM Desk: the decision this letter tells of carries no signature."
    if decision.origin == DecisionOrigin.PAPER and not decision.answer:
        return (
            f"The decision this letter tells of was recorded on behalf of {decision.decider_name}, from paper, and is "
            "not confirmed yet."
        )
    return ""


# Drafting


def composed(
    session: Session, ctx: Context, exception: ConnectionException, kind: LetterKind, person_id: int
) -> Letter:
    """A new draft in the shipped words, not added to the session. Raises Refused where the letter may not be written
    or not to this person, Invalid naming each field that the records lack.
    """
    today = ctx.today()
    reader = next(
        (
            each
            for each in exception_readers.readers(session, exception, today)
            if each.person and each.person.id == person_id
        ),
        None,
    )
    if reader is None or reader.person is None:
        raise Refused(_NOT_A_READER, "CON-2")
    why = state_fault(session, exception, kind, today) or reader.why
    if why:
        raise Refused(f"{LETTER_KIND_LABELS[kind]}: {why}", "CON-2")
    if letter_state.unfinished(session, kind, person_id, exception_id=exception.id) is not None:
        raise Refused(letter_state.WAITS)
    facts = _facts(session, exception, kind, reader, today)
    letter = letter_drafting.draft(
        session,
        ctx,
        kind,
        reader.person,
        lambda found, reads: exception_wording.compose(found, replace(facts, language=reads)),
        audience=reader.audience.value,
        reply_by=facts.act_by,
    )
    letter.exception_id = exception.id
    return letter


_NOT_A_READER: Final = (
    "A letter about an exception goes to the adult, and to the pupil’s parents and carers as they are linked on record "
    "or to the other person themselves. This person is none of them."
)


def _facts(
    session: Session, exception: ConnectionException, kind: LetterKind, reader: Addressee, today: date
) -> ExceptionFacts:
    school = session.scalars(select(School)).one()
    profile = connection_state.profile_of(session, exception)
    decision = told_of(session, exception, kind)
    capacity = Capacity(exception.capacity)
    cause = EndCause(exception.end_cause) if exception.end_cause else None
    # Whoever has left is asked for nothing, and after an approval there is nothing to end.
    acts = kind is LetterKind.EXCEPTION_REFUSED or (
        kind is LetterKind.EXCEPTION_ENDED and cause in (*_BY_DECISION, EndCause.ROLE_CHANGED)
    )
    act_by = None
    if acts:
        begins = max(today, exception.ends_on) if exception.ends_on else today
        days = profile.clocks.removal_chase_days + letter_state.DELIVERY_DAYS
        act_by = deadlines.add_working_days(begins, days, incident_state.nation(session))
    rule = "CON-4" if capacity is Capacity.PARENT else "CON-1"
    return ExceptionFacts(
        reference=connection_words.reference(exception.year, exception.number),
        adult=exception_readers.named_in_text(session.get_one(Person, exception.adult_id)),
        adult_kind=PersonKind(exception.adult_kind),
        other=exception_readers.named_in_text(session.get_one(Person, exception.other_id)),
        platforms=exception_text.platforms(session, exception),
        links=tuple(Link(code) for code in exception.links.split(",") if code),
        from_on=exception.from_on,
        ends_on=exception.ends_on,
        end_cause=cause if kind is LetterKind.EXCEPTION_ENDED else None,
        review_on=connection_state.next_review(exception, today),
        conditions=decision.conditions if decision is not None else "",
        act_by=act_by,
        rules=profile.rules[rule].wording if rule in profile.rules else "",
        contact=letter_state.contact(
            session,
            school,
            "staff" if reader.audience is Audience.ADULT else "parents",
            connection_state.decider_role(session, exception),
        ),
        complaints=school.complaints_procedure,
        other_counts=capacity not in (Capacity.FORMER_PUPIL, Capacity.FORMER_PUPIL_FAMILY),
        role_counts=profile.connections.ends_on_role_change,
    )


# Does it still hold


def audience(session: Session, letter: Letter, exception: ConnectionException, today: date) -> Audience:
    """As whom the addressee is written to. Raises Refused where they may not be written to (any more)."""
    own = sight.same_person(session, letter.person_id)
    for reader in exception_readers.readers(session, exception, today):
        if reader.person is not None and reader.person.id in own:
            if reader.why:
                raise Refused(
                    f"This letter cannot go to {name_of(reader.person)}. {reader.why}",
                    "CON-2",
                )
            return reader.audience
    name = name_of(session.get_one(Person, letter.person_id))
    raise Refused(
        f"{name} is not linked with this exception any more: neither one of the two nor, as the record has it, a "
        "parent or carer. Withdraw the letter, or put the link right.",
        "CON-2",
    )


def closing(session: Session, letter: Letter, exception: ConnectionException) -> str:
    """How the letter ends; the same for every reader of a kind."""
    reader = audience_of(letter, exception).value
    return letter_wording.closing(
        session, LetterKind(letter.kind), reader, letter.language, letter.wording_id
    )


def audience_of(letter: Letter, exception: ConnectionException) -> Audience:
    """As whom the letter's reader is written to."""
    if letter.person_id == exception.adult_id:
        return Audience.ADULT
    return Audience.OWN if letter.person_id == exception.other_id else Audience.PARENT


def footer(letter: Letter, exception: ConnectionException) -> str:
    """How the school keeps the letter, for its reader."""
    whose = "you" if letter.person_id in (exception.adult_id, exception.other_id) else "you or your child"
    return (
        "This letter is kept with the school's records. You may ask to see what we hold about "
        f"{whose}, and to have it put right, by writing to the school."
    )


def check(
    session: Session, letter: Letter, exception: ConnectionException, edit: LetterEdit, today: date
) -> None:
    """Raise Refused where the letter may not go out as it stands: to this reader, about this, in these words.

    Asked when it is sent for approval, approved and issued.
    """
    kind = LetterKind(letter.kind)
    reader = audience(session, letter, exception, today)
    why = state_fault(session, exception, kind, today)
    if why:
        raise Refused(f"{LETTER_KIND_LABELS[kind]}: {why} Withdraw the letter.", "CON-2")
    decision = told_of(session, exception, kind)
    if decision is not None and decision.recorded_at > letter.drafted_at:
        raise Refused(
            "A decision was recorded after this letter was drafted. Withdraw it and draft it anew, so that it tells "
            "what was decided.",
            "CON-2",
        )
    exception_text.check(session, letter, exception, reader, edit)


check_submitting = check


def check_open(exception: ConnectionException) -> None:
    """Nothing: a letter about an exception that has ended is what tells of it."""


def involved(session: Session, exception: ConnectionException) -> set[int]:
    """People whose names are looked for closely: the two, the pupil's family, and whoever declared it."""
    found = {exception.adult_id, exception.other_id}
    found |= {person.id for person in exception_readers.parents_of(session, exception.other_id)}
    if exception.declarant_id is not None:
        found.add(exception.declarant_id)
    return found


def meant(session: Session, letter: Letter, exception: ConnectionException) -> frozenset[int]:
    """The records of the two people the letter is about."""
    return sight.same_person(session, exception.adult_id) | sight.same_person(session, exception.other_id)


# Where it is written down


def name(session: Session, letter: Letter, exception: ConnectionException) -> str:
    """Its history tells what was approved and refused; this is only the letter about it."""
    return (
        f"Letter “{LETTER_KIND_LABELS[LetterKind(letter.kind)]}” to {letter_state.to_whom(session, letter)}"
    )


def write_line(
    session: Session,
    ctx: Context,
    letter: Letter,
    exception: ConnectionException,
    text: str,
    reason: str = "",
    on: date | None = None,
) -> None:
    """A line about the letter in the exception's history (INC-14)."""
    connection_state.event(
        session, ctx, exception, "letter", text, reason=reason, happened_on=on, letter_id=letter.id
    )


def write_issued(session: Session, ctx: Context, letter: Letter, exception: ConnectionException) -> None:
    called = name(session, letter, exception)
    write_line(session, ctx, letter, exception, f"{called}: issued as {letter_state.number(letter)}")


def refresh(session: Session, letter: Letter, exception: ConnectionException, issued: bool) -> Changes:
    return frozenset({("exception", exception.id)})


# What is signed with it


def about(
    session: Session, letter: Letter, exception: ConnectionException, today: date
) -> dict[str, str | int | None]:
    """Whom and what the letter is about, as signed with it: today's names, not ids that a merge may change."""
    decision = told_of(session, exception, LetterKind(letter.kind))
    return {
        "adult": name_of(session.get_one(Person, exception.adult_id)),
        "other": name_of(session.get_one(Person, exception.other_id)),
        "to": name_of(session.get_one(Person, letter.person_id)),
        "as": audience(session, letter, exception, today).value,
        "decision": decision.id if decision is not None else None,
    }


def check_still(
    session: Session,
    letter: Letter,
    exception: ConnectionException,
    signed: object,
    edit: LetterEdit,
    today: date,
) -> None:
    """Raise Refused where an approved letter is not true any more. ``signed`` is what was signed of ``about``."""
    check(session, letter, exception, edit, today)
    if signed != about(session, letter, exception, today):
        raise Refused(
            "Since the letter was approved a name or the decision behind it has changed on record. Withdraw it and "
            "draft a new one.",
            "CON-2",
        )
