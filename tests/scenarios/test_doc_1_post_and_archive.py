"""What becomes of letters after they are issued: the mail-out, what comes back, and what the archive says of a file."""

from __future__ import annotations

import email
import io
from email.policy import default
from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from smdesk.errors import Invalid, Refused
from smdesk.policy.vocabulary import Conduct, Step
from smdesk.services import (
    case_files,
    connection_papers,
    eml,
    issued_papers,
    letter_lists,
    letters,
    mail_out,
    reports,
    verify_papers,
)
from smdesk.services.case_file_records import CaseWish
from smdesk.services.connection_records import DecisionKind
from smdesk.services.letter_records import SentHow
from smdesk.services.today_records import DueKind
from smdesk.services.verify_papers import PaperVerdict
from tests.documents.reading import texts_of
from tests.scenarios import telling_accounts as tell
from tests.scenarios.telling import INVITATION, WARNING, Story, printed
from tests.scenarios.telling_papers import said_of


def ready(story: Story, author: str = "anna", summary: str = "A post") -> int:
    """A letter that is issued and has not gone."""
    incident = story.logged(summary, Conduct.ABUSIVE, platform="facebook", author=author)
    letter = story.handed_in(incident, INVITATION)
    story.approved(letter)
    story.issued(letter)
    return letter


# The mail-out


def test_twelve_letters_go_out_together_behind_their_list(story: Story) -> None:
    story.changed("ben", address="3 Orchard Way\nBrambleford", postcode="ZZ9 9ZZ")
    made = [ready(story, ("anna", "ben")[number % 2], f"No {number}") for number in range(12)]
    waiting = mail_out.going_out(story.office)
    assert [each.id for each in waiting] == made

    seen: list[tuple[int, int]] = []
    batch = mail_out.batch(story.office, made, progress=lambda done, whole: seen.append((done, whole)))
    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1]
    pages = texts_of(batch.pdf)
    assert (batch.letters, batch.pages) == (12, len(pages))
    # The list says who, which number, how many pages, which envelope; each letter follows on a sheet of its own.
    top = " ".join(pages[: batch.starts[1]])
    for each in waiting:
        assert each.number in top
        assert each.to in top
    for start, each in zip(batch.starts[1:], waiting, strict=True):
        assert each.number in pages[start]
        assert "Page 1 of" in pages[start]
    # Printing is not sending.
    assert [each.id for each in mail_out.going_out(story.office)] == made

    recorded = mail_out.record_gone(
        story.office, made, SentHow.POST, story.today, "Second class", proof="BC 1234 5678 9GB"
    )
    assert (list(recorded.done), recorded.faults) == (made, ())
    assert mail_out.going_out(story.office) == []
    assert letters.get(story.office, made[3]).sent_proof == "BC 1234 5678 9GB"
    again = mail_out.record_gone(story.office, made[:1], SentHow.HAND, story.today)
    assert again.done == ()
    assert "recorded already" in again.faults[0]
    assert story.faults() == []


def test_the_same_batch_is_the_letters_as_issued_to_the_last_word(story: Story) -> None:
    made = [ready(story, summary=f"No {number}") for number in range(3)]
    batch = mail_out.batch(story.office, made, with_list=False)
    joined = printed(batch.pdf)
    for letter in made:
        assert printed(letters.issued_pdf(story.office, letter)) in joined


def test_a_letter_nobody_can_post_is_told_on_the_list_and_handed_over(story: Story) -> None:
    letter = ready(story, "ben")
    (waiting,) = mail_out.going_out(story.office)
    assert not waiting.by_post
    with pytest.raises(Invalid, match="no address"):
        letters.record_sent(story.office, letter, SentHow.POST, story.today)
    letters.record_sent(story.office, letter, SentHow.HAND, story.today, "At the gate")
    assert letters.get(story.office, letter).sent_how is SentHow.HAND


def test_a_letter_by_email_is_the_paper_that_was_issued_and_is_not_sent_by_us(
    story: Story, tmp_path: Path
) -> None:
    letter = ready(story)
    file = tmp_path / "letter.eml"
    assert eml.save_email(story.office, letter, file) == "anna@quillfeather.example"
    message = email.message_from_bytes(file.read_bytes(), policy=default)
    assert (message["X-Unsent"], message["To"]) == ("1", "anna@quillfeather.example")
    for said in ("Quillfeather", "Anna", "nvitation", "caretaker", "Confidential"):
        assert said not in message["Subject"]
    (attached,) = message.iter_attachments()
    assert attached.get_payload(decode=True) == letters.issued_pdf(story.office, letter)
    assert said_of(story, attached.get_payload(decode=True), "attached.pdf").holds
    assert letters.get(story.office, letter).sent_on is None


# What comes back


def test_a_letter_that_came_back_stands_on_the_timeline_and_in_today_until_it_goes_again(
    story: Story,
) -> None:
    letter = ready(story)
    with pytest.raises(Refused, match="went"):
        letters.record_returned(story.office, letter, story.today, "Gone away")
    letters.record_sent(story.office, letter, SentHow.POST, story.today, proof="AB 1")
    story.days_pass(6)
    letters.record_returned(story.office, letter, story.today, "Gone away")
    record = letters.get(story.office, letter)
    assert (record.returned_on, record.returned_why) == (story.today, "Gone away")
    lines = [line.text for line in story.timeline(record.matter_id)]
    assert any("came back undelivered. Gone away" in line for line in lines)
    (item,) = tell.due(story)[DueKind.LETTER_BACK].items
    assert record.number in f"{item.title} {item.why}"
    assert [each.returned_on for each in letter_lists.rows(story.office, [letter])] == [story.today]

    # The step was taken all the same; the paper is what it was; and it may go again, by hand.
    assert story.entry(record.matter_id, Step.ASK_REMOVAL).letter_id == letter
    paper = letters.issued_pdf(story.office, letter)
    letters.record_sent(story.office, letter, SentHow.HAND, story.today, "At the gate")
    assert letters.issued_pdf(story.office, letter) == paper
    assert DueKind.LETTER_BACK not in tell.due(story)
    assert letters.get(story.office, letter).returned_on is None


# What the archive says of a file


def papers(story: Story, folder: Path) -> dict[str, bytes]:
    """One of each kind of paper that is kept, as it went out."""
    letter = ready(story)
    letters.record_sent(story.office, letter, SentHow.POST, story.today)
    incident = letters.get(story.office, letter).matter_id
    case_files.make(story.office, incident, CaseWish(letters=frozenset({letter})), folder / "case.pdf")
    for form in ("full", "page"):
        file = folder / f"{form}.pdf"
        reports.governor_pdf(story.head, reports.parse_period("2026 spring"), file, form=form)  # type: ignore[arg-type]  # both forms
    exception = story.put_forward()
    decision = story.decided(exception, DecisionKind.APPROVE)
    return {
        "letter": letters.issued_pdf(story.office, letter),
        "case file": (folder / "case.pdf").read_bytes(),
        "governor report": (folder / "full.pdf").read_bytes(),
        "governor report on one page": (folder / "page.pdf").read_bytes(),
        "decision": connection_papers.decision_pdf(story.head, decision),
    }


def one_bit(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 0x20]) + content[place + 1 :]


def printed_again(content: bytes) -> bytes:
    """Printed to a file: the same pages, made by another program."""
    out = io.BytesIO()
    document, copy = pypdfium2.PdfDocument(content), pypdfium2.PdfDocument.new()
    try:
        copy.import_pages(document)
        copy.save(out)
    finally:
        document.close()
        copy.close()
    return out.getvalue()


def is_another(verdict: PaperVerdict) -> bool:
    """Told as not the file that went out. A decision counts by its signature, whatever file carries it."""
    told = " ".join(verdict.lines)
    by_signature = "its signature is good" in told and "not, byte for byte, one that is kept here" in told
    return "unchanged." not in told and (by_signature or not verdict.holds)


def test_each_kept_paper_is_known_whatever_its_name_and_no_other_file_is_it(
    story: Story, tmp_path: Path
) -> None:
    for what, content in papers(story, tmp_path).items():
        for name in ("renamed.pdf", "Ünï cödé & $parent.pdf", "no ending"):
            verdict = said_of(story, content, name)
            assert verdict.holds, (what, verdict.lines)
            assert "issued on 11 March 2026, unchanged." in verdict.lines[0], what
        for place in (9, len(content) // 3, len(content) // 2, len(content) - 20):
            assert is_another(said_of(story, one_bit(content, place))), (what, place)
        for other in (content + b"\n", content[:-1], printed_again(content)):
            assert is_another(said_of(story, other)), what


def test_every_kept_paper_comes_again_byte_for_byte_a_year_later(story: Story, tmp_path: Path) -> None:
    made = papers(story, tmp_path)
    story.days_pass(400)
    story.changed("anna", family_name="Quillfeather-Osei", address="9 New Street")
    kept = {
        row.sha256: issued_papers.read_paper(story.head, row.id)
        for row in issued_papers.list_papers(story.head)
    }
    for what, content in made.items():
        if what != "letter":
            assert content in kept.values(), what
    letter = letters.sorted_ids(story.office, "all")[0]
    assert letters.issued_pdf(story.office, letter) == made["letter"]
    assert story.faults() == []


def test_of_two_letters_each_is_known_as_itself(story: Story) -> None:
    first, second = ready(story), ready(story, summary="Another")
    for letter in (first, second):
        verdict = said_of(story, letters.issued_pdf(story.office, letter))
        assert letters.get(story.office, letter).number in verdict.lines[0]


def test_the_same_page_under_another_number_is_not_the_letter(story: Story) -> None:
    content = letters.issued_pdf(story.office, ready(story))
    with pikepdf.open(io.BytesIO(content)) as document:
        document.Root.Metadata.write(
            document.Root.Metadata.read_bytes().replace(b"2026/L0001", b"2026/L0009")
        )
        document.docinfo["/Title"] = str(document.docinfo["/Title"]).replace("L0001", "L0009")
        out = io.BytesIO()
        document.save(out)
    verdict = said_of(story, out.getvalue())
    assert not verdict.holds
    assert "L0009" in " ".join(verdict.lines)


def test_no_paper_at_all_is_said_in_words(story: Story) -> None:
    with pytest.raises(Invalid, match="cannot be read"):
        verify_papers.check_here(story.governor, story.school.folder.root / "nowhere.pdf")
    for content in (b"", b"%PDF-1.7 nothing", b"\x00" * 5000, b"MZ\x90\x00"):
        with pytest.raises(Invalid, match="not a PDF"):
            said_of(story, content, "odd")


def test_an_issued_letter_takes_no_more_change_from_anybody(story: Story) -> None:
    letter = ready(story)
    for desk in (story.office, story.head):
        record = letters.get(desk, letter)
        with pytest.raises(Refused):
            letters.save(desk, letter, record.edit, record.version)
        with pytest.raises(Refused):
            letters.withdraw(desk, letter, "Second thoughts")
        with pytest.raises(Refused):
            letters.issue(desk, letter, record.version)
    with pytest.raises(Refused):
        letters.submit(story.office, letter, letters.get(story.office, letter).version)
    incident = letters.get(story.office, letter).matter_id
    assert WARNING in {each.kind for each in letters.choices(story.office, incident)}
