"""Draw the kept pictures anew, after looking at the change: ``python -m tests.documents.make_golden``."""

from __future__ import annotations

from pathlib import Path

from tests.documents.papers import PAPERS, PICTURES, picture_name
from tests.documents.reading import picture_of

if __name__ == "__main__":
    for name, page in PICTURES:
        picture = picture_of(PAPERS[name](), page).quantize(16)
        picture.save(Path(__file__).parent / "golden" / picture_name(name, page), optimize=True)
