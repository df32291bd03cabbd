"""One incident for a solicitor: everything on record in one file, with the names and without them (DOC-4)."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import page as checker
import pikepdf
import pytest

from smdesk.errors import NotAllowed, NotFound, Refused
from smdesk.policy.vocabulary import Conduct, Step
from smdesk.services import (
    case_files,
    evidence,
    issued_papers,
    letters,
    messages,
    steps,
)
from smdesk.services.case_file_records import CaseWish
from smdesk.services.incident_records import Confidentiality
from smdesk.services.letter_records import LetterKind, SentHow
from smdesk.services.paper_records import PaperKind
from tests.scenarios import telling_accounts as tell
from tests.scenarios.telling import INVITATION, WARNING, Story, printed
from tests.scenarios.telling_papers import said_of, whole_way
from tests.support.pdf_search import everything_in
from tests.support.pictures import photograph

THIRD = ("hazel", "osei-marsh", "tariq", "annaq_79", "quillfeather", "orchard way")
"""What would show who it was about."""


def told(story: Story) -> int:
    """A year's quarrel: a post, a talk, two letters, pictures, a complaint on the school's page, and a block."""
    incident = story.logged(
        "Anna Quillfeather about Mr Hazel",
        Conduct.DEFAMATION,
        named="teacher",
        platform="facebook",
        link="https://facebook.com/annaq_79/posts/7",
        said="Tim Hazel hit Tariq Osei-Marsh.\n" * 12 + "Ask Sam!",
    )
    evidence.add(
        story.office,
        incident,
        "Tim Hazel.jpg",
        photograph(hidden="Taken by Anna Quillfeather"),
        "Mr Hazel at the gate",
    )
    story.does(incident, Step.TALK, "Ms Quillfeather came in and shouted at Mr Hazel", who="anna")
    whole_way(story, letters.draft(story.office, incident, INVITATION).id)
    story.days_pass(20)
    letter = letters.draft(story.office, incident, WARNING).id
    whole_way(story, letter)
    steps.note(story.office, incident, "Tariq's mother rang about annaq_79")
    steps.no_action(story.office, incident, "Nobody could say who was at the gate")
    return incident


def wish(story: Story, incident: int, *, names: bool) -> CaseWish:
    found = case_files.options(story.office, incident)
    ticked = frozenset(each.letter_id for each in found.letters) if names else frozenset()
    pictures = frozenset(each.evidence_id for each in found.pictures) if names else frozenset()
    return CaseWish(all_names=names, letters=ticked, pictures=pictures)


def outline(content: bytes) -> list[str]:
    titles: list[str] = []
    with pikepdf.open(io.BytesIO(content)) as document, document.open_outline() as found:
        waiting = list(found.root)
        while waiting:
            item = waiting.pop(0)
            titles.append(str(item.title))
            waiting = list(item.children) + waiting
    return titles


def made(story: Story, incident: int, folder: Path, *, names: bool) -> bytes:
    file = folder / ("with.pdf" if names else "without.pdf")
    case_files.make(story.office, incident, wish(story, incident, names=names), file)
    content = file.read_bytes()
    for profile in ("2a", "ua1"):
        report = checker.validate_pdf_bytes(content, profile=profile)
        assert sorted({failure.rule_id for failure in report.failures}) == []
    return content


def test_the_solicitor_gets_everything_with_the_letters_as_they_were_issued(
    story: Story, tmp_path: Path
) -> None:
    incident = told(story)
    content = made(story, incident, tmp_path, names=True)
    words = printed(content)
    for letter in letters.for_incident(story.office, incident):
        paper = letters.issued_pdf(story.office, letter.id)
        assert letter.number in words
        assert hashlib.sha256(paper).hexdigest()[:8] in "".join(words.split())
        # Its pages stand in the file as they went out.
        assert " ".join(printed(paper).split())[:400] in words
    assert "Nobody could say who was at the gate" in words
    assert "Ms Quillfeather came in and shouted at Mr Hazel" in words
    assert words.count("Tim Hazel hit Tariq Osei-Marsh.") >= 12
    assert "Taken by Anna Quillfeather".casefold() not in everything_in(content)
    verdict = said_of(story, content, "for the solicitor.pdf")
    assert verdict.holds
    assert "Case file 2026/0001" in verdict.lines[0]
    titles = outline(content)
    assert any("2026/L0001" in title for title in titles)
    assert any("2026/L0002" in title for title in titles)


def test_without_names_nobody_is_to_be_found_in_it_by_any_means(story: Story, tmp_path: Path) -> None:
    incident = told(story)
    content = made(story, incident, tmp_path, names=False)
    found = everything_in(content)
    assert [name for name in THIRD if name in found] == []
    assert [title for title in outline(content) if any(name in title.casefold() for name in THIRD)] == []
    words = printed(content)
    assert "Person A" in words
    assert "Left out: it could show a name" in words
    # What happened, when and why is all there.
    assert "Nobody could say who was at the gate" in words
    assert "came in and shouted at Person" in words
    # The school's own people stand: they are no third party.
    assert "Ms B. Cedar" in words
    # The key is in the school's records and nowhere else.
    made_line = next(line for line in story.audit() if line.action == "case_file.made")
    assert made_line.object_id == incident


def test_both_files_are_kept_apart_and_open_to_who_may_open_the_incident(
    story: Story, tmp_path: Path
) -> None:
    incident = told(story)
    both = {made(story, incident, tmp_path, names=True), made(story, incident, tmp_path, names=False)}
    rows = issued_papers.list_papers(story.head, PaperKind.CASE_FILE)
    assert {issued_papers.read_paper(story.head, row.id) for row in rows} == both
    assert {row.title for row in rows} == {"Case file 2026/0001", "Case file 2026/0001, without names"}
    assert issued_papers.list_papers(story.governor, PaperKind.CASE_FILE) == []
    assert story.faults() == []
    # Made confidential afterwards, it takes its files with it.
    story.edited(incident, "headteacher", confidentiality=Confidentiality.SAFEGUARDING)
    assert issued_papers.list_papers(story.office, PaperKind.CASE_FILE) == []
    for row in rows:
        with pytest.raises(NotFound):
            issued_papers.read_paper(story.office, row.id)
    assert len(issued_papers.list_papers(story.dsl, PaperKind.CASE_FILE)) == 2


def test_imagery_of_a_child_is_in_no_case_file_whatever_is_ticked(story: Story, tmp_path: Path) -> None:
    incident = told(story)
    ticked = wish(story, incident, names=True)
    conduct = (*story.opened(incident).draft.conduct, Conduct.SEXUAL_IMAGERY_OF_CHILD)
    story.edited(incident, "headteacher", conduct=conduct)
    with pytest.raises(Refused) as caught:
        case_files.make(story.dsl, incident, ticked, tmp_path / "no.pdf")
    assert caught.value.rule == "INC-6"
    assert list(tmp_path.glob("no*")) == []


@pytest.mark.parametrize("login", ["governor", "administrator", "chair"])
def test_who_does_not_work_on_cases_makes_none(story: Story, login: str, tmp_path: Path) -> None:
    incident = told(story)
    before = story.audited
    with pytest.raises(NotAllowed):
        case_files.make(story.at(login), incident, CaseWish(), tmp_path / "no.pdf")
    with pytest.raises(NotAllowed):
        case_files.options(story.at(login), incident)
    assert list(tmp_path.glob("no*")) == []
    assert story.audited == before


def test_a_message_that_became_the_incident_is_in_its_file(story: Story, tmp_path: Path) -> None:
    account = tell.on_the_register(story)
    came = tell.message(
        story,
        account,
        story.school.clock.now,
        "Mr Hazel again!",
        person_id=story.school.people["anna"],
        from_name="annaq_79",
    )
    version = messages.open_message(story.office, came).version
    incident = messages.hand_over(story.office, came, version).id
    assert "Mr Hazel again!" in printed(made(story, incident, tmp_path, names=True))
    assert [
        name for name in THIRD if name in everything_in(made(story, incident, tmp_path, names=False))
    ] == []


def test_what_happened_to_the_letters_afterwards_is_told(story: Story, tmp_path: Path) -> None:
    incident = told(story)
    (letter, *_) = [each.id for each in letters.for_incident(story.office, incident)]
    letters.record_sent(story.office, letter, SentHow.POST, story.today, proof="AB 12")
    story.days_pass(5)
    letters.record_returned(story.office, letter, story.today, "Addressee gone away")
    words = printed(made(story, incident, tmp_path, names=True))
    assert "came back undelivered. Addressee gone away" in words
    assert "AB 12" in words


def test_the_legal_advisers_referral_and_the_file_agree_on_what_was_kept(
    story: Story, tmp_path: Path
) -> None:
    incident = told(story)
    letter = letters.draft(story.office, incident, LetterKind.REFERRAL_LEGAL, step_reason="They wrote to us")
    referral = whole_way(story, letter.id, names_reason="The adviser needs to know who wrote it.")
    words = printed(made(story, incident, tmp_path, names=True))
    digest = hashlib.sha256(photograph(hidden="Taken by Anna Quillfeather")).hexdigest()
    for paper in (referral, words):
        assert digest in "".join(paper.split())
    # A pupil stays a pupil in the referral though the file has the name.
    assert "Tariq" not in referral
    assert "Tariq" in words
