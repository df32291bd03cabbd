"""Drawn stand-ins for screenshots and scans of the sample school: no real site and nobody's hand is shown."""

from __future__ import annotations

import functools
import io
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from smdesk.paths import resource

if TYPE_CHECKING:
    from PIL import Image, ImageFont


def screenshot(platform: str, said: str, number: int) -> bytes:
    """What a post might look like, as a PNG."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (640, 320), "#f2f4f7")
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((24, 24, 616, 296), 14, fill="white", outline="#d3d9e2", width=2)
    pen.ellipse((44, 44, 92, 92), fill="#b9c6d8")
    pen.text((108, 46), f"Post on {platform}", font=_font(22), fill="#24324a")
    pen.text((108, 74), f"Sample picture {number}", font=_font(15), fill="#66748a")
    pen.multiline_text(
        (48, 116), "\n".join(textwrap.wrap(said, 48)[:6]), font=_font(22), fill="#1c2636", spacing=8
    )
    return _png(picture)


def scan(title: str, lines: Sequence[str], signed: str) -> bytes:
    """A sheet of paper filled in by hand and put through a scanner, a little askew, as a PNG."""
    from PIL import Image, ImageDraw

    sheet = Image.new("L", (620, 877), 252)
    pen = ImageDraw.Draw(sheet)
    pen.text((60, 60), title, font=_font(24), fill=40)
    pen.line((60, 98, 560, 98), fill=90, width=2)
    y = 130
    for line in lines:
        for part in textwrap.wrap(line, 46):
            pen.text((60, y), part, font=_font(19), fill=60)
            y += 28
        pen.line((60, y + 4, 560, y + 4), fill=205)
        y += 20
    pen.text((60, 760), "Signed", font=_font(15), fill=110)
    pen.text((140, 744), signed, font=_font(26, slanted=True), fill=30)
    pen.line((130, 784, 470, 784), fill=120)
    return _png(sheet.rotate(0.7, fillcolor=244))


@functools.cache
def _font(size: int, *, slanted: bool = False) -> ImageFont.FreeTypeFont:
    from PIL import ImageFont

    name = "NotoSans-Italic.ttf" if slanted else "NotoSans-Regular.ttf"
    return ImageFont.truetype(str(resource("fonts", name)), size)


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1)
    return out.getvalue()
