"""How a letter's state and history are said on screen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Final

from smdesk.policy.words import in_a_sentence, listed
from smdesk.services.context import LOCAL
from smdesk.services.letter_records import (
    LETTER_STATUS_LABELS,
    SENT_HOW_LABELS,
    LetterKind,
    LetterRecord,
    LetterRow,
    LetterStatus,
    MatterKind,
    NameHit,
    kind_words,
    titled,
)
from smdesk.ui.widgets.day_parsing import long_day

MATTER_LABELS: Final[Mapping[MatterKind, str]] = {
    "incident": "Incident",
    "exception": "Exception",
    "case": "Business case",
    "message": "Message",
    "block": "Block",
}
"""What a letter is about, before the reference."""

CHIP_KINDS: Final[Mapping[LetterStatus, str]] = {
    LetterStatus.DRAFT: "neutral",
    LetterStatus.SUBMITTED: "info",
    LetterStatus.RETURNED: "danger",
    LetterStatus.APPROVED: "warning",
    LetterStatus.ISSUED: "ok",
    LetterStatus.WITHDRAWN: "neutral",
}


def moment(at: datetime) -> str:
    """The school's clock: "Wed 11 Mar 2026, 09:30"."""
    local = at.astimezone(LOCAL)
    return f"{long_day(local.date())}, {local:%H:%M}"


def matter(record: LetterRecord | LetterRow) -> str:
    """What a letter is about, for the head of a line or a link: "Business case 2026/B0007", "Block 3"."""
    label = MATTER_LABELS[record.matter_kind]
    return record.reference if record.reference.startswith(label) else f"{label} {record.reference}"


def called(record: LetterRecord) -> str:
    """The letter in a sentence: "written warning", "letter “Business case approved”"."""
    return in_a_sentence(kind_words(record.kind))


def title(record: LetterRecord) -> str:
    """What a letter is called: kind and addressee."""
    return titled(record.kind, record.person_name)


def paper_name(record: LetterRecord) -> str:
    """What its PDF is called when it is printed or saved."""
    return f"Letter {record.number}" if record.number else f"Draft letter {record.reference}"


def chip_kind(record: LetterRecord | LetterRow) -> str:
    """How the chip looks: one that came back is no more done than one that was returned."""
    return "danger" if record.returned_on is not None else CHIP_KINDS[record.status]


def status(record: LetterRecord) -> str:
    """The words on the chip."""
    label = LETTER_STATUS_LABELS[record.status]
    if record.status is not LetterStatus.ISSUED:
        return label
    if record.sent_how is None:
        return f"{label} as {record.number}, not sent yet"
    if record.returned_on is not None:
        return f"{label} as {record.number}, came back"
    return f"{label} as {record.number}, sent {SENT_HOW_LABELS[record.sent_how].lower()}"


def history(record: LetterRecord) -> list[str]:
    """Who did what and when, a line each, oldest first."""
    lines = [f"Drafted by {record.drafted_by}, {moment(record.drafted_at)}."]
    if record.submitted_at is not None and record.status is LetterStatus.SUBMITTED:
        lines.append(f"Sent for approval {moment(record.submitted_at)}.")
    if record.approved_at is not None:
        lines.append(
            f"Approved by {record.approved_by}, {moment(record.approved_at)}, "
            f"signed with key {short_key(record.key_fingerprint)}."
        )
    if record.issued_on is not None:
        lines.append(f"Issued as {record.number} by {record.issued_by}, {long_day(record.issued_on)}.")
    if record.sent_how is not None and record.sent_on is not None:
        note = f" ({record.sent_note.rstrip('. ')})" if record.sent_note else ""
        proof = f", proof of posting {record.sent_proof}" if record.sent_proof else ""
        how = SENT_HOW_LABELS[record.sent_how].lower()
        lines.append(f"Sent {how} on {long_day(record.sent_on)}{proof}{note}.")
    if record.returned_on is not None:
        lines.append(f"Came back on {long_day(record.returned_on)}: {record.returned_why}")
    return lines


def notices(record: LetterRecord) -> list[tuple[str, str]]:
    """What must not be overlooked, as pairs of tone ("info", "warning" or "danger") and sentence."""
    found = []
    if record.status is LetterStatus.RETURNED and record.returned_note:
        found.append(("warning", f"Returned to be changed: {record.returned_note}"))
    if record.status is LetterStatus.WITHDRAWN and record.withdrawn_reason:
        found.append(("info", f"Withdrawn: {record.withdrawn_reason}"))
    if record.why_not:
        found.append(("info", record.why_not))
    if record.matter_note and record.status is not LetterStatus.WITHDRAWN:
        found.append(("warning", record.matter_note))
    if record.returned_on is not None:
        back = f"It came back on {long_day(record.returned_on)}: {record.returned_why.rstrip('.')}."
        found.append(("danger", f"{back} Check the address on record. If it goes out again, record how."))
    if record.names_reason:
        found.append(("warning", f"Approved although it names somebody else: {record.names_reason}"))
    if record.key_flag:
        found.append(("danger", record.key_flag))
    return found


def short_key(fingerprint: str) -> str:
    """The groups of a fingerprint that are printed on the letter."""
    return " ".join(fingerprint.split()[:4])


def names_rule(record: LetterRecord | None) -> str:
    """What a name in a letter asks of whoever sends it on: the police may need names that nobody else is told."""
    if record is not None and record.kind is LetterKind.REFERRAL_POLICE:
        return "Name only those whom the police need to know of. Whoever decides gives the reason why they stand."
    return "No letter names another child. Whoever decides can approve it only with a reason."


def names_sentence(hits: list[NameHit]) -> str:
    """One line about a check of names."""
    if not hits:
        return "No other person is named."
    people = len({hit.person_id for hit in hits})
    if people == 1:
        return (
            "One other person is named. No letter names another child: take it out, or be ready to say why."
        )
    return f"{people} other people are named. No letter names another child: take them out, or be ready to say why."


def named_people(hits: Iterable[NameHit]) -> str:
    """Who is named, each once: "Sam Quillfeather (Pupil) and Tim Hazel (Staff)"."""
    people = list({hit.person_id: f"{hit.name} ({hit.kind_label})" for hit in hits}.values())
    return listed(people)


def left_in_words(count: int) -> str:
    """How many letters still wait."""
    return "Nothing else waits for you" if count == 0 else f"{count} left"


def usual_sent_day(record: LetterRecord, today: date) -> date:
    """The day offered when somebody records how a letter went."""
    return max(today, record.issued_on) if record.issued_on else today
