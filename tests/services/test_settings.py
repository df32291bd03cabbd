"""What a user's windows remember, and their saved filters."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from smdesk.errors import Invalid, NotFound
from smdesk.policy.vocabulary import Conduct, PersonKind, Route
from smdesk.services import settings
from smdesk.services.incident_records import Column, IncidentFilter, Sort, View
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
    settings.save_filter(ctx, "Old libel", FULL, Sort(Column.DUE, False))
    settings.save_filter(ctx, "all", IncidentFilter(), Sort())
    held = settings.list_filters(ctx)
    assert [each.name for each in held] == ["all", "Old libel"]
    assert (held[1].filter, held[1].sort) == (FULL, Sort(Column.DUE, False))
    assert settings.list_filters(school.ctx_for("dsl")) == []


def test_a_name_is_used_once(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    settings.save_filter(ctx, "Mine", IncidentFilter(), Sort())
    settings.save_filter(ctx, "  MINE ", FULL, Sort())
    assert [(each.name, each.filter) for each in settings.list_filters(ctx)] == [("MINE", FULL)]
    settings.save_filter(ctx, "Other", IncidentFilter(), Sort())
    with pytest.raises(Invalid):
        settings.rename_filter(ctx, "Other", "mine")
    settings.rename_filter(ctx, "Other", "Another")
    settings.rename_filter(ctx, "MINE", "Mine")
    assert [each.name for each in settings.list_filters(ctx)] == ["Another", "Mine"]
    settings.delete_filter(ctx, "Another")
    for call in (
        lambda: settings.delete_filter(ctx, "Another"),
        lambda: settings.rename_filter(ctx, "x", "y"),
    ):
        with pytest.raises(NotFound):
            call()
    for wrong in (" ", "x" * 61):
        with pytest.raises(Invalid):
            settings.save_filter(ctx, wrong, IncidentFilter(), Sort())


def test_a_filter_of_another_version_is_left_out(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    settings.save_filter(ctx, "Good", IncidentFilter(), Sort())
    settings.save_filter(ctx, "Strange", FULL, Sort())
    with school.database.writing() as session:
        session.execute(text("UPDATE user_setting SET value = replace(value, 'overdue', 'by_moonlight')"))
    assert [each.name for each in settings.list_filters(ctx)] == ["Good"]


def test_there_is_a_limit(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    for number in range(50):
        settings.save_filter(ctx, f"Filter {number}", IncidentFilter(), Sort())
    with pytest.raises(Invalid, match="50"):
        settings.save_filter(ctx, "One more", IncidentFilter(), Sort())
    settings.save_filter(ctx, "Filter 3", FULL, Sort())
