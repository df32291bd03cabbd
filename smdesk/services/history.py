"""The history of business cases, accounts and what belongs to them: one line for each thing done (INC-14)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import HistoryLine, User
from smdesk.services.context import Context


@dataclass(frozen=True, slots=True)
class History:
    """One line as shown, oldest first. ``who`` is "SM Desk" where the program itself wrote it."""

    id: int
    kind: str
    happened_on: date
    text: str
    reason: str
    rule: str
    who: str
    recorded_at: datetime


def add(
    session: Session,
    ctx: Context,
    object_kind: str,
    object_id: int,
    kind: str,
    text: str,
    *,
    reason: str = "",
    rule: str = "",
    happened_on: date | None = None,
) -> None:
    """Write one line about a record, in the transaction that did it. ``happened_on``: today unless given."""
    session.add(
        HistoryLine(
            object_kind=object_kind,
            object_id=object_id,
            kind=kind,
            happened_on=happened_on or ctx.today(),
            text=text,
            reason=reason,
            rule=rule,
            recorded_at=ctx.now(),
            recorded_by=ctx.user.id,
        )
    )


def lines(session: Session, object_kind: str, object_id: int) -> tuple[History, ...]:
    """Everything that happened with one record, oldest first."""
    rows = session.execute(
        select(HistoryLine, User.name)
        .outerjoin(User, User.id == HistoryLine.recorded_by)
        .where(HistoryLine.object_kind == object_kind, HistoryLine.object_id == object_id)
        .order_by(HistoryLine.id)
    )
    return tuple(
        History(
            line.id,
            line.kind,
            line.happened_on,
            line.text,
            line.reason,
            line.rule,
            name or "SM Desk",
            line.recorded_at,
        )
        for line, name in rows
    )
