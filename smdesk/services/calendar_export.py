"""The rota, and every day by which something is due, as a calendar file for other programs (ACC-4).

What is in the file leaves the program, so it says as little as it can: references, the names of accounts, and of the
people on the rota, who are the school's own. No pupil and no parent is named in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import Person, School, WatchCover, WatchTurn
from smdesk.errors import Invalid
from smdesk.policy.vocabulary import KIND_LABELS, PersonKind
from smdesk.policy.words import in_a_sentence, listed
from smdesk.security.files import write_whole
from smdesk.security.permissions import Permission
from smdesk.services import due_dates, watching
from smdesk.services.context import LOCAL, Context, needs
from smdesk.services.list_files import Progress, unwatched
from smdesk.services.people_base import name_of
from smdesk.services.people_records import kinds_of
from smdesk.services.today_records import DueDate
from smdesk.services.watching_records import DueLook

if TYPE_CHECKING:  # loaded when a calendar is made: the window starts without it
    from icalendar import Calendar, Event

MOST_WEEKS: Final = 53
_SHOWN_BEFORE: Final = timedelta(minutes=30)
"""How long an entry with a time stands before that time: one of no length is not to be seen in most calendars."""
_PRODUCT: Final = "-//SM Desk//Rota and due dates//EN"


@needs(Permission.TODAY_READ)
def ics(ctx: Context, *, rota: bool, due: bool, weeks: int, mine: bool = False) -> bytes:
    """A calendar of today and the weeks to come, as RFC 5545 has it.

    ``rota``: who looks at which account on which day, ``mine`` only the days of whoever asks. ``due``: every due date
    this reader may see. An entry keeps its UID, so that a calendar that takes in a newer file replaces the old entry.
    Raises Invalid where nothing was chosen or the weeks are not 1 to 53, NotAllowed for a rota that is not open to
    this reader. Every calendar made is written to the audit log.
    """
    data, entries = _made(ctx, rota=rota, due=due, weeks=weeks, mine=mine, progress=unwatched)
    _note(ctx, {"rota": rota, "due": due, "mine": mine, "weeks": weeks, "entries": entries})
    return data


@needs(Permission.TODAY_READ)
def save(
    ctx: Context,
    file: Path,
    *,
    rota: bool,
    due: bool,
    weeks: int,
    mine: bool = False,
    progress: Progress = unwatched,
) -> int:
    """Write the calendar to ``file``, whole or not at all; returns the number of entries.

    Raises StorageProblem, Cancelled from ``progress``, and what ``ics`` raises.
    """
    data, entries = _made(ctx, rota=rota, due=due, weeks=weeks, mine=mine, progress=progress)
    write_whole(file, data)
    _note(ctx, {"rota": rota, "due": due, "mine": mine, "weeks": weeks, "entries": entries})
    return entries


def _made(
    ctx: Context, *, rota: bool, due: bool, weeks: int, mine: bool, progress: Progress
) -> tuple[bytes, int]:
    if not (rota or due):
        raise Invalid.one("rota", "Choose what the calendar is to hold: the rota, the due dates, or both.")
    if not 1 <= weeks <= MOST_WEEKS:
        raise Invalid.one("weeks", f"A calendar is made for 1 to {MOST_WEEKS} weeks.")
    if mine and rota and ctx.user.person_id is None:
        raise Invalid.one(
            "mine",
            "Your user account is not linked to a person on record, so no turn is known to be yours. Ask whoever "
            "manages users, or take the whole rota.",
        )
    first = ctx.today()
    last = first + timedelta(days=7 * weeks - 1)
    with ctx.database.reading() as session:
        school = session.scalars(select(School)).one()
        name, place = school.name, hashlib.sha256(school.vault_id.encode()).hexdigest()[:20]
        unnamed = _unnamed(session) if rota else {}
    turns = list(_turns(ctx, first, last, mine=mine)) if rota else []
    dates = list(due_dates.due_dates(ctx, first, last)) if due else []
    events = chain(_rota(turns, unnamed, place, ctx.now()), _due(dates, place, ctx.now()))
    made, total = _empty(name), len(turns) + len(dates)
    for number, event in enumerate(events, start=1):
        made.add_component(event)
        progress(number, total)
    data: bytes = made.to_ical()
    return data, total


def _note(ctx: Context, detail: dict[str, Any]) -> None:
    with ctx.database.writing() as session:
        audit.write(
            session,
            actor_id=ctx.user.id,
            at=ctx.now(),
            action="calendar.exported",
            object_kind="list",
            object_id=None,
            detail=detail,
        )


def _empty(school: str) -> Calendar:
    from icalendar import Calendar

    made = Calendar()
    made.add("prodid", _PRODUCT)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", " ".join(f"Social media, {school}".split()))
    return made


def _turns(ctx: Context, first: date, last: date, *, mine: bool) -> Iterator[tuple[date, list[DueLook]]]:
    """For each day and person (nobody as well) the accounts they look at."""
    for day, found in watching.due_between(ctx, first, last).items():
        by_person: dict[int | None, list[DueLook]] = {}
        for each in found:
            if each.mine or not mine:
                by_person.setdefault(each.person_id, []).append(each)
        for looks in by_person.values():
            yield day, looks


_OF_THE_SCHOOL: Final = frozenset(
    {PersonKind.STAFF, PersonKind.GOVERNOR, PersonKind.VOLUNTEER, PersonKind.CONTRACTOR}
)


def _unnamed(session: Session) -> dict[str, str]:
    """What stands for the names of people on the rotas who are parents and nothing else."""
    ids = {
        person_id
        for column in (WatchTurn.person_id, WatchCover.absent_id, WatchCover.cover_id)
        for person_id in session.scalars(select(column).distinct())
        if person_id is not None
    }
    people = session.scalars(select(Person).where(Person.id.in_(ids)))
    held = {name_of(person): kinds_of(person.kind, person.also) for person in people}
    return {
        name: f"A {in_a_sentence(KIND_LABELS[kinds[0]])}"
        for name, kinds in held.items()
        if _OF_THE_SCHOOL.isdisjoint(kinds)
    }


def _without_name(look: DueLook, unnamed: Mapping[str, str]) -> DueLook:
    """A turn in which no parent is named, neither as who looks nor in what stands in the way."""
    problem = look.problem
    for name, stands in unnamed.items():
        if problem.startswith(f"{name} "):
            problem = stands + problem.removeprefix(name)
    covered = unnamed.get(look.instead_of)
    return replace(
        look,
        name=unnamed.get(look.name, look.name),
        instead_of=look.instead_of if covered is None else in_a_sentence(covered),
        problem=problem,
    )


def _rota(
    turns: Iterable[tuple[date, list[DueLook]]], unnamed: Mapping[str, str], place: str, now: datetime
) -> Iterator[Event]:
    for day, found in turns:
        looks = [_without_name(each, unnamed) for each in found]
        who = looks[0].person_id
        accounts = listed(list(dict.fromkeys(each.account for each in looks)))
        title = f"{looks[0].name}: look at {accounts}" if who is not None else f"Nobody looks at {accounts}"
        notes = [
            f"{each.account}: instead of {each.instead_of}" if each.person_id is not None
            else f"{each.account}: {each.problem}"
            for each in looks
            if each.instead_of or each.problem
        ]  # fmt: skip
        yield _event(f"watch-{who or 0}-{day:%Y%m%d}@{place}.smdesk", title, day, "\n".join(notes), now)


def _due(found: Iterable[DueDate], place: str, now: datetime) -> Iterator[Event]:
    for each in found:
        yield _event(f"due-{each.key}@{place}.smdesk", each.title, each.due, "", now)


def _event(uid: str, title: str, when: date | datetime, notes: str, now: datetime) -> Event:
    """An entry for a whole day, or one that ends when something is due. Nobody shows as busy for it."""
    from icalendar import Event

    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", now)
    # Some calendars take a newer entry of the same UID only where this number has grown.
    event.add("sequence", int(now.timestamp()) // 60)
    event.add("summary", " ".join(title.split()))
    if isinstance(when, datetime):
        event.add("dtstart", when - _SHOWN_BEFORE)
        event.add("dtend", when)
        local = when.astimezone(LOCAL)
        notes = "\n".join(part for part in (f"Due by {local:%H:%M}.", notes) if part)
    else:
        event.add("dtstart", when)
        event.add("dtend", when + timedelta(days=1))
    event.add("transp", "TRANSPARENT")
    event.add("class", "PRIVATE")
    if notes:
        event.add("description", "\n".join(" ".join(line.split()) for line in notes.split("\n")))
    return event
