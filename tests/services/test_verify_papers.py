"""Is this file a paper we issued, unchanged? By its bytes, by what it calls itself, and by the signature in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text, update

from smdesk.db.models import IssuedPaper, Letter
from smdesk.documents import listing
from smdesk.errors import Invalid
from smdesk.services import connection_papers, issued_papers, letters, verify_papers
from smdesk.services.context import Context
from smdesk.services.letter_records import LetterKind
from smdesk.services.paper_records import PaperDraft, PaperKind
from tests.support.connections import approved
from tests.support.issued import issued_letter
from tests.support.school import SmallSchool


@pytest.fixture
def office(school: SmallSchool) -> Context:
    return school.ctx_for("business_manager")


def written(tmp_path: Path, content: bytes, name: str = "paper.pdf") -> Path:
    file = tmp_path / name
    file.write_bytes(content)
    return file


@pytest.fixture
def letter(school: SmallSchool, office: Context, tmp_path: Path) -> Path:
    return written(tmp_path, letters.issued_pdf(office, issued_letter(school)))


def test_an_issued_letter_is_told_by_its_number_and_day_to_anybody_who_holds_it(
    school: SmallSchool, letter: Path
) -> None:
    for login in ("business_manager", "governor", "administrator"):
        found = verify_papers.check_here(school.ctx_for(login), letter)
        assert found.holds
        assert found.lines[0] == "This is letter 2026/L0001, issued on 11 March 2026, unchanged."
        assert not any("Quillfeather" in line for line in found.lines)


@pytest.mark.parametrize("change", ["appended", "word", "cut"])
def test_a_changed_letter_is_not_it(office: Context, letter: Path, change: str) -> None:
    content = letter.read_bytes()
    if change == "appended":
        content += b"\n% nothing to see\n"
    elif change == "word":
        # The title in the file's properties: readable bytes that no page shows.
        place = content.rindex(b"2026/L0001")
        content = content[:place] + b"2026/L0001".replace(b"/", b"\\") + content[place + 10 :]
    else:
        import pikepdf

        with pikepdf.open(letter) as opened:
            opened.save(letter.with_name("again.pdf"))
        content = letter.with_name("again.pdf").read_bytes()
    letter.write_bytes(content)
    found = verify_papers.check_here(office, letter)
    assert not found.holds
    assert found.lines[0] == (
        "SM Desk issued a letter with this number, 2026/L0001, on 11 March 2026, and this file is not it: it was "
        "changed."
    )


def test_a_letter_of_a_number_never_used_is_told_as_that(office: Context, letter: Path) -> None:
    other = letter.read_bytes()
    with office.database.writing() as session:
        session.execute(text("DROP TRIGGER letter_issued_unchanged"))
        session.execute(update(Letter).values(issue_number=77, sha256="0" * 64))
    found = verify_papers.check_here(office, written(letter.parent, other))
    assert not found.holds
    assert found.lines == (
        "This paper calls itself letter 2026/L0001. No letter with this number was issued here.",
        *found.lines[1:],
    )


def test_a_letter_whose_record_was_exchanged_does_not_hold(office: Context, letter: Path) -> None:
    forged = letter.read_bytes() + b"%"
    import hashlib

    with office.database.writing() as session:
        session.execute(text("DROP TRIGGER letter_issued_unchanged"))
        session.execute(update(Letter).values(sha256=hashlib.sha256(forged).hexdigest(), size=len(forged)))
    found = verify_papers.check_here(office, written(letter.parent, forged))
    assert not found.holds
    assert any("audit log says that another file was issued" in line for line in found.lines)


def test_a_letter_whose_text_on_record_was_changed_does_not_hold(office: Context, letter: Path) -> None:
    with office.database.writing() as session:
        session.execute(text("DROP TRIGGER letter_approved_unchanged"))
        session.execute(update(Letter).values(body="Something else."))
    found = verify_papers.check_here(office, letter)
    assert not found.holds
    assert any("changed afterwards" in line for line in found.lines)


def test_a_draft_is_told_as_a_draft(school: SmallSchool, office: Context, tmp_path: Path) -> None:
    drafted = letters.preview_new(office, school.incident(), LetterKind.INVITATION)
    found = verify_papers.check_here(office, written(tmp_path, drafted))
    assert not found.holds
    assert found.lines == ("This is a draft of a letter. It was never issued.",)


def a_list(office: Context) -> bytes:
    return listing.render_bytes(
        listing.ListingData("Incidents", "", "School", "Ms B. Cedar", office.now(), (), ())
    )


def test_an_issued_paper_is_told_by_its_title_and_a_changed_one_not(office: Context, tmp_path: Path) -> None:
    content = a_list(office)
    draft = PaperDraft(PaperKind.GOVERNOR_REPORT, "Governor report, Spring term 2026", "report", 1)
    issued_papers.keep(office, draft, content)
    found = verify_papers.check_here(office, written(tmp_path, content))
    assert found.holds
    assert found.lines[0] == (
        "This is the governor report “Governor report, Spring term 2026”, issued on 11 March 2026, unchanged."
    )
    changed = verify_papers.check_here(office, written(tmp_path, content + b"%"))
    assert not changed.holds
    assert "no paper with this content was issued here" in changed.lines[0]
    with office.database.writing() as session:
        session.execute(text("DROP TRIGGER issued_paper_unchanged"))
        forged = written(tmp_path, content + b"% forged")
        import hashlib

        session.execute(
            update(IssuedPaper).values(
                sha256=hashlib.sha256(forged.read_bytes()).hexdigest(), size=forged.stat().st_size
            )
        )
    assert not verify_papers.check_here(office, forged).holds


def test_a_signed_decision_is_checked_as_before(school: SmallSchool, tmp_path: Path) -> None:
    approved(school)
    head = school.ctx_for("headteacher")
    file = written(tmp_path, connection_papers.decision_pdf(head, 1))
    found = verify_papers.check_here(head, file)
    assert found.holds
    assert found.lines[0] == (
        "This is the decision “Decision 1 on 2026/C0001”, issued on 11 March 2026, unchanged."
    )
    assert any(line.startswith("The paper holds") for line in found.lines)
    assert verify_papers.check_alone(file).holds


def test_without_records_a_letter_is_left_to_them(letter: Path, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="sign in"):
        verify_papers.check_alone(letter)
    with pytest.raises(Invalid, match="not a PDF"):
        verify_papers.check_alone(written(tmp_path, b"hello", "x.pdf"))


def test_foreign_and_unreadable_files(office: Context, tmp_path: Path) -> None:
    import pikepdf

    foreign = tmp_path / "foreign.pdf"
    with pikepdf.new() as made:
        made.add_blank_page()
        made.save(foreign)
    found = verify_papers.check_here(office, foreign)
    assert (found.holds, found.lines[0]) == (False, "This is no paper that was issued here.")
    with pytest.raises(Invalid, match="not a PDF"):
        verify_papers.check_here(office, written(tmp_path, b"hello", "x.pdf"))
    with pytest.raises(Invalid, match="cannot be read"):
        verify_papers.check_here(office, tmp_path / "none.pdf")
