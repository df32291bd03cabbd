"""From the idea of a page to an account that is open: proposed, completed, decided (ACC-1 to ACC-3)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from smdesk.errors import Invalid, NotAllowed, Refused
from smdesk.policy.accounts import GapKind, Openness
from smdesk.policy.vocabulary import PersonKind
from smdesk.services import accounts, agreement_papers, agreements, business_cases, case_papers, people
from smdesk.services.agreement_records import Answer
from smdesk.services.case_records import CaseStatus
from smdesk.services.today_records import DueKind, Target
from tests.scenarios import telling_accounts as tell
from tests.scenarios.telling import Story, printed


def refused(story: Story, case_id: int) -> str:
    """Why the case cannot be approved now."""
    with pytest.raises(Refused) as caught:
        tell.decided(story, case_id)
    assert tell.case(story, case_id).status is CaseStatus.SUBMITTED
    return str(caught.value)


def test_acc_1_a_case_that_names_one_person_waits_until_a_second_member_of_staff_is_found(
    story: Story,
) -> None:
    tell.made_ready(story, "teacher", "office")
    case_id = tell.proposed(story, "teacher")
    assert tell.gaps(story, case_id) == [(GapKind.STAFF, "")]
    said = refused(story, case_id)
    assert "At least two different members of staff must run it by name; so far only Tim Hazel" in said
    assert "(ACC-1)" in said
    # The office takes it back, asks around, names a colleague, and puts it forward again.
    record = tell.case(story, case_id)
    version = business_cases.take_back(story.office, case_id, record.version).version
    named = tell.case_for(story, "teacher", "office")
    version = business_cases.save(story.office, named, case_id, version).version
    business_cases.submit(story.office, case_id, version)
    assert tell.gaps(story, case_id) == []
    tell.decided(story, case_id)
    assert tell.case(story, case_id).status is CaseStatus.APPROVED


def test_acc_1_the_same_name_twice_is_one_person(story: Story) -> None:
    policy, kind = tell.made_ready(story, "teacher", "office")
    with pytest.raises(
        Invalid, match=r"Tim Hazel is named twice to run it: one person counts once \(ACC-1\)"
    ):
        tell.proposed(story, "teacher", "teacher")
    assert not business_cases.accounts_to_choose(story.office)
    # Nor does a second record of him help: written down twice he may be by mistake, and is one after the merge.
    story.known("double", "Hazel", "Timothy", kind=PersonKind.STAFF)
    tell.signs(story, policy, "double")
    tell.is_trained(story, kind, "double")
    case_id = tell.proposed(story, "teacher", "double")
    people.merge(story.office, story.school.people["teacher"], story.school.people["double"])
    assert (GapKind.STAFF, "") in tell.gaps(story, case_id)
    assert "so far only Tim Hazel" in refused(story, case_id)


def test_acc_1_one_member_of_staff_and_a_parent_are_not_two_members_of_staff(story: Story) -> None:
    tell.made_ready(story, "teacher", "anna", "office")
    case_id = tell.proposed(story, "teacher", "anna")
    assert tell.gaps(story, case_id) == [(GapKind.STAFF, "")]
    assert "so far only Tim Hazel" in refused(story, case_id)
    # The business manager is both, and counts as staff.
    both = tell.proposed(story, "teacher", "office", "anna", proposed_name="Brambleford Families")
    tell.decided(story, both)
    assert tell.case(story, both).status is CaseStatus.APPROVED


def test_acc_3_an_untrained_parents_friends_page_is_blocked_until_each_gap_is_closed(story: Story) -> None:
    """Ben proposes "Friends of Brambleford" and wants to run it with the teacher. Nothing is in place yet."""
    account = tell.on_the_register(story, "friendsofbrambleford")
    business_cases.save(
        story.office,
        tell.case_for(
            story,
            "ben",
            "teacher",
            proposed_name="friendsofbrambleford",
            exists_already=True,
            account_id=account,
            promotion="",
        ),
    )
    (case_id,) = (each[0] for each in tell.account(story, account).cases)
    business_cases.submit(story.office, case_id, tell.case(story, case_id).version)
    assert tell.case(story, case_id).status_words == "Not approved yet, awaiting the meeting"
    assert (GapKind.NOT_APPROVED, "") in tell.lacks(story, account)
    section = tell.due(story, "headteacher")[DueKind.CASE]
    assert [each.target for each in section.items] == [Target("cases", "", case_id)]
    said = refused(story, case_id)
    for part in (
        "Say how people will hear of it",
        "so far only Tim Hazel",
        "No policy is on record",
        "No training is on record",
    ):
        assert part in said

    # One gap after the other is closed where it belongs, and each time one thing less is missing.
    policy = tell.a_policy(story)
    kind = tell.a_training(story)
    missing = tell.gaps(story, case_id)
    assert missing == [
        (GapKind.POINT, ""),
        (GapKind.STAFF, ""),
        (GapKind.NOT_ACKNOWLEDGED, "ben"),
        (GapKind.NOT_TRAINED, "ben"),
        (GapKind.NOT_ACKNOWLEDGED, "teacher"),
        (GapKind.NOT_TRAINED, "teacher"),
    ]
    ben = story.school.people["ben"]
    slip = printed(agreement_papers.slip_pdf(story.office, policy, [ben]))
    assert "Ben Quillfeather" in slip
    assert "Social media policy" in slip
    # At first he will not sign. That is recorded, not forced, and stands in the way.
    agreements.record(story.office, policy, [ben], Answer.DECLINED, story.today)
    assert (GapKind.DECLINED, "ben") in tell.gaps(story, case_id)
    assert (
        f"Ben Quillfeather declined “Social media policy” (version 3) on {story.today.day} March 2026"
        in refused(story, case_id)
    )
    tell.signs(story, policy, "ben", "teacher", "office")
    assert [each for each in tell.gaps(story, case_id) if each[1]] == [
        (GapKind.NOT_TRAINED, "ben"),
        (GapKind.NOT_TRAINED, "teacher"),
    ]
    tell.is_trained(story, kind, "teacher", "office")
    assert "No training “Running a school account” is recorded for Ben Quillfeather" in refused(
        story, case_id
    )
    tell.is_trained(story, kind, "ben")
    assert tell.gaps(story, case_id) == [(GapKind.POINT, ""), (GapKind.STAFF, "")]

    # The meeting asks for more; the office completes the case.
    story.days_pass(2)
    tell.decided(story, case_id, tell.ASK, reason="Who else of the staff, and how will people hear of it?")
    record = tell.case(story, case_id)
    assert record.status is CaseStatus.MORE_WANTED
    (item,) = tell.due(story)[DueKind.CASE_TO_COMPLETE].items
    assert item.target == Target("cases", "", case_id)
    full = tell.case_for(
        story,
        "ben",
        "teacher",
        "office",
        proposed_name="friendsofbrambleford",
        exists_already=True,
        account_id=account,
    )
    version = business_cases.save(story.office, full, case_id, record.version).version
    business_cases.submit(story.office, case_id, version)
    assert tell.gaps(story, case_id) == []
    story.days_pass(5)
    tell.decided(
        story,
        case_id,
        conditions="No pictures of children until September.",
        present="Mrs C. Fir, chair",
        minute_ref="SLT 14/3",
    )

    # The page that was there is the account that is approved: no second one, its runners named.
    record = tell.case(story, case_id)
    assert record.account == (account, "@friendsofbrambleford on Facebook")
    assert (record.status, record.account_approved) == (CaseStatus.APPROVED, True)
    held = tell.account(story, account)
    assert held.approved_on == story.today
    assert "Mrs H. Alder and Mr L. Damson" in held.approved_by
    assert {each.name for each in held.runners if each.runs} == {"Ben Quillfeather", "Tim Hazel", "Bea Cedar"}
    assert held.responsible_name == "Ben Quillfeather"
    assert [each.id for each in accounts.choices(story.office)] == [account]
    tell.ticked(story, account)
    assert [kind for kind, _ in tell.lacks(story, account)] == [GapKind.NOT_WATCHED]
    assert story.faults() == []
    # Both decisions are signed and hold; the paper says what was decided and under which conditions.
    assert [each.fault for each in record.decisions] == ["", ""]
    paper = printed(case_papers.decision_pdf(story.head, record.decisions[1].id))
    for part in ("No pictures of children until September", "SLT 14/3", "Mrs H. Alder", "Mr L. Damson"):
        assert part in paper


def test_acc_2_a_new_account_opens_with_its_approval_and_not_before(story: Story) -> None:
    tell.made_ready(story, "teacher", "office")
    case_id = tell.proposed(story, "teacher", "office", openness=Openness.CLOSED)
    assert accounts.choices(story.office) == []
    tell.decided(story, case_id, review_on=date(2026, 9, 14))
    (found,) = accounts.choices(story.office)
    held = tell.account(story, found.id)
    assert (held.draft.openness, held.draft.review_on) == (Openness.CLOSED, date(2026, 9, 14))
    assert (held.draft.purpose, held.responsible_name) == (
        "To show families what their children do.",
        "Tim Hazel",
    )
    assert [kind for kind, _ in tell.lacks(story, found.id)] == [GapKind.CHECKLIST]
    assert [line.kind for line in held.history][-1] == "approved"


def test_acc_2_the_proposer_never_decides_nor_counts_and_two_must_agree(story: Story) -> None:
    tell.made_ready(story, "teacher", "office")
    own = tell.proposed(story, "teacher", "office", proposer_id=story.school.people["head"])
    with pytest.raises(NotAllowed, match="You proposed this case"):
        tell.decided(story, own)
    with pytest.raises(Invalid, match="cannot count"):
        tell.decided(story, own, by=tell.LEADER)
    with pytest.raises(
        Invalid, match="2 different members of the leadership team must agree; so far 1 is named"
    ):
        tell.decided(story, own, by=tell.LEADER, agreed=(tell.LEADER,))
    # Proposed by name only, it is the same person all the same.
    named = tell.proposed(
        story, "teacher", "office", proposer_id=None, proposer_name="Mr L. Damson", proposed_name="Choir"
    )
    with pytest.raises(NotAllowed, match="You proposed this case"):
        tell.decided(story, named, by=tell.LEADER)
    for login in ("business_manager", "dsl", "chair", "governor", "administrator"):
        with pytest.raises(NotAllowed):
            tell.decided(story, named, by=login)
    # One and the same member twice is one who agrees.
    other = tell.proposed(story, "teacher", "office", proposed_name="Sports day")
    with pytest.raises(Invalid, match="so far 1 is named"):
        tell.decided(story, other, agreed=("headteacher", "headteacher"))
    tell.decided(story, other)
    assert tell.case(story, other).decisions[0].agreed == ("Mrs H. Alder", "Mr L. Damson")


def test_acc_2_rejected_it_stays_as_it_was_and_may_be_proposed_anew(story: Story) -> None:
    tell.made_ready(story, "teacher", "office")
    first = tell.proposed(story, "teacher", "office")
    tell.decided(story, first, tell.REJECT, agreed=(), reason="Two pages are enough.")
    record = tell.case(story, first)
    assert (record.status, record.editable, accounts.choices(story.office)) == (
        CaseStatus.REJECTED,
        False,
        [],
    )
    with pytest.raises(Refused, match="Propose anew"):
        business_cases.save(
            story.office, tell.case_for(story, "teacher", "office", aim="Else"), first, record.version
        )
    with pytest.raises(Refused, match="decided already"):
        tell.decided(story, first)
    # Meanwhile the teacher has given notice and left: he is not taken over.
    story.days_pass(30)
    story.changed("teacher", left_on=story.today)
    draft = business_cases.propose_anew(story.office, first)
    assert [each.person_id for each in draft.runners] == [story.school.people["office"]]
    second = business_cases.save(story.office, draft, supersedes=first)
    assert tell.case(story, first).superseded_by == ((second.id, "2026/B0002"),)
    assert tell.case(story, first).decisions[0].fault == ""
    assert tell.gaps(story, second.id) == [(GapKind.STAFF, "")]


def test_acc_3_a_runner_who_left_before_the_meeting_stands_in_the_way(story: Story) -> None:
    tell.made_ready(story, "teacher", "office", "head")
    case_id = tell.proposed(story, "teacher", "office")
    story.changed("teacher", left_on=story.today + timedelta(days=1))
    assert tell.gaps(story, case_id) == []
    story.days_pass(1)
    assert tell.gaps(story, case_id) == [(GapKind.STAFF, ""), (GapKind.LEFT, "teacher")]
    said = refused(story, case_id)
    assert "Tim Hazel left the school on 12 March 2026." in said


@pytest.mark.parametrize("profile", ["policy-s", "policy-o", "policy-c", "policy-r"])
def test_four_policies_ask_for_no_business_case_and_an_account_without_one_complies(
    story: Story, profile: str
) -> None:
    tell.under(story, profile)
    account = tell.on_the_register(
        story,
        responsible_id=story.school.people["teacher"],
        runners=(tell.runs_it(story, "teacher"),),
    )
    assert tell.lacks(story, account) == []
    assert DueKind.ACCOUNT not in tell.due(story)
    # A case may be written all the same, and lacks nothing with one member of staff.
    case_id = tell.proposed(story, "teacher", exists_already=True, account_id=account)
    assert tell.gaps(story, case_id) == []
    tell.decided(story, case_id, agreed=("leadership",))
    assert tell.account(story, account).approved_on == story.today


@pytest.mark.parametrize("profile", ["complete", "policy-g"])
def test_the_other_two_ask_for_it_and_say_so(story: Story, profile: str) -> None:
    tell.under(story, profile)
    account = tell.on_the_register(
        story,
        responsible_id=story.school.people["teacher"],
        runners=(tell.runs_it(story, "teacher"),),
    )
    assert [kind for kind, _ in tell.lacks(story, account)] == [
        GapKind.NOT_APPROVED,
        GapKind.STAFF,
        GapKind.NO_POLICY,
        GapKind.NO_TRAINING_TYPE,
        GapKind.CHECKLIST,
    ]
