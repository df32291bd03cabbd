"""The school's logo: what may be one, the picture that papers show, and the colour they take from it.

PNG, JPEG or SVG. What a file claims of its size is read before anything is unpacked; an SVG may not reach for anything
outside itself, and is drawn without a network and without this machine's typefaces, so that it looks the same anywhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree

from smdesk.errors import Invalid

if TYPE_CHECKING:
    from PIL import Image

    from smdesk.documents.contrast import Colour

MOST_BYTES: Final = 2 * 1024 * 1024
MOST_PIXELS: Final = 4000
"""Widest and tallest logo, in pixels: more than any printer shows at letterhead size."""

_SHOWN = 900  # points of the picture that papers show: 46 mm wide, some 500 to the inch
_MOST_DRAWN = 20_000  # elements of an SVG, repeated ones counted as often as they are drawn
_LAYER = 40
"""What a clip, a mask or a see-through group counts for: each is drawn on a sheet of its own, as large as the logo."""

_POINTS = 100  # letters of a path that count as one element
_REACHES_OUT = re.compile(r"url\(\s*['\"]?(?!['\"]?#)|@import|expression\(", re.IGNORECASE)
_REFERS = re.compile(r"url\(\s*['\"]?#([^'\")\s]+)", re.IGNORECASE)
# A few lines of these draw millions of parts, or ask for gigabytes, which ends the whole program.
_EFFECTS = frozenset({"filter", "pattern", "marker"})
_EFFECT = re.compile(r"(?:^|[;{\s])(?:filter|marker(?:-start|-mid|-end)?)\s*:\s*(?!none\b)", re.IGNORECASE)
_SEE_THROUGH = re.compile(r"(?:^|[;{\s])(?:opacity|mix-blend-mode|isolation)\s*:", re.IGNORECASE)
_RULE = re.compile(r"([^{}]*)\{([^{}]*)\}")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_LENGTH = re.compile(r"\s*([0-9]*\.?[0-9]+)\s*(px|pt|pc|mm|cm|in)?\s*")
_UNITS = {"pt": 96 / 72, "pc": 16, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96}
_SVG = "{http://www.w3.org/2000/svg}"


def fault(data: bytes) -> str:
    """What is wrong with a logo, in a sentence, or "". The type is read from the content; a name can say anything."""
    try:
        picture(data)
    except Invalid as problem:
        return problem.problems[0].message
    return ""


def preview(data: bytes, wide: int, tall: int) -> bytes:
    """The logo as a PNG that fits in ``wide`` by ``tall`` pixels. Raises ``Invalid`` as ``picture``."""
    shown = picture(data)[0].copy()
    shown.thumbnail((wide, tall))
    out = BytesIO()
    shown.save(out, "PNG")
    return out.getvalue()


@lru_cache(maxsize=4)
def picture(data: bytes) -> tuple[Image.Image, float]:
    """The logo on white, ready to draw, and its width divided by its height. Not to be changed: it is kept.

    Raises ``Invalid`` with a sentence where the bytes are no PNG, JPEG or SVG that SM Desk can show.
    """
    from PIL import Image

    if len(data) > MOST_BYTES:
        raise _unfit("The logo's file is too big: please use one of at most 2 MB.")
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        rgba, ratio = _unpacked(data, "PNG")
    elif data.startswith(b"\xff\xd8\xff"):
        rgba, ratio = _unpacked(data, "JPEG")
    elif b"<svg" in data[:4000]:
        rgba, ratio = _drawn(data)
    else:
        raise _unfit("The logo must be a PNG or JPEG picture or an SVG drawing; this file is none of them.")
    _check_shape(ratio)
    flat = Image.new("RGB", rgba.size, "white")
    flat.paste(rgba, mask=rgba.getchannel("A"))
    return flat, ratio


def shape(data: bytes) -> tuple[int, int]:
    """Width and height of the logo as small whole numbers. Raises ``Invalid`` as ``picture``."""
    from fractions import Fraction

    ratio = Fraction(picture(data)[1]).limit_denominator(5000)
    return ratio.numerator, ratio.denominator


@lru_cache(maxsize=4)
def colour_of(data: bytes) -> Colour | None:
    """The colour that stands out most in the logo, as it is there; None where it is black, white and grey. Whoever
    writes with it asks ``contrast.readable``. Raises ``Invalid`` as ``picture``.
    """
    small = picture(data)[0].copy()
    small.thumbnail((96, 96))
    shares: dict[tuple[int, int, int], list[float]] = {}
    colours = small.getcolors(96 * 96) or []
    for count, colour in colours:
        red, green, blue = colour  # type: ignore[misc]  # of an RGB picture: always three
        strongest, weakest = max(red, green, blue), min(red, green, blue)
        if strongest - weakest < 40:
            continue  # grey, white, black
        place = (red // 32, green // 32, blue // 32)
        weight = count * (strongest - weakest) / 255
        held = shares.setdefault(place, [0.0, 0.0, 0.0, 0.0])
        for at, part in enumerate((red, green, blue)):
            held[at] += part * weight
        held[3] += weight
    if not shares or sum(held[3] for held in shares.values()) < 96 * 96 * 0.002:
        return None
    best = max(shares.values(), key=lambda held: held[3])
    red, green, blue = (round(part / best[3]) / 255 for part in best[:3])
    return red, green, blue


def _unfit(sentence: str) -> Invalid:
    return Invalid.one("logo", sentence)


def _unpacked(data: bytes, kind: str) -> tuple[Image.Image, float]:
    from PIL import Image, ImageOps
    from PIL.JpegImagePlugin import JpegImageFile
    from PIL.PngImagePlugin import PngImageFile

    try:
        # The header alone gives the size, so a picture made to fill the memory is refused before it can.
        with (PngImageFile if kind == "PNG" else JpegImageFile)(BytesIO(data)) as opened:
            wide, tall = opened.size
            if wide > MOST_PIXELS or tall > MOST_PIXELS:
                raise _unfit(
                    f"The logo is {wide:,} by {tall:,} pixels: please use one of at most "
                    f"{MOST_PIXELS:,} by {MOST_PIXELS:,}."
                )
            upright = ImageOps.exif_transpose(opened)
            rgba = upright.convert("RGBA")
    except (
        OSError,
        SyntaxError,
        ValueError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise _unfit(
            "The logo's file is damaged and cannot be read. Please save it again as PNG or JPEG."
        ) from error
    ratio = rgba.width / rgba.height
    rgba.thumbnail((_SHOWN, _SHOWN))
    return rgba, ratio


def _drawn(data: bytes) -> tuple[Image.Image, float]:
    """An SVG as a picture."""
    import resvg_py
    from PIL import Image

    text, ratio = _checked(data)
    _check_shape(ratio)
    wide = round(_SHOWN * min(1.0, ratio))
    tall = round(_SHOWN / max(1.0, ratio))
    damaged = (
        "The logo's file is damaged and cannot be drawn. Please save it again as a plain SVG, or as PNG."
    )
    try:
        content = resvg_py.svg_to_bytes(
            svg_string=text, skip_system_fonts=True, dpi=96, width=wide, height=tall
        )
        with Image.open(BytesIO(bytes(content)), formats=("PNG",)) as opened:
            rgba = opened.convert("RGBA")
    except (ValueError, OSError, RuntimeError, SyntaxError, Image.DecompressionBombError) as error:
        raise _unfit(damaged) from error
    if rgba.getbbox() is None:
        raise _unfit("The logo's file draws nothing. Please save it again as a plain SVG, or as PNG.")
    # Sizes in millimetres come out a point or two off.
    return rgba if rgba.size == (wide, tall) else rgba.resize((wide, tall)), ratio


def _check_shape(ratio: float) -> None:
    if not 1 / 30 <= ratio <= 30:
        raise _unfit(
            "The logo is many times as long as it is wide. Please use one that is nearer to a square."
        )


def _checked(data: bytes) -> tuple[str, float]:
    """The text of an SVG that holds nothing it must not, and its width divided by its height."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unfit(
            "The logo is an SVG drawing in a writing SM Desk cannot read. Please save it as UTF-8."
        ) from error
    if "<!DOCTYPE" in text or "<!ENTITY" in text or "<?xml-stylesheet" in text:
        # A document type can name files, or make a few lines unfold to gigabytes.
        raise _unfit("The logo is an SVG drawing with definitions of its own. Please save it as a plain SVG.")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314  # without a document type there is nothing to unfold
    except ElementTree.ParseError as error:
        raise _unfit(
            "The logo's file is damaged and cannot be read. Please save it again as SVG or PNG."
        ) from error
    if root.tag != f"{_SVG}svg":
        raise _unfit("The logo must be a PNG or JPEG picture or an SVG drawing; this file is none of them.")
    by_id = {element.get("id"): element for element in root.iter() if element.get("id")}
    for element in root.iter():
        name = str(element.tag).removeprefix(_SVG)
        if name in ("script", "foreignObject"):
            raise _unfit("The logo is an SVG drawing with a program in it. Please save it as a plain SVG.")
        if name in ("text", "tspan", "textPath"):
            raise _unfit(
                "The logo is an SVG drawing with letters in a typeface that is not in the file. "
                "Please turn the letters into paths, or save it as PNG."
            )
        if _reaches_out(element):
            raise _unfit(
                "The logo is an SVG drawing with a picture in it or one that it fetches from elsewhere. "
                "Please save it as PNG."
            )
        if name in _EFFECTS or _has_effect(element):
            raise _unfit(
                "The logo is an SVG drawing with effects such as shadows, blurs or patterns. Please save it as PNG."
            )
    styles = _styles(root)
    if _weight(root, _Parts(by_id, styles), {}, ()) > _MOST_DRAWN:
        raise _unfit("The logo is an SVG drawing of too many parts. Please save it as PNG.")
    return text, _ratio(root)


def _ratio(root: Any) -> float:
    """From what the drawing says of its size: one drawn first could be made to fill the memory."""
    sides: list[float] = []
    box = [part for part in re.split(r"[\s,]+", root.get("viewBox", "").strip()) if part]
    for at, name in enumerate(("width", "height")):
        length = _LENGTH.fullmatch(root.get(name, ""))
        if length:
            sides.append(float(length[1]) * _UNITS.get(length[2] or "px", 1))
        elif len(box) == 4 and _LENGTH.fullmatch(box[2 + at]):
            sides.append(float(box[2 + at]))
    if len(sides) != 2 or not all(sides):
        raise _unfit("The logo is an SVG drawing that does not say how large it is. Please save it as PNG.")
    return sides[0] / sides[1]


def _reaches_out(element: Any) -> bool:
    for name, value in element.attrib.items():
        if name.rpartition("}")[2] in ("href", "src") and not value.strip().startswith("#"):
            return True
        if _REACHES_OUT.search(value):
            return True
    return bool(element.text and _REACHES_OUT.search(element.text))


def _has_effect(element: Any) -> bool:
    for name, value in element.attrib.items():
        if (name in _EFFECTS or name.startswith("marker-")) and value.strip() != "none":
            return True
        if name == "style" and _EFFECT.search(_COMMENT.sub(" ", value)):
            return True
    return False


def _styles(root: Any) -> dict[str, str]:
    """What the drawing's own style sheet says of each class. Raises ``Invalid`` for rules that cannot be followed."""
    found: dict[str, str] = {}
    for sheet in root.iter(f"{_SVG}style"):
        text = _COMMENT.sub(" ", "".join(sheet.itertext()))
        if "\\" in text or _EFFECT.search(text):
            raise _unfit(
                "The logo is an SVG drawing with effects such as shadows, blurs or patterns. Please save it as PNG."
            )
        for selectors, says in _RULE.findall(text):
            layered = _REFERS.search(says) or _SEE_THROUGH.search(says)
            for selector in selectors.split(","):
                simple = re.fullmatch(r"\s*\.([\w-]+)\s*", selector)
                if simple:
                    found[simple[1]] = f"{found.get(simple[1], '')};{says}"
                elif layered:
                    raise _unfit(
                        "The logo is an SVG drawing with a style sheet that SM Desk cannot read. Please save it as "
                        "PNG."
                    )
    return found


@dataclass(frozen=True, slots=True)
class _Parts:
    """The elements of a drawing by id, and what its style sheet says of each class."""

    by_id: dict[Any, Any]
    styles: dict[str, str]

    def said_of(self, element: Any) -> str:
        """Everything that says how the element is drawn, as one piece of style."""
        own = ";".join(
            f"{name}:{value}" for name, value in element.attrib.items() if name not in ("d", "points", "id")
        )
        classes = element.get("class", "").split()
        return ";".join([own, element.get("style", ""), *(self.styles.get(each, "") for each in classes)])


def _weight(element: Any, parts: _Parts, known: dict[Any, int], inside: tuple[Any, ...]) -> int:
    """How many elements it draws, what ``use`` repeats and what clips and masks hold counted each time. A circle counts
    as far too many.
    """
    if element in known:
        return known[element]
    if element in inside or len(inside) > 200:
        return _MOST_DRAWN + 1
    deeper = (*inside, element)
    total = 1 + (len(element.get("d", "")) + len(element.get("points", ""))) // _POINTS
    total += sum(_weight(child, parts, known, deeper) for child in element)
    said = parts.said_of(element)
    if _SEE_THROUGH.search(said):
        total += _LAYER
    targets = [
        value.strip()[1:] for name, value in element.attrib.items() if name.rpartition("}")[2] == "href"
    ]
    for target in _REFERS.findall(said):
        targets.append(target)
        total += 0 if _is_gradient(parts.by_id.get(target)) else _LAYER
    for each in dict.fromkeys(targets):
        target = parts.by_id.get(each)
        if target is not None:
            total += _weight(target, parts, known, deeper)
    known[element] = min(total, _MOST_DRAWN + 1)
    return known[element]


def _is_gradient(element: Any) -> bool:
    return element is not None and str(element.tag).endswith("Gradient")
