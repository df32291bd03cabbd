"""Business cases: written, complete or not, put forward, taken back, withdrawn, proposed anew (ACC-1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from smdesk.db.models import AuditEntry, BusinessCase, Person
from smdesk.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from smdesk.policy.accounts import GapKind, Openness
from smdesk.services import business_cases, case_list, people_merge
from smdesk.services.case_records import (
    CaseColumn,
    CaseDecisionKind,
    CaseDraft,
    CaseFilter,
    CaseSort,
    CaseStatus,
    CaseView,
    RunnerChoice,
)
from tests.support.accounts import an_account
from tests.support.cases import (
    a_training_type,
    approved,
    decide,
    draft,
    opened,
    propose,
    ready,
    set_up,
    submit,
)
from tests.support.school import SmallSchool

TODAY = date(2026, 3, 11)


def leaves(school: SmallSchool, key: str, on: date) -> None:
    with school.database.writing() as session:
        session.get_one(Person, school.people[key]).left_on = on


# ---------------------------------------------------------------------------------------------------------- writing


def test_a_case_is_written_numbered_and_opened_again(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    made = draft(school, proposed_name="  Brambleford   Primary ", platform="Facebook")
    saved = business_cases.save(ctx, made)
    assert {("case", saved.id), ("person", school.people["teacher"])} <= saved.changes
    record = opened(school, saved.id)
    assert (record.reference, record.version, record.status) == ("2026/B0001", 1, CaseStatus.DRAFT)
    assert record.draft == replace(made, proposed_name="Brambleford Primary", platform="facebook")
    assert (record.proposer, record.platform_label) == ("Bea Cedar", "Facebook")
    assert [(each.name, each.staff, each.responsible) for each in record.runners] == [
        ("Bea Cedar", True, True),
        ("Tim Hazel", True, False),
    ]
    assert [line.kind for line in record.history] == ["saved"]
    assert opened(school, propose(school, proposed_name="Another")).reference == "2026/B0002"


def test_a_case_may_be_begun_with_hardly_anything_but_not_with_nothing(school: SmallSchool) -> None:
    ctx = school.ctx_for("leadership")
    saved = business_cases.save(ctx, CaseDraft(aim="To reach families"))
    missing = {(gap.kind, gap.field) for gap in opened(school, saved.id).gaps}
    assert {
        (GapKind.POINT, name) for name in ("platform", "audience", "promotion", "openness", "runners")
    } <= missing
    with pytest.raises(Invalid, match="Begin with") as caught:
        business_cases.save(ctx, CaseDraft(notes="Only a note"))
    assert caught.value.problems[0].field == "proposed_name"


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"aim": "x" * 5001}, "aim", "5,001"),
        ({"proposed_name": "x" * 201}, "proposed_name", "201"),
        ({"exists_already": True, "link": "facebook"}, "link", "https://"),
        ({"exists_already": True, "link": "javascript:alert(1)"}, "link", "https://"),
        (
            {"exists_already": True, "link": "https://www.instagram.com/brambleford"},
            "link",
            "a link to Instagram, and the platform is Facebook",
        ),
        ({"exists_already": True, "account_id": 4711}, "account_id", "no such account"),
        ({"proposer_id": 4711}, "proposer_id", "no such person"),
        ({"runners": (RunnerChoice(4711),)}, "runners", "no such person"),
    ],
)
def test_what_cannot_be_kept_is_said(school: SmallSchool, fields: dict, field: str, said: str) -> None:
    with pytest.raises(Invalid) as caught:
        propose(school, **fields)
    (problem,) = caught.value.problems
    assert problem.field == field
    assert said in problem.message


def test_the_same_person_twice_is_refused_by_name(school: SmallSchool) -> None:
    with pytest.raises(Invalid, match="Tim Hazel is named twice to run it") as caught:
        propose(school, "teacher", "teacher")
    assert caught.value.problems[0].field == "runners"
    # A duplicate that was merged is the same person.
    with school.database.writing() as session:
        twin = Person(
            kind="staff",
            given_name="Timothy",
            family_name="Hazel",
            sort_name="hazel timothy",
            created_at=school.clock.now,
        )
        session.add(twin)
        session.flush()
        school.people["twin"] = twin.id
    case_id = propose(school, "teacher", "twin")
    people_merge.merge(school.ctx_for("business_manager"), school.people["teacher"], school.people["twin"])
    # The merge made one of the two: they count once, and the next save says so.
    gaps = opened(school, case_id).gaps
    assert any(gap.kind is GapKind.STAFF and "so far only Tim Hazel" in gap.text for gap in gaps)
    record = opened(school, case_id)
    with pytest.raises(Invalid, match="named twice"):
        business_cases.save(
            school.ctx_for("business_manager"), replace(record.draft, aim="More"), case_id, record.version
        )


def test_two_responsible_people_are_one_too_many(school: SmallSchool) -> None:
    both = tuple(RunnerChoice(school.people[key], True) for key in ("office", "teacher"))
    with pytest.raises(Invalid, match="PPL-3"):
        propose(school, runners=both)


def test_one_account_is_proposed_once(school: SmallSchool) -> None:
    case_id = propose(school, proposed_name="@Brambleford")
    with pytest.raises(Invalid, match=r"2026/B0001 proposes @brambleford on Facebook already"):
        propose(school, proposed_name="brambleford")
    assert propose(school, proposed_name="brambleford", platform="instagram")
    business_cases.withdraw(school.ctx_for("business_manager"), case_id, 1, "A slip")
    again = propose(school, proposed_name="brambleford")
    with pytest.raises(Invalid, match="2026/B0003"):
        business_cases.unwithdraw(
            school.ctx_for("business_manager"), case_id, opened(school, case_id).version
        )
    assert opened(school, again).status is CaseStatus.DRAFT


def test_two_windows_do_not_overwrite_each_other(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    case_id = propose(school)
    held = opened(school, case_id)
    business_cases.save(ctx, replace(held.draft, aim="Theirs", openness=Openness.CLOSED), case_id, 1)
    with pytest.raises(Conflict) as caught:
        business_cases.save(ctx, replace(held.draft, aim="Mine"), case_id, 1)
    assert [(each.field, each.theirs, each.mine) for each in caught.value.changes] == [
        ("aim", "Theirs", "Mine"),
        ("openness", "Private or closed", "Open to everybody"),
    ]
    business_cases.save(ctx, replace(held.draft, aim="Mine"), case_id, caught.value.current_version)
    assert opened(school, case_id).draft.aim == "Mine"
    # Saved as it stands: nothing is written.
    assert business_cases.save(ctx, opened(school, case_id).draft, case_id, 3).changes == frozenset()


def test_who_may_do_what(school: SmallSchool) -> None:
    case_id = propose(school, login="dsl")
    assert opened(school, case_id, "leadership").editable
    for login in ("governor", "chair", "administrator"):
        with pytest.raises(NotAllowed):
            opened(school, case_id, login)
    with pytest.raises(NotFound):
        opened(school, 4711)
    # A leader names people here without the list of people; pupils are not offered.
    found = business_cases.find_people(school.ctx_for("leadership"), "quillfeather")
    assert [hit.name for hit in found] == ["Anna Quillfeather", "Ben Quillfeather"]
    # Nor is anybody's child told beside them, as it is to those who have the list of people.
    assert [hit.hint for hit in found] == ["", ""]
    assert any(
        "Quillfeather" in hit.hint
        for hit in business_cases.find_people(school.ctx_for("business_manager"), "quillfeather")
    )


# ---------------------------------------------------------------------------------------------------------- the gaps


def test_a_one_name_case_says_what_it_lacks(school: SmallSchool) -> None:
    set_up(school, "teacher")
    (gap,) = opened(school, propose(school, "teacher")).gaps
    assert (gap.kind, gap.rule, gap.field) == (GapKind.STAFF, "ACC-1", "runners")
    assert "so far only Tim Hazel" in gap.text


def test_one_member_of_staff_and_one_parent_are_one_member_of_staff(school: SmallSchool) -> None:
    set_up(school, "teacher", "anna")
    assert [gap.kind for gap in opened(school, propose(school, "teacher", "anna")).gaps] == [GapKind.STAFF]
    # A member of staff who is a parent too is staff.
    set_up(school, "office")
    assert "office" in school.people


def test_every_runner_parents_included_needs_policy_and_training(school: SmallSchool) -> None:
    policy, version, training = set_up(school, "office", "teacher")
    case_id = propose(school, "office", "teacher", "anna")
    gaps = opened(school, case_id).gaps
    assert {(gap.kind, gap.person_id, gap.policy_id, gap.training_type_id) for gap in gaps} == {
        (GapKind.NOT_ACKNOWLEDGED, school.people["anna"], policy, None),
        (GapKind.NOT_TRAINED, school.people["anna"], None, training),
    }
    ready(school, version, training, "anna", on=TODAY)
    assert opened(school, case_id).gaps == ()
    # The form asks while it is typed, and for another day.
    typed = draft(school, "office", "teacher", "anna")
    ctx = school.ctx_for("leadership")
    assert business_cases.gaps(ctx, typed) == ()
    assert len(business_cases.gaps(ctx, case_id, TODAY - timedelta(days=1))) == 2


def test_a_runner_who_leaves_is_a_gap_by_itself(school: SmallSchool) -> None:
    set_up(school, "office", "teacher")
    case_id = propose(school)
    assert opened(school, case_id).gaps == ()
    leaves(school, "teacher", TODAY)
    assert [gap.kind for gap in opened(school, case_id).gaps] == [GapKind.STAFF, GapKind.LEFT]


def test_without_a_policy_or_a_training_on_record_nobody_can_be_satisfied(school: SmallSchool) -> None:
    kinds = [gap.kind for gap in opened(school, propose(school)).gaps]
    assert kinds == [GapKind.NO_POLICY, GapKind.NO_TRAINING_TYPE]
    a_training_type(school)
    assert GapKind.NO_TRAINING_TYPE not in [gap.kind for gap in opened(school, 1).gaps]


# ---------------------------------------------------------------------------------------------------- where it stands


def test_a_case_goes_forward_and_is_taken_back(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    case_id = submit(school, propose(school, "teacher"))
    record = opened(school, case_id)
    assert (record.status, record.submitted_on, record.submitted_by) == (
        CaseStatus.SUBMITTED,
        TODAY,
        "Ms B. Cedar",
    )
    with pytest.raises(Refused, match="awaits the meeting already"):
        submit(school, case_id)
    # What awaits the meeting may still be completed.
    business_cases.save(ctx, draft(school, "teacher", "office"), case_id, record.version)
    business_cases.take_back(ctx, case_id, opened(school, case_id).version)
    record = opened(school, case_id)
    assert (record.status, record.submitted_on) == (CaseStatus.DRAFT, None)
    with pytest.raises(Refused, match="nothing to take back"):
        business_cases.take_back(ctx, case_id, record.version)
    with pytest.raises(Conflict, match="Look at it as it is now"):
        business_cases.submit(ctx, case_id, 1)


def test_who_proposes_is_said_before_it_goes_forward(school: SmallSchool) -> None:
    case_id = propose(school, proposer_id=None, proposed_name="", platform="")
    with pytest.raises(Invalid) as caught:
        submit(school, case_id)
    assert [each.field for each in caught.value.problems] == ["proposer_id", "platform", "proposed_name"]
    # Anybody may propose, employed or not.
    other = propose(school, proposer_id=None, proposer_name="Mr Q. Nutley of the Friends")
    assert opened(school, submit(school, other)).proposer == "Mr Q. Nutley of the Friends"


def test_a_withdrawn_case_stays_with_its_reason_and_comes_back_where_it_stood(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    case_id = submit(school, propose(school))
    with pytest.raises(Invalid, match="Say why"):
        business_cases.withdraw(ctx, case_id, 2, "  ")
    business_cases.withdraw(ctx, case_id, 2, "Nobody has the time.")
    record = opened(school, case_id)
    assert (record.status, record.withdrawn_reason, record.editable) == (
        CaseStatus.WITHDRAWN,
        "Nobody has the time.",
        False,
    )
    with pytest.raises(Refused, match="Bring it back"):
        business_cases.save(ctx, draft(school, aim="Other"), case_id, record.version)
    with pytest.raises(Refused, match="withdrawn already"):
        business_cases.withdraw(ctx, case_id, record.version, "Again")
    business_cases.unwithdraw(ctx, case_id, record.version)
    assert opened(school, case_id).status is CaseStatus.SUBMITTED


def test_a_decided_case_is_proposed_anew_not_changed(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    case_id = submit(school, propose(school))
    decide(school, case_id, CaseDecisionKind.REJECT)
    record = opened(school, case_id)
    with pytest.raises(Refused, match="Aim cannot be changed"):
        business_cases.save(ctx, replace(record.draft, aim="Other"), case_id, record.version)
    business_cases.save(
        ctx, replace(record.draft, notes="The head will think again."), case_id, record.version
    )
    assert opened(school, case_id).draft.notes == "The head will think again."
    with pytest.raises(Refused, match="stays on record"):
        business_cases.withdraw(ctx, case_id, opened(school, case_id).version, "x")
    leaves(school, "teacher", TODAY)
    again = business_cases.propose_anew(ctx, case_id)
    assert [each.person_id for each in again.runners] == [school.people["office"]]
    new = business_cases.save(ctx, again, supersedes=case_id).id
    assert opened(school, new).supersedes == (case_id, "2026/B0001")
    assert opened(school, case_id).superseded_by == ((new, "2026/B0002"),)
    with pytest.raises(Refused, match="2026/B0002 was proposed after 2026/B0001 already"):
        business_cases.propose_anew(ctx, case_id)
    with pytest.raises(Refused, match="not decided yet"):
        business_cases.propose_anew(ctx, new)


def test_an_account_that_exists_goes_the_same_way_and_is_not_approved_meanwhile(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    account = an_account(school, "brambleford", link="https://www.facebook.com/brambleford", purpose="News")
    (choice,) = business_cases.accounts_to_choose(ctx)
    assert (choice.id, choice.label, choice.approved) == (account, "@brambleford on Facebook", False)
    made = business_cases.draft_for_account(ctx, account)
    assert (made.exists_already, made.account_id, made.proposed_name, made.aim) == (
        True,
        account,
        "brambleford",
        "News",
    )
    case_id = business_cases.save(ctx, made).id
    record = opened(school, case_id)
    assert record.account == (account, "@brambleford on Facebook")
    assert record.status_words == "Not approved yet, draft"
    with pytest.raises(Invalid, match="names another platform"):
        business_cases.save(ctx, replace(made, platform="instagram", link=""))
    with pytest.raises(NotFound):
        business_cases.draft_for_account(ctx, 4711)


# ------------------------------------------------------------------------------------------------------------ the list


def test_the_list_sorts_filters_counts_and_says_what_is_missing(school: SmallSchool) -> None:
    ctx = school.ctx_for("leadership")
    set_up(school, "office", "teacher")
    one = submit(school, propose(school, proposed_name="Brambleford 100%_sure"))
    two = submit(school, propose(school, "teacher", proposed_name="Choir", platform="instagram"))
    three = propose(
        school, proposed_name="Library", proposer_id=None, proposer_name="The Friends", exists_already=True
    )
    assert list(case_list.sorted_ids(ctx, CaseFilter(), CaseSort())) == [one, two]
    assert case_list.view_counts(ctx) == {
        CaseView.TO_COMPLETE: 1,
        CaseView.AWAITING: 2,
        CaseView.APPROVED: 0,
        CaseView.PAST: 0,
        CaseView.ALL: 3,
    }
    everything = CaseFilter(CaseView.ALL)
    by_name = case_list.sorted_ids(ctx, everything, CaseSort(CaseColumn.NAME, True))
    assert list(by_name) == [three, two, one]
    rows = {row.id: row for row in case_list.rows(ctx, [two, one, three, 99])}
    assert list(rows) == [two, one, three]
    assert (rows[one].missing, rows[two].missing, rows[two].runners) == (0, 1, "Tim Hazel")
    assert (rows[one].proposer, rows[three].proposer) == ("Bea Cedar", "The Friends")
    assert rows[three].status_words == "Not approved yet, draft"
    for words, found in (
        ("2026/b0002", [two]),
        ("100%_", [one]),
        ("0_s", []),
        ("hazel", [one, two, three]),
        ("friends library", [three]),
        ("instagram", [two]),
    ):
        ids = case_list.sorted_ids(ctx, CaseFilter(CaseView.ALL, words), CaseSort(CaseColumn.REFERENCE))
        assert list(ids) == found, words
    assert list(case_list.sorted_ids(ctx, replace(everything, platform="instagram"), CaseSort())) == [two]
    assert list(case_list.sorted_ids(ctx, replace(everything, existing_only=True), CaseSort())) == [three]


@pytest.mark.parametrize("column", list(CaseColumn))
def test_every_column_sorts_both_ways(school: SmallSchool, column: CaseColumn) -> None:
    ids = {propose(school, proposed_name=name) for name in ("A", "B", "C")}
    for descending in (False, True):
        found = case_list.sorted_ids(
            school.ctx_for("dsl"), CaseFilter(CaseView.ALL), CaseSort(column, descending)
        )
        assert set(found) == ids


def test_the_list_goes_out_and_that_is_on_record(school: SmallSchool, tmp_path) -> None:
    approved(school, proposed_name="=cmd|' /C calc'!A0")
    ctx = school.ctx_for("business_manager")
    file = tmp_path / "cases.csv"
    count = case_list.export(ctx, CaseFilter(CaseView.ALL), CaseSort(), list(CaseColumn), file, "csv")
    text = file.read_text(encoding="utf-8-sig")
    assert count == 1
    assert "2026/B0001" in text
    assert ",=cmd" not in text
    for kind in ("pdf", "xlsx"):
        case_list.export(ctx, CaseFilter(CaseView.ALL), CaseSort(), list(CaseColumn), tmp_path / kind, kind)
        assert (tmp_path / kind).stat().st_size > 1000
    with school.database.reading() as session:
        actions = [row.action for row in session.query(AuditEntry)]
        assert actions.count("list.exported") == 3
        assert session.query(BusinessCase).count() == 1
    with pytest.raises(NotAllowed):
        case_list.export(
            school.ctx_for("leadership"), CaseFilter(), CaseSort(), list(CaseColumn), file, "csv"
        )
