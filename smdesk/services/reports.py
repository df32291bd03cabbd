"""The governors' report: counted in SQL, protected by ``report_protection``, printed by ``documents`` (DOC-2).

Every incident counts, confidential ones too: only figures leave this module, and none that points at a person. The full
report, the one page and the workbook are made from the same ``GovernorFigures``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from sqlalchemy import func, select

from smdesk.db import audit
from smdesk.db.models import Incident, School
from smdesk.documents.governor_figures import CountRow, GovernorFigures, Month
from smdesk.documents.page import Progress, no_progress, save_pdf
from smdesk.policy import suppression
from smdesk.policy.words import MONTHS
from smdesk.security.permissions import Permission
from smdesk.services import incident_state, issued_papers, report_sections
from smdesk.services import periods as period_rules
from smdesk.services.context import Context, needs
from smdesk.services.paper_records import PaperDraft, PaperKind
from smdesk.services.periods import Period, parse_period
from smdesk.services.report_counts import Counts, count
from smdesk.services.report_protection import Protected, period_number, terms_up_to
from smdesk.services.report_tables import tables, trend_term
from smdesk.services.school import letterhead

__all__ = ["Form", "Period", "governor_figures", "governor_pdf", "governor_xlsx", "parse_period", "periods"]

Form = Literal["full", "page"]
"""The whole report, or what fits one page."""

TREND_TERMS: Final = 8
"""How many terms the trend goes back, with the period's own last one."""

_PUBLISHED: Final = "report.governors"


@needs(Permission.REPORTS_FIGURES)
def periods(ctx: Context) -> list[Period]:
    """The school years and terms there can be a report on, newest first, from the first incident until today."""
    with ctx.database.reading() as session:
        first = session.scalar(select(func.min(Incident.received_at)))
    today = ctx.today()
    return period_rules.between(min(incident_state.local_date(first), today) if first else today, today)


@needs(Permission.REPORTS_FIGURES)
def governor_figures(ctx: Context, period: Period, progress: Progress | None = None) -> GovernorFigures:
    """The figures of a report, protected, as they would be printed. Nothing is written.

    ``progress`` is told steps done and steps in all, and may raise Cancelled.
    """
    with ctx.database.reading() as session:
        head = audit.head(session)
    return _figures(ctx, period, head, progress)


@needs(Permission.REPORTS_FIGURES)
def governor_pdf(
    ctx: Context, period: Period, file: Path, progress: Progress | None = None, *, form: Form = "full"
) -> GovernorFigures:
    """Write the report to ``file``, in full or on one page, keep it among the issued papers and give its figures.

    That it was made is written down first, and that line of the audit chain is the one printed on it. Raises
    StorageProblem, Cancelled.
    """
    from smdesk.documents import governor_page, governor_report

    figures = _published(ctx, period, progress)
    pages = 1

    def told(done: int, total: int) -> None:
        nonlocal pages
        pages = max(done, 1)
        if progress is not None:
            progress(done, total)

    if form == "page":
        content = governor_page.render_bytes(figures, told)
    else:
        content = governor_report.render_bytes(figures, told)
    save_pdf(content, file)
    what = "Governor report" if form == "full" else "Governor report on one page"
    draft = PaperDraft(
        PaperKind.GOVERNOR_REPORT,
        f"{what}, {period.title}",
        "report",
        period_number(period),
        pages=pages,
        note=f"Audit entry {figures.head_number:,}",
    )
    issued_papers.keep(ctx, draft, content)
    return figures


@needs(Permission.REPORTS_FIGURES)
def governor_xlsx(
    ctx: Context, period: Period, file: Path, progress: Progress | None = None
) -> GovernorFigures:
    """Write the report's figures, the same protected cells, as a workbook. Raises StorageProblem, Cancelled."""
    from smdesk.documents import governor_book

    figures = _published(ctx, period, progress)
    governor_book.render(figures, file, progress or no_progress)
    return figures


def _published(ctx: Context, period: Period, progress: Progress | None) -> GovernorFigures:
    """The figures that go out now, with the line of the audit chain that says so."""
    with ctx.database.writing() as session:
        audit.write(
            session,
            actor_id=ctx.user.id,
            at=ctx.now(),
            action=_PUBLISHED,
            object_kind="report",
            object_id=period_number(period),
            detail=None,
        )
        head = audit.head(session)
    return _figures(ctx, period, head, progress)


def _figures(
    ctx: Context, period: Period, head: tuple[int, str], progress: Progress | None
) -> GovernorFigures:
    earlier = period.before()
    with ctx.database.reading() as session:
        school = session.scalars(select(School)).one()
        first = session.scalar(select(func.min(Incident.received_at)))
    begins = incident_state.local_date(first) if first else ctx.today()
    drawn = [
        term
        for term in terms_up_to(period, TREND_TERMS)
        if term.end >= min(begins, period.start) and term.start <= ctx.today()
    ]
    wanted = list(dict.fromkeys((*earlier.terms(), *period.terms(), *drawn)))
    counted: dict[str, Counts] = {}
    with ctx.database.raw_reading() as cursor:
        for done, term in enumerate(wanted):
            if progress is not None:
                progress(done, len(wanted) + 1)
            counted[term.label] = count(cursor, term, ctx.now())
    if progress is not None:
        progress(len(wanted), len(wanted) + 1)
    threshold = int(school.settings.get("small_numbers_threshold", suppression.THRESHOLD))
    now = Protected(period, counted, threshold)
    before = Protected(earlier, counted, threshold) if begins < period.start else None
    with ctx.database.reading() as session:
        sections = report_sections.sections(session, now, before, ctx.today())
    return GovernorFigures(
        letterhead=letterhead(school),
        period_title=period.title,
        previous_title=earlier.title if before else None,
        generated_on=ctx.today(),
        head_hash=head[1],
        head_number=head[0],
        incidents=CountRow("Incidents received", now.total(), before.total() if before else None),
        # Open and overdue are as they stand today, so there is nothing to compare them with.
        still_open=CountRow("Still open", now.open_cells()[0]),
        overdue=CountRow("Open and overdue", now.open_cells()[1]),
        tables=tables(now, before),
        removal=now.removal(),
        removal_before=before.removal() if before else None,
        replies=now.replies(),
        replies_before=before.replies() if before else None,
        sections=sections,
        trend=tuple(trend_term(Protected(term, counted, threshold), ctx.today()) for term in drawn),
        months=tuple(
            Month(f"{MONTHS[first.month - 1][:3]} {first.year}", cell)
            for (first, _), cell in zip(period.months(), now.months(), strict=True)
            if first <= ctx.today()
        ),
        ends_on=period.end if period.end >= ctx.today() else None,
        threshold=threshold,
    )
