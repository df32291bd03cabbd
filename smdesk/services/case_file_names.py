"""Taking the names of third parties out of a case file: "Person A (parent)" wherever somebody is named (DOC-4).

Whoever is in the incident, and their families, are looked for closely: first name or family name alone, run together,
as a screen name, by e-mail, telephone or address. Everybody else on record is looked for by their whole name, and
pupils on roll by their first name too. What no record knows (a nickname, "the boy from number 7") nobody but a reader
can find: such words can be given by hand, and the file says that it must be read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, Final, TypeVar

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from smdesk.db.models import IncidentPerson, Person, PersonLink, School, User
from smdesk.policy.vocabulary import PersonKind
from smdesk.policy.words import TITLES
from smdesk.services import case_file_patterns as patterns
from smdesk.services import letter_names
from smdesk.services.letter_names import Known
from smdesk.services.people_records import kinds_of

T = TypeVar("T")

LINK_LEFT_OUT: Final = "[link left out: it could show a name]"
_URL: Final = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_PLACE: Final = re.compile(r"(?<![\w@./])(?:[\w\-]+\.)+[^\W\d_]{2,}/\S+")
"""A link written without its beginning: "facebook.com/groups/12"."""
_RUN: Final = re.compile(r"[\w.\-]+")
FAMILY: Final = -1_000_000
"""Ids from here down are family names: which of several is meant, nobody but a reader knows."""

_SHORTEST_RUN: Final = 6
"""Letters from which a name written in one piece is looked for inside longer words (#janeroe2026)."""

_KINDS: Final[dict[PersonKind, str]] = {
    PersonKind.PARENT: "parent or carer",
    PersonKind.PUPIL: "pupil",
    PersonKind.STAFF: "member of staff",
    PersonKind.GOVERNOR: "governor",
    PersonKind.VOLUNTEER: "volunteer",
    PersonKind.CONTRACTOR: "contractor",
    PersonKind.THIRD_PARTY: "third party",
    PersonKind.UNKNOWN: "not known",
}


@dataclass(frozen=True, slots=True)
class _Exact:
    """Something of somebody looked for letter by letter: an e-mail address, a screen name. ``shared``: a name,
    which somebody whose name stays may bear too.
    """

    pattern: re.Pattern[str]
    person_id: int
    shared: bool = False


@dataclass(slots=True)
class Names:
    """Whose names are taken out. Labels are given in the order of the incident, then as names turn up.

    ``near`` are people of the incident and their families, ``far`` everybody else on record; ``kept`` those whose names
    stay. Ids below 0 are words given by hand.
    """

    near: list[Known]
    far: list[Known]
    kept: list[Known]
    exact: list[_Exact]
    kept_exact: list[_Exact]
    kinds: dict[int, PersonKind]
    titles: dict[int, str]
    school: str
    families: dict[str, list[int]] = field(default_factory=dict)
    """Family names of those far away, in one piece, and who bears each; not those that a colleague bears too."""
    links: bool = True
    """Whether links stand in which there is no name."""
    labels: dict[int, str] = field(default_factory=dict)
    _candidates: list[Known] | None = None

    def label(self, person_id: int) -> str:
        """ "Person A (parent or carer)", the same one each time."""
        found = self.labels.get(person_id)
        if found is None:
            kind = self.kinds.get(person_id)
            found = f"Person {_letters(len(self.labels))}" + (f" ({_KINDS[kind]})" if kind else "")
            self.labels[person_id] = found
        return found

    def look_through(self, texts: Iterable[str]) -> None:
        """Choose once who could be named in these texts: of thousands of people a handful."""
        words: set[str] = set()
        for text in texts:
            words |= letter_names.words_of(text)
        self._candidates = [
            *self.near,
            *(person for person in self.far if letter_names.worth_a_look(person, words)),
        ]

    def masked(self, text: str) -> str:
        """The text with a label in the place of each name."""
        spans = self._spans(text)
        if not spans:
            return text
        out, at = [], 0
        for start, end, words in spans:
            out += [text[at:start], words]
            at = end
        return "".join([*out, text[at:]])

    def found_in(self, text: str, to: int | None) -> set[int]:
        """Who is named in the text of a letter ``to`` somebody, whether their names stay or not. The addressee's own
        name is nobody else's, though a whole family bears it.
        """
        people = [*self._people(), *self.kept]
        own = [person for person in people if person.person_id == to]
        stays = [(hit.start, hit.end) for hit in letter_names.hits(text, own, None)] if own else []
        ids = {
            hit.person_id
            for hit in letter_names.hits(text, people, None, mask=[self.school])
            if not _within((hit.start, hit.end), stays)
        }
        stays += _places(
            [each.pattern for each in (*self.exact, *self.kept_exact) if each.person_id == to], text
        )
        for each in (*self.exact, *self.kept_exact):
            # A family shares its address: on an envelope it names nobody but whom the letter is to.
            if each.person_id > 0 and any(not _within(span, stays) for span in _places([each.pattern], text)):
                ids.add(each.person_id)
        return ids if to is None else ids | {to}

    def _people(self) -> list[Known]:
        return [*self.near, *self.far] if self._candidates is None else self._candidates

    def _spans(self, text: str) -> list[tuple[int, int, str]]:
        """Places to be replaced, in order, none over another, and by what."""
        if not text.strip():
            return []
        stays = (
            [(hit.start, hit.end) for hit in letter_names.hits(text, self.kept, None)] if self.kept else []
        )
        stays += _places([each.pattern for each in self.kept_exact], text)
        places: dict[tuple[int, int], list[tuple[int, int]]] = {}  # how much of it is the name, and whose
        for hit in letter_names.hits(text, self._people(), None, mask=[self.school]):
            # "Mrs Roe", who may be named, is not her daughter.
            if not _within((hit.start, hit.end), stays):
                around = patterns.with_initials(text, hit.start, hit.end)
                places.setdefault(around, []).append((hit.end - hit.start, hit.person_id))
        for each in self.exact:
            for span in _places([each.pattern], text):
                if each.person_id > 0 and _within(span, stays):
                    continue
                length = span[1] - span[0] if each.shared else len(text)
                around = patterns.with_initials(text, *span) if each.shared else span
                places.setdefault(around, []).append((length, each.person_id))
        for start, end, person_id in self._families_in(text):
            if not _within((start, end), stays):
                around = patterns.with_initials(text, start, end)
                places.setdefault(around, []).append((end - start, person_id))
        for start, end, person_id in self._run_together(text):
            places.setdefault((start, end), []).append((end - start, person_id))
        links = [match.span() for match in _URL.finditer(text)]
        wide = {_link_around(span, links) for span in places}
        if not self.links:
            # Whoever follows a link to what was posted reads there whose post it is.
            links += [match.span() for match in _PLACE.finditer(text)]
            wide |= set(links)
        chosen: list[tuple[int, int, str]] = []
        for start, end in sorted(wide, key=lambda span: (span[0], -span[1])):
            if chosen and start < chosen[-1][1]:
                if end > chosen[-1][1]:  # two names over each other: both go, under the first one's label
                    chosen[-1] = (chosen[-1][0], end, chosen[-1][2])
                continue
            if (start, end) in links:
                chosen.append((start, end, LINK_LEFT_OUT))
                continue
            chosen.append((start, end, self._said(text[start:end], places[start, end])))
        return chosen

    def _said(self, words: str, found: list[tuple[int, int]]) -> str:
        most = max(length for length, _ in found)
        ids = [person_id for length, person_id in found if length == most]
        near = {person.person_id: person for person in self.near}
        initial = next((word for word in patterns.sorted_words(words) if len(word) == 1), "")
        title = next((word for word in patterns.sorted_words(words) if word in TITLES), "")
        if title:  # "Mrs Roe" is not Mr Roe, and not their child
            ids = [each for each in ids if self.titles.get(each) == title] or ids
        if initial:  # "Mrs J. Roe" is Jane and not Sam
            ids = [
                each
                for each in ids
                if each in near and letter_names.fold(near[each].given_name).startswith(initial)
            ] or ids
        wanted = [each for each in dict.fromkeys(ids) if each in near or each < 0] or list(dict.fromkeys(ids))
        return " or ".join(self.label(each) for each in wanted[:3])

    def _families_in(self, text: str) -> Iterable[tuple[int, int, int]]:
        """ "Mrs Osei-Marsh", "the Osei-Marsh family": of somebody on record, though neither first name stands there."""
        for title in patterns.TITLED.finditer(text):
            found = list(patterns.words_from(text, title.end()))
            for end in reversed(found):
                bearers = self._bearers(text[title.end() : end])
                if bearers:
                    called = letter_names.fold(title[0].split()[0].strip("."))
                    ids = [each for each in bearers if self.titles.get(each) == called]
                    yield (
                        title.end(),
                        end,
                        ids[0] if len(ids) == 1 else self._family_id(text[title.end() : end]),
                    )
                    break
        for kin in patterns.KIN.finditer(text):
            for start in patterns.starts_before(text, kin.start()):
                if self._bearers(text[start : kin.start()]):
                    yield start, kin.start(), self._family_id(text[start : kin.start()])
                    break

    def _bearers(self, words: str) -> list[int]:
        return (
            self.families.get(patterns.in_one(words), [])
            if words[:1].isupper() or not words.isascii()
            else []
        )

    def _family_id(self, words: str) -> int:
        return FAMILY - list(self.families).index(patterns.in_one(words))

    def _run_together(self, text: str) -> Iterable[tuple[int, int, int]]:
        """Names in one piece inside a longer word: "#JaneRoe2026", "roe.jane.77"."""
        wanted = [(person.person_id, run) for person in self.near for run in _runs(person)]
        if not wanted:
            return
        for match in _RUN.finditer(text):
            run = "".join(patterns.sorted_words(match[0]))
            for person_id, name in wanted:
                if name in run:
                    yield match.start(), match.end(), person_id


def _places(patterns: Iterable[re.Pattern[str]], text: str) -> list[tuple[int, int]]:
    return [match.span() for pattern in patterns for match in pattern.finditer(text)]


def _within(span: tuple[int, int], around: Iterable[tuple[int, int]]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in around)


def _runs(person: Known) -> set[str]:
    given, family = ("".join(patterns.sorted_words(part)) for part in (person.given_name, person.family_name))
    return {run for run in (given + family, family + given) if len(run) >= _SHORTEST_RUN and given and family}


def _link_around(span: tuple[int, int], links: Sequence[tuple[int, int]]) -> tuple[int, int]:
    return next((link for link in links if link[0] <= span[0] < link[1]), span)


def _letters(number: int) -> str:
    """A, B … Z, AA, AB …"""
    text = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text


def changed(thing: T, change: Callable[[str], str]) -> T:
    """A value with every text in it changed: dataclasses and tuples are gone through."""
    found: Any = thing
    if isinstance(found, str):
        found = change(found)
    elif isinstance(found, tuple):
        found = tuple(changed(each, change) for each in found)
    elif is_dataclass(found) and not isinstance(found, type):
        held = {each.name: getattr(found, each.name) for each in fields(found)}
        found = replace(found, **{name: changed(value, change) for name, value in held.items()})
    result: T = found
    return result


def load(
    session: Session, incident_ids: Sequence[int], keep: Collection[int], also: Sequence[str] = ()
) -> Names:
    """Everybody who could be named in the papers of an incident and those linked to it (the first is the one it is
    about); the names of ``keep`` (person ids) stay.

    ``also`` are further words to take out. Colleagues who dealt with the incident stay named, unless it is about them.
    """
    rows = {row.id: row for row in session.scalars(select(Person))}

    def keeper(person_id: int) -> int:
        row = rows.get(person_id)
        return person_id if row is None or row.merged_into is None else row.merged_into

    order = [
        keeper(each)
        for incident_id in incident_ids
        for each in session.scalars(
            select(IncidentPerson.person_id)
            .where(IncidentPerson.incident_id == incident_id)
            .order_by(IncidentPerson.position, IncidentPerson.id)
        )
    ]
    inside = set(order)
    family = _families(session, inside, keeper)
    kept_ids = {keeper(each) for each in keep}
    near_ids = [*dict.fromkeys(order), *sorted(family - inside)]
    users = list(session.scalars(select(User)))
    colleagues = {keeper(user.person_id) for user in users if user.person_id is not None} - inside
    named_like_users = {tuple(patterns.sorted_words(user.name)) for user in users}
    near: list[Known] = []
    far: list[Known] = []
    kept: list[Known] = []
    exact: list[_Exact] = []
    kept_exact: list[_Exact] = []
    places = {person_id: at for at, person_id in enumerate(near_ids)}
    for row in sorted(rows.values(), key=lambda row: places.get(keeper(row.id), len(places))):
        person_id = keeper(row.id)
        close = person_id in places
        known = _known(row, person_id, close=close or person_id in kept_ids)
        if person_id in kept_ids:
            kept.append(known)
            kept_exact += [_Exact(pattern, person_id) for pattern in patterns.identifiers(row)]
        elif close and (person_id in inside or person_id not in colleagues):
            near.append(known)
            exact += [_Exact(pattern, person_id) for pattern in patterns.identifiers(row)]
            exact += [_Exact(pattern, person_id, shared=True) for pattern in patterns.whole_names(row)]
            exact += [_Exact(pattern, person_id, shared=True) for pattern in patterns.initials(row)]
        elif person_id not in colleagues and _name_words(row) not in named_like_users:
            far.append(known)
    for user in users:
        if user.person_id is not None and keeper(user.person_id) in inside - kept_ids:
            exact.append(_Exact(patterns.literally(user.name), keeper(user.person_id)))
    for at, words in enumerate(dict.fromkeys(each.strip() for each in also if each.strip()), start=1):
        exact.append(_Exact(patterns.literally(words), -at))
    working_here = {words[-1] for words in named_like_users if words} | {
        patterns.in_one(rows[each].family_name) for each in colleagues if each in rows
    }
    families: dict[str, list[int]] = {}
    for person in far:
        family_name = patterns.in_one(person.family_name)
        if len(family_name) > 1 and family_name not in working_here and person.given_name:
            families.setdefault(family_name, []).append(person.person_id)
    names = Names(
        near=near,
        far=far,
        kept=kept,
        exact=exact,
        kept_exact=kept_exact,
        kinds={keeper(row.id): PersonKind(row.kind) for row in rows.values() if row.merged_into is None},
        titles={
            keeper(row.id): letter_names.fold(row.title.strip(" ."))
            for row in rows.values()
            if row.title and row.merged_into is None
        },
        school=session.scalars(select(School.name)).one(),
        families=families,
    )
    for person_id in dict.fromkeys(order):
        if person_id not in kept_ids:
            names.label(person_id)
    return names


def _families(session: Session, inside: set[int], keeper: Callable[[int], int]) -> set[int]:
    found: set[int] = set()
    for link in session.execute(
        select(PersonLink.person_id, PersonLink.other_id).where(
            or_(PersonLink.person_id.in_(inside), PersonLink.other_id.in_(inside))
        )
    ):
        found |= {keeper(link.person_id), keeper(link.other_id)}
    # The brothers and sisters of a pupil in it are named beside their parents.
    for link in session.execute(
        select(PersonLink.person_id, PersonLink.other_id).where(
            or_(PersonLink.person_id.in_(found), PersonLink.other_id.in_(found))
        )
    ):
        found |= {keeper(link.person_id), keeper(link.other_id)}
    return found


def _known(row: Person, person_id: int, *, close: bool) -> Known:
    pupil = PersonKind.PUPIL in kinds_of(row.kind, row.also)
    return Known(
        person_id,
        row.given_name,
        row.family_name,
        row.known_as,
        "",
        # Of somebody in the incident the first name alone says who it is, grown up or not.
        pupil=pupil or close,
        close=close,
        on_roll=pupil and row.left_on is None,
    )


def _name_words(row: Person) -> tuple[str, ...]:
    return tuple(patterns.sorted_words(f"{row.given_name} {row.family_name}"))
