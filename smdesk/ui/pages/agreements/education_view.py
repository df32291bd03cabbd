"""The part "Education" of the agreements tab: the log of online-safety education and its figures (AUP-4)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from smdesk.policy.vocabulary import PersonKind
from smdesk.policy.words import narrow_day
from smdesk.security.permissions import Permission, allowed
from smdesk.services import education, education_list
from smdesk.services.context import Context
from smdesk.services.education_records import (
    AUDIENCE_LABELS,
    EDUCATION_COLUMN_LABELS,
    EDUCATION_KIND_LABELS,
    EDUCATION_VIEW_LABELS,
    EducationColumn,
    EducationCount,
    EducationFigures,
    EducationFilter,
    EducationKind,
    EducationRecord,
    EducationRow,
    EducationSort,
)
from smdesk.services.education_records import EducationView as View
from smdesk.services.periods import Period
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.models.chunked import Column, columns_named
from smdesk.ui.pages.agreements.education_dialog import EducationDialog
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.filter_fields import choice, choose, code_in, day_in, label_for
from smdesk.ui.widgets.filter_fields import narrow_day as narrow
from smdesk.ui.widgets.filter_row import FilterRow
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.list_part import ListPart
from smdesk.ui.widgets.listing import Listing
from smdesk.ui.widgets.record_list import RecordList
from smdesk.ui.widgets.text import PlainLabel, named
from smdesk.ui.words import count

_EMPTY_VIEWS: Final = {
    View.THIS_YEAR: "Nothing was logged this school year yet",
    View.LAST_YEAR: "Nothing was logged last school year",
    View.ALL: "Nothing was logged yet",
    View.WITHDRAWN: "Nothing was withdrawn",
}


class EducationFilters(FilterRow):
    """What it was, for whom, and between which days."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "education", EducationFilter(), "", parent)
        self.kind = choice(
            "education_filter_kind", "What it was", "Anything", EDUCATION_KIND_LABELS.items(), 140
        )
        self.audience = choice(
            "education_filter_audience", "For whom", "For anybody", AUDIENCE_LABELS.items(), 140
        )
        today = desk.ctx.today
        self.held_from = narrow(DateEdit("education_filter_from", "Held from", clock=today), "any day")
        self.held_to = narrow(DateEdit("education_filter_to", "Held up to", clock=today), "any day")
        first = row(label_for("F&rom", self.held_from), self.held_from, spacing=4)
        last = row(label_for("&to", self.held_to), self.held_to, spacing=4)
        combos = (self.kind, self.audience)
        self.fill((*combos, first, last), combos, (self.held_from, self.held_to))

    def narrow(self, wanted: EducationFilter) -> EducationFilter:
        return replace(
            wanted,
            kind=code_in(EducationKind, self.kind),
            audience=code_in(PersonKind, self.audience),
            held_from=day_in(self.held_from),
            held_to=day_in(self.held_to),
        )

    def put(self, wanted: EducationFilter) -> None:
        choose(self.kind, wanted.kind)
        choose(self.audience, wanted.audience)
        self.held_from.set_day(wanted.held_from)
        self.held_to.set_day(wanted.held_to)


class FiguresBar(QWidget):
    """What the log comes to in one school year or term, in words."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("education_figures")
        self._desk = desk
        self._periods: list[Period] = []
        self.period = named(QComboBox(), "education_period", "Figures for")
        self.period.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.period.activated.connect(self._load_figures)
        self.words = PlainLabel("", selectable=True)
        self.words.setObjectName("education_figures_words")
        # The label is read with the page; Tab goes to what can be done.
        self.words.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.TIGHT)
        column.addWidget(row(label_for("Figur&es for", self.period), self.period, None))
        column.addWidget(self.words)

    def load(self) -> None:
        """Ask anew which periods there are, and for the figures of the one chosen."""
        ctx = self._desk.ctx
        self._desk.tasks.latest(
            self, "periods", lambda progress: education_list.periods_logged(ctx), self._offer
        )

    def _offer(self, found: list[Period]) -> None:
        if found != self._periods:
            chosen = self.period.currentText()
            self._periods = found
            self.period.clear()
            self.period.addItems([each.title for each in found])
            self.period.setCurrentIndex(max(0, self.period.findText(chosen)))
        self._load_figures()

    def _load_figures(self) -> None:
        place, ctx = self.period.currentIndex(), self._desk.ctx
        if not 0 <= place < len(self._periods):
            return
        period = self._periods[place]

        def work(progress: Progress) -> EducationFigures:
            return _figures(ctx, period)

        self._desk.tasks.latest(self, "figures", work, self._show)

    def _show(self, found: EducationFigures) -> None:
        self.words.setText(figures_in_words(found))


class EducationView(ListPart):
    """What the agreements tab shows under "Education"."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        may_edit = allowed(desk.ctx.user.roles, Permission.AGREEMENTS_EDIT)
        self.figures = FiguresBar(desk)
        super().__init__(
            desk,
            "education",
            RecordList(desk, _listing(may_edit), EducationFilters(desk), above_table=self.figures),
            more_told_by=("education",),
            parent=parent,
        )

    def load_more(self) -> None:
        self.figures.load()

    def open_record(self, record_id: int) -> None:
        """Show one entry, to be changed or withdrawn."""
        self.list.select(record_id)
        ctx = self._desk.ctx

        def work(progress: Progress) -> EducationRecord:
            return education.open_event(ctx, int(record_id))

        self._desk.tasks.latest(self, "open", work, self._opened)

    def new_record(self) -> None:
        """Log something (Ctrl+N)."""
        if self.list.may_add:
            EducationDialog(self._desk, None, self).open()

    def _opened(self, record: EducationRecord) -> None:
        EducationDialog(self._desk, record, self).open()


def figures_in_words(found: EducationFigures) -> str:
    """The figures as a few sentences; what nobody counted is said, not passed over."""
    if not found.whole.events:
        return "Nothing was logged in this time."
    said = [f"{_counted(found.whole)}."]
    groups = [f"{AUDIENCE_LABELS[kind].lower()} {_counted(each)}" for kind, each in found.by_audience]
    if groups:
        said.append(f"By audience: {'; '.join(groups)}.")
    if len(found.by_audience) > 1:
        said.append("What was for several audiences counts under each.")
    return " ".join(said)


def _counted(each: EducationCount) -> str:
    words = f"{count(each.events, 'event')}, {count(each.reached, 'person', 'people')} reached"
    if each.uncounted == each.events:
        return f"{count(each.events, 'event')}, nobody counted"
    return f"{words} ({each.uncounted:,} not counted)" if each.uncounted else words


def _figures(ctx: Context, period: Period) -> EducationFigures:
    return education.summary(ctx, period.start, period.end)


def _listing(may_edit: bool) -> Listing:
    return Listing(
        name="education",
        title="Online-safety education",
        one="entry",
        many="entries",
        nothing=EducationFilter(view=View.THIS_YEAR),
        sort=EducationSort(),
        shelf=education_list.SHELF,
        view_labels=EDUCATION_VIEW_LABELS,
        whole=View.ALL,
        empty_views=_EMPTY_VIEWS,
        none=(
            "Nothing was logged yet",
            "Log each session, assembly or leaflet about being safe online: the governor report counts them.",
        ),
        first="Log the first one",
        search="Search the education log",
        new="&New entry",
        new_tip="Log something that was done (Ctrl+N)",
        columns=_columns(),
        column_labels=EDUCATION_COLUMN_LABELS,
        sorted_ids=education_list.sorted_ids,
        rows=education_list.rows,
        view_counts=education_list.view_counts,
        export=education_list.export,
        may_add=may_edit,
    )


Name = EducationColumn
_column = columns_named(EDUCATION_COLUMN_LABELS)


def _columns() -> tuple[Column[EducationRow], ...]:
    return (
        _column(Name.HELD, lambda row: narrow_day(row.held_on), 105),
        _column(Name.KIND, lambda row: EDUCATION_KIND_LABELS[row.kind], 150),
        _column(Name.TITLE, lambda row: row.title, 260, tooltip=lambda row: row.title),
        _column(Name.AUDIENCE, lambda row: row.audience, 230, tooltip=lambda row: row.audience),
        _column(
            Name.REACHED,
            lambda row: "" if row.reached is None else f"{row.reached:,}",
            125,
            accessible=lambda row: (
                "Nobody counted" if row.reached is None else f"{row.reached:,} people reached"
            ),
        ),
        _column(Name.LED_BY, lambda row: row.led_by, 150, tooltip=lambda row: row.led_by),
        _column(Name.NOTES, lambda row: " ".join(row.notes.split()), 200, hidden=True),
    )
