"""The sample school's clock, and everything at the school that goes on at a later moment."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import datetime

Timed = Iterator[datetime]
"""Something that happens in parts, written as a generator: it does a part, and yields when it goes on."""


class Clock:
    """The moment at which the sample school lives; it never goes back."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, moment: datetime) -> None:
        self.moment = max(self.moment, moment)


class Timetable:
    """The stories that have begun, each waiting for its moment. All that is done is done in order of time, so that
    numbers and the audit chain run forward.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: list[tuple[datetime, int, Timed]] = []
        self._turn = 0

    def begin(self, story: Timed) -> None:
        """Let a story do its first part now, which may be to wait."""
        at = next(story, None)
        if at is not None:
            self._turn += 1
            heapq.heappush(self._waiting, (at, self._turn, story))

    def until(self, moment: datetime) -> None:
        """Let everything go on that is due by then, and make it that moment."""
        while self._waiting and self._waiting[0][0] <= moment:
            at, _, story = heapq.heappop(self._waiting)
            self._clock.forward(at)
            self.begin(story)
        self._clock.forward(moment)
