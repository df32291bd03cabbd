"""Plain data about messages and comments on school accounts (ACC-5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from smdesk.services.history import History

if TYPE_CHECKING:  # plain data: who shows a list need not load what keeps the files
    from smdesk.services.attached_files import AttachedFileRecord


class MessageKind(StrEnum):
    COMMENT = "comment"
    QUERY = "query"
    COMPLAINT = "complaint"
    PRAISE = "praise"
    """Nobody waits for an answer to praise: it has no clock."""


MESSAGE_KIND_LABELS = {
    MessageKind.COMMENT: "Comment",
    MessageKind.QUERY: "Query",
    MessageKind.COMPLAINT: "Complaint",
    MessageKind.PRAISE: "Praise",
}


class MessageStatus(StrEnum):
    """What is left to do about a message; worked out, never stored."""

    WAITING = "waiting"
    ACKNOWLEDGED = "acknowledged"
    REOPENED = "reopened"
    """Answered, and opened again since."""
    ANSWERED = "answered"
    CLOSED = "closed"
    INCIDENT = "incident"
    WITHDRAWN = "withdrawn"


MESSAGE_STATUS_LABELS = {
    MessageStatus.WAITING: "Waits for a reply",
    MessageStatus.ACKNOWLEDGED: "Acknowledged, not answered yet",
    MessageStatus.REOPENED: "Answered, opened again",
    MessageStatus.ANSWERED: "Answered",
    MessageStatus.CLOSED: "Closed without an answer",
    MessageStatus.INCIDENT: "Handed over to an incident",
    MessageStatus.WITHDRAWN: "Withdrawn",
}

MASKED_MESSAGE = "Handed over to an incident"
"""What stands for the words of a message whose incident this reader may not open."""


@dataclass(frozen=True, slots=True)
class MessageDraft:
    """Everything the form can hold. Account, time of receipt (aware) and what was said are required."""

    account_id: int | None = None
    received_at: datetime | None = None
    kind: MessageKind = MessageKind.COMMENT
    from_name: str = ""
    person_id: int | None = None
    said: str = ""
    link: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True)
class ReplyRecord:
    """An acknowledgement or an answer, as it was given."""

    at: datetime
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class MessageRecord:
    """One message, complete. ``masked``: it became an incident that this reader may not open; no words are in it.

    ``due_at`` is None where the policy asks for no reply. ``incident`` is id and reference, for whoever may open it.
    """

    id: int
    reference: str
    version: int
    masked: bool
    draft: MessageDraft
    account_name: str
    person_name: str
    status: MessageStatus
    due_at: datetime | None
    replied_at: datetime | None
    acknowledgement: ReplyRecord | None
    answer: ReplyRecord | None
    settled_at: datetime | None
    settled_reason: str
    incident: tuple[int, str] | None
    withdrawn_reason: str
    recorded_by: str
    recorded_at: datetime
    files: tuple[AttachedFileRecord, ...]
    history: tuple[History, ...]

    @property
    def editable(self) -> bool:
        """Whether its facts can still be put right."""
        return not self.masked and self.status not in (MessageStatus.INCIDENT, MessageStatus.WITHDRAWN)


class MessageView(StrEnum):
    WAITING = "waiting"
    OVERDUE = "overdue"
    ACKNOWLEDGED = "acknowledged"
    SETTLED = "settled"
    ALL = "all"


MESSAGE_VIEW_LABELS = {
    MessageView.WAITING: "Waiting for a reply",
    MessageView.OVERDUE: "Overdue",
    MessageView.ACKNOWLEDGED: "Replied to, still open",
    MessageView.SETTLED: "Settled",
    MessageView.ALL: "All",
}


class MessageColumn(StrEnum):
    REFERENCE = "reference"
    RECEIVED = "received"
    ACCOUNT = "account"
    KIND = "kind"
    FROM = "from"
    SAID = "said"
    STATUS = "status"
    DUE = "due"
    REPLIED = "replied"
    INCIDENT = "incident"


MESSAGE_COLUMN_LABELS = {
    MessageColumn.REFERENCE: "Reference",
    MessageColumn.RECEIVED: "Received",
    MessageColumn.ACCOUNT: "Account",
    MessageColumn.KIND: "Kind",
    MessageColumn.FROM: "From",
    MessageColumn.SAID: "What was said",
    MessageColumn.STATUS: "Status",
    MessageColumn.DUE: "Reply by",
    MessageColumn.REPLIED: "First reply",
    MessageColumn.INCIDENT: "Incident",
}


@dataclass(frozen=True, slots=True)
class MessageFilter:
    view: MessageView = MessageView.WAITING
    text: str = ""
    kind: MessageKind | None = None
    account_id: int | None = None
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class MessageSort:
    column: MessageColumn = MessageColumn.DUE
    descending: bool = False


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One line of the list; of a masked one only when, where, and that it was handed over."""

    id: int
    reference: str
    received_at: datetime
    account: str
    kind: MessageKind
    from_name: str
    said: str
    status: MessageStatus
    due_at: datetime | None
    replied_at: datetime | None
    overdue: bool
    late: bool
    """Replied to, but after the clock had run out."""
    incident: str
    masked: bool


@dataclass(frozen=True, slots=True)
class OverdueSummary:
    """What the bar over every tab says. ``first_id`` is the message that has waited longest past its clock."""

    count: int
    first_id: int | None
    words: str
    """How long overdue that one is: "3 hours 20 minutes overdue"; "" where none is."""


@dataclass(frozen=True, slots=True)
class CannedReply:
    """A reply in the school's own words, to be looked at before it goes out. ``kinds``: what it is offered for."""

    code: str
    label: str
    rule: str
    text: str
    kinds: tuple[MessageKind, ...]
    acknowledges: bool
    """Only says that the message has been read; an answer is still owed."""
