"""Plain data about business cases that travels between the window and the services (ACC-1 to ACC-3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from smdesk.policy.accounts import Gap, Openness
from smdesk.policy.vocabulary import PersonKind
from smdesk.services.history import History
from smdesk.services.letter_records import LetterKind


class CaseStatus(StrEnum):
    """Where a business case stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    MORE_WANTED = "more_wanted"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


CASE_STATUS_LABELS: Final[dict[CaseStatus, str]] = {
    CaseStatus.DRAFT: "Draft",
    CaseStatus.SUBMITTED: "Awaiting the meeting",
    CaseStatus.MORE_WANTED: "More asked for",
    CaseStatus.APPROVED: "Approved",
    CaseStatus.REJECTED: "Rejected",
    CaseStatus.WITHDRAWN: "Withdrawn",
}

OPEN: Final = frozenset({CaseStatus.DRAFT, CaseStatus.SUBMITTED, CaseStatus.MORE_WANTED})
"""Not decided, and not withdrawn: the facts may change."""


CASE_LETTERS: Final[dict[CaseStatus, LetterKind]] = {
    CaseStatus.APPROVED: LetterKind.CASE_APPROVED,
    CaseStatus.REJECTED: LetterKind.CASE_REJECTED,
    CaseStatus.MORE_WANTED: LetterKind.CASE_MORE,
}
"""The letter that tells whoever proposed it how a case stands (DOC-1)."""


class CaseView(StrEnum):
    """The views of the list."""

    TO_COMPLETE = "to_complete"
    AWAITING = "awaiting"
    APPROVED = "approved"
    PAST = "past"
    ALL = "all"


CASE_VIEW_LABELS: Final[dict[CaseView, str]] = {
    CaseView.TO_COMPLETE: "To complete",
    CaseView.AWAITING: "Awaiting the meeting",
    CaseView.APPROVED: "Approved",
    CaseView.PAST: "Rejected or withdrawn",
    CaseView.ALL: "All",
}


class CaseDecisionKind(StrEnum):
    """What the leadership team may decide (ACC-2)."""

    APPROVE = "approve"
    REJECT = "reject"
    ASK_FOR_MORE = "ask_for_more"


CASE_DECISION_LABELS: Final[dict[CaseDecisionKind, str]] = {
    CaseDecisionKind.APPROVE: "Approved",
    CaseDecisionKind.REJECT: "Rejected",
    CaseDecisionKind.ASK_FOR_MORE: "More asked for",
}

SEALING: Final = frozenset({CaseDecisionKind.APPROVE, CaseDecisionKind.REJECT})
"""After one of these the case is not changed any more: whoever wants something else proposes anew."""


@dataclass(frozen=True, slots=True)
class RunnerChoice:
    """Somebody named to run the account; ``responsible``: the named responsible person (PPL-3)."""

    person_id: int
    responsible: bool = False


@dataclass(frozen=True, slots=True)
class CaseDraft:
    """Everything the form can hold. A draft may be incomplete; what is missing is told as gaps.

    The five points are ``aim``, ``audience``, ``promotion``, ``runners`` and ``openness`` (ACC-1). Who proposes is
    somebody on record (``proposer_id``) or anybody else by name.
    """

    platform: str = ""
    proposed_name: str = ""
    link: str = ""
    exists_already: bool = False
    account_id: int | None = None
    proposer_id: int | None = None
    proposer_name: str = ""
    aim: str = ""
    audience: str = ""
    promotion: str = ""
    openness: Openness = Openness.NOT_ANSWERED
    openness_note: str = ""
    runners: tuple[RunnerChoice, ...] = ()
    audience_age: str = ""
    consents: str = ""
    holidays: str = ""
    when_runners_leave: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True)
class CaseDecisionDraft:
    """A decision of the leadership team as typed. ``agreed`` and ``against`` are user ids, ``present`` says in words
    who else was there. ``review_on`` counts for an approval; None: as the policy says.
    """

    kind: CaseDecisionKind
    reason: str = ""
    conditions: str = ""
    decided_on: date | None = None
    agreed: tuple[int, ...] = ()
    against: tuple[int, ...] = ()
    present: str = ""
    minute_ref: str = ""
    review_on: date | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the leadership team who may be named at a decision.

    ``why_not`` says why they cannot count ("" where they can); ``note`` what to mind where they can.
    """

    user_id: int
    name: str
    role: str
    why_not: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class CaseRunnerRecord:
    """Somebody named to run it, as they stand on the day of asking. ``left_on``: first day not at the school."""

    person_id: int
    name: str
    kinds: tuple[PersonKind, ...]
    staff: bool
    responsible: bool
    left_on: date | None


@dataclass(frozen=True, slots=True)
class CaseDecisionRecord:
    """One decision as shown. ``fault``: what is wrong with it or its signature, or ""."""

    id: int
    number: int
    kind: CaseDecisionKind
    reason: str
    conditions: str
    decided_on: date
    agreed: tuple[str, ...]
    against: tuple[str, ...]
    present: str
    minute_ref: str
    review_on: date | None
    recorder: str
    fingerprint: str
    fault: str


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """One case, complete. ``decidable_why_not``: why this reader cannot record the decision, or ""."""

    id: int
    version: int
    reference: str
    draft: CaseDraft
    status: CaseStatus
    status_words: str
    proposer: str
    platform_label: str
    runners: tuple[CaseRunnerRecord, ...]
    gaps: tuple[Gap, ...]
    decisions: tuple[CaseDecisionRecord, ...]
    history: tuple[History, ...]
    submitted_on: date | None
    submitted_by: str
    decided_on: date | None
    recorded_by: str
    recorded_on: date
    supersedes: tuple[int, str] | None
    superseded_by: tuple[tuple[int, str], ...]
    account: tuple[int, str] | None
    """The account it is about, as (id, "@handle on Facebook")."""
    account_approved: bool
    policy_number: int
    editable: bool
    sealed: bool
    open_decisions: tuple[CaseDecisionKind, ...]
    decidable_why_not: str
    withdrawn_reason: str = ""


class CaseColumn(StrEnum):
    """Columns of the list."""

    REFERENCE = "reference"
    NAME = "name"
    PLATFORM = "platform"
    PROPOSER = "proposer"
    RUNNERS = "runners"
    OPENNESS = "openness"
    STATUS = "status"
    MISSING = "missing"
    SUBMITTED = "submitted"
    DECIDED = "decided"


CASE_COLUMN_LABELS: Final[dict[CaseColumn, str]] = {
    CaseColumn.REFERENCE: "Reference",
    CaseColumn.NAME: "Proposed name",
    CaseColumn.PLATFORM: "Platform",
    CaseColumn.PROPOSER: "Proposed by",
    CaseColumn.RUNNERS: "To be run by",
    CaseColumn.OPENNESS: "Open or private",
    CaseColumn.STATUS: "Status",
    CaseColumn.MISSING: "Still missing",
    CaseColumn.SUBMITTED: "Put forward",
    CaseColumn.DECIDED: "Decided",
}


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What the list is narrowed to. ``text`` is looked for in reference, name, people and points."""

    view: CaseView = CaseView.AWAITING
    text: str = ""
    platform: str = ""
    existing_only: bool = False


@dataclass(frozen=True, slots=True)
class CaseSort:
    column: CaseColumn = CaseColumn.SUBMITTED
    descending: bool = False


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One line of the list. ``missing`` counts the gaps of a case that is not decided; None for one that is."""

    id: int
    reference: str
    name: str
    platform: str
    proposer: str
    runners: str
    openness: Openness
    status: CaseStatus
    status_words: str
    missing: int | None
    submitted_on: date | None
    decided_on: date | None


@dataclass(frozen=True, slots=True)
class AccountChoice:
    """An account on the register a case may be about."""

    id: int
    label: str
    platform: str
    handle: str
    link: str
    approved: bool
