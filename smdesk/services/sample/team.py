"""The sample school's office and leadership: who acts, by which clock, and who is who."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from smdesk.policy.vocabulary import PersonKind
from smdesk.services import people
from smdesk.services.context import LOCAL, Context
from smdesk.services.sample.cast import Cast
from smdesk.services.sample.timetable import Clock, Timed

Telling = Iterator[int | datetime]
"""A story as a generator that yields when it goes on: so many days before the present, in office hours; or a moment."""


@dataclass(frozen=True, slots=True)
class Team:
    """The people who act, the clock they share, and whom it is about."""

    office: Context
    head: Context
    dsl: Context
    chair: Context
    leader: Context
    clock: Clock
    end: datetime
    cast: Cast
    made: dict[str, int] = field(default_factory=dict)
    """The ids of what one story made and another goes on with, by the name the stories know it by."""

    @property
    def ids(self) -> dict[str, int]:
        """Everybody in the stories by full name."""
        return {name: person for name, (person, _) in self.cast.named.items()}

    @property
    def kinds(self) -> dict[str, PersonKind]:
        """What they are to the school, by full name."""
        return {name: kind for name, (_, kind) in self.cast.named.items()}

    def tell(self, story: Telling) -> Timed:
        """The story as a timetable takes it: with the moments at which it goes on."""
        before = self.clock()
        for turn, when in enumerate(story):
            if isinstance(when, datetime):
                before = max(when, before)
            else:
                # Two parts that a weekend moves to one day are still some time apart.
                moment = self._moment(when, 19 * turn + len(self.cast.named) * when)
                before = max(moment, before + timedelta(minutes=50))
            yield min(before, self.end - timedelta(minutes=30))

    def _moment(self, days: int, minute: int) -> datetime:
        """In office hours of that day, or of the Friday before where it is a weekend."""
        day = self.ago(days)
        if days >= 3:
            day -= timedelta(days=max(0, day.weekday() - 4))
        hours, minutes = divmod(9 * 60 + minute % 380, 60)
        return at_school(day, hours, minutes)

    # Days

    def later(self, minutes: int) -> None:
        """Let some time pass, as it does between two desks."""
        self.clock.forward(min(self.clock() + timedelta(minutes=minutes), self.end - timedelta(minutes=5)))

    def ago(self, days: int) -> date:
        """The day so many days before the present."""
        return self.end.astimezone(LOCAL).date() - timedelta(days=days)

    def ahead(self, days: int) -> date:
        """The day so many days after the present."""
        return self.ago(-days)

    def joined(self, who: str) -> date:
        """When somebody joined the school, as their record says."""
        joined_on = self.cast.joined[self.ids[who]]
        if joined_on is None:
            raise ValueError(f"{who} has no joining date.")
        return joined_on

    def leaves(self, who: str, on: date) -> None:
        """Put somebody's leaving date on their record."""
        record = people.record_of(self.office, self.ids[who])
        people.save(self.office, replace(record.draft, left_on=on), record.id, record.version)


def at_school(day: date, hours: int, minutes: int = 0) -> datetime:
    """A moment of that day by the clock on the school's wall."""
    return datetime.combine(day, time(hours, minutes), LOCAL).astimezone(UTC)
