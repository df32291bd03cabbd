"""Plain data about school accounts and blocks that travels between the window and the services (ACC-1 to ACC-9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from smdesk.policy.accounts import Gap, Openness
from smdesk.services.history import History

MOST_REVIEW_YEARS: Final = 5
"""Within how many years an account must be looked at again."""


class ChecklistPoint(StrEnum):
    """What is agreed about every post on an account (ACC-7)."""

    WHO_POSTS = "who_posts"
    DISCLAIMER = "disclaimer"
    CREDIT = "credit"
    TAGGING = "tagging"


CHECKLIST_LABELS = {
    ChecklistPoint.WHO_POSTS: "posts say who posts",
    ChecklistPoint.DISCLAIMER: "personal views carry a disclaimer",
    ChecklistPoint.CREDIT: "others’ material is used with permission and credit",
    ChecklistPoint.TAGGING: "tagging people in pictures was thought about",
}
"""As they stand in a sentence."""


@dataclass(frozen=True, slots=True)
class AccountRunnerDraft:
    """Somebody who runs an account. ``until_on`` is the first day they do not any more."""

    person_id: int
    from_on: date
    until_on: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class AccountDraft:
    """Everything the account form can hold. Platform and handle are required.

    ``watch_days`` (Monday 1, Tuesday 2, Wednesday 4 … added up) and ``watch_holidays`` belong to the rota: None leaves
    them as they are.
    """

    platform: str = ""
    handle: str = ""
    link: str = ""
    purpose: str = ""
    audience: str = ""
    openness: Openness = Openness.NOT_ANSWERED
    responsible_id: int | None = None
    opened_on: date | None = None
    review_on: date | None = None
    credentials_place: str = ""
    checklist: tuple[ChecklistPoint, ...] = ()
    watch_days: int | None = None
    watch_holidays: bool | None = None
    notes: str = ""
    runners: tuple[AccountRunnerDraft, ...] = ()


@dataclass(frozen=True, slots=True)
class RunnerRecord:
    """One line of who runs an account, past and to come. ``runs`` is whether it counts today."""

    id: int
    person_id: int
    name: str
    kinds: str
    from_on: date
    until_on: date | None
    note: str
    left_on: date | None
    runs: bool


@dataclass(frozen=True, slots=True)
class AccountStanding:
    """Whether an account complies on a day, and what is missing (ACC-1 to ACC-4, ACC-7)."""

    gaps: tuple[Gap, ...]
    compliant: bool
    words: str
    """For a list: "Complies", or what is missing in a few words."""


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """One account, complete. ``cases`` are the business cases about it, as (id, reference, status in words)."""

    id: int
    version: int
    draft: AccountDraft
    name: str
    platform_label: str
    runners: tuple[RunnerRecord, ...]
    responsible_name: str
    responsible_kinds: str
    approved_on: date | None
    approved_by: str
    cases: tuple[tuple[int, str, str], ...]
    checklist_on: date | None
    closed_on: date | None
    closed_reason: str
    recorded_by: str
    recorded_at: datetime
    looked_on: date | None
    standing: AccountStanding
    blocks: int
    """Blocks on it that stand."""
    history: tuple[History, ...]
    masked: bool = False
    """Never: an account is nobody's secret. The form asks every record."""


@dataclass(frozen=True, slots=True)
class AccountHit:
    """An account to choose from."""

    id: int
    name: str
    closed: bool


class AccountView(StrEnum):
    OPEN = "open"
    NOT_COMPLIANT = "not_compliant"
    NOT_APPROVED = "not_approved"
    CLOSED = "closed"
    ALL = "all"


ACCOUNT_VIEW_LABELS = {
    AccountView.OPEN: "Open",
    AccountView.NOT_COMPLIANT: "Something missing",
    AccountView.NOT_APPROVED: "Not yet approved",
    AccountView.CLOSED: "Closed",
    AccountView.ALL: "All",
}


class AccountColumn(StrEnum):
    NAME = "name"
    PLATFORM = "platform"
    STANDING = "standing"
    RESPONSIBLE = "responsible"
    RUNNERS = "runners"
    OPENNESS = "openness"
    APPROVED = "approved"
    REVIEW = "review"
    LOOKED = "looked"
    CREDENTIALS = "credentials"
    LINK = "link"
    PURPOSE = "purpose"
    AUDIENCE = "audience"
    OPENED = "opened"
    CLOSED = "closed"


ACCOUNT_COLUMN_LABELS = {
    AccountColumn.NAME: "Account",
    AccountColumn.PLATFORM: "Platform",
    AccountColumn.STANDING: "Standing",
    AccountColumn.RESPONSIBLE: "Responsible",
    AccountColumn.RUNNERS: "Run by",
    AccountColumn.OPENNESS: "Open or closed",
    AccountColumn.APPROVED: "Approved",
    AccountColumn.REVIEW: "Review",
    AccountColumn.LOOKED: "Last looked at",
    AccountColumn.CREDENTIALS: "Password kept",
    AccountColumn.LINK: "Link",
    AccountColumn.PURPOSE: "Purpose",
    AccountColumn.AUDIENCE: "Audience",
    AccountColumn.OPENED: "Opened",
    AccountColumn.CLOSED: "Closed on",
}


@dataclass(frozen=True, slots=True)
class AccountFilter:
    """``person_id``: runs it now, or is responsible for it."""

    view: AccountView = AccountView.OPEN
    text: str = ""
    platform: str = ""
    openness: Openness | None = None
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class AccountSort:
    column: AccountColumn = AccountColumn.NAME
    descending: bool = False


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One line of the register. ``runners`` are those who run it today, in words."""

    id: int
    name: str
    handle: str
    platform: str
    standing: AccountStanding
    responsible: str
    runners: str
    openness: Openness
    approved_on: date | None
    review_on: date | None
    looked_on: date | None
    credentials_place: str
    link: str
    purpose: str
    audience: str
    opened_on: date | None
    closed_on: date | None


@dataclass(frozen=True, slots=True)
class BlockDraft:
    """Who is blocked, where and why (ACC-9). ``place`` stands where it is no account on the register."""

    account_id: int | None = None
    place: str = ""
    who: str = ""
    person_id: int | None = None
    reason: str = ""
    since_on: date | None = None
    review_on: date | None = None
    incident_id: int | None = None


@dataclass(frozen=True, slots=True)
class BlockRecord:
    """One block, complete. ``masked``: it came from an incident this reader may not open, and says only where and
    since when."""

    id: int
    version: int
    draft: BlockDraft
    where: str
    person_name: str
    incident: str
    """The incident's reference; "" where there is none, or it is not open to this reader."""
    ended_on: date | None
    ended_reason: str
    recorded_by: str
    recorded_at: datetime
    history: tuple[History, ...]
    masked: bool


class BlockView(StrEnum):
    STANDING = "standing"
    REVIEW_DUE = "review_due"
    ENDED = "ended"
    ALL = "all"


BLOCK_VIEW_LABELS = {
    BlockView.STANDING: "In force",
    BlockView.REVIEW_DUE: "Due for review",
    BlockView.ENDED: "Ended",
    BlockView.ALL: "All",
}


class BlockColumn(StrEnum):
    WHO = "who"
    WHERE = "where"
    REASON = "reason"
    SINCE = "since"
    REVIEW = "review"
    STATUS = "status"
    INCIDENT = "incident"


BLOCK_COLUMN_LABELS = {
    BlockColumn.WHO: "Who",
    BlockColumn.WHERE: "Where",
    BlockColumn.REASON: "Why",
    BlockColumn.SINCE: "Since",
    BlockColumn.REVIEW: "Review",
    BlockColumn.STATUS: "Status",
    BlockColumn.INCIDENT: "Incident",
}


@dataclass(frozen=True, slots=True)
class BlockFilter:
    view: BlockView = BlockView.STANDING
    text: str = ""
    platform: str = ""
    person_id: int | None = None
    account_id: int | None = None


@dataclass(frozen=True, slots=True)
class BlockSort:
    column: BlockColumn = BlockColumn.REVIEW
    descending: bool = False


@dataclass(frozen=True, slots=True)
class BlockRow:
    """One line of the register of blocks."""

    id: int
    who: str
    where: str
    reason: str
    since_on: date
    review_on: date | None
    review_due: bool
    ended_on: date | None
    incident_id: int | None
    incident: str
    masked: bool


BLOCK_MASKED = "From an incident that is not open to you"
"""What stands in place of who and why."""
