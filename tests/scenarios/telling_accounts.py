"""More words for the stories: the school's accounts, who may run them, and what is due; each a public service."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from smdesk.policy.accounts import Gap, GapKind, Openness
from smdesk.policy.vocabulary import PersonKind
from smdesk.services import (
    accounts,
    agreements,
    business_cases,
    case_decisions,
    messages,
    policies,
    profiles,
    today,
    training,
    watching,
)
from smdesk.services.account_records import (
    AccountDraft,
    AccountRecord,
    AccountRunnerDraft,
    AccountStanding,
    ChecklistPoint,
)
from smdesk.services.agreement_records import Answer, PolicyDraft, PolicyKind, VersionDraft
from smdesk.services.case_records import (
    CaseDecisionDraft,
    CaseDecisionKind,
    CaseDraft,
    CaseRecord,
    RunnerChoice,
)
from smdesk.services.context import Saved
from smdesk.services.message_records import MessageDraft, MessageKind
from smdesk.services.today_records import DueKind, Section
from smdesk.services.training_records import TrainingTypeDraft
from tests.scenarios.telling import OFFICE, Story

APPROVE, REJECT, ASK = CaseDecisionKind.APPROVE, CaseDecisionKind.REJECT, CaseDecisionKind.ASK_FOR_MORE
LEADERS = ("headteacher", "leadership")
LEADER = "leadership"


def under(story: Story, profile: str) -> None:
    """Bring one of the shipped policies into use."""
    if profiles.current(story.head).base != profile:
        profiles.adopt(story.head, profile)


# What those who run an account must have read and learned.


def a_policy(story: Story, label: str = "3", adopted_on: date = date(2025, 9, 1), **more: object) -> int:
    """A social media policy in its first version, asked of staff and of whoever runs an account."""
    draft = PolicyDraft(
        "Social media policy", PolicyKind.SOCIAL_MEDIA, (PersonKind.STAFF,), for_accounts=True
    )
    policy = policies.save(story.office, replace(draft, **more)).id
    a_version(story, policy, label, adopted_on)
    return policy


def a_version(story: Story, policy: int, label: str, adopted_on: date, **more: object) -> int:
    draft = VersionDraft(label, adopted_on, approved_by="The governing body", changes="As agreed.")
    return policies.add_version(story.office, policy, replace(draft, **more)).id


def a_training(story: Story, months: int = 12) -> int:
    """A training that whoever runs an account must have."""
    draft = TrainingTypeDraft("Running a school account", months, for_accounts=True)
    return training.save_type(story.office, draft).id


def signs(story: Story, policy: int, *people: str, on: date | None = None) -> None:
    ids = [story.school.people[key] for key in people]
    agreements.record(story.office, policy, ids, Answer.SIGNED, on or story.today, "On paper")


def is_trained(story: Story, kind: int, *people: str, on: date | None = None) -> None:
    ids = [story.school.people[key] for key in people]
    training.record(story.office, kind, ids, on or story.today, "The deputy")


def made_ready(story: Story, *people: str) -> tuple[int, int]:
    """These people have read the policy and been trained; gives policy and training."""
    policy, kind = a_policy(story), a_training(story)
    signs(story, policy, *people)
    is_trained(story, kind, *people)
    return policy, kind


# Business cases.


def case_for(story: Story, *runners: str, **fields: object) -> CaseDraft:
    """The five points answered, for a page proposed by a parent unless the story says otherwise."""
    usual: dict[str, object] = {
        "platform": "facebook",
        "proposed_name": "Brambleford Primary",
        "proposer_id": story.school.people["ben"],
        "aim": "To show families what their children do.",
        "audience": "Families of the school.",
        "promotion": "In the newsletter.",
        "openness": Openness.OPEN,
        "runners": tuple(RunnerChoice(story.school.people[key], at == 0) for at, key in enumerate(runners)),
        "audience_age": "Adults",
        "consents": "Only children whose families agreed to social media.",
        "holidays": "One of the two looks every day.",
        "when_runners_leave": "The password is changed on the same day.",
    }
    return replace(CaseDraft(), **{**usual, **fields})


def proposed(story: Story, *runners: str, by: str = OFFICE, **fields: object) -> int:
    """A case written and put to the leadership team."""
    saved = business_cases.save(story.at(by), case_for(story, *runners, **fields))
    return business_cases.submit(story.at(by), saved.id, saved.version).id


def case(story: Story, case_id: int, by: str = OFFICE) -> CaseRecord:
    return business_cases.open_case(story.at(by), case_id)


def decided(
    story: Story,
    case_id: int,
    kind: CaseDecisionKind = APPROVE,
    by: str = "headteacher",
    agreed: tuple[str, ...] = LEADERS,
    **fields: object,
) -> Saved:
    draft = CaseDecisionDraft(
        kind, "It helps families.", agreed=tuple(story.school.users[each] for each in agreed)
    )
    return case_decisions.decide(
        story.at(by), case_id, case(story, case_id, by).version, replace(draft, **fields)
    )


def opened_by_case(story: Story, *runners: str, **fields: object) -> int:
    """An account that went all the way and lacks nothing today; gives its id."""
    case_id = proposed(story, *runners, **fields)
    decided(story, case_id)
    account = case(story, case_id).account
    assert account is not None
    ticked(story, account[0])
    watching.look(story.office, [account[0]])
    return account[0]


def gaps(story: Story, case_id: int) -> list[tuple[GapKind, str]]:
    """What a case lacks: kind, and the story's key of the person it is about (or "")."""
    return [(gap.kind, _key(story, gap)) for gap in business_cases.gaps(story.office, case_id)]


def _key(story: Story, gap: Gap) -> str:
    return next((key for key, number in story.school.people.items() if number == gap.person_id), "")


# Accounts.


def on_the_register(story: Story, handle: str = "brambleford", **fields: object) -> int:
    """An account the office puts on the register without a business case."""
    draft = AccountDraft(platform="facebook", handle=handle, openness=Openness.OPEN)
    return accounts.save(story.office, replace(draft, **fields)).id


def account(story: Story, account_id: int, by: str = OFFICE) -> AccountRecord:
    return accounts.open_account(story.at(by), account_id)


def standing(story: Story, account_id: int) -> AccountStanding:
    return account(story, account_id).standing


def lacks(story: Story, account_id: int) -> list[tuple[GapKind, str]]:
    return [(gap.kind, _key(story, gap)) for gap in standing(story, account_id).gaps]


def changed(story: Story, account_id: int, **fields: object) -> None:
    record = account(story, account_id)
    accounts.save(story.office, replace(record.draft, **fields), account_id, record.version)


def ticked(story: Story, account_id: int) -> None:
    changed(story, account_id, checklist=tuple(ChecklistPoint))


def runs_it(story: Story, person: str, from_on: date | None = None) -> AccountRunnerDraft:
    return AccountRunnerDraft(story.school.people[person], from_on or story.today)


# Messages.


def message(
    story: Story, account_id: int, at: datetime, said: str = "Is the gate open?", **more: object
) -> int:
    draft = MessageDraft(account_id, at, MessageKind.COMMENT, "A passer-by", said=said)
    return messages.save(story.office, replace(draft, **more)).id


# What is due.


def due(story: Story, by: str = OFFICE) -> dict[DueKind, Section]:
    return {section.kind: section for section in today.items(story.at(by)).sections}


def due_words(story: Story, by: str = OFFICE) -> str:
    """Everything Today says to somebody, in one string."""
    return " ".join(
        f"{section.title}: {item.title} {item.why}"
        for section in today.items(story.at(by)).sections
        for item in section.items
    )
