"""A letter in its reader's language with the English copy, in the print they can read, and what is signed of both."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from smdesk.db.models import Letter, Person
from smdesk.errors import Invalid, Refused, Tampered
from smdesk.policy.vocabulary import Step
from smdesk.services import letter_matter, letter_signing, letters, steps
from smdesk.services.incident_records import StepDraft
from smdesk.services.letter_records import Envelope, LetterKind, PaperLook
from tests.support.printed import printed_pages
from tests.support.school import SmallSchool

INVITATION = LetterKind.INVITATION


def reads(school: SmallSchool, language: str, look: PaperLook = PaperLook.STANDARD) -> None:
    with school.database.writing() as session:
        person = session.get_one(Person, school.people["anna"])
        person.language, person.paper_look = language, look.value


def drafted(school: SmallSchool, summary: str = "A post") -> int:
    incident = school.incident(summary=summary)
    office = school.ctx_for("business_manager")
    steps.record(
        office, incident, StepDraft(Step.TALK, school.people["anna"], school.clock.now.date(), "Talked")
    )
    return letters.draft(office, incident, INVITATION).id


def approved(school: SmallSchool, letter: int, names_reason: str = "") -> None:
    office, head = school.ctx_for("business_manager"), school.ctx_for("headteacher")
    letters.submit(office, letter, letters.get(office, letter).version)
    letters.approve(head, letter, letters.get(head, letter).version, names_reason)


def issued(school: SmallSchool, letter: int) -> bytes:
    approved(school, letter)
    office = school.ctx_for("business_manager")
    letters.issue(office, letter, letters.get(office, letter).version)
    return letters.issued_pdf(office, letter)


def test_a_parent_who_reads_welsh_gets_welsh_and_the_english_copy(school: SmallSchool) -> None:
    reads(school, "Cymraeg")
    letter = drafted(school)
    record = letters.get(school.ctx_for("business_manager"), letter)
    edit = record.edit
    assert record.language == "cy"
    assert edit.salutation.startswith("Annwyl ")
    assert edit.english_salutation == "Dear Ms Quillfeather"
    assert "A post on social media that appears to be yours" in edit.english_body
    assert "A post on social media" not in edit.body
    assert "explained in" not in edit.english_body, "whoever has it in Welsh needs no explaining"
    assert record.matter_note.startswith("Have this checked by a Welsh speaker before it goes out")
    pages = printed_pages(issued(school, letter))
    assert "Annwyl" in pages[0]
    assert any("English copy" in page and "Dear Ms Quillfeather" in page for page in pages[1:])


@pytest.mark.parametrize("language", ["", "English", "Polish", "Klingon"])
def test_without_a_wording_it_is_written_in_english_alone(school: SmallSchool, language: str) -> None:
    reads(school, language)
    record = letters.get(school.ctx_for("business_manager"), drafted(school))
    assert record.language == "en"
    assert (record.edit.english_subject, record.edit.english_body) == ("", "")
    assert record.matter_note == ""
    assert ("explained in" in record.edit.body) is (language in ("Polish", "Klingon"))


def test_each_reader_gets_the_print_they_can_read(school: SmallSchool) -> None:
    reads(school, "", PaperLook.LARGE)
    letter = drafted(school)
    office = school.ctx_for("business_manager")
    record = letters.get(office, letter)
    assert (record.edit.look, record.edit.envelope) == (PaperLook.LARGE, Envelope.DL)
    edit = replace(record.edit, look=PaperLook.DYSLEXIA, envelope=Envelope.C5)
    letters.save(office, letter, edit, record.version)
    kept = letters.get(office, letter).edit
    assert (kept.look, kept.envelope) == (PaperLook.DYSLEXIA, Envelope.C5)


def test_the_places_of_fields_are_kept(school: SmallSchool) -> None:
    office = school.ctx_for("business_manager")
    letter = drafted(school)
    record = letters.get(office, letter)
    held = {mark.field: record.edit.body[mark.start : mark.end] for mark in record.edit.marks}
    assert held["reference"] == record.reference
    assert held["platform"] == "social media"
    later = record.edit.reply_by + timedelta(days=7) if record.edit.reply_by else None
    letters.save(office, letter, replace(record.edit, reply_by=later), record.version)
    kept = letters.get(office, letter).edit
    assert {mark.field: kept.body[mark.start : mark.end] for mark in kept.marks}["reply_by"] != held[
        "reply_by"
    ]
    assert {mark.field: kept.body[mark.start : mark.end] for mark in kept.marks}[
        "reference"
    ] == record.reference


def test_a_name_in_the_english_copy_alone_stops_it(school: SmallSchool) -> None:
    reads(school, "Welsh")
    office, head = school.ctx_for("business_manager"), school.ctx_for("headteacher")
    letter = drafted(school)
    record = letters.get(office, letter)
    edit = replace(record.edit, english_body=f"{record.edit.english_body}\n\nTariq Osei-Marsh was hurt.")
    letters.save(office, letter, edit, record.version)
    (hit,) = letters.name_check(office, letter)
    assert (hit.name, hit.start) == ("Tariq Osei-Marsh", -1)
    letters.submit(office, letter, letters.get(office, letter).version)
    with pytest.raises(Refused, match="Osei-Marsh"):
        letters.approve(head, letter, letters.get(head, letter).version)


def test_an_english_copy_may_not_be_left_empty(school: SmallSchool) -> None:
    reads(school, "Welsh")
    office = school.ctx_for("business_manager")
    letter = drafted(school)
    record = letters.get(office, letter)
    with pytest.raises(Invalid) as caught:
        letters.save(office, letter, replace(record.edit, english_body=" "), record.version)
    assert [each.field for each in caught.value.problems] == ["english_body"]


def test_an_english_letter_has_no_second_copy(school: SmallSchool) -> None:
    office = school.ctx_for("business_manager")
    letter = drafted(school)
    record = letters.get(office, letter)
    letters.save(office, letter, replace(record.edit, english_body="Smuggled in"), record.version)
    assert letters.get(office, letter).edit.english_body == ""


@pytest.mark.parametrize(
    "change",
    [
        "english_body = 'Something else'",
        "english_subject = 'Something else'",
        "english_salutation = 'Dear You'",
        "language = 'en'",
        "look = 'large'",
        "envelope = 'c5'",
        "recipient = 'police'",
    ],
)
def test_whatever_is_changed_after_approval_is_found_out(school: SmallSchool, change: str) -> None:
    reads(school, "Welsh")
    office = school.ctx_for("business_manager")
    letter = drafted(school)
    approved(school, letter)
    with school.database.writing() as session:
        kept = session.get_one(Letter, letter)
        assert letter_signing.signature_fault(session, kept, letter_matter.stored(session, kept)) == ""
        # Somebody with the key of the records takes the guard away first.
        session.execute(text("DROP TRIGGER letter_approved_unchanged"))
        session.execute(text(f"UPDATE letter SET {change} WHERE id = :id"), {"id": letter})
    with pytest.raises(Tampered, match="not the letter that was approved"):
        letters.issue(office, letter, letters.get(office, letter).version)


@pytest.mark.parametrize(
    "column", ["language", "look", "english_body", "recipient", "envelope", "english_subject"]
)
def test_the_guard_holds_the_new_columns(school: SmallSchool, column: str) -> None:
    letter = drafted(school)
    approved(school, letter)
    with (
        pytest.raises(Exception, match="approved letter is not changed"),
        school.database.writing() as session,
    ):
        session.execute(text(f"UPDATE letter SET {column} = 'x' WHERE id = :id"), {"id": letter})
