"""Drawings made to hang the program or end it: a few lines of SVG that draw millions of parts or ask for gigabytes."""

from __future__ import annotations

import io
import time

import pytest
from PIL import Image

from smdesk.documents import case_file_pictures, logo

REFUSED = ("effects", "too many parts", "style sheet")


def svg(inner: str, defs: str = "") -> bytes:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="100" height="50">'
        f"<defs>{defs}</defs>{inner}</svg>"
    ).encode()


def nested(kind: str, attribute: str) -> str:
    """Eight of them, each drawn eight times in the one before it: 8 to the power of 8."""
    pieces = []
    for level in range(8):
        inside = "".join(
            f'<rect width="90" height="40" x="{at}" {attribute}="url(#p{level + 1})"/>' for at in range(8)
        )
        pieces.append(f'<{kind} id="p{level}" width="1" height="1">{inside}</{kind}>')
    return "".join(pieces)


RECT = '<rect class="a" width="100" height="50" {}/>'
LONG_PATH = "M0 0" + " L1 1 L5 9" * 9000


@pytest.mark.parametrize(
    "data",
    [
        svg(RECT.format('fill="url(#p0)"'), nested("pattern", "fill")),
        svg(RECT.format('mask="url(#p0)"'), nested("mask", "mask")),
        svg(RECT.format('style="mask:url(#p0)"'), nested("mask", "mask")),
        svg(f"<style>.a{{mask:url(#p0)}}</style>{RECT.format('')}", nested("mask", "mask")),
        svg(f"<style>rect{{mask:url(#p0)}}</style>{RECT.format('')}", nested("mask", "mask")),
        svg(f"<style>.a{{mask:u/**/rl(#p0)}} .a{{m\\61sk:url(#p0)}}</style>{RECT.format('')}"),
        svg(RECT.format('clip-path="url(#p0)"'), nested("clipPath", "clip-path")),
        svg(
            RECT.format('filter="url(#f)"'),
            '<filter id="f" x="-5000%" width="10000%"><feGaussianBlur stdDeviation="100000"/></filter>',
        ),
        svg(RECT.format('style="filter: blur(99999px)"')),
        svg(f"<style>.a{{color:red;filter:blur(99999px)}}</style>{RECT.format('')}"),
        svg(
            f'<path d="{LONG_PATH}" marker-mid="url(#m)"/>',
            f'<marker id="m"><path d="{LONG_PATH}"/></marker>',
        ),
        svg('<use href="#q"/>' * 10_000, f'<path id="q" d="{LONG_PATH}"/>'),
        svg('<g opacity="0.5"><rect width="9" height="9"/></g>' * 2000),
        svg("<style>.b{opacity:.5}</style>" + '<g class="b"><rect width="9" height="9"/></g>' * 2000),
    ],
)
def test_a_drawing_that_would_never_be_done_is_refused_before_it_is_begun(data: bytes) -> None:
    start = time.perf_counter()
    said = logo.fault(data)
    assert any(word in said for word in REFUSED)
    assert "PNG" in said
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize(
    "data",
    [
        # As drawing programs write them.
        svg(
            "<style>.cls-1{fill:none}.cls-2{clip-path:url(#cp)}.cls-3{fill:url(#lg)} /* a note */</style>"
            '<g class="cls-2"><rect class="cls-3" width="90" height="40"/></g>',
            '<clipPath id="cp"><rect class="cls-1" width="90" height="40"/></clipPath>'
            '<linearGradient id="lg"><stop stop-color="red"/></linearGradient>',
        ),
        svg(
            '<g clip-path="url(#c)"><mask id="m" style="mask-type:luminance" width="100" height="50">'
            '<path d="M100 0H0v50h100z" fill="white"/></mask><g mask="url(#m)" opacity=".9">'
            '<path d="M0 0h100v50H0z" fill="#186a3b" style="fill-opacity:1;stroke:none;filter:none"/></g></g>',
            '<clipPath id="c"><path d="M0 0h100v50H0z"/></clipPath>',
        ),
        svg(
            "".join(f'<rect x="{at}" width="1" height="9" fill="url(#lg)"/>' for at in range(3000)),
            '<linearGradient id="lg"><stop stop-color="red"/></linearGradient>',
        ),
    ],
)
def test_what_drawing_programs_write_is_drawn(data: bytes) -> None:
    assert logo.fault(data) == ""


@pytest.mark.filterwarnings("ignore:Corrupt EXIF:UserWarning")
@pytest.mark.parametrize(
    "data", [b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12", b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff"]
)
def test_a_photograph_with_damaged_notes_is_shown_all_the_same(data: bytes) -> None:
    out = io.BytesIO()
    Image.new("RGB", (60, 30), "red").save(out, "JPEG", exif=data)
    assert case_file_pictures.clean("a.jpg", "image/jpeg", out.getvalue()).size == (60, 30)
    assert logo.fault(out.getvalue()) == ""
