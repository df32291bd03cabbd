"""Plain data about incidents that travels between the window and the services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from smdesk.policy.vocabulary import Conduct, FourC, PersonKind, Route, Step

if TYPE_CHECKING:
    from smdesk.policy.model import Advice


class Confidentiality(StrEnum):
    NORMAL = "normal"
    SAFEGUARDING = "safeguarding"
    STAFF = "staff"


CONFIDENTIALITY_LABELS = {
    Confidentiality.NORMAL: "Ordinary",
    Confidentiality.SAFEGUARDING: "Safeguarding (headteacher and DSL only)",
    Confidentiality.STAFF: "About a member of staff (headteacher and DSL only)",
}


class PersonRole(StrEnum):
    """What a person has to do with an incident."""

    AUTHOR = "author"
    NAMED = "named"
    AFFECTED = "affected"
    REPORTED_BY = "reported_by"


PERSON_ROLE_LABELS = {
    PersonRole.AUTHOR: "Posted it",
    PersonRole.NAMED: "Named or shown in it",
    PersonRole.AFFECTED: "Affected by it",
    PersonRole.REPORTED_BY: "Reported it to us",
}


class Outcome(StrEnum):
    """How an incident ended (asked for on closing)."""

    REMOVED = "removed"
    RESOLVED_BY_TALK = "resolved_by_talk"
    WARNED = "warned"
    COMPLAINTS_PROCEDURE = "complaints_procedure"
    REFERRED = "referred"
    HANDLED_INTERNALLY = "handled_internally"
    NO_ACTION = "no_action"
    NOT_UPHELD = "not_upheld"
    LOGGED_IN_ERROR = "logged_in_error"


OUTCOME_LABELS = {
    Outcome.REMOVED: "The post was removed",
    Outcome.RESOLVED_BY_TALK: "Settled by talking",
    Outcome.WARNED: "Warning given",
    Outcome.COMPLAINTS_PROCEDURE: "Moved to the complaints procedure",
    Outcome.REFERRED: "Passed to police, POSH or another body",
    Outcome.HANDLED_INTERNALLY: "Handled under behaviour policy or code of conduct",
    Outcome.NO_ACTION: "Decided not to act",
    Outcome.NOT_UPHELD: "Looked into and not upheld",
    Outcome.LOGGED_IN_ERROR: "Logged in error",
}


@dataclass(frozen=True, slots=True)
class PersonInIncident:
    """``kind`` is the capacity the person acted in; ``name`` is for showing and ignored on save."""

    person_id: int
    role: PersonRole
    kind: PersonKind
    name: str = ""


@dataclass(frozen=True, slots=True)
class IncidentDraft:
    """Everything the form can hold. Only ``summary`` and ``received_at`` must be there to save: quick first,
    complete later. ``received_at`` is aware; ``posted_time`` is "HH:MM" or "".
    """

    received_at: datetime | None = None
    summary: str = ""
    posted_on: date | None = None
    posted_time: str = ""
    platform: str = ""
    link: str = ""
    visibility: str = ""
    on_school_account: bool = False
    said: str = ""
    conduct: tuple[Conduct, ...] = ()
    four_cs: tuple[FourC, ...] = ()
    people: tuple[PersonInIncident, ...] = ()
    consent_notes: str = ""
    data_protection: bool = False
    confidentiality: Confidentiality = Confidentiality.NORMAL
    retention_class: str = ""
    handled_by: int | None = None
    linked: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class IncidentRecord:
    """One incident as opened. ``masked`` records carry only id, reference, received_at and status: the reader
    logged it and may know that it exists, no more. ``editable`` says whether this reader may save it.
    """

    id: int
    reference: str
    version: int
    status: str
    masked: bool
    editable: bool
    draft: IncidentDraft
    logged_at: datetime
    logged_by_name: str
    handled_by_name: str
    linked_references: tuple[tuple[int, str], ...]
    profile_number: int
    profile_title: str
    route: Route | None
    removal_asked_on: date | None
    removed_on: date | None
    dsl_cleared_at: datetime | None
    replied_at: datetime | None
    reply_by: datetime | None
    outcome: Outcome | None
    outcome_reason: str
    closed_at: datetime | None
    headteacher_is_subject: bool


class View(StrEnum):
    """The ready-made views over the list."""

    OPEN = "open"
    OVERDUE = "overdue"
    MINE = "mine"
    AWAITING_HEADTEACHER = "awaiting_headteacher"
    CLOSED = "closed"
    ALL = "all"


VIEW_LABELS = {
    View.OPEN: "Open",
    View.OVERDUE: "Overdue",
    View.MINE: "Mine",
    View.AWAITING_HEADTEACHER: "Awaiting headteacher",
    View.CLOSED: "Closed",
    View.ALL: "All",
}


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    """What the list shows. Every set field narrows it. Records this reader may only know to exist appear
    only when nothing but ``view`` is set, so that a filter cannot be used to feel for their content.
    """

    view: View = View.OPEN
    text: str = ""
    conduct: Conduct | None = None
    author_kind: PersonKind | None = None
    platform: str = ""
    route: Route | None = None
    person_id: int | None = None
    received_from: date | None = None
    received_to: date | None = None


class Column(StrEnum):
    """Columns of the incident list, all sortable."""

    REFERENCE = "reference"
    RECEIVED = "received"
    SUMMARY = "summary"
    AUTHOR = "author"
    AUTHOR_KIND = "author_kind"
    PLATFORM = "platform"
    CONDUCT = "conduct"
    NEXT_STEP = "next_step"
    DUE = "due"
    STATUS = "status"
    HANDLED_BY = "handled_by"
    CONFIDENTIALITY = "confidentiality"


COLUMN_LABELS = {
    Column.REFERENCE: "Reference",
    Column.RECEIVED: "Received",
    Column.SUMMARY: "Summary",
    Column.AUTHOR: "Posted by",
    Column.AUTHOR_KIND: "Who they are",
    Column.PLATFORM: "Platform",
    Column.CONDUCT: "What was done",
    Column.NEXT_STEP: "Next step",
    Column.DUE: "Due",
    Column.STATUS: "Status",
    Column.HANDLED_BY: "Handled by",
    Column.CONFIDENTIALITY: "Confidentiality",
}


@dataclass(frozen=True, slots=True)
class Sort:
    column: Column = Column.RECEIVED
    descending: bool = True


@dataclass(slots=True)
class IncidentRow:
    """One line of the list, ready to show (times still aware UTC).

    Not frozen, unlike its neighbours: 200 are made at every letter typed in the search box, and freezing takes
    longer than all the rest.
    """

    id: int
    reference: str
    received_at: datetime
    summary: str
    author: str
    author_kind: PersonKind
    platform: str
    conduct: tuple[Conduct, ...]
    next_step: Step | None
    due: datetime | None
    overdue: bool
    urgent: bool
    status: str
    handled_by: str
    confidentiality: Confidentiality
    masked: bool


@dataclass(frozen=True, slots=True)
class ViewCounts:
    """How many records each view holds for this reader."""

    counts: dict[View, int]


@dataclass(frozen=True, slots=True)
class StepDraft:
    """A step as somebody records it. ``person_id`` is with whom; ``chase_on`` when to look again.

    ``reason`` is required where the step is out of the policy's order (INC-5).
    """

    step: Step
    person_id: int | None
    happened_on: date
    text: str = ""
    reason: str = ""
    chase_on: date | None = None
    happened_at: str = ""


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line of the chronology as shown and printed."""

    id: int
    kind: str
    title: str
    happened_on: date
    happened_at: str
    text: str
    reason: str
    rule: str
    person_name: str
    step: Step | None
    chase_on: date | None
    chased: bool
    letter_id: int | None
    evidence_id: int | None
    recorded_at: datetime
    recorded_by: str
    withdrawn: bool
    withdrawn_reason: str
    can_withdraw: bool


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule as the school's policy words it, for showing beside the advice."""

    rule: str
    title: str
    wording: str


@dataclass(frozen=True, slots=True)
class FoundException:
    """What the register says of a contact, in a sentence; about one exception, or (id None) that there is none.

    ``covers``: it allowed the contact; with ``partly`` only if the contact was of a kind it names.
    """

    text: str
    exception_id: int | None
    reference: str
    covers: bool = False
    partly: bool = False


@dataclass(frozen=True, slots=True)
class AdviceView:
    """Advice with all that the window needs to show it: rule wordings and the policy version used.

    ``ladder`` marks for each ladder step of the profile whether it has been taken with this author. ``exceptions``
    is what the register says where a pupil or parent and an adult of the school came into contact (CON-3).
    """

    advice: Advice
    rules: dict[str, RuleText]
    profile_number: int
    profile_title: str
    author_name: str
    ladder: tuple[tuple[Step, date | None], ...]
    contacts: tuple[str, ...]
    exceptions: tuple[FoundException, ...] = ()


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    id: int
    name: str
    media_type: str
    size: int
    sha256: str
    note: str
    seen_at: str
    added_at: datetime
    added_by: str
    thumbnail: bytes | None
    withheld: bool
    removed: bool
    removed_reason: str
    taken_at: datetime | None = None
    """When it was seen, where that was written down."""
