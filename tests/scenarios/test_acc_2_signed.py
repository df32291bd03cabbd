"""A case decided by people who really sign in: the signature holds, is checked, and what was tampered with is found."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from smdesk.errors import Invalid, NotAllowed, Refused, Tampered
from smdesk.policy.accounts import Openness
from smdesk.policy.vocabulary import PersonKind
from smdesk.security import vault
from smdesk.security.permissions import Role
from smdesk.services import (
    accounts,
    agreements,
    business_cases,
    case_decisions,
    case_papers,
    paper_check,
    policies,
    training,
    users,
    verify,
)
from smdesk.services.agreement_records import Answer, PolicyDraft, VersionDraft
from smdesk.services.case_records import (
    CaseDecisionDraft,
    CaseDecisionKind,
    CaseDraft,
    CaseStatus,
    RunnerChoice,
)
from smdesk.services.context import Context
from smdesk.services.training_records import TrainingTypeDraft
from smdesk.services.user_records import UserDraft
from tests.scenarios.real_school import RealSchool, set_up

LEADER = "silver bicycle lantern"
GIVEN = "made up by the office"


@pytest.fixture
def school(tmp_path: Path) -> RealSchool:
    """With a second member of the leadership team, for the policy asks for two."""
    made = set_up(tmp_path / "school")
    with made.signed_in("office") as office:
        draft = UserDraft("leader", "Mr L. Damson", "Assistant head", (Role.LEADERSHIP,))
        users.add(office, draft, GIVEN, vault.TESTING)
    with made.signed_in("leader", GIVEN) as leader:
        users.change_my_password(leader, GIVEN, LEADER, vault.TESTING)
    made.passwords["leader"] = LEADER
    with made.signed_in("head") as head:
        for row in users.keys(head):
            if row.flag and row.may_confirm:
                users.confirm_key(head, row.id)
    return made


def waiting(school: RealSchool) -> int:
    """A case that lacks nothing, put to the meeting by the office."""
    runners = [school.person("Hazel", "Tim", PersonKind.STAFF), school.person("Lark", "Jo", PersonKind.STAFF)]
    with school.signed_in("office") as office:
        policy = policies.save(office, PolicyDraft("Social media policy", for_accounts=True)).id
        policies.add_version(office, policy, VersionDraft("3", school.today))
        agreements.record(office, policy, runners, Answer.SIGNED, school.today)
        kind = training.save_type(office, TrainingTypeDraft("Accounts", 12, for_accounts=True)).id
        training.record(office, kind, runners, school.today)
        draft = CaseDraft(
            platform="facebook",
            proposed_name="Thistledown",
            proposer_name="Ms O. Parent",
            aim="News",
            audience="Families",
            promotion="Newsletter",
            openness=Openness.OPEN,
            runners=tuple(RunnerChoice(each, at == 0) for at, each in enumerate(runners)),
        )
        saved = business_cases.save(office, draft)
        return business_cases.submit(office, saved.id, saved.version).id


def approve(school: RealSchool, ctx: Context, case_id: int) -> int:
    agreed = tuple(school.user_id(ctx, login) for login in ("head", "leader"))
    draft = CaseDecisionDraft(CaseDecisionKind.APPROVE, "It helps families.", "No names.", agreed=agreed)
    return case_decisions.decide(ctx, case_id, business_cases.open_case(ctx, case_id).version, draft).id


def change_behind_its_back(school: RealSchool, statement: str) -> None:
    """As somebody with the key and a database program would, the guards taken out."""
    with school.signed_in("office") as office, office.database.writing() as session:
        names = session.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
        for name in names:
            session.execute(text(f"DROP TRIGGER {name}"))
        session.execute(text(statement))


def test_the_signature_is_of_whoever_recorded_it_and_the_paper_proves_itself(
    school: RealSchool, tmp_path: Path
) -> None:
    case_id = waiting(school)
    file = tmp_path / "decision.pdf"
    with school.signed_in("leader") as leader:
        decision = approve(school, leader, case_id)
        record = business_cases.open_case(leader, case_id)
        assert (record.status, record.decisions[0].fault) == (CaseStatus.APPROVED, "")
        assert record.decisions[0].recorder == "Mr L. Damson, Assistant head"
        file.write_bytes(case_papers.decision_pdf(leader, decision))
        assert verify.check(leader) == []
    # Years later, without the records: the paper alone; and beside them.
    alone = paper_check.check_paper(file)
    assert (alone.holds, alone.faults) == (True, ())
    with school.signed_in("office") as office:
        here = paper_check.check_paper_here(office, file)
        assert (here.faults, here.here[0]) == ((), "Signed with the key of Mr L. Damson.")
        # The runner leaves, the policy changes, the account closes: what was decided stays decided.
        (found,) = accounts.choices(office)
        held = accounts.open_account(office, found.id)
        accounts.close(office, found.id, held.version, "Nobody reads it", school.today)
        assert verify.check(office) == []
        assert paper_check.check_paper_here(office, file).faults == ()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE business_case SET aim = 'Gossip'",
        "UPDATE case_decision SET conditions = ''",
        "UPDATE case_decision SET decided_on = '2026-09-01'",
        "DELETE FROM case_vote WHERE name = 'Mr L. Damson'",
        "DELETE FROM case_runner WHERE position = 1",
        "UPDATE school_account SET approved_on = '2026-01-01'",
        "INSERT INTO case_vote (decision_id, user_id, name, agreed) SELECT id, 2, 'Mr D. Birch', 1 FROM case_decision",
    ],
)
def test_what_somebody_changes_behind_the_programs_back_is_found_and_not_printed(
    school: RealSchool, tmp_path: Path, statement: str
) -> None:
    case_id = waiting(school)
    file = tmp_path / "decision.pdf"
    with school.signed_in("head") as head:
        decision = approve(school, head, case_id)
        file.write_bytes(case_papers.decision_pdf(head, decision))
    change_behind_its_back(school, statement)
    with school.signed_in("head") as head:
        faults = verify.check(head)
        assert faults
        if "school_account" in statement:
            return
        assert any("2026/B0001" in fault for fault in faults)
        assert business_cases.open_case(head, case_id).decisions[0].fault
        with pytest.raises(Tampered, match="It is not printed"):
            case_papers.decision_pdf(head, decision)
    # The paper printed before still proves what was decided.
    assert paper_check.check_paper(file).faults == ()


def test_a_decision_moved_to_another_case_or_taken_out_is_missed(school: RealSchool) -> None:
    case_id = waiting(school)
    with school.signed_in("head") as head:
        approve(school, head, case_id)
        before = verify.check(head)
    assert before == []
    change_behind_its_back(school, "DELETE FROM case_vote")
    change_behind_its_back(school, "DELETE FROM case_decision")
    with school.signed_in("head") as head:
        assert any("is not on record any more" in fault for fault in verify.check(head))


def test_a_leader_whose_password_the_office_reset_records_nothing_until_the_dsl_vouches(
    school: RealSchool,
) -> None:
    case_id = waiting(school)
    with school.signed_in("office") as office:
        users.reset_password(office, school.user_id(office, "leader"), "reset by the office", vault.TESTING)
    with school.signed_in("leader", "reset by the office") as office_as_leader:
        with pytest.raises(NotAllowed, match="password of your own"):
            approve(school, office_as_leader, case_id)
        users.change_my_password(
            office_as_leader, "reset by the office", "some other words here", vault.TESTING
        )
        with pytest.raises(Refused, match="made by a password reset"):
            approve(school, office_as_leader, case_id)
        assert business_cases.open_case(office_as_leader, case_id).decisions == ()
        assert accounts.choices(office_as_leader) == []
    with school.signed_in("dsl") as dsl:
        (flagged,) = [key for key in users.keys(dsl) if key.flag and key.may_confirm]
        users.confirm_key(dsl, flagged.id)
    with school.signed_in("leader", "some other words here") as leader:
        assert approve(school, leader, case_id)
        assert verify.check(leader) == []


def test_a_day_that_cannot_be_and_a_name_from_outside_the_team_are_refused(school: RealSchool) -> None:
    case_id = waiting(school)
    with school.signed_in("head") as head:
        version = business_cases.open_case(head, case_id).version
        agreed = tuple(school.user_id(head, login) for login in ("head", "leader"))
        usual = CaseDecisionDraft(CaseDecisionKind.APPROVE, "Yes.", agreed=agreed)
        for wrong, said in (
            (replace(usual, decided_on=date(2026, 9, 7)), "cannot have been decided before"),
            (replace(usual, decided_on=date(2026, 9, 9)), "lies in the future"),
            (replace(usual, reason=" "), "Give the reason"),
            (
                replace(usual, agreed=(agreed[0], school.user_id(head, "dsl"))),
                "not one of the leadership team",
            ),
            (replace(usual, against=(agreed[1],)), "cannot both agree and not agree"),
            (replace(usual, review_on=school.today), "Choose a later day"),
            (replace(usual, review_on=date(2040, 1, 1)), "within 5 years"),
        ):
            with pytest.raises(Invalid, match=said):
                case_decisions.decide(head, case_id, version, wrong)
        assert business_cases.open_case(head, case_id).decisions == ()
