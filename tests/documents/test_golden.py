"""The look of each paper, its first page above all, compared with a kept picture. ``make_golden`` draws them anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from smdesk.documents import letter
from tests.documents.papers import PAPERS, PICTURES, picture_name
from tests.documents.reading import picture_of
from tests.documents.samples import letter_data

FOLDER = Path(__file__).parent / "golden"
# Share of the page that may differ clearly: smoothing of edges differs a little between machines.
TOLERANCE = 0.004


def difference(one: Image.Image, other: Image.Image) -> float:
    """The share of points whose grey differs by more than a fifth of the scale."""
    if one.size != other.size:
        return 1.0
    histogram = ImageChops.difference(one, other).histogram()
    return sum(histogram[52:]) / (one.width * one.height)


@pytest.mark.parametrize(("name", "page"), PICTURES)
def test_a_page_looks_as_kept(name: str, page: int) -> None:
    with Image.open(FOLDER / picture_name(name, page)) as kept:
        assert difference(picture_of(PAPERS[name](), page), kept.convert("L")) <= TOLERANCE


def test_a_changed_page_is_noticed() -> None:
    data = letter_data()
    with Image.open(FOLDER / "letter.png") as kept:
        grey = kept.convert("L")
        moved = letter.render_bytes(replace(data, body=data.body[1:]))
        assert difference(picture_of(moved), grey) > TOLERANCE
        draft = letter.render_bytes(replace(data, reference=None))
        assert difference(picture_of(draft), grey) > 0
