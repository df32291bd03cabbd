"""What is due on an invented morning, with a name that breaks careless programs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from smdesk.documents import today_paper
from smdesk.documents.today_paper import DueLine, DueSection, TodayData


def today_data() -> TodayData:
    return TodayData(
        school="Larkfield",
        printed_by="Ms B. Cedar",
        printed_at=datetime(2026, 5, 5, 7, 15, tzinfo=UTC),
        summary="14 things to see to, 3 of them overdue.",
        sections=(
            DueSection(
                "Comments and messages to answer",
                (
                    DueLine(
                        "Complaint from <b>O'Brien & Sons on @brambleford on Facebook",
                        "2026/M0031. “The coaches block my drive every afternoon.”",
                        "8 hours 15 minutes overdue",
                    ),
                    DueLine(
                        "Query on @brambleford on Facebook", "2026/M0032. “When is the fair?”", "due today"
                    ),
                ),
                more=9,
            ),
            DueSection(
                "Letters to sign",
                (DueLine("Written warning to Anna Quillfeather", "2026/0042. Drafted by Ms B. Cedar.", ""),),
            ),
            DueSection(
                "Training that lapses",
                tuple(
                    DueLine(
                        f"Member {place} of staff",
                        "“Online safety” counts until 12 May 2026.",
                        "due on 12 May 2026",
                    )
                    for place in range(1, 13)
                ),
            ),
        ),
    )


TODAY_PAPERS: dict[str, Callable[[], bytes]] = {"today": lambda: today_paper.render_bytes(today_data())}
