"""Fonts inside the PDF: only the glyphs used, numbered as in the font, with what each one means as text."""

from __future__ import annotations

import zlib
from typing import Any

import uharfbuzz as hb
from reportlab.pdfbase.pdfdoc import PDFDictionary, PDFName

from smdesk.documents.fonts import Font
from smdesk.documents.pdf_objects import Stream
from smdesk.documents.text import Run

# Layout and naming tables a reader of the file never consults: the glyphs are already chosen and placed.
_UNUSED_TABLES = {"GSUB", "GPOS", "GDEF", "cmap", "post", "name", "OS/2", "gasp", "kern"}


class EmbeddedFonts:
    """The fonts one document uses. Kept for the document, so equal papers get equal bytes."""

    def __init__(self) -> None:
        self._names: dict[Font, str] = {}
        self._glyphs: dict[Font, dict[int, str]] = {}

    def name(self, font: Font) -> str:
        """The resource name under which page streams select this font."""
        name = self._names.get(font)
        if name is None:
            name = self._names[font] = f"SM{len(self._names)}"
            self._glyphs[font] = {}
        return name

    def use_plain(self, run: Run) -> None:
        """Note the glyphs of a run in which each glyph is one character."""
        meanings = self._glyphs[run.font]
        for glyph in run.glyphs:
            meanings[glyph.number] = glyph.text

    def use(self, run: Run) -> None:
        """Note the glyphs of a shaped run; a glyph keeps the first meaning it was given."""
        meanings = self._glyphs[run.font]
        for glyph in run.glyphs:
            if glyph.text or glyph.number not in meanings:
                meanings[glyph.number] = meanings.get(glyph.number) or glyph.text

    def write(self, document: Any) -> None:
        """Add every used font to ReportLab's document and to the dictionary all its pages share."""
        fonts = document.idToObject["BasicFonts"].dict
        for font, name in self._names.items():
            fonts[name] = _write(document, font, name, self._glyphs[font])


def _write(document: Any, font: Font, name: str, meanings: dict[int, str]) -> Any:
    numbers = sorted(meanings)
    mark = zlib.crc32(repr(numbers).encode("ascii"))
    tag = "".join(chr(65 + mark // 26**step % 26) for step in range(6))
    base = PDFName(f"{tag}+{font.stem}")
    scale = 1000 / font.upem
    data = _subset(font, numbers)
    file = document.Reference(Stream(data, f"/Length1 {len(data)}"), f"{name}-file")
    bold = "Bold" in font.stem
    descriptor = _reference(
        document,
        f"{name}-descriptor",
        {
            "Type": PDFName("FontDescriptor"),
            "FontName": base,
            "Flags": 4,
            "FontBBox": f"[-1000 {round(font.descender * scale)} 3000 {round(font.ascender * scale)}]",
            "ItalicAngle": -12 if "Italic" in font.stem else 0,
            "Ascent": round(font.ascender * scale),
            "Descent": round(font.descender * scale),
            "CapHeight": 714,
            "StemV": 140 if bold else 80,
            "FontFile2": file,
        },
    )
    widths = " ".join(f"{number} [{_width(font, number, scale)}]" for number in numbers)
    descendant = _reference(
        document,
        f"{name}-descendant",
        {
            "Type": PDFName("Font"),
            "Subtype": PDFName("CIDFontType2"),
            "BaseFont": base,
            "CIDSystemInfo": "<</Registry (Adobe) /Ordering (Identity) /Supplement 0>>",
            "FontDescriptor": descriptor,
            "DW": 1000,
            "W": f"[{widths}]",
            "CIDToGIDMap": PDFName("Identity"),
        },
    )
    unicode = document.Reference(Stream(_to_unicode(meanings)), f"{name}-unicode")
    return _reference(
        document,
        name,
        {
            "Type": PDFName("Font"),
            "Subtype": PDFName("Type0"),
            "BaseFont": base,
            "Encoding": PDFName("Identity-H"),
            "DescendantFonts": f"[{document.idToObjectNumberAndVersion[f'{name}-descendant'][0]} 0 R]",
            "ToUnicode": unicode,
        },
        descendant,
    )


def _reference(document: Any, name: str, entries: dict[str, Any], *_needs: Any) -> Any:
    dictionary = PDFDictionary(entries)
    dictionary.__RefOnly__ = 1
    return document.Reference(dictionary, name)


def _width(font: Font, number: int, scale: float) -> str:
    return f"{font.width(number) * scale:.2f}".rstrip("0").rstrip(".")


def _subset(font: Font, numbers: list[int]) -> bytes:
    wanted = hb.SubsetInput()
    wanted.sets(hb.SubsetInputSets.GLYPH_INDEX).update(set(numbers))
    wanted.sets(hb.SubsetInputSets.DROP_TABLE_TAG).update(
        {int.from_bytes(tag.encode("ascii"), "big") for tag in _UNUSED_TABLES}
    )
    wanted.flags = hb.SubsetFlags.RETAIN_GIDS | hb.SubsetFlags.NO_HINTING | hb.SubsetFlags.NOTDEF_OUTLINE
    return bytes(hb.subset(font.face, wanted).blob.data)


def _to_unicode(meanings: dict[int, str]) -> bytes:
    """The map from glyph to characters. A glyph with no meaning of its own (a mark's part) is left out."""
    lines = [
        "/CIDInit /ProcSet findresource begin",
        "12 dict begin",
        "begincmap",
        "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def",
        "/CMapName /Adobe-Identity-UCS def",
        "/CMapType 2 def",
        "1 begincodespacerange",
        "<0000> <FFFF>",
        "endcodespacerange",
    ]
    pairs = [(number, text or "\ufffd") for number, text in sorted(meanings.items())]
    for start in range(0, len(pairs), 100):
        part = pairs[start : start + 100]
        lines.append(f"{len(part)} beginbfchar")
        lines.extend(f"<{number:04X}> <{text.encode('utf-16-be').hex().upper()}>" for number, text in part)
        lines.append("endbfchar")
    lines += ["endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"]
    return "\n".join(lines).encode("ascii")
