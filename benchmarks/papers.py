"""The tagged letter and the governors' report against the same pages in plain ReportLab."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from pypdfium2 import PdfDocument
from sqlalchemy import select

from benchmarks import plain_papers, schools
from benchmarks.measure import Result, in_turn
from benchmarks.schools import School
from smdesk.db.models import Letter
from smdesk.documents import letter as tagged_letter
from smdesk.documents.letter import LetterData
from smdesk.services import letter_paper, letter_state, reports
from smdesk.services.context import Context


def letter(school: School, times: int) -> list[Result]:
    """One of the sample school's own letters, cut to one page."""
    with schools.signed_in(school) as ctx:
        data = _one_page(ctx)
    floor, ours = in_turn(lambda: plain_papers.letter(data), lambda: tagged_letter.render_bytes(data), times)
    return [Result("tagged one-page letter", school.size, floor, ours, 1.4)]


def _one_page(ctx: Context) -> LetterData:
    """The first issued letter, with as much of its text as fits one page, tagged and untagged."""
    with ctx.database.reading() as session:
        row = session.scalars(select(Letter).where(Letter.status == "issued").order_by(Letter.id)).first()
        assert row is not None
        data = letter_paper.paper(session, row, letter_state.edit_of(row), ctx.today())
    while any(_pages(make(data)) > 1 for make in (plain_papers.letter, tagged_letter.render_bytes)):
        data = replace(data, body=data.body[:-1])
    return data


def _pages(pdf: bytes) -> int:
    with contextlib.closing(PdfDocument(pdf)) as document:
        return len(document)


def governor_report(school: School, times: int) -> list[Result]:
    """The report on the last whole school year, with the year before it, counted and printed to a file."""
    with (
        schools.signed_in(school) as ctx,
        schools.bare(school) as connection,
        tempfile.TemporaryDirectory(prefix="smdesk-bench-") as place,
    ):
        years = [each for each in reports.periods(ctx) if each.kind == "year"]
        period = next((each for each in years if each.end < ctx.today()), years[0])
        with _overheard(ctx) as said:
            figures = reports.governor_figures(ctx, period)
        queries = [text for text in said if text.lstrip().upper().startswith("SELECT")]
        file, plain = Path(place) / "report.pdf", Path(place) / "plain.pdf"

        def floor() -> None:
            connection.execute("BEGIN")
            for query in queries:
                connection.execute(query).fetchall()
            connection.execute("COMMIT")
            plain.write_bytes(plain_papers.report(figures))

        floor_ms, ours_ms = in_turn(floor, lambda: reports.governor_pdf(ctx, period, file), times)
        pages = [_pages(each.read_bytes()) for each in (plain, file)]
    if abs(pages[0] - pages[1]) > 1:
        raise ValueError(
            f"The two reports have {pages[0]} and {pages[1]} pages: they are not the same pages."
        )
    return [Result("governor report on a school year", school.size, floor_ms, ours_ms, 2.0)]


@contextlib.contextmanager
def _overheard(ctx: Context) -> Iterator[list[str]]:
    """Every statement the program's connections run meanwhile, its values filled in."""
    said: list[str] = []
    from sqlalchemy import event

    engine = ctx.database._engine

    def listen(connection: Any, *_more: object) -> None:
        connection.set_trace_callback(said.append)

    def stop(connection: Any, *_more: object) -> None:
        connection.set_trace_callback(None)

    event.listen(engine, "checkout", listen)
    event.listen(engine, "checkin", stop)
    try:
        yield said
    finally:
        event.remove(engine, "checkout", listen)
        event.remove(engine, "checkin", stop)
