"""Encrypted files: evidence and issued papers as they lie on the disk.

A file is a header and chunks, each sealed with AES-256-GCM, so that a video never has to fit into memory:

    header   8 bytes   "SMDESKF" and the version, 1
            24 bytes   random salt
    chunk    up to 64 KiB of content, encrypted, and a 16-byte tag      (the last one may be empty)

HKDF makes a key for this one file, and the start of its nonces, from the caller's key and the salt; the nonce
ends in the chunk's number. Each chunk is bound to the header, to the caller's ``aad`` (which file this is), to its
number and to whether it is the last. So a chunk that is missing, moved, repeated, appended or taken from another
file does not open, and a file cut off between two chunks has no last one.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from smdesk.errors import Damaged, NewerVersion, StorageProblem, Tampered
from smdesk.security.files import storage_problem, writing_whole

KEY_BYTES = 32
CHUNK = 64 * 1024
_NAME = b"SMDESKF"
_VERSION = 1
_SALT_BYTES = 24
_HEADER_BYTES = len(_NAME) + 1 + _SALT_BYTES
_TAG_BYTES = 16
_MAX_CHUNKS = 2**32


@dataclass(frozen=True, slots=True)
class Digest:
    """What was stored: SHA-256 of the content in hexadecimal, and its size in bytes."""

    sha256: str
    size: int


def new_key() -> bytes:
    """A random key for one file."""
    return secrets.token_bytes(KEY_BYTES)


def encrypt_to(source: BinaryIO, target: Path, key: bytes, aad: bytes) -> Digest:
    """Write what ``source`` holds to ``target``, encrypted, flushed and renamed into place; returns what it was.

    ``aad`` says which file this is (for example its stored name) and must be given again to read it. On any error
    nothing is left behind and an earlier ``target`` is untouched. Raises StorageProblem for the disk, and ValueError
    for a key that has not 32 bytes.
    """
    _check_key(key)
    header = _NAME + bytes([_VERSION]) + secrets.token_bytes(_SALT_BYTES)
    chunks = _Chunks(header, key, aad)
    digest = hashlib.sha256()
    size = 0
    with writing_whole(target) as file:
        file.write(header)
        part = _read_chunk(source, CHUNK)
        while True:
            following = _read_chunk(source, CHUNK)
            digest.update(part)
            size += len(part)
            file.write(chunks.encrypt(part, last=not following))
            if not following:
                break
            part = following
    return Digest(digest.hexdigest(), size)


def decrypt(path: Path, key: bytes, aad: bytes) -> Iterator[bytes]:
    """The content, chunk by chunk. Each chunk is genuine when it is given, the *whole* only when the end is reached:
    use nothing for good before the iterator ends without an error.

    Raises Damaged for a file that is missing or no longer in this form, Tampered for one that is and does not open
    (changed, cut off, another file in its place, or another key), NewerVersion, StorageProblem.
    """
    _check_key(key)
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
            _check_header(header, path)
            chunks = _Chunks(header, key, aad)
            part = _read_chunk(file, CHUNK + _TAG_BYTES)
            while True:
                following = _read_chunk(file, CHUNK + _TAG_BYTES)
                try:
                    content = chunks.decrypt(part, last=not following)
                except (InvalidTag, ValueError):
                    raise Tampered(
                        f"{path.parent.name}/{path.name} is not what SM Desk stored: it was changed, cut off or"
                        " exchanged. Restore it from a backup."
                    ) from None
                yield content
                if not following:
                    return
                part = following
    except FileNotFoundError:
        raise Damaged(
            f"{path.parent.name}/{path.name} is missing. Restore it from a backup.", path.name
        ) from None
    except OSError as error:
        raise storage_problem(error, path) from error


def decrypt_bytes(path: Path, key: bytes, aad: bytes) -> bytes:
    """The whole content, checked to its end. Raises as ``decrypt`` does."""
    return b"".join(decrypt(path, key, aad))


def digest_of(path: Path, key: bytes, aad: bytes) -> Digest:
    """What the file holds, without keeping it in memory; for checking. Raises as ``decrypt`` does."""
    digest = hashlib.sha256()
    size = 0
    for part in decrypt(path, key, aad):
        digest.update(part)
        size += len(part)
    return Digest(digest.hexdigest(), size)


class _Chunks:
    """Seals or opens the chunks of one file in their order."""

    def __init__(self, header: bytes, key: bytes, aad: bytes) -> None:
        salt = header[-_SALT_BYTES:]
        made = HKDF(algorithm=SHA256(), length=KEY_BYTES + 8, salt=salt, info=b"SM Desk file 1").derive(key)
        self._cipher = AESGCM(made[:KEY_BYTES])
        self._prefix = made[KEY_BYTES:]
        self._bound = header + len(aad).to_bytes(8) + aad
        self._number = 0

    def encrypt(self, content: bytes, *, last: bool) -> bytes:
        return self._cipher.encrypt(*self._next(content, last))

    def decrypt(self, sealed: bytes, *, last: bool) -> bytes:
        return self._cipher.decrypt(*self._next(sealed, last))

    def _next(self, data: bytes, last: bool) -> tuple[bytes, bytes, bytes]:
        if self._number >= _MAX_CHUNKS:
            raise StorageProblem("This file is too large to be stored.")
        number = self._number.to_bytes(4)
        self._number += 1
        return self._prefix + number, data, self._bound + number + (b"\x01" if last else b"\x00")


def _check_key(key: bytes) -> None:
    if len(key) != KEY_BYTES:
        raise ValueError(f"a file key has {KEY_BYTES} bytes, not {len(key)}")


def _check_header(header: bytes, path: Path) -> None:
    name = f"{path.parent.name}/{path.name}"
    if len(header) == _HEADER_BYTES and header.startswith(_NAME):
        version = header[len(_NAME)]
        if version == _VERSION:
            return
        if version > _VERSION:
            raise NewerVersion(
                f"{name} was written by a newer SM Desk than this one. Install the newest version."
            )
    raise Damaged(
        f"{name} is damaged: it is not an SM Desk file any more. Restore it from a backup.", path.name
    )


def _read_chunk(source: BinaryIO, size: int) -> bytes:
    """Exactly ``size`` bytes unless the end comes first: pipes and sockets give less at a time."""
    parts = []
    while size > 0 and (part := source.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
