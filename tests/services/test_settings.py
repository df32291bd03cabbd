"""What a user's windows remember, and their saved filters."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from smdesk.errors import Invalid, NotFound
from smdesk.policy.vocabulary import Capacity, Conduct, PersonKind, Relationship, Route, Timeliness
from smdesk.services import settings
from smdesk.services.connection_records import ExceptionColumn, ExceptionFilter, ExceptionSort, ExceptionView
from smdesk.services.incident_records import Column, IncidentFilter, Sort, View
from smdesk.services.settings import CONNECTIONS, INCIDENTS
from tests.support.school import SmallSchool

FULL = IncidentFilter(
    View.OVERDUE,
    "fair",
    Conduct.DEFAMATION,
    PersonKind.PARENT,
    "facebook",
    Route.LADDER,
    7,
    date(2026, 1, 1),
    date(2026, 2, 1),
)


def test_values_come_back_to_their_own_user(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    assert settings.get(ctx, "columns", ["default"]) == ["default"]
    settings.put(ctx, "columns", {"width": [1, 2.5], "hidden": None})
    settings.put(ctx, "columns", {"width": [3]})
    settings.put(ctx, "empty", None)
    assert settings.get(ctx, "columns", []) == {"width": [3]}
    assert settings.get(ctx, "empty", "default") is None
    assert settings.get(school.ctx_for("dsl"), "columns", None) is None


def test_filters_come_back_whole_and_sorted_by_name(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    settings.save_filter(ctx, INCIDENTS, "Old libel", FULL, Sort(Column.DUE, False))
    settings.save_filter(ctx, INCIDENTS, "all", IncidentFilter(), Sort())
    held = settings.list_filters(ctx, INCIDENTS)
    assert [each.name for each in held] == ["all", "Old libel"]
    assert (held[1].filter, held[1].sort) == (FULL, Sort(Column.DUE, False))
    assert settings.list_filters(school.ctx_for("dsl"), INCIDENTS) == []


def test_each_list_keeps_its_own_filters(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    wanted = ExceptionFilter(
        ExceptionView.REVIEW_DUE,
        "cousin",
        "discord",
        Relationship.COUSIN,
        Capacity.FORMER_PUPIL,
        PersonKind.VOLUNTEER,
        Timeliness.LATE,
        7,
        date(2025, 3, 3),
    )
    sort = ExceptionSort(ExceptionColumn.REVIEW, True)
    settings.save_filter(ctx, CONNECTIONS, "Mine", wanted, sort)
    settings.save_filter(ctx, INCIDENTS, "Mine", FULL, Sort())
    settings.save_filter(ctx, CONNECTIONS, "Plain", ExceptionFilter(), ExceptionSort())
    held = settings.list_filters(ctx, CONNECTIONS)
    assert [(each.name, each.filter, each.sort) for each in held] == [
        ("Mine", wanted, sort),
        ("Plain", ExceptionFilter(), ExceptionSort()),
    ]
    assert [each.filter for each in settings.list_filters(ctx, INCIDENTS)] == [FULL]
    settings.delete_filter(ctx, CONNECTIONS, "Mine")
    assert [each.name for each in settings.list_filters(ctx, INCIDENTS)] == ["Mine"]


def test_a_filter_stored_by_the_first_version_is_read(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    settings.put(
        ctx,
        "incident_filters",
        {
            "Old": {
                "view": "overdue",
                "text": "fair",
                "conduct": "defamation",
                "author_kind": "parent",
                "platform": "facebook",
                "route": "ladder",
                "person_id": 7,
                "received_from": "2026-01-01",
                "received_to": "2026-02-01",
                "column": "due",
                "descending": True,
            }
        },
    )
    (held,) = settings.list_filters(ctx, INCIDENTS)
    assert (held.filter, held.sort) == (FULL, Sort(Column.DUE, True))


def test_a_name_is_used_once(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    settings.save_filter(ctx, INCIDENTS, "Mine", IncidentFilter(), Sort())
    settings.save_filter(ctx, INCIDENTS, "  MINE ", FULL, Sort())
    assert [(each.name, each.filter) for each in settings.list_filters(ctx, INCIDENTS)] == [("MINE", FULL)]
    settings.save_filter(ctx, INCIDENTS, "Other", IncidentFilter(), Sort())
    with pytest.raises(Invalid):
        settings.rename_filter(ctx, INCIDENTS, "Other", "mine")
    settings.rename_filter(ctx, INCIDENTS, "Other", "Another")
    settings.rename_filter(ctx, INCIDENTS, "MINE", "Mine")
    assert [each.name for each in settings.list_filters(ctx, INCIDENTS)] == ["Another", "Mine"]
    settings.delete_filter(ctx, INCIDENTS, "Another")
    for call in (
        lambda: settings.delete_filter(ctx, INCIDENTS, "Another"),
        lambda: settings.rename_filter(ctx, INCIDENTS, "x", "y"),
    ):
        with pytest.raises(NotFound):
            call()
    for wrong in (" ", "x" * 61):
        with pytest.raises(Invalid):
            settings.save_filter(ctx, INCIDENTS, wrong, IncidentFilter(), Sort())


def test_a_filter_of_another_version_is_left_out(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    settings.save_filter(ctx, INCIDENTS, "Good", IncidentFilter(), Sort())
    settings.save_filter(ctx, INCIDENTS, "Strange", FULL, Sort())
    with school.database.writing() as session:
        session.execute(text("UPDATE user_setting SET value = replace(value, 'overdue', 'by_moonlight')"))
    assert [each.name for each in settings.list_filters(ctx, INCIDENTS)] == ["Good"]


def test_there_is_a_limit(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    for number in range(50):
        settings.save_filter(ctx, INCIDENTS, f"Filter {number}", IncidentFilter(), Sort())
    with pytest.raises(Invalid, match="50"):
        settings.save_filter(ctx, INCIDENTS, "One more", IncidentFilter(), Sort())
    settings.save_filter(ctx, INCIDENTS, "Filter 3", FULL, Sort())
