"""Shows a kept file without letting it out: a PDF as pages, a picture as large as the window."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import QDialog, QLabel, QSizePolicy, QVBoxLayout, QWidget

from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.pdf_view import PdfView
from smdesk.ui.widgets.text import PlainLabel, named

SHOWN_TYPES = ("application/pdf", "image/png", "image/jpeg", "image/webp")
"""Media types that can be shown; the service found them by looking into the file, not at its name."""


class FilePreview(QDialog):
    """One file, read only. Use ``open()``."""

    def __init__(
        self, desk: Desk, data: bytes, media_type: str, title: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("file_preview")
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        column = QVBoxLayout(self)
        theme.roomy(column, theme.NORMAL)
        if media_type == "application/pdf":
            view = PdfView(desk.tasks, desk.messages, "file_pdf", what=title)
            column.addWidget(view, 1)
            view.show_pdf(data, title)
        else:
            column.addWidget(_picture(data, title), 1)
        self.close_button = button("Close", "file_preview_close", self.reject, tip="Esc")
        column.addWidget(row(None, self.close_button))
        room = self.screen().availableGeometry()
        self.resize(min(1000, room.width() - 60), min(860, room.height() - 80))


def _picture(data: bytes, title: str) -> QWidget:
    image = QImage.fromData(data)
    if image.isNull():
        return PlainLabel("This picture cannot be shown here. Save a copy and open it in another program.")
    return named(Picture(image), "file_picture", title)


class Picture(QLabel):
    """A picture that fills its room without losing its shape, and is never larger than it is."""

    def __init__(self, image: QImage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = image
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.setMinimumSize(QSize(120, 80))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        ratio = self.devicePixelRatioF()
        room = (event.size() * ratio).boundedTo(self._image.size())
        shown = self._image.scaled(
            room, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        shown.setDevicePixelRatio(ratio)
        self.setPixmap(QPixmap.fromImage(shown))
