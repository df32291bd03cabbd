"""Other people's pictures and children's names: INC-12, and no letter names another child."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from smdesk.errors import Refused
from smdesk.policy.vocabulary import Conduct, Notify, PersonKind
from smdesk.services import incidents, letters, people
from smdesk.services.letter_records import LetterStatus
from tests.scenarios.telling import INVITATION, Story


def test_inc_12_a_picture_without_consent_is_marked_for_the_data_protection_lead(story: Story) -> None:
    incident = story.logged(
        "Class photograph from Dojo on a public page",
        (Conduct.SCHOOL_CHANNEL_PHOTO, Conduct.DATA_WITHOUT_CONSENT),
        named="tariq",
        data_protection=True,
        consent_notes="Dojo only; mother never agreed to social media",
    )
    assert Notify.DATA_PROTECTION_LEAD in story.advice(incident).notify
    assert "one purpose at a time" in story.notes(incident, "INC-12")
    kept = story.opened(incident).draft
    assert kept.data_protection
    assert kept.consent_notes == "Dojo only; mother never agreed to social media"


def test_inc_12_consent_for_dojo_is_none_for_social_media_and_an_answer_taken_back_stays_on_record(
    story: Story,
) -> None:
    tariq = story.school.people["tariq"]
    people.record_consent(story.office, tariq, "Class Dojo", True, date(2025, 9, 8), "Mother")
    people.record_consent(story.office, tariq, "Social media", False, date(2025, 9, 8), "Mother")
    people.record_consent(
        story.office, tariq, "Class Dojo", False, date(2026, 2, 2), "Mother", "Changed her mind"
    )
    answers = people.record_of(story.office, tariq).consents
    current = {each.purpose: each.given for each in answers if each.current}
    assert current == {"Class Dojo": False, "Social media": False}
    assert [(each.purpose, each.given) for each in answers if not each.current] == [("Class Dojo", True)]


def typed_into(story: Story, letter: int, words: str) -> None:
    record = letters.get(story.office, letter)
    letters.save(
        story.office, letter, replace(record.edit, body=f"{record.edit.body}\n\n{words}"), record.version
    )


def handed_in(story: Story, letter: int) -> None:
    letters.submit(story.office, letter, letters.get(story.office, letter).version)


def test_the_words_the_school_begins_with_name_no_child_however_many_are_in_the_incident(
    story: Story,
) -> None:
    incident = story.logged(
        "Tariq Osei-Marsh and Sam fought, says the post",
        (Conduct.ALLEGATION, Conduct.PHOTO_OF_OTHERS),
        named="tariq",
        said="Tariq Osei-Marsh hit Sam Quillfeather",
    )
    letter = letters.draft(story.office, incident, INVITATION).id
    text = letters.get(story.office, letter).edit
    for name in ("Tariq", "Osei", "Marsh", "Sam "):
        assert name not in f"{text.subject}\n{text.body}"
    assert letters.name_check(story.office, letter) == []


def test_a_child_named_in_a_letter_stops_it_until_the_name_is_out(story: Story) -> None:
    incident = story.logged("Rude about a pupil", Conduct.NEGATIVE_ABOUT_PERSON, named="tariq")
    letter = letters.draft(story.office, incident, INVITATION).id
    typed_into(story, letter, "What you wrote about Tariq has upset his family.")
    (hit,) = letters.name_check(story.office, letter)
    assert (hit.person_id, hit.found) == (story.school.people["tariq"], "Tariq")
    handed_in(story, letter)
    with pytest.raises(Refused, match="Tariq"):
        story.approved(letter)
    letters.return_with_note(
        story.head, letter, letters.get(story.head, letter).version, "Please take his name out"
    )
    assert letters.get(story.office, letter).returned_note == "Please take his name out"

    record = letters.get(story.office, letter)
    clean = record.edit.body.replace("about Tariq has upset his family", "has upset a family")
    letters.save(story.office, letter, replace(record.edit, body=clean), record.version)
    handed_in(story, letter)
    story.approved(letter)
    story.issued(letter)
    assert "Tariq" not in story.paper(letter)


def test_a_name_may_stand_for_a_reason_which_is_signed_and_kept(story: Story) -> None:
    incident = story.logged("Rude about a pupil", Conduct.NEGATIVE_ABOUT_PERSON, named="tariq")
    letter = letters.draft(story.office, incident, INVITATION).id
    typed_into(story, letter, "What you wrote about Tariq has upset his family.")
    handed_in(story, letter)
    story.approved(letter, names_reason="Both families asked that it be said plainly")
    record = letters.get(story.office, letter)
    assert (record.status, record.names_reason) == (
        LetterStatus.APPROVED,
        "Both families asked that it be said plainly",
    )
    approved = next(line for line in story.timeline(incident) if "approved" in line.text)
    assert approved.reason == "Both families asked that it be said plainly"


def test_a_pupil_nobody_put_into_the_incident_is_found_all_the_same_even_one_who_comes_later(
    story: Story,
) -> None:
    """Every pupil on record is looked for: also Zadie, who joins between approval and issue."""
    incident = story.logged("Rude", Conduct.ABUSIVE)
    letter = letters.draft(story.office, incident, INVITATION).id
    typed_into(story, letter, "You also wrote about Zadie Plimsoll.")
    handed_in(story, letter)
    story.approved(letter)
    story.person("Plimsoll", "Zadie", kind=PersonKind.PUPIL)
    with pytest.raises(Refused, match="Zadie Plimsoll"):
        story.issued(letter)
    assert letters.get(story.office, letter).number == ""
    letters.withdraw(story.office, letter, "Names a child")
    incidents.close(
        story.office,
        incident,
        story.opened(incident).version,
        incidents.Outcome.RESOLVED_BY_TALK,
        "Spoke with her instead",
    )
