"""Which letters somebody may see, and which they decide about, in SQL: as they may the matter each is about.

Apart from ``letter_matter``, which knows all that letters say: a list of what waits needs none of it.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from smdesk.services import connection_sight, sight
from smdesk.services.sight import Reader, Where

REFERENCE_SQL: Final = (
    "CASE WHEN letter.incident_id IS NULL THEN printf('%d/C%04d', connection_exception.year,"
    " connection_exception.number) ELSE printf('%d/%04d', incident.year, incident.number) END"
)
"""The reference of a letter's matter, over the tables of ``JOINED``."""
JOINED: Final = (
    "letter LEFT JOIN incident ON incident.id = letter.incident_id"
    " LEFT JOIN connection_exception ON connection_exception.id = letter.exception_id"
)


def where_full(who: Reader) -> Where:
    """The condition for the letters this reader may see, over the tables of ``JOINED``."""
    incidents, exceptions = sight.where_full(who), connection_sight.where_full(who)
    return Where(
        f"((letter.incident_id IS NOT NULL AND ({incidents.sql}))"
        f" OR (letter.exception_id IS NOT NULL AND ({exceptions.sql})))",
        {**incidents.params, **exceptions.params},
    )


def where_decidable(session: Session, who: Reader) -> Where:
    """The condition for the letters this reader decides about, over the tables of ``JOINED``: ``is_decidable`` in
    SQL.
    """
    incidents, exceptions = sight.where_decidable(who), connection_sight.where_decidable(session, who)
    return Where(
        f"((letter.incident_id IS NOT NULL AND ({incidents.sql}))"
        f" OR (letter.exception_id IS NOT NULL AND ({exceptions.sql})))",
        {**incidents.params, **exceptions.params},
    )
