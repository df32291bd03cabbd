"""The code on a printed decision: the signed data itself, short enough for one QR code, and read back without records.

``SMDESK1:`` and three parts in URL-safe Base64 without padding, between dots: the canonical payload compressed with
zlib, the signature, the public key. Anybody can make a key and sign with it: that a signature holds says only that
nothing was changed since; *whose* it is shows the fingerprint, compared with the one the school has on record.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from smdesk.errors import Invalid
from smdesk.security import signatures

PREFIX: Final = "SMDESK1:"
LONGEST: Final = 1_800
"""Characters that one QR code still holds so that a telephone reads it from paper."""

_MOST: Final = 64 * 1024
_BROKEN: Final = "The code is not whole. Scan or copy it again, from the first letter to the last."


@dataclass(frozen=True, slots=True)
class SignedPaper:
    """A code as read. ``payload`` is to be believed only where it is ``intact``; ``public_key`` says whose it is."""

    payload: dict[str, Any]
    signature: bytes
    public_key: bytes
    intact: bool

    @property
    def fingerprint(self) -> str:
        """Of the key, as people compare it."""
        return signatures.fingerprint(self.public_key)


def paper_code(payload: Mapping[str, Any], signature: bytes, public_key: bytes) -> str:
    """The code of a signed decision. Raises TypeError as ``signatures.canonical`` does."""
    packed = zlib.compress(signatures.canonical(payload), 9)
    return PREFIX + ".".join(_written(part) for part in (packed, signature, public_key))


def read_code(text: str) -> SignedPaper:
    """Read a code, scanned or pasted: spaces and line ends in it do not matter.

    Raises Invalid where it is no code of SM Desk or not whole. A changed code is read and is not ``intact``.
    """
    # People paste a scanner's whole line; the code begins where it says so.
    joined = "".join(text.split())
    start = joined.find(PREFIX)
    if start < 0:
        raise Invalid.one("code", f"This is not the code of a decision: it begins with “{PREFIX}”.")
    parts = joined[start + len(PREFIX) :].split(".")
    if len(parts) != 3:
        raise Invalid.one("code", _BROKEN)
    packed, signature, public_key = (_read(part) for part in parts)
    content = _unpacked(packed)
    try:
        payload = json.loads(content)
    except (ValueError, RecursionError):
        raise Invalid.one("code", _BROKEN) from None
    if not isinstance(payload, dict) or len(public_key) != 32:
        raise Invalid.one("code", _BROKEN)
    return SignedPaper(payload, signature, public_key, _intact(public_key, content, payload, signature))


def _intact(public_key: bytes, content: bytes, payload: dict[str, Any], signature: bytes) -> bool:
    try:
        # What is shown must be what was signed: one way of writing it, and nothing said twice in it.
        same = signatures.canonical(payload) == content
    except (TypeError, UnicodeEncodeError, RecursionError):
        return False
    return same and signatures.verify(public_key, payload, signature)


def _unpacked(packed: bytes) -> bytes:
    try:
        reader = zlib.decompressobj()
        content = reader.decompress(packed, _MOST)
    except zlib.error:
        raise Invalid.one("code", _BROKEN) from None
    if not reader.eof or reader.unused_data:
        raise Invalid.one("code", _BROKEN)
    return content


def _written(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode("ascii")


def _read(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Invalid.one("code", _BROKEN) from None
