"""Pictures for the case file: the pixels alone, no larger than paper shows them, one to a page (DOC-4).

Everything else that a photograph carries (where and when it was taken, by whom, an older small copy of itself) stays
behind: only the pixels are written anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from io import BytesIO
from typing import TYPE_CHECKING

from smdesk.errors import Invalid

if TYPE_CHECKING:
    from smdesk.documents.case_file import PictureSheet
    from smdesk.documents.layout import Block
    from smdesk.documents.tagging import TaggedCanvas

_MOST_PIXELS = 60_000_000
_WIDE, _HIGH = 1500, 1900
"""Points of a picture at most: some 220 to the inch on the page, enough to read a screenshot by."""

_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
PICTURES = frozenset(_FORMATS)
"""Media types that are shown as pictures."""

_MOST_WORDS = 600
"""Letters of a note beside a picture."""

_ROOM = 590.0
"""Points of height a picture may take of its page."""


@dataclass(frozen=True, slots=True)
class Clean:
    """A picture ready to print: a JPEG of nothing but its pixels, and how many it has of how many."""

    jpeg: bytes
    size: tuple[int, int]
    original: tuple[int, int]


def clean(name: str, media_type: str, data: bytes) -> Clean:
    """The picture upright, on white, without hidden data. Raises ``Invalid`` for one that cannot be read."""
    from PIL import Image, ImageOps

    try:
        with Image.open(BytesIO(data), formats=(_FORMATS[media_type],)) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise _too_large(name)
            original = opened.size
            # Of a large photograph only as much is unpacked as is needed.
            opened.draft("RGB", (_WIDE * 2, _HIGH * 2))
            opened.load()
            upright = ImageOps.exif_transpose(opened)
            original = original[::-1] if _lies(opened) else original
            upright.thumbnail((_WIDE, _HIGH))
            rgba = upright.convert("RGBA")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large(name) from error
    except (OSError, SyntaxError, ValueError, EOFError, KeyError) as error:
        raise Invalid.one("picture", f"“{name}” is damaged and cannot be printed.") from error
    flat = Image.new("RGB", rgba.size, "white")
    flat.paste(rgba, mask=rgba.getchannel("A"))
    out = BytesIO()
    flat.save(out, "JPEG", quality=85, optimize=True)
    return Clean(out.getvalue(), flat.size, original)


def _too_large(name: str) -> Invalid:
    return Invalid.one("picture", f"“{name}” has too many pixels to be printed.")


def _lies(picture: object) -> bool:
    """Whether a photograph was taken with the camera on its side."""
    orientation: int = picture.getexif().get(0x0112, 1)  # type: ignore[attr-defined]  # PIL's Image, imported late
    return orientation in (5, 6, 7, 8)


def picture_blocks(sheet: PictureSheet, jpeg: bytes) -> list[Block]:
    """The blocks of a page with one picture."""
    from smdesk.documents.layout import BODY, HEADING, Figure, Text

    wide, high = _size(jpeg)
    room_wide = 480.0
    scale = min(room_wide / wide, _ROOM / high, 72 / 96)  # never larger than on a screen
    # Each picture has one page, however much is noted about it.
    facts = "  ·  ".join(f"{label}: {_shortened(words)}" for label, words in sheet.facts if words)
    note = Text(facts, replace(BODY, size=8.6, leading=11.6, after=6))
    # A long note takes its room from the picture.
    spare = _ROOM - max(0.0, note.height(room_wide) - 60)
    scale = min(scale, spare / high)
    return [
        Text(sheet.title, replace(HEADING, size=13, leading=17, before=0, after=3), "H2"),
        note,
        Figure(sheet.alt, high * scale, _painter(jpeg), wide=wide * scale),
    ]


def _shortened(words: str) -> str:
    """The words in a line; the list of evidence has them in full."""
    flat = " ".join(words.split())
    return flat if len(flat) <= _MOST_WORDS else f"{flat[:_MOST_WORDS]}… (in full in the list of evidence)"


def _size(jpeg: bytes) -> tuple[int, int]:
    from PIL import Image

    with Image.open(BytesIO(jpeg), formats=("JPEG",)) as picture:
        return picture.size


def _painter(jpeg: bytes) -> Callable[[TaggedCanvas, float, float, float, float], None]:
    def paint(canvas: TaggedCanvas, x: float, y: float, across: float, up: float) -> None:
        canvas.photograph(jpeg, x, y, across, up)

    return paint
