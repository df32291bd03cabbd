"""Who on record is meant by somebody in a list of people: by number, by name and one more fact, or asked.

The wrong child would be the worst mistake an import can make. A number that is on record for somebody else, or a name
without anything else that agrees, is never enough: whoever imports is asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy.orm import Session

from smdesk.policy.vocabulary import KIND_LABELS, PersonKind
from smdesk.policy.words import in_a_sentence, written_day
from smdesk.services.driver import driver, stored_day
from smdesk.services.import_people import ADD, LEAVE, Choice, Found, Match, exact, names_of
from smdesk.services.people_import_entries import CONTACTS, Entry, numbers
from smdesk.services.people_records import kinds_of


class Held(NamedTuple):
    """Somebody on record, as far as an import compares and writes."""

    id: int
    kind: str
    also: str
    title: str
    given_name: str
    family_name: str
    known_as: str
    identified: bool
    date_of_birth: date | None
    year_group: str
    class_name: str
    outside_id: str
    address: str
    postcode: str
    email: str
    phone: str
    language: str
    joined_on: date | None
    left_on: date | None
    online_names: str
    letter_name: str
    notes: str
    merged_into: int | None
    version: int

    @property
    def kinds(self) -> tuple[PersonKind, ...]:
        return kinds_of(self.kind, self.also)

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()


@dataclass(frozen=True, slots=True)
class LinkHeld:
    """A link on record between an adult and a child, either way round."""

    id: int
    relation: str
    note: str
    responsible: bool | None


class Records:
    """Everybody on record and how they belong together, ready to be looked up."""

    def __init__(
        self,
        people: Iterable[Held],
        links: Mapping[tuple[int, int], LinkHeld],
        users: frozenset[int] = frozenset(),
    ) -> None:
        self.people: dict[int, Held] = {}
        self.links = links
        self.users = users
        """Those who have an open user account here."""
        gone: list[Held] = []
        for person in people:
            if person.merged_into is None:
                self.people[person.id] = person
            else:
                gone.append(person)
        self._by_number: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._by_name: dict[str, list[Held]] = defaultdict(list)
        self._by_birth: dict[date, list[Held]] = defaultdict(list)
        self._by_family: dict[str, list[Held]] = defaultdict(list)
        for person in self.people.values():
            if person.outside_id:
                for kind in person.kinds:
                    self._by_number[person.outside_id.casefold(), kind].append(person.id)
            if not person.identified:
                continue
            names = dict.fromkeys(
                exact(each) for each in names_of(person.given_name, person.family_name, person.known_as)
            )
            for name in names:
                self._by_name[name].append(person)
            if person.date_of_birth is not None:
                self._by_birth[person.date_of_birth].append(person)
            self._by_family[exact(person.family_name)].append(person)
        for person in gone:
            # The number of a duplicate that was merged still means whoever stands for it.
            stands = self._standing(person, gone)
            if person.outside_id and stands is not None:
                for kind in person.kinds:
                    self._by_number[person.outside_id.casefold(), kind].append(stands)

    def _standing(self, person: Held, gone: list[Held]) -> int | None:
        into = person.merged_into
        known = {each.id: each.merged_into for each in gone}
        while into is not None and into not in self.people:
            into = known.get(into)
        return into

    # By number

    def numbered(self, kind: PersonKind, number: str) -> list[int]:
        """Who has this number among people of this kind."""
        return list(dict.fromkeys(self._by_number.get((number.casefold(), kind), ())))

    def by_number(self, entry: Entry) -> Match | None:
        """Who has the entry's number, or None where nobody has. A number that seems to have gone to somebody else is
        put to whoever imports.
        """
        told = entry.told
        if not told.outside_id:
            return None
        ids = self.numbered(told.kind, told.outside_id)
        if not ids:
            return None
        if len(ids) > 1:
            why = f"{len(ids)} people on record have the number {told.outside_id}."
            return Match(Found.CHOOSE, None, tuple(ids), why)
        held = self.people[ids[0]]
        if _another(entry, held):
            born = f", born {written_day(held.date_of_birth)}" if held.date_of_birth else ""
            why = f"The number {told.outside_id} is on record for somebody else: {held.name}{born}."
            return Match(Found.CHOOSE, None, tuple(ids), why)
        return Match(Found.FOUND, ids[0], (), "")

    # By name

    def by_name(self, entry: Entry, children: Sequence[int], claimed: set[int]) -> Match:
        """Who is meant by name and one more fact. ``children`` are on record and in the file the entry's pupils;
        ``claimed`` are those whom the file names by their number elsewhere.
        """
        told = entry.told
        same = self._by_name.get(entry.name)
        if same:
            fits = [each for each in same if each.id not in claimed and _fits(told.kind, each)]
            sure = [each for each in fits if self._agrees(entry, each, children)]
            if len(sure) == 1 and told.kind in sure[0].kinds:
                return Match(Found.FOUND, sure[0].id, (), "")
            asked = [each for each in fits if not _surely_apart(entry, each)]
            if asked:
                return Match(Found.CHOOSE, None, tuple(each.id for each in asked[:_MOST]), _why(entry, asked))
        near = self._near(entry, claimed)
        if near:
            names = ", ".join(each.name for each in near[:3])
            why = f"Nobody on record has this very name, but somebody comes near it: {names}."
            return Match(Found.CHOOSE, None, tuple(each.id for each in near[:_MOST]), why)
        return _NEW

    def _agrees(self, entry: Entry, held: Held, children: Sequence[int]) -> bool:
        """Whether, beside the name, one more fact agrees and the date of birth does not speak against it."""
        told = entry.told
        if told.date_of_birth is not None and held.date_of_birth is not None:
            return told.date_of_birth == held.date_of_birth
        if told.kind is PersonKind.PUPIL:
            return False
        return bool(
            (told.email and told.email.casefold() == held.email.casefold())
            or (told.phone and set(numbers(told.phone)) & set(numbers(held.phone)))
            or (told.joined_on is not None and told.joined_on == held.joined_on)
            or any(self.link(held.id, child) for child in children)
        )

    def _near(self, entry: Entry, claimed: set[int]) -> list[Held]:
        """People of another spelling who may be meant: born on the same day, or of the same family."""
        told = entry.told
        born = None if told.kind in CONTACTS else told.date_of_birth
        near = self._by_family.get(exact(told.family_name)) if born is None else self._by_birth.get(born)
        if not near:
            return []
        given, family = exact(told.given_name), exact(told.family_name)
        if born is not None:
            found = [
                each
                for each in near
                if exact(each.given_name) == given
                or (exact(each.family_name) == family and _may_be(given, exact(each.given_name)))
            ]
        else:
            found = [each for each in near if _may_be(given, exact(each.given_name))]
        return [
            each
            for each in found
            if each.id not in claimed and _fits(told.kind, each) and not _surely_apart(entry, each)
        ]

    def pupils_called(self, name: str, its_class: str) -> list[int]:
        """Pupils on record of this name, and of this class or year group where one is told."""
        found = [each for each in self._by_name.get(exact(name), ()) if each.kind == PersonKind.PUPIL]
        if its_class and len(found) > 1:
            wanted = its_class.casefold()
            found = [
                each for each in found if wanted in (each.class_name.casefold(), each.year_group.casefold())
            ]
        return [each.id for each in found]

    def link(self, one: int, other: int) -> LinkHeld | None:
        """How two people on record belong together."""
        return self.links.get((one, other)) or self.links.get((other, one))


_NEW: Final = Match(Found.ADDED, None, (), "")
_MOST: Final = 8
"""People offered for one name."""


def _fits(kind: PersonKind, held: Held) -> bool:
    """Whether somebody of this kind may be this person: a parent may be on record as a member of staff."""
    if kind is PersonKind.PUPIL or held.kind == PersonKind.PUPIL:
        return kind in held.kinds
    return True


def _another(entry: Entry, held: Held) -> bool:
    """Whether the file's person can hardly be the one on record under the same number."""
    told = entry.told
    if entry.name in {exact(each) for each in names_of(held.given_name, held.family_name, held.known_as)}:
        return False
    given = exact(told.given_name) == exact(held.given_name) or _may_be(
        exact(told.given_name), exact(held.given_name)
    )
    if told.date_of_birth is not None and held.date_of_birth is not None:
        if told.date_of_birth == held.date_of_birth:
            return False
        return not (given and exact(told.family_name) == exact(held.family_name))
    return not given and exact(told.family_name) != exact(held.family_name)


def _surely_apart(entry: Entry, held: Held) -> bool:
    """Two people of one name: each with a number of their own, and nothing that would be the same for both."""
    told = entry.told
    numbers_differ = bool(
        told.outside_id
        and held.outside_id
        and told.kind in held.kinds
        and told.outside_id.casefold() != held.outside_id.casefold()
    )
    births_differ = (
        told.date_of_birth is not None
        and held.date_of_birth is not None
        and told.date_of_birth != held.date_of_birth
    )
    if told.kind is PersonKind.PUPIL:
        return numbers_differ and births_differ
    return numbers_differ or births_differ


def _why(entry: Entry, asked: list[Held]) -> str:
    if len(asked) > 1:
        return f"{len(asked)} people on record have this name, and nothing else tells which is meant."
    held = asked[0]
    if entry.told.date_of_birth and held.date_of_birth and entry.told.date_of_birth != held.date_of_birth:
        return f"Somebody of this name is on record with another date of birth: {written_day(held.date_of_birth)}."
    if entry.told.kind not in held.kinds:
        return "Somebody of this name is on record as something else."
    return "Somebody of this name is on record, and nothing else tells whether it is the same person."


def _may_be(given: str, other: str) -> bool:
    """Whether two given names may be one person's: a short form or an initial."""
    if not given or not other:
        return True
    return given.startswith(other) or other.startswith(given)


def settle(
    entry: Entry, match: Match, choices: Mapping[str, Choice], records: Records, *, may_add: bool
) -> Match:
    """The match with what somebody chose for the entry. A choice that does not fit any more is passed over."""
    choice = choices.get(entry.key)
    if choice is None or (match.state is Found.FOUND and choice != LEAVE):
        return match
    if choice == LEAVE:
        return Match(Found.LEFT_OUT, None, match.candidates, "Left out by choice.")
    if choice == ADD and may_add:
        return Match(Found.ADDED, None, match.candidates, "Somebody new, by choice.")
    if isinstance(choice, int) and choice in records.people:
        held = records.people[choice]
        if not _fits(entry.told.kind, held):
            what = in_a_sentence(KIND_LABELS[PersonKind(held.kind)])
            why = f"{held.name} is on record as {what}: choose somebody else."
            return Match(Found.CHOOSE, None, match.candidates, why)
        among = match.candidates if choice in match.candidates else (choice, *match.candidates)
        return Match(Found.FOUND, choice, among, "Chosen by hand.")
    return match


_COLUMNS: Final = ", ".join(Held._fields)


def read_records(session: Session) -> Records:
    """Everybody on record, merged duplicates among them for their numbers, and every link between two people."""
    raw = driver(session)
    people = [
        Held._make(
            (
                *row[:7],
                bool(row[7]),
                stored_day(row[8]),
                *row[9:17],
                stored_day(row[17]),
                stored_day(row[18]),
                *row[19:],
            )
        )
        for row in raw.execute(f"SELECT {_COLUMNS} FROM person").fetchall()  # noqa: S608  fixed names
    ]
    links: dict[tuple[int, int], Any] = {}
    for row in raw.execute(
        "SELECT id, person_id, other_id, relation, note, parental_responsibility FROM person_link"
        " WHERE relation <> 'partner_of' ORDER BY relation = 'related_to' DESC"
    ).fetchall():
        held = None if row[5] is None else bool(row[5])
        links[row[1], row[2]] = LinkHeld(row[0], row[3], row[4], held)
    users = raw.execute("SELECT person_id FROM user WHERE active AND person_id IS NOT NULL").fetchall()
    return Records(people, links, frozenset(row[0] for row in users))
