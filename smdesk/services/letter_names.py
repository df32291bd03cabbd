"""Whose names stand in a letter's text (no letter names another child).

Looked for are every person in the incident and every pupil on record, in the ways people write names: with or
without accents and capitals, in either order, hyphenated or not, as a possessive, run together. How much of a
name counts depends on who it is: for a child of the addressee or in the incident the first name alone says
enough, however it is written. For any other pupil at the school it does so only where it stands like a name by
itself ("about Tariq", not "Mrs Grace Example" or "Will you …"), and for one who has left not at all, or half of all
letters would be stopped.

These functions look at the text's words first and build patterns only for people whose family name is among
them, so that a check against thousands of pupils is quick enough to run while somebody types.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from smdesk.policy.words import TITLES
from smdesk.services import letter_text
from smdesk.services.letter_records import NameHit

_WORD = re.compile(r"[^\W_]+")
_MOST_BETWEEN: Final = 3
"""Characters between two words of one name: a space, a hyphen, a comma and a line break."""
_BETWEEN = re.compile(r"[\s\-\u2010-\u2015'’ʼ`´.,()_]*")
# Letters that Unicode does not take apart into a base and a mark.
_LETTERS = str.maketrans(
    {
        "đ": "d",
        "ð": "d",
        "ø": "o",
        "ł": "l",
        "æ": "ae",
        "œ": "oe",
        "ı": "i",
        "þ": "th",
        "ħ": "h",
        "ŋ": "n",
        "ß": "ss",
        # Letters of other alphabets that look like these: "Sаm" with a Cyrillic "а" is read as Sam. Whoever does write
        # in them is compared letter by letter all the same.
        **dict(zip("авеікмнорстухѕјһӏѵ", "abeikmhopctyxsjhlv", strict=True)),
        **dict(zip("αβεζηικμνορτυχςσ", "abezhikmnoptyxcc", strict=True)),
    }
)
# fmt: off
_ORDINARY: Final = frozenset(
    {
        "amber", "an", "angel", "april", "art", "ash", "august", "autumn", "baker", "ball", "banks", "bell",
        "best", "bill", "bishop", "black", "bob", "brook", "brown", "care", "carter", "case", "chance",
        "charity", "chase", "christian", "church", "clay", "close", "cook", "court", "cross", "crystal",
        "daisy", "dawn", "day", "dean", "destiny", "do", "drew", "early", "english", "ernest", "eve", "faith",
        "field", "fox", "frank", "french", "good", "grace", "grant", "gray", "green", "grey", "guest", "guy",
        "hall", "harmony", "hazel", "head", "heather", "hill", "holly", "hope", "house", "hung", "hunt",
        "hunter", "in", "iris", "ivy", "jade", "joy", "june", "justice", "kind", "king", "lake", "lane",
        "law", "lee", "lily", "little", "long", "lord", "love", "major", "march", "mark", "marsh", "mason",
        "max", "may", "means", "melody", "miles", "my", "noble", "noel", "olive", "on", "page", "parish",
        "park", "parent", "pat", "patience", "pearl", "place", "poppy", "post", "power", "price", "prince",
        "rain", "ray", "read", "reason", "rich", "rivers", "rob", "rose", "ruby", "rush", "saint", "say",
        "see", "short", "sky", "small", "smith", "so", "spring", "star", "still", "stone", "story", "street",
        "strong", "sue", "summer", "sunny", "sweet", "taylor", "temple", "to", "violet", "wait", "walker",
        "wall", "ward", "waters", "week", "wells", "west", "white", "wild", "will", "winter", "wise", "wood",
        "woods", "worth", "young",
    }
)
# fmt: on
"""Names that are also everyday words: alone, they count only with a capital letter."""
_MONTHS: Final = frozenset({"march", "may", "april", "june", "august"})
_NOT_OF_A_NAME: Final = TITLES | {"dear", "and"}
"""Words of a greeting that are nobody's name."""
_WEEKDAYS: Final = frozenset(
    {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", *_MONTHS}
)
_BEFORE_NAMES_OF_OTHERS: Final = TITLES | {"st", "saint"}
_BEGINS_A_SENTENCE: Final = frozenset(".!?:;\n•-")
# Beside Unicode's format controls: signs that nobody sees, and that would cut a word in two ("Sa\u200bmmy").
_UNSEEN: Final = frozenset("\u034f\u115f\u1160\u180b\u180c\u180d\u3164\uffa0") | {
    chr(code) for start, end in ((0xFE00, 0xFE10), (0xE0100, 0xE01F0)) for code in range(start, end)
}
_BREAK: Final = "\u200b"
"""Shows nothing, and yet may stand between two words."""
_HYPHENATED = re.compile(r"(?<=[^\W_])[\-\u00ad\u2010][ \t]*\r?\n[ \t]*(?=[^\W_])")
"""A word that a line's end took apart, as in what was copied from a page."""


@dataclass(frozen=True, slots=True)
class Known:
    """A person whose name is looked for. ``close``: a child of the addressee, or in the incident; ``on_roll``: a
    pupil who has not left.
    """

    person_id: int
    given_name: str
    family_name: str
    known_as: str
    kind_label: str
    pupil: bool
    close: bool
    on_roll: bool = False

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()


@dataclass(frozen=True, slots=True)
class _Token:
    word: str
    start: int
    end: int
    capital: bool


@dataclass(frozen=True, slots=True)
class _Pattern:
    words: tuple[str, ...]
    initial: bool = False
    """An initial with a family name: capitals count, and after "Mrs" it is a grown-up's."""
    alone: bool = False
    """A first name that counts only where it stands like a name by itself."""


@functools.lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """A word as names are compared: without case, accents and other marks."""
    apart = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    return "".join(char for char in apart if not unicodedata.combining(char) and not _is_unseen(char))


def _is_unseen(char: str) -> bool:
    """Whether a character shows nothing, on paper as on the screen."""
    return char >= "\x7f" and (char in _UNSEEN or unicodedata.category(char) == "Cf")


def hits(
    text: str,
    people: Iterable[Known],
    addressee: Known | None,
    *,
    mask: Sequence[str] = (),
    greeting: bool = False,
) -> list[NameHit]:
    """Every name of ``people`` found in ``text``, in the order of the text.

    ``mask`` are phrases that are not looked at (the school's own name: "St Joseph's" is not Joseph).
    In a ``greeting`` the addressee's own names are no hits, whoever else bears them.
    """
    people = list(people)
    seen = _masked(text, mask)
    found = _hits(text, _tokens(seen), people, addressee, greeting)
    if (apart := _taken_apart(seen)) != seen:
        places = [(hit.person_id, hit.start, hit.end) for hit in found]
        found += [
            hit
            for hit in _hits(text, _tokens(apart), people, addressee, greeting)
            if not any(who == hit.person_id and at <= hit.start < end for who, at, end in places)
        ]
    return sorted(found, key=lambda hit: (hit.start, hit.name, hit.person_id))


def _taken_apart(text: str) -> str:
    """The text read in the other way: what shows nothing, or a hyphen at a line's end, may stand between two words."""
    if _BREAK in text:
        text = text.replace(_BREAK, " ")
    if "\n" in text:
        text = _HYPHENATED.sub(lambda match: " " * len(match[0]), text)
    return text


def _hits(
    text: str,
    tokens: Sequence[_Token],
    people: Iterable[Known],
    addressee: Known | None,
    greeting: bool,
) -> list[NameHit]:
    own = _own_words(addressee)
    words = {token.word for token in tokens}
    starts: dict[str, list[int]] = {}
    for place, token in enumerate(tokens):
        starts.setdefault(token.word, []).append(place)
    found: list[NameHit] = []
    for person in people:
        if not worth_a_look(person, words):
            continue
        spans: list[tuple[int, int]] = []
        for pattern in _patterns(person, own):
            if greeting and set(pattern.words) <= own:
                continue
            for place in starts.get(pattern.words[0], ()):
                last = _matches(text, tokens, place, pattern)
                if last is not None:
                    spans.append((tokens[place].start, tokens[last].end))
        found.extend(_hit(person, text, start, end) for start, end in _longest(spans))
    return found


def words_of(text: str) -> set[str]:
    """The words of a text as names are compared."""
    words = {token.word for token in _tokens(text)}
    apart = _taken_apart(text)
    return words if apart == text else words | words_of(apart)


def _tokens(text: str) -> list[_Token]:
    tokens = []
    for start, end in _spans(text):
        word = fold(text[start:end])
        if "\n" in word:
            word = _HYPHENATED.sub("", word)
        if word:
            tokens.append(_Token(word, start, end, text[start].isupper()))
    return tokens


def _spans(text: str) -> list[tuple[int, int]]:
    """Where the words of ``text`` are."""
    shape = text
    if not text.isascii():
        # A mark or vowel sign written apart from its letter is no letter itself and would cut the word in two.
        shape = "".join(char if char.isascii() or not _is_of_word(char) else "a" for char in text)
    if "\n" in text:
        shape = _HYPHENATED.sub(lambda match: "a" * len(match[0]), shape)
    return [match.span() for match in _WORD.finditer(shape)]


def _is_of_word(char: str) -> bool:
    """Whether a character is part of the word it stands in: a mark on a letter, a letter in a ring, one not seen."""
    if unicodedata.category(char)[0] == "M" or _is_unseen(char):
        return True
    plain = unicodedata.normalize("NFKD", char)
    return len(plain) == 1 and plain.isalnum()


def _masked(text: str, phrases: Sequence[str]) -> str:
    for phrase in phrases:
        if phrase.strip():
            text = re.sub(
                re.escape(phrase.strip()), lambda match: "\n" * len(match[0]), text, flags=re.IGNORECASE
            )
    return text


@functools.lru_cache(maxsize=32768)
def _words(name: str) -> tuple[str, ...]:
    return tuple(word for word in (fold(name[start:end]) for start, end in _spans(name)) if word)


def _own_words(addressee: Known | None) -> frozenset[str]:
    if addressee is None:
        return frozenset()
    whole = (addressee.given_name, addressee.family_name, addressee.known_as)
    return frozenset({word for part in whole for word in _words(part)} | _NOT_OF_A_NAME)


def _alternatives(person: Known) -> list[tuple[str, ...]]:
    parts = (_words(part) for part in re.split(r"[,;/]", person.known_as))
    return [part for part in parts if part]


def worth_a_look(person: Known, words: set[str]) -> bool:
    """Whether any pattern of this person could match at all: one of their words, or the name run together."""
    given, family = _words(person.given_name), _words(person.family_name)
    alternatives = _alternatives(person)
    heads = [word for part in (family, *alternatives) for word in (*part, "".join(part))]
    if person.close or person.on_roll:
        heads += [*given, "".join(given)]
    if any(word in words or f"{word}s" in words for word in heads):
        return True
    firsts = [part for part in (given, given[:1], *alternatives) if part]
    return any("".join(each) in words for part in firsts for each in ((*part, *family), (*family, *part)))


def _patterns(person: Known, own: frozenset[str]) -> set[_Pattern]:
    given, family = _words(person.given_name), _words(person.family_name)
    alternatives = _alternatives(person)
    firsts = {given, given[:1], *alternatives} - {()}
    lasts = {
        family,
        ("".join(family),),
        *((word,) for word in family if len(family) > 1 and len(word) > 2),
    } - {(), ("",)}
    lasts |= {part for part in alternatives if part != given}
    found: set[_Pattern] = set()
    for first in firsts:
        for last in lasts:
            if first == last:
                continue
            found |= {_Pattern((*first, *last)), _Pattern((*last, *first))}
            found |= {_Pattern(("".join((*first, *last)),)), _Pattern(("".join((*last, *first)),))}
    found |= {_Pattern(part) for part in alternatives if len(part) > 1}
    if given and family:
        # "A. Quillfeather" in a letter to Anna Quillfeather is herself; "S. Quillfeather" is not.
        initials = [word[0] for word in given]
        if family[-1] not in own or not any(word[0] == initials[0] for word in own - _NOT_OF_A_NAME):
            found |= {_Pattern((initials[0], *family), initial=True)}
        if len(initials) > 1:
            found |= {
                _Pattern((*initials, *family), initial=True),
                _Pattern(("".join(initials), *family), initial=True),
            }
    if not given and family:
        found.add(_Pattern(family))  # a screen name
    if person.close:
        alone = {family, *alternatives}
        if person.pupil:
            alone |= {given, given[:1], ("".join(given),)}
        # The addressee's own family name stands in every "Dear Ms …": alone it says nothing about the child.
        found |= {_Pattern(part) for part in alone if part and not set(part) <= own}
        if person.pupil:
            found |= {_Pattern(part) for part in (given, given[:1]) if part}
    elif person.on_roll:
        found |= {
            _Pattern(part, alone=True)
            for part in {given, given[:1], ("".join(given),), *alternatives}
            if part and part != ("",) and not set(part) <= own
        }
    # "Sams book": the apostrophe is easily left out.
    found |= {
        _Pattern((*each.words[:-1], f"{each.words[-1]}s"), each.initial, each.alone)
        for each in list(found)
        if len(each.words[-1]) > 2 and each.words[-1] not in _ORDINARY
    }
    return found


def _matches(text: str, tokens: Sequence[_Token], place: int, pattern: _Pattern) -> int | None:
    """The place of the last word where ``pattern`` starts at ``place``, or None."""
    if place + len(pattern.words) > len(tokens):
        return None
    for offset, word in enumerate(pattern.words):
        token = tokens[place + offset]
        if token.word != word:
            return None
        if offset:
            between = text[tokens[place + offset - 1].end : token.start]
            # However many spaces: a line may be broken and set in.
            if len(" ".join(between.split())) > _MOST_BETWEEN or not _BETWEEN.fullmatch(between):
                return None
    if pattern.initial and not (tokens[place].capital and tokens[place + 1].capital):
        return None
    if pattern.initial and place and tokens[place - 1].word in TITLES:
        return None
    if pattern.alone and not _stands_alone(text, tokens, place, place + len(pattern.words) - 1):
        return None
    if len(pattern.words) == 1 and pattern.words[0] in _ORDINARY:
        token = tokens[place]
        if not token.capital or (token.word in _MONTHS and _is_date(tokens, place)):
            return None
    return place + len(pattern.words) - 1


def _stands_alone(text: str, tokens: Sequence[_Token], first: int, last: int) -> bool:
    """Whether a first name is written as one and is no part of somebody else's name."""
    start = text[tokens[first].start]
    if start.islower():
        return False
    begins = _begins_sentence(text, tokens[first].start)
    if begins and tokens[first].word in _ORDINARY:
        return False
    if first:
        before = tokens[first - 1]
        beside = not text[before.end : tokens[first].start].strip(" .")
        if beside and before.word in _BEFORE_NAMES_OF_OTHERS:
            return False
        ours = begins or before.word in _WEEKDAYS or _begins_sentence(text, before.start)
        if beside and before.capital and not ours:
            return False
    if last + 1 < len(tokens):
        after = tokens[last + 1]
        # "Tariq O." is still Tariq; "Helen Alder" is somebody else's Helen.
        longer = after.capital and len(after.word) > 1
        return not (longer and text[tokens[last].end : after.start] in (" ", "-"))
    return True


def _begins_sentence(text: str, start: int) -> bool:
    before = text[:start].rstrip(" \t\r\"'“‘(")
    return not before or before[-1] in _BEGINS_A_SENTENCE


def _is_date(tokens: Sequence[_Token], place: int) -> bool:
    """Whether "May" has a number beside it: "5 May", "May 2026"."""
    beside = [tokens[other] for other in (place - 1, place + 1) if 0 <= other < len(tokens)]
    return any(re.fullmatch(r"\d{1,4}(st|nd|rd|th)?", token.word) is not None for token in beside)


def _longest(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for start, end in sorted(set(spans), key=lambda span: (span[0], -span[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


def _hit(person: Known, text: str, start: int, end: int) -> NameHit:
    left, right = max(0, start - 30), min(len(text), end + 30)
    excerpt = " ".join(letter_text.plain(text[left:right]).split())
    return NameHit(
        person_id=person.person_id,
        name=person.name,
        kind_label=person.kind_label,
        found=text[start:end],
        excerpt=f"{'…' if left else ''}{excerpt}{'…' if right < len(text) else ''}",
        start=start,
        end=end,
    )
