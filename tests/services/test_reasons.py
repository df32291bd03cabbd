"""The reason that is asked for: something must be written, and it must fit."""

from __future__ import annotations

import pytest

from smdesk.errors import Invalid
from smdesk.services import reasons


def test_a_reason_is_kept_without_stray_spaces() -> None:
    assert reasons.given("  Two\r\nlines. \n", "Why?") == "Two\nlines."


def test_nothing_but_spaces_is_no_reason() -> None:
    with pytest.raises(Invalid) as told:
        reasons.given(" \n ", "Say why it ends.")
    assert [(each.field, each.message) for each in told.value.problems] == [("reason", "Say why it ends.")]


def test_where_none_need_be_given_none_is_asked_for() -> None:
    assert reasons.given("  ", "") == ""


def test_a_reason_that_cannot_be_kept_whole_is_refused() -> None:
    assert len(reasons.given("x" * reasons.MOST, "Why?")) == reasons.MOST
    with pytest.raises(Invalid, match="2,001 letters long; at most 2,000"):
        reasons.given("x" * (reasons.MOST + 1), "Why?")
