"""The wording belongs to the school, the language to whoever reads the letter, and the print to their eyes (DOC-1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pikepdf
import pytest

from smdesk.errors import Invalid, NotAllowed, Refused
from smdesk.policy.vocabulary import Conduct
from smdesk.services import letters, wording_previews, wordings
from smdesk.services.connection_records import DecisionKind
from smdesk.services.letter_records import LetterKind, PaperLook
from smdesk.services.letter_wording import PHRASES, Part
from smdesk.services.wording_records import WordingDraft, WordingKey, WordingState
from tests.documents.reading import opened, texts_of
from tests.documents.test_names import spelt
from tests.scenarios.telling import INVITATION, Story, printed
from tests.scenarios.telling_papers import archived, whole_way

KEY = WordingKey(INVITATION.value, "", "en")
WELSH = replace(KEY, language="cy")
URDU = replace(KEY, language="ur")


def invitation(story: Story, summary: str = "About the caretaker") -> int:
    incident = story.logged(summary, Conduct.ABUSIVE, platform="facebook")
    return letters.draft(story.office, incident, INVITATION).id


def own(text: str = "Please come and see $contact about $platform. Reply by $reply_by.") -> WordingDraft:
    return WordingDraft("Come and talk to us", "With kind regards", (Part(text, ""),))


def paper_of(story: Story, letter: int) -> bytes:
    return letters.issued_pdf(story.office, letter)


def test_the_headteachers_own_wording_is_changed_used_compared_and_taken_back(story: Story) -> None:
    before = invitation(story, "Before")
    first = whole_way(story, before)
    with pytest.raises(NotAllowed):
        wordings.save(story.office, KEY, own(), "The office thinks so", 0)

    # Looked at with a sample and with a real case, and nothing is kept of either.
    sample = wording_previews.sample(story.head, KEY, own())
    assert "Please come and see Mrs Reed" in printed(sample)
    story.logged("Real", Conduct.ABUSIVE, platform="instagram")
    case = wording_previews.real_cases(story.head, KEY.kind)[0]
    audited = story.audited
    assert "about Instagram" in printed(wording_previews.real(story.head, KEY, own(), case))
    assert story.audited == audited
    assert wordings.get(story.head, KEY).row.state is WordingState.SHIPPED

    wordings.save(story.head, KEY, own(), "The governors asked for plainer words", 0)
    words = whole_way(story, invitation(story, "After"))
    assert "Please come and see" in words
    assert "With kind regards" in words
    # What went out before stays as it went out, whatever is saved later.
    assert archived(story, before) == first
    assert "Please come and see" not in first

    found = wordings.compare(story.head, KEY)
    assert any(not each.same for each in found)
    gone = " ".join(piece.text for each in found for piece in each.pieces if piece.change == "-")
    come = " ".join(piece.text for each in found for piece in each.pieces if piece.change == "+")
    assert "invitation" in gone.casefold()
    assert "Please come and see" in come

    wordings.restore_shipped(story.head, KEY, "It was better before", 1)
    again = whole_way(story, invitation(story, "Last"))
    assert "Please come and see" not in again
    assert [(each.number, each.shipped) for each in wordings.versions(story.office, KEY)] == [
        (2, True),
        (1, False),
    ]
    assert story.faults() == []


def test_a_draft_under_way_keeps_its_words_though_the_wording_changes(story: Story) -> None:
    letter = invitation(story)
    body = letters.get(story.office, letter).edit.body
    wordings.save(story.head, KEY, own(), "Plainer words", 0)
    assert letters.get(story.office, letter).edit.body == body
    words = whole_way(story, letter)
    assert "Please come and see" not in words
    assert "With kind regards" not in words


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("It costs $ 5", "Write $$ for a dollar sign"),
        ("It costs 5$", "Write $$ for a dollar sign"),
        ("Dear $parent", "no field “$parent”"),
        ("Dear ${contact.__class__}", "“$” stands alone"),
        ("See $contakt", "Did you mean “$contact”?"),
        ("See $link", "no field “$link”"),
    ],
)
def test_a_wording_that_could_not_be_filled_in_is_not_kept(story: Story, text: str, says: str) -> None:
    with pytest.raises(Invalid) as caught:
        wordings.save(story.head, KEY, own(text), "A try", 0)
    (problem,) = caught.value.problems
    assert (problem.field, says in problem.message) == ("parts.0", True), problem.message
    assert problem.message.startswith("Part 1: ")
    with pytest.raises(Invalid):
        wording_previews.sample(story.head, KEY, own(text))
    assert wordings.versions(story.head, KEY) == []


def test_a_field_with_nothing_in_it_stops_the_letter_and_is_named(story: Story) -> None:
    wordings.save(story.head, KEY, own("We asked you on $asked_on."), "With its day", 0)
    incident = story.logged("Nobody asked", Conduct.ABUSIVE, platform="facebook")
    before = story.audited
    with pytest.raises(Invalid) as caught:
        letters.draft(story.office, incident, INVITATION)
    assert "the day removal was asked for" in str(caught.value)
    assert letters.for_incident(story.office, incident) == []
    assert story.audited == before


# A Welsh family


def test_a_welsh_family_has_its_letter_with_the_english_copy_and_is_checked_first(story: Story) -> None:
    story.changed("anna", language="Cymraeg")
    letter = invitation(story)
    assert "Have this checked by a Welsh speaker" in letters.get(story.office, letter).matter_note
    words = whole_way(story, letter)
    assert words.index("Annwyl Ms Quillfeather") < words.index("English copy")
    assert words.index("English copy") < words.index("Dear Ms Quillfeather")
    pages = texts_of(paper_of(story, letter))
    copy = next(page for page in pages if "English copy" in page)
    assert "Annwyl" not in copy
    with opened(paper_of(story, letter)) as document:
        assert str(document.Root.Lang).startswith("cy")
        languages = {
            str(thing.Lang)
            for thing in document.objects
            if isinstance(thing, pikepdf.Dictionary) and "/Lang" in thing
        }
    assert any(each.startswith("en") for each in languages), "a voice must change with the language"

    # The day to answer by is the same in both, each in its own words.
    record = letters.get(story.office, letter)
    assert record.edit.reply_by is not None
    day = record.edit.reply_by
    assert f"{day.day} {day:%B} {day.year}" in record.edit.english_body
    assert f"{day.day} Mawrth {day.year}" in record.edit.body
    assert all(each.language == "cy" for each in letters.rows(story.office, [letter]))


@pytest.mark.parametrize("what", ["invitation", "exception"])
def test_the_english_copy_ends_as_the_schools_own_english_letters_did_when_it_was_drafted(
    story: Story, what: str
) -> None:
    story.changed("anna", language="Welsh")
    key = KEY
    if what == "exception":
        exception = story.put_forward()
        review = story.today + timedelta(days=100)
        story.decided(exception, DecisionKind.APPROVE, review_on=review)
        key = WordingKey(LetterKind.EXCEPTION_APPROVED.value, "parent", "en")
    draft = wordings.get(story.head, key).draft
    wordings.save(story.head, key, replace(draft, closing="With all good wishes"), "Kinder", 0)
    story.days_pass(1)
    if what == "exception":
        anna = story.school.people["anna"]
        letter = letters.draft_for_exception(story.office, exception, LetterKind.EXCEPTION_APPROVED, anna).id
    else:
        letter = invitation(story)
    story.days_pass(1)
    wordings.save(story.head, key, replace(draft, closing="Yours in haste"), "Shorter", 1)
    words = whole_way(story, letter)
    assert "Yn gywir" in words
    assert "With all good wishes" in words
    assert "Yours in haste" not in words


def test_a_name_put_into_the_english_copy_is_seen_by_whoever_signs(story: Story) -> None:
    story.changed("anna", language="Welsh")
    letter = invitation(story)
    record = letters.get(story.office, letter)
    told = replace(record.edit, english_body=f"{record.edit.english_body}\n\nIt hurt Tariq Osei-Marsh.")
    letters.save(story.office, letter, told, record.version)
    letters.submit(story.office, letter, letters.get(story.office, letter).version)
    with pytest.raises(Refused, match="Osei-Marsh"):
        story.approved(letter)


def test_when_a_welsh_speaker_has_checked_it_nobody_is_asked_again(story: Story) -> None:
    story.changed("anna", language="Cymraeg")
    draft = wordings.get(story.head, WELSH).draft
    assert not draft.checked
    wordings.save(story.head, WELSH, replace(draft, checked=True), "Mrs Ŵyn read it", 0)
    assert "Have this checked" not in letters.get(story.office, invitation(story)).matter_note


# From right to left


def in_urdu(story: Story, text: str = "براہ کرم $contact سے $platform کے بارے میں بات کریں۔") -> WordingDraft:
    phrases = WordingKey(PHRASES, "", "ur")
    draft = wordings.get(story.head, phrases).draft
    wordings.save(story.head, phrases, replace(draft, checked=True), "By the interpreter", 0)
    made = WordingDraft("بات چیت کی دعوت", "آپ کا مخلص", (Part(text, ""),))
    wordings.save(story.head, URDU, made, "By the interpreter", 0)
    return made


def test_an_urdu_wording_is_laid_out_from_the_right_with_the_english_after_it(story: Story) -> None:
    story.changed("anna", language="Urdu")
    in_urdu(story)
    letter = invitation(story)
    assert letters.get(story.office, letter).language == "ur"
    words = whole_way(story, letter)
    assert "English copy" in words
    paper = paper_of(story, letter)
    read = "".join((spelt(paper) + words).split())
    assert "بارے" in read
    with opened(paper) as document:
        assert str(document.Root.Lang) == "ur"


def test_what_no_typeface_can_draw_is_refused_by_name_and_never_garbled(story: Story) -> None:
    made = in_urdu(story)
    unknown = replace(made, parts=(Part("ދިވެހި $contact", ""),))
    with pytest.raises(Invalid, match="no letters to print"):
        wordings.save(story.head, URDU, unknown, "A try", 1)
    letter = invitation(story)
    record = letters.get(story.office, letter)
    typed = replace(record.edit, body=f"{record.edit.body}\n\nދިވެހި")
    letters.save(story.office, letter, typed, record.version)
    with pytest.raises(Invalid, match=r"typeface.*thaana"):
        letters.preview_pdf(story.office, letter)


# Print


@pytest.mark.parametrize("look", [PaperLook.LARGE, PaperLook.DYSLEXIA])
def test_each_reader_has_the_print_they_can_read_from_their_record(story: Story, look: PaperLook) -> None:
    usual = invitation(story, "Usual")
    whole_way(story, usual)
    story.changed("anna", paper_look=look)
    letter = invitation(story, "Large")
    whole_way(story, letter)
    sizes = {each: _largest_body(paper_of(story, each)) for each in (usual, letter)}
    assert sizes[letter] > sizes[usual]
    assert sizes[letter] >= (16 if look is PaperLook.LARGE else 14)
    # Nobody else's paper changes with it.
    story.changed("ben", address="3 Orchard Way\nBrambleford", postcode="ZZ9 9ZZ")
    incident = story.logged("His", Conduct.ABUSIVE, author="ben")
    his = letters.draft(story.office, incident, LetterKind.INVITATION).id
    assert letters.get(story.office, his).edit.look is PaperLook.STANDARD


def _largest_body(paper: bytes) -> float:
    """The size most of the letter's words are set in, in points."""
    import pypdfium2

    document = pypdfium2.PdfDocument(paper)
    try:
        page = document[0].get_textpage()
        text = page.get_text_range()
        start = text.index("A post")
        return round(pypdfium2.raw.FPDFText_GetFontSize(page.raw, start), 1)
    finally:
        document.close()
