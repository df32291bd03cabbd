"""The list of what is due: sections, and under each its things in two lines with when they are due at the right."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from smdesk.services.today_records import DueDate, Item, Section, Target, due_words, item_words
from smdesk.ui import theme
from smdesk.ui.models.chunked import plain_tooltip
from smdesk.ui.widgets.status_chip import draw_shape
from smdesk.ui.widgets.text import named

_LINE = int(Qt.ItemDataRole.UserRole)
_SECTIONS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
"""With Alt: to the next section, to the one before."""
_PAD = theme.SMALL
_SHAPE = 12


class _Words:
    """What one row shows. A row without a second line is a heading or the way to the rest."""

    __slots__ = ("due", "heading", "key", "sign", "target", "title", "why")

    def __init__(
        self, key: str, title: str, why: str, due: str, sign: str, target: Target, *, heading: bool = False
    ) -> None:
        self.key, self.title, self.why, self.due = key, " ".join(title.split()), " ".join(why.split()), due
        self.sign, self.target, self.heading = sign, target, heading

    def spoken(self) -> str:
        parts = [self.title, self.why, self.due[:1].upper() + self.due[1:]]
        return ". ".join(part.rstrip(".") for part in parts if part)


class TodayList(QTreeWidget):
    """``opened`` on Enter or a click carries the ``Target``: a thing's own form, or the list of a whole section."""

    opened = Signal(object)

    def __init__(self, object_name: str, accessible_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, object_name, accessible_name)
        self.setHeaderHidden(True)
        self.setColumnCount(1)
        self.setUniformRowHeights(False)
        self.setIndentation(theme.LARGE)
        self.setExpandsOnDoubleClick(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setItemDelegate(_TwoLines(self))
        self.setMouseTracking(True)
        self._collapsed: set[str] = set()
        self.itemClicked.connect(self._clicked)
        self.itemCollapsed.connect(self._remember)
        self.itemExpanded.connect(self._remember)

    def show_sections(self, sections: Sequence[Section], as_of: datetime) -> None:
        """Show these. What was current, folded in and in sight stays so where it is still there."""
        current, place = self.current_key(), self.verticalScrollBar().value()
        at = self.currentItem()
        row = -1 if at is None else self._all().index(at)
        self.blockSignals(True)
        self.clear()
        for section in sections:
            self._add_section(section, as_of)
        self._come_back(current, row, place)
        self.blockSignals(False)

    def show_coming(self, coming: Sequence[DueDate], as_of: datetime) -> None:
        """Show what comes up next, under one heading."""
        current, place = self.current_key(), self.verticalScrollBar().value()
        self.blockSignals(True)
        self.clear()
        head = _item(_Words("coming", "Coming up", "", "", "", Target(""), heading=True), self)
        for each in coming:
            _item(_Words(each.key, each.title, "", due_words(each.due, as_of), "", each.target), head)
        head.setExpanded(True)
        self._come_back(current, -1, place)
        self.blockSignals(False)

    def _come_back(self, current: str, row: int, place: int) -> None:
        """Make current what was, or what has taken its place, and scroll there."""
        everything = self._all()
        found = next((each for each in everything if _words(each).key == current), None)
        if found is None and everything:
            # What was done has gone: the next thing takes its place under the keyboard.
            found = everything[min(row, len(everything) - 1)] if row >= 0 else self._first(everything)
        if found is not None:
            self.setCurrentItem(found)
        self.verticalScrollBar().setValue(place)
        if found is not None:
            self.scrollToItem(found)

    def current_key(self) -> str:
        """The key of the current row; "" where there is none."""
        item = self.currentItem()
        return "" if item is None else _words(item).key

    def lines(self) -> list[tuple[str, str, str]]:
        """(title, why, due) of every row as shown, headings included."""
        return [(words.title, words.why, words.due) for words in map(_words, self._all())]

    def come_to(self, key: str) -> None:
        """Make the row with this key current; nothing where there is none."""
        for item in self._all():
            if _words(item).key == key:
                self.setCurrentItem(item)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        if event.modifiers() & Qt.KeyboardModifier.AltModifier and event.key() in _SECTIONS:
            self._step(_SECTIONS[Qt.Key(event.key())])
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and item is not None:
            if not event.isAutoRepeat():
                self._clicked(item)
            return
        super().keyPressEvent(event)

    def _add_section(self, section: Section, as_of: datetime) -> None:
        late = f"{section.overdue:,} overdue" if section.overdue else ""
        key = f"section-{section.kind}"
        title = f"{section.title} ({section.count:,})"
        head = _item(
            _Words(key, title, "", late, "danger" if late else "", section.target, heading=True), self
        )
        for each in section.items:
            _item(_told(each, as_of), head)
        if section.more:
            more = f"{section.more:,} more: open the list"
            _item(_Words(f"{key}-more", more, "", "", "", section.target), head)
        head.setExpanded(key not in self._collapsed)

    def _step(self, way: int) -> None:
        """Come to the first thing of the next section, or of the one before."""
        item = self.currentItem()
        if item is None:
            return
        head = item.parent() or item
        head = self.topLevelItem(self.indexOfTopLevelItem(head) + way)
        if head is not None:
            # The heading itself is seen as well: it says what the things are.
            self.scrollToItem(head, QAbstractItemView.ScrollHint.EnsureVisible)
            self.setCurrentItem(head.child(0) if head.isExpanded() and head.childCount() else head)

    def _first(self, everything: Sequence[QTreeWidgetItem]) -> QTreeWidgetItem:
        """The first thing to do, past the heading."""
        return everything[1] if len(everything) > 1 and everything[0].isExpanded() else everything[0]

    def _all(self) -> list[QTreeWidgetItem]:
        found = []
        for place in range(self.topLevelItemCount()):
            head = self.topLevelItem(place)
            found += [head, *(head.child(at) for at in range(head.childCount()))]
        return found

    def _clicked(self, item: QTreeWidgetItem) -> None:
        target = _words(item).target
        if target.tab:
            self.opened.emit(target)

    def _remember(self, item: QTreeWidgetItem) -> None:
        key = _words(item).key
        if item.isExpanded():
            self._collapsed.discard(key)
        else:
            self._collapsed.add(key)


def _told(item: Item, as_of: datetime) -> _Words:
    sign = "danger" if item.overdue else ""
    return _Words(item.key, item.title, item.why, item_words(item, as_of), sign, item.target)


def _item(words: _Words, parent: QTreeWidget | QTreeWidgetItem) -> QTreeWidgetItem:
    item = QTreeWidgetItem(parent)
    item.setData(0, _LINE, words)
    item.setData(0, Qt.ItemDataRole.AccessibleTextRole, words.spoken())
    if not words.heading:
        item.setToolTip(0, plain_tooltip(words.why))
    return item


def _words(item: QTreeWidgetItem) -> _Words:
    words = item.data(0, _LINE)
    assert isinstance(words, _Words)  # noqa: S101 - set by _item
    return words


class _TwoLines(QStyledItemDelegate):
    """Paints a heading in one strong line, a thing in two; when it is due stands at the right with its shape."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        words: _Words = index.data(_LINE)
        line = QFontMetrics(option.font).lineSpacing()
        if words.heading:
            return QSize(120, int(line * 1.2) + 2 * _PAD)
        return QSize(120, (2 if words.why else 1) * line + _PAD)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        words: _Words = index.data(_LINE)
        colours = theme.colours()
        painter.save()
        state: Any = option.state
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, QColor(colours.selection))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(option.rect, QColor(colours.neutral_ground))
        box = option.rect.adjusted(theme.TIGHT, 0, -theme.NORMAL, 0)
        font = theme.heading_font(option.font, 3) if words.heading else QFont(option.font)
        if words.heading:
            font.setPointSizeF(font.pointSizeF() * 1.1)
        elif words.why:
            font.setWeight(QFont.Weight.DemiBold)
        line = QFontMetrics(option.font).lineSpacing()
        first = QRect(box.left(), box.top(), box.width(), box.height())
        if words.why:
            first.setHeight(line + _PAD)
        first.setWidth(self._due(painter, words, first, option.font))
        painter.setFont(font)
        quiet = not words.heading and not words.why
        painter.setPen(QColor(colours.accent if quiet else colours.text))
        _draw(painter, first, words.title)
        if words.why:
            painter.setFont(option.font)
            painter.setPen(QColor(colours.muted))
            second = QRect(box.left(), box.top() + line + _PAD // 2, box.width(), line)
            _draw(painter, second, words.why)
        if words.heading:
            painter.setPen(QColor(colours.border))
            painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        painter.restore()

    def _due(self, painter: QPainter, words: _Words, line: QRect, font: QFont) -> int:
        """Draw when it is due at the right end; what is left of the line."""
        if not words.due:
            return line.width()
        colours = theme.colours()
        ink = QColor(colours.danger if words.sign == "danger" else colours.muted)
        metrics = QFontMetrics(font)
        wide = metrics.horizontalAdvance(words.due)
        at = QRect(line.right() - wide, line.top(), wide + 1, line.height())
        painter.setFont(font)
        painter.setPen(ink)
        painter.drawText(at, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words.due)
        used = wide + theme.NORMAL
        if words.sign:
            top = at.top() + (at.height() - _SHAPE) / 2
            draw_shape(painter, words.sign, QRectF(at.left() - _SHAPE - 5, top, _SHAPE, _SHAPE), ink)
            used += _SHAPE + 5
        return max(0, line.width() - used)


def _draw(painter: QPainter, box: QRect, text: str) -> None:
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
