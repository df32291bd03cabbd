"""The shapes and sentences of the reputation tab that several of its parts use."""

from __future__ import annotations

from typing import Final

from smdesk.services.reputation_records import FindingDecision, FindingRecord, FindingRow, Tone

TONE_SHAPES: Final = {Tone.PRAISE: "ok", Tone.NEUTRAL: "neutral", Tone.CRITICISM: "warning"}
"""The shape beside the word: colour only repeats it."""

TOLD: Final = (
    "SM Desk sends nothing. Reply where it was said, naming no child, and write down here when that was."
)


def state_of(found: FindingRecord | FindingRow, done: bool, withdrawn: bool, waits: bool) -> tuple[str, str]:
    """Word and shape of how a finding stands."""
    if withdrawn:
        return "Taken back", "neutral"
    match found.decision:
        case None:
            return ("Media contact first", "danger") if waits else ("To decide", "warning")
        case FindingDecision.INCIDENT | FindingDecision.IGNORE:
            return "Settled", "neutral"
        case _:
            return ("Done", "ok") if done else ("To be done", "info")


def stars(tenths: int) -> str:
    """ "4.3 stars"."""
    return f"{tenths / 10:.1f} stars"
