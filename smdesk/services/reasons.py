"""The reason somebody gives: asked for wherever a record is decided, ended or taken back, and kept with it (INC-14)."""

from __future__ import annotations

from typing import Final

from smdesk.errors import Invalid

MOST: Final = 2_000
"""Letters a reason may have."""


def given(typed: str, missing: str, *, most: int = MOST) -> str:
    """The reason as it is kept.

    Raises Invalid (field "reason") with ``missing`` where nothing is written ("": nothing need be), and where it is
    longer than ``most`` letters.
    """
    reason = typed.strip().replace("\r\n", "\n")
    if missing and not reason:
        raise Invalid.one("reason", missing)
    if len(reason) > most:
        raise Invalid.one(
            "reason", f"The reason is {len(reason):,} letters long; at most {most:,} can be kept."
        )
    return reason
