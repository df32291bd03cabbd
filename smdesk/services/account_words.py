"""How a school account is spoken of, and what is missing of it in a few words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from smdesk.policy.accounts import Gap, GapKind
from smdesk.policy.words import written_day
from smdesk.services import reference_data
from smdesk.services.account_records import BlockRow

COMPLIES: Final = "Nothing missing"

_SHORT: Final = {
    GapKind.POINT: "a point not answered",
    GapKind.STAFF: "too few staff",
    GapKind.LEFT: "somebody who runs it has left",
    GapKind.NO_POLICY: "no policy on record",
    GapKind.NOT_ACKNOWLEDGED: "policy not acknowledged",
    GapKind.OLD_VERSION: "policy acknowledged in an old version",
    GapKind.DECLINED: "policy declined",
    GapKind.NO_TRAINING_TYPE: "no training on record",
    GapKind.NOT_TRAINED: "not trained",
    GapKind.TRAINING_LAPSED: "training lapsed",
    GapKind.NOT_APPROVED: "not yet approved",
    GapKind.NOBODY_RESPONSIBLE: "nobody responsible",
    GapKind.REVIEW_OVERDUE: "review overdue",
    GapKind.NOT_WATCHED: "not looked at",
    GapKind.CHECKLIST: "checklist not finished",
}


def account_name(handle: str, platform: str) -> str:
    """ "@brambleschool on Instagram"; a page that goes by a title keeps it: "Friends of Bramble School on Facebook"."""
    shown = handle if " " in handle or handle.startswith("@") or not handle else f"@{handle}"
    return f"{shown} on {reference_data.platform_label(platform)}"


def standing_words(gaps: Iterable[Gap], closed_on: date | None = None) -> str:
    """What is missing, each kind once: "Not yet approved, training lapsed"."""
    if closed_on is not None:
        return f"Closed on {written_day(closed_on)}"
    words = list(dict.fromkeys(_SHORT[gap.kind] for gap in gaps))
    if not words:
        return COMPLIES
    said = ", ".join(words)
    return said[:1].upper() + said[1:]


def block_status(row: BlockRow) -> str:
    """Whether a block stands, in words."""
    if row.ended_on is not None:
        return f"Ended on {written_day(row.ended_on)}"
    return "Due for review" if row.review_due else "In force"
