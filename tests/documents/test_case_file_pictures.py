"""Pictures for a case file: only their pixels, and never more of them than the memory holds (DOC-4)."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib

import pytest
from PIL import Image

from smdesk.documents import case_file_pictures
from smdesk.errors import Invalid


def claims(wide: int, tall: int) -> bytes:
    """A PNG that says it is that large; no more than its head is there."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", wide, tall, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b""))


@pytest.mark.parametrize("side", [8_000, 12_000, 30_000])
def test_a_picture_that_would_fill_the_memory_is_refused_before_it_is_unpacked(side: int) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(Invalid, match="has too many pixels"):
            case_file_pictures.clean("post.png", "image/png", claims(side, side))
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("content", [b"", b"GIF89a", claims(40, 40), b"\xff\xd8\xff\xe0" * 40])
def test_a_damaged_picture_is_told_by_its_name(content: bytes) -> None:
    for media_type in case_file_pictures.PICTURES:
        with pytest.raises(Invalid, match="“post” is damaged"):
            case_file_pictures.clean("post", media_type, content)


def test_what_is_in_a_picture_beside_its_pixels_stays_out() -> None:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "Hidden Quillfeather"
    Image.new("RGBA", (60, 40), (200, 20, 20, 0)).save(out, "PNG", exif=exif.tobytes())
    made = case_file_pictures.clean("post.png", "image/png", out.getvalue())
    assert b"Quillfeather" not in made.jpeg
    with Image.open(io.BytesIO(made.jpeg)) as picture:
        assert dict(picture.getexif()) == {}
        # What was transparent is white on paper, not black.
        assert picture.getpixel((5, 5)) == (255, 255, 255)
