"""Policies, who answered them, who was trained and what parents were told (AUP-1 to AUP-4)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from smdesk.documents.governor_figures import CountTable, FactTable, GovernorFigures
from smdesk.errors import Invalid, Refused
from smdesk.policy.vocabulary import PersonKind
from smdesk.services import (
    agreement_outstanding,
    agreement_papers,
    agreements,
    attached_files,
    education,
    people_merge,
    periods,
    policies,
    policy_list,
    reports,
    training_list,
)
from smdesk.services.agreement_records import (
    Answer,
    AnswerFilter,
    AnswerSort,
    AnswerState,
    AnswerView,
    PolicyFilter,
    PolicySort,
    PolicyView,
)
from smdesk.services.education_records import EducationDraft, EducationKind
from smdesk.services.today_records import DueKind, Target
from smdesk.services.training_records import TrainingFilter, TrainingSort, TrainingView
from tests.scenarios import telling_accounts as tell
from tests.scenarios.telling import SCAN, Story, local, printed

PARENTS = (PersonKind.PARENT, PersonKind.PUPIL)


def outstanding(story: Story, **wanted: object) -> list[str]:
    ids = agreement_outstanding.sorted_ids(story.office, AnswerFilter(**wanted), AnswerSort())
    return [row.name for row in agreement_outstanding.rows(story.office, ids)]


def table_of(figures: GovernorFigures, title: str) -> dict[str, tuple[object, ...]]:
    (section,) = [each for each in figures.sections if each.title == title]
    found: dict[str, tuple[object, ...]] = {}
    for table in section.tables:
        if isinstance(table, FactTable):
            found |= {row[0]: row[1:] for row in table.rows}
        elif isinstance(table, CountTable):
            found |= {row.label: (row.now,) for row in table.rows}
    return found


def test_aup_3_a_policy_past_its_review_is_seen_by_all_who_keep_it_until_a_new_version_is_adopted(
    story: Story,
) -> None:
    story.time_is(local(2026, 3, 11, 9))
    policy = tell.a_policy(story, adopted_on=date(2025, 5, 1), reviewers="The governors", review_months=12)
    assert policies.open_policy(story.office, policy).versions[0].draft.review_on == date(2026, 5, 1)
    assert DueKind.POLICY not in tell.due(story)
    story.time_is(local(2026, 4, 20, 9))
    (item,) = tell.due(story)[DueKind.POLICY].items
    assert (item.overdue, item.due, item.target) == (
        False,
        date(2026, 5, 1),
        Target("agreements", "policies", policy),
    )
    story.time_is(local(2026, 5, 2, 9))
    for login in ("business_manager", "headteacher", "dsl"):
        (item,) = tell.due(story, login)[DueKind.POLICY].items
        assert item.overdue
        assert "Social media policy" in item.title
    record = policies.open_policy(story.office, policy)
    assert record.review_overdue
    assert record.review_words == "Overdue by 1 day: 1 May 2026"
    ids = policy_list.sorted_ids(story.office, PolicyFilter(PolicyView.REVIEW), PolicySort())
    assert list(ids) == [policy]
    figures = reports.governor_figures(story.governor, periods.parse_period("2026 summer"))
    (section,) = [each for each in figures.sections if each.title == "Policies due for review"]
    assert any("Social media policy" in row[0] for table in section.tables for row in table.rows)

    # The governors review it. The paper itself is kept with the version, and everybody is asked again.
    tell.signs(story, policy, "teacher", "office")
    added = tell.a_version(story, policy, "4", date(2026, 5, 2))
    attached_files.add(
        story.office, attached_files.Owner(attached_files.OwnerKind.POLICY_VERSION, added), "policy.pdf", SCAN
    )
    record = policies.open_policy(story.office, policy)
    assert (record.review_overdue, record.versions[0].draft.review_on) == (False, date(2027, 5, 2))
    assert [each.name for each in record.versions[0].files] == ["policy.pdf"]
    assert DueKind.POLICY not in tell.due(story)
    assert record.tally.signed == 0
    assert {each.draft.label: each.signed for each in record.versions} == {"4": 0, "3": 2}


def test_aup_1_a_class_a_refusal_and_who_is_left(story: Story) -> None:
    story.changed("sam", class_name="5A")
    story.changed("tariq", class_name="6B")
    story.known("nora", "Newcome", "Nora", kind=PersonKind.PUPIL, year_group="Year 5", class_name="5A")
    policy = tell.a_policy(story, title="Acceptable use", asked_of=PARENTS, for_accounts=False)
    family = ["Anna Quillfeather", "Ben Quillfeather", "Nora Newcome", "Sam Quillfeather"]
    # The business manager is a parent too.
    assert sorted(outstanding(story)) == sorted([*family, "Bea Cedar", "Tariq Osei-Marsh"])
    tell.signs(story, policy, "office")
    # A class holds its pupils and their parents and carers.
    of_5a = agreement_outstanding.people_of(story.office, AnswerFilter(policy_id=policy, class_name="5A"))
    assert sorted(each.name for each in of_5a) == family
    pupils = [each.id for each in of_5a if each.name in ("Nora Newcome", "Sam Quillfeather")]
    done = agreements.record(story.office, policy, pupils, Answer.SIGNED, story.today, "In a meeting")
    assert done.recorded == 2
    again = agreements.record(story.office, policy, [each.id for each in of_5a], Answer.SIGNED, story.today)
    assert (again.recorded, len(again.skipped)) == (2, 2)
    # Ben thinks better of it: what counts is his newest answer, and both stay on record.
    story.days_pass(1)
    ben = story.school.people["ben"]
    agreements.record(story.office, policy, [ben], Answer.DECLINED, story.today, note="Wants to talk first")
    assert outstanding(story) == ["Tariq Osei-Marsh"]
    assert outstanding(story, view=AnswerView.DECLINED) == ["Ben Quillfeather"]
    held = agreements.of_person(story.office, ben)
    assert held.policies[0].state is AnswerState.DECLINED
    assert [(each.answer, each.counts) for each in held.answers] == [
        (Answer.DECLINED, True),
        (Answer.SIGNED, False),
    ]
    (item,) = tell.due(story)[DueKind.OUTSTANDING].items
    assert (item.target, "1 person" in item.why) == (Target("agreements", "outstanding", policy), True)
    # What cannot be is refused for all of them, and nobody is half recorded.
    before = story.audited
    story.changed("nora", left_on=story.today - timedelta(days=3))
    for on, said in (
        (story.today + timedelta(days=1), "lies in the future"),
        (date(2025, 8, 31), "nobody could answer it before"),
        (story.today, "Nora Newcome had left the school"),
    ):
        with pytest.raises(Invalid, match=said):
            agreements.record(
                story.office,
                policy,
                [story.school.people[key] for key in ("tariq", "nora")],
                Answer.SIGNED,
                on,
            )
    assert story.audited == before + 1  # that Nora left
    assert outstanding(story) == ["Tariq Osei-Marsh"]


def test_aup_1_a_slip_to_sign_names_who_and_which_version_and_nothing_typed_can_break_it(
    story: Story,
) -> None:
    policy = tell.a_policy(story, title="Acceptable <use> & more", asked_of=PARENTS, for_accounts=False)
    story.known("odd", "<b>Smith</b>", "=cmd()", kind=PersonKind.PARENT)
    slips = printed(
        agreement_papers.slip_pdf(
            story.office, policy, [story.school.people[each] for each in ("anna", "odd")]
        )
    )
    for part in ("Acceptable <use> & more", "Anna Quillfeather", "<b>Smith</b>", "3"):
        assert part in slips


def test_aup_2_training_is_dated_and_two_records_of_one_person_are_one_training(story: Story) -> None:
    kind = tell.a_training(story, 12)
    tell.is_trained(story, kind, "teacher", on=date(2025, 4, 10))
    story.known("double", "Hazel", "Timothy", kind=PersonKind.STAFF)
    tell.is_trained(story, kind, "double", on=date(2026, 2, 2))

    def held(view: TrainingView) -> list[str]:
        ids = training_list.sorted_ids(story.office, TrainingFilter(view), TrainingSort())
        return [f"{row.person}: {row.standing_words}" for row in training_list.rows(story.office, ids)]

    assert held(TrainingView.LAPSING) == []  # 10 April is more than four weeks away
    people_merge.merge(story.office, story.school.people["teacher"], story.school.people["double"])
    assert held(TrainingView.ALL) == ["Tim Hazel: In date until 2 February 2027"]
    with pytest.raises(Refused):
        people_merge.merge(story.office, story.school.people["teacher"], story.school.people["double"])


def test_aup_4_what_parents_and_pupils_were_told_is_counted_for_the_governors(story: Story) -> None:
    for number, (kind, audience, reached) in enumerate(
        (
            (EducationKind.ASSEMBLY, (PersonKind.PUPIL,), 210),
            (EducationKind.SESSION, (PersonKind.PARENT,), 34),
            (EducationKind.LEAFLET, (PersonKind.PARENT, PersonKind.PUPIL), None),
        )
    ):
        draft = EducationDraft(story.today, kind, f"Event {number}", audience, reached=reached)
        education.save(story.dsl, draft)
    slip = education.save(
        story.dsl, EducationDraft(story.today, title="Twice", audience=PARENTS, reached=900)
    )
    education.withdraw(story.dsl, slip.id, "Logged twice")
    with pytest.raises(Invalid):
        education.save(
            story.dsl, EducationDraft(story.today + timedelta(days=1), title="Ahead", audience=PARENTS)
        )
    figures = reports.governor_figures(story.governor, periods.parse_period("2026 spring"))
    rows = table_of(figures, "Online-safety education")
    assert rows["Assembly"][0] == 1
    assert any("210" in str(cell) for row in rows.values() for cell in row)
    assert not any("900" in str(cell) for row in rows.values() for cell in row)


def test_doc_2_agreements_and_training_in_the_report_point_at_nobody(story: Story) -> None:
    policy = tell.a_policy(story, title="Acceptable use", asked_of=PARENTS, for_accounts=False)
    keys = [f"p{number}" for number in range(30)]
    for key in keys:
        story.known(key, f"Family{key}", "Pat", kind=PersonKind.PARENT)
    tell.signs(story, policy, *keys[:24])
    agreements.record(story.office, policy, [story.school.people["ben"]], Answer.DECLINED, story.today)
    figures = reports.governor_figures(story.governor, periods.parse_period("2026 spring"))
    ((label, cells),) = table_of(figures, "Agreements").items()
    assert label == "Acceptable use (3)"
    # One who declined could be made out; were only that cell hidden, the others would give it away.
    signed, declined, waiting = (str(cell) for cell in cells)
    assert declined not in ("1", "0")
    assert "Ben" not in str(figures)
    assert (signed, waiting) != ("24", "9")
