"""Plain data about the wording of letters that travels between the window and the services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from smdesk.services import languages
from smdesk.services.letter_records import LETTER_KIND_LABELS, Audience, LetterKind, MatterKind
from smdesk.services.letter_wording import PHRASES, Part

AUDIENCE_LABELS: Final = {
    Audience.ADULT.value: "to the adult",
    Audience.PARENT.value: "to a parent or carer",
    Audience.OWN.value: "to the other person",
}


@dataclass(frozen=True, slots=True)
class WordingKey:
    """Which wording: of a letter to a reader in a language. ``kind`` may be ``PHRASES``, the words used in several."""

    kind: str
    audience: str
    language: str

    @property
    def title(self) -> str:
        """As in the list: "Exception approved, to a parent or carer"."""
        if self.kind == PHRASES:
            return "Words used in several letters"
        label = LETTER_KIND_LABELS[LetterKind(self.kind)]
        return f"{label}, {AUDIENCE_LABELS.get(self.audience, self.audience)}" if self.audience else label

    @property
    def language_label(self) -> str:
        return languages.label(self.language)


class WordingState(StrEnum):
    SHIPPED = "shipped"
    OWN = "own"
    NONE = "none"
    """Nobody has written it in this language yet: such letters go out in English."""


WORDING_STATE_LABELS: Final = {
    WordingState.SHIPPED: "As shipped",
    WordingState.OWN: "Our own",
    WordingState.NONE: "Not written yet",
}


@dataclass(frozen=True, slots=True)
class WordingDraft:
    """A wording as it is edited. ``checked``: somebody who speaks the language has read it."""

    subject: str
    closing: str
    parts: tuple[Part, ...]
    checked: bool = True


@dataclass(frozen=True, slots=True)
class WordingRow:
    """One line of the list. ``number`` counts the school's own versions, 0 where there is none.

    ``shipped_changed``: this SM Desk ships another wording than the one the school's own was made from. ``gaps`` are
    phrases that letters of this kind may need and the language lacks: until they are written it goes out in English.
    """

    key: WordingKey
    state: WordingState
    number: int
    since: datetime | None
    by: str
    checked: bool
    shipped_changed: bool
    gaps: int = 0


@dataclass(frozen=True, slots=True)
class WordingRecord:
    """A wording opened: what stands (English where nothing is written yet), what is shipped, what it may use."""

    row: WordingRow
    draft: WordingDraft
    shipped: WordingDraft | None
    fields: Mapping[str, str]
    """Names for letters and menus by field, without the dollar sign."""
    conditions: Mapping[str, str]
    """Words after "Only where", by condition; for phrases what each stands for."""
    usual: frozenset[str]
    """Conditions that hold in the sample unless somebody chooses otherwise."""
    rtl: bool
    may_edit: bool


@dataclass(frozen=True, slots=True)
class WordingVersion:
    """One of the school's own versions. ``shipped``: the school went back to the shipped wording with it."""

    number: int
    at: datetime
    by: str
    note: str
    shipped: bool
    checked: bool
    draft: WordingDraft


@dataclass(frozen=True, slots=True)
class WordPiece:
    """Words that stand in both texts (""), only in the first ("-") or only in the second ("+")."""

    text: str
    change: str


@dataclass(frozen=True, slots=True)
class PartDifference:
    """What differs in one place. ``pieces`` is the text with its words marked; empty where nothing differs."""

    place: str
    same: bool
    pieces: tuple[WordPiece, ...]


@dataclass(frozen=True, slots=True)
class RealCase:
    """A record that a letter of this kind could be written about now, to preview its wording with."""

    matter_kind: MatterKind
    matter_id: int
    person_id: int | None
    label: str
