"""Fields of a form that may be filled in on screen: text and ticks, without scripts (DOC-3).

What is typed is drawn by the reader's program in the typeface kept in the file for it, which has the letters of western
European languages; for others the reader's own typeface stands in.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import uharfbuzz as hb
from reportlab.pdfbase.pdfdoc import (
    PDFDictionary,
    PDFName,
    PDFString,
    PDFText,
)

from smdesk.documents import fonts
from smdesk.documents.pdf_objects import Raw, Stream

if TYPE_CHECKING:
    from smdesk.documents.tagging import Box, Element, TaggedCanvas

_SIZE = 10.0
"""Of what is typed, in points."""

_FONT = "SmTyped"
_FIRST, _LAST = 32, 255
_MULTILINE = 1 << 12
_UNUSED_TABLES = ("GSUB", "GPOS", "GDEF", "gasp", "kern", "name")


class FormFields:
    """The fields of one document. Names are numbered, so that two lines with one label are two fields."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._looks = 0

    def text(
        self, canvas: TaggedCanvas, parent: Element | None, words: str, box: Box, *, lines: int = 1
    ) -> None:
        """A field for text in ``box``. ``words`` say to a screen reader what to fill in."""
        left, bottom, right, top = box
        entries = {
            "FT": PDFName("Tx"),
            "Ff": _MULTILINE if lines > 1 else 0,
            "DA": PDFString(f"/{_FONT} {_SIZE:g} Tf 0 g"),
            "AP": PDFDictionary({"N": self._look(canvas, right - left, top - bottom, "/Tx BMC EMC")}),
        }
        self._add(canvas, parent, words, box, entries)

    def tick(self, canvas: TaggedCanvas, parent: Element | None, words: str, box: Box) -> None:
        """A box to tick. The square itself is on the page; the field draws only the tick in it."""
        left, bottom, right, top = box
        wide, tall = right - left, top - bottom
        stroke = (
            f"q 0.09 0.17 0.33 RG {wide * 0.13:.2f} w 1 J 1 j {wide * 0.2:.2f} {tall * 0.52:.2f} m"
            f" {wide * 0.42:.2f} {tall * 0.26:.2f} l {wide * 0.82:.2f} {tall * 0.8:.2f} l S Q"
        )
        entries = {
            "FT": PDFName("Btn"),
            "V": PDFName("Off"),
            "AS": PDFName("Off"),
            "AP": PDFDictionary(
                {
                    "N": PDFDictionary(
                        {
                            "Yes": self._look(canvas, wide, tall, stroke),
                            "Off": self._look(canvas, wide, tall, "q Q"),
                        }
                    )
                }
            ),
        }
        self._add(canvas, parent, words, box, entries)

    def _add(
        self, canvas: TaggedCanvas, parent: Element | None, words: str, box: Box, entries: dict[str, Any]
    ) -> None:
        from smdesk.documents.tagging import Element

        words = " ".join(words.split())
        named = {
            "Subtype": PDFName("Widget"),
            "T": PDFText(f"{len(self._names) + 1}. {words}".replace(".", "")),
            "TU": PDFText(words),
            **entries,
        }
        self._names.append(canvas.annotate(Element("Form", parent, alt=words), box, named))

    def _look(self, canvas: TaggedCanvas, wide: float, tall: float, drawn: str) -> Any:
        self._looks += 1
        entries = f"/Type /XObject /Subtype /Form /BBox [0 0 {wide:.2f} {tall:.2f}] /Resources <<>>"
        stream = Stream(drawn.encode("ascii"), entries, plain=True)
        return canvas._doc.Reference(stream, f"SmLook{self._looks}")

    def write(self, document: Any) -> None:
        """Add the form to the file; nothing where it has no field."""
        if not self._names:
            return
        numbers = [
            document.idToObjectNumberAndVersion[document.annotationName(name)][0] for name in self._names
        ]
        fields = " ".join(f"{number} 0 R" for number in numbers)
        _typeface(document)
        font = document.idToObjectNumberAndVersion[_FONT][0]
        form = Raw(
            f"<</Fields [{fields}] /DR <</Font <</{_FONT} {font} 0 R>>>> /DA (/{_FONT} {_SIZE:g} Tf 0 g)>>"
        )
        document.Catalog.__NoDefault__ = [*document.Catalog.__NoDefault__, "AcroForm"]
        document.Catalog.AcroForm = form


def _typeface(document: Any) -> None:
    """The typeface for what is typed, with the characters of Windows' western code page."""
    font = fonts.body(bold=False, italic=False)
    content = _letters()
    file = document.Reference(Stream(content, f"/Length1 {len(content)}"), f"{_FONT}-file")
    scale = 1000 / font.upem
    base = PDFName("SMTYPE+NotoSans-Regular")
    descriptor = PDFDictionary(
        {
            "Type": PDFName("FontDescriptor"),
            "FontName": base,
            "Flags": 32,
            "FontBBox": f"[-1000 {round(font.descender * scale)} 3000 {round(font.ascender * scale)}]",
            "ItalicAngle": 0,
            "Ascent": round(font.ascender * scale),
            "Descent": round(font.descender * scale),
            "CapHeight": 714,
            "StemV": 80,
            "FontFile2": file,
        }
    )
    descriptor.__RefOnly__ = 1
    widths = " ".join(f"{_width(font, code) * scale:.2f}" for code in range(_FIRST, _LAST + 1))
    entries = PDFDictionary(
        {
            "Type": PDFName("Font"),
            "Subtype": PDFName("TrueType"),
            "BaseFont": base,
            "FirstChar": _FIRST,
            "LastChar": _LAST,
            "Widths": f"[{widths}]",
            "Encoding": PDFName("WinAnsiEncoding"),
            "FontDescriptor": document.Reference(descriptor, f"{_FONT}-descriptor"),
        }
    )
    entries.__RefOnly__ = 1
    document.Reference(entries, _FONT)


def _character(code: int) -> str:
    """What a code of Windows' western code page stands for; a space for the few that stand for nothing."""
    try:
        return bytes([code]).decode("cp1252")
    except UnicodeDecodeError:
        return " "


def _width(font: fonts.Font, code: int) -> int:
    return font.width(font.glyph(_character(code)) or 0)


@lru_cache(maxsize=1)
def _letters() -> bytes:
    font = fonts.body(bold=False, italic=False)
    wanted = hb.SubsetInput()
    wanted.sets(hb.SubsetInputSets.UNICODE).update(
        {ord(_character(code)) for code in range(_FIRST, _LAST + 1)}
    )
    wanted.sets(hb.SubsetInputSets.DROP_TABLE_TAG).update(
        {int.from_bytes(tag.encode("ascii"), "big") for tag in _UNUSED_TABLES}
    )
    wanted.flags = hb.SubsetFlags.NO_HINTING | hb.SubsetFlags.NOTDEF_OUTLINE
    return bytes(hb.subset(font.face, wanted).blob.data)
