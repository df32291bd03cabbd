"""Papers about business cases: what they say, that they are accessible, that signatures go with them (DOC-3)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import page as checker
import pytest
import zxingcpp
from sqlalchemy import text

from smdesk.db.models import AuditEntry
from smdesk.errors import Invalid, NotAllowed, NotFound, Tampered
from smdesk.services import business_cases, case_papers, paper_check
from smdesk.services.case_records import CaseDecisionKind
from tests.documents.reading import picture_of, text_of
from tests.support.cases import approved, decide, draft, opened, propose, set_up, submit
from tests.support.school import SmallSchool

NASTY = "<b>Aim</b> & </para><para> \u202eesrever <img src='/etc/hosts'/>"


def is_accessible(pdf: bytes) -> bool:
    return bool(checker.is_pdf_compliant_bytes(pdf, profile="ua1"))


def words(pdf: bytes) -> str:
    return " ".join(text_of(pdf).split())


def test_a_signed_decision_proves_itself_without_records(school: SmallSchool, tmp_path: Path) -> None:
    case_id = approved(school, aim=NASTY)
    ctx = school.ctx_for("business_manager")
    decision = opened(school, case_id).decisions[0].id
    pdf = case_papers.decision_pdf(ctx, decision)
    said = words(pdf)
    for part in (
        "Decision on a business case, 2026/B0001",
        "“Brambleford Primary” on Facebook",
        "Mrs H. Alder, Mr L. Damson",
        "Tim Hazel (staff)",
        "Tim Hazel: “Social media policy” version 3",
        "It helps families.",
        "</para><para>",
    ):
        assert part in said, part
    file = tmp_path / "decision.pdf"
    file.write_bytes(pdf)
    found = paper_check.check_paper(file)
    assert (found.faults, found.page_compared) == ((), True)
    here = paper_check.check_paper_here(ctx, file)
    assert here.faults == ()
    assert "The decision is on record." in here.here
    pages = [picture_of(pdf, number, scale=150 / 72) for number in range(2)]
    (code,) = [
        each
        for picture in pages
        for each in zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    ]
    scanned = paper_check.check_scanned(code.text)
    assert scanned.holds
    assert any("“Brambleford Primary” on Facebook" in line for line in scanned.signed)
    assert not any("Decided by" in line for line in scanned.signed)
    with school.database.reading() as session:
        actions = [(row.action, row.object_kind, row.object_id) for row in session.query(AuditEntry)]
        assert ("case.printed", "case", case_id) in actions


def test_a_paper_with_other_words_is_found_out(school: SmallSchool, tmp_path: Path) -> None:
    case_id = approved(school)
    ctx = school.ctx_for("business_manager")
    pdf = case_papers.decision_pdf(ctx, opened(school, case_id).decisions[0].id)
    from smdesk.documents import signed_paper
    from smdesk.documents.decision_paper import DecisionPaper, render_bytes
    from smdesk.services import case_words, paper_code

    file = tmp_path / "decision.pdf"
    file.write_bytes(pdf)
    kept = signed_paper.embedded(file)
    assert kept is not None
    paper = paper_code.read_code(kept.code)
    code = "".join(kept.code.split())
    part = case_words.signed_part(paper.payload, kept.texts, code, paper.fingerprint)
    forged = render_bytes(DecisionPaper(replace(part, headline="Anything goes."), kept.unsigned), kept.texts)
    file.write_bytes(forged)
    assert paper_check.check_paper(file).faults
    other = {**kept.texts, "reason": "Because.", "aim": "Another aim"}
    assert len(case_words.text_faults(paper.payload, other)) == 2
    with pytest.raises(Invalid, match="not about a decision on a business case"):
        case_words.signed_part({"purpose": "x"}, {})
    with pytest.raises(Invalid, match="newer"):
        case_words.signed_part({**paper.payload, "format": 99}, {})
    with pytest.raises(Invalid, match="cannot be read"):
        case_words.signed_part({**paper.payload, "runners": 4}, {})


def test_what_was_asked_about_and_completed_since_is_printed_without_a_code(school: SmallSchool) -> None:
    set_up(school, "office", "teacher")
    case_id = submit(school, propose(school, aim="News"))
    decide(school, case_id, CaseDecisionKind.ASK_FOR_MORE, reason="Whom for?")
    record = opened(school, case_id)
    business_cases.save(
        school.ctx_for("dsl"), draft(school, aim="News for families"), case_id, record.version
    )
    pdf = case_papers.decision_pdf(school.ctx_for("dsl"), record.decisions[0].id)
    assert "carries no code" in words(pdf)
    assert "Whom for?" in words(pdf)


def test_a_decision_that_does_not_hold_is_not_printed(school: SmallSchool) -> None:
    case_id = approved(school)
    decision = opened(school, case_id).decisions[0].id
    with school.database.writing() as session:
        session.execute(text("DROP TRIGGER case_decision_unchanged"))
        session.execute(text("UPDATE case_decision SET reason = 'x'"))
    with pytest.raises(Tampered, match="not printed"):
        case_papers.decision_pdf(school.ctx_for("headteacher"), decision)
    with pytest.raises(NotFound):
        case_papers.decision_pdf(school.ctx_for("headteacher"), 4711)
    with pytest.raises(NotAllowed):
        case_papers.decision_pdf(school.ctx_for("governor"), decision)


def test_the_pack_holds_what_awaits_the_meeting_and_says_what_is_missing(school: SmallSchool) -> None:
    set_up(school, "office", "teacher")
    submit(school, propose(school, proposed_name="Choir", aim=NASTY))
    submit(school, propose(school, "teacher", proposed_name="Sports"))
    propose(school, proposed_name="Not put forward")
    pdf = case_papers.pack_pdf(school.ctx_for("leadership"))
    said = words(pdf)
    for part in (
        "Choir on Facebook",
        "Nothing: it can be approved",
        "so far only Tim Hazel",
        "2 different members of the leadership team must agree",
        "Mr L. Damson, Mrs H. Alder",
        "Did not agree",
        "<img src=",
    ):
        assert part in said, part
    assert "Not put forward" not in said
    assert is_accessible(pdf)


def test_an_empty_pack_says_so(school: SmallSchool) -> None:
    pdf = case_papers.pack_pdf(school.ctx_for("leadership"))
    assert "No business case waits for the leadership team." in words(pdf)


def test_one_case_and_the_blank_form_are_accessible_papers(school: SmallSchool) -> None:
    case_id = approved(school, consents="x " * 2400, aim=NASTY)
    ctx = school.ctx_for("dsl")
    pdf = case_papers.case_pdf(ctx, case_id)
    assert "Business case 2026/B0001: Brambleford Primary on Facebook" in words(pdf)
    assert "Approved, 11 March 2026" in words(pdf)
    assert is_accessible(pdf)
    form = case_papers.blank_form_pdf(ctx)
    said = words(form)
    for part in (
        "1 Aim",
        "2 Audience",
        "3 Promotion",
        "4 Who will run it",
        "5 Open or private",
        "2 different members of staff",
    ):
        assert part in said, part
    assert is_accessible(form)
    assert is_accessible(case_papers.decision_pdf(ctx, opened(school, case_id).decisions[0].id))
