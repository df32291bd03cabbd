"""One incident in the words its papers use: the chronology and the case file (DOC-4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from smdesk.policy.vocabulary import CONDUCT_LABELS, KIND_LABELS
from smdesk.policy.words import written_day
from smdesk.services import incident_fields, reference_data
from smdesk.services.incident_records import (
    CONFIDENTIALITY_LABELS,
    OUTCOME_LABELS,
    PERSON_ROLE_LABELS,
    EvidenceItem,
    IncidentRecord,
    TimelineEntry,
)

STATUS_LABELS: Final = {"open": "Open", "closed": "Closed"}


def facts(record: IncidentRecord) -> Iterator[tuple[str, str]]:
    """What is known of it, label and words, in the order of the form; what is not known is left out."""
    draft = record.draft
    if draft.received_at is not None:
        yield "Received", incident_fields.moment_in_words(draft.received_at)
    if draft.posted_on is not None:
        at = f", {draft.posted_time}" if draft.posted_time else ""
        yield "Posted", written_day(draft.posted_on) + at
    if draft.platform:
        yield "Platform", reference_data.platform_label(draft.platform)
    if draft.link:
        yield "Link", draft.link
    for line in draft.people:
        yield PERSON_ROLE_LABELS[line.role], f"{line.name} ({KIND_LABELS[line.kind].lower()})"
    if draft.conduct:
        yield "What was done", "; ".join(CONDUCT_LABELS[each] for each in draft.conduct)
    yield "Confidentiality", CONFIDENTIALITY_LABELS[draft.confidentiality]
    yield "Policy", f"{record.profile_title}, version {record.profile_number}"
    yield "Logged by", f"{record.logged_by_name}, {incident_fields.moment_in_words(record.logged_at)}"
    if record.handled_by_name:
        yield "Handled by", record.handled_by_name
    if record.linked_references:
        yield "Linked incidents", ", ".join(reference for _, reference in record.linked_references)
    if record.outcome is not None:
        yield "Outcome", f"{OUTCOME_LABELS[record.outcome]}: {record.outcome_reason}"
    else:
        yield "Status", STATUS_LABELS.get(record.status, record.status)


def what(entry: TimelineEntry) -> str:
    """What happened, and with whom where somebody is named."""
    return f"{entry.title} – {entry.person_name}" if entry.person_name else entry.title


def detail(entry: TimelineEntry) -> str:
    """What was written about it: its words, reason, rule and the day to look again, a line each."""
    lines = [entry.text]
    if entry.reason:
        lines.append(f"Reason: {entry.reason}")
    if entry.rule:
        lines.append(f"Rule {entry.rule}")
    if entry.chase_on is not None:
        lines.append(f"To be looked at again on {written_day(entry.chase_on)}")
    return "\n".join(line for line in lines if line)


def evidence_line(item: EvidenceItem) -> str:
    """One piece of evidence in a line: with its hash, or why nothing of it is kept."""
    if item.withheld:
        return f"{item.name}. Seen at: {item.seen_at}. {item.note}"
    if item.removed:
        return f"{item.name} (removed: {item.removed_reason})"
    return f"{item.name}, {item.size:,} bytes, SHA-256 {item.sha256}"
