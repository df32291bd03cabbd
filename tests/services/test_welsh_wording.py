"""The Welsh words: part by part as the English ones, with the same fields, and everywhere marked as to be checked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from smdesk.policy.vocabulary import Conduct
from smdesk.services import languages, letter_fields, letter_wording
from smdesk.services.letter_records import OFFICES, LetterKind
from smdesk.services.letter_wording import Facts, Pattern

WRITTEN = [(kind, audience) for kind in LetterKind for audience in letter_wording.audiences_of(kind)]
WELSH = [each for each in WRITTEN if letter_wording.shipped(*each, "cy") is not None]


def welsh(kind: LetterKind, audience: str = "") -> Pattern:
    found = letter_wording.shipped(kind, audience, "cy")
    assert found is not None
    return replace(found, phrases=letter_wording.shipped_phrases("cy"))


@pytest.mark.parametrize(("kind", "audience"), WELSH)
def test_each_letter_has_the_same_parts_under_the_same_conditions(kind: LetterKind, audience: str) -> None:
    english = letter_wording.shipped(kind, audience)
    assert english is not None
    found = welsh(kind, audience)
    assert [part.when for part in found.parts] == [part.when for part in english.parts]
    for one, other in zip(english.parts, found.parts, strict=True):
        # "help $other to end it" is "helpwch eich plentyn": the child is named where the letter says whom it is about.
        assert set(letter_wording.fields_in(other.text)) <= set(letter_wording.fields_in(one.text))
        lost = set(letter_wording.fields_in(one.text)) - set(letter_wording.fields_in(other.text))
        assert lost <= {"other"}
        assert one.text.count("\n# ") == other.text.count("\n# ")
        assert one.text.lstrip().startswith("# ") == other.text.lstrip().startswith("# ")
        assert one.text != other.text
    used = {name for part in english.parts for name in letter_wording.fields_in(part.text)}
    assert {name for part in found.parts for name in letter_wording.fields_in(part.text)} == used


@pytest.mark.parametrize(("kind", "audience"), WELSH)
def test_each_is_marked_as_to_be_checked(kind: LetterKind, audience: str) -> None:
    assert not welsh(kind, audience).checked
    english = letter_wording.shipped(kind, audience)
    assert english is not None
    assert english.checked
    assert welsh(kind, audience).subject != english.subject


def test_every_letter_to_somebody_is_there() -> None:
    """Letters to an office go out in English."""
    assert [each for each in WRITTEN if each[0] not in OFFICES] == WELSH


def test_there_are_welsh_words_for_every_phrase() -> None:
    english = letter_wording.shipped_phrases("en")
    found = letter_wording.shipped_phrases("cy")
    assert found.keys() == english.keys()
    for key, words in found.items():
        assert words.strip()
        assert letter_wording.fields_in(words) == letter_wording.fields_in(english[key])


def test_a_welsh_letter_is_welsh_throughout() -> None:
    facts = Facts(
        school="Ysgol y Ddraenen",
        reference="2026/0042",
        platform="",
        seen_on=date(2026, 3, 9),
        conduct=(Conduct.ABUSIVE,),
        rules=("Peidiwch â sarhau neb.",),
        reply_by=date(2026, 7, 17),
        contact="Mrs Reed, 01632 960002",
        complaints="ar ein gwefan.",
        language="Cymraeg",
    )
    words = letter_wording.compose(welsh(LetterKind.INVITATION), facts)
    assert "9 Mawrth 2026" in words.body
    assert "17 Gorffennaf 2026" in words.body
    assert "y cyfryngau cymdeithasol" in words.body
    assert "- geiriau ymosodol" in words.body
    for english in ("March", "July", "Please", "the ", "social media"):
        assert english not in words.body
    # Whoever reads Welsh is not told in Welsh that it can be explained in Welsh.
    assert "Cymraeg" not in words.body
    warned = replace(facts, first_warning=date(2026, 2, 3), first_warning_number="2026/L0003")
    second = letter_wording.compose(welsh(LetterKind.SECOND_WARNING), warned)
    assert "3 Chwefror 2026 (ein cyfeirnod 2026/L0003)" in second.body
    other = letter_wording.compose(welsh(LetterKind.INVITATION), replace(facts, language="Polish"))
    assert "(Polish)" in other.body


@pytest.mark.parametrize(("kind", "audience"), WELSH)
def test_marks_stand_where_the_fields_came_to_stand(kind: LetterKind, audience: str) -> None:
    found = welsh(kind, audience)
    values = {name: f"<{name}> ŵ" for name in letter_fields.fields_of(kind)}
    held = dict.fromkeys(letter_fields.conditions_of(kind), True)
    words = letter_wording.fill(found, values, held, letter_fields.fields_of(kind))
    assert words.marks
    for mark in words.marks:
        assert words.body[mark.start : mark.end] == values[mark.field]
    assert len(words.marks) == sum(len(letter_wording._FIELD.findall(part.text)) for part in found.parts)


def test_welsh_is_the_one_other_language_that_is_shipped() -> None:
    assert letter_wording.shipped_languages() == ("en", "cy")
    assert languages.label("cy") == "Welsh"
