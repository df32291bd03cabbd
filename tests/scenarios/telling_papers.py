"""Words for the stories of papers: a letter's whole way, and what stands in the file that was kept."""

from __future__ import annotations

from pathlib import Path

import page as checker

from smdesk.services import letters, verify_papers
from smdesk.services.letter_records import LetterKind, LetterStatus, SentHow
from smdesk.services.verify_papers import PaperVerdict
from tests.scenarios.telling import OFFICE, Story, printed


def whole_way(
    story: Story, letter: int, decider: str = "headteacher", names_reason: str = "", by: str = OFFICE
) -> str:
    """A draft through approval, issue and post into the archive; gives the words on its paper."""
    desk = story.at(by)
    letters.submit(desk, letter, letters.get(desk, letter).version)
    story.approved(letter, decider, names_reason)
    story.issued(letter, by)
    letters.record_sent(desk, letter, SentHow.HAND, story.today)
    return archived(story, letter, by)


def archived(story: Story, letter: int, by: str = OFFICE) -> str:
    """The paper that was kept is for keeping and for reading aloud, the same twice over, and known again."""
    desk = story.at(by)
    record = letters.get(desk, letter)
    assert record.status is LetterStatus.ISSUED
    assert record.sent_on is not None
    paper = letters.issued_pdf(desk, letter)
    assert letters.preview_pdf(desk, letter) == paper
    for profile in ("2a", "ua1"):
        report = checker.validate_pdf_bytes(paper, profile=profile)
        assert sorted({failure.rule_id for failure in report.failures}) == []
    verdict = said_of(story, paper)
    assert verdict.holds
    assert verdict.lines[0].startswith(f"This is letter {record.number}, issued on ")
    words = printed(paper)
    assert record.number in words
    return words


def said_of(
    story: Story, paper: bytes, name: str = "from the post.pdf", by: str = "governor"
) -> PaperVerdict:
    """What anybody is told who holds this file, whatever it is called."""
    return verify_papers.check_here(story.at(by), put_down(story, paper, name))


def put_down(story: Story, content: bytes, name: str) -> Path:
    """A file outside the records."""
    file = story.school.folder.root.parent / name
    file.write_bytes(content)
    return file


def open_kinds(story: Story, incident: int) -> set[LetterKind]:
    """The letters that may be written now without a reason."""
    return {
        each.kind for each in letters.choices(story.office, incident) if each.open and not each.needs_reason
    }
