"""How somebody may be written where names are to go: initials and titles, e-mail, telephone, address, screen names.

Pure text: who is looked for, and what stands in the place, is for ``case_file_names``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from smdesk.db.models import Person
from smdesk.policy.words import TITLES
from smdesk.services import letter_names

_BEFORE: Final = re.compile(
    rf"(?:\b(?:{'|'.join(sorted(TITLES))})\b\.?\s+)?(?:\b[^\W\d_]\.?\s+)*\Z", re.IGNORECASE
)
_NEARBY: Final = 120  # characters before a name in which its title and initials are looked for
_AFTER: Final = re.compile(r"\s+[^\W\d_]\.(?!\w)")
_PARTS: Final = re.compile(r"[,;\n]+")
TITLED: Final = re.compile(
    rf"\b(?:{'|'.join(sorted(TITLES))})\b\.?\s+(?:[^\W\d_]\.?\s+)*(?=[^\W\d_])", re.IGNORECASE
)
_NAME: Final = re.compile(r"[^\W\d_]+(?:['’ʼ\-\u2010-\u2013][^\W\d_]+)*")
KIN: Final = re.compile(
    r"(?:(?<=\w)['’]s?)?(?<=[\w'’])\s+(?:family|household|parents?|children|kids|boys?|girls?|brothers?|sisters?|twins?|mother|father|"
    r"mum|dad|gran|nan)\b",
    re.IGNORECASE,
)
_OWNS: Final = re.compile(r"['’ʼ]s?\Z", re.IGNORECASE)
_MOST_WORDS: Final = 3  # of a family name written apart: "van der Berg"
# fmt: off
_NO_INITIALS: Final = frozenset(
    {
        "acc", "ad", "aka", "all", "am", "an", "and", "ap", "ar", "are", "as", "at", "aup", "bbc", "be",
        "by", "ceo", "con", "dad", "dm", "do", "doc", "dpo", "dr", "dsl", "eal", "eg", "eu", "faq", "fb",
        "for", "go", "gp", "he", "hi", "hq", "hr", "ict", "id", "ie", "if", "ig", "in", "inc", "is", "it",
        "iwf", "kid", "la", "lea", "led", "lol", "lsa", "ma", "mat", "me", "mp", "mr", "ms", "mum", "my",
        "nan", "nhs", "no", "not", "of", "oh", "ok", "omg", "on", "or", "pa", "pc", "pdf", "pe", "pm",
        "png", "ppl", "pr", "pt", "pta", "qr", "re", "rep", "rsa", "rt", "sen", "sha", "she", "slt", "sm",
        "so", "st", "ta", "the", "to", "tt", "tv", "uk", "un", "up", "url", "us", "usa", "vs", "wa", "was",
        "we", "who", "www", "xd", "you", "yt",
    }
)
# fmt: on
"""What two or three capitals mean to everybody, whosever initials they are too."""


def sorted_words(text: str) -> list[str]:
    """The words of one piece of text in their order, as names are compared."""
    return [letter_names.fold(part) for part in re.findall(r"[^\W_]+", text)]


def in_one(words: str) -> str:
    return "".join(sorted_words(words))


def words_from(text: str, start: int) -> Iterable[int]:
    """Where a family name that begins here may end: after one word, two, three. What makes it a plural or a possessive
    ("Roe's", "the Roes") is left beside it.
    """
    at = start
    for _ in range(_MOST_WORDS):
        word = _NAME.match(text, at)
        if word is None:
            return
        owns = _OWNS.search(word[0])
        end = word.end() - (len(owns[0]) if owns else 0)
        if text[end - 2 : end].casefold() == "es":
            yield end - 2
        if text[end - 1 : end] in ("s", "S"):
            yield end - 1
        yield end
        gap = re.compile(r"\s+").match(text, word.end())
        if gap is None or owns:
            return
        at = gap.end()


def starts_before(text: str, end: int) -> Iterable[int]:
    """Where a family name that ends here may begin: the longest first."""
    words = [match.start() for match in _NAME.finditer(text, max(0, end - 200), end)]
    return words[-_MOST_WORDS:]


def with_initials(text: str, start: int, end: int) -> tuple[int, int]:
    """The place with a title and initials around the name: of "Mrs J. Roe" nothing is to stay."""
    window = max(0, start - _NEARBY)
    before = _BEFORE.search(text[window:start])
    after = _AFTER.match(text, end)
    # An article or "I" before a name is no initial.
    left = start if before is None or before[0].strip().casefold() in ("a", "i") else window + before.start()
    return left, end if after is None else after.end()


def identifiers(row: Person) -> Iterable[re.Pattern[str]]:
    for value in (row.email, *_PARTS.split(row.online_names), row.postcode, *row.address.splitlines()[:1]):
        if len(value.strip()) > 3:
            yield literally(value)
    if row.letter_name.strip():
        yield literally(row.letter_name)
    digits = re.sub(r"\D", "", row.phone)
    if len(digits) >= 7:
        yield re.compile(r"(?<!\d)\+?" + r"[\s\-()./]*".join(digits) + r"(?!\d)")


def whole_names(row: Person) -> Iterable[re.Pattern[str]]:
    """The name as it is on record: it may hold signs between which no word stands, or be an everyday word."""
    given, family = row.given_name.strip(), row.family_name.strip()
    if given and family:
        yield literally(f"{given} {family}")
        yield literally(f"{family} {given}")
        yield literally(f"{family}, {given}")
    else:
        yield literally(given or family)
    for word in (given, family):
        if len(word) > 2:
            # "Hazels post": the apostrophe is easily left out.
            yield re.compile(rf"(?<!\w){re.escape(word)}s(?!\w)")


def initials(row: Person) -> Iterable[re.Pattern[str]]:
    """ "S.Q.", "S. Q.", and "SQ" where that is no word: so people are called where names are to be spared."""
    given, family = sorted_words(row.given_name), sorted_words(row.family_name)
    if not given or not family or not f"{row.given_name}{row.family_name}".isascii():
        return
    first, last = [word[0].upper() for word in given], [word[0].upper() for word in family]
    for letters in dict.fromkeys(
        tuple(each)
        for each in ([*first, *last], [first[0], *last], [first[0], last[0]], [first[0], last[-1]])
    ):
        yield re.compile(r"(?<![\w.])" + r"\.\s?".join(letters) + r"(?:\.(?!\w)|(?![\w.]))")
        if "".join(letters).casefold() not in _NO_INITIALS:
            yield re.compile(rf"(?<![\w.\-]){''.join(letters)}(?![\w\-])")


def literally(words: str) -> re.Pattern[str]:
    inner = r"\s+".join(re.escape(part) for part in words.strip().lstrip("@").split())
    return re.compile(rf"(?<!\w)@?{inner}(?!\w)", re.IGNORECASE)
