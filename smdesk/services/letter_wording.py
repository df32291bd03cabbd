"""The words of the letters: the school's own wording or the shipped one, filled in with a fixed list of fields.

Here are the letters about an incident. No field of theirs holds what was posted and none holds a name from the
incident: whoever drafts the letter can add words, and the check of names looks at them, but the program itself puts
no child's name in. The letters about an exception are filled in by ``exception_wording``.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, datetime
from string import Template
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import LetterWording
from smdesk.errors import Invalid, Problem, StorageProblem
from smdesk.paths import resource
from smdesk.policy.vocabulary import Conduct
from smdesk.services import languages, letter_fields, letter_text
from smdesk.services.languages import ENGLISH
from smdesk.services.letter_records import LetterKind, Mark

PHRASES: Final = "phrases"
"""The kind under which the words that stand in several letters are kept: kinds of conduct, roles, links."""


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
    first_warning: date | None = None
    first_warning_number: str = ""
    """ "2026/L0003" where it was a letter of ours."""


@dataclass(frozen=True, slots=True)
class Words:
    """A letter's text. ``marks`` say where the body holds what a field gave."""

    subject: str
    body: str
    closing: str
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a letter. ``when`` names the condition it stands under; "" for always."""

    text: str
    when: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """A letter before its fields are filled in.

    ``wording_id`` is the school's own wording, None for the shipped one. ``checked``: somebody who speaks the language
    has read it. ``phrases`` are the words of this language for kinds of conduct, roles and the like.
    """

    subject: str
    closing: str
    parts: tuple[Part, ...]
    language: str = ENGLISH
    wording_id: int | None = None
    checked: bool = True
    phrases: Mapping[str, str] | None = None

    def phrase(self, key: str) -> str:
        """The words for something: "conduct.bullying". "" where this language has none."""
        return (self.phrases or {}).get(key, "")

    def conduct_list(self, conduct: Iterable[Conduct]) -> str:
        """What was done, an item each, in this language; what it has no words for is left out."""
        found = (self.phrase(f"conduct.{each.value}") for each in conduct)
        return "\n".join(f"- {words}" for words in found if words)

    def day(self, on: date | None) -> str:
        """A date as this language writes it; "" for none."""
        return languages.written_day(on, self.language) if on is not None else ""


# Which wording stands


def pattern(session: Session, kind: LetterKind, audience: str = "", language: str = ENGLISH) -> Pattern:
    """The wording that stands: the school's newest, else the shipped one; in English where the language has none."""
    own = newest(session, kind.value, audience, language)
    if own is not None and not own.shipped:
        return _with_phrases(session, stored(own))
    found = shipped(kind, audience, language)
    if found is None and language == ENGLISH:
        raise StorageProblem(_MISSING)
    if found is None:
        return pattern(session, kind, audience, ENGLISH)
    return _with_phrases(session, found)


def language_for(session: Session, kind: LetterKind, audience: str, words: str) -> str:
    """The language a letter is written in to somebody who reads ``words`` ("Polish"): theirs where there is a wording
    for it and all words that it uses, else English. A code.
    """
    code = languages.code_of(words)
    return code if code is not None and is_written(session, kind, audience, code) else ENGLISH


def is_written(session: Session, kind: LetterKind, audience: str, language: str) -> bool:
    """Whether letters of this kind can be written in this language, with every phrase that their fields may need."""
    if language == ENGLISH:
        return True
    found = pattern(session, kind, audience, language)
    return found.language == language and not phrase_gaps(found)


def phrase_gaps(found: Pattern) -> list[str]:
    """Keys of the phrases that a letter in this wording may need and its language does not have."""
    used = {name for part in found.parts for name in fields_in(part.text)}
    wanted = {"words.dear", *(key for name in used for key in _keys_for(name))}
    return sorted(key for key in wanted if not found.phrase(key).strip())


def closing(
    session: Session,
    kind: LetterKind,
    audience: str = "",
    language: str = ENGLISH,
    wording_id: int | None = None,
) -> str:
    """How a letter ends that was drafted from this wording. Raises StorageProblem where the shipped words are gone."""
    own = session.get(LetterWording, wording_id) if wording_id is not None else None
    if own is not None and not own.shipped:
        return own.closing
    for code in (language, ENGLISH):
        # As whom somebody is written to may be known no more; a kind's letters all end in the same way.
        for each in (audience, *audiences_of(kind)):
            found = shipped(kind, each, code)
            if found is not None:
                return found.closing
    raise StorageProblem(_MISSING)


def closing_of_copy(session: Session, kind: LetterKind, audience: str, drafted_at: datetime) -> str:
    """How the English copy of a letter ends: as the English wording did that stood when it was drafted."""
    stood = session.scalars(
        select(LetterWording.id)
        .where(
            LetterWording.kind == kind.value,
            LetterWording.audience == audience,
            LetterWording.language == ENGLISH,
            LetterWording.created_at <= drafted_at,
        )
        .order_by(LetterWording.number.desc())
    ).first()
    return closing(session, kind, audience, ENGLISH, stood)


def is_checked(session: Session, kind: LetterKind, language: str, wording_id: int | None) -> bool:
    """Whether somebody who speaks the language has read the wording a letter was drafted from."""
    own = session.get(LetterWording, wording_id) if wording_id is not None else None
    if own is not None and not own.shipped:
        return own.checked
    found = [shipped(kind, audience, language) for audience in audiences_of(kind)]
    return all(each.checked for each in found if each is not None)


def newest(session: Session, kind: str, audience: str, language: str) -> LetterWording | None:
    """The newest of the school's own versions, going back to the shipped wording among them."""
    return session.scalars(
        select(LetterWording)
        .where(
            LetterWording.kind == kind,
            LetterWording.audience == audience,
            LetterWording.language == language,
        )
        .order_by(LetterWording.number.desc())
    ).first()


def stored(row: LetterWording) -> Pattern:
    """A version of the school's own, without the phrases of its language."""
    parts = tuple(Part(str(each["text"]), str(each.get("when", ""))) for each in row.parts)
    return Pattern(row.subject, row.closing, parts, row.language, row.id, row.checked)


def _with_phrases(session: Session, found: Pattern) -> Pattern:
    return replace(found, phrases=phrases(session, found.language))


def phrases(session: Session, language: str) -> dict[str, str]:
    """The words of this language for kinds of conduct, roles and the like: the school's own over the shipped ones.

    Every key there is in English stands in it; "" where this language has no words for it.
    """
    found = dict.fromkeys(shipped_phrases(ENGLISH), "") | shipped_phrases(language)
    own = newest(session, PHRASES, "", language)
    if own is not None and not own.shipped:
        found |= {str(each["when"]): str(each["text"]) for each in own.parts if each["when"] in found}
    return found


def salutation(session: Session, language: str, name: str) -> str:
    """How a letter in this language begins: "Dear Mr Hazel", "Annwyl Mr Hazel"."""
    known = phrases(session, language)["words.dear"] or shipped_phrases(ENGLISH)["words.dear"]
    return Template(known).safe_substitute(name=name)


# Filling it in


def compose(found: Pattern, facts: Facts) -> Words:
    """The subject and text of a letter about an incident. Raises Invalid naming every field that is empty and must
    not be.

    For the English copy of a letter in the addressee's language pass ``facts`` without a language: nobody has to be
    told that it can be explained.
    """
    held = {
        "removed": facts.removed,
        "not_removed": not facts.removed,
        "asked": facts.asked_on is not None and not facts.removed,
        "channels": bool(facts.channels.strip()),
        "other_language": reads_another(facts.language, found.language),
    }
    return fill(found, _values(facts, found), held, letter_fields.INCIDENT_FIELDS)


def reads_another(words: str, language: str) -> bool:
    """Whether somebody whose language is ``words`` ("Polish", or "" for English) reads another than the letter's."""
    return bool(words.strip()) and languages.code_of(words) != language


def without_stop(words: str) -> str:
    """The school's own words, which end as they end, for a sentence that brings its own full stop."""
    return words.strip().rstrip(".")


def fill(
    found: Pattern, values: Mapping[str, str], held: Mapping[str, bool], fields: Mapping[str, str]
) -> Words:
    """A letter's words with ``values`` in place of its fields, and the parts whose condition is ``held``.

    A value is taken as it is: a "$" in it is only a dollar. ``fields`` has the words for saying that one is empty.
    Raises Invalid naming each that is empty and must not be, or that there is not.
    """
    parts = [part for part in found.parts if not part.when or held.get(part.when, False)]
    used = list(
        dict.fromkeys(
            name for text in (found.subject, *(each.text for each in parts)) for name in fields_in(text)
        )
    )
    empty = [name for name in used if not values.get(name, "").strip()]
    if empty:
        raise Invalid(
            [
                Problem(
                    name,
                    f"The letter cannot be written yet: {fields.get(name, f'the field “{name}”')} is missing.",
                )
                for name in empty
            ]
        )
    body = ""
    marks: list[Mark] = []
    for part in parts:
        text, places = _filled(part.text.strip(), values)
        text = text.rstrip()
        if not text:
            continue
        start = len(body) + 2 if body else 0
        body = f"{body}\n\n{text}" if body else text
        marks += [Mark(start + each.start, start + each.end, each.field) for each in places]
    return Words(_filled(found.subject, values)[0], body, found.closing, tuple(marks))


def _filled(text: str, values: Mapping[str, str]) -> tuple[str, list[Mark]]:
    """A text with its fields filled in, and where they stand. A value that brings lines of its own has no place: what
    is kept whole in the editor stands inside a line.
    """
    out: list[str] = []
    marks: list[Mark] = []
    length = done = 0
    for match in _FIELD.finditer(text):
        plain = text[done : match.start()]
        done = match.end()
        name = match["named"] or match["braced"]
        value = values[name] if name else "$"
        out += [plain, value]
        length += len(plain)
        if name and not _brings_lines(value):
            marks.append(Mark(length, length + len(value), name))
        length += len(value)
    out.append(text[done:])
    return "".join(out), marks


def _brings_lines(value: str) -> bool:
    return "\n" in value or value != value.strip() or value.startswith(("- ", "# "))


_FIELD: Final = re.compile(
    r"\$(?:(?P<escaped>\$)|(?P<named>[a-z][a-zA-Z0-9_]*)|\{(?P<braced>[a-z][a-zA-Z0-9_]*)\})", re.ASCII
)
"""A field as it is written in a wording: "$reference", "${reference}"; "$$" for a dollar sign. A name goes on through
capitals, so that "$platformX" is a field there is not, and not the platform with an X after it.
"""


def field_marks(text: str) -> list[Mark]:
    """Where a text names a field, its "$" and its braces included."""
    found = ((match, match["named"] or match["braced"]) for match in _FIELD.finditer(text))
    return [Mark(match.start(), match.end(), name) for match, name in found if name]


def fields_in(text: str) -> list[str]:
    """The names of the fields a text uses, each once and in order."""
    return list(dict.fromkeys(mark.field for mark in field_marks(text)))


def stray_dollars(text: str) -> list[int]:
    """Where a "$" stands that begins no field and is not doubled."""
    return [
        place for place, sign in enumerate(_FIELD.sub(lambda match: " " * len(match[0]), text)) if sign == "$"
    ]


def _values(facts: Facts, found: Pattern) -> dict[str, str]:
    return {
        "school": facts.school,
        "reference": facts.reference,
        "platform": facts.platform or found.phrase("words.social_media"),
        "seen_on": found.day(facts.seen_on),
        "conduct_list": found.conduct_list(facts.conduct),
        "rules": "\n\n".join(letter_text.literal(rule) for rule in facts.rules),
        "reply_by": found.day(facts.reply_by),
        "contact": facts.contact,
        "complaints": without_stop(facts.complaints),
        "channels": without_stop(facts.channels),
        "language": facts.language,
        "asked_on": found.day(facts.asked_on),
        "first_warning": _first_warning(facts, found),
    }


def _first_warning(facts: Facts, found: Pattern) -> str:
    """ "3 March 2026", "3 March 2026 (our reference 2026/L0003)"."""
    if facts.first_warning is None:
        return ""
    day = found.day(facts.first_warning)
    if not facts.first_warning_number:
        return day
    words = Template(found.phrase("words.our_reference"))
    return words.safe_substitute(day=day, number=facts.first_warning_number)


_PHRASES_FOR: Final = {
    "first_warning": ("words.our_reference",),
    "conduct_list": ("conduct.",),
    "platform": ("words.social_media",),
    "adult_role": ("exception_words.roles.",),
    "links": ("exception_words.links.",),
    "until": ("exception_words.further_notice", "exception_words.reviewed"),
}
"""The phrases that a field's words are made of, by the beginning of their keys."""


@functools.lru_cache(maxsize=64)
def _keys_for(field: str) -> tuple[str, ...]:
    starts = _PHRASES_FOR.get(field, ())
    return tuple(key for key in shipped_phrases(ENGLISH) if key.startswith(starts)) if starts else ()


# The shipped words


@functools.lru_cache(maxsize=8)
def table(language: str = ENGLISH) -> dict[str, Any]:
    """The shipped words of all letters in a language; empty where it has none. Raises StorageProblem where the English
    ones are missing.
    """
    words: dict[str, Any] = {}
    try:
        for file in sorted(resource("letters", language).glob("*.toml")):
            words |= tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise StorageProblem(_MISSING) from error
    if not words and language == ENGLISH:
        raise StorageProblem(_MISSING)
    return words


_MISSING: Final = "The wording of the letters is missing from this installation. Install SM Desk again."


def shipped_languages() -> tuple[str, ...]:
    """Codes of the languages that letters are shipped in."""
    return tuple(code for code in languages.languages() if code == ENGLISH or table(code))


def audiences_of(kind: LetterKind) -> tuple[str, ...]:
    """As whom somebody is written to: the wordings this kind of letter has. ("",) for one alone, () for none."""
    words = table().get(kind.value)
    if words is None:
        return ()
    return ("",) if "part" in words else tuple(words)


@functools.lru_cache(maxsize=256)
def shipped(kind: LetterKind, audience: str = "", language: str = ENGLISH) -> Pattern | None:
    """The shipped wording, or None where this language has none. Without phrases."""
    words = table(language).get(kind.value)
    if words is not None and audience:
        words = words.get(audience)
    if words is None or "part" not in words:
        return None
    allowed = letter_fields.allowed(kind)
    name = f"{kind.value} {audience} ({language})"
    read_pattern = read(name, words, allowed.fields, set(allowed.conditions))
    return replace(read_pattern, language=language, checked=bool(words.get("checked", True)))


@functools.lru_cache(maxsize=8)
def shipped_phrases(language: str) -> dict[str, str]:
    """The shipped words that stand in several letters, by key: "conduct.bullying", "exception_words.roles.staff"."""
    kinds = {kind.value for kind in LetterKind}
    found: dict[str, str] = {}

    def gather(start: str, words: Mapping[str, Any]) -> None:
        for key, value in words.items():
            if isinstance(value, Mapping):
                gather(f"{start}{key}.", value)
            else:
                found[f"{start}{key}"] = str(value)

    gather("", {key: value for key, value in table(language).items() if key not in kinds})
    return found


def read(name: str, words: Mapping[str, object], fields: Mapping[str, str], conditions: Set[str]) -> Pattern:
    """One letter of the file. Raises ValueError where a part uses a field or a condition that there is not."""
    listed = words["part"]
    if not isinstance(listed, Sequence):
        raise ValueError(f"{name}: parts are missing")
    parts = tuple(Part(str(each["text"]), str(each.get("when", ""))) for each in listed)
    for part in parts:
        unknown = set(fields_in(part.text)) - set(fields)
        if unknown or stray_dollars(part.text):
            raise ValueError(f"{name}: a part uses fields there are not: {', '.join(sorted(unknown))}")
        if part.when and part.when not in conditions:
            raise ValueError(f"{name}: there is no condition “{part.when}”")
    return Pattern(str(words["subject"]), str(words["closing"]), parts)
