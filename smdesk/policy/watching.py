"""Watching school accounts: whose turn it is, on which days somebody should look, and where nobody did (ACC-4).

A *rota* is lines of who looks on which days of the week. Days a policy asks for and days the school put on its rota
both count: leaving a day off the rota does not make the policy ask for less. Weeks run from Monday to Sunday.
Everything is worked out from plain facts; bank holidays are handed in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from smdesk.policy.words import listed, written_day

EVERY_DAY = 127
WEEKDAYS = 31
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ONE_DAY = timedelta(days=1)
_MOST_GAPS_NAMED = 6


def on_day(days: int, day: date) -> bool:
    """Whether ``day`` is one of ``days`` (Monday 1, Tuesday 2, Wednesday 4 … Sunday 64, added up)."""
    return bool(days >> day.weekday() & 1)


def days_words(days: int) -> str:
    """Days of the week as people say them: "every day", "Monday to Friday", "Monday and Thursday"; "" for none."""
    if days == EVERY_DAY:
        return "every day"
    places = [place for place in range(7) if days >> place & 1]
    if len(places) > 2 and places == list(range(places[0], places[-1] + 1)):
        return f"{DAY_NAMES[places[0]]} to {DAY_NAMES[places[-1]]}"
    return listed([DAY_NAMES[place] for place in places])


@dataclass(frozen=True, slots=True)
class Turn:
    """One line of a rota. ``until_on`` is its last day; None: no end. ``holidays``: on bank holidays as well."""

    person_id: int
    days: int
    holidays: bool
    from_on: date
    until_on: date | None = None

    def falls_on(self, day: date, bank_holidays: AbstractSet[date]) -> bool:
        """Whether this person looks on ``day``."""
        return (
            self.from_on <= day
            and (self.until_on is None or day <= self.until_on)
            and on_day(self.days, day)
            and (self.holidays or day not in bank_holidays)
        )


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody is away, both days included. ``account_id`` None: from every account they look after."""

    account_id: int | None
    absent_id: int
    cover_id: int | None
    from_on: date
    until_on: date


@dataclass(frozen=True, slots=True)
class Watcher:
    """Somebody who may stand on a rota. ``left_on`` is the first day they are not at the school any more."""

    person_id: int
    name: str
    left_on: date | None = None

    def has_left(self, day: date) -> bool:
        return self.left_on is not None and self.left_on <= day


@dataclass(frozen=True, slots=True)
class Watched:
    """One account and its rota. ``from_on`` is its first day on the register, ``until_on`` the last one."""

    account_id: int
    turns: tuple[Turn, ...]
    from_on: date | None = None
    until_on: date | None = None

    def exists_on(self, day: date) -> bool:
        return (self.from_on is None or self.from_on <= day) and (
            self.until_on is None or day <= self.until_on
        )

    def planned_on(self, day: date, bank_holidays: AbstractSet[date]) -> bool:
        """Whether the school's own rota has somebody look on ``day``."""
        return self.exists_on(day) and any(turn.falls_on(day, bank_holidays) for turn in self.turns)


@dataclass(frozen=True, slots=True)
class Duty:
    """Who looks at one account on one day. ``person_id`` None: nobody can, and ``problem`` says why.

    ``instead_of`` is whose turn it was, where somebody covers.
    """

    account_id: int
    person_id: int | None
    instead_of: int | None = None
    problem: str = ""


def duties(
    account: Watched,
    day: date,
    absences: Sequence[Absence],
    watchers: Mapping[int, Watcher],
    bank_holidays: AbstractSet[date],
    *,
    asked: bool,
) -> tuple[Duty, ...]:
    """Who looks at ``account`` on ``day``. Where the day is ``asked`` for and nobody has a turn, that is said.

    ``watchers`` holds everybody the rota and the absences name. Nobody appears twice.
    """
    if not account.exists_on(day):
        return ()
    found: dict[int | None, Duty] = {}
    for turn in account.turns:
        if turn.falls_on(day, bank_holidays):
            duty = _duty(account.account_id, turn.person_id, day, absences, watchers)
            held = found.get(duty.person_id)
            # Somebody who has a turn of their own is not shown as covering somebody else's.
            if held is None or (held.instead_of is not None and duty.instead_of is None):
                found[duty.person_id] = duty
    if not found:
        return (Duty(account.account_id, None, problem="Nobody is on the rota."),) if asked else ()
    return tuple(found.values())


def _duty(
    account_id: int,
    person_id: int,
    day: date,
    absences: Sequence[Absence],
    watchers: Mapping[int, Watcher],
) -> Duty:
    who, away = _who_is_there(account_id, person_id, day, absences)
    if who is None:
        return Duty(account_id, None, person_id, f"{watchers[away].name} is away and nobody covers.")
    left = watchers[who].left_on
    if left is not None and watchers[who].has_left(day):
        said = f"{watchers[who].name} left the school on {written_day(left)}."
        return Duty(account_id, None, person_id, said)
    return Duty(account_id, who, None if who == person_id else person_id)


def _who_is_there(
    account_id: int, person_id: int, day: date, absences: Sequence[Absence]
) -> tuple[int | None, int]:
    """Who looks in this person's place (they themselves where they are there), and who was away last."""
    current, asked = person_id, {person_id}
    while True:
        away = [
            each
            for each in absences
            if each.absent_id == current
            and each.account_id in (None, account_id)
            and each.from_on <= day <= each.until_on
        ]
        if not away:
            return current, current
        # What was arranged for this one account counts before what was arranged for all of them.
        away.sort(key=lambda each: (each.cover_id is None, each.account_id is None))
        cover = away[0].cover_id
        if cover is None or cover in asked:
            return None, current
        asked.add(cover)
        current = cover


def asked_days(
    account: Watched,
    first: date,
    last: date,
    *,
    days_a_week: int,
    looked: AbstractSet[date],
    bank_holidays: AbstractSet[date],
    today: date,
) -> frozenset[date]:
    """The days from ``first`` to ``last`` on which somebody should look at ``account`` (ACC-4).

    ``days_a_week`` is the policy's: seven asks for every day, holidays included, five for every working day, none for
    none. Any other number is a count for a week, and only what cannot be made good any more is asked of particular
    days. ``looked`` must reach back to the Monday before ``first``. Days of the school's own rota always count.
    """
    found = {day for day in _days(first, last) if account.planned_on(day, bank_holidays)}
    monday = first - timedelta(days=first.weekday())
    while monday <= last:
        week = [day for day in _days(monday, monday + timedelta(days=6)) if account.exists_on(day)]
        found |= _asked_in_week(week, days_a_week, looked, bank_holidays, today)
        monday += timedelta(days=7)
    return frozenset(day for day in found if first <= day <= last)


def _asked_in_week(
    week: Sequence[date],
    days_a_week: int,
    looked: AbstractSet[date],
    bank_holidays: AbstractSet[date],
    today: date,
) -> set[date]:
    if not days_a_week:
        return set()
    possible = [day for day in week if days_a_week > 5 or (day.weekday() < 5 and day not in bank_holidays)]
    if days_a_week in (5, 7):
        return set(possible)
    wanted = min(days_a_week, len(possible))
    done = [day for day in week if day in looked][:wanted]
    missing = wanted - len(done)
    open_days = [day for day in possible if day not in looked]
    ahead = [day for day in open_days if day >= today]
    past = open_days[: len(open_days) - len(ahead)]
    lost = max(0, missing - len(ahead))
    # Lost are the last days it could have been done on; today is asked for once no day is left to put it off to.
    asked = set(done) | set(past[len(past) - lost :] if lost else ())
    return asked | set(ahead) if missing and missing >= len(ahead) else asked


def _days(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day += _ONE_DAY


class Mark(StrEnum):
    """What one day of an account shows."""

    LOOKED = "looked"
    FOUND = "found"
    """Looked at, and something was found."""
    MISSED = "missed"
    """Somebody should have looked, and nobody did."""
    TODAY = "today"
    """Somebody should look today, and nobody has yet."""
    NOT_ASKED = "not_asked"
    OUTSIDE = "outside"
    """Not on the register on that day."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of the strip."""

    day: date
    mark: Mark
    asked: bool


def cells(
    account: Watched,
    first: date,
    last: date,
    *,
    looked: Mapping[date, bool],
    asked: AbstractSet[date],
    today: date,
) -> tuple[Cell, ...]:
    """Every day from ``first`` to ``last``. ``looked``: the days somebody looked, True where something was found."""
    return tuple(
        Cell(day, _mark(account, day, looked, asked, today), day in asked) for day in _days(first, last)
    )


def _mark(
    account: Watched, day: date, looked: Mapping[date, bool], asked: AbstractSet[date], today: date
) -> Mark:
    if day in looked:
        return Mark.FOUND if looked[day] else Mark.LOOKED
    if not account.exists_on(day):
        return Mark.OUTSIDE
    if day not in asked or day > today:
        return Mark.NOT_ASKED
    return Mark.TODAY if day == today else Mark.MISSED


@dataclass(frozen=True, slots=True)
class Span:
    """Days in a row on which nobody looked although somebody should have; days nobody asked for may lie between.

    ``days`` is how many were asked for.
    """

    first: date
    last: date
    days: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far somebody looked when they should have. Today counts once somebody has looked."""

    asked: int
    looked: int
    extra: int
    """Days somebody looked although nobody asked for it."""
    gaps: tuple[Span, ...]
    all_days: bool
    """Every day the account was on the register was asked for."""

    @property
    def percent(self) -> int | None:
        """Whole per cent, rounded down: 100 means every day. None where no day was asked for."""
        return None if not self.asked else self.looked * 100 // self.asked


def coverage(strip: Sequence[Cell]) -> Coverage:
    """Count a strip of cells."""
    asked = [cell for cell in strip if cell.asked and cell.mark in _COUNTED]
    gaps: list[Span] = []
    running = False
    for cell in strip:
        if cell.mark is Mark.MISSED:
            if running:
                gaps[-1] = Span(gaps[-1].first, cell.day, gaps[-1].days + 1)
            else:
                gaps.append(Span(cell.day, cell.day, 1))
            running = True
        elif cell.mark is not Mark.NOT_ASKED:
            running = False
    looked = sum(1 for cell in asked if cell.mark is not Mark.MISSED)
    extra = sum(1 for cell in strip if not cell.asked and cell.mark in (Mark.LOOKED, Mark.FOUND))
    all_days = not any(cell.mark is Mark.NOT_ASKED for cell in strip) and not extra
    return Coverage(len(asked), looked, extra, tuple(gaps), all_days)


_COUNTED = (Mark.LOOKED, Mark.FOUND, Mark.MISSED)


def coverage_words(found: Coverage) -> str:
    """The strip in a sentence, for whoever does not see it: "Looked at on 71 of 84 days; gaps: 24 to 26 December …"."""
    if not found.asked:
        if not found.extra:
            return "No day was asked for, and nobody looked."
        return f"Looked at on {_count(found.extra)}; none was asked for."
    asked = _count(found.asked) if found.all_days else f"the {_count(found.asked)} asked for"
    said = f"Looked at on {found.looked} of {asked}"
    if found.extra:
        said += f", and on {_count(found.extra)} more"
    if not found.gaps:
        return f"{said}; no gaps."
    # The newest matter most, so the oldest are the ones that are only counted.
    named = found.gaps[-_MOST_GAPS_NAMED:]
    older = len(found.gaps) - len(named)
    one = len(found.gaps) == 1
    said += f"; gap{'' if one else 's'}: {listed(list(_spans(named)))}"
    return f"{said}, and {older} before." if older else f"{said}."


def _spans(gaps: Sequence[Span]) -> Iterator[str]:
    """The gaps in words, each year named once, with its last one."""
    for place, gap in enumerate(gaps):
        words = span_words(gap.first, gap.last)
        again = place + 1 < len(gaps) and gaps[place + 1].first.year == gap.first.year == gap.last.year
        yield words.removesuffix(f" {gap.last.year}") if again else words


def _count(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


def span_words(first: date, last: date) -> str:
    """Days in a row: "3 January 2027", "24 to 26 December 2026", "30 December 2026 to 2 January 2027"."""
    if first == last:
        return written_day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {written_day(last)}"
    if first.year == last.year:
        return f"{written_day(first).removesuffix(f' {first.year}')} to {written_day(last)}"
    return f"{written_day(first)} to {written_day(last)}"


def rota_words(days_a_week: int, turns: Sequence[Turn]) -> str:
    """What a rota leaves out of what the policy asks for, in a sentence; "" where it leaves out nothing (ACC-4)."""
    days = 0
    for turn in turns:
        days |= turn.days
    if not days_a_week:
        return ""
    if days_a_week in (5, 7):
        missing = (EVERY_DAY if days_a_week == 7 else WEEKDAYS) & ~days
        wanted = "every day, holidays included" if days_a_week == 7 else "every working day"
        if not days:
            return f"Nobody is on the rota; the policy asks for {wanted}."
        if missing:
            named = listed([DAY_NAMES[place] for place in range(7) if missing >> place & 1])
            return f"Nobody looks on {named}; the policy asks for {wanted}."
        on_holidays = 0
        for turn in turns:
            on_holidays |= turn.days if turn.holidays else 0
        if days_a_week == 7 and on_holidays & WEEKDAYS != WEEKDAYS:
            return f"Nobody looks on some bank holidays; the policy asks for {wanted}."
        return ""
    count = days.bit_count()
    if count >= days_a_week:
        return ""
    return f"Somebody looks on {_count(count)} a week; the policy asks for {days_a_week}."
