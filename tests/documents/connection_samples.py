"""One invented example of each paper about connections (CON-1 to CON-5)."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from datetime import date

from smdesk.documents.decision_paper import DecisionPaper, Signed, Unsigned
from tests.documents.samples import letterhead

TEXTS = {
    "reason": "They are aunt and nephew and have been in touch since he was born. Nothing in it gives rise to concern.",
    "conditions": "No messages during the school day.\nNo pictures of other pupils.",
    "known_how": "Birth certificates seen by the office.",
}


def code(length: int = 1000) -> str:
    """Text of the length a signed decision's code has."""
    noise = b"".join(hashlib.sha256(f"sample {at}".encode()).digest() for at in range(length // 32 + 1))
    return "SMDESK1:" + base64.urlsafe_b64encode(noise).decode("ascii")[: length - 8]


def signed(**changes: object) -> Signed:
    made = Signed(
        school="Larkfield Primary School",
        reference="2026/C0007",
        kind="Approved",
        headline="Ms Amy Example (teacher) and Tom Example (pupil) may be connected on WhatsApp and Instagram from "
        "6 May 2026.",
        facts=(
            ("The adult", "Ms Amy Example, member of staff; joined on 1 September 2022"),
            ("The other person", "Tom Example, pupil; joined on 4 September 2024"),
            ("The adult is their", "Aunt or uncle"),
            ("Since", "Birth of the pupil"),
            ("Platforms", "WhatsApp, Instagram"),
            ("Kind of link", "Friend or contact; Messages"),
            ("Who began it", "Both, or it was there before"),
            ("Declared", "16 September 2024, late by 12 days"),
            ("Allowed from", "6 May 2026"),
            ("Review", "6 May 2027"),
            ("Policy", "Social media policy, version 3"),
        ),
        texts=(
            ("Reason", TEXTS["reason"]),
            ("Conditions", TEXTS["conditions"]),
            ("How the relationship is known", TEXTS["known_how"]),
        ),
        decider="Dr A. Hartley, Headteacher",
        decided_on=date(2026, 5, 5),
        fingerprint="7F3A 91C2 0B5E D44A 1188 C0DE 77AA 0F10",
        code=code(),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # the tests name fields of the dataclass


def unsigned(**changes: object) -> Unsigned:
    head = letterhead()
    made = Unsigned(
        address=head.address,
        phone=head.phone,
        email=head.email,
        website=head.website,
        logo=head.logo,
        standing="Signed in SM Desk with the decider’s own key.",
        record=("In force on 6 May 2026.", "Letter 2026/0007-L1 to Ms Amy Example issued on 6 May 2026."),
        printed="Printed 6 May 2026, 10:00 by Ms R. Office. Confidential: keep it with the record.",
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # the tests name fields of the dataclass


def decision(**changes: object) -> DecisionPaper:
    return DecisionPaper(signed(**changes), unsigned())
