"""Half-typed forms come back, to their own user only."""

from __future__ import annotations

import pytest

from smdesk.errors import Invalid
from smdesk.services import drafts
from tests.support.school import SmallSchool


def test_a_draft_comes_back_and_is_replaced(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    assert drafts.get(ctx, "incident", 0) is None
    drafts.put(ctx, "incident", 0, {"summary": "Half a sen", "people": [1, 2]})
    first = school.clock.now
    school.clock.forward(seconds=20)
    drafts.put(ctx, "incident", 0, {"summary": "Half a sentence"})
    drafts.put(ctx, "incident", 7, {"summary": "Another"})
    assert drafts.get(ctx, "incident", 0) == {"summary": "Half a sentence"}
    assert drafts.mine(ctx) == [("incident", 7, school.clock.now), ("incident", 0, school.clock.now)]
    assert first < school.clock.now
    drafts.drop(ctx, "incident", 0)
    drafts.drop(ctx, "incident", 0)
    assert drafts.get(ctx, "incident", 0) is None
    assert [form for form, _, _ in drafts.mine(ctx)] == ["incident"]


def test_nobody_sees_anothers(school: SmallSchool) -> None:
    drafts.put(school.ctx_for("business_manager"), "incident", 0, {"summary": "Mine"})
    for login in ("headteacher", "dsl", "administrator"):
        other = school.ctx_for(login)
        assert drafts.get(other, "incident", 0) is None
        assert drafts.mine(other) == []
        drafts.drop(other, "incident", 0)
    assert drafts.get(school.ctx_for("business_manager"), "incident", 0) == {"summary": "Mine"}


def test_it_survives_closing_the_program(school: SmallSchool) -> None:
    from smdesk.db.engine import open_database

    drafts.put(school.ctx_for("dsl"), "person", 3, {"notes": "not yet"})
    school.database.dispose()
    ctx = school.ctx_for("dsl")
    again = open_database(school.folder.database, school.data_key)
    try:
        from dataclasses import replace

        assert drafts.get(replace(ctx, database=again), "person", 3) == {"notes": "not yet"}
    finally:
        again.dispose()


def test_there_is_a_limit(school: SmallSchool) -> None:
    with pytest.raises(Invalid):
        drafts.put(school.ctx_for("dsl"), "incident", 0, {"said": "x" * 2_000_001})
