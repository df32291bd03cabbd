"""School accounts: what a business case still lacks, and what an account on the register lacks (ACC-1 to ACC-4).

Everything is worked out from plain facts about one day, so that an account whose only trained runner has left turns
red by itself, and the form, the register, the list of what is due and the report say the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from smdesk.policy.profile import AccountRules
from smdesk.policy.words import written_day


class Openness(StrEnum):
    """Whether anybody may read along (ACC-1)."""

    NOT_ANSWERED = ""
    OPEN = "open"
    CLOSED = "closed"


OPENNESS_LABELS = {
    Openness.NOT_ANSWERED: "Not answered",
    Openness.OPEN: "Open to everybody",
    Openness.CLOSED: "Private or closed",
}


class GapKind(StrEnum):
    """What is missing. Each kind has one button that fixes it."""

    POINT = "point"
    """One of the points of the case is not answered."""
    STAFF = "staff"
    """Fewer different members of staff than the policy asks for."""
    LEFT = "left"
    """A runner has left the school."""
    NO_POLICY = "no_policy"
    """No policy is on record that runners must have acknowledged."""
    NOT_ACKNOWLEDGED = "not_acknowledged"
    OLD_VERSION = "old_version"
    DECLINED = "declined"
    NO_TRAINING_TYPE = "no_training_type"
    """No training is on record that runners need."""
    NOT_TRAINED = "not_trained"
    TRAINING_LAPSED = "training_lapsed"
    NOT_APPROVED = "not_approved"
    NOBODY_RESPONSIBLE = "nobody_responsible"
    REVIEW_OVERDUE = "review_overdue"
    NOT_WATCHED = "not_watched"
    CHECKLIST = "checklist"


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing missing, in a sentence, with the rule that asks for it and what the button needs to fix it.

    ``field`` names the form's field for ``POINT`` and ``STAFF``.
    """

    kind: GapKind
    rule: str
    text: str
    field: str = ""
    person_id: int | None = None
    policy_id: int | None = None
    training_type_id: int | None = None


@dataclass(frozen=True, slots=True)
class PolicyAnswer:
    """One person and one policy that runners must have acknowledged.

    ``label`` is the version in use; ``signed_on`` the newest signature that counts for it. ``older`` is the label of
    an older version they signed, ``declined_on`` set where their newest answer is a refusal.
    """

    policy_id: int
    title: str
    label: str
    signed_on: date | None = None
    older: str = ""
    declined_on: date | None = None


@dataclass(frozen=True, slots=True)
class TrainingHeld:
    """One person and one training that runners need. ``valid_until`` is the last day it counts; None: no end."""

    training_type_id: int
    name: str
    done_on: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Runner:
    """Somebody who runs an account, or is to. ``policies`` and ``trainings`` hold one entry for each that is asked."""

    person_id: int
    name: str
    staff: bool
    left_on: date | None
    policies: tuple[PolicyAnswer, ...]
    trainings: tuple[TrainingHeld, ...]

    def has_left(self, day: date) -> bool:
        """``left_on`` is the first day they are not at the school any more."""
        return self.left_on is not None and self.left_on <= day


def runner_gaps(rules: AccountRules, runner: Runner, day: date) -> tuple[Gap, ...]:
    """What one runner lacks on ``day``: gone, not acknowledged, an old version, not trained, lapsed (ACC-3).

    A profile without a business case asks for none of it beyond that the runner is still there; training is asked for
    where ``training_required``.
    """
    if runner.has_left(day) and runner.left_on is not None:
        left = f"{runner.name} left the school on {written_day(runner.left_on)}."
        return (Gap(GapKind.LEFT, "ACC-1", left, person_id=runner.person_id),)
    found: list[Gap] = []
    if rules.business_case:
        found += [gap for answer in runner.policies if (gap := _policy_gap(runner, answer)) is not None]
    if rules.training_required:
        found += [gap for held in runner.trainings if (gap := _training_gap(runner, held, day)) is not None]
    return tuple(found)


def _policy_gap(runner: Runner, answer: PolicyAnswer) -> Gap | None:
    def gap(kind: GapKind, text: str) -> Gap:
        return Gap(kind, "ACC-3", text, person_id=runner.person_id, policy_id=answer.policy_id)

    version = f"“{answer.title}” (version {answer.label})"
    if answer.declined_on is not None:
        said = f"{runner.name} declined {version} on {written_day(answer.declined_on)}."
        return gap(GapKind.DECLINED, said)
    if answer.signed_on is not None:
        return None
    if answer.older:
        said = (
            f"{runner.name} has acknowledged “{answer.title}” in version {answer.older} only; "
            f"version {answer.label} is in use."
        )
        return gap(GapKind.OLD_VERSION, said)
    return gap(GapKind.NOT_ACKNOWLEDGED, f"{runner.name} has not acknowledged {version}.")


def _training_gap(runner: Runner, held: TrainingHeld, day: date) -> Gap | None:
    def gap(kind: GapKind, text: str) -> Gap:
        return Gap(kind, "ACC-3", text, person_id=runner.person_id, training_type_id=held.training_type_id)

    if held.done_on is None or held.done_on > day:
        said = f"No training “{held.name}” is recorded for {runner.name}."
        return gap(GapKind.NOT_TRAINED, said)
    if held.valid_until is not None and held.valid_until < day:
        said = f"The training “{held.name}” of {runner.name} lapsed after {written_day(held.valid_until)}."
        return gap(GapKind.TRAINING_LAPSED, said)
    return None


def team_gaps(
    rules: AccountRules, runners: Sequence[Runner], day: date, *, policies: bool, trainings: bool
) -> tuple[Gap, ...]:
    """What those who run an account lack together and one by one on ``day`` (ACC-1, ACC-3).

    ``policies`` and ``trainings``: whether the school has on record any policy runners must acknowledge, any training
    they need: without one, nobody can be satisfied that they have. The same person twice counts once.
    """
    different = list({runner.person_id: runner for runner in runners}.values())
    found: list[Gap] = []
    staff = [runner for runner in different if runner.staff and not runner.has_left(day)]
    if len(staff) < rules.minimum_staff:
        found.append(Gap(GapKind.STAFF, "ACC-1", _too_few(rules.minimum_staff, staff), field="runners"))
    if rules.business_case and not policies:
        found.append(
            Gap(
                GapKind.NO_POLICY,
                "ACC-3",
                "No policy is on record that those who run accounts must have acknowledged. Add it under Agreements.",
            )
        )
    if rules.training_required and not trainings:
        found.append(
            Gap(
                GapKind.NO_TRAINING_TYPE,
                "ACC-3",
                "No training is on record that those who run accounts need. Add it under Agreements.",
            )
        )
    for runner in different:
        found.extend(runner_gaps(rules, runner, day))
    return tuple(found)


def _too_few(wanted: int, staff: Sequence[Runner]) -> str:
    asked = "one member of staff" if wanted == 1 else f"{_number(wanted)} different members of staff"
    if not staff:
        return f"At least {asked} must run it; nobody named so far is on record as staff."
    named = " and ".join(runner.name for runner in staff)
    return f"At least {asked} must run it by name; so far only {named}."


def _number(count: int) -> str:
    words = ("no", "one", "two", "three", "four", "five", "six")
    return words[count] if count < len(words) else str(count)


@dataclass(frozen=True, slots=True)
class CasePoints:
    """The five points of a business case as answered (ACC-1); who runs it stands apart."""

    platform: str
    proposed_name: str
    aim: str
    audience: str
    promotion: str
    openness: Openness


_POINTS = (
    ("platform", "Say on which platform it is to be."),
    ("proposed_name", "Give the name the account is to have."),
    ("aim", "Say what the account is for (its aim)."),
    ("audience", "Say whom it is for (its audience)."),
    ("promotion", "Say how people will hear of it (promotion)."),
    ("openness", "Say whether it is open to everybody or private."),
)


def case_gaps(
    rules: AccountRules,
    points: CasePoints,
    runners: Sequence[Runner],
    day: date,
    *,
    policies: bool,
    trainings: bool,
) -> tuple[Gap, ...]:
    """What stands between a case and its approval on ``day``, the points first (ACC-1, ACC-3)."""
    found = [
        Gap(GapKind.POINT, "ACC-1", text, field=field)
        for field, text in _POINTS
        if not str(getattr(points, field)).strip()
    ]
    if not runners:
        found.append(Gap(GapKind.POINT, "ACC-1", "Name who will run it.", field="runners"))
        return (*found, *(gap for gap in team_gaps(rules, runners, day, policies=policies, trainings=trainings)
                          if gap.kind is not GapKind.STAFF))  # fmt: skip
    return (*found, *team_gaps(rules, runners, day, policies=policies, trainings=trainings))


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What the register knows of one open account."""

    approved_on: date | None
    responsible: bool
    """Somebody who is still at the school is named responsible (PPL-3)."""
    review_on: date | None
    opened_on: date | None
    """The day it was put on the register: before that nobody could have looked."""
    looked_on: date | None
    checklist_missing: tuple[str, ...]
    """Labels of the points of ACC-7 nobody has seen to."""


def account_gaps(
    rules: AccountRules,
    facts: AccountFacts,
    runners: Sequence[Runner],
    day: date,
    *,
    policies: bool,
    trainings: bool,
) -> tuple[Gap, ...]:
    """Why an open account does not comply on ``day``; empty where it does (ACC-1 to ACC-4, ACC-7, PPL-3)."""
    found: list[Gap] = []
    if rules.business_case and facts.approved_on is None:
        found.append(
            Gap(GapKind.NOT_APPROVED, "ACC-2", "Not approved yet: its business case has not been decided.")
        )
    if not facts.responsible:
        found.append(
            Gap(GapKind.NOBODY_RESPONSIBLE, "PPL-3", "Nobody at the school is named responsible for it.")
        )
    found.extend(team_gaps(rules, runners, day, policies=policies, trainings=trainings))
    if facts.review_on is not None and facts.review_on < day:
        found.append(
            Gap(GapKind.REVIEW_OVERDUE, "ACC-3", f"Its review was due on {written_day(facts.review_on)}.")
        )
    watch = watch_gap(rules, facts, day)
    if watch is not None:
        found.append(watch)
    if rules.business_case and facts.checklist_missing:
        found.append(
            Gap(
                GapKind.CHECKLIST,
                "ACC-7",
                f"Not seen to on the checklist: {', '.join(facts.checklist_missing)}.",
            )
        )
    return tuple(found)


def watch_gap(rules: AccountRules, facts: AccountFacts, day: date) -> Gap | None:
    """Whether nobody has looked for longer than the policy allows (ACC-4); None where it asks for no watching."""
    if not rules.monitor_days_a_week:
        return None
    since = facts.looked_on or facts.opened_on
    if since is None:
        return Gap(GapKind.NOT_WATCHED, "ACC-4", "Nobody has looked at it yet.")
    days = (day - since).days
    if days <= rules.unwatched_after_days:
        return None
    if facts.looked_on is None:
        return Gap(
            GapKind.NOT_WATCHED, "ACC-4", f"Nobody has looked at it for {days} days, since it was added."
        )
    return Gap(
        GapKind.NOT_WATCHED,
        "ACC-4",
        f"Nobody has looked at it for {days} days, since {written_day(facts.looked_on)}.",
    )
