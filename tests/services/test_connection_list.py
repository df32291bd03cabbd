"""The register: order, filters, views, looking back at a day, and its speed with thousands of rows."""

from __future__ import annotations

import time
from array import array
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from smdesk.policy.vocabulary import Capacity, Link, PersonKind, Relationship, Timeliness
from smdesk.services import connection_list, connection_sight, connections, people, profiles
from smdesk.services.connection_records import (
    DecisionKind,
    ExceptionColumn,
    ExceptionFilter,
    ExceptionSort,
    ExceptionStatus,
    ExceptionView,
)
from tests.support import connections as made
from tests.support.school import SmallSchool

ALL = ExceptionFilter(view=ExceptionView.ALL)
OFFICE = "business_manager"


def shown(
    school: SmallSchool, wanted: ExceptionFilter = ALL, sort: ExceptionSort | None = None, login: str = OFFICE
) -> list[int]:
    return list(connection_list.sorted_ids(school.ctx_for(login), wanted, sort or ExceptionSort()))


def test_rows_come_in_the_order_asked_for_and_missing_ones_are_left_out(school: SmallSchool) -> None:
    ids = [made.declare(school, platforms=(f"Game {each}",)) for each in range(5)]
    ctx = school.ctx_for(OFFICE)
    wanted = [ids[3], 999, ids[0], ids[4]]
    assert [row.id for row in connection_list.rows(ctx, wanted)] == [ids[3], ids[0], ids[4]]
    assert connection_list.rows(ctx, []) == []
    assert len(connection_list.rows(ctx, [ids[0]] * 2500)) == 2500
    assert isinstance(connection_list.sorted_ids(ctx, ALL, ExceptionSort()), array)


def test_a_row_says_all_of_a_line(school: SmallSchool) -> None:
    exception_id = made.approved(
        school,
        platforms=("whatsapp", "facebook", "Village Chess Club"),
        links=(Link.GAME, Link.FRIEND),
        other_joined_on=date(2026, 3, 1),
    )
    (row,) = connection_list.rows(school.ctx_for(OFFICE), [exception_id])
    assert (row.reference, row.adult, row.adult_kind) == ("2026/C0001", "Tim Hazel", PersonKind.STAFF)
    assert (row.other, row.capacity) == ("Sam Quillfeather", Capacity.PUPIL)
    assert row.relationship is Relationship.AUNT_OR_UNCLE
    assert row.platforms == "Facebook, Village Chess Club, WhatsApp"
    assert row.links == (Link.FRIEND, Link.GAME)
    assert (row.timeliness, row.late_days) == (Timeliness.LATE, 10)
    assert (row.status, row.status_words) == (ExceptionStatus.APPROVED, "Approved")
    assert (row.from_on, row.ends_on, row.review_due) == (date(2026, 3, 11), None, False)
    assert (row.masked, row.imported, row.unconfirmed_paper) == (False, False, False)
    record = made.opened(school, exception_id)
    assert (row.status_words, row.review_on) == (record.status_words, record.review_on)


@pytest.mark.parametrize("column", list(ExceptionColumn))
def test_every_column_sorts_both_ways(school: SmallSchool, column: ExceptionColumn) -> None:
    first = made.declare(
        school,
        adult="dsl",
        other="tariq",
        platforms=("Aardvark",),
        links=(Link.FRIEND,),
        relationship=Relationship.AUNT_OR_UNCLE,
        declared_on=date(2026, 1, 5),
        other_joined_on=date(2026, 1, 1),
    )
    second = made.approved(
        school,
        adult="chair",
        other="anna",
        platforms=("zebra",),
        links=(Link.GAME,),
        relationship=Relationship.SIBLING,
    )
    made.leaves(school, "anna", date(2027, 12, 1))
    upwards, downwards = (shown(school, sort=ExceptionSort(column, way)) for way in (False, True))
    assert sorted(upwards) == sorted(downwards) == [first, second]
    expected = {
        ExceptionColumn.REFERENCE: [first, second],
        ExceptionColumn.ADULT: [first, second],  # Birch, Fir
        ExceptionColumn.ADULT_KIND: [second, first],  # Governor, Member of staff
        ExceptionColumn.OTHER: [first, second],  # Osei-Marsh, Quillfeather
        ExceptionColumn.CAPACITY: [second, first],  # Parent, Pupil
        ExceptionColumn.RELATIONSHIP: [first, second],  # Aunt, Brother
        ExceptionColumn.PLATFORMS: [first, second],
        ExceptionColumn.LINKS: [first, second],
        ExceptionColumn.DECLARED: [first, second],
        ExceptionColumn.TIMELINESS: [first, second],  # Late, On entry
        ExceptionColumn.STATUS: [second, first],  # Approved, Declared
        ExceptionColumn.CONFIDENTIALITY: [first, second],
    }
    if column in expected:
        assert upwards == expected[column]
        assert downwards == upwards[::-1]
    else:  # dates that only one has: blanks come last, both ways
        assert upwards == downwards == [second, first]


def test_every_filter_narrows(school: SmallSchool) -> None:
    uncle = made.declare(school, known_how="From chapel")
    friend = made.declare(
        school,
        adult="chair",
        other="anna",
        platforms=("Village Chess Club", "tiktok"),
        relationship=Relationship.FAMILY_FRIEND,
        other_joined_on=date(2020, 9, 1),
    )
    other = made.declare(school, adult="dsl", other="tariq", adult_joined_on=None)
    cases: list[tuple[dict[str, object], set[int]]] = [
        ({"text": "chapel"}, {uncle}),
        ({"text": "quill"}, {uncle, friend}),
        ({"text": "2026/C2"}, {friend}),
        ({"text": "c0003"}, {other}),
        ({"text": 'chapel" OR "x'}, set()),
        ({"text": "*"}, {uncle, friend, other}),
        ({"platform": "tiktok"}, {friend}),
        ({"platform": "village chess club"}, {friend}),
        ({"platform": "facebook"}, {uncle, other}),
        ({"relationship": Relationship.FAMILY_FRIEND}, {friend}),
        ({"capacity": Capacity.PARENT}, {friend}),
        ({"adult_kind": PersonKind.GOVERNOR}, {friend}),
        ({"timeliness": Timeliness.LATE}, {friend}),
        ({"timeliness": Timeliness.UNKNOWN}, {other}),
        ({"person_id": school.people["tariq"]}, {other}),
        ({"person_id": school.people["dsl"]}, {other}),
        ({"text": "quill", "adult_kind": PersonKind.STAFF, "person_id": school.people["sam"]}, {uncle}),
    ]
    for narrowing, expected in cases:
        assert set(shown(school, replace(ALL, **narrowing))) == expected, narrowing


def test_the_search_follows_every_change(school: SmallSchool) -> None:
    exception_id = made.declare(school, known_how="From the harvest festival")

    def find(words: str) -> list[int]:
        return shown(school, replace(ALL, text=words))

    ctx = school.ctx_for(OFFICE)
    assert find("harvest") == find("hazel") == [exception_id]
    draft = made.opened(school, exception_id).draft
    connections.save(ctx, replace(draft, known_how="From the sports day", platforms=("x",)), exception_id, 1)
    record = people.record_of(ctx, school.people["sam"])
    people.save(
        ctx, replace(record.draft, family_name="Marsh", online_names="sammy"), record.id, record.version
    )
    assert find("harvest") == find("facebook") == find("quillfeather") == []
    assert find("sports") == find("marsh") == find("sammy") == [exception_id]
    assert [row.other for row in connection_list.rows(ctx, [exception_id])] == ["Sam Marsh"]
    made.decide(school, made.submit(school, exception_id), DecisionKind.REFUSE, reason="The tie is not shown")
    assert find("shown") == [exception_id]


def test_views_and_their_counts_as_the_days_pass(school: SmallSchool) -> None:
    declared = made.declare(school, platforms=("one",))
    awaiting = made.submit(school, made.declare(school, platforms=("two",)))
    asked = made.decide(
        school, made.submit(school, made.declare(school, platforms=("three",))), DecisionKind.ASK_FOR_MORE
    )
    refused = made.decide(
        school, made.submit(school, made.declare(school, platforms=("four",))), DecisionKind.REFUSE
    )
    withdrawn = made.declare(school, platforms=("five",))
    connections.withdraw(school.ctx_for(OFFICE), withdrawn, 1, "slip")
    revoked = made.decide(school, made.approved(school, platforms=("six",)), DecisionKind.REVOKE)
    to_review = made.approved(school, platforms=("seven",), review_on=date(2026, 6, 1))
    later = made.approved(school, platforms=("eight",), from_on=date(2026, 9, 1))
    plain = made.approved(school, platforms=("nine",))

    def views() -> dict[ExceptionView, set[int]]:
        found = {view: set(shown(school, ExceptionFilter(view=view))) for view in ExceptionView}
        counts = connection_list.view_counts(school.ctx_for(OFFICE))
        assert counts == {view: len(ids) for view, ids in found.items()}
        return found

    everything = {declared, awaiting, asked, refused, withdrawn, revoked, to_review, later, plain}
    now = views()
    assert now[ExceptionView.ALL] == everything
    assert now[ExceptionView.IN_FORCE] == {to_review, plain}
    assert now[ExceptionView.AWAITING] == {awaiting}
    assert now[ExceptionView.TO_COMPLETE] == {declared, asked}
    assert now[ExceptionView.REVIEW_DUE] == set()
    assert now[ExceptionView.PAST] == {refused, withdrawn, revoked}
    school.clock.now = datetime(2026, 5, 3, 9, 0, tzinfo=UTC)
    assert views()[ExceptionView.REVIEW_DUE] == set()
    school.clock.now = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)  # four weeks before
    assert views()[ExceptionView.REVIEW_DUE] == {to_review}
    made.leaves(school, "sam", date(2026, 5, 20))  # before the review: there will be nothing to look at
    assert views()[ExceptionView.REVIEW_DUE] == set()
    made.leaves(school, "sam", None)
    school.clock.now = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
    now = views()
    assert now[ExceptionView.IN_FORCE] == {to_review, plain, later}
    assert now[ExceptionView.REVIEW_DUE] == {to_review}
    made.leaves(school, "sam", date(2026, 8, 1))
    now = views()
    assert now[ExceptionView.IN_FORCE] == now[ExceptionView.REVIEW_DUE] == set()
    assert now[ExceptionView.PAST] == {refused, withdrawn, revoked, to_review, later, plain}


def test_only_what_is_approved_and_goes_on_has_a_review_before_it(school: SmallSchool) -> None:
    def approved(platform: str, review_on: date) -> int:
        return made.approved(school, platforms=(platform,), review_on=review_on)

    second = approved("one", date(2026, 9, 1))
    revoked = made.decide(school, approved("two", date(2026, 6, 1)), DecisionKind.REVOKE)
    ended = made.decide(school, approved("three", date(2026, 7, 1)), DecisionKind.END)
    first = approved("four", date(2026, 8, 3))
    before_it = approved("five", date(2026, 8, 31))
    made.decide(school, before_it, DecisionKind.END, from_on=date(2026, 8, 30))

    def reviews(login: str = OFFICE) -> dict[int, date | None]:
        by_review = ExceptionSort(ExceptionColumn.REVIEW)
        ids = connection_list.sorted_ids(school.ctx_for(login), ALL, by_review)
        rows = connection_list.rows(school.ctx_for(login), ids)
        for row in rows:
            record = connections.open_exception(school.ctx_for(login), row.id)
            assert record.review_on == row.review_on
        return {row.id: row.review_on for row in rows}

    found = reviews()
    assert list(found)[:2] == [first, second]
    assert found == {
        first: date(2026, 8, 3),
        second: date(2026, 9, 1),
        revoked: None,
        ended: None,
        before_it: None,
    }
    made.leaves(school, "sam", date(2026, 3, 11))
    assert set(reviews().values()) == {None}


def test_the_reminder_comes_as_early_as_the_school_wants_it_now(school: SmallSchool) -> None:
    exception_id = made.approved(school, review_on=date(2026, 6, 1))
    head = school.ctx_for("headteacher")
    profile = profiles.current(head).profile
    clocks = replace(profile.clocks, exception_reminder_days=90)
    assert shown(school, ExceptionFilter(view=ExceptionView.REVIEW_DUE)) == []
    profiles.save_edit(head, replace(profile, clocks=clocks), "Earlier")
    assert shown(school, ExceptionFilter(view=ExceptionView.REVIEW_DUE)) == [exception_id]
    (row,) = connection_list.rows(school.ctx_for(OFFICE), [exception_id])
    assert row.review_due
    assert row.status_words == "Approved, review due on 1 June 2026"


def test_a_day_looks_back_whatever_the_view(school: SmallSchool) -> None:
    exception_id = made.approved(school)
    school.clock.forward(days=60)
    made.decide(school, exception_id, DecisionKind.REVOKE)
    day = date(2026, 4, 1)
    for view in ExceptionView:
        assert shown(school, ExceptionFilter(view=view, on_day=day)) == [exception_id]
    assert shown(school, replace(ALL, on_day=date(2026, 3, 10))) == []
    assert shown(school, replace(ALL, on_day=school.clock.now.date())) == []
    assert shown(school, replace(ALL, on_day=day, platform="tiktok")) == []
    assert shown(school, replace(ALL, on_day=day, text="hazel")) == [exception_id]


def test_today_is_the_schools_day(school: SmallSchool) -> None:
    exception_id = made.approved(school, from_on=date(2026, 7, 1))
    school.clock.now = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)  # still 30 June at the school
    assert shown(school, ExceptionFilter()) == []
    school.clock.now = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)  # half past midnight on 1 July
    assert shown(school, ExceptionFilter()) == [exception_id]


THOUSANDS = 5_000


@pytest.fixture
def long_register(school: SmallSchool) -> SmallSchool:
    """5,000 exceptions, nine in ten of them in force on the day of the clock."""
    first = made.approved(school, platforms=("facebook", "whatsapp"))
    with school.database.writing() as session:
        columns = [row[1] for row in session.execute(text("PRAGMA table_info(connection_exception)"))]
        chosen = {
            "id": "id + n",
            "number": "number + n",
            "adult_name": "printf('%05d', (n * 7919) % 5000)",
            "ends_on": "CASE WHEN n % 10 = 0 THEN '2026-03-11' END",
            "from_on": "date('2026-03-11', '-' || (n % 900) || ' days')",
            "review_on": "date('2026-03-11', '+' || (n % 400) || ' days')",
            "sealed": "0",
        }
        session.execute(
            text(
                "WITH RECURSIVE more(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more WHERE n < :most)"
                f" INSERT INTO connection_exception ({', '.join(columns)})"
                f" SELECT {', '.join(chosen.get(name, name) for name in columns)}"
                " FROM connection_exception, more WHERE connection_exception.id = :first"
            ),
            {"most": THOUSANDS - 1, "first": first},
        )
        session.execute(
            text(
                "INSERT INTO exception_platform SELECT id, platform FROM connection_exception, exception_platform"
                " WHERE exception_id = :first AND id <> :first"
            ),
            {"first": first},
        )
    return school


def test_a_long_register_on_a_day_takes_little_more_than_its_sql(long_register: SmallSchool) -> None:
    """The benchmark holds the exact bar; this keeps it from being lost by an order of magnitude."""
    ctx = long_register.ctx_for("headteacher")
    wanted, sort = ExceptionFilter(on_day=date(2026, 3, 11)), ExceptionSort()
    ids = connection_list.sorted_ids(ctx, wanted, sort)
    assert len(ids) == THOUSANDS - (THOUSANDS - 1) // 10
    with long_register.database.raw_reading() as cursor:
        who = connection_sight.reader_on(cursor, ctx.user.id)
        query = connection_list.ids_query(who, wanted, sort, ctx.today(), 28)
        assert [row[0] for row in cursor.execute(query.sql, query.params)] == list(ids)
    start = time.perf_counter()
    rows = connection_list.rows(ctx, ids)
    assert [row.id for row in rows] == list(ids)
    assert time.perf_counter() - start < 2.0


def test_a_day_is_found_through_the_index(long_register: SmallSchool) -> None:
    ctx = long_register.ctx_for("headteacher")
    with long_register.database.raw_reading() as cursor:
        who = connection_sight.reader_on(cursor, ctx.user.id)
        day = date(2024, 1, 1) - timedelta(days=20)
        query = connection_list.ids_query(
            who, ExceptionFilter(on_day=day), ExceptionSort(ExceptionColumn.FROM), ctx.today(), 28
        )
        plan = cursor.execute(f"EXPLAIN QUERY PLAN {query.sql}", query.params).fetchall()
    assert any("ix_connection_exception_day" in row[3] for row in plan), plan
