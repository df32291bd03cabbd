"""An invented case file: every kind of passage, a letter as issued, and pictures with something hidden in them."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from datetime import date

from smdesk.documents import case_file, letter
from smdesk.documents.case_file import (
    CaseFile,
    Facts,
    Grid,
    LetterSheet,
    PictureSheet,
    Points,
    Quoted,
    Section,
    Subheading,
    Words,
)
from smdesk.documents.case_file_pictures import clean
from tests.documents import samples
from tests.support.pictures import photograph


def case_file_data(pictures: int = 2, letter_pages: int = 1) -> CaseFile:
    hostile = samples.HOSTILE_NAMES + samples.SHAPED_NAMES
    chronology = tuple(
        (f"{day} May 2026\n10:1{day % 10}", f"Note: {name}\nReason: it was said at the gate", "Ms B. Cedar")
        for day, name in enumerate(hostile, start=2)
    )
    return CaseFile(
        letterhead=samples.letterhead(),
        title="Case file 2026/0042",
        subtitle="Rude comment on the village page",
        cover=(
            ("School", "Larkfield Primary School"),
            ("Names", "All names stand in this file."),
            ("Made", "6 May 2026, 11:00, by Ms B. Cedar"),
            ("Audit log at that moment", "Line 1,204, " + "01234567 89abcdef " * 4),
        ),
        notes=(
            "This file is confidential. Hand it only to whoever needs it.",
            "“smdesk verify --paper FILE” says whether a copy of it is unchanged.",
        ),
        sections=(
            Section(
                "The incident",
                (
                    Facts("About it", (("Received", "4 May 2026"), ("Posted by", "<b>O'Brien & Sons"))),
                    Subheading("What was said"),
                    Quoted("\n".join(f"Line {line}: </para><para> & $parent" for line in range(1, 41))),
                ),
            ),
            Section("What the policy advises", (Points(("Talk in person (INC-5)", "Ask for removal")),)),
            Section(
                "Everything that happened",
                (
                    Grid((("When", 0.17), ("What", 0.61), ("By whom", 0.22)), chronology),
                    Words("Times are the school's own.", small=True),
                ),
            ),
            Section(
                "Evidence",
                (
                    Grid(
                        (("Item", 0.1), ("What it is", 0.4), ("SHA-256", 0.5)),
                        tuple((str(at + 1), f"Picture {at + 1}", "abababab " * 8) for at in range(pictures)),
                        small=True,
                    ),
                ),
            ),
        ),
        letters=(
            LetterSheet(
                "Invitation to talk, 2026/L0003",
                (("Issued", "6 May 2026"), ("SHA-256", "cdcdcdcd " * 8)),
                letter_pages,
            ),
        ),
        pictures=tuple(
            PictureSheet(
                f"Item {at + 1}: screenshot",
                (("Kept", "5 May 2026, by Ms B. Cedar"), ("SHA-256", "abababab " * 8)),
                f"Picture kept as evidence, item {at + 1}.",
            )
            for at in range(pictures)
        ),
        foot="Larkfield Primary School  ·  Case file 2026/0042  ·  Confidential",
        made_on=date(2026, 5, 6),
    )


def case_file_bytes(pictures: int = 2) -> bytes:
    one = clean("post.jpg", "image/jpeg", photograph()).jpeg
    out, held = io.BytesIO(), io.BytesIO(letter.render_bytes(samples.letter_data()))
    case_file.render(case_file_data(pictures), [held], lambda _at: one, tempfile.TemporaryFile, out)
    return out.getvalue()


CASE_FILE_PAPERS: dict[str, Callable[[], bytes]] = {"case-file": case_file_bytes}
