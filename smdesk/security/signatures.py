"""Signatures: who approved exactly this.

A signature covers the *canonical* form of a small dictionary (ids, dates, hashes), not a document: the same
facts always give the same bytes, so a signature made today is checked years later on another computer.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_CONTEXT = b"SM Desk signature 1\n"
"""Signed in front of every payload, so that bytes signed for another purpose can never pass for ours."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A user's Ed25519 key, in memory between sign-in and lock. ``public`` is its 32-byte public half."""

    public: bytes
    _private: Ed25519PrivateKey = field(repr=False, compare=False)

    def __reduce__(self) -> str:
        # A key that can be pickled ends up in a cache or a message to another process one day.
        raise TypeError("a signing key is never written out")

    @classmethod
    def generate(cls) -> SigningKey:
        """A new key from the operating system's random numbers."""
        return cls._of(Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, seed: bytes) -> SigningKey:
        """The key of a 32-byte seed. Raises ValueError for any other length."""
        return cls._of(Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def _of(cls, private: Ed25519PrivateKey) -> SigningKey:
        return cls(private.public_key().public_bytes_raw(), private)

    def seed(self) -> bytes:
        """The 32 secret bytes. Only ``security.vault`` asks, to wrap them under a new password."""
        return self._private.private_bytes_raw()


def canonical(payload: Mapping[str, Any]) -> bytes:
    """The one byte string that stands for ``payload``: sorted keys, no spaces, UTF-8.

    Values may be text, whole numbers, booleans, None, lists (or tuples) and dictionaries with text keys. Anything
    else raises TypeError: a float or a date could be written in two ways, and then an honest signature would not
    verify. Dates go in as ISO 8601 text.
    """
    _check(payload, "payload")
    return json.dumps(
        payload, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode("utf-8")


def sign(key: SigningKey, payload: Mapping[str, Any]) -> bytes:
    """The 64-byte signature of ``payload``. Raises TypeError as ``canonical`` does."""
    return key._private.sign(_CONTEXT + canonical(payload))


def verify(public_key: bytes, payload: Mapping[str, Any], signature: bytes) -> bool:
    """True when ``signature`` was made over exactly this payload with this key. Never raises for bad bytes."""
    return _holds(public_key, canonical(payload), signature)


def verify_text(public_key: bytes, text: str, signature: bytes) -> bool:
    """``verify`` for a payload kept in its canonical form, which need not be made anew. Never raises for bad bytes."""
    return _holds(public_key, text.encode("utf-8", "surrogatepass"), signature)


def _holds(public_key: bytes, written: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, _CONTEXT + written)
    except (InvalidSignature, ValueError):
        return False
    return True


def fingerprint(public_key: bytes) -> str:
    """A public key as people compare it, aloud or on paper: eight groups of four hexadecimal digits."""
    digits = hashlib.sha256(public_key).hexdigest()[:32].upper()
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def _check(value: object, where: str) -> None:
    if value is None or isinstance(value, str | bool | int):
        # StrEnum and IntEnum members are text and numbers; json writes their values.
        return
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise TypeError(f"{where} has a key that is not text: {key!r}")
            _check(inner, f"{where}.{key}")
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            _check(inner, f"{where}[{index}]")
    else:
        raise TypeError(f"{where} holds a {type(value).__name__}, which has no single written form")
