"""Wrong passwords slow down, for one user name and for all of them together, also across restarts.

The first few wrong tries are free; then each wait is double the one before, up to five minutes, and nobody is
ever locked out for longer: a child at the office keyboard must not be able to keep the headteacher out for a day.
The counters are in ``attempts.json``. They guard the sign-in window of this program. Somebody who copies the folder
guesses elsewhere, and it is Argon2id that slows them down; somebody who may delete files in it, or set the clock
forward, is the computer's administrator and can copy it.

What is typed as a user name is only kept where it *is* one: people type their password there.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from smdesk.errors import SmdeskError, WrongPassword
from smdesk.paths import SchoolFolder
from smdesk.security import keysfile
from smdesk.security.files import locked, read_limited, storage_problem, write_whole
from smdesk.security.passwords import fold_login

FREE_TRIES = 3
FREE_TRIES_TOTAL = 12
FIRST_WAIT = 5.0
LONGEST_WAIT = 300.0
DAMAGED_WAIT = 60.0
"""Seconds to wait when attempts.json cannot be read: damaging it must not be a way round it."""

FORGET_AFTER = timedelta(hours=24)
_MAX_BYTES = 256 * 1024
_MAX_COUNT = 1_000_000
_UNKNOWN = ""
"""One shared counter for every name that is not a user's."""


@dataclass(frozen=True, slots=True)
class _Tries:
    count: int
    last: datetime


@dataclass(frozen=True, slots=True)
class _State:
    tries: dict[str, _Tries] = field(default_factory=dict)
    penalty_from: datetime | None = None


def check(folder: SchoolFolder, login: str, now: datetime) -> None:
    """Raise WrongPassword, with the seconds to wait, while this name or all names together must wait.

    ``now`` is an aware date-time. When it lies before the last wrong try, the clock was set back: the wait starts
    again from ``now``, so that it neither ends early nor lasts until the clock has caught up.
    """
    with locked(folder.attempts):
        state, changed = _settled(_read(folder, now), now)
        if changed:
            _write(folder, state)
    wait = _wait(state, _name(folder, login), now)
    if wait > 0:
        raise WrongPassword(
            f"There were too many wrong passwords. Wait {_in_words(wait)}, then try again.", wait=wait
        )


def failed(folder: SchoolFolder, login: str, now: datetime) -> float:
    """Count a wrong password; returns the seconds until the next try is heard (0 while tries are free)."""
    name = _name(folder, login)
    with locked(folder.attempts):
        state, _ = _settled(_read(folder, now), now)
        before = state.tries.get(name)
        count = min(_MAX_COUNT, (before.count if before else 0) + 1)
        state = _State({**state.tries, name: _Tries(count, now)}, state.penalty_from)
        _write(folder, state)
    return _wait(state, name, now)


def succeeded(folder: SchoolFolder, login: str, now: datetime) -> None:
    """Forget this user's wrong tries. Everybody else's stay, so that one known password frees no guessing."""
    name = _name(folder, login)
    with locked(folder.attempts):
        state, changed = _settled(_read(folder, now), now)
        tries = {other: count for other, count in state.tries.items() if other != name}
        if changed or len(tries) != len(state.tries):
            _write(folder, _State(tries, state.penalty_from))


def _name(folder: SchoolFolder, login: str) -> str:
    try:
        folded = fold_login(login)
        file = keysfile.read(folder.keys)
    except SmdeskError:
        # Signing in will say what is wrong with the name or the file; guessing is slowed down all the same.
        return _UNKNOWN
    if folded in file.users:
        # vault.unlock takes a user key for a name; it must not be a second set of free tries.
        return file.users[folded].login
    return folded if file.find(folded) is not None else _UNKNOWN


def _wait(state: _State, name: str, now: datetime) -> float:
    own = state.tries.get(name)
    waits = [_left(own.last, _pause(own.count, FREE_TRIES), now)] if own else []
    if state.tries:
        total = sum(tries.count for tries in state.tries.values())
        last = max(tries.last for tries in state.tries.values())
        waits.append(_left(last, _pause(total, FREE_TRIES_TOTAL), now))
    if state.penalty_from is not None:
        waits.append(_left(state.penalty_from, DAMAGED_WAIT, now))
    return max(waits, default=0.0)


def _pause(count: int, free: int) -> float:
    if count <= free:
        return 0.0
    return float(min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(count - free - 1, 16)))


def _left(start: datetime, seconds: float, now: datetime) -> float:
    return max(0.0, seconds - (now - start).total_seconds())


def _settled(state: _State, now: datetime) -> tuple[_State, bool]:
    """The state with old tries forgotten and moments that lie in the future moved to now."""
    tries = {
        name: _Tries(one.count, min(one.last, now))
        for name, one in state.tries.items()
        if now - one.last < FORGET_AFTER
    }
    start = state.penalty_from
    if start is not None:
        start = None if now - start >= timedelta(seconds=DAMAGED_WAIT) else min(start, now)
    settled = _State(tries, start)
    return settled, settled != state


def _read(folder: SchoolFolder, now: datetime) -> _State:
    path = folder.attempts
    try:
        data = read_limited(path, _MAX_BYTES)
    except FileNotFoundError:
        return _State()
    except OSError as error:
        raise storage_problem(error, path) from error
    try:
        if data is None:
            raise ValueError("too long")
        return _parse(json.loads(data))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        state = _State(penalty_from=now)
        _write(folder, state)
        return state


def _parse(content: dict[str, dict[str, dict[str, object]] | str | None]) -> _State:
    if set(content) != {"tries", "penalty_from"}:
        raise ValueError("names")
    found = content["tries"]
    start = content["penalty_from"]
    if not isinstance(found, dict) or len(found) > keysfile.MAX_USERS + 1:
        raise ValueError("tries")
    tries = {}
    for name, one in found.items():
        count = one["count"]
        if type(count) is not int or not 0 < count <= _MAX_COUNT or len(name) > keysfile.MAX_LOGIN:
            raise ValueError("count")
        tries[name] = _Tries(count, _moment(one["last"]))
    return _State(tries, None if start is None else _moment(start))


def _moment(text: object) -> datetime:
    moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    if moment is None or moment.tzinfo is None:
        raise ValueError("moment")
    return moment.astimezone(UTC)


def _write(folder: SchoolFolder, state: _State) -> None:
    content = {
        "penalty_from": state.penalty_from.astimezone(UTC).isoformat() if state.penalty_from else None,
        "tries": {
            name: {"count": one.count, "last": one.last.astimezone(UTC).isoformat()}
            for name, one in sorted(state.tries.items())
        },
    }
    write_whole(folder.attempts, json.dumps(content, indent=1).encode("ascii") + b"\n")


def _in_words(seconds: float) -> str:
    whole = max(1, int(-(-seconds // 1)))
    if whole < 90:
        return "1 second" if whole == 1 else f"{whole} seconds"
    return f"{-(-whole // 60)} minutes"
