"""The governors' report: counted in SQL, protected by ``policy.suppression``, printed by ``documents`` (DOC-2).

Every incident counts, confidential ones too: only figures leave this module, and none that points at a person.
A term is counted once; a school year is the sum of its terms. Where reports over some of those terms have been made,
the year hides what they hid and what would be left after taking them off it; and where the year's was made first, its
terms hide what the others would: a term's small number does not come back by subtraction, in whatever order reports
are made. A report counts for the period before it too, which stands beside its own figures.

What no report can hide is what changed between two of them over the same, unfinished period.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

from sqlalchemy import func, select

from smdesk.db import audit
from smdesk.db.models import AuditEntry, Incident, School, utc_text
from smdesk.documents.governor_report import (
    CountRow,
    CountTable,
    GovernorFigures,
    Month,
    Removal,
    ReplyClock,
)
from smdesk.policy import suppression
from smdesk.policy.suppression import Cell, Hidden
from smdesk.policy.vocabulary import CONDUCT_LABELS, KIND_LABELS, STEP_LABELS
from smdesk.policy.words import MONTHS
from smdesk.security.permissions import Permission
from smdesk.services import incident_state, reference_data
from smdesk.services import periods as period_rules
from smdesk.services.context import Context, needs
from smdesk.services.periods import Period, parse_period
from smdesk.services.school import letterhead

__all__ = ["Period", "governor_figures", "governor_pdf", "parse_period", "periods"]

Progress = Callable[[int, int], None]

_PUBLISHED: Final = "report.governors"
_NONE: Final = ""
_OTHER: Final = "other"


@dataclass
class _Counts:
    """What one term, or the sum of some, holds. Keys are codes; "" stands for not recorded."""

    total: int = 0
    open: int = 0
    overdue: int = 0
    kind: Counter[str] = field(default_factory=Counter)
    platform: Counter[str] = field(default_factory=Counter)
    stage: Counter[str] = field(default_factory=Counter)
    conduct: Counter[str] = field(default_factory=Counter)
    month: Counter[str] = field(default_factory=Counter)
    removal_days: Counter[int] = field(default_factory=Counter)
    reply: Counter[str] = field(default_factory=Counter)


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
            object_id=_number(period),
            detail=None,
        )
        head = audit.head(session)
    figures = _figures(ctx, period, head, progress)
    governor_report.render(figures, file)
    return figures


def _number(period: Period) -> int:
    """A period as a number for the audit line: 2026 autumn is 20261, the year that starts in 2026 is 20260."""
    if period.kind == "year":
        return period.start.year * 10
    names = ("spring", "summer", "autumn")
    return period.start.year * 10 + 1 + names.index(period.label.split()[1])


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
        _year_around(part) if _is_published(_year_around(part), published) else part
        for part in (period, earlier)
    ]
    wanted = list(dict.fromkeys(term for part in both for term in part.terms()))
    counted: dict[str, _Counts] = {}
    with ctx.database.raw_reading() as cursor:
        for done, term in enumerate(wanted):
            if progress is not None:
                progress(done, len(wanted) + 1)
            counted[term.label] = _count(cursor, term, ctx.now())
    if progress is not None:
        progress(len(wanted), len(wanted) + 1)
    threshold = int(school.settings.get("small_numbers_threshold", suppression.THRESHOLD))
    now = _Protected(period, counted, published, threshold)
    before = _Protected(earlier, counted, published, threshold) if known_before else None
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
        tables=_tables(now, before),
        removal=now.removal(),
        removal_before=before.removal() if before else None,
        replies=now.replies(),
        replies_before=before.replies() if before else None,
        months=tuple(
            Month(f"{MONTHS[first.month - 1][:3]} {first.year}", cell)
            for (first, _), cell in zip(period.months(), now.months(), strict=True)
        ),
        threshold=threshold,
    )


class _Protected:
    """One period's counts with what may be shown of them. A class because every table asks the same four things:
    what is counted, what else is known beside it, the threshold, and whether the total itself may be shown.
    """

    def __init__(
        self, period: Period, counted: dict[str, _Counts], published: set[int | None], threshold: int
    ) -> None:
        self.period = period
        self.threshold = threshold
        terms = period.terms()
        self.sum = _summed(counted[term.label] for term in terms)
        self.beside = _beside(period, counted, published)
        # A term's printed year, as it shows most: with nothing hidden for its terms' sake.
        self.above = _summed([self.sum, *self.beside]) if period.kind == "term" and self.beside else None
        # A year's total less two terms' totals is the third's: where that one is small, nothing is said.
        self.silent = any(suppression.is_small(each.total, threshold) for each in self.beside)

    def total(self) -> Cell:
        return Hidden.WITHHELD if self.silent else suppression.protect_total(self.sum.total, self.threshold)

    def partition(self, pick: Callable[[_Counts], Sequence[int]]) -> tuple[Cell, ...]:
        """Counts that add up to the total, or to a printed part of it."""
        if self.silent:
            return tuple(Hidden.WITHHELD for _ in pick(self.sum))
        hidden = self._given_away(lambda part: suppression.protect_partition(pick(part), self.threshold))
        return suppression.protect_partition(pick(self.sum), self.threshold, also_hide=hidden)

    def conduct(self, codes: Sequence[str]) -> tuple[Cell, ...]:
        if self.silent:
            return tuple(Hidden.WITHHELD for _ in codes)

        def picked(part: _Counts) -> list[int]:
            return [part.conduct[code] for code in codes]

        hidden = self._given_away(
            lambda part: suppression.protect_overlapping(picked(part), part.total, self.threshold)
        )
        return suppression.protect_overlapping(
            picked(self.sum), self.sum.total, self.threshold, also_hide=hidden
        )

    def _given_away(self, protect: Callable[[_Counts], Sequence[Cell]]) -> set[int]:
        """The places whose counts would bring back one that is hidden in what is known beside them."""
        above = None if self.above is None else protect(self.above)
        return {
            place
            for part in self.beside
            for place, cell in enumerate(protect(part))
            # Where the year says nothing, there is nothing to take a term off.
            if isinstance(cell, Hidden) and not (above and isinstance(above[place], Hidden))
        }

    def open_cells(self) -> tuple[Cell, Cell]:
        """Still open, and of these overdue. What is shown of the second never gives the first away."""
        still_open, _ = self.partition(lambda part: (part.open, part.total - part.open))
        if isinstance(still_open, Hidden):
            if still_open is Hidden.WITHHELD:
                return still_open, Hidden.WITHHELD
            return still_open, 0 if self.sum.overdue == 0 else Hidden.FEW
        overdue, _ = self.partition(lambda part: (part.overdue, part.open - part.overdue))
        return still_open, overdue

    def removal(self) -> Removal:
        days = self.sum.removal_days
        count, _ = self.partition(
            lambda part: (sum(part.removal_days.values()), part.total - sum(part.removal_days.values()))
        )
        if not isinstance(count, int) or count == 0:
            return Removal(count)
        return Removal(count, *(_quantile(days, share) for share in (0.25, 0.5, 0.75)))

    def replies(self) -> ReplyClock:
        def owed(part: _Counts) -> int:
            return sum(part.reply.values())

        due, _ = self.partition(lambda part: (owed(part), part.total - owed(part)))
        if isinstance(due, Hidden):
            return ReplyClock(due, Hidden.WITHHELD, Hidden.WITHHELD, Hidden.WITHHELD)
        in_time, late, waiting = self.partition(
            lambda part: (part.reply["in_time"], part.reply["late"], part.reply["waiting"])
        )
        return ReplyClock(due, in_time, late, waiting)

    def months(self) -> tuple[Cell, ...]:
        names = [_month_name(first) for first, _ in self.period.months()]
        return self.partition(lambda part: [part.month[name] for name in names])


def _beside(period: Period, counted: dict[str, _Counts], published: set[int | None]) -> list[_Counts]:
    """What readers of earlier reports could set against this one, part by part."""
    if period.kind == "year":
        shown = [term for term in period.terms() if _is_published(term, published)]
        rest = [term for term in period.terms() if term not in shown]
        known = [counted[term.label] for term in shown]
        # The year less what was printed is the rest, whether or not there ever is a report on it.
        return [*known, _summed(counted[term.label] for term in rest)] if known and rest else known
    year = _year_around(period)
    if not _is_published(year, published):
        return []
    return [counted[term.label] for term in year.terms() if term != period]


def _is_published(period: Period, published: set[int | None]) -> bool:
    """Whether the period stands in a report that was made: its own, or as the one before in the next one's."""
    return not published.isdisjoint({_number(period), _number(period.after())})


def _year_around(period: Period) -> Period:
    return period if period.kind == "year" else period_rules.year_of(period.start)


def _tables(now: _Protected, before: _Protected | None) -> tuple[CountTable, ...]:
    conduct = [*(str(code) for code in CONDUCT_LABELS), _NONE]
    kinds = [str(code) for code in KIND_LABELS]
    known = {platform.code: platform.label for platform in reference_data.platforms()}
    # Named platforms, then everything else in one row, whether chosen as "other" or typed by the school.
    platforms = [*(code for code in known if code != _OTHER), _OTHER, _NONE]
    stages = [_NONE, *(str(code) for code in STEP_LABELS)]
    conduct_labels = {**{str(code): label for code, label in CONDUCT_LABELS.items()}, _NONE: "Not recorded"}
    kind_labels = {str(code): label for code, label in KIND_LABELS.items()}
    platform_labels = {
        **known,
        _OTHER: "Another platform",
        _NONE: "Not recorded",
    }
    stage_labels = {
        **{str(code): label for code, label in STEP_LABELS.items()},
        _NONE: "No step recorded yet",
    }
    total = CountRow("All incidents", now.total(), before.total() if before else None)

    def table(title: str, codes: Sequence[str], labels: dict[str, str], name: str) -> CountTable:
        def pick(part: _Counts) -> list[int]:
            return [getattr(part, name)[code] for code in codes]

        cells = now.partition(pick)
        earlier = before.partition(pick) if before else None
        return CountTable(title, _rows(codes, labels, cells, earlier), total)

    return (
        CountTable(
            "What was done",
            _rows(conduct, conduct_labels, now.conduct(conduct), before.conduct(conduct) if before else None),
            None,
            "An incident may be of several kinds, so these counts do not add up to the number of incidents.",
        ),
        table("Who posted", kinds, kind_labels, "kind"),
        table("Where it was posted", platforms, platform_labels, "platform"),
        table("Furthest step taken", stages, stage_labels, "stage"),
    )


def _rows(
    codes: Sequence[str], labels: dict[str, str], cells: Sequence[Cell], before: Sequence[Cell] | None
) -> tuple[CountRow, ...]:
    """The lines of a table; those that are nought in both periods are left out."""
    found = []
    for place, code in enumerate(codes):
        earlier = before[place] if before is not None else None
        if cells[place] != 0 or earlier not in (0, None):
            found.append(CountRow(labels[code], cells[place], earlier))
    return tuple(found)


def _count(cursor: Any, term: Period, now: datetime) -> _Counts:
    """One term's incidents, counted in SQL."""
    start, end = (utc_text(moment) for moment in term.bounds())
    counts = _Counts()
    months = [(_month_name(first), utc_text(end)) for first, end in term.month_ends()]
    month = " ".join(f"WHEN received_at < ? THEN {place}" for place in range(len(months)))
    rows = cursor.execute(
        f"SELECT author_kind, platform, stage, CASE {month} END, count(*), sum(status = 'open'),"  # noqa: S608 - bound values
        " sum(status = 'open' AND next_due < ?), sum(reply_by IS NOT NULL AND replied_at <= reply_by),"
        " sum(reply_by IS NOT NULL AND replied_at > reply_by), sum(reply_by IS NOT NULL AND replied_at IS NULL)"
        " FROM incident WHERE received_at >= ? AND received_at < ? GROUP BY 1, 2, 3, 4",
        [*(ends for _, ends in months), utc_text(now), start, end],
    )
    for kind, platform, stage, place, number, opened, overdue, in_time, late, waiting in rows:
        counts.total += number
        counts.open += opened
        counts.overdue += overdue or 0
        counts.kind[kind] += number
        counts.platform[_platform(platform)] += number
        counts.stage[stage if stage in _STAGES else _NONE] += number
        counts.month[months[place][0]] += number
        counts.reply.update(in_time=in_time or 0, late=late or 0, waiting=waiting or 0)
    rows = cursor.execute(
        "SELECT conduct, count(*) FROM incident JOIN incident_conduct ON incident_conduct.incident_id = incident.id"
        " WHERE received_at >= ? AND received_at < ? GROUP BY conduct",
        (start, end),
    )
    counts.conduct.update(dict(rows.fetchall()))
    (without,) = cursor.execute(
        "SELECT count(*) FROM incident WHERE received_at >= ? AND received_at < ?"
        " AND NOT EXISTS (SELECT 1 FROM incident_conduct WHERE incident_conduct.incident_id = incident.id)",
        (start, end),
    ).fetchone()
    counts.conduct[_NONE] = without
    # A post made late in the evening and gone the next day was up for a day: days at the school, not hours.
    rows = cursor.execute(
        "SELECT substr(received_at, 1, 13), removed_on, count(*) FROM incident"
        " WHERE received_at >= ? AND received_at < ? AND removed_on IS NOT NULL GROUP BY 1, 2",
        (start, end),
    )
    for hour, removed, number in rows:
        received = incident_state.local_date(datetime.fromisoformat(f"{hour}:00:00+00:00"))
        counts.removal_days[max(0, (date.fromisoformat(removed) - received).days)] += number
    return counts


_STAGES: Final = frozenset(str(step) for step in STEP_LABELS)


def _platform(stored: str) -> str:
    """A platform's code for the table. What a school typed itself is "other": its words could name somebody."""
    if not stored:
        return _NONE
    label = reference_data.platform_label(stored)
    return next((each.code for each in reference_data.platforms() if each.label == label), _OTHER)


def _summed(parts: Iterable[_Counts]) -> _Counts:
    whole = _Counts()
    for part in parts:
        whole.total += part.total
        whole.open += part.open
        whole.overdue += part.overdue
        for name in ("kind", "platform", "stage", "conduct", "month", "removal_days", "reply"):
            getattr(whole, name).update(getattr(part, name))
    return whole


def _month_name(first: date) -> str:
    return f"{first:%Y-%m}"


def _quantile(days: Counter[int], share: float) -> float:
    """The value below which ``share`` of the counted days lie, between neighbours where it falls between two."""
    values = sorted(days)
    upto = list(accumulate(days[value] for value in values))
    place = share * (upto[-1] - 1)
    low = next(value for value, count in zip(values, upto, strict=True) if count > int(place))
    high = next(
        value for value, count in zip(values, upto, strict=True) if count > min(int(place) + 1, upto[-1] - 1)
    )
    return low + (place - int(place)) * (high - low)
