"""The PDF files of the sample school's policies: short, and nobody's but its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from smdesk.policy.words import written_day

SCHOOL = "Brambleford Primary School"


def policy_pdf(title: str, label: str, adopted_on: date, points: Sequence[str], approved_by: str) -> bytes:
    """One version of a policy as the school would hand it out."""
    from smdesk.documents import page
    from smdesk.documents.layout import BODY, SMALL, TITLE, Block, Text

    sheet = page.Sheet()
    blocks: list[Block] = [
        Text(title, TITLE, "H1"),
        Text(f"{SCHOOL}. Version {label}, adopted on {written_day(adopted_on)} by {approved_by}.", SMALL),
        *(Text(f"{number}. {point}", BODY) for number, point in enumerate(points, 1)),
        Text("Everything here belongs to the sample school and is invented.", SMALL),
    ]
    return page.build(
        blocks,
        title=f"{title}, version {label}",
        author=SCHOOL,
        made_on=adopted_on,
        sheet=sheet,
        on_each=lambda canvas, number, total: page.draw_footer(
            canvas, sheet, f"{title}  ·  version {label}", number, total
        ),
    )
