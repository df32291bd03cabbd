"""Names that hide from the check of letters and from case files: what paper does not show must not hide a child."""

from __future__ import annotations

import time
import unicodedata
from pathlib import Path

import pytest

from smdesk.db.models import Person
from smdesk.documents import fonts
from smdesk.services import case_file_names, case_files, issued_papers, steps
from smdesk.services.case_file_names import Names
from smdesk.services.case_file_records import CaseWish
from smdesk.services.letter_names import Known, hits
from tests.support.pdf_search import everything_in
from tests.support.school import SmallSchool

SAM = Known(1, "Sam", "Quillfeather", "", "Pupil", pupil=True, close=True, on_roll=True)
TARIQ = Known(2, "Tariq", "Osei-Marsh", "", "Pupil", pupil=True, close=True, on_roll=True)
NOT_SHOWN = [
    char
    for char in map(chr, range(0x110000))
    if fonts.is_ignorable(char) or (ord(char) > 0x7F and unicodedata.category(char) == "Cf")
]


def names(school: SmallSchool, keep: tuple[str, ...] = ()) -> Names:
    number = school.incident(named="teacher")
    with school.database.reading() as session:
        return case_file_names.load(session, [number], {school.people[each] for each in keep})


def somebody(school: SmallSchool, kind: str, given: str, family: str, title: str = "") -> int:
    with school.database.writing() as session:
        row = Person(
            kind=kind,
            title=title,
            given_name=given,
            family_name=family,
            sort_name=family.casefold(),
            created_at=school.clock.now,
        )
        session.add(row)
        session.flush()
        return row.id


def test_no_sign_that_paper_does_not_show_hides_a_name() -> None:
    assert len(NOT_SHOWN) > 150
    for char in NOT_SHOWN:
        for text in (f"about S{char}am today", f"about {char}Sam{char} today", f"Sam{char}Quillfeather"):
            assert any(hit.person_id == 1 for hit in hits(text, [SAM], None)), (
                f"U+{ord(char):04X} in {text!r}"
            )


@pytest.mark.parametrize(
    "text",
    [
        "about Sаm today",  # a Cyrillic "а"
        "about ЅАМ today",  # Cyrillic throughout
        "about Sαm today",  # a Greek alpha
        "about Ｓａｍ today",
        "about 𝕾𝖆𝖒 today",
        "about ⓢⓐⓜ today",
        "about S̶a̶m̶ today",
        "about Sam️ today",
        "Quill-\nfeather wrote",
        "Quill\u2010\r\n  feather wrote",
        "with\u200bSam today",
    ],
)
def test_a_name_in_disguise_is_found(text: str) -> None:
    assert [hit.person_id for hit in hits(text, [SAM], None)] == [1]


@pytest.mark.parametrize("text", ["Tariq Osei-\nMarsh", "Tariq Osei-Marsh", "Ta-\nriq", "Osei-\nMarsh"])
def test_a_hyphen_at_a_line_s_end_is_read_in_both_ways(text: str) -> None:
    assert hits(text, [TARIQ], None)[0].found == text


def test_a_text_of_signs_nobody_sees_takes_no_time() -> None:
    text = ("S\u200ba\u202em " + "\u200b" * 50) * 300 + "Ma-\n" * 2000
    assert len(hits(text, [SAM, TARIQ], None)) == 300


# --------------------------------------------------------------------------------------------- case files without names


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("A.Q. rang", "A.Q."),
        ("A. Q. rang", "A. Q."),
        ("AQ told TH about it", "AQ"),
        ("AQ told TH about it", "TH "),
        ("AQ’s phone", "AQ"),
        ("Mrs Osei-Marsh rang", "Osei"),
        ("mrs. Osei Marsh rang", "Osei"),
        ("Mrs K. Osei-Marsh’s post", "Osei"),
        ("Dr Osei-Marshes", "Osei"),
        ("Mr O’Sei-Marsh", "Marsh"),
        ("the Osei-Marsh family", "Osei"),
        ("the Osei-Marsh's family", "Osei"),
        ("one of the Osei Marsh boys", "Marsh"),
        ("An\u200bna wrote", "na "),
        ("Quill-\nfeather", "feather"),
        ("Аnnа wrote", "nn"),
        ("the Quillfeathers’ dog", "Quill"),
        ("Tim H. wrote", "Tim"),
    ],
)
def test_who_is_on_record_is_not_told_by_initials_title_or_family(
    school: SmallSchool, text: str, gone: str
) -> None:
    masked = names(school).masked(text)
    assert "Person " in masked
    assert gone not in masked


@pytest.mark.parametrize(
    "text",
    [
        "TO ALL PARENTS: IT IS OVER",
        "(INC-4) and ACC-9; a PNG of 5 KB, sent at 5 PM to the PTA",
        "Ms Cedar and Mrs Alder dealt with it",  # colleagues stay, by title too
        "Mrs Nobody and the Unknown family",
        "the family and the boys",
        "Mr and Mrs",
        "QA, HT2 and THX",
    ],
)
def test_what_only_looks_like_initials_or_a_family_stays(school: SmallSchool, text: str) -> None:
    assert names(school).masked(text) == text


def test_a_colleague_s_name_is_not_taken_for_a_pupil_s(school: SmallSchool) -> None:
    somebody(school, "pupil", "Ivo", "Cedar")
    assert names(school).masked("Ms Cedar rang") == "Ms Cedar rang"
    assert "Ivo" not in names(school).masked("Ivo Cedar rang")


def test_one_of_that_title_and_name_is_that_person_and_of_several_it_is_the_family(
    school: SmallSchool,
) -> None:
    found = names(school)
    vale = somebody(school, "parent", "Kim", "Vale", "Mrs")
    somebody(school, "pupil", "Leo", "Vale")
    found = names(school)
    assert found.masked("Mrs Vale") == found.labels[vale]
    family = found.masked("Dr Vale")
    assert family != found.labels[vale]
    assert found.masked("the Vale family") == f"the {family} family"
    assert next(number for number, label in found.labels.items() if label == family) <= case_file_names.FAMILY


def test_whose_name_stays_stays_with_title_and_initials(school: SmallSchool) -> None:
    found = names(school, keep=("anna",))
    assert (
        found.masked("Ms Quillfeather, the Quillfeather family") == "Ms Quillfeather, the Quillfeather family"
    )


def test_whoever_made_the_file_is_not_named_on_its_cover_where_the_incident_is_about_them(
    school: SmallSchool, tmp_path: Path
) -> None:
    ctx = school.ctx_for("business_manager")
    number = school.incident(named="office", summary="About Ms Cedar, whom BC's mother calls Bea")
    steps.note(ctx, number, "Mrs Osei-Marsh and S\u200bam Quillfeather saw it; so did Ⓣⓐⓡⓘⓠ")
    file = tmp_path / "case.pdf"
    made = case_files.make(ctx, number, CaseWish(all_names=False), file)
    told = everything_in(file.read_bytes())
    for word in ("cedar", "bea ", "quillfeather", "osei", "marsh", "s\u200bam", "Ⓣⓐⓡⓘⓠ"):
        assert word not in told, word
    assert issued_papers.read_paper(ctx, made.paper_id) == file.read_bytes()


def test_no_link_in_what_was_typed_leads_to_whoever_posted_it(school: SmallSchool, tmp_path: Path) -> None:
    ctx = school.ctx_for("business_manager")
    link = "https://social.example/posts/4711"
    number = school.incident(link=link, said=f"See {link}, and social.example/p/4711", summary=f"Post {link}")
    steps.note(ctx, number, f"Looked at {link} again (www.social.example/x)")
    case_files.make(ctx, number, CaseWish(all_names=False), tmp_path / "a.pdf")
    told = everything_in((tmp_path / "a.pdf").read_bytes())
    assert "4711" not in told
    assert "social.example" not in told
    # Where whoever posted is named, the link names nobody else.
    keep = CaseWish(all_names=False, keep=frozenset({school.people["anna"]}))
    case_files.make(ctx, number, keep, tmp_path / "b.pdf")
    assert "4711" in everything_in((tmp_path / "b.pdf").read_bytes())


@pytest.mark.parametrize(
    "text",
    [
        " " * 20_000 + "Sam",
        " Anna" * 4_000,
        "Sam -\n" * 3_000,
        "Anna" + " " * 19_000 + "Quillfeather",
        "'s " * 7_000,
    ],
)
def test_no_text_keeps_the_taking_out_of_names_busy(school: SmallSchool, text: str) -> None:
    found = names(school)
    found.links = False
    start = time.perf_counter()
    found.look_through([text])
    found.masked(text)
    assert time.perf_counter() - start < 10  # it was more than a minute
