"""Logos: PNG, JPEG and SVG, never one that is made to fill the memory, fetch something or name a file."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from smdesk.documents import letter, logo, page
from smdesk.errors import Invalid
from tests.documents.reading import picture_of, roles
from tests.documents.samples import letter_data

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="40mm" height="20mm" '
    'viewBox="0 0 40 20"><rect width="40" height="20" fill="#186a3b"/>%s</svg>'
)
EMPTY = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><g/></svg>'
OAK = (SVG % '<circle cx="10" cy="10" r="6" fill="#fff"/>').encode()


def claims(wide: int, tall: int) -> bytes:
    """A PNG of a few bytes that says it is this large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", wide, tall, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def plain(colour: str, kind: str = "PNG", size: tuple[int, int] = (60, 30)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


def test_an_svg_is_drawn_in_its_own_shape_and_colours() -> None:
    picture, ratio = logo.picture(OAK)
    assert ratio == pytest.approx(2)
    assert picture.size == (900, 450)
    assert picture.getpixel((800, 225)) == (0x18, 0x6A, 0x3B)
    assert picture.getpixel((225, 225)) == (255, 255, 255)
    assert logo.shape(OAK) == (2, 1)
    assert logo.fault(OAK) == ""
    assert logo.fault(b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- by hand -->" + OAK) == ""


def test_a_letter_shows_an_svg_logo() -> None:
    data = letter_data()
    pdf = letter.render_bytes(replace(data, letterhead=replace(data.letterhead, logo=OAK)))
    assert roles(pdf).count("Figure") == 1
    dark = picture_of(pdf).crop((45, 25, 100, 50)).histogram()
    assert sum(dark[60:120]) > 400  # the green of the drawing


@pytest.mark.parametrize(
    ("inside", "says"),
    [
        ('<image href="file:///etc/passwd" width="9" height="9"/>', "from elsewhere"),
        ('<image xlink:href="/etc/passwd" width="9" height="9"/>', "from elsewhere"),
        ('<image href="https://example.org/a.png" width="9" height="9"/>', "from elsewhere"),
        ('<image href="data:image/png;base64,iVBORw0KGgo=" width="9" height="9"/>', "picture in it"),
        ('<rect fill="url(https://example.org/a.svg#b)" width="9" height="9"/>', "from elsewhere"),
        ("<style>@import 'https://example.org/a.css';</style>", "from elsewhere"),
        ('<use href="other.svg#a"/>', "from elsewhere"),
        ("<script>alert(1)</script>", "program"),
        ("<foreignObject><p>hello</p></foreignObject>", "program"),
        ("<text>Oakfield</text>", "typeface"),
        ("<g>", "damaged"),
        ('<g id="a"><use href="#a"/></g>', "too many parts"),
        ("<g>" * 300 + "</g>" * 300, "too many parts"),
        (
            '<g id="l0"><rect width="1" height="1"/></g>'
            + "".join(f'<g id="l{n + 1}">' + f'<use href="#l{n}"/>' * 10 + "</g>" for n in range(9)),
            "too many parts",
        ),
    ],
)
def test_an_svg_that_reaches_out_or_unfolds_is_refused_in_words(inside: str, says: str) -> None:
    assert says in logo.fault((SVG % inside).encode())


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + OAK, "definitions of its own"),
        (b'<?xml-stylesheet href="a.css"?>' + OAK, "definitions of its own"),
        (OAK.replace(b"40mm", b"1px").replace(b"20mm", b"30000px"), "many times as long"),
        (OAK.replace(b'viewBox="0 0 40 20"', b"").replace(b"40mm", b"100%"), "how large"),
        (EMPTY, "draws nothing"),
        (b"<html><svg></svg></html>", "none of them"),
        (OAK.decode().encode("utf-16"), "none of them"),
        (b"<svg>\xff\xfe</svg>", "UTF-8"),
        (b"", "PNG or JPEG"),
        (b"GIF89a" + b"\0" * 40, "PNG or JPEG"),
        (b"%PDF-1.7 <b>", "PNG or JPEG"),
        (plain("red")[:60], "damaged"),
        (plain("red", "JPEG")[:300], "damaged"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * logo.MOST_BYTES, "too big"),
    ],
)
def test_other_unusable_logos_are_refused_in_words(data: bytes, says: str) -> None:
    assert says in logo.fault(data)
    with pytest.raises(Invalid):
        logo.colour_of(data)


def test_a_logo_of_thirty_thousand_pixels_is_refused_before_it_is_unpacked() -> None:
    assert logo.fault(claims(30_000, 30_000)) == (
        "The logo is 30,000 by 30,000 pixels: please use one of at most 4,000 by 4,000."
    )
    data = letter_data()
    head = replace(data.letterhead, logo=claims(30_000, 30_000))
    with pytest.raises(Invalid, match="30,000 by 30,000"):
        letter.render_bytes(replace(data, letterhead=head))
    huge = OAK.replace(b"40mm", b"30000").replace(b"20mm", b"30000")
    assert logo.picture(huge)[0].size == (
        900,
        900,
    )  # a drawing has no pixels: it is drawn as large as it is shown


@pytest.mark.parametrize(
    ("data", "colour"),
    [
        (OAK, (0x18, 0x6A, 0x3B)),
        (plain("#8c1d40"), (0x8C, 0x1D, 0x40)),
        (plain("#ffd21a"), (0xFF, 0xD2, 0x1A)),
        (plain("black"), None),
        (plain("white", "JPEG"), None),
        (plain("#777777"), None),
    ],
)
def test_the_colour_that_stands_out(data: bytes, colour: tuple[int, int, int] | None) -> None:
    found = logo.colour_of(data)
    if colour is None:
        assert found is None
    else:
        assert found == pytest.approx([part / 255 for part in colour], abs=0.01)


def test_a_small_emblem_on_white_gives_the_colour_and_not_its_thin_border() -> None:
    picture = Image.new("RGB", (400, 200), "white")
    picture.paste("#186a3b", (20, 20, 180, 180))
    picture.paste("#c02020", (20, 20, 180, 24))
    out = io.BytesIO()
    picture.save(out, "PNG")
    red, green, blue = logo.colour_of(out.getvalue()) or (0, 0, 0)
    assert green > red
    assert green > blue


def test_a_preview_fits_and_the_kept_picture_stays_as_it_is() -> None:
    with Image.open(io.BytesIO(logo.preview(OAK, 100, 100))) as small:
        assert small.size == (100, 50)
    assert logo.picture(OAK)[0].size == (900, 450)


def test_a_logo_without_a_drawing_is_not_mistaken_for_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(plain("red"))
    inside = f'<image href="{secret}" width="40" height="20"/>'
    assert "from elsewhere" in logo.fault((SVG % inside).encode())
    assert page.logo_size(2) == pytest.approx((38, 19))
