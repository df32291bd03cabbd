"""A kept file shown in the window: a scanned paper, a picture or plain text, whatever it turns out to be."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QImageReader, QPixmap, QResizeEvent
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from smdesk.errors import SmdeskError
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.empty_state import EmptyState
from smdesk.ui.widgets.pdf_view import PdfView
from smdesk.ui.widgets.text import named

LARGEST_SIDE = 3000
"""Pixels: enough to read a scanned page by, and small enough to be drawn at once."""


class FileView(QWidget):
    """``show_file`` shows a file from memory; nothing is written anywhere."""

    def __init__(self, desk: Desk, object_name: str, what: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(object_name)
        self._desk = desk
        self._turn = 0
        self.pdf = PdfView(desk.tasks, desk.messages, f"{object_name}_pdf", what=what, ctx=desk.ctx)
        self.picture = Picture(f"{object_name}_picture", what)
        self.text = named(QPlainTextEdit(), f"{object_name}_text", what)
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.nothing = EmptyState("Nothing to show", object_name=f"{object_name}_nothing")
        self.stack = QStackedWidget()
        for page in (self.nothing, self.pdf, self.picture, self.text):
            self.stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.stack)

    def show_file(self, data: bytes, media_type: str, name: str) -> None:
        """Show this file. What cannot be shown here says so."""
        self._turn += 1
        if media_type == "application/pdf":
            self.pdf.show_pdf(data, name)
            self._front(self.pdf)
        elif media_type.startswith("image/"):
            turn = self._turn

            def work(progress: Progress) -> tuple[int, QImage, str]:
                return turn, decoded(data), name

            self.say("The picture is being opened…")
            self._desk.tasks.latest(self, "picture", work, self._have_picture, self._failed)
        elif media_type == "text/plain":
            self.text.setPlainText(data.decode("utf-8", errors="replace"))
            self._front(self.text)
        else:
            self.say(
                "This file cannot be shown here",
                f"Open the record and save a copy of “{name}” to look at it.",
            )

    def say(self, title: str, text: str = "") -> None:
        """Show words in place of a file."""
        self._turn += 1
        self.nothing.say(title, text)
        self._front(self.nothing)

    def _front(self, page: QWidget) -> None:
        self.stack.setCurrentWidget(page)
        self.setFocusProxy(None if page is self.nothing else page)

    def _have_picture(self, result: tuple[int, QImage, str]) -> None:
        _, image, name = result
        if image.isNull():
            self.say("This picture cannot be shown here", f"Open the record and save a copy of “{name}”.")
            return
        self.picture.show_image(image)
        self._front(self.picture)

    def _failed(self, error: SmdeskError) -> None:
        self.say("This file cannot be shown", str(error))


class Picture(QScrollArea):
    """A picture as wide as there is room, scrolled down where it is taller."""

    def __init__(self, object_name: str, what: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, object_name, what)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._image = QImage()
        self._label = QLabel()
        self._label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter)
        self._label.setContentsMargins(theme.TIGHT, theme.TIGHT, theme.TIGHT, theme.TIGHT)
        self.setWidget(self._label)
        self.setWidgetResizable(True)

    def show_image(self, image: QImage) -> None:
        self._image = image
        self._draw()
        self.verticalScrollBar().setValue(0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._draw()

    def _draw(self) -> None:
        if self._image.isNull():
            return
        scale = self.devicePixelRatioF()
        room = max(80, self.viewport().width() - 2 * theme.TIGHT)
        width = min(round(room * scale), self._image.width())
        shown = QPixmap.fromImage(self._image).scaledToWidth(
            width, Qt.TransformationMode.SmoothTransformation
        )
        shown.setDevicePixelRatio(scale)
        self._label.setPixmap(shown)


def decoded(data: bytes) -> QImage:
    """The picture, the way up it was taken; null for what cannot be read. For a worker thread."""
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid() and max(size.width(), size.height()) > LARGEST_SIDE:
        reader.setScaledSize(
            size.scaled(QSize(LARGEST_SIDE, LARGEST_SIDE), Qt.AspectRatioMode.KeepAspectRatio)
        )
    return reader.read()
