"""Strict reading of data written by people: profiles, platform ages, facts. One wrong key is named, not guessed at."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

from smdesk.errors import Invalid

Code = TypeVar("Code", bound=StrEnum)

LONGEST_TEXT = 4000


def toml_table(text: str, what: str) -> dict[str, object]:
    """The whole of a TOML text. Raises ``Invalid`` where it is not TOML; ``what`` names the file to the reader."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Invalid.one("", f"{what} is not valid TOML: {error}.") from error


class Table:
    """One table being read. Every reader names the place when it refuses; ``done`` refuses keys nobody read."""

    def __init__(self, data: object, path: str = "") -> None:
        if not isinstance(data, Mapping) or not all(isinstance(key, str) for key in data):
            raise Invalid.one(path, f"{_place(path)} must be a table of named values.")
        self.path = path
        self._data: dict[str, object] = dict(data)
        self._read: set[str] = set()

    def refusal(self, key: str, message: str) -> Invalid:
        """The ``Invalid`` to raise for one key of this table."""
        field = f"{self.path}.{key}" if self.path else key
        return Invalid.one(field, f"{_place(self.path)}: {message}")

    def has(self, key: str) -> bool:
        return key in self._data

    def raw(self, key: str) -> object:
        """The value as written; refuses a missing key."""
        self._read.add(key)
        if key not in self._data:
            raise self.refusal(key, f"'{key}' is missing.")
        return self._data[key]

    def text(self, key: str, *, longest: int = LONGEST_TEXT, empty: bool = False) -> str:
        value = self.raw(key)
        if not isinstance(value, str):
            raise self.refusal(key, f"'{key}' must be text in quotation marks, not {_shown(value)}.")
        if not value.strip() and not empty:
            raise self.refusal(key, f"'{key}' must not be empty.")
        if len(value) > longest:
            raise self.refusal(key, f"'{key}' is longer than {longest} characters.")
        return value

    def flag(self, key: str) -> bool:
        value = self.raw(key)
        if not isinstance(value, bool):
            raise self.refusal(key, f"'{key}' must be true or false, not {_shown(value)}.")
        return value

    def flag_or(self, key: str, missing: bool) -> bool:
        """A switch that older policies do not have: ``missing`` stands for it there."""
        return self.flag(key) if self.has(key) else missing

    def whole_or(self, key: str, lowest: int, highest: int, missing: int) -> int:
        """A number that older policies do not have: ``missing`` stands for it there."""
        return self.whole(key, lowest, highest) if self.has(key) else missing

    def whole(self, key: str, lowest: int, highest: int) -> int:
        value = self.raw(key)
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            raise self.refusal(
                key, f"'{key}' must be a whole number from {lowest} to {highest}, not {_shown(value)}."
            )
        return value

    def day(self, key: str) -> date:
        """A date: a TOML date, or text as YYYY-MM-DD."""
        value = self.raw(key)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if isinstance(value, str) and len(value) == 10:
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass
        raise self.refusal(key, f"'{key}' must be a date as YYYY-MM-DD, not {_shown(value)}.")

    def code(self, key: str, kind: type[Code]) -> Code:
        return self._code(key, self.raw(key), kind)

    def codes(self, key: str, kind: type[Code]) -> tuple[Code, ...]:
        """A list of codes without repeats."""
        value = self.raw(key)
        if not isinstance(value, list):
            raise self.refusal(key, f"'{key}' must be a list of: {_allowed(kind)}.")
        found = tuple(self._code(key, item, kind) for item in value)
        if len(set(found)) != len(found):
            raise self.refusal(key, f"'{key}' names the same value twice.")
        return found

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of names, none of them empty."""
        value = self.raw(key)
        if not isinstance(value, list):
            raise self.refusal(key, f"'{key}' must be a list of names in quotation marks.")
        for item in value:
            if not isinstance(item, str) or not item.strip() or len(item) > 200:
                raise self.refusal(key, f"'{key}' must be a list of names, and {_shown(item)} is not one.")
        return tuple(value)

    def table(self, key: str) -> Table:
        return Table(self.raw(key), f"{self.path}.{key}" if self.path else key)

    def tables(self, key: str) -> Iterator[Table]:
        """A list of tables; each is named by its number, counted from 1."""
        value = self.raw(key)
        if not isinstance(value, list):
            raise self.refusal(key, f"'{key}' must be a list of tables.")
        path = f"{self.path}.{key}" if self.path else key
        for number, item in enumerate(value, 1):
            yield Table(item, f"{path}[{number}]")

    def written(self) -> tuple[str, ...]:
        """The keys that are there."""
        return tuple(self._data)

    def done(self) -> None:
        """Refuse whatever was not read: a mistyped key must not be passed over in silence."""
        for key in self._data:
            if key not in self._read:
                raise self.refusal(
                    key, f"'{key}' is not a known key. Known keys: {', '.join(sorted(self._read))}."
                )

    def _code(self, key: str, value: object, kind: type[Code]) -> Code:
        if isinstance(value, str):
            try:
                return kind(value)
            except ValueError:
                pass
        raise self.refusal(key, f"'{key}' cannot be {_shown(value)}. Allowed values: {_allowed(kind)}.")


def _place(path: str) -> str:
    return f"In [{path}]" if path else "At the top level"


def _allowed(kind: type[Code]) -> str:
    return ", ".join(member.value for member in kind)


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."
