"""No letter names another child."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace

import pytest

from smdesk.paths import resource
from smdesk.services.letter_names import Known, fold, hits

ANNA = Known(1, "Anna", "Quillfeather", "", "Parent or carer", pupil=False, close=False)
SAM = Known(2, "Sam", "Quillfeather", "Sammy", "Pupil", pupil=True, close=True)
TARIQ = Known(3, "Tariq", "Osei-Marsh", "", "Pupil", pupil=True, close=False)
ANH = Known(4, "Ánh", "Nguyễn", "", "Pupil", pupil=True, close=False)
TEACHER = Known(5, "Tim", "Hazel", "", "Member of staff", pupil=False, close=True)
MAY = Known(6, "May", "Underhill", "", "Pupil", pupil=True, close=True)
ADAM = Known(7, "Adam", "Hill", "", "Pupil", pupil=True, close=False)
SIOBHAN = Known(8, "Siobhán", "O'Brien", "", "Pupil", pupil=True, close=False)
EVERYBODY = [SAM, TARIQ, ANH, TEACHER, MAY, ADAM, SIOBHAN]


def found(text: str, **more: object) -> list[tuple[int, str]]:
    return [(hit.person_id, hit.found) for hit in hits(text, EVERYBODY, ANNA, **more)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We spoke about Sam on Monday.", (2, "Sam")),
        ("we spoke about sam on monday", (2, "sam")),
        ("SAM'S teacher told us", (2, "SAM")),
        ("Sams book bag", (2, "Sams")),
        ("your Sammy was upset", (2, "Sammy")),
        ("Sam Quillfeather", (2, "Sam Quillfeather")),
        ("the post about Tariq Osei-Marsh", (3, "Tariq Osei-Marsh")),
        ("about Osei Marsh, Tariq", (3, "Osei Marsh, Tariq")),
        ("about TARIQ\nMARSH", (3, "TARIQ\nMARSH")),
        ("about Tariq Osei", (3, "Tariq Osei")),
        ("about T. Osei-Marsh", (3, "T. Osei-Marsh")),
        ("#TariqOseiMarsh", (3, "TariqOseiMarsh")),
        ("a picture of Anh Nguyen", (4, "Anh Nguyen")),
        ("a picture of Nguyễn Ánh", (4, "Nguyễn Ánh")),
        ("a picture of Ánh Nguyễn's work", (4, "Ánh Nguyễn")),
        ("about Mr Hazel", (5, "Hazel")),
        ("about Tim Hazel", (5, "Tim Hazel")),
        ("May was upset", (6, "May")),
        ("Adam Hill", (7, "Adam Hill")),
        ("A. Hill", (7, "A. Hill")),
        ("Siobhan O’Brien’s picture", (8, "Siobhan O’Brien")),
        ("siobhan obrien", (8, "siobhan obrien")),
    ],
)
def test_a_name_is_found_however_it_is_written(text: str, expected: tuple[int, str]) -> None:
    assert expected in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "Please remove the post by 5 May 2026.",
        "You may write to us at any time.",
        "Tariq was not named.",  # a first name alone, and not a child close to this letter
        "Dear Ms Quillfeather",
        "The Quillfeather family is welcome.",
        "The school is on a hill.",
        "He is the same person; samples; Samuel; Samantha",
        "hazelnuts",
        "Mrs A. Hill",
        "Adam, who lives far away from the place that we call the Hill",
        "",
        "12 345 ---",
    ],
)
def test_what_is_no_name_is_let_through(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("S. Quillfeather was upset", (2, "S. Quillfeather")),  # her mother is A. Quillfeather
        ("a picture of S Quillfeather", (2, "S Quillfeather")),
        ("Tariq\n        Marsh", (3, "Tariq\n        Marsh")),
        ("your Sam\u00admy", (2, "Sam\u00admy")),
        ("M.J. O'Connor", (20, "M.J. O'Connor")),
        ("MJ O'Connor", (20, "MJ O'Connor")),
        ("Maryjane was upset", (20, "Maryjane")),
    ],
)
def test_a_name_is_found_by_initials_and_through_unseen_signs(text: str, expected: tuple[int, str]) -> None:
    child = Known(20, "Mary Jane", "O'Connor", "", "Pupil", pupil=True, close=True)
    assert expected in [(hit.person_id, hit.found) for hit in hits(text, [*EVERYBODY, child], ANNA)]
    assert hits("Dear Ms Quillfeather. A. Quillfeather and Mrs S. Quillfeather wrote.", [SAM], ANNA) == []


ON_ROLL = [replace(each, close=False, on_roll=True) for each in EVERYBODY if each.pupil]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Your post about Tariq upset his family.", "Tariq"),
        ("Tariq was upset.", "Tariq"),
        ("On Monday Tariq's mother rang.", "Tariq"),
        ("what you wrote about Tariq O. in Year 6", "Tariq"),
        ("Hazel, Tariq and others", "Tariq"),
        ("a picture of Siobhan", "Siobhan"),
        ("Your words about May hurt.", "May"),
        ("your words about Sammy", "Sammy"),
    ],
)
def test_any_pupils_first_name_counts_where_it_stands_by_itself(text: str, name: str) -> None:
    assert [hit.found for hit in hits(text, ON_ROLL, ANNA)] == [name]


@pytest.mark.parametrize(
    "text",
    [
        "Please speak to Mr Adam Birch or Mrs May Fir.",
        "Adam Birch wrote to you.",
        "by 5 May 2026; in May 2026",
        "May we ask you to come in? May I say so?",
        "At St Adam we",
        "adam's apple, sam sung, siobhan",
        "the Sam Ward Centre",
        "Dr Tim Adam",
    ],
)
def test_a_first_name_that_is_somebody_elses_or_no_name_is_let_through(text: str) -> None:
    assert hits(text, ON_ROLL, ANNA) == []


def test_the_shipped_letters_stop_at_no_pupils_name() -> None:
    """A check that stops every letter is soon clicked away."""
    names = (
        "Abigail Adam Aisha Alex Alfie Alice Amber Amelia April Arthur Ash August Autumn Ava Bailey Bea Bella Ben "
        "Beth Bill Bobby Bonnie Brook Chance Charity Charlie Chase Chloe Christian Daisy Dan Dean Destiny Do Dylan "
        "Eden Eliza Ella Ellie Emily Eve Faith Finley Florence Frank Freya George Grace Grant Guy Harper Harry "
        "Hazel Heather Holly Hope Hunter Iris Isla Ivy Jack Jade Jasmine Jay Joy June Justice Kit Lee Leo Lily "
        "Lola Lucy Mark Mason Max May Mercy Mia Miles Millie Mo Molly Noah Noel Oliver Olive Oscar Page Patience "
        "Penny Piper Pip Poppy Rain Ray Read River Robin Rose Rowan Ruby Sage Sam Skye Sky Star Story Sue Summer "
        "Theo To Trinity True Van Violet Wade Wes Will Willow Winter Wren Young Zara"
    )
    family = "House Law Little Short Lane Post Parent School Day Best Reason Case Care Court Place Close"
    families = itertools.cycle(family.split())
    pupils = [
        Known(100 + n, name, next(families), "", "Pupil", pupil=True, close=False, on_roll=True)
        for n, name in enumerate(names.split())
    ]
    near = [
        replace(pupil, close=True) for pupil in pupils if fold(pupil.given_name) in {"will", "may", "grace"}
    ]
    files = sorted(resource("letters", "en").glob("*.toml"))
    assert files
    for line in "\n".join(file.read_text(encoding="utf-8") for file in files).splitlines():
        if line.startswith("page = "):
            continue  # stands at the foot of each page, not in the text that is looked through
        assert hits(line, [*pupils, *near], ANNA) == [], line


def test_each_place_is_told_once_with_its_surroundings() -> None:
    text = "Your words about Sam Quillfeather upset Sam."
    all_hits = hits(text, EVERYBODY, ANNA)
    assert [(hit.found, text[hit.start : hit.end]) for hit in all_hits] == [
        ("Sam Quillfeather", "Sam Quillfeather"),
        ("Sam", "Sam"),
    ]
    assert "about Sam Quillfeather upset" in all_hits[0].excerpt
    assert all_hits[0].kind_label == "Pupil"


def test_surroundings_are_shown_without_the_marks_of_the_text() -> None:
    (hit,) = hits("# Who is affected\n\n- Sam Quillfeather\n\n\\# not a heading", EVERYBODY, ANNA)
    assert hit.excerpt == "Who is affected • Sam Quillfeather # not a heading"


def test_the_schools_own_name_is_not_a_child() -> None:
    assert found("Sam Ward Primary School wrote to you.", mask=["Sam Ward Primary School"]) == []
    assert found("At SAM WARD primary school, Sam told us", mask=["Sam Ward Primary School"]) == [(2, "Sam")]


def test_a_child_with_the_parents_own_name_is_only_let_through_in_the_greeting() -> None:
    junior = Known(9, "Anna", "Quillfeather", "", "Pupil", pupil=True, close=True)
    assert hits("Dear Anna Quillfeather", [junior], ANNA, greeting=True) == []
    assert [hit.found for hit in hits("about Anna", [junior], ANNA)] == ["Anna"]


def test_marks_written_apart_do_not_hide_a_name() -> None:
    apart = "Nguyễn Ánh"
    assert [ident for ident, _ in found(f"about {apart} today")] == [4]
    assert fold("Łukasz Ærø Straße ĐẶNG") == "lukasz aero strasse dang"


def test_names_in_other_scripts_are_found() -> None:
    child = Known(10, "Оля", "Петренко", "", "Pupil", pupil=True, close=False)
    indic = Known(11, "किरण", "शर्मा", "", "Pupil", pupil=True, close=False)
    text = "Про Оля ПЕТРЕНКО та किरण शर्मा."
    assert [hit.person_id for hit in hits(text, [child, indic], None)] == [10, 11]


def test_a_screen_name_is_found_in_both_forms() -> None:
    stranger = Known(12, "", "village_watcher", "", "Not known", pupil=False, close=True)
    assert [hit.found for hit in hits("the account village_watcher said", [stranger], ANNA)] == [
        "village_watcher"
    ]


def test_two_thousand_pupils_are_checked_while_somebody_types() -> None:
    pupils = [
        Known(100 + n, f"Given{n}", f"Family{n % 700}", "", "Pupil", pupil=True, close=False, on_roll=True)
        for n in range(2000)
    ]
    text = " ".join(f"Words that fill line {n} of a longer letter to a parent." for n in range(60))
    text += " Then comes Given1234 Family534 in the middle."
    hits(text, pupils, ANNA)  # the folded names are kept from one keystroke to the next
    started = time.perf_counter()
    result = hits(text, pupils, ANNA)
    assert [hit.person_id for hit in result] == [1334]
    assert time.perf_counter() - started < 0.25
