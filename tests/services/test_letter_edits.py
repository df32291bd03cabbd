"""A letter's text as somebody edits it: places of fields, the day to answer by, the English copy."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from smdesk.errors import Invalid
from smdesk.services import letter_edits
from smdesk.services.letter_records import Envelope, LetterEdit, LetterKind, Mark, PaperLook, has_address

DAY, LATER = date(2026, 3, 20), date(2026, 4, 2)
BODY = "Seen on 20 March 2026. Answer by 20 March 2026, reference 2026/0001."
MARKS = (Mark(8, 21, "seen_on"), Mark(33, 46, "reply_by"), Mark(58, 67, "reference"))


def edit(**fields: object) -> LetterEdit:
    given: dict[str, object] = {
        "subject": "A post",
        "addressee": "Ms A. Example\n1 Lane",
        "salutation": "Dear Ms Example",
        "body": BODY,
        "reply_by": DAY,
        "marks": MARKS,
    }
    return LetterEdit(**{**given, **fields})  # type: ignore[arg-type]  # each field has its own type


def words(found: LetterEdit) -> list[tuple[str, str]]:
    return [(mark.field, found.body[mark.start : mark.end]) for mark in found.marks]


def test_the_sample_is_sound() -> None:
    assert words(edit()) == [
        ("seen_on", "20 March 2026"),
        ("reply_by", "20 March 2026"),
        ("reference", "2026/0001"),
    ]


def test_the_day_to_answer_by_moves_and_another_date_of_the_same_day_stays() -> None:
    moved = letter_edits.with_day_moved(edit(reply_by=LATER), DAY, "en")
    assert moved.body == "Seen on 20 March 2026. Answer by 2 April 2026, reference 2026/0001."
    assert words(moved) == [
        ("seen_on", "20 March 2026"),
        ("reply_by", "2 April 2026"),
        ("reference", "2026/0001"),
    ]


def test_without_places_every_mention_moves() -> None:
    moved = letter_edits.with_day_moved(edit(reply_by=LATER, marks=()), DAY, "en")
    assert moved.body == "Seen on 2 April 2026. Answer by 2 April 2026, reference 2026/0001."


def test_the_day_moves_in_both_languages() -> None:
    welsh = edit(body="Atebwch erbyn 20 Mawrth 2026.", marks=(Mark(14, 28, "reply_by"),), reply_by=LATER)
    welsh = replace(welsh, english_body="Answer by 20 March 2026.")
    moved = letter_edits.with_day_moved(welsh, DAY, "cy")
    assert (moved.body, moved.english_body) == ("Atebwch erbyn 2 Ebrill 2026.", "Answer by 2 April 2026.")
    assert words(moved) == [("reply_by", "2 Ebrill 2026")]


@pytest.mark.parametrize(("before", "after"), [(DAY, None), (LATER, LATER)])
def test_a_day_that_did_not_move_changes_nothing(before: date, after: date | None) -> None:
    assert letter_edits.with_day_moved(edit(reply_by=after), before, "en") == edit(reply_by=after)


@pytest.mark.parametrize(
    "marks",
    [
        (Mark(0, 500, "a"),),
        (Mark(-1, 3, "a"),),
        (Mark(5, 5, "a"),),
        (Mark(5, 9, ""),),
        (Mark(5, 9, "a"), Mark(8, 12, "b")),
        (Mark(8, 12, "b"), Mark(0, 4, "a")),
    ],
)
def test_places_that_cannot_be_are_dropped(marks: tuple[Mark, ...]) -> None:
    assert letter_edits.tidied(edit(marks=marks)).marks == ()


def test_places_follow_when_space_before_the_text_goes() -> None:
    spaced = edit(body=f"\n\n {BODY} \n", marks=tuple(Mark(m.start + 3, m.end + 3, m.field) for m in MARKS))
    tidy = letter_edits.tidied(spaced)
    assert (tidy.body, tidy.marks) == (BODY, MARKS)


def test_places_are_not_kept_where_lines_ended_in_another_way() -> None:
    tidy = letter_edits.tidied(edit(body=f"One\r\n{BODY}"))
    assert (tidy.body, tidy.marks) == (f"One\n{BODY}", ())


def test_tidying_keeps_look_envelope_and_copy() -> None:
    tidy = letter_edits.tidied(
        edit(look=PaperLook.LARGE, envelope=Envelope.C5, english_subject=" A  post ", english_body="x\r\ny ")
    )
    assert (tidy.look, tidy.envelope) == (PaperLook.LARGE, Envelope.C5)
    assert (tidy.english_subject, tidy.english_body) == ("A post", "x\ny")


def test_a_letter_in_another_language_needs_its_english_copy() -> None:
    letter_edits.check(edit(), date(2026, 3, 1), LetterKind.INVITATION, "en")
    with pytest.raises(Invalid) as caught:
        letter_edits.check(edit(), date(2026, 3, 1), LetterKind.INVITATION, "cy")
    assert [each.field for each in caught.value.problems] == [
        "english_subject",
        "english_salutation",
        "english_body",
    ]


def test_name_and_nine_lines_fit_the_window_and_a_tenth_does_not() -> None:
    lines = "\n".join(f"Line {number}" for number in range(10))
    letter_edits.check(edit(addressee=lines), date(2026, 3, 1), LetterKind.INVITATION)
    with pytest.raises(Invalid, match="10 lines"):
        letter_edits.check(edit(addressee=f"{lines}\nmore"), date(2026, 3, 1), LetterKind.INVITATION)


def test_what_differs_is_told_in_words() -> None:
    found = letter_edits.differences(edit(), edit(look=PaperLook.DYSLEXIA, envelope=Envelope.C5, marks=()))
    assert [(each.label, each.theirs, each.mine) for each in found] == [
        ("How it is set", "Standard", "Dyslexia-friendly"),
        ("Envelope", "DL (folded in three)", "C5 (folded once)"),
    ]


def test_an_e_mail_address_is_nowhere_to_post_a_letter_to() -> None:
    assert has_address("Ms A. Example\n1 Lane")
    assert not has_address("The helpline\nhelp@line.example")
    assert not has_address("The police")
