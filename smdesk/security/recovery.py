"""The recovery code: what a school prints, keeps in its safe, and types when nobody can sign in.

Eight groups of five characters from Crockford's base 32 (no I, L, O, U). In each group the fifth character checks
the other four *and the group's place*, so that any one wrong character, any two swapped characters and any two
swapped groups are noticed, and the person typing is told which group to look at. The other 32 characters are
160 random bits.
"""

from __future__ import annotations

import re
import secrets

from smdesk.errors import Invalid

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUPS = 8
GROUP_LENGTH = 5
SECRET_BYTES = 20

_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}
# What people read, and type, where the sheet shows a digit.
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\u2212_.,]+")
_FIELD = "recovery_code"


def new_secret() -> bytes:
    """160 random bits from the operating system."""
    return secrets.token_bytes(SECRET_BYTES)


def format_code(secret: bytes) -> str:
    """The printed form of a 20-byte secret, for example ``4F7KX-…`` in eight groups joined by hyphens."""
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"a recovery secret has {SECRET_BYTES} bytes, not {len(secret)}")
    number = int.from_bytes(secret)
    values = [(number >> shift) & 31 for shift in range(SECRET_BYTES * 8 - 5, -1, -5)]
    groups = []
    for place in range(GROUPS):
        body = values[place * 4 : place * 4 + 4]
        groups.append("".join(ALPHABET[value] for value in [*body, _check_value(body, place)]))
    return "-".join(groups)


def parse(text: str) -> bytes:
    """The 20-byte secret of a code as typed: case, spaces and hyphens do not matter, O is read as 0, I and L as 1.

    Raises Invalid (field ``recovery_code``) naming the mistyped group, or saying how many characters are missing
    or too many. A code that is well formed but belongs to another school is the vault's to refuse.
    """
    cleaned = text.strip().upper().translate(_LOOKALIKES)
    groups = [group for group in _SEPARATORS.split(cleaned) if group]
    if len(groups) != GROUPS:
        # Typed in one go, or with spaces elsewhere.
        joined = "".join(groups)
        wanted = GROUPS * GROUP_LENGTH
        if len(joined) != wanted:
            raise Invalid.one(
                _FIELD,
                f"A recovery code has {wanted} characters in {GROUPS} groups; {len(joined)} were typed."
                " Compare it with the printed sheet.",
            )
        groups = [joined[at : at + GROUP_LENGTH] for at in range(0, wanted, GROUP_LENGTH)]
    number = 0
    for place, group in enumerate(groups):
        for value in _group_values(group, place):
            number = number << 5 | value
    return number.to_bytes(SECRET_BYTES)


def _group_values(group: str, place: int) -> list[int]:
    name = f"Group {place + 1} of the recovery code"
    if len(group) != GROUP_LENGTH:
        raise Invalid.one(
            _FIELD,
            f"{name} should have {GROUP_LENGTH} characters and has {len(group)}. Type that group again.",
        )
    unknown = next((letter for letter in group if letter not in _VALUES), None)
    if unknown is not None:
        raise Invalid.one(_FIELD, f"{name} has a character no code uses ({unknown}). Type that group again.")
    values = [_VALUES[letter] for letter in group]
    if values[-1] != _check_value(values[:-1], place):
        raise Invalid.one(_FIELD, f"{name} is mistyped. Compare it with the printed sheet and type it again.")
    return values[:-1]


def _check_value(values: list[int], place: int) -> int:
    """Sum of value x power over the field of 32 elements, plus the group's place.

    Each position has its own non-zero factor (2, 4, 8, 16; the check itself has 1), which is what makes every
    single change and every swap of two different characters change the sum.
    """
    total = place
    for index, value in enumerate(values):
        product = value
        for _ in range(index + 1):
            product = _double(product)
        total ^= product
    return total


def _double(value: int) -> int:
    """Multiply by two in GF(32), reduced by x^5 + x^2 + 1."""
    value <<= 1
    return value ^ 0b100101 if value & 32 else value
