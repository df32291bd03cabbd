"""How the state of an account and of a block looks beside its words."""

from __future__ import annotations

from typing import Final

from smdesk.policy.accounts import GapKind
from smdesk.services.account_records import AccountStanding, BlockRow

_PRESSING: Final = frozenset({GapKind.STAFF, GapKind.LEFT, GapKind.NOBODY_RESPONSIBLE, GapKind.NOT_WATCHED})
"""Nobody looks after it as it should be looked after; the rest wants to be caught up on."""

ACCOUNT_HISTORY: Final = {
    "added": "Put on the register",
    "changed": "Changed",
    "approved": "Approved",
    "reviewed": "Reviewed",
    "closed": "Closed",
    "reopened": "Reopened",
}
BLOCK_HISTORY: Final = {
    "added": "Blocked",
    "changed": "Changed",
    "reviewed": "Reviewed",
    "ended": "Ended",
    "reopened": "In force again",
}


def account_tone(standing: AccountStanding, *, closed: bool) -> str:
    """The shape beside an account's standing."""
    if closed:
        return "neutral"
    if standing.compliant:
        return "ok"
    return "danger" if any(gap.kind in _PRESSING for gap in standing.gaps) else "warning"


def block_tone(row: BlockRow) -> str:
    """The shape beside a block's state."""
    if row.ended_on is not None:
        return "neutral"
    return "warning" if row.review_due else "info"
