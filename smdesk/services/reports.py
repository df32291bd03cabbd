"""The governors' report: counted in SQL, protected by ``policy.suppression``, printed by ``documents`` (DOC-2).

Every incident counts, confidential ones too: only figures leave this module, and none that points at a person.
What else stands beside a report is in ``report_protection``. What no report can hide is what changed between two of
them over the same, unfinished period.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from sqlalchemy import func, select

from smdesk.db import audit
from smdesk.db.models import AuditEntry, Incident, School
from smdesk.documents.governor_report import CountRow, GovernorFigures, Month
from smdesk.policy import suppression
from smdesk.policy.words import MONTHS
from smdesk.security.permissions import Permission
from smdesk.services import incident_state, report_sections
from smdesk.services import periods as period_rules
from smdesk.services.context import Context, needs
from smdesk.services.periods import Period, parse_period
from smdesk.services.report_counts import Counts, count
from smdesk.services.report_protection import Protected, is_published, period_number, year_around
from smdesk.services.report_tables import tables
from smdesk.services.school import letterhead

__all__ = ["Period", "governor_figures", "governor_pdf", "parse_period", "periods"]

Progress = Callable[[int, int], None]

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
    ctx: Context, period: Period, file: Path, progress: Progress | None = None
) -> GovernorFigures:
    """Write the report to ``file`` and give the figures printed in it.

    That it was made is written down first, and that line of the audit chain is the one printed on it. Raises
    StorageProblem, Cancelled.
    """
    from smdesk.documents import governor_report

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
    figures = _figures(ctx, period, head, progress)
    governor_report.render(figures, file)
    return figures


def _figures(
    ctx: Context, period: Period, head: tuple[int, str], progress: Progress | None
) -> GovernorFigures:
    earlier = period.before()
    with ctx.database.reading() as session:
        school = session.scalars(select(School)).one()
        published = set(
            session.scalars(select(AuditEntry.object_id).where(AuditEntry.action == _PUBLISHED).distinct())
        )
        known_before = (
            session.scalar(select(Incident.id).where(Incident.received_at < period.bounds()[0]).limit(1))
            is not None
        )
    # A term is counted together with its year's others only where their year has been printed.
    both = [
        year_around(part) if is_published(year_around(part), published) else part
        for part in (period, earlier)
    ]
    wanted = list(dict.fromkeys(term for part in both for term in part.terms()))
    counted: dict[str, Counts] = {}
    with ctx.database.raw_reading() as cursor:
        for done, term in enumerate(wanted):
            if progress is not None:
                progress(done, len(wanted) + 1)
            counted[term.label] = count(cursor, term, ctx.now())
    if progress is not None:
        progress(len(wanted), len(wanted) + 1)
    threshold = int(school.settings.get("small_numbers_threshold", suppression.THRESHOLD))
    now = Protected(period, counted, published, threshold)
    before = Protected(earlier, counted, published, threshold) if known_before else None
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
        months=tuple(
            Month(f"{MONTHS[first.month - 1][:3]} {first.year}", cell)
            for (first, _), cell in zip(period.months(), now.months(), strict=True)
            if first <= ctx.today()
        ),
        ends_on=period.end if period.end >= ctx.today() else None,
        threshold=threshold,
    )
