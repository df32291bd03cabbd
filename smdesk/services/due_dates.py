"""Every day by which something is due, for a calendar: no pupil and no parent is named in it.

What stands in a calendar leaves the program, so it says as little as it can: a reference, the name of an account, a
place or a policy. Who it is about is seen by whoever opens it here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from smdesk.db.models import from_utc_text, utc_text
from smdesk.policy.vocabulary import STEP_LABELS, Step
from smdesk.policy.words import in_a_sentence
from smdesk.security.permissions import Permission
from smdesk.services import connection_sight, due_sources
from smdesk.services.account_words import account_name
from smdesk.services.context import LOCAL, Context, needs
from smdesk.services.due_sources import Asked, Source
from smdesk.services.letter_records import letter_number
from smdesk.services.today_records import DueDate, DueKind, Target


@needs(Permission.TODAY_READ)
def due_dates(ctx: Context, from_on: date, until: date) -> list[DueDate]:
    """What is due from one day to another, both included, that this reader may see; the earliest first."""
    with ctx.database.reading() as session:
        ask = due_sources.asked(session, ctx.user.id, ctx.today())
        found = [each for source, told in _sources(ask) for each in _read(ask, source, told, from_on, until)]
        if ask.may(Permission.AGREEMENTS_READ):
            found += _trainings(ask, from_on, until)
    return sorted(found, key=lambda each: (each.day, isinstance(each.due, datetime), str(each.due), each.key))


Told = Callable[[Any], tuple[str, Target]]
"""From a row, its title and where it is opened. A row is id, due, and the columns of its source."""


def _sources(ask: Asked) -> Iterator[tuple[Source, Told]]:
    may, who = ask.may, ask.who
    if may(Permission.ACCOUNTS_READ):
        yield due_sources.messages(), _message
    if may(Permission.INCIDENTS_READ):
        yield due_sources.incident_replies(who), _incident_reply
        yield due_sources.incident_steps(who), _incident_step
    if may(Permission.LETTERS_READ):
        yield due_sources.letter_answers(who), _letter
    if may(Permission.CONNECTIONS_READ):
        yield due_sources.exception_reviews(connection_sight.where_full(who), ask.today), _exception
    if may(Permission.ACCOUNTS_READ):
        yield due_sources.publications(), _sign_off
        yield due_sources.account_reviews(), _account
        yield due_sources.blocks(who), _block
    if may(Permission.REPUTATION_READ):
        yield due_sources.places(), _place
    if may(Permission.AGREEMENTS_READ):
        yield due_sources.policies(ask.today), _policy


def _read(ask: Asked, source: Source, told: Told, from_on: date, until: date) -> Iterator[DueDate]:
    first, last = from_on.isoformat(), until.isoformat()
    if source.moment:
        first, last = utc_text(_midnight(from_on)), utc_text(_midnight(until + timedelta(days=1)) - _SECOND)
    for row in ask.raw.execute(
        source.within(), {**source.params, "from_on": first, "until": last}
    ).fetchall():
        title, target = told(row)
        due = from_utc_text(row[1]) if source.moment else date.fromisoformat(row[1])
        yield DueDate(source.kind, f"{source.kind}-{source.name}-{row[0]}", due, title, target)


_SECOND = timedelta(seconds=1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL)


def _message(row: Any) -> tuple[str, Target]:
    reference = f"{row[2]}/M{row[3]:04d}"
    return (
        f"Reply to {reference} on {account_name(row[7], row[8])}",
        Target("accounts", "messages", row[0]),
    )


def _incident_reply(row: Any) -> tuple[str, Target]:
    return f"Reply in incident {row[2]}/{row[3]:04d}", Target("incidents", "", row[0])


def _incident_step(row: Any) -> tuple[str, Target]:
    step = f": {in_a_sentence(STEP_LABELS[Step(row[5])])}" if row[5] else ""
    return f"Incident {row[2]}/{row[3]:04d}{step}", Target("incidents", "", row[0])


def _letter(row: Any) -> tuple[str, Target]:
    return f"An answer to letter {letter_number(row[2], row[3])} was asked for", Target("letters", "", row[0])


def _exception(row: Any) -> tuple[str, Target]:
    return f"Review of exception {row[2]}/C{row[3]:04d}", Target("connections", "", row[0])


def _sign_off(row: Any) -> tuple[str, Target]:
    return (
        f"A post for {account_name(row[2], row[3])} is to be signed off",
        Target("accounts", "sign_offs", row[0]),
    )


def _account(row: Any) -> tuple[str, Target]:
    return f"Review of the account {account_name(row[2], row[3])}", Target("accounts", "register", row[0])


def _block(row: Any) -> tuple[str, Target]:
    where = f" on {account_name(row[4], row[5])}" if row[4] else ""
    return f"Review of a block{where}", Target("accounts", "blocks", row[0])


def _place(row: Any) -> tuple[str, Target]:
    return f"Check what is said: {row[2]}", Target("reputation", "places", row[0])


def _policy(row: Any) -> tuple[str, Target]:
    return f"Review of the policy “{row[3]}”", Target("agreements", "policies", row[2])


def _trainings(ask: Asked, from_on: date, until: date) -> Iterator[DueDate]:
    """Training that lapses, one entry for a day and a training however many people it is: it names nobody."""
    source = due_sources.trainings(ask.today)
    window = {"from_on": from_on.isoformat(), "until": until.isoformat()}
    rows = ask.raw.execute(source.within(), {**source.params, **window}).fetchall()
    for (day, type_id, name), count in sorted(Counter((row[1], row[5], row[6]) for row in rows).items()):
        people = "one person" if count == 1 else f"{count} people"
        yield DueDate(
            DueKind.TRAINING,
            f"training-{type_id}-{day}",
            date.fromisoformat(day),
            f"Last day of the training “{name}” of {people}",
            Target("agreements", "training"),
        )
