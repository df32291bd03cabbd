"""Whether a user may be somebody on record although the link between the two does not say so, going by the name.

What is about a user follows from the link between user and person record. Where nobody set it, or it was turned to
somebody else, the name is all there is: it never opens anything, but it keeps somebody from deciding about a person of
their own name (CON-5).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from typing import Any, Final

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


def is_written(user_name: str, written: str) -> bool:
    """Whether what somebody wrote for a name may mean a user of this name, in whatever order and with whatever beside
    it: "Alder, Helen", "the head, Mrs H. Alder". A family name alone is enough.
    """
    found = _WORD.findall(_plain(written))
    # Names begin with a capital: "a parent" is none, and "a" no initial.
    named = [word for word in found if not word.islower()] or found
    words = [word.casefold() for word in named]
    return any(_is_family(user_name, words, at) for at in range(len(words)))


def _is_family(user_name: str, words: list[str], at: int) -> bool:
    """Whether the word at this place is the user's family name, and what stands beside it does not speak against it."""
    word, before = words[at], words[at - 1] if at else ""
    if len(word) < 2 or word in TITLES:
        return False
    # "Mr Damson" says the family alone, whatever else is said of him.
    others = [] if before in TITLES else [each for each in words[:at] + words[at + 1 :] if each not in TITLES]
    return may_be(user_name, " ".join(others), word)


def is_same_user(session: Session, one: int, other: int) -> bool:
    """Whether two user accounts may be one person's: linked with one person, or of one name where the links do not
    tell them apart. Somebody with two accounts is one (CON-5).
    """
    if one == other:
        return True
    rows = (
        driver(session)
        .execute(
            "SELECT u.name, coalesce(p.merged_into, p.id) FROM user u LEFT JOIN person p ON p.id = u.person_id"
            " WHERE u.id IN (?, ?)",
            (one, other),
        )
        .fetchall()
    )
    (name, person), (other_name, other_person) = rows
    if person is not None and other_person is not None:
        return bool(person == other_person)
    return is_written(name, other_name) or is_written(other_name, name)


def is_namesake(session: Session, user_id: int, people: Iterable[int]) -> bool:
    """Whether one of these people may be this user, whatever the link says. See ``namesakes``."""
    return bool(namesakes(session, user_id, people))


def namesakes(session: Session, user_id: int, people: Iterable[int] | None = None) -> frozenset[int]:
    """Those of these people, or of all, who may be this user although the link does not say so.

    Where there is no link, or the record linked has another name than the user: everybody who goes by the user's
    name. Else only records that the user was linked with before: a link is not turned away to decide, and back.
    """
    raw = driver(session)
    name, own, given, family = raw.execute(
        "SELECT u.name, u.person_id, p.given_name, p.family_name FROM user u LEFT JOIN person p ON p.id = u.person_id"
        " WHERE u.id = ?",
        (user_id,),
    ).fetchone()
    asked = None if people is None else set(people)
    if own is not None and may_be(name, given, family):
        before = _linked_before(raw, user_id) - {own}
        asked = before if asked is None else asked & before
    if asked is not None and not asked:
        return frozenset()
    rows = raw.execute(
        "SELECT id, given_name, family_name FROM person"
        " WHERE :ids IS NULL OR id IN (SELECT value FROM json_each(:ids))",
        {"ids": None if asked is None else json.dumps(sorted(asked))},
    )
    return frozenset(each for each, given, family in rows.fetchall() if may_be(name, given, family))


def _linked_before(raw: Any, user_id: int) -> set[int]:
    """The person records this user was linked with once, by the audit log."""
    rows = raw.execute(
        "SELECT json_extract(t.detail, '$.person_id[0]') FROM audit_entry a JOIN audit_detail t ON t.seq = a.seq"
        " WHERE a.object_kind = 'user' AND a.object_id = ? AND a.action = 'user.saved'",
        (user_id,),
    )
    return {int(row[0]) for row in rows.fetchall() if row[0]}


def _words(name: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(_plain(name))]


def _plain(name: str) -> str:
    """Without accents: one left out, or written as a sign of its own, makes no other name."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
