"""Clocks: when a reply is due, which days are working days (ACC-5, INC-4).

All of it is in the school's local time, Europe/London. A *working day* is Monday to Friday and not a bank holiday
in the school's nation; a school's own closures are not known here. Bank holidays come from the list bundled with
``govuk-bank-holidays``, never from the network. Outside the years that list covers only weekends are known:
``holidays_known`` says so, and the advice carries a note.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from smdesk.policy.vocabulary import Nation

if TYPE_CHECKING:  # the window starts sooner without the profile, and shows days before it needs one
    from smdesk.policy.profile import Clocks

LONDON = ZoneInfo("Europe/London")
# The last second of a day, so that a deadline shown or compared by its date falls on the right one.
END_OF_DAY = time(23, 59, 59)

_DIVISIONS = {
    Nation.ENGLAND: "england-and-wales",
    Nation.WALES: "england-and-wales",
    Nation.SCOTLAND: "scotland",
    Nation.NORTHERN_IRELAND: "northern-ireland",
}
_LISTED = files("govuk_bank_holidays") / "bank-holidays.json"


@cache
def bank_holidays(nation: Nation) -> frozenset[date]:
    """Every bank holiday the bundled list holds for ``nation``."""
    # Only the list is read: the library's own reader brings an HTTP client, 9 MB and 0.1 s for every start, into a
    # program that must never use a network.
    listed = json.loads(_LISTED.read_text(encoding="utf-8"))[_DIVISIONS[nation]]
    return frozenset(date.fromisoformat(holiday["date"]) for holiday in listed["events"])


def holidays_known(day: date, nation: Nation) -> bool:
    """Whether ``day`` lies in a year the bundled list of bank holidays covers."""
    listed = bank_holidays(nation)
    return min(listed).year <= day.year <= max(listed).year


def holidays_known_until(nation: Nation) -> date:
    """The last day the bundled list of bank holidays speaks for."""
    return date(max(bank_holidays(nation)).year, 12, 31)


def is_weekend(day: date) -> bool:
    return day.weekday() >= 5


def is_working_day(day: date, nation: Nation) -> bool:
    """Monday to Friday and not a bank holiday in ``nation``."""
    return not is_weekend(day) and day not in bank_holidays(nation)


def next_working_day(day: date, nation: Nation) -> date:
    """The first working day after ``day``; never ``day`` itself."""
    following = day + timedelta(days=1)
    while not is_working_day(following, nation):
        following += timedelta(days=1)
    return following


def on_or_after(day: date, nation: Nation) -> date:
    """``day`` where it is a working day, else the next one."""
    return day if is_working_day(day, nation) else next_working_day(day, nation)


def on_or_before(day: date, nation: Nation) -> date:
    """``day`` where it is a working day, else the last one before it."""
    while not is_working_day(day, nation):
        day -= timedelta(days=1)
    return day


def add_working_days(day: date, count: int, nation: Nation) -> date:
    """The day ``count`` working days after ``day``. Nought gives ``day`` itself, whatever day it is.

    Raises ``ValueError`` for a negative count.
    """
    if count < 0:
        raise ValueError("a count of working days cannot be negative")
    for _ in range(count):
        day = next_working_day(day, nation)
    return day


def to_london(moment: datetime) -> datetime:
    """``moment`` in Europe/London. A naive value is taken as London wall-clock time.

    Where the clocks go back the first of the two hours is meant unless ``fold`` says otherwise; a wall-clock time
    that the clocks skipped in spring is read as the same instant an hour later (01:30 becomes 02:30).
    """
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=LONDON)
    return aware.astimezone(UTC).astimezone(LONDON)


def comes_twice(local: datetime) -> bool:
    """Whether a wall-clock time in Europe/London comes twice: in the hour in which the clocks go back."""
    first, second = (local.replace(tzinfo=LONDON, fold=fold).utcoffset() for fold in (0, 1))
    return first is not None and second is not None and first > second


def clock_words(moment: datetime) -> str:
    """The time of day at the school: "16:00"; in the hour that comes twice "01:30 summer time" or "… winter time"."""
    local = to_london(moment)
    if not comes_twice(local):
        return f"{local:%H:%M}"
    return f"{local:%H:%M} {'winter' if local.fold else 'summer'} time"


def end_of(day: date) -> datetime:
    """The last second of ``day`` in Europe/London."""
    return datetime.combine(day, END_OF_DAY, tzinfo=LONDON)


def reply_by(received: datetime, clocks: Clocks, nation: Nation) -> datetime | None:
    """When a comment on a school account must have had a reply, if only an acknowledgement (ACC-5).

    ``reply_hours`` *elapsed* hours after receipt, so a change of clocks neither lengthens nor shortens it; received
    at a weekend, the end of the next working day. The rule names weekends alone: a bank-holiday weekday counts as
    one only where the profile's switch says so. None where the profile has no reply clock.
    """
    if not clocks.reply_in_use:
        return None
    local = to_london(received)
    day = local.date()
    weekend = is_weekend(day) or (clocks.bank_holidays_count_as_weekend and day in bank_holidays(nation))
    if weekend and clocks.weekend_to_next_working_day:
        return end_of(next_working_day(day, nation))
    return (local.astimezone(UTC) + timedelta(hours=clocks.reply_hours)).astimezone(LONDON)
