"""Slips to acknowledge a policy on paper: two to a page where they fit, each complete in itself once cut apart (AUP-1).

A parent or pupil finds a box for not agreeing beside the one for agreeing: declining is a choice, and is noted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from smdesk.documents import page
from smdesk.documents.page import Progress, no_progress
from smdesk.policy.words import written_day

if TYPE_CHECKING:
    from smdesk.documents.layout import Block


_CUT = 28.0
"""Between two slips, in points: room for the scissors."""
_ROOM = page.Sheet(left=18, right=18, top=11, bottom=17)


@dataclass(frozen=True, slots=True)
class Slip:
    """One slip. Empty ``name`` and ``about`` leave lines to write on. ``about`` tells namesakes apart."""

    policy: str
    version: str
    adopted_on: date
    name: str = ""
    about: str = ""
    may_decline: bool = True
    pupil: bool = False
    """A parent or carer signs beside them."""


@dataclass(frozen=True, slots=True)
class SlipsData:
    """The slips of one print. ``contact`` says where they go back to and who answers questions."""

    school: str
    contact: str
    made_on: date
    slips: tuple[Slip, ...]


def slips_bytes(
    data: SlipsData, progress: Progress = no_progress, cancelled: Callable[[], bool] = lambda: False
) -> bytes:
    """The slips as a PDF/UA-1 file. ``progress`` hears pages. Raises ``Cancelled``."""
    from smdesk.documents.layout import SMALL, Text

    sheet = _ROOM
    policies = list(dict.fromkeys(slip.policy for slip in data.slips))
    title = f"{policies[0] if len(policies) == 1 else 'Policies'}: slips to sign"
    blocks: list[Block] = [Text(title, replace(SMALL, after=0), "H1")]
    for slip in data.slips:
        blocks.append(_slip(slip, data))
        progress(0, 0)  # for thousands this takes as long as the pages do: whoever waits may want to stop
    return page.build(
        blocks,
        title=f"{title} – {data.school}",
        author=data.school,
        made_on=data.made_on,
        sheet=sheet,
        on_each=lambda canvas, number, total: page.draw_footer(
            canvas, sheet, f"{data.school}  ·  {title}", number, total
        ),
        progress=progress,
        cancelled=cancelled,
    )


def _slip(slip: Slip, data: SlipsData) -> Block:
    from smdesk.documents.forms import Entry, Fields, Panel, Ticks
    from smdesk.documents.layout import BODY, MM, SMALL, TITLE, Text

    body = replace(BODY, size=10, leading=13.6, after=4)
    title = replace(TITLE, size=14, leading=18, after=2)
    small = replace(SMALL, after=0)
    panel = Panel(
        [
            Text(data.school, replace(SMALL, after=1)),
            Text(slip.policy, title, "H2"),
            Text(f"Version {slip.version}, in use since {written_day(slip.adopted_on)}", body),
            Fields(Entry("Name", 1.0, slip.name), tall=24),
            Fields(Entry(_who(slip), 1.0, slip.about), tall=24),
            Text(_statement(slip), replace(body, before=8)),
            Ticks(_choices(slip), 1),
            *_signatures(slip),
            Text(data.contact, replace(small, before=8)),
            Fields(Entry("For the office: entered on", 0.5), Entry("by", 0.5), tall=24),
        ],
        weight=0.7,
    )
    # The middle of the page lies between the two, so that a stack of pages is cut with one stroke.
    wide, high = _ROOM.size
    half = high / 2 - _ROOM.top * MM + _CUT / 2
    panel.after = max(_CUT, half - panel.height(wide - (_ROOM.left + _ROOM.right) * MM))
    return panel


def _who(slip: Slip) -> str:
    if not slip.name:
        return "Class, or at the school as"
    return "Class" if slip.pupil else "At the school as"


def _statement(slip: Slip) -> str:
    if slip.pupil:
        return "I have read this, or somebody has gone through it with me. I could ask what I did not understand."
    return "I have been given this policy, have read it and could ask about anything in it."


def _choices(slip: Slip) -> Sequence[str]:
    agrees = "I understand it and will keep to it"
    return (
        (agrees, "I do not wish to sign it. This is noted; it is my choice")
        if slip.may_decline
        else (agrees,)
    )


def _signatures(slip: Slip) -> list[Block]:
    from smdesk.documents.forms import Entry, Fields

    lines: list[Block] = [Fields(Entry("Signed", 0.66), Entry("Date", 0.34), tall=30)]
    if slip.pupil:
        lines.append(Fields(Entry("Parent or carer", 0.66), Entry("Date", 0.34), tall=30))
    return lines
