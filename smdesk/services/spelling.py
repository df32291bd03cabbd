"""Spelling of letters in English: the shipped list of words, and the words of the school's own.

Other languages are not checked: there is no list for them here. The list takes a moment to read, so only a worker asks.
"""

from __future__ import annotations

import functools
import re
import sys
import threading
from collections.abc import Iterable, Iterator, Set
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from smdesk.db import audit
from smdesk.db.models import School
from smdesk.errors import Invalid, StorageProblem
from smdesk.paths import resource
from smdesk.security.permissions import Permission
from smdesk.services.context import Context, Saved, needs

if TYPE_CHECKING:
    from hunspell import Hunspell

MOST_WORDS: Final = 5_000
MOST_FOUND: Final = 500
"""A text with more unknown words than this is not in English; underlining all of them helps nobody."""
MOST_SUGGESTIONS: Final = 6
_LONGEST: Final = 60
_SETTING: Final = "spelling_words"
_CHUNK: Final = re.compile(r"\S+")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
_NO_WORDS: Final = re.compile(r"[\d@_/\\]|://|\w\.\w|^\$")
"""Chunks that are no words: references, dates, e-mail and web addresses, fields."""
_LATIN: Final = re.compile(r"[A-Za-zÀ-ɏḀ-ỿ'’\-]+")
_ANY_PATH: Final = "\\\\?\\" if sys.platform == "win32" else ""
"""With it before them, the library takes paths with letters beyond ASCII on Windows."""
_lock: Final = threading.Lock()
"""The list keeps buffers of its own: one thread at a time."""


def check(text: str, own: Set[str] = frozenset()) -> tuple[tuple[int, int], ...]:
    """Where in the text words stand that are in no list (code points). ``own`` words are known, in small letters.

    Left alone are abbreviations in capitals, anything with a digit or an address in it, and words that are not in Latin
    letters. Raises StorageProblem where the list is missing.
    """
    found: list[tuple[int, int]] = []
    known: dict[str, bool] = {}
    for start, word in _words(text):
        right = known.get(word)
        if right is None:
            right = known[word] = _is_known(word, own)
        if not right:
            found.append((start, start + len(word)))
            if len(found) == MOST_FOUND:
                break
    return tuple(found)


def suggestions(word: str) -> tuple[str, ...]:
    """What may be meant, likeliest first. Raises StorageProblem where the list is missing."""
    if len(word) > _LONGEST:
        return ()
    with _lock:
        found = _dictionary().suggest(_plain(word))
    typographic = "’" in word
    return tuple(each.replace("'", "’") if typographic else each for each in found)[:MOST_SUGGESTIONS]


@needs(Permission.LETTERS_READ)
def own_words(ctx: Context) -> frozenset[str]:
    """The words of the school's own, in small letters."""
    with ctx.database.reading() as session:
        return frozenset(session.scalars(select(School)).one().settings.get(_SETTING, ()))


@needs(Permission.LETTERS_READ)
def school_words(ctx: Context) -> frozenset[str]:
    """The words of the school's name, its address and its contacts, in small letters: its letters name them."""
    with ctx.database.reading() as session:
        school = session.scalars(select(School)).one()
        names = [str(contact.get("name", "")) for contact in school.contacts.values()]
        return words_in((school.name, school.address, *names))


@needs(Permission.LETTERS_DRAFT)
def add_word(ctx: Context, word: str) -> Saved:
    """Add one to the words of the school's own. Raises Invalid for what is no word, or when there are too many."""
    word = _base(word)
    if not _WORD.fullmatch(word) or len(word) > _LONGEST:
        raise Invalid.one("word", f"A word has letters only, and at most {_LONGEST} of them.")
    return _change(ctx, word, add=True)


@needs(Permission.LETTERS_DRAFT)
def remove_word(ctx: Context, word: str) -> Saved:
    """Take one off the words of the school's own; one that is not among them changes nothing."""
    return _change(ctx, _base(word), add=False)


def words_in(texts: Iterable[str]) -> frozenset[str]:
    """The words of these texts in small letters: whoever is written to is spelt right."""
    return frozenset(_plain(word).casefold() for text in texts for word in _WORD.findall(text))


def _base(word: str) -> str:
    """As it is kept: "Bramble's" belongs to "bramble"."""
    return _plain(word.strip()).casefold().removesuffix("'s")


def _change(ctx: Context, word: str, *, add: bool) -> Saved:
    with ctx.database.writing() as session:
        row = session.scalars(select(School)).one()
        before = frozenset(row.settings.get(_SETTING, ()))
        after = before | {word} if add else before - {word}
        if after != before:
            if len(after) > MOST_WORDS:
                raise Invalid.one(
                    "word", f"There are {MOST_WORDS:,} words of the school's own already. Remove one first."
                )
            # Not a new version of the school's details: whoever is editing those has nothing to settle.
            row.settings = {**row.settings, _SETTING: sorted(after)}
            audit.write(
                session,
                actor_id=ctx.user.id,
                at=ctx.now(),
                action="school.word_added" if add else "school.word_removed",
                object_kind="school",
                object_id=row.id,
                detail={"word": word},
            )
        return Saved(row.id, row.version, frozenset({("spelling", row.id)}))


def _words(text: str) -> Iterator[tuple[int, str]]:
    for chunk in _CHUNK.finditer(text):
        if _NO_WORDS.search(chunk[0].rstrip(".,;:!?)”\"'’")):
            continue
        for found in _WORD.finditer(chunk[0]):
            word = found[0]
            if 1 < len(word) <= _LONGEST and not word.isupper() and _LATIN.fullmatch(word):
                yield chunk.start() + found.start(), word


def _is_known(word: str, own: Set[str]) -> bool:
    word = _plain(word)
    if _is_own(word, own) or _in_list(word):
        return True
    parts = word.split("-")
    return len(parts) > 1 and all(len(part) < 2 or _is_own(part, own) or _in_list(part) for part in parts)


def _is_own(word: str, own: Set[str]) -> bool:
    small = word.casefold()
    return small in own or small.removesuffix("'s") in own


def _in_list(word: str) -> bool:
    with _lock:
        return bool(_dictionary().spell(word))


def _plain(word: str) -> str:
    return word.replace("’", "'")


@functools.lru_cache(maxsize=1)
def _dictionary() -> Hunspell:
    from hunspell import Hunspell

    folder = resource("spelling")
    for name in ("en_GB.aff", "en_GB.dic"):
        if not (folder / name).is_file():
            raise StorageProblem(
                "The list of English words is missing from this installation, so spelling is not checked. "
                "Install SM Desk again."
            )
    made = Hunspell("en_GB", hunspell_data_dir=str(folder))
    # The library holds the interpreter while it reads a file. It comes in parts of some milliseconds each, and
    # between two of them the window has its turn.
    for part in sorted(folder.glob("en_GB-*.dic")):
        made.add_dic(_ANY_PATH + str(part))
    return made
