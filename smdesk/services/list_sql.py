"""What the long lists share: a statement with its values, and orders that tell nothing of a masked row.

The lists put their statements together from their own fixed pieces; every value is bound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

_COLLATION: Final = " COLLATE "


@dataclass(frozen=True, slots=True)
class Query:
    """SQL with its bound values. ``benchmarks`` runs the same text on a bare connection."""

    sql: str
    params: dict[str, int | str]


def holds_words(typed: str, name: str, params: dict[str, int | str]) -> list[str]:
    """Bind each word of a search as a pattern for LIKE … ESCAPE with a backslash, over casefolded text.

    "%" and "_" are letters like any other. Returns the names the words are bound to.
    """
    names = []
    for at, word in enumerate(typed.casefold().split()):
        plain = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        params[f"{name}{at}"] = f"%{plain}%"
        names.append(f"{name}{at}")
    return names


def ranked(expression: str, labels: Mapping[Any, str]) -> str:
    """An expression that sorts codes as the labels people see sort."""
    order = sorted(labels, key=lambda code: labels[code].casefold())
    cases = " ".join(f"WHEN '{code}' THEN {rank}" for rank, code in enumerate(order, 1))
    return f"CASE {expression} {cases} ELSE 0 END"


def order_by(table: str, keys: Sequence[str], *, blanks_last: bool, descending: bool) -> str:
    """What follows ORDER BY: the keys, then the id, so that equal rows always stand the same way."""
    direction = " DESC" if descending else ""
    terms = [f"{key}{direction}" for key in keys]
    if blanks_last:
        terms.insert(0, f"{keys[0]} IS NULL")
    return ", ".join([*terms, f"{table}.id{direction}"])


def masked_last(
    table: str, keys: Sequence[str], where: str, masked: str, *, blanks_last: bool, descending: bool
) -> str:
    """A statement for sorted ids, then the masked ones by their ids: not even among themselves may they stand in an
    order that tells of what they hide.
    """
    direction = " DESC" if descending else ""
    parts = [key.partition(_COLLATION) for key in keys]
    named = ", ".join(f"{expression} AS key{at}" for at, (expression, _, _) in enumerate(parts))
    empty = ", ".join("NULL" for _ in keys)
    order = [f"key{at}{word}{collation}{direction}" for at, (_, word, collation) in enumerate(parts)]
    if blanks_last:
        order.insert(0, "key0 IS NULL")
    return (
        f"SELECT id FROM (SELECT {table}.id AS id, 0 AS masked, {named} FROM {table} WHERE {where}"  # noqa: S608 - bound
        f" UNION ALL SELECT {table}.id, 1, {empty} FROM {table} WHERE {masked})"
        f" ORDER BY masked, {', '.join(order)}, id{direction}"
    )
