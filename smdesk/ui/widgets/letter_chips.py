"""Fields in a letter's text, each one object: drawn as a pill with its words, and never deleted by half."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPyTextObject,
    QTextCharFormat,
    QTextDocument,
    QTextFormat,
)

from smdesk.ui import theme

CHIP = "\ufffc"
"""What stands in the document where a chip is."""
OBJECT = QTextFormat.ObjectTypes.UserObject.value + 1
_FIELD = QTextFormat.Property.UserProperty.value + 1
_WORDS = QTextFormat.Property.UserProperty.value + 2
_LABEL = QTextFormat.Property.UserProperty.value + 3
_PAD = 5.0
_ROUND = 4.0


def chip_format(base: QTextCharFormat, field: str, words: str, label: str) -> QTextCharFormat:
    """A chip that stands for ``words`` in the text and shows ``label``."""
    made = QTextCharFormat(base)
    made.setObjectType(OBJECT)
    # The line's height must not jump where a field stands in it.
    made.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignBaseline)
    made.setProperty(_FIELD, field)
    made.setProperty(_WORDS, words)
    made.setProperty(_LABEL, label)
    return made


def field_of(chars: QTextCharFormat) -> str:
    """The field that gave a chip, "" for text. Look at the character too: text typed behind a chip may carry this."""
    return str(chars.property(_FIELD) or "")


def words_of(chars: QTextCharFormat) -> str:
    return str(chars.property(_WORDS) or "")


def label_of(chars: QTextCharFormat) -> str:
    return str(chars.property(_LABEL) or "")


class ChipLook(QPyTextObject):
    """How chips are drawn; one for each document."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)

    def intrinsicSize(self, document: QTextDocument, at: int, look: QTextFormat) -> QSizeF:
        chars = look.toCharFormat()
        metrics = QFontMetricsF(_font(document, chars))
        wide = metrics.horizontalAdvance(label_of(chars)) + 2 * _PAD
        return QSizeF(min(wide, _widest(document)), metrics.height())

    def drawObject(
        self, painter: QPainter, rect: QRectF, document: QTextDocument, at: int, look: QTextFormat
    ) -> None:
        chars = look.toCharFormat()
        c = theme.colours()
        # A selected object comes with the colours of the selection in its format.
        selected = chars.background().style() != Qt.BrushStyle.NoBrush
        ground, ink = (c.accent, c.on_accent) if selected else (c.info_ground, c.info)
        font = _font(document, chars)
        metrics = QFontMetricsF(font)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(c.info))
        painter.setBrush(QColor(ground))
        painter.drawRoundedRect(rect.adjusted(1, 0.5, -1, -0.5), _ROUND, _ROUND)
        painter.setPen(QColor(ink))
        painter.setFont(font)
        label = metrics.elidedText(label_of(chars), Qt.TextElideMode.ElideRight, rect.width() - 2 * _PAD + 1)
        painter.drawText(QPointF(rect.left() + _PAD, rect.bottom() - metrics.descent()), label)
        painter.restore()


def _font(document: QTextDocument, chars: QTextCharFormat) -> QFont:
    return chars.font().resolve(document.defaultFont())


def _widest(document: QTextDocument) -> float:
    """No wider than the text: an object is never broken over two lines."""
    width = document.textWidth() - 2 * document.documentMargin() - 40
    return width if width > 80 else 10_000.0
