"""What is said about a school, as it would be printed for a meeting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

from smdesk.documents.reputation_trend import MonthLine, RatingLine, TrendData, render_bytes

COUNTS = (
    (3, 1, 0),
    (2, 0, 1),
    (0, 0, 0),
    (5, 2, 1),
    (1, 3, 12),
    (4, 1, 2),
    (2, 2, 0),
    (1, 0, 0),
    (0, 4, 1),
    (2, 2, 2),
)


def trend() -> TrendData:
    """Seven months with a bad January, two places that are rated, and a name that looks like markup."""
    months = [
        MonthLine(date(2025 + (8 + at) // 12, (8 + at) % 12 + 1, 1), *counts)
        for at, counts in enumerate(COUNTS)
    ]
    ratings = [
        RatingLine("Google reviews", date(2025, 9, 8), 43),
        RatingLine("Google reviews", date(2025, 11, 3), 44),
        RatingLine("Google reviews", date(2026, 1, 19), 37),
        RatingLine("Google reviews", date(2026, 3, 9), 39),
        RatingLine("Schools <b>compared</b>", date(2025, 10, 6), 30),
        RatingLine("Schools <b>compared</b>", date(2026, 2, 2), 35),
    ]
    findings = [
        (
            "2026/R0009",
            "9 Mar 2026",
            "Google reviews",
            "Praise",
            "The new head of music is a gift.",
            "Thank them",
        ),
        (
            "2026/R0008",
            "2 Mar 2026",
            "Local groups",
            "Criticism",
            "Who <i>ever</i> locks the gate?",
            "To decide",
        ),
        ("2026/R0007", "23 Jan 2026", "Local groups", "Criticism", "Handed over to an incident", "Incident"),
    ]
    return TrendData(
        title="School year 2025-26",
        first=date(2025, 9, 1),
        last=date(2026, 6, 30),
        school="Larkfield Primary School",
        printed_by="Ms B. Cedar",
        printed_at=datetime(2026, 7, 1, 9, 30, tzinfo=UTC),
        months=months,
        ratings=ratings,
        findings=findings,
        more=6,
    )


REPUTATION_PAPERS: dict[str, Callable[[], bytes]] = {"reputation": lambda: render_bytes(trend())}
