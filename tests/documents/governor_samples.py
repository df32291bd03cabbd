"""A governors' report in full, for the papers that are made from it."""

from __future__ import annotations

from dataclasses import replace

from smdesk.documents import governor_page, governor_report
from smdesk.documents.governor_figures import (
    CountRow,
    CountTable,
    FactTable,
    GovernorFigures,
    ReplyClock,
    Section,
    TrendTerm,
)
from smdesk.policy.suppression import Cell, Hidden
from tests.documents import samples

FEW = Hidden.FEW
_TERMS: tuple[tuple[str, Cell], ...] = (
    ("Spring term 2024", FEW),
    ("Summer term 2024", 9),
    ("Autumn term 2024", 12),
    ("Spring term 2025", 14),
    ("Summer term 2025", 12),
    ("Autumn term 2025", 21),
    ("Spring term 2026", 14),
    ("Summer term 2026", 12),
)


def full_figures() -> GovernorFigures:
    """The small sample with a trend over eight terms and sections of each sort."""
    replies = ReplyClock(18, 13, 5, 0)
    return replace(
        samples.figures(),
        trend=tuple(
            TrendTerm(title, count, 7, replies, 22, 9, FEW, so_far=title.endswith("Summer term 2026"))
            for title, count in _TERMS
        ),
        sections=(
            Section(
                "School accounts",
                "1 of 3 accounts lack something the policy asks for, as things stand today.",
                (FactTable(("Today", "Accounts"), (("Accounts in use", "3"), ("In order", "2"))),),
                "1 of 3 accounts lack something the policy asks for, as things stand today.",
            ),
            Section(
                "Letters",
                "Letters issued in the period, whatever they were about.",
                (
                    CountTable(
                        "Letter",
                        (CountRow("Written warning", 6, 5), CountRow("Notice of a block", FEW, 0)),
                        CountRow("All letters", 9, 5),
                    ),
                ),
            ),
            Section(
                "Blocks",
                "In force today: fewer than 5, of which to be looked at again by now: not shown.",
                (
                    CountTable(
                        "Blocks set in the period", (CountRow("Senders", Hidden.WITHHELD, Hidden.WITHHELD),)
                    ),
                ),
            ),
            Section("Training", "No training is on record that anybody is asked to have."),
            Section(
                "Policies due for review",
                "1 review is overdue.",
                (
                    FactTable(
                        ("Policy", "Version", "Review", "State"),
                        (("<b>Social media & more</b>", "3", "1 February 2026", "overdue"),),
                    ),
                ),
                "1 policy review is overdue.",
            ),
        ),
    )


GOVERNOR_PAPERS = {
    "governors-full": lambda: governor_report.render_bytes(full_figures()),
    "governors-page": lambda: governor_page.render_bytes(full_figures()),
}
