"""A4 pages: letterhead, window address, page numbers, marks; and files that are whole or not there.

Distances on the sheet are written in millimetres from the top left, as a school office measures them.
"""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, BinaryIO

from smdesk.errors import Cancelled, StorageProblem

if TYPE_CHECKING:
    from smdesk.documents.layout import Block, Frame, Page, Style
    from smdesk.documents.tagging import TaggedCanvas
    from smdesk.documents.xmp import Ours

LANGUAGE = "en-GB"
A4 = (595.276, 841.89)
A4_LANDSCAPE = (841.89, 595.276)
LOGO_MM = (46.0, 19.0)
"""The most that a logo takes of a letterhead, width and height."""

LETTERHEAD_MM = 13.0
"""Where the letterhead begins, from the top of the sheet."""

_LETTERHEAD_GAP = 3.2 * 72 / 25.4  # points between its words and the line below

Progress = Callable[[int, int], None]
"""Called with how much is done and how much there is, in rows or pages."""


def no_progress(done: int, total: int) -> None:
    """The progress callback of somebody who does not watch."""


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The school as it appears on its papers. ``logo`` is the bytes of a PNG, JPEG or SVG picture, ``colour`` that of
    the name, the headings and the line below (red, green and blue from 0 to 1; None for navy). What could not be read
    on white is darkened.
    """

    school: str
    address: tuple[str, ...] = ()
    phone: str = ""
    email: str = ""
    website: str = ""
    logo: bytes | None = None
    colour: tuple[float, float, float] | None = None

    @property
    def tint(self) -> tuple[float, float, float]:
        """The colour as it is drawn."""
        from smdesk.documents.contrast import readable
        from smdesk.documents.layout import NAVY

        return NAVY if self.colour is None else readable(self.colour)

    @property
    def contact(self) -> tuple[str, ...]:
        """How the school is reached, each way by itself."""
        return tuple(part for part in (self.phone, self.email, self.website) if part)


@contextmanager
def written_whole(file: Path) -> Iterator[BinaryIO]:
    """Write a file so that it is complete or absent: a temporary file beside it, synced, then renamed.

    An older file of that name stays until the new one is whole. Raises ``StorageProblem`` with a sentence
    for the user; nothing is left behind then, nor when the body raises.
    """
    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{file.name[:40]}-", suffix=".part", dir=file.parent)
        temporary = Path(name)
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, file)
        temporary = None
        _sync_folder(file.parent)
    except OSError as error:
        raise _storage_problem(error, file) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows has no handle on a folder to sync; the rename is journalled
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _storage_problem(error: OSError, file: Path) -> StorageProblem:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        why = "the disk is full. Free some space, or choose another place, and try again."
    elif isinstance(error, PermissionError) or error.errno == errno.EROFS:
        why = "that place does not allow writing, or the file is open in another program."
    elif isinstance(error, FileNotFoundError):
        why = "the folder does not exist. Choose another place."
    else:
        why = f"the system reports: {error.strerror or 'an unknown fault'}."
    return StorageProblem(f"“{file.name}” was not saved in {file.parent}: {why}")


def save_pdf(content: bytes, file: Path) -> None:
    """Put a finished paper in place, whole or not at all. Raises ``StorageProblem``."""
    with written_whole(file) as stream:
        stream.write(content)


def logo_size(ratio: float) -> tuple[float, float]:
    """Width and height of a logo on a letterhead, in millimetres, for its width divided by its height."""
    wide, tall = LOGO_MM
    return (wide, wide / ratio) if tall * ratio > wide else (tall * ratio, tall)


def draw_letterhead(
    canvas: TaggedCanvas,
    head: Letterhead,
    left: float,
    right: float,
    top: float,
    *,
    name: Style | None = None,
    small: Style | None = None,
    most: float = 1e9,
) -> float:
    """The school's name, address and logo across the top; gives the height used. Tagged as content, once.

    ``name`` and ``small`` are the styles of the name and of what stands below it; where the whole would be taller than
    ``most`` points, what stands below is made smaller.
    """
    from smdesk.documents import logo
    from smdesk.documents.layout import GREY, MM, Figure, Style, Text, hairline, width_of

    x, tallest = left, 0.0
    if head.logo is not None:
        picture, ratio = logo.picture(head.logo)
        wide, tall = (side * MM for side in logo_size(ratio))

        def paint(on: TaggedCanvas, px: float, py: float, pw: float, ph: float) -> None:
            on.picture(picture, px, py, pw, ph)

        Figure(f"Logo of {head.school}", tall, paint, wide=wide).draw(canvas, x, top, wide)
        x += wide + 6 * MM
        tallest = tall
    width = right - x
    shown = name or Style(size=17.0, leading=17 * 1.28, bold=True, colour=head.tint, after=0)
    while shown.size > 11 and width_of(head.school, shown) > width:
        shown = replace(shown, size=shown.size - 0.5, leading=(shown.size - 0.5) * 1.28)
    below = small or Style(size=8.6, leading=11.8, colour=GREY, after=0)
    while True:
        lines = [Text(head.school, shown, "P")]
        contact = _side_by_side(head.contact, below, width)
        lines += [Text(words, below) for words in (", ".join(head.address), contact) if words]
        extent = sum(line.height(width) for line in lines)
        if extent <= most - _LETTERHEAD_GAP or below.size <= 8.6:
            break
        below = replace(below, size=below.size - 0.5, leading=(below.size - 0.5) * 1.2)
    y = top - max(0.0, (tallest - extent) / 2)
    for line in lines:
        line.draw(canvas, x, y, width)
        y -= line.height(width)
    used = max(tallest, extent) + _LETTERHEAD_GAP
    with canvas.artifact():
        hairline(canvas, left, top - used, right, top - used, shown.colour, 1.1)
    return used


def _side_by_side(parts: Sequence[str], style: Style, width: float) -> str:
    """Short texts with a dot between any two on one line: no line begins or ends with a dot."""
    from smdesk.documents.layout import width_of

    lines: list[str] = []
    for part in parts:
        longer = f"{lines[-1]}  ·  {part}" if lines else part
        if lines and width_of(longer, style) <= width:
            lines[-1] = longer
        else:
            lines.append(part)
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A kind of paper: its size in points and margins in millimetres."""

    size: tuple[float, float] = A4
    left: float = 24.0
    right: float = 22.0
    top: float = 20.0
    bottom: float = 20.0


def frame(sheet: Sheet, top: float) -> Frame:
    """Where text stands on a sheet, from ``top`` millimetres down."""
    from smdesk.documents.layout import MM, Frame

    width, height = sheet.size
    tall = height - (top + sheet.bottom) * MM
    return Frame(sheet.left * MM, height - top * MM, width - (sheet.left + sheet.right) * MM, tall)


def letterhead_on(head: Letterhead, sheet: Sheet) -> Callable[[TaggedCanvas], None]:
    """What draws the letterhead across the top of a paper's first page."""

    def draw(canvas: TaggedCanvas) -> None:
        from smdesk.documents.layout import MM

        wide, tall = sheet.size
        top = tall - LETTERHEAD_MM * MM
        draw_letterhead(canvas, head, sheet.left * MM, wide - sheet.right * MM, top)

    return draw


def draw_footer(
    canvas: TaggedCanvas,
    sheet: Sheet,
    note: str,
    number: int,
    total: int,
    *,
    style: Style | None = None,
    words: str = "Page $number of $total",
) -> None:
    """What repeats at the foot of each page: a note and “Page 1 of 2”. An artifact: it is not read aloud."""
    from smdesk.documents.layout import GREY, MM, RULE, Style, hairline, single_line, styled
    from smdesk.documents.text import break_lines

    style = style or Style(size=7.8, leading=10, colour=GREY)
    left, right, y = sheet.left * MM, sheet.size[0] - sheet.right * MM, 10 * MM
    with canvas.artifact("Pagination", "Footer"):
        above = y + style.size + 3.2
        hairline(canvas, left, above, right, above, RULE)
        page, width = single_line(Template(words).safe_substitute(number=number, total=total), style)
        canvas.text_line(page, right - width, y, style.size, style.colour)
        line = break_lines(styled(note, style), style.size, right - left - width - 12)[0]
        canvas.text_line(line, left, y, style.size, style.colour)


@dataclass(frozen=True, slots=True)
class Part:
    """Blocks that begin on a page of their own, and what is drawn on each of those pages.

    ``on_each`` hears the page's number and the count of all pages of the paper.
    """

    blocks: Sequence[Block]
    on_each: Callable[[TaggedCanvas, int, int], None] | None = None


def build(
    blocks: Sequence[Block],
    *,
    title: str,
    author: str,
    made_on: date,
    sheet: Sheet,
    first_top: float | None = None,
    on_first: Callable[[TaggedCanvas], None] | None = None,
    on_each: Callable[[TaggedCanvas, int, int], None] | None = None,
    ours: Ours | None = None,
    language: str = LANGUAGE,
    fillable: bool = False,
    progress: Progress = no_progress,
    cancelled: Callable[[], bool] = lambda: False,
) -> bytes:
    """Set the blocks on pages and give the whole PDF.

    ``first_top`` is where the first page's text starts, in millimetres from the top. ``on_first`` draws on
    the first page before its text, ``on_each`` on every page with its number and their count. ``fillable``: what is
    to be filled in can be typed in on screen. ``ours`` is kept in the file's metadata. Raises ``Cancelled`` soon
    after ``cancelled`` says so.
    """
    return build_parts(
        [Part(blocks, on_each)],
        title=title,
        author=author,
        made_on=made_on,
        sheet=sheet,
        first_top=first_top,
        on_first=on_first,
        ours=ours,
        language=language,
        fillable=fillable,
        progress=progress,
        cancelled=cancelled,
    )


def build_parts(
    parts: Sequence[Part],
    *,
    title: str,
    author: str,
    made_on: date,
    sheet: Sheet,
    first_top: float | None = None,
    on_first: Callable[[TaggedCanvas], None] | None = None,
    ours: Ours | None = None,
    language: str = LANGUAGE,
    fillable: bool = False,
    bookmarks: bool = False,
    progress: Progress = no_progress,
    cancelled: Callable[[], bool] = lambda: False,
) -> bytes:
    """As ``build``, for a paper of several parts. ``bookmarks``: its main headings are in the reader's outline."""
    from smdesk.documents.layout import flow
    from smdesk.documents.tagging import TaggedCanvas

    def stop_if_cancelled(_count: int) -> None:
        if cancelled():
            raise Cancelled("Stopped. No file was written.")

    def laid_out(count: int) -> None:
        stop_if_cancelled(count)
        progress(0, 0)  # how many pages there will be is not known yet, but whoever waits may want to stop

    later = frame(sheet, sheet.top)
    first = later if first_top is None else frame(sheet, first_top)
    pages: list[tuple[Page, Part]] = []
    for part in parts:
        pages += [(page, part) for page in flow(part.blocks, later if pages else first, later, laid_out)]
    canvas = TaggedCanvas(
        title=title,
        author=author,
        made_on=made_on,
        page_size=sheet.size,
        language=language,
        fillable=fillable,
    )
    for number, (page, part) in enumerate(pages, start=1):
        stop_if_cancelled(number)
        if number == 1 and on_first is not None:
            on_first(canvas)
        for block, top in page.placed:
            block.draw(canvas, page.frame.left, top, page.frame.width)
        if bookmarks:
            _bookmark(canvas, page, number)
        if part.on_each is not None:
            part.on_each(canvas, number, len(pages))
        canvas.showPage()
        progress(number, len(pages))
    if ours is not None:
        canvas.keep(ours)
    return canvas.finish()


def _bookmark(canvas: TaggedCanvas, page: Page, number: int) -> None:
    from smdesk.documents.layout import Text, Together
    from smdesk.documents.text import spans_of

    held = [block for block, _top in page.placed]
    blocks = [each for block in held for each in (block.blocks if isinstance(block, Together) else [block])]
    for at, block in enumerate(blocks):
        if isinstance(block, Text) and block.element.role in ("H1", "H2"):
            key = f"page-{number}-{at}"
            title = "".join(span.text for span in spans_of(block.rich))
            if title:  # the rest of a heading that runs over a page has none of its own
                canvas.bookmarkPage(key)
                canvas.addOutlineEntry(title, key, 0)


def plain_paper(
    blocks: Sequence[Block], head: Letterhead, title: str, foot: str, made_on: date, *, fillable: bool = False
) -> bytes:
    """A paper with the school's letterhead on its first page and a line at the foot of each (PDF/UA-1, PDF/A-2a)."""
    sheet = Sheet(left=22, right=20, top=17, bottom=17)
    return build(
        blocks,
        title=f"{title} – {head.school}",
        author=head.school,
        made_on=made_on,
        sheet=sheet,
        first_top=40,
        on_first=letterhead_on(head, sheet),
        on_each=lambda canvas, number, total: draw_footer(canvas, sheet, foot, number, total),
        fillable=fillable,
    )
