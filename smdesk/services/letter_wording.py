"""The words of the letters: ``resources/letters`` filled in with a fixed list of fields.

Here are the letters about an incident. No field of theirs holds what was posted and none holds a name from the
incident: whoever drafts the letter can add words, and the check of names looks at them, but the program itself puts
no child's name in. The letters about an exception have fields of their own (``exception_wording``).
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from string import Template
from typing import Any, Final

from smdesk.documents.letter import BodyBlock, Bullets, Heading, Paragraph
from smdesk.errors import Invalid, Problem, StorageProblem
from smdesk.paths import resource
from smdesk.policy.vocabulary import Conduct
from smdesk.policy.words import written_day
from smdesk.services.letter_records import LETTER_STEPS, LetterKind

FIELDS: Final[dict[str, str]] = {
    "school": "the school's name",
    "reference": "the incident's reference",
    "platform": "where it was posted",
    "seen_on": "the day it was reported",
    "conduct_list": "what was done (tick at least one kind of conduct in the incident)",
    "rules": "the rule from the school's policy",
    "reply_by": "the day by which you ask for an answer",
    "contact": "whom to contact (fill in “Questions from parents” under School, or a telephone number or e-mail)",
    "complaints": "where to find the complaints procedure (fill it in under School)",
    "channels": "the channels between school and home",
    "language": "the addressee's language",
    "asked_on": "the day removal was asked for",
    "first_warning": "the date of the first written warning",
}
"""Every field a letter may use, with the words for saying that it is empty."""

CONDITIONS: Final = frozenset({"removed", "not_removed", "asked", "channels", "other_language"})


@dataclass(frozen=True, slots=True)
class Facts:
    """What a letter is filled in from. Text, dates and codes; nothing of what was posted."""

    school: str
    reference: str
    platform: str
    seen_on: date
    conduct: tuple[Conduct, ...]
    rules: tuple[str, ...]
    reply_by: date | None
    contact: str
    complaints: str
    channels: str = ""
    language: str = ""
    removed: bool = False
    asked_on: date | None = None
    first_warning: str = ""
    """ "3 March 2026" or "3 March 2026 (our reference 2026/L0003)"."""


@dataclass(frozen=True, slots=True)
class Words:
    subject: str
    body: str
    closing: str


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a letter. ``when`` names the condition it stands under; "" for always."""

    text: str
    when: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """A letter before its fields are filled in."""

    subject: str
    closing: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class _Wording:
    letters: dict[LetterKind, Pattern]
    conduct: dict[Conduct, str] = field(default_factory=dict)


def compose(kind: LetterKind, facts: Facts) -> Words:
    """The letter's subject and text. Raises Invalid naming every field that is empty and must not be."""
    wording = _wording()
    letter = wording.letters[kind]
    values = _values(facts, wording)
    held = {
        "removed": facts.removed,
        "not_removed": not facts.removed,
        "asked": facts.asked_on is not None and not facts.removed,
        "channels": bool(facts.channels.strip()),
        "other_language": facts.language.strip().casefold() not in ("", "english"),
    }
    return fill(letter, values, held, FIELDS)


def fill(
    pattern: Pattern, values: Mapping[str, str], held: Mapping[str, bool], fields: Mapping[str, str]
) -> Words:
    """A letter's words with ``values`` in place of its fields, and the parts whose condition is ``held``.

    ``fields`` has the words for saying that one is empty. Raises Invalid naming each that is empty and must not be.
    """
    parts = [part for part in pattern.parts if not part.when or held[part.when]]
    empty: list[str] = []
    for part in parts:
        for name in Template(part.text).get_identifiers():
            if not values[name].strip() and name not in empty:
                empty.append(name)
    if empty:
        raise Invalid(
            [Problem(name, f"The letter cannot be written yet: {fields[name]} is missing.") for name in empty]
        )
    body = "\n\n".join(Template(part.text).substitute(values).strip() for part in parts)
    return Words(pattern.subject, body, pattern.closing)


def closing(kind: LetterKind) -> str:
    """How letters of this kind end."""
    return _wording().letters[kind].closing


def blocks(body: str) -> tuple[BodyBlock, ...]:
    """A letter's text as the document draws it: paragraphs, "# " headings and "- " lists."""
    found: list[BodyBlock] = []
    for part in body.replace("\r\n", "\n").split("\n\n"):
        running: list[str] = []
        items: list[str] = []
        for line in part.split("\n"):
            text = line.strip()
            if text.startswith("- "):
                _close_paragraph(found, running)
                items.append(text[2:].strip())
            elif text.startswith("# "):
                _close_paragraph(found, running)
                _close_list(found, items)
                found.append(Heading(text[2:].strip()))
            elif text:
                _close_list(found, items)
                running.append(text)
        _close_paragraph(found, running)
        _close_list(found, items)
    return tuple(found)


def _close_paragraph(found: list[BodyBlock], running: list[str]) -> None:
    if running:
        found.append(Paragraph("\n".join(running)))
        running.clear()


def _close_list(found: list[BodyBlock], items: list[str]) -> None:
    if items:
        found.append(Bullets(tuple(items)))
        items.clear()


def _values(facts: Facts, wording: _Wording) -> dict[str, str]:
    phrases = [wording.conduct[each] for each in facts.conduct if each in wording.conduct]
    return {
        "school": facts.school,
        "reference": facts.reference,
        "platform": facts.platform or "social media",
        "seen_on": written_day(facts.seen_on),
        "conduct_list": "\n".join(f"- {phrase}" for phrase in phrases),
        "rules": "\n\n".join(facts.rules),
        "reply_by": written_day(facts.reply_by) if facts.reply_by else "",
        "contact": facts.contact,
        # The school's own words end as they end; the sentence brings its own full stop.
        "complaints": facts.complaints.strip().rstrip("."),
        "channels": facts.channels.strip().rstrip("."),
        "language": facts.language,
        "asked_on": written_day(facts.asked_on) if facts.asked_on else "",
        "first_warning": facts.first_warning,
    }


@functools.lru_cache(maxsize=1)
def _wording() -> _Wording:
    words = table()
    letters = {kind: read(kind, words[kind.value], FIELDS, CONDITIONS) for kind in LETTER_STEPS if kind.value in words}
    conduct = {Conduct(code): str(phrase) for code, phrase in words["conduct"].items()}
    return _Wording(letters, conduct)


@functools.lru_cache(maxsize=4)
def table(language: str = "en") -> dict[str, Any]:
    """The shipped words of all letters in a language. Raises StorageProblem where they are missing."""
    words: dict[str, Any] = {}
    try:
        for file in sorted(resource("letters", language).glob("*.toml")):
            words |= tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise StorageProblem(_MISSING) from error
    if not words:
        raise StorageProblem(_MISSING)
    return words


_MISSING: Final = "The wording of the letters is missing from this installation. Install SM Desk again."


def read(name: str, words: Mapping[str, object], fields: Mapping[str, str], conditions: Set[str]) -> Pattern:
    """One letter of the file. Raises ValueError where a part uses a field or a condition that there is not."""
    listed = words["part"]
    if not isinstance(listed, Sequence):
        raise ValueError(f"{name}: parts are missing")
    parts = tuple(Part(str(each["text"]), str(each.get("when", ""))) for each in listed)
    for part in parts:
        unknown = set(Template(part.text).get_identifiers()) - set(fields)
        if unknown or not Template(part.text).is_valid():
            raise ValueError(f"{name}: a part uses fields there are not: {', '.join(sorted(unknown))}")
        if part.when and part.when not in conditions:
            raise ValueError(f"{name}: there is no condition “{part.when}”")
    return Pattern(str(words["subject"]), str(words["closing"]), parts)
