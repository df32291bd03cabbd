"""The search made anew from the records, where ``verify`` found that it leaves something out."""

from __future__ import annotations

from collections.abc import Callable

from smdesk.db import audit, search
from smdesk.security.permissions import Permission
from smdesk.services.context import Context, needs


@needs(Permission.BACKUPS_MAKE)
def rebuild_search(ctx: Context, progress: Callable[[int, int], None] | None = None) -> list[str]:
    """Make the search over incidents, people and exceptions anew; the records themselves are only read.

    ``progress`` is told records done and in all, and may raise Cancelled: then the search stays as it was. Nobody can
    save while it runs. Returns what is still out of step, a sentence each (none expected). Raises StorageProblem.
    """

    def told(done: int, whole: int) -> bool:
        if progress is not None:
            progress(done, whole)
        return False

    with ctx.database.writing() as session:
        before = search.out_of_step(session)
        search.rebuild(session, told)
        left = search.out_of_step(session)
        audit.write(
            session,
            actor_id=ctx.user.id,
            at=ctx.now(),
            action="search.rebuilt",
            object_kind="school",
            object_id=None,
            detail={"found": before, "left": left},
        )
        return left
