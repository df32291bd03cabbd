"""What the reader of a workbook's rows does not tell: merged cells, hidden rows, formulas nobody worked out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

_MOST_ROWS: Final = 1_048_576
_MOST_WITHIN: Final = 250_000
"""Elements between the ends of two rows: of 16,384 cells with all that can stand in them, or of merged cells."""


@dataclass(slots=True)
class Survey:
    """What the row reader does not tell: cells merged downwards, hidden rows, formulas nobody worked out.

    ``merged``: first row -> (column from 0, last row).
    """

    merged: dict[int, list[tuple[int, int]]]
    hidden: int
    unworked: list[str]

    def remarks(self) -> list[str]:
        found = []
        if self.hidden:
            rows = "1 hidden row is" if self.hidden == 1 else f"{self.hidden:,} hidden rows are"
            found.append(f"{rows} read as well: a filter or a hidden row does not leave anything out.")
        if self.unworked:
            few = ", ".join(self.unworked[:5]) + (" and others" if len(self.unworked) > 5 else "")
            found.append(
                f"Formulas without a stored value count as empty (cells {few}). Open the file in Excel, save it, "
                "and read it again."
            )
        return found


def survey_of(sheet: Any) -> Survey:
    """Look once through the sheet's XML for what ``Survey`` holds."""
    from openpyxl.utils.cell import range_boundaries
    from openpyxl.xml.functions import iterparse

    found = Survey({}, 0, [])
    rows = within = 0
    with sheet._get_source() as source:
        for _, element in iterparse(source):
            tag = element.tag.rpartition("}")[2]
            within += 1
            if within > _MOST_WITHIN:
                raise ValueError("There is more in one place than any sheet holds.")
            if tag == "c":
                kinds = {child.tag.rpartition("}")[2]: child for child in element}
                value = kinds.get("v")
                # Where the answer is a text, nothing is an answer too.
                if "f" in kinds and (value is None or not (value.text or element.get("t") == "str")):
                    found.unworked.append(str(element.get("r", "?")))
            elif tag == "row":
                rows, within = rows + 1, 0
                if rows > _MOST_ROWS:
                    raise ValueError("There are more rows than any sheet holds.")
                if element.get("hidden") in ("1", "true") and len(element):
                    found.hidden += 1
                element.clear()
            elif tag == "mergeCell":
                left, top, _, bottom = range_boundaries(element.get("ref"))
                if bottom > top:
                    found.merged.setdefault(top, []).append((left - 1, bottom))
    return found
