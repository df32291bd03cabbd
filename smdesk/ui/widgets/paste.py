"""Ctrl+V anywhere in the form, files dropped on it: pictures and files become evidence, text stays text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import shiboken6
from PySide6.QtCore import QBuffer, QEvent, QIODevice, QMimeData, QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QWidget

from smdesk.errors import Invalid
from smdesk.services.context import LOCAL
from smdesk.ui.widgets.pending import Pending


@dataclass(frozen=True, slots=True)
class Offered:
    """What came in: pictures that exist nowhere else yet, and files on the disk."""

    images: tuple[QImage, ...] = ()
    paths: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.images or self.paths)


def offered(mime: QMimeData) -> Offered:
    """Pictures and local files in a clipboard or a drop. Text beside a picture makes it text (a table, a page)."""
    paths = tuple(url.toLocalFile() for url in mime.urls() if url.isLocalFile()) if mime.hasUrls() else ()
    if paths:
        return Offered(paths=paths)
    if mime.hasImage() and not mime.hasText():
        image = QImage(mime.imageData())
        if not image.isNull():
            return Offered(images=(image,))
    return Offered()


def as_png(image: QImage) -> bytes:
    """The picture as a PNG file's bytes; may run on a worker. Raises Invalid when it cannot be made."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):
        raise Invalid.one("data", "The picture on the clipboard cannot be read. Copy it again.")
    return bytes(buffer.data().data())


def as_pieces(offered: Offered, first_key: int, at: datetime) -> tuple[Pending, ...]:
    """What came in, named and with pictures as PNG; for a worker. Keys count up from ``first_key``."""
    local = at.astimezone(LOCAL)
    pieces = [
        Pending(first_key + number, f"Screenshot {local:%Y-%m-%d %H.%M}.png", data=as_png(image))
        for number, image in enumerate(offered.images)
    ]
    first_key += len(pieces)
    pieces += [
        Pending(first_key + number, Path(path).name, path=path) for number, path in enumerate(offered.paths)
    ]
    return tuple(pieces)


class PasteCatcher(QObject):
    """Looks at Ctrl+V in whatever holds the keyboard inside ``form``, before the field does.

    It listens to that one widget at a time, so that nothing else pays for it.
    """

    pasted = Signal(object)
    """Carries ``Offered``."""

    def __init__(self, form: QWidget) -> None:
        super().__init__(form)
        self._form = form
        self._watched: QWidget | None = None
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._focus_changed)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and event.matches(QKeySequence.StandardKey.Paste)
        ):
            found = offered(QGuiApplication.clipboard().mimeData())
            if found:
                self.pasted.emit(found)
                return True
        return super().eventFilter(watched, event)

    def _focus_changed(self, _old: QWidget | None, new: QWidget | None) -> None:
        # A widget that is being destroyed gives up the keyboard first: by then nothing of it may be touched.
        if self._watched is not None and shiboken6.isValid(self._watched):
            self._watched.removeEventFilter(self)
            self._watched.destroyed.disconnect(self._watched_gone)
        self._watched = None
        if new is not None and self._form.isAncestorOf(new) and new.window() is self._form.window():
            new.installEventFilter(self)
            new.destroyed.connect(self._watched_gone)
            self._watched = new

    def _watched_gone(self) -> None:
        self._watched = None
