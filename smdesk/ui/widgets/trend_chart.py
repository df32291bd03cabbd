"""Charts over time: bars of several kinds a month, and lines of figures by day.

What a bar or a line is stands in its shape as much as in its colour, and in words: for whoever points at it, for
whoever goes through it with the arrow keys and for whoever hears the screen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QBrush,
    QColor,
    QFont,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from smdesk.policy.words import MONTHS
from smdesk.ui import theme
from smdesk.ui.models.chunked import plain_tooltip

_TALL, _HEAD, _FOOT = 190, 26, 36
FULL, OPEN, STRIPED = "full", "open", "striped"


@dataclass(frozen=True, slots=True)
class Bars:
    """One month: its name below, how many of each kind, and all of it in words."""

    label: str
    year: str
    counts: tuple[int, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Kind:
    """What one bar of a month counts: its name, its pattern, and the name of its colour in the theme."""

    name: str
    pattern: str
    colour: str


@dataclass(frozen=True, slots=True)
class Spot:
    """One figure: whose, when, how much, and all of it in words."""

    line: str
    on: date
    value: float
    words: str


class _Chart(QWidget):
    """Places along the time; the arrow keys go from one to the next. Left empty it says so."""

    def __init__(self, object_name: str, title: str, nothing: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(object_name)
        self._title, self._nothing = title, nothing
        self._at = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(title)

    # What each chart says for itself

    def words(self) -> Sequence[str]:
        """Each place in words, in the order of the arrow keys."""
        raise NotImplementedError

    def box_of(self, place: int) -> QRectF:
        """Where a place is drawn."""
        raise NotImplementedError

    def draw(self, painter: QPainter) -> None:
        """Draw everything but the frame around the chosen place."""
        raise NotImplementedError

    def shown(self, told: str) -> None:
        """Other figures are to be drawn; ``told`` says them in a sentence."""
        self._at = max(0, min(self._at, len(self.words()) - 1))
        self.setAccessibleDescription(told)
        self._speak()
        self.update()

    def current_words(self) -> str:
        """The place the arrow keys are on, in words; "" where there is none."""
        said = self.words()
        return said[self._at] if said else ""

    # Size

    def sizeHint(self) -> QSize:
        return QSize(480, _TALL + 2 * self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(260, self.sizeHint().height())

    def small(self) -> QFont:
        """The font of the labels."""
        made = QFont(self.font())
        made.setPointSizeF(max(7.0, made.pointSizeF() * 0.88))
        return made

    def plot(self) -> QRectF:
        """Where the figures are drawn, without the labels around it."""
        metrics = QFontMetrics(self.small())
        left = metrics.horizontalAdvance("0000") + 4
        foot = 2 * metrics.height() + 8
        return QRectF(left, _HEAD, max(40, self.width() - left - 8), max(40, self.height() - _HEAD - foot))

    # Moving

    def keyPressEvent(self, event: QKeyEvent) -> None:
        last = len(self.words()) - 1
        steps = {
            Qt.Key.Key_Left: self._at - 1,
            Qt.Key.Key_Right: self._at + 1,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        key = Qt.Key(event.key())
        if key in steps and last >= 0:
            self._move(min(last, max(0, steps[key])))
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self._place_at(event.position())
        if place is not None:
            self._move(place)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            place = self._place_at(QPointF(event.pos()))
            if place is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), plain_tooltip(self.words()[place]), self)
            return True
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        return super().event(event)

    def _place_at(self, point: QPointF) -> int | None:
        """The nearest place the point is on."""
        near = [
            (abs(self.box_of(place).center().x() - point.x()), place)
            for place in range(len(self.words()))
            if self.box_of(place).contains(point)
        ]
        return min(near)[1] if near else None

    def _move(self, place: int) -> None:
        self._at = place
        self._speak()
        self.update()

    def _speak(self) -> None:
        words = self.current_words()
        self.setAccessibleName(f"{self._title}. {words}" if words else f"{self._title}. {self._nothing}")
        if self.hasFocus():
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.NameChanged))

    # Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.small())
        if not self.words():
            painter.setPen(QColor(theme.colours().muted))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._nothing)
        else:
            self.draw(painter)
            if self.hasFocus():
                painter.setPen(QPen(QColor(theme.colours().text), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(self.box_of(self._at).adjusted(1, 1, -1, -1))
        painter.end()

    def axis(self, painter: QPainter, top: int, step: int) -> None:
        """Lines across, each with its number."""
        c, plot = theme.colours(), self.plot()
        metrics = painter.fontMetrics()
        for value in range(0, top + 1, step):
            level = plot.bottom() - plot.height() * value / top
            painter.setPen(QPen(QColor(c.muted if value == 0 else c.border), 1))
            painter.drawLine(QPointF(plot.left(), level), QPointF(plot.right(), level))
            painter.setPen(QColor(c.muted))
            text = f"{value:,}"
            painter.drawText(
                QPointF(plot.left() - 6 - metrics.horizontalAdvance(text), level + metrics.ascent() / 2 - 1),
                text,
            )

    def below(self, painter: QPainter, middle: float, label: str, line: int = 0) -> None:
        """A label under the figures, around ``middle`` but within the chart."""
        metrics = painter.fontMetrics()
        wide = metrics.horizontalAdvance(label)
        left = min(max(2.0, middle - wide / 2), self.width() - wide - 2.0)
        painter.setPen(QColor(theme.colours().muted))
        painter.drawText(
            QPointF(left, self.plot().bottom() + 4 + metrics.ascent() + line * metrics.height()), label
        )


class BarChart(_Chart):
    """Bars side by side, a group a month."""

    def __init__(
        self,
        object_name: str,
        title: str,
        kinds: Sequence[Kind],
        nothing: str,
        parent: QWidget | None = None,
    ) -> None:
        self._kinds = tuple(kinds)
        self._months: tuple[Bars, ...] = ()
        super().__init__(object_name, title, nothing, parent)

    def show_months(self, months: Sequence[Bars], told: str) -> None:
        """Show these months, oldest first; ``told`` says the same in a sentence."""
        self._months = tuple(months)
        self.shown(told)

    def words(self) -> Sequence[str]:
        return [each.words for each in self._months]

    def box_of(self, place: int) -> QRectF:
        plot = self.plot()
        wide = plot.width() / max(1, len(self._months))
        return QRectF(plot.left() + place * wide, plot.top() - 6, wide, plot.height() + 6)

    def draw(self, painter: QPainter) -> None:
        top, step = scale(max(max(each.counts) for each in self._months))
        self.axis(painter, top, step)
        self._legend(painter)
        plot, metrics = self.plot(), painter.fontMetrics()
        slot = plot.width() / len(self._months)
        wide = min(18.0, slot * 0.8 / len(self._kinds))
        every = max(1, -(-metrics.horizontalAdvance("Mmm ") // max(1, int(slot))))
        for place, month in enumerate(self._months):
            middle = plot.left() + slot * (place + 0.5)
            left = middle - wide * len(self._kinds) / 2
            for at, (kind, number) in enumerate(zip(self._kinds, month.counts, strict=True)):
                high = plot.height() * number / top
                draw_bar(painter, kind, QRectF(left + at * wide + 1, plot.bottom() - high, wide - 2, high))
                text = f"{number:,}"
                if number and metrics.horizontalAdvance(text) <= wide + 6:
                    painter.setPen(QColor(theme.colours().text))
                    start = left + (at + 0.5) * wide - metrics.horizontalAdvance(text) / 2
                    painter.drawText(QPointF(start, plot.bottom() - high - 3), text)
            if place % every == 0:
                self.below(painter, middle, month.label)
            if month.year:
                self.below(painter, middle, month.year, 1)

    def _legend(self, painter: QPainter) -> None:
        metrics, left = painter.fontMetrics(), self.plot().left()
        for kind in self._kinds:
            draw_bar(painter, kind, QRectF(left, 5, 11, 11))
            painter.setPen(QColor(theme.colours().text))
            painter.drawText(QPointF(left + 16, 5 + 5.5 + metrics.ascent() / 2 - 1), kind.name)
            left += 16 + metrics.horizontalAdvance(kind.name) + theme.LARGE


class LineChart(_Chart):
    """A line for each name, from 0 to ``top``, over the days from ``first`` to ``last``."""

    def __init__(
        self, object_name: str, title: str, top: int, nothing: str, parent: QWidget | None = None
    ) -> None:
        self._top = top
        self._spots: tuple[Spot, ...] = ()
        self._lines: dict[str, list[Spot]] = {}
        """The figures of each line, by its name."""
        self._first = self._last = date.min
        super().__init__(object_name, title, nothing, parent)

    def show_spots(self, first: date, last: date, spots: Sequence[Spot], told: str) -> None:
        """Show these figures, oldest first; ``told`` says the same in a sentence."""
        self._first, self._last = first, last
        self._spots = tuple(spots)
        self._lines = {}
        for spot in spots:
            self._lines.setdefault(spot.line, []).append(spot)
        self.shown(told)

    def words(self) -> Sequence[str]:
        return [each.words for each in self._spots]

    def _point(self, spot: Spot, plot: QRectF) -> QPointF:
        days = max(1, (self._last - self._first).days)
        along = plot.left() + 8 + (plot.width() - 16) * (spot.on - self._first).days / days
        return QPointF(along, plot.bottom() - plot.height() * spot.value / self._top)

    def box_of(self, place: int) -> QRectF:
        point = self._point(self._spots[place], self.plot())
        return QRectF(point.x() - 9, point.y() - 9, 18, 18)

    def draw(self, painter: QPainter) -> None:
        self.axis(painter, self._top, 1)
        plot = self.plot()
        metrics, left = painter.fontMetrics(), plot.left()
        for number, (name, spots) in enumerate(self._lines.items()):
            ink = QColor(_ink(number))
            points = apart(self._point(spot, plot) for spot in spots)
            painter.setPen(QPen(ink, 2, _DASHES[number // 4 % len(_DASHES)]))
            for before, here in pairwise(points):
                painter.drawLine(before, here)
            for point in points:
                draw_marker(painter, number, point, ink)
            room = self.width() - left - 24
            if room > 40:
                draw_marker(painter, number, QPointF(left + 5, 11), ink)
                painter.setPen(QColor(theme.colours().text))
                shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(room))
                painter.drawText(QPointF(left + 15, 11 + metrics.ascent() / 2 - 1), shown)
                left += 15 + metrics.horizontalAdvance(shown) + theme.LARGE
        for day, where in ((self._first, plot.left()), (self._last, plot.right())):
            self.below(painter, where, f"{day.day} {MONTHS[day.month - 1][:3]} {day.year}")


_TOLD_APART = 2.0
"""Device-independent pixels."""
_DASHES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine)


def _ink(number: int) -> str:
    c = theme.colours()
    return (c.accent, c.danger, c.ok, c.warning)[number % 4]


def scale(largest: int) -> tuple[int, int]:
    """The top of an axis and the step between its lines, both whole numbers."""
    step = 1
    while step * 5 < largest:
        step = step * 2 if str(step)[0] in "15" else step * 5 // 2
    return step * max(1, -(-largest // step)), step


def draw_bar(painter: QPainter, kind: Kind, box: QRectF) -> None:
    """A full block, an open frame or a striped one."""
    if box.height() <= 0:
        return
    ink = QColor(getattr(theme.colours(), kind.colour))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    if kind.pattern == FULL:
        painter.fillRect(box, ink)
    else:
        painter.setPen(QPen(ink, 1.5))
        striped = kind.pattern == STRIPED
        painter.setBrush(QBrush(ink, Qt.BrushStyle.BDiagPattern) if striped else Qt.BrushStyle.NoBrush)
        painter.drawRect(box.adjusted(0.75, 0.75, -0.75, 0))
    painter.restore()


def apart(points: Iterable[QPointF]) -> list[QPointF]:
    """Those of the points that can be told from the one before them; drawn on it, a thousand more show nothing."""
    kept: list[QPointF] = []
    for point in points:
        if not kept or (point - kept[-1]).manhattanLength() >= _TOLD_APART:
            kept.append(point)
    return kept


def draw_marker(painter: QPainter, number: int, at: QPointF, ink: QColor) -> None:
    """A disc, a square, a triangle or an open ring, in turn."""
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    match number % 4:
        case 0:
            painter.drawEllipse(at, 4, 4)
        case 1:
            painter.drawRect(QRectF(at.x() - 3.6, at.y() - 3.6, 7.2, 7.2))
        case 2:
            corners = ((0, -4.6), (4.4, 3.4), (-4.4, 3.4))
            painter.drawPolygon(QPolygonF([at + QPointF(x, y) for x, y in corners]))
        case _:
            painter.setPen(QPen(ink, 1.8))
            painter.setBrush(QColor(theme.colours().base))
            painter.drawEllipse(at, 3.6, 3.6)
    painter.restore()
