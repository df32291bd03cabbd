"""Whose contact somebody in a list of people is: the pupil, found in the file or on record, and the link between."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from smdesk.policy.vocabulary import PersonKind
from smdesk.services.import_people import Match, exact
from smdesk.services.people_import_entries import Entry, People
from smdesk.services.people_import_lines import Tie
from smdesk.services.people_import_match import Records
from smdesk.services.people_records import RELATION_LABELS, RESPONSIBLE, Relation


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link to be written, or one on record (``link_id``) that the file says more of. The pupil is ``pupil_id`` on
    record, or somebody new by the key of their entry.
    """

    pupil_key: str
    pupil_id: int | None
    relation: Relation
    note: str
    responsible: bool | None
    link_id: int | None
    words: str
    before: bool | None = None
    """Parental responsibility as the link on record holds it."""


@dataclass(frozen=True, slots=True)
class TieFound:
    """What one tie comes to: a link, or a problem, or nothing where the records say so already."""

    pupil: Entry | None
    link: NewLink | None
    problem: str


_PLAIN: Final = frozenset({"mother", "father", "parent", "carer", "guardian", "mum", "dad"})


class TieReader:
    """Finds the pupils of contacts. ``matches`` tells of each entry, by its identity, who it is on record."""

    def __init__(self, file: People, records: Records, matches: Mapping[int, Match]) -> None:
        self._file = file
        self._records = records
        self._matches = matches
        self._by_number: dict[str, Entry] = {}
        self._by_name: dict[str, list[Entry]] = defaultdict(list)
        self._on_record: dict[int, Entry] = {}
        for entry in file.entries:
            if entry.told.kind is not PersonKind.PUPIL:
                continue
            if entry.told.outside_id:
                self._by_number[entry.told.outside_id.casefold()] = entry
            self._by_name[entry.name].append(entry)
            person_id = matches[id(entry)].person_id
            if person_id is not None:
                self._on_record[person_id] = entry

    def read(self, contact: Entry) -> Iterator[TieFound]:
        """What each of somebody's ties comes to."""
        adult = self._matches[id(contact)].person_id
        for tie, line in contact.ties:
            pupil, person_id, problem = self._pupil(tie, line)
            if problem:
                yield TieFound(None, None, problem)
                continue
            if pupil is not None:
                person_id = self._matches[id(pupil)].person_id
            elif person_id is not None:
                pupil = self._on_record.get(person_id)
            if adult is not None and adult == person_id:
                yield TieFound(
                    None, None, f"Line {line}: this is the pupil, who cannot be their own contact."
                )
                continue
            name = pupil.told.name if pupil is not None else self._records.people[person_id or 0].name
            yield TieFound(pupil, self._link(tie, adult, pupil, person_id, name), "")

    def _pupil(self, tie: Tie, line: int) -> tuple[Entry | None, int | None, str]:
        if tie.pupil is not None:
            return self._file.of_mention[tie.pupil], None, ""
        if tie.pupil_id:
            found = self._by_number.get(tie.pupil_id.casefold())
            if found is not None:
                return found, None, ""
            known = self._records.numbered(PersonKind.PUPIL, tie.pupil_id)
            if len(known) == 1:
                return None, known[0], ""
            return (
                None,
                None,
                f"Line {line}: no pupil with the number {tie.pupil_id} is in the file or on record.",
            )
        name = exact(tie.pupil_name)
        alike = self._by_name.get(name, [])
        if tie.pupil_class and len(alike) > 1:
            wanted = tie.pupil_class.casefold()
            alike = [
                each
                for each in alike
                if wanted in (each.told.class_name.casefold(), each.told.year_group.casefold())
            ]
        if len(alike) == 1:
            return alike[0], None, ""
        # Somebody on record whom the file names as well was found above.
        known = [] if alike else self._records.pupils_called(tie.pupil_name, tie.pupil_class)
        if len(known) == 1:
            return None, known[0], ""
        what = f"Line {line}: the pupil {tie.pupil_name}"
        if alike or known:
            return None, None, f"{what} may be one of several of that name. Give the pupil's number or class."
        return None, None, f"{what} is neither in the file nor on record."

    def _link(
        self, tie: Tie, adult: int | None, pupil: Entry | None, pupil_id: int | None, name: str
    ) -> NewLink | None:
        """The link to be written, or what the file adds to the one on record; None where it says nothing new."""
        responsible = tie.responsible if tie.relation in RESPONSIBLE else None
        key = pupil.key if pupil is not None else ""
        held = None
        if adult is not None and pupil_id is not None:
            held = self._records.link(adult, pupil_id)
        if held is None:
            note = "" if tie.words.casefold() in _PLAIN else tie.words
            words = f"{RELATION_LABELS[tie.relation]} {name}" + _held_words(responsible)
            return NewLink(key, pupil_id, tie.relation, note, responsible, None, words)
        # How the office put it stays; only parental responsibility follows the file.
        relation = Relation(held.relation)
        said = tie.responsible if relation in RESPONSIBLE else None
        if said is None or said == held.responsible:
            return None
        return NewLink(
            key,
            pupil_id,
            relation,
            held.note,
            said,
            held.id,
            f"{RELATION_LABELS[relation]} {name}{_held_words(said)}",
            held.responsible,
        )


def _held_words(responsible: bool | None) -> str:
    match responsible:
        case None:
            return ""
        case True:
            return ", with parental responsibility"
        case False:
            return ", without parental responsibility"
