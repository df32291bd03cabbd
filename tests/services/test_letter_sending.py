"""How a letter went, the number on the proof of posting, and post that came back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from smdesk.db.models import Person
from smdesk.errors import Invalid, NotAllowed, Refused
from smdesk.policy.vocabulary import Step
from smdesk.services import letters, steps, today
from smdesk.services.incident_records import StepDraft
from smdesk.services.letter_records import LetterKind, SentHow
from smdesk.services.today_records import DueKind, Item
from tests.support.school import SmallSchool

ISSUED = date(2026, 3, 11)


def issued(school: SmallSchool, incident: int | None = None) -> int:
    office, head = school.ctx_for("business_manager"), school.ctx_for("headteacher")
    if incident is None:
        incident = school.incident()
        steps.record(office, incident, StepDraft(Step.TALK, school.people["anna"], ISSUED, "Talked"))
    letter = letters.draft(office, incident, LetterKind.INVITATION).id
    letters.submit(office, letter, letters.get(office, letter).version)
    letters.approve(head, letter, letters.get(head, letter).version)
    letters.issue(office, letter, letters.get(office, letter).version)
    return letter


def back(school: SmallSchool, login: str = "business_manager") -> list[Item]:
    sections = {each.kind: each for each in today.items(school.ctx_for(login)).sections}
    return list(sections[DueKind.LETTER_BACK].items) if DueKind.LETTER_BACK in sections else []


def test_the_proof_of_posting_is_kept_and_told(school: SmallSchool) -> None:
    office = school.ctx_for("business_manager")
    letter = issued(school)
    letters.record_sent(office, letter, SentHow.POST, ISSUED, "First class", " AB 123 GB ")
    record = letters.get(office, letter)
    assert (record.sent_how, record.sent_on, record.sent_proof) == (SentHow.POST, ISSUED, "AB 123 GB")
    (line,) = [each for each in steps.timeline(office, record.matter_id) if "sent by post" in each.text]
    assert line.text == f"{record.number}: sent by post, proof of posting AB 123 GB. First class"


@pytest.mark.parametrize(
    ("how", "proof"), [(SentHow.HAND, "AB 123 GB"), (SentHow.EMAIL, "1"), (SentHow.POST, "9" * 41)]
)
def test_a_proof_that_cannot_be_is_refused(school: SmallSchool, how: SentHow, proof: str) -> None:
    with pytest.raises(Invalid) as caught:
        letters.record_sent(school.ctx_for("business_manager"), issued(school), how, ISSUED, "", proof)
    assert [each.field for each in caught.value.problems] == ["proof"]


def test_what_came_back_is_on_the_timeline_in_the_list_and_in_today(school: SmallSchool) -> None:
    office = school.ctx_for("business_manager")
    letter = issued(school)
    letters.record_sent(office, letter, SentHow.POST, ISSUED)
    school.clock.forward(days=6)
    day = ISSUED + timedelta(days=5)
    assert back(school) == []
    changes = letters.record_returned(office, letter, day, " Addressee gone away ").changes
    record = letters.get(office, letter)
    assert (record.returned_on, record.returned_why) == (day, "Addressee gone away")
    assert {("letter", letter), ("incident", record.matter_id)} <= changes
    lines = [each.text for each in steps.timeline(office, record.matter_id)]
    assert f"{record.number}: came back undelivered. Addressee gone away" in lines
    (row,) = letters.for_incident(office, record.matter_id)
    assert row.returned_on == day
    (item,) = back(school)
    assert item.id == letter
    assert "Addressee gone away" in item.why
    assert "Anna Quillfeather" in item.title


def test_sent_again_it_is_on_its_way(school: SmallSchool) -> None:
    office = school.ctx_for("business_manager")
    letter = issued(school)
    letters.record_sent(office, letter, SentHow.POST, ISSUED)
    letters.record_returned(office, letter, ISSUED, "No such house")
    letters.record_sent(office, letter, SentHow.HAND, ISSUED)
    record = letters.get(office, letter)
    assert (record.returned_on, record.returned_why, record.sent_how) == (None, "", SentHow.HAND)
    assert back(school) == []
    told = [each.text for each in steps.timeline(office, record.matter_id)]
    assert any("came back" in each for each in told), "that it came back stays on record"


def test_written_anew_it_is_seen_to(school: SmallSchool) -> None:
    office = school.ctx_for("business_manager")
    letter = issued(school)
    letters.record_sent(office, letter, SentHow.POST, ISSUED)
    letters.record_returned(office, letter, ISSUED, "Moved")
    assert len(back(school)) == 1
    again = letters.draft(office, letters.get(office, letter).matter_id, LetterKind.INVITATION)
    assert back(school) == []
    letters.withdraw(office, again.id, "Not needed")
    assert len(back(school)) == 1


def test_what_did_not_go_cannot_come_back(school: SmallSchool) -> None:
    office = school.ctx_for("business_manager")
    letter = issued(school)
    with pytest.raises(Refused, match="Record how it was sent first"):
        letters.record_returned(office, letter, ISSUED, "Moved")
    letters.record_sent(office, letter, SentHow.POST, ISSUED)
    for day, why in ((ISSUED - timedelta(days=1), "before"), (ISSUED + timedelta(days=1), "future")):
        with pytest.raises(Invalid, match=why):
            letters.record_returned(office, letter, day, "Moved")
    with pytest.raises(Invalid) as caught:
        letters.record_returned(office, letter, ISSUED, "  ")
    assert [each.field for each in caught.value.problems] == ["why"]
    assert letters.get(office, letter).returned_on is None


def test_only_who_sends_letters_says_so(school: SmallSchool) -> None:
    letter = issued(school)
    letters.record_sent(school.ctx_for("business_manager"), letter, SentHow.POST, ISSUED)
    with pytest.raises(NotAllowed):
        letters.record_returned(school.ctx_for("governor"), letter, ISSUED, "Moved")


def test_the_line_in_today_holds_hostile_names_as_they_are(school: SmallSchool) -> None:
    office = school.ctx_for("business_manager")
    with school.database.writing() as session:
        session.get_one(Person, school.people["anna"]).family_name = "<b>O'Brien & Sons $parent"
    letter = issued(school)
    letters.record_sent(office, letter, SentHow.POST, ISSUED)
    letters.record_returned(office, letter, ISSUED, "</para><para>")
    (item,) = back(school)
    assert item.title.endswith("to Anna <b>O'Brien & Sons $parent")
    assert "</para><para>" in item.why
