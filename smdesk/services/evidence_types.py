"""What a file really is, judged by its content: only what SM Desk can keep safely is accepted."""

from __future__ import annotations

import codecs
import io
from contextlib import suppress
from typing import Final

from smdesk.errors import Invalid

MOST_PIXELS: Final = 60_000_000
"""A picture larger than this is refused before it is unpacked: a small file can hold one that fills the memory."""

THUMBNAIL_SIDE: Final = 256

EXTENSIONS: Final[dict[str, tuple[str, ...]]] = {
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/webp": (".webp",),
    "application/pdf": (".pdf",),
    "video/mp4": (".mp4", ".m4v"),
    "text/plain": (".txt", ".text", ".log", ".md", ".csv", ".eml"),
}
"""The types kept, with the endings that suit each; the first is the usual one."""

_MP4_BRANDS: Final = (b"iso", b"mp4", b"avc1", b"M4V", b"MSNV", b"dash", b"mmp4", b"f4v", b"3gp", b"3g2")
_PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/webp"})
_ACCEPTED: Final = "SM Desk keeps pictures (PNG, JPEG, WebP), PDF, MP4 video and plain text."


def media_type_of(name: str, data: bytes) -> str:
    """The media type by content. Raises Invalid, naming the file, for anything that is not kept."""
    if not data:
        raise Invalid.one("data", f"“{name}” is empty. Check the file and add it again.")
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data.startswith(b"%PDF-"):
        return "application/pdf"
    if data[4:8] == b"ftyp" and data[8:12].startswith(_MP4_BRANDS):
        return "video/mp4"
    if _is_text(data):
        return "text/plain"
    looks_like = _guess(data)
    seems = f" It looks like {looks_like}." if looks_like else ""
    raise Invalid.one(
        "data",
        f"“{name}” is not a kind of file that can be kept.{seems} {_ACCEPTED} Take a screenshot of it.",
    )


def thumbnail(name: str, media_type: str, data: bytes) -> bytes | None:
    """A small PNG of a picture, without any of its hidden data; None for what is not a picture.

    Unpacking it whole is also the check that the picture is sound. Raises Invalid for a damaged one, or one that
    would not fit in memory.
    """
    if media_type not in _PICTURES:
        return None
    from PIL import Image, ImageOps
    from PIL.JpegImagePlugin import JpegImageFile
    from PIL.PngImagePlugin import PngImageFile
    from PIL.WebPImagePlugin import WebPImageFile

    readers: dict[str, type[PngImageFile | JpegImageFile | WebPImageFile]] = {
        "image/png": PngImageFile,
        "image/jpeg": JpegImageFile,
        "image/webp": WebPImageFile,
    }
    try:
        # The reader of this one type, not the library's guess: a file of many faces gets only this one.
        with readers[media_type](io.BytesIO(data)) as picture:
            wide, high = picture.size
            if wide * high > MOST_PIXELS:
                raise Invalid.one(
                    "data",
                    f"“{name}” would unpack to {wide:,} by {high:,} pixels, more than can be shown safely. "
                    "Take a screenshot of the part that matters.",
                )
            picture.draft("RGB", (THUMBNAIL_SIDE, THUMBNAIL_SIDE))
            picture.load()
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise Invalid.one(
            "data",
            f"“{name}” is damaged and cannot be read as a picture. Save it again or take a new screenshot.",
        ) from error
    upright.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    # Only the pixels go over: where a photograph was taken stands in the rest.
    clean = Image.new("RGBA", upright.size)
    clean.paste(upright)
    out = io.BytesIO()
    clean.save(out, format="PNG", optimize=True)
    return out.getvalue()


def safe_name(name: str, media_type: str, fallback: str) -> str:
    """A file name to keep: no path, no control characters, and an ending that tells the truth."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    clean = "".join(char for char in last if char.isprintable() and char not in '<>:"|?*').strip(" .")
    clean = clean or fallback
    endings = EXTENSIONS[media_type]
    if not clean.lower().endswith(endings):
        clean = clean[:190] + endings[0]
    if len(clean) > 200:
        stem, dot, ending = clean.rpartition(".")
        clean = stem[: 199 - len(ending)] + dot + ending
    return clean


def _is_text(data: bytes) -> bool:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _reads_as(data, "utf-16")
    return _reads_as(data, "utf-8-sig") or _reads_as(data, "cp1252")


def _reads_as(data: bytes, encoding: str) -> bool:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return not any((ord(char) < 32 and char not in "\t\n\r\f") or ord(char) == 127 for char in text)


def _guess(data: bytes) -> str:
    """A word for what a refused file seems to be, or ""."""
    import puremagic

    with suppress(puremagic.PureError, ValueError):
        return str(puremagic.magic_string(data[:65536])[0].name)
    return ""
