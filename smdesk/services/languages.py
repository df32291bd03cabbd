"""The languages a letter may be written in: their names, and how each writes a day and a list of things.

What stands in a record is free text ("Polish", "Cymraeg"); ``code_of`` knows which language is meant, or that none is.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from string import Template
from typing import Final

from smdesk.errors import StorageProblem
from smdesk.paths import resource

ENGLISH: Final = "en"
WELSH: Final = "cy"


@dataclass(frozen=True, slots=True)
class Language:
    """``own`` is what its speakers call it. ``day`` is how a date is written, "" for figures alone; ``months`` as
    they stand in one.
    """

    code: str
    name: str
    own: str
    rtl: bool
    also: tuple[str, ...]
    conjunction: str
    day: str
    months: tuple[str, ...]


@functools.lru_cache(maxsize=1)
def languages() -> dict[str, Language]:
    """All of them by code, English first, Welsh second, then by name. Raises StorageProblem where the file is gone."""
    try:
        read = tomllib.loads(resource("languages.toml").read_text(encoding="utf-8"))
    except OSError as error:
        raise StorageProblem(
            "The list of languages is missing from this installation. Install SM Desk again."
        ) from error
    found = [
        Language(
            code=code,
            name=str(words["name"]),
            own=str(words["own"]),
            rtl=bool(words.get("rtl", False)),
            also=tuple(words.get("also", ())),
            conjunction=str(words.get("and", "")),
            day=str(words.get("day", "")),
            months=tuple(words.get("months", ())),
        )
        for code, words in read.items()
    ]
    found.sort(key=lambda each: (each.code != ENGLISH, each.code != WELSH, each.name))
    return {each.code: each for each in found}


def find(code: str) -> Language:
    """The language with this code. Raises KeyError for one there is not."""
    return languages()[code]


def label(code: str) -> str:
    """Its English name, as on screen: "Welsh". A code nobody knows stands for itself."""
    known = languages().get(code)
    return known.name if known else code


def is_rtl(code: str) -> bool:
    """Whether it is written from right to left."""
    known = languages().get(code)
    return known is not None and known.rtl


def code_of(words: str) -> str | None:
    """The language that somebody meant: by its English or its own name, another name for it, or its code.

    None where nothing was typed or it is no language known here.
    """
    return _known_names().get(_plain(words)) or _known_names().get(_plain(words.partition("(")[0]))


def _plain(words: str) -> str:
    return " ".join(words.casefold().split())


@functools.lru_cache(maxsize=1)
def _known_names() -> dict[str, str]:
    return {
        _plain(name): each.code
        for each in languages().values()
        for name in (each.code, f"{each.code}-gb", each.name, each.own, *each.also)
    }


def written_day(day: date, code: str = ENGLISH) -> str:
    """A date as it is written in this language: "9 March 2026", "9 Mawrth 2026"; in figures where that is not known."""
    known = languages().get(code)
    if known is None or not known.day:
        return f"{day.day:02d}/{day.month:02d}/{day.year}"
    month = known.months[day.month - 1] if known.months else ""
    return Template(known.day).substitute(day=day.day, month=month, monthnumber=day.month, year=day.year)


def listed(words: Sequence[str], code: str = ENGLISH) -> str:
    """Several words as they stand in a sentence: "a, b and c", "a, b a c"; "" for none."""
    known = languages().get(code)
    if len(words) < 2:
        return "".join(words)
    if known is None or not known.conjunction:
        return ", ".join(words)
    conjunction = known.conjunction
    if code == WELSH and words[-1][:1].casefold() in _BEFORE_A_VOWEL:
        conjunction = "ac"
    return f"{', '.join(words[:-1])} {conjunction} {words[-1]}"


_BEFORE_A_VOWEL: Final = frozenset("aeiouwyâêîôûŵŷáéíóúäëïöü")
"""Welsh says “ac” before these; y and w are vowels at the head of its own words."""
