"""The letters that are to go out: one batch, files of their own, and recorded as gone only when somebody says so."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from smdesk.db.models import AuditDetail, AuditEntry
from smdesk.errors import Cancelled, Invalid, NotAllowed, Refused, StorageProblem
from smdesk.services import letters, mail_out
from smdesk.services.context import Context
from smdesk.services.incident_records import Confidentiality
from smdesk.services.letter_records import LetterKind, SentHow
from tests.documents.reading import opened, text_of, texts_of
from tests.support.issued import issued_letter
from tests.support.school import SmallSchool


@pytest.fixture
def office(school: SmallSchool) -> Context:
    return school.ctx_for("business_manager")


@pytest.fixture
def three(school: SmallSchool) -> list[int]:
    return [issued_letter(school) for _ in range(3)]


def noted(ctx: Context, action: str) -> list[object]:
    with ctx.database.reading() as session:
        return list(
            session.scalars(
                select(AuditDetail.detail)
                .join(AuditEntry, AuditEntry.seq == AuditDetail.seq)
                .where(AuditEntry.action == action)
            )
        )


def test_only_issued_letters_of_which_nothing_was_recorded_are_to_go_out(
    school: SmallSchool, office: Context, three: list[int]
) -> None:
    letters.draft(office, school.incident(), LetterKind.INVITATION)
    letters.record_sent(office, three[1], SentHow.HAND, office.today())
    found = mail_out.going_out(office)
    assert [letter.id for letter in found] == [three[0], three[2]]
    first = found[0]
    assert (first.number, first.to, first.envelope) == ("2026/L0001", "Anna Quillfeather", "DL")
    assert first.lines[0] == "Ms Anna Quillfeather"
    assert (first.by_post, first.email, first.gone) == (True, "anna@quillfeather.example", False)
    again = mail_out.going_out(office, gone=True)
    assert [(letter.id, letter.gone) for letter in again] == list(
        zip(three, (False, True, False), strict=True)
    )


def test_who_may_not_see_the_matter_does_not_see_the_letter(school: SmallSchool, office: Context) -> None:
    hidden = school.incident("dsl", confidentiality=Confidentiality.SAFEGUARDING)
    dsl, head = school.ctx_for("dsl"), school.ctx_for("headteacher")
    saved = letters.draft(dsl, hidden, LetterKind.INVITATION)
    saved = letters.submit(dsl, saved.id, saved.version)
    saved = letters.approve(head, saved.id, saved.version)
    letter = letters.issue(dsl, saved.id, saved.version).id
    assert [each.id for each in mail_out.going_out(dsl)] == [letter]
    assert mail_out.going_out(office) == []
    with pytest.raises(Refused, match="not open to you"):
        mail_out.batch(office, [letter])
    with pytest.raises(NotAllowed):
        mail_out.going_out(school.ctx_for("governor"))


def test_the_batch_is_the_list_and_then_the_papers_as_issued(office: Context, three: list[int]) -> None:
    told: list[tuple[int, int]] = []
    made = mail_out.batch(
        office, [three[2], three[0]], progress=lambda done, whole: told.append((done, whole))
    )
    pages = texts_of(made.pdf)
    assert (made.letters, made.pages) == (2, len(pages))
    assert made.starts[0] == 0
    assert "2 letters" in pages[0]
    assert pages[0].index("2026/L0003") < pages[0].index("2026/L0001")
    assert "3 Orchard Way" in pages[0]
    for start, letter in zip(made.starts[1:], (three[2], three[0]), strict=True):
        own = texts_of(letters.issued_pdf(office, letter))
        assert pages[start : start + len(own)] == own
    with opened(made.pdf) as document:
        assert [str(each.title) for each in document.open_outline().root] == [
            "Letters to go out",
            "2026/L0003",
            "2026/L0001",
        ]
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]
    assert noted(office, "letters.printed") == [{"letters": ["2026/L0003", "2026/L0001"], "copies": 1}]
    # Printed is not sent.
    assert len(mail_out.going_out(office)) == 3


def test_a_copy_for_the_file_follows_each_letter(office: Context, three: list[int]) -> None:
    made = mail_out.batch(office, three[:2], file_copy=True, with_list=False)
    pages = texts_of(made.pdf)
    own = [texts_of(letters.issued_pdf(office, letter)) for letter in three[:2]]
    assert pages == [*own[0], *own[0], *own[1], *own[1]]
    assert len(made.starts) == 4


def test_letters_without_an_address_are_told_on_the_list(office: Context, school: SmallSchool) -> None:
    with office.database.writing() as session:
        session.execute(text("UPDATE person SET address = '', postcode = ''"))
    letter = issued_letter(school)
    assert not mail_out.going_out(office)[0].by_post
    found = text_of(mail_out.batch(office, [letter]).pdf)
    assert "No address: by hand or by e-mail" in found


def test_a_batch_can_be_stopped_and_nothing_is_written_down(office: Context, three: list[int]) -> None:
    def stop(done: int, whole: int) -> None:
        if done:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        mail_out.batch(office, three, progress=stop)
    assert noted(office, "letters.printed") == []


def test_none_twice_and_not_issued(school: SmallSchool, office: Context, three: list[int]) -> None:
    with pytest.raises(Invalid, match="at least one"):
        mail_out.batch(office, [])
    assert mail_out.batch(office, [three[0], three[0]]).letters == 1
    draft = letters.draft(office, school.incident(), LetterKind.INVITATION).id
    with pytest.raises(Refused, match="not issued"):
        mail_out.batch(office, [draft])


def test_each_letter_becomes_a_file_with_its_number_and_nobodys_name(
    office: Context, three: list[int], tmp_path: Path
) -> None:
    (tmp_path / "Letter 2026-L0002.pdf").write_bytes(b"something else")
    written = mail_out.save_files(office, three, tmp_path)
    assert [file.name for file in written] == [
        "Letter 2026-L0001.pdf",
        "Letter 2026-L0002 (2).pdf",
        "Letter 2026-L0003.pdf",
    ]
    assert (tmp_path / "Letter 2026-L0002.pdf").read_bytes() == b"something else"
    for letter, file in zip(three, written, strict=True):
        assert file.read_bytes() == letters.issued_pdf(office, letter)
    # Saved a second time they are the same files, not copies of them.
    assert mail_out.save_files(office, three, tmp_path) == written
    assert len(list(tmp_path.glob("*.pdf"))) == 4
    assert noted(office, "letters.saved")[0] == {"letters": ["2026/L0001", "2026/L0002", "2026/L0003"]}


def test_saving_stopped_or_refused_by_the_disk_tells_the_log_what_went_out(
    office: Context, three: list[int], tmp_path: Path
) -> None:
    def stop(done: int, whole: int) -> None:
        if done == 1:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        mail_out.save_files(office, three, tmp_path, stop)
    assert [file.name for file in tmp_path.glob("*") if file.is_file()] == ["Letter 2026-L0001.pdf"]
    assert noted(office, "letters.saved") == [{"letters": ["2026/L0001"]}]
    with pytest.raises(StorageProblem):
        mail_out.save_files(office, three, tmp_path / "none")


def test_they_are_recorded_as_gone_one_by_one_and_what_cannot_be_is_told(
    school: SmallSchool, office: Context, three: list[int]
) -> None:
    with office.database.writing() as session:
        session.execute(text("UPDATE person SET address = '', postcode = ''"))
    homeless = issued_letter(school)
    gone = mail_out.record_gone(office, [*three, homeless], SentHow.POST, office.today(), proof="CP 1234")
    assert gone.done == tuple(three)
    assert len(gone.faults) == 1
    assert "2026/L0004 to Anna Quillfeather: " in gone.faults[0]
    assert "no address" in gone.faults[0]
    assert {("letter", letter) for letter in three} <= gone.changes
    record = letters.get(office, three[0])
    assert (record.sent_how, record.sent_on) == (SentHow.POST, date(2026, 3, 11))
    assert [each.id for each in mail_out.going_out(office)] == [homeless]
    later = mail_out.record_gone(office, [homeless], SentHow.HAND, office.today() + timedelta(days=1))
    assert (later.done, len(later.faults)) == ((), 1)


def test_what_is_recorded_already_is_not_written_over_in_a_bundle(office: Context, three: list[int]) -> None:
    letters.record_sent(office, three[0], SentHow.HAND, office.today(), "At the gate")
    gone = mail_out.record_gone(office, three, SentHow.POST, office.today())
    assert gone.done == tuple(three[1:])
    assert gone.faults == (
        "2026/L0001 to Anna Quillfeather: how it went is recorded already. Correct it on its own page.",
    )
    assert letters.get(office, three[0]).sent_how is SentHow.HAND
