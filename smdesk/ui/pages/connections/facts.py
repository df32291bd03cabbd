"""What is on record of an exception, in lines as its decider reads them (CON-2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from smdesk.policy.vocabulary import CAPACITY_LABELS, INITIATOR_LABELS, LINK_LABELS, RELATIONSHIP_LABELS
from smdesk.policy.words import in_a_sentence, written_day
from smdesk.services.connection_records import (
    AGREEMENT_LABELS,
    DECISION_KIND_LABELS,
    DECISION_ORIGIN_LABELS,
    Agreement,
    DecisionOrigin,
    DecisionRecord,
    ExceptionRecord,
    ExceptionRow,
    PaperAnswer,
)
from smdesk.services.reference_data import platform_label
from smdesk.ui.widgets.fact_grid import Line
from smdesk.ui.words import moment_in_words


def exception_lines(record: ExceptionRecord) -> list[Line]:
    """The declared facts of an exception, as its decider reads them (CON-2)."""
    draft = record.draft
    relationship = RELATIONSHIP_LABELS[draft.relationship] if draft.relationship is not None else ""
    links = ", ".join(LINK_LABELS[link] for link in draft.links)
    since = ", ".join(
        part for part in (written_day(draft.since_on) if draft.since_on else "", draft.since_words) if part
    )
    agreement = "" if draft.agreement is Agreement.NOT_ASKED else AGREEMENT_LABELS[draft.agreement]
    if agreement and draft.agreement_on is not None:
        agreement += f", {written_day(draft.agreement_on)}"
    declared = written_day(draft.declared_on) if draft.declared_on is not None else ""
    by = f" by {record.declarant_name}" if record.declarant_name else ""
    return [
        ("Adult", _person(record.adult_name, record.adult_roles, draft.adult_joined_on)),
        (
            CAPACITY_LABELS[draft.capacity],
            _person(record.other_name, record.other_roles, draft.other_joined_on),
        ),
        (
            "The adult is their",
            ". ".join(part for part in (relationship, draft.relationship_note.strip()) if part),
        ),
        ("Since", since),
        ("How the school knows it", draft.known_how),
        ("Evidence seen", draft.evidence_seen),
        ("Platforms", ", ".join(platform_label(platform) for platform in draft.platforms)),
        ("Kind of link", links),
        ("Who began it", INITIATOR_LABELS[draft.initiator]),
        ("Declared", f"{declared}{by}. {record.timeliness_words}." if declared else ""),
        ("Conditions proposed", draft.conditions_proposed),
        ("Acceptable use agreement", agreement),
        ("Allowed from", written_day(record.from_on) if record.from_on is not None else ""),
        ("Review", written_day(record.review_on) if record.review_on is not None else ""),
        ("Until", written_day(record.ends_on) if record.ends_on is not None else ""),
        ("Notes", draft.notes),
        ("Recorded by", f"{record.recorded_by}, {moment_in_words(record.recorded_at)}"),
    ]


def _person(name: str, roles: str, joined_on: date | None) -> str:
    joined = f", joined {written_day(joined_on)}" if joined_on is not None else ", joining date not known"
    return f"{name} ({roles}){joined}"


def decision_lines(decisions: Iterable[DecisionRecord]) -> list[Line]:
    """Decisions already made, each on a line of its own."""
    found = []
    for one in decisions:
        words = (
            f"{DECISION_KIND_LABELS[one.kind]} by {one.decider_name}"
            if one.decider_name
            else (DECISION_KIND_LABELS[one.kind])
        )
        words += f": {one.reason}"
        if one.conditions:
            words += f" Conditions: {one.conditions}"
        if one.origin is not DecisionOrigin.SIGNED:
            words += f" ({in_a_sentence(DECISION_ORIGIN_LABELS[one.origin])}{_answer(one)})"
        if one.fault:
            words += f" The signature does not hold: {one.fault}"
        found.append((written_day(one.decided_on), words))
    return found


def _answer(one: DecisionRecord) -> str:
    if one.origin is not DecisionOrigin.PAPER:
        return ""
    if one.answer is None:
        return ", not confirmed yet"
    return ", confirmed" if one.answer is PaperAnswer.CONFIRMED else f", disputed: {one.answer_reason}"


def earlier_lines(rows: Iterable[ExceptionRow]) -> list[Line]:
    """Other exceptions between the same two."""
    return [
        (row.reference, f"{row.status_words}. {row.platforms}".rstrip(". ") + ".")
        for row in rows
        if not row.masked
    ]


def paper_lines(decision: DecisionRecord) -> list[Line]:
    """What was recorded from a paper, to be held against it."""
    first = "Allowed from" if decision.review_on is not None else "From"
    return [
        ("Decision", DECISION_KIND_LABELS[decision.kind]),
        ("Reason", decision.reason),
        ("Conditions", decision.conditions or "None"),
        (first, written_day(decision.from_on) if decision.from_on is not None else ""),
        ("Review", written_day(decision.review_on) if decision.review_on is not None else ""),
        ("Day on the paper", written_day(decision.decided_on)),
        ("On behalf of", decision.decider_name),
        ("Recorded by", f"{decision.recorded_by}, {moment_in_words(decision.recorded_at)}"),
    ]
