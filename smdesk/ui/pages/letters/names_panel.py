"""Whose names stand in the letter, found while it is typed: no letter names another child."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPalette, QTextCharFormat, QTextLayout
from PySide6.QtWidgets import (
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from smdesk.services.letter_records import NameHit
from smdesk.ui import theme
from smdesk.ui.pages.letters import words
from smdesk.ui.widgets.text import PlainLabel, dress, named

_HIT_ROLE = Qt.ItemDataRole.UserRole
_SHOWN = 3
"""Places shown without scrolling where there is room."""


class NamesPanel(QFrame):
    """One sentence, and below it every place where a name was found."""

    chosen = Signal(object)
    """The ``NameHit`` that was clicked or chosen with Enter."""

    def __init__(self, object_name: str = "letter_names", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(object_name)
        self.hits: tuple[NameHit, ...] = ()
        self._shown = _SHOWN
        self.sentence = PlainLabel("")
        self.sentence.setObjectName(f"{object_name}_sentence")
        self.places = named(QListWidget(), f"{object_name}_places", "Names found; Enter leads to the place")
        self.places.setItemDelegate(_HitDelegate(self.places))
        self.places.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        theme.roomy(column, theme.SMALL, theme.TIGHT)
        column.addWidget(self.sentence)
        column.addWidget(self.places)
        self.places.itemActivated.connect(self._chosen)
        self.places.itemClicked.connect(self._chosen)
        self.show_hits(())

    def show_hits(self, hits: tuple[NameHit, ...]) -> None:
        """The outcome of a check."""
        self.hits = hits
        self.sentence.setText(("▲ " if hits else "✓ ") + words.names_sentence(list(hits)))
        self.sentence.setAccessibleName(words.names_sentence(list(hits)))
        self._tone("warning" if hits else "info")
        self.places.clear()
        for hit in hits:
            item = QListWidgetItem(self.places)
            item.setData(_HIT_ROLE, hit)
            item.setText(f"{hit.name} ({hit.kind_label}): {hit.excerpt}")
            item.setToolTip("")
        self.places.setVisible(bool(hits))
        self._fit()

    def show_checking(self) -> None:
        """Names are being looked for after a change; the sentence before may be out of date."""
        self.sentence.setAccessibleName("Looking for names")

    def show_failure(self, sentence: str) -> None:
        """The check could not be made: silence would look like a clean letter."""
        self.hits = ()
        self.places.hide()
        self._tone("danger")
        self.sentence.setText(f"Names could not be checked: {sentence}")

    def show_at_most(self, places: int) -> None:
        """How many places are shown without scrolling; fewer in a low window."""
        if places != self._shown:
            self._shown = places
            self._fit()

    def _fit(self) -> None:
        height = self.places.sizeHintForRow(0) if self.places.count() else 0
        self.places.setFixedHeight(height * min(self.places.count(), self._shown) + 8)

    def _tone(self, tone: str) -> None:
        dress(self, tone=tone)

    def _chosen(self, item: QListWidgetItem) -> None:
        self.chosen.emit(item.data(_HIT_ROLE))


def place_in_excerpt(hit: NameHit) -> tuple[int, int]:
    """Where the found words stand in the excerpt (start and length), (0, 0) where they cannot be told."""
    found = " ".join(hit.found.split())
    # The excerpt shows up to thirty characters before the hit; the same name may stand there a first time.
    places = []
    at = hit.excerpt.find(found)
    while at >= 0:
        places.append(at)
        at = hit.excerpt.find(found, at + 1)
    if not places:
        return 0, 0
    middle = min(30, max(hit.start, 0)) + hit.excerpt.startswith("…")
    return min(places, key=lambda place: abs(place - middle)), len(found)


class _HitDelegate(QStyledItemDelegate):
    """Two lines: who, and where, with the name itself bold and underlined. Text is drawn as text, never as HTML."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(120, option.fontMetrics.height() * 2 + 8)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        hit = index.data(_HIT_ROLE)
        painter.save()
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(option.rect, option.palette.color(QPalette.ColorRole.Highlight))
        ink = option.palette.color(
            QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text
        )
        bold = QTextCharFormat()
        bold.setFontWeight(QFont.Weight.Bold)
        box = QRectF(option.rect).adjusted(6, 4, -6, -4)
        line = option.fontMetrics.height()
        _draw(
            painter,
            option.font,
            ink,
            QRectF(box.left(), box.top(), box.width(), line),
            f"{hit.name} · {hit.kind_label}",
            (0, len(hit.name)),
            bold,
        )
        bold.setFontUnderline(True)
        _draw(
            painter,
            option.font,
            ink,
            QRectF(box.left(), box.top() + line, box.width(), line),
            hit.excerpt,
            place_in_excerpt(hit),
            bold,
        )
        painter.restore()


def _draw(
    painter: QPainter,
    font: QFont,
    ink: QColor,
    box: QRectF,
    text: str,
    marked: tuple[int, int],
    look: QTextCharFormat,
) -> None:
    layout = QTextLayout(text, font)
    part = QTextLayout.FormatRange()
    part.start, part.length, part.format = marked[0], marked[1], look
    layout.setFormats([part])
    layout.beginLayout()
    line = layout.createLine()
    if line.isValid():
        line.setLineWidth(100_000)
    layout.endLayout()
    painter.setClipRect(box)
    painter.setPen(ink)
    layout.draw(painter, box.topLeft())
    painter.setClipping(False)
