"""A wording that is being changed, kept when the program locks or ends. A user changes one at a time."""

from __future__ import annotations

from dataclasses import dataclass

from smdesk.services import drafts
from smdesk.services.context import Context
from smdesk.services.letter_wording import Part
from smdesk.services.wording_records import WordingDraft, WordingKey

_FORM = "wording"
_ONLY = 1
"""There is no record of a wording before it is saved: its letter and language stand in the draft itself."""


@dataclass(frozen=True)
class Kept:
    """What was typed, and over which version of the school's wording."""

    key: WordingKey
    number: int
    draft: WordingDraft


def keep(ctx: Context, kept: Kept) -> None:
    """Keep it, in the place of one kept before."""
    data = {
        "key": [kept.key.kind, kept.key.audience, kept.key.language],
        "number": kept.number,
        "subject": kept.draft.subject,
        "closing": kept.draft.closing,
        "parts": [[part.text, part.when] for part in kept.draft.parts],
        "checked": kept.draft.checked,
    }
    drafts.put(ctx, _FORM, _ONLY, data)


def find(ctx: Context) -> Kept | None:
    """What was kept; None where nothing was, or in the shape of another version."""
    data = drafts.get(ctx, _FORM, _ONLY)
    if data is None:
        return None
    try:
        kind, audience, language = (str(each) for each in data["key"])
        parts = tuple(Part(str(text), str(when)) for text, when in data["parts"])
        draft = WordingDraft(str(data["subject"]), str(data["closing"]), parts, bool(data["checked"]))
        return Kept(WordingKey(kind, audience, language), int(data["number"]), draft)
    except (KeyError, TypeError, ValueError):
        return None


def forget(ctx: Context) -> None:
    """It was saved, or thrown away."""
    drafts.drop(ctx, _FORM, _ONLY)
