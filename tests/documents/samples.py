"""One invented example of each paper, and names that break careless programs."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, date, datetime

from smdesk.documents import governor_report, letter, listing, recovery_sheet, timeline
from smdesk.documents.governor_figures import (
    CountRow,
    CountTable,
    GovernorFigures,
    Month,
    Removal,
    ReplyClock,
)
from smdesk.documents.letter import Approval, Bullets, Heading, LetterData, Paragraph
from smdesk.documents.page import Letterhead
from smdesk.policy.suppression import protect_overlapping, protect_partition, protect_total

HOSTILE_NAMES = (
    "<b>O'Brien & Sons",
    "</para><para>",
    '<img src="/etc/passwd"/>',
    '=HYPERLINK("x")',
    "$parent",
    "%(name)s {name} \\n &amp;",
    "Zażółć Gęślą",
    "Nguyễn Thị Hương",
    "Ștefan Țîrlea",
    "Siân Ŵyn-Ŷoung",
    "Володимир Їжак",
    "Ἀλέξανδρος",
    "王小明",
    "Featherstonehaugh-Cholmondeley-Montgomery-Wolstenholme-Marjoribanks-Throckmorton",
)
SHAPED_NAMES = (
    "محمد علی",
    "رحيم بخش خان",
    "דוד כהן",
    "রহিমা বেগম",
    "लक्ष्मी शर्मा",
    "ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ",
    "કૃષ્ણા પટેલ",
    "தமிழ்ச்செல்வி",
    "สมชาย ใจดี",
    "ሰላም ተስፋዬ",
    "ნინო ბერიძე",
    "Արամ Պետրոսյան",
)
PRINTED = datetime(2026, 5, 6, 10, 0, tzinfo=UTC)
MONTHS = ("Sep", "Oct", "Nov", "Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug")


def logo() -> bytes:
    """A small picture with see-through corners."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGBA", (120, 120), (0, 0, 0, 0))
    ImageDraw.Draw(picture).ellipse((4, 4, 116, 116), fill=(24, 62, 120, 255))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def letterhead() -> Letterhead:
    address = ("Meadow Lane", "Larkfield", "Kent ME99 1AA")
    return Letterhead(
        "Larkfield Primary School", address, "01632 960123", "office@larkfield.example", "", logo()
    )


def letter_data() -> LetterData:
    return LetterData(
        letterhead=letterhead(),
        reference="2026/0042-L1",
        date=date(2026, 5, 5),
        addressee="Mrs Jane Example",
        address=("14 Orchard Close", "Larkfield", "Maidstone", "Kent", "ME99 4ZZ"),
        salutation="Dear Mrs Example",
        heading="Written warning about posts on social media",
        body=(
            Paragraph(
                "I am writing about a post in the group “Larkfield Mums & Dads” on 28 April 2026. " * 2
            ),
            Heading("What we ask you to do"),
            Bullets(
                (
                    "Remove the post by Friday 8 May 2026.",
                    "Tell me when this is done.",
                    "Bring concerns to me.",
                )
            ),
            Paragraph("I am glad to meet you, with somebody to support you if you wish. " * 3),
        ),
        sign_name="Dr A. Hartley",
        sign_role="Headteacher",
        approval=Approval("Dr A. Hartley", date(2026, 5, 5), "7F3A 91C2 0B5E D44A"),
        footer="The school keeps a record of this letter. You may ask to see what it holds about you.",
        enclosures=("Complaints procedure",),
        copies=("School file",),
    )


def timeline_data(rows: int = 24) -> timeline.TimelineData:
    return timeline.TimelineData(
        school="Larkfield Primary School",
        reference="2026/0042",
        summary="A post in a parents’ group made untrue statements about a member of staff.",
        facts=(("Received", "28 April 2026, 16:40"), ("Platform", "Facebook, private group")),
        said="“They never listen” & <b>more</b> 😡\nSecond line",
        rows=tuple(
            timeline.TimelineRow(
                date(2026, 4, 1 + number),
                "" if number == 3 else "09:15",
                f"Step number {number}",
                "Ms R. Office",
                "Asked for the post to be removed. " * (1 + number % 4),
                "Entered twice by mistake" if number == 2 else "",
            )
            for number in range(rows)
        ),
        printed_by="Ms R. Office",
        printed_at=PRINTED,
        evidence=("screenshot-1.png, 212 KB",),
    )


def listing_data(rows: int = 60) -> listing.ListingData:
    titles = ("Reference", "Received", "Author", "Platform", "Summary", "Days")
    return listing.ListingData(
        title="Incidents",
        description="Open incidents, newest first.",
        school="Larkfield Primary School",
        printed_by="Ms R. Office",
        printed_at=PRINTED,
        columns=tuple(listing.ListColumn(title, "right" if title == "Days" else "left") for title in titles),
        rows=[
            (
                f"2026/{number:04}",
                "28 Apr 2026",
                HOSTILE_NAMES[number % 14],
                "Facebook",
                "Untrue statements",
                "3",
            )
            for number in range(rows)
        ],
    )


def recovery_data() -> recovery_sheet.RecoveryData:
    return recovery_sheet.RecoveryData(
        school="Larkfield Primary School",
        made_on=date(2026, 5, 5),
        folder=r"C:\Users\office\AppData\Local\SM Desk",
        groups=("7KQ2", "M9XD", "4RTB", "WZ8P", "H3CE", "VN6A", "5GJY", "2FSK"),
        users=(
            ("Dr A. Hartley", "Headteacher", "hartley"),
            ("Ms R. Office", "School business manager", "office"),
        ),
    )


def _partition(title: str, labels: tuple[str, ...], now: list[int], before: list[int]) -> CountTable:
    cells = zip(labels, protect_partition(now), protect_partition(before), strict=True)
    total = CountRow("Total", protect_total(sum(now)), protect_total(sum(before)))
    return CountTable(title, tuple(CountRow(*row) for row in cells), total)


def figures() -> GovernorFigures:
    labels = ("Bullying", "Impersonation or fake account", "Threatens or encourages violence")
    kinds = zip(
        labels, protect_overlapping([20, 31, 2], 47), protect_overlapping([18, 22, 0], 38), strict=True
    )
    return GovernorFigures(
        letterhead=letterhead(),
        period_title="School year 2025-26",
        previous_title="School year 2024-25",
        generated_on=date(2026, 7, 20),
        head_hash="9f2c" * 16,
        head_number=10432,
        incidents=CountRow("Recorded in the period", 47, 38),
        still_open=CountRow("Still open at the end", protect_total(3), 6),
        overdue=CountRow("Overdue at the end", 0, protect_total(1)),
        tables=(
            CountTable(
                "Kind of conduct", tuple(CountRow(*row) for row in kinds), None, "May be of several kinds."
            ),
            _partition("Who posted", ("Parent or carer", "Pupil", "Third party"), [28, 17, 2], [20, 10, 8]),
        ),
        removal=Removal(31, 1, 2.5, 6),
        removal_before=Removal(22, 1.5, 3, 8.25),
        replies=ReplyClock(18, *protect_partition([15, 3, 0])),
        replies_before=ReplyClock(15, 15, 0, 0),
        months=tuple(
            Month(f"{name} 2026", count)
            for name, count in zip(
                MONTHS, protect_partition([6, 5, 7, 3, 8, 6, 5, 0, 2, 5, 0, 0]), strict=True
            )
        ),
    )


PAPERS: dict[str, Callable[[], bytes]] = {
    "letter": lambda: letter.render_bytes(letter_data()),
    "governors": lambda: governor_report.render_bytes(figures()),
    "listing": lambda: listing.render_bytes(listing_data()),
    "timeline": lambda: timeline.render_bytes(timeline_data()),
    "recovery": lambda: recovery_sheet.render_bytes(recovery_data()),
}
