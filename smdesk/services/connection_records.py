"""Plain data about connection exceptions that travels between the window and the services (CON-1 to CON-5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from smdesk.policy.vocabulary import Capacity, Initiator, Link, PersonKind, Relationship, Timeliness
from smdesk.security.permissions import Role
from smdesk.services.incident_records import Confidentiality


class ExceptionStatus(StrEnum):
    """Where an exception stands. "Due for review" and "not begun yet" are days, not states."""

    DECLARED = "declared"
    AWAITING = "awaiting"
    MORE_WANTED = "more_wanted"
    APPROVED = "approved"
    REFUSED = "refused"
    ENDED = "ended"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


EXCEPTION_STATUS_LABELS = {
    ExceptionStatus.DECLARED: "Declared, not put forward yet",
    ExceptionStatus.AWAITING: "Awaiting a decision",
    ExceptionStatus.MORE_WANTED: "More asked for",
    ExceptionStatus.APPROVED: "Approved",
    ExceptionStatus.REFUSED: "Refused",
    ExceptionStatus.ENDED: "Ended",
    ExceptionStatus.REVOKED: "Revoked",
    ExceptionStatus.SUPERSEDED: "Superseded by a later one",
    ExceptionStatus.WITHDRAWN: "Withdrawn",
}


class EndCause(StrEnum):
    REVOKED = "revoked"
    ENDED = "ended"
    ADULT_LEFT = "adult_left"
    OTHER_LEFT = "other_left"
    ROLE_CHANGED = "role_changed"
    SUPERSEDED = "superseded"


END_CAUSE_LABELS = {
    EndCause.REVOKED: "Revoked",
    EndCause.ENDED: "Ended by decision",
    EndCause.ADULT_LEFT: "The adult left the school",
    EndCause.OTHER_LEFT: "The pupil left the school",
    EndCause.ROLE_CHANGED: "The adult changed role",
    EndCause.SUPERSEDED: "A later exception took its place",
}


class DecisionKind(StrEnum):
    APPROVE = "approve"
    REFUSE = "refuse"
    ASK_FOR_MORE = "ask_for_more"
    RENEW = "renew"
    END = "end"
    REVOKE = "revoke"


DECISION_KIND_LABELS = {
    DecisionKind.APPROVE: "Approved",
    DecisionKind.REFUSE: "Refused",
    DecisionKind.ASK_FOR_MORE: "More asked for",
    DecisionKind.RENEW: "Renewed",
    DecisionKind.END: "Ended",
    DecisionKind.REVOKE: "Revoked",
}


ALLOWING = (DecisionKind.APPROVE, DecisionKind.RENEW)
"""Decisions that allow a connection, with conditions and a day of review."""
ENDING = (DecisionKind.END, DecisionKind.REVOKE)
SEALING = (DecisionKind.APPROVE, DecisionKind.REFUSE)
"""Decisions from which on the declared facts stay as they are (CON-2)."""


class DecisionOrigin(StrEnum):
    SIGNED = "signed"
    PAPER = "paper"
    IMPORTED = "imported"


DECISION_ORIGIN_LABELS = {
    DecisionOrigin.SIGNED: "Signed in SM Desk",
    DecisionOrigin.PAPER: "Recorded on behalf of the decider, from paper",
    DecisionOrigin.IMPORTED: "Approved before SM Desk, unsigned",
}


class PaperAnswer(StrEnum):
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"


class Agreement(StrEnum):
    """What became of the adult's acceptable use agreement (AUP-1). A refusal is recorded, never forced."""

    NOT_ASKED = ""
    SIGNED = "signed"
    DECLINED = "declined"


AGREEMENT_LABELS = {
    Agreement.NOT_ASKED: "Not recorded",
    Agreement.SIGNED: "Signed",
    Agreement.DECLINED: "Declined",
}


class FileKind(StrEnum):
    FORM = "form"
    DECISION = "decision"
    EVIDENCE = "evidence"


FILE_KIND_LABELS = {
    FileKind.FORM: "Declaration form",
    FileKind.DECISION: "Decision on paper",
    FileKind.EVIDENCE: "Shows the relationship",
}


@dataclass(frozen=True, slots=True)
class DeclarationDraft:
    """Everything the declaration form can hold. Both people, the relationship, at least one platform and one kind
    of link, and the day of the declaration must be there to put it forward; to save, both people and the day.

    ``declarant_id`` is who told the school, where that is somebody on record (usually the adult).
    """

    adult_id: int | None = None
    adult_kind: PersonKind = PersonKind.STAFF
    other_id: int | None = None
    capacity: Capacity = Capacity.PUPIL
    relationship: Relationship | None = None
    relationship_note: str = ""
    known_how: str = ""
    since_on: date | None = None
    since_words: str = ""
    platforms: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    initiator: Initiator = Initiator.UNKNOWN
    adult_joined_on: date | None = None
    other_joined_on: date | None = None
    declared_on: date | None = None
    declarant_id: int | None = None
    evidence_seen: str = ""
    conditions_proposed: str = ""
    agreement: Agreement = Agreement.NOT_ASKED
    agreement_on: date | None = None
    notes: str = ""
    confidentiality: Confidentiality = Confidentiality.NORMAL


@dataclass(frozen=True, slots=True)
class DecisionDraft:
    """What a decider fills in. ``from_on``: approve: first day allowed; end, revoke: first day not allowed any more
    (None: the day of the decision). ``review_on`` is for approve and renew.
    """

    kind: DecisionKind
    reason: str = ""
    conditions: str = ""
    from_on: date | None = None
    review_on: date | None = None


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """One decision as shown. ``fault`` is what is wrong with its signature, "" where nothing is."""

    id: int
    exception_id: int
    kind: DecisionKind
    origin: DecisionOrigin
    reason: str
    conditions: str
    decided_on: date
    from_on: date | None
    review_on: date | None
    decider_name: str
    recorded_by: str
    recorded_at: datetime
    file_id: int | None
    answer: PaperAnswer | None
    answered_at: datetime | None
    answer_reason: str
    fingerprint: str
    """Of the signing key, in groups of four; "" for an unsigned decision."""
    key_flag: str
    """A sentence where the signing key was made by a reset and is not confirmed, else ""."""
    fault: str
    number: int = 0
    """Its place among the exception's decisions, from 1."""
    only_dispute: bool = False
    """Its decider does not decide any more: this reader may dispute it in their place, never confirm it."""


@dataclass(frozen=True, slots=True)
class KeptFile:
    id: int
    kind: FileKind
    name: str
    media_type: str
    size: int
    sha256: str
    note: str
    added_at: datetime
    added_by: str
    removed: bool
    removed_reason: str


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One line of an exception's history, oldest first. ``who`` is "SM Desk" where the program wrote it."""

    id: int
    kind: str
    happened_on: date
    title: str
    text: str
    reason: str
    rule: str
    who: str
    recorded_at: datetime
    decision_id: int | None
    letter_id: int | None
    file_id: int | None


@dataclass(frozen=True, slots=True)
class ExceptionRecord:
    """One exception as opened. A ``masked`` record carries reference, status and days only: the reader recorded it
    and may know that it exists, no more.
    """

    id: int
    reference: str
    version: int
    masked: bool
    draft: DeclarationDraft
    adult_name: str
    adult_roles: str
    """All the adult is to the school, in words: "Volunteer, also pupil"."""
    other_name: str
    other_roles: str
    declarant_name: str
    status: ExceptionStatus
    status_words: str
    """Status with what the day adds: "Approved, due for review since 3 May 2026"."""
    in_force: bool
    """Whether it allows the connection today."""
    timeliness: Timeliness
    late_days: int | None
    timeliness_words: str
    from_on: date | None
    review_on: date | None
    """The review it has before it, or has missed; None where it is over by then."""
    review_due: bool
    ends_on: date | None
    end_cause: EndCause | None
    headteacher_concerned: bool
    unconfirmed_paper: bool
    sealed: bool
    imported: bool
    awaits: Role | None
    supersedes: tuple[int, str] | None
    superseded_by: tuple[int, str] | None
    """Id and reference of the newest record that supersedes this one and was not withdrawn."""
    decisions: tuple[DecisionRecord, ...]
    files: tuple[KeptFile, ...]
    history: tuple[HistoryLine, ...]
    incidents: tuple[tuple[int, str, str], ...]
    """Attempts between the two that this reader may open: incident id, reference, summary."""
    questions: tuple[int, ...]
    profile_number: int
    profile_title: str
    recorded_by: str
    recorded_at: datetime
    may_edit: bool
    """The declared facts may still be changed by this reader."""
    may_submit: bool
    may_decide: bool
    why_not: str
    """Where a decision is awaited and this reader does not decide: who does instead, and why."""
    open_decisions: tuple[DecisionKind, ...]
    """The decisions that the state allows now, whoever takes them."""


class ExceptionView(StrEnum):
    """The ready-made views over the register."""

    IN_FORCE = "in_force"
    AWAITING = "awaiting"
    TO_COMPLETE = "to_complete"
    REVIEW_DUE = "review_due"
    PAST = "past"
    ALL = "all"


EXCEPTION_VIEW_LABELS = {
    ExceptionView.IN_FORCE: "In force",
    ExceptionView.AWAITING: "Awaiting a decision",
    ExceptionView.TO_COMPLETE: "To complete",
    ExceptionView.REVIEW_DUE: "Due for review",
    ExceptionView.PAST: "Refused and ended",
    ExceptionView.ALL: "All",
}


@dataclass(frozen=True, slots=True)
class ExceptionFilter:
    """What the register shows. ``on_day`` looks back: the exceptions that allowed a connection on that day,
    whatever the view. Records this reader may only know to exist appear only when nothing but ``view`` is set.
    """

    view: ExceptionView = ExceptionView.IN_FORCE
    text: str = ""
    platform: str = ""
    relationship: Relationship | None = None
    capacity: Capacity | None = None
    adult_kind: PersonKind | None = None
    timeliness: Timeliness | None = None
    person_id: int | None = None
    on_day: date | None = None


class ExceptionColumn(StrEnum):
    """Columns of the register, all sortable."""

    REFERENCE = "reference"
    ADULT = "adult"
    ADULT_KIND = "adult_kind"
    OTHER = "other"
    CAPACITY = "capacity"
    RELATIONSHIP = "relationship"
    PLATFORMS = "platforms"
    LINKS = "links"
    DECLARED = "declared"
    TIMELINESS = "timeliness"
    STATUS = "status"
    FROM = "from"
    REVIEW = "review"
    ENDS = "ends"
    CONFIDENTIALITY = "confidentiality"


EXCEPTION_COLUMN_LABELS = {
    ExceptionColumn.REFERENCE: "Reference",
    ExceptionColumn.ADULT: "Adult",
    ExceptionColumn.ADULT_KIND: "Adult’s role",
    ExceptionColumn.OTHER: "Pupil or parent",
    ExceptionColumn.CAPACITY: "Pupil or parent as",
    ExceptionColumn.RELATIONSHIP: "The adult is their",
    ExceptionColumn.PLATFORMS: "Platforms",
    ExceptionColumn.LINKS: "Kind of link",
    ExceptionColumn.DECLARED: "Declared",
    ExceptionColumn.TIMELINESS: "On entry or late",
    ExceptionColumn.STATUS: "Status",
    ExceptionColumn.FROM: "Allowed from",
    ExceptionColumn.REVIEW: "Review",
    ExceptionColumn.ENDS: "Until",
    ExceptionColumn.CONFIDENTIALITY: "Confidentiality",
}


@dataclass(frozen=True, slots=True)
class ExceptionSort:
    column: ExceptionColumn = ExceptionColumn.ADULT
    descending: bool = False


@dataclass(slots=True)
class ExceptionRow:
    """One line of the register, ready to show. Not frozen, as ``IncidentRow``."""

    id: int
    reference: str
    adult: str
    adult_kind: PersonKind
    other: str
    capacity: Capacity
    relationship: Relationship | None
    platforms: str
    """In words, comma separated."""
    links: tuple[Link, ...]
    declared_on: date
    timeliness: Timeliness
    late_days: int | None
    status: ExceptionStatus
    status_words: str
    from_on: date | None
    review_on: date | None
    review_due: bool
    ends_on: date | None
    confidentiality: Confidentiality
    imported: bool
    unconfirmed_paper: bool
    masked: bool
