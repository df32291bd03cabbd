"""The words of letters about an exception (CON-2, DOC-1), from the same file and in the same way as the others.

Each is written for its reader: ``Audience``. The fields name the two people the letter is about and what was decided.
There is none for what was seen or said, for how the two are related, or for anybody's address: what no field holds no
letter can let out.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from string import Template
from typing import Final

from smdesk.policy.vocabulary import Link, PersonKind
from smdesk.policy.words import listed, written_day
from smdesk.services import letter_wording
from smdesk.services.connection_records import EndCause
from smdesk.services.letter_records import EXCEPTION_KINDS, Audience, LetterKind
from smdesk.services.letter_wording import Pattern, Words

FIELDS: Final[dict[str, str]] = {
    "reference": "the exception's reference",
    "adult": "the name of the adult",
    "adult_role": "what the adult is to the school",
    "other": "the name of the other person",
    "platforms": "the platform it is for",
    "links": "the kind of link it is for",
    "from_on": "the day from which it is allowed",
    "until": "the day until which it is allowed",
    "ends_on": "the day from which it is not allowed any more",
    "conditions": "the conditions",
    "act_by": "the day by which the connection is to be ended",
    "rules": "the rule from the school's policy",
    "contact": "whom to contact (fill in “Questions from parents” and “Questions from staff” under School, or a "
    "telephone number or e-mail)",
    "complaints": "where to find the complaints procedure (fill it in under School)",
    "language": "the addressee's language",
}
"""Every field such a letter may use, with the words for saying that it is empty."""

CONDITIONS: Final = frozenset(
    {
        "conditions",
        "both_at_school",
        "adult_at_school",
        "role_counts",
        "rules",
        "decided",
        "role_changed",
        "left_both",
        "left_adult",
        "act_by",
        "no_act",
        "other_language",
    }
)


@dataclass(frozen=True, slots=True)
class ExceptionFacts:
    """What a letter about an exception is filled in from.

    ``ends_on`` is the first day on which it allows nothing any more. ``other_counts``: it ends too when the other
    person leaves the school. ``role_counts``: it ends when the adult's role changes.
    """

    reference: str
    adult: str
    adult_kind: PersonKind
    other: str
    platforms: tuple[str, ...]
    links: tuple[Link, ...]
    contact: str
    complaints: str
    from_on: date | None = None
    ends_on: date | None = None
    end_cause: EndCause | None = None
    review_on: date | None = None
    conditions: str = ""
    act_by: date | None = None
    rules: str = ""
    language: str = ""
    other_counts: bool = True
    role_counts: bool = False


def compose(kind: LetterKind, audience: Audience, facts: ExceptionFacts) -> Words:
    """The letter's subject and text for this reader. Raises Invalid naming every field that is empty."""
    left = facts.end_cause in (EndCause.ADULT_LEFT, EndCause.OTHER_LEFT)
    held = {
        "conditions": bool(facts.conditions.strip()),
        "both_at_school": facts.other_counts,
        "adult_at_school": not facts.other_counts,
        "role_counts": facts.role_counts,
        "rules": bool(facts.rules.strip()),
        "decided": facts.end_cause in (EndCause.ENDED, EndCause.REVOKED),
        "role_changed": facts.end_cause is EndCause.ROLE_CHANGED,
        "left_both": left and facts.other_counts,
        "left_adult": left and not facts.other_counts,
        "act_by": facts.act_by is not None,
        "no_act": facts.act_by is None,
        "other_language": facts.language.strip().casefold() not in ("", "english"),
    }
    return letter_wording.fill(_patterns()[kind, audience], _values(facts), held, FIELDS)


def closing(kind: LetterKind, audience: Audience) -> str:
    """How letters of this kind to this reader end."""
    return _patterns()[kind, audience].closing


def until(ends_on: date | None) -> str:
    """The last day on which a connection is allowed, as the letter writes it; "" where no end is known."""
    return written_day(ends_on - timedelta(days=1)) if ends_on is not None else ""


def _values(facts: ExceptionFacts) -> dict[str, str]:
    words = letter_wording.table()["exception_words"]
    return {
        "reference": facts.reference,
        "adult": facts.adult,
        "adult_role": str(words["roles"].get(facts.adult_kind.value, "")),
        "other": facts.other,
        "platforms": listed(facts.platforms),
        "links": listed([str(words["links"][link.value]) for link in facts.links]),
        "from_on": written_day(facts.from_on) if facts.from_on else "",
        "until": _until(facts, words),
        "ends_on": written_day(facts.ends_on) if facts.ends_on else "",
        "conditions": facts.conditions.strip(),
        "act_by": written_day(facts.act_by) if facts.act_by else "",
        "rules": facts.rules.strip(),
        "contact": facts.contact,
        # The school's own words end as they end; the sentence brings its own full stop.
        "complaints": facts.complaints.strip().rstrip("."),
        "language": facts.language,
    }


def _until(facts: ExceptionFacts, words: Mapping[str, object]) -> str:
    """Until when it is allowed, and by when it is looked at again."""
    end = until(facts.ends_on) or str(words["further_notice"])
    if facts.review_on is None:
        return end
    return Template(str(words["reviewed"])).substitute(until=end, review_on=written_day(facts.review_on))


@functools.lru_cache(maxsize=1)
def _patterns() -> dict[tuple[LetterKind, Audience], Pattern]:
    words = letter_wording.table()
    return {
        (kind, audience): letter_wording.read(
            f"{kind} to {audience}", words[kind.value][audience.value], FIELDS, CONDITIONS
        )
        for kind in EXCEPTION_KINDS
        for audience in Audience
    }
