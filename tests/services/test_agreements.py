"""Policies with versions, and answers for one, a class or everybody (AUP-1 to AUP-3)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from smdesk.db.models import AuditEntry, Person, PersonLink
from smdesk.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from smdesk.policy.vocabulary import PersonKind
from smdesk.services import agreement_outstanding, agreements, policies
from smdesk.services.agreement_records import (
    Answer,
    AnswerColumn,
    AnswerFilter,
    AnswerRow,
    AnswerSort,
    AnswerState,
    AnswerView,
    PolicyDraft,
    PolicyKind,
    VersionDraft,
)
from smdesk.services.readiness import readiness
from tests.support.school import SmallSchool

TODAY = date(2026, 3, 11)
ADOPTED = date(2025, 9, 1)


def policy(
    school: SmallSchool,
    title: str = "Acceptable use",
    *asked: PersonKind,
    versions: int = 1,
    ask_again: bool = True,
    **more: object,
) -> int:
    """A policy with versions "1", "2" … each adopted a hundred days after the one before."""
    ctx = school.ctx_for("business_manager")
    number = policies.save(ctx, PolicyDraft(title, asked_of=asked or (PersonKind.PARENT,), **more)).id
    for place in range(versions):
        day = ADOPTED + timedelta(days=100 * place)
        again = ask_again if place == versions - 1 else True
        policies.add_version(ctx, number, VersionDraft(str(place + 1), day, ask_again=again))
    return number


def shown(school: SmallSchool, wanted: AnswerFilter, sort: AnswerSort | None = None) -> list[AnswerRow]:
    ctx = school.ctx_for("business_manager")
    return agreement_outstanding.rows(
        ctx, agreement_outstanding.sorted_ids(ctx, wanted, sort or AnswerSort())
    )


def names(school: SmallSchool, view: AnswerView, **more: object) -> list[str]:
    return [row.name for row in shown(school, AnswerFilter(view, **more))]


def put(school: SmallSchool, key: str, **fields: object) -> None:
    with school.database.writing() as session:
        person = session.get_one(Person, school.people[key])
        for name, value in fields.items():
            setattr(person, name, value)


# Recording


def test_who_is_asked_is_outstanding_until_they_sign(school: SmallSchool) -> None:
    number, ctx = policy(school), school.ctx_for("business_manager")
    # The office is a member of staff and a parent too.
    assert names(school, AnswerView.OUTSTANDING) == ["Bea Cedar", "Anna Quillfeather", "Ben Quillfeather"]
    done = agreements.record(ctx, number, [school.people["anna"]], "signed", TODAY, "On paper")
    assert done.recorded == 1
    assert (
        done.words == "Recorded for “Acceptable use”, version 1: Anna Quillfeather signed on 11 March 2026."
    )
    assert ("agreement", school.people["anna"]) in done.changes
    assert names(school, AnswerView.OUTSTANDING) == ["Bea Cedar", "Ben Quillfeather"]
    (row,) = shown(school, AnswerFilter(AnswerView.SIGNED))
    assert (row.words, row.how, row.answered_on) == ("Signed 11 March 2026", "On paper", TODAY)


def test_a_parent_who_declines_is_declined_and_not_outstanding(school: SmallSchool) -> None:
    number, ctx = policy(school), school.ctx_for("business_manager")
    agreements.record(ctx, number, [school.people["ben"]], Answer.DECLINED, TODAY, note="Prefers not to")
    assert "Ben Quillfeather" not in names(school, AnswerView.OUTSTANDING)
    (row,) = shown(school, AnswerFilter(AnswerView.DECLINED))
    assert (row.name, row.state, row.words) == (
        "Ben Quillfeather",
        AnswerState.DECLINED,
        "Declined 11 March 2026",
    )
    record = policies.open_policy(ctx, number)
    assert (record.tally.asked, record.tally.declined, record.tally.outstanding) == (3, 1, 2)


def test_everyone_in_a_list_at_once_and_who_has_signed_is_counted_in_words(school: SmallSchool) -> None:
    number, ctx = policy(school), school.ctx_for("business_manager")
    agreements.record(ctx, number, [school.people["anna"]], "signed", TODAY)
    everybody = [school.people[key] for key in ("anna", "ben", "office", "ben")]
    done = agreements.record(ctx, number, everybody, "signed", TODAY)
    assert (done.recorded, done.skipped) == (2, ("Anna Quillfeather",))
    assert "2 people signed on 11 March 2026" in done.words
    assert "Anna Quillfeather has signed it already and was left as is." in done.words
    assert names(school, AnswerView.OUTSTANDING) == []
    again = agreements.record(ctx, number, everybody, "signed", TODAY)
    assert (again.recorded, again.changes) == (0, frozenset())
    with school.database.reading() as session:
        actions = list(session.scalars(select(AuditEntry.action)))
    assert actions.count("agreement.recorded") == 2


def test_somebody_who_changes_their_mind_is_recorded_anew(school: SmallSchool) -> None:
    number, ctx = policy(school), school.ctx_for("business_manager")
    agreements.record(ctx, number, [school.people["ben"]], "declined", TODAY - timedelta(days=3))
    assert agreements.record(ctx, number, [school.people["ben"]], "signed", TODAY).recorded == 1
    assert names(school, AnswerView.SIGNED) == ["Ben Quillfeather"]
    assert names(school, AnswerView.DECLINED) == []
    held = agreements.of_person(ctx, school.people["ben"])
    assert [(each.answer, each.counts) for each in held.answers] == [
        (Answer.SIGNED, True),
        (Answer.DECLINED, False),
    ]


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (TODAY + timedelta(days=1), "lies in the future"),
        (ADOPTED - timedelta(days=1), "nobody could answer it before"),
    ],
)
def test_a_day_nobody_can_have_answered_on(school: SmallSchool, day: date, words: str) -> None:
    number, ctx = policy(school), school.ctx_for("business_manager")
    with pytest.raises(Invalid, match=words) as caught:
        agreements.record(ctx, number, [school.people["anna"]], "signed", day)
    assert [each.field for each in caught.value.problems] == ["on"]
    assert names(school, AnswerView.SIGNED) == []


def test_one_person_who_cannot_be_recorded_stops_the_whole_list(school: SmallSchool) -> None:
    number, ctx = policy(school), school.ctx_for("business_manager")
    put(school, "ben", left_on=date(2026, 2, 1))
    put(school, "chair", merged_into=school.people["head"])
    people = [school.people["anna"], school.people["ben"], school.people["chair"], 99_999]
    with pytest.raises(Invalid) as caught:
        agreements.record(ctx, number, people, "signed", TODAY)
    said = str(caught.value)
    assert "Ben Quillfeather had left the school by 11 March 2026" in said
    assert "Carol Fir: merged into another record" in said
    assert "not on record any more" in said
    assert names(school, AnswerView.SIGNED) == []
    with pytest.raises(Invalid, match="at least one person"):
        agreements.record(ctx, number, [], "signed", TODAY)


def test_a_policy_without_a_version_or_retired_is_not_asked(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    bare = policies.save(ctx, PolicyDraft("Bring your own device", asked_of=(PersonKind.STAFF,))).id
    with pytest.raises(Refused, match="no version in use"):
        agreements.record(ctx, bare, [school.people["head"]], "signed", TODAY)
    assert names(school, AnswerView.OUTSTANDING) == []
    number = policy(school)
    policies.retire(ctx, number, policies.open_policy(ctx, number).version, "Merged into another")
    assert names(school, AnswerView.OUTSTANDING) == []
    with pytest.raises(Refused, match="was retired on 11 March 2026"):
        agreements.record(ctx, number, [school.people["anna"]], "signed", TODAY)


def test_a_slip_is_withdrawn_with_a_reason_and_stays_on_record(school: SmallSchool) -> None:
    number, ctx = policy(school), school.ctx_for("business_manager")
    agreements.record(ctx, number, [school.people["anna"]], "signed", TODAY)
    (answer,) = agreements.of_person(ctx, school.people["anna"]).answers
    with pytest.raises(Invalid, match="Say why"):
        agreements.withdraw(ctx, answer.id, "  ")
    saved = agreements.withdraw(ctx, answer.id, "It was the other Ms Quillfeather")
    assert ("agreement", school.people["anna"]) in saved.changes
    (answer,) = agreements.of_person(ctx, school.people["anna"]).answers
    assert (answer.withdrawn, answer.counts) == (True, False)
    assert answer.withdrawn_reason == "It was the other Ms Quillfeather"
    assert "Anna Quillfeather" in names(school, AnswerView.OUTSTANDING)
    with pytest.raises(Refused, match="already"):
        agreements.withdraw(ctx, answer.id, "Again")
    with pytest.raises(NotFound):
        agreements.withdraw(ctx, 99_999, "Nothing")


# Versions


def test_a_new_version_is_asked_again_and_says_which_was_signed(school: SmallSchool) -> None:
    number, ctx = policy(school), school.ctx_for("business_manager")
    agreements.record(ctx, number, [school.people["anna"]], "signed", ADOPTED)
    policies.add_version(ctx, number, VersionDraft("2", date(2026, 3, 1)))
    row = next(row for row in shown(school, AnswerFilter()) if row.name == "Anna Quillfeather")
    assert row.state is AnswerState.OLDER
    assert row.words == "Outstanding: signed version 1, not 2"
    # One that comes into use tomorrow asks nobody today.
    policies.add_version(ctx, number, VersionDraft("3", TODAY + timedelta(days=1)))
    assert {row.label for row in shown(school, AnswerFilter())} == {"2"}


def test_a_slip_put_right_in_a_new_version_asks_nobody_again(school: SmallSchool) -> None:
    number, ctx = policy(school), school.ctx_for("business_manager")
    agreements.record(ctx, number, [school.people["anna"]], "signed", ADOPTED)
    policies.add_version(ctx, number, VersionDraft("1a", date(2026, 3, 1), ask_again=False))
    assert "Anna Quillfeather" not in names(school, AnswerView.OUTSTANDING)
    assert names(school, AnswerView.SIGNED) == ["Anna Quillfeather"]


def test_an_older_version_is_recorded_when_it_is_meant(school: SmallSchool) -> None:
    number, ctx = policy(school, versions=2), school.ctx_for("business_manager")
    asking = agreements.asking(ctx, number, [school.people["anna"]])
    assert [(each.label, each.in_use) for each in asking.versions] == [("2", True), ("1", False)]
    old = asking.versions[1].id
    done = agreements.record(ctx, number, [school.people["anna"]], "signed", ADOPTED, version_id=old)
    assert "version 1" in done.words
    assert "Anna Quillfeather" in names(school, AnswerView.OUTSTANDING)
    with pytest.raises(NotFound):
        agreements.record(ctx, number, [school.people["anna"]], "signed", TODAY, version_id=99_999)


def test_the_account_rule_reads_what_is_recorded_here(school: SmallSchool) -> None:
    """ACC-3 looks at the same answers."""
    number = policy(school, "Social media", PersonKind.STAFF, kind=PolicyKind.SOCIAL_MEDIA, for_accounts=True)
    ctx, teacher = school.ctx_for("business_manager"), school.people["teacher"]
    agreements.record(ctx, number, [teacher], "signed", TODAY)
    with school.database.reading() as session:
        (answer,) = readiness(session, [teacher], TODAY).runners[teacher].policies
    assert (answer.signed_on, answer.label) == (TODAY, "1")


def test_the_next_review_follows_from_the_months_between(school: SmallSchool) -> None:
    number, ctx = policy(school, review_months=6), school.ctx_for("business_manager")
    record = policies.open_policy(ctx, number)
    assert record.in_use is not None
    assert record.in_use.draft.review_on == date(2026, 3, 1)
    assert record.review_overdue
    assert record.review_words == "Overdue by 10 days: 1 March 2026"


def test_what_is_wrong_with_a_version(school: SmallSchool) -> None:
    number, ctx = policy(school), school.ctx_for("business_manager")
    with pytest.raises(Invalid) as caught:
        policies.add_version(ctx, number, VersionDraft("Version 1", None, review_on=TODAY))
    assert {each.field for each in caught.value.problems} == {"label", "adopted_on"}
    with pytest.raises(Invalid, match="lies after the day"):
        policies.add_version(ctx, number, VersionDraft("2", TODAY, review_on=TODAY))
    with pytest.raises(Invalid, match="is no PDF"):
        policies.add_version(ctx, number, VersionDraft("2", TODAY), "policy.png", PNG)
    assert len(policies.open_policy(ctx, number).versions) == 1


def test_the_file_of_a_version_is_kept_with_it(school: SmallSchool) -> None:
    from smdesk.services import attached_files

    number, ctx = policy(school), school.ctx_for("business_manager")
    added = policies.add_version(ctx, number, VersionDraft("2", TODAY), "Acceptable use.pdf", PDF)
    assert added.file_problem == ""
    version = policies.open_policy(ctx, number).versions[0]
    (file,) = version.files
    assert (file.name, version.removable) == ("Acceptable use.pdf", False)
    assert attached_files.read(ctx, file.id) == PDF
    with pytest.raises(Refused, match="stays on record"):
        policies.remove_version(ctx, version.id, "A slip")


def test_a_slip_in_a_version_is_put_right(school: SmallSchool) -> None:
    number, ctx = policy(school), school.ctx_for("business_manager")
    (version,) = policies.open_policy(ctx, number).versions
    agreements.record(ctx, number, [school.people["anna"]], "signed", TODAY)
    right = VersionDraft("Autumn 2025", ADOPTED, date(2026, 9, 1), "Full governing body", "Nothing new")
    policies.change_version(ctx, version.id, right, version.version)
    assert policies.open_policy(ctx, number).versions[0].draft == right
    with pytest.raises(Conflict, match="Somebody else saved"):
        policies.change_version(ctx, version.id, VersionDraft("1", ADOPTED), version.version)
    with pytest.raises(Invalid, match="Somebody answered on 11 March 2026"):
        policies.change_version(
            ctx, version.id, VersionDraft("1", TODAY + timedelta(days=2)), version.version + 1
        )


def test_a_version_nobody_answered_is_taken_back(school: SmallSchool) -> None:
    number, ctx = policy(school, versions=2), school.ctx_for("business_manager")
    newest, first = policies.open_policy(ctx, number).versions
    assert newest.removable
    with pytest.raises(Invalid):
        policies.remove_version(ctx, newest.id, "")
    policies.remove_version(ctx, newest.id, "Recorded twice")
    record = policies.open_policy(ctx, number)
    assert [each.draft.label for each in record.versions] == ["1"]
    assert any(line.reason == "Recorded twice" for line in record.history)
    agreements.record(ctx, number, [school.people["anna"]], "signed", TODAY)
    with pytest.raises(Refused):
        policies.remove_version(ctx, first.id, "Not needed")


# Policies


def test_a_policy_is_changed_over_the_version_it_was_opened_at(school: SmallSchool) -> None:
    number, ctx = policy(school), school.ctx_for("business_manager")
    record = policies.open_policy(ctx, number)
    draft = PolicyDraft(
        "Acceptable use", asked_of=(PersonKind.PUPIL,), reviewers="  The  online safety group "
    )
    policies.save(ctx, draft, number, record.version)
    assert policies.open_policy(ctx, number).draft.reviewers == "The online safety group"
    assert names(school, AnswerView.OUTSTANDING) == ["Tariq Osei-Marsh", "Sam Quillfeather"]
    with pytest.raises(Conflict) as caught:
        policies.save(ctx, PolicyDraft("Other"), number, record.version)
    assert any(change.label == "Title" for change in caught.value.changes)


def test_what_is_wrong_with_a_policy(school: SmallSchool) -> None:
    policy(school)
    ctx = school.ctx_for("business_manager")
    with pytest.raises(Invalid, match="already"):
        policies.save(ctx, PolicyDraft("acceptable USE"))
    with pytest.raises(Invalid) as caught:
        policies.save(
            ctx, PolicyDraft("", asked_of=(PersonKind.UNKNOWN,), review_months=-1, notes="x" * 4001)
        )
    assert {each.field for each in caught.value.problems} == {"title", "asked_of", "review_months", "notes"}


def test_a_retired_policy_comes_back(school: SmallSchool) -> None:
    number, ctx = policy(school), school.ctx_for("business_manager")
    version = policies.open_policy(ctx, number).version
    with pytest.raises(Invalid) as caught:
        policies.retire(ctx, number, version, "", TODAY + timedelta(days=1))
    assert {each.field for each in caught.value.problems} == {"reason", "on"}
    version = policies.retire(ctx, number, version, "No longer needed").version
    with pytest.raises(Refused):
        policies.save(ctx, PolicyDraft("Acceptable use, new"), number, version)
    policies.unretire(ctx, number, version)
    assert len(names(school, AnswerView.OUTSTANDING)) == 3
    with pytest.raises(Refused, match="is in use"):
        policies.unretire(ctx, number, version + 1)


# The list


def test_a_class_holds_its_pupils_and_their_parents(school: SmallSchool) -> None:
    policy(school, "Home and school", PersonKind.PUPIL, PersonKind.PARENT)
    put(school, "sam", class_name="5 Oak")
    put(school, "tariq", class_name="6 Elm")
    assert names(school, AnswerView.OUTSTANDING, class_name="5 oak") == [
        "Anna Quillfeather",
        "Ben Quillfeather",
        "Sam Quillfeather",
    ]
    assert names(school, AnswerView.OUTSTANDING, class_name="5 Oak", kind=PersonKind.PUPIL) == [
        "Sam Quillfeather"
    ]
    assert names(school, AnswerView.OUTSTANDING, year_group="Year 6") == ["Tariq Osei-Marsh"]
    row = shown(school, AnswerFilter(text="anna"))[0]
    assert row.children == "Sam Quillfeather (5 Oak)"
    choices = agreement_outstanding.choices(school.ctx_for("business_manager"))
    assert choices.classes == ("5 Oak", "6 Elm")
    assert choices.year_groups == ("Year 5", "Year 6")


def test_who_has_left_or_is_still_to_come_is_not_outstanding(school: SmallSchool) -> None:
    policy(school, "Pupils", PersonKind.PUPIL)
    put(school, "sam", left_on=TODAY)
    put(school, "tariq", joined_on=TODAY + timedelta(days=1))
    assert names(school, AnswerView.OUTSTANDING) == []
    put(school, "sam", left_on=TODAY + timedelta(days=1))
    put(school, "tariq", joined_on=TODAY)
    assert names(school, AnswerView.OUTSTANDING) == ["Tariq Osei-Marsh", "Sam Quillfeather"]


def test_a_parent_is_asked_until_the_last_child_has_left(school: SmallSchool) -> None:
    number, ctx = policy(school), school.ctx_for("business_manager")
    with school.database.writing() as session:
        session.add(
            PersonLink(person_id=school.people["ben"], other_id=school.people["tariq"], relation="carer_of")
        )
        # A relation is no child: it does not keep her asked.
        session.add(
            PersonLink(
                person_id=school.people["anna"], other_id=school.people["teacher"], relation="related_to"
            )
        )
    put(school, "sam", left_on=TODAY + timedelta(days=1))
    assert "Anna Quillfeather" in names(school, AnswerView.OUTSTANDING)
    put(school, "sam", left_on=TODAY)
    # Ben cares for Tariq as well; the office has no child on record.
    assert names(school, AnswerView.OUTSTANDING) == ["Bea Cedar", "Ben Quillfeather"]
    record = policies.open_policy(ctx, number)
    assert (record.tally.asked, record.tally.outstanding) == (2, 2)
    assert [each.count for each in agreement_outstanding.counts(ctx)] == [2]
    put(school, "tariq", left_on=TODAY)
    assert names(school, AnswerView.OUTSTANDING) == ["Bea Cedar"]
    # What she answers counts all the same.
    agreements.record(ctx, number, [school.people["anna"]], "signed", TODAY)
    assert names(school, AnswerView.SIGNED) == ["Anna Quillfeather"]


def test_a_parent_without_a_child_on_record_is_asked(school: SmallSchool) -> None:
    policy(school)
    put(school, "sam", left_on=TODAY)
    with school.database.writing() as session:
        for link in session.scalars(select(PersonLink).where(PersonLink.person_id == school.people["anna"])):
            session.delete(link)
    assert names(school, AnswerView.OUTSTANDING) == ["Bea Cedar", "Anna Quillfeather"]


def test_who_is_something_else_at_the_school_is_asked_as_a_parent_too(school: SmallSchool) -> None:
    policy(school)
    policy(school, "Governors", PersonKind.GOVERNOR)
    put(school, "sam", left_on=TODAY)
    put(school, "anna", also="governor")
    with school.database.writing() as session:
        session.add(
            PersonLink(person_id=school.people["office"], other_id=school.people["sam"], relation="parent_of")
        )
    found = [(row.policy, row.name) for row in shown(school, AnswerFilter(AnswerView.OUTSTANDING))]
    assert sorted(found) == [
        ("Acceptable use", "Anna Quillfeather"),
        ("Acceptable use", "Bea Cedar"),
        ("Governors", "Anna Quillfeather"),
        ("Governors", "Carol Fir"),
    ]


@pytest.mark.parametrize("column", list(AnswerColumn))
def test_every_column_sorts_both_ways(school: SmallSchool, column: AnswerColumn) -> None:
    number = policy(school, "A", PersonKind.PUPIL, PersonKind.PARENT, PersonKind.STAFF)
    policy(school, "B", PersonKind.PUPIL, versions=2)
    put(school, "sam", class_name="5 Oak")
    agreements.record(
        school.ctx_for("business_manager"), number, [school.people["sam"]], "signed", TODAY, "On paper"
    )
    wanted = AnswerFilter(AnswerView.ALL)
    up = shown(school, wanted, AnswerSort(column))
    down = shown(school, wanted, AnswerSort(column, descending=True))
    assert len(up) == len(down) == 10
    assert {row.id for row in up} == {row.id for row in down}
    key = {
        AnswerColumn.NAME: lambda row: row.name.split()[-1],
        AnswerColumn.POLICY: lambda row: row.policy,
        AnswerColumn.VERSION: lambda row: row.label,
    }.get(column)
    if key is not None:
        assert [key(row) for row in up] == sorted(key(row) for row in up)
    if column in (AnswerColumn.CLASS, AnswerColumn.ANSWERED, AnswerColumn.HOW):
        # What is filled in comes first either way.
        assert up[0].name == down[0].name == "Sam Quillfeather"


def test_the_counts_of_the_views_are_the_rows_they_hold(school: SmallSchool) -> None:
    number, ctx = policy(school), school.ctx_for("business_manager")
    policy(school, "Staff rules", PersonKind.STAFF)
    agreements.record(ctx, number, [school.people["anna"]], "signed", TODAY)
    agreements.record(ctx, number, [school.people["ben"]], "declined", TODAY)
    # Answered without being asked: shown, and counted among those who signed.
    agreements.record(ctx, number, [school.people["tariq"]], "signed", TODAY)
    counts = agreement_outstanding.view_counts(ctx)
    for view, number_shown in counts.items():
        assert len(shown(school, AnswerFilter(view))) == number_shown, view
    assert [(each.title, each.count) for each in agreement_outstanding.counts(ctx)] == [
        ("Acceptable use", 1),
        ("Staff rules", 4),
    ]


def test_a_pair_of_policy_and_person_is_one_number() -> None:
    assert agreement_outstanding.pair_of(agreement_outstanding.pair_id(7, 2**31)) == (7, 2**31)


def test_the_answers_of_a_duplicate_count_for_the_record_that_is_kept(school: SmallSchool) -> None:
    from smdesk.services import people_merge

    number, ctx = policy(school), school.ctx_for("business_manager")
    with school.database.writing() as session:
        twin = Person(
            kind="parent", given_name="Anna", family_name="Quillfether", sort_name="quillfether anna",
            created_at=school.clock.now,
        )  # fmt: skip
        session.add(twin)
        session.flush()
        session.add(PersonLink(person_id=twin.id, other_id=school.people["tariq"], relation="parent_of"))
        gone = twin.id
    agreements.record(ctx, number, [gone], "signed", TODAY)
    people_merge.merge(ctx, school.people["anna"], gone)
    assert names(school, AnswerView.SIGNED) == ["Anna Quillfeather"]


# Who may


def test_a_governor_neither_reads_nor_records(school: SmallSchool) -> None:
    number, ctx = policy(school), school.ctx_for("governor")
    with pytest.raises(NotAllowed):
        agreements.record(ctx, number, [school.people["anna"]], "signed", TODAY)
    with pytest.raises(NotAllowed):
        agreement_outstanding.sorted_ids(ctx, AnswerFilter(), AnswerSort())
    with pytest.raises(NotAllowed):
        policies.open_policy(ctx, number)


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001"
    "a5f645400000000049454e44ae426082"
)
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)
