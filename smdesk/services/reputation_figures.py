"""What was said over time: praise, neutral and criticism month by month, the ratings, and both on paper (REP-2)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from smdesk.db import audit
from smdesk.errors import Invalid
from smdesk.policy.words import narrow_day
from smdesk.security.permissions import Permission
from smdesk.services import findings_list, list_files, periods
from smdesk.services.context import Context, needs
from smdesk.services.findings_list import decision_words
from smdesk.services.handing_over import short
from smdesk.services.reputation_records import (
    TONE_LABELS,
    FindingColumn,
    FindingFilter,
    FindingSort,
    FindingView,
    MonthOfFindings,
    RatingPoint,
    Tone,
    Trend,
)

MOST_YEARS: Final = 5
MOST_LINES: Final = 5
"""Findings on the paper, which is one page: the newest. All of them go out with the list."""


@needs(Permission.REPUTATION_READ)
def trend(ctx: Context, first: date, last: date) -> Trend:
    """What was said and rated from ``first`` to ``last``. Raises Invalid for days the wrong way round or far apart."""
    if last < first:
        raise Invalid.one("last", "The last day lies before the first one.")
    if (last - first).days > MOST_YEARS * 366:
        raise Invalid.one("first", f"At most {MOST_YEARS} years are shown at once.")
    return Trend(first, last, tuple(months(ctx, first, last)), tuple(ratings(ctx, first, last)))


@needs(Permission.REPUTATION_READ)
def periods_checked(ctx: Context) -> list[periods.Period]:
    """The school years and terms that findings or checks reach into, newest first; this year is always there."""
    today = ctx.today()
    with ctx.database.raw_reading() as cursor:
        first = cursor.execute(
            "SELECT min(day) FROM (SELECT min(found_on) AS day FROM finding WHERE withdrawn_at IS NULL"
            " UNION ALL SELECT min(checked_on) FROM place_check WHERE withdrawn_at IS NULL)"
        ).fetchone()[0]
    begun = periods.year_of(today).start if first is None else date.fromisoformat(first)
    return periods.between(min(begun, today), today)


@needs(Permission.REPUTATION_READ)
def trend_pdf(ctx: Context, period: periods.Period) -> bytes:
    """The trend of a school year or term with its newest findings, for a meeting. It is audited. Raises Invalid.

    Nobody who wrote something is named on it; what became an incident this reader may not open stays masked.
    """
    from smdesk.documents import reputation_trend as paper

    last = min(period.end, max(ctx.today(), period.start))
    found = trend(ctx, period.start, last)
    wanted = FindingFilter(view=FindingView.ALL, found_from=period.start, found_to=last)
    ids = findings_list.sorted_ids(ctx, wanted, FindingSort(FindingColumn.FOUND, descending=True))
    standing = [row for row in findings_list.rows(ctx, ids) if not row.withdrawn]
    with ctx.database.writing() as session:
        who = list_files.made(session, ctx)
        audit.write(
            session,
            actor_id=ctx.user.id,
            at=ctx.now(),
            action="reputation.trend_printed",
            object_kind="finding",
            object_id=None,
            detail={"period": period.label, "findings": len(standing)},
        )
    data = paper.TrendData(
        title=period.title,
        first=found.first,
        last=found.last,
        school=who.school,
        printed_by=who.by,
        printed_at=who.at,
        months=[
            paper.MonthLine(each.first, each.praise, each.neutral, each.criticism) for each in found.months
        ],
        ratings=[paper.RatingLine(each.place, each.on, each.tenths) for each in found.ratings],
        findings=[
            (
                row.reference,
                narrow_day(row.found_on),
                short(row.place, 40),
                TONE_LABELS[row.tone],
                short(row.said, 70),
                decision_words(row),
            )
            for row in standing[:MOST_LINES]
        ],
        more=max(0, len(standing) - MOST_LINES),
    )
    return paper.render_bytes(data)


@needs(Permission.REPUTATION_READ)
def months(ctx: Context, first: date, last: date) -> list[MonthOfFindings]:
    """Praise, neutral and criticism month by month from ``first`` to ``last``, months without any included."""
    with ctx.database.raw_reading() as cursor:
        counted = {
            (month, tone): count
            for month, tone, count in cursor.execute(
                "SELECT substr(found_on, 1, 7), tone, count(*) FROM finding"
                " WHERE withdrawn_at IS NULL AND found_on BETWEEN :first AND :last GROUP BY 1, 2",
                {"first": first.isoformat(), "last": last.isoformat()},
            )
        }
    shown = []
    month = first.replace(day=1)
    while month <= last:
        of = f"{month:%Y-%m}"
        shown.append(MonthOfFindings(month, *(counted.get((of, tone.value), 0) for tone in Tone)))
        month = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
    return shown


@needs(Permission.REPUTATION_READ)
def ratings(ctx: Context, first: date, last: date) -> list[RatingPoint]:
    """The ratings written down at checks, oldest first."""
    with ctx.database.raw_reading() as cursor:
        return [
            RatingPoint(place_id, name, date.fromisoformat(on), tenths)
            for place_id, name, on, tenths in cursor.execute(
                "SELECT place_id, watched_place.name, checked_on, rating_tenths FROM place_check"
                " JOIN watched_place ON watched_place.id = place_id"
                " WHERE rating_tenths IS NOT NULL AND withdrawn_at IS NULL AND checked_on BETWEEN :first AND :last"
                " ORDER BY checked_on, place_check.id",
                {"first": first.isoformat(), "last": last.isoformat()},
            )
        ]
