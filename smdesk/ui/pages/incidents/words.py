"""Deadlines as people say them, for the incident form."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from smdesk.policy import deadlines
from smdesk.policy.vocabulary import Nation
from smdesk.services.context import LOCAL
from smdesk.ui.words import count, day_in_words


def by_when(by: date | datetime, now: datetime) -> str:
    """For example "by Tuesday 5 May, end of day"; a moment within the day keeps its time."""
    today = now.astimezone(LOCAL).date()
    if not isinstance(by, datetime):
        return f"by {day_in_words(by, today)}, end of day"
    local = by.astimezone(LOCAL)
    end = "end of day" if _ends_a_day(by) else f"{local:%H:%M}"
    return f"by {day_in_words(local.date(), today)}, {end}"


def time_left(by: date | datetime, now: datetime, nation: Nation) -> str:
    """How long there still is: "2 working days left", "3 hours left", "today", "overdue by 2 days"."""
    due = by if isinstance(by, datetime) else deadlines.end_of(by)
    if due <= now:
        return f"overdue by {_span(now - due)}"
    today, last = now.astimezone(LOCAL).date(), due.astimezone(LOCAL).date()
    if last == today:
        return "today" if not isinstance(by, datetime) else f"{_span(due - now)} left"
    if isinstance(by, datetime) and due - now <= timedelta(hours=48) and not _ends_a_day(due):
        return f"{_span(due - now)} left"
    days = working_days_between(today, last, nation)
    if days == 0:
        return f"{_span(due - now)} left"
    return f"{count(days, 'working day')} left"


def working_days_between(today: date, last: date, nation: Nation) -> int:
    """Working days after ``today`` up to and with ``last``."""
    return sum(
        deadlines.is_working_day(today + timedelta(days=ahead), nation)
        for ahead in range(1, min((last - today).days, 400) + 1)
    )


def _ends_a_day(moment: datetime) -> bool:
    return moment.astimezone(LOCAL).time().replace(microsecond=0) >= deadlines.END_OF_DAY


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return "less than a minute"
    if minutes < 60:
        return count(minutes, "minute")
    hours, rest = divmod(minutes, 60)
    if hours <= 48:
        return count(hours, "hour") + (f" {count(rest, 'minute')}" if rest and hours < 6 else "")
    return count(hours // 24, "day")
