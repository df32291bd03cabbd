"""Reads back single values of a draft that was kept as JSON. Forgiving: what cannot be read is left out."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, TypeVar

Code = TypeVar("Code", bound=StrEnum)
Typed = TypeVar("Typed")


def text(data: dict[str, Any], key: str) -> str:
    """A kept text, "" where there is none."""
    value = data.get(key)
    return value if isinstance(value, str) else ""


def number(data: dict[str, Any], key: str) -> int | None:
    """A kept number: a record's id, or the version something was typed against."""
    value = data.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def flat(kind: type[Typed], data: dict[str, Any]) -> Typed:
    """What stood in a form, from a dataclass of texts, ticks and ids. What is not kept stays as in an empty form, which
    is ``kind()``; a field that is None there holds an id.
    """
    empty = kind()
    found: dict[str, Any] = {}
    for each in fields(empty):
        if each.name not in data:
            continue
        match getattr(empty, each.name):
            case bool():
                found[each.name] = data[each.name] is True
            case str():
                found[each.name] = text(data, each.name)
            case _:
                found[each.name] = number(data, each.name)
    return kind(**found)


def moment(value: object) -> datetime | None:
    """A kept moment, aware, or None."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return None if found is None or found.tzinfo is None else found.astimezone(UTC)


def day(value: object) -> date | None:
    """A kept day, or None."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def code(among: type[Code], value: object) -> Code | None:
    """A kept code; None for one this version of the program does not know."""
    try:
        return among(value) if isinstance(value, str) else None
    except ValueError:
        return None


def codes(among: type[Code], values: object) -> tuple[Code, ...]:
    """The codes of a kept list that are known."""
    if not isinstance(values, list):
        return ()
    found = (code(among, value) for value in values)
    return tuple(each for each in found if each is not None)
