"""Plain data about watching the accounts that travels between the window and the services (ACC-4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from smdesk.policy.watching import Cell, Coverage
from smdesk.services.context import Saved

WEEKS: Final = 12
"""How far back the strip of an account shows."""
NOTE_AFTER_DAYS: Final = 14
"""Somebody who writes down a look older than this says how they know."""


@dataclass(frozen=True, slots=True)
class Looked(Saved):
    """What ``watching.look`` wrote: ``look_ids`` take it back."""

    look_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LookRow:
    """Somebody looked at an account. ``withdrawn_at`` is set where it was a slip."""

    id: int
    looked_on: date
    looked_by: str
    found: bool
    note: str
    recorded_by: str
    recorded_at: datetime
    withdrawn_at: datetime | None
    withdrawn_reason: str


@dataclass(frozen=True, slots=True)
class DueLook:
    """One account and one day: who looks. ``person_id`` None: nobody can, and ``problem`` says why."""

    account_id: int
    account: str
    person_id: int | None
    name: str
    instead_of: str
    looked: bool
    problem: str
    mine: bool


@dataclass(frozen=True, slots=True)
class AccountWatch:
    """One account as the watching screen shows it. ``cells`` run from the oldest day to today."""

    account_id: int
    version: int
    name: str
    cells: tuple[Cell, ...]
    coverage: Coverage
    words: str
    """The cells in a sentence."""
    today: tuple[DueLook, ...]
    asked_today: bool
    looked_today: tuple[LookRow, ...]
    looked_on: date | None
    unwatched_days: int | None
    """Days nobody looked, where the policy finds them too many; else None."""
    rota: str
    """Who looks when, in a sentence."""
    rota_lacks: str
    """What the rota leaves out of what the policy asks for; "" for nothing."""

    @property
    def to_do(self) -> bool:
        """Somebody should look today and nobody has."""
        return self.asked_today and not self.looked_today


@dataclass(frozen=True, slots=True)
class WatchBoard:
    """The watching screen. ``warnings`` are sentences about days to come on which nobody can look."""

    today: date
    days_a_week: int
    accounts: tuple[AccountWatch, ...]
    warnings: tuple[str, ...]

    @property
    def to_do(self) -> tuple[AccountWatch, ...]:
        return tuple(each for each in self.accounts if each.to_do)

    @property
    def asked(self) -> int:
        return sum(1 for each in self.accounts if each.asked_today)


@dataclass(frozen=True, slots=True)
class TurnDraft:
    """One line of a rota. ``days``: Monday 1, Tuesday 2 … Sunday 64, added up. ``until_on`` is the last day of it.

    ``id`` is of a line there already; ``name`` is for showing only.
    """

    person_id: int | None
    days: int
    holidays: bool = True
    from_on: date | None = None
    until_on: date | None = None
    id: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Rota:
    """The rota of one account: lines of today and later."""

    account_id: int
    version: int
    account: str
    turns: tuple[TurnDraft, ...]
    lacks: str
    days_a_week: int


@dataclass(frozen=True, slots=True)
class CoverDraft:
    """Somebody is away, both days included. ``cover_id`` None: nobody covers yet. ``account_id`` None: everywhere."""

    absent_id: int | None
    cover_id: int | None
    from_on: date | None
    until_on: date | None
    account_id: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class CoverRow:
    """An absence as shown. ``account`` is "" where it is for every account the person looks after."""

    id: int
    account_id: int | None
    account: str
    absent_id: int
    absent: str
    cover_id: int | None
    cover: str
    from_on: date
    until_on: date
    note: str


@dataclass(frozen=True, slots=True)
class OnRota:
    """Somebody who stands on a rota, and at which accounts."""

    person_id: int
    name: str
    accounts: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class WatchFigures:
    """Watching in a period, over all accounts, for the report. ``accounts`` is how many were on the register in it."""

    accounts: int
    asked: int
    looked: int
    unwatched_weekends: int
    """Weekends on which an account was asked for on both days and nobody looked at it on either."""
