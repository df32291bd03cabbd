"""One invented example of each paper about connections (CON-1 to CON-5)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from smdesk.documents import connection_register, decision_pack, decision_paper, declaration_form
from smdesk.documents.connection_register import RegisterData, RegisterRow
from smdesk.documents.decision_pack import DecisionBlank, PackData, PackItem, PackList
from smdesk.documents.decision_paper import DecisionPaper, Signed, Unsigned
from smdesk.documents.declaration_form import BlankForm, Declaration
from smdesk.policy.vocabulary import INITIATOR_LABELS, LINK_LABELS, RELATIONSHIP_LABELS
from tests.documents.samples import HOSTILE_NAMES, letterhead

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


def unconfirmed() -> DecisionPaper:
    return DecisionPaper(
        signed(code="", fingerprint=""),
        unsigned(
            standing="Recorded by Ms R. Office on behalf of Dr A. Hartley, Headteacher, from a paper of 5 May 2026. "
            "The headteacher has not confirmed it yet."
        ),
    )


def blank_form() -> BlankForm:
    return BlankForm(
        letterhead=letterhead(),
        made_on=date(2026, 5, 6),
        purpose="Pupils and the adults who work with the school are not connected on social media. Where there is a "
        "good reason, such as a family tie that was there before, it is declared on this form when one of the two "
        "joins the school.",
        decides="The headteacher decides, in writing. Where the headteacher is one of the two, the chair of governors "
        "does. Until then the connection is not allowed.",
        contact="Questions: the school office, office@larkfield.example, 01632 960123.",
        adults=("Member of staff", "Governor", "Volunteer", "Contractor"),
        others=("Pupil", "Former pupil", "Parent or carer", "Family of a former pupil"),
        relationships=tuple(RELATIONSHIP_LABELS.values()),
        platforms=("Facebook", "Instagram", "WhatsApp", "Snapchat", "TikTok", "YouTube", "Discord", "Roblox"),
        links=tuple(LINK_LABELS.values()),
        initiators=tuple(INITIATOR_LABELS.values()),
        decider="headteacher",
    )


def declaration() -> Declaration:
    return Declaration(
        letterhead=letterhead(),
        reference="2026/C0007",
        status="Awaiting a decision. Late by 12 days: both had joined by 4 September 2024.",
        facts=signed().facts,
        texts=(
            ("How the school knows it", TEXTS["known_how"]),
            ("Conditions proposed", TEXTS["conditions"]),
            ("Notes", ""),
        ),
        decisions=(
            (
                "2 May 2026\nMore asked for",
                "Dr A. Hartley, Headteacher\nSigned",
                "Please see the certificates.",
            ),
        ),
        printed="Printed 6 May 2026, 10:00 by Ms R. Office. Confidential: keep it with the record.",
        made_on=date(2026, 5, 6),
    )


def register(rows: int = 34) -> RegisterData:
    return RegisterData(
        letterhead=letterhead(),
        day=date(2025, 3, 3),
        rows=[
            RegisterRow(
                reference=f"2024/C{number + 1:04}",
                adult=f"{HOSTILE_NAMES[number % 14]}\nMember of staff",
                other=f"Tom {HOSTILE_NAMES[(number + 5) % 14]}\nPupil",
                relationship="Aunt or uncle",
                platforms="WhatsApp, Instagram\nFriend or contact; Messages",
                allowed="from 6 Sep 2024\nreview 6 Sep 2025"
                + ("\nuntil 20 Jul 2025" if number % 3 == 0 else ""),
                decided="Dr A. Hartley, 5 Sep 2024\nSigned, 7F3A 91C2",
                conditions="No messages during the school day." if number % 2 else "",
            )
            for number in range(rows)
        ],
        scope=("In force on the day: approved, begun, and not ended. 2 confidential entries are left out.",),
        printed="Printed 6 May 2026, 10:00 by Ms R. Office.",
        made_on=date(2026, 5, 6),
    )


FIRST_DAY = (
    "Allowed from: never before the day of this decision. Review: usually after 12 months, by 6 May 2027."
)


def pack() -> PackData:
    facts = tuple(row for row in signed().facts if row[0] not in {"Allowed from", "Review"})
    blank = DecisionBlank("headteacher", ("Approve", "Refuse", "Ask for more"), note=FIRST_DAY)
    return PackData(
        letterhead=letterhead(),
        reader="headteacher",
        items=tuple(
            PackItem(
                reference=f"2026/C000{number}",
                title=f"{name} and Tom Example",
                why="To approve or refuse. Waiting since 2 May 2026.",
                facts=facts,
                texts=(
                    ("How the school knows it", TEXTS["known_how"]),
                    ("Conditions proposed", TEXTS["conditions"]),
                ),
                notes=(
                    "The policy: pupils and adults who work with the school are not connected; an exception is for "
                    "ties that were there before (CON-2).",
                    "Declared late by 12 days: both had joined by 4 September 2024.",
                ),
                blank=blank,
            )
            for number, name in enumerate(
                ("Ms Amy Example", "Mr <b>O'Brien & Sons", "Mrs Siân Ŵyn-Ŷoung"), start=7
            )
        ),
        lists=(
            PackList(
                "Letters to sign",
                "Letters are read and signed in SM Desk, under To decide.",
                ("Letter", "To", "About", "Waiting since"),
                (("Written warning", "Mrs Jane Example", "2026/0042", "4 May 2026"),),
            ),
            PackList(
                "Incidents that wait for you",
                "Opened in SM Desk.",
                ("Incident", "What it is", "What is due", "Waiting since"),
                (
                    (
                        "2026/0051",
                        "A post about a colleague",
                        "Handle under the code of conduct",
                        "1 May 2026",
                    ),
                ),
            ),
        ),
        left_out=("1 confidential matter: it is seen in SM Desk only.",),
        printed="Printed 6 May 2026, 10:00 by Ms R. Office. Confidential: hand it over in person.",
        made_on=date(2026, 5, 6),
    )


CONNECTION_PAPERS: dict[str, Callable[[], bytes]] = {
    "decision": lambda: decision_paper.render_bytes(decision(), TEXTS),
    "decision-unsigned": lambda: decision_paper.render_bytes(unconfirmed()),
    "declaration-form": lambda: declaration_form.form_bytes(blank_form()),
    "declaration": lambda: declaration_form.declaration_bytes(declaration()),
    "register": lambda: connection_register.render_bytes(register()),
    "pack": lambda: decision_pack.render_bytes(pack()),
}
