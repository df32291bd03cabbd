"""Platforms, helplines and retention classes: dated facts with a source (facts.md)."""

from __future__ import annotations

from datetime import date

import pytest

from smdesk.errors import Invalid
from smdesk.paths import resource
from smdesk.policy.helplines import for_step, parse_helplines
from smdesk.policy.platforms import Platform, Status, find, minimum_age, parse_platforms
from smdesk.policy.retention import add_years, parse_retention, review_on
from smdesk.policy.vocabulary import Step


def data(name: str) -> str:
    return resource("data", name).read_text(encoding="utf-8")


@pytest.mark.parametrize(("on", "age"), [("2024-04-10", 16), ("2024-04-11", 13), ("2026-11-20", 13)])
def test_whatsapp_lowered_its_age_on_a_day(platforms: tuple[Platform, ...], on: str, age: int) -> None:
    rule = minimum_age(platforms, "WhatsApp", date.fromisoformat(on))
    assert rule is not None
    assert rule.minimum_age == age


def test_ages_seen_and_unsure_are_told_apart(platforms: tuple[Platform, ...]) -> None:
    today = date(2026, 11, 20)
    for code in ("facebook", "instagram", "snapchat", "x", "youtube", "tiktok", "discord"):
        rule = minimum_age(platforms, code, today)
        assert rule is not None
        assert (rule.minimum_age, rule.status) == (13, Status.SEEN)
    for code, age in (("threads", 13), ("pinterest", 13), ("reddit", 13), ("twitch", 13), ("linkedin", 16)):
        rule = minimum_age(platforms, code, today)
        assert rule is not None
        assert (rule.minimum_age, rule.status) == (age, Status.UNSURE)


def test_platform_is_found_by_any_of_its_names(platforms: tuple[Platform, ...]) -> None:
    found = find(platforms, " twitter ")
    assert found is not None
    assert found.code == "x"
    assert find(platforms, "carrier pigeon") is None
    assert minimum_age(platforms, "carrier pigeon", date(2026, 1, 1)) is None
    assert minimum_age(platforms, "mumsnet", date(2026, 1, 1)) is None


def test_helplines_are_as_published_and_the_unsure_number_is_left_blank() -> None:
    helplines = parse_helplines(data("helplines.toml"))
    by_code = {helpline.code: helpline for helpline in helplines}
    assert by_code["posh"].email == "helpline@saferinternet.org.uk"
    assert by_code["posh"].phone == "0344 381 4772"
    assert "48 hours" in by_code["posh"].first
    assert (by_code["nspcc_parents"].phone, by_code["nspcc_parents"].status) == ("", Status.UNSURE)
    assert [helpline.code for helpline in for_step(helplines, Step.IWF)] == ["iwf", "report_remove"]
    assert "act_early" in [helpline.code for helpline in for_step(helplines, Step.PREVENT_DECISION)]


def test_retention_counts_from_the_right_day() -> None:
    classes = {entry.code: entry for entry in parse_retention(data("retention.toml"))}
    received, closed = date(2026, 5, 1), date(2026, 6, 1)
    child = classes["child_protection"]
    assert review_on(child, received=received, closed=closed, born=date(2016, 2, 29)) == date(2041, 3, 1)
    assert review_on(child, received=received, closed=closed) is None
    complaint = classes["complaint"]
    assert review_on(complaint, received=received, closed=closed) == date(2032, 6, 1)
    assert review_on(complaint, received=received) is None
    staff = classes["staff_allegation"]
    # Ten years or retirement age, whichever is longer.
    assert review_on(staff, received=received, closed=closed, born=date(1990, 7, 3)) == date(2057, 7, 3)
    assert review_on(staff, received=received, closed=closed, born=date(1960, 7, 3)) == date(2036, 6, 1)
    assert review_on(staff, received=received, closed=closed) == date(2036, 6, 1)


def test_leap_day_never_ends_a_period_early() -> None:
    assert add_years(date(2024, 2, 29), 1) == date(2025, 3, 1)
    assert add_years(date(2024, 2, 29), 4) == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (
            data("platforms.toml").replace("minimum_age = 13", "minimum_age = 130", 1),
            "platform[1].ages[1].minimum_age",
        ),
        (data("platforms.toml").replace('"instagram"', '"facebook"', 1), "platform[2].code"),
        (
            data("platforms.toml").replace('status = "seen"', 'status = "sure"', 1),
            "platform[1].ages[1].status",
        ),
        (
            data("platforms.toml").replace("2024-04-11", "2024-04-11T00:00:00", 1),
            "platform[8].ages[2].effective_from",
        ),
    ],
)
def test_bad_platform_rows_are_named(text: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_platforms(text)
    assert refused.value.problems[0].field == field


def test_bad_helpline_and_retention_rows_are_named() -> None:
    with pytest.raises(Invalid) as refused:
        parse_helplines(data("helplines.toml").replace('steps = ["posh"]', 'steps = ["pray"]'))
    assert refused.value.problems[0].field == "helpline[1].steps"
    with pytest.raises(Invalid) as refused:
        parse_retention(data("retention.toml").replace("years = 6", "years = 0"))
    assert refused.value.problems[0].field == "class[2].years"
