"""An approved account that stops complying says so by itself: nobody has to notice (ACC-3, PPL-3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from smdesk.documents.governor_figures import FactTable
from smdesk.errors import Invalid
from smdesk.policy.accounts import GapKind
from smdesk.services import (
    accounts,
    agreements,
    business_cases,
    periods,
    profiles,
    reports,
    today,
    training,
    watching,
)
from smdesk.services.account_list import rows, sorted_ids
from smdesk.services.account_records import AccountFilter, AccountSort, AccountView
from smdesk.services.today_records import DueKind, Target
from smdesk.services.training_records import TrainingTypeDraft
from tests.scenarios import telling_accounts as tell
from tests.scenarios.telling import Story, local


def red(story: Story) -> list[int]:
    return list(sorted_ids(story.office, AccountFilter(AccountView.NOT_COMPLIANT), AccountSort()))


def looked(story: Story, account: int) -> None:
    watching.look(story.office, [account])


def facts(story: Story) -> dict[str, str]:
    """What the governors read of the accounts today."""
    year = periods.parse_period("2026-27" if story.today >= date(2026, 9, 1) else "2025-26")
    found = reports.governor_figures(story.governor, year)
    (section,) = [each for each in found.sections if each.title == "School accounts"]
    return {row[0]: row[1] for table in section.tables if isinstance(table, FactTable) for row in table.rows}


def test_acc_3_training_that_lapses_after_the_approval_turns_the_account_red_and_today_says_so(
    story: Story,
) -> None:
    story.time_is(local(2026, 3, 11, 9))
    policy = tell.a_policy(story)
    kind = tell.a_training(story)
    tell.signs(story, policy, "teacher", "office")
    tell.is_trained(story, kind, "teacher", on=date(2025, 6, 20))
    tell.is_trained(story, kind, "office", on=date(2026, 3, 2))
    account = tell.opened_by_case(story, "teacher", "office")
    assert (tell.lacks(story, account), red(story)) == ([], [])
    assert facts(story) == {"Accounts in use": "1", "In order": "1"}

    # Weeks before, Today announces that it will lapse: who, what, and with one click where it is recorded.
    story.time_is(local(2026, 6, 8, 9))
    looked(story, account)
    (item,) = tell.due(story)[DueKind.TRAINING].items
    assert ("Tim Hazel" in item.title, item.overdue, item.due) == (True, False, date(2026, 6, 20))
    assert item.target.tab == "agreements"
    assert tell.lacks(story, account) == []

    # The last day counts; the day after, without anybody doing anything, it does not comply.
    story.time_is(local(2026, 6, 20, 9))
    looked(story, account)
    assert (tell.lacks(story, account), red(story)) == ([], [])
    story.time_is(local(2026, 6, 21, 0, 1))
    assert tell.lacks(story, account) == [(GapKind.TRAINING_LAPSED, "teacher")]
    assert red(story) == [account]
    (gap,) = tell.standing(story, account).gaps
    assert gap.text == "The training “Running a school account” of Tim Hazel lapsed after 20 June 2026."
    assert (gap.rule, gap.training_type_id) == ("ACC-3", kind)
    for login in ("business_manager", "headteacher", "dsl", "leadership"):
        (item,) = tell.due(story, login)[DueKind.ACCOUNT].items
        assert item.target == Target("accounts", "register", account)
        assert today.counts(story.at(login))["accounts"] >= 1
    assert tell.due(story)[DueKind.TRAINING].items[0].overdue
    assert facts(story)["Too few people, or somebody without policy or training"] == "1"

    # He sits down to it again, the office writes it down, and it is green.
    tell.is_trained(story, kind, "teacher")
    assert (tell.lacks(story, account), red(story)) == ([], [])
    assert DueKind.ACCOUNT not in tell.due(story)
    assert DueKind.TRAINING not in tell.due(story)


def test_acc_1_the_only_trained_runner_leaves(story: Story) -> None:
    tell.made_ready(story, "teacher", "office", "dsl")
    account = tell.opened_by_case(story, "teacher", "office")
    assert tell.account(story, account).responsible_name == "Tim Hazel"
    # Notice is given today for the end of the month: until then nothing changes.
    story.changed("teacher", left_on=date(2026, 4, 1))
    assert tell.lacks(story, account) == []
    story.time_is(local(2026, 3, 31, 17))
    looked(story, account)
    assert tell.lacks(story, account) == []
    story.time_is(local(2026, 4, 1, 8))
    assert tell.lacks(story, account) == [
        (GapKind.NOBODY_RESPONSIBLE, ""),
        (GapKind.STAFF, ""),
        (GapKind.LEFT, "teacher"),
    ]
    (item,) = tell.due(story)[DueKind.ACCOUNT].items
    assert item.target.id == account
    # His line is ended, a colleague takes over; both days stay on record.
    before = tell.account(story, account).draft.runners
    ended = tuple(
        replace(each, until_on=story.today) if each.person_id == story.school.people["teacher"] else each
        for each in before
    )
    # Naming him anew is refused, and so is somebody responsible who has left.
    with pytest.raises(Invalid, match="Tim Hazel left the school on 1 April 2026"):
        tell.changed(story, account, runners=(*ended, tell.runs_it(story, "teacher")))
    story.changed("ben", left_on=story.today)
    with pytest.raises(Invalid, match=r"has left the school\. Name somebody who is there"):
        tell.changed(story, account, responsible_id=story.school.people["ben"])
    tell.changed(
        story,
        account,
        runners=(*ended, tell.runs_it(story, "dsl")),
        responsible_id=story.school.people["dsl"],
    )
    assert tell.lacks(story, account) == []
    runners = tell.account(story, account).runners
    assert {each.name: each.until_on for each in runners} == {
        "Bea Cedar": None,
        "Tim Hazel": date(2026, 4, 1),
        "Dan Birch": None,
    }
    assert {each.name for each in runners if each.runs} == {"Bea Cedar", "Dan Birch"}
    # What was approved in March stands as it was approved.
    (case_id, _, words) = tell.account(story, account).cases[0]
    assert words == "approved"
    assert tell.case(story, case_id).decisions[0].fault == ""


def test_acc_3_a_new_version_of_the_policy_asks_everybody_again_unless_it_says_not_to(story: Story) -> None:
    policy, _ = tell.made_ready(story, "teacher", "office")
    account = tell.opened_by_case(story, "teacher", "office")
    story.days_pass(1)
    looked(story, account)
    tell.a_version(story, policy, "3a", story.today, ask_again=False, changes="A telephone number.")
    assert tell.lacks(story, account) == []
    story.days_pass(1)
    looked(story, account)
    tell.a_version(story, policy, "4", story.today)
    assert tell.lacks(story, account) == [(GapKind.OLD_VERSION, "teacher"), (GapKind.OLD_VERSION, "office")]
    texts = [gap.text for gap in tell.standing(story, account).gaps]
    assert all("version 3 only; version 4 is in use" in text for text in texts)
    tell.signs(story, policy, "teacher")
    assert tell.lacks(story, account) == [(GapKind.OLD_VERSION, "office")]
    tell.signs(story, policy, "office")
    assert tell.lacks(story, account) == []


def test_acc_3_an_answer_taken_back_counts_no_more(story: Story) -> None:
    tell.made_ready(story, "teacher", "office")
    account = tell.opened_by_case(story, "teacher", "office")
    teacher = story.school.people["teacher"]
    (given,) = agreements.of_person(story.office, teacher).answers
    agreements.withdraw(story.office, given.id, "That was his brother’s slip.")
    (held,) = training.of_person(story.office, teacher)
    training.withdraw(story.office, held.records[0].id, "He was away that day.")
    assert tell.lacks(story, account) == [
        (GapKind.NOT_ACKNOWLEDGED, "teacher"),
        (GapKind.NOT_TRAINED, "teacher"),
    ]


def test_acc_2_a_review_that_is_overdue_turns_it_red_until_it_is_written_down(story: Story) -> None:
    tell.made_ready(story, "teacher", "office")
    account = tell.opened_by_case(story, "teacher", "office")
    changed_to = story.today + timedelta(days=10)
    tell.changed(story, account, review_on=changed_to)
    story.days_pass(10)
    looked(story, account)
    assert tell.lacks(story, account) == []
    (item,) = tell.due(story)[DueKind.ACCOUNT_REVIEW].items
    assert (item.due, item.overdue) == (changed_to, False)
    story.days_pass(1)
    looked(story, account)
    assert tell.lacks(story, account) == [(GapKind.REVIEW_OVERDUE, "")]
    assert tell.due(story)[DueKind.ACCOUNT_REVIEW].items[0].overdue
    assert DueKind.ACCOUNT not in tell.due(story)  # told once
    version = tell.account(story, account).version
    accounts.reviewed(story.office, account, version, "Two people run it, pictures are as agreed.")
    assert tell.lacks(story, account) == []
    assert DueKind.ACCOUNT_REVIEW not in tell.due(story)


def test_acc_1_somebody_who_begins_next_month_does_not_count_yet(story: Story) -> None:
    tell.made_ready(story, "teacher", "office")
    account = tell.opened_by_case(story, "teacher", "office")
    (office, teacher) = tell.account(story, account).draft.runners
    assert teacher.person_id == story.school.people["teacher"]
    tell.changed(story, account, runners=(replace(teacher, until_on=story.today), office))
    assert (GapKind.STAFF, "") in tell.lacks(story, account)
    begins = story.today + timedelta(days=7)
    ended = tell.account(story, account).draft.runners
    tell.changed(story, account, runners=(*ended, tell.runs_it(story, "teacher", begins)))
    assert (GapKind.STAFF, "") in tell.lacks(story, account)
    story.days_pass(7)
    looked(story, account)
    assert tell.lacks(story, account) == []


def test_acc_3_a_training_the_school_gave_up_is_asked_of_nobody_any_more(story: Story) -> None:
    tell.made_ready(story, "teacher", "office")
    account = tell.opened_by_case(story, "teacher", "office")
    old = training.save_type(story.office, TrainingTypeDraft("The old course", for_accounts=True))
    assert [kind for kind, _ in tell.lacks(story, account)] == [GapKind.NOT_TRAINED, GapKind.NOT_TRAINED]
    training.retire_type(story.office, old.id, old.version)
    assert tell.lacks(story, account) == []


def test_a_closed_account_lacks_nothing_and_asks_nothing_of_anybody(story: Story) -> None:
    account = tell.on_the_register(story)
    story.days_pass(5)
    assert red(story) == [account]
    assert DueKind.UNWATCHED in tell.due(story)
    accounts.close(
        story.office, account, tell.account(story, account).version, "Nobody has time", story.today
    )
    assert (tell.lacks(story, account), red(story)) == ([], [])
    assert not {DueKind.UNWATCHED, DueKind.ACCOUNT} & set(tell.due(story))
    (row,) = rows(story.office, [account])
    assert row.closed_on == story.today
    # Its page is reopened, and is as red as before.
    accounts.reopen(story.office, account, tell.account(story, account).version, "A parent looks after it")
    assert red(story) == [account]


def test_a_stricter_policy_finds_fault_with_what_complied_before(story: Story) -> None:
    tell.under(story, "policy-c")
    account = tell.on_the_register(
        story, responsible_id=story.school.people["teacher"], runners=(tell.runs_it(story, "teacher"),)
    )
    story.days_pass(30)
    assert tell.lacks(story, account) == []
    profiles.adopt(story.head, "policy-g")
    kinds = {kind for kind, _ in tell.lacks(story, account)}
    assert {GapKind.NOT_APPROVED, GapKind.STAFF, GapKind.NOT_WATCHED} <= kinds
    draft = business_cases.draft_for_account(story.office, account)
    assert (draft.account_id, draft.proposed_name, draft.exists_already) == (account, "brambleford", True)
    profiles.adopt(story.head, "policy-o")
    # O has named senior staff look on working days, and asks for no case.
    assert [kind for kind, _ in tell.lacks(story, account)] == [GapKind.NOT_WATCHED]
