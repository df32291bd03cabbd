"""How the sample school's accounts are watched: rotas, absences, and a year of looks with gaps in it (ACC-4)."""

from __future__ import annotations

import random
from datetime import date
from typing import Final

from smdesk.services import watching, watching_rota
from smdesk.services.context import Context
from smdesk.services.sample.cases import BOOKS, FILMS, FIRST, FRIENDS, MAIN, SPORT, TOUR, WOODS
from smdesk.services.sample.team import Team, Telling, at_school
from smdesk.services.sample.timetable import Timed
from smdesk.services.watching_records import CoverDraft, TurnDraft

_WEEK, _WEEKEND = 31, 96
"""Monday to Friday; Saturday and Sunday."""

_ROTAS: Final[dict[str, tuple[tuple[str, int], ...]]] = {
    MAIN: (("Priya Tolland", _WEEK), ("Tamsin Oakes", _WEEKEND)),
    BOOKS: (("Denise Holloway-Finch", _WEEK), ("Ruth Ellery", _WEEKEND)),
    FIRST: (("Katarzyna Nowina", 21), ("Bethan Corrow-Lyle", 10), ("Owain Marsden", _WEEKEND)),
    SPORT: (("Callum Thackray", _WEEK), ("Musa Danbury", _WEEKEND)),
    FILMS: (("Lorna Peverell", 9),),
    WOODS: (("Jerome Attwell", _WEEK),),
}
"""Who looks on which days (Monday 1, Tuesday 2, Wednesday 4 …, added up). One rota leaves days out."""

_LIKELY: Final[dict[str, tuple[float, float]]] = {
    MAIN: (0.99, 0.94),
    BOOKS: (0.96, 0.72),
    FIRST: (0.94, 0.66),
    SPORT: (0.95, 0.8),
    FILMS: (0.9, 0.45),
    WOODS: (0.88, 0.5),
    FRIENDS: (0.5, 0.2),
    TOUR: (0.95, 0.7),
}
"""How sure it is that somebody looks: on a weekday, at a weekend."""

_UNSEEN: Final = {
    MAIN: range(1),
    FIRST: range(1),
    SPORT: range(1),
    FRIENDS: range(4),
    WOODS: range(6),
}
"""Days before the present on which nobody looked."""
_SEEN: Final = {MAIN: (1,), FIRST: (1,), FILMS: (1,), BOOKS: (0, 1), SPORT: (1, 2)}
"""Days before the present on which somebody certainly did."""
_BEGUN: Final = {
    MAIN: 401,
    BOOKS: 368,
    FIRST: 293,
    SPORT: 265,
    FILMS: 243,
    TOUR: 207,
    WOODS: 177,
    FRIENDS: 32,
}
"""How many days before the present an account was first looked at; one of them was closed again."""
_CLOSED: Final = {TOUR: 174}
DAYS = 402
"""How far back the looks go."""
_FOUND: Final = (
    "A comment that names a child: hidden, and its author asked to write to us instead.",
    "Somebody asks for the term dates; logged as a message.",
    "A picture from a party with a pupil in uniform; its author was asked.",
    "An advertisement under our post; deleted.",
)


def stories(at: Team) -> list[Timed]:
    """The rotas and absences, and every look."""
    return [at.tell(story(at)) for story in (_rotas, _half_term, _absences, _looks)]


def _rotas(at: Team) -> Telling:
    """Each account's rota, the day after it came on the register."""
    for name, begun in sorted(_BEGUN.items(), key=lambda each: -each[1]):
        if name not in _ROTAS:
            continue
        yield at_school(at.ago(begun), 8, 5)
        account = at.made[name]
        turns = tuple(TurnDraft(at.ids[who], days, holidays=name != WOODS) for who, days in _ROTAS[name])
        watching_rota.save_turns(at.office, account, watching_rota.rota(at.office, account).version, turns)


def _half_term(at: Team) -> Telling:
    """An absence that was covered, and is over."""
    yield 31
    watching_rota.add_cover(
        at.office,
        CoverDraft(
            at.ids["Priya Tolland"], at.ids["Denise Holloway-Finch"], at.ago(28), at.ago(24), note="Leave"
        ),
    )


def _absences(at: Team) -> Telling:
    """Somebody covers the one, nobody yet the other."""
    yield 2
    watching_rota.add_cover(
        at.office,
        CoverDraft(at.ids["Priya Tolland"], at.ids["Denise Holloway-Finch"], at.ahead(6), at.ahead(9),
                   note="Training in the county town"),
    )  # fmt: skip
    watching_rota.add_cover(
        at.office,
        CoverDraft(
            at.ids["Callum Thackray"], None, at.ahead(2), at.ahead(4), at.made[SPORT], "Away with a team"
        ),
    )


def _looks(at: Team) -> Telling:
    """A look at each account on most days. Who looks writes it down for several accounts in one go."""
    chance = random.Random(24_12)
    weekend: tuple[Context, ...] = (at.leader, at.dsl, at.head)
    for days in range(DAYS - 1, -1, -1):
        day = at.ago(days)
        resting = day.weekday() >= 5
        seen = [name for name in _BEGUN if _looked(name, days, day, chance)]
        if not seen:
            continue
        yield at_school(day, 10 if resting else 8, 35)
        ctx = weekend[days % 3] if resting else at.office
        found = _FOUND[days // 29 % len(_FOUND)] if days % 29 == 3 and MAIN in seen else ""
        if found:
            seen.remove(MAIN)
            watching.look(ctx, [at.made[MAIN]], found=True, note=found, person_id=_person(at, ctx))
        if seen:
            watching.look(ctx, [at.made[name] for name in seen], person_id=_person(at, ctx))


def _person(at: Team, ctx: Context) -> int:
    return at.ids[ctx.user.name.split(" ", 1)[1]]


def _looked(name: str, days: int, day: date, chance: random.Random) -> bool:
    likely = _LIKELY[name][day.weekday() >= 5]
    if (day.month, day.day) >= (12, 24) or (day.month, day.day) <= (1, 2):
        likely /= 5  # Christmas, when nobody remembered
    drawn = chance.random() < likely
    if not _CLOSED.get(name, -1) < days <= _BEGUN[name] or days in _UNSEEN.get(name, ()):
        return False
    return drawn or days in _SEEN.get(name, ())
