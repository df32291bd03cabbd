"""What the leadership team decides about a case: by whom, with what closed, signed, and held to it (ACC-2, ACC-3)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from smdesk.db.models import (
    CaseDecision,
    CaseVote,
    Person,
    PolicyProfile,
    School,
    SchoolAccount,
    User,
)
from smdesk.errors import Conflict, Invalid, NotAllowed, Refused
from smdesk.paths import resource
from smdesk.policy import profile as policy_profile
from smdesk.security.permissions import Role
from smdesk.security.signatures import fingerprint, verify
from smdesk.services import business_cases, case_decisions, people_merge, verify_cases
from smdesk.services import verify as verify_service
from smdesk.services.case_records import CaseDecisionKind, CaseStatus
from tests.support.accounts import an_account
from tests.support.cases import a_version, approved, decide, draft, opened, propose, ready, set_up, submit
from tests.support.school import SmallSchool

TODAY = date(2026, 3, 11)
APPROVE, REJECT, ASK = CaseDecisionKind.APPROVE, CaseDecisionKind.REJECT, CaseDecisionKind.ASK_FOR_MORE


def waiting(school: SmallSchool, *runners: str, **fields) -> int:
    """A case that lacks nothing and awaits the meeting."""
    set_up(school, *(runners or ("office", "teacher")))
    return submit(school, propose(school, *runners, **fields))


def set_rules(school: SmallSchool, **rules) -> None:
    """Bring a policy into use in which the rules about accounts are these."""
    text_ = resource("policy", "complete.toml").read_text(encoding="utf-8")
    held = policy_profile.parse(text_)
    toml = policy_profile.dump(replace(held, accounts=replace(held.accounts, **rules)))
    with school.database.writing() as session:
        row = PolicyProfile(
            number=2, base="complete", title="Ours", toml=toml, sha256="x" * 64, created_at=school.clock.now
        )
        session.add(row)
        session.flush()
        session.query(School).one().profile_id = row.id


def faults(school: SmallSchool) -> list[str]:
    with school.database.reading() as session:
        return verify_cases.faults(session)


# ------------------------------------------------------------------------------------------------------- approving


def test_an_approval_is_signed_seals_the_case_and_opens_the_account(school: SmallSchool) -> None:
    case_id = waiting(school)
    saved = decide(
        school,
        case_id,
        present="The chair of governors listened.",
        minute_ref=" SLT  12 ",
        conditions="No names.",
    )
    record = opened(school, case_id)
    assert (record.status, record.sealed, record.editable, record.decided_on) == (
        CaseStatus.APPROVED,
        True,
        False,
        TODAY,
    )
    assert record.version == saved.version
    (decision,) = record.decisions
    assert decision.id == saved.id
    assert (decision.agreed, decision.against) == (("Mrs H. Alder", "Mr L. Damson"), ())
    assert (decision.minute_ref, decision.present) == ("SLT 12", "The chair of governors listened.")
    assert (decision.review_on, decision.fault) == (date(2027, 3, 11), "")
    assert decision.fingerprint == fingerprint(school.signing["headteacher"].public)
    assert record.account is not None
    account_id, label = record.account
    assert label == "Brambleford Primary on Facebook"
    assert {("case", case_id), ("account", account_id)} <= saved.changes
    with school.database.reading() as session:
        account = session.get_one(SchoolAccount, account_id)
        assert (account.approved_on, account.review_on) == (TODAY, date(2027, 3, 11))
        row = session.get_one(CaseDecision, saved.id)
        payload = json.loads(row.signed_payload)
        assert verify(school.signing["headteacher"].public, payload, row.signature)
        assert [each["name"] for each in payload["runners"]] == ["Bea Cedar", "Tim Hazel"]
        # By what they were satisfied that each had acknowledged and been trained (ACC-3).
        assert payload["runners"][1]["ready"] == [
            ["“Social media policy” version 3", "2026-01-12"],
            ["Social media", "2026-01-12"],
        ]
        assert "It helps families." not in row.signed_payload
    assert faults(school) == []
    # The check of all records comes to the same (this school has no keys file), and finds what was changed.
    assert [
        each for each in verify_service.check(school.ctx_for("headteacher")) if "keys.json" not in each
    ] == []
    with school.database.writing() as session:
        session.execute(text("DROP TRIGGER business_case_sealed"))
        session.execute(text("UPDATE business_case SET aim = 'x'"))
    assert any("2026/B0001" in each for each in verify_service.check(school.ctx_for("headteacher")))


def test_an_approval_of_an_account_that_exists_approves_that_one(school: SmallSchool) -> None:
    account = an_account(school, "brambleford")
    set_up(school, "office", "teacher")
    case_id = submit(
        school, propose(school, proposed_name="brambleford", exists_already=True, account_id=account)
    )
    decide(school, case_id)
    record = opened(school, case_id)
    assert record.account == (account, "@brambleford on Facebook")
    assert (record.account_approved, record.status_words) == (True, "Approved")


def test_nothing_is_approved_that_lacks_something_and_every_gap_is_named(school: SmallSchool) -> None:
    set_up(school, "teacher")
    case_id = submit(school, propose(school, "teacher", "anna", promotion=""))
    with pytest.raises(Refused) as caught:
        decide(school, case_id)
    said = str(caught.value)
    for part in (
        "Say how people will hear of it",
        "so far only Tim Hazel",
        "Anna Quillfeather has not acknowledged",
        "No training “Social media” is recorded for Anna Quillfeather",
    ):
        assert part in said
    assert opened(school, case_id).status is CaseStatus.SUBMITTED
    # It may be rejected, or more may be asked for, all the same.
    decide(school, case_id, ASK)
    assert opened(school, case_id).status is CaseStatus.MORE_WANTED


def test_an_old_version_of_the_policy_is_not_enough(school: SmallSchool) -> None:
    policy, _, training = set_up(school, "office", "teacher")
    newer = a_version(school, policy, "4", date(2026, 2, 2))
    case_id = submit(school, propose(school))
    with pytest.raises(Refused, match="version 3 only; version 4 is in use"):
        decide(school, case_id)
    ready(school, newer, training, "office", "teacher", on=date(2026, 2, 3))
    decide(school, case_id)


def test_a_decision_of_yesterday_is_held_to_what_was_so_yesterday(school: SmallSchool) -> None:
    _, version, training = set_up(school, "office")
    case_id = submit(school, propose(school))
    school.clock.forward(days=2)
    ready(school, version, training, "teacher", on=TODAY + timedelta(days=2))
    with pytest.raises(Refused, match="Tim Hazel"):
        decide(school, case_id, decided_on=TODAY + timedelta(days=1))
    decide(school, case_id, decided_on=TODAY + timedelta(days=2))


@pytest.mark.parametrize(
    ("kind", "fields", "field", "said"),
    [
        (APPROVE, {"reason": "  "}, "reason", "asked for years later"),
        (REJECT, {"reason": ""}, "reason", "ACC-2"),
        (ASK, {"reason": ""}, "reason", "ACC-2"),
        (APPROVE, {"reason": "x" * 4001}, "reason", "4,000"),
        (APPROVE, {"decided_on": date(2026, 3, 10)}, "decided_on", "put forward on 11 March 2026"),
        (APPROVE, {"decided_on": date(2026, 3, 12)}, "decided_on", "future"),
        (APPROVE, {"review_on": TODAY}, "review_on", "after 11 March 2026"),
        (APPROVE, {"review_on": date(2206, 3, 1)}, "review_on", "year"),
        (APPROVE, {"agreed": ()}, "agreed", "so far nobody is named"),
    ],
)
def test_what_a_decision_must_hold(school: SmallSchool, kind, fields, field: str, said: str) -> None:
    case_id = waiting(school)
    with pytest.raises(Invalid) as caught:
        decide(school, case_id, kind, **fields)
    (problem,) = caught.value.problems
    assert problem.field == field
    assert said in problem.message


def test_as_many_must_agree_as_the_policy_says_and_they_must_be_different(school: SmallSchool) -> None:
    case_id = waiting(school)
    head, leader = school.users["headteacher"], school.users["leadership"]
    with pytest.raises(Invalid, match=r"2 different members .* so far 1 is named"):
        decide(school, case_id, agreed=(head, head))
    with pytest.raises(Invalid, match="cannot both agree and not agree"):
        decide(school, case_id, agreed=(head, leader), against=(leader,))
    with school.database.writing() as session:
        session.get_one(User, leader).person_id = school.people["head"]
    with pytest.raises(Invalid, match="the same person, who counts once"):
        decide(school, case_id)
    with school.database.writing() as session:
        session.get_one(User, leader).person_id = None
    decide(school, case_id)


def test_where_too_few_can_agree_it_says_what_to_do(school: SmallSchool) -> None:
    case_id = waiting(school, proposer_id=school.people["head"])
    with pytest.raises(Invalid, match="only 1 of the users can count here") as caught:
        decide(school, case_id, login="leadership", agreed=(school.users["leadership"],))
    assert "Settings" in str(caught.value)


def test_only_the_leadership_team_counts_while_it_is_one(school: SmallSchool) -> None:
    case_id = waiting(school)
    office, leader = school.users["business_manager"], school.users["leadership"]
    with pytest.raises(Invalid, match=r"Ms B\. Cedar is not one of the leadership team"):
        decide(school, case_id, agreed=(office,))
    with pytest.raises(Invalid, match="Somebody you chose"):
        decide(school, case_id, agreed=(4711,))
    with school.database.writing() as session:
        session.get_one(User, leader).active = False
    with pytest.raises(Invalid, match=r"Mr L\. Damson is not one"):
        decide(school, case_id, agreed=(leader,))
    # Who keeps the office records no decision, nor does the DSL.
    for login in ("business_manager", "dsl", "governor"):
        with pytest.raises(NotAllowed):
            decide(school, case_id, login=login)


@pytest.mark.parametrize(
    "fields",
    [
        {"proposer_id": "head"},
        {"proposer_id": None, "proposer_name": "Mrs Helen Alder"},
        {"proposer_id": None, "proposer_name": "H. Alder"},
    ],
)
def test_the_proposer_neither_counts_nor_records(school: SmallSchool, fields: dict) -> None:
    set_rules(school, members_to_agree=1)
    held = {name: school.people[value] if value == "head" else value for name, value in fields.items()}
    case_id = waiting(school, **held)
    with pytest.raises(NotAllowed, match="You proposed this case"):
        decide(school, case_id, REJECT)
    with pytest.raises(Invalid, match=r"Mrs H\. Alder cannot count: Proposed it"):
        decide(school, case_id, login="leadership")
    members = {each.name: each.why_not for each in case_decisions.members(school.ctx_for("dsl"), case_id)}
    assert members == {"Mrs H. Alder": "Proposed it, and so does not decide about it.", "Mr L. Damson": ""}
    decide(school, case_id, login="leadership", agreed=(school.users["leadership"],))


def test_one_who_is_to_run_it_may_agree_and_it_is_said(school: SmallSchool) -> None:
    case_id = waiting(school, "head", "teacher")
    (head, _) = case_decisions.members(school.ctx_for("headteacher"), case_id)[::-1]
    assert (head.name, head.why_not) == ("Mrs H. Alder", "")
    assert "named to run it" in head.note
    decide(school, case_id)


def test_the_form_begins_with_today_the_usual_review_and_oneself(school: SmallSchool) -> None:
    case_id = waiting(school)
    begun = case_decisions.defaults(school.ctx_for("leadership"), case_id)
    assert (begun.decided_on, begun.review_on) == (TODAY, date(2027, 3, 11))
    assert begun.agreed == (school.users["leadership"],)
    assert case_decisions.needed(school.ctx_for("leadership")) == 2


def test_a_case_is_decided_once_and_as_it_was_seen(school: SmallSchool) -> None:
    case_id = waiting(school)
    held = opened(school, case_id).version
    decide(school, case_id, REJECT)
    made = case_decisions.defaults(school.ctx_for("leadership"), case_id)
    with pytest.raises(Conflict, match=r"Rejected, recorded by Mrs H\. Alder"):
        case_decisions.decide(school.ctx_for("leadership"), case_id, held, replace(made, reason="Yes"))
    with pytest.raises(Refused, match="decided already"):
        decide(school, case_id)
    other = waiting(school, proposed_name="Other")
    held = opened(school, other).version
    business_cases.save(
        school.ctx_for("business_manager"), draft(school, proposed_name="Other", aim="New"), other, held
    )
    with pytest.raises(Conflict, match="Look at it again"):
        case_decisions.decide(school.ctx_for("headteacher"), other, held, replace(made, reason="Yes"))
    with pytest.raises(Refused, match="not been put forward"):
        decide(school, propose(school, proposed_name="Third"))


def test_asked_for_more_it_is_completed_and_put_forward_again(school: SmallSchool) -> None:
    case_id = submit(school, propose(school, "teacher"))
    decide(school, case_id, ASK, reason="Who else runs it?", agreed=())
    record = opened(school, case_id)
    assert (record.status, record.editable, record.submitted_on) == (CaseStatus.MORE_WANTED, True, None)
    business_cases.save(school.ctx_for("business_manager"), draft(school), case_id, record.version)
    business_cases.withdraw(school.ctx_for("dsl"), case_id, record.version + 1, "A slip")
    business_cases.unwithdraw(school.ctx_for("dsl"), case_id, record.version + 2)
    assert opened(school, case_id).status is CaseStatus.MORE_WANTED
    set_up(school, "office", "teacher")
    decide(school, submit(school, case_id))
    assert [each.kind for each in opened(school, case_id).decisions] == [ASK, APPROVE]
    assert faults(school) == []


def test_whoever_signs_anew_under_another_key_is_asked_to_sign_in_again(school: SmallSchool) -> None:
    case_id = waiting(school)
    ctx = replace(school.ctx_for("headteacher"), signing=school.signing["dsl"])
    made = replace(case_decisions.defaults(ctx, case_id), kind=REJECT, reason="Yes")
    with pytest.raises(Refused, match="Sign in again to record a decision"):
        case_decisions.decide(ctx, case_id, opened(school, case_id).version, made)


# ----------------------------------------------------------------------------------------------- held to the signature


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "UPDATE business_case SET aim = 'Something else'",
            "what was put forward in words changed afterwards",
        ),
        ("UPDATE business_case SET proposed_name = 'x'", "the proposed name changed afterwards"),
        ("UPDATE case_decision SET reason = 'x'", "the reason changed afterwards"),
        ("UPDATE case_decision SET review_on = '2030-01-01'", "the day of the review changed afterwards"),
        ("UPDATE case_vote SET agreed = 0 WHERE user_id = 4", "who agreed changed afterwards"),
        ("DELETE FROM case_vote WHERE user_id = 4", "who agreed changed afterwards"),
        ("UPDATE case_runner SET person_id = 2 WHERE position = 1", "about other people"),
        ("DELETE FROM case_runner WHERE position = 1", "about other people"),
        ("UPDATE business_case SET proposer_id = 1", "who proposed it was changed"),
        ("UPDATE business_case SET sealed = 0", "open to change"),
        ("UPDATE business_case SET status = 'rejected'", "otherwise than its decisions say"),
        ("UPDATE business_case SET number = 7", "not numbered one after the other"),
        ("UPDATE case_decision SET recorded_by = 2", "does not belong to whoever recorded it"),
        ("UPDATE case_decision SET signature = x'00'", "not its recorder's"),
    ],
)
def test_what_is_changed_behind_the_back_of_the_program_is_found(
    school: SmallSchool, statement: str, said: str
) -> None:
    case_id = approved(school)
    assert faults(school) == []
    with school.database.writing() as session:
        for table in ("business_case", "case_decision", "case_vote", "case_runner"):
            rows = session.execute(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"),
                {"table": table},
            )
            for (name,) in rows.all():
                session.execute(text(f"DROP TRIGGER {name}"))
        session.execute(text(statement))
    assert any(said in fault for fault in faults(school)), faults(school)
    if "signature" in statement or "aim" in statement:
        assert opened(school, case_id).decisions[0].fault


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE business_case SET aim = 'x'",
        "UPDATE case_decision SET reason = 'x'",
        "DELETE FROM case_vote",
        "DELETE FROM case_runner",
    ],
)
def test_the_records_themselves_keep_what_was_decided(school: SmallSchool, statement: str) -> None:
    approved(school)
    from sqlalchemy.exc import IntegrityError

    with pytest.raises(IntegrityError), school.database.writing() as session:
        session.execute(text(statement))


def test_a_merge_and_a_new_name_are_no_fault(school: SmallSchool) -> None:
    case_id = approved(school)
    with school.database.writing() as session:
        kept = Person(
            kind="staff",
            given_name="Timothy",
            family_name="Hazel",
            sort_name="hazel timothy",
            created_at=school.clock.now,
        )
        session.add(kept)
        session.flush()
        keep = kept.id
        session.get_one(Person, school.people["office"]).family_name = "Cedar-Marsh"
    people_merge.merge(school.ctx_for("business_manager"), keep, school.people["teacher"])
    assert [each.person_id for each in opened(school, case_id).runners] == [school.people["office"], keep]
    assert faults(school) == []


def test_a_decision_taken_out_with_its_votes_is_missed(school: SmallSchool) -> None:
    approved(school)
    with school.database.writing() as session:
        session.execute(text("DROP TRIGGER case_decision_kept"))
        session.execute(text("DROP TRIGGER case_vote_kept"))
        session.execute(text("DELETE FROM case_vote"))
        session.execute(text("DELETE FROM case_decision"))
    found = faults(school)
    assert any("is not on record any more" in fault for fault in found)
    with school.database.reading() as session:
        assert session.query(CaseVote).count() == 0


def test_a_leader_who_lost_the_role_decides_nothing(school: SmallSchool) -> None:
    case_id = waiting(school)
    with school.database.writing() as session:
        session.get_one(User, school.users["headteacher"]).roles = [str(Role.DSL)]
    with pytest.raises(NotAllowed):
        decide(school, case_id)
