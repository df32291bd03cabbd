"""Which letters somebody may see, and which they decide about, in SQL: as they may the matter each is about.

Apart from ``letter_matter``, which knows all that letters say: a list of what waits needs none of it.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from smdesk.services import account_letter_sight, connection_sight, sight
from smdesk.services.sight import Reader, Where

JOINS: Final = (
    "LEFT JOIN incident ON incident.id = letter.incident_id"
    " LEFT JOIN connection_exception ON connection_exception.id = letter.exception_id"
    " LEFT JOIN business_case ON business_case.id = letter.case_id"
    " LEFT JOIN account_message ON account_message.id = letter.message_id"
    " LEFT JOIN block ON block.id = letter.block_id"
)
"""The tables of what letters are about, joined to ``letter``."""
JOINED: Final = f"letter {JOINS}"
REFERENCE_SQL: Final = (
    "CASE WHEN letter.incident_id IS NOT NULL THEN printf('%d/%04d', incident.year, incident.number)"
    " WHEN letter.exception_id IS NOT NULL"
    " THEN printf('%d/C%04d', connection_exception.year, connection_exception.number)"
    " WHEN letter.case_id IS NOT NULL THEN printf('%d/B%04d', business_case.year, business_case.number)"
    " WHEN letter.message_id IS NOT NULL THEN printf('%d/M%04d', account_message.year, account_message.number)"
    " ELSE printf('Block %d', block.id) END"
)
"""The reference of a letter's matter, over the tables of ``JOINED``: as ``letter_matter.reference`` gives it."""
MATTER_SQL: Final = (
    "CASE WHEN letter.incident_id IS NOT NULL THEN 'incident' WHEN letter.exception_id IS NOT NULL THEN 'exception'"
    " WHEN letter.case_id IS NOT NULL THEN 'case' WHEN letter.message_id IS NOT NULL THEN 'message'"
    " ELSE 'block' END"
)
"""The MatterKind of a letter."""
MATTER_ID_SQL: Final = (
    "coalesce(letter.incident_id, letter.exception_id, letter.case_id, letter.message_id, letter.block_id)"
)
PERSON_JOIN: Final = "LEFT JOIN person ON person.id = letter.person_id"
TO_SQL: Final = (
    "CASE WHEN letter.person_id IS NULL"
    " THEN substr(letter.addressee, 1, instr(letter.addressee || char(10), char(10)) - 1)"
    " ELSE ltrim(person.given_name || ' ' || person.family_name) END"
)
"""Whom a letter goes to, by name, over ``PERSON_JOIN``: ``letter_state.to_whom`` in SQL."""


def where_full(who: Reader) -> Where:
    """The condition for the letters this reader may see, over the tables of ``JOINED``."""
    return _any_of(
        sight.where_full(who), connection_sight.where_full(who), account_letter_sight.where_full(who)
    )


def where_decidable(session: Session, who: Reader) -> Where:
    """The condition for the letters this reader decides about, over the tables of ``JOINED``: ``is_decidable`` in
    SQL.
    """
    return _any_of(
        sight.where_decidable(who),
        connection_sight.where_decidable(session, who),
        account_letter_sight.where_decidable(session, who),
    )


def _any_of(incidents: Where, exceptions: Where, others: Where) -> Where:
    return Where(
        f"((letter.incident_id IS NOT NULL AND ({incidents.sql}))"
        f" OR (letter.exception_id IS NOT NULL AND ({exceptions.sql}))"
        f" OR (letter.incident_id IS NULL AND letter.exception_id IS NULL AND ({others.sql})))",
        {**incidents.params, **exceptions.params, **others.params},
    )
