"""How much waits for whom: the numbers on the tabs."""

from __future__ import annotations

from collections.abc import Callable, Collection

from smdesk.security.permissions import Permission, Role, allowed
from smdesk.services.context import Context


def _letters_waiting(ctx: Context) -> int:
    from smdesk.services import letters

    return len(letters.sorted_ids(ctx, "waiting"))


def _exceptions_to_complete(ctx: Context) -> int:
    from smdesk.services import connection_list
    from smdesk.services.connection_records import ExceptionView

    return connection_list.view_counts(ctx)[ExceptionView.TO_COMPLETE]


def _to_decide(ctx: Context) -> int:
    from smdesk.services import queue

    return len(queue.waiting(ctx))


_TODAYS = ("today", "incidents", "letters", "cases", "accounts", "reputation", "agreements")
"""Tabs whose number is that of the things Today tells of them, unless they have a count of their own."""


def counted_for(roles: frozenset[Role]) -> dict[str, Callable[[Context], int]]:
    """The tabs that say more than Today tells of them, for somebody in these roles, and how that is counted.

    What is to be completed in the register is the office's work; a headteacher has a list of their own.
    """
    counted: dict[str, Callable[[Context], int]] = {}
    if allowed(roles, Permission.LETTERS_APPROVE):
        counted["letters"] = _letters_waiting
    if allowed(roles, Permission.QUEUE_READ):
        counted["queue"] = _to_decide
    elif allowed(roles, Permission.CONNECTIONS_EDIT):
        counted["connections"] = _exceptions_to_complete
    return counted


def counts(ctx: Context, tabs: Collection[str]) -> dict[str, int]:
    """How much waits for this user in those of the tabs that say so."""
    from smdesk.services import today

    due = today.counts(ctx)
    found = {tab: due.get(tab, 0) for tab in _TODAYS if tab in tabs}
    for tab, count in counted_for(ctx.user.roles).items():
        if tab in tabs:
            found[tab] = count(ctx)
    return found


SHOWS_IN_COUNTS = (
    *(
        "letter",
        "exception",
        "question",
        "incident",
        "message",
        "sign_off",
        "case",
        "account",
        "look",
        "block",
    ),
    *("place", "finding", "policy", "agreement", "training"),
)
"""Kinds of change after which the tabs' counts may be others."""
