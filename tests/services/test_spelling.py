"""Spelling: what is underlined and what is left alone, and the words of the school's own."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from smdesk.db.models import AuditEntry
from smdesk.errors import Invalid, NotAllowed, StorageProblem
from smdesk.paths import resource
from smdesk.services import letter_wording, spelling
from smdesk.services import school as details
from tests.support.school import SmallSchool


def wrong(text: str, own: frozenset[str] = frozenset()) -> list[str]:
    return [text[start:end] for start, end in spelling.check(text, own)]


def test_what_is_spelt_wrong_is_found_where_it_stands() -> None:
    text = "😀 The colour is wierd. Plaese ring."
    assert wrong(text) == ["wierd", "Plaese"]
    assert spelling.check(text)[0] == (16, 21)


@pytest.mark.parametrize(
    "text",
    [
        "organise, organize and organisation",
        "the pupil’s and the pupil's and O'Brien",
        "e-mail, follow-up and well-being",
        "our reference 2026/L0003 and 3rd of March",
        "reply to offise@exampel.sch.uk or www.exmple.sch.uk/complaintz",
        "POSH, the NSPCC and the DSL",
        "محمد রহিমা 王小明",
        "$reply_by and ${schol}",
        "x y z",
        "",
    ],
)
def test_what_is_left_alone(text: str) -> None:
    assert wrong(text) == []


def test_american_spelling_is_not_ours() -> None:
    assert wrong("the color of the behavior") == ["color", "behavior"]


def test_words_of_their_own_are_known_in_every_form() -> None:
    own = spelling.words_in(["Miss Anna Quillfeather"])
    assert wrong("Quillfeather, Quillfeather’s and quillfeather", own) == []
    assert wrong("Quilfeather", own) == ["Quilfeather"]


def test_suggestions_are_few_and_the_likeliest_comes_first() -> None:
    assert spelling.suggestions("wierd")[0] == "weird"
    assert len(spelling.suggestions("teh")) <= spelling.MOST_SUGGESTIONS
    assert spelling.suggestions("w" * 61) == ()
    assert "don’t" in spelling.suggestions("dont’t")


@given(st.text(max_size=200))
def test_any_text_can_be_checked(text: str) -> None:
    for start, end in spelling.check(text):
        assert text[start:end].strip() == text[start:end] != ""


def test_the_letters_we_ship_are_spelt_right() -> None:
    words = letter_wording.table("en")
    for kind, held in words.items():
        for part in held.get("part", ()) if isinstance(held, dict) else ():
            assert wrong(part["text"]) == [], kind


def test_a_long_text_takes_a_moment_and_no_more() -> None:
    spelling.check("warm")
    text = "The quick brown fox jumps over the lazy dog wherever Plaese stands. " * 300
    began = time.perf_counter()
    assert len(spelling.check(text)) == 300
    # Measured at 0.02 s; twenty times that is still nothing for a worker.
    assert time.perf_counter() - began < 0.5


def test_a_text_in_another_language_is_not_underlined_without_end() -> None:
    assert len(spelling.check("zzqx " * 2_000)) == spelling.MOST_FOUND


def test_the_library_is_read_only_where_spelling_is_checked() -> None:
    code = (
        "import sys, smdesk.services.spelling as s; a = 'hunspell' in sys.modules; s.check('x yes'); print(a)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_list_comes_in_parts_that_hold_up_the_window_for_a_moment_each() -> None:
    parts = [
        file.read_text(encoding="utf-8").splitlines() for file in resource("spelling").glob("en_GB*.dic")
    ]
    assert len(parts) == 10
    # The library holds the interpreter while it reads one: 6 ms for so many.
    assert all(int(count) == len(words) <= 10_000 for count, *words in parts)
    entries = [{word.split("/")[0] for word in words} for _count, *words in parts]
    # What stands in a part is looked for no further: all entries of one word are together.
    assert sum(map(len, entries)) == len(set().union(*entries))
    for words in entries:
        assert wrong(" ".join(word for word in sorted(words)[5000:5300] if word.isalpha())) == []


@pytest.fixture
def no_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    spelling._dictionary.cache_clear()
    monkeypatch.setattr(spelling, "resource", lambda *parts: tmp_path.joinpath(*parts))
    yield
    spelling._dictionary.cache_clear()


def test_a_missing_list_is_said_in_a_sentence(no_list: None) -> None:
    with pytest.raises(StorageProblem, match="Install SM Desk again"):
        spelling.check("some words")


# The school's own words


def test_a_word_is_added_once_and_removed(school: SmallSchool) -> None:
    office = school.ctx_for("business_manager")
    spelling.add_word(office, " Brambledown’s ")
    spelling.add_word(office, "brambledown's")
    assert spelling.own_words(office) == {"brambledown"}
    spelling.remove_word(office, "Brambledown's")
    spelling.remove_word(office, "Brambledown's")
    assert spelling.own_words(office) == frozenset()
    with school.database.reading() as session:
        actions = [entry.action for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.seq))]
    assert [each for each in actions if each.startswith("school.word")] == [
        "school.word_added",
        "school.word_removed",
    ]


def test_the_words_stay_when_the_schools_details_are_saved(school: SmallSchool) -> None:
    spelling.add_word(school.ctx_for("business_manager"), "brambledown")
    head = school.ctx_for("headteacher")
    record = details.get(head)
    details.save(head, record, record.version)
    assert spelling.own_words(head) == {"brambledown"}


@pytest.mark.parametrize("word", ["", "two words", "3rd", "<b>", "x" * 61, '=HYPERLINK("x")'])
def test_what_is_no_word_is_not_added(school: SmallSchool, word: str) -> None:
    with pytest.raises(Invalid):
        spelling.add_word(school.ctx_for("business_manager"), word)


def test_governors_add_no_words(school: SmallSchool) -> None:
    with pytest.raises(NotAllowed):
        spelling.add_word(school.ctx_for("governor"), "word")


def test_the_schools_own_names_are_spelt_right(school: SmallSchool) -> None:
    office = school.ctx_for("business_manager")
    record = details.get(office)
    head = details.Contact("staff", "Mrs R. Thrapwhistle", "01632 960140")
    details.save(office, replace(record, contacts=(head,)), record.version)
    text = "Brambleford Primary School, or Mrs Thrapwhistle. Not Mr Thrapwistle."
    assert wrong(text, spelling.school_words(office)) == ["Thrapwistle"]
