"""Two windows of the headteacher on one exception, as two real processes: exactly one decision, and it is whole."""

from __future__ import annotations

import json

from smdesk.db import evidence as store
from smdesk.services import connections, verify
from smdesk.services.connection_records import DecisionKind, ExceptionStatus
from tests.faults.lived_in import Lived
from tests.faults.processes import child, killed, said, tell


def test_of_two_who_decide_in_the_same_moment_exactly_one_wins_and_the_other_is_told(
    lived: Lived, waiting: int
) -> None:
    with (
        child(lived, "decide", f"{waiting}|approve", "head") as first,
        child(lived, "decide", f"{waiting}|refuse", "head") as second,
    ):
        assert said(first) == said(second) == "opened"
        tell(first)
        tell(second)
        answers = [json.loads(said(first)), json.loads(said(second))]
    assert sorted("decided" if "decided" in each else "conflict" for each in answers) == [
        "conflict",
        "decided",
    ]
    won = 0 if "decided" in answers[0] else 1
    assert f"{('Approved', 'Refused')[won]} by Mrs Hyacinth Alderwood" in answers[1 - won]["conflict"]
    with lived.signed_in() as office:
        record = connections.open_exception(office, waiting)
        assert [each.kind for each in record.decisions] == [(DecisionKind.APPROVE, DecisionKind.REFUSE)[won]]
        assert record.version == answers[won]["version"] == answers[1 - won]["version"]
        assert verify.check(office) == []


def test_a_decision_cut_off_before_it_was_committed_never_was(lived: Lived, waiting: int) -> None:
    with child(lived, "hang_between_decision_and_commit", str(waiting), "head") as process:
        assert said(process) == "signed, not committed"
        killed(process)
    with lived.signed_in() as office:
        record = connections.open_exception(office, waiting)
        assert (record.status, record.decisions, record.sealed) == (ExceptionStatus.AWAITING, (), False)
        assert verify.check(office) == []


def test_the_headteacher_signs_while_the_office_records_her_paper_one_of_them_is_told(
    lived: Lived, waiting: int
) -> None:
    with (
        child(lived, "decide", f"{waiting}|refuse", "head") as signing,
        child(lived, "paper", str(waiting)) as recording,
    ):
        assert said(signing) == said(recording) == "opened"
        tell(signing)
        tell(recording)
        answers = {"signed": json.loads(said(signing)), "paper": json.loads(said(recording))}
    (won,) = [how for how, answer in answers.items() if "decided" in answer]
    (lost,) = [answer for answer in answers.values() if "conflict" in answer]
    assert "Look at it again" in lost["conflict"]
    with lived.signed_in() as office:
        record = connections.open_exception(office, waiting)
        (decision,) = record.decisions
        assert decision.origin == won
        # The scan of a paper that came too late is not kept.
        kept = len(store.stored_names(lived.folder.evidence)) - 1  # besides the one piece of evidence
        assert len(record.files) == kept == (won == "paper")
        assert verify.check(office) == []
