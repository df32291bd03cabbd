"""Each guard on a letter's way by itself: what it stops though everything else would let it pass."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text

from smdesk.db import evidence
from smdesk.db.models import Letter, Person
from smdesk.db.models import SigningKey as SigningKeyRow
from smdesk.errors import Refused, Tampered
from smdesk.policy.vocabulary import STEP_LABELS, Conduct, Step
from smdesk.policy.words import in_a_sentence
from smdesk.security import signatures
from smdesk.services import (
    blocks,
    letter_fields,
    letter_matter,
    letter_signing,
    letter_wording,
    letters,
    steps,
    wordings,
)
from smdesk.services.account_records import BlockDraft
from smdesk.services.context import Context
from smdesk.services.incident_records import StepDraft
from smdesk.services.letter_records import LetterKind
from smdesk.services.letter_wording import Part, Pattern
from smdesk.services.wording_records import WordingDraft, WordingKey
from tests.support.issued import issued_letter
from tests.support.school import SmallSchool

INVITATION = LetterKind.INVITATION


@pytest.fixture
def office(school: SmallSchool) -> Context:
    return school.ctx_for("business_manager")


def approved(school: SmallSchool, office: Context) -> int:
    head = school.ctx_for("headteacher")
    saved = letters.draft(office, school.incident(), INVITATION)
    saved = letters.submit(office, saved.id, saved.version)
    return letters.approve(head, saved.id, saved.version).id


def by_force(school: SmallSchool, *statements: str, **values: object) -> None:
    """What somebody with the key of the records could write into them."""
    with school.database.writing() as session:
        for trigger in ("letter_approved_unchanged", "letter_issued_unchanged"):
            session.execute(text(f"DROP TRIGGER {trigger}"))
        for statement in statements:
            session.execute(text(statement), values)


@pytest.mark.parametrize("field", ["english_subject", "english_salutation", "english_body"])
def test_a_name_anywhere_in_the_english_copy_is_seen_before_it_is_signed(
    school: SmallSchool, office: Context, field: str
) -> None:
    with school.database.writing() as session:
        session.get_one(Person, school.people["anna"]).language = "Welsh"
    letter = letters.draft(office, school.incident(), INVITATION).id
    record = letters.get(office, letter)
    named = replace(record.edit, **{field: f"{getattr(record.edit, field)} and Tariq Osei-Marsh"})
    letters.save(office, letter, named, record.version)
    assert [hit.name for hit in letters.name_check(office, letter)] == ["Tariq Osei-Marsh"]
    letters.submit(office, letter, letters.get(office, letter).version)
    with pytest.raises(Refused, match="Osei-Marsh"):
        letters.approve(school.ctx_for("headteacher"), letter, letters.get(office, letter).version)


def test_which_wording_a_letter_was_written_from_is_signed_with_it(
    school: SmallSchool, office: Context
) -> None:
    key = WordingKey(INVITATION.value, "", "en")
    draft = WordingDraft("Come and talk", "Yours", (Part("See $contact.", ""),))
    letter = approved(school, office)
    wording = wordings.save(school.ctx_for("headteacher"), key, draft, "Plainer", 0).id
    with pytest.raises(Exception, match="approved letter is not changed"), school.database.writing() as db:
        db.execute(text("UPDATE letter SET wording_id = :wording"), {"wording": wording})
    by_force(school, "UPDATE letter SET wording_id = :wording", wording=wording)
    with pytest.raises(Tampered, match="not the letter that was approved"):
        letters.issue(office, letter, letters.get(office, letter).version)


def test_a_signature_by_somebody_elses_key_does_not_count(school: SmallSchool, office: Context) -> None:
    letter = approved(school, office)
    with school.database.reading() as session:
        row = session.get_one(Letter, letter)
        payload = letter_signing.payload(row, letter_matter.stored(session, row), [])
        other = next(key.id for key in session.query(SigningKeyRow) if key.user_id == school.users["dsl"])
    by_force(
        school,
        "UPDATE letter SET signing_key_id = :key, signature = :signature, signed_payload = :payload",
        key=other,
        signature=signatures.sign(school.signing["dsl"], payload),
        payload=signatures.canonical(payload).decode("utf-8"),
    )
    with pytest.raises(Tampered, match="does not belong to whoever approved it"):
        letters.issue(office, letter, letters.get(office, letter).version)


def test_another_file_in_place_of_the_issued_one_is_not_handed_out(
    school: SmallSchool, office: Context
) -> None:
    letter = issued_letter(school)
    other = letters.issued_pdf(office, letter).replace(b"2026/L0001", b"2026/L0002")
    stored = evidence.store(office.folder.papers, other, letter_signing.PAPER)
    by_force(
        school,
        "UPDATE letter SET stored_name = :name, file_key = :key",
        name=stored.stored_name,
        key=stored.key,
    )
    for take_out in (letters.issued_pdf, letters.preview_pdf):
        with pytest.raises(Tampered, match="not the one that was issued"):
            take_out(office, letter)


@pytest.mark.parametrize("status", ["draft", "submitted", "returned", "approved"])
def test_no_issued_letter_becomes_a_draft_again_in_the_records(school: SmallSchool, status: str) -> None:
    letter = issued_letter(school)
    with (
        pytest.raises(Exception, match="letter is not changed"),
        school.database.writing() as session,
    ):
        session.execute(
            text("UPDATE letter SET status = :status WHERE id = :id"), {"status": status, "id": letter}
        )


def test_an_approved_letter_about_what_was_closed_meanwhile_stays(
    school: SmallSchool, office: Context
) -> None:
    letter = approved(school, office)
    with school.database.writing() as session:
        session.execute(text("UPDATE incident SET status = 'closed'"))
    with pytest.raises(Refused, match="has been closed"):
        letters.issue(office, letter, letters.get(office, letter).version)


def test_one_persons_block_is_no_reason_to_write_to_another(school: SmallSchool, office: Context) -> None:
    incident = school.incident(conduct=(Conduct.ABUSIVE,), on_school_account=True)
    draft = BlockDraft(
        place="E-mail to the office",
        who="ben@example.org",
        person_id=school.people["ben"],
        reason="Foul words",
        since_on=office.today(),
        incident_id=incident,
    )
    blocks.save(office, draft)
    with pytest.raises(Refused, match="Put it there first"):
        letters.draft(office, incident, LetterKind.BLOCK_NOTICE, step_reason="Now")


@pytest.mark.parametrize("kind", [LetterKind.REFERRAL_POLICE, LetterKind.REFERRAL_LEGAL])
def test_what_was_done_inside_the_school_about_a_colleague_stays_there(
    school: SmallSchool, office: Context, kind: LetterKind
) -> None:
    incident = school.incident(author="teacher", conduct=(Conduct.THREAT_OF_VIOLENCE,), platform="facebook")
    head = school.ctx_for("headteacher")
    steps.record(
        head, incident, StepDraft(Step.DISCIPLINARY, school.people["teacher"], head.today(), "Suspended")
    )
    steps.record(head, incident, StepDraft(Step.IWF, None, head.today(), ""))
    letter = letters.draft(head, incident, kind, step_reason="It cannot wait").id
    body = letters.get(head, letter).edit.body.casefold()
    assert "internet watch foundation" in body
    assert in_a_sentence(STEP_LABELS[Step.DISCIPLINARY]).casefold() not in body
    assert "suspended" not in body


def test_a_part_stands_only_where_somebody_said_that_its_condition_holds() -> None:
    found = Pattern("Subject", "Yours", (Part("Always.", ""), Part("Only then.", "removed")), "en")
    fields = letter_fields.fields_of(INVITATION)
    assert letter_wording.fill(found, {}, {}, fields).body == "Always."
    assert letter_wording.fill(found, {}, {"removed": True}, fields).body == "Always.\n\nOnly then."
