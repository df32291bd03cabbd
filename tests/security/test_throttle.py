"""Guessing slows down: per user, for all together, across restarts, whatever the clock says."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from smdesk.errors import StorageProblem, WrongPassword
from smdesk.paths import SchoolFolder
from smdesk.security import throttle
from tests.security.vault_school import School

NOW = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)


def wait_at(school: School, login: str, now: datetime) -> float:
    try:
        throttle.check(school.folder, login, now)
    except WrongPassword as error:
        return error.wait
    return 0.0


def fail(school: School, login: str, times: int, now: datetime) -> float:
    wait = 0.0
    for _ in range(times):
        wait = throttle.failed(school.folder, login, now)
    return wait


def test_three_tries_are_free_then_the_wait_doubles_to_five_minutes(school: School) -> None:
    waits = [throttle.failed(school.folder, "head", NOW) for _ in range(12)]
    assert waits == [0, 0, 0, 5, 10, 20, 40, 80, 160, 300, 300, 300]
    assert wait_at(school, "head", NOW) == 300
    assert wait_at(school, "head", NOW + timedelta(seconds=299)) == 1
    assert wait_at(school, "head", NOW + timedelta(seconds=300)) == 0


def test_the_wait_is_said_in_words(school: School) -> None:
    fail(school, "head", 5, NOW)
    with pytest.raises(WrongPassword, match="Wait 10 seconds, then try again"):
        throttle.check(school.folder, "head", NOW)
    fail(school, "head", 4, NOW)
    with pytest.raises(WrongPassword, match="Wait 3 minutes"):
        throttle.check(school.folder, "head", NOW)


def test_a_restart_forgets_nothing(school: School, tmp_path: Path) -> None:
    fail(school, " HEAD", 6, NOW)
    moved = tmp_path / "moved"
    shutil.copytree(school.folder.root, moved)
    with pytest.raises(WrongPassword) as caught:
        throttle.check(SchoolFolder(moved), "head", NOW + timedelta(seconds=5))
    assert caught.value.wait == 15


def test_setting_the_clock_back_does_not_help_and_does_not_lock_out(school: School) -> None:
    fail(school, "head", 7, NOW)
    past = NOW - timedelta(days=400)
    assert wait_at(school, "head", past) == 40
    assert wait_at(school, "head", past + timedelta(seconds=39)) == 1
    assert wait_at(school, "head", past + timedelta(seconds=40)) == 0
    assert throttle.failed(school.folder, "head", past + timedelta(seconds=40)) == 80


def test_jumping_back_and_forth_gains_nothing(school: School) -> None:
    fail(school, "head", 7, NOW)
    for minutes in (5, 60, 10_000):
        assert wait_at(school, "head", NOW - timedelta(minutes=minutes)) == 40


def test_the_right_password_clears_only_its_own_user(school: School) -> None:
    fail(school, "head", 5, NOW)
    fail(school, "office", 5, NOW)
    throttle.succeeded(school.folder, "office", NOW)
    assert wait_at(school, "office", NOW) == 0
    assert wait_at(school, "head", NOW) == 10


def test_trying_many_names_slows_everybody_but_never_beyond_five_minutes(school: School) -> None:
    assert fail(school, "head", 3, NOW) == 0
    assert fail(school, "office", 3, NOW) == 0
    for number in range(20):
        fail(school, f"guess{number}", 1, NOW)
    # One known password must not buy back the tries made with other names.
    throttle.succeeded(school.folder, "office", NOW)
    assert wait_at(school, "office", NOW) == 300
    assert wait_at(school, "office", NOW + timedelta(minutes=5)) == 0


def test_other_users_are_not_held_up_by_a_colleague(school: School) -> None:
    fail(school, "head", 9, NOW)
    assert wait_at(school, "office", NOW) == 0


def test_what_is_not_a_user_name_is_not_written_down(school: School) -> None:
    fail(school, "three green kettles", 4, NOW)
    fail(school, "", 1, NOW)
    text = school.folder.attempts.read_text()
    assert "kettles" not in text
    assert json.loads(text)["tries"][""]["count"] == 5


def test_a_user_key_instead_of_the_name_is_the_same_user(school: School) -> None:
    fail(school, "head", 2, NOW)
    assert fail(school, school.head, 2, NOW) == 5
    assert wait_at(school, "head", NOW) == 5


def test_a_quiet_day_is_forgotten(school: School) -> None:
    fail(school, "head", 9, NOW)
    assert throttle.failed(school.folder, "head", NOW + timedelta(hours=24)) == 0


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "{",
        "[]",
        "null",
        "[" * 100_000,
        '{"tries": {}}',
        '{"tries": [], "penalty_from": null}',
        '{"tries": {"head": {"count": -5, "last": "2026-05-01T09:00:00+00:00"}}, "penalty_from": null}',
        '{"tries": {"head": {"count": 0.5, "last": "2026-05-01T09:00:00+00:00"}}, "penalty_from": null}',
        '{"tries": {"head": {"count": 5, "last": "2026-05-01T09:00:00"}}, "penalty_from": null}',
        '{"tries": {"head": {"count": 5}}, "penalty_from": null}',
        '{"tries": {"head": 5}, "penalty_from": null}',
        '{"tries": {}, "penalty_from": 5}',
        '{"tries": {}, "penalty_from": null}' + " " * 300_000,
    ],
)
def test_a_damaged_counter_is_a_short_wait_not_a_free_pass(school: School, damage: str) -> None:
    fail(school, "head", 2, NOW)
    school.folder.attempts.write_text(damage)
    assert wait_at(school, "head", NOW) == 60
    assert wait_at(school, "office", NOW + timedelta(seconds=20)) == 40
    assert wait_at(school, "head", NOW - timedelta(days=1)) == 60
    assert wait_at(school, "head", NOW + timedelta(seconds=60)) == 0
    assert throttle.failed(school.folder, "head", NOW + timedelta(seconds=61)) == 0


def test_damaged_keys_do_not_stop_the_counting(school: School) -> None:
    school.folder.keys.write_text("{")
    assert fail(school, "head", 4, NOW) == 5
    assert wait_at(school, "anybody", NOW) == 5


def test_a_counter_that_cannot_be_read_is_a_storage_problem(school: School) -> None:
    school.folder.attempts.mkdir()
    with pytest.raises(StorageProblem, match=r"attempts\.json"):
        throttle.check(school.folder, "head", NOW)


def test_nothing_is_written_while_nothing_is_wrong(school: School) -> None:
    throttle.check(school.folder, "head", NOW)
    throttle.succeeded(school.folder, "head", NOW)
    assert not school.folder.attempts.exists()
