"""Bringing in 50,000 people from a file against parsing it and writing the same rows with ``executemany``."""

from __future__ import annotations

import csv
import gc
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import schools
from benchmarks.measure import Result
from benchmarks.schools import School
from smdesk.services import people_import

PEOPLE = 50_000
_HEADINGS = (
    "UPN", "Forename", "Surname", "Date of birth", "Year", "Reg group", "Address 1", "Town", "Postcode", "Email",
    "Mobile", "First language", "Admission date",
)  # fmt: skip
_COLUMNS = (
    "outside_id, given_name, family_name, date_of_birth, year_group, class_name, address, postcode, email, phone,"
    " language, joined_on, kind, sort_name, created_at, identified, version, also, title, known_as, online_names,"
    " letter_name, notes"
)


def import_people(school: School, times: int) -> list[Result]:
    """Read the file, check every line and write everybody with their search entries. Floor: the file parsed by the
    csv module alone, and the rows that then stand in the tables written by ``executemany`` in one transaction.
    """
    taken: tuple[list[float], list[float]] = ([], [])
    with tempfile.TemporaryDirectory(prefix="smdesk-bench-", dir=school.folder.root.parent) as place:
        file = Path(place) / "people.csv"
        _write(file)
        for turn in range(times + 1):
            for at in (0, 1) if turn % 2 == 0 else (1, 0):
                spent = (_floor, _ours)[at](school, file)
                if turn:  # the first of each does not count
                    taken[at].append(spent)
    floor, ours = (statistics.median(each) for each in taken)
    return [Result(f"import {PEOPLE:,} people from a file", school.size, floor, ours, 3.0)]


def _write(file: Path) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream)
        out.writerow(_HEADINGS)
        for n in range(PEOPLE):
            out.writerow(
                (
                    f"Z{n:07}", f"Given{n % 997}", f"Family{n % 7919}", f"{1 + n % 28}/{1 + n % 12}/{1990 + n % 9}",
                    str(1 + n % 11), f"{1 + n % 11}{'ABC'[n % 3]}", f"{1 + n % 200} Orchard Way", "Brambleford",
                    "ZZ9 9ZZ", f"home{n}@family.example", f"07700 {n % 1_000_000:06}", "English", "1/9/2022",
                )
            )  # fmt: skip


def _timed(work: Callable[[], object]) -> float:
    gc.collect()
    gc.disable()  # as in the window, where rubbish is collected on the one thread that imports nothing
    try:
        start = time.perf_counter()
        work()
        return (time.perf_counter() - start) * 1000
    finally:
        gc.enable()


def _ours(school: School, file: Path) -> float:
    with schools.twin(school) as copy, schools.signed_in(copy) as ctx:
        backup = people_import.back_up(ctx)  # how long that takes follows from the school, not from the file

        def work() -> None:
            sheet = people_import.read(ctx, file)
            planned = people_import.plan(ctx, sheet, people_import.guess(ctx, sheet))
            done = people_import.apply(ctx, planned, backup)
            assert done.added == PEOPLE, planned.counts

        return _timed(work)


def _floor(school: School, file: Path) -> float:
    with schools.twin(school) as copy, schools.bare(copy) as connection:
        return _timed(lambda: _bare(connection, file))


def _bare(connection: Any, file: Path) -> None:
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))[1:]
    first = connection.execute("SELECT max(id) + 1 FROM person").fetchone()[0]
    marks = ", ".join("?" * (len(_COLUMNS.split(",")) + 1))
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(
        f"INSERT INTO person (id, {_COLUMNS}) VALUES ({marks})",
        [
            (
                at, *row[:6], f"{row[6]}\n{row[7]}", *row[8:], "pupil", f"{row[2]} {row[1]}".casefold(),
                "2026-01-01T00:00:00Z", 1, 1, "", "", "", "", "", "",
            )
            for at, row in enumerate(rows, first)
        ],
    )  # fmt: skip
    connection.executemany(
        "INSERT INTO person_search (rowid, name, online, email, phone) VALUES (?, ?, ?, ?, ?)",
        [
            (at, f"{row[1]} {row[2]}", "", row[9], f"{row[10]} {row[10].replace(' ', '')}")
            for at, row in enumerate(rows, first)
        ],
    )
    connection.execute("COMMIT")
