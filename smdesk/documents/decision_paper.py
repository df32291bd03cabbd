"""One signed decision, about a connection or a business case, as a paper that proves itself (CON-2, ACC-2).

What the signature covers comes as ``Signed`` and is the body of the paper; what the school adds when it prints
(letterhead, what has happened since) comes as ``Unsigned`` and stands apart from it. A signed paper carries its code
twice: as a QR code to scan, and inside the file with every text in full, so that ``documents.signed_paper`` can hold
the page against what was signed. The layout is part of that comparison: change it, and raise ``FORMAT``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from smdesk.documents import page
from smdesk.documents.contrast import written
from smdesk.documents.page import Letterhead
from smdesk.documents.xmp import Ours
from smdesk.policy.words import written_day

if TYPE_CHECKING:
    from smdesk.documents.layout import Block
    from smdesk.documents.tagging import TaggedCanvas

# How much of the reason and the conditions, in lines, may go over to the next page with the signature.
_TAKEN_ALONG = 14

FORMAT = 1
SHEET = page.Sheet(bottom=16.5)
_NOT_SIGNED = "Not signed in SM Desk"
_NO_CODE = "Signed in SM Desk; this sheet carries no code"
_HOW_TO_CHECK = (
    "The file: Settings, “Check a paper”; or “smdesk verify --paper”.",
    "The sheet: scan the code with a phone, and paste its text there, or after “smdesk verify --scanned”.",
    "Compare the fingerprint with the one on record for whoever signed. No network is needed.",
)


@dataclass(frozen=True, slots=True)
class Signed:
    """What was decided. Everything here is worked out from the signed payload and the texts whose hashes it holds.

    ``headline`` says the decision in one sentence, ``facts`` are label and words, ``texts`` heading and full text
    (reason, conditions). ``code`` and ``fingerprint`` are "" where nobody signed: a decision on paper that is not
    confirmed yet, or one from before SM Desk. ``code`` alone is "" where the signed data is not all here, or is more
    than a code holds.
    """

    school: str
    reference: str
    kind: str
    headline: str
    facts: tuple[tuple[str, str], ...]
    texts: tuple[tuple[str, str], ...]
    decider: str
    decided_on: date
    fingerprint: str
    code: str
    about: str = "a connection"
    """What was decided about, with its article."""


@dataclass(frozen=True, slots=True)
class Unsigned:
    """What stands beside it. ``standing`` says where the decision comes from and what is wanting; ``record`` what
    was on record on the day of printing; ``printed`` when and by whom.
    """

    address: tuple[str, ...] = ()
    phone: str = ""
    email: str = ""
    website: str = ""
    logo: bytes | None = None
    colour: tuple[float, float, float] | None = None
    standing: str = ""
    record: tuple[str, ...] = ()
    printed: str = ""


@dataclass(frozen=True, slots=True)
class DecisionPaper:
    signed: Signed
    unsigned: Unsigned


def render_bytes(paper: DecisionPaper, texts: Mapping[str, str] | None = None) -> bytes:
    """The paper as a PDF/UA-1 and PDF/A-2a file. Equal data gives equal bytes.

    ``texts`` are the full texts behind the hashes in the payload, by the payload's names for them; they are kept in
    the file of a signed paper. Raises ``Invalid`` for an unusable logo, or a code too long to scan.
    """
    signed, unsigned = paper.signed, paper.unsigned
    sheet = SHEET
    head = Letterhead(
        signed.school,
        unsigned.address,
        unsigned.phone,
        unsigned.email,
        unsigned.website,
        unsigned.logo,
        unsigned.colour,
    )
    title = f"Decision on {signed.about.removeprefix('a ')} {signed.reference}: {signed.kind.lower()}"
    foot = f"{signed.school}  ·  {signed.reference}  ·  {signed.kind}"
    foot += f"  ·  Key {signed.fingerprint}" if signed.code else f"  ·  {_without_code(signed)}"

    def each(canvas: TaggedCanvas, number: int, total: int) -> None:
        page.draw_footer(canvas, sheet, foot, number, total)

    kept = _kept(paper, texts or {}) if signed.code else ""
    return page.build(
        _blocks(paper),
        title=f"{title} – {signed.school}",
        author=signed.school,
        made_on=signed.decided_on,
        sheet=sheet,
        first_top=39,
        on_first=page.letterhead_on(head, sheet),
        on_each=each,
        ours=Ours(signed.reference, kept),
    )


def _blocks(paper: DecisionPaper) -> list[Block]:
    from smdesk.documents.forms import Panel
    from smdesk.documents.layout import BODY, SMALL, SUBHEADING, TITLE, Style, Text, Together, taken_along
    from smdesk.documents.tables import CLOSE, Column, Table

    signed, unsigned = paper.signed, paper.unsigned
    blocks: list[Block] = [
        Text(f"Decision on {signed.about}, {signed.reference}", replace(TITLE, size=16, leading=21), "H1"),
        Panel(
            [
                Text(signed.kind, Style(size=18, leading=22, bold=True, after=2)),
                Text(signed.headline, replace(BODY, size=11.2, leading=15, after=0)),
            ]
        ),
    ]
    if not signed.code:
        blocks.append(
            Panel(
                [
                    Text(_without_code(signed), replace(BODY, bold=True, after=2)),
                    Text(unsigned.standing, replace(BODY, after=0)),
                ],
                weight=0.7,
            )
        )
    blocks.append(
        Table(
            [Column("What was decided about", share=0.32), Column("As decided", share=0.68)],
            signed.facts,
            CLOSE,
        )
    )
    texts = replace(BODY, after=4)
    for heading, words in signed.texts:
        blocks += [Text(heading, SUBHEADING, "H2"), Text(words or "None.", texts)]
    added = [unsigned.printed]
    if unsigned.record:
        added = ["Added when this was printed, and not part of what was decided:", *unsigned.record, *added]
    last: Block = Text(" ".join(added), replace(SMALL, size=8.2, leading=10.6, before=3, after=2))
    if signed.code:
        # Together, and with the reason: nobody files a second page with nothing but this on it.
        signature = Together([*_signature(signed, unsigned.standing), last])
        column = page.frame(SHEET, SHEET.top).width
        last = Together([*taken_along(blocks, column, texts.leading * _TAKEN_ALONG, groups=2), signature])
    blocks.append(last)
    return blocks


def _without_code(signed: Signed) -> str:
    return _NO_CODE if signed.fingerprint else _NOT_SIGNED


def _signature(signed: Signed, standing: str) -> list[Block]:
    from smdesk.documents import qr
    from smdesk.documents.forms import Beside
    from smdesk.documents.layout import BODY, SMALL, SUBHEADING, ListBlock, Text

    small = replace(BODY, size=8.6, leading=11.4, after=2.5)
    code = qr.figure(
        signed.code,
        f"QR code with the signed decision {signed.reference}. The same data is kept inside this file.",
    )
    words: list[Block] = [
        Text(f"{signed.decider}, {written_day(signed.decided_on)}", replace(BODY, bold=True, after=3)),
        Text(standing, small),
        Text("Fingerprint of the signing key", replace(SMALL, after=0)),
        Text(signed.fingerprint, replace(BODY, size=10.5, leading=14, bold=True, after=5)),
        Text("How to check this paper", replace(BODY, size=9.6, leading=13, bold=True, after=2)),
        ListBlock(_HOW_TO_CHECK, small, numbered=True),
    ]
    return [Text("Signature", SUBHEADING, "H2"), Beside(code, words)]


def _kept(paper: DecisionPaper, texts: Mapping[str, str]) -> str:
    unsigned = paper.unsigned
    return json.dumps(
        {
            "format": FORMAT,
            "code": paper.signed.code,
            "texts": dict(texts),
            "printed": {
                "address": list(unsigned.address),
                "phone": unsigned.phone,
                "email": unsigned.email,
                "website": unsigned.website,
                "logo": list(shape_of(unsigned.logo)),
                "colour": "" if unsigned.colour is None else written(unsigned.colour),
                "standing": unsigned.standing,
                "record": list(unsigned.record),
                "printed": unsigned.printed,
            },
        },
        ensure_ascii=True,
        sort_keys=True,
    )


def shape_of(logo: bytes | None) -> tuple[int, int]:
    """Width and height of the logo, as small whole numbers; noughts where there is none."""
    from smdesk.documents.logo import shape

    return (0, 0) if logo is None else shape(logo)


def empty_logo(wide: int, tall: int) -> bytes:
    """A white picture in the shape of a logo: a paper drawn anew to be compared is drawn without it."""
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("L", (wide, tall), 255).save(out, "PNG")
    return out.getvalue()
