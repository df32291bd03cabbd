"""Slips to sign as a school would print them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from smdesk.documents.agreement_slip import Slip, SlipsData, slips_bytes

ADOPTED = date(2025, 9, 1)


def slips() -> SlipsData:
    """A parent, a pupil, a member of staff, and one without a name."""
    return SlipsData(
        "Larkfield Primary School",
        "Please hand this slip in at the school office (01632 960123), which also answers questions.",
        date(2026, 5, 6),
        (
            Slip(
                "Acceptable use: parents and carers",
                "3",
                ADOPTED,
                "Anna <b>Quillfeather</b>",
                "Parent or carer",
            ),
            Slip("Acceptable use: pupils", "3", ADOPTED, "Sam Quillfeather", "Year 5, 5 Oak", pupil=True),
            Slip("Social media", "2026", ADOPTED, "Tim Hazel", "Member of staff", may_decline=False),
            Slip("Social media", "2026", ADOPTED),
        ),
    )


AGREEMENT_PAPERS: dict[str, Callable[[], bytes]] = {"agreement-slips": lambda: slips_bytes(slips())}
