"""Letters about an incident: who may open and decide them, what keeps them from going out, and the step they take.

One of the modules behind ``letter_matter``: its functions are those of ``letter_matter.Subject``. How they are drafted
stands in ``incident_drafting``. Session first, as in ``letter_state``.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from smdesk.db.models import Entry, Incident, Letter, Person
from smdesk.errors import Refused
from smdesk.policy.vocabulary import Step
from smdesk.security.permissions import Role, decider
from smdesk.services import (
    incident_stand,
    incident_state,
    incident_words,
    letter_state,
    letter_wording,
    sight,
    steps,
)
from smdesk.services.context import Changes, Context
from smdesk.services.letter_records import LETTER_KIND_LABELS, LETTER_STEPS, OFFICES, LetterEdit, LetterKind
from smdesk.services.sight import Reader, Where

EVERYTHING: Final = Where("1", {})
"""The whole history, whoever may see it: what a decision is measured against."""


# Who opens and decides it


def require(session: Session, who: Reader, incident_id: int) -> Incident:
    """The incident, for a reader who may see all of it. Raises NotFound, NotAllowed."""
    return sight.require_full(session, who, incident_id)


def reference(incident: Incident) -> str:
    return incident_words.reference(incident.year, incident.number)


def role(session: Session, incident: Incident) -> Role:
    """Whose signature its letters carry: the headteacher's, or the chair's where the headteacher is concerned."""
    return decider(incident.headteacher_is_subject)


def is_decidable(session: Session, who: Reader, incident: Incident) -> bool:
    """Whether this reader decides about its letters (CON-5)."""
    return sight.is_decidable(session, who, incident)


def who_decides(session: Session, who: Reader, incident: Incident) -> str:
    """Whose decision its letters are, as a sentence."""
    if incident.headteacher_is_subject:
        return "This incident is about the headteacher, so the chair of governors decides (CON-5)."
    return "The headteacher approves letters."


def is_confidential(incident: Incident) -> bool:
    return sight.is_confidential(incident)


def note_opening(session: Session, ctx: Context, incident: Incident) -> None:
    """Write that a letter about a confidential incident was opened. For an ordinary one: nothing."""
    sight.note_opening(session, ctx, incident, "letter.opened")


# What it says


def involved(session: Session, incident: Incident) -> set[int]:
    """Everybody in the incident: whose names are looked for in its letters."""
    return incident_state.people_in(session, incident.id)


def meant(session: Session, letter: Letter, incident: Incident) -> frozenset[int]:
    """Whom a letter may name: a referral to the police or the legal adviser is about whoever posted."""
    if LetterKind(letter.kind) not in (LetterKind.REFERRAL_POLICE, LetterKind.REFERRAL_LEGAL):
        return frozenset()
    found: set[int] = set()
    for person in incident_stand.authors(session, incident):
        found |= sight.same_person(session, person.id)
    return frozenset(found)


def closing(session: Session, letter: Letter, incident: Incident) -> str:
    """How the letter ends."""
    return letter_wording.closing(session, LetterKind(letter.kind), "", letter.language, letter.wording_id)


def footer(letter: Letter, incident: Incident) -> str:
    """How the school keeps the record, for its reader."""
    if LetterKind(letter.kind) in OFFICES:
        return (
            "This letter holds information about people that was entrusted to the school. Please use it for the "
            "purpose it was sent for, keep it safe, and do not pass it on further than that needs."
        )
    return (
        "This letter is about you and is kept with the school's records. You may ask to see what we hold about "
        "you, and to have it put right, by writing to the school."
    )


def note(session: Session, letter: Letter, incident: Incident) -> str:
    return ""


def about(
    session: Session, letter: Letter, incident: Incident, today: date
) -> dict[str, str | int | None] | None:
    """Nothing beside its reference: the incident may go on while the letter waits."""
    return None


# What keeps it from going out


def check_submitting(
    session: Session, letter: Letter, incident: Incident, edit: LetterEdit, today: date
) -> None:
    """Nothing: the policy's ladder is asked when the letter is approved, with the whole history."""


def check(session: Session, letter: Letter, incident: Incident, edit: LetterEdit, today: date) -> None:
    """Raise Refused where the policy, asked with the person's whole history, rules the letter out."""
    kind = LetterKind(letter.kind)
    person = session.get_one(Person, letter.person_id) if letter.person_id is not None else None
    found = incident_stand.stand(session, incident, person, kind, EVERYTHING)
    if found.refused:
        raise Refused(f"{LETTER_KIND_LABELS[kind]}: {found.why}", found.rule)
    if found.skips and not letter.step_reason:
        raise Refused(f"{found.why} Return the letter to have the reason added.", found.rule)


def check_open(incident: Incident) -> None:
    """Raise Refused where the incident was closed since the letter was approved."""
    if incident.status != "open":
        raise Refused(
            "The incident has been closed. Open it again to issue the letter, or withdraw the letter."
        )


def check_still(
    session: Session, letter: Letter, incident: Incident, signed: object, edit: LetterEdit, today: date
) -> None:
    """Raise Refused where the policy rules an approved letter out by now."""
    try:
        check(session, letter, incident, edit, today)
    except Refused as error:
        # Whoever issues may not know of everything that speaks against it: a confidential incident, for example.
        raise Refused(
            "Since it was approved something has been recorded that rules this letter out. Ask the headteacher.",
            error.rule,
        ) from None


# Where it is written down


def name(session: Session, letter: Letter, incident: Incident) -> str:
    return LETTER_KIND_LABELS[LetterKind(letter.kind)]


def write_line(
    session: Session,
    ctx: Context,
    letter: Letter,
    incident: Incident,
    text: str,
    reason: str = "",
    on: date | None = None,
) -> None:
    """A line about the letter on the incident's timeline (INC-14)."""
    session.add(
        Entry(
            incident_id=incident.id,
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


def write_issued(session: Session, ctx: Context, letter: Letter, incident: Incident) -> None:
    """Write the step that an issued letter takes: the ladder's with the person (INC-5), or one to an office."""
    kind = LetterKind(letter.kind)
    what = f"{LETTER_KIND_LABELS[kind]}, {letter_state.number(letter)}"
    if kind not in LETTER_STEPS:
        write_line(session, ctx, letter, incident, f"{what}: issued")
        return
    step = LETTER_STEPS[kind]
    today = ctx.today()
    # Whoever writes has looked again: chases that were due by now are done (INC-4).
    steps.settle_chases(session, incident.id, today)
    session.add(
        Entry(
            incident_id=incident.id,
            person_id=letter.person_id if kind not in OFFICES else incident.author_id,
            letter_id=letter.id,
            kind="step",
            step=step.value,
            happened_on=today,
            text=what,
            reason=letter.step_reason,
            rule=_rule(step, letter.step_reason),
            chase_on=letter.reply_by if incident.removed_on is None else None,
            recorded_at=ctx.now(),
            recorded_by=ctx.user.id,
        )
    )


def _rule(step: Step, reason: str) -> str:
    if reason:
        return "INC-5"
    return {
        Step.ASK_REMOVAL: "INC-4",
        Step.REPORT_TO_PLATFORM: "INC-7",
        Step.POSH: "INC-7",
        Step.POLICE: "INC-6",
    }.get(step, "INC-5")


def refresh(session: Session, letter: Letter, incident: Incident, issued: bool) -> Changes:
    """The list shows what waits for the headteacher, and the next step after a letter."""
    incident_state.refresh(session, incident.id)
    changes: Changes = frozenset({("incident", incident.id)})
    if issued:
        changes |= incident_state.refresh_others(session, incident.id, [letter.person_id])
    return changes
