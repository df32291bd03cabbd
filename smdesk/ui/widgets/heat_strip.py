"""The last weeks of an account, a cell a day: looked at, something found, nobody looked (ACC-4).

What a cell says is in its shape as much as in its colour, and in words: for whoever points at it, for whoever goes
through it with the arrow keys and for whoever hears the screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QFont,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from smdesk.policy.watching import Cell, Mark
from smdesk.policy.words import MONTHS, weekday, written_day
from smdesk.ui import theme
from smdesk.ui.models.chunked import plain_tooltip
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.text import PlainLabel

MARK_WORDS = {
    Mark.LOOKED: "looked at",
    Mark.FOUND: "looked at, something was found",
    Mark.MISSED: "nobody looked",
    Mark.TODAY: "nobody has looked yet today",
    Mark.NOT_ASKED: "not asked for",
    Mark.OUTSIDE: "not on the register",
}
_LEGEND = (Mark.LOOKED, Mark.FOUND, Mark.MISSED, Mark.TODAY, Mark.NOT_ASKED)
_NARROWEST, _USUAL, _WIDEST = 5, 10, 16
_CELL_HEIGHT = 24


def cell_words(cell: Cell) -> str:
    """One day in words: "Saturday 7 March 2026: nobody looked"."""
    return f"{weekday(cell.day)} {written_day(cell.day)}: {MARK_WORDS[cell.mark]}"


class HeatStrip(QWidget):
    """``chosen`` carries the day that was clicked, or that Enter or Space was pressed on."""

    chosen = Signal(object)

    def __init__(self, object_name: str, title: str, parent: QWidget | None = None) -> None:
        """``title`` says what the strip is of, to whoever hears it read."""
        super().__init__(parent)
        self.setObjectName(object_name)
        self._title = title
        self._cells: tuple[Cell, ...] = ()
        self._at = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(title)

    def show_cells(self, cells: Sequence[Cell], words: str) -> None:
        """Show these days, oldest first; ``words`` say the same in a sentence. The chosen day stays chosen."""
        before = self.current()
        self._cells = tuple(cells)
        places = [place for place, cell in enumerate(self._cells) if before and cell.day == before.day]
        self._at = places[0] if places else max(0, len(self._cells) - 1)
        self.setAccessibleDescription(words)
        self._speak()
        self.updateGeometry()
        self.update()

    def set_title(self, title: str) -> None:
        """Say what the strip is of."""
        self._title = title
        self._speak()

    def current(self) -> Cell | None:
        """The day the arrow keys are on."""
        return self._cells[self._at] if self._cells else None

    def go_to(self, day: date) -> None:
        """Put the arrow keys on a day; one the strip does not hold is passed over."""
        for place, cell in enumerate(self._cells):
            if cell.day == day:
                self._move(place)

    # Size

    def sizeHint(self) -> QSize:
        return QSize(max(1, len(self._cells)) * _USUAL, self._label_height() + _CELL_HEIGHT + 6)

    def minimumSizeHint(self) -> QSize:
        return QSize(max(1, len(self._cells)) * _NARROWEST, self.sizeHint().height())

    def _label_font(self) -> QFont:
        made = QFont(self.font())
        made.setPointSizeF(max(7.0, made.pointSizeF() * 0.85))
        return made

    def _label_height(self) -> int:
        return QFontMetrics(self._label_font()).height() + 2

    def _cell_width(self) -> float:
        return min(_WIDEST, (self.width() - 4) / max(1, len(self._cells)))

    def box_of(self, place: int) -> QRectF:
        """Where a cell is drawn."""
        wide = self._cell_width()
        return QRectF(2 + place * wide, self._label_height() + 3, wide, _CELL_HEIGHT)

    def _place_at(self, x: float, y: float) -> int | None:
        place = int((x - 2) // self._cell_width())
        inside = 0 <= place < len(self._cells) and y >= self._label_height()
        return place if inside else None

    # Moving and choosing

    def keyPressEvent(self, event: QKeyEvent) -> None:
        last = len(self._cells) - 1
        steps = {
            Qt.Key.Key_Left: self._at - 1,
            Qt.Key.Key_Right: self._at + 1,
            Qt.Key.Key_PageUp: self._at - 7,
            Qt.Key.Key_PageDown: self._at + 7,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        key = Qt.Key(event.key())
        if key in steps and self._cells:
            self._move(min(last, max(0, steps[key])))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._cells:
            if not event.isAutoRepeat():
                self.chosen.emit(self._cells[self._at].day)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self._place_at(event.position().x(), event.position().y())
        if event.button() == Qt.MouseButton.LeftButton and place is not None:
            self._move(place)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        place = self._place_at(event.position().x(), event.position().y())
        if event.button() == Qt.MouseButton.LeftButton and place is not None and place == self._at:
            self.chosen.emit(self._cells[place].day)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            place = self._place_at(event.pos().x(), event.pos().y())
            if place is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), plain_tooltip(cell_words(self._cells[place])), self)
            return True
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        return super().event(event)

    def _move(self, place: int) -> None:
        self._at = place
        self._speak()
        self.update()

    def _speak(self) -> None:
        cell = self.current()
        self.setAccessibleName(self._title if cell is None else f"{self._title}. {cell_words(cell)}")
        if self.hasFocus():
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.NameChanged))

    # Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._draw_months(painter)
        for place, cell in enumerate(self._cells):
            box = self.box_of(place)
            # A little air on Mondays parts the weeks.
            left = 2.0 if cell.day.weekday() == 0 else 0.5
            draw_mark(painter, cell.mark, box.adjusted(left, 0, -0.5, 0))
        if self.hasFocus() and self._cells:
            painter.setPen(QPen(QColor(theme.colours().text), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.box_of(self._at).adjusted(0, -2, 0, 2))
        painter.end()

    def _draw_months(self, painter: QPainter) -> None:
        painter.setFont(self._label_font())
        painter.setPen(QColor(theme.colours().muted))
        metrics = QFontMetrics(self._label_font())
        # From the right: the last days of a month have no room for its name, and give way to the next.
        free_until = float(self.width())
        for place in reversed(self.month_places()):
            cell = self._cells[place]
            name = MONTHS[cell.day.month - 1][:3]
            year = f"{name} {cell.day.year}"
            left = self.box_of(place).left()
            said = year if left + metrics.horizontalAdvance(year) <= free_until else name
            if left + metrics.horizontalAdvance(said) <= free_until:
                painter.drawText(QPointF(left, metrics.ascent()), said)
                free_until = left - theme.SMALL

    def month_places(self) -> list[int]:
        """Places of the first day and of every first of a month."""
        return [
            place
            for place, cell in enumerate(self._cells)
            if place == 0 or cell.day.month != self._cells[place - 1].day.month
        ]


def draw_mark(painter: QPainter, mark: Mark, box: QRectF) -> None:
    """One day: a full block, one with a dot, a crossed frame, an open frame, a low line, or nothing."""
    c = theme.colours()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    if mark is Mark.LOOKED:
        painter.fillRect(box, QColor(c.ok))
    elif mark is Mark.FOUND:
        painter.fillRect(box, QColor(c.accent))
        painter.setBrush(QColor(c.on_accent))
        side = min(6.0, box.width() - 2)
        painter.drawEllipse(box.center(), side / 2, side / 2)
    elif mark in (Mark.MISSED, Mark.TODAY):
        missed = mark is Mark.MISSED
        frame = box.adjusted(0.75, 0.75, -0.75, -0.75)
        painter.setPen(QPen(QColor(c.danger if missed else c.warning), 1.5))
        painter.setBrush(QColor(c.danger_ground if missed else c.base))
        painter.drawRect(frame)
        if missed:
            painter.drawLine(frame.topLeft(), frame.bottomRight())
            painter.drawLine(frame.bottomLeft(), frame.topRight())
    elif mark is Mark.NOT_ASKED:
        painter.fillRect(QRectF(box.left(), box.bottom() - 4, box.width(), 4), QColor(c.muted))
    painter.restore()


def heat_legend(parent: QWidget | None = None) -> QWidget:
    """What the shapes of a strip mean."""
    made = flow(*(_Entry(mark) for mark in _LEGEND), spacing=theme.LARGE, parent=parent, scrolls=True)
    made.setObjectName("heat_legend")
    made.setAccessibleName("What the shapes mean")
    return made


class _Entry(PlainLabel):
    """One shape and its words."""

    def __init__(self, mark: Mark) -> None:
        words = MARK_WORDS[mark]
        super().__init__(words[:1].upper() + words[1:], look="muted", wrap=False)
        self._mark = mark
        self.setContentsMargins(18, 0, 0, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        draw_mark(painter, self._mark, QRectF(1, 1, 10, self.height() - 2))
        painter.end()
