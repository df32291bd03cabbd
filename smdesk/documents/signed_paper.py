"""Reading a signed paper back: its code and texts out of the file, and the page held against what was signed.

Nothing here knows keys. ``embedded`` gives the code, whose signature services.connection_signing checks; from the
payload it makes the ``Signed`` part anew, and ``compare`` says where the paper at hand differs. Each page is compared
three times: as text, so that the differing words can be named; as a picture, because a page may be made to *show*
something else than its text says (a patch over a line, a font whose letters are exchanged); and by what is drawn on
it, because another reader or a printer may show what ours does not (layers, form fields, notes for print only).
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smdesk.documents import contrast, decision_paper, xmp
from smdesk.documents import logo as logos
from smdesk.documents.decision_paper import DecisionPaper, Unsigned
from smdesk.documents.page import LETTERHEAD_MM, logo_size
from smdesk.documents.pdfium import one_at_a_time
from smdesk.errors import Invalid

if TYPE_CHECKING:
    from PIL import Image

LARGEST = 20_000_000
"""Bytes. A paper of ours has some 100,000; a file larger than this is not looked into."""

_LARGEST_KEPT = 1_000_000
_LOGO_PIXELS = 10_000_000
_PAGES = 20
_MOST_TEXT = 100_000
_SCALE = 1.5
_CLEARLY = 32
"""Of 255 shades of any colour: what differs by less nobody reads, and it is the smoothing of an edge."""
_POINTS = 6
"""So many clearly different points: the dot of an i has more."""
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Embedded:
    """What a paper carries inside its file. Nothing of it is to be believed before ``code`` is checked."""

    code: str
    texts: dict[str, str]
    unsigned: Unsigned
    comparable: bool
    """Its pages are set as this version sets them; an honest paper of an older SM Desk looks otherwise."""


def embedded(file: Path | bytes) -> Embedded | None:
    """What a paper of ours keeps in its file; None where it keeps nothing (a scan, or another program's PDF).

    Raises ``Invalid`` where the file cannot be read, is no PDF or is locked with a password, or where what it keeps
    is damaged or was made by a newer SM Desk.
    """
    content = _content(file)
    with _opened(content):
        pass  # what cannot be looked at page by page is refused, whatever it keeps
    ours = xmp.ours_in(content)
    return _read(ours.kept) if ours is not None and ours.kept else None


def unsigned_lines(unsigned: Unsigned) -> list[str]:
    """What is printed on the paper without being signed, for whoever checks it."""
    lines = [unsigned.standing, *unsigned.record, unsigned.printed, ", ".join(unsigned.address)]
    lines += [unsigned.phone, unsigned.email, unsigned.website]
    if unsigned.logo is not None:
        lines.append("A picture in the place of the school’s logo, which is not looked at.")
    return [line for line in lines if line.strip()]


def compare(file: Path | bytes, paper: DecisionPaper) -> tuple[str, ...]:
    """Sentences saying where the file's pages differ from ``paper``, at most a dozen; none where they are the same.

    The logo is left out of it. Raises ``Invalid`` as ``embedded``.
    """
    faults: list[str] = []
    content = _content(file)
    with _opened(content) as given, _opened(_anew(paper)) as ours:
        faults += _added(given, content)
        if len(given) != len(ours):
            faults.append(f"The paper has {_pages(len(given))}; what was signed fills {_pages(len(ours))}.")
        for page in range(min(len(given), len(ours))):
            words = list(_differing(_lines(given, page), _lines(ours, page), page + 1))
            faults += words
            if not words and _looks_different(given, ours, page, paper.unsigned.logo):
                faults.append(
                    f"Page {page + 1} shows something else than its text says: something lies over it, or its "
                    "letters were exchanged."
                )
            elif not words and _drawn(given[page]) != _drawn(ours[page]):
                faults.append(
                    f"Page {page + 1} holds something that is not seen here and may be seen elsewhere or in print."
                )
    if len(faults) > _SHOWN:
        more = len(faults) - _SHOWN
        faults = [*faults[:_SHOWN], f"There are {more} more differences."]
    return tuple(faults)


def wanting(file: Path | bytes, lines: Iterable[str]) -> tuple[str, ...]:
    """For a paper whose pages are set otherwise than here: what of these lines stands on none of them, and what a
    paper never holds. That nothing else stands there can only be seen by eye. Raises ``Invalid`` as ``embedded``.
    """
    content = _content(file)
    with _opened(content) as given:
        faults = list(_added(given, content))
        there = "".join("".join(_lines(given, page)) for page in range(len(given))).replace(" ", "")
        lacking = [word for line in lines for word in line.split() if word not in there]
    if lacking:
        faults.append(f"The pages lack what was signed: {', '.join(dict.fromkeys(lacking[:_SHOWN]))}.")
    return tuple(faults)


# ------------------------------------------------------------------------------------------- reading the file


def _content(file: Path | bytes) -> bytes:
    if isinstance(file, bytes):
        return file
    try:
        if file.stat().st_size > LARGEST:
            raise Invalid.one("file", f"“{file.name}” is larger than any paper of SM Desk.")
        return file.read_bytes()
    except OSError as error:
        raise Invalid.one(
            "file", f"“{file.name}” cannot be read: {error.strerror or 'an unknown fault'}."
        ) from error


@contextmanager
def _opened(content: bytes) -> Iterator[Any]:
    import pypdfium2

    if len(content) > LARGEST:
        raise Invalid.one("file", "This file is larger than any paper of SM Desk.")
    with one_at_a_time:
        try:
            document = pypdfium2.PdfDocument(content)
        except pypdfium2.PdfiumError as error:
            raise Invalid.one(
                "file", "This file is not a PDF, is damaged, or is locked with a password."
            ) from error
        try:
            if len(document) > _PAGES:
                raise Invalid.one("file", f"This file has {len(document)} pages. A decision has one or two.")
            yield document
        except pypdfium2.PdfiumError as error:
            raise Invalid.one("file", "This file is damaged: a page of it cannot be looked at.") from error
        finally:
            document.close()


def _read(content: str) -> Embedded:
    if len(content) > _LARGEST_KEPT:
        raise _damaged()
    try:
        kept = json.loads(content)
        if kept["format"] > decision_paper.FORMAT:
            raise Invalid.one(
                "file",
                "This paper was made by a newer SM Desk. Check it there, or scan the code on the paper.",
            )
        if kept["format"] < 1:
            raise _damaged()
        printed = kept["printed"]
        wide, tall = (int(side) for side in printed["logo"])
        logo = None
        if wide or tall:
            if min(wide, tall) < 1 or wide * tall > _LOGO_PIXELS:
                raise _damaged()
            logo = decision_paper.empty_logo(wide, tall)
        return Embedded(
            code=_text(kept["code"]),
            texts={_text(name): _text(words) for name, words in kept["texts"].items()},
            unsigned=Unsigned(
                address=tuple(_text(line) for line in printed["address"]),
                phone=_text(printed["phone"]),
                email=_text(printed["email"]),
                website=_text(printed["website"]),
                logo=logo,
                colour=contrast.read(_text(printed["colour"])) if printed["colour"] else None,
                standing=_text(printed["standing"]),
                record=tuple(_text(line) for line in printed["record"]),
                printed=_text(printed["printed"]),
            ),
            comparable=kept["format"] == decision_paper.FORMAT,
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _damaged() from error


def _damaged() -> Invalid:
    return Invalid.one(
        "file", "What SM Desk keeps inside this file is damaged. Scan the code on the paper instead."
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text is wanted")
    return value


# --------------------------------------------------------------------------------------------- the comparison


def _anew(paper: DecisionPaper) -> bytes:
    """The paper drawn again, with white in place of its logo."""
    unsigned = paper.unsigned
    if unsigned.logo is not None:
        unsigned = replace(unsigned, logo=decision_paper.empty_logo(*decision_paper.shape_of(unsigned.logo)))
    return decision_paper.render_bytes(DecisionPaper(paper.signed, unsigned))


def _added(given: Any, content: bytes) -> Iterator[str]:
    """What a paper of ours never holds: it would let another reader, or a printer, show something else."""
    import pypdfium2.raw as pdfium

    if given.count_attachments():
        yield "The file holds an attachment, which a signed paper never does."
    if any(pdfium.FPDFPage_GetAnnotCount(page.raw) for page in given) or given.get_formtype():
        yield "The file holds notes or form fields that a reader or a printer may show over the page."
    names = re.sub(rb"#([0-9A-Fa-f]{2})", lambda code: bytes([int(code[1], 16)]), content)
    if pdfium.FPDFDoc_GetJavaScriptActionCount(given.raw) or b"/JavaScript" in names:
        yield "The file holds a program that may change what a reader shows."


def _drawn(page: Any) -> list[tuple[Any, ...]]:
    """Everything drawn on the page, shown or in a layer that is not, by kind and place; whether layers govern it."""
    import ctypes

    import pypdfium2.raw as pdfium

    found: list[tuple[Any, ...]] = []
    for each in page.get_objects():
        marks = []
        for at in range(pdfium.FPDFPageObj_CountMarks(each.raw)):
            mark = pdfium.FPDFPageObj_GetMark(each.raw, at)
            name, length = ctypes.create_string_buffer(64), ctypes.c_ulong()
            pdfium.FPDFPageObjMark_GetName(
                mark, ctypes.cast(name, ctypes.POINTER(pdfium.FPDF_WCHAR)), 64, length
            )
            marks.append(name.raw[: length.value].decode("utf-16-le", "replace").rstrip("\0") == "OC")
        found.append((each.type, *(round(side) for side in each.get_bounds()), any(marks)))
    return found


def _lines(document: Any, page: int) -> list[str]:
    text = document[page].get_textpage()
    if text.count_chars() > _MOST_TEXT:
        # Comparing it line by line would take for ever.
        return ["far more text than any paper of SM Desk"]
    found = text.get_text_bounded().replace("\x02", "-")
    return [line for line in (" ".join(line.split()) for line in found.splitlines()) if line]


def _differing(given: list[str], ours: list[str], page: int) -> Iterator[str]:
    matcher = difflib.SequenceMatcher(None, given, ours, autojunk=False)
    for what, start, end, from_, to in matcher.get_opcodes():
        if what == "equal":
            continue
        there, signed = " ".join(given[start:end]), " ".join(ours[from_:to])
        if not signed:
            yield f"Page {page} says “{there}”, which is not part of what was signed."
        elif not there:
            yield f"Page {page} lacks “{signed}”."
        else:
            yield f"Page {page} says “{there}” where “{signed}” was signed."


def _looks_different(given: Any, ours: Any, page: int, logo: bytes | None) -> bool:
    from PIL import ImageChops

    if (
        given[page].get_size() != ours[page].get_size()
        or given[page].get_rotation() != ours[page].get_rotation()
    ):
        return True
    difference = ImageChops.difference(_picture(given, page), _picture(ours, page))
    if page == 0 and logo is not None:
        difference.paste((0, 0, 0), _logo_box(logo))
    # By colour, not by brightness: yellow words are as pale as white to the one and plain to the eye.
    return any(sum(shade.histogram()[_CLEARLY:]) > _POINTS for shade in difference.split())


def _picture(document: Any, page: int) -> Image.Image:
    picture: Image.Image = document[page].render(scale=_SCALE).to_pil().convert("RGB")
    return picture


def _logo_box(logo: bytes) -> tuple[int, int, int, int]:
    """Where the logo is on the picture of the first page, in its points."""
    wide, tall = logo_size(logos.picture(logo)[1])
    left, top = decision_paper.SHEET.left, LETTERHEAD_MM
    point = 72 / 25.4 * _SCALE
    return int(left * point), int(top * point), int((left + wide) * point) + 2, int((top + tall) * point) + 2


def _pages(count: int) -> str:
    return "1 page" if count == 1 else f"{count} pages"
