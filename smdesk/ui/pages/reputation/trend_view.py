"""The part "Over time" of the reputation tab: praise and criticism by month, and the ratings (REP-2)."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from smdesk.policy.words import MONTHS, narrow_day, written_day
from smdesk.services import reputation_figures
from smdesk.services.context import Changes
from smdesk.services.periods import Period
from smdesk.services.reputation_records import TONE_LABELS, MonthOfFindings, RatingPoint, Tone, Trend
from smdesk.ui import events as bus
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.reputation.words import stars
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.filter_fields import label_for
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.forms import Card, Scrolled, row
from smdesk.ui.widgets.preview_window import Papers
from smdesk.ui.widgets.short_table import Line, ShortTable
from smdesk.ui.widgets.text import PlainLabel, named
from smdesk.ui.widgets.trend_chart import FULL, OPEN, STRIPED, BarChart, Bars, Kind, LineChart, Spot
from smdesk.ui.words import count

_KINDS: Final = (
    Kind(TONE_LABELS[Tone.PRAISE], FULL, "ok"),
    Kind(TONE_LABELS[Tone.NEUTRAL], OPEN, "muted"),
    Kind(TONE_LABELS[Tone.CRITICISM], STRIPED, "danger"),
)
_MOST_STARS: Final = 5


class TrendView(QWidget):
    """What the reputation tab shows under "Over time"."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trend_view")
        self._desk = desk
        self._stale = True
        self._periods: list[Period] = []
        self._papers = Papers(desk, self)
        self.period = named(QComboBox(), "trend_period", "School year or term")
        self.period.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.period.activated.connect(self._load_figures)
        self.paper = button("&Print or save as a page…", "trend_paper", self._print, tip="For a meeting")
        self.paper.setEnabled(False)
        self.tones = BarChart("trend_tones", "Findings by month", _KINDS, "Nothing was found in this time.")
        self.tones_words = self._told("trend_tones_words")
        self.table = ShortTable(
            "trend_table", "The months in figures", ("Month", *(kind.name for kind in _KINDS), "All"), wide=0
        )
        self.ratings = LineChart(
            "trend_ratings",
            "Ratings at the checks",
            _MOST_STARS,
            "No rating was written down at a check in this time.",
        )
        self.ratings_words = self._told("trend_ratings_words")
        scrolled = Scrolled(margin=0)
        months, rated = Card("Praise and criticism by month"), Card("Ratings")
        self.figures = Card("The months in figures")
        self.figures.body.addWidget(self.table)
        for widget in (self.tones, self.tones_words):
            months.body.addWidget(widget)
        for widget in (self.ratings, self.ratings_words):
            rated.body.addWidget(widget)
        for card in (months, rated, self.figures):
            scrolled.body.addWidget(card)
        scrolled.body.addStretch(1)
        column = QVBoxLayout(self)
        theme.roomy(column, theme.NORMAL, theme.SMALL)
        column.addWidget(flow(row(label_for("Schoo&l year or term", self.period), self.period), self.paper))
        column.addWidget(scrolled, 1)
        desk.events.changed.connect(self._changed)

    def _told(self, name: str) -> PlainLabel:
        made = PlainLabel("", self, selectable=True)
        made.setObjectName(name)
        # It is read with the page; Tab goes to what can be done.
        made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return made

    # What the page of parts calls

    def activate(self) -> None:
        if self._stale:
            self._load()

    def open_record(self, record_id: int) -> None:
        """Nothing here is opened."""

    def new_record(self) -> None:
        """Nothing here is added."""

    def focus_search(self) -> None:
        """There is nothing to search; the period is what one chooses here."""
        self.period.setFocus()

    def unsaved(self) -> bool:
        return False

    def save_draft(self) -> None:
        """Nothing is typed here."""

    # Loading and showing

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale and self._periods:
            self._load()

    def _changed(self, changes: Changes) -> None:
        if bus.touches(changes, "finding") or bus.touches(changes, "place"):
            self._stale = True
            if self.isVisible():
                self._load()

    def _load(self) -> None:
        self._stale = False
        ctx = self._desk.ctx
        self._desk.tasks.latest(
            self, "periods", lambda progress: reputation_figures.periods_checked(ctx), self._offer
        )

    def _offer(self, found: list[Period]) -> None:
        if found != self._periods:
            chosen = self.period.currentText()
            self._periods = found
            self.period.clear()
            self.period.addItems([each.title for each in found])
            self.period.setCurrentIndex(max(0, self.period.findText(chosen)))
        self._load_figures()

    def _chosen(self) -> Period | None:
        place = self.period.currentIndex()
        return self._periods[place] if 0 <= place < len(self._periods) else None

    def _load_figures(self) -> None:
        period, ctx = self._chosen(), self._desk.ctx
        if period is None:
            return
        first, last = period.start, min(period.end, max(ctx.today(), period.start))

        def work(progress: Progress) -> Trend:
            return reputation_figures.trend(ctx, first, last)

        self._desk.tasks.latest(self, "figures", work, self._show)

    def _show(self, found: Trend) -> None:
        self.paper.setEnabled(True)
        any_found = any(month.praise + month.neutral + month.criticism for month in found.months)
        bars = [_bars(month, at == 0) for at, month in enumerate(found.months)] if any_found else []
        told = months_in_words(found)
        self.tones.show_months(bars, told)
        self.tones_words.setText(told)
        self.figures.setVisible(any_found)
        self.table.show_lines([_line(at, month) for at, month in enumerate(found.months)])
        spots = [
            Spot(
                each.place,
                each.on,
                each.tenths / 10,
                f"{each.place}, {written_day(each.on)}: {stars(each.tenths)}",
            )
            for each in found.ratings
        ]
        rated = ratings_in_words(found.ratings)
        self.ratings.show_spots(found.first, found.last, spots, rated)
        self.ratings_words.setText(rated)
        self.ratings_words.setVisible(bool(rated))

    def _print(self) -> None:
        period = self._chosen()
        if period is not None:
            title = f"What is said about us: {period.title}"
            self._papers.show(title, partial(reputation_figures.trend_pdf, self._desk.ctx, period))


def _bars(month: MonthOfFindings, first: bool) -> Bars:
    name = MONTHS[month.first.month - 1]
    year = str(month.first.year) if first or month.first.month == 1 else ""
    counts = (month.praise, month.neutral, month.criticism)
    return Bars(name[:3], year, counts, f"{name} {month.first.year}: {_counted(counts)}")


def _counted(counts: tuple[int, ...]) -> str:
    return ", ".join(f"{number:,} {kind.name.lower()}" for kind, number in zip(_KINDS, counts, strict=True))


def _line(at: int, month: MonthOfFindings) -> Line:
    counts = (month.praise, month.neutral, month.criticism)
    name = f"{MONTHS[month.first.month - 1]} {month.first.year}"
    return Line(at, (name, *(f"{each:,}" for each in counts), f"{sum(counts):,}"))


def months_in_words(found: Trend) -> str:
    """The months in a sentence or two: how much in all, and when criticism was loudest."""
    totals = [
        sum(each) for each in zip(*((m.praise, m.neutral, m.criticism) for m in found.months), strict=True)
    ]
    if not sum(totals):
        return "Nothing was found in this time."
    said = f"{count(sum(totals), 'finding')}: {_counted(tuple(totals))}."
    worst = max(found.months, key=lambda month: month.criticism)
    if worst.criticism:
        said += f" Most criticism in {MONTHS[worst.first.month - 1]} {worst.first.year}: {worst.criticism:,}."
    return said


def ratings_in_words(points: tuple[RatingPoint, ...]) -> str:
    """The first and the last rating of each place."""
    places: dict[str, list[RatingPoint]] = {}
    for each in points:
        places.setdefault(each.place, []).append(each)
    said = []
    for name, rated in sorted(places.items(), key=lambda item: item[0].casefold()):
        first, last = rated[0], rated[-1]
        if len(rated) == 1:
            said.append(f"{name}: {stars(first.tenths)} on {narrow_day(first.on)}.")
        else:
            said.append(
                f"{name}: from {stars(first.tenths)} on {narrow_day(first.on)} to {stars(last.tenths)} on "
                f"{narrow_day(last.on)}."
            )
    return " ".join(said)
