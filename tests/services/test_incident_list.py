"""The list: order, filters, search, views, and its speed on a long log."""

from __future__ import annotations

import time
from array import array
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from smdesk.policy.vocabulary import Conduct, PersonKind, Route, Step
from smdesk.services import evidence, incident_list, incidents, steps
from smdesk.services.incident_records import Column, IncidentFilter, Outcome, Sort, StepDraft, View
from tests.support.school import SmallSchool

ALL = IncidentFilter(view=View.ALL)


def shown(school: SmallSchool, wanted: IncidentFilter = ALL, sort: Sort | None = None) -> list[int]:
    return list(incident_list.sorted_ids(school.ctx_for("headteacher"), wanted, sort or Sort()))


def test_rows_come_in_the_order_asked_for_and_missing_ones_are_left_out(school: SmallSchool) -> None:
    ids = [school.incident(summary=f"Number {each}") for each in range(5)]
    ctx = school.ctx_for("headteacher")
    wanted = [ids[3], 999, ids[0], ids[4]]
    assert [row.id for row in incident_list.rows(ctx, wanted)] == [ids[3], ids[0], ids[4]]
    assert incident_list.rows(ctx, []) == []
    assert isinstance(incident_list.sorted_ids(ctx, ALL, Sort()), array)


def test_more_rows_than_one_chunk(school: SmallSchool) -> None:
    first = school.incident()
    assert len(incident_list.rows(school.ctx_for("headteacher"), [first] * 450)) == 450


@pytest.mark.parametrize("column", list(Column))
def test_every_column_sorts_both_ways(school: SmallSchool, column: Column) -> None:
    late = school.incident(
        summary="zebra",
        author="tariq",
        conduct=(Conduct.UNDER_AGE_USE,),
        platform="x",
        handled_by="leadership",
    )
    school.clock.forward(days=1)
    early = school.incident(summary="Apple", author="anna", conduct=(Conduct.BULLYING,), platform="Aardvark")
    upwards, downwards = (shown(school, sort=Sort(column, way)) for way in (False, True))
    assert sorted(upwards) == sorted(downwards) == sorted([late, early])
    if column in (Column.SUMMARY, Column.AUTHOR, Column.PLATFORM, Column.CONDUCT):
        assert upwards == [early, late]
    if column in (Column.REFERENCE, Column.RECEIVED):
        assert upwards == [late, early]
    if column is Column.HANDLED_BY:
        assert upwards == downwards == [late, early]  # nobody comes last, both ways
    else:
        assert downwards == upwards[::-1] or column is Column.DUE


def test_due_dates_sort_with_blanks_last(school: SmallSchool) -> None:
    soon = school.incident(on_school_account=True)
    never = school.incident(conduct=(Conduct.DEFAMATION,))
    ctx = school.ctx_for("headteacher")
    with school.database.writing() as session:
        session.execute(text("UPDATE incident SET next_due = NULL WHERE id = :id"), {"id": never})
    for way in (False, True):
        assert shown(school, sort=Sort(Column.DUE, way)) == [soon, never]
    assert [row.due is None for row in incident_list.rows(ctx, [soon, never])] == [False, True]


def test_every_filter_narrows(school: SmallSchool) -> None:
    a = school.incident(summary="Comment on the fair", platform="facebook")
    b = school.incident(
        author="teacher",
        conduct=(Conduct.WORKS_DEVICE_USE, Conduct.BULLYING),
        received_at=datetime(2026, 1, 5, 9, 0, tzinfo=UTC),
    )
    c = school.incident(author="stranger", named="anna", conduct=(Conduct.IMPERSONATION,))
    cases: list[tuple[dict[str, object], set[int]]] = [
        ({"text": "fair"}, {a}),
        ({"text": "FAI comm"}, {a}),
        ({"text": "quillf"}, {a, c}),
        ({"text": "annaq_79"}, {a, c}),
        ({"text": "2026/2"}, {b}),
        ({"text": "2026/0003"}, {c}),
        ({"text": 'fair" OR "x'}, set()),
        ({"text": "*"}, {a, b, c}),
        ({"conduct": Conduct.BULLYING}, {b}),
        ({"author_kind": PersonKind.STAFF}, {b}),
        ({"platform": "facebook"}, {a}),
        ({"route": Route.CODE_OF_CONDUCT}, {b}),
        ({"person_id": school.people["anna"]}, {a, c}),
        ({"received_to": date(2026, 1, 5)}, {b}),
        ({"received_from": date(2026, 1, 6)}, {a, c}),
        ({"text": "quillf", "platform": "facebook", "person_id": school.people["anna"]}, {a}),
    ]
    for narrowing, expected in cases:
        assert set(shown(school, replace(ALL, **narrowing))) == expected, narrowing


def test_days_are_the_schools_days(school: SmallSchool) -> None:
    school.clock.now = datetime(2026, 7, 2, 12, 0, tzinfo=UTC)
    # 23:30 UTC on 30 June is half past midnight on 1 July at the school.
    july = school.incident(received_at=datetime(2026, 6, 30, 23, 30, tzinfo=UTC))
    june = school.incident(received_at=datetime(2026, 6, 30, 22, 30, tzinfo=UTC))
    assert shown(school, replace(ALL, received_from=date(2026, 7, 1))) == [july]
    assert shown(school, replace(ALL, received_to=date(2026, 6, 30))) == [june]


def test_search_follows_every_change(school: SmallSchool) -> None:
    office = school.ctx_for("business_manager")
    incident_id = school.incident(summary="About the harvest festival")
    evidence.add(office, incident_id, "marmalade.txt", b"seen in the group")

    def find(words: str) -> list[int]:
        return shown(school, replace(ALL, text=words))

    assert find("harvest") == find("marmal") == [incident_id]
    draft = incidents.open_incident(office, incident_id).draft
    incidents.save(office, replace(draft, summary="About the sports day", people=()), incident_id, 1)
    assert find("harvest") == find("quillfeather") == []
    assert find("sports") == [incident_id]


def test_views_and_their_counts(school: SmallSchool) -> None:
    office = school.ctx_for("business_manager")
    fresh = school.incident()
    closed = school.incident()
    incidents.close(office, closed, 1, Outcome.NO_ACTION, "trifling")
    chased = school.incident("headteacher", handled_by="business_manager")
    steps.record(office, chased, StepDraft(Step.ASK_REMOVAL, None, school.clock.now.date()))
    grave = school.incident("headteacher", conduct=(Conduct.THREAT_OF_VIOLENCE,), handled_by="headteacher")
    school.clock.forward(days=14)
    views = {view: set(incident_list.sorted_ids(office, IncidentFilter(view=view), Sort())) for view in View}
    assert views[View.ALL] == {fresh, closed, chased, grave}
    assert views[View.OPEN] == {fresh, chased, grave}
    assert views[View.CLOSED] == {closed}
    assert views[View.MINE] == {fresh, chased}
    assert chased in views[View.OVERDUE]
    assert closed not in views[View.OVERDUE]
    assert views[View.AWAITING_HEADTEACHER] == {grave}
    assert incident_list.view_counts(office).counts == {view: len(ids) for view, ids in views.items()}
    steps.record(office, grave, StepDraft(Step.POLICE, None, school.clock.now.date()))
    assert incident_list.view_counts(office).counts[View.AWAITING_HEADTEACHER] == 0


def test_a_long_list_needs_no_objects(school: SmallSchool) -> None:
    first = school.incident()
    with school.database.writing() as session:
        columns = [
            row[1]
            for row in session.execute(text("PRAGMA table_info(incident)"))
            if row[1] not in ("id", "number")
        ]
        names = ", ".join(columns)
        session.execute(
            text(
                f"WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
                f" INSERT INTO incident (number, {names}) SELECT i, {names} FROM n, incident WHERE id = :first"
            ),
            {"first": first},
        )
    ctx = school.ctx_for("headteacher")
    start = time.perf_counter()
    ids = incident_list.sorted_ids(ctx, IncidentFilter(), Sort())
    took = time.perf_counter() - start
    assert len(ids) == 20_000
    assert len(incident_list.rows(ctx, ids[9_900:10_100])) == 200
    # An object for each row would take many times as long; the exact figures are in benchmarks/.
    assert took < 2.0
    assert incident_list.view_counts(ctx).counts[View.OPEN] == 20_000


def test_overdue_is_by_the_clock(school: SmallSchool) -> None:
    incident_id = school.incident(on_school_account=True, received_at=school.clock.now)
    ctx = school.ctx_for("headteacher")
    school.clock.forward(hours=24)
    assert not incident_list.rows(ctx, [incident_id])[0].overdue
    school.clock.now += timedelta(seconds=1)
    assert incident_list.rows(ctx, [incident_id])[0].overdue
    assert shown(school, IncidentFilter(view=View.OVERDUE)) == [incident_id]
