"""How a letter is set for whoever is to read it: type sizes, spacing, colour, margins; where envelopes have windows.

Three looks: standard; large print, in which nothing a reader needs is below 16 points; and one that suits readers with
dyslexia: larger type, more room between letters, words and lines, an even left edge, no italics.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smdesk.documents.layout import Style
    from smdesk.documents.tagging import Colour

STANDARD, LARGE, DYSLEXIA = "standard", "large", "dyslexia"
LOOKS = (STANDARD, LARGE, DYSLEXIA)


@dataclass(frozen=True, slots=True)
class Look:
    """The styles of a letter. ``sign_gap`` is the room for a signature and ``indent`` that of a list, in points;
    ``left`` and ``right`` are margins in millimetres. ``address`` is where the address begins to be made smaller.
    """

    body: Style
    small: Style
    heading: Style
    subheading: Style
    note: Style
    label: Style
    value: Style
    foot: Style
    school: Style
    contact: Style
    address: float
    sign_gap: float
    indent: float
    left: float
    right: float
    colour: Colour


@dataclass(frozen=True, slots=True)
class Envelope:
    """Where a folded A4 sheet shows through an envelope's window, in millimetres from the sheet's upper left corner.

    ``text_top``: below it nothing shows, even where the sheet has slipped to the top of the envelope.
    """

    left: float
    right: float
    top: float
    bottom: float
    text_top: float
    folds: tuple[float, ...]


# DL, 220 by 110 mm: window 35 by 90 mm, 20 mm from the left, 18 mm from the foot (BS 4264); the sheet folded in three.
# C5, 229 by 162 mm: window 35 or 45 by 90 mm, 20 mm from the left, 60 mm from the foot; the sheet folded once.
# A sheet lies on the foot of its envelope and shows from 46 mm (DL) or 53.5 mm (C5) on; it may slip up and sideways.
ENVELOPES = {
    "dl": Envelope(left=24, right=108, top=47, bottom=80, text_top=96.5, folds=(99, 198)),
    "c5": Envelope(left=24, right=108, top=55, bottom=87.5, text_top=104, folds=(148.5,)),
}


def envelope(code: str) -> Envelope:
    """The envelope with this code. Raises ``ValueError`` for one there is not."""
    if code not in ENVELOPES:
        raise ValueError(f"no envelope is called {code!r}")
    return ENVELOPES[code]


def look(code: str, colour: Colour | None = None, *, rtl: bool = False) -> Look:
    """The look with this code, its headings in ``colour`` (navy for None). Raises ``ValueError`` for an unknown code.

    ``rtl``: for a language that is written from right to left, set from the right edge.
    """
    from smdesk.documents.contrast import ENHANCED, readable
    from smdesk.documents.layout import BODY, GREY, HEADING, NAVY, SMALL, SUBHEADING, Style

    if code not in LOOKS:
        raise ValueError(f"no look is called {code!r}")
    tint = NAVY if colour is None else readable(colour)
    if code == STANDARD:
        made = Look(
            body=BODY,
            small=replace(SMALL, size=8.0, leading=10.8),
            heading=replace(HEADING, before=2, after=6, colour=tint),
            subheading=replace(SUBHEADING, colour=tint),
            note=replace(BODY, size=9.5, leading=13, before=3, after=1),
            label=Style(size=8, leading=10.5, colour=GREY, after=0),
            value=Style(size=10.5, leading=14.5, after=5),
            foot=Style(size=7.8, leading=10, colour=GREY),
            school=Style(size=17, leading=21.8, bold=True, colour=tint, after=0),
            contact=Style(size=8.6, leading=11.8, colour=GREY, after=0),
            address=10.5,
            sign_gap=40,
            indent=14,
            left=24,
            right=22,
            colour=tint,
        )
    elif code == LARGE:
        tint = readable(tint, ENHANCED)
        plain = Style(size=17, leading=24, after=12)
        made = Look(
            body=plain,
            small=replace(plain, size=16, leading=22, after=6),
            heading=Style(19, 25, bold=True, colour=tint, before=4, after=10, keep_with_next=True),
            subheading=Style(17, 23, bold=True, colour=tint, before=8, after=6, keep_with_next=True),
            note=replace(plain, size=16, leading=22, before=4, after=2),
            label=Style(size=16, leading=20, after=0),
            value=Style(size=16, leading=20, bold=True, after=5),
            foot=Style(size=16, leading=20),
            school=Style(size=19, leading=24, bold=True, colour=tint, after=0),
            contact=Style(size=16, leading=19, after=0),
            address=14,
            sign_gap=52,
            indent=22,
            left=24,
            right=20,
            colour=tint,
        )
    else:
        tint = readable(tint, ENHANCED)
        plain = Style(size=14, leading=21, after=14, tracking=45)
        made = Look(
            body=plain,
            small=replace(plain, size=12, leading=18, after=6),
            heading=replace(plain, size=16.5, leading=24, bold=True, colour=tint, before=4, after=10),
            subheading=replace(plain, bold=True, colour=tint, before=8, after=8),
            note=replace(plain, size=12, leading=18, before=4, after=2),
            label=replace(plain, size=12, leading=15, after=0),
            value=replace(plain, size=12, leading=17, bold=True, after=5),
            foot=replace(plain, size=12, leading=15),
            school=replace(plain, size=17, leading=22, bold=True, colour=tint, after=0),
            contact=replace(plain, size=12, leading=15, after=0),
            address=12,
            sign_gap=46,
            indent=20,
            left=24,
            right=24,
            colour=tint,
        )
        made = replace(
            made,
            heading=replace(made.heading, keep_with_next=True),
            subheading=replace(made.subheading, keep_with_next=True),
        )
    return _mirrored(made) if rtl else made


def closer(made: Look) -> Look:
    """The same look with less room between paragraphs and for the signature. Type keeps its size, and the lines of
    large print and of the dyslexia-friendly look keep their distance.
    """
    body = made.body
    leading = body.leading * 0.94 if body.size < 12 else body.leading
    return replace(
        made,
        body=replace(body, leading=leading, after=body.after * 0.75),
        heading=replace(made.heading, after=made.heading.after * 0.75),
        subheading=replace(
            made.subheading, before=made.subheading.before * 0.75, after=made.subheading.after * 0.75
        ),
        sign_gap=made.sign_gap * 0.75,
    )


def _mirrored(made: Look) -> Look:
    names = ("body", "small", "heading", "subheading", "note")
    return replace(made, **{name: replace(getattr(made, name), align="right") for name in names})
