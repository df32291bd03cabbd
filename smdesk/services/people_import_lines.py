"""The lines of a list of people, read into who they name and what they say of them. No records are touched here."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple

from smdesk.documents.cells import Value, as_day, as_text
from smdesk.documents.sheet_reading import Line
from smdesk.policy.vocabulary import PersonKind
from smdesk.services.import_people import name_parts
from smdesk.services.people_import_fields import (
    ADDRESS_FIELDS,
    FIELD_LABELS,
    ColumnMap,
    Field,
    Layout,
    kind_of_contact,
    read_kind,
    read_relation,
    read_responsible,
    read_year,
)
from smdesk.services.people_records import Relation


class Told(NamedTuple):
    """What a file says of somebody; "" and None where it says nothing. Named like the columns of their record."""

    kind: PersonKind
    outside_id: str
    title: str
    given_name: str
    family_name: str
    known_as: str
    date_of_birth: date | None
    year_group: str
    class_name: str
    address: str
    postcode: str
    email: str
    phone: str
    language: str
    joined_on: date | None
    left_on: date | None

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()


class Tie(NamedTuple):
    """Whose contact somebody is. ``pupil`` is the place of the pupil's mention where the same line names them;
    otherwise the pupil is named by number, or by name and class. ``words`` are the file's own for the relation.
    """

    pupil: int | None
    pupil_id: str
    pupil_name: str
    pupil_class: str
    relation: Relation
    words: str
    responsible: bool | None


@dataclass(slots=True)
class Mention:
    """One place in the file that names somebody. ``contact`` is 0 for the row's own person. ``problems`` keep them
    from being brought in, ``notes`` do not.
    """

    line: int
    contact: int
    told: Told
    tie: Tie | None = None
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class _Slot:
    """The columns of one person in a row, as places."""

    def __init__(self, columns: ColumnMap, contact: int) -> None:
        self.contact = contact
        self.places = {
            target.field: place for target, place in columns.columns.items() if target.contact == contact
        }
        self.address = [self.places[each] for each in ADDRESS_FIELDS if each in self.places]
        self.filled = [place for field, place in self.places.items() if field is not Field.RELATION]
        self.texts = [
            (field, place)
            for field, place in self.places.items()
            if field not in ADDRESS_FIELDS and field not in _DAYS
        ]
        self.days = [(field, place) for field, place in self.places.items() if field in _DAYS]
        self.tied = Field.PUPIL_ID in self.places or Field.PUPIL_NAME in self.places


_DAYS: Final = (Field.BORN, Field.JOINED, Field.LEFT)
Texts = dict[Field, str]


class LineReader:
    """Reads line after line of one file; what is written alike is worked out once."""

    def __init__(self, columns: ColumnMap) -> None:
        self._map = columns
        numbers = sorted({target.contact for target in columns.columns})
        self._own = _Slot(columns, 0)
        self._contacts = [_Slot(columns, number) for number in numbers if number]
        self._days: dict[Value, date | str | None] = {}
        self._given: dict[str, tuple[str, str, str]] = {}
        self._family: dict[str, tuple[str, str]] = {}
        self._kinds: dict[str, PersonKind | None] = {}
        self._years: dict[str, str] = {}
        self._addresses: dict[tuple[Value, ...], tuple[str, str]] = {}

    def read(self, line: Line, place: int) -> list[Mention]:
        """Everybody this line names, the row's own person first. ``place`` is that of the first mention in the whole
        file: ties of the line's contacts point to it.
        """
        pupils = self._map.layout is Layout.PUPIL
        found = [self._person(line, self._own, PersonKind.PUPIL if pupils else None)]
        for slot in self._contacts:
            if any(line.cells[at] is not None for at in slot.filled):
                found.append(self._person(line, slot, None, place))
        return found

    def _person(self, line: Line, slot: _Slot, kind: PersonKind | None, pupil: int | None = None) -> Mention:
        cells = line.cells
        problems: list[str] = []
        notes: list[str] = []
        texts: Texts = {
            code: " ".join((value if type(value) is str else as_text(value)).split())
            for code, place in slot.texts
            if (value := cells[place]) is not None
        }
        days = {
            code: self._day(cells[place], code, problems)
            for code, place in slot.days
            if cells[place] is not None
        }
        text = texts.get
        tie = self._tie(texts, notes, pupil, kind) if slot.tied or pupil is not None else None
        if kind is None:
            kind = self._kind(texts, slot, tie, problems)
        title, given, family = self._name(texts, slot, problems)
        email, phone, postcode = text(Field.EMAIL, ""), text(Field.PHONE, ""), text(Field.POSTCODE, "")
        told = Told(
            kind,
            text(Field.OUTSIDE_ID, ""),
            text(Field.TITLE, "").rstrip(".") or title,
            given,
            family,
            text(Field.KNOWN_AS, ""),
            days.get(Field.BORN),
            self._year(text(Field.YEAR, "")),
            text(Field.CLASS, ""),
            *self._address(cells, slot, postcode),
            _email(email, notes) if email else "",
            _phones(phone, text(Field.PHONE_2, "")),
            text(Field.LANGUAGE, ""),
            days.get(Field.JOINED),
            days.get(Field.LEFT),
        )
        return Mention(line.number, slot.contact, told, tie, problems, notes)

    def _address(self, cells: tuple[Value, ...], slot: _Slot, postcode: str) -> tuple[str, str]:
        if not slot.address and not postcode:
            return "", ""
        key = (postcode, *[cells[at] for at in slot.address])
        found = self._addresses.get(key)
        if found is None:
            found = self._addresses[key] = _address(key[1:], postcode)
        return found

    def _kind(self, texts: Texts, slot: _Slot, tie: Tie | None, problems: list[str]) -> PersonKind:
        if slot.contact and tie is not None:
            return kind_of_contact(tie.words)
        words = texts.get(Field.KIND, "")
        if not words:
            if self._map.kind is None:
                problems.append("Who they are: nothing stands here, and nothing was chosen for empty cells.")
            return self._map.kind or PersonKind.THIRD_PARTY
        if words not in self._kinds:
            self._kinds[words] = read_kind(words)
        kind = self._kinds[words]
        if kind is None:
            problems.append(
                f"Who they are: “{short(words)}” is not understood. Write pupil, staff, governor, volunteer, "
                "contractor or parent."
            )
        return kind or PersonKind.THIRD_PARTY

    def _name(self, texts: Texts, slot: _Slot, problems: list[str]) -> tuple[str, str, str]:
        whole, given, family = (
            texts.get(Field.NAME, ""),
            texts.get(Field.GIVEN, ""),
            texts.get(Field.FAMILY, ""),
        )
        if family:
            # Most of thousands have a name that others have too.
            if given not in self._given:
                title, its_given, _ = name_parts("", given, "-")
                self._given[given] = title, its_given, _name_problem(given)
            if family not in self._family:
                self._family[family] = name_parts("", "", family)[2], _name_problem(family)
            title, given, wrong = self._given[given]
            family, also_wrong = self._family[family]
            wrong = wrong or also_wrong
        else:
            wrong = _name_problem(whole) or _name_problem(given)
            if not wrong and not whole:
                wrong = "The family name is missing." if given else "The name is missing."
            title, given, family = name_parts(whole, given, "") if whole else ("", given, "")
        if wrong:
            problems.append(f"Contact {slot.contact}: {wrong}" if slot.contact else wrong)
        return title, given, family

    def _day(self, value: Value, wanted: Field, problems: list[str]) -> date | None:
        found = self._days.get(value, "")
        if found == "":
            try:
                found = as_day(value)
            except ValueError as error:
                found = str(error)
            self._days[value] = found
        if isinstance(found, str):
            problems.append(f"{FIELD_LABELS[wanted]}: {found}")
            return None
        return found

    def _year(self, words: str) -> str:
        if words not in self._years:
            self._years[words] = read_year(words)
        return self._years[words]

    def _tie(self, texts: Texts, notes: list[str], pupil: int | None, kind: PersonKind | None) -> Tie | None:
        if kind is PersonKind.PUPIL:
            return None
        pupil_id, name, its_class, words, said = (
            texts.get(each, "")
            for each in (
                Field.PUPIL_ID,
                Field.PUPIL_NAME,
                Field.PUPIL_CLASS,
                Field.RELATION,
                Field.RESPONSIBLE,
            )
        )
        if pupil is None and not pupil_id and not name:
            return None
        relation = read_relation(words) if words else self._map.relation
        if relation is None:
            relation = Relation.RELATED_TO
            notes.append(f"Relation: “{short(words)}” is kept in the file's own words.")
        responsible = read_responsible(said) if said else None
        if said and responsible is None:
            notes.append(f"Parental responsibility: “{short(said)}” is not understood and left open.")
        return Tie(pupil, pupil_id, _whole_name(name), its_class, relation, words[:200], responsible)


def _whole_name(name: str) -> str:
    _, given, family = name_parts(name, "", "") if name else ("", "", "")
    return f"{given} {family}".strip()


def _name_problem(part: str) -> str:
    """What is wrong with a part of a name, "" for nothing. A spreadsheet's formula, or a number, is nobody's name."""
    if part[:1] in ("=", "@") or (part[:1] in ("+", "-") and "(" in part):
        return (
            f"“{short(part)}” looks like a formula of a spreadsheet, not like a name. Correct it in the file."
        )
    if part and not any(map(str.isalpha, part)):
        return f"“{short(part)}” is no name: it has no letter in it."
    return ""


_POSTCODE: Final = re.compile(r"([A-Z]{1,2}\d[A-Z\d]?) ?(\d[A-Z]{2})")
_MOST_LINES: Final = 6


def read_postcode(text: str) -> str:
    """A postcode in capitals with its one space, "zz99zz" as "ZZ9 9ZZ"; anything else in capitals as it stands."""
    words = " ".join(text.upper().split())
    found = _POSTCODE.fullmatch(words)
    return f"{found[1]} {found[2]}" if found else words


def _address(cells: tuple[Value, ...], postcode: str) -> tuple[str, str]:
    """The lines of an address, and its postcode where that stands among them."""
    postcode = read_postcode(postcode) if postcode else ""
    texts = [as_text(cell) for cell in cells if cell is not None]
    if not texts:
        return "", postcode
    lines = [" ".join(line.split()) for text in texts for line in text.split("\n")]
    if len(lines) == 1 and "," in lines[0]:
        lines = _at_commas(lines[0])
    lines = list(dict.fromkeys(line for line in lines if line))
    if lines and _POSTCODE.fullmatch(lines[-1].upper()):
        postcode = postcode or read_postcode(lines[-1])
        if read_postcode(lines[-1]) == postcode:
            lines.pop()
    if len(lines) > _MOST_LINES:
        lines[_MOST_LINES - 1 :] = [", ".join(lines[_MOST_LINES - 1 :])]
    return "\n".join(lines), postcode


def _at_commas(line: str) -> list[str]:
    """An address in one cell, cut where it has commas; a house number stays with its street."""
    found: list[str] = []
    for part in (each.strip() for each in line.split(",")):
        if found and re.fullmatch(r"(flat |unit )?\d+[a-z]?", found[-1], re.IGNORECASE):
            found[-1] = f"{found[-1]} {part}".strip()
        else:
            found.append(part)
    return found


def _email(text: str, notes: list[str]) -> str:
    """The first of several addresses; one that is none is left out and said."""
    if text.isascii() and text.count("@") == 1 and text.replace("@", "").replace(".", "").isalnum():
        return text if text[0] != "@" and text[-1] != "@" else _no_email(text, notes)
    first = re.split(r"[;,\s]+", text.strip("<>"))[0]
    local, _, domain = first.partition("@")
    if not local or not domain or "@" in domain:
        return _no_email(text, notes)
    if first != text:
        notes.append(f"E-mail: the first of “{short(text)}” is taken.")
    return first


def _no_email(text: str, notes: list[str]) -> str:
    notes.append(f"E-mail: “{short(text)}” is no address and is left out.")
    return ""


def _phones(*texts: str) -> str:
    """Telephone numbers with commas between; the nought that a spreadsheet took off stands again."""
    found = [
        f"0{text}" if len(text) == 10 and text.isdigit() and text[0] in "12378" else text for text in texts
    ]
    return ", ".join(dict.fromkeys(each for each in found if each))


def short(text: str) -> str:
    """The beginning of a cell, for a sentence."""
    return text if len(text) <= 40 else f"{text[:39]}…"
