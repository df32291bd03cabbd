"""Pictures as people hand them in: with more in them than can be seen."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw


def photograph(size: tuple[int, int] = (640, 480), hidden: str = "Hidden Quillfeather") -> bytes:
    """A photograph that says in its hidden data who took it."""
    picture = Image.new("RGB", size, (226, 232, 240))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((20, 20, size[0] - 20, size[1] - 20), outline=(24, 62, 120), width=6)
    draw.text((60, 60), "What a school.", fill=(20, 20, 20))
    exif = Image.Exif()
    exif[0x013B] = hidden  # Artist
    exif[0x010E] = hidden  # ImageDescription
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif.tobytes(), comment=hidden.encode())
    return out.getvalue()
