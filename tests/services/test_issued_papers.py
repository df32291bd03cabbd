"""Papers that went out: kept byte for byte, opened only where all they tell of opens, known to verify and backups."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from smdesk.db import backup, evidence
from smdesk.db.models import AuditEntry, IssuedPaper
from smdesk.errors import NotAllowed, NotFound, Refused, Tampered
from smdesk.services import connection_papers, issued_papers, verify
from smdesk.services.context import Context
from smdesk.services.incident_records import Confidentiality
from smdesk.services.paper_records import PaperDraft, PaperKind
from tests.support.connections import approved
from tests.support.school import SmallSchool

PDF = b"%PDF-1.7 what went out"
REPORT = PaperDraft(PaperKind.GOVERNOR_REPORT, "Governor report, Spring term 2026", "report", 20260, pages=4)


def case_file(incident: int, *linked: int, confidential: bool = False) -> PaperDraft:
    return PaperDraft(
        PaperKind.CASE_FILE,
        "Case file 2026/0001",
        "incident",
        incident,
        confidential,
        9,
        also=tuple(("incident", each) for each in linked),
    )


def files(ctx: Context) -> list[Path]:
    return [path for path in ctx.folder.papers.rglob("*") if path.is_file()]


def openings(ctx: Context) -> int:
    with ctx.database.reading() as session:
        wanted = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "paper.opened")
        return session.scalar(wanted) or 0


@pytest.fixture
def office(school: SmallSchool) -> Context:
    return school.ctx_for("business_manager")


def test_a_paper_comes_back_byte_for_byte_with_all_that_was_said_of_it(office: Context) -> None:
    saved = issued_papers.keep(office, REPORT, PDF)
    assert saved.changes == {("paper", saved.id)}
    assert issued_papers.read_paper(office, saved.id) == PDF
    (row,) = issued_papers.list_papers(office)
    assert (row.kind, row.title, row.pages, row.size) == (REPORT.kind, REPORT.title, 4, len(PDF))
    assert (row.made_by, row.sha256, row.kept) == ("Ms B. Cedar", hashlib.sha256(PDF).hexdigest(), True)
    assert issued_papers.find_by_sha256(office, row.sha256.upper()) == [row]
    assert issued_papers.find_by_sha256(office, "0" * 64) == []


def test_a_large_paper_is_taken_from_its_file(office: Context, tmp_path: Path) -> None:
    source = tmp_path / "report.pdf"
    source.write_bytes(PDF * 100_000)
    saved = issued_papers.keep(office, REPORT, source)
    assert issued_papers.read_paper(office, saved.id) == source.read_bytes()


def test_the_same_paper_is_kept_once_and_leaves_no_second_file(office: Context) -> None:
    first = issued_papers.keep(office, REPORT, PDF)
    again = issued_papers.keep(office, REPORT, PDF)
    assert (again.id, again.changes) == (first.id, frozenset())
    assert len(files(office)) == 1


def test_a_failed_save_leaves_neither_row_nor_file(office: Context) -> None:
    with (
        pytest.raises(RuntimeError),
        issued_papers.keeping(office, PDF) as stored,
        office.database.writing() as session,
    ):
        issued_papers.keep_in(session, office, REPORT, stored)
        raise RuntimeError
    assert files(office) == []
    assert issued_papers.list_papers(office) == []
    with pytest.raises(ValueError, match="nobody"):
        issued_papers.keep(office, PaperDraft(PaperKind.FORM, "Form", "moon", 1), PDF)
    assert files(office) == []


def test_only_who_may_open_the_incident_opens_its_case_file(school: SmallSchool, office: Context) -> None:
    dsl, head = school.ctx_for("dsl"), school.ctx_for("headteacher")
    hidden = school.incident("dsl", confidentiality=Confidentiality.SAFEGUARDING)
    open_to_office = school.incident()
    secret = issued_papers.keep(dsl, case_file(hidden, confidential=True), PDF)
    linked = issued_papers.keep(dsl, case_file(open_to_office, hidden), PDF + b"linked")
    plain = issued_papers.keep(office, case_file(open_to_office), PDF + b"plain")
    assert {row.id for row in issued_papers.list_papers(dsl)} == {secret.id, linked.id, plain.id}
    assert {row.id for row in issued_papers.list_papers(head)} == {secret.id, linked.id, plain.id}
    assert [row.id for row in issued_papers.list_papers(office)] == [plain.id]
    for paper in (secret, linked):
        with pytest.raises(NotFound, match="not open to you"):
            issued_papers.read_paper(office, paper.id)
    assert issued_papers.find_by_sha256(office, hashlib.sha256(PDF).hexdigest()) == []
    with pytest.raises(NotFound, match="not open to you"):
        issued_papers.read_paper(office, 999)
    for login in ("governor", "administrator", "leadership"):
        assert issued_papers.list_papers(school.ctx_for(login)) == []
    mine = issued_papers.list_papers(dsl, PaperKind.CASE_FILE, ("incident", hidden))
    assert [row.id for row in mine] == [secret.id]


def test_a_report_opens_to_governors_and_a_register_only_to_who_made_it(
    school: SmallSchool, office: Context
) -> None:
    report = issued_papers.keep(office, REPORT, PDF)
    register = issued_papers.keep(
        office, PaperDraft(PaperKind.REGISTER, "Register of exceptions", "register"), PDF
    )
    case = issued_papers.keep(
        office, PaperDraft(PaperKind.DECISION, "Decision on 2026/B0001", "case", 1), PDF
    )
    seen = {
        login: {row.id for row in issued_papers.list_papers(school.ctx_for(login))}
        for login in ("business_manager", "headteacher", "governor", "leadership", "administrator")
    }
    assert seen["business_manager"] == {report.id, register.id, case.id}
    assert seen["headteacher"] == {report.id, case.id}
    assert seen["governor"] == {report.id}
    assert seen["leadership"] == {case.id}
    assert seen["administrator"] == set()


def test_opening_a_confidential_paper_is_written_down_and_an_ordinary_one_not(school: SmallSchool) -> None:
    dsl = school.ctx_for("dsl")
    hidden = school.incident("dsl", confidentiality=Confidentiality.SAFEGUARDING)
    secret = issued_papers.keep(dsl, case_file(hidden, confidential=True), PDF)
    plain = issued_papers.keep(dsl, REPORT, PDF)
    issued_papers.read_paper(dsl, plain.id)
    assert openings(dsl) == 0
    issued_papers.read_paper(dsl, secret.id)
    assert openings(dsl) == 1


def test_whose_account_is_closed_opens_nothing(school: SmallSchool, office: Context) -> None:
    saved = issued_papers.keep(office, REPORT, PDF)
    with office.database.writing() as session:
        session.execute(text("UPDATE user SET active = 0 WHERE id = :id"), {"id": office.user.id})
    with pytest.raises(NotAllowed):
        issued_papers.read_paper(office, saved.id)


def test_a_paper_given_up_after_its_time_stays_on_record_without_its_file(office: Context) -> None:
    saved = issued_papers.keep(office, REPORT, PDF)
    with office.database.writing() as session:
        session.execute(update(IssuedPaper).values(stored_name=None, file_key=None))
    assert [row.kept for row in issued_papers.list_papers(office)] == [False]
    with pytest.raises(Refused, match="has been removed"):
        issued_papers.read_paper(office, saved.id)


def test_verify_and_backups_know_the_files_of_papers(office: Context) -> None:
    issued_papers.keep(office, REPORT, PDF)
    (file,) = files(office)
    made = backup.make(office.database, office.folder, "test", office.now())
    assert backup.read_manifest(made).papers == (file.name,)
    assert not [fault for fault in verify.check(office) if "paper" in fault.lower()]
    file.write_bytes(file.read_bytes()[:-1] + b"\0")
    assert any("Governor report, Spring term 2026" in fault for fault in verify.check(office))


def test_a_paper_exchanged_on_record_is_found_out_and_not_handed_out(office: Context) -> None:
    saved = issued_papers.keep(office, REPORT, PDF)
    other = evidence.store(office.folder.papers, b"something else", issued_papers.PAPER)
    with office.database.writing() as session:
        session.execute(text("DROP TRIGGER issued_paper_unchanged"))
        session.execute(
            update(IssuedPaper).values(stored_name=other.stored_name, file_key=other.key, size=other.size)
        )
    with pytest.raises(Tampered, match="not the paper that was issued"):
        issued_papers.read_paper(office, saved.id)
    with office.database.writing() as session:
        session.execute(update(IssuedPaper).values(sha256=other.sha256))
    assert any("is not the one that was issued" in fault for fault in verify.check(office))


def test_a_paper_slipped_in_or_taken_out_is_found(office: Context) -> None:
    issued_papers.keep(office, REPORT, PDF)
    with office.database.writing() as session:
        session.execute(text("DROP TRIGGER issued_paper_kept"))
        session.execute(text("DELETE FROM issued_paper"))
    assert any("not on record any more" in fault for fault in verify.check(office))


def test_a_file_of_no_paper_is_a_stray(office: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "GRACE_SECONDS", -1.0)
    issued_papers.keep(office, REPORT, PDF)
    lost = evidence.store(office.folder.papers, PDF, issued_papers.PAPER)
    (fault,) = [each for each in verify.check(office) if "belongs to no record" in each]
    assert lost.stored_name in fault


def test_a_decision_that_was_put_on_paper_is_kept_as_it_went_out(
    school: SmallSchool, office: Context
) -> None:
    approved(school)
    head = school.ctx_for("headteacher")
    printed = connection_papers.decision_pdf(head, 1)
    (row,) = issued_papers.list_papers(head, PaperKind.DECISION)
    assert (row.title, row.object_kind, row.pages) == ("Decision 1 on 2026/C0001", "exception", 1)
    assert issued_papers.read_paper(head, row.id) == printed
    assert [each.id for each in issued_papers.list_papers(office)] == [row.id]
    assert issued_papers.list_papers(school.ctx_for("leadership")) == []
