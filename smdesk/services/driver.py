"""The database driver's own connection, for the few statements that every save and every list waits for.

Objects cost ten times what these reads do; everything else goes through the session.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.util import identity_key

from smdesk.db.models import utc_text
from smdesk.db.models.base import Base


def driver(session: Session) -> Any:
    """The driver's connection inside the session's transaction.

    What the session has not written yet is written first, so that both see the same records.
    """
    session.flush()
    raw = session.connection().connection.dbapi_connection
    if raw is None:
        raise RuntimeError("The connection was closed.")
    return raw


def stored_value(value: Any) -> Any:
    """A value as the database holds it."""
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, StrEnum) else value


def stored_day(text: str | None) -> date | None:
    """A day that the database holds."""
    return None if text is None else date.fromisoformat(text)


def store(session: Session, table: type[Base], row_id: int, columns: Mapping[str, Any]) -> None:
    """Write the columns of one row that were worked out. A plain statement: every save waits for it."""
    driver(session).execute(
        "UPDATE {table} SET {columns} WHERE id = :id".replace("{table}", table.__tablename__).replace(
            "{columns}", ", ".join(f"{name} = :{name}" for name in columns)
        ),
        {**{name: stored_value(value) for name, value in columns.items()}, "id": row_id},
    )
    loaded = session.identity_map.get(identity_key(table, row_id))
    if loaded is not None:
        # Whoever holds the record in this transaction sees what was just written, and does not write over it.
        for name, value in columns.items():
            set_committed_value(loaded, name, value)
