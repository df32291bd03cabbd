"""A ReportLab canvas that writes PDF/UA-1 and PDF/A-2a: structure tree, marked content, embedded fonts, colours.

The structure is written through ReportLab's own document objects as the pages are drawn; nothing is patched
and no finished file is rewritten. Text comes as shaped lines (``documents.text``) and is written by glyph
number, each font cut down to the glyphs used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING, Any

from reportlab.pdfbase.pdfdoc import (
    PDFArray,
    PDFDictionary,
    PDFName,
    PDFObject,
    PDFString,
    PDFText,
)
from reportlab.pdfgen.canvas import Canvas

from smdesk.documents import colour_profile, xmp
from smdesk.documents.embedding import EmbeddedFonts
from smdesk.documents.form_fields import FormFields
from smdesk.documents.pdf_objects import Raw, Stream, pdf_text
from smdesk.documents.text import Line, Piece, clean
from smdesk.documents.xmp import Ours

if TYPE_CHECKING:
    from PIL import Image

Colour = tuple[float, float, float]
Box = tuple[float, float, float, float]
BLACK: Colour = (0.0, 0.0, 0.0)

PLACE_LINK = "place:"
"""How a link to a place of the same paper is written: "place:p3", where "p3" is bookmarked (``bookmarkPage``)."""

_ANNOTATION_KEYS = 1_000_000  # ParentTree keys of annotations start here, above any page number


class Element:
    """A node of the structure tree. It joins the tree when something of it is first drawn.

    ``alt`` is the description of a figure or link, ``attributes`` a raw PDF attribute dictionary, ``language`` that of
    what is inside where it is not the paper's.
    """

    __slots__ = ("alt", "attributes", "kids", "language", "number", "parent", "role")

    def __init__(
        self,
        role: str,
        parent: Element | None = None,
        *,
        alt: str = "",
        attributes: str = "",
        language: str = "",
    ) -> None:
        self.role = role
        self.parent = parent
        self.alt = alt
        self.attributes = attributes
        self.language = language
        self.kids: list[Element | tuple[int, int] | tuple[int, str]] = []
        self.number = -1

    @property
    def drawn(self) -> bool:
        return self.number >= 0


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".") if value else "0"


class TaggedCanvas(Canvas):
    """A canvas on which every mark belongs to an ``Element`` or is an artifact.

    Points, origin at the lower left; ``finish()`` gives the file. The same calls give the same bytes.

    ``fields`` are those of a form to fill in on screen; None on any other paper.
    """

    def __init__(
        self,
        *,
        title: str,
        author: str,
        made_on: date,
        page_size: tuple[float, float],
        language: str,
        fillable: bool = False,
    ) -> None:
        title, author = (clean(words).replace("\n", " ") for words in (title, author))
        self._buffer = BytesIO()
        super().__init__(
            self._buffer,
            pagesize=page_size,
            invariant=1,
            pageCompression=1,
            pdfVersion=(1, 7),
            lang=language,
        )
        # The date in the file's properties is the paper's own date, so equal papers stay equal files.
        self._doc._timeStamp.YMDhms = (made_on.year, made_on.month, made_on.day, 0, 0, 0)
        self._title, self._author_name, self._language = title, author, language
        self._made_on = made_on
        self.setTitle(title)
        self.setAuthor(author)
        self.setSubject(title)
        self.setCreator(xmp.PRODUCER)
        self.setProducer(xmp.PRODUCER)
        self._fonts = EmbeddedFonts()
        self.root = Element("Document")
        self.root.number = 0
        self._elements = [self.root]
        self._pages: list[list[Element]] = []
        self._owners: list[Element] = []
        self._notes: list[Element] = []
        self.fields = FormFields() if fillable else None
        self._open: Element | str | None = None
        self._ours: Ours | None = None

    def _make_preamble(self) -> None:
        # ReportLab starts each page in Helvetica, which is not embedded; PDF/UA forbids naming it at all.
        self._preamble = "1 0 0 1 0 0 cm"

    def _setAnnotations(self, page: Any) -> None:  # noqa: N802  # ReportLab calls it by this name
        """Called by ReportLab for each finished page: add what tagging needs to its dictionary."""
        super()._setAnnotations(page)
        page.__NoDefault__ = [*page.__NoDefault__, "StructParents", "Tabs"]
        page.StructParents = len(self._pages)
        page.Tabs = PDFName("S")
        page.Contents = Stream(page.stream.encode("latin-1"))
        self._doc.updateSignature(page.stream)
        self._pages.append(self._owners)
        self._owners = []

    # Marked content

    def _attach(self, element: Element) -> None:
        if element.drawn:
            return
        parent = element.parent or self.root
        self._attach(parent)
        element.number = len(self._elements)
        self._elements.append(element)
        parent.kids.append(element)

    @contextmanager
    def tagged(self, element: Element) -> Iterator[None]:
        """Everything drawn inside belongs to ``element`` (or to what is open already: no nesting)."""
        if self._open is not None:
            yield
            return
        self._begin(element)
        try:
            yield
        finally:
            self._end()

    def _begin(self, element: Element) -> None:
        self._attach(element)
        marker = len(self._owners)
        self._owners.append(element)
        element.kids.append((len(self._pages), marker))
        self._open = element
        self._code.append(f"/{element.role} <</MCID {marker}>> BDC")

    def _end(self) -> None:
        self._code.append("EMC")
        self._open = None

    @contextmanager
    def artifact(self, kind: str = "Layout", subtype: str = "") -> Iterator[None]:
        """Everything drawn inside is decoration, or repeats on each page, and is not read aloud."""
        if self._open is not None:
            yield
            return
        self._open = "artifact"
        self._code.append(f"/Artifact <</Type /{kind}{' /Subtype /' + subtype if subtype else ''}>> BDC")
        try:
            yield
        finally:
            self._end()

    # Text

    def text_line(self, line: Line, x: float, y: float, size: float, colour: Colour = BLACK) -> None:
        """Draw a line with its left end at ``x`` and its baseline at ``y``, in the element now open.

        Links in it become Link elements of their own inside that element.
        """
        groups: list[tuple[str, list[Piece]]] = []
        for piece in line.pieces:
            if groups and groups[-1][0] == piece.span.link:
                groups[-1][1].append(piece)
            else:
                groups.append((piece.span.link, [piece]))
        owner = self._open
        for link, pieces in groups:
            if link and isinstance(owner, Element) and owner.role != "Figure":
                self._end()
                self._link(link, pieces, owner, x, y, size)
                self._begin(owner)
            else:
                self._glyphs(pieces, x, y, size, colour)

    def _link(
        self, address: str, pieces: Sequence[Piece], owner: Element, x: float, y: float, size: float
    ) -> None:
        words = "".join(piece.run.text for piece in pieces).strip()
        element = Element("Link", owner, alt=words)
        self._begin(element)
        self._glyphs(pieces, x, y, size, (0.06, 0.28, 0.52))
        self._end()
        left = x + min(piece.x for piece in pieces)
        right = x + max(piece.x + piece.run.advance * size / 1000 for piece in pieces)
        box = (left, y - size * 0.25, right, y + size * 0.85)
        if address.startswith(PLACE_LINK):
            leads = {"Dest": self._bookmarkReference(address.removeprefix(PLACE_LINK))}
        else:
            leads = {"A": PDFDictionary({"S": PDFName("URI"), "URI": PDFString(address)})}
        self.annotate(
            element,
            box,
            {
                "Subtype": PDFName("Link"),
                "Border": PDFArray([0, 0, 0]),
                "Contents": PDFText(words),
                **leads,
            },
        )

    def annotate(self, element: Element, box: Box, entries: dict[str, Any]) -> str:
        """Put an annotation on this page, a printed one, that belongs to ``element``; gives its name in the file.

        ``box`` is left, bottom, right, top.
        """
        self._attach(element)
        name = f"SmNote{len(self._notes)}"
        annotation = PDFDictionary(
            {
                "Type": PDFName("Annot"),
                "Rect": PDFArray([round(value, 2) for value in box]),
                "F": 4,
                "StructParent": _ANNOTATION_KEYS + len(self._notes),
                **entries,
            }
        )
        self._addAnnotation(annotation, name)
        element.kids.append((len(self._pages), name))
        self._notes.append(element)
        return name

    def _glyphs(self, pieces: Sequence[Piece], x: float, y: float, size: float, colour: Colour) -> None:
        red, green, blue = (_number(part) for part in colour)
        out = [f"BT {red} {green} {blue} rg"]
        font, thick = "", False
        pen: float | None = None
        hexes: list[str] = []

        def flush() -> None:
            if hexes:
                out.append("[" + "".join(hexes) + "] TJ")
                hexes.clear()

        for piece in pieces:
            run = piece.run
            name = self._fonts.name(run.font)
            if name != font or run.thicken != thick:
                flush()
                out.append(f"/{name} {_number(size)} Tf")
                font = name
                if run.thicken != thick:
                    thick = run.thicken
                    weight = f"{red} {green} {blue} RG {_number(size * 0.03)} w 2 Tr" if thick else "0 Tr"
                    out.append(weight)
            if pen is None or abs(pen - piece.x) > 0.001:
                flush()
                out.append(f"1 0 0 1 {_number(x + piece.x)} {_number(y)} Tm")
            pen = piece.x + run.advance * size / 1000
            if run.plain:
                self._fonts.use_plain(run)
                hexes.append(_plain(run))
                continue
            flush()
            self._fonts.use(run)
            # The glyphs of a joined or reordered word do not spell it; ActualText does.
            out.append(f"/Span <</ActualText {pdf_text(run.text)}>> BDC")
            out.append(_positioned(run, size))
            out.append("EMC")
        flush()
        if thick:
            out.append("0 Tr")
        out.append("ET")
        self._code.append(" ".join(out))

    # Pictures

    def picture(self, picture: Image.Image, x: float, y: float, wide: float, tall: float) -> None:
        """Draw a picture in the box with this lower left corner. Only its points go into the file."""
        flat = picture.convert("L" if picture.mode in ("1", "L") else "RGB")
        self._picture(flat.tobytes(), flat.size, flat.mode == "L", "", (x, y, wide, tall))

    def photograph(self, jpeg: bytes, x: float, y: float, wide: float, tall: float) -> None:
        """Draw a JPEG in the box with this lower left corner. Its bytes go into the file as they are."""
        from PIL import Image

        with Image.open(BytesIO(jpeg), formats=("JPEG",)) as held:
            size, grey = held.size, held.mode == "L"
        self._picture(jpeg, size, grey, " /Filter /DCTDecode", (x, y, wide, tall))

    def _picture(self, data: bytes, size: tuple[int, int], grey: bool, packed: str, box: Box) -> None:
        entries = (
            f"/Type /XObject /Subtype /Image /Width {size[0]} /Height {size[1]}"
            f" /ColorSpace /Device{'Gray' if grey else 'RGB'} /BitsPerComponent 8{packed}"
        )
        name = f"SmPicture-{hashlib.sha256(entries.encode('ascii') + data).hexdigest()[:24]}"
        held = self._doc.getXObjectName(name)  # the same picture on several pages is kept once
        if held not in self._doc.idToObject:
            self._doc.Reference(Stream(data, entries, plain=bool(packed)), held)
        if name not in self._formsinuse:
            self._formsinuse.append(name)
        x, y, wide, tall = (_number(side) for side in box)
        self._code.append(f"q {wide} 0 0 {tall} {x} {y} cm /{held} Do Q")

    def keep(self, ours: Ours) -> None:
        """Keep data of SM Desk's own in the file's metadata (``xmp``)."""
        self._ours = ours

    # The end of the file

    def finish(self) -> bytes:
        """Close the last page if it is open and return the whole file."""
        if self._code:
            self.showPage()
        document = self._doc
        self._fonts.write(document)
        self._write_structure()
        self._write_colours()
        self._write_metadata()
        if self.fields is not None:
            self.fields.write(document)
        document.SaveToFile(self._buffer, self)
        return self._buffer.getvalue()

    def _reference(self, thing: PDFObject, name: str) -> int:
        document = self._doc
        document.Reference(thing, name)
        return int(document.idToObjectNumberAndVersion[name][0])

    def _write_colours(self) -> None:
        """What the colours stand for (PDF/A-2, 6.2.3)."""
        profile = self._reference(Stream(colour_profile.srgb(), "/N 3"), "SmColours")
        catalogue = self._doc.Catalog
        catalogue.__NoDefault__ = [*catalogue.__NoDefault__, "OutputIntents"]
        catalogue.OutputIntents = Raw(
            "[<</Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (sRGB)"
            f" /Info (sRGB IEC61966-2-1) /DestOutputProfile {profile} 0 R>>]"
        )

    def _write_metadata(self) -> None:
        packet = xmp.packet(
            title=self._title,
            author=self._author_name,
            language=self._language,
            day=self._made_on,
            ours=self._ours,
        )
        # Plain text: readers look for it uncompressed.
        self._doc.Catalog.Metadata = Stream(packet, "/Type /Metadata /Subtype /XML", plain=True)
        self._doc.updateSignature(hashlib.sha256(packet).digest())

    def _write_structure(self) -> None:
        document = self._doc
        tree = Raw()
        tree_number = self._reference(tree, "SmStructTree")
        objects = [Raw() for _element in self._elements]
        numbers = [self._reference(raw, f"SmElement{n}") for n, raw in enumerate(objects)]
        pages = [document.idToObjectNumberAndVersion[f"Page{n + 1}"][0] for n in range(len(self._pages))]
        for element, raw in zip(self._elements, objects, strict=True):
            above = element.parent or self.root
            parent = tree_number if element is self.root else numbers[above.number]
            home: int | None = None
            kids: list[str] = []
            for kid in element.kids:
                if isinstance(kid, Element):
                    kids.append(f"{numbers[kid.number]} 0 R")
                    continue
                page, what = kid
                if isinstance(what, str):
                    annotation = document.idToObjectNumberAndVersion[document.annotationName(what)][0]
                    kids.append(f"<</Type /OBJR /Pg {pages[page]} 0 R /Obj {annotation} 0 R>>")
                elif home is None or home == page:
                    home = page
                    kids.append(str(what))
                else:
                    kids.append(f"<</Type /MCR /Pg {pages[page]} 0 R /MCID {what}>>")
            parts = [f"<</Type /StructElem /S /{element.role} /P {parent} 0 R"]
            if home is not None:
                parts.append(f"/Pg {pages[home]} 0 R")
            parts.append(f"/K [{' '.join(kids)}]")
            if element.alt:
                parts.append(f"/Alt {pdf_text(element.alt)}")
            if element.attributes:
                parts.append(f"/A {element.attributes}")
            if element.language:
                parts.append(f"/Lang ({element.language})")
            raw.content = " ".join(parts) + ">>"
        nums = [
            f"{page} [{' '.join(f'{numbers[owner.number]} 0 R' for owner in owners)}]"
            for page, owners in enumerate(self._pages)
        ]
        nums += [
            f"{_ANNOTATION_KEYS + n} {numbers[element.number]} 0 R" for n, element in enumerate(self._notes)
        ]
        parents = self._reference(Raw(f"<</Nums [{' '.join(nums)}]>>"), "SmParentTree")
        tree.content = (
            f"<</Type /StructTreeRoot /K [{numbers[0]} 0 R] /ParentTree {parents} 0 R"
            f" /ParentTreeNextKey {_ANNOTATION_KEYS + len(self._notes)}>>"
        )
        catalogue = document.Catalog
        catalogue.StructTreeRoot = tree
        catalogue.MarkInfo = Raw("<</Marked true>>")
        catalogue.ViewerPreferences = Raw("<</DisplayDocTitle true>>")
        # The file's identity comes from what is in it, so that equal papers are equal files and others are not.
        document.updateSignature(hashlib.sha256("\n".join(raw.content for raw in objects).encode()).digest())


def _plain(run: Any) -> str:
    out = ["<"]
    for glyph in run.glyphs:
        out.append(f"{glyph.number:04X}")
        adjust = glyph.width - glyph.advance
        if abs(adjust) > 0.05:
            out.append(f">{_number(adjust)}<")
    out.append(">")
    return "".join(out)


def _positioned(run: Any, size: float) -> str:
    """Glyphs with their offsets: sideways by TJ adjustments, up and down by text rise."""
    out: list[str] = []
    rise = 0.0
    for glyph in run.glyphs:
        if abs(glyph.dy - rise) > 0.05:
            out.append(f"{_number(glyph.dy * size / 1000)} Ts")
            rise = glyph.dy
        after = glyph.width + glyph.dx - glyph.advance
        out.append(f"[{_number(-glyph.dx)} <{glyph.number:04X}> {_number(after)}] TJ")
    if rise:
        out.append("0 Ts")
    return " ".join(out)
