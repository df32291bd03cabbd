"""What a decision about an exception must hold, and its days: never dated back, reviewed while it lasts (CON-2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import ConnectionDecision, ConnectionException
from smdesk.errors import Invalid, Problem, Refused
from smdesk.policy import connections as policy
from smdesk.policy import deadlines
from smdesk.policy.words import written_day
from smdesk.services import connection_state, incident_state
from smdesk.services.connection_records import ALLOWING, ENDING, DecisionDraft, DecisionKind, PaperAnswer

LONGEST: Final = 4_000
MOST_YEARS: Final = 5
"""Within how many years an exception must be looked at again, and an end that is decided must come."""
MOST_AHEAD: Final = 2
"""Within how many years it must begin."""


def tidied(draft: DecisionDraft) -> DecisionDraft:
    """The draft without stray spaces, and without what its kind does not carry."""
    allowing = draft.kind in ALLOWING
    dated = draft.kind is DecisionKind.APPROVE or draft.kind in ENDING
    return replace(
        draft,
        reason=draft.reason.strip(),
        conditions=draft.conditions.strip() if allowing else "",
        from_on=draft.from_on if dated else None,
        review_on=draft.review_on if allowing else None,
    )


def required(text: str, field: str, sentence: str) -> str:
    """A text that must be given. Raises Invalid where it is missing or too long."""
    text = text.strip()
    if not text:
        raise Invalid.one(field, sentence)
    if len(text) > LONGEST:
        raise Invalid.one(field, f"At most {LONGEST:,} letters can be kept.")
    return text


def completed(
    session: Session, exception: ConnectionException, draft: DecisionDraft, decided_on: date
) -> DecisionDraft:
    """The tidied draft with the days that were left open. Raises Invalid field by field; Refused for an approval that
    could never be in force.
    """
    found = []
    if not draft.reason:
        found.append(Problem("reason", "Give the reason: it is asked for years later."))
    for field, text in (("reason", draft.reason), ("conditions", draft.conditions)):
        if len(text) > LONGEST:
            found.append(Problem(field, f"At most {LONGEST:,} letters can be kept."))
    if draft.kind is DecisionKind.APPROVE:
        draft, problems = _approval(session, exception, draft, decided_on)
        found += problems
    elif draft.kind is DecisionKind.RENEW:
        review = draft.review_on or review_day(session, exception, decided_on)
        draft = replace(draft, from_on=decided_on, review_on=review)
        found += _review_problems(session, exception, review, decided_on)
    elif draft.kind in ENDING:
        draft = replace(draft, from_on=draft.from_on or decided_on)
        found += _end_problems(exception, draft, decided_on)
    if found:
        raise Invalid(found)
    return draft


def review_day(session: Session, exception: ConnectionException, from_on: date) -> date:
    """When it is looked at again unless the decider says otherwise: as the policy says, or before somebody leaves; on
    a day on which there is somebody in the office.
    """
    nation = incident_state.nation(session)
    usual = deadlines.on_or_after(
        policy.review_default(connection_state.profile_of(session, exception), from_on), nation
    )
    leaving = connection_state.leaving(session, exception)
    if leaving is None or leaving[0] <= from_on or usual <= leaving[0]:
        return usual
    last = deadlines.on_or_before(leaving[0], nation)
    return last if last > from_on else leaving[0]


def conditions_now(session: Session, exception: ConnectionException) -> str:
    """The conditions that hold: of the last approval or renewal that counts, before that those proposed."""
    last = session.scalar(
        select(ConnectionDecision.conditions)
        .where(
            ConnectionDecision.exception_id == exception.id,
            ConnectionDecision.kind.in_([kind.value for kind in ALLOWING]),
            ConnectionDecision.answer != PaperAnswer.DISPUTED.value,
        )
        .order_by(ConnectionDecision.id.desc())
        .limit(1)
    )
    return exception.conditions_proposed if last is None else last


def check_paper_day(session: Session, exception: ConnectionException, decided_on: date, today: date) -> None:
    """Raise Invalid for a day on which the paper cannot have been decided."""
    if decided_on > today:
        raise Invalid.one("decided_on", "The day lies in the future. Copy the day written on the paper.")
    if decided_on < exception.declared_on:
        raise Invalid.one(
            "decided_on",
            f"The connection was declared on {written_day(exception.declared_on)}; it cannot have been decided before.",
        )
    last = session.scalar(
        select(ConnectionDecision.decided_on)
        .where(
            ConnectionDecision.exception_id == exception.id,
            ConnectionDecision.answer != PaperAnswer.DISPUTED.value,
        )
        .order_by(ConnectionDecision.decided_on.desc())
        .limit(1)
    )
    if last is not None and decided_on < last:
        raise Invalid.one(
            "decided_on",
            f"A decision of {written_day(last)} is on record already; a paper from before it changes nothing.",
        )


def _approval(
    session: Session, exception: ConnectionException, draft: DecisionDraft, decided_on: date
) -> tuple[DecisionDraft, list[Problem]]:
    begins = draft.from_on or decided_on
    found = []
    if begins < decided_on:
        found.append(
            Problem(
                "from_on",
                f"An approval is never dated back (CON-2): it begins on {written_day(decided_on)} or later.",
            )
        )
    leaving = connection_state.leaving(session, exception)
    if leaving is not None and leaving[0] <= begins:
        raise Refused(
            f"{leaving[1]} Approved from {written_day(begins)} it would never be in force. If the date is wrong, "
            "have it corrected first.",
            "CON-2",
        )
    if (
        exception.role_changed_on is not None
        and connection_state.profile_of(session, exception).connections.ends_on_role_change
    ):
        raise Refused(
            "The adult is not any more what the declaration says, and under the school's policy an exception ends "
            "with that. Have it declared anew.",
            "CON-2",
        )
    if begins.year - decided_on.year > MOST_AHEAD:
        found.append(Problem("from_on", f"Choose a first day within {MOST_AHEAD} years. Check the year."))
        return replace(draft, from_on=begins), found
    review = draft.review_on or review_day(session, exception, begins)
    found += _review_problems(session, exception, review, begins)
    return replace(draft, from_on=begins, review_on=review), found


def _review_problems(
    session: Session, exception: ConnectionException, review_on: date, after: date
) -> list[Problem]:
    if review_on <= after:
        return [Problem("review_on", f"The review comes after {written_day(after)}. Choose a later day.")]
    leaving = connection_state.leaving(session, exception)
    if leaving is not None and leaving[0] < review_on:
        return [
            Problem(
                "review_on",
                f"{leaving[1]} A review after that day has nothing to look at: choose an earlier one.",
            )
        ]
    if exception.ends_on is not None and exception.ends_on < review_on:
        return [
            Problem(
                "review_on",
                f"The exception ends on {written_day(exception.ends_on)}. Choose a review before that day.",
            )
        ]
    if review_on.year - after.year > MOST_YEARS:
        return [Problem("review_on", f"Choose a review within {MOST_YEARS} years. Check the year.")]
    return []


def _end_problems(exception: ConnectionException, draft: DecisionDraft, decided_on: date) -> list[Problem]:
    ends = draft.from_on or decided_on
    if ends < decided_on:
        return [
            Problem(
                "from_on",
                f"It was allowed until now, and that is not taken back: it ends on {written_day(decided_on)} or later "
                "(CON-2).",
            )
        ]
    if ends.year - decided_on.year > MOST_YEARS:
        return [Problem("from_on", f"Choose an end within {MOST_YEARS} years. Check the year.")]
    if exception.ends_on is not None and exception.ends_on <= ends:
        return [
            Problem("from_on", f"It ends on {written_day(exception.ends_on)} already. Choose an earlier day.")
        ]
    return []
