"""Each guard of a case file by itself: what it keeps out though everything else would let it in (DOC-4)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from smdesk.db.models import AuditEntry
from smdesk.errors import NotAllowed, NotFound
from smdesk.policy.vocabulary import Conduct
from smdesk.services import case_files, evidence, incidents, issued_papers, letters
from smdesk.services.case_file_records import CaseWish
from smdesk.services.context import Context
from smdesk.services.incident_records import Confidentiality
from smdesk.services.letter_records import LetterKind
from smdesk.services.paper_records import PaperKind
from tests.support.issued import issued_letter
from tests.support.pdf_search import everything_in
from tests.support.pictures import photograph
from tests.support.school import SmallSchool

PLACE = "social.example/p/7781"
NAMELESS = CaseWish(all_names=False)


@pytest.fixture
def office(school: SmallSchool) -> Context:
    return school.ctx_for("business_manager")


def made(ctx: Context, incident: int, wish: CaseWish, file: Path) -> str:
    case_files.make(ctx, incident, wish, file)
    return everything_in(file.read_bytes())


def test_a_link_that_leads_to_the_post_leads_to_who_wrote_it(
    school: SmallSchool, office: Context, tmp_path: Path
) -> None:
    incident = school.incident(link=f"https://{PLACE}")
    evidence.add(office, incident, "post.jpg", photograph(), "", f"https://{PLACE}")
    assert PLACE in made(office, incident, CaseWish(), tmp_path / "all.pdf")
    assert PLACE not in made(office, incident, NAMELESS, tmp_path / "none.pdf")
    kept = replace(NAMELESS, keep=frozenset({school.people["anna"]}))
    assert PLACE in made(office, incident, kept, tmp_path / "author.pdf")


def test_a_name_out_of_a_linked_incident_goes_too(
    school: SmallSchool, office: Context, tmp_path: Path
) -> None:
    other = school.incident(author="tariq", summary="Tariq was rude first")
    incident = school.incident()
    record = incidents.open_incident(office, incident)
    incidents.save(office, replace(record.draft, linked=(other,)), incident, record.version)
    assert "tariq" in made(office, incident, CaseWish(), tmp_path / "all.pdf")
    assert "tariq" not in made(office, incident, NAMELESS, tmp_path / "none.pdf")


def test_opening_a_kept_case_file_is_written_down(
    school: SmallSchool, office: Context, tmp_path: Path
) -> None:
    incident = school.incident()
    case_files.make(office, incident, CaseWish(), tmp_path / "case.pdf")
    (row,) = issued_papers.list_papers(office, PaperKind.CASE_FILE)
    assert row.confidential
    issued_papers.read_paper(office, row.id)
    with school.database.reading() as session:
        found = session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq.desc()).limit(1)).one()
    assert found == "paper.opened"


@pytest.mark.parametrize("step", [0, 1, 2, 3])
def test_closed_to_its_maker_while_it_is_made_it_is_not_made(
    school: SmallSchool, office: Context, tmp_path: Path, step: int
) -> None:
    head = school.ctx_for("headteacher")
    incident = school.incident()
    letter = issued_letter(school, incident)
    calls = 0

    def closes(done: int, total: int) -> None:
        nonlocal calls
        if calls == step:
            record = incidents.open_incident(head, incident)
            draft = replace(record.draft, confidentiality=Confidentiality.SAFEGUARDING)
            incidents.save(head, draft, incident, record.version)
        calls += 1

    with pytest.raises((NotFound, NotAllowed)):
        case_files.make(
            office, incident, CaseWish(letters=frozenset({letter})), tmp_path / "case.pdf", closes
        )
    assert calls > step
    assert list(tmp_path.glob("*case*")) == []
    assert issued_papers.list_papers(head, PaperKind.CASE_FILE) == []


def test_what_was_removed_is_in_no_referral_and_no_file(
    school: SmallSchool, office: Context, tmp_path: Path
) -> None:
    incident = school.incident(author="stranger", conduct=(Conduct.THREAT_OF_VIOLENCE,), platform="facebook")
    wrong = evidence.add(office, incident, "wrong child.jpg", photograph(), "").id
    right = evidence.add(office, incident, "post.jpg", photograph(hidden="other"), "").id
    evidence.remove(office, wrong, "Shows another child")
    letter = letters.draft(office, incident, LetterKind.REFERRAL_POLICE).id
    body = letters.get(office, letter).edit.body
    assert body.count("SHA-256: ") == 1
    assert "Item 2" not in body
    assert {each.evidence_id for each in case_files.options(office, incident).pictures} == {right}
