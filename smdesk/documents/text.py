"""From a person's text to lines of positioned glyphs.

Nothing here reads markup: what was typed is drawn as it was typed, so a name can hold ``<b>``, ``&`` or
``</para>`` without meaning anything. Shaping (joining, ligatures, marks, kerning) is HarfBuzz's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import uharfbuzz as hb

from smdesk.documents import fonts

_FEATURES = {"kern": True, "liga": True}
_FEATURES_APART = {"kern": True, "liga": False, "clig": False}
_WORDS_APART = 3.5  # as much as letters
_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
# Controls that would reorder or hide what follows them, and the byte order mark, which PDF/A forbids in its text.
# A name has no honest use for them on paper.
_DIRECTION_CONTROLS = dict.fromkeys(
    [0x200E, 0x200F, 0x061C, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
)
_IDEOGRAPH = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0002ffff\u0e00-\u0e7f]")

# Days, telephone numbers, references, web and e-mail addresses: in text that runs right to left each stays one piece
# that runs left to right, whatever stands beside it (as if isolated, Unicode UAX 9).
_ISOLATED = re.compile(
    r"(?<!\w)(?:\d{1,2}\s[^\W\d_]+\s\d{4}(?:,?\s\d{1,2}[:.]\d{2})?"  # 5 May 2026, 16:40
    r"|(?:https?://|www\.)[^\s،؛]*[^\s،؛.,)]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|[+(]?\d(?:[\d/.,:()+-]*\d)?(?:\s\d(?:[\d/.,:()+-]*\d)?)*(?:[-/][A-Za-z]+\d*)*"
    r"|[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2})",
    re.ASCII,
)
_AFTER_HYPHEN = re.compile(r"(?<=[^\W\d_]{4}-)(?=[^\W\d_]{4})")
_AFTER_SLASH = re.compile(r"(?<=[^/:]/)(?=[^/])")


@dataclass(frozen=True, slots=True)
class Span:
    """Some text in one cut of the typeface. ``link`` is an absolute address such as ``mailto:…``.

    ``tracking`` is more room after each letter, in thousandths of the type size, and three and a half times as much
    between words.
    """

    text: str
    bold: bool = False
    italic: bool = False
    link: str = ""
    tracking: float = 0.0


Rich = str | Sequence[Span]


@dataclass(frozen=True, slots=True)
class Glyph:
    """One drawn shape; distances in thousandths of the type size, ``text`` what it stands for (may be '')."""

    number: int
    advance: float
    width: float
    dx: float
    dy: float
    text: str


@dataclass(frozen=True, slots=True)
class Run:
    """Glyphs of one font, left to right on paper. ``plain`` means one glyph for each character, in order."""

    font: fonts.Font
    thicken: bool
    text: str
    rtl: bool
    glyphs: tuple[Glyph, ...]
    advance: float
    plain: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """A run in a line, or the space between two words (``run`` of one blank), with where it goes."""

    run: Run
    span: Span
    level: int
    x: float = 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """One line in reading order. ``width`` in points without a trailing blank; ``last`` ends a paragraph."""

    pieces: tuple[Piece, ...]
    width: float
    last: bool


def clean(text: str) -> str:
    """The text as it can be printed: composed, no direction overrides, controls and half characters boxed."""
    if text.isascii() and text.isprintable():
        return text
    text = unicodedata.normalize("NFC", text.translate(_DIRECTION_CONTROLS))
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ").replace("\u2028", "\n")
    return "".join(
        "\ufffd" if unicodedata.category(char) in ("Cc", "Cs", "Cn", "Co") and char != "\n" else char
        for char in text
    )


@lru_cache(maxsize=8192)
def shape(text: str, font: fonts.Font, thicken: bool, rtl: bool, tracking: float = 0.0) -> Run:
    """Shape one word, or part of one, that a single font draws. Letters that join are never set apart."""
    buffer = hb.Buffer()
    buffer.cluster_level = hb.BufferClusterLevel.MONOTONE_CHARACTERS
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if rtl else "ltr"
    apart = tracking if font.stem.startswith(f"{fonts.BODY}-") else 0.0
    hb.shape(font.shaper, buffer, _FEATURES if not apart else _FEATURES_APART)
    scale = 1000 / font.upem
    infos, positions = buffer.glyph_infos, buffer.glyph_positions
    starts = sorted({info.cluster for info in infos})
    ends = dict(zip(starts, [*starts[1:], len(text)], strict=True))
    glyphs: list[Glyph] = []
    named: set[int] = set()
    plain = not rtl and len(infos) == len(text)
    total = 0.0
    for info, position in zip(infos, positions, strict=True):
        number, cluster = int(info.codepoint), int(info.cluster)
        stands_for = "" if cluster in named else text[cluster : ends[cluster]]
        named.add(cluster)
        plain = plain and len(stands_for) == 1 and not position.x_offset and not position.y_offset
        advance = position.x_advance * scale
        if apart and not fonts.joins_previous(text[ends[cluster] : ends[cluster] + 1] or "."):
            advance += apart if text != " " else apart * _WORDS_APART
        total += advance
        glyphs.append(
            Glyph(
                number,
                advance,
                font.width(number) * scale,
                position.x_offset * scale,
                position.y_offset * scale,
                stands_for,
            )
        )
    return Run(font, thicken, text, rtl, tuple(glyphs), total, plain)


@lru_cache(maxsize=4096)
def _box(char: str, bold: bool) -> Run:
    choice = fonts.choose(char, bold)
    glyph = choice.font.glyph(fonts.BOX) or 0
    width = choice.font.width(glyph) * 1000 / choice.font.upem
    shapes = (Glyph(glyph, width, width, 0, 0, fonts.BOX),)
    return Run(choice.font, choice.thicken, char, False, shapes, width, False)


def runs(
    text: str, bold: bool = False, italic: bool = False, rtl: bool = False, tracking: float = 0.0
) -> Iterator[Run]:
    """Split a word where the font changes and shape each part by itself."""
    if text.isascii():
        yield shape(text, fonts.body(bold, italic), False, rtl, tracking)
        return
    start, current = 0, None
    for at, char in enumerate(text):
        if current is not None and fonts.joins_previous(char) and _drawn_with(current, char):
            continue
        choice = fonts.choose(char, bold, italic)
        if current is not None and (choice != current or choice.missing):
            yield _finish(text[start:at], current, bold, rtl, tracking)
            start = at
        current = choice
    if current is not None:
        yield _finish(text[start:], current, bold, rtl, tracking)


def _drawn_with(choice: fonts.Choice, char: str) -> bool:
    return fonts.is_ignorable(char) or choice.missing or choice.font.glyph(char) is not None


def _finish(text: str, choice: fonts.Choice, bold: bool, rtl: bool, tracking: float) -> Run:
    if choice.missing:
        return _box(text, bold)
    return shape(text, choice.font, choice.thicken, rtl, tracking)


def levels(text: str, base: int) -> list[int]:
    """How deep each character is in text running the other way: 0 and 2 left to right, 1 right to left.

    The part of the Unicode bidirectional rules that letters need: strong letters, numbers beside them, and
    punctuation that takes the direction both its neighbours share.
    """
    kinds: list[str] = []
    strong = "R" if base else "L"
    for char in text:
        kind = unicodedata.bidirectional(char)
        if kind in ("R", "AL"):
            strong = "R"
            kinds.append("R")
        elif kind == "L":
            strong = "L"
            kinds.append("L")
        elif kind in ("EN", "AN"):
            kinds.append("L" if strong == "L" else "N")
        elif kind in ("NSM", "BN") and kinds:
            kinds.append(kinds[-1])
        else:
            kinds.append("")
    if base:
        for whole in _ISOLATED.finditer(text):
            kinds[whole.start() : whole.end()] = ["L"] * len(whole[0])
    _settle_brackets(text, kinds, "R" if base else "L")
    result: list[int] = []
    around = "R" if base else "L"
    at = 0
    while at < len(kinds):
        if kinds[at]:
            around = "L" if kinds[at] == "L" else "R"
            result.append({"R": 1, "L": 2 if base else 0, "N": 2}[kinds[at]])
            at += 1
            continue
        end = at
        while end < len(kinds) and not kinds[end]:
            end += 1
        after = kinds[end] if end < len(kinds) else ("R" if base else "L")
        after = "L" if after == "L" else "R"
        level = base if after != around else (1 if around == "R" else (2 if base else 0))
        result.extend([level] * (end - at))
        at = end
    return result


def _settle_brackets(text: str, kinds: list[str], base: str) -> None:
    """Give both brackets of a pair one direction, so that neither lands on the far side of its contents."""
    opened: list[int] = []
    for at, char in enumerate(text):
        if char in "([{":
            opened.append(at)
        elif char in ")]}" and opened:
            start = opened.pop()
            inside = {"L" if kind == "L" else "R" for kind in kinds[start + 1 : at] if kind}
            if not inside:
                continue
            before = next(("L" if kind == "L" else "R" for kind in reversed(kinds[:start]) if kind), base)
            side = base if base in inside or before == base else ("R" if base == "L" else "L")
            kinds[start] = kinds[at] = side


def reads_right_to_left(text: str) -> bool:
    """True where most letters of the text belong to a script that runs right to left."""
    if not _RTL.search(text):
        return False
    kinds = [unicodedata.bidirectional(char) for char in text]
    return sum(kind in ("R", "AL") for kind in kinds) > kinds.count("L")


def _words(spans: Sequence[Span], base: int | None) -> Iterator[list[list[Piece]] | None]:
    """Lists of words (each a list of pieces, blanks as words of their own), one list for a typed line."""
    typed = list(_typed_lines(spans))
    for number, logical in enumerate(typed, start=1):
        text = "".join(span.text for span in logical)
        # A line in Latin letters alone runs left to right in any letter; "1." does as its letter does.
        mixed = _RTL.search(text) is not None or (base == 1 and not any(map(str.isalpha, text)))
        ground = (int(reads_right_to_left(text)) if base is None else base) if mixed else 0
        depth = levels(text, ground) if mixed else None
        words: list[list[Piece]] = [[]]
        offset = 0
        for span in logical:
            for part in re.split("( )", span.text):
                if not part:
                    continue
                if part == " ":
                    words += [[Piece(_blank(span), span, depth[offset] if depth else 0)], []]
                elif depth is None:
                    for at, chunk in enumerate(_breakable(part)):
                        if at:
                            words.append([])
                        drawn = runs(chunk, span.bold, span.italic, tracking=span.tracking)
                        words[-1].extend(Piece(run, span, 0) for run in drawn)
                else:
                    for level, chunk in _by_level(part, depth[offset : offset + len(part)]):
                        words[-1].extend(
                            Piece(run, span, level)
                            for run in runs(chunk, span.bold, span.italic, level == 1, span.tracking)
                        )
                offset += len(part)
        kept = [word for word in words if word]
        if kept and number < len(typed) and kept[-1][0].run.text != " ":
            # Not seen: where a line was ended by hand a reader would join its last word to the next line's first.
            kept.append([Piece(_blank(logical[-1]), logical[-1], 0)])
        yield kept
    yield None


def _blank(span: Span) -> Run:
    return shape(" ", fonts.body(span.bold, span.italic), False, False, span.tracking)


def _breakable(part: str) -> Iterator[str]:
    """A word, cut where a line may break inside it: after a hyphen between long names, after a slash of a
    web address, between ideographs and in scripts without blanks."""
    if "-" in part or "://" in part:
        yield from (_AFTER_SLASH if "://" in part else _AFTER_HYPHEN).split(part)
        return
    if part.isascii() or not _IDEOGRAPH.search(part):
        yield part
        return
    chunk = ""
    for char in part:
        if chunk and _IDEOGRAPH.match(char) and not fonts.joins_previous(char) and char not in "、。，）」":
            yield chunk
            chunk = ""
        chunk += char
    yield chunk


def _typed_lines(spans: Sequence[Span]) -> Iterator[list[Span]]:
    line: list[Span] = []
    for span in spans:
        first, *rest = clean(span.text).split("\n")
        line.append(Span(first, span.bold, span.italic, span.link, span.tracking))
        for text in rest:
            yield line
            line = [Span(text, span.bold, span.italic, span.link, span.tracking)]
    yield line


def _by_level(text: str, depth: Sequence[int]) -> Iterator[tuple[int, str]]:
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or depth[at] != depth[start]:
            yield depth[start], text[start:at]
            start = at


def undrawable(text: str) -> tuple[str, ...]:
    """Letters of the text that no bundled typeface has, each once. A symbol comes out as a box; a name or a sentence
    that does would be lost on whoever reads it.
    """
    if text.isascii():
        return ()
    wanting = [
        char
        for char in dict.fromkeys(clean(text))
        if unicodedata.category(char)[0] in "LM"
        and not fonts.is_ignorable(char)
        and fonts.choose(char).missing
    ]
    return tuple(wanting)


def spans_of(rich: Rich) -> Sequence[Span]:
    """A plain string as one span; spans as they are."""
    return (Span(rich),) if isinstance(rich, str) else rich


def natural_width(rich: Rich, size: float, bold: bool = False, tracking: float = 0.0) -> float:
    """The width in points if nothing were broken."""
    spans = [Span(s.text, s.bold or bold, s.italic, s.link, tracking) for s in spans_of(rich)]
    return max((line.width for line in break_lines(spans, size, 1e9)), default=0.0)


def break_lines(rich: Rich, size: float, width: float, base: int | None = 0) -> list[Line]:
    """Break text into lines at most ``width`` points wide. A word that is too long is cut between letters.

    ``base`` is 0 for text that runs left to right (a Latin sentence with an Arabic name in it), None to go
    by most of its letters (a quotation in whatever language it was posted).
    """
    return list(_broken(tuple(spans_of(rich)), size, width, base))


# A paper is laid out to see how far it goes and again to be drawn, and each letter has the head and foot of the last.
@lru_cache(maxsize=256)
def _broken(spans: tuple[Span, ...], size: float, width: float, base: int | None) -> tuple[Line, ...]:
    lines: list[Line] = []
    scale = size / 1000
    for words in _words(spans, base):
        if words is None:
            break
        line: list[Piece] = []
        used = 0.0
        blank = False
        for word in words:
            extent = sum(piece.run.advance for piece in word) * scale
            is_blank = len(word) == 1 and word[0].run.text == " "
            if not is_blank and line and used + extent > width + 0.01:
                lines.append(_line(line, scale, last=False))
                line, used = [], 0.0
            if not is_blank and extent > width + 0.01:
                for piece in word:
                    for part in _cut(piece, width, scale):
                        step = part.run.advance * scale
                        if line and used + step > width + 0.01:
                            lines.append(_line(line, scale, last=False))
                            line, used = [], 0.0
                        line.append(part)
                        used += step
                blank = False
                continue
            if is_blank and not line and blank:
                continue
            line.extend(word)
            used += extent
            blank = is_blank
        lines.append(_line(line, scale, last=True))
    return tuple(lines)


def _cut(piece: Piece, width: float, scale: float) -> Iterator[Piece]:
    """A piece too wide for a line, as pieces of a few characters. Marks stay with their letter."""
    if piece.run.advance * scale <= width:
        yield piece
        return
    clusters: list[str] = []
    for char in piece.run.text:
        if clusters and fonts.joins_previous(char):
            clusters[-1] += char
        else:
            clusters.append(char)
    run, chunk = piece.run, ""

    def part(text: str) -> Run:
        return shape(text, run.font, run.thicken, run.rtl, piece.span.tracking)

    for cluster in clusters:
        if chunk and part(chunk + cluster).advance * scale > width:
            yield Piece(part(chunk), piece.span, piece.level)
            chunk = ""
        chunk += cluster
    yield Piece(part(chunk), piece.span, piece.level)


def _line(pieces: list[Piece], scale: float, last: bool) -> Line:
    """Place the pieces: reading order is kept in the list, ``x`` says where each goes on the paper."""
    trailing = len(pieces) > 1 and pieces[-1].run.text == " "
    seen = pieces[:-1] if trailing else pieces
    deepest = max((piece.level for piece in seen), default=0)
    order = list(range(len(seen)))
    for level in range(deepest, 0, -1):
        at = 0
        while at < len(order):
            end = at
            while end < len(order) and seen[order[end]].level >= level:
                end += 1
            order[at:end] = order[at:end][::-1]
            at = max(end, at + 1)
    placed: list[Piece] = list(seen)
    x = 0.0
    for index in order:
        piece = seen[index]
        placed[index] = Piece(piece.run, piece.span, piece.level, x)
        x += piece.run.advance * scale
    if trailing:
        # Kept for the text layer: without it a reader would join the last word to the next line's first.
        placed.append(Piece(pieces[-1].run, pieces[-1].span, 0, x))
    return Line(tuple(placed), x, last)
