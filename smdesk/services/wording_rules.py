"""What a wording must be like to be kept, and how two of them differ. Pure: no records, no clock."""

from __future__ import annotations

import difflib
import functools
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Final

from smdesk.errors import Problem
from smdesk.services import letter_fields, letter_text, letter_wording
from smdesk.services.languages import ENGLISH
from smdesk.services.letter_records import LetterKind
from smdesk.services.letter_wording import PHRASES, Part, Pattern
from smdesk.services.wording_records import PartDifference, WordingDraft, WordPiece

SUBJECT_MOST: Final = 150
"""As many as a letter's own subject may have."""
CLOSING_MOST: Final = 100
PHRASE_MOST: Final = 400
PART_MOST: Final = 20_000
PARTS_MOST: Final = 60
NOTE_MOST: Final = 500

PHRASE_LABELS: Final = {
    "conduct": "Kind of conduct",
    "words": "Word",
    "exception_words": "Exceptions",
    "paper": "On the page",
}
"""What the first part of a phrase's key says."""


@functools.lru_cache(maxsize=256)
def draft_of(found: Pattern) -> WordingDraft:
    """A shipped wording, without its language's phrases, as it is edited: its texts as the editor writes them."""
    return tidied(WordingDraft(found.subject, found.closing, found.parts, found.checked))


def tidied(draft: WordingDraft) -> WordingDraft:
    """The same wording without what is blank around its texts, each as ``letter_text`` writes it."""
    parts = tuple(Part(letter_text.write(letter_text.parse(part.text)), part.when) for part in draft.parts)
    return WordingDraft(
        " ".join(draft.subject.split()), " ".join(draft.closing.split()), parts, draft.checked
    )


def digest(draft: WordingDraft | None) -> str:
    """SHA-256 of a wording's words; "" for none."""
    if draft is None:
        return ""
    words = [draft.subject, draft.closing, [[part.text, part.when] for part in draft.parts]]
    return hashlib.sha256(json.dumps(words, ensure_ascii=False).encode("utf-8")).hexdigest()


# What a wording may use


def fields_for(kind: str, when: str = "") -> Mapping[str, str]:
    """The fields of this kind of letter by name, with what they are called; of phrases those of one phrase."""
    if kind == PHRASES:
        return {name: PHRASE_FIELDS[name] for name in letter_wording.fields_in(_english(when))}
    known = LetterKind(kind)
    return {name: letter_fields.name_of(known, name) for name in letter_fields.fields_of(known)}


PHRASE_FIELDS: Final = {
    "name": "the addressee's name",
    "day": "the day",
    "number": "the number",
    "total": "how many there are",
    "key": "the signing key",
    "until": "the day until which it is allowed",
    "review_on": "the day on which it is looked at again",
}
"""Fields that stand in phrases, with what they are called."""


def conditions_for(kind: str) -> Mapping[str, str]:
    """The conditions of this kind of letter, with the words after "Only where"; of phrases what each stands for."""
    if kind == PHRASES:
        return {key: phrase_label(key) for key in letter_wording.shipped_phrases(ENGLISH)}
    return letter_fields.conditions_of(LetterKind(kind))


_USUALLY_NOT: Final = frozenset(
    {
        "removed",
        "adult_at_school",
        "role_changed",
        "left_both",
        "left_adult",
        "no_act",
        "complaint",
        "report",
        "conduct",
        "exists",
        "other_language",
        "no_link",
        "not_reported",
        "no_author",
        "withheld",
    }
)
"""Conditions that a sample leaves out unless asked: they speak against others, or are rare."""


def usual_conditions(kind: str) -> frozenset[str]:
    """What holds in a sample unless somebody chooses otherwise; nothing for phrases."""
    if kind == PHRASES:
        return frozenset()
    return frozenset(letter_fields.conditions_of(LetterKind(kind))) - _USUALLY_NOT


def phrase_label(key: str) -> str:
    """What a phrase stands for, with its English words: "Kind of conduct: words that threaten …"."""
    first = key.partition(".")[0]
    return f"{PHRASE_LABELS.get(first, first.replace('_', ' ').capitalize())}: {_english(key)}"


def _english(key: str) -> str:
    return letter_wording.shipped_phrases(ENGLISH).get(key, "")


def problems(kind: str, draft: WordingDraft) -> list[Problem]:
    """Everything that keeps a wording from being saved, each naming its part. Fields: "subject", "closing",
    "parts.0", "parts.1" …
    """
    if kind == PHRASES:
        return _phrase_problems(draft)
    found: list[Problem] = []
    known = letter_fields.fields_of(LetterKind(kind))
    usable = [name for name in known if name not in letter_fields.NAMES]
    found += _line_problems("subject", "The subject", draft.subject, SUBJECT_MOST)
    found += field_problems("subject", "The subject", draft.subject, usable)
    for name in letter_wording.fields_in(draft.subject):
        if name in letter_fields.NAMES:
            found.append(
                Problem(
                    "subject", f"The subject: “${name}” is somebody's name, and the subject stands in lists."
                )
            )
    found += _line_problems("closing", "The ending", draft.closing, CLOSING_MOST)
    if "$" in draft.closing:
        found.append(Problem("closing", "The ending: it takes no fields and no “$”."))
    if not draft.parts:
        found.append(Problem("parts", "The wording needs at least one part."))
    if len(draft.parts) > PARTS_MOST:
        found.append(Problem("parts", f"A wording has at most {PARTS_MOST} parts."))
    if draft.parts and all(part.when for part in draft.parts):
        found.append(
            Problem("parts", "At least one part has to stand always, or a letter could come out empty.")
        )
    conditions = letter_fields.conditions_of(LetterKind(kind))
    for place, part in enumerate(draft.parts):
        field, where = f"parts.{place}", f"Part {place + 1}"
        if not part.text.strip():
            found.append(Problem(field, f"{where}: it has no text. Write some, or remove the part."))
        if len(part.text) > PART_MOST:
            found.append(Problem(field, f"{where}: it is longer than {PART_MOST:,} letters."))
        if part.when and part.when not in conditions:
            found.append(Problem(field, f"{where}: there is no condition “{part.when}”."))
        found += field_problems(field, where, part.text, list(known))
    return found


def _phrase_problems(draft: WordingDraft) -> list[Problem]:
    found: list[Problem] = []
    known = letter_wording.shipped_phrases(ENGLISH)
    for place, part in enumerate(draft.parts):
        field = f"parts.{place}"
        if part.when not in known:
            found.append(Problem(field, f"There is no phrase “{part.when}”."))
            continue
        where = f"“{known[part.when]}”"
        wanted = letter_wording.fields_in(known[part.when])
        if "\n" in part.text.strip() or len(part.text) > PHRASE_MOST:
            found.append(Problem(field, f"{where}: it stands in one line, of at most {PHRASE_MOST} letters."))
        found += field_problems(field, where, part.text, wanted)
        lost = [name for name in wanted if name not in letter_wording.fields_in(part.text)]
        if part.text.strip():
            found += [Problem(field, f"{where}: “${name}” has to stand in it.") for name in lost]
    return found


def _line_problems(field: str, where: str, text: str, most: int) -> list[Problem]:
    if not text.strip():
        return [Problem(field, f"{where}: fill it in.")]
    if "\n" in text.strip() or len(text) > most:
        return [Problem(field, f"{where}: it stands in one line, of at most {most} letters.")]
    return []


def field_problems(field: str, where: str, text: str, known: Sequence[str]) -> list[Problem]:
    """What is wrong with the fields in a text: one that there is not, and a "$" that begins none."""
    found = []
    for name in letter_wording.fields_in(text):
        if name not in known and name not in letter_fields.NAMES:
            near = difflib.get_close_matches(name, known, 1)
            hint = f" Did you mean “${near[0]}”?" if near else ""
            found.append(Problem(field, f"{where}: there is no field “${name}”.{hint}"))
        elif name not in known and field != "subject":
            found.append(Problem(field, f"{where}: this letter has no field “${name}”."))
    for place in letter_wording.stray_dollars(text):
        around = " ".join(text[max(0, place - 12) : place + 12].split())
        found.append(
            Problem(
                field,
                f"{where}: a “$” stands alone at “{around}”. Write $$ for a dollar sign, or insert a field.",
            )
        )
    lacking = undrawable(text)
    if lacking:
        found.append(
            Problem(field, f"{where}: SM Desk has no letters to print “{' '.join(lacking[:5])}” with.")
        )
    return found


def undrawable(text: str) -> list[str]:
    """The characters that no font of ours can draw, each once."""
    if text.isascii():
        return []
    from smdesk.documents import fonts

    return [
        char
        for char in dict.fromkeys(text)
        if not char.isspace() and not fonts.is_ignorable(char) and fonts.choose(char).missing
    ]


# How two wordings differ


def differences(
    before: WordingDraft, after: WordingDraft, conditions: Mapping[str, str]
) -> list[PartDifference]:
    """Both wordings place by place: the subject, each part, the ending. Parts are matched by what they say."""
    found = [_difference("Subject", before.subject, after.subject)]
    for place, (one, other) in enumerate(_matched(before.parts, after.parts), 1):
        stands = other or one
        when = stands.when if stands else ""
        words = f"Only where {conditions.get(when, when)}" if when else "Always"
        difference = _difference(
            f"Part {place} · {words}", one.text if one else "", other.text if other else ""
        )
        if one is not None and other is not None and one.when != other.when:
            was = f"only where {conditions.get(one.when, one.when)}" if one.when else "always"
            difference = PartDifference(f"{difference.place} (before: {was})", False, difference.pieces)
        found.append(difference)
    found.append(_difference("Ending", before.closing, after.closing))
    return found


def _matched(before: Sequence[Part], after: Sequence[Part]) -> list[tuple[Part | None, Part | None]]:
    """Pairs of parts in the order of both: alike ones beside each other, the rest against nothing."""
    pairs: list[tuple[Part | None, Part | None]] = []
    matcher = difflib.SequenceMatcher(None, [*before], [*after], autojunk=False)
    for what, start, end, other_start, other_end in matcher.get_opcodes():
        ones, others = list(before[start:end]), list(after[other_start:other_end])
        if what == "equal":
            pairs += zip(ones, others, strict=True)
            continue
        for one in ones:
            alike = next((other for other in others if _alike(one, other)), None)
            if alike is not None:
                at = others.index(alike)
                pairs += [(None, other) for other in others[:at]]
                others = others[at + 1 :]
            pairs.append((one, alike))
        pairs += [(None, other) for other in others]
    return pairs


def _alike(one: Part, other: Part) -> bool:
    ratio = difflib.SequenceMatcher(
        None, _WORD.findall(one.text), _WORD.findall(other.text), autojunk=False
    ).ratio()
    return ratio >= 0.5 if one.when == other.when else ratio >= 0.8


_WORD: Final = re.compile(r"\s+|\$\{?\w+\}?|\w+|[^\w\s]")


def _difference(place: str, before: str, after: str) -> PartDifference:
    one, other = _WORD.findall(before), _WORD.findall(after)
    pieces: list[WordPiece] = []
    for what, start, end, other_start, other_end in difflib.SequenceMatcher(
        None, one, other, autojunk=False
    ).get_opcodes():
        if what == "equal":
            pieces.append(WordPiece("".join(one[start:end]), ""))
            continue
        if end > start:
            pieces.append(WordPiece("".join(one[start:end]), "-"))
        if other_end > other_start:
            pieces.append(WordPiece("".join(other[other_start:other_end]), "+"))
    return PartDifference(place, before == after, tuple(pieces))
