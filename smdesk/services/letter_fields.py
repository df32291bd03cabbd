"""What the wording of each letter may use: its fields and the conditions a part may stand under. Fixed lists (DOC-1).

A field's words say that it is empty; what stands before a bracket in them is its name on screen. A condition's words
end the sentence "Only where …".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from smdesk.services.letter_records import CASE_KINDS, EXCEPTION_KINDS, LetterKind

_CONTACT: Final = (
    "whom to contact (fill in “Questions from parents” under Settings, School, or a telephone number or an e-mail "
    "address there)"
)
_COMPLAINTS: Final = "where to find the complaints procedure (fill it in under Settings, School)"
_OTHER_LANGUAGE: Final = "the addressee reads another language than the letter’s"

INCIDENT_FIELDS: Final[dict[str, str]] = {
    "school": "the school's name",
    "reference": "the incident's reference",
    "platform": "where it was posted",
    "seen_on": "the day it was reported",
    "conduct_list": "what was done (tick at least one kind of conduct in the incident)",
    "rules": "the rule from the school's policy",
    "reply_by": "the day by which you ask for an answer",
    "contact": _CONTACT,
    "complaints": _COMPLAINTS,
    "channels": "the channels between school and home",
    "language": "the addressee's language",
    "asked_on": "the day removal was asked for",
    "first_warning": "the date of the first written warning",
}
INCIDENT_CONDITIONS: Final[dict[str, str]] = {
    "removed": "the post can no longer be seen",
    "not_removed": "the post can still be seen",
    "asked": "removal was asked for before and the post can still be seen",
    "channels": "the channels between school and home are filled in under Settings, School",
    "other_language": _OTHER_LANGUAGE,
}

EXCEPTION_FIELDS: Final[dict[str, str]] = {
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
    "contact": "whom to contact (fill in “Questions from parents” and “Questions from staff” under Settings, School, "
    "or a telephone number or an e-mail address there)",
    "complaints": _COMPLAINTS,
    "language": "the addressee's language",
}
EXCEPTION_CONDITIONS: Final[dict[str, str]] = {
    "conditions": "conditions were set",
    "both_at_school": "it ends when either of the two leaves the school",
    "adult_at_school": "it ends only when the adult leaves the school",
    "role_counts": "it ends when the adult’s role changes",
    "rules": "the school’s policy has a rule for it",
    "decided": "its end was decided",
    "role_changed": "it ended because the adult’s role changed",
    "left_both": "it ended because one of the two left, and either leaving ends it",
    "left_adult": "it ended because the adult left",
    "act_by": "the addressee is asked to do something by a day",
    "no_act": "the addressee is asked for nothing",
    "other_language": _OTHER_LANGUAGE,
}

CASE_FIELDS: Final[dict[str, str]] = {
    "reference": "the business case's reference",
    "account": "the account that was proposed",
    "decided_on": "the day of the decision",
    "reason": "the reason for the decision",
    "conditions": "the conditions",
    "review_on": "the day on which the account is looked at again",
    "contact": "whom to contact (fill in “Questions from parents” and “Questions from staff” under Settings, School, "
    "or a telephone number or an e-mail address there)",
    "language": "the addressee's language",
}
CASE_CONDITIONS: Final[dict[str, str]] = {
    "conditions": "conditions were set",
    "review": "a day for looking at the account again was set",
    "exists": "the account exists already",
    "new": "the account is a new one",
    "other_language": _OTHER_LANGUAGE,
}

ACKNOWLEDGEMENT_FIELDS: Final[dict[str, str]] = {
    "reference": "our reference",
    "received_on": "the day it reached the school",
    "account": "the account it was written on",
    "contact": _CONTACT,
    "complaints": _COMPLAINTS,
    "channels": "the channels between school and home",
    "language": "the addressee's language",
}
ACKNOWLEDGEMENT_CONDITIONS: Final[dict[str, str]] = {
    "comment": "they wrote a comment or a query on a school account",
    "complaint": "they complained on a school account",
    "report": "they reported something to the school",
    "channels": "the channels between school and home are filled in under Settings, School",
    "other_language": _OTHER_LANGUAGE,
}

BLOCK_FIELDS: Final[dict[str, str]] = {
    "reference": "our reference",
    "place": "where they are blocked",
    "since_on": "the day from which they are blocked",
    "review_on": "the day on which the block is looked at again",
    "reason": "the reason for the block",
    "conduct_list": "what was done (tick at least one kind of conduct in the incident)",
    "contact": _CONTACT,
    "complaints": _COMPLAINTS,
    "channels": "the channels between school and home",
    "language": "the addressee's language",
}
BLOCK_CONDITIONS: Final[dict[str, str]] = {
    "reason": "the register of blocks says why",
    "conduct": "it is about an incident",
    "review": "a day for looking at it again was set",
    "channels": "the channels between school and home are filled in under Settings, School",
    "other_language": _OTHER_LANGUAGE,
}

REFERRAL_FIELDS: Final[dict[str, str]] = {
    "school": "the school's name",
    "reference": "the incident's reference",
    "platform": "where it was posted (fill in “Where” in the incident)",
    "link": "the link to the post (fill in “Link” in the incident)",
    "seen_on": "the day it was reported",
    "posted_on": "the day it was posted",
    "conduct_list": "what was done (tick at least one kind of conduct in the incident)",
    "reported_on": "the day it was reported to the platform",
    "contact": "whom to contact (fill in a telephone number or e-mail under Settings, School)",
}
"""What a report to the platform and a referral to the helpline may hold: no name, and nothing of what was said."""
REFERRAL_CONDITIONS: Final[dict[str, str]] = {
    "link": "the incident has a link",
    "no_link": "the incident has no link",
    "posted": "the day it was posted is known",
    "reported": "it was reported to the platform before",
    "not_reported": "it was not reported to the platform before",
    "danger": "safety is at stake, or it looks like a crime",
}
CASEWORK_FIELDS: Final[dict[str, str]] = {
    **REFERRAL_FIELDS,
    "author": "who posted it",
    "harmed": "who was harmed",
    "said": "what was said, word for word",
    "steps": "the steps taken, with their dates",
    "evidence": "the list of evidence",
    "withheld": "where and when it was seen",
}
"""What the police and the legal adviser may be told beside that."""
CASEWORK_CONDITIONS: Final[dict[str, str]] = {
    **REFERRAL_CONDITIONS,
    "author": "somebody is recorded as having posted it",
    "no_author": "nobody knows who posted it",
    "harmed": "somebody is recorded as affected",
    "said": "the incident holds what was said",
    "steps": "steps were taken",
    "evidence": "evidence is kept",
    "withheld": "something was seen of which the school keeps no copy",
}

NAMES: Final = frozenset({"author", "harmed", "said", "adult", "other"})
"""Fields that hold somebody's name: not for a subject, which stands in lists."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the wording of these kinds of letters may use."""

    kinds: tuple[LetterKind, ...]
    fields: Mapping[str, str]
    conditions: Mapping[str, str]


ALLOWED: Final = (
    Allowed(
        (
            LetterKind.INVITATION,
            LetterKind.WRITTEN_WARNING,
            LetterKind.SECOND_WARNING,
            LetterKind.MEETING,
        ),
        INCIDENT_FIELDS,
        INCIDENT_CONDITIONS,
    ),
    Allowed(EXCEPTION_KINDS, EXCEPTION_FIELDS, EXCEPTION_CONDITIONS),
    Allowed(CASE_KINDS, CASE_FIELDS, CASE_CONDITIONS),
    Allowed((LetterKind.ACKNOWLEDGEMENT,), ACKNOWLEDGEMENT_FIELDS, ACKNOWLEDGEMENT_CONDITIONS),
    Allowed((LetterKind.BLOCK_NOTICE,), BLOCK_FIELDS, BLOCK_CONDITIONS),
    Allowed((LetterKind.HOST_REPORT, LetterKind.REFERRAL_POSH), REFERRAL_FIELDS, REFERRAL_CONDITIONS),
    Allowed((LetterKind.REFERRAL_POLICE, LetterKind.REFERRAL_LEGAL), CASEWORK_FIELDS, CASEWORK_CONDITIONS),
)


def allowed(kind: LetterKind) -> Allowed:
    """What this letter's wording may use. Raises KeyError for a kind nobody has given fields."""
    for each in ALLOWED:
        if kind in each.kinds:
            return each
    raise KeyError(kind)


def fields_of(kind: LetterKind) -> Mapping[str, str]:
    """Every field that letters of this kind may use, with the words for saying that it is empty."""
    return allowed(kind).fields


def conditions_of(kind: LetterKind) -> Mapping[str, str]:
    """Every condition a part of such a letter may stand under, with the words after "Only where"."""
    return allowed(kind).conditions


def name_of(kind: LetterKind, field: str) -> str:
    """A field's name on screen: "whom to contact"."""
    return fields_of(kind).get(field, field).partition(" (")[0]
