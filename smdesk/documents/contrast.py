"""Whether a colour can be read on white paper (WCAG 2: contrast of text), and how dark it must be for that."""

from __future__ import annotations

Colour = tuple[float, float, float]
"""Red, green and blue, each from 0 to 1."""

ENOUGH = 4.5
"""For text of ordinary size."""

ENHANCED = 7.0
"""For readers who need more."""


def on_white(colour: Colour) -> float:
    """How much the colour stands out from white: 1 not at all, 21 black."""
    return 1.05 / (_luminance(colour) + 0.05)


def readable(colour: Colour, least: float = ENOUGH) -> Colour:
    """The colour itself where it can be read on white, else the lightest shade of it that can."""
    if on_white(colour) >= least:
        return colour
    light, dark = 1.0, 0.0
    for _step in range(24):
        middle = (light + dark) / 2
        if on_white(_shade(colour, middle)) >= least:
            dark = middle
        else:
            light = middle
    # Rounded down to what a file can hold, so that it holds there as well.
    red, green, blue = (int(part * 255) / 255 for part in _shade(colour, dark))
    return red, green, blue


def written(colour: Colour) -> str:
    """As “#183e78”."""
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)


def read(text: str) -> Colour:
    """The colour written as “#183e78”. Raises ``ValueError`` for anything else."""
    if len(text) != 7 or text[0] != "#" or not all(char in "0123456789abcdefABCDEF" for char in text[1:]):
        raise ValueError(f"{text!r} is not a colour")
    red, green, blue = (int(text[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _shade(colour: Colour, share: float) -> Colour:
    red, green, blue = (part * share for part in colour)
    return red, green, blue


def _luminance(colour: Colour) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
