"""The colour profile that every paper carries, as PDF/A asks: what its red, green and blue stand for (sRGB).

Made here from the numbers of IEC 61966-2-1, seen from a white of D50 as ICC.1:2004 asks, so that no profile of
somebody else's has to be shipped.
"""

from __future__ import annotations

import struct
from functools import cache

_WHITE = (0.9642, 1.0, 0.8249)
# Columns of the matrix from sRGB to XYZ, carried over to D50 by Bradford's method.
_RED, _GREEN, _BLUE = (
    (0.4360747, 0.2225045, 0.0139322),
    (0.3850649, 0.7168786, 0.0971045),
    (0.1430804, 0.0606169, 0.7141733),
)
_ADAPTION = (
    *(1.0478112, 0.0228866, -0.0501270),
    *(0.0295424, 0.9904844, -0.0170491),
    *(-0.0092345, 0.0150436, 0.7521316),
)
_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


@cache
def srgb() -> bytes:
    """The profile, an ICC file of version 4.2."""
    curve = b"para\0\0\0\0\0\3\0\0" + _fixed(_CURVE)
    tags = [
        (b"desc", _words("sRGB")),
        (b"cprt", _words("No copyright, use freely")),
        (b"wtpt", _xyz(_WHITE)),
        (b"chad", b"sf32\0\0\0\0" + _fixed(_ADAPTION)),
        (b"rXYZ", _xyz(_RED)),
        (b"gXYZ", _xyz(_GREEN)),
        (b"bXYZ", _xyz(_BLUE)),
        (b"rTRC", curve),
        (b"gTRC", curve),
        (b"bTRC", curve),
    ]
    places: dict[bytes, int] = {}
    start = 128 + 4 + 12 * len(tags)
    table, data = struct.pack(">I", len(tags)), b""
    for name, content in tags:
        if content not in places:
            places[content] = start + len(data)
            data += content + b"\0" * (-len(content) % 4)
        table += name + struct.pack(">II", places[content], len(content))
    head = struct.pack(">I4xI4s4s4s", start + len(data), 0x04200000, b"mntr", b"RGB ", b"XYZ ")
    head += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp")
    head += b"\0" * (68 - len(head)) + _fixed(_WHITE)
    return head.ljust(128, b"\0") + table + data


def _fixed(numbers: tuple[float, ...]) -> bytes:
    return b"".join(struct.pack(">i", round(number * 65536)) for number in numbers)


def _xyz(numbers: tuple[float, ...]) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(numbers)


def _words(text: str) -> bytes:
    held = text.encode("utf-16-be")
    return b"mluc\0\0\0\0" + struct.pack(">II2s2sII", 1, 12, b"en", b"GB", len(held), 28) + held
