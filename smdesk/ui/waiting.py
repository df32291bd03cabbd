"""How much waits for whom: the numbers on the tabs."""

from __future__ import annotations

from collections.abc import Callable

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


def counted_for(roles: frozenset[Role]) -> dict[str, Callable[[Context], int]]:
    """The tabs that say how much waits for somebody in these roles, and how it is counted.

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


SHOWS_IN_COUNTS = ("letter", "exception", "question", "incident")
"""Kinds of change after which the tabs' counts may be others."""
