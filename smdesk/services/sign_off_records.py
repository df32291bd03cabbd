"""Plain data about posts put to a senior leader before they are published (ACC-6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from smdesk.services.history import History

if TYPE_CHECKING:  # plain data: who shows a list need not load what keeps the files
    from smdesk.services.attached_files import AttachedFileRecord


class SignOffStatus(StrEnum):
    WAITING = "waiting"
    APPROVED = "approved"
    CHANGED = "changed"
    """Approved with another text."""
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


SIGN_OFF_STATUS_LABELS = {
    SignOffStatus.WAITING: "Waits for a decision",
    SignOffStatus.APPROVED: "Approved",
    SignOffStatus.CHANGED: "Approved with changes",
    SignOffStatus.REFUSED: "Refused",
    SignOffStatus.WITHDRAWN: "Withdrawn",
}

MAY_BE_PUBLISHED = frozenset({SignOffStatus.APPROVED, SignOffStatus.CHANGED})


class Verdict(StrEnum):
    """What a senior leader decides."""

    APPROVE = "approve"
    CHANGE = "change"
    REFUSE = "refuse"


VERDICT_LABELS = {
    Verdict.APPROVE: "Approve it as it is",
    Verdict.CHANGE: "Approve it with changes",
    Verdict.REFUSE: "Refuse it",
}


@dataclass(frozen=True, slots=True)
class SignOffDraft:
    """Everything the form can hold; pictures are attached files. ``asked_of`` None: any senior leader."""

    account_id: int | None = None
    title: str = ""
    post: str = ""
    concern: str = ""
    planned_for: date | None = None
    asked_of: int | None = None


@dataclass(frozen=True, slots=True)
class Leader:
    """Somebody a post can be put to."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class SignOffRecord:
    """One post, complete. ``why_not_mine`` says why this reader does not decide about it; "" where they do."""

    id: int
    version: int
    draft: SignOffDraft
    account_name: str
    status: SignOffStatus
    asked_by: str
    asked_at: datetime
    asked_of: str
    decided_by: str
    decided_at: datetime | None
    reason: str
    changed_post: str
    published_on: date | None
    why_not_mine: str
    files: tuple[AttachedFileRecord, ...]
    history: tuple[History, ...]
    masked: bool = False
    """Never: a post is to be public. The form asks every record."""

    @property
    def editable(self) -> bool:
        """Whether the request can still be changed."""
        return self.status is SignOffStatus.WAITING

    @property
    def to_publish(self) -> str:
        """The text as it may be published; "" where it may not."""
        if self.status is SignOffStatus.CHANGED:
            return self.changed_post
        return self.draft.post if self.status is SignOffStatus.APPROVED else ""


class SignOffView(StrEnum):
    WAITING = "waiting"
    MINE = "mine"
    READY = "ready"
    DECIDED = "decided"
    ALL = "all"


SIGN_OFF_VIEW_LABELS = {
    SignOffView.WAITING: "Waiting for a decision",
    SignOffView.MINE: "For me to decide",
    SignOffView.READY: "To be published",
    SignOffView.DECIDED: "Decided",
    SignOffView.ALL: "All",
}


class SignOffColumn(StrEnum):
    TITLE = "title"
    ACCOUNT = "account"
    ASKED = "asked"
    ASKED_BY = "asked_by"
    ASKED_OF = "asked_of"
    PLANNED = "planned"
    STATUS = "status"
    DECIDED_BY = "decided_by"
    DECIDED = "decided"
    PUBLISHED = "published"


SIGN_OFF_COLUMN_LABELS = {
    SignOffColumn.TITLE: "Post",
    SignOffColumn.ACCOUNT: "Account",
    SignOffColumn.ASKED: "Asked",
    SignOffColumn.ASKED_BY: "Asked by",
    SignOffColumn.ASKED_OF: "Put to",
    SignOffColumn.PLANNED: "Planned for",
    SignOffColumn.STATUS: "Status",
    SignOffColumn.DECIDED_BY: "Decided by",
    SignOffColumn.DECIDED: "Decided",
    SignOffColumn.PUBLISHED: "Published",
}


@dataclass(frozen=True, slots=True)
class SignOffFilter:
    view: SignOffView = SignOffView.WAITING
    text: str = ""
    account_id: int | None = None


@dataclass(frozen=True, slots=True)
class SignOffSort:
    column: SignOffColumn = SignOffColumn.PLANNED
    descending: bool = False


@dataclass(frozen=True, slots=True)
class SignOffRow:
    """One line of the list. ``late``: planned for today or before, and not decided."""

    id: int
    title: str
    account: str
    asked_at: datetime
    asked_by: str
    asked_of: str
    planned_for: date | None
    status: SignOffStatus
    decided_by: str
    decided_at: datetime | None
    published_on: date | None
    late: bool
