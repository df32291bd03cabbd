"""Letters about a business case: what the leadership team decided, told to whoever proposed it (ACC-2, DOC-1).

One of the modules behind ``letter_matter``: see ``letter_matter.Subject``. Session first, as in ``letter_state``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import BusinessCase, CaseDecision, CaseRunner, Letter, Person, User
from smdesk.errors import Refused
from smdesk.security.permissions import Role
from smdesk.services import (
    account_letter_base,
    account_letter_sight,
    account_wording,
    case_signing,
    case_state,
    letter_drafting,
    reference_data,
)
from smdesk.services.account_wording import CaseFacts
from smdesk.services.account_words import account_name
from smdesk.services.case_records import CASE_STATUS_LABELS, CaseDecisionKind, CaseStatus
from smdesk.services.context import Changes, Context
from smdesk.services.letter_records import CASE_KINDS, LETTER_KIND_LABELS, LetterEdit, LetterKind
from smdesk.services.people_base import name_of
from smdesk.services.sight import Reader

_DECISIONS: Final = {
    LetterKind.CASE_APPROVED: (CaseDecisionKind.APPROVE, CaseStatus.APPROVED),
    LetterKind.CASE_REJECTED: (CaseDecisionKind.REJECT, CaseStatus.REJECTED),
    LetterKind.CASE_MORE: (CaseDecisionKind.ASK_FOR_MORE, CaseStatus.MORE_WANTED),
}


# Who opens and decides it


require = account_letter_sight.require_case


def reference(case: BusinessCase) -> str:
    """As printed: "2026/B0007"."""
    return case_state.name_of_case(case)


def role(session: Session, case: BusinessCase) -> Role:
    """Whose signature its letters carry: the headteacher's, or the chair's where the headteacher proposed it."""
    return account_letter_sight.role(session, case.proposer_id)


def is_decidable(session: Session, who: Reader, case: BusinessCase) -> bool:
    """Whether this reader decides about its letters: nobody about a letter to themselves (CON-5)."""
    user = session.get_one(User, who.user_id)
    return account_letter_sight.decides(session, who, case.proposer_id) and not case_state.is_proposer(
        session, case, user
    )


def who_decides(session: Session, who: Reader, case: BusinessCase) -> str:
    """Whose decision its letters are, as a sentence."""
    return account_letter_sight.why_not(session, who, case.proposer_id, role(session, case))


def is_confidential(case: BusinessCase) -> bool:
    """Never: a business case is nobody's secret."""
    return False


def note_opening(session: Session, ctx: Context, case: BusinessCase) -> None:
    """Nothing is written: see ``is_confidential``."""


# What may be told


def why_not(session: Session, case: BusinessCase, kind: LetterKind, today: date) -> str:
    """Why no letter of this kind can be drafted now, or ""."""
    found = state_fault(session, case, kind)
    if found:
        return found
    who = case.proposer_name or "Whoever proposed it"
    nobody = f"{who} is not on record, so there is nobody to address."
    if not case.sealed:
        nobody += " Enter them under People and choose them as the proposer."
    return account_letter_base.why_not_to(session, kind, case.proposer_id, nobody, today, case_id=case.id)


def state_fault(session: Session, case: BusinessCase, kind: LetterKind) -> str:
    """Why this letter would not tell the truth as the case stands, or ""."""
    if kind not in CASE_KINDS:
        return "This letter is not about a business case."
    _, status = _DECISIONS[kind]
    if case.status != status:
        stands = CASE_STATUS_LABELS[CaseStatus(case.status)]
        return (
            f"This letter is for a case that stands at “{CASE_STATUS_LABELS[status]}”; {reference(case)} stands at "
            f"“{stands}”."
        )
    decision = told_of(session, case, kind)
    if decision is None:
        return "No decision of this kind is on record."
    record = next(each for each in case_signing.records(session, case) if each.id == decision.id)
    return f"No letter can rest on this decision. {record.fault}" if record.fault else ""


def told_of(session: Session, case: BusinessCase, kind: LetterKind) -> CaseDecision | None:
    """The newest decision that a letter of this kind tells of."""
    return session.scalars(
        select(CaseDecision)
        .where(CaseDecision.case_id == case.id, CaseDecision.kind == _DECISIONS[kind][0].value)
        .order_by(CaseDecision.id.desc())
    ).first()


# Drafting


def composed(session: Session, ctx: Context, case: BusinessCase, kind: LetterKind) -> Letter:
    """A new draft to whoever proposed it, not added to the session. Raises Refused where the letter may not be
    written, Invalid naming each field that the records lack.
    """
    why = why_not(session, case, kind, ctx.today())
    decision = told_of(session, case, kind) if not why else None
    if decision is None or case.proposer_id is None:
        raise Refused(f"{LETTER_KIND_LABELS[kind]}: {why}", "ACC-2")
    person = account_letter_base.kept(session, case.proposer_id)
    facts = CaseFacts(
        reference=reference(case),
        account=_account(case),
        decided_on=decision.decided_on,
        reason=decision.reason,
        conditions=decision.conditions,
        review_on=decision.review_on if kind is LetterKind.CASE_APPROVED else None,
        exists=case.exists_already,
        contact=account_letter_base.contact(
            session, account_letter_base.the_school(session), person, role(session, case)
        ),
    )
    letter = letter_drafting.draft(
        session,
        ctx,
        kind,
        person,
        lambda found, reads: account_wording.case_words(found, replace(facts, language=reads)),
    )
    letter.case_id = case.id
    return letter


def _account(case: BusinessCase) -> str:
    """The account as the letter names it; "" where the case gives neither a name nor a platform."""
    if case.proposed_name:
        return account_name(case.proposed_name, case.platform) if case.platform else case.proposed_name
    return f"on {reference_data.platform_label(case.platform)}" if case.platform else ""


# Does it still hold


def check(session: Session, letter: Letter, case: BusinessCase, edit: LetterEdit, today: date) -> None:
    """Raise Refused where the letter may not go out as it stands: to this reader, about this decision (ACC-2)."""
    kind = LetterKind(letter.kind)
    account_letter_base.check_to(session, letter, case.proposer_id, today, "the proposer of this case")
    why = state_fault(session, case, kind)
    if why:
        raise Refused(f"{LETTER_KIND_LABELS[kind]}: {why} Withdraw the letter.", "ACC-2")
    decision = told_of(session, case, kind)
    if decision is not None and decision.recorded_at > letter.drafted_at:
        raise Refused(
            "A decision was recorded after this letter was drafted. Withdraw it and draft it anew, so that it tells "
            "what was decided.",
            "ACC-2",
        )


check_submitting = check


def check_open(case: BusinessCase) -> None:
    """Nothing: a letter about a case that is decided is what tells of it."""


def about(session: Session, letter: Letter, case: BusinessCase, today: date) -> dict[str, str | int | None]:
    """Whom and what the letter is about, as signed with it: today's name, not an id that a merge may change."""
    decision = told_of(session, case, LetterKind(letter.kind))
    return {
        "to": name_of(session.get_one(Person, letter.person_id)),
        "account": _account(case),
        "decision": decision.id if decision is not None else None,
    }


def check_still(
    session: Session, letter: Letter, case: BusinessCase, signed: object, edit: LetterEdit, today: date
) -> None:
    """Raise Refused where an approved letter is not true any more. ``signed`` is what was signed of ``about``."""
    check(session, letter, case, edit, today)
    if signed != about(session, letter, case, today):
        raise Refused(
            "Since the letter was approved a name or the decision behind it has changed on record. Withdraw it and "
            "draft a new one.",
            "ACC-2",
        )


# What it says


def involved(session: Session, case: BusinessCase) -> set[int]:
    """People whose names are looked for closely: whoever proposed it and whoever is to run it."""
    found = set(session.scalars(select(CaseRunner.person_id).where(CaseRunner.case_id == case.id)))
    return found | ({case.proposer_id} if case.proposer_id is not None else set())


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
    case: BusinessCase,
    text: str,
    reason: str = "",
    on: date | None = None,
) -> None:
    """A line about the letter in the case's history (INC-14)."""
    account_letter_base.write_line(session, ctx, "case", case.id, text, reason, "ACC-2", on)


def write_issued(session: Session, ctx: Context, letter: Letter, case: BusinessCase) -> None:
    """The line that it was issued."""
    write_line(session, ctx, letter, case, account_letter_base.issued_words(session, letter))


def refresh(session: Session, letter: Letter, case: BusinessCase, issued: bool) -> Changes:
    """What was touched beside the letter and its person."""
    return frozenset({("case", case.id)})
