"""Draw the kept pictures anew, after looking at the change: ``python -m tests.documents.make_golden``."""

from __future__ import annotations

from pathlib import Path

from tests.documents.papers import PAPERS
from tests.documents.reading import picture_of

if __name__ == "__main__":
    for name, make in PAPERS.items():
        picture = picture_of(make()).quantize(16)
        picture.save(Path(__file__).parent / "golden" / f"{name}.png", optimize=True)
