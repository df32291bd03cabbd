"""Whether a user without a person record may be somebody on record, going by the name.

What is about a user follows from the link between user and person record. Where nobody set it the name is all there
is: it never opens anything, but it keeps somebody from deciding about a person of their own name (CON-5).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Final

from sqlalchemy.orm import Session

from smdesk.policy.words import TITLES
from smdesk.services.driver import driver

_WORD: Final = re.compile(r"[^\W\d_]+")


def may_be(user_name: str, given: str, family: str) -> bool:
    """Whether a user of this name may be this person: the family name, and a given name or an initial that fits.

    A user name without a given name ("Mrs Alder") fits everybody of that family.
    """
    whole = [word for word in _words(user_name) if word not in TITLES]
    lasts, firsts = _words(family), _words(given)
    if not lasts or not all(word in whole for word in lasts):
        return False
    rest = [word for word in whole if word not in lasts]
    if not rest or not firsts:
        return True
    return any(
        one == other or (min(len(one), len(other)) == 1 and one[0] == other[0])
        for one in rest
        for other in firsts
    )


def unlinked_namesake(session: Session, user_id: int, people: Iterable[int]) -> bool:
    """Whether this user has no person record of their own and one of these people goes by their name."""
    return bool(unlinked_namesakes(session, user_id, people))


def unlinked_namesakes(session: Session, user_id: int, people: Iterable[int] | None = None) -> frozenset[int]:
    """Those of these people, or of all, who go by the name of a user without a person record. None for one with."""
    raw = driver(session)
    name, person_id = raw.execute("SELECT name, person_id FROM user WHERE id = ?", (user_id,)).fetchone()
    if person_id is not None:
        return frozenset()
    rows = raw.execute(
        "SELECT id, given_name, family_name FROM person"
        " WHERE :ids IS NULL OR id IN (SELECT value FROM json_each(:ids))",
        {"ids": None if people is None else json.dumps(sorted(people))},
    )
    return frozenset(each for each, given, family in rows.fetchall() if may_be(name, given, family))


def _words(name: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(name)]
