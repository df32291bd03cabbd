"""Whose turn it is, which days somebody should look, and where nobody did (ACC-4)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smdesk.policy import watching
from smdesk.policy.deadlines import bank_holidays
from smdesk.policy.vocabulary import Nation
from smdesk.policy.watching import (
    EVERY_DAY,
    WEEKDAYS,
    Absence,
    Cell,
    Duty,
    Mark,
    Turn,
    Watched,
    Watcher,
    asked_days,
    cells,
    coverage,
    coverage_words,
    days_words,
    duties,
    rota_words,
    span_words,
)

HOLIDAYS = bank_holidays(Nation.ENGLAND)
MONDAY = date(2026, 3, 2)
TODAY = date(2026, 3, 11)
PEOPLE = {number: Watcher(number, f"Person {number}") for number in range(1, 6)}
EARLY = date(2020, 1, 1)

days = st.dates(date(2025, 1, 1), date(2026, 12, 31))
people = st.integers(1, 5)
turns = st.builds(
    Turn,
    person_id=people,
    days=st.integers(1, EVERY_DAY),
    holidays=st.booleans(),
    from_on=days,
    until_on=st.none() | days,
)
absences = st.builds(
    lambda account, absent, cover, start, length: Absence(
        account, absent, cover, start, start + timedelta(days=length)
    ),
    account=st.none() | st.integers(1, 2),
    absent=people,
    cover=st.none() | people,
    start=days,
    length=st.integers(0, 30),
)
watchers = st.fixed_dictionaries(
    {
        number: st.builds(Watcher, st.just(number), st.just(f"P{number}"), st.none() | days)
        for number in range(1, 6)
    }
)


def rota(
    *lines: Turn, account_id: int = 1, from_on: date | None = EARLY, until_on: date | None = None
) -> Watched:
    return Watched(account_id, lines, from_on, until_on)


def asked(
    account: Watched,
    days_a_week: int,
    looked: set[date] | None = None,
    first: date = MONDAY,
    last: date = MONDAY + timedelta(days=6),
    today: date = TODAY,
) -> list[date]:
    found = asked_days(
        account,
        first,
        last,
        days_a_week=days_a_week,
        looked=looked or set(),
        bank_holidays=HOLIDAYS,
        today=today,
    )
    return sorted(found)


# Whose turn


def test_whoever_has_the_turn_looks() -> None:
    account = rota(Turn(1, WEEKDAYS, True, EARLY), Turn(2, 96, True, EARLY))
    assert duties(account, MONDAY, (), PEOPLE, HOLIDAYS, asked=True) == (Duty(1, 1),)
    assert duties(account, MONDAY + timedelta(days=5), (), PEOPLE, HOLIDAYS, asked=True) == (Duty(1, 2),)


def test_a_line_without_bank_holidays_leaves_them_to_nobody_and_that_is_said() -> None:
    account = rota(Turn(1, EVERY_DAY, False, EARLY))
    good_friday = date(2026, 4, 3)
    (duty,) = duties(account, good_friday, (), PEOPLE, HOLIDAYS, asked=True)
    assert (duty.person_id, duty.problem) == (None, "Nobody is on the rota.")
    assert duties(account, good_friday, (), PEOPLE, HOLIDAYS, asked=False) == ()


def test_whoever_covers_looks_on_the_first_and_the_last_day_of_it() -> None:
    account = rota(Turn(1, EVERY_DAY, True, EARLY))
    away = (Absence(None, 1, 2, MONDAY, MONDAY + timedelta(days=2)),)
    for ahead, who in ((-1, 1), (0, 2), (2, 2), (3, 1)):
        (duty,) = duties(account, MONDAY + timedelta(days=ahead), away, PEOPLE, HOLIDAYS, asked=True)
        assert duty.person_id == who
        assert duty.instead_of == (1 if who == 2 else None)


def test_cover_for_one_account_counts_before_cover_for_all() -> None:
    account = rota(Turn(1, EVERY_DAY, True, EARLY))
    away = (Absence(None, 1, 2, MONDAY, MONDAY), Absence(1, 1, 3, MONDAY, MONDAY))
    assert duties(account, MONDAY, away, PEOPLE, HOLIDAYS, asked=True)[0].person_id == 3
    other = rota(Turn(1, EVERY_DAY, True, EARLY), account_id=2)
    assert duties(other, MONDAY, away, PEOPLE, HOLIDAYS, asked=True)[0].person_id == 2


def test_away_without_cover_and_two_who_cover_each_other_are_said() -> None:
    account = rota(Turn(1, EVERY_DAY, True, EARLY))
    alone = (Absence(None, 1, None, MONDAY, MONDAY),)
    (duty,) = duties(account, MONDAY, alone, PEOPLE, HOLIDAYS, asked=True)
    assert (duty.person_id, duty.instead_of) == (None, 1)
    assert duty.problem == "Person 1 is away and nobody covers."
    circle = (Absence(None, 1, 2, MONDAY, MONDAY), Absence(None, 2, 1, MONDAY, MONDAY))
    (duty,) = duties(account, MONDAY, circle, PEOPLE, HOLIDAYS, asked=True)
    assert (duty.person_id, duty.problem) == (None, "Person 2 is away and nobody covers.")


def test_somebody_who_has_left_is_said_from_the_day_they_left() -> None:
    known = {**PEOPLE, 1: Watcher(1, "Person 1", MONDAY)}
    account = rota(Turn(1, EVERY_DAY, True, EARLY))
    assert duties(account, MONDAY - timedelta(days=1), (), known, HOLIDAYS, asked=True)[0].person_id == 1
    (duty,) = duties(account, MONDAY, (), known, HOLIDAYS, asked=True)
    assert (duty.person_id, duty.problem) == (None, "Person 1 left the school on 2 March 2026.")


@settings(max_examples=300)
@given(
    lines=st.lists(turns, max_size=4).map(tuple),
    away=st.lists(absences, max_size=6),
    known=watchers,
    day=days,
    wanted=st.booleans(),
)
def test_nobody_is_told_to_look_who_is_away_or_gone(
    lines: tuple[Turn, ...], away: list[Absence], known: dict[int, Watcher], day: date, wanted: bool
) -> None:
    account = rota(*lines)
    found = duties(account, day, away, known, HOLIDAYS, asked=wanted)
    named = [duty.person_id for duty in found if duty.person_id is not None]
    assert len(named) == len(set(named))
    for duty in found:
        if duty.person_id is None:
            assert duty.problem
            continue
        assert not duty.problem
        assert not known[duty.person_id].has_left(day)
        assert not any(
            each.absent_id == duty.person_id
            and each.account_id in (None, 1)
            and each.from_on <= day <= each.until_on
            for each in away
        )
    planned = account.planned_on(day, HOLIDAYS)
    assert bool(found) == (planned or wanted)


@given(day=days, known=watchers, lines=st.lists(turns, max_size=3).map(tuple))
def test_an_account_off_the_register_asks_nothing_of_anybody(
    day: date, known: dict[int, Watcher], lines: tuple[Turn, ...]
) -> None:
    for account in (
        rota(*lines, from_on=day + timedelta(days=1)),
        rota(*lines, until_on=day - timedelta(days=1)),
    ):
        assert duties(account, day, (), known, HOLIDAYS, asked=True) == ()
        assert asked(account, 7, first=day, last=day, today=day) == []


# Which days


def test_seven_days_ask_for_every_day_holidays_included() -> None:
    easter = (date(2026, 4, 3), date(2026, 4, 6))
    found = asked(rota(), 7, first=easter[0], last=easter[1], today=date(2026, 4, 20))
    assert len(found) == 4


def test_five_days_ask_for_working_days() -> None:
    found = asked(rota(), 5, first=date(2026, 3, 30), last=date(2026, 4, 12), today=date(2026, 4, 20))
    assert len(found) == 8  # Good Friday and Easter Monday are none
    assert date(2026, 4, 3) not in found


def test_the_schools_own_rota_asks_where_the_policy_does_not() -> None:
    assert asked(rota(), 0) == []
    assert asked(rota(Turn(1, 1, True, EARLY)), 0) == [MONDAY]
    # Its days do not make the policy ask for less.
    assert len(asked(rota(Turn(1, 1, True, EARLY)), 7)) == 7


@pytest.mark.parametrize(
    ("looked", "today", "expected"),
    [
        # Three a week; a week that is over with one look: two of its last days were lost.
        ([0], 20, [0, 3, 4]),
        ([0, 1, 2], 20, [0, 1, 2]),
        ([5, 6], 20, [4, 5, 6]),
        # Wednesday of that week: nothing lost, nothing pressing.
        ([], 1, []),
        ([], 2, [2, 3, 4]),
        ([0], 3, [0, 3, 4]),
        ([], 4, [2, 3, 4]),
    ],
)
def test_a_count_asks_only_for_what_cannot_be_made_good(
    looked: list[int], today: int, expected: list[int]
) -> None:
    found = asked(
        rota(), 3, {MONDAY + timedelta(days=each) for each in looked}, today=MONDAY + timedelta(days=today)
    )
    assert [(day - MONDAY).days for day in found] == expected


@settings(max_examples=200)
@given(
    days_a_week=st.integers(0, 7),
    first=days,
    length=st.integers(0, 100),
    looked=st.sets(days, max_size=60),
    lines=st.lists(turns, max_size=3).map(tuple),
    today=days,
    start=st.none() | days,
    end=st.none() | days,
)
def test_the_strip_counts_each_day_once_and_says_the_same(
    days_a_week: int,
    first: date,
    length: int,
    looked: set[date],
    lines: tuple[Turn, ...],
    today: date,
    start: date | None,
    end: date | None,
) -> None:
    account = rota(*lines, from_on=start, until_on=end)
    last = first + timedelta(days=length)
    wanted = asked_days(
        account, first, last, days_a_week=days_a_week, looked=looked, bank_holidays=HOLIDAYS, today=today
    )
    strip = cells(account, first, last, looked=dict.fromkeys(looked, False), asked=wanted, today=today)
    assert [cell.day for cell in strip] == [first + timedelta(days=each) for each in range(length + 1)]
    found = coverage(strip)
    missed = [cell for cell in strip if cell.mark is Mark.MISSED]
    assert all(cell.asked and cell.day < today and cell.day not in looked for cell in missed)
    assert found.asked - found.looked == len(missed) == sum(gap.days for gap in found.gaps)
    assert (found.percent == 100) == (found.asked > 0 and not missed)
    assert all(first <= gap.first <= gap.last <= last for gap in found.gaps)
    assert all(a.last < b.first for a, b in zip(found.gaps, found.gaps[1:], strict=False))
    assert ("gap" not in coverage_words(found)) or ("no gaps" in coverage_words(found)) == (not found.gaps)


@settings(max_examples=200)
@given(
    days_a_week=st.sampled_from([1, 2, 3, 4, 6]),
    monday=st.integers(0, 100),
    looked=st.sets(st.integers(0, 6)),
)
def test_a_week_that_is_over_lost_just_what_its_count_lacks(
    days_a_week: int, monday: int, looked: set[int]
) -> None:
    start = MONDAY - timedelta(weeks=monday)
    seen = {start + timedelta(days=each) for each in looked}
    wanted = asked(
        rota(), days_a_week, seen, start, start + timedelta(days=6), today=TODAY + timedelta(days=7)
    )
    working = sum(1 for each in range(5) if start + timedelta(days=each) not in HOLIDAYS)
    owed = min(days_a_week, 7 if days_a_week > 5 else working)
    assert len(wanted) == owed
    assert len(set(wanted) - seen) == max(0, owed - len(seen))


# In words


def test_the_strip_in_a_sentence() -> None:
    last = date(2027, 1, 10)
    first = last - timedelta(days=83)
    missed = {date(2026, 12, 24), date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 3)}
    looked = {day: False for day in (first + timedelta(days=each) for each in range(84)) if day not in missed}
    wanted = asked_days(
        rota(), first, last, days_a_week=7, looked=set(looked), bank_holidays=HOLIDAYS, today=last
    )
    found = coverage(cells(rota(), first, last, looked=looked, asked=wanted, today=last))
    assert coverage_words(found) == (
        "Looked at on 80 of 84 days; gaps: 24 to 26 December 2026 and 3 January 2027."
    )
    assert found.percent == 95


def test_a_weekend_nobody_asked_for_does_not_part_a_gap() -> None:
    strip = [Cell(MONDAY + timedelta(days=each), Mark.MISSED, True) for each in range(4, 8)]
    strip[1:3] = [Cell(cell.day, Mark.NOT_ASKED, False) for cell in strip[1:3]]
    found = coverage(strip)
    assert [(gap.first.day, gap.last.day, gap.days) for gap in found.gaps] == [(6, 9, 2)]
    assert coverage_words(found) == "Looked at on 0 of the 2 days asked for; gap: 6 to 9 March 2026."


def test_today_is_no_gap_until_it_is_over() -> None:
    strip = cells(rota(), TODAY, TODAY, looked={}, asked={TODAY}, today=TODAY)
    assert strip[0].mark is Mark.TODAY
    assert coverage(strip).percent is None
    done = cells(rota(), TODAY, TODAY, looked={TODAY: True}, asked={TODAY}, today=TODAY)
    assert (done[0].mark, coverage(done).percent) == (Mark.FOUND, 100)


def test_many_gaps_are_counted_and_the_newest_named() -> None:
    strip = [
        Cell(MONDAY + timedelta(days=each), Mark.LOOKED if each % 2 else Mark.MISSED, True)
        for each in range(20)
    ]
    words = coverage_words(coverage(strip))
    assert words.endswith("and 20 March 2026, and 4 before.")


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (watching.Coverage(0, 0, 0, (), False), "No day was asked for, and nobody looked."),
        (watching.Coverage(0, 0, 1, (), False), "Looked at on 1 day; none was asked for."),
        (
            watching.Coverage(5, 5, 2, (), False),
            "Looked at on 5 of the 5 days asked for, and on 2 days more; no gaps.",
        ),
    ],
)
def test_a_strip_without_gaps(found: watching.Coverage, words: str) -> None:
    assert coverage_words(found) == words


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2027, 1, 3), date(2027, 1, 3), "3 January 2027"),
        (date(2026, 12, 24), date(2026, 12, 26), "24 to 26 December 2026"),
        (date(2026, 11, 30), date(2026, 12, 1), "30 November to 1 December 2026"),
        (date(2026, 12, 30), date(2027, 1, 2), "30 December 2026 to 2 January 2027"),
    ],
)
def test_days_in_a_row(first: date, last: date, words: str) -> None:
    assert span_words(first, last) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (127, "every day"),
        (31, "Monday to Friday"),
        (96, "Saturday and Sunday"),
        (9, "Monday and Thursday"),
        (0, ""),
        (64, "Sunday"),
    ],
)
def test_days_of_the_week(number: int, words: str) -> None:
    assert days_words(number) == words


def test_what_a_rota_leaves_out() -> None:
    week = Turn(1, WEEKDAYS, True, EARLY)
    weekend = Turn(2, 96, False, EARLY)
    assert rota_words(7, [week]) == (
        "Nobody looks on Saturday and Sunday; the policy asks for every day, holidays included."
    )
    assert rota_words(7, [week, weekend]) == ""
    short = Turn(3, 1, False, EARLY)
    assert "some bank holidays" in rota_words(7, [short, Turn(1, 126, True, EARLY)])
    assert rota_words(7, [Turn(1, EVERY_DAY, True, EARLY)]) == ""
    assert rota_words(5, [week]) == ""
    assert rota_words(5, []).startswith("Nobody is on the rota")
    assert rota_words(0, []) == ""
    assert rota_words(4, [weekend]) == "Somebody looks on 2 days a week; the policy asks for 4."
    assert rota_words(4, [week]) == ""
