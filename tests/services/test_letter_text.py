"""The text of a letter and its blocks: nothing is lost either way, and a quoted post stays as it was written."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdesk.documents.letter import BodyBlock, Bullets, Heading, Paragraph
from smdesk.services.letter_records import Mark
from smdesk.services.letter_text import (
    BlockKind,
    Laid,
    Piece,
    follow,
    laid_out,
    literal,
    parse,
    placed,
    plain,
    write,
    written,
)

HOSTILE = (
    "<b>O'Brien & Sons",
    "</para><para>",
    '<img src="/etc/passwd"/>',
    '=HYPERLINK("x")',
    "$parent",
    "Zażółć Nguyễn محمد রহিমা 王小明",
    "- not an item",
    "# not a heading",
    "12. not a number",
    "\\- already escaped",
    "\\\\# twice",
)
texts = st.text(
    st.one_of(
        st.sampled_from("ab \\-#1.0$\n\r\u2028\u2029\t😀é\xa0"), st.characters(exclude_categories=["Cs"])
    )
)
blocks = st.lists(
    st.one_of(
        texts.map(Paragraph),
        texts.map(Heading),
        st.builds(Bullets, st.lists(texts, max_size=4).map(tuple), st.booleans()),
    ),
    max_size=6,
)


def said(block: BodyBlock) -> list[BodyBlock]:
    """The block as it may come back: blank lines start paragraphs, a heading or an item is one line."""

    def flat(text: str) -> str:
        return re.sub("[\n\r\u2028\u2029]", " ", text).strip()

    if isinstance(block, Paragraph):
        lines = [line.strip() for line in re.split("\r\n|[\n\r\u2028\u2029]", block.text)]
        runs = re.split("\n\n+", "\n".join(lines).strip("\n"))
        return [Paragraph(run) for run in runs if run]
    if isinstance(block, Heading):
        return [Heading(flat(block.text))] if flat(block.text) else []
    items = tuple(flat(item) for item in block.items if flat(item))
    return [Bullets(items, block.numbered)] if items else []


@given(blocks)
def test_what_is_written_is_read_back(given_blocks: list[BodyBlock]) -> None:
    expected = [each for block in given_blocks for each in said(block)]
    assert list(parse(write(given_blocks))) == expected


@given(texts)
def test_a_text_that_was_read_and_written_once_stays_as_it_is(text: str) -> None:
    once = write(parse(text))
    assert parse(once) == parse(text)
    assert write(parse(once)) == once


@given(texts)
def test_literal_words_never_become_headings_or_lists(text: str) -> None:
    assert all(isinstance(block, Paragraph) for block in parse(literal(text)))
    assert parse(literal(text)) == tuple(said(Paragraph(text)))


@given(
    st.lists(st.tuples(st.sampled_from(list(BlockKind)), st.lists(texts, min_size=1, max_size=3)), max_size=5)
)
def test_marks_come_back_where_their_words_stand(drawn: list[tuple[BlockKind, list[str]]]) -> None:
    laid = [Laid(kind, tuple((Piece("To "), Piece(word, "who")) for word in words)) for kind, words in drawn]
    text, marks = written(laid)
    for mark in marks:
        assert text[mark.start : mark.end].strip()
        assert "\n" not in text[mark.start : mark.end]
    again, same = written(laid_out(text, marks))
    assert (again, same) == (text, marks)


def test_forty_lines_of_a_quoted_post_come_out_as_they_were_written() -> None:
    post = [f"{HOSTILE[number % len(HOSTILE)]} {number}" for number in range(40)]
    assert parse("Before\n\n" + literal("\n".join(post)) + "\n\nAfter") == (
        Paragraph("Before"),
        Paragraph("\n".join(post)),
        Paragraph("After"),
    )


def test_the_marks_of_headings_and_lists() -> None:
    text = "# What we ask\n\nPlease:\n- remove it\n- ring us\n\n1. First\n2. Second\n\n3. Third\n\n1. Anew"
    assert parse(text) == (
        Heading("What we ask"),
        Paragraph("Please:"),
        Bullets(("remove it", "ring us")),
        Bullets(("First", "Second", "Third"), numbered=True),
        Bullets(("Anew",), numbered=True),
    )


def test_where_nothing_can_be_set_bold_the_marks_are_not_shown() -> None:
    text = (
        "# What we ask\n\nPlease:\n- remove it\n- ring us\n\n1. First\n2. Second\n\n\\- not an item\n\\# tag"
    )
    assert plain(text) == (
        "What we ask\n\nPlease:\n\n• remove it\n• ring us\n\n1. First\n2. Second\n\n- not an item\n# tag"
    )


@pytest.mark.parametrize("text", ["-", "#", "1.", "-item", "#tag", "1.5 miles", "2026. We", "- ", "—"])
def test_what_only_comes_near_a_mark_is_text(text: str) -> None:
    assert parse(text) == (Paragraph(text.strip()),)
    assert write(parse(text)) == text.strip()


def test_a_field_is_a_piece_of_its_line_and_no_more() -> None:
    text = "Answer by 3 March 2026.\n\n- one\n- two"
    (first, _) = laid_out(text, (Mark(10, 22, "reply_by"), Mark(25, 36, "list")))
    assert [(piece.text, piece.field) for piece in first.lines[0]] == [
        ("Answer by ", ""),
        ("3 March 2026", "reply_by"),
        (".", ""),
    ]
    assert written(laid_out(text, (Mark(10, 22, "reply_by"), Mark(25, 36, "list"))))[1] == (
        Mark(10, 22, "reply_by"),
    )


def test_marks_out_of_place_are_passed_over() -> None:
    marks = (Mark(5, 2, "a"), Mark(0, 4, "b"), Mark(2, 6, "c"), Mark(90, 95, "d"))
    assert written(laid_out("Dear all", marks))[1] == (Mark(0, 4, "b"),)


def test_places_say_what_was_left_out_before_them() -> None:
    _, places = placed([Laid(BlockKind.PARAGRAPH, ((Piece("  - 😀 x", at=7),),))])
    assert [(place.start, place.end, place.skipped) for place in places] == [(1, 6, 2)]


def test_places_are_followed_into_the_text_as_it_is_written() -> None:
    text = "  To Sam Quill:\n- Sam Quill\n\n\n\\- Sam Quill"
    again = write(parse(text))
    assert again != text
    wanted = [(at.start(), at.end()) for at in re.finditer("Sam Quill", text)]
    assert [again[start:end] for start, end in follow(text, wanted)] == ["Sam Quill"] * 3
    assert follow(text, [(0, 2), (300, 305)]) == [(-1, -1), (-1, -1)]
