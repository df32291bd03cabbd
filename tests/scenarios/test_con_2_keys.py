"""Real sign-ins and real keys: a reset by the office decides nothing, and what was signed before still stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from smdesk.errors import NotAllowed, Refused
from smdesk.policy.vocabulary import PersonKind
from smdesk.security import vault
from smdesk.security.permissions import Role
from smdesk.services import (
    connection_decisions,
    connection_papers,
    connection_signing,
    connections,
    paper_check,
    queue,
    users,
    verify,
)
from smdesk.services.connection_records import DecisionDraft, DecisionKind, ExceptionStatus, PaperAnswer
from smdesk.services.user_records import UserDraft
from tests.scenarios.real_school import RealSchool, decide, set_up
from tests.scenarios.telling import SCAN

APPROVE, RENEW = DecisionKind.APPROVE, DecisionKind.RENEW
GIVEN, CHOSEN = "made up by the office", "her own words again"


@pytest.fixture
def school(tmp_path: Path) -> RealSchool:
    return set_up(tmp_path / "school")


@pytest.fixture
def pair(school: RealSchool) -> tuple[int, int, int]:
    """A teacher and two pupils, his cousins."""
    return (
        school.person("Hazel", "Tim", PersonKind.STAFF, joined_on=date(2019, 9, 1)),
        school.person("Hazel", "Kit", PersonKind.PUPIL),
        school.person("Hazel", "Max", PersonKind.PUPIL),
    )


def reset(school: RealSchool) -> int:
    """The office resets the headteacher's password and tells her the new one; gives the flagged key."""
    with school.signed_in("office") as office:
        users.reset_password(office, school.user_id(office, "head"), GIVEN, vault.TESTING)
        return next(key.id for key in users.keys(office) if key.flag)


def test_a_reset_by_the_office_then_an_attempt_to_approve_and_the_old_signature_stands(
    school: RealSchool, pair: tuple[int, int, int], tmp_path: Path
) -> None:
    adult, kit, max_ = pair
    old = school.decided(school.waiting(adult, kit), APPROVE, "His cousin.")
    file = tmp_path / "old.pdf"
    with school.signed_in("head") as head:
        file.write_bytes(connection_papers.decision_pdf(head, old))
    second = school.waiting(adult, max_)
    school.days_pass(1)
    flagged = reset(school)

    # The office sits down as the headteacher: it cannot decide, and says what is wrong.
    with school.signed_in("head", GIVEN) as office_as_head:
        with pytest.raises(NotAllowed, match="password of your own"):
            decide(office_as_head, second, APPROVE, "Go on.")
        users.change_my_password(office_as_head, GIVEN, CHOSEN, vault.TESTING)
        for attempt in (
            lambda: decide(office_as_head, second, APPROVE, "Go on."),
            lambda: decide(office_as_head, second, DecisionKind.REFUSE, "No."),
            lambda: decide(office_as_head, 1, RENEW, "And this."),
        ):
            with pytest.raises(Refused, match=r"made by a password reset.*Mr D\. Birch compares"):
                attempt()
        assert connections.open_exception(office_as_head, second).status is ExceptionStatus.AWAITING
        # What was signed with the old key stands, is shown as such, and prints as before.
        (kept,) = connections.open_exception(office_as_head, 1).decisions
        assert (kept.fault, kept.key_flag) == ("", "")
        assert connection_papers.decision_pdf(office_as_head, old)
    with school.signed_in("office") as office:
        assert any("Mrs H. Alder" in notice for notice in users.notices(office))
        with pytest.raises(NotAllowed):
            users.confirm_key(office, flagged)
        assert connection_signing.check_one(office, old) == ""
        assert verify.check(office) == []
        here = paper_check.check_paper_here(office, file)
        assert (here.faults, here.here[0]) == ((), "Signed with the key of Mrs H. Alder.")

    # The DSL compares the fingerprint with her and vouches for it: now it decides, and both signatures hold.
    with school.signed_in("dsl") as dsl:
        users.confirm_key(dsl, flagged)
    with school.signed_in("head", CHOSEN) as head:
        new = decide(head, second, APPROVE, "His cousin too.")
        fingerprints = {
            connections.open_exception(head, exception).decisions[0].fingerprint for exception in (1, second)
        }
        assert len(fingerprints) == 2
        assert [connection_signing.check_one(head, each) for each in (old, new)] == ["", ""]
        assert verify.check(head) == []


def test_a_window_left_open_over_a_reset_cannot_go_on_deciding_with_the_old_key(
    school: RealSchool, pair: tuple[int, int, int]
) -> None:
    exception = school.waiting(*pair[:2])
    with school.signed_in("head") as head:
        version = connections.open_exception(head, exception).version
        reset(school)
        with pytest.raises(NotAllowed, match="password of your own"):
            connection_decisions.decide(head, exception, version, DecisionDraft(APPROVE, "x"))
    with school.signed_in("dsl") as dsl:
        assert connections.open_exception(dsl, exception).decisions == ()


def test_a_key_that_waits_confirms_no_paper_but_its_holder_may_dispute_one(
    school: RealSchool, pair: tuple[int, int, int]
) -> None:
    """Else the office could record a paper of its own making and confirm it itself."""
    exception = school.waiting(*pair[:2])
    with school.signed_in("office") as office:
        version = connections.open_exception(office, exception).version
        paper = connection_decisions.record_paper(
            office, exception, version, DecisionDraft(APPROVE, "On paper."), school.today, "scan.pdf", SCAN
        ).id
    reset(school)
    with school.signed_in("head", GIVEN) as head:
        users.change_my_password(head, GIVEN, CHOSEN, vault.TESTING)
        assert [str(item.kind) for item in queue.waiting(head)] == ["paper"]
        with pytest.raises(Refused, match="made by a password reset"):
            connection_decisions.confirm_paper(head, paper)
        assert connections.open_exception(head, exception).unconfirmed_paper
        connection_decisions.dispute_paper(head, paper, "I was away that week.")
        record = connections.open_exception(head, exception)
        assert (record.status, record.in_force) == (ExceptionStatus.AWAITING, False)
        assert record.decisions[0].answer is PaperAnswer.DISPUTED


def test_the_office_cannot_decide_by_a_second_account_or_by_taking_the_role(
    school: RealSchool, pair: tuple[int, int, int]
) -> None:
    exception = school.waiting(*pair[:2])
    with school.signed_in("office") as office:
        mine = next(row for row in users.list_users(office) if row.draft.login == "office")
        with pytest.raises(Refused, match="Nobody gives themselves a role"):
            users.save(
                office,
                mine.id,
                replace(mine.draft, roles=(*mine.draft.roles, Role.HEADTEACHER)),
                mine.version,
            )
        users.add(
            office, UserDraft("head2", "Mx N. Nobody", "Head", (Role.HEADTEACHER,)), GIVEN, vault.TESTING
        )
    with school.signed_in("head2", GIVEN) as second:
        users.change_my_password(second, GIVEN, CHOSEN, vault.TESTING)
        with pytest.raises(Refused, match="confirm"):
            decide(second, exception, APPROVE, "x")
    with school.signed_in("head") as head:
        assert connections.open_exception(head, exception).decisions == ()
