"""Who is asking, and the gate every public service function stands behind.

Every public function of a service either names its permission with ``@needs`` or says with ``@open_to_all``
why it needs none; a test enumerates them. The user's roles are read from the database on every call, not
remembered from sign-in, so a role taken away while a form stood open counts at once.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Concatenate, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from smdesk.db.engine import Database
from smdesk.errors import NotAllowed
from smdesk.paths import SchoolFolder
from smdesk.security import permissions
from smdesk.security.permissions import Permission, Role
from smdesk.security.signatures import SigningKey

P = ParamSpec("P")
R = TypeVar("R")

_WITH_A_GIVEN_PASSWORD = frozenset(
    {Permission.OWN_PASSWORD, Permission.OWN_SETTINGS, Permission.SCHOOL_READ, Permission.USERS_READ}
)
"""What somebody may do before they have replaced a password that was given to them."""

LOCAL = ZoneInfo("Europe/London")
"""Every school this program serves is in the United Kingdom."""


def utc_now() -> datetime:
    """The present moment, aware and to the second."""
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person at the keyboard. ``roles`` are as at sign-in, for drawing the window; services re-read them."""

    id: int
    login: str
    name: str
    roles: frozenset[Role]
    person_id: int | None = None
    must_change_password: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """What a service function is given: the open database, the folder, the user and the clock."""

    database: Database
    folder: SchoolFolder
    user: SignedIn
    signing: SigningKey | None
    now: Callable[[], datetime] = utc_now

    def today(self) -> date:
        """Today's date at the school."""
        return self.now().astimezone(LOCAL).date()


Changes = frozenset[tuple[str, int]]
"""What a write touched: pairs of kind ("incident", "person", "letter", "school", "user" …) and id."""


@dataclass(frozen=True, slots=True)
class Saved:
    """The outcome of a write: the record, its new version, and everything that changed."""

    id: int
    version: int
    changes: Changes


def _standing(ctx: Context) -> tuple[frozenset[Role], bool]:
    """The user's roles as they stand in the database now, and whether somebody else chose their password.

    Raises NotAllowed when the account has been closed since sign-in.
    """
    # On a plain cursor: every call of every service waits for this.
    with ctx.database.raw_reading() as cursor:
        row = cursor.execute(
            "SELECT roles, active, must_change_password FROM user WHERE id = ?", (ctx.user.id,)
        ).fetchone()
    if row is None or not row[1]:
        raise NotAllowed("This account is closed. Ask whoever manages users to open it again.")
    return frozenset(Role(code) for code in json.loads(row[0])), bool(row[2])


def needs(
    permission: Permission,
) -> Callable[[Callable[Concatenate[Context, P], R]], Callable[Concatenate[Context, P], R]]:
    """Declare the permission a public service function requires. Raises NotAllowed before the body runs."""

    def declare(function: Callable[Concatenate[Context, P], R]) -> Callable[Concatenate[Context, P], R]:
        @functools.wraps(function)
        def checked(ctx: Context, /, *args: P.args, **kwargs: P.kwargs) -> R:
            roles, must_choose = _standing(ctx)
            if must_choose and permission not in _WITH_A_GIVEN_PASSWORD:
                # Whoever chose this password knows it: until it is changed, two people could act under one name.
                raise NotAllowed("Choose a password of your own first; the present one was given to you.")
            permissions.require(roles, permission)
            return function(ctx, *args, **kwargs)

        checked.__dict__["permission"] = permission
        return checked

    return declare


def open_to_all(reason: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare that a public service function needs no permission, and why."""

    def declare(function: Callable[P, R]) -> Callable[P, R]:
        function.__dict__["open_because"] = reason
        return function

    return declare
