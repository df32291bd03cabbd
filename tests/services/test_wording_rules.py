"""What a wording must be like: fields by name, dollar signs, parts; and how two of them differ."""

from __future__ import annotations

from dataclasses import replace
from string import Template

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smdesk.services import letter_fields, letter_wording, wording_rules
from smdesk.services.letter_records import LetterKind
from smdesk.services.letter_wording import PHRASES, Part, Pattern
from smdesk.services.wording_records import WordingDraft

KIND = LetterKind.WRITTEN_WARNING.value
GOOD = WordingDraft("A warning", "Yours sincerely", (Part("About $platform, seen on $seen_on.", ""),))
NAMES = sorted(letter_fields.INCIDENT_FIELDS)


def fields_wrong(draft: WordingDraft, kind: str = KIND) -> list[str]:
    return [problem.field for problem in wording_rules.problems(kind, draft)]


def said(draft: WordingDraft, kind: str = KIND) -> str:
    return " ".join(problem.message for problem in wording_rules.problems(kind, draft))


def test_a_good_wording_has_no_problems() -> None:
    assert wording_rules.problems(KIND, GOOD) == []
    for kind in LetterKind:
        for audience in letter_wording.audiences_of(kind):
            for language in letter_wording.shipped_languages():
                found = letter_wording.shipped(kind, audience, language)
                if found is not None:
                    assert wording_rules.problems(kind.value, wording_rules.draft_of(found)) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Dear $parent", "there is no field “$parent”"),
        ("By $replyby", "Did you mean “$reply_by”?"),
        ("It costs $5", "a “$” stands alone at “It costs $5”"),
        ("It costs $", "Write $$ for a dollar sign"),
        ("${reply by}", "a “$” stands alone"),
        ("$ reference", "a “$” stands alone"),
        ("Dear $adult", "this letter has no field “$adult”"),
        ("  \n ", "it has no text"),
        ("x" * 20_001, "longer than 20,000"),
        ("a\U0001fae9b\ue000", "no letters to print"),
    ],
)
def test_what_is_wrong_with_a_part_is_said_with_its_number(text: str, words: str) -> None:
    draft = replace(GOOD, parts=(*GOOD.parts, Part(text, "")))
    assert fields_wrong(draft) == ["parts.1"]
    assert "Part 2" in said(draft)
    assert words in said(draft)


def test_a_doubled_dollar_and_braces_are_good() -> None:
    draft = replace(GOOD, parts=(Part("It costs $$5 at ${platform}s; $$platform is a word.", ""),))
    assert wording_rules.problems(KIND, draft) == []
    values = dict.fromkeys(NAMES, "x") | {"platform": "Ship"}
    words = letter_wording.fill(Pattern("A", "B", draft.parts), values, {}, letter_fields.INCIDENT_FIELDS)
    assert words.body == "It costs $5 at Ships; $platform is a word."
    assert [words.body[mark.start : mark.end] for mark in words.marks] == ["Ship"]


def test_subject_ending_and_conditions_are_looked_at() -> None:
    assert fields_wrong(replace(GOOD, subject=" ")) == ["subject"]
    assert fields_wrong(replace(GOOD, subject="About $stranger")) == ["subject"]
    assert fields_wrong(replace(GOOD, subject="x" * 201)) == ["subject"]
    assert fields_wrong(replace(GOOD, subject="Reference $reference")) == []
    assert fields_wrong(replace(GOOD, closing="")) == ["closing"]
    assert fields_wrong(replace(GOOD, closing="Yours, $school")) == ["closing"]
    assert fields_wrong(replace(GOOD, parts=())) == ["parts"]
    assert fields_wrong(replace(GOOD, parts=(Part("Hello", "removed"),))) == ["parts"]
    assert fields_wrong(replace(GOOD, parts=(*GOOD.parts, Part("Hello", "raining")))) == ["parts.1"]
    assert fields_wrong(replace(GOOD, parts=GOOD.parts * 61)) == ["parts"]
    # A subject stands in lists that more people read.
    named = replace(GOOD, subject="A connection with $other", parts=(Part("About $other", ""),))
    assert fields_wrong(named, LetterKind.EXCEPTION_ENDED.value) == ["subject"]


def test_phrases_keep_their_fields() -> None:
    words = letter_wording.shipped_phrases("en")
    parts = tuple(Part(text, key) for key, text in words.items())
    assert wording_rules.problems(PHRASES, WordingDraft("", "", parts)) == []
    for key, text, wanted in (
        ("words.dear", "Dear reader", "“$name” has to stand in it"),
        ("words.dear", "Dear $reader", "there is no field “$reader”"),
        ("words.social_media", "the $ net", "a “$” stands alone"),
        ("words.social_media", "one\ntwo", "in one line"),
        ("nonsense", "x", "no phrase “nonsense”"),
    ):
        assert wanted in said(WordingDraft("", "", (Part(text, key),)), PHRASES)
    # Not written yet: letters in that language wait for it.
    assert wording_rules.problems(PHRASES, WordingDraft("", "", (Part("", "words.dear"),))) == []


PLAIN = st.text(st.characters(exclude_characters="$", exclude_categories=("Cs",)), max_size=12)
PIECE = st.one_of(
    PLAIN.map(lambda text: (text, text, "")),
    st.sampled_from(NAMES).map(lambda name: (f"${{{name}}}", "", name)),
    st.just(("$$", "$", "")),
)


@given(st.lists(PIECE, max_size=12), st.dictionaries(st.sampled_from(NAMES), st.text(min_size=1, max_size=9)))
def test_fields_are_read_as_they_were_written(
    pieces: list[tuple[str, str, str]], typed: dict[str, str]
) -> None:
    """Whatever the texts and values are: a field gives its value, "$$" one dollar, and every mark its value."""
    values = {name: typed.get(name, "").strip() or f"<{name}>" for name in NAMES}
    source = "".join(piece[0] for piece in pieces)
    assert letter_wording.stray_dollars(source) == []
    assert letter_wording.fields_in(source) == list(dict.fromkeys(piece[2] for piece in pieces if piece[2]))
    wanted = "".join(values[name] if name else text for _, text, name in pieces)
    words = letter_wording.fill(Pattern("A", "B", (Part(source, ""),)), values, {}, {})
    assert words.body == wanted.strip() or words.body.strip() == wanted.strip()
    for mark in words.marks:
        assert words.body[mark.start : mark.end] == values[mark.field]
        assert "\n" not in values[mark.field]
    assert all(one.end <= other.start for one, other in zip(words.marks, words.marks[1:], strict=False))
    inline = [name for _, _, name in pieces if name and not letter_wording._brings_lines(values[name])]
    assert [mark.field for mark in words.marks] == inline


@example("$aA and ${platformX}")
@given(st.text(max_size=60))
def test_any_text_is_read_as_string_template_reads_it(text: str) -> None:
    """What is let through fills in; what is not is exactly what string.Template would not take, or an unknown name."""
    strays = letter_wording.stray_dollars(text)
    assert all(text[place] == "$" for place in strays)
    if not strays:
        names = letter_wording.fields_in(text)
        lower = Template(text)
        assert set(lower.get_identifiers()) == set(names)
        assert (
            lower.substitute(dict.fromkeys(names, "v"))
            == letter_wording._filled(text, dict.fromkeys(names, "v"))[0]
        )


def test_tidying_is_the_same_done_twice() -> None:
    loose = WordingDraft("  A\n warning ", " Yours  ", (Part("\n\n One.\n\n\n-   two\n", ""),))
    once = wording_rules.tidied(loose)
    assert once == wording_rules.tidied(once)
    assert once == WordingDraft("A warning", "Yours", (Part("One.\n\n- two", ""),))
    assert wording_rules.digest(once) == wording_rules.digest(replace(once, checked=False))
    assert wording_rules.digest(once) != wording_rules.digest(replace(once, closing="x"))
    assert wording_rules.digest(None) == ""


def test_differences_stand_part_by_part_and_word_by_word() -> None:
    before = WordingDraft(
        "A", "Yours", (Part("One two three.", ""), Part("Gone for good.", ""), Part("Last.", "removed"))
    )
    after = WordingDraft(
        "A",
        "Best wishes",
        (Part("One two and four.", ""), Part("Last.", "removed"), Part("New $reply_by.", "")),
    )
    found = wording_rules.differences(before, after, letter_fields.INCIDENT_CONDITIONS)
    assert [(each.place, each.same) for each in found] == [
        ("Subject", True),
        ("Part 1 · Always", False),
        ("Part 2 · Always", False),
        ("Part 3 · Only where the post can no longer be seen", True),
        ("Part 4 · Always", False),
        ("Ending", False),
    ]
    assert [(piece.text, piece.change) for piece in found[1].pieces] == [
        ("One two ", ""),
        ("three", "-"),
        ("and four", "+"),
        (".", ""),
    ]
    assert [piece.change for piece in found[2].pieces] == ["-"]
    assert [piece.change for piece in found[4].pieces] == ["+"]


TEXTS = st.text("ab $_{}\n.", max_size=20)


@given(st.lists(TEXTS, max_size=5), st.lists(TEXTS, max_size=5))
def test_no_word_of_either_wording_is_lost_in_the_comparison(one: list[str], other: list[str]) -> None:
    before = WordingDraft("A", "B", tuple(Part(text, "") for text in one))
    after = WordingDraft("A", "B", tuple(Part(text, "") for text in other))
    found = wording_rules.differences(before, after, {})[1:-1]
    texts = [
        ["".join(piece.text for piece in each.pieces if piece.change != sign) for each in found]
        for sign in ("+", "-")
    ]
    assert [text for text in texts[0] if text] == [text for text in one if text]
    assert [text for text in texts[1] if text] == [text for text in other if text]
