"""What a case or an account lacks, from plain facts about one day (ACC-1 to ACC-4, ACC-7, PPL-3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdesk.policy import accounts as policy
from smdesk.policy.accounts import (
    AccountFacts,
    CasePoints,
    GapKind,
    Openness,
    PolicyAnswer,
    Runner,
    TrainingHeld,
)
from smdesk.policy.profile import SHIPPED_NAMES
from tests.policy.conftest import shipped

DAY = date(2026, 3, 11)
BEFORE = DAY - timedelta(days=60)
RULES = shipped("complete").accounts
SIGNED = PolicyAnswer(1, "Social media policy", "3", signed_on=BEFORE)
TRAINED = TrainingHeld(1, "Accounts", BEFORE, DAY + timedelta(days=300))
POINTS = CasePoints("facebook", "Brambleford", "News", "Families", "Newsletter", Openness.OPEN)
SOUND = AccountFacts(BEFORE, True, DAY, BEFORE, DAY, ())


def runner(number: int = 1, **more: object) -> Runner:
    usual = Runner(number, f"Person {number}", True, None, (SIGNED,), (TRAINED,))
    return replace(usual, **more)


def kinds(gaps: tuple[policy.Gap, ...]) -> list[GapKind]:
    return [gap.kind for gap in gaps]


def of_case(*runners: Runner, points: CasePoints = POINTS, on_record: bool = True) -> list[GapKind]:
    return kinds(policy.case_gaps(RULES, points, runners, DAY, policies=on_record, trainings=on_record))


@pytest.mark.parametrize(
    ("lacking", "kind"),
    [
        ({"policies": (replace(SIGNED, signed_on=None),)}, GapKind.NOT_ACKNOWLEDGED),
        ({"policies": (replace(SIGNED, signed_on=None, older="2"),)}, GapKind.OLD_VERSION),
        ({"policies": (replace(SIGNED, signed_on=None, declined_on=DAY),)}, GapKind.DECLINED),
        ({"trainings": (TrainingHeld(1, "Accounts"),)}, GapKind.NOT_TRAINED),
        ({"trainings": (TrainingHeld(1, "Accounts", DAY + timedelta(days=1)),)}, GapKind.NOT_TRAINED),
        ({"trainings": (replace(TRAINED, valid_until=DAY - timedelta(days=1)),)}, GapKind.TRAINING_LAPSED),
    ],
)
@pytest.mark.parametrize("staff", [True, False])
def test_each_thing_one_runner_lacks_is_one_gap_about_them(
    lacking: dict[str, object], kind: GapKind, staff: bool
) -> None:
    someone = runner(9, staff=staff, **lacking)
    (gap,) = policy.runner_gaps(RULES, someone, DAY)
    assert (gap.kind, gap.rule, gap.person_id) == (kind, "ACC-3", 9)
    assert "Person 9" in gap.text
    assert of_case(runner(1), runner(2), someone) == [kind]


def test_days_count_to_their_end() -> None:
    assert policy.runner_gaps(RULES, runner(trainings=(replace(TRAINED, valid_until=DAY),)), DAY) == ()
    assert policy.runner_gaps(RULES, runner(trainings=(replace(TRAINED, valid_until=None),)), DAY) == ()
    assert policy.runner_gaps(RULES, runner(left_on=DAY + timedelta(days=1)), DAY) == ()
    assert kinds(policy.runner_gaps(RULES, runner(left_on=DAY), DAY)) == [GapKind.LEFT]
    facts = replace(SOUND, looked_on=DAY - timedelta(days=RULES.unwatched_after_days))
    both = (runner(1), runner(2))
    for changed, found in (
        (facts, []),
        (
            replace(SOUND, looked_on=DAY - timedelta(days=RULES.unwatched_after_days + 1)),
            [GapKind.NOT_WATCHED],
        ),
        (replace(SOUND, looked_on=None, opened_on=DAY), []),
        (replace(SOUND, looked_on=None, opened_on=BEFORE), [GapKind.NOT_WATCHED]),
        (replace(SOUND, review_on=DAY - timedelta(days=1)), [GapKind.REVIEW_OVERDUE]),
        (replace(SOUND, review_on=None), []),
        (replace(SOUND, approved_on=None), [GapKind.NOT_APPROVED]),
        (replace(SOUND, responsible=False), [GapKind.NOBODY_RESPONSIBLE]),
        (replace(SOUND, checklist_missing=("tagging",)), [GapKind.CHECKLIST]),
    ):
        assert kinds(policy.account_gaps(RULES, changed, both, DAY, policies=True, trainings=True)) == found


def test_every_point_left_out_is_a_gap_at_its_field() -> None:
    empty = CasePoints("", " ", "", "\n", "", Openness.NOT_ANSWERED)
    found = policy.case_gaps(RULES, empty, (), DAY, policies=True, trainings=True)
    assert [gap.field for gap in found] == [
        "platform",
        "proposed_name",
        "aim",
        "audience",
        "promotion",
        "openness",
        "runners",
    ]
    assert of_case(runner(1), runner(2), on_record=False) == [GapKind.NO_POLICY, GapKind.NO_TRAINING_TYPE]


@given(
    st.lists(
        st.builds(
            runner,
            st.integers(1, 4),
            staff=st.booleans(),
            left_on=st.none() | st.dates(DAY - timedelta(days=3), DAY + timedelta(days=3)),
        ),
        max_size=8,
    )
)
def test_staff_are_counted_as_different_people_who_are_there(runners: list[Runner]) -> None:
    last = {each.person_id: each for each in runners}
    there = [each for each in last.values() if each.staff and (each.left_on is None or each.left_on > DAY)]
    found = policy.team_gaps(RULES, runners, DAY, policies=True, trainings=True)
    assert (GapKind.STAFF in kinds(found)) == (len(there) < 2)
    assert kinds(found).count(GapKind.LEFT) == sum(
        each.left_on is not None and each.left_on <= DAY for each in last.values()
    )


@pytest.mark.parametrize("name", SHIPPED_NAMES)
def test_what_each_shipped_policy_asks_of_a_bare_account_one_member_of_staff_runs(name: str) -> None:
    rules = shipped(name).accounts
    bare = runner(policies=(replace(SIGNED, signed_on=None),), trainings=(TrainingHeld(1, "Accounts"),))
    facts = AccountFacts(None, True, None, BEFORE, None, ("tagging",))
    found = set(kinds(policy.account_gaps(rules, facts, [bare], DAY, policies=True, trainings=True)))
    assert (
        found
        == {
            "complete": {
                GapKind.NOT_APPROVED,
                GapKind.STAFF,
                GapKind.NOT_ACKNOWLEDGED,
                GapKind.NOT_TRAINED,
                GapKind.NOT_WATCHED,
                GapKind.CHECKLIST,
            },
            "policy-g": {
                GapKind.NOT_APPROVED,
                GapKind.STAFF,
                GapKind.NOT_ACKNOWLEDGED,
                GapKind.NOT_TRAINED,
                GapKind.NOT_WATCHED,
                GapKind.CHECKLIST,
            },
            "policy-o": {GapKind.NOT_WATCHED},
            "policy-s": set(),
            "policy-c": set(),
            "policy-r": set(),
        }[name]
    )
