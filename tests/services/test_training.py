"""Training: kinds, recording, how long it counts, withdrawing, and merged people (AUP-2, ACC-3)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text

from smdesk.db.models import AccountRunner, Person, SchoolAccount, Training
from smdesk.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from smdesk.policy.vocabulary import PersonKind
from smdesk.services import people, readiness, training
from smdesk.services.people_records import PersonDraft
from smdesk.services.training_records import (
    PersonTraining,
    TrainingStanding,
    TrainingTypeDraft,
    standing_on,
    standing_words,
)
from tests.support.school import SmallSchool

TODAY = date(2026, 3, 11)
ONLINE = TrainingTypeDraft("Online safety", 12, (PersonKind.STAFF,), for_accounts=True)


def add_type(school: SmallSchool, draft: TrainingTypeDraft = ONLINE) -> int:
    return training.save_type(school.ctx_for("business_manager"), draft).id


def held(school: SmallSchool, who: str, type_id: int) -> PersonTraining:
    found = training.of_person(school.ctx_for("headteacher"), school.people[who])
    return next(each for each in found if each.type_id == type_id)


def newest_of(school: SmallSchool, person_id: int) -> list[int]:
    with school.database.reading() as session:
        return list(
            session.scalars(select(Training.id).where(Training.person_id == person_id, Training.newest))
        )


# Kinds of training


def test_a_kind_is_added_changed_and_listed(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    saved = training.save_type(ctx, TrainingTypeDraft("  Online   safety ", 12, (PersonKind.STAFF,)))
    assert saved.changes == {("training_type", saved.id)}
    (only,) = training.types(ctx)
    assert (only.draft.name, only.draft.valid_months, only.recorded) == ("Online safety", 12, 0)
    changed = TrainingTypeDraft("Online safety", 24, (PersonKind.STAFF, PersonKind.GOVERNOR), True)
    again = training.save_type(ctx, changed, saved.id, only.version)
    (only,) = training.types(ctx)
    assert only.draft == changed
    assert only.version == again.version == 2
    # Saved as it stands: nothing is written.
    assert training.save_type(ctx, changed, saved.id, 2).changes == frozenset()


def test_somebody_elses_change_is_not_written_over(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    type_id = add_type(school)
    training.save_type(ctx, TrainingTypeDraft("Online safety", 24), type_id, 1)
    with pytest.raises(Conflict) as caught:
        training.save_type(school.ctx_for("headteacher"), TrainingTypeDraft("Online safety", 36), type_id, 1)
    assert [(each.field, each.theirs, each.mine) for each in caught.value.changes] == [
        ("valid_months", "24", "36")
    ]
    with pytest.raises(Conflict):
        training.retire_type(ctx, type_id, 1)


def test_every_problem_of_a_kind_is_said_at_once(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    with pytest.raises(Invalid) as caught:
        training.save_type(ctx, TrainingTypeDraft("  ", 500))
    assert [each.field for each in caught.value.problems] == ["name", "valid_months"]
    add_type(school)
    with pytest.raises(Invalid, match="on the list already"):
        training.save_type(ctx, TrainingTypeDraft("ONLINE SAFETY"))
    with pytest.raises(NotFound):
        training.save_type(ctx, TrainingTypeDraft("Another"), 999, 1)


def test_a_kind_is_retired_and_asked_for_again(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    type_id = add_type(school)
    training.record(ctx, type_id, [school.people["teacher"]], TODAY - timedelta(days=1))
    training.retire_type(ctx, type_id, 1)
    assert training.types(ctx) == ()
    (gone,) = training.types(ctx, retired=True)
    assert gone.retired_on == TODAY
    assert gone.recorded == 1
    with pytest.raises(Refused, match="already"):
        training.retire_type(ctx, type_id, 2)
    # A training that was held before still goes on record; one after does not.
    training.record(ctx, type_id, [school.people["dsl"]], TODAY - timedelta(days=1))
    with pytest.raises(Invalid, match="not been asked for since 11 March 2026"):
        training.record(ctx, type_id, [school.people["office"]], TODAY)
    other = add_type(school)
    with pytest.raises(Invalid, match="on the list already"):
        training.unretire_type(ctx, type_id, 2)
    training.retire_type(ctx, other, 1)
    training.unretire_type(ctx, type_id, 2)
    assert [each.id for each in training.types(ctx)] == [type_id]
    with pytest.raises(Refused, match="already"):
        training.unretire_type(ctx, type_id, 3)


# Recording


def test_a_training_counts_to_its_last_day(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    type_id = add_type(school)
    saved = training.record(
        ctx, type_id, [school.people["teacher"]], date(2025, 3, 11), "A. Trainer", "online"
    )
    assert saved.changes == {("training", school.people["teacher"])}
    assert saved.words == "Recorded for Tim Hazel, counting until 11 March 2026."
    mine = held(school, "teacher", type_id)
    assert (mine.standing, mine.valid_until) == (TrainingStanding.LAPSING, date(2026, 3, 11))
    assert mine.needed
    (only,) = mine.records
    assert (only.given_by, only.note, only.recorded_by) == ("A. Trainer", "online", "Ms B. Cedar")
    school.clock.forward(days=1)
    assert held(school, "teacher", type_id).words == "Lapsed after 11 March 2026"


@pytest.mark.parametrize(
    ("valid_until", "standing", "words"),
    [
        (None, TrainingStanding.VALID, "In date, does not lapse"),
        (TODAY - timedelta(days=1), TrainingStanding.LAPSED, "Lapsed after 10 March 2026"),
        (TODAY, TrainingStanding.LAPSING, "Lapses after 11 March 2026"),
        (TODAY + timedelta(days=28), TrainingStanding.LAPSING, "Lapses after 8 April 2026"),
        (TODAY + timedelta(days=29), TrainingStanding.VALID, "In date until 9 April 2026"),
    ],
)
def test_standing(valid_until: date | None, standing: TrainingStanding, words: str) -> None:
    found = standing_on(date(2025, 3, 1), valid_until, TODAY, 28)
    assert found is standing
    assert standing_words(found, valid_until) == words


def test_other_months_leave_what_is_recorded(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    type_id = add_type(school)
    training.record(ctx, type_id, [school.people["teacher"]], TODAY)
    training.save_type(ctx, TrainingTypeDraft("Online safety", 24), type_id, 1)
    assert held(school, "teacher", type_id).valid_until == date(2027, 3, 11)
    training.record(ctx, type_id, [school.people["dsl"]], TODAY)
    assert held(school, "dsl", type_id).valid_until == date(2028, 3, 11)


def test_a_room_full_of_people_at_once(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    type_id = add_type(school)
    teacher, dsl = school.people["teacher"], school.people["dsl"]
    training.record(ctx, type_id, [teacher], TODAY)
    saved = training.record(ctx, type_id, [dsl, teacher, dsl, school.people["head"]], TODAY)
    assert (saved.recorded, saved.already) == (2, ("Tim Hazel",))
    assert saved.words == (
        "Recorded for 2 people, counting until 11 March 2027. "
        "On record with this day before, so passed over: Tim Hazel."
    )
    assert saved.changes == {("training", dsl), ("training", school.people["head"])}
    nothing = training.record(ctx, type_id, [teacher], TODAY)
    assert (nothing.id, nothing.recorded, nothing.changes) == (0, 0, frozenset())
    with school.database.reading() as session:
        written = session.execute(
            text("SELECT count(*) FROM audit_entry WHERE action = 'training.recorded'")
        ).scalar()
    assert written == 2


def test_every_problem_of_a_recording_is_said_at_once(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    type_id = add_type(school)
    with pytest.raises(Invalid) as caught:
        training.record(ctx, type_id, [], None, "x" * 300, "y" * 5000)
    assert [each.field for each in caught.value.problems] == ["person_ids", "done_on", "given_by", "note"]
    with pytest.raises(Invalid, match="12 March 2026 lies in the future"):
        training.record(ctx, type_id, [school.people["teacher"]], TODAY + timedelta(days=1))
    with pytest.raises(Invalid, match="Check the year"):
        training.record(ctx, type_id, [school.people["teacher"]], date(1926, 3, 11))
    with pytest.raises(NotFound):
        training.record(ctx, type_id, [school.people["teacher"], 99_999], TODAY)
    with pytest.raises(NotFound):
        training.record(ctx, 99_999, [school.people["teacher"]], TODAY)
    assert newest_of(school, school.people["teacher"]) == []


def test_somebody_who_had_left_by_then(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    type_id = add_type(school)
    with school.database.writing() as session:
        session.get_one(Person, school.people["teacher"]).left_on = TODAY - timedelta(days=10)
    with pytest.raises(Invalid, match="Tim Hazel has left the school by 11 March 2026"):
        training.record(ctx, type_id, [school.people["teacher"], school.people["dsl"]], TODAY)
    training.record(ctx, type_id, [school.people["teacher"]], TODAY - timedelta(days=11))


def test_withdrawing_lets_the_one_before_count(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    type_id, teacher = add_type(school), school.people["teacher"]
    first = training.record(ctx, type_id, [teacher], date(2025, 9, 1)).id
    second = training.record(ctx, type_id, [teacher], TODAY).id
    # Recorded later, held earlier: not the newest.
    training.record(ctx, type_id, [teacher], date(2024, 9, 1))
    assert newest_of(school, teacher) == [second]
    with pytest.raises(Invalid, match="Say why"):
        training.withdraw(ctx, second, "  ")
    saved = training.withdraw(ctx, second, "It was Tom, not Tim")
    assert saved.changes == {("training", teacher)}
    assert newest_of(school, teacher) == [first]
    mine = held(school, "teacher", type_id)
    assert mine.done_on == date(2025, 9, 1)
    taken_back = mine.records[0]
    assert (taken_back.withdrawn, taken_back.withdrawn_reason) == (True, "It was Tom, not Tim")
    with pytest.raises(Refused, match="already"):
        training.withdraw(ctx, second, "again")
    with pytest.raises(NotFound):
        training.withdraw(ctx, 99_999, "nothing")
    # The day is free again: a slip in the person is put right by recording it for the right one.
    assert training.record(ctx, type_id, [teacher], TODAY).recorded == 1


def test_withdrawing_all_leaves_it_missing(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    type_id = add_type(school)
    for who in ("teacher", "anna"):
        only = training.record(ctx, type_id, [school.people[who]], TODAY).id
        training.withdraw(ctx, only, "slip")
    assert held(school, "teacher", type_id).words == "Needed and missing"
    assert held(school, "anna", type_id).words == "Withdrawn"
    assert newest_of(school, school.people["teacher"]) == []


# Who needs it


def run_account(school: SmallSchool, who: str, until: date | None = None) -> None:
    with school.database.writing() as session:
        account = SchoolAccount(
            platform="facebook",
            handle="brambleford",
            recorded_by=school.users["headteacher"],
            recorded_at=school.clock.now,
        )
        session.add(account)
        session.flush()
        session.add(
            AccountRunner(
                account_id=account.id, person_id=school.people[who], from_on=date(2025, 9, 1), until_on=until
            )
        )


def lacking(school: SmallSchool, type_id: int) -> set[int]:
    return {hit.id for hit in training.lacking(school.ctx_for("business_manager"), type_id)}


def test_who_lacks_it(school: SmallSchool) -> None:
    type_id = add_type(school)
    people_of = school.people
    staff = {people_of[each] for each in ("head", "dsl", "office", "teacher")}
    assert lacking(school, type_id) == staff
    training.record(school.ctx_for("business_manager"), type_id, [people_of["dsl"]], TODAY)
    training.record(school.ctx_for("business_manager"), type_id, [people_of["head"]], date(2024, 1, 1))
    assert lacking(school, type_id) == staff - {people_of["dsl"]}
    # ACC-3: a parent who runs an account needs it as well, as long as they run it.
    run_account(school, "anna")
    run_account(school, "ben", until=TODAY)
    assert lacking(school, type_id) == (staff - {people_of["dsl"]}) | {people_of["anna"]}
    with pytest.raises(NotFound):
        training.lacking(school.ctx_for("business_manager"), 99_999)


def test_what_somebody_is_besides_counts(school: SmallSchool) -> None:
    parents = add_type(school, TrainingTypeDraft("Evening for parents", 0, (PersonKind.PARENT,)))
    found = lacking(school, parents)
    assert {school.people["office"], school.people["anna"], school.people["ben"]} == found
    with school.database.writing() as session:
        session.get_one(Person, school.people["ben"]).left_on = TODAY
    assert school.people["ben"] not in lacking(school, parents)


def test_parents_need_nothing_once_their_children_have_left(school: SmallSchool) -> None:
    parents = add_type(school, TrainingTypeDraft("Evening for parents", 0, (PersonKind.PARENT,)))
    with school.database.writing() as session:
        session.get_one(Person, school.people["sam"]).left_on = TODAY
    # The office is staff too.
    assert lacking(school, parents) == {school.people["office"]}
    run_account(school, "anna")
    online = add_type(school)
    assert school.people["anna"] in lacking(school, online)
    with school.database.writing() as session:
        session.get_one(Person, school.people["sam"]).left_on = TODAY + timedelta(days=1)
    assert {school.people["anna"], school.people["ben"]} <= lacking(school, parents)


def test_the_policy_sees_the_same(school: SmallSchool) -> None:
    ctx, teacher = school.ctx_for("business_manager"), school.people["teacher"]
    type_id = add_type(school)
    training.record(ctx, type_id, [teacher], date(2025, 9, 1))
    slip = training.record(ctx, type_id, [teacher], TODAY).id
    training.withdraw(ctx, slip, "slip")
    with school.database.reading() as session:
        (seen,) = readiness.readiness(session, [teacher], TODAY).runners[teacher].trainings
    mine = held(school, "teacher", type_id)
    assert (seen.done_on, seen.valid_until) == (mine.done_on, mine.valid_until)


# Merged people


def test_a_merge_leaves_one_newest_and_gives_it_back(school: SmallSchool) -> None:
    ctx, teacher = school.ctx_for("business_manager"), school.people["teacher"]
    type_id = add_type(school)
    twin = people.save(ctx, PersonDraft(PersonKind.STAFF, given_name="Timothy", family_name="Hazel")).id
    older = training.record(ctx, type_id, [teacher], date(2025, 9, 1)).id
    newer = training.record(ctx, type_id, [twin], date(2026, 1, 5)).id
    merge = people.merge(ctx, teacher, twin).id
    assert newest_of(school, teacher) == [newer]
    assert newest_of(school, twin) == []
    assert [each.id for each in held(school, "teacher", type_id).records] == [newer, older]
    # Recording for the duplicate's number reaches the record kept.
    training.record(ctx, type_id, [twin], TODAY)
    assert held(school, "teacher", type_id).done_on == TODAY
    people.unmerge(ctx, merge)
    assert newest_of(school, twin) == [newer]
    assert held(school, "teacher", type_id).done_on == TODAY


# Who may


def test_only_who_keeps_the_records(school: SmallSchool) -> None:
    type_id = add_type(school)
    for login in ("leadership", "governor", "chair", "administrator"):
        with pytest.raises(NotAllowed):
            training.record(school.ctx_for(login), type_id, [school.people["teacher"]], TODAY)
        with pytest.raises(NotAllowed):
            training.of_person(school.ctx_for(login), school.people["teacher"])
    with pytest.raises(NotFound):
        training.of_person(school.ctx_for("dsl"), 99_999)
