"""The words of letters about accounts: decisions on business cases, acknowledgements, notices of a block (DOC-1).

They are filled in like the letters about incidents (``letter_wording``), which has the acknowledgement of a report and
the notice of a block from here. No field holds what was said on an account, and none holds anybody's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from smdesk.policy.vocabulary import Conduct
from smdesk.services import letter_fields, letter_text, letter_wording
from smdesk.services.letter_wording import Pattern, Words


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What a letter about a business case is filled in from. ``reason`` and ``conditions`` are the decision's words.

    ``account`` is how the case names it: "@brambleschool on Instagram".
    """

    reference: str
    account: str
    decided_on: date
    reason: str
    contact: str
    conditions: str = ""
    review_on: date | None = None
    exists: bool = False
    language: str = ""


@dataclass(frozen=True, slots=True)
class AcknowledgementFacts:
    """What an acknowledgement is filled in from. ``account`` is needed for a comment or a complaint on one."""

    what: Literal["comment", "complaint", "report"]
    reference: str
    received_on: date
    contact: str
    complaints: str
    account: str = ""
    channels: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class BlockFacts:
    """What the notice of a block is filled in from: ``reason`` from the register, or ``conduct`` from an incident."""

    reference: str
    place: str
    since_on: date
    contact: str
    complaints: str
    reason: str = ""
    conduct: tuple[Conduct, ...] = ()
    about_incident: bool = False
    review_on: date | None = None
    channels: str = ""
    language: str = ""


def case_words(found: Pattern, facts: CaseFacts) -> Words:
    """The subject and text of a letter about a decision. Raises Invalid naming every field that is empty."""
    held = {
        "conditions": bool(facts.conditions.strip()),
        "review": facts.review_on is not None,
        "exists": facts.exists,
        "new": not facts.exists,
        "other_language": letter_wording.reads_another(facts.language, found.language),
    }
    values = {
        "reference": facts.reference,
        "account": facts.account,
        "decided_on": found.day(facts.decided_on),
        "reason": letter_text.literal(facts.reason.strip()),
        "conditions": letter_text.literal(facts.conditions.strip()),
        "review_on": found.day(facts.review_on),
        "contact": facts.contact,
        "language": facts.language,
    }
    return letter_wording.fill(found, values, held, letter_fields.CASE_FIELDS)


def acknowledgement_words(found: Pattern, facts: AcknowledgementFacts) -> Words:
    """The subject and text of an acknowledgement. Raises Invalid naming every field that is empty."""
    held = {
        "comment": facts.what == "comment",
        "complaint": facts.what == "complaint",
        "report": facts.what == "report",
        "channels": bool(facts.channels.strip()),
        "other_language": letter_wording.reads_another(facts.language, found.language),
    }
    values = {
        "reference": facts.reference,
        "received_on": found.day(facts.received_on),
        "account": facts.account,
        "contact": facts.contact,
        "complaints": letter_wording.without_stop(facts.complaints),
        "channels": letter_wording.without_stop(facts.channels),
        "language": facts.language,
    }
    return letter_wording.fill(found, values, held, letter_fields.ACKNOWLEDGEMENT_FIELDS)


def block_words(found: Pattern, facts: BlockFacts) -> Words:
    """The subject and text of the notice of a block. Raises Invalid naming every field that is empty."""
    held = {
        "reason": not facts.about_incident,
        "conduct": facts.about_incident,
        "review": facts.review_on is not None,
        "channels": bool(facts.channels.strip()),
        "other_language": letter_wording.reads_another(facts.language, found.language),
    }
    values = {
        "reference": facts.reference,
        "place": facts.place,
        "since_on": found.day(facts.since_on),
        "review_on": found.day(facts.review_on),
        "reason": letter_text.literal(facts.reason.strip()),
        "conduct_list": found.conduct_list(facts.conduct),
        "contact": facts.contact,
        "complaints": letter_wording.without_stop(facts.complaints),
        "channels": letter_wording.without_stop(facts.channels),
        "language": facts.language,
    }
    return letter_wording.fill(found, values, held, letter_fields.BLOCK_FIELDS)
