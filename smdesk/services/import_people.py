"""Who is meant in a register kept elsewhere: people found by name, or said to be ambiguous, never guessed.

The wrong child would be the worst mistake an import can make. So only the very same name counts as found, and only
where it fits one person; everything that merely resembles somebody is put to the person who imports.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final, Literal

from sqlalchemy.orm import Session

from smdesk.policy.conduct import SCHOOL_ADULTS
from smdesk.policy.vocabulary import KIND_LABELS, Capacity, PersonKind
from smdesk.policy.words import TITLES, in_a_sentence, listed
from smdesk.services.driver import driver, stored_day
from smdesk.services.people_records import PersonDraft, kinds_of

Side = Literal["adult", "other"]
ADD: Final = "add"
LEAVE: Final = "leave"
Choice = int | str
"""What somebody chose for a name: a person's id, ``ADD`` or ``LEAVE``."""


class Found(StrEnum):
    """What is known of a name in the file."""

    FOUND = "found"
    ADDED = "added"
    CHOOSE = "choose"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody as a line of the file names them."""

    side: Side
    title: str
    given: str
    family: str
    kind: PersonKind
    """What they are to the school; a former pupil or their family is a third party, and may be anything on record."""
    born: date | None = None
    year_group: str = ""
    joined_on: date | None = None

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.title, self.given, self.family) if part)

    @property
    def key(self) -> str:
        """The same for every line that means the same person, as far as the file tells."""
        born = self.born.isoformat() if self.born else ""
        more = (self.kind, born, self.year_group.casefold()) if self.side == "other" else ()
        return "|".join((self.side, plain(self.given), plain(self.family), *more))


@dataclass(frozen=True, slots=True)
class Match:
    """What the records hold about a name: one person, or those who may be meant, and why that is not settled."""

    state: Found
    person_id: int | None
    candidates: tuple[int, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Known:
    """One person on record, as far as names are compared."""

    id: int
    given: str
    family: str
    known_as: str
    kinds: frozenset[PersonKind]
    born: date | None


_PARTICLE: Final = re.compile(
    r"van|von|der|den|de|del|della|di|da|dos|du|la|le|el|al|bin|ibn|ben|st|ter|ten|mac|mc|o'|ap",
    re.IGNORECASE,
)


def named_of(
    side: Side,
    whole: str,
    given: str,
    family: str,
    kind: PersonKind,
    *,
    born: date | None = None,
    year_group: str = "",
    joined_on: date | None = None,
) -> Named:
    """Somebody as a line names them, their name in one column or two."""
    title, given, family = name_parts(whole, given, family)
    return Named(side, title, given, family, kind, born, year_group, joined_on)


def name_parts(whole: str, given: str, family: str) -> tuple[str, str, str]:
    """Title, given and family name as a file has them, in one column or two: "Pear, Ann", "Ms Ann van der Pear"."""
    title = ""
    if not family:
        before, comma, after = whole.partition(",")
        if comma:
            family, given = before, after
        else:
            words = whole.split()
            if words and words[0].casefold().rstrip(".") in TITLES:
                title = words.pop(0).rstrip(".")
            given, family = _split(words)
    words = given.split()
    if words and words[0].casefold().rstrip(".") in TITLES:
        title = words.pop(0).rstrip(".")
    elif len(words) > 1 and words[-1].casefold().rstrip(".") in TITLES:
        title = words.pop().rstrip(".")  # "Pear, Ann Ms"
    return _cased(title), _cased(" ".join(words)), _cased(" ".join(family.split()))


def _split(words: list[str]) -> tuple[str, str]:
    if len(words) < 2:
        return "", " ".join(words)
    start = len(words) - 1
    while start > 1 and _PARTICLE.fullmatch(words[start - 1]):
        start -= 1
    return " ".join(words[:start]), " ".join(words[start:])


def _cased(text: str) -> str:
    """Names in capitals throughout as people write them; others stay as they are."""
    if not text.isupper() or len(text) < 3:
        return text
    return re.sub(r"[^\W\d_]+", lambda word: word[0].capitalize(), text)


def exact(text: str) -> str:
    """A name for saying that it is the very same: small letters, one kind of apostrophe and hyphen, one space."""
    unified = (
        unicodedata.normalize("NFC", text)
        .replace("’", "'")
        .replace("`", "'")
        .replace("‐", "-")
        .replace("–", "-")
    )
    return " ".join(unified.casefold().replace(".", " ").split())


def plain(text: str) -> str:
    """A name for finding what resembles it: without accents and signs."""
    letters = unicodedata.normalize("NFKD", exact(text))
    return " ".join(
        re.sub(r"[^\w\s]|_", "", "".join(c for c in letters if not unicodedata.combining(c))).split()
    )


_SHORTEST_SLIP: Final = 4
_MOST_NAMED: Final = 3


class Register:
    """Everybody on record, ready to be looked up by name."""

    def __init__(self, people: Iterable[Known]) -> None:
        self._by_name: dict[str, list[Known]] = defaultdict(list)
        self._by_letters: dict[str, list[Known]] = defaultdict(list)
        self._by_family: dict[str, list[Known]] = defaultdict(list)
        for person in people:
            for name in names_of(person.given, person.family, person.known_as):
                self._by_name[exact(name)].append(person)
                self._by_letters[" ".join(sorted(plain(name).split()))].append(person)
            self._by_family[plain(person.family)].append(person)
        self._by_slip: dict[str, list[str]] = defaultdict(list)
        for family in self._by_family:
            for slip in _slips(family):
                self._by_slip[slip].append(family)

    def match(self, named: Named) -> Match:
        """Who is meant, or who may be."""
        if not named.family:
            return Match(Found.CHOOSE, None, (), "No name stands here.")
        same = _once(self._by_name[exact(f"{named.given} {named.family}")])
        fitting = [each for each in same if _fits(named, each)]
        agreeing = [each for each in fitting if _same_birth(named, each)]
        sure = [each for each in agreeing if named.born is not None and each.born == named.born]
        if len(sure) == 1:
            return Match(Found.FOUND, sure[0].id, (), "")
        if len(fitting) == 1 and len(agreeing) == 1 and len(same) == 1:
            return Match(Found.FOUND, agreeing[0].id, (), "")
        if same:
            return Match(Found.CHOOSE, None, tuple(each.id for each in same), self._why(named, same, fitting))
        near = self._near(named)
        if near:
            why = (
                "Nobody on record has this very name, but some come near it. "
                f"On record there is: {listed([_described(each) for each in near[:_MOST_NAMED]])}."
            )
            return Match(Found.CHOOSE, None, tuple(each.id for each in near), why)
        if len(plain(named.given)) < 2:
            why = "Nobody of this name is on record, and without a whole given name nobody can be added."
            return Match(Found.CHOOSE, None, (), why)
        return Match(Found.ADDED, None, (), "Not on record: will be added.")

    @staticmethod
    def _why(named: Named, same: list[Known], fitting: list[Known]) -> str:
        if len(fitting) > 1:
            return f"{len(fitting)} people on record have this name."
        if len(same) > 1:
            return "Somebody else on record has this name too."
        if not fitting:
            what = "an adult who works with the school" if named.side == "adult" else "what the file says"
            return f"Somebody of this name is on record, but not as {what}."
        return "Somebody of this name is on record with another date of birth."

    def _near(self, named: Named) -> list[Known]:
        whole = plain(f"{named.given} {named.family}")
        found = list(self._by_letters[" ".join(sorted(whole.split()))])
        given = plain(named.given)
        family = plain(named.family)
        families = {family: None}  # the very family first
        for slip in _slips(family):
            families.update(dict.fromkeys(self._by_slip.get(slip, ())))
        for each in families:
            found += [who for who in self._by_family.get(each, ()) if alike(given, plain(who.given))]
        near = _once(found)
        return sorted(near, key=lambda each: not _fits(named, each))[:8]


def names_of(given: str, family: str, known_as: str) -> Iterable[str]:
    """Every name somebody goes by: as recorded, and with each short form or former surname."""
    yield f"{given} {family}"
    for also in known_as.split(","):
        short = also.strip()
        if short:
            # A short form or a former surname: with the other half, and as it stands.
            yield from (short, f"{short} {family}", f"{given} {short}")


def alike(given: str, other: str) -> bool:
    """Whether two given names may be one person's: a short form, an initial, a slip of the pen."""
    if not given or not other:
        return True
    if min(len(given), len(other)) <= 2 or given.startswith(other) or other.startswith(given):
        return given[0] == other[0]
    return SequenceMatcher(None, given, other).ratio() >= 0.75


def _slips(family: str) -> set[str]:
    """The name as it stands and with each one letter left out: two names one slip apart have one of these in common.

    Short names are left alone: Cox and Fox are two families.
    """
    if len(family) < _SHORTEST_SLIP:
        return {family}
    return {family, *(family[:at] + family[at + 1 :] for at in range(len(family)))}


def _described(person: Known) -> str:
    kinds = [in_a_sentence(KIND_LABELS[kind]) for kind in PersonKind if kind in person.kinds]
    return f"{person.given} {person.family} ({listed(kinds)})"


def _fits(named: Named, person: Known) -> bool:
    if named.side == "adult":
        return not person.kinds.isdisjoint(SCHOOL_ADULTS)
    return named.kind is PersonKind.THIRD_PARTY or named.kind in person.kinds


def _same_birth(named: Named, person: Known) -> bool:
    return named.born is None or person.born is None or named.born == person.born


def _once(people: Iterable[Known]) -> list[Known]:
    return list({person.id: person for person in people}.values())


def register(session: Session) -> Register:
    """Everybody on record but merged duplicates and names online nobody stands behind."""
    rows = driver(session).execute(
        "SELECT id, given_name, family_name, known_as, kind, also, date_of_birth FROM person"
        " WHERE merged_into IS NULL AND identified"
    )
    return Register(
        Known(
            row[0],
            row[1],
            row[2],
            row[3],
            frozenset(kinds_of(row[4], row[5])),
            stored_day(row[6]),
        )
        for row in rows
    )


def settle(named: Named, match: Match, choices: Mapping[str, Choice], *, add_people: bool) -> Match:
    """The match with what somebody chose for it. A choice that does not fit any more is passed over."""
    choice = choices.get(named.key)
    if choice == LEAVE:
        return Match(Found.LEFT_OUT, None, match.candidates, "Left out by choice.")
    if choice == ADD and named.given and named.family:
        return Match(Found.ADDED, None, match.candidates, "Will be added, by choice.")
    if isinstance(choice, int) and (choice in match.candidates or match.state is not Found.FOUND):
        among = match.candidates if choice in match.candidates else (choice, *match.candidates)
        return Match(Found.FOUND, choice, among, "Chosen by hand.")
    if match.state is Found.ADDED and not add_people:
        return Match(Found.CHOOSE, None, (), "Nobody of this name is on record.")
    return match


def person_draft(named: Named, capacity: Capacity | None, note: str) -> PersonDraft:
    """The record of somebody who is added from the file: what the file tells, and where it came from."""
    if capacity is Capacity.FORMER_PUPIL:
        note = f"Former pupil. {note}"
    return PersonDraft(
        kind=named.kind,
        title=named.title,
        given_name=named.given,
        family_name=named.family,
        date_of_birth=named.born,
        year_group=named.year_group if named.kind is PersonKind.PUPIL else "",
        joined_on=named.joined_on,
        notes=note,
    )
