"""What a letter is about: an incident, or an exception from the rule on connections. The one place that knows both.

Everything else about letters asks here for the reference, for who may see it, who decides, what keeps it from going
out and where it is written down. Session first, as in ``letter_state``.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from smdesk.db.models import ConnectionException, Entry, Incident, Letter
from smdesk.errors import NotAllowed, NotFound
from smdesk.security.permissions import Role
from smdesk.services import (
    connection_sight,
    connection_state,
    connection_words,
    exception_letters,
    incident_letters,
    incident_state,
    incident_words,
    letter_state,
    letter_wording,
    sight,
)
from smdesk.services.context import Changes, Context
from smdesk.services.letter_records import LETTER_KIND_LABELS, LetterEdit, LetterKind, MatterKind, NameHit
from smdesk.services.sight import Reader

Matter = Incident | ConnectionException

NO_SUCH_LETTER = "There is no such letter, or it is not open to you."


def stored(session: Session, letter: Letter) -> Matter:
    """What this letter is about, whoever may see it."""
    if letter.incident_id is not None:
        return session.get_one(Incident, letter.incident_id)
    return session.get_one(ConnectionException, letter.exception_id)


def load(session: Session, who: Reader, letter_id: int) -> tuple[Letter, Matter]:
    """A letter whose matter this reader may see in full. Raises NotFound otherwise, with one sentence."""
    letter = session.get(Letter, letter_id)
    if letter is None:
        raise NotFound(NO_SUCH_LETTER)
    try:
        if letter.incident_id is not None:
            return letter, sight.require_full(session, who, letter.incident_id)
        if letter.exception_id is not None:
            return letter, connection_sight.require_full(session, who, letter.exception_id)
    except (NotFound, NotAllowed):
        pass
    raise NotFound(NO_SUCH_LETTER)


def kind(matter: Matter) -> MatterKind:
    return "incident" if isinstance(matter, Incident) else "exception"


def reference(matter: Matter) -> str:
    """As printed: "2026/0042" for an incident, "2026/C0007" for an exception."""
    if isinstance(matter, Incident):
        return incident_words.reference(matter.year, matter.number)
    return connection_words.reference(matter.year, matter.number)


# Who decides


def role(session: Session, matter: Matter) -> Role:
    """Whose signature its letters carry: the headteacher's, or the chair's where the headteacher is concerned."""
    if isinstance(matter, Incident):
        return Role.CHAIR_OF_GOVERNORS if matter.headteacher_is_subject else Role.HEADTEACHER
    return connection_sight.decider_role(session, matter)


def is_decidable(session: Session, who: Reader, matter: Matter) -> bool:
    """Whether this reader decides about its letters (CON-5)."""
    if isinstance(matter, Incident):
        return sight.is_decidable(session, who, matter)
    return connection_sight.is_decidable(session, who, matter)


def who_decides(session: Session, who: Reader, matter: Matter) -> str:
    """Where this reader does not decide about its letters: whose decision they are, as a sentence."""
    if isinstance(matter, ConnectionException):
        return connection_sight.why_not(session, who, matter)
    if matter.headteacher_is_subject:
        return "This incident is about the headteacher, so the chair of governors decides (CON-5)."
    return "The headteacher approves letters."


# What it says


def names_in(
    session: Session, letter: Letter, matter: Matter, edit: LetterEdit, today: date
) -> list[NameHit]:
    """Whose names stand in the letter that it is neither to nor about."""
    if isinstance(matter, Incident):
        near, meant = incident_letters.involved(session, matter), frozenset[int]()
    else:
        near, meant = exception_letters.involved(session, matter), exception_letters.meant(session, matter)
    return letter_state.names_in(
        session, letter, edit, today, signs=role(session, matter), involved=near, meant=meant
    )


def closing(letter: Letter, matter: Matter) -> str:
    """How the letter ends."""
    if isinstance(matter, Incident):
        return letter_wording.closing(LetterKind(letter.kind))
    return exception_letters.closing(letter, matter)


def footer(letter: Letter, matter: Matter) -> str:
    """How the school keeps the record (privacy)."""
    if isinstance(matter, ConnectionException):
        return exception_letters.footer(letter, matter)
    return (
        "This letter is about you and is kept with the school's records. You may ask to see what we hold about "
        "you, and to have it put right, by writing to the school."
    )


def note(session: Session, letter: Letter, matter: Matter) -> str:
    """What whoever reads the letter here should know about its matter, or ""."""
    return "" if isinstance(matter, Incident) else exception_letters.note(session, letter, matter)


def about(
    session: Session, letter: Letter, matter: Matter, today: date
) -> dict[str, str | int | None] | None:
    """What is signed of the matter beside its reference; None where the reference says it all."""
    if isinstance(matter, Incident):
        return None
    return exception_letters.about(session, letter, matter, today)


# What keeps it from going out


def check_submitting(session: Session, letter: Letter, matter: Matter, edit: LetterEdit, today: date) -> None:
    """Raise Refused where a letter need not even be read by whoever decides. The policy's ladder is asked later."""
    if isinstance(matter, ConnectionException):
        exception_letters.check(session, letter, matter, edit, today)


def check_approving(session: Session, letter: Letter, matter: Matter, edit: LetterEdit, today: date) -> None:
    """Raise Refused where the policy, or what is on record, rules the letter out."""
    if isinstance(matter, Incident):
        incident_letters.check_policy(session, letter, matter)
    else:
        exception_letters.check(session, letter, matter, edit, today)


def check_open(matter: Matter) -> None:
    """Raise Refused where the matter is closed, so that none of its letters goes out."""
    if isinstance(matter, Incident):
        incident_letters.check_open(matter)


def check_issuing(
    session: Session, letter: Letter, matter: Matter, signed: object, edit: LetterEdit, today: date
) -> None:
    """Raise Refused where an approved letter is ruled out by now. ``signed`` is what was signed of ``about``."""
    if isinstance(matter, Incident):
        incident_letters.check_still(session, letter, matter)
    else:
        exception_letters.check_still(session, letter, matter, signed, edit, today)


# Where it is written down


def name(session: Session, letter: Letter, matter: Matter) -> str:
    """What a letter is called where its matter's own lines stand beside it."""
    label = LETTER_KIND_LABELS[LetterKind(letter.kind)]
    if isinstance(matter, Incident):
        return label
    # Its history tells what was approved and refused; this is only the letter about it.
    return f"Letter “{label}” to {exception_letters.whom(session, letter)}"


def write_line(
    session: Session,
    ctx: Context,
    letter: Letter,
    matter: Matter,
    text: str,
    reason: str = "",
    on: date | None = None,
) -> None:
    """A line about the letter on the incident's timeline or in the exception's history (INC-14)."""
    if isinstance(matter, Incident):
        session.add(
            Entry(
                incident_id=matter.id,
                person_id=letter.person_id,
                letter_id=letter.id,
                kind="letter",
                happened_on=on or ctx.today(),
                text=text,
                reason=reason,
                recorded_at=ctx.now(),
                recorded_by=ctx.user.id,
            )
        )
    else:
        connection_state.event(
            session, ctx, matter, "letter", text, reason=reason, happened_on=on, letter_id=letter.id
        )


def write_issued(session: Session, ctx: Context, letter: Letter, matter: Matter) -> None:
    """An issued letter takes its step on the ladder, or stands in the exception's history."""
    called = name(session, letter, matter)
    if isinstance(matter, Incident):
        incident_letters.take_step(session, ctx, letter, matter, f"{called}, {letter_state.number(letter)}")
    else:
        write_line(session, ctx, letter, matter, f"{called}: issued as {letter_state.number(letter)}")


def refresh(session: Session, letter: Letter, *, issued: bool) -> Changes:
    """Bring what the lists show up to date after a change to the letter. Returns what was touched."""
    changes = {("letter", letter.id)}
    if letter.person_id is not None:
        changes.add(("person", letter.person_id))
    if letter.exception_id is not None:
        changes.add(("exception", letter.exception_id))
    if letter.incident_id is not None:
        # The list shows what waits for the headteacher, and the next step after a letter.
        incident_state.refresh(session, letter.incident_id)
        changes.add(("incident", letter.incident_id))
        if issued:
            changes |= incident_state.refresh_others(session, letter.incident_id, [letter.person_id])
    return frozenset(changes)


def is_confidential(matter: Matter) -> bool:
    """Whether opening one of its letters is written to the audit log."""
    if isinstance(matter, Incident):
        return sight.is_confidential(matter)
    return connection_sight.is_confidential(matter)


def note_opening(session: Session, ctx: Context, matter: Matter) -> None:
    """Write that a letter about a confidential matter was opened. For an ordinary one: nothing."""
    if isinstance(matter, Incident):
        sight.note_opening(session, ctx, matter, "letter.opened")
    else:
        connection_sight.note_opening(session, ctx, matter, "letter.opened")
