"""A word with a shape. The colour only repeats what the word and the shape already say."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QIcon, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from smdesk.ui import theme

KINDS = ("neutral", "info", "ok", "warning", "danger")
"""Shapes: ring, dot, tick, triangle, diamond."""


class StatusChip(QWidget):
    """A small rounded label, for example "Overdue" with a diamond."""

    def __init__(self, text: str = "", kind: str = "neutral", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._text, self._kind = "", "neutral"
        self.show_status(text, kind)

    def show_status(self, text: str, kind: str = "neutral") -> None:
        """Another word and kind (one of ``KINDS``). Raises ValueError for any other kind."""
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is none of {KINDS}.")
        self._text, self._kind = text, kind
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    @property
    def text(self) -> str:
        return self._text

    @property
    def kind(self) -> str:
        return self._kind

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self.font())
        height = metrics.height() + 6
        return QSize(metrics.horizontalAdvance(self._text) + height + 12, height)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        ink, ground = _colours(self._kind)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(ink), 1))
        painter.setBrush(QColor(ground))
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        side = self.height() - 12.0
        draw_shape(painter, self._kind, QRectF(8, 6, side, side), QColor(ink))
        painter.setPen(QColor(ink))
        painter.drawText(
            self.rect().adjusted(int(side) + 13, 0, -4, 0), Qt.AlignmentFlag.AlignVCenter, self._text
        )
        painter.end()


def draw_shape(painter: QPainter, kind: str, box: QRectF, ink: QColor) -> None:
    """The kind's shape, filled with ``ink`` (a ring and a tick are lines)."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(ink, max(1.5, box.width() / 7), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    left, top, right, bottom = box.left(), box.top(), box.right(), box.bottom()
    if kind == "neutral":
        painter.drawEllipse(box.adjusted(1, 1, -1, -1))
    elif kind == "ok":
        painter.drawPolyline(
            QPolygonF(
                [
                    QPointF(left + 1, box.center().y()),
                    QPointF(left + box.width() * 0.4, bottom - 1.5),
                    QPointF(right - 1, top + 1.5),
                ]
            )
        )
    else:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        middle = box.center()
        if kind == "info":
            painter.drawEllipse(box.adjusted(1, 1, -1, -1))
        elif kind == "warning":
            painter.drawPolygon(
                QPolygonF([QPointF(middle.x(), top), QPointF(right, bottom), QPointF(left, bottom)])
            )
        else:
            painter.drawPolygon(
                QPolygonF(
                    [
                        QPointF(middle.x(), top),
                        QPointF(right, middle.y()),
                        QPointF(middle.x(), bottom),
                        QPointF(left, middle.y()),
                    ]
                )
            )
    painter.restore()


def status_icon(kind: str) -> QIcon:
    """The kind's shape for a table cell, in the colours in use."""
    return _icon(kind, theme.dark())


@lru_cache(maxsize=16)
def _icon(kind: str, dark: bool) -> QIcon:
    icon = QIcon()
    colours = theme.DARK if dark else theme.LIGHT
    ink = {
        "neutral": colours.muted,
        "info": colours.info,
        "ok": colours.ok,
        "warning": colours.warning,
        "danger": colours.danger,
    }[kind]
    for size in (12, 16, 24, 32):
        pixmap = QPixmap(size, size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        draw_shape(painter, kind, QRectF(1, 1, size - 2, size - 2), QColor(ink))
        painter.end()
        icon.addPixmap(pixmap)
    return icon


def _colours(kind: str) -> tuple[str, str]:
    now = theme.colours()
    return {
        "neutral": (now.text, now.neutral_ground),
        "info": (now.info, now.info_ground),
        "ok": (now.ok, now.ok_ground),
        "warning": (now.warning, now.warning_ground),
        "danger": (now.danger, now.danger_ground),
    }[kind]
