"""Where accounts, agreements and what is said elsewhere name a person, so that a merge can move it and give it back."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import (
    AccountLook,
    AccountMessage,
    AccountRunner,
    Acknowledgement,
    Block,
    BusinessCase,
    CaseRunner,
    Finding,
    PlaceCheck,
    SchoolAccount,
    Training,
    WatchCover,
    WatchedPlace,
    WatchTurn,
)
from smdesk.services import training_state

_PLACES: Final[tuple[tuple[str, Any, str], ...]] = (
    ("case_proposer", BusinessCase, "proposer_id"),
    ("case_runner", CaseRunner, "person_id"),
    ("account_responsible", SchoolAccount, "responsible_id"),
    ("account_runner", AccountRunner, "person_id"),
    ("watch_turn", WatchTurn, "person_id"),
    ("watch_absent", WatchCover, "absent_id"),
    ("watch_cover", WatchCover, "cover_id"),
    ("account_look", AccountLook, "person_id"),
    ("account_message", AccountMessage, "person_id"),
    ("block", Block, "person_id"),
    ("acknowledgement", Acknowledgement, "person_id"),
    ("training", Training, "person_id"),
    ("place_responsible", WatchedPlace, "responsible_id"),
    ("place_check", PlaceCheck, "person_id"),
    ("finding", Finding, "person_id"),
)


def move(session: Session, keep_id: int, gone_id: int) -> dict[str, list[int]]:
    """Point everything that names the duplicate at the kept record. Returns what was moved, to be given back."""
    moved: dict[str, list[int]] = {}
    for name, table, column in _PLACES:
        rows = session.scalars(select(table).where(getattr(table, column) == gone_id)).all()
        for row in rows:
            setattr(row, column, keep_id)
        moved[name] = [row.id for row in rows]
    # Two records of one person may each have had a newest training: one of them is the newest now.
    training_state.refresh_newest(session, (keep_id, gone_id))
    return moved


def give_back(session: Session, moved: dict[str, Any], keep_id: int, gone_id: int) -> None:
    """Point what ``move`` moved at the duplicate again, where it still names the kept record."""
    for name, table, column in _PLACES:
        # A merge made before these records existed knows nothing of them.
        for row in session.scalars(
            select(table).where(table.id.in_(moved.get(name, [])), getattr(table, column) == keep_id)
        ):
            setattr(row, column, gone_id)
    training_state.refresh_newest(session, (keep_id, gone_id))
