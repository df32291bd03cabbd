"""Full-text search over incidents, people and exceptions, kept in the same transaction as the records.

``incident_search``, ``person_search`` and ``exception_search`` are FTS5 tables whose rowid is the record's id. What a
person types becomes a query in which every word is quoted, so that no character in it has a meaning of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from smdesk.db.models import ConnectionException, Incident, IncidentPerson, Person
from smdesk.errors import Cancelled

_REFERENCE = re.compile(r"(\d{4})/(\d{1,6})")
_EXCEPTION = re.compile(r"(\d{4})/[cC](\d{0,6})")
_MOST_WORDS = 16


def match_expression(typed: str) -> str | None:
    """The FTS5 expression for what was typed; None when it holds no letter or digit.

    Every word must occur, each may be the beginning of one. "2026/12" finds reference 2026/0012.
    """
    parts = []
    for word in typed.split()[:_MOST_WORDS]:
        if reference := _REFERENCE.fullmatch(word):
            year, number = reference.groups()
            padded = f'"{year} {number}" *' if number.startswith("0") else f'"{year} {int(number):04}"'
            parts.append(f'({{reference}} : ({padded} OR "{year} {number}" *))')
        elif any(letter.isalnum() for letter in word):
            parts.append(_quoted(word))
    return " AND ".join(parts) or None


def exception_match_expression(typed: str) -> str | None:
    """Like ``match_expression``, for ``exception_search``. "2026/C12" finds reference 2026/C0012."""
    parts = []
    for word in typed.split()[:_MOST_WORDS]:
        if reference := _EXCEPTION.fullmatch(word):
            year, number = reference.groups()
            exact = f' OR "{year} c{int(number):04}"' if number and not number.startswith("0") else ""
            parts.append(f'({{reference}} : ("{year} c{number}" *{exact}))')
        elif any(letter.isalnum() for letter in word):
            parts.append(_quoted(word))
    return " AND ".join(parts) or None


def person_match_expression(typed: str) -> str | None:
    """Like ``match_expression``, for ``person_search``. A telephone number is found however it is spaced."""
    digits = re.sub(r"[\s()+-]", "", typed)
    if digits.isascii() and digits.isdigit() and len(digits) >= 5:
        return f'{{phone}} : "{_national(typed)}" *'
    parts = [_quoted(word) for word in typed.split()[:_MOST_WORDS] if any(c.isalnum() for c in word)]
    return " AND ".join(parts) or None


def index_incident(session: Session, incident_id: int) -> None:
    """Bring one incident's search row up to date with its records; removes it where the incident is gone.

    Call it inside the transaction of every write to the incident, its people or its evidence.
    """
    session.flush()
    # Plain statements, not objects: every save of an incident waits for these.
    raw = _raw(session)
    incident = raw.execute(
        "SELECT year, number, summary, said FROM incident WHERE id = ?", (incident_id,)
    ).fetchone()
    if incident is None:
        raw.execute("DELETE FROM incident_search WHERE rowid = ?", (incident_id,))
        return
    year, number, summary, said = incident
    people = raw.execute(
        "SELECT DISTINCT p.title, p.given_name, p.family_name, p.known_as, p.online_names"
        " FROM incident_person AS place JOIN person AS p ON p.id = place.person_id"
        " WHERE place.incident_id = ? ORDER BY place.position, place.id",
        (incident_id,),
    ).fetchall()
    evidence = raw.execute(
        "SELECT name FROM evidence WHERE incident_id = ? AND removed_at IS NULL ORDER BY id", (incident_id,)
    ).fetchall()
    # Both spellings of the number, so that neither 0012 nor 12 needs to be typed just so.
    reference = f"{year}/{number:04} {year}/{number}"
    names = "\n".join(" ".join(part for part in person if part) for person in people)
    row = (reference, summary, said, names, "\n".join(name for (name,) in evidence))
    _put(session, "incident_search", ("reference", "summary", "said", "people", "evidence"), incident_id, row)


def index_incidents_of(session: Session, person_id: int) -> None:
    """Bring up to date every incident a person is in, after a rename or a merge."""
    session.flush()
    for incident_id in session.scalars(
        select(IncidentPerson.incident_id).where(IncidentPerson.person_id == person_id).distinct()
    ).all():
        index_incident(session, incident_id)


def index_exception(session: Session, exception_id: int) -> None:
    """Bring one exception's search row up to date with its records.

    Call it inside the transaction of every write to the exception, its people or its decisions.
    """
    session.flush()
    raw = _raw(session)
    row = raw.execute(
        "SELECT year, number, adult_id, other_id, declarant_id, relationship_note, known_how, since_words,"
        " evidence_seen, conditions_proposed, notes, withdrawn_reason FROM connection_exception WHERE id = ?",
        (exception_id,),
    ).fetchone()
    if row is None:
        raw.execute("DELETE FROM exception_search WHERE rowid = ?", (exception_id,))
        return
    year, number, *people_ids = row[:5]
    people = raw.execute(
        "SELECT title, given_name, family_name, known_as, online_names FROM person WHERE id IN (?, ?, ?) ORDER BY id",
        people_ids,
    ).fetchall()
    platforms = raw.execute(
        "SELECT platform FROM exception_platform WHERE exception_id = ? ORDER BY platform", (exception_id,)
    ).fetchall()
    said = raw.execute(
        "SELECT reason, conditions FROM connection_decision WHERE exception_id = ? ORDER BY id",
        (exception_id,),
    ).fetchall()
    reference = f"{year}/C{number:04} {year}/C{number}"
    names = "\n".join(" ".join(part for part in person if part) for person in people)
    details = [*row[5:], *(name for (name,) in platforms), *(part for each in said for part in each)]
    _put(
        session,
        "exception_search",
        ("reference", "people", "details"),
        exception_id,
        (reference, names, "\n".join(part for part in details if part)),
    )


def index_exceptions_of(session: Session, person_id: int) -> None:
    """Bring up to date every exception a person is named in, after a rename or a merge."""
    session.flush()
    for (exception_id,) in (
        _raw(session)
        .execute(
            "SELECT id FROM connection_exception WHERE :person IN (adult_id, other_id, declarant_id)",
            {"person": person_id},
        )
        .fetchall()
    ):
        index_exception(session, exception_id)


def index_person(session: Session, person_id: int) -> None:
    """Bring one person's search row up to date; a merged duplicate is no longer found by itself."""
    session.flush()
    person = session.execute(
        select(
            Person.title, Person.given_name, Person.family_name, Person.known_as, Person.letter_name,
            Person.online_names, Person.email, Person.phone,
        ).where(Person.id == person_id, Person.merged_into.is_(None))
    ).one_or_none()  # fmt: skip
    if person is None:
        session.execute(text("DELETE FROM person_search WHERE rowid = :id"), {"id": person_id})
        return
    _put(session, "person_search", _PERSON_COLUMNS, person_id, _person_row(person))


_PERSON_COLUMNS = ("name", "online", "email", "phone")
_AT_ONCE = 5_000
_BETWEEN_NUMBERS = re.compile(r"[,;/\n]")
_NO_DIGITS = re.compile(r"\D+")


def _person_row(person: Sequence[str]) -> tuple[str, str, str, str]:
    """What is found of somebody, from title, names, online names, e-mail and telephone."""
    name = " ".join(filter(None, person[:5]))
    phone = person[7]
    if phone:
        numbers = _BETWEEN_NUMBERS.split(phone)
        phone = " ".join([phone, *(_national(number) for number in numbers if number.strip())])
    return name, person[5], person[6], phone


def index_people(session: Session, person_ids: Sequence[int]) -> None:
    """``index_person`` for many at once, none of them merged."""
    session.flush()
    raw = _raw(session)
    for start in range(0, len(person_ids), _AT_ONCE):
        ids = json.dumps(list(person_ids[start : start + _AT_ONCE]))
        rows = raw.execute(
            "SELECT title, given_name, family_name, known_as, letter_name, online_names, email, phone, id FROM person"
            " WHERE id IN (SELECT value FROM json_each(?)) AND merged_into IS NULL",
            (ids,),
        ).fetchall()
        raw.execute("DELETE FROM person_search WHERE rowid IN (SELECT value FROM json_each(?))", (ids,))
        index_new_people(session, ((row[8], row) for row in rows))


def index_new_people(session: Session, people: Iterable[tuple[int, Sequence[str]]]) -> None:
    """Make the search rows of people who have none yet: each id with title, given and family name, other names, name in
    letters, online names, e-mail and telephone, as their record holds them.
    """
    _raw(session).executemany(
        "INSERT INTO person_search (rowid, name, online, email, phone) VALUES (?, ?, ?, ?, ?)",
        [(person_id, *_person_row(words)) for person_id, words in people],
    )


def rebuild(session: Session, progress: Callable[[int, int], bool] | None = None) -> None:
    """Make the search tables anew from the records, for example after ``verify`` found them out of step.

    ``progress`` is called with records done and in all; when it returns True the caller's transaction should
    be abandoned, so Cancelled is raised.
    """

    incidents = session.scalars(select(Incident.id)).all()
    people = session.scalars(select(Person.id)).all()
    exceptions = session.scalars(select(ConnectionException.id)).all()
    session.execute(text("DELETE FROM incident_search"))
    session.execute(text("DELETE FROM person_search"))
    session.execute(text("DELETE FROM exception_search"))
    total = len(incidents) + len(people) + len(exceptions)
    work: list[tuple[Callable[[Session, int], None], int]] = [(index_incident, each) for each in incidents]
    work += [(index_person, each) for each in people]
    work += [(index_exception, each) for each in exceptions]
    for done, (index, record) in enumerate(work, start=1):
        index(session, record)
        if progress is not None and done % 200 == 0 and progress(done, total):
            raise Cancelled("The search tables were left as they were.")


def out_of_step(session: Session) -> list[str]:
    """Faults between the search tables and the records: rows too many or too few. A sentence for each."""
    faults = []
    for table, wanted, noun in (
        ("incident_search", "SELECT id FROM incident", "incidents"),
        ("person_search", "SELECT id FROM person WHERE merged_into IS NULL", "people"),
        ("exception_search", "SELECT id FROM connection_exception", "exceptions"),
    ):
        missing = session.scalar(
            text(f"SELECT count(*) FROM ({wanted} EXCEPT SELECT rowid FROM {table})")  # noqa: S608  fixed names
        )
        extra = session.scalar(
            text(f"SELECT count(*) FROM (SELECT rowid FROM {table} EXCEPT {wanted})")  # noqa: S608  fixed names
        )
        if missing:
            faults.append(f"{missing} of the {noun} cannot be found by searching.")
        if extra:
            faults.append(f"The search holds {extra} {noun} that are not in the records.")
    return faults


def _put(session: Session, table: str, columns: tuple[str, ...], rowid: int, row: tuple[str, ...]) -> None:
    names = ", ".join(columns)
    cursor = _raw(session).cursor()
    cursor.execute(f"SELECT {names} FROM {table} WHERE rowid = ?", (rowid,))  # noqa: S608  fixed names
    stored = cursor.fetchone()
    if stored == row:
        return
    if stored is not None:
        cursor.execute(f"DELETE FROM {table} WHERE rowid = ?", (rowid,))  # noqa: S608  fixed names
    marks = ", ".join("?" for _ in row)
    cursor.execute(
        f"INSERT INTO {table} (rowid, {names}) VALUES (?, {marks})",  # noqa: S608  fixed names
        (rowid, *row),
    )


def _raw(session: Session) -> Any:
    """The driver's own connection, inside the session's transaction."""
    raw = session.connection().connection.dbapi_connection
    if raw is None:
        raise RuntimeError("The connection was closed.")
    return raw


def _quoted(word: str) -> str:
    """A word as an FTS5 prefix phrase. Inside quotes only the quote itself needs care; NUL would end the query."""
    return '"' + word.replace("\0", " ").replace('"', '""') + '" *'


def _national(number: str) -> str:
    """A telephone number as one run of digits, +44 written as 0."""
    digits = _NO_DIGITS.sub("", number)
    if number.strip().startswith("+44"):
        return "0" + digits[2:].lstrip("0")
    return digits
