"""The sheet with the recovery code: printed once, kept in the school's safe. It holds no password."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from smdesk.documents import page
from smdesk.policy.words import written_day

if TYPE_CHECKING:
    from smdesk.documents.tagging import TaggedCanvas


_KEEPING = (
    "Print this sheet, seal it in an envelope, sign across the flap and lock it in the school safe.",
    "Do not photograph it, e-mail it or keep it as a file on a computer.",
    "Anyone who has both this code and the folder named below can read the records.",
    "If somebody may have seen it, tell the headteacher. Nobody can tell you the code again.",
)
_USING = (
    "Use it only when nobody who can reset passwords is able to sign in.",
    "Start SM Desk and choose “I have forgotten my password” on the sign-in page.",
    "Type the code. Capitals, spaces and hyphens do not matter, and the program says which group is mistyped.",
    "Choose a new password. It comes with a new signing key. Earlier approvals stay valid.",
)


@dataclass(frozen=True, slots=True)
class RecoveryData:
    """The code in its groups as they are typed, where the records are, and each user's name and sign-in name."""

    school: str
    made_on: date
    folder: str
    groups: tuple[str, ...]
    users: tuple[tuple[str, str, str], ...]


def render_bytes(data: RecoveryData) -> bytes:
    """The sheet as a PDF/UA-1 file. ``users`` rows are name, role, sign-in name."""
    from smdesk.documents.layout import BODY, HEADING, SMALL, TITLE, Block, ListBlock, Text
    from smdesk.documents.tables import Column, Table, TableStyle

    half = (len(data.groups) + 1) // 2
    code_style = replace(BODY, size=23, leading=28, bold=True, align="centre", after=0)
    # The program asks for a group by its number, and says by number which one is mistyped.
    number_style = replace(SMALL, align="centre", before=8, after=0, keep_with_next=True)
    code: list[Block] = []
    for first, groups in ((1, data.groups[:half]), (half + 1, data.groups[half:])):
        if groups:
            code.append(Text(f"Groups {first} to {first + len(groups) - 1}", number_style))
            code.append(Text(" - ".join(groups), code_style))
    blocks: list[Block] = [
        Text("Recovery sheet", TITLE, "H1"),
        Text(
            f"For the social media records of {data.school}. Made on {written_day(data.made_on)}.",
            replace(BODY, size=11.5, leading=16),
        ),
        Text("Recovery code", HEADING, "H2"),
        *code,
        Text("Keep it safe", HEADING, "H2"),
        ListBlock(_KEEPING),
        Text("When to use it", HEADING, "H2"),
        ListBlock(_USING, numbered=True),
        Text("Where the records are", HEADING, "H2"),
        Text(data.folder, BODY),
    ]
    if data.users:
        blocks.append(Text("Who can sign in", HEADING, "H2"))
        blocks.append(
            Table(
                [Column("Name"), Column("Role"), Column("Sign-in name")],
                data.users,
                TableStyle(row_headers=True),
            )
        )
        blocks.append(Text("No password is written here, and none should be added by hand.", SMALL))
    sheet = page.Sheet()
    foot = f"{data.school}  ·  Recovery sheet  ·  Keep in the safe"

    def each(canvas: TaggedCanvas, number: int, total: int) -> None:
        page.draw_footer(canvas, sheet, foot, number, total)

    return page.build(
        blocks,
        title=f"Recovery sheet – {data.school}",
        author=data.school,
        made_on=data.made_on,
        sheet=sheet,
        on_each=each,
    )


def render(data: RecoveryData, file: Path) -> None:
    """Write the sheet to ``file``, whole or not at all. Raises ``StorageProblem``."""
    page.save_pdf(render_bytes(data), file)
