"""Whatever is changed behind the program's back is found by the check, in the window and on the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from smdesk.db import audit
from smdesk.db import evidence as store
from smdesk.errors import Damaged, SmdeskError, Tampered
from smdesk.services import evidence, letters, verify
from smdesk.services.context import Context
from tests.faults.lived_in import HEAD, Lived
from tests.faults.test_wrong_keys import command


def changed_by_hand(lived: Lived, *statements: str) -> None:
    """Somebody with the keys and a database tool, the guards taken away first."""
    with lived.signed_in() as office, office.database.writing() as db:
        for (name,) in db.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            db.execute(text(f'DROP TRIGGER "{name}"'))
        for statement in statements:
            assert db.execute(text(statement)).rowcount, statement


def only_file(root: Path) -> Path:
    (path,) = [path for path in root.rglob("*") if path.is_file()]
    return path


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def swap(lived: Lived) -> None:
    one, other = only_file(lived.folder.evidence), only_file(lived.folder.papers)
    contents = one.read_bytes(), other.read_bytes()
    one.write_bytes(contents[1])
    other.write_bytes(contents[0])


TAMPERINGS: dict[str, tuple[Callable[[Lived], object], str]] = {
    "a letter's file": (lambda lived: flip(only_file(lived.folder.papers)), "Letter 2026/L0001"),
    "a letter's file cut short": (lambda lived: cut(only_file(lived.folder.papers)), "Letter 2026/L0001"),
    "a letter's file gone": (lambda lived: only_file(lived.folder.papers).unlink(), "Letter 2026/L0001"),
    "a piece of evidence": (lambda lived: flip(only_file(lived.folder.evidence)), "Evidence 1 of 2026/0001"),
    "evidence gone": (lambda lived: only_file(lived.folder.evidence).unlink(), "Evidence 1 of 2026/0001"),
    "two files exchanged": (swap, "Evidence 1 of 2026/0001"),
    "the text of an approved letter": (
        lambda lived: changed_by_hand(lived, "UPDATE letter SET body = body || ' Pay up.'"),
        "not the letter that was approved",
    ),
    "its addressee": (
        lambda lived: changed_by_hand(lived, "UPDATE letter SET addressee = 'Mr Somebody Else'"),
        "not the letter that was approved",
    ),
    "its signature": (
        lambda lived: changed_by_hand(lived, "UPDATE letter SET signature = zeroblob(64)"),
        "not its approver's",
    ),
    "who approved it": (
        lambda lived: changed_by_hand(lived, "UPDATE letter SET approved_by = 3"),
        "does not belong to whoever approved it",
    ),
    "its number": (
        lambda lived: changed_by_hand(lived, "UPDATE letter SET issue_number = 7"),
        "not numbered one after the other",
    ),
    "an audit line": (
        lambda lived: changed_by_hand(lived, "UPDATE audit_entry SET actor_id = 1 WHERE seq = 4"),
        "Audit line 4",
    ),
    "an audit detail": (
        lambda lived: changed_by_hand(lived, "UPDATE audit_detail SET detail = '{}' WHERE seq = 5"),
        "detail of audit line 5",
    ),
    "an audit line gone": (
        lambda lived: changed_by_hand(
            lived, "DELETE FROM audit_detail WHERE seq = 6", "DELETE FROM audit_entry WHERE seq = 6"
        ),
        "Audit line 6 is missing",
    ),
    "a policy version": (
        lambda lived: changed_by_hand(lived, "UPDATE policy_profile SET toml = toml || '#'"),
        "Version 1 of the policy",
    ),
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_what_was_changed_is_found_and_named(lived: Lived, what: str) -> None:
    tamper, words = TAMPERINGS[what]
    with lived.signed_in() as office:
        assert verify.check(office) == []
    tamper(lived)
    with lived.signed_in() as office:
        faults = verify.check(office)
    assert any(words in fault for fault in faults), faults
    for fault in faults:
        assert fault.endswith((".", ".)")), fault


def test_a_spoilt_file_is_never_shown(lived: Lived) -> None:
    flip(only_file(lived.folder.papers))
    flip(only_file(lived.folder.evidence))
    with lived.signed_in() as office:
        for look in (
            lambda ctx: letters.issued_pdf(ctx, lived.letter),
            lambda ctx: letters.preview_pdf(ctx, lived.letter),
            lambda ctx: evidence.read(ctx, lived.evidence),
            lambda ctx: evidence.save_copy(ctx, lived.evidence, lived.folder.root.parent / "copy.txt"),
        ):
            raises_spoilt(office, look)
        assert evidence.check(office, lived.incident)[lived.evidence]
    assert not (lived.folder.root.parent / "copy.txt").exists()


def raises_spoilt(ctx: Context, look: Callable[[Context], object]) -> None:
    with pytest.raises(SmdeskError) as caught:
        look(ctx)
    assert isinstance(caught.value, (Tampered, Damaged))


def test_the_records_own_guards_stop_an_ordinary_mistake(lived: Lived) -> None:
    """Without taking the guards away nobody changes an issued letter or the log, not even by a bug of ours."""
    for statement in (
        "UPDATE audit_entry SET actor_id = 1",
        "DELETE FROM audit_entry",
        "UPDATE letter SET body = 'x'",
        "DELETE FROM letter",
    ):
        with lived.signed_in() as office:
            with pytest.raises(IntegrityError):
                run(office, statement)
            assert verify.check(office) == []


def run(ctx: Context, statement: str) -> None:
    with ctx.database.writing() as db:
        db.execute(text(statement))


def test_a_chain_cut_at_its_end_is_found_by_the_line_printed_on_a_report(lived: Lived) -> None:
    with lived.signed_in() as office, office.database.reading() as db:
        printed = audit.head(db)
    changed_by_hand(lived, f"DELETE FROM audit_entry WHERE seq >= {printed[0] - 2}")
    with lived.signed_in() as office:
        assert verify.check(office) == []  # a chain that simply ends earlier looks whole by itself
        faults = verify.check(office, expected_head=printed)
    assert len(faults) == 1
    assert "printed" in faults[0]


def test_the_command_says_so_in_sentences_and_by_its_exit_code(lived: Lived) -> None:
    clean = command(lived, HEAD)
    assert (clean.returncode, clean.stderr) == (0, "")
    assert clean.stdout.startswith("Everything is as it was written")

    flip(only_file(lived.folder.papers))
    flip(only_file(lived.folder.evidence))
    changed_by_hand(
        lived,
        "UPDATE letter SET signature = zeroblob(64)",
        "UPDATE audit_entry SET actor_id = 1 WHERE seq = 4",
    )
    found = command(lived, HEAD)
    assert found.returncode == 1
    for words in ("Letter 2026/L0001", "Evidence 1 of 2026/0001", "not its approver's", "Audit line 4"):
        assert words in found.stdout
    assert "Traceback" not in found.stdout + found.stderr
    assert "faults found" in found.stdout
    assert store.stored_names(lived.folder.papers)


def test_the_command_on_a_damaged_database_names_the_file_and_the_backup(lived: Lived) -> None:
    lived.folder.database.write_bytes(b"\0" * 20_000)
    found = command(lived, HEAD)
    assert found.returncode == 1
    assert "smdesk.db" in found.stderr
    assert "backup" in found.stderr
    assert "Traceback" not in found.stderr
