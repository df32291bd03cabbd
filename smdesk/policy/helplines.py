"""Helplines and authorities that are told or asked for help, as dated data a school can edit (PPL-4, INC-6, INC-7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from smdesk.policy.platforms import Status
from smdesk.policy.reading import Table, toml_table
from smdesk.policy.vocabulary import Step


@dataclass(frozen=True, slots=True)
class Helpline:
    """One helpline or authority. ``phone``, ``email`` and ``url`` are empty where the school has to fill them in.

    ``steps`` are the steps of the advice that lead to it.
    """

    code: str
    label: str
    purpose: str
    phone: str
    email: str
    url: str
    hours: str
    first: str
    steps: tuple[Step, ...]
    source: str
    effective_from: date | None
    checked_on: date
    status: Status


def parse_helplines(text: str) -> tuple[Helpline, ...]:
    """Read the list of helplines from TOML. Raises ``Invalid`` naming the table and key at fault."""
    top = Table(toml_table(text, "The list of helplines"))
    helplines: list[Helpline] = []
    for table in top.tables("helpline"):
        helpline = Helpline(
            code=table.text("code", longest=40),
            label=table.text("label", longest=120),
            purpose=table.text("purpose", longest=600),
            phone=table.text("phone", longest=120, empty=True),
            email=table.text("email", longest=120, empty=True),
            url=table.text("url", longest=300, empty=True),
            hours=table.text("hours", longest=120, empty=True),
            first=table.text("first", longest=400, empty=True),
            steps=table.codes("steps", Step),
            source=table.text("source", longest=300),
            effective_from=table.day("effective_from") if table.has("effective_from") else None,
            checked_on=table.day("checked_on"),
            status=table.code("status", Status),
        )
        table.done()
        if any(helpline.code == earlier.code for earlier in helplines):
            raise table.refusal("code", f"the helpline '{helpline.code}' is listed twice.")
        helplines.append(helpline)
    top.done()
    return tuple(helplines)


def for_step(helplines: Iterable[Helpline], step: Step) -> tuple[Helpline, ...]:
    """The helplines a step leads to, in the order of the list."""
    return tuple(helpline for helpline in helplines if step in helpline.steps)
