"""Two windows of the headteacher on one exception, as two real processes: exactly one decision, and it is whole."""

from __future__ import annotations

import json

import pytest

from smdesk.policy.vocabulary import Initiator, Link, PersonKind, Relationship
from smdesk.services import connections, people, verify
from smdesk.services.connection_records import DecisionKind, DeclarationDraft, ExceptionStatus
from smdesk.services.people_records import PersonDraft
from tests.faults.lived_in import DAY, Lived
from tests.faults.processes import child, killed, said, tell


@pytest.fixture
def waiting(lived: Lived) -> int:
    """An exception that waits for the headteacher."""
    with lived.signed_in() as office:
        adult = people.save(
            office, PersonDraft(kind=PersonKind.STAFF, given_name="Tim", family_name="Hazelwood")
        ).id
        pupil = people.save(
            office, PersonDraft(kind=PersonKind.PUPIL, given_name="Kit", family_name="Hazelwood")
        ).id
        draft = DeclarationDraft(
            adult_id=adult,
            other_id=pupil,
            relationship=Relationship.COUSIN,
            known_how="Both families told the office.",
            platforms=("facebook",),
            links=(Link.FRIEND,),
            initiator=Initiator.BOTH,
            declared_on=DAY,
        )
        saved = connections.save(office, draft)
        return connections.submit(office, saved.id, saved.version).id


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
