"""The columns a list of people from another system may have, and what stands in them: headings guessed, words
understood. Nothing here touches records.

Two layouts: one row a person, or one row a pupil with the contacts beside. A contact's own row names its pupil.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from smdesk.documents.cells import as_yes_no
from smdesk.policy.vocabulary import PersonKind
from smdesk.services.import_headings import (
    CERTAIN,
    assign,
    first_meant,
    heading_words,
    phrases,
    recalled,
    score,
)
from smdesk.services.people_records import Relation


class Layout(StrEnum):
    """What a row of the file is."""

    PERSON = "person"
    PUPIL = "pupil"


LAYOUT_LABELS: Final = {
    Layout.PERSON: "One row for each person",
    Layout.PUPIL: "One row for each pupil, contacts beside",
}


class Field(StrEnum):
    """What a column can be taken for."""

    KIND = "kind"
    OUTSIDE_ID = "outside_id"
    TITLE = "title"
    NAME = "name"
    GIVEN = "given"
    FAMILY = "family"
    KNOWN_AS = "known_as"
    BORN = "born"
    YEAR = "year"
    CLASS = "class"
    ADDRESS = "address"
    ADDRESS_2 = "address_2"
    ADDRESS_3 = "address_3"
    TOWN = "town"
    COUNTY = "county"
    POSTCODE = "postcode"
    EMAIL = "email"
    PHONE = "phone"
    PHONE_2 = "phone_2"
    LANGUAGE = "language"
    JOINED = "joined"
    LEFT = "left"
    PUPIL_ID = "pupil_id"
    PUPIL_NAME = "pupil_name"
    PUPIL_CLASS = "pupil_class"
    RELATION = "relation"
    RESPONSIBLE = "responsible"


FIELD_LABELS: Final[dict[Field, str]] = {
    Field.KIND: "Who they are",
    Field.OUTSIDE_ID: "Number in the other system",
    Field.TITLE: "Title",
    Field.NAME: "Name (whole)",
    Field.GIVEN: "Given name",
    Field.FAMILY: "Family name",
    Field.KNOWN_AS: "Also known as",
    Field.BORN: "Date of birth",
    Field.YEAR: "Year group",
    Field.CLASS: "Class",
    Field.ADDRESS: "Address, or its first line",
    Field.ADDRESS_2: "Address: second line",
    Field.ADDRESS_3: "Address: third line",
    Field.TOWN: "Address: town",
    Field.COUNTY: "Address: county",
    Field.POSTCODE: "Postcode",
    Field.EMAIL: "E-mail",
    Field.PHONE: "Telephone",
    Field.PHONE_2: "Second telephone",
    Field.LANGUAGE: "Language",
    Field.JOINED: "Joined on",
    Field.LEFT: "Left on",
    Field.PUPIL_ID: "Their pupil: number",
    Field.PUPIL_NAME: "Their pupil: name",
    Field.PUPIL_CLASS: "Their pupil: class",
    Field.RELATION: "Relation to the pupil",
    Field.RESPONSIBLE: "Parental responsibility",
}

ADDRESS_FIELDS: Final = (Field.ADDRESS, Field.ADDRESS_2, Field.ADDRESS_3, Field.TOWN, Field.COUNTY)
MOST_CONTACTS: Final = 6
"""Contacts beside a pupil in one row."""
_OF_A_PUPIL: Final = frozenset({Field.PUPIL_ID, Field.PUPIL_NAME, Field.PUPIL_CLASS})
_OF_A_TIE: Final = frozenset({Field.RELATION, Field.RESPONSIBLE})
_NOT_A_CONTACTS: Final = _OF_A_PUPIL | {
    Field.KIND, Field.BORN, Field.YEAR, Field.CLASS, Field.JOINED, Field.LEFT, Field.KNOWN_AS,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """What one column is taken for: a field of the row's own person (``contact`` 0) or of a contact beside it."""

    field: Field
    contact: int = 0

    @property
    def code(self) -> str:
        return f"c{self.contact}.{self.field}" if self.contact else str(self.field)

    @property
    def label(self) -> str:
        return (
            f"Contact {self.contact}: {FIELD_LABELS[self.field]}"
            if self.contact
            else FIELD_LABELS[self.field]
        )


def targets(layout: Layout) -> tuple[Target, ...]:
    """Everything a column can be taken for in this layout, in the order it is offered."""
    if layout is Layout.PERSON:
        return tuple(Target(each) for each in Field)
    own = tuple(Target(each) for each in Field if each not in _OF_A_PUPIL | _OF_A_TIE | {Field.KIND})
    beside = tuple(
        Target(each, number)
        for number in range(1, MOST_CONTACTS + 1)
        for each in Field
        if each not in _NOT_A_CONTACTS
    )
    return own + beside


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Which column (from 0) is taken for what, and what counts beside the columns.

    ``kind`` is who a row is about where no column says so. Of the kinds in ``whole`` the file holds everybody: whoever
    is on record and not in it is marked as left on ``left_on``. The user says so each time; it is never remembered.
    """

    layout: Layout = Layout.PERSON
    columns: dict[Target, int] = field(default_factory=dict)
    kind: PersonKind | None = None
    relation: Relation = Relation.PARENT_OF
    whole: frozenset[PersonKind] = frozenset()
    left_on: date | None = None


_HEADINGS: Final[dict[Field, tuple[str, ...]]] = {
    code: phrases(words)
    for code, words in {
        Field.KIND: "who they are, kind, type, person type, role, category, record type, contact type",
        Field.OUTSIDE_ID: (
            "id, upn, number, pupil id, student id, person id, staff id, contact id, employee id, mis id, unique id, "
            "reference, admission number, adno, adm no, admission no, unique pupil number, staff code, identifier, "
            "number in the other system, outside number, external id"
        ),
        Field.TITLE: "title, salutation, prefix",
        Field.NAME: (
            "name, full name, pupil, pupil name, student, student name, staff name, contact name, contact, "
            "display name, whole name, name whole"
        ),
        Field.GIVEN: (
            "given name, first name, forename, forenames, given names, first names, christian name, legal forename, "
            "firstname, pupil first name, pupil forename, staff forename, contact forename"
        ),
        Field.FAMILY: (
            "family name, surname, last name, legal surname, lastname, pupil surname, staff surname, contact surname"
        ),
        Field.KNOWN_AS: (
            "known as, also known as, preferred name, preferred forename, chosen name, nickname, former name, "
            "former surname, preferred surname"
        ),
        Field.BORN: "date of birth, dob, birth date, born, d o b, birthday",
        Field.YEAR: "year, year group, yeargroup, ncy, nc year, national curriculum year, yr, curriculum year",
        Field.CLASS: (
            "class, form, tutor group, registration group, reg group, reg, registration form, class name, reg form"
        ),
        Field.ADDRESS: (
            "address, address 1, address line 1, home address, postal address, street, house, house number and street, "
            "address1, addressline1, address block, address or its first line"
        ),
        Field.ADDRESS_2: "address 2, address line 2, address2, addressline2, street 2, district, address second line",
        Field.ADDRESS_3: "address 3, address line 3, address3, addressline3, locality, village, address third line",
        Field.TOWN: "town, city, post town, town city, address town, address 4, address line 4",
        Field.COUNTY: "county, address county, address 5, address line 5",
        Field.POSTCODE: "postcode, post code, zip, postal code, home postcode",
        Field.EMAIL: "e mail, email, email address, e mail address, home email, work email, main email, primary email",
        Field.PHONE: (
            "telephone, phone, mobile, mobile phone, telephone number, phone number, mobile number, home telephone, "
            "tel, main telephone, primary telephone, contact number"
        ),
        Field.PHONE_2: (
            "second telephone, telephone 2, phone 2, work telephone, work phone, home phone, other telephone, "
            "alternative number, daytime telephone, home number"
        ),
        Field.LANGUAGE: "language, first language, home language, main language, spoken language, mother tongue",
        Field.JOINED: (
            "joined on, joined, admission date, date of admission, start date, date joined, date of entry, "
            "employment start, entry date, doa"
        ),
        Field.LEFT: "left on, left, leaving date, date of leaving, end date, date left, employment end, dol",
        Field.PUPIL_ID: (
            "pupils number, their pupil number, pupils id, childs id, upn of pupil, linked pupil id, child id, "
            "childs upn, pupils upn, students id, related pupil id"
        ),
        Field.PUPIL_NAME: (
            "their pupil name, name of pupil, child, child name, childs name, contact for, parent of, pupils name, "
            "students name, related pupil"
        ),
        Field.PUPIL_CLASS: "their pupil class, childs class, pupils class, class of pupil, pupil class, child class",
        Field.RELATION: (
            "relation, relationship, relation to the pupil, relationship to pupil, relationship to student, "
            "relationship to child, contact relationship, relation to child"
        ),
        Field.RESPONSIBLE: (
            "parental responsibility, has parental responsibility, responsibility, pr, parental resp, par resp"
        ),
    }.items()
}
"""Headings in words, comma separated, as schools' systems write them."""

_CONTACT: Final = re.compile(
    r"\b(?:(?:contact|parent|carer|guardian|priority|adult|parent carer|pc|p|c) ?([1-9]))\b"
    r"|\b(mother|mum|mothers|mums)\b|\b(father|dad|fathers|dads)\b"
)
_ONLY_CONTACT: Final = re.compile(r"\b(?:parent carer|parent or carer|parent|carer|guardian)\b(?! of\b)")
"""Without a number: the one contact that stands beside each pupil."""


def contact_of(words: str) -> tuple[int, str]:
    """Which contact beside a pupil a heading (in ``heading_words``) speaks of, and the rest of it: "contact 2 email"
    is 2 and "email", "parent email" is 1 and "email". 0 where it speaks of none.
    """
    found = _CONTACT.search(words)
    if found is not None:
        number = int(found[1]) if found[1] else 1 if found[2] else 2
    else:
        found, number = _ONLY_CONTACT.search(words), 1
        if found is None:
            return 0, words
    rest = " ".join((words[: found.start()] + " " + words[found.end() :]).split())
    return (number, rest) if number <= MOST_CONTACTS else (0, words)


def is_heading(text: str) -> bool:
    """Whether a text reads like one of the headings a list of people has."""
    _, rest = contact_of(heading_words(text))
    return any(score(rest, each) >= CERTAIN for each in _HEADINGS.values())


def guess_layout(headings: Sequence[str]) -> Layout:
    """One row a pupil where the headings speak of contacts with names or ways to reach them beside a pupil. Contacts
    with numbers are beside somebody; "parent name" may as well be whom the row is about, where nobody else is named.
    """
    all_words = [heading_words(heading) for heading in headings]
    beside = [(words, *contact_of(words)) for words in all_words]
    sure = [words for words, number, rest in beside if number and _surely(rest)]
    numbered = any(_CONTACT.search(words) for words in sure)
    pupil_named = any(not number and _surely(rest, _NAMES) for _, number, rest in beside)
    return Layout.PUPIL if len(sure) >= 2 and (numbered or pupil_named) else Layout.PERSON


_NAMES: Final = (Field.NAME, Field.GIVEN, Field.FAMILY)
_REACHED_BY: Final = (*_NAMES, Field.EMAIL, Field.PHONE, Field.RELATION)


def _surely(rest: str, wanted: Sequence[Field] = _REACHED_BY) -> bool:
    return any(score(rest, _HEADINGS[each]) >= CERTAIN for each in wanted)


def guess(
    headings: Sequence[str], layout: Layout, remembered: Mapping[str, str] | None = None
) -> dict[Target, int]:
    """Which column is likely what. ``remembered`` is what this user chose before: heading in words -> a target's code,
    or "" for a column to be left out. Each target gets at most one column and each column one target.
    """
    offered = targets(layout)
    chosen, settled = recalled(headings, remembered or {}, {each.code: each for each in offered})
    scores: list[tuple[int, int, Target]] = []
    spoken_of = {contact_of(heading_words(heading))[0] for heading in headings}
    one_contact = layout is Layout.PUPIL and 1 in spoken_of and max(spoken_of) == 1
    by_contact: dict[int, list[Field]] = {}
    for each in offered:
        by_contact.setdefault(each.contact, []).append(each.field)
    for place, heading in enumerate(headings):
        if place in settled:
            continue
        words = heading_words(heading)
        number, rest = contact_of(words) if layout is Layout.PUPIL else (0, words)
        for code in by_contact[number]:
            scores.append((score(rest, _HEADINGS[code]), place, Target(code, number)))
        if one_contact and not number:
            # "Relationship" beside the one contact can only be that contact's.
            scores.extend((score(rest, _HEADINGS[code]), place, Target(code, 1)) for code in _OF_A_TIE)
        if number and not rest:
            scores.append((CERTAIN, place, Target(Field.NAME, number)))  # "Contact 1", "Mother"
    assign(scores, chosen)
    # A name in two columns is read from the two; one that holds both would say the same again.
    for number in range(MOST_CONTACTS + 1):
        if {Target(Field.GIVEN, number), Target(Field.FAMILY, number)} <= chosen.keys():
            chosen.pop(Target(Field.NAME, number), None)
    return chosen


# Words in cells

_KINDS: Final = (
    (PersonKind.PARENT, r"parent\w*|carer|guardian|mother|father|mum|dad|contact|family|next of kin"),
    (PersonKind.PUPIL, r"pupil|student|child|children|learner"),
    (PersonKind.GOVERNOR, r"govern\w*|trustee"),
    (PersonKind.VOLUNTEER, r"volunteer\w*|helper"),
    (PersonKind.CONTRACTOR, r"contractor|contract\w*|agency|supply|peripatetic"),
    (
        PersonKind.STAFF,
        r"staff|teacher|teaching|employee|assistant|head\w*|deputy|office|support|workforce|ta|hlta|senco|caretaker",
    ),
)

_RELATIONS: Final = (
    (
        Relation.RELATED_TO,
        (
            r"grand\w*|nan|nana|aunt\w*|uncle|brother|sister|sibling|cousin|neighbour|friend|child ?minder|"
            r"social worker|doctor|relative|relation|other\w*|nanny|au pair|god\w*|step[ -]?(brother|sister)|"
            r"half[ -]?(brother|sister)|health visitor|emergency"
        ),
    ),
    (
        Relation.CARER_OF,
        (
            r"foster\w*|carer|guardian|step[ -]?\w*|partner of \w+|(mother|father|parent|mum|dad)s? partner|"
            r"kinship\w*|local authority"
        ),
    ),
    (Relation.PARENT_OF, r"parent\w*|mother|father|mum\w*|dad\w*|adoptive \w+|natural \w+"),
)
_NOT_FAMILY: Final = re.compile(r"\b(social worker|doctor|health visitor|local authority|agency)\b")


def read_kind(text: str) -> PersonKind | None:
    """Who somebody is to the school; None for a word that is not understood."""
    return first_meant(_KINDS, text)


def read_relation(text: str) -> Relation | None:
    """What a contact is to the pupil; None for a word that is not understood: its own words are kept beside it."""
    return first_meant(_RELATIONS, text)


def kind_of_contact(relation: str) -> PersonKind:
    """Everybody around a pupil counts as a parent (PPL-1), but for those who come by their profession."""
    return PersonKind.THIRD_PARTY if _NOT_FAMILY.search(relation.casefold()) else PersonKind.PARENT


def read_responsible(text: str) -> bool | None:
    """Parental responsibility as systems write it: yes, no, a tick, "PR", "Full". None where it is not understood."""
    ticked = as_yes_no(text)
    if ticked is not None:
        return ticked
    words = text.casefold()
    if re.search(r"\b(no|not|none|without)\b", words):
        return False
    return True if re.search(r"\b(pr|full|shared|has|parental responsibility|with)\b", words) else None


_YEAR: Final = re.compile(r"(?:y|yr|year|nc ?year|ncy|year group)?[ .-]*0?(\d{1,2})")
_EARLY: Final = {
    "r": "Reception", "rec": "Reception", "reception": "Reception", "yr r": "Reception", "year r": "Reception",
    "yr": "Reception", "0": "Reception", "y0": "Reception", "year 0": "Reception", "n": "Nursery", "nur": "Nursery",
    "nursery": "Nursery", "n1": "Nursery", "n2": "Nursery", "nursery 1": "Nursery", "nursery 2": "Nursery",
    "year n": "Nursery", "yr n": "Nursery", "year n1": "Nursery", "year n2": "Nursery",
}  # fmt: skip


def read_year(text: str) -> str:
    """A year group as this program writes it: "5", "Y05" and "Yr 5" as "Year 5", "R" as "Reception". Others stay."""
    words = " ".join(text.casefold().split())
    if words in _EARLY:
        return _EARLY[words]
    found = _YEAR.fullmatch(words)
    if found and 1 <= int(found[1]) <= 14:
        return f"Year {int(found[1])}"
    return " ".join(text.split())
