"""DOC-2: what all papers print together, solved as linear equations, gives no small count away."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from smdesk.db.models import AccountMessage, Block, Finding, Incident, IncidentConduct, School, WatchedPlace
from smdesk.documents import governor_book, governor_page
from smdesk.documents.governor_chapters import text_of
from smdesk.documents.governor_figures import GovernorFigures
from smdesk.policy import suppression
from smdesk.policy.suppression import Cell, Hidden
from smdesk.services import accounts, periods, reports
from smdesk.services.account_records import AccountDraft
from smdesk.services.report_counts import Counts
from smdesk.services.report_protection import Protected
from tests.documents.reading import text_of as words_of
from tests.support import equations
from tests.support.equations import Equations, small_ones_given_away
from tests.support.school import SmallSchool

TERMS = [
    periods.parse_period(each)
    for each in ("2024 autumn", "2025 spring", "2025 summer", "2025 autumn", "2026 spring", "2026 summer")
]
YEARS = [periods.parse_period("2024-25"), periods.parse_period("2025-26")]


def logged(school: SmallSchool, seed: int) -> None:
    """Two school years in which small counts are everywhere: few incidents, one sort of them far more often."""
    dice = random.Random(seed)  # noqa: S311 - dice for invented records
    account = accounts.save(
        school.ctx_for("business_manager"), AccountDraft(platform="facebook", handle="@hedgehogpost")
    ).id
    number = 1000
    with school.database.writing() as db:
        profile = db.scalars(select(School.profile_id)).one()
        by = school.users["business_manager"]
        place = WatchedPlace(name="Google reviews", kind="reviews")
        db.add(place)
        db.flush()
        for term in TERMS:
            days = (term.end - term.start).days

            def moment() -> datetime:
                day = term.start + timedelta(days=dice.randrange(days))  # noqa: B023 - called within this round
                return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)

            sorts = dice.choice(
                [["parent"], ["parent"] * 9 + ["pupil"], ["parent", "pupil", "staff", "governor"]]
            )
            for _ in range(dice.choice([0, 2, 4, 6, 11, 25])):
                number += 1
                received = moment()
                is_open = dice.random() < 0.25
                owed = dice.random() < 0.3
                row = Incident(
                    year=2030,
                    number=number,
                    received_at=received,
                    logged_at=received,
                    logged_by=by,
                    summary="x",
                    profile_id=profile,
                    status="open" if is_open else "closed",
                    confidentiality="normal",
                    author_kind=dice.choice(sorts),
                    platform=dice.choice(["facebook"] * 5 + ["whatsapp", "tiktok", ""]),
                    stage=dice.choice(["", "talk", "talk", "ask_removal"]),
                    next_due=received if is_open and dice.random() < 0.6 else None,
                    reply_by=received if owed else None,
                    replied_at=dice.choice([None, received, received + timedelta(days=1)]) if owed else None,
                    removed_on=received.date() if dice.random() < 0.7 else None,
                )
                db.add(row)
                db.flush()
                kinds = dice.sample(["abusive", "bullying", "defamation"], dice.choice([0, 1, 1, 1, 2]))
                if kinds:
                    db.execute(
                        insert(IncidentConduct), [{"incident_id": row.id, "conduct": k} for k in kinds]
                    )
            for _ in range(dice.choice([0, 3, 7, 20])):
                number += 1
                received = moment()
                kind = dice.choice(["query"] * 5 + ["comment", "complaint", "praise"])
                db.add(
                    AccountMessage(
                        year=2030,
                        number=number,
                        account_id=account,
                        received_at=received,
                        kind=kind,
                        said="x",
                        profile_id=profile,
                        due_at=None if kind == "praise" else received,
                        replied_at=dice.choice([None, received, received + timedelta(days=2)]),
                        recorded_by=by,
                        recorded_at=received,
                    )
                )
            for _ in range(dice.choice([0, 1, 4, 5, 9])):
                db.add(
                    Block(
                        who="x",
                        reason="x",
                        since_on=moment().date(),
                        recorded_by=by,
                        recorded_at=moment(),
                    )
                )
            for _ in range(dice.choice([0, 2, 6, 14])):
                number += 1
                db.add(
                    Finding(
                        year=2030,
                        number=number,
                        place_id=place.id,
                        found_on=moment().date(),
                        tone=dice.choice(["praise"] * 6 + ["neutral", "criticism"]),
                        said="x",
                        recorded_by=by,
                        recorded_at=moment(),
                    )
                )


def all_papers(school: SmallSchool) -> list[GovernorFigures]:
    ctx = school.ctx_for("governor")
    return [reports.governor_figures(ctx, period) for period in (*TERMS, *YEARS)]


def lines_of(papers: list[GovernorFigures]) -> dict[str, set[str]]:
    """Every line a table has on any paper."""
    found: dict[str, set[str]] = {}
    for figures in papers:
        for table, line, _ in equations.printed(figures)[0]:
            found.setdefault(table, set()).add(line)
    for table in (*equations.TOTALS, "Month"):
        found.setdefault(table, set())
    return found


def rows_in(file: Path) -> list[list[object]]:
    """Every row of every sheet of a workbook."""
    from openpyxl import load_workbook

    book = load_workbook(file)
    return [
        [cell.value for cell in row if cell.value is not None] for sheet in book for row in sheet.iter_rows()
    ]


@pytest.mark.parametrize("seed", [*range(11), 190])
def test_all_reports_together_give_no_small_count_away(school: SmallSchool, seed: int) -> None:
    school.clock.now = datetime(2026, 9, 20, 9, 0, tzinfo=UTC)
    logged(school, seed)
    papers = all_papers(school)
    lines = lines_of(papers)
    assert any(
        isinstance(cell, Hidden) for figures in papers for cell in equations.printed(figures)[0].values()
    )
    system = equations.equations(papers, lines)
    assert small_ones_given_away(system, 5) == []
    # Nor is a small one narrowed down: each could still be any small number.
    known = system.bounds(5)
    for group in system.few:
        if len(group) == 1:
            low, high = known[group[0]]
            assert low <= 1, group
            assert high >= 4, group


def only_the_small(counts: Sequence[int], threshold: int = 5, **_more: object) -> tuple[Cell, ...]:
    """What a careless report would do: hide the small ones and nothing beside them."""
    return tuple(Hidden.FEW if suppression.is_small(count, threshold) else count for count in counts)


def each_by_itself(
    parts: Sequence[Sequence[int]], totals: Sequence[int], threshold: int = 5, *, overlapping: bool = False
) -> tuple[Cell, ...]:
    """Or protect a year as though nobody had its terms' reports."""
    return suppression.protect_partition([sum(each) for each in zip(*parts, strict=True)], threshold)


@pytest.mark.parametrize(
    ("name", "careless"), [("protect_partition", only_the_small), ("protect_sums", each_by_itself)]
)
def test_a_careless_report_is_found_out(
    school: SmallSchool, monkeypatch: pytest.MonkeyPatch, name: str, careless: Callable[..., object]
) -> None:
    """A search that finds nothing in any papers would hold nothing."""
    school.clock.now = datetime(2026, 9, 20, 9, 0, tzinfo=UTC)
    logged(school, 3)
    monkeypatch.setattr(suppression, name, careless)
    papers = all_papers(school)
    assert small_ones_given_away(equations.equations(papers, lines_of(papers)), 5)


def test_simple_equations_are_solved() -> None:
    system = Equations()
    a, b, c = (("Kind", each, "2026 spring") for each in "abc")
    system.add({a: 1, b: 1, c: 1}, 12)
    system.add({a: 1, b: 1}, 9)
    assert system.solved([c]) == 3
    assert system.solved([a]) is None
    assert ([c], 3) in small_ones_given_away(system, 5)
    assert small_ones_given_away(system, 3) == []


def test_the_page_and_the_workbook_print_the_same_cells(school: SmallSchool, tmp_path: Path) -> None:
    import pypdfium2

    school.clock.now = datetime(2026, 9, 20, 9, 0, tzinfo=UTC)
    logged(school, 5)
    for period in (TERMS[4], YEARS[1]):
        figures = reports.governor_figures(school.ctx_for("governor"), period)
        file = tmp_path / "book.xlsx"
        governor_book.render(figures, file)
        found = [[str(cell) for cell in row] for row in rows_in(file)]
        for grid in equations.grids(figures):
            for row in grid.rows:
                plain = [
                    f"{value:g}"
                    if isinstance(value, float)
                    else text_of(value, figures.threshold).replace(",", "")
                    for value in row
                ]
                assert any(
                    [cell.replace(",", "") for cell in line[: len(plain)]] == plain for line in found
                ), plain
        page = governor_page.render_bytes(figures)
        document = pypdfium2.PdfDocument(page)
        assert len(document) == 1
        document.close()
        said = words_of(page)
        for term in figures.trend:
            cells = (
                term.incidents,
                term.removed,
                term.replies.due,
                term.replies.in_time,
                term.messages,
                term.praise,
                term.criticism,
            )
            assert " ".join(text_of(cell, figures.threshold, narrow=True) for cell in cells) in said


def test_reports_made_before_change_nothing(school: SmallSchool, tmp_path: Path) -> None:
    school.clock.now = datetime(2026, 9, 20, 9, 0, tzinfo=UTC)
    logged(school, 8)
    fresh = [equations.printed(each) for each in all_papers(school)]
    for period in (*YEARS, *TERMS):
        reports.governor_pdf(school.ctx_for("governor"), period, tmp_path / "report.pdf")
    assert [equations.printed(each) for each in all_papers(school)] == fresh


def test_messages_are_not_told_where_they_would_leave_a_few_incidents() -> None:
    spring = TERMS[1]

    def told(in_time: int) -> tuple[object, object]:
        counts = Counts(total=30)
        counts.message.update(query=12, praise=6)
        counts.reply.update(in_time=in_time)
        found = Protected(spring, {spring.label: counts}, 5)
        return found.messages(["query", "praise"])[0], found.replies().due

    assert told(12) == (18, 12)
    assert told(14) == (Hidden.WITHHELD, 14)
    assert told(10) == (Hidden.WITHHELD, 10)
    assert told(17) == (18, 17)


def test_where_what_is_open_is_withheld_nothing_untrue_is_said_of_what_is_overdue() -> None:
    """Two are closed: how many are open would tell it. Twelve overdue are not "fewer than 5"."""
    spring = TERMS[1]

    def told(still_open: int, overdue: int) -> tuple[object, object]:
        counts = Counts(total=20, open=still_open, overdue=overdue)
        return Protected(spring, {spring.label: counts}, 5).open_cells()

    assert told(18, 12) == (Hidden.WITHHELD, Hidden.WITHHELD)
    assert told(18, 0) == (Hidden.WITHHELD, Hidden.WITHHELD)
    assert told(2, 2) == (Hidden.FEW, Hidden.FEW)
    assert told(2, 0) == (Hidden.FEW, 0)
    assert told(20, 0) == (20, 0)
    assert told(12, 6) == (12, 6)
