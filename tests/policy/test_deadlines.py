"""Clocks (ACC-5, INC-4): weekends, bank holidays of each nation, changes of the clocks."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest
from govuk_bank_holidays.bank_holidays import BankHolidays
from hypothesis import given
from hypothesis import strategies as st

from smdesk.policy import deadlines
from smdesk.policy.deadlines import LONDON, add_working_days, is_working_day, next_working_day, reply_by
from smdesk.policy.profile import Clocks
from smdesk.policy.vocabulary import Nation

CLOCKS = Clocks()
moments = st.datetimes(
    min_value=datetime.fromisoformat("2012-01-01"),
    max_value=datetime.fromisoformat("2035-12-31"),
    timezones=st.just(LONDON),
).map(deadlines.to_london)
nations = st.sampled_from(Nation)


def london(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


@pytest.mark.parametrize(
    ("received", "due"),
    [
        # The worked examples for England: the early May and the substitute Boxing Day holidays.
        ("2026-05-02T23:50", "2026-05-05T23:59:59+01:00"),
        ("2026-05-01T16:00", "2026-05-02T16:00:00+01:00"),
        ("2026-12-26T09:00", "2026-12-29T23:59:59+00:00"),
        # A bank holiday on a weekday is not a weekend: literally 24 hours.
        ("2026-05-04T10:00", "2026-05-05T10:00:00+01:00"),
        ("2026-04-03T10:00", "2026-04-04T10:00:00+01:00"),
        # An ordinary weekend, and its two edges.
        ("2026-06-07T12:00", "2026-06-08T23:59:59+01:00"),
        ("2026-06-05T23:59:59", "2026-06-06T23:59:59+01:00"),
        ("2026-06-06T00:00", "2026-06-08T23:59:59+01:00"),
    ],
)
def test_reply_clock_in_england(received: str, due: str) -> None:
    found = reply_by(london(received), CLOCKS, Nation.ENGLAND)
    assert found is not None
    assert found.isoformat() == due


def test_switch_lets_bank_holidays_count_as_weekend() -> None:
    clocks = Clocks(bank_holidays_count_as_weekend=True)
    due = reply_by(london("2026-05-04T10:00"), clocks, Nation.ENGLAND)
    assert due == london("2026-05-05T23:59:59")
    # Good Friday runs into Easter Monday.
    assert reply_by(london("2026-04-03T10:00"), clocks, Nation.ENGLAND) == london("2026-04-07T23:59:59")


def test_nations_have_their_own_holidays() -> None:
    # Easter Monday is no bank holiday in Scotland; St Andrew's Day is one only there.
    easter_sunday = london("2026-04-05T10:00")
    assert reply_by(easter_sunday, CLOCKS, Nation.SCOTLAND) == london("2026-04-06T23:59:59")
    assert reply_by(easter_sunday, CLOCKS, Nation.WALES) == london("2026-04-07T23:59:59")
    assert not is_working_day(date(2026, 11, 30), Nation.SCOTLAND)
    assert is_working_day(date(2026, 11, 30), Nation.ENGLAND)
    assert not is_working_day(date(2026, 3, 17), Nation.NORTHERN_IRELAND)


def test_twenty_four_hours_are_elapsed_hours_over_a_change_of_clocks() -> None:
    clocks = Clocks(weekend_to_next_working_day=False)
    # The clocks go forward on 29 March 2026 and back on 25 October 2026, both at 01:00 UTC.
    assert reply_by(london("2026-03-28T12:00"), clocks, Nation.ENGLAND) == london("2026-03-29T13:00")
    assert reply_by(london("2026-10-24T12:00"), clocks, Nation.ENGLAND) == london("2026-10-25T11:00")


def test_hour_that_comes_twice_and_hour_that_never_comes() -> None:
    first = datetime(2026, 10, 25, 1, 30, tzinfo=LONDON)
    second = first.replace(fold=1)
    assert deadlines.to_london(first).astimezone(UTC).hour == 0
    assert deadlines.to_london(second).astimezone(UTC).hour == 1
    skipped = deadlines.to_london(datetime.fromisoformat("2026-03-29T01:30"))
    assert (skipped.hour, skipped.minute, skipped.utcoffset()) == (2, 30, timedelta(hours=1))


def test_no_clock_gives_no_deadline() -> None:
    assert reply_by(london("2026-05-01T16:00"), Clocks(reply_in_use=False), Nation.ENGLAND) is None


def test_instant_is_read_in_london_wherever_it_was_written() -> None:
    # 23:30 UTC on Friday is Saturday 00:30 in summer London: the weekend rule applies.
    due = reply_by(datetime(2026, 6, 5, 23, 30, tzinfo=UTC), CLOCKS, Nation.ENGLAND)
    assert due == london("2026-06-08T23:59:59")


@given(moments, nations, st.booleans())
def test_reply_is_due_after_receipt(received: datetime, nation: Nation, switch: bool) -> None:
    due = reply_by(received, Clocks(bank_holidays_count_as_weekend=switch), nation)
    assert due is not None
    assert due > received
    assert due - received >= timedelta(hours=23)


@given(moments, nations)
def test_weekend_receipt_ends_with_a_working_day(received: datetime, nation: Nation) -> None:
    due = reply_by(received, CLOCKS, nation)
    assert due is not None
    if received.weekday() >= 5:
        assert is_working_day(due.date(), nation)
        assert (due.hour, due.minute, due.second) == (23, 59, 59)
    else:
        assert due.astimezone(UTC) - received.astimezone(UTC) == timedelta(hours=24)


@given(moments, st.integers(0, 20 * 24 * 60), nations)
def test_later_receipt_is_never_due_earlier(received: datetime, minutes: int, nation: Nation) -> None:
    # With the switch; without it, the literal rule for a holiday Monday overtakes the Sunday before (facts.md).
    clocks = Clocks(bank_holidays_count_as_weekend=True)
    later = deadlines.to_london(received.astimezone(UTC) + timedelta(minutes=minutes))
    first, second = reply_by(received, clocks, nation), reply_by(later, clocks, nation)
    assert first is not None
    assert second is not None
    assert first <= second


@given(st.dates(date(2012, 1, 1), date(2035, 1, 1)), st.integers(0, 40), nations)
def test_adding_working_days_counts_exactly_them(day: date, count: int, nation: Nation) -> None:
    end = add_working_days(day, count, nation)
    between = [day + timedelta(days=n) for n in range(1, (end - day).days + 1)]
    assert sum(is_working_day(each, nation) for each in between) == count
    assert count == 0 or is_working_day(end, nation)
    assert add_working_days(end, 1, nation) == next_working_day(end, nation)


@given(st.dates(date(2012, 1, 1), date(2035, 1, 1)), nations)
def test_the_nearest_working_day_on_either_side(day: date, nation: Nation) -> None:
    after, before = deadlines.on_or_after(day, nation), deadlines.on_or_before(day, nation)
    assert before <= day <= after
    assert is_working_day(before, nation)
    assert is_working_day(after, nation)
    assert (before == after) == is_working_day(day, nation)
    assert after in (day, next_working_day(day, nation))
    assert next_working_day(before, nation) >= after


def test_negative_count_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="negative"):
        add_working_days(date(2026, 5, 1), -1, Nation.ENGLAND)


def test_end_of_the_bundled_holidays_is_known() -> None:
    last = deadlines.holidays_known_until(Nation.ENGLAND)
    assert deadlines.holidays_known(last, Nation.ENGLAND)
    assert not deadlines.holidays_known(last + timedelta(days=1), Nation.ENGLAND)
    assert not deadlines.holidays_known(date(2011, 12, 31), Nation.ENGLAND)
    # Beyond it weekends are still left out.
    assert next_working_day(date(2035, 6, 1), Nation.ENGLAND) == date(2035, 6, 4)


def test_only_the_hour_in_which_the_clocks_go_back_comes_twice() -> None:
    for twice in ("2026-10-25T01:00", "2026-10-25T01:59"):
        assert deadlines.comes_twice(datetime.fromisoformat(twice))
    for once in ("2026-10-25T00:59", "2026-10-25T02:00", "2026-03-29T01:30", "2026-10-24T01:30"):
        assert not deadlines.comes_twice(datetime.fromisoformat(once))
    first = london("2026-10-25T01:30")
    assert deadlines.clock_words(first) == "01:30 summer time"
    assert deadlines.clock_words(first.replace(fold=1)) == "01:30 winter time"
    assert deadlines.clock_words(datetime(2026, 7, 1, 15, 0, tzinfo=UTC)) == "16:00"


@pytest.mark.parametrize(
    ("nation", "division"),
    [
        (Nation.ENGLAND, BankHolidays.ENGLAND_AND_WALES),
        (Nation.WALES, BankHolidays.ENGLAND_AND_WALES),
        (Nation.SCOTLAND, BankHolidays.SCOTLAND),
        (Nation.NORTHERN_IRELAND, BankHolidays.NORTHERN_IRELAND),
    ],
)
def test_bank_holidays_are_those_the_library_knows(nation: Nation, division: str) -> None:
    listed = BankHolidays(use_cached_holidays=True).get_holidays(division=division)
    assert deadlines.bank_holidays(nation) == {holiday["date"] for holiday in listed}


def test_asking_for_a_bank_holiday_brings_no_http_client() -> None:
    asked = (
        "import sys; from smdesk.policy import deadlines;"
        " assert deadlines.bank_holidays(deadlines.Nation.ENGLAND);"
        " print(sorted({'requests', 'urllib3', 'http'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
