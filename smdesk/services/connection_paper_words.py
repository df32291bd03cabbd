"""What papers about an exception say about it: its facts line by line, its decisions, and what to mind (CON-2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.policy import connections as policy
from smdesk.policy.profile import Profile
from smdesk.policy.vocabulary import (
    CAPACITY_LABELS,
    INITIATOR_LABELS,
    LINK_LABELS,
    RELATIONSHIP_LABELS,
    Link,
)
from smdesk.policy.words import in_a_sentence, written_day
from smdesk.services import reference_data
from smdesk.services.connection_records import (
    AGREEMENT_LABELS,
    DECISION_KIND_LABELS,
    FILE_KIND_LABELS,
    Agreement,
    DecisionOrigin,
    DecisionRecord,
    ExceptionRecord,
    PaperAnswer,
)
from smdesk.services.connection_words import FOR_THE_CHAIR
from smdesk.services.context import Context
from smdesk.services.incident_fields import moment_in_words

CONFIDENTIAL: Final = "Confidential: keep it with the record."


def printed(by: str, at: datetime, note: str = CONFIDENTIAL) -> str:
    """When and by whom a paper is printed, and how to keep it."""
    return f"Printed {moment_in_words(at)} by {by}. {note}"


def on_record(
    session: Session, ctx: Context, action: str, exception_id: int | None, detail: dict[str, Any]
) -> None:
    """Write to the audit log what was put on paper or taken out; without an id it is a list of several."""
    audit.write(
        session,
        actor_id=ctx.user.id,
        at=ctx.now(),
        action=action,
        object_kind="list" if exception_id is None else "exception",
        object_id=exception_id,
        detail=detail,
    )


def facts(record: ExceptionRecord) -> tuple[tuple[str, str], ...]:
    """What was declared, as label and words; what is not known is left out."""
    draft = record.draft
    relationship = RELATIONSHIP_LABELS[draft.relationship] if draft.relationship else ""
    rows = [
        ("The adult", _person(record.adult_name, record.adult_roles, draft.adult_joined_on)),
        (
            CAPACITY_LABELS[draft.capacity],
            _person(record.other_name, record.other_roles, draft.other_joined_on),
        ),
        ("The adult is their", _joined(relationship, draft.relationship_note)),
        ("Since", _joined(written_day(draft.since_on) if draft.since_on else "", draft.since_words)),
        ("Platforms", ", ".join(reference_data.platform_label(each) for each in draft.platforms)),
        ("Kind of link", ", ".join(LINK_LABELS[each] for each in draft.links)),
        ("Who began it", INITIATOR_LABELS[draft.initiator]),
        ("Declared", _declared(record)),
        ("Acceptable use agreement", _agreement(record)),
        ("Kept with it", "; ".join(_files(record))),
        ("Takes the place of", record.supersedes[1] if record.supersedes else ""),
        ("Policy", f"{record.profile_title}, version {record.profile_number}"),
    ]
    return tuple(row for row in rows if row[1])


def texts(record: ExceptionRecord) -> tuple[tuple[str, str], ...]:
    """The longer texts of a declaration under their headings; empty ones are left out."""
    draft = record.draft
    found = [
        ("How the school knows it", draft.known_how),
        ("Evidence seen", draft.evidence_seen),
        ("Conditions proposed", draft.conditions_proposed),
    ]
    return tuple(each for each in found if each[1].strip())


def decision_rows(record: ExceptionRecord) -> tuple[tuple[str, str, str], ...]:
    """The decisions so far: what and when, by whom and how it stands, reason and conditions."""
    return tuple(
        (
            f"{DECISION_KIND_LABELS[each.kind]}\n{written_day(each.decided_on)}",
            f"{each.decider_name}\n{standing_in_short(each)}",
            _joined(each.reason, f"Conditions: {each.conditions}" if each.conditions else "", "\n"),
        )
        for each in record.decisions
    )


def notes(record: ExceptionRecord, profile: Profile) -> tuple[str, ...]:
    """What whoever decides should mind: the policy, earlier decisions, attempts, questions."""
    return tuple(_notes(record, profile))


def _notes(record: ExceptionRecord, profile: Profile) -> Iterator[str]:
    draft = record.draft
    if record.headteacher_concerned:
        yield FOR_THE_CHAIR
    ruling = policy.strictest(
        [
            policy.rule_on(
                profile,
                policy.Contact(
                    draft.adult_kind,
                    draft.capacity,
                    link,
                    draft.initiator,
                    draft.declared_on or record.recorded_at.date(),
                    draft.platforms[0] if draft.platforms else "",
                ),
            )
            for link in draft.links or (Link.FRIEND,)
        ]
    )
    yield f"Without an exception: {in_a_sentence(ruling.why).rstrip('.')} ({ruling.rule})."
    for each in record.decisions:
        reason = " ".join(each.reason.split())
        yield f"{DECISION_KIND_LABELS[each.kind]} on {written_day(each.decided_on)} by {each.decider_name}: {reason}"
    if record.incidents:
        yield "Attempts between the two on record: " + ", ".join(each[1] for each in record.incidents) + "."
    if record.questions:
        yield "A question about this relationship is on record; see SM Desk."
    if draft.agreement is Agreement.DECLINED:
        yield "The adult has declined the acceptable use agreement, which is their choice (AUP-1)."


def standing(decision: DecisionRecord) -> str:
    """Where a decision comes from and what is wanting, in whole sentences (CON-2)."""
    on = written_day(decision.decided_on)
    recorded = moment_in_words(decision.recorded_at)
    match decision.origin:
        case DecisionOrigin.SIGNED:
            said = f"Signed in SM Desk on {recorded} with the decider’s own key."
        case DecisionOrigin.IMPORTED:
            return (
                f"Approved before SM Desk. It was taken over on {recorded} by {decision.recorded_by} from the register "
                "kept until then; nobody has signed it."
            )
        case DecisionOrigin.PAPER:
            said = (
                f"Made on paper on {on}, and recorded on {recorded} by {decision.recorded_by} on behalf of "
                f"{decision.decider_name}. The scan is kept with the record."
            )
            answered = moment_in_words(decision.answered_at) if decision.answered_at is not None else ""
            if decision.answer is PaperAnswer.CONFIRMED:
                said += f" Confirmed on {answered} with the decider’s signature."
            elif decision.answer is PaperAnswer.DISPUTED:
                said += f" Disputed on {answered}: {decision.answer_reason} It counts for nothing."
            else:
                said += " The decider has not confirmed it yet."
    return f"{said} {decision.key_flag}".strip()


def standing_in_short(decision: DecisionRecord) -> str:
    """How a decision stands, for a column."""
    if decision.origin is DecisionOrigin.IMPORTED:
        return "Before SM Desk, unsigned"
    short = f"Signed, {' '.join(decision.fingerprint.split()[:2])}"
    if decision.origin is DecisionOrigin.SIGNED:
        return short
    if decision.answer is PaperAnswer.CONFIRMED:
        return f"On paper, confirmed. {short}"
    return "On paper, disputed" if decision.answer else "On paper, not confirmed"


def _person(name: str, roles: str, joined_on: date | None) -> str:
    joined = f"joined on {written_day(joined_on)}" if joined_on else "joining date not known"
    return f"{name} ({in_a_sentence(roles)}), {joined}"


def _declared(record: ExceptionRecord) -> str:
    draft = record.draft
    on = written_day(draft.declared_on) if draft.declared_on else ""
    by = f" by {record.declarant_name}" if record.declarant_name else ""
    return f"{on}{by}. {record.timeliness_words}."


def _agreement(record: ExceptionRecord) -> str:
    draft = record.draft
    if draft.agreement is Agreement.NOT_ASKED:
        return AGREEMENT_LABELS[draft.agreement]
    on = f" on {written_day(draft.agreement_on)}" if draft.agreement_on else ""
    return f"{AGREEMENT_LABELS[draft.agreement]}{on}"


def _files(record: ExceptionRecord) -> Iterator[str]:
    for each in record.files:
        if not each.removed:
            yield f"{each.name} ({in_a_sentence(FILE_KIND_LABELS[each.kind])})"


def _joined(first: str, second: str, between: str = ", ") -> str:
    return between.join(part for part in (first, second) if part)
