"""``keys.json`` as a file: its form, its limits, and the refusal of anything else.

Everything is checked here before a single key is computed: a file somebody prepared must not make the program
take gigabytes of memory or hours of work (``Argon2Parameters.check``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

from smdesk.errors import Damaged, NewerVersion, Tampered
from smdesk.security.files import read_limited, storage_problem, write_whole

FORMAT = 1
SALT_BYTES = 16
MAX_FILE_BYTES = 1024 * 1024
MAX_USERS = 500
MAX_LOGIN = 100
_BOX_BYTES = 12 + 32 + 16
"""Nonce, a 32-byte secret, tag: every wrap holds exactly one key."""

_HEX = re.compile(r"[0-9a-f]*", re.ASCII)
_RESTORE = "Restore it from the newest backup, which keeps a copy of it."


@dataclass(frozen=True, slots=True)
class Argon2Parameters:
    """How hard a password is to guess: passes, memory in KiB, and lanes. Stored per user, so they can be raised."""

    time_cost: int
    memory_kib: int
    parallelism: int

    def check(self) -> None:
        """Raise ValueError for what no school's computer should be made to do. Costs nothing."""
        if not 1 <= self.parallelism <= 16:
            raise ValueError(f"{self.parallelism} lanes")
        if not 8 * self.parallelism <= self.memory_kib <= 1024 * 1024:
            raise ValueError(f"{self.memory_kib} KiB of memory")
        if not 1 <= self.time_cost <= 100 or self.time_cost * self.memory_kib > 8 * 1024 * 1024:
            raise ValueError(f"{self.time_cost} passes over {self.memory_kib} KiB")


@dataclass(frozen=True, slots=True)
class UserEntry:
    """One user's wraps. ``login`` is folded; ``data`` and ``signing`` are nonce and ciphertext."""

    login: str
    params: Argon2Parameters
    salt: bytes
    data: bytes
    signing: bytes
    public_key: bytes


@dataclass(frozen=True, slots=True)
class KeysFile:
    """The whole file. ``seal`` covers everything else."""

    vault_id: str
    users: Mapping[str, UserEntry]
    recovery: bytes
    seal: bytes = b""

    def find(self, login: str) -> str | None:
        """The user key of a folded login, or None."""
        return next((key for key, entry in self.users.items() if entry.login == login), None)

    def with_user(self, user_key: str, entry: UserEntry) -> KeysFile:
        """A copy in which ``user_key`` has this entry."""
        return replace(self, users={**self.users, user_key: entry})

    def without_user(self, user_key: str) -> KeysFile:
        """A copy without ``user_key``."""
        return replace(self, users={key: entry for key, entry in self.users.items() if key != user_key})


def is_hex(text: object, size: int) -> bool:
    """True for exactly ``size`` bytes in lower-case hexadecimal."""
    return isinstance(text, str) and len(text) == 2 * size and _HEX.fullmatch(text) is not None


def tampered(path: Path, what: str) -> Tampered:
    """The error for a file that reads well and cannot be right."""
    return Tampered(f"{path.name} has been changed by something other than SM Desk: {what}. {_RESTORE}")


def sealed_part(file: KeysFile) -> bytes:
    """The bytes the seal covers: the file's content without the seal, in its one written form."""
    content = _content(file)
    del content["seal"]
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def write(path: Path, file: KeysFile) -> None:
    """Replace keys.json as a whole, flushed to the disk. Raises StorageProblem."""
    write_whole(path, json.dumps(_content(file), sort_keys=True, indent=1).encode("ascii") + b"\n")


def read(path: Path) -> KeysFile:
    """Read and check keys.json.

    Raises Damaged when it is missing or not JSON, Tampered when it is JSON that SM Desk would not have written,
    NewerVersion when a newer SM Desk wrote it, StorageProblem when the disk will not read it.
    """
    try:
        data = read_limited(path, MAX_FILE_BYTES)
    except FileNotFoundError:
        raise Damaged(
            f"{path.name} is missing, and without it nothing can be opened. {_RESTORE}", path.name
        ) from None
    except OSError as error:
        raise storage_problem(error, path) from error
    if data is None:
        raise tampered(path, f"it is larger than {MAX_FILE_BYTES // 1024} KB")
    try:
        content = json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refuse_constant)
    except _TwiceError as error:
        raise tampered(path, str(error)) from None
    except (ValueError, RecursionError):
        raise Damaged(f"{path.name} is damaged and cannot be read. {_RESTORE}", path.name) from None
    return _Reader(path).file(content)


def _content(file: KeysFile) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "vault": file.vault_id,
        "recovery": file.recovery.hex(),
        "seal": file.seal.hex(),
        "users": {
            key: {
                "login": entry.login,
                "argon2id": {
                    "passes": entry.params.time_cost,
                    "memory_kib": entry.params.memory_kib,
                    "lanes": entry.params.parallelism,
                },
                "salt": entry.salt.hex(),
                "data": entry.data.hex(),
                "signing": entry.signing.hex(),
                "public": entry.public_key.hex(),
            }
            for key, entry in file.users.items()
        },
    }


class _TwiceError(Exception):
    """A name occurs twice in one JSON object: readers would disagree about which counts."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise _TwiceError("a name stands in it twice")
    return content


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Checks parsed JSON piece by piece; every refusal names the file."""

    path: Path

    def file(self, content: object) -> KeysFile:
        if isinstance(content, dict):
            version = content.get("format")
            if type(version) is int and FORMAT < version < 1_000_000:
                raise NewerVersion(
                    f"{self.path.name} was written by a newer SM Desk than this one. Install the newest version on"
                    " this computer."
                )
        top = self._object(content, {"format", "vault", "recovery", "seal", "users"}, "the file")
        if type(top["format"]) is not int or top["format"] != FORMAT:
            raise self._refused("the format number")
        users = top["users"]
        if not isinstance(users, dict) or len(users) > MAX_USERS:
            raise self._refused("the list of users")
        entries = {self._key(key): self._entry(entry) for key, entry in users.items()}
        if len({entry.login for entry in entries.values()}) != len(entries):
            raise self._refused("the user names (one stands there twice)")
        return KeysFile(
            self._key(top["vault"]),
            MappingProxyType(entries),
            self._bytes(top["recovery"], _BOX_BYTES, "the recovery entry"),
            self._bytes(top["seal"], 32, "the seal"),
        )

    def _entry(self, content: object) -> UserEntry:
        entry = self._object(
            content, {"login", "argon2id", "salt", "data", "signing", "public"}, "a user's entry"
        )
        login = entry["login"]
        if not isinstance(login, str) or not 0 < len(login) <= MAX_LOGIN:
            raise self._refused("a user name")
        numbers = self._object(entry["argon2id"], {"passes", "memory_kib", "lanes"}, "a user's parameters")
        if any(type(number) is not int for number in numbers.values()):
            raise self._refused("a user's parameters")
        params = Argon2Parameters(numbers["passes"], numbers["memory_kib"], numbers["lanes"])
        try:
            params.check()
        except ValueError as error:
            raise tampered(self.path, f"it asks for work no password needs ({str(error)[:80]})") from None
        return UserEntry(
            login,
            params,
            self._bytes(entry["salt"], SALT_BYTES, "a user's salt"),
            self._bytes(entry["data"], _BOX_BYTES, "a user's data key"),
            self._bytes(entry["signing"], _BOX_BYTES, "a user's signing key"),
            self._bytes(entry["public"], 32, "a user's public key"),
        )

    def _object(self, content: object, names: set[str], what: str) -> dict[str, Any]:
        if not isinstance(content, dict) or set(content) != names:
            raise self._refused(what)
        return content

    def _key(self, text: object) -> str:
        if not isinstance(text, str) or not is_hex(text, 16):
            raise self._refused("an identifier")
        return text

    def _bytes(self, text: object, size: int, what: str) -> bytes:
        if not isinstance(text, str) or not is_hex(text, size):
            raise self._refused(what)
        return bytes.fromhex(text)

    def _refused(self, what: str) -> Tampered:
        return tampered(self.path, f"{what} does not have the form SM Desk writes")
