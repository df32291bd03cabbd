"""What the records of an exception add up to on a day: begun, ended, resumed, superseded, disputed (CON-2, CON-5)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from smdesk.db.models import AuditEntry, ConnectionDecision, ConnectionException, PolicyProfile, User
from smdesk.errors import SmdeskError
from smdesk.policy.vocabulary import Capacity, Link, PersonKind
from smdesk.security.permissions import Role
from smdesk.services import connection_list, connection_state, connections, people, profiles, sight, users
from smdesk.services.connection_records import (
    DecisionKind,
    EndCause,
    ExceptionColumn,
    ExceptionFilter,
    ExceptionRecord,
    ExceptionSort,
    ExceptionStatus,
    ExceptionView,
)
from smdesk.services.connection_words import (
    is_in_force,
    is_review_due,
    review_ahead,
    shown_status,
    status_words,
)
from smdesk.services.user_records import UserDraft
from tests.support import connections as made
from tests.support.school import SmallSchool

OFFICE = "business_manager"


def at(school: SmallSchool, day: date) -> None:
    school.clock.now = datetime(day.year, day.month, day.day, 9, 0, tzinfo=UTC)


def change(school: SmallSchool, person: str, **fields: Any) -> None:
    ctx = school.ctx_for(OFFICE)
    record = people.record_of(ctx, school.people[person])
    people.save(ctx, replace(record.draft, **fields), record.id, record.version)


def allowed_on(school: SmallSchool, day: date) -> list[int]:
    wanted = ExceptionFilter(on_day=day)
    return sorted(connection_list.sorted_ids(school.ctx_for("dsl"), wanted, ExceptionSort()))


def allowed_ever(school: SmallSchool) -> list[int]:
    every = ExceptionFilter(view=ExceptionView.ALL)
    return list(connection_list.sorted_ids(school.ctx_for("dsl"), every, ExceptionSort()))


def ends(record: ExceptionRecord) -> tuple[ExceptionStatus, date | None, EndCause | None]:
    return record.status, record.ends_on, record.end_cause


def kinds(record: ExceptionRecord) -> list[str]:
    return [line.kind for line in record.history]


def role_change_ends(school: SmallSchool, ends: bool) -> None:
    """A new version of the policy, in which exceptions end with the adult's role, or do not."""
    head = school.ctx_for("headteacher")
    profile = profiles.current(head).profile
    rules = replace(profile.connections, ends_on_role_change=ends)
    profiles.save_edit(head, replace(profile, connections=rules), "Change of role")


# Days


def test_allowed_from_its_first_day_to_the_day_before_it_ends(school: SmallSchool) -> None:
    begins, over = date(2026, 3, 20), date(2026, 6, 1)
    exception_id = made.approved(school, from_on=begins)
    made.decide(school, made.approved(school, other="tariq"), DecisionKind.REVOKE)
    at(school, date(2026, 3, 21))
    made.decide(school, exception_id, DecisionKind.END, from_on=over)
    day = timedelta(days=1)
    assert [allowed_on(school, each) for each in (begins - day, begins, over - day, over)] == [
        [],
        [exception_id],
        [exception_id],
        [],
    ]


def test_an_end_that_lay_ahead_passes_without_a_write(school: SmallSchool) -> None:
    exception_id = made.approved(school)
    made.leaves(school, "sam", date(2026, 7, 22))
    record = made.opened(school, exception_id)
    assert ends(record) == (ExceptionStatus.APPROVED, date(2026, 7, 22), EndCause.OTHER_LEFT)
    assert record.status_words == "Approved, ends on 22 July 2026"
    with school.database.reading() as session:
        entries = session.scalar(text("SELECT count(*) FROM audit_entry"))
    at(school, date(2026, 7, 22))
    record = made.opened(school, exception_id)
    assert ends(record)[0] is ExceptionStatus.ENDED
    assert record.status_words == "Ended on 22 July 2026: the pupil left the school"
    ctx = school.ctx_for(OFFICE)
    (row,) = connection_list.rows(ctx, [exception_id])
    assert (row.status, row.status_words) == (ExceptionStatus.ENDED, record.status_words)
    assert connection_list.view_counts(ctx)[ExceptionView.PAST] == 1
    with school.database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM audit_entry")) == entries


# Who leaves, comes back, or was put down wrongly


@pytest.mark.parametrize(
    ("person", "cause", "kind"),
    [("teacher", EndCause.ADULT_LEFT, "adult_left"), ("sam", EndCause.OTHER_LEFT, "other_left")],
)
def test_it_ends_by_itself_when_one_of_the_two_leaves(
    school: SmallSchool, person: str, cause: EndCause, kind: str
) -> None:
    exception_id = made.approved(school)
    at(school, date(2026, 7, 30))
    left = date(2026, 7, 22)
    made.leaves(school, person, left)  # noted a week late: what was allowed on a day follows the day itself
    record = made.opened(school, exception_id)
    assert ends(record) == (ExceptionStatus.ENDED, left, cause)
    line = record.history[-1]
    assert (line.kind, line.happened_on, line.who) == (kind, left, "SM Desk")
    assert line.text.endswith("left the school on 22 July 2026.")
    assert allowed_on(school, date(2026, 7, 21)) == [exception_id]
    assert allowed_on(school, left) == []
    with school.database.reading() as session:
        last = session.scalars(
            select(AuditEntry).where(AuditEntry.object_kind == "exception").order_by(AuditEntry.seq.desc())
        ).first()
    assert last is not None
    assert (last.action, last.object_id, last.actor_id) == (
        "exception.ended",
        exception_id,
        school.users[OFFICE],
    )


def test_a_leaving_date_put_right_moves_or_undoes_the_end(school: SmallSchool) -> None:
    exception_id = made.approved(school)
    at(school, date(2026, 5, 1))
    made.leaves(school, "sam", date(2026, 4, 2))
    made.leaves(school, "sam", date(2026, 7, 22))
    assert ends(made.opened(school, exception_id)) == (
        ExceptionStatus.APPROVED,
        date(2026, 7, 22),
        EndCause.OTHER_LEFT,
    )
    made.leaves(school, "sam", None)
    record = made.opened(school, exception_id)
    assert ends(record) == (ExceptionStatus.APPROVED, None, None)
    assert kinds(record)[-3:] == ["other_left", "other_left", "resumed"]
    assert "22 July 2026" in record.history[-1].text
    assert allowed_on(school, date(2026, 4, 20)) == [exception_id]


@pytest.mark.parametrize("in_one_go", [True, False])
def test_whoever_comes_back_does_not_bring_an_ended_exception_back(
    school: SmallSchool, in_one_go: bool
) -> None:
    exception_id = made.approved(school)
    left, back = date(2026, 4, 2), date(2026, 9, 7)
    at(school, left)
    made.leaves(school, "sam", left)
    at(school, back)
    if in_one_go:
        change(school, "sam", left_on=None, joined_on=back)
    else:
        change(school, "sam", left_on=None)
        change(school, "sam", joined_on=back)
    record = made.opened(school, exception_id)
    assert ends(record) == (ExceptionStatus.ENDED, left, EndCause.OTHER_LEFT)
    assert allowed_on(school, back) == allowed_on(school, date(2026, 6, 1)) == []
    assert allowed_on(school, date(2026, 4, 1)) == [exception_id]
    # Declared anew it is allowed again, and the old days stand.
    ctx = school.ctx_for(OFFICE)
    anew = connections.save(ctx, connections.successor_draft(ctx, exception_id), supersedes=exception_id).id
    made.decide(school, made.submit(school, anew), DecisionKind.APPROVE)
    assert ends(made.opened(school, exception_id)) == (ExceptionStatus.ENDED, left, EndCause.OTHER_LEFT)
    assert allowed_on(school, back) == [anew]


def test_a_former_pupils_old_leaving_date_ends_nothing(school: SmallSchool) -> None:
    change(school, "sam", left_on=date(2024, 7, 19))
    exception_id = made.approved(school, capacity=Capacity.FORMER_PUPIL, other_joined_on=None)
    assert made.opened(school, exception_id).in_force
    change(school, "sam", left_on=date(2024, 7, 20))
    assert made.opened(school, exception_id).in_force
    made.leaves(school, "teacher", date(2026, 3, 1))
    assert ends(made.opened(school, exception_id))[2] is EndCause.ADULT_LEFT


def test_a_parent_who_leaves_is_not_called_a_pupil(school: SmallSchool) -> None:
    exception_id = made.approved(school, other="anna")
    made.leaves(school, "anna", date(2026, 3, 12))
    at(school, date(2026, 3, 12))
    assert (
        made.opened(school, exception_id).status_words
        == "Ended on 12 March 2026: the parent or carer left the school"
    )


def test_what_was_never_in_force_says_so(school: SmallSchool) -> None:
    exception_id = made.approved(school, from_on=date(2026, 9, 1))
    assert made.opened(school, exception_id).status_words == "Approved, begins on 1 September 2026"
    made.leaves(school, "sam", date(2026, 7, 22))
    at(school, date(2026, 10, 1))
    record = made.opened(school, exception_id)
    assert record.status_words == "Never began: the pupil left the school"
    assert allowed_on(school, date(2026, 9, 1)) == []


# Roles


def test_a_change_of_role_ends_it_only_where_the_policy_says_so(school: SmallSchool) -> None:
    role_change_ends(school, False)
    under_the_old = made.approved(school)
    role_change_ends(school, True)
    under_the_new = made.approved(school, platforms=("tiktok",))
    at(school, date(2026, 5, 4))
    change(school, "teacher", kind=PersonKind.GOVERNOR)
    assert made.opened(school, under_the_old).in_force
    record = made.opened(school, under_the_new)
    assert ends(record) == (ExceptionStatus.ENDED, date(2026, 5, 4), EndCause.ROLE_CHANGED)
    assert kinds(record)[-1] == "role_changed"


def test_a_further_role_is_no_change(school: SmallSchool) -> None:
    exception_id = made.approved(school)
    change(school, "teacher", kind=PersonKind.GOVERNOR, also=(PersonKind.STAFF,))
    assert made.opened(school, exception_id).in_force


def test_a_role_put_right_the_same_day_was_a_slip_and_later_it_is_not(school: SmallSchool) -> None:
    exception_id = made.approved(school)
    change(school, "teacher", kind=PersonKind.PARENT)
    assert not made.opened(school, exception_id).in_force
    change(school, "teacher", kind=PersonKind.STAFF)
    record = made.opened(school, exception_id)
    assert record.in_force
    assert kinds(record)[-2:] == ["role_changed", "resumed"]
    at(school, date(2026, 5, 4))
    change(school, "teacher", kind=PersonKind.PARENT)
    at(school, date(2026, 9, 1))
    change(school, "teacher", kind=PersonKind.STAFF)
    assert ends(made.opened(school, exception_id)) == (
        ExceptionStatus.ENDED,
        date(2026, 5, 4),
        EndCause.ROLE_CHANGED,
    )


# Decisions


def test_the_earliest_end_counts_and_a_decision_before_a_leaving_on_the_same_day(
    school: SmallSchool,
) -> None:
    exception_id = made.approved(school)
    at(school, date(2026, 4, 1))
    made.leaves(school, "sam", date(2026, 7, 22))
    made.decide(school, exception_id, DecisionKind.REVOKE, from_on=date(2026, 6, 1))
    assert ends(made.opened(school, exception_id))[1:] == (date(2026, 6, 1), EndCause.REVOKED)
    made.leaves(school, "sam", date(2026, 6, 1))
    assert ends(made.opened(school, exception_id))[1:] == (date(2026, 6, 1), EndCause.REVOKED)
    made.leaves(school, "sam", date(2026, 5, 1))
    assert ends(made.opened(school, exception_id))[1:] == (date(2026, 5, 1), EndCause.OTHER_LEFT)
    # A leaving date taken off again leaves the decision.
    made.leaves(school, "sam", None)
    record = made.opened(school, exception_id)
    assert ends(record)[1:] == (date(2026, 6, 1), EndCause.REVOKED)
    assert kinds(record)[-2:] == ["other_left", "resumed"]  # the history does not leave the slip standing


def test_a_renewal_moves_the_review_alone(school: SmallSchool) -> None:
    exception_id = made.approved(school, review_on=date(2026, 6, 1))
    at(school, date(2026, 5, 20))
    assert made.opened(school, exception_id).status_words == "Approved, review due on 1 June 2026"
    at(school, date(2026, 6, 3))
    assert made.opened(school, exception_id).status_words == "Approved, due for review since 1 June 2026"
    made.decide(school, exception_id, DecisionKind.RENEW, review_on=date(2027, 6, 1))
    record = made.opened(school, exception_id)
    assert (record.from_on, record.review_on, record.status_words) == (
        date(2026, 3, 11),
        date(2027, 6, 1),
        "Approved",
    )


def on_paper(school: SmallSchool, exception_id: int, kind: DecisionKind, answer: str = "") -> int:
    """A decision recorded from paper, straight into the records, and what follows from it."""
    today = school.clock.now.date()
    with school.database.writing() as session:
        row = ConnectionDecision(
            exception_id=exception_id,
            kind=str(kind),
            origin="paper",
            reason="On paper",
            decided_on=today,
            from_on=today,
            review_on=today + timedelta(days=300) if kind is DecisionKind.APPROVE else None,
            decided_by=school.users["headteacher"],
            decider_name="Mrs H. Alder",
            recorded_by=school.users[OFFICE],
            recorded_at=school.clock.now,
            answer=answer,
        )
        session.add(row)
        session.flush()
        connection_state.refresh(session, exception_id, today, school.clock.now)
        return row.id


def answer(school: SmallSchool, exception_id: int, decision_id: int, said: str) -> None:
    with school.database.writing() as session:
        row = session.get_one(ConnectionDecision, decision_id)
        row.answer, row.answered_at = said, school.clock.now
        session.flush()
        connection_state.refresh(session, exception_id, school.clock.now.date(), school.clock.now)


def state(school: SmallSchool, exception_id: int) -> tuple[str, bool, bool, str]:
    with school.database.reading() as session:
        row = session.get_one(ConnectionException, exception_id)
        return row.status, row.sealed, row.unconfirmed_paper, row.awaits


def test_a_disputed_paper_counts_for_nothing_and_waits_again(school: SmallSchool) -> None:
    exception_id = made.submit(school, made.declare(school))
    paper = on_paper(school, exception_id, DecisionKind.APPROVE)
    assert state(school, exception_id) == ("approved", True, True, "")
    assert made.opened(school, exception_id).status_words == "Approved, on paper, not confirmed yet"
    assert allowed_on(school, school.clock.now.date()) == [exception_id]
    answer(school, exception_id, paper, "disputed")
    assert state(school, exception_id) == ("awaiting", True, False, "headteacher")
    assert allowed_on(school, school.clock.now.date()) == []
    made.decide(school, exception_id, DecisionKind.REFUSE, reason="I never signed that.")
    assert state(school, exception_id) == ("refused", True, False, "")


def test_a_disputed_end_on_paper_ends_nothing(school: SmallSchool) -> None:
    exception_id = made.approved(school)
    paper = on_paper(school, exception_id, DecisionKind.REVOKE)
    assert state(school, exception_id) == ("revoked", True, True, "")
    answer(school, exception_id, paper, "disputed")
    assert state(school, exception_id) == ("approved", True, False, "")
    assert made.opened(school, exception_id).ends_on is None


def test_a_confirmed_paper_stands(school: SmallSchool) -> None:
    exception_id = made.submit(school, made.declare(school))
    answer(school, exception_id, on_paper(school, exception_id, DecisionKind.REFUSE), "confirmed")
    assert state(school, exception_id) == ("refused", True, False, "")


def test_the_old_one_stands_again_when_the_new_ones_paper_is_disputed(school: SmallSchool) -> None:
    first = made.approved(school)
    ctx = school.ctx_for(OFFICE)
    second = connections.save(ctx, connections.successor_draft(ctx, first), supersedes=first).id
    made.submit(school, second)
    at(school, date(2026, 4, 1))
    paper = on_paper(school, second, DecisionKind.APPROVE)
    assert ends(made.opened(school, first)) == (
        ExceptionStatus.SUPERSEDED,
        date(2026, 4, 1),
        EndCause.SUPERSEDED,
    )
    answer(school, second, paper, "disputed")
    record = made.opened(school, first)
    assert ends(record) == (ExceptionStatus.APPROVED, None, None)
    assert kinds(record)[-2:] == ["superseded", "resumed"]
    assert allowed_on(school, date(2026, 4, 1)) == [first]


def test_ending_the_new_one_does_not_bring_the_old_one_back(school: SmallSchool) -> None:
    first = made.approved(school)
    ctx = school.ctx_for(OFFICE)
    begins = date(2026, 9, 1)
    second = connections.save(ctx, connections.successor_draft(ctx, first), supersedes=first).id
    made.decide(
        school, made.submit(school, second), DecisionKind.APPROVE, from_on=begins, review_on=date(2027, 1, 1)
    )
    made.decide(school, second, DecisionKind.REVOKE)
    assert ends(made.opened(school, first)) == (ExceptionStatus.APPROVED, begins, EndCause.SUPERSEDED)
    at(school, begins)
    assert allowed_on(school, begins) == []
    assert made.opened(school, first).status is ExceptionStatus.SUPERSEDED


def test_declared_anew_after_a_refusal_still_takes_the_place_of_the_approved_one(school: SmallSchool) -> None:
    ctx = school.ctx_for(OFFICE)
    chain = [made.approved(school)]
    for kind in (DecisionKind.REFUSE, DecisionKind.REFUSE, DecisionKind.APPROVE):
        school.clock.forward(days=10)
        draft = connections.successor_draft(ctx, chain[-1])
        chain.append(connections.save(ctx, draft, supersedes=chain[-1]).id)
        made.decide(school, made.submit(school, chain[-1]), kind)
    today = school.clock.now.date()
    assert allowed_on(school, today - timedelta(days=1)) == chain[:1]
    assert allowed_on(school, today) == chain[-1:]
    assert ends(made.opened(school, chain[0])) == (ExceptionStatus.SUPERSEDED, today, EndCause.SUPERSEDED)


def test_three_declared_anew_on_one_day_leave_the_last(school: SmallSchool) -> None:
    ctx = school.ctx_for(OFFICE)
    chain = [made.approved(school)]
    for _ in range(2):
        draft = connections.successor_draft(ctx, chain[-1])
        chain.append(connections.save(ctx, draft, supersedes=chain[-1]).id)
        made.decide(school, made.submit(school, chain[-1]), DecisionKind.APPROVE)
    assert allowed_on(school, school.clock.now.date()) == chain[-1:]


# Who decides


def test_who_decides_follows_who_is_headteacher(school: SmallSchool) -> None:
    exception_id = made.submit(school, made.declare(school, adult="head"))
    record = made.opened(school, exception_id)
    assert (record.headteacher_concerned, record.awaits) == (True, Role.CHAIR_OF_GOVERNORS)
    assert "Mrs C. Fir (chair of governors) decides" in record.why_not
    admin = school.ctx_for("administrator")
    saved = users.save(
        admin,
        school.users["headteacher"],
        UserDraft("headteacher", "Mrs H. Alder", "", (Role.LEADERSHIP,), school.people["head"]),
        1,
    )
    assert ("exception", exception_id) in saved.changes
    record = made.opened(school, exception_id)
    assert (record.headteacher_concerned, record.awaits) == (False, Role.HEADTEACHER)
    assert "Nobody among the users decides it as headteacher" in record.why_not
    # The deputy takes over, whose own exception it is not.
    with school.database.reading() as session:
        version = session.get_one(User, school.users["leadership"]).version
    users.save(
        admin,
        school.users["leadership"],
        UserDraft("leadership", "Mr L. Damson", "", (Role.HEADTEACHER,), school.people["teacher"]),
        version,
    )
    assert not made.opened(school, exception_id).headteacher_concerned
    own = made.declare(school)  # the teacher's
    assert made.opened(school, own).headteacher_concerned


def test_nobody_decides_for_themselves_what_they_declared_or_what_they_put_forward(
    school: SmallSchool,
) -> None:
    head = school.ctx_for("headteacher")
    own = made.submit(school, made.declare(school, adult="head"))
    assert "nobody decides their own exception" in connections.open_exception(head, own).why_not
    declared = made.submit(school, made.declare(school, declarant_id=school.people["head"]))
    assert "nobody decides what they declared" in connections.open_exception(head, declared).why_not
    put_forward = made.submit(school, made.declare(school, other="tariq"), "headteacher")
    assert "Take it back" in connections.open_exception(head, put_forward).why_not
    only_recorded = made.submit(school, made.declare(school, adult="dsl", login="headteacher"))
    assert connections.open_exception(head, only_recorded).may_decide
    chairs = made.submit(school, made.declare(school, adult="chair", other="tariq"))
    assert connections.open_exception(head, chairs).may_decide


STEPS = st.lists(
    st.sampled_from(
        [
            "sam leaves",
            "sam is back",
            "slip",
            "other role",
            "own role",
            "end",
            "renew",
            "anew",
            "a month",
            "a day",
        ]
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_the_columns_are_what_the_records_give_whatever_happens_in_whatever_order(
    school: SmallSchool, steps: list[str]
) -> None:
    change(school, "sam", left_on=None, joined_on=None)
    change(school, "teacher", kind=PersonKind.STAFF)
    platform = f"Game {len(allowed_ever(school))}"  # each example declares about a game of its own
    ids = [made.approved(school, platforms=(platform,), other_joined_on=None)]
    ctx = school.ctx_for(OFFICE)
    for step in steps:
        today = school.clock.now.date()
        match step:
            case "sam leaves":
                change(school, "sam", left_on=today)
            case "sam is back":
                change(school, "sam", left_on=None, joined_on=today)
            case "slip":
                change(school, "sam", left_on=None)
            case "other role":
                change(school, "teacher", kind=PersonKind.PARENT)
            case "own role":
                change(school, "teacher", kind=PersonKind.STAFF)
            case "end" | "renew":
                kind = DecisionKind.END if step == "end" else DecisionKind.RENEW
                with suppress(SmdeskError):
                    made.decide(school, ids[-1], kind)
            case "anew" | "refused":
                with suppress(SmdeskError):
                    draft = connections.successor_draft(ctx, ids[-1])
                    ids.append(connections.save(ctx, draft, supersedes=ids[-1]).id)
                    kind = DecisionKind.APPROVE if step == "anew" else DecisionKind.REFUSE
                    made.decide(school, made.submit(school, ids[-1]), kind)
            case _:
                school.clock.forward(days=30 if step == "a month" else 1)
        today = school.clock.now.date()
        for exception_id in ids:
            with school.database.reading() as session:
                row = session.get_one(ConnectionException, exception_id)
                given_now = connection_state.worked_out(session, exception_id, today).columns
                stored = {name: getattr(row, name) for name in given_now}
                # An end passes without a write: the status is worked out for the day wherever it is shown.
                stored["status"] = str(connection_state.status_on(row, today))
            assert stored == given_now
        # Never two of one chain on one day, whatever day is asked for.
        for day in (today - timedelta(days=20), today, today + timedelta(days=20)):
            assert len(set(allowed_on(school, day)) & set(ids)) <= 1


# The worked-out words


DAYS = st.dates(date(2026, 1, 1), date(2026, 3, 1))


@settings(max_examples=300, deadline=None)
@given(
    status=st.sampled_from(ExceptionStatus),
    from_on=st.none() | DAYS,
    ends_on=st.none() | DAYS,
    review_on=st.none() | DAYS,
    cause=st.sampled_from(EndCause),
    day=DAYS,
    reminder=st.integers(0, 60),
)
def test_status_force_and_review_never_contradict_each_other(
    status: ExceptionStatus,
    from_on: date | None,
    ends_on: date | None,
    review_on: date | None,
    cause: EndCause,
    day: date,
    reminder: int,
) -> None:
    over = {ExceptionStatus.ENDED, ExceptionStatus.REVOKED, ExceptionStatus.SUPERSEDED}
    shown = shown_status(str(status), from_on, ends_on, str(cause), day)
    in_force = is_in_force(from_on, ends_on, day)
    if in_force:
        assert shown is ExceptionStatus.APPROVED
    if from_on is not None and shown in over:
        assert not in_force
    if from_on is None:
        assert (shown, in_force) == (status, False)
    due = is_review_due(from_on, ends_on, review_on, day, day + timedelta(days=reminder))
    ahead = review_ahead(from_on, ends_on, review_on, day)
    if ahead is not None:
        assert shown is ExceptionStatus.APPROVED
        assert ahead == review_on
        assert ends_on is None or ahead < ends_on
    if due:
        assert ahead is not None
        assert review_on is not None
        assert review_on <= day + timedelta(days=reminder)
    if from_on is not None or shown not in over:
        words = status_words(
            shown,
            from_on=from_on,
            review_on=review_on,
            ends_on=ends_on,
            end_cause=str(cause),
            capacity=Capacity.PUPIL,
            day=day,
            reminder_days=reminder,
        )
        assert words
        assert ("review" in words) == due


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    days=st.lists(st.tuples(st.integers(-40, 40), st.integers(-40, 40)), min_size=1, max_size=4, unique=True),
    shift=st.integers(-50, 50),
)
def test_the_sql_of_a_day_is_the_rule_of_a_day(
    school: SmallSchool, days: list[tuple[int, int]], shift: int
) -> None:
    start = school.clock.now.date()
    with school.database.writing() as session:
        session.execute(text("UPDATE connection_exception SET from_on = NULL, ends_on = NULL"))
        known = session.scalars(select(ConnectionException.id)).all()
        for begins, ends_after in days:
            row = ConnectionException(
                year=1900,
                number=len(known) + 1,
                adult_id=school.people["teacher"],
                adult_kind="staff",
                other_id=school.people["sam"],
                capacity="pupil",
                relationship="cousin",
                links="friend",
                initiator="both",
                declared_on=start,
                profile_id=session.scalars(select(PolicyProfile.id)).one(),
                recorded_by=1,
                recorded_at=school.clock.now,
                from_on=start + timedelta(days=begins),
                ends_on=start + timedelta(days=ends_after) if ends_after > -30 else None,
            )
            session.add(row)
            session.flush()
            known = [*known, row.id]
    day = start + timedelta(days=shift)
    with school.database.reading() as session:
        expected = [
            row.id
            for row in session.scalars(select(ConnectionException))
            if is_in_force(row.from_on, row.ends_on, day)
        ]
    assert allowed_on(school, day) == sorted(expected)
    # Every column puts the same rows in an order of its own.
    for column in ExceptionColumn:
        found = connection_list.sorted_ids(
            school.ctx_for("dsl"), ExceptionFilter(on_day=day), ExceptionSort(column, True)
        )
        assert sorted(found) == sorted(expected)


def test_what_is_held_between_two_people(school: SmallSchool) -> None:
    approved = made.approved(school, platforms=("facebook", "whatsapp"), links=(Link.FRIEND, Link.GROUP))
    awaiting = made.submit(school, made.declare(school, platforms=("tiktok",)))
    withdrawn = made.declare(school, platforms=("discord",))
    connections.withdraw(school.ctx_for(OFFICE), withdrawn, 1, "slip")
    on_paper(school, awaiting, DecisionKind.APPROVE)
    with school.database.reading() as session:
        who = sight.reader(session, school.ctx_for(OFFICE))
        held = connection_state.held_of(session, who, school.people["teacher"], school.people["sam"])
    assert [(each.exception_id, each.reference) for each in held] == [
        (approved, "2026/C0001"),
        (awaiting, "2026/C0002"),
    ]
    assert (held[0].platforms, held[0].links) == (
        frozenset({"facebook", "whatsapp"}),
        frozenset({Link.FRIEND, Link.GROUP}),
    )
    assert [each.unconfirmed_paper for each in held] == [False, True]
