"""Kill -9 while people work: nothing that was acknowledged is lost, and nothing stands half."""

from __future__ import annotations

import os
import time

import pytest
from sqlalchemy import func, select

from smdesk.db import evidence as store
from smdesk.db.models import AuditEntry, ConnectionDecision, ConnectionFile, Evidence, Incident, Letter
from smdesk.errors import NotAllowed, WrongPassword
from smdesk.security import vault
from smdesk.services import connections, evidence, incidents, letters, session, users, verify
from smdesk.services.connection_records import ExceptionStatus
from smdesk.services.context import Context
from smdesk.services.letter_records import LetterKind, LetterStatus
from tests.faults.children import on_paper
from tests.faults.lived_in import HEAD, MORNING, Lived, approved, draft
from tests.faults.processes import child, killed, said


def numbers(ctx: Context) -> list[tuple[int, int]]:
    with ctx.database.reading() as db:
        return [(row.id, row.number) for row in db.execute(select(Incident.id, Incident.number))]


def count(ctx: Context, table: type) -> int:
    with ctx.database.reading() as db:
        return db.scalar(select(func.count()).select_from(table)) or 0


def test_every_incident_that_was_acknowledged_is_there_after_kill_9(lived: Lived) -> None:
    acknowledged: set[int] = set()
    for round_number, wait in enumerate((0.05, 0.32, 0.18, 0.47)):
        with child(lived, "log_for_ever", str(round_number)) as process:
            time.sleep(wait)
            acknowledged |= {int(line) for line in killed(process)}
    assert len(acknowledged) > 10
    with lived.signed_in() as office:
        held = numbers(office)
        assert acknowledged <= {incident for incident, _ in held}
        assert sorted(number for _, number in held) == list(range(1, len(held) + 1))
        # At most the one being saved at each kill was kept without being acknowledged.
        assert len(held) - 2 - len(acknowledged) <= 4
        assert verify.check(office) == []
        assert incidents.save(office, draft("the next")).id not in acknowledged


def test_killed_before_the_commit_nothing_of_it_is_there(lived: Lived) -> None:
    with lived.signed_in() as office:
        before = (numbers(office), count(office, AuditEntry))
    with child(lived, "hang_before_commit", "never") as process:
        assert said(process) == "written, not committed"
        killed(process)
    with lived.signed_in() as office:
        # One line for the signing out above, and one for each signing in since.
        assert (numbers(office), count(office, AuditEntry)) == (before[0], before[1] + 3)
        assert incidents.open_incident(office, incidents.save(office, draft()).id).reference == "2026/0003"
        assert verify.check(office) == []


def test_killed_between_evidence_file_and_row_the_file_is_found_and_no_row_lacks_its_file(
    lived: Lived,
) -> None:
    before = store.stored_names(lived.folder.evidence)
    with child(lived, "hang_between_file_and_row", str(lived.incident)) as process:
        assert said(process) == "on the disk"
        killed(process)
    (stray,) = store.stored_names(lived.folder.evidence) - before
    path = store.path_of(lived.folder.evidence, stray)
    with lived.signed_in() as office:
        assert count(office, Evidence) == 1
        assert evidence.check(office, lived.incident) == {lived.evidence: ""}
        assert verify.check(office) == []  # it may still belong to a save under way in another window
        os.utime(path, (time.time() - 7200, time.time() - 7200))
        (fault,) = verify.check(office)
        assert stray in fault
        assert "belongs to no record" in fault


def test_killed_between_a_letters_paper_and_its_row_no_number_is_used_up(lived: Lived) -> None:
    with lived.signed_in() as office, lived.signed_in("head") as head:
        letter = approved(office, head, lived.incident, LetterKind.SECOND_WARNING)
    with child(lived, "hang_between_paper_and_row", str(letter)) as process:
        assert said(process) == "on the disk"
        killed(process)
    with lived.signed_in() as office:
        record = letters.get(office, letter)
        assert (record.status, record.number) == (LetterStatus.APPROVED, "")
        letters.issue(office, letter, record.version)
        assert letters.get(office, letter).number == "2026/L0002"
        with office.database.reading() as db:
            rows = db.scalars(select(Letter).where(Letter.status == "issued")).all()
        names = store.stored_names(lived.folder.papers)
        assert {row.stored_name for row in rows} < names
        assert len(names) == len(rows) + 1
        assert verify.check(office) == []


def test_killed_between_keys_and_records_a_reset_key_stays_flagged(lived: Lived) -> None:
    """keys.json holds the headteacher's new key, the database does not: it must not pass for her own."""
    with lived.signed_in() as office:
        head_id = next(row.id for row in users.list_users(office) if row.draft.login == "head")
    with child(lived, "hang_between_keys_and_commit", str(head_id)) as process:
        assert said(process) == "keys written"
        killed(process)
    with lived.signed_in() as office:
        assert any(
            "Alderwood" in fault and "not the one on record" in fault for fault in verify.check(office)
        )
    with pytest.raises(WrongPassword):
        session.sign_in(lived.folder, "head", HEAD, lambda: MORNING)
    with lived.signed_in("head", "made up by the office") as head:
        assert head.user.must_change_password
        with pytest.raises(NotAllowed, match="password of your own"):
            letters.get(head, lived.letter)
        users.change_my_password(head, "made up by the office", "her own words again", vault.TESTING)
        (flagged,) = [key for key in users.keys(head) if key.flag]
        assert (flagged.user_id, flagged.may_confirm) == (head_id, False)
        assert verify.check(head) == []


def test_killed_between_the_scan_of_a_paper_decision_and_its_row_the_scan_is_found_and_nothing_is_decided(
    lived: Lived, waiting: int
) -> None:
    before = store.stored_names(lived.folder.evidence)
    with child(lived, "hang_between_scan_and_row", str(waiting)) as process:
        assert said(process) == "on the disk"
        killed(process)
    (stray,) = store.stored_names(lived.folder.evidence) - before
    with lived.signed_in() as office:
        assert_undecided(office, waiting)
        path = store.path_of(lived.folder.evidence, stray)
        os.utime(path, (time.time() - 7200, time.time() - 7200))
        (fault,) = verify.check(office)
        assert stray in fault
        assert "belongs to no record" in fault
        # Recorded again, it is whole.
        record = connections.open_exception(office, waiting)
        on_paper(office, waiting, record.version)
        record = connections.open_exception(office, waiting)
        assert (record.in_force, record.unconfirmed_paper, len(record.files)) == (True, True, 1)
        assert verify.check(office) == [fault]


def test_killed_with_a_paper_decision_written_but_not_committed_no_half_of_it_is_there(
    lived: Lived, waiting: int
) -> None:
    with lived.signed_in() as office:
        lines = count(office, AuditEntry)
    with child(lived, "hang_between_paper_decision_and_commit", str(waiting)) as process:
        assert said(process) == "written, not committed"
        killed(process)
    with lived.signed_in() as office:
        assert_undecided(office, waiting)
        # One line for the signing out above, and one for each signing in since.
        assert count(office, AuditEntry) == lines + 3
        assert verify.check(office) == []  # its scan may still belong to a save under way in another window


def assert_undecided(office: Context, exception: int) -> None:
    """Nothing of a decision: no row, no file, no line of history, nothing sealed."""
    record = connections.open_exception(office, exception)
    assert (record.status, record.sealed, record.decisions, record.files) == (
        ExceptionStatus.AWAITING,
        False,
        (),
        (),
    )
    assert [line.kind for line in record.history] == ["declared", "submitted"]
    for table in (ConnectionDecision, ConnectionFile):
        assert count(office, table) == 0
