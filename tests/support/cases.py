"""Business cases for tests: written, put forward and decided through the services."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from smdesk.db.models import Acknowledgement, PolicyDocument, PolicyVersion, Training, TrainingType
from smdesk.policy.accounts import Openness
from smdesk.services import business_cases, case_decisions
from smdesk.services.case_records import (
    CaseDecisionDraft,
    CaseDecisionKind,
    CaseDraft,
    CaseRecord,
    RunnerChoice,
)
from smdesk.services.context import Saved
from tests.support.school import START, SmallSchool

TODAY = START.date()


def put(school: SmallSchool, *rows: Any) -> list[int]:
    """Rows as they stand, straight into their tables; returns their ids."""
    with school.database.writing() as session:
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]


def a_policy(
    school: SmallSchool, label: str = "3", adopted_on: date = date(2025, 9, 1), **more: Any
) -> tuple[int, int]:
    """A policy that runners must have acknowledged: (policy id, version id)."""
    (policy,) = put(
        school, PolicyDocument(title="Social media policy", kind="social_media", for_accounts=True)
    )
    return policy, a_version(school, policy, label, adopted_on, **more)


def a_version(school: SmallSchool, policy: int, label: str, adopted_on: date, **more: Any) -> int:
    """A further version of a policy."""
    fields = {"recorded_by": school.users["business_manager"], "recorded_at": START, **more}
    (version,) = put(school, PolicyVersion(policy_id=policy, label=label, adopted_on=adopted_on, **fields))
    return version


def a_training_type(school: SmallSchool) -> int:
    """A training that runners need, valid for a year."""
    (found,) = put(school, TrainingType(name="Social media", valid_months=12, for_accounts=True))
    return found


def ready(
    school: SmallSchool,
    version: int,
    training: int,
    *people: str,
    on: date = date(2026, 1, 12),
    until: date | None = date(2027, 1, 12),
) -> None:
    """Let these people have signed the policy and been trained."""
    who = {"recorded_by": school.users["business_manager"], "recorded_at": START}
    for key in people:
        person = school.people[key]
        put(
            school,
            Acknowledgement(version_id=version, person_id=person, answer="signed", answered_on=on, **who),
            Training(type_id=training, person_id=person, done_on=on, valid_until=until, **who),
        )


def set_up(school: SmallSchool, *people: str) -> tuple[int, int, int]:
    """A policy and a training on record, and these people ready: (policy, version, training type)."""
    policy, version = a_policy(school)
    training = a_training_type(school)
    ready(school, version, training, *people)
    return policy, version, training


def draft(school: SmallSchool, *runners: str, **fields: Any) -> CaseDraft:
    """A complete case for a page of the school on Facebook, proposed by the office."""
    people = runners or ("office", "teacher")
    usual: dict[str, Any] = {
        "platform": "facebook",
        "proposed_name": "Brambleford Primary",
        "proposer_id": school.people["office"],
        "aim": "To show families what their children do.",
        "audience": "Families of the school.",
        "promotion": "In the newsletter.",
        "openness": Openness.OPEN,
        "runners": tuple(RunnerChoice(school.people[key], at == 0) for at, key in enumerate(people)),
        "audience_age": "Adults",
        "consents": "Only children whose families agreed to social media.",
        "holidays": "One of the two looks every day.",
        "when_runners_leave": "The passwords are changed the same day.",
    }
    return replace(CaseDraft(), **{**usual, **fields})


def propose(
    school: SmallSchool,
    *runners: str,
    login: str = "business_manager",
    supersedes: int | None = None,
    **fields: Any,
) -> int:
    """Write a case through the service; returns its id."""
    made = draft(school, *runners, **fields)
    return business_cases.save(school.ctx_for(login), made, supersedes=supersedes).id


def opened(school: SmallSchool, case_id: int, login: str = "business_manager") -> CaseRecord:
    return business_cases.open_case(school.ctx_for(login), case_id)


def submit(school: SmallSchool, case_id: int, login: str = "business_manager") -> int:
    """Put it forward; returns its id again, so that calls can be chained."""
    business_cases.submit(school.ctx_for(login), case_id, opened(school, case_id).version)
    return case_id


def decide(
    school: SmallSchool,
    case_id: int,
    kind: CaseDecisionKind = CaseDecisionKind.APPROVE,
    login: str = "headteacher",
    **fields: Any,
) -> Saved:
    """Record a decision of the leadership team; both members agree unless said otherwise."""
    usual: dict[str, Any] = {
        "reason": "It helps families.",
        "agreed": (school.users["headteacher"], school.users["leadership"]),
    }
    made = replace(CaseDecisionDraft(kind), **{**usual, **fields})
    return case_decisions.decide(school.ctx_for(login), case_id, opened(school, case_id).version, made)


def approved(school: SmallSchool, *runners: str, **fields: Any) -> int:
    """A case that went all the way; returns its id. Policy and training are set up for its runners."""
    set_up(school, *(runners or ("office", "teacher")))
    case_id = submit(school, propose(school, *runners, **fields))
    decide(school, case_id)
    return case_id
