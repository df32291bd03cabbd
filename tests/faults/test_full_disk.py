"""A full disk while saving, keeping evidence and issuing a letter: said in words, and nothing half saved."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from sqlalchemy import func, select

from smdesk.db import evidence as store
from smdesk.db.models import AuditEntry, Evidence, Incident
from smdesk.errors import StorageProblem
from smdesk.services import connections, letters, verify
from smdesk.services.context import Context
from smdesk.services.letter_records import LetterKind, LetterStatus
from tests.faults.children import decided, writes
from tests.faults.lived_in import Lived, approved
from tests.faults.processes import child, said
from tests.faults.test_killed import assert_undecided
from tests.support.small_disk import small_disk


def fill(disk: Path, leave: int) -> Path:
    """Fill the disk with a file until ``leave`` bytes are free."""
    filler = disk / "holiday videos"
    with filler.open("wb") as file:
        free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
        file.write(b"\0" * (free - leave))
    return filler


def on_record(ctx: Context) -> tuple[object, ...]:
    """What there is: rows of the tables that could be half written, and files."""
    with ctx.database.reading() as db:
        rows = tuple(
            db.scalar(select(func.count()).select_from(table)) for table in (Incident, Evidence, AuditEntry)
        )
    folder = ctx.folder
    loose = [
        path.name for root in (folder.evidence, folder.papers) for path in root.rglob("*") if path.is_file()
    ]
    return (*rows, sorted(loose))


def all_refused_in_words(lines: list[list[str]]) -> None:
    assert [(name, kind) for name, kind, _ in lines] == [
        ("save", "StorageProblem"),
        ("evidence", "StorageProblem"),
        ("small evidence", "StorageProblem"),
        ("letter", "StorageProblem"),
    ]
    for _, _, sentence in lines:
        assert "disk" in sentence
        assert "Errno" not in sentence


def letter_to_issue(lived: Lived) -> int:
    with lived.signed_in() as office, lived.signed_in("head") as head:
        return approved(office, head, lived.incident, LetterKind.SECOND_WARNING)


def test_a_full_disk_refuses_each_write_in_words_and_keeps_nothing_half(lived: Lived, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 6) as disk:
        if disk is None:  # no small disk to be had: the limit below says the same of single files
            starved_of_room(lived)
            return
        there = lived.copied_to(disk / "school")
        letter = letter_to_issue(there)
        with there.signed_in() as office:
            office.database.checkpoint()
            filler = fill(disk, leave=8192)
            before = on_record(office)
            all_refused_in_words(writes(office, there.incident, letter))
            assert on_record(office) == before
            assert letters.get(office, letter).status is LetterStatus.APPROVED

            # Room for the paper, but not for its row: no paper without a row, no number used.
            (paper,) = [path for path in there.folder.papers.rglob("*") if path.is_file()]
            os.truncate(filler, filler.stat().st_size - paper.stat().st_size - 8192)
            with pytest.raises(StorageProblem):
                letters.issue(office, letter, letters.get(office, letter).version)
            assert on_record(office) == before
            assert letters.get(office, letter).number == ""

            # Room again: the same window goes on, and nothing was used up.
            filler.unlink()
            done = writes(office, there.incident, letter)
            assert [kind for _, kind, _ in done] == ["done"] * 4
            assert letters.get(office, letter).number == "2026/L0002"
            assert verify.check(office) == []


def starved_of_room(lived: Lived) -> None:
    """A file may not grow past the database's size and a little: the log, evidence and papers meet it."""
    letter = letter_to_issue(lived)
    with lived.signed_in() as office:
        office.database.checkpoint()
        evidence_before = store.stored_names(lived.folder.evidence)
        papers_before = store.stored_names(lived.folder.papers)
    with child(lived, "write_all", f"{lived.incident}|{letter}|8192") as process:
        all_refused_in_words([json.loads(said(process)) for _ in range(4)])
        assert said(process).startswith("Saved(")
        process.wait(timeout=30)
    assert store.stored_names(lived.folder.evidence) == evidence_before
    assert store.stored_names(lived.folder.papers) == papers_before
    with lived.signed_in() as office:
        assert letters.get(office, letter).status is LetterStatus.APPROVED
        letters.issue(office, letter, letters.get(office, letter).version)
        assert letters.get(office, letter).number == "2026/L0002"
        assert verify.check(office) == []


def test_a_file_that_may_not_grow_refuses_each_write_in_words(lived: Lived) -> None:
    starved_of_room(lived)


@pytest.mark.parametrize("login", ["head", "office"])
def test_a_decision_that_finds_no_room_is_refused_in_words_and_never_half_there(
    lived: Lived, waiting: int, tmp_path: Path, login: str
) -> None:
    """Signed by the headteacher, or recorded by the office with the scan of the paper."""
    with small_disk(tmp_path / "disk", 6) as disk:
        if disk is None:  # no small disk to be had: the limit below says the same of single files
            starved_decision(lived, waiting, login)
            return
        there = lived.copied_to(disk / "school")
        with there.signed_in(login) as ctx:
            ctx.database.checkpoint()
            filler = fill(disk, leave=4096)
            before = on_record(ctx)
            refused(decided(ctx, waiting))
            assert on_record(ctx) == before
            assert_undecided(ctx, waiting)
            filler.unlink()
            assert decided(ctx, waiting) == ["done", ""]
            assert connections.open_exception(ctx, waiting).in_force
            assert verify.check(ctx) == []


@pytest.mark.parametrize("login", ["head", "office"])
def test_a_file_that_may_not_grow_refuses_a_decision_in_words(lived: Lived, waiting: int, login: str) -> None:
    starved_decision(lived, waiting, login)


def starved_decision(lived: Lived, waiting: int, login: str) -> None:
    with lived.signed_in(login) as ctx:
        ctx.database.checkpoint()
        before = store.stored_names(lived.folder.evidence)
    with child(lived, "decide_starved", f"{waiting}|4096", login) as process:
        refused(json.loads(said(process)))
        assert json.loads(said(process)) == ["done", ""]
        process.wait(timeout=30)
    with lived.signed_in("dsl") as dsl:
        record = connections.open_exception(dsl, waiting)
        assert (record.in_force, len(record.decisions)) == (True, 1)
        # Of the two tries one file is kept, where there is a scan.
        assert len(store.stored_names(lived.folder.evidence) - before) == len(record.files)
        assert len(record.files) == (login == "office")
        assert verify.check(dsl) == []


def refused(answer: list[str]) -> None:
    kind, sentence = answer
    assert kind == "StorageProblem", sentence
    assert "disk" in sentence
    assert "Errno" not in sentence
