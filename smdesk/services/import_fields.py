"""The columns a register kept elsewhere may have, and what stands in them: headings guessed, words understood.

Nothing here touches records. A word that is not understood is a problem of its line, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from smdesk.documents.cells import as_yes_no
from smdesk.policy.vocabulary import Capacity, Initiator, Link, PersonKind, Relationship
from smdesk.services.connection_records import Agreement
from smdesk.services.import_headings import (
    CERTAIN,
    assign,
    first_meant,
    heading_words,
    phrases,
    recalled,
    score,
)

__all__ = [
    "FIELD_LABELS",
    "NEEDED",
    "ColumnMap",
    "Defaults",
    "Field",
    "ImportedDecision",
    "guess",
    "is_heading",
]


class Field(StrEnum):
    """What a column can be taken for."""

    ADULT = "adult"
    ADULT_GIVEN = "adult_given"
    ADULT_FAMILY = "adult_family"
    ADULT_KIND = "adult_kind"
    ADULT_JOINED = "adult_joined"
    OTHER = "other"
    OTHER_GIVEN = "other_given"
    OTHER_FAMILY = "other_family"
    OTHER_BORN = "other_born"
    OTHER_CLASS = "other_class"
    CAPACITY = "capacity"
    OTHER_JOINED = "other_joined"
    RELATIONSHIP = "relationship"
    KNOWN_HOW = "known_how"
    SINCE = "since"
    PLATFORMS = "platforms"
    LINKS = "links"
    INITIATOR = "initiator"
    DECLARED_ON = "declared_on"
    EVIDENCE = "evidence"
    AGREEMENT = "agreement"
    DECISION = "decision"
    DECIDED_ON = "decided_on"
    DECIDED_BY = "decided_by"
    REASON = "reason"
    CONDITIONS = "conditions"
    FROM_ON = "from_on"
    REVIEW_ON = "review_on"
    ENDED_ON = "ended_on"
    NOTES = "notes"


FIELD_LABELS: Final[dict[Field, str]] = {
    Field.ADULT: "Adult: name",
    Field.ADULT_GIVEN: "Adult: given name",
    Field.ADULT_FAMILY: "Adult: family name",
    Field.ADULT_KIND: "Adult: who they are",
    Field.ADULT_JOINED: "Adult: joined on",
    Field.OTHER: "Pupil or parent: name",
    Field.OTHER_GIVEN: "Pupil or parent: given name",
    Field.OTHER_FAMILY: "Pupil or parent: family name",
    Field.OTHER_BORN: "Pupil: date of birth",
    Field.OTHER_CLASS: "Pupil: class or year",
    Field.CAPACITY: "Pupil, former pupil or parent",
    Field.OTHER_JOINED: "Pupil or parent: joined on",
    Field.RELATIONSHIP: "Relationship",
    Field.KNOWN_HOW: "How the school knows it",
    Field.SINCE: "Since",
    Field.PLATFORMS: "Platforms",
    Field.LINKS: "Kind of link",
    Field.INITIATOR: "Who began it",
    Field.DECLARED_ON: "Declared on",
    Field.EVIDENCE: "Evidence seen",
    Field.AGREEMENT: "Acceptable use agreement",
    Field.DECISION: "Decision",
    Field.DECIDED_ON: "Decided on",
    Field.DECIDED_BY: "Decided by",
    Field.REASON: "Reason",
    Field.CONDITIONS: "Conditions",
    Field.FROM_ON: "Allowed from",
    Field.REVIEW_ON: "Review on",
    Field.ENDED_ON: "Ended on",
    Field.NOTES: "Notes",
}

NEEDED: Final = ((Field.ADULT, Field.ADULT_FAMILY), (Field.OTHER, Field.OTHER_FAMILY))
"""One column of each pair must be there, or nobody is named."""


class ImportedDecision(StrEnum):
    """What an older register says became of a declaration."""

    APPROVED = "approved"
    REFUSED = "refused"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Defaults:
    """What counts where a column is missing or a cell is empty."""

    decision: ImportedDecision = ImportedDecision.APPROVED
    decided_on: date | None = None
    decided_by: str = ""
    adult_kind: PersonKind = PersonKind.STAFF
    capacity: Capacity = Capacity.PUPIL
    platforms: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Which column (from 0) is taken for which field, what counts where there is none, and whether people who are not
    on record are added.
    """

    columns: dict[Field, int] = field(default_factory=dict)
    defaults: Defaults = Defaults()
    add_people: bool = True


_HEADINGS: Final[dict[Field, tuple[str, ...]]] = {
    code: phrases(words)
    for code, words in {
        Field.ADULT: (
            "adult, adult name, staff, staff name, staff member, member of staff, name of staff, "
            "name of staff member, name of adult, employee, employee name, teacher, colleague, "
            "volunteer name"
        ),
        Field.ADULT_GIVEN: (
            "staff first name, staff forename, adult first name, adult given name, adult forename, "
            "employee first name, staff given name"
        ),
        Field.ADULT_FAMILY: (
            "staff surname, staff last name, adult surname, adult family name, adult last name, "
            "employee surname, staff family name"
        ),
        Field.ADULT_KIND: (
            "role, job, job title, position, post, adult role, staff role, adults role, who they are, "
            "adult who they are"
        ),
        Field.ADULT_JOINED: (
            "staff start date, staff joined, adult joined, adult joined on, start date of staff, "
            "employment start, adult start date, staff joined on"
        ),
        Field.OTHER: (
            "pupil, pupil name, name of pupil, child, child name, name of child, student, student "
            "name, name of student, pupil or parent, parent, parent name, name of parent, pupil "
            "parent, childs name, pupils name, other person"
        ),
        Field.OTHER_GIVEN: (
            "pupil first name, pupil forename, pupil given name, child first name, child forename, "
            "student first name, student forename, legal forename"
        ),
        Field.OTHER_FAMILY: (
            "pupil surname, pupil last name, pupil family name, child surname, child last name, "
            "student surname, student last name, legal surname"
        ),
        Field.OTHER_BORN: "date of birth, dob, birth date, born, d o b, pupil date of birth, pupil dob",
        Field.OTHER_CLASS: "class, year, year group, form, tutor group, pupil class, class or year",
        Field.CAPACITY: (
            "capacity, pupil or former pupil, as, pupil or parent as, pupil former pupil or parent, type, category"
        ),
        Field.OTHER_JOINED: (
            "pupil joined, pupil start date, admission date, date of admission, pupil joined on, "
            "pupil or parent joined on, child joined"
        ),
        Field.RELATIONSHIP: (
            "relationship, relation, connection, family link, nature of relationship, nature of "
            "connection, the adult is their, related as, link to pupil"
        ),
        Field.KNOWN_HOW: (
            "how known, how it is known, how the school knows it, how do you know, background, details of "
            "relationship, explanation"
        ),
        Field.SINCE: "since, known since, since when, relationship since, how long known",
        Field.PLATFORMS: (
            "platform, platforms, social media, network, app, apps, site, sites, social network, "
            "account, accounts"
        ),
        Field.LINKS: (
            "kind of link, link, type of link, type of contact, contact type, kind of contact, "
            "friend or follower"
        ),
        Field.INITIATOR: "begun by, who began it, initiated by, who initiated, requested by, started by",
        Field.DECLARED_ON: (
            "declared, declared on, date declared, declaration date, date of declaration, date of "
            "request, date requested, date received, date, form received"
        ),
        Field.EVIDENCE: "evidence, evidence seen, proof, documents seen",
        Field.AGREEMENT: (
            "agreement, acceptable use, aup, aup signed, acceptable use agreement, acceptable use policy"
        ),
        Field.DECISION: (
            "decision, approved, outcome, status, approved yes no, approved y n, agreed, "
            "permission, permission given, authorised, result"
        ),
        Field.DECIDED_ON: (
            "decided on, date of decision, decision date, date approved, approval date, date "
            "agreed, approved on, date of approval, date authorised, signed on, date signed"
        ),
        Field.DECIDED_BY: (
            "decided by, approved by, agreed by, authorised by, signed by, headteacher, approver, head"
        ),
        Field.REASON: "reason, reasons, reason for decision, rationale, justification",
        Field.CONDITIONS: "conditions, condition, restrictions, terms",
        Field.FROM_ON: "from, allowed from, valid from, effective from, start, start date",
        Field.REVIEW_ON: "review, review on, review date, next review, to be reviewed, review due",
        Field.ENDED_ON: (
            "ended, ended on, end date, until, valid until, valid to, expires, expired, expiry "
            "date, date ended, end"
        ),
        Field.NOTES: "notes, note, comments, comment, remarks, other information",
    }.items()
}
"""Headings in words, comma separated, as schools write them."""


def is_heading(text: str) -> bool:
    """Whether a text reads like one of the headings a register has."""
    words = heading_words(text)
    return any(score(words, each) >= CERTAIN for each in _HEADINGS.values())


def guess(headings: Sequence[str], remembered: Mapping[str, str] | None = None) -> dict[Field, int]:
    """Which column is likely what. ``remembered`` is what this user chose before: heading in words -> field, or ""
    for a column to be left out. Each field gets at most one column and each column one field.
    """
    chosen, settled = recalled(headings, remembered or {}, {str(each): each for each in Field})
    words = [heading_words(heading) for heading in headings]
    scores = (
        (score(words[place], wanted), place, each)
        for place in range(len(headings))
        if place not in settled
        for each, wanted in _HEADINGS.items()
    )
    assign(scores, chosen)
    # A name in two columns is read from the two; one that holds both would say the same again.
    for whole, given, family in (
        (Field.ADULT, Field.ADULT_GIVEN, Field.ADULT_FAMILY),
        (Field.OTHER, Field.OTHER_GIVEN, Field.OTHER_FAMILY),
    ):
        if given in chosen and family in chosen:
            chosen.pop(whole, None)
    return chosen


# Words in cells

_KINDS: Final = (
    (PersonKind.GOVERNOR, r"govern\w*|trustee"),
    (PersonKind.VOLUNTEER, r"volunteer\w*|helper|pta"),
    (
        PersonKind.CONTRACTOR,
        r"contractor|contract\w*|agency|supply|peripatetic|coach|cater\w*|clean\w*|visiting",
    ),
    (
        PersonKind.STAFF,
        (
            r"staff|teacher|teaching|assistant|head\w*|deputy|employee|ta|hlta|office|business|caretaker|"
            r"support|senco|supervisor|site|cook|nurse|librarian|technician|secretary|tutor|sbm|dsl|lsa"
        ),
    ),
)

_CAPACITIES: Final = (
    (
        Capacity.FORMER_PUPIL_FAMILY,
        r"(family|parent|mother|father|relative)s? of (a )?(former|ex)[ -]?(pupil|student)s?",
    ),
    (Capacity.FORMER_PUPIL, r"(former|ex|past|old)[ -]?(pupil|student|child)|leaver|alumn\w+"),
    (Capacity.PARENT, r"parent\w*|carer|guardian|mother|father|mum|dad"),
    (Capacity.PUPIL, r"pupil|student|child|year \d+|reception|nursery|current"),
)

_RELATIONSHIPS: Final = (
    (Relationship.OTHER_FAMILY, r"\w+[ -]in[ -]law"),
    (Relationship.STEP_PARENT, r"step[ -]?(parent|mother|father|mum|dad|son|daughter|child)"),
    (Relationship.STEP_FAMILY, r"step[ -]?\w*"),
    (Relationship.FOSTER, r"foster\w*|looked after"),
    (Relationship.GUARDIAN, r"guardian|special guardian|ward"),
    (Relationship.GRANDPARENT, r"(great[ -])?grand\w*|nan|nana|granny"),
    (Relationship.AUNT_OR_UNCLE, r"(great[ -])?(aunt\w*|uncle|niece|nephew)"),
    (Relationship.COUSIN, r"(second |2nd )?cousin"),
    (Relationship.SIBLING, r"(half[ -]?)?(brother|sister|sibling|twin)"),
    (Relationship.FAMILY_FRIEND, r"(close )?(family friend|friend of (the )?family|godm?\w*|neighbour)"),
    (Relationship.OLD_FRIEND, r"(old |school |university |childhood )?friend"),
    (
        Relationship.CLUB,
        r"club|team|church|mosque|temple|faith group|scout\w*|guide|coach|football|cricket|choir",
    ),
    (Relationship.PARTNER, r"partner|husband|wife|spouse|fianc\w+"),
    (Relationship.PARENT, r"parent|mother|father|mum|dad|son|daughter|child|own child"),
    (Relationship.OTHER_FAMILY, r"family|relative|relation|related|in[ -]law"),
)
_EITHER_SIDE: Final = frozenset({Relationship.PARENT, Relationship.GRANDPARENT, Relationship.STEP_PARENT})
"""Between a child and an adult it is plain who is whose parent; between two adults it is not."""

_LINK_WORDS: Final = (
    (Link.FOLLOW, r"follow\w*|subscri\w+"),
    (Link.MESSAGE, r"messag\w*|dms?|chat\w*|text\w*|whatsapp"),
    (Link.GROUP, r"groups?"),
    (Link.GAME, r"gam\w+|plays?\w*|xbox|playstation"),
    (Link.FRIEND, r"friend\w*|contacts?|connect\w*|linked|link"),
)

_DECISIONS: Final = (
    (
        ImportedDecision.REFUSED,
        r"refus\w*|reject\w*|declin\w*|denied|not (approved|agreed|allowed|granted|given)(?! yet)|disallowed",
    ),
    (
        ImportedDecision.UNDECIDED,
        (
            r"pending|a?wait\w*|undecided|tbc|tbd|declared|not decided|open|submitted|more asked|not yet|yet to|"
            r"(for|needs) (approval|decision)|(approval|permission) requested|to (be )?(decide|approve|agree|sign)\w*"
        ),
    ),
    (
        ImportedDecision.APPROVED,
        (
            r"approv\w*|agree\w*|grant\w*|allow\w*|authori[sz]\w*|accept\w*|permit\w*|ended|expired|lapsed|revoked|"
            r"signed|in force|active|current"
        ),
    ),
)


_DOUBTFUL: Final = re.compile(
    r"\b(not|no|never|without|until|till|unless|if|only|withdrawn|cancel\w*|stopped|in principle)\b|\?"
)
_NOTHING_AGAINST: Final = re.compile(r"\bno (conditions?|restrictions?|objections?|concerns?)\b")


def read_kind(text: str) -> PersonKind | None:
    """Governor, volunteer, contractor or staff; a job title the school would give an employee is staff."""
    return first_meant(_KINDS, text)


def read_capacity(text: str) -> Capacity | None:
    return first_meant(_CAPACITIES, text)


def read_relationship(text: str, capacity: Capacity) -> Relationship:
    """What the adult is to the other person. Words from the other side are turned: a nephew has an aunt or uncle.

    What is not understood is "something else", and so is a word between two adults that may be meant either way: the
    words are kept beside it.
    """
    found = first_meant(_RELATIONSHIPS, text)
    child = capacity in (Capacity.PUPIL, Capacity.FORMER_PUPIL)
    if found in _EITHER_SIDE and not child:
        return Relationship.OTHER_FAMILY
    return found or Relationship.OTHER


def read_links(text: str) -> tuple[Link, ...]:
    """Every kind of link named in a cell, in the vocabulary's order; none where none is understood."""
    words = text.casefold()
    found = {link for link, pattern in _LINK_WORDS if re.search(rf"\b(?:{pattern})\b", words)}
    return tuple(link for link in Link if link in found)


def read_initiator(text: str) -> Initiator | None:
    words = text.casefold()
    adult = re.search(r"\b(adult|staff|teacher|employee|governor|volunteer)\b", words) is not None
    other = re.search(r"\b(pupil|child|student|parent|other person)\b", words) is not None
    if re.search(r"\b(both|mutual|there before|already|existing)\b", words) or (adult and other):
        return Initiator.BOTH
    if adult or other:
        return Initiator.ADULT if adult else Initiator.OTHER
    return Initiator.UNKNOWN if re.search(r"\b(unknown|not known|n/?a)\b", words) else None


def read_decision(text: str) -> ImportedDecision | None:
    """What became of a declaration. An approval with a but in it is not understood: nobody is allowed by a guess."""
    ticked = as_yes_no(text)
    if ticked is not None:
        return ImportedDecision.APPROVED if ticked else ImportedDecision.REFUSED
    found = first_meant(_DECISIONS, text)
    if found is ImportedDecision.APPROVED and _DOUBTFUL.search(_NOTHING_AGAINST.sub("", text.casefold())):
        return None
    return found


def read_agreement(text: str) -> Agreement | None:
    ticked = as_yes_no(text)
    words = text.casefold()
    if re.search(r"\b(declin\w*|refus\w*)\b", words):
        return Agreement.DECLINED
    if ticked or re.search(r"\b(signed|agreed|returned)\b", words):
        return Agreement.SIGNED
    return Agreement.NOT_ASKED if ticked is False or not words or "not " in words else None


def split_list(text: str) -> list[str]:
    """The entries of a cell that lists several: "Facebook, Instagram and X"."""
    parts = re.split(r"\s*(?:[,;/\n+&|]|\band\b)\s*", text)
    return [part.strip() for part in parts if part.strip()]
