"""Plain data about letters that travels between the window and the services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Literal

from smdesk.policy.vocabulary import Step


class LetterKind(StrEnum):
    """What a letter is for (DOC-1)."""

    INVITATION = "invitation"
    WRITTEN_WARNING = "written_warning"
    SECOND_WARNING = "second_warning"
    MEETING = "meeting"
    BLOCK_NOTICE = "block_notice"
    HOST_REPORT = "host_report"
    REFERRAL_POSH = "referral_posh"
    REFERRAL_POLICE = "referral_police"
    REFERRAL_LEGAL = "referral_legal"
    ACKNOWLEDGEMENT = "acknowledgement"
    EXCEPTION_APPROVED = "exception_approved"
    EXCEPTION_REFUSED = "exception_refused"
    EXCEPTION_ENDED = "exception_ended"
    CASE_APPROVED = "case_approved"
    CASE_REJECTED = "case_rejected"
    CASE_MORE = "case_more"


LETTER_KIND_LABELS = {
    LetterKind.INVITATION: "Invitation to talk, with removal request",
    LetterKind.WRITTEN_WARNING: "Written warning",
    LetterKind.SECOND_WARNING: "Second and final warning",
    LetterKind.MEETING: "Meeting with the chair of governors",
    LetterKind.BLOCK_NOTICE: "Notice of a block",
    LetterKind.HOST_REPORT: "Report to the platform",
    LetterKind.REFERRAL_POSH: "Referral to POSH",
    LetterKind.REFERRAL_POLICE: "Referral to the police",
    LetterKind.REFERRAL_LEGAL: "Referral to the legal adviser",
    LetterKind.ACKNOWLEDGEMENT: "Acknowledgement",
    LetterKind.EXCEPTION_APPROVED: "Exception approved",
    LetterKind.EXCEPTION_REFUSED: "Exception refused",
    LetterKind.EXCEPTION_ENDED: "Exception ended",
    LetterKind.CASE_APPROVED: "Business case approved",
    LetterKind.CASE_REJECTED: "Business case rejected",
    LetterKind.CASE_MORE: "Business case: more is needed",
}

LETTER_STEPS = {
    LetterKind.INVITATION: Step.ASK_REMOVAL,
    LetterKind.WRITTEN_WARNING: Step.WRITTEN_WARNING,
    LetterKind.SECOND_WARNING: Step.SECOND_WARNING,
    LetterKind.MEETING: Step.MEET_WITH_CHAIR,
    LetterKind.BLOCK_NOTICE: Step.BLOCK,
    LetterKind.HOST_REPORT: Step.REPORT_TO_PLATFORM,
    LetterKind.REFERRAL_POSH: Step.POSH,
    LetterKind.REFERRAL_POLICE: Step.POLICE,
    LetterKind.REFERRAL_LEGAL: Step.LEGAL_ADVICE,
}
"""The step an issued letter about an incident takes (INC-5, INC-7)."""

INCIDENT_KINDS = (*LETTER_STEPS, LetterKind.ACKNOWLEDGEMENT)
"""Letters that may be about an incident (DOC-1)."""

EXCEPTION_KINDS = (LetterKind.EXCEPTION_APPROVED, LetterKind.EXCEPTION_REFUSED, LetterKind.EXCEPTION_ENDED)
"""Letters that tell what became of an exception (DOC-1)."""

CASE_KINDS = (LetterKind.CASE_APPROVED, LetterKind.CASE_REJECTED, LetterKind.CASE_MORE)
"""Letters that tell what became of a business case (ACC-2, DOC-1)."""

ASKS_FOR_AN_ANSWER = frozenset(
    {LetterKind.INVITATION, LetterKind.WRITTEN_WARNING, LetterKind.SECOND_WARNING, LetterKind.MEETING}
)
"""Letters that name a day to answer by."""

_TELL_OF = frozenset({*EXCEPTION_KINDS, *CASE_KINDS})
"""Kinds that are called like what they tell of: a letter “Exception approved” approves nothing."""


def kind_words(kind: LetterKind) -> str:
    """What a letter of this kind is called, as a name: "Written warning", "Letter “Business case approved”"."""
    label = LETTER_KIND_LABELS[kind]
    return f"Letter “{label}”" if kind in _TELL_OF else label


def titled(kind: LetterKind, to: str) -> str:
    """A letter by its kind and whom it goes to. An office that the kind names already is not named again: "Referral to
    the police", and "Written warning to Helen Kettlewell".
    """
    words = kind_words(kind)
    if not to:
        return words
    if kind not in OFFICES:
        return f"{words} to {to}"
    named = RECIPIENT_LABELS[OFFICES[kind]]
    return words if to in (named, f"{named} of the school") else f"{words}: {to}"


def letter_number(year: int | None, number: int | None) -> str:
    """As printed: "2026/L0003"; "" before it is issued."""
    return "" if number is None else f"{year}/L{number:04d}"


MatterKind = Literal["incident", "exception", "case", "message", "block"]
"""What a letter can be about."""


class Audience(StrEnum):
    """As whom somebody is written to about an exception: each may know something else."""

    ADULT = "adult"
    PARENT = "parent"
    OWN = "own"
    """The other person themselves: a parent, or somebody who is of age."""


class LetterStatus(StrEnum):
    """How far a letter has come."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    ISSUED = "issued"
    WITHDRAWN = "withdrawn"


LETTER_STATUS_LABELS = {
    LetterStatus.DRAFT: "Draft",
    LetterStatus.SUBMITTED: "Waiting for approval",
    LetterStatus.RETURNED: "Returned with a note",
    LetterStatus.APPROVED: "Approved, to be issued",
    LetterStatus.ISSUED: "Issued",
    LetterStatus.WITHDRAWN: "Withdrawn",
}


UNDER_WAY = frozenset(
    {LetterStatus.DRAFT, LetterStatus.SUBMITTED, LetterStatus.RETURNED, LetterStatus.APPROVED}
)
"""A letter in one of these is gone on with: a second one of its kind is refused."""


class Recipient(StrEnum):
    """Where a letter goes that is for nobody on record (DOC-1)."""

    HOST = "host"
    POSH = "posh"
    POLICE = "police"
    LEGAL = "legal"


OFFICES = {
    LetterKind.HOST_REPORT: Recipient.HOST,
    LetterKind.REFERRAL_POSH: Recipient.POSH,
    LetterKind.REFERRAL_POLICE: Recipient.POLICE,
    LetterKind.REFERRAL_LEGAL: Recipient.LEGAL,
}
"""Letters to nobody on record."""

RECIPIENT_LABELS = {
    Recipient.HOST: "The platform",
    Recipient.POSH: "POSH",
    Recipient.POLICE: "The police",
    Recipient.LEGAL: "The legal adviser",
}


TO_AUTHORS = frozenset(INCIDENT_KINDS) - frozenset(OFFICES) - {LetterKind.ACKNOWLEDGEMENT}
"""Letters about an incident that go to whoever posted; an acknowledgement goes to whoever reported it."""


class PaperLook(StrEnum):
    """How a paper to somebody is set."""

    STANDARD = "standard"
    LARGE = "large"
    DYSLEXIA = "dyslexia"


PAPER_LOOK_LABELS = {
    PaperLook.STANDARD: "Standard",
    PaperLook.LARGE: "Large print",
    PaperLook.DYSLEXIA: "Dyslexia-friendly",
}


class Envelope(StrEnum):
    """The envelope whose window the address meets."""

    DL = "dl"
    C5 = "c5"


ENVELOPE_LABELS = {Envelope.DL: "DL (folded in three)", Envelope.C5: "C5 (folded once)"}


class SentHow(StrEnum):
    """How an issued letter went."""

    POST = "post"
    HAND = "hand"
    EMAIL = "email"
    ONLINE = "online"


SENT_HOW_LABELS = {
    SentHow.POST: "By post",
    SentHow.HAND: "By hand",
    SentHow.EMAIL: "By e-mail",
    SentHow.ONLINE: "Through their website",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a letter's text holds what a field gave: code-point places in the body. The editor keeps it whole."""

    start: int
    end: int
    field: str


@dataclass(frozen=True, slots=True)
class LetterEdit:
    """The parts of a draft that may be edited. The English parts are the copy that goes with a letter in another
    language; "" where there is none.
    """

    subject: str
    addressee: str
    salutation: str
    body: str
    reply_by: date | None
    step_reason: str = ""
    marks: tuple[Mark, ...] = ()
    look: PaperLook = PaperLook.STANDARD
    envelope: Envelope = Envelope.DL
    english_subject: str = ""
    english_salutation: str = ""
    english_body: str = ""


@dataclass(frozen=True, slots=True)
class NameHit:
    """A person's name found in a letter's text who is not its addressee. ``excerpt`` shows it in place."""

    person_id: int
    name: str
    kind_label: str
    found: str
    excerpt: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class LetterRecord:
    """One letter as it is shown, with what this reader may do."""

    id: int
    version: int
    kind: LetterKind
    status: LetterStatus
    number: str
    """"2026/L0003" once issued, else ""."""
    matter_kind: MatterKind
    matter_id: int
    reference: str
    person_id: int | None
    """None where it goes to nobody on record: the host of a post, the police."""
    person_name: str
    edit: LetterEdit
    drafted_by: str
    drafted_at: datetime
    submitted_at: datetime | None
    returned_note: str
    names_reason: str
    approved_by: str
    approved_at: datetime | None
    key_fingerprint: str
    key_flag: str
    """A sentence where the signing key was made by a password reset and is not confirmed, else ""."""
    issued_on: date | None
    sent_how: SentHow | None
    sent_on: date | None
    sent_note: str
    withdrawn_reason: str
    may_edit: bool
    may_approve: bool
    """Whether this reader may decide (role, and not about themselves)."""
    why_not: str
    """Where ``may_approve`` is False although the letter waits: who decides instead."""
    issued_by: str = ""
    matter_note: str = ""
    """What whoever decides should know about the matter: a decision on paper that is not confirmed, for example."""
    recipient: Recipient | None = None
    """The office it goes to, where that is nobody on record."""
    language: str = "en"
    """Of its text, as a code: "en", "cy"."""
    sent_proof: str = ""
    """Number on the proof of posting."""
    returned_on: date | None = None
    """The day it came back undelivered."""
    returned_why: str = ""


@dataclass(frozen=True, slots=True)
class LetterRow:
    """One line of the list of letters."""

    id: int
    number: str
    kind: LetterKind
    status: LetterStatus
    person_name: str
    reference: str
    matter_kind: MatterKind
    matter_id: int
    drafted_by: str
    changed_at: datetime
    sent_how: SentHow | None
    recipient: Recipient | None = None
    """The office it goes to; ``person_name`` then holds its words."""
    language: str = "en"
    returned_on: date | None = None
    """The day it came back undelivered."""
    person_id: int | None = None
    """None where it goes to an office."""


@dataclass(frozen=True, slots=True)
class LetterChoice:
    """A letter kind for an incident: open, or refused with the policy's reason."""

    kind: LetterKind
    open: bool
    rule: str
    why: str
    needs_reason: bool
    """True where choosing it skips a step of the ladder (INC-5)."""


@dataclass(frozen=True, slots=True)
class ExceptionLetterChoice:
    """A letter about an exception to one reader: open, or closed with the reason.

    ``person_id`` is None where there is nobody to write to; ``why`` then says what is missing. For an open one it
    says what was written before, "" where nothing was.
    """

    kind: LetterKind
    person_id: int | None
    person_name: str
    audience: str
    """As whom they are written to, in words: "Parent or carer of Sam Quillfeather"."""
    open: bool
    why: str


LONGEST_PROOF: Final = 40
"""Letters and figures the number on a proof of posting may have."""


def has_address(addressee: str) -> bool:
    """Whether the addressee's lines hold more than a name. An e-mail address is nowhere to post a letter to."""
    return len([line for line in addressee.splitlines() if line.strip() and "@" not in line]) > 1
