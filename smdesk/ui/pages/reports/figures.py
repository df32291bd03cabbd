"""What the reports tab says about a report beside the paper itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from smdesk.documents import governor_chapters
from smdesk.documents.governor_chapters import Grid, Topic
from smdesk.documents.governor_figures import GovernorFigures
from smdesk.policy.suppression import Cell, Hidden
from smdesk.services.context import Context
from smdesk.services.periods import Period
from smdesk.services.reports import Form, governor_figures, governor_pdf, governor_xlsx
from smdesk.ui import scratch
from smdesk.ui.tasks import Progress

WHAT_FOR = (
    "Figures for the governors and nobody's name. Small numbers are hidden, so that no child and no family can be "
    "made out."
)
FORMS: tuple[tuple[str, Form], ...] = (("Full report", "full"), ("One page", "page"))
"""What can be made, as the list offers it."""

WHAT_HEAD_IS_FOR = (
    "Keep the printed report: this line fixes every entry made so far. If anyone changes an older entry later, the "
    "check of the records (Help, Check the records) no longer comes to the same line."
)


@dataclass(frozen=True, slots=True)
class Made:
    """A finished report."""

    period: Period
    form: Form
    data: bytes
    figures: GovernorFigures

    @property
    def title(self) -> str:
        """As a file is called."""
        return f"Governor report {self.period.label}{' on one page' if self.form == 'page' else ''}"


def make(ctx: Context, period: Period, form: Form, progress: Progress) -> Made:
    """Make the report. It passes through the private folder, which only this user may read."""
    file = scratch.place_for("report.pdf")
    try:
        figures = governor_pdf(ctx, period, file, progress.report, form=form)
        return Made(period, form, file.read_bytes(), figures)
    finally:
        file.unlink(missing_ok=True)


def save_book(ctx: Context, period: Period, file: Path, progress: Progress) -> str:
    """Write the figures as a workbook; gives the file's name."""
    governor_xlsx(ctx, period, file, progress.report)
    return file.name


def summary(ctx: Context, period: Period, progress: Progress) -> str:
    """One or two sentences about a period before its report is made."""
    return sentence(period, governor_figures(ctx, period, progress.report), ctx.today())


def sentence(period: Period, figures: GovernorFigures, today: date) -> str:
    """How many incidents there are and how many figures the small-number rule hides."""
    so_far = " so far" if period.end >= today else ""
    total = figures.incidents.now
    if total == 0:
        return f"No incident was received in this period{so_far}. The report says just that."
    few = sum(cell is Hidden.FEW for cell in cells(figures))
    withheld = sum(cell is Hidden.WITHHELD for cell in cells(figures))
    words = [f"{_incidents(total, figures.threshold)}{so_far}."]
    if few:
        words.append(
            f"{few} {_figures(few)} under the small-number rule: shown as “fewer than {figures.threshold}”."
        )
    if withheld:
        words.append(
            f"{withheld} more {_figures(withheld)} not shown, because a small one could be worked out from "
            f"{'it' if withheld == 1 else 'them'}."
        )
    if not few and not withheld:
        words.append("No figure had to be hidden under the small-number rule.")
    return " ".join(words)


def cells(figures: GovernorFigures) -> Iterator[Cell]:
    """Every count of this period as the report prints it: what it leaves out as a whole is not counted line by line."""
    for chapter in governor_chapters.chapters(figures):
        for part in chapter.parts:
            for inner in part.parts if isinstance(part, Topic) else (part,):
                if isinstance(inner, Grid) and not inner.narrow:
                    yield from (row[1] for row in inner.rows if isinstance(row[1], int | Hidden))


def period_label(period: Period, today: date) -> str:
    """As the list offers it."""
    return f"{period.title} (so far)" if period.end >= today else period.title


def _incidents(total: Cell, threshold: int) -> str:
    if not isinstance(total, int):
        return f"Fewer than {threshold} incidents"
    return "1 incident" if total == 1 else f"{total:,} incidents"


def _figures(count: int) -> str:
    return "figure is" if count == 1 else "figures are"
