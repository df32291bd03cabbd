"""The words of the letters: every kind, every condition, and what stops them."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date

import pytest

from smdesk.documents.letter import Heading
from smdesk.errors import Invalid
from smdesk.policy.vocabulary import Conduct
from smdesk.services import letter_fields, letter_text, letter_wording
from smdesk.services.letter_records import ASKS_FOR_AN_ANSWER, LetterKind
from smdesk.services.letter_wording import Facts, Pattern, Words

FULL = Facts(
    school="Thistledown Primary School",
    reference="2026/0042",
    platform="Facebook",
    seen_on=date(2026, 3, 9),
    conduct=(Conduct.ABUSIVE, Conduct.DEFAMATION),
    rules=("Nobody should post what insults.",),
    reply_by=date(2026, 3, 17),
    contact="Mrs Reed, by telephone on 01632 960002",
    complaints="on our website.",
    channels="Class Dojo, ParentPay",
    language="Polish",
    asked_on=date(2026, 3, 10),
    first_warning=date(2025, 2, 3),
    first_warning_number="2025/L0007",
)


def english(kind: LetterKind) -> Pattern:
    found = letter_wording.shipped(kind)
    assert found is not None
    return replace(found, phrases=letter_wording.shipped_phrases("en"))


def compose(kind: LetterKind, facts: Facts) -> Words:
    return letter_wording.compose(english(kind), facts)


# Written with the shipped English words
WRITTEN = [kind for kind in sorted(ASKS_FOR_AN_ANSWER) if letter_wording.audiences_of(kind)]


@pytest.mark.parametrize("kind", WRITTEN)
def test_each_letter_says_what_it_must(kind: LetterKind) -> None:
    words = compose(kind, FULL)
    for part in (
        "Facebook",
        "9 March 2026",
        "aggressive, rude or insulting",
        "Nobody should post what insults.",
        "17 March 2026",
        "Mrs Reed, by telephone on 01632 960002",
        "2026/0042",
        "complaints procedure",
        "Where to find it: on our website.",
        "Class Dojo, ParentPay",
        "Polish",
    ):
        assert part in words.body
    assert "$" not in words.body
    assert ".." not in words.body
    assert words.closing == "Yours sincerely"
    assert words.subject


def test_a_second_warning_cites_the_first_by_its_date() -> None:
    assert (
        "in writing on 3 February 2025 (our reference 2025/L0007)."
        in compose(LetterKind.SECOND_WARNING, FULL).body
    )
    with pytest.raises(Invalid) as caught:
        compose(LetterKind.SECOND_WARNING, replace(FULL, first_warning=None))
    assert [problem.field for problem in caught.value.problems] == ["first_warning"]


def test_parts_stand_only_where_they_hold() -> None:
    gone = compose(
        LetterKind.WRITTEN_WARNING, replace(FULL, removed=True, channels="", language="english")
    ).body
    assert "can no longer be seen" in gone
    assert "Please remove" not in gone
    assert "10 March 2026" not in gone
    assert "channels between" not in gone
    assert "explained in" not in gone
    assert (
        "We asked for the post to be removed on 10 March 2026."
        in compose(LetterKind.WRITTEN_WARNING, FULL).body
    )


@pytest.mark.parametrize("kind", WRITTEN)
@pytest.mark.parametrize(
    ("field", "empty"),
    [("contact", ""), ("complaints", " "), ("rules", ()), ("conduct", ()), ("reply_by", None)],
)
def test_what_is_missing_is_named(kind: LetterKind, field: str, empty: object) -> None:
    with pytest.raises(Invalid) as caught:
        compose(kind, replace(FULL, **{field: empty}))
    name = {"conduct": "conduct_list"}.get(field, field)
    assert [problem.field for problem in caught.value.problems] == [name]
    assert letter_fields.INCIDENT_FIELDS[name] in str(caught.value)


def test_every_kind_of_conduct_a_letter_may_be_about_has_words() -> None:
    for conduct in Conduct:
        if conduct is Conduct.SEXUAL_IMAGERY_OF_CHILD:
            continue  # no letter is written about it (INC-6)
        assert compose(LetterKind.INVITATION, replace(FULL, conduct=(conduct,))).body


@pytest.mark.parametrize("kind", [kind for kind in LetterKind if letter_wording.audiences_of(kind)])
def test_every_part_uses_known_fields_and_conditions(kind: LetterKind) -> None:
    for audience in letter_wording.audiences_of(kind):
        found = letter_wording.shipped(kind, audience)
        assert found is not None
        for part in found.parts:
            assert not letter_wording.stray_dollars(part.text)
            assert set(letter_wording.fields_in(part.text)) <= set(letter_fields.fields_of(kind))
            assert not part.when or part.when in letter_fields.conditions_of(kind)


def test_no_condition_leaves_a_heading_without_text() -> None:
    for kind, removed, channels, language in itertools.product(
        WRITTEN, (True, False), ("", "Dojo"), ("", "Urdu")
    ):
        found = letter_text.parse(
            compose(kind, replace(FULL, removed=removed, channels=channels, language=language)).body
        )
        for one, two in itertools.pairwise([*found, Heading("end")]):
            assert not (isinstance(one, Heading) and isinstance(two, Heading)), one


def test_a_dollar_in_what_the_school_typed_is_only_a_dollar() -> None:
    assert (
        "$complaints and $5"
        in compose(LetterKind.INVITATION, replace(FULL, contact="$complaints and $5")).body
    )
