"""The words of letters about an exception (CON-2, DOC-1), filled in in the same way as the others.

Each is written for its reader: ``Audience``. The fields name the two people the letter is about and what was decided.
There is none for what was seen or said, for how the two are related, or for anybody's address: what no field holds no
letter can let out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from string import Template

from smdesk.policy.vocabulary import Link, PersonKind
from smdesk.services import languages, letter_fields, letter_text, letter_wording
from smdesk.services.connection_records import EndCause
from smdesk.services.languages import ENGLISH
from smdesk.services.letter_wording import Pattern, Words


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


def compose(found: Pattern, facts: ExceptionFacts) -> Words:
    """The letter's subject and text, in the wording for its reader. Raises Invalid naming every field that is empty."""
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
        "other_language": letter_wording.reads_another(facts.language, found.language),
    }
    return letter_wording.fill(found, _values(facts, found), held, letter_fields.EXCEPTION_FIELDS)


def until(ends_on: date | None, language: str = ENGLISH) -> str:
    """The last day on which a connection is allowed, as the letter writes it; "" where no end is known."""
    return languages.written_day(ends_on - timedelta(days=1), language) if ends_on is not None else ""


def _values(facts: ExceptionFacts, found: Pattern) -> dict[str, str]:
    return {
        "reference": facts.reference,
        "adult": facts.adult,
        "adult_role": found.phrase(f"exception_words.roles.{facts.adult_kind.value}"),
        "other": facts.other,
        "platforms": languages.listed(facts.platforms, found.language),
        "links": languages.listed(
            [found.phrase(f"exception_words.links.{link.value}") for link in facts.links], found.language
        ),
        "from_on": found.day(facts.from_on),
        "until": _until(facts, found),
        "ends_on": found.day(facts.ends_on),
        "conditions": letter_text.literal(facts.conditions.strip()),
        "act_by": found.day(facts.act_by),
        "rules": letter_text.literal(facts.rules.strip()),
        "contact": facts.contact,
        "complaints": letter_wording.without_stop(facts.complaints),
        "language": facts.language,
    }


def _until(facts: ExceptionFacts, found: Pattern) -> str:
    """Until when it is allowed, and by when it is looked at again."""
    end = until(facts.ends_on, found.language) or found.phrase("exception_words.further_notice")
    if facts.review_on is None:
        return end
    words = Template(found.phrase("exception_words.reviewed"))
    # The school may have rewritten the phrase: what it left out is not missed, and a stray "$" stays one.
    return words.safe_substitute(until=end, review_on=found.day(facts.review_on))
