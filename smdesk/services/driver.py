"""The database driver's own connection, for the few statements that every save and every list waits for.

Objects cost ten times what these reads do; everything else goes through the session.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session


def driver(session: Session) -> Any:
    """The driver's connection inside the session's transaction.

    What the session has not written yet is written first, so that both see the same records.
    """
    session.flush()
    raw = session.connection().connection.dbapi_connection
    if raw is None:
        raise RuntimeError("The connection was closed.")
    return raw
