"""Case files: all that is on record about one incident in one PDF, and no name in it that was to go (DOC-4)."""

from __future__ import annotations

import errno
import hashlib
import io
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import page as checker
import pikepdf
import pytest
from PIL import Image
from sqlalchemy import text

from smdesk.db import evidence as store
from smdesk.db.models import Block, Evidence
from smdesk.errors import Cancelled, Invalid, NotAllowed, NotFound, Refused, StorageProblem
from smdesk.policy.vocabulary import Conduct, Step
from smdesk.services import (
    case_file_saving,
    case_files,
    evidence,
    incident_fields,
    incidents,
    issued_papers,
    letters,
    steps,
    verify,
)
from smdesk.services.case_file_records import CaseWish
from smdesk.services.context import Context
from smdesk.services.incident_records import Confidentiality, StepDraft
from smdesk.services.letter_records import LetterKind
from tests.support.pdf_search import everything_in
from tests.support.pictures import photograph
from tests.support.school import SmallSchool

QUOTED = "\n".join(f"Line {number} about Mr Hazel and Sam, </para><para> & $parent" for number in range(40))


def office(school: SmallSchool) -> Context:
    return school.ctx_for("business_manager")


def issue(school: SmallSchool, incident_id: int) -> int:
    ctx, head = office(school), school.ctx_for("headteacher")
    letter = letters.draft(ctx, incident_id, LetterKind.INVITATION).id
    letters.submit(ctx, letter, letters.get(ctx, letter).version)
    letters.approve(head, letter, letters.get(head, letter).version)
    letters.issue(ctx, letter, letters.get(ctx, letter).version)
    return letter


@pytest.fixture
def incident(school: SmallSchool) -> int:
    """An incident in which every free text names somebody."""
    ctx = office(school)
    made = school.incident(
        summary="Anna Quillfeather about Tim Hazel",
        named="teacher",
        said=QUOTED,
        link="https://social.example/annaq_79/posts/1",
        consent_notes="Ben Quillfeather agreed for Sam",
    )
    steps.record(
        ctx,
        made,
        StepDraft(
            Step.TALK, school.people["anna"], ctx.today(), "Ms Quillfeather and S. Quillfeather came", ""
        ),
    )
    steps.note(ctx, made, "Tariq Osei-Marsh saw it; write to anna@quillfeather.example, 3 Orchard Way")
    steps.note(ctx, made, "Posted as #AnnaQuillfeather79 by the lady from number 7")
    evidence.add(
        ctx, made, "AnnaQuillfeather.jpg", photograph(), "Shows Anna", "https://social.example/annaq_79"
    )
    evidence.add(ctx, made, "Hazel.txt", b"Tim Hazel said so", "What Mr Hazel wrote")
    steps.no_action(ctx, made, "Nobody answered the telephone")
    issue(school, made)
    return made


NAMES = (
    "quillfeather",
    "anna",
    "hazel",
    "osei-marsh",
    "tariq",
    "annaq_79",
    "orchard way",
    "number 7",
)


def wish_for(school: SmallSchool, incident_id: int) -> CaseWish:
    """Everything ticked."""
    found = case_files.options(office(school), incident_id)
    return CaseWish(
        letters=frozenset(each.letter_id for each in found.letters),
        pictures=frozenset(each.evidence_id for each in found.pictures),
    )


def test_everything_on_record_is_in_it(school: SmallSchool, incident: int, tmp_path: Path) -> None:
    ctx, file = office(school), tmp_path / "case.pdf"
    made = case_files.make(ctx, incident, wish_for(school, incident), file)
    content = file.read_bytes()
    found = everything_in(content)
    for words in (
        "anna quillfeather",
        "line 39 about mr hazel and sam, </para><para> & $parent",
        "nobody answered the telephone",
        "what the policy says",
        "steps and decisions, with their reasons",
        "signatures and keys",
        "extract of the audit log",
        "the signature fits the letter",
        "annaquillfeather.jpg",
        "all names stand in this file",
    ):
        assert words in found, words
    with pikepdf.open(io.BytesIO(content)) as document:
        assert len(document.pages) == made.pages
        titles = []
        with document.open_outline() as outline:
            for line in outline.root:
                titles += [line.title, *(each.title for each in line.children)]
    assert "Contents" in titles
    assert any(title.startswith("Invitation to talk") for title in titles)
    assert made.left_out == ()
    assert made.sha256 == hashlib.sha256(content).hexdigest()


def test_it_is_accessible_and_fit_for_keeping(school: SmallSchool, incident: int, tmp_path: Path) -> None:
    case_files.make(office(school), incident, wish_for(school, incident), tmp_path / "case.pdf")
    content = (tmp_path / "case.pdf").read_bytes()
    for profile in ("ua1", "2a"):
        report = checker.validate_pdf_bytes(content, profile=profile)
        assert sorted({each.rule_id for each in report.failures}) == []


def test_the_letter_in_it_is_the_letter_that_was_issued(
    school: SmallSchool, incident: int, tmp_path: Path
) -> None:
    ctx = office(school)
    wish = wish_for(school, incident)
    case_files.make(ctx, incident, wish, tmp_path / "case.pdf")
    (letter_id,) = wish.letters
    with (
        pikepdf.open(io.BytesIO(letters.issued_pdf(ctx, letter_id))) as issued,
        pikepdf.open(tmp_path / "case.pdf") as whole,
    ):
        ours = [page.Contents.read_bytes() for page in issued.pages]
        drawn = [_drawn(page) for page in whole.pages]
        assert [each for each in drawn if each in ours] == ours
        page = next(page for page in whole.pages if _drawn(page) == ours[0])
        # Its marks lead to structure: the tags came along, under this file's own numbers.
        parents = list(whole.Root.StructTreeRoot.ParentTree.Nums)
        owners = parents[parents.index(int(page.obj.StructParents)) + 1]
        assert {str(owner.S) for owner in owners} >= {"/P", "/H1"}
        assert all(owner.get("/Pg", page.obj) == page.obj for owner in owners)


def _drawn(page: pikepdf.Page) -> bytes:
    return page.Contents.read_bytes()


def test_no_name_is_left_anywhere(school: SmallSchool, incident: int, tmp_path: Path) -> None:
    ctx, file = office(school), tmp_path / "case.pdf"
    wish = CaseWish(all_names=False, also=("the lady from number 7",))
    case_files.make(ctx, incident, wish, file)
    found = everything_in(file.read_bytes())
    assert [name for name in NAMES if name in found] == []
    assert "person a (parent or carer)" in found
    assert "person b (member of staff)" in found
    assert "left out: it could show a name" in found
    assert "somebody who knows the people must read the whole file" in " ".join(found.split())
    # Who dealt with it is no third party.
    assert "ms b. cedar" in found
    assert "evidence kept: item 2 (text)" in found
    report = checker.validate_pdf_bytes(file.read_bytes(), profile="ua1")
    assert [each.rule_id for each in report.failures] == []


def test_the_same_letter_stands_for_the_same_person(
    school: SmallSchool, incident: int, tmp_path: Path
) -> None:
    ctx, file = office(school), tmp_path / "case.pdf"
    steps.note(ctx, incident, "Sam wept")
    steps.note(ctx, incident, "Sam Quillfeather is well again")
    case_files.make(ctx, incident, CaseWish(all_names=False), file)
    with school.database.reading() as session:
        detail = session.execute(
            text(
                "SELECT detail FROM audit_entry JOIN audit_detail USING (seq) WHERE action = 'case_file.made'"
            )
        ).scalar_one()
    sam = next(
        label for label, person in json.loads(detail)["labels"].items() if person == school.people["sam"]
    )
    found = everything_in(file.read_bytes())
    assert f"{sam} wept".casefold() in found
    assert f"{sam} is well again".casefold() in found


def test_a_name_may_stay_while_the_others_go(school: SmallSchool, incident: int, tmp_path: Path) -> None:
    ctx, file = office(school), tmp_path / "case.pdf"
    wish = CaseWish(all_names=False, keep=frozenset({school.people["anna"]}))
    case_files.make(ctx, incident, wish, file)
    found = everything_in(file.read_bytes())
    assert "anna quillfeather" in found
    assert "hazel" not in found
    assert "tariq" not in found
    assert "s. quillfeather" not in found
    assert "posted it; the name stays" in found
    case_files.make(ctx, incident, replace(wish, keep=frozenset()), file)
    assert "the name stays" not in everything_in(file.read_bytes())


def test_what_could_show_a_name_goes_in_only_when_ticked(
    school: SmallSchool, incident: int, tmp_path: Path
) -> None:
    ctx = office(school)
    options = case_files.options(ctx, incident)
    assert options.letters[0].names == {school.people["anna"]}
    assert "Quillfeather" not in options.suggested_name
    wish = replace(wish_for(school, incident), all_names=False)
    case_files.make(ctx, incident, wish, tmp_path / "case.pdf")
    found = everything_in((tmp_path / "case.pdf").read_bytes())
    assert "dear ms quillfeather" in found
    assert "may show names" in found
    # Even then a picture carries nothing but its pixels, and no file name.
    assert "hidden quillfeather" not in found
    assert "annaquillfeather.jpg" not in found


def test_a_picture_loses_what_it_carries(school: SmallSchool, incident: int, tmp_path: Path) -> None:
    case_files.make(office(school), incident, wish_for(school, incident), tmp_path / "case.pdf")
    content = (tmp_path / "case.pdf").read_bytes()
    assert b"Hidden Quillfeather" in photograph()
    assert "hidden quillfeather" not in everything_in(content)
    with pikepdf.open(io.BytesIO(content)) as document:
        pictures = [
            thing.read_raw_bytes()
            for thing in document.objects
            if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == pikepdf.Name.Image
        ]
    assert len(pictures) == 1
    assert b"Exif" not in pictures[0]


def test_each_picture_has_one_page_whatever_its_shape_and_note(school: SmallSchool, tmp_path: Path) -> None:
    ctx, number = office(school), school.incident()
    for size, note in (
        ((40, 4000), "one line"),
        ((4000, 40), "\n".join("a long note on a line of its own" for _ in range(300))),
        ((1, 1), "W" * 5000),
        ((3000, 3000), "Featherstonehaugh-Cholmondeley " * 400),
    ):
        evidence.add(ctx, number, "picture.jpg", photograph_of(size), note)
    wish = CaseWish(pictures=frozenset(each.evidence_id for each in case_files.options(ctx, number).pictures))
    made = case_files.make(ctx, number, wish, tmp_path / "case.pdf")
    with pikepdf.open(tmp_path / "case.pdf") as document:
        assert len(document.pages) == made.pages
        assert [len(page.get_images()) for page in document.pages][-4:] == [1, 1, 1, 1]
    content = (tmp_path / "case.pdf").read_bytes()
    assert [each.rule_id for each in checker.validate_pdf_bytes(content, profile="2a").failures] == []


def photograph_of(size: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 40)).save(out, "JPEG")
    return out.getvalue()


def test_it_is_kept_as_it_went_out(school: SmallSchool, incident: int, tmp_path: Path) -> None:
    ctx = office(school)
    made = case_files.make(ctx, incident, CaseWish(), tmp_path / "case.pdf")
    assert issued_papers.read_paper(ctx, made.paper_id) == (tmp_path / "case.pdf").read_bytes()
    assert ("incident", incident) in made.changes
    for login in ("leadership", "governor", "chair"):
        with pytest.raises(NotFound):
            issued_papers.read_paper(school.ctx_for(login), made.paper_id)


def test_who_may_not_open_the_incident_makes_no_file_of_it(school: SmallSchool, tmp_path: Path) -> None:
    hidden = school.incident("dsl", confidentiality=Confidentiality.SAFEGUARDING)
    with pytest.raises(NotFound):
        case_files.make(office(school), hidden, CaseWish(), tmp_path / "case.pdf")
    with pytest.raises(NotFound):
        case_files.options(office(school), hidden)
    with pytest.raises(NotAllowed):
        case_files.make(school.ctx_for("leadership"), school.incident(), CaseWish(), tmp_path / "case.pdf")
    logged = school.incident(confidentiality=Confidentiality.STAFF)
    with pytest.raises(NotAllowed):
        case_files.make(office(school), logged, CaseWish(), tmp_path / "case.pdf")
    assert list(tmp_path.glob("*.pdf")) == []


def test_a_linked_incident_shows_to_whom_it_is_open(school: SmallSchool, tmp_path: Path) -> None:
    dsl = school.ctx_for("dsl")
    secret = school.incident("dsl", summary="Guarded matter", confidentiality=Confidentiality.SAFEGUARDING)
    plain = school.incident()
    with school.database.writing() as session:
        session.execute(
            text("INSERT INTO incident_link (first_id, second_id) VALUES (:a, :b)"), {"a": secret, "b": plain}
        )
    case_files.make(office(school), plain, CaseWish(), tmp_path / "office.pdf")
    assert "guarded" not in everything_in((tmp_path / "office.pdf").read_bytes())
    made = case_files.make(dsl, plain, CaseWish(), tmp_path / "dsl.pdf")
    assert "guarded matter" in everything_in((tmp_path / "dsl.pdf").read_bytes())
    # It tells of both, so it opens again to whoever may open both.
    with pytest.raises(NotFound):
        issued_papers.read_paper(office(school), made.paper_id)
    assert issued_papers.read_paper(school.ctx_for("headteacher"), made.paper_id)


def test_withheld_and_forbidden_pictures_never_go_in(
    school: SmallSchool, incident: int, tmp_path: Path
) -> None:
    dsl = school.ctx_for("dsl")
    wish = wish_for(school, incident)
    before = case_files.make(dsl, incident, wish, tmp_path / "before.pdf")
    words = case_files.make(dsl, incident, CaseWish(), tmp_path / "words.pdf")
    record = incidents.open_incident(dsl, incident)
    marked = replace(record.draft, conduct=(*record.draft.conduct, Conduct.SEXUAL_IMAGERY_OF_CHILD))
    incidents.save(school.ctx_for("headteacher"), marked, incident, record.version)
    found = case_files.options(dsl, incident)
    assert found.pictures == ()
    assert found.no_pictures
    with pytest.raises(Refused):
        case_files.make(dsl, incident, wish, tmp_path / "case.pdf")
    with pytest.raises(Refused):
        issued_papers.read_paper(dsl, before.paper_id)
    assert issued_papers.read_paper(dsl, words.paper_id)
    seen = dsl.now() - timedelta(hours=2)
    evidence.withhold(dsl, incident, "A group chat", seen, "Police")
    case_files.make(dsl, incident, replace(wish, pictures=frozenset()), tmp_path / "case.pdf")
    content = everything_in((tmp_path / "case.pdf").read_bytes())
    assert "dctdecode" not in content
    assert "nothing is kept of it" in content
    assert f"seen on: {incident_fields.moment_in_words(seen).lower()}" in " ".join(content.split())


def test_a_damaged_file_is_left_out_and_said_to_be(
    school: SmallSchool, incident: int, tmp_path: Path
) -> None:
    with school.database.reading() as session:
        row = session.query(Evidence).filter_by(media_type="image/jpeg").one()
        stored = school.folder.evidence / row.stored_name[:2] / row.stored_name
    stored.write_bytes(stored.read_bytes()[:-40] + b"x" * 40)
    made = case_files.make(office(school), incident, wish_for(school, incident), tmp_path / "case.pdf")
    assert len(made.left_out) == 1
    assert made.left_out[0].startswith("Item 1 was left out")
    assert "the kept file cannot be read" in everything_in((tmp_path / "case.pdf").read_bytes())


def test_a_picture_that_must_go_goes_from_kept_case_files_too(
    school: SmallSchool, incident: int, tmp_path: Path
) -> None:
    ctx = office(school)
    wish = wish_for(school, incident)
    shows = case_files.make(ctx, incident, wish, tmp_path / "shows.pdf")
    without = case_files.make(ctx, incident, replace(wish, pictures=frozenset()), tmp_path / "without.pdf")
    (picture,) = wish.pictures
    kept = store.stored_names(school.folder.papers)
    evidence.remove(ctx, picture, "It shows another family's child")
    with pytest.raises(Refused):
        issued_papers.read_paper(ctx, shows.paper_id)
    assert len(store.stored_names(school.folder.papers)) == len(kept) - 1
    assert issued_papers.read_paper(ctx, without.paper_id)
    # That it was made stays, so a copy outside is still known for what it is.
    (row,) = issued_papers.find_by_sha256(ctx, shows.sha256)
    assert not row.kept
    assert [fault for fault in verify.check(ctx) if "keys.json" not in fault] == []


def test_who_is_blocked_or_wrote_is_a_third_party_too(
    school: SmallSchool, incident: int, tmp_path: Path
) -> None:
    ctx = office(school)
    with school.database.writing() as session:
        session.add(
            Block(
                place="E-mail",
                who="Gwendolyn Pettigrove",
                reason="Gwendolyn Pettigrove wrote to Sam",
                since_on=ctx.today(),
                incident_id=incident,
                recorded_by=ctx.user.id,
                recorded_at=ctx.now(),
            )
        )
    case_files.make(ctx, incident, CaseWish(), tmp_path / "all.pdf")
    assert "gwendolyn pettigrove" in everything_in((tmp_path / "all.pdf").read_bytes())
    case_files.make(ctx, incident, CaseWish(all_names=False), tmp_path / "none.pdf")
    assert "pettigrove" not in everything_in((tmp_path / "none.pdf").read_bytes())


@pytest.mark.parametrize("after", [0, 1, 4, 9])
def test_cancelled_it_leaves_nothing(school: SmallSchool, incident: int, tmp_path: Path, after: int) -> None:
    place = tmp_path / "place"
    place.mkdir()
    (place / "case.pdf").write_bytes(b"the older one")
    told = 0

    def stop(done: int, whole: int) -> None:
        nonlocal told
        told += 1
        if told > after:
            raise Cancelled("Cancelled.")

    with pytest.raises(Cancelled):
        case_files.make(office(school), incident, wish_for(school, incident), place / "case.pdf", stop)
    assert [each.name for each in place.iterdir()] == ["case.pdf"]
    assert (place / "case.pdf").read_bytes() == b"the older one"
    assert issued_papers.list_papers(office(school)) == []


def test_a_place_that_cannot_be_written_is_told_before_the_work(
    school: SmallSchool, incident: int, tmp_path: Path
) -> None:
    told: list[int] = []
    with pytest.raises(StorageProblem):
        case_files.make(
            office(school),
            incident,
            CaseWish(),
            tmp_path / "gone" / "case.pdf",
            lambda done, _all: told.append(done),
        )
    assert told == []


class FullDisk(io.BytesIO):
    """A temporary file on a disk that has room for so many bytes in all."""

    room = 0

    def write(self, data: bytes) -> int:
        FullDisk.room -= len(data)
        if FullDisk.room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data)


@pytest.mark.parametrize("room", [0, 20_000, 60_000, 120_000])
def test_a_full_disk_is_told_and_leaves_nothing(
    school: SmallSchool, incident: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    monkeypatch.setattr(case_file_saving.tempfile, "TemporaryFile", lambda **_where: FullDisk())
    wish = wish_for(school, incident)
    FullDisk.room = 10_000_000
    case_files.make(office(school), incident, wish, tmp_path / "case.pdf")
    assert 10_000_000 - FullDisk.room > 120_000
    (tmp_path / "case.pdf").unlink()
    FullDisk.room = room
    with pytest.raises(StorageProblem, match="disk is full"):
        case_files.make(office(school), incident, wish, tmp_path / "case.pdf")
    assert not [each for each in tmp_path.iterdir() if each.is_file()]
    assert len(issued_papers.list_papers(office(school))) == 1


def test_what_is_not_there_any_more_is_not_passed_over(
    school: SmallSchool, incident: int, tmp_path: Path
) -> None:
    with pytest.raises(Invalid):
        case_files.make(office(school), incident, CaseWish(letters=frozenset({999})), tmp_path / "case.pdf")
    assert not (tmp_path / "case.pdf").exists()
