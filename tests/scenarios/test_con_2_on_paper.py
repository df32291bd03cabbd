"""Decided with ink on the headteacher's pack, recorded by the office, and confirmed, or not, at the next sign-in."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from smdesk.errors import Invalid, NotAllowed, NotFound, Refused, Tampered
from smdesk.policy.vocabulary import Initiator
from smdesk.services import (
    connection_decisions,
    connection_files,
    connection_papers,
    connection_signing,
    letters,
    paper_check,
)
from smdesk.services.connection_records import (
    DecisionOrigin,
    ExceptionStatus,
    FileKind,
    PaperAnswer,
)
from smdesk.services.letter_records import LetterKind
from tests.scenarios.telling import APPROVE, REFUSE, RENEW, REVOKE, SCAN, Story, printed

REF = "2026/C0001"


@pytest.fixture
def waiting(story: Story) -> int:
    return story.put_forward(conditions_proposed="Only in the holidays.")


def register_paper(story: Story) -> str:
    file = story.school.folder.root.parent / "register.pdf"
    connection_papers.register_pdf(story.office, story.today, file)
    return printed(file.read_bytes())


def test_con_2_the_pack_is_decided_in_ink_recorded_in_force_and_confirmed(story: Story, waiting: int) -> None:
    # The pack goes to the headteacher's pigeon hole: all that is needed to decide, a place for the decision.
    pack = printed(connection_papers.pack_pdf(story.head))
    for words in (REF, "Tim Hazel", "Sam Quillfeather", "Only in the holidays.", "Approve", "Refuse"):
        assert words in pack
    signed_on = story.today
    story.days_pass(2)

    decision = story.decided_on_paper(
        waiting, APPROVE, signed_on, "Her mother rang me.", conditions="Only in the holidays."
    )
    record = story.exception(waiting)
    (made,) = record.decisions
    assert (made.origin, made.decider_name, made.recorded_by, made.decided_on) == (
        DecisionOrigin.PAPER,
        "Mrs H. Alder",
        "Ms B. Cedar",
        signed_on,
    )
    assert (record.status, record.in_force, record.from_on) == (ExceptionStatus.APPROVED, True, signed_on)
    assert story.allowed_on(signed_on - timedelta(days=1)) == []
    assert story.allowed_on(signed_on) == [REF]
    # Everywhere it is said what it is.
    assert "on paper, not confirmed yet" in record.status_words
    assert "Not confirmed" in register_paper(story)
    assert "recorded on behalf" in printed(connection_papers.decision_pdf(story.office, decision)).lower()
    assert (
        story.looked_at(story.attempt(Initiator.BOTH))
        .covering[0]
        .text.endswith("It was decided on paper, which the decider has not confirmed yet.")
    )
    with pytest.raises(Invalid, match="no signed decision"):
        paper_check.check_paper(story.printed_decision(decision))
    (scan,) = record.files
    assert (scan.kind, scan.id) == (FileKind.DECISION, made.file_id)
    assert story.faults() == []

    # At the next sign-in it is the first thing that waits, with the scan to look at.
    assert story.waits_for("headteacher") == [("paper", REF)]
    (asked,) = connection_decisions.to_confirm(story.head)
    assert connection_files.read(story.head, asked.file_id) == SCAN
    for login in ("business_manager", "dsl", "chair"):
        with pytest.raises((NotAllowed, NotFound)):
            connection_decisions.confirm_paper(story.at(login), decision)
    connection_decisions.confirm_paper(story.head, decision)
    record = story.exception(waiting)
    assert (record.status_words, record.unconfirmed_paper) == ("Approved", False)
    assert story.waits_for("headteacher") == []
    assert "Not confirmed" not in register_paper(story)
    finding = paper_check.check_paper_here(story.dsl, story.printed_decision(decision))
    assert finding.faults == ()
    assert "Made on paper, recorded by the office, and confirmed by the decider." in finding.here
    # The day it was decided is the one on the paper; when it was confirmed is said beside it.
    assert any("11 March 2026" in line for line in finding.signed)
    assert connection_signing.check_one(story.dsl, decision) == ""
    assert story.faults() == []


def test_con_2_disputed_it_counts_for_nothing_and_waits_for_a_decision(story: Story, waiting: int) -> None:
    decision = story.decided_on_paper(waiting, APPROVE, story.today)
    letter = letters.draft_for_exception(
        story.office, waiting, LetterKind.EXCEPTION_APPROVED, story.school.people["anna"]
    ).id
    story.days_pass(1)
    with pytest.raises(Invalid, match="what is wrong"):
        connection_decisions.dispute_paper(story.head, decision, "  ")
    connection_decisions.dispute_paper(story.head, decision, "I ticked Refuse, look again.")
    record = story.exception(waiting)
    assert (record.status, record.in_force, record.from_on) == (ExceptionStatus.AWAITING, False, None)
    assert story.allowed_on(story.today) == []
    assert not story.looked_at(story.attempt(Initiator.BOTH)).covered
    assert record.decisions[0].answer is PaperAnswer.DISPUTED
    assert [line.reason for line in record.history if line.kind == "paper_answer"] == [
        "I ticked Refuse, look again."
    ]
    # Its letter tells what is not so: it goes nowhere.
    with pytest.raises(Refused, match="approved"):
        letters.submit(story.office, letter, letters.get(story.office, letter).version)
    # What the paper was about stays as it was; it is decided again, not changed or taken back.
    assert not record.may_edit
    assert story.waits_for("headteacher") == [("exception", REF)]
    story.decided(waiting, REFUSE, "No tie that I know of.")
    assert story.exception(waiting).status is ExceptionStatus.REFUSED
    assert [each.kind for each in story.exception(waiting).decisions] == [APPROVE, REFUSE]
    assert story.faults() == []


def test_con_2_a_disputed_revocation_lets_it_go_on(story: Story, waiting: int) -> None:
    story.decided(waiting, APPROVE)
    story.days_pass(5)
    decision = story.decided_on_paper(waiting, REVOKE, story.today)
    assert not story.exception(waiting).in_force
    connection_decisions.dispute_paper(story.head, decision, "That form was about somebody else.")
    assert story.exception(waiting).in_force
    assert story.exception(waiting).ends_on is None
    assert story.faults() == []


def test_con_2_a_letter_tells_the_conditions_that_count_not_those_of_a_disputed_renewal(
    story: Story, waiting: int
) -> None:
    story.decided(waiting, APPROVE, conditions="Only in the holidays.")
    story.days_pass(1)
    renewal = story.decided_on_paper(waiting, RENEW, story.today, conditions="Whenever they like.")
    connection_decisions.dispute_paper(story.head, renewal, "I renewed nothing.")
    story.days_pass(1)
    paper = story.paper(story.told(waiting, LetterKind.EXCEPTION_APPROVED, "anna"))
    assert "Only in the holidays." in paper
    assert "Whenever" not in paper
    assert connection_decisions.defaults(story.head, waiting).conditions == "Only in the holidays."


def test_con_2_what_was_decided_on_the_strength_of_a_disputed_paper_does_not_outlast_it(
    story: Story, waiting: int
) -> None:
    """Approved on paper, revoked, the paper disputed, approved anew: the old revocation ends nothing of the new."""
    paper = story.decided_on_paper(waiting, APPROVE, story.today)
    story.days_pass(2)
    story.decided(waiting, REVOKE, "I do not remember allowing this.")
    assert story.exception(waiting).status is ExceptionStatus.REVOKED
    connection_decisions.dispute_paper(story.head, paper, "I never signed it.")
    assert story.exception(waiting).status is ExceptionStatus.AWAITING
    story.days_pass(3)
    story.decided(waiting, APPROVE, "Her mother came in and explained.")
    record = story.exception(waiting)
    assert (record.in_force, record.from_on, record.ends_on) == (True, story.today, None)
    assert story.allowed_on(story.today - timedelta(days=4)) == []
    assert story.faults() == []


def test_con_2_what_a_paper_cannot_be(story: Story, waiting: int) -> None:
    story.days_pass(3)
    for on, says in (
        (story.today + timedelta(days=1), "lies in the future"),
        (date(2026, 3, 10), "declared on 11 March 2026"),
    ):
        with pytest.raises(Invalid, match=says):
            story.decided_on_paper(waiting, APPROVE, on)
    with pytest.raises(Invalid, match="never dated back"):
        story.decided_on_paper(waiting, APPROVE, story.today, from_on=story.today - timedelta(days=1))
    with pytest.raises(Invalid, match="reason"):
        story.decided_on_paper(waiting, APPROVE, story.today, " ")
    with pytest.raises(Invalid, match="no picture and no PDF"):
        story.decided_on_paper(waiting, APPROVE, story.today, scan=b"I was there, she said yes.")
    with pytest.raises(Refused, match="sign it here"):
        story.decided_on_paper(waiting, APPROVE, story.today, by="headteacher")
    for login in ("governor", "chair", "leadership", "administrator"):
        with pytest.raises(NotAllowed):
            connection_decisions.record_paper(
                story.at(login),
                waiting,
                2,
                connection_decisions.DecisionDraft(APPROVE),
                story.today,
                "a",
                SCAN,
            )
    assert story.exception(waiting).decisions == ()
    assert [path for path in story.school.folder.evidence.rglob("*") if path.is_file()] == []


def test_con_5_the_chairs_paper_is_the_chairs_to_confirm(story: Story) -> None:
    exception = story.put_forward("head", "tariq")
    decision = story.decided_on_paper(exception, APPROVE, story.today)
    assert story.exception(exception).decisions[0].decider_name == "Mrs C. Fir"
    for answer in (
        lambda: connection_decisions.confirm_paper(story.head, decision),
        lambda: connection_decisions.dispute_paper(story.head, decision, "Mine!"),
    ):
        with pytest.raises(NotAllowed, match=r"on behalf of Mrs C\. Fir"):
            answer()
    assert story.waits_for("headteacher") == []
    connection_decisions.confirm_paper(story.chair, decision)
    assert story.faults() == []


def test_con_2_a_scan_that_was_exchanged_is_not_confirmed_and_a_confirmed_one_is_found_out(
    story: Story, waiting: int
) -> None:
    decision = story.decided_on_paper(waiting, APPROVE, story.today)
    (file,) = [path for path in story.school.folder.evidence.rglob("*") if path.is_file()]
    good = file.read_bytes()
    file.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    with pytest.raises(Tampered):
        connection_decisions.confirm_paper(story.head, decision)
    assert story.exception(waiting).unconfirmed_paper
    file.write_bytes(good)
    connection_decisions.confirm_paper(story.head, decision)
    assert story.faults() == []
    file.unlink()
    assert any(REF in fault for fault in story.faults())
