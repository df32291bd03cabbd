"""The governors' report: every figure against an independent count, and nothing that points at a person."""

from __future__ import annotations

import random
import statistics
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from smdesk.db import audit
from smdesk.db.models import AuditEntry, Incident, IncidentConduct, School
from smdesk.documents import governor_report
from smdesk.documents.governor_figures import GovernorFigures
from smdesk.errors import Cancelled, Invalid, NotAllowed
from smdesk.policy.suppression import Hidden
from smdesk.policy.vocabulary import CONDUCT_LABELS, KIND_LABELS, Conduct, PersonKind, Step
from smdesk.services import periods, reports
from smdesk.services.context import LOCAL
from tests.documents.reading import text_of
from tests.support.school import SmallSchool

AUTUMN = periods.parse_period("2025 autumn")
SPRING = periods.parse_period("2026 spring")
YEAR = periods.parse_period("2025-26")


def fill(school: SmallSchool, count: int, first: date, last: date, seed: int = 7) -> None:
    """Incidents of every sort, straight into the tables: the figures must not depend on who wrote them."""
    dice = random.Random(seed)  # noqa: S311 - dice for invented records
    with school.database.writing() as db:
        profile = db.scalars(select(School.profile_id)).one()
        start = (db.scalar(select(Incident.number).order_by(Incident.number.desc()).limit(1)) or 0) + 1
        for place in range(count):
            days = (last - first).days + 1
            local = datetime(first.year, first.month, first.day, tzinfo=LOCAL) + timedelta(
                days=dice.randrange(days), minutes=dice.randrange(1440)
            )
            received = local.astimezone(UTC).replace(second=0)
            owed = dice.random() < 0.4
            reply_by = received + timedelta(hours=24)
            replied = dice.choice(
                [None, reply_by - timedelta(hours=3), reply_by, reply_by + timedelta(hours=2)]
            )
            is_open = dice.random() < 0.4
            row = Incident(
                year=2030,
                number=start + place,
                received_at=received,
                logged_at=received,
                logged_by=school.users["business_manager"],
                summary="x",
                profile_id=profile,
                status="open" if is_open else "closed",
                confidentiality=dice.choice(["normal", "safeguarding", "staff"]),
                author_kind=dice.choice(["parent"] * 6 + ["pupil"] * 3 + ["third_party"]),
                platform=dice.choice(["facebook", "facebook", "whatsapp", "Mr Example's own page", ""]),
                stage=dice.choice(["", "talk", "ask_removal", "written_warning"]),
                next_due=received + timedelta(days=3) if is_open and dice.random() < 0.5 else None,
                reply_by=reply_by if owed else None,
                replied_at=replied if owed else None,
                removed_on=local.date() + timedelta(days=dice.randrange(9)) if dice.random() < 0.6 else None,
            )
            db.add(row)
            db.flush()
            kinds = dice.sample(["abusive", "bullying", "defamation"], dice.randrange(3))
            if kinds:
                db.execute(
                    insert(IncidentConduct), [{"incident_id": row.id, "conduct": each} for each in kinds]
                )


def in_period(school: SmallSchool, period: periods.Period) -> list[tuple[Incident, set[str]]]:
    """The period's incidents, picked in Python by the day it was at the school."""
    with school.database.reading() as db:
        conduct: dict[int, set[str]] = {}
        for row in db.scalars(select(IncidentConduct)):
            conduct.setdefault(row.incident_id, set()).add(row.conduct)
        return [
            (row, conduct.get(row.id, set()))
            for row in db.scalars(select(Incident))
            if period.start <= row.received_at.astimezone(LOCAL).date() <= period.end
        ]


def table(figures: GovernorFigures, title: str) -> dict[str, object]:
    return {row.label: row.now for each in figures.tables if each.title == title for row in each.rows}


def make(school: SmallSchool, period: periods.Period, threshold: int = 5) -> GovernorFigures:
    with school.database.writing() as db:
        row = db.scalars(select(School)).one()
        row.settings = {**row.settings, "small_numbers_threshold": threshold}
    return reports.governor_figures(school.ctx_for("governor"), period)


@pytest.mark.parametrize("period", [AUTUMN, SPRING, YEAR], ids=lambda period: period.label)
def test_each_figure_equals_an_independent_count(school: SmallSchool, period: periods.Period) -> None:
    school.clock.now = datetime(2026, 9, 20, 9, 0, tzinfo=UTC)
    fill(school, 900, date(2025, 7, 1), date(2026, 9, 15))
    # With a threshold of 3 and this many incidents nothing has to be hidden, so every number can be compared.
    figures = make(school, period, threshold=3)
    rows = in_period(school, period)
    incidents = [row for row, _ in rows]
    assert len(incidents) > 100
    assert figures.incidents.now == len(incidents)
    still_open = [row for row in incidents if row.status == "open"]
    assert figures.still_open.now == len(still_open)
    now = school.clock.now
    assert figures.overdue.now == sum(row.next_due is not None and row.next_due < now for row in still_open)

    conduct = Counter(CONDUCT_LABELS[Conduct(each)] for _, held in rows for each in held)
    conduct["Not recorded"] = sum(not held for _, held in rows)
    assert table(figures, "What was done") == conduct
    assert table(figures, "Who posted") == Counter(
        KIND_LABELS[PersonKind(row.author_kind)] for row in incidents
    )
    names = {"facebook": "Facebook", "whatsapp": "WhatsApp", "": "Not recorded"}
    assert table(figures, "Where it was posted") == Counter(
        names.get(row.platform, "Another platform") for row in incidents
    )
    from smdesk.policy.vocabulary import STEP_LABELS

    stages = Counter(
        STEP_LABELS[Step(row.stage)] if row.stage else "No step recorded yet" for row in incidents
    )
    assert table(figures, "Furthest step taken") == stages
    months = Counter(f"{row.received_at.astimezone(LOCAL):%b %Y}" for row in incidents)
    assert {month.label: month.count for month in figures.months} == months

    days = [
        (row.removed_on - row.received_at.astimezone(LOCAL).date()).days
        for row in incidents
        if row.removed_on
    ]
    assert figures.removal.count == len(days)
    quartiles = statistics.quantiles(days, n=4, method="inclusive")
    assert [
        figures.removal.lower_quartile,
        figures.removal.median,
        figures.removal.upper_quartile,
    ] == quartiles
    owed = [row for row in incidents if row.reply_by is not None]
    assert figures.replies.due == len(owed)
    assert figures.replies.in_time == sum(
        row.replied_at is not None and row.replied_at <= (row.reply_by or now) for row in owed
    )
    assert figures.replies.waiting == sum(row.replied_at is None for row in owed)
    before = in_period(school, period.before())
    assert figures.incidents.before == (len(before) if before else None)


def test_days_are_counted_at_the_school_not_in_utc(school: SmallSchool) -> None:
    """00:30 on 1 July at the school is 23:30 on 30 June in UTC."""
    school.clock.now = datetime(2026, 7, 2, 9, 0, tzinfo=UTC)
    received = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    for _ in range(6):
        school.incident(received_at=received)
    figures = make(school, periods.parse_period("2026 summer"))
    assert {month.label: month.count for month in figures.months if month.count} == {"Jul 2026": 6}


def test_months_to_come_are_no_months_without_incidents(school: SmallSchool) -> None:
    school.clock.now = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
    school.incident(received_at=datetime(2026, 11, 2, 9, 0, tzinfo=UTC))
    figures = make(school, periods.parse_period("2026-27"))
    assert [month.label for month in figures.months] == ["Sep 2026", "Oct 2026", "Nov 2026"]
    assert figures.ends_on == date(2027, 8, 31)
    said = text_of(governor_report.render_bytes(figures))
    assert "The period is not over: it ends on 31 August 2027" in said
    assert make(school, periods.parse_period("2025-26")).ends_on is None


def test_confidential_incidents_are_counted(school: SmallSchool) -> None:
    from smdesk.services.incident_records import Confidentiality

    for _ in range(6):
        school.incident("dsl", confidentiality=Confidentiality.SAFEGUARDING)
    assert make(school, SPRING).incidents.now == 6


def test_small_counts_are_hidden_and_do_not_come_back_by_subtraction(school: SmallSchool) -> None:
    for author, count in (("anna", 9), ("sam", 2), ("teacher", 7)):
        for _ in range(count):
            school.incident(author=author)
    kinds = table(make(school, SPRING), "Who posted")
    assert kinds["Pupil"] is Hidden.FEW
    hidden = [label for label, cell in kinds.items() if isinstance(cell, Hidden)]
    assert len(hidden) >= 2
    assert kinds["Parent or carer"] == 9


def test_a_platform_a_school_typed_itself_does_not_show(school: SmallSchool) -> None:
    for _ in range(6):
        school.incident(platform="Sam Quillfeather's video channel")
    figures = make(school, SPRING)
    assert table(figures, "Where it was posted") == {"Another platform": 6}
    assert "Quillfeather" not in repr(figures)


SUMMER = periods.parse_period("2026 summer")


def posted(school: SmallSchool, on: date, parents: int, pupils: int) -> None:
    """So many incidents received on one day, by parents and by pupils."""
    for author, count in (("anna", parents), ("sam", pupils)):
        for _ in range(count):
            school.clock.now = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
            school.incident(author=author)


def test_a_year_hides_what_one_of_its_terms_hides(school: SmallSchool) -> None:
    posted(school, date(2025, 10, 1), 12, 6)
    posted(school, date(2026, 2, 3), 10, 6)
    posted(school, date(2026, 5, 12), 8, 2)
    assert [table(make(school, term), "Who posted")["Pupil"] for term in (AUTUMN, SPRING, SUMMER)] == [
        6,
        6,
        Hidden.FEW,
    ]
    year = make(school, YEAR)
    assert year.incidents.now == 44
    # 14 in the year, less 6 and 6, would be the summer's two.
    assert table(year, "Who posted")["Pupil"] is Hidden.WITHHELD


def test_a_term_with_hardly_any_incidents_silences_the_year(school: SmallSchool) -> None:
    fill(school, 60, date(2025, 9, 1), date(2025, 12, 31))
    fill(school, 2, date(2026, 1, 10), date(2026, 2, 10), seed=9)
    figures = make(school, YEAR)
    assert figures.incidents.now is Hidden.WITHHELD
    assert all(isinstance(row.now, Hidden) for each in figures.tables for row in each.rows)
    # The autumn's months stand in the autumn's own report; the spring's stay hidden.
    shown = {month.label: month.count for month in figures.months}
    assert isinstance(shown["Oct 2025"], int)
    assert shown["Jan 2026"] is Hidden.WITHHELD


def test_several_small_terms_cover_each_other_in_their_year(school: SmallSchool) -> None:
    for on, count in ((date(2025, 10, 1), 3), (date(2026, 2, 3), 2), (date(2026, 5, 12), 4)):
        posted(school, on, count, 0)
    figures = make(school, YEAR)
    assert figures.incidents.now == 9
    assert table(figures, "Who posted") == {"Parent or carer": 9}
    assert all(isinstance(month.count, Hidden) for month in figures.months)


def test_what_is_printed_does_not_depend_on_what_was_printed_before(
    school: SmallSchool, tmp_path: Path
) -> None:
    posted(school, date(2025, 10, 1), 12, 6)
    posted(school, date(2026, 2, 3), 10, 6)
    posted(school, date(2026, 5, 12), 8, 2)
    fresh = [make(school, period).tables for period in (YEAR, AUTUMN, SPRING, SUMMER)]
    for period in (SUMMER, YEAR, AUTUMN):
        reports.governor_pdf(school.ctx_for("governor"), period, tmp_path / "report.pdf")
    assert [make(school, period).tables for period in (YEAR, AUTUMN, SPRING, SUMMER)] == fresh


def test_the_trend_goes_back_eight_terms_and_shows_what_their_own_reports_show(school: SmallSchool) -> None:
    fill(school, 300, date(2023, 1, 10), date(2026, 8, 20))
    school.clock.now = datetime(2026, 5, 20, 9, 0, tzinfo=UTC)
    trend = make(school, SUMMER).trend
    assert [term.title for term in trend] == [
        "Spring term 2024",
        "Summer term 2024",
        "Autumn term 2024",
        "Spring term 2025",
        "Summer term 2025",
        "Autumn term 2025",
        "Spring term 2026",
        "Summer term 2026",
    ]
    assert [term.so_far for term in trend] == [False] * 7 + [True]
    for term in trend:
        own = make(school, periods.parse_period(term.title.replace(" term", "")))
        assert (term.incidents, term.removed, term.replies) == (
            own.incidents.now,
            own.removal.count,
            own.replies,
        )


def test_a_trend_begins_with_the_first_incident(school: SmallSchool) -> None:
    posted(school, date(2025, 10, 1), 6, 0)
    assert [term.title for term in make(school, YEAR).trend] == ["Autumn term 2025"]
    school.clock.now = datetime(2026, 2, 20, 9, 0, tzinfo=UTC)
    assert [term.title for term in make(school, YEAR).trend] == ["Autumn term 2025", "Spring term 2026"]


def test_no_table_has_two_lines_of_one_name(school: SmallSchool) -> None:
    fill(school, 300, SPRING.start, SPRING.end)
    for each in make(school, SPRING).tables:
        labels = [row.label for row in each.rows]
        assert len(labels) == len(set(labels))


def test_an_empty_period_is_noughts(school: SmallSchool) -> None:
    figures = make(school, AUTUMN)
    assert figures.incidents.now == 0
    assert figures.previous_title is None
    assert [row for each in figures.tables for row in each.rows] == []


def test_the_pdf_prints_the_line_of_the_chain_that_says_it_was_made(
    school: SmallSchool, tmp_path: Path
) -> None:
    import pypdfium2

    fill(school, 40, SPRING.start, SPRING.end)
    file = tmp_path / "report.pdf"
    reports.governor_pdf(school.ctx_for("governor"), SPRING, file)
    document = pypdfium2.PdfDocument(file.read_bytes())
    text = "".join(document[n].get_textpage().get_text_range() for n in range(len(document)))
    document.close()
    with school.database.reading() as db:
        made, kept = db.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(2)).all()[::-1]
        assert audit.verify(db, expected_head=(made.seq, made.hash)) == []
    assert (made.action, made.object_id) == ("report.governors", 20261)
    assert kept.action == "paper.issued"
    assert made.hash in "".join(text.split())
    assert "Spring term 2026" in text


@pytest.mark.parametrize("login", ["leadership", "administrator"])
def test_others_get_no_figures(school: SmallSchool, login: str) -> None:
    with pytest.raises(NotAllowed):
        reports.governor_figures(school.ctx_for(login), SPRING)


def test_cancelling_writes_no_file(school: SmallSchool, tmp_path: Path) -> None:
    def stop(_done: int, _all: int) -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        reports.governor_pdf(school.ctx_for("governor"), SPRING, tmp_path / "report.pdf", stop)
    assert list(tmp_path.glob("*.pdf")) == []


@pytest.mark.parametrize(
    ("text", "start", "end", "label"),
    [
        ("2026 autumn", date(2026, 9, 1), date(2026, 12, 31), "2026 autumn"),
        ("Spring 2026", date(2026, 1, 1), date(2026, 4, 15), "2026 spring"),
        (" 2026  SUMMER ", date(2026, 4, 16), date(2026, 8, 31), "2026 summer"),
        ("2025-26", date(2025, 9, 1), date(2026, 8, 31), "2025-26"),
        ("2025/2026", date(2025, 9, 1), date(2026, 8, 31), "2025-26"),
        ("1999-00", date(1999, 9, 1), date(2000, 8, 31), "1999-00"),
    ],
)
def test_periods_are_read(text: str, start: date, end: date, label: str) -> None:
    period = periods.parse_period(text)
    assert (period.start, period.end, period.label) == (start, end, label)


@pytest.mark.parametrize("text", ["", "2026", "2026 winter", "2025-27", "autumn", "26 autumn"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="2026 autumn"):
        periods.parse_period(text)


def test_terms_make_up_the_year_and_periods_follow_each_other() -> None:
    terms = YEAR.terms()
    assert terms[0].start == YEAR.start
    assert terms[-1].end == YEAR.end
    for one, two in pairwise(terms):
        assert two.start == one.end + timedelta(days=1)
        assert two.before() == one
    assert YEAR.before().label == "2024-25"
    assert YEAR.months()[0][0] == YEAR.start
    assert len(YEAR.months()) == 12
    assert periods.parse_period("2026 spring").months()[-1][1] == date(2026, 4, 15)


def test_the_periods_offered_go_back_to_the_first_incident(school: SmallSchool) -> None:
    ctx = school.ctx_for("governor")
    assert [period.label for period in reports.periods(ctx)] == ["2025-26", "2026 spring"]
    school.incident(received_at=datetime(2025, 6, 3, 9, 0, tzinfo=UTC))
    assert [period.label for period in reports.periods(ctx)] == [
        "2025-26",
        "2026 spring",
        "2025 autumn",
        "2024-25",
        "2025 summer",
    ]


@pytest.mark.parametrize("form", ["full", "page"])
def test_a_report_is_kept_as_it_went_out(school: SmallSchool, tmp_path: Path, form: reports.Form) -> None:
    from smdesk.services import issued_papers

    fill(school, 40, SPRING.start, SPRING.end)
    file = tmp_path / "report.pdf"
    told: list[tuple[int, int]] = []
    reports.governor_pdf(
        school.ctx_for("headteacher"), SPRING, file, lambda done, total: told.append((done, total)), form=form
    )
    ctx = school.ctx_for("headteacher")
    (row,) = issued_papers.list_papers(ctx)
    assert row.title == f"Governor report{' on one page' if form == 'page' else ''}, Spring term 2026"
    assert issued_papers.read_paper(ctx, row.id) == file.read_bytes()
    assert row.pages == (1 if form == "page" else told[-1][1])
    assert told[-1] == (row.pages, row.pages)


def test_the_workbook_is_written_down_and_cancelling_it_leaves_nothing(
    school: SmallSchool, tmp_path: Path
) -> None:
    fill(school, 40, SPRING.start, SPRING.end)
    file = tmp_path / "report.xlsx"
    figures = reports.governor_xlsx(school.ctx_for("governor"), SPRING, file)
    with school.database.reading() as db:
        newest = db.get_one(AuditEntry, audit.head(db)[0])
    assert (newest.action, newest.seq) == ("report.governors", figures.head_number)
    file.unlink()

    def stop(_done: int, total: int) -> None:
        if total > 10:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        reports.governor_xlsx(school.ctx_for("governor"), SPRING, file, stop)
    assert [each.name for each in tmp_path.iterdir()] == ["school"]
