"""Writes what a dry run of a people import came to: many rows at once, in somebody's transaction.

A new person costs one row and its search entry; a changed one also an audit line with what it was and is, and
whatever follows from names, dates and kinds: advice on incidents, exceptions that end (CON-2).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy.orm import Session

from smdesk.db import search
from smdesk.policy.vocabulary import PersonKind
from smdesk.services import connection_people
from smdesk.services.context import Context
from smdesk.services.driver import driver, stored_value
from smdesk.services.incident_state import person_name
from smdesk.services.list_files import Progress
from smdesk.services.people_base import refresh_incidents, write_audit
from smdesk.services.people_import_lines import Told
from smdesk.services.people_import_records import Change, PeoplePlan, PlanEntry, Result
from smdesk.services.people_import_ties import NewLink
from smdesk.services.people_records import Relation

_NEW_COLUMNS: Final = (
    "kind", "outside_id", "title", "given_name", "family_name", "known_as", "date_of_birth", "year_group",
    "class_name", "address", "postcode", "email", "phone", "language", "joined_on", "left_on",
)  # fmt: skip
_INSERT: Final = (
    "INSERT INTO person (id, sort_name, created_at, also, identified, online_names, letter_name, notes, version,"
    " {columns}) VALUES (?, ?, ?, '', 1, '', '', '', 1, {marks})".replace(
        "{columns}", ", ".join(_NEW_COLUMNS)
    ).replace("{marks}", ", ".join("?" for _ in _NEW_COLUMNS))
)
_SEARCHED: Final = frozenset({"title", "given_name", "family_name", "known_as", "email", "phone"})
_BEARING: Final = frozenset(
    {"title", "given_name", "family_name", "known_as", "date_of_birth", "left_on", "joined_on", "also"}
)
"""Columns from which advice on incidents, the register of exceptions or their search entries follow."""
_STEP: Final = 1_000


class Writer:
    """Writes one plan. ``added`` and ``changed`` are ids afterwards."""

    def __init__(self, session: Session, ctx: Context, plan: PeoplePlan, progress: Progress) -> None:
        self._session = session
        self._ctx = ctx
        self._plan = plan
        self._raw = driver(session)
        self._progress = progress
        self._done = 0
        self.added: range = range(0)
        self.changed: list[int] = []
        self.left: list[int] = []
        self.links = 0
        self.touched: set[tuple[str, int]] = set()

    def write(self) -> None:
        """Everything the plan holds. Raises what ``progress`` raises; then nothing of it must be committed."""
        ids = self._add([each for each in self._plan.entries if each.result is Result.NEW])
        self._change([each for each in self._plan.entries if each.changes and each.result is not Result.NEW])
        self._link(ids)
        self.touched |= {("person", each) for each in (*self.added, *self.changed, *self.left)}
        self._progress(self._plan.to_write, self._plan.to_write)

    def _tick(self, count: int) -> None:
        self._done += count
        self._progress(self._done, self._plan.to_write)

    def _add(self, entries: list[PlanEntry]) -> dict[str, int]:
        first = self._raw.execute("SELECT coalesce(max(id), 0) + 1 FROM person").fetchone()[0]
        created = stored_value(self._ctx.now())
        ids: dict[str, int] = {}
        for start in range(0, len(entries), _STEP):
            rows, words = [], []
            for at, each in enumerate(entries[start : start + _STEP], first + start):
                told = _told(each)
                ids[each.key] = at
                rows.append(_row(at, created, told))
                names = (told.title, told.given_name, told.family_name, told.known_as)
                words.append((at, (*names, "", "", told.email, told.phone)))
            self._raw.executemany(_INSERT, rows)
            search.index_new_people(self._session, words)
            self._tick(len(rows))
        self.added = range(first, first + len(entries))
        return ids

    def _change(self, entries: list[PlanEntry]) -> None:
        """Fields of people on record, each with its audit line, as if somebody had typed them."""
        names: dict[int, str] = {}
        searched, bearing = [], []
        for place, each in enumerate(entries):
            person_id = each.person_id or 0
            columns = {change.column: change.after for change in each.changes}
            if not columns.keys().isdisjoint({"given_name", "family_name"}):
                names[person_id] = self._name(person_id)
            self._update(person_id, each.changes)
            if not columns.keys().isdisjoint(_SEARCHED):
                searched.append(person_id)
            if not columns.keys().isdisjoint(_BEARING):
                bearing.append(person_id)
            (self.left if each.result is Result.LEAVES else self.changed).append(person_id)
            if place % _STEP == _STEP - 1:
                self._tick(_STEP)
        search.index_people(self._session, searched)
        self._follow(bearing, names)

    def _update(self, person_id: int, changes: Sequence[Change]) -> None:
        columns = {each.column: stored_value(each.after) for each in changes}
        # The names of the columns are this program's own; the values are bound.
        assigned = ", ".join(f"{column} = :{column}" for column in columns)
        self._raw.execute(
            f"UPDATE person SET {assigned}, version = version + 1 WHERE id = :id",  # noqa: S608  fixed names
            {**columns, "id": person_id},
        )
        told = {each.column: [stored_value(each.before), stored_value(each.after)] for each in changes}
        detail = {"changes": told, "file": self._plan.sheet.file_name}
        write_audit(self._session, self._ctx, "person.saved", person_id, detail)

    def _name(self, person_id: int) -> str:
        row = self._raw.execute(
            "SELECT given_name, family_name FROM person WHERE id = ?", (person_id,)
        ).fetchone()
        return person_name(row[0], row[1])

    def _follow(self, person_ids: list[int], names: dict[int, str]) -> None:
        """What hangs on people who changed. Most hang on nothing: those who do are asked for first."""
        for person_id in names:
            given, family = self._raw.execute(
                "SELECT given_name, family_name FROM person WHERE id = ?", (person_id,)
            ).fetchone()
            self._raw.execute(
                "UPDATE person SET sort_name = ? WHERE id = ?",
                (f"{family} {given}".strip().casefold(), person_id),
            )
        in_incidents = self._among(person_ids, "SELECT person_id FROM incident_person")
        for person_id in in_incidents:
            search.index_incidents_of(self._session, person_id)
        if in_incidents:
            incidents = refresh_incidents(self._session, self._ctx, in_incidents)
            self.touched |= {("incident", each) for each in incidents}
        in_exceptions = self._among(
            person_ids,
            "SELECT adult_id FROM connection_exception UNION SELECT other_id FROM connection_exception"
            " UNION SELECT adult_id FROM relationship_question UNION SELECT other_id FROM relationship_question",
        )
        if in_exceptions:
            self.touched |= connection_people.refresh_people(self._session, self._ctx, in_exceptions)
        for person_id in in_exceptions:
            if person_id in names:
                connection_people.renamed(
                    self._session, self._ctx, person_id, names[person_id], self._name(person_id)
                )

    def _among(self, person_ids: Iterable[int], named: str) -> list[int]:
        wanted = json.dumps(list(person_ids))
        rows = self._raw.execute(
            "SELECT value FROM json_each(:ids) WHERE value IN ({named})".replace("{named}", named),
            {"ids": wanted},
        )
        return [row[0] for row in rows.fetchall()]

    def _link(self, ids: dict[str, int]) -> None:
        known = {each.key: each.person_id for each in self._plan.entries if each.person_id is not None} | ids
        new: dict[tuple[int, int, str], tuple[Any, ...]] = {}
        said = []
        for each in self._plan.entries:
            adult = known.get(each.key)
            for link in each.links:
                if adult is None:
                    continue
                child = link.pupil_id or known[link.pupil_key]
                self.touched |= {("person", adult), ("person", child)}
                if link.link_id is not None:
                    said.append((link.responsible, link.link_id))
                    told = {"other": child, "parental_responsibility": [link.before, link.responsible]}
                    write_audit(self._session, self._ctx, "person.responsibility", adult, told)
                    continue
                row = _link_row(adult, child, link)
                if row[:3] in new:
                    continue
                new[row[:3]] = row
                if adult not in self.added:  # what comes with somebody new is told by their record
                    told = {"other": child, "relation": row[2], "parental_responsibility": link.responsible}
                    write_audit(self._session, self._ctx, "person.linked", adult, told)
        self._raw.executemany(
            "INSERT INTO person_link (person_id, other_id, relation, note, parental_responsibility)"
            " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            list(new.values()),
        )
        self._raw.executemany("UPDATE person_link SET parental_responsibility = ? WHERE id = ?", said)
        self.links = len(new) + len(said)


def _link_row(adult: int, child: int, link: NewLink) -> tuple[Any, ...]:
    pair = (adult, child)
    if link.relation is Relation.RELATED_TO:
        pair = (min(pair), max(pair))  # the same either way: kept once
    return (*pair, str(link.relation), link.note, link.responsible)


def _told(each: PlanEntry) -> Told:
    if each.told is None:
        raise ValueError("Nobody is added of whom the file says nothing.")
    return each.told


def _row(person_id: int, created: str, told: Told) -> tuple[Any, ...]:
    (kind, outside_id, title, given, family, known_as, born, year, its_class, address, postcode, email, phone, language,
     joined, left) = told  # fmt: skip
    return (
        person_id,
        f"{family} {given}".strip().casefold(),
        created,
        str(PersonKind(kind)), outside_id, title, given, family, known_as,
        None if born is None else born.isoformat(),
        year, its_class, address, postcode, email, phone, language or "English",
        None if joined is None else joined.isoformat(),
        None if left is None else left.isoformat(),
    )  # fmt: skip
