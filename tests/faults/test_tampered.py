"""Whatever is changed behind the program's back is found by the check, in the window and on the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from smdesk.db import audit
from smdesk.db import evidence as store
from smdesk.errors import Damaged, Refused, SmdeskError, Tampered
from smdesk.services import connection_decisions, connection_papers, connections, evidence, letters, verify
from smdesk.services.connection_records import DecisionDraft, DecisionKind
from smdesk.services.context import Context
from smdesk.services.letter_records import LetterKind
from tests.faults.lived_in import HEAD, Lived, exception_waiting
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


CONNECTIONS: dict[str, tuple[str, str]] = {
    "another child": (
        "UPDATE connection_exception SET other_id = 2 WHERE id = 1",
        "was signed about somebody else than the record names",
    ),
    "another platform": (
        "UPDATE exception_platform SET platform = 'instagram' WHERE exception_id = 1",
        "the platforms were changed afterwards",
    ),
    "a wider kind of link": (
        "UPDATE connection_exception SET links = 'friend,message' WHERE id = 1",
        "the links were changed afterwards",
    ),
    "declared earlier, so as not to be late": (
        "UPDATE connection_exception SET declared_on = '2024-09-01' WHERE id = 1",
        "the day of the declaration was changed afterwards",
    ),
    "dated back": (
        "UPDATE connection_decision SET from_on = '2025-01-01' WHERE id = 1",
        "the day it begins was changed afterwards",
    ),
    "in force for longer": (
        "UPDATE connection_exception SET from_on = '2025-01-01' WHERE id = 1",
        "otherwise than its records say: from on",
    ),
    "a better reason": (
        "UPDATE connection_decision SET reason = 'Her mother agreed.' WHERE id = 1",
        "the reason was changed afterwards",
    ),
    "a refusal made an approval": (
        "UPDATE connection_decision SET kind = 'approve' WHERE kind = 'refuse'",
        "the kind was changed afterwards",
    ),
    "another's decision": (
        "UPDATE connection_decision SET decided_by = 2 WHERE id = 1",
        "does not belong to whoever decided it",
    ),
    "a decision taken out": (
        "UPDATE connection_event SET decision_id = NULL; DELETE FROM connection_decision WHERE kind = 'refuse'",
        "but is not on record any more",
    ),
    "no longer sealed": (
        "UPDATE connection_exception SET sealed = 0 WHERE id = 1",
        "open to change",
    ),
}


@pytest.mark.parametrize("what", CONNECTIONS)
def test_what_was_changed_about_a_sealed_exception_is_found_and_named(lived: Lived, what: str) -> None:
    statement, words = CONNECTIONS[what]
    first, second = exception_waiting(lived), exception_waiting(lived)
    with lived.signed_in("head") as head:
        decide(head, first, DecisionKind.APPROVE)
        decide(head, second, DecisionKind.REFUSE)
        assert verify.check(head) == []
    changed_by_hand(lived, *statement.split("; "))
    with lived.signed_in("dsl") as dsl:
        faults = verify.check(dsl)
        assert any(words in fault for fault in faults), faults
        assert any("2026/C000" in fault for fault in faults)
    found = command(lived, HEAD)
    assert found.returncode == 1
    assert words in found.stdout


def decide(ctx: Context, exception: int, kind: DecisionKind) -> None:
    version = connections.open_exception(ctx, exception).version
    connection_decisions.decide(ctx, exception, version, DecisionDraft(kind, "They are cousins."))


def test_a_decision_that_was_changed_is_neither_printed_nor_told_in_a_letter(lived: Lived) -> None:
    exception = exception_waiting(lived)
    with lived.signed_in("head") as head:
        decide(head, exception, DecisionKind.APPROVE)
    changed_by_hand(lived, "UPDATE connection_decision SET conditions = 'None at all.' WHERE id = 1")
    with lived.signed_in() as office:
        record = connections.open_exception(office, exception)
        assert "the conditions were changed afterwards" in record.decisions[0].fault
        with pytest.raises(Tampered, match="It is not printed"):
            connection_papers.decision_pdf(office, 1)
        with pytest.raises(Refused, match="No letter can rest on this decision"):
            letters.draft_for_exception(
                office, exception, LetterKind.EXCEPTION_APPROVED, record.draft.adult_id or 0
            )


def test_the_records_own_guards_hold_what_was_decided(lived: Lived, waiting: int) -> None:
    with lived.signed_in("head") as head:
        decide(head, waiting, DecisionKind.APPROVE)
    for statement in (
        "UPDATE connection_decision SET reason = 'x'",
        "UPDATE connection_decision SET signature = NULL",
        "DELETE FROM connection_decision",
        "UPDATE connection_exception SET links = 'friend,game'",
        "UPDATE connection_exception SET sealed = 0",
        "UPDATE exception_platform SET platform = 'tiktok'",
        "DELETE FROM exception_platform",
        "INSERT INTO exception_platform (exception_id, platform) VALUES (1, 'tiktok')",
        "DELETE FROM connection_exception",
        "DELETE FROM connection_event",
    ):
        with lived.signed_in() as office:
            with pytest.raises(IntegrityError):
                run(office, statement)
            assert verify.check(office) == []


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
