"""What is read on the way in: the school's name, the user's window, their drafts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from smdesk.paths import SchoolFolder
from smdesk.services import drafts, session, settings
from smdesk.services import school as school_service
from smdesk.services.context import Context, utc_now

WINDOW_KEY = "window"
"""Where this user's main window stood, in their settings."""


@dataclass(frozen=True)
class Opened:
    """Somebody is signed in, and what the main window shows at once was read on the way."""

    ctx: Context
    school_name: str
    idle_minutes: int
    remembered: Any
    drafts: tuple[tuple[str, int, datetime], ...]


def enter(folder: SchoolFolder, login: str, password: str, now: Callable[[], datetime] = utc_now) -> Opened:
    """Sign in and read what the window needs first. On a worker: Argon2 takes its time on purpose."""
    return look_around(session.sign_in(folder, login, password, now))


def look_around(ctx: Context) -> Opened:
    """What the main window shows at once. Where it cannot be read, the records are closed again.

    Before a first password is chosen the services answer nothing else: then it is read afterwards.
    """
    if ctx.user.must_change_password:
        return Opened(ctx, "", 0, None, ())
    return read_first(ctx)


def read_first(ctx: Context) -> Opened:
    """``look_around`` for somebody whose password is their own."""
    try:
        school = school_service.get(ctx)
        return Opened(
            ctx,
            school.name,
            school.settings.idle_minutes,
            settings.get(ctx, WINDOW_KEY, None),
            tuple(drafts.mine(ctx)),
        )
    except BaseException:
        ctx.database.dispose()
        raise
