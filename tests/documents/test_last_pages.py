"""No paper ends with a page that holds hardly anything: what is signed or ticked stands with what it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from smdesk.documents import case_paper, decision_pack, decision_paper, governor_report, letter, paper_look
from smdesk.documents.case_paper import CasePaper, MeetingPack
from smdesk.documents.governor_figures import CountRow, Removal, Section
from smdesk.documents.layout import Gap, ListBlock, Style, Text, taken_along
from smdesk.documents.letter import LetterData, Paragraph
from smdesk.policy.suppression import Hidden
from tests.documents.connection_samples import TEXTS, decision, pack
from tests.documents.form_samples import incident
from tests.documents.governor_samples import GOVERNOR_PAPERS, full_figures
from tests.documents.look_samples import large_print, welsh
from tests.documents.reading import text_within, texts_of
from tests.documents.samples import letter_data, letterhead

COLUMN = 400.0


def letter_of(lines: int, look: str = "standard") -> LetterData:
    body = tuple(Paragraph(f"Paragraph {number}.") for number in range(1, lines + 1))
    return replace(letter_data(), body=body, enclosures=(), copies=(), footer="", look=look)


@pytest.mark.parametrize("look", paper_look.LOOKS)
def test_a_letter_that_is_a_little_too_long_is_set_closer(look: str) -> None:
    """Between the letters that fit a page as they are and those that cannot, some fit because they are set closer."""
    plain = paper_look.look(look)
    closer = paper_look.closer(plain)
    counts = [len(texts_of(letter.render_bytes(letter_of(lines, look)))) for lines in range(1, 24)]
    fits = counts.index(2)  # the longest letter of one page has this many paragraphs
    assert counts == sorted(counts)
    step = plain.body.leading + plain.body.after
    spared = fits * (step - closer.body.leading - closer.body.after) + plain.sign_gap - closer.sign_gap
    assert spared > step, "nothing was won by setting it closer"
    tops = [
        text_top(letter_of(lines, look), "Paragraph 2.") - text_top(letter_of(lines, look), "Paragraph 1.")
        for lines in (3, fits, fits + 3)
    ]
    assert tops[0] == pytest.approx(step, abs=0.2), "a short letter has the room its look gives it"
    assert tops[1] == pytest.approx(closer.body.leading + closer.body.after, abs=0.2)
    assert tops[2] == pytest.approx(step, abs=0.2), "a long letter is not squeezed for nothing"


def text_top(data: LetterData, words: str) -> float:
    """How far down the first page these words stand, in points."""
    import pypdfium2

    document = pypdfium2.PdfDocument(letter.render_bytes(data))
    try:
        page = document[0].get_textpage()
        at = page.search(words).get_next()
        assert at is not None
        return float(document[0].get_height() - page.get_charbox(at[0], loose=True)[1])
    finally:
        document.close()


def test_setting_closer_leaves_type_and_the_lines_of_easier_looks_alone() -> None:
    for code in paper_look.LOOKS:
        plain = paper_look.look(code)
        closer = paper_look.closer(plain)
        assert (closer.body.size, closer.small, closer.address) == (
            plain.body.size,
            plain.small,
            plain.address,
        )
        if code != paper_look.STANDARD:
            assert closer.body.leading == plain.body.leading
        assert closer.body.leading >= 1.3 * closer.body.size
        assert closer.sign_gap >= 28


def test_ways_to_reach_the_school_stand_on_lines_that_neither_begin_nor_end_with_a_dot() -> None:
    head = replace(letterhead(), website="www.larkfield.example", email="the.school.office@larkfield.example")
    lines = text_within(letter.render_bytes(replace(large_print(), letterhead=head)), 20, 10, 200, 46)
    assert "01632 960123 · the.school.office@larkfield.example" in " ".join(" ".join(lines).split())
    assert [line for line in lines if line.startswith("·") or line.endswith("·")] == []
    assert "www.larkfield.example" in lines


def test_the_english_copy_of_a_draft_calls_it_a_draft() -> None:
    copy = texts_of(letter.render_bytes(replace(welsh(), reference=None)))[-1]
    assert "This is what the draft of 5 May 2026 says in English." in copy


@pytest.mark.parametrize("rows", range(4, 30, 3))
def test_the_signature_of_a_decision_stands_with_the_reason(rows: int) -> None:
    made = decision()
    facts = tuple((f"Fact {number}", "As it was decided.") for number in range(rows))
    texts = (("Reason", "It is a family."), ("Conditions", "None in the school day."))
    paper = replace(made, signed=replace(made.signed, facts=facts, texts=texts))
    pages = texts_of(decision_paper.render_bytes(paper, TEXTS))
    (signed,) = [page for page in pages if "How to check this paper" in page]
    assert "Reason It is a family. Conditions None in the school day." in signed


def test_a_reason_of_many_pages_leaves_some_of_it_to_the_signature() -> None:
    made = decision()
    texts = (("Reason", " ".join(f"Sentence {number}." for number in range(2500))),)
    pages = texts_of(
        decision_paper.render_bytes(replace(made, signed=replace(made.signed, texts=texts)), TEXTS)
    )
    assert "Sentence 2499." in pages[-1]
    assert "How to check this paper" in pages[-1]
    assert all(f"Sentence {number}." in " ".join(pages) for number in range(2500))


def case(facts: int) -> CasePaper:
    return CasePaper(
        reference="2026/B0010",
        title="Friends of Larkfield on Facebook",
        status="Awaiting the meeting.",
        facts=tuple((f"Fact {number}", "As put forward.") for number in range(facts)),
        texts=(("Aim", "To tell families about fairs."),),
        missing=("No training is recorded for Jane Example.", "Nobody on the staff runs it."),
        decisions=(),
    )


@pytest.mark.parametrize("facts", range(5, 40, 5))
def test_the_box_of_a_meeting_stands_with_what_is_in_the_way(facts: int) -> None:
    pages = texts_of(
        case_paper.pack_bytes(
            MeetingPack(
                letterhead=letterhead(),
                made_on=date(2026, 5, 6),
                printed="Printed 6 May 2026.",
                rule="2 must agree.",
                members=("Dr A. Hartley",),
                cases=(case(facts),),
            )
        )
    )
    (box,) = [page for page in pages if "Decision on 2026/B0010" in page]
    assert "What still stands between it and its approval" in box


@pytest.mark.parametrize("facts", range(5, 40, 5))
def test_the_box_of_the_pack_stands_with_what_is_to_be_minded(facts: int) -> None:
    made = pack()
    item = replace(made.items[0], facts=tuple((f"Fact {number}", "As declared.") for number in range(facts)))
    pages = texts_of(decision_pack.render_bytes(replace(made, items=(item,))))
    (box,) = [page for page in pages if f"on {item.reference}: {item.title}" in page]
    assert "To mind" in box


def test_the_incident_form_is_one_sheet_and_its_last_box_is_not_alone() -> None:
    pages = texts_of(incident())
    assert len(pages) == 2
    assert "7 What has been done already?" in pages[1]
    assert "For the office" in pages[1]


def test_a_report_of_a_school_with_nothing_yet_tears_no_chapter_from_its_heading() -> None:
    figures = replace(
        full_figures(),
        sections=tuple(Section(f"Part {number}", f"Nothing of {number} yet.") for number in range(60)),
    )
    pages = texts_of(governor_report.render_bytes(figures))
    for number in range(60):
        (page,) = [page for page in pages[2:] if f"Nothing of {number} yet." in page]
        assert f"Part {number} Nothing of {number} yet." in page
    body = [page for page in pages if "Nothing of" in page]
    assert all(page.count("Nothing of") > 8 for page in body[1:-1])


def test_a_tiny_table_under_a_chart_is_not_torn() -> None:
    figures = full_figures()
    table = figures.tables[0]
    for more in range(0, 40, 3):
        rows = tuple(CountRow(f"Kind {number}", 20, 20) for number in range(more))
        longer = replace(figures, trend=figures.trend[-2:], tables=(replace(table, rows=rows),))
        pages = texts_of(governor_report.render_bytes(longer))
        (page,) = [page for page in pages if "Term Incidents Posts removed" in page]
        assert "Spring 2026 14" in page
        assert "Summer 2026 (so far) 12" in page


def test_how_quickly_nothing_came_down_is_not_a_secret() -> None:
    none, hidden = Removal(0), Removal(Hidden.FEW)
    pages = texts_of(
        governor_report.render_bytes(replace(full_figures(), removal=none, removal_before=hidden))
    )
    assert "Half were down within (median) – not shown" in " ".join(pages)


def test_what_the_report_says_of_itself_is_not_torn_from_its_chapter() -> None:
    pages = texts_of(GOVERNOR_PAPERS["governors-full"]())
    (page,) = [page for page in pages if "What one hides, none of the others gives away." in page]
    assert "An incident is counted in the period" in page


def test_what_is_taken_along_is_whole_and_leaves_the_beginning() -> None:
    style, head = Style(after=4), Style(bold=True, keep_with_next=True)
    first: list[Text | ListBlock | Gap] = [Text("Dear"), Text("About", head)]
    blocks = [*first, Text("Why", head), Text("Because.", style), Text("How", head), Text("So.", style)]
    left = list(blocks)
    assert taken_along(left, COLUMN, 100, groups=2) == blocks[2:]
    assert left == blocks[:2]
    left = list(blocks)
    assert taken_along(left, COLUMN, 20, groups=2) == blocks[4:], "more than there is room for"
    left = blocks[:2]
    assert taken_along(left, COLUMN, 1000) == []


@pytest.mark.parametrize(
    ("items", "rows", "lines"),
    [
        (["One line."] * 9, 2, 2),
        (["One line.", "One line.", "One line.", "Two lines. " * 10], 1, 2),
        (["One line."] * 4 + ["Many lines. " * 100], 1, 3),
        (["Many lines. " * 100], 1, 3),
    ],
)
def test_of_a_list_the_end_is_taken_along(items: list[str], rows: int, lines: int) -> None:
    left = [Text("Dear"), Text("About"), ListBlock(items)]
    (last,) = taken_along(left, COLUMN, 50)
    stayed = left[-1]
    assert isinstance(last, ListBlock)
    assert isinstance(stayed, ListBlock)
    assert len(last.rows) == rows
    assert sum(len(text.lines(COLUMN - 14)) for _mark, _label, text in last.rows) == lines
    assert last.element is stayed.element
    # An item that is torn is one item still, with one mark.
    assert [mark for mark, _label, _text in (*stayed.rows, *last.rows) if mark] == ["•"] * len(items)
