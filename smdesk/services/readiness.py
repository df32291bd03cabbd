"""Whether those who run an account, or are to, have acknowledged and been trained as the policy asks (ACC-3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from smdesk.db.models import Acknowledgement, Person, PolicyDocument, PolicyVersion, Training, TrainingType
from smdesk.policy.accounts import PolicyAnswer, Runner, TrainingHeld
from smdesk.policy.vocabulary import PersonKind
from smdesk.services.people_base import name_of
from smdesk.services.people_records import kinds_of


@dataclass(frozen=True, slots=True)
class Readiness:
    """``runners`` by person id. ``policies`` and ``trainings``: whether the school asks for any at all."""

    runners: dict[int, Runner]
    policies: bool
    trainings: bool


@dataclass(frozen=True, slots=True)
class VersionsInUse:
    """One policy on one day: its version in use, and the ids of the versions whose signature counts for it."""

    policy_id: int
    title: str
    label: str
    version_id: int
    counting: frozenset[int]
    labels: dict[int, str]
    """Every version adopted up to the day: id -> label."""


def versions_in_use(session: Session, day: date, *, for_accounts: bool = False) -> list[VersionsInUse]:
    """The policies in use on ``day``, by title. A version that need not be asked again lets the one before count."""
    query = (
        # Columns, not objects: every look at Today asks twice.
        select(
            PolicyDocument.id,
            PolicyDocument.title,
            PolicyVersion.id,
            PolicyVersion.label,
            PolicyVersion.ask_again,
        )
        .join(PolicyDocument, PolicyDocument.id == PolicyVersion.policy_id)
        .where(
            PolicyVersion.adopted_on <= day,
            PolicyDocument.retired_on.is_(None) | (PolicyDocument.retired_on > day),
        )
        .order_by(
            func.lower(PolicyDocument.title), PolicyDocument.id, PolicyVersion.adopted_on, PolicyVersion.id
        )
    )
    if for_accounts:
        query = query.where(PolicyDocument.for_accounts)
    grouped: dict[tuple[int, str], list[tuple[int, str, bool]]] = {}
    for policy_id, title, version_id, label, ask_again in session.execute(query):
        grouped.setdefault((policy_id, title), []).append((version_id, label, ask_again))
    found = []
    for (policy_id, title), versions in grouped.items():
        counting = []
        for version_id, _, ask_again in reversed(versions):
            counting.append(version_id)
            if ask_again:
                break
        current_id, current_label, _ = versions[-1]
        labels = {version_id: label for version_id, label, _ in versions}
        found.append(VersionsInUse(policy_id, title, current_label, current_id, frozenset(counting), labels))
    return found


def readiness(session: Session, person_ids: Sequence[int], day: date) -> Readiness:
    """What the records say of each of these people on ``day``, for policy.accounts to judge.

    Answers and trainings of later days and withdrawn ones count for nothing. Unknown ids are left out.
    """
    versions = versions_in_use(session, day, for_accounts=True)
    types = session.scalars(
        select(TrainingType)
        .where(TrainingType.for_accounts, TrainingType.retired_on.is_(None) | (TrainingType.retired_on > day))
        .order_by(func.lower(TrainingType.name), TrainingType.id)
    ).all()
    wanted = sorted(set(person_ids))
    answers: dict[int, list[Acknowledgement]] = {}
    for answer in session.scalars(
        select(Acknowledgement)
        .where(
            Acknowledgement.person_id.in_(wanted),
            Acknowledgement.withdrawn_at.is_(None),
            Acknowledgement.answered_on <= day,
        )
        .order_by(Acknowledgement.answered_on, Acknowledgement.id)
    ):
        answers.setdefault(answer.person_id, []).append(answer)
    trained: dict[tuple[int, int], Training] = {}
    for training in session.scalars(
        select(Training)
        .where(Training.person_id.in_(wanted), Training.withdrawn_at.is_(None), Training.done_on <= day)
        .order_by(Training.done_on, Training.id)
    ):
        trained[training.person_id, training.type_id] = training
    people = session.scalars(select(Person).where(Person.id.in_(wanted)))
    runners = {
        person.id: Runner(
            person.id,
            name_of(person),
            PersonKind.STAFF in kinds_of(person.kind, person.also),
            person.left_on,
            tuple(_answer(each, answers.get(person.id, [])) for each in versions),
            tuple(_held(each, trained.get((person.id, each.id))) for each in types),
        )
        for person in people
    }
    return Readiness(runners, bool(versions), bool(types))


def _answer(policy: VersionsInUse, answers: Sequence[Acknowledgement]) -> PolicyAnswer:
    """What one person answered about one policy, oldest answer first: the newest that counts decides."""
    signed_on: date | None = None
    declined_on: date | None = None
    older = ""
    for answer in answers:
        if answer.version_id in policy.counting:
            signed_on, declined_on = (
                (answer.answered_on, None) if answer.answer == "signed" else (None, answer.answered_on)
            )
        elif answer.version_id in policy.labels and answer.answer == "signed":
            older = policy.labels[answer.version_id]
    return PolicyAnswer(policy.policy_id, policy.title, policy.label, signed_on, older, declined_on)


def _held(kind: TrainingType, training: Training | None) -> TrainingHeld:
    if training is None:
        return TrainingHeld(kind.id, kind.name)
    return TrainingHeld(kind.id, kind.name, training.done_on, training.valid_until)
