"""Plain data about policies, their versions and who answered, between the window and the services (AUP-1 to AUP-3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from smdesk.policy.vocabulary import PersonKind
from smdesk.services.context import Changes
from smdesk.services.history import History

if TYPE_CHECKING:  # plain data: who shows a list need not load what keeps the files
    from smdesk.services.attached_files import AttachedFileRecord


class PolicyKind(StrEnum):
    """What a policy is about."""

    SOCIAL_MEDIA = "social_media"
    ACCEPTABLE_USE = "acceptable_use"
    OTHER = "other"


POLICY_KIND_LABELS: Final = {
    PolicyKind.SOCIAL_MEDIA: "Social media policy",
    PolicyKind.ACCEPTABLE_USE: "Acceptable use agreement",
    PolicyKind.OTHER: "Other policy",
}


ASKED_LABELS: Final = {
    PersonKind.PARENT: "Parents and carers",
    PersonKind.PUPIL: "Pupils",
    PersonKind.STAFF: "Staff",
    PersonKind.GOVERNOR: "Governors",
    PersonKind.VOLUNTEER: "Volunteers",
    PersonKind.CONTRACTOR: "Contractors",
    PersonKind.THIRD_PARTY: "Third parties",
    PersonKind.UNKNOWN: "People nobody has identified",
}
"""Kinds of people as a group."""


class Answer(StrEnum):
    """What somebody answered. Declining is a choice that is recorded, never forced (AUP-1)."""

    SIGNED = "signed"
    DECLINED = "declined"


ANSWER_LABELS: Final = {Answer.SIGNED: "Signed", Answer.DECLINED: "Declined"}

HOW_OFFERED: Final = ("On paper", "In a meeting", "By e-mail", "Online form")
"""Ways of answering to choose from; any other may be typed."""


class AnswerState(StrEnum):
    """Where one person stands with one policy today."""

    OUTSTANDING = "outstanding"
    OLDER = "older"
    """Outstanding too: they signed an older version only."""
    SIGNED = "signed"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class PolicyDraft:
    """What the school says of a policy. ``asked_of``: who must acknowledge it (AUP-1)."""

    title: str = ""
    kind: PolicyKind = PolicyKind.ACCEPTABLE_USE
    asked_of: tuple[PersonKind, ...] = ()
    for_accounts: bool = False
    """Whoever runs a school account must have acknowledged it (ACC-3)."""
    reviewers: str = ""
    review_months: int = 12
    notes: str = ""


@dataclass(frozen=True, slots=True)
class VersionDraft:
    """One version of a policy. ``ask_again`` False: who acknowledged the version before need not do so again."""

    label: str = ""
    adopted_on: date | None = None
    review_on: date | None = None
    approved_by: str = ""
    changes: str = ""
    ask_again: bool = True


@dataclass(frozen=True, slots=True)
class AddedVersion:
    """The outcome of adding a version. ``file_problem``: why its file could not be kept; "" where all went well."""

    id: int
    version: int
    changes: Changes
    file_problem: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """How one policy stands today: who is asked, and what they answered. Who has left counts for nothing."""

    asked: int = 0
    signed: int = 0
    declined: int = 0
    outstanding: int = 0
    """Asked, and neither signed nor declined."""


@dataclass(frozen=True, slots=True)
class PolicyVersionRecord:
    """One version as shown. ``signed`` and ``declined`` count the answers about just this version."""

    id: int
    version: int
    draft: VersionDraft
    in_use: bool
    recorded_by: str
    recorded_at: datetime
    signed: int
    declined: int
    files: tuple[AttachedFileRecord, ...]
    removable: bool
    """Nobody answered about it and no file was ever kept with it: it can be taken back as a slip."""


@dataclass(frozen=True, slots=True)
class PolicyRecord:
    """One policy with everything its page shows. ``versions``: the newest first."""

    id: int
    version: int
    draft: PolicyDraft
    retired_on: date | None
    retired_reason: str
    versions: tuple[PolicyVersionRecord, ...]
    in_use: PolicyVersionRecord | None
    review_words: str
    review_overdue: bool
    tally: Tally
    history: tuple[History, ...]
    editable: bool


class PolicyView(StrEnum):
    """Ready-made selections of the list of policies."""

    IN_USE = "in_use"
    REVIEW = "review"
    RETIRED = "retired"
    ALL = "all"


POLICY_VIEW_LABELS: Final = {
    PolicyView.IN_USE: "In use",
    PolicyView.REVIEW: "Review due",
    PolicyView.RETIRED: "Retired",
    PolicyView.ALL: "All",
}


@dataclass(frozen=True, slots=True)
class PolicyFilter:
    """What the list of policies shows."""

    view: PolicyView = PolicyView.IN_USE
    text: str = ""
    kind: PolicyKind | None = None
    asked: PersonKind | None = None
    person_id: int | None = None
    """Always None: policies name nobody. Every list's filter has it."""


class PolicyColumn(StrEnum):
    """Columns of the list of policies, all sortable."""

    TITLE = "title"
    KIND = "kind"
    VERSION = "version"
    ADOPTED = "adopted"
    REVIEW = "review"
    REVIEWERS = "reviewers"
    ASKED_OF = "asked_of"
    SIGNED = "signed"
    DECLINED = "declined"
    OUTSTANDING = "outstanding"


POLICY_COLUMN_LABELS: Final = {
    PolicyColumn.TITLE: "Policy",
    PolicyColumn.KIND: "Kind",
    PolicyColumn.VERSION: "Version",
    PolicyColumn.ADOPTED: "Adopted",
    PolicyColumn.REVIEW: "Next review",
    PolicyColumn.REVIEWERS: "Reviewed by",
    PolicyColumn.ASKED_OF: "Asked of",
    PolicyColumn.SIGNED: "Signed",
    PolicyColumn.DECLINED: "Declined",
    PolicyColumn.OUTSTANDING: "Outstanding",
}


@dataclass(frozen=True, slots=True)
class PolicySort:
    column: PolicyColumn = PolicyColumn.TITLE
    descending: bool = False


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One policy in the list."""

    id: int
    title: str
    kind: PolicyKind
    label: str
    """The version in use; "" where there is none yet."""
    adopted_on: date | None
    review_on: date | None
    review_words: str
    review_due: bool
    """Overdue, or due within the policy's reminder."""
    reviewers: str
    asked_of: str
    tally: Tally
    retired_on: date | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """The outcome of recording answers: how many were written, who had answered so already, and all of it in words.

    ``id`` is the policy's.
    """

    id: int
    version: int
    changes: Changes
    recorded: int
    skipped: tuple[str, ...]
    words: str


@dataclass(frozen=True, slots=True)
class VersionChoice:
    """A version an answer can be about."""

    id: int
    label: str
    adopted_on: date
    in_use: bool


@dataclass(frozen=True, slots=True)
class AskedPerson:
    """Somebody an answer is recorded for. ``hint`` tells namesakes apart, ``words`` how they stand with the policy."""

    id: int
    name: str
    hint: str
    state: AnswerState
    words: str


@dataclass(frozen=True, slots=True)
class Asking:
    """What the answer dialog shows. ``versions``: the newest first, none of a later day."""

    policy_id: int
    title: str
    versions: tuple[VersionChoice, ...]
    people: tuple[AskedPerson, ...]


class AnswerView(StrEnum):
    """Ready-made selections of the list of answers."""

    OUTSTANDING = "outstanding"
    DECLINED = "declined"
    SIGNED = "signed"
    ALL = "all"


ANSWER_VIEW_LABELS: Final = {
    AnswerView.OUTSTANDING: "Outstanding",
    AnswerView.DECLINED: "Declined",
    AnswerView.SIGNED: "Signed",
    AnswerView.ALL: "Everybody asked",
}


@dataclass(frozen=True, slots=True)
class AnswerFilter:
    """Whose answers the list shows. A class or year group holds its pupils and their parents and carers."""

    view: AnswerView = AnswerView.OUTSTANDING
    text: str = ""
    policy_id: int | None = None
    kind: PersonKind | None = None
    class_name: str = ""
    year_group: str = ""
    person_id: int | None = None


class AnswerColumn(StrEnum):
    """Columns of the list of answers, all sortable."""

    NAME = "name"
    KIND = "kind"
    YEAR = "year_group"
    CLASS = "class_name"
    CHILDREN = "children"
    POLICY = "policy"
    VERSION = "version"
    STATE = "state"
    ANSWERED = "answered_on"
    HOW = "how"


ANSWER_COLUMN_LABELS: Final = {
    AnswerColumn.NAME: "Name",
    AnswerColumn.KIND: "Who they are",
    AnswerColumn.YEAR: "Year",
    AnswerColumn.CLASS: "Class",
    AnswerColumn.CHILDREN: "Parent or carer of",
    AnswerColumn.POLICY: "Policy",
    AnswerColumn.VERSION: "Version in use",
    AnswerColumn.STATE: "Answer",
    AnswerColumn.ANSWERED: "Answered",
    AnswerColumn.HOW: "How",
}


@dataclass(frozen=True, slots=True)
class AnswerSort:
    column: AnswerColumn = AnswerColumn.NAME
    descending: bool = False


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One person and one policy. ``id`` is the pair's (``agreement_outstanding.pair_of`` takes it apart)."""

    id: int
    policy_id: int
    policy: str
    label: str
    person_id: int
    name: str
    kind: PersonKind
    year_group: str
    class_name: str
    children: str
    state: AnswerState
    words: str
    answered_on: date | None
    how: str


@dataclass(frozen=True, slots=True)
class AnswerChoices:
    """What the list can be narrowed to: policies in use with their ids, classes and year groups there are."""

    policies: tuple[tuple[int, str], ...]
    classes: tuple[str, ...]
    year_groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OutstandingCount:
    """How many answers one policy still waits for."""

    policy_id: int
    title: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """One answer of a person as their page shows it. ``counts``: it is the one that counts today."""

    id: int
    policy_id: int
    policy: str
    label: str
    answer: Answer
    answered_on: date
    how: str
    note: str
    recorded_by: str
    withdrawn: bool
    withdrawn_reason: str
    counts: bool


@dataclass(frozen=True, slots=True)
class PersonPolicy:
    """One policy on a person's page: how they stand with the version in use."""

    policy_id: int
    title: str
    label: str
    state: AnswerState
    words: str


@dataclass(frozen=True, slots=True)
class PersonAgreements:
    """A person's page: what they are asked or have answered, and every answer, the newest first."""

    person_id: int
    policies: tuple[PersonPolicy, ...]
    answers: tuple[GivenAnswer, ...]
    editable: bool
