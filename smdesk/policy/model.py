"""Plain data that the policy functions take and give: facts in, advice out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from smdesk.policy.vocabulary import Conduct, Nation, Notify, PersonKind, Route, Step


@dataclass(frozen=True, slots=True)
class Author:
    """Who posted. ``identified`` is False when nobody knows who it is: then a letter has no addressee (INC-7).

    ``age`` is in whole years where known. ``former_pupil`` matters to profiles that cover them (CON-1).
    """

    kind: PersonKind = PersonKind.UNKNOWN
    identified: bool = True
    age: int | None = None
    former_pupil: bool = False


@dataclass(frozen=True, slots=True)
class StepTaken:
    """A step already taken with this *person*, in any incident and any year (INC-5)."""

    step: Step
    on: date


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about one incident. ``received`` is the school's local wall-clock time, time-zone aware.

    ``skipped`` holds the steps somebody decided to leave out of this incident, with a reason kept on record
    (INC-5, INC-14): they count as passed when the ladder looks at what may come next, never as taken.
    """

    received: datetime
    posted_on: date | None = None
    nation: Nation = Nation.ENGLAND
    author: Author = field(default_factory=Author)
    conduct: tuple[Conduct, ...] = ()
    platform: str | None = None
    on_school_account: bool = False
    towards: tuple[PersonKind, ...] = ()
    history: tuple[StepTaken, ...] = ()
    removed: bool = False
    dsl_cleared: bool = False
    skipped: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A step with the rule behind it. ``by`` is a date, or an aware date-time, where the policy sets one."""

    step: Step
    rule: str
    why: str
    by: date | datetime | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Something to know, with the rule id it comes from."""

    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class Advice:
    """What the policy says to do next.

    ``next`` holds the steps open now, in order: the first is the one to take first. ``refused`` holds the steps that
    must not be taken now, with the reason. A step in neither is merely not its turn, or has been done:
    ``ladder.comes_before`` says what would be left out by taking it, which needs a reason on record (INC-5).
    """

    route: Route
    urgent: bool
    notify: tuple[Notify, ...]
    next: tuple[Recommendation, ...]
    refused: tuple[Recommendation, ...]
    reply_by: datetime | None
    notes: tuple[Note, ...]
