"""What the long lists share: a statement with its values, and orders that tell nothing of a masked row.

The lists put their statements together from their own fixed pieces; every value is bound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

View = TypeVar("View")
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


def selected(
    table: str,
    where: str,
    keys: Sequence[str],
    params: dict[str, int | str],
    *,
    blanks_last: bool,
    descending: bool,
) -> Query:
    """The sorted ids of the rows that a condition lets through."""
    order = order_by(table, keys, blanks_last=blanks_last, descending=descending)
    return Query(f"SELECT {table}.id FROM {table} WHERE {where} ORDER BY {order}", params)  # noqa: S608 - bound


def selected_masked(
    table: str,
    where: str,
    full: str,
    keys: Sequence[str],
    params: dict[str, int | str],
    *,
    narrowed: bool,
    tells: bool,
    blanks_last: bool,
    descending: bool,
) -> Query:
    """As ``selected``, where only the rows of ``full`` show this reader what they hold.

    What is masked is found by nothing that it hides: where the list is ``narrowed`` by such words it is left out, and
    where the order ``tells`` of them it stands last.
    """
    if tells and not narrowed:
        shown, masked = f"{where} AND {full}", f"{where} AND NOT {full}"
        return Query(
            masked_last(table, keys, shown, masked, blanks_last=blanks_last, descending=descending), params
        )
    where = f"{where} AND {full}" if narrowed else where
    return selected(table, where, keys, params, blanks_last=blanks_last, descending=descending)


def count_each(
    cursor: Any, table: str, views: Mapping[View, str], params: Mapping[str, int | str] | None = None
) -> dict[View, int]:
    """How many rows each view of a list holds."""
    columns = ", ".join(f"coalesce(sum({condition}), 0)" for condition in views.values())
    counts = cursor.execute(f"SELECT {columns} FROM {table}", params or {}).fetchone()  # noqa: S608 - our pieces
    return dict(zip(views, counts, strict=True))


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
