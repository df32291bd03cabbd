"""The bundled typefaces and which of them draws a character.

Body text is Noto Sans. A character it lacks is drawn by the face of its script, and one that no face has
becomes a visible box, so a name is never silently shortened. Faces are opened on first use: a plain English
letter opens Noto Sans and nothing else.
"""

from __future__ import annotations

import bisect
import unicodedata
from dataclasses import dataclass, field
from functools import cache, lru_cache

import uharfbuzz as hb

from smdesk import paths

BODY = "NotoSans"
BOX = "\u25a1"
"""Stands where no bundled face has the character; the real character stays in the document's text layer."""

# First and last code point of a script's blocks, and the face that draws them. Sorted by first code point.
_SCRIPTS: tuple[tuple[int, int, str], ...] = (
    (0x0530, 0x058F, "NotoSansArmenian"),
    (0x0590, 0x05FF, "NotoSansHebrew"),
    (0x0600, 0x06FF, "NotoSansArabic"),
    (0x0750, 0x077F, "NotoSansArabic"),
    (0x08A0, 0x08FF, "NotoSansArabic"),
    (0x0900, 0x097F, "NotoSansDevanagari"),
    (0x0980, 0x09FF, "NotoSansBengali"),
    (0x0A00, 0x0A7F, "NotoSansGurmukhi"),
    (0x0A80, 0x0AFF, "NotoSansGujarati"),
    (0x0B80, 0x0BFF, "NotoSansTamil"),
    (0x0C00, 0x0C7F, "NotoSansTelugu"),
    (0x0C80, 0x0CFF, "NotoSansKannada"),
    (0x0D00, 0x0D7F, "NotoSansMalayalam"),
    (0x0D80, 0x0DFF, "NotoSansSinhala"),
    (0x0E00, 0x0E7F, "NotoSansThai"),
    (0x10A0, 0x10FF, "NotoSansGeorgian"),
    (0x1200, 0x139F, "NotoSansEthiopic"),
    (0x1C90, 0x1CBF, "NotoSansGeorgian"),
    (0x2D00, 0x2D2F, "NotoSansGeorgian"),
    (0x2D80, 0x2DDF, "NotoSansEthiopic"),
    (0x2E80, 0x9FFF, "DroidSansFallbackFull"),
    (0xA8E0, 0xA8FF, "NotoSansDevanagari"),
    (0xAB00, 0xAB2F, "NotoSansEthiopic"),
    (0xAC00, 0xD7AF, "DroidSansFallbackFull"),
    (0xF900, 0xFAFF, "DroidSansFallbackFull"),
    (0xFB13, 0xFB17, "NotoSansArmenian"),
    (0xFB1D, 0xFB4F, "NotoSansHebrew"),
    (0xFB50, 0xFDFF, "NotoSansArabic"),
    (0xFE30, 0xFE4F, "DroidSansFallbackFull"),
    (0xFE70, 0xFEFE, "NotoSansArabic"),
    (0xFF00, 0xFFEF, "DroidSansFallbackFull"),
    (0x20000, 0x2FFFF, "DroidSansFallbackFull"),
)
_FIRSTS = [first for first, _last, _face in _SCRIPTS]
_WITHOUT_BOLD = frozenset({"NotoSansTelugu", "NotoSansKannada", "NotoSansMalayalam", "NotoSansSinhala"})
_SYMBOLS = "DejaVuSans"
_IGNORABLE = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad") | {chr(c) for c in range(0xFE00, 0xFE10)}


@dataclass(eq=False, slots=True)
class Font:
    """One open font file. Widths are in the font's own units, ``upem`` of them to the em."""

    stem: str
    face: hb.Face
    shaper: hb.Font
    upem: int
    ascender: int
    descender: int
    _widths: dict[int, int] = field(default_factory=dict)

    def glyph(self, char: str) -> int | None:
        """The glyph that draws ``char`` by itself, or None where the font has none."""
        found: int | None = self.shaper.get_nominal_glyph(ord(char))
        return found or None

    def width(self, glyph: int) -> int:
        """The glyph's own advance width, in font units."""
        width = self._widths.get(glyph)
        if width is None:
            width = self._widths[glyph] = int(self.shaper.get_glyph_h_advance(glyph))
        return width


@dataclass(frozen=True, slots=True)
class Choice:
    """The font for a character. ``thicken`` asks for a drawn outline where no bold cut is bundled."""

    font: Font
    thicken: bool = False
    missing: bool = False


@cache
def load(stem: str) -> Font:
    """Open one bundled font by its file name without the ending. ``FileNotFoundError`` if it is not bundled."""
    data = paths.resource("fonts", f"{stem}.ttf").read_bytes()
    face = hb.Face(hb.Blob(data))
    shaper = hb.Font(face)
    extents = shaper.get_font_extents("ltr")
    return Font(stem, face, shaper, face.upem, extents.ascender, extents.descender)


def loaded() -> frozenset[str]:
    """Which of the fallback faces have been used by this process so far (for tests of laziness)."""
    return frozenset(_opened)


_opened: set[str] = set()


def body(bold: bool = False, italic: bool = False) -> Font:
    """Noto Sans in the asked cut. Bold italic is set in bold."""
    return load(f"{BODY}-{'Bold' if bold else 'Italic' if italic else 'Regular'}")


def _fallback(stem: str, bold: bool) -> Choice:
    _opened.add(stem)
    if stem in ("DroidSansFallbackFull", _SYMBOLS):
        return Choice(load(stem), thicken=bold)
    if bold and stem in _WITHOUT_BOLD:
        return Choice(load(f"{stem}-Regular"), thicken=True)
    return Choice(load(f"{stem}-{'Bold' if bold else 'Regular'}"))


@lru_cache(maxsize=4096)
def choose(char: str, bold: bool = False, italic: bool = False) -> Choice:
    """The font that draws ``char``: the face of its script, then Noto Sans, then symbols, then a box."""
    code = ord(char)
    at = bisect.bisect_right(_FIRSTS, code) - 1
    if at >= 0 and code <= _SCRIPTS[at][1]:
        script = _fallback(_SCRIPTS[at][2], bold)
        if script.font.glyph(char):
            return script
    plain = body(bold, italic)
    if plain.glyph(char):
        return Choice(plain)
    symbols = _fallback(_SYMBOLS, bold)
    if symbols.font.glyph(char):
        return symbols
    return Choice(symbols.font, symbols.thicken, missing=True)


def joins_previous(char: str) -> bool:
    """True for marks and joiners, which are shaped with the letter before them whatever their own script."""
    return char in _IGNORABLE or unicodedata.category(char) in ("Mn", "Mc", "Me")


def is_ignorable(char: str) -> bool:
    """True for joiners and variation selectors: they steer shaping and need no glyph of their own."""
    return char in _IGNORABLE
