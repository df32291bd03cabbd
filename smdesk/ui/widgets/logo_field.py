"""Choosing the school's logo, with a preview."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QFileDialog, QLabel, QVBoxLayout, QWidget

from smdesk.errors import Invalid, StorageProblem
from smdesk.services.school import LOGO_MOST_BYTES, logo_fault
from smdesk.services.school_look import logo_preview
from smdesk.ui import theme
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.text import PlainLabel, named

PREVIEW = QSize(220, 72)


class LogoField(QWidget):
    """A picture or none. The service says what a logo may be; here it is only read and shown."""

    changed = Signal()

    def __init__(self, object_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._data: bytes | None = None
        self.setObjectName(object_name)
        self.setAccessibleName("Logo")
        self.preview = named(QLabel(), f"{object_name}_preview", "Preview of the logo")
        self.preview.setFixedSize(PREVIEW)
        self.preview.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.preview.setStyleSheet(
            "background: white; color: #55606e; border: 1px solid #c3cad4; border-radius: 4px;"
        )
        self.pick = button("Choose a pi&cture…", f"{object_name}_pick", self._choose)
        self.remove = button("Re&move", f"{object_name}_remove", self._remove)
        self.problem = PlainLabel("", look="danger")
        self.problem.hide()
        buttons = QWidget()
        column = QVBoxLayout(buttons)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.TIGHT)
        column.addWidget(self.pick)
        column.addWidget(self.remove)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(theme.TIGHT)
        outer.addWidget(row(self.preview, buttons, None))
        outer.addWidget(self.problem)
        self.setFocusProxy(self.pick)
        self._show()

    def data(self) -> bytes | None:
        return self._data

    def set_data(self, data: bytes | None) -> None:
        self._data = data
        self._show()

    def set_read_only(self, read_only: bool) -> None:
        self.pick.setVisible(not read_only)
        self.remove.setVisible(not read_only)

    def load(self, file: Path) -> None:
        """Take the picture from a file. What is wrong with the file is said below the preview."""
        from smdesk.security.files import read_limited

        try:
            data = read_limited(file, LOGO_MOST_BYTES)
            if data is None:
                raise StorageProblem(
                    f"The picture is larger than {LOGO_MOST_BYTES // 2**20} MB. Choose a smaller one."
                )
            if fault := logo_fault(data):
                raise StorageProblem(fault)
        except OSError as error:
            self._say(f"{file.name} cannot be read: {error.strerror}.")
            return
        except StorageProblem as problem:
            self._say(str(problem))
            return
        self._say("")
        self._data = data
        self._show()
        self.changed.emit()

    def _choose(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(
            self, "The school's logo", "", "Pictures (*.png *.jpg *.jpeg *.svg)"
        )
        if chosen:
            self.load(Path(chosen))

    def _remove(self) -> None:
        self._data = None
        self._say("")
        self._show()
        self.changed.emit()

    def _say(self, text: str) -> None:
        self.problem.setText(text)
        self.problem.setVisible(bool(text))

    def _show(self) -> None:
        self.remove.setEnabled(self._data is not None)
        if self._data is None:
            self.preview.setPixmap(QPixmap())
            self.preview.setText("No logo")
            return
        picture = _small(self._data, self.devicePixelRatioF())
        if picture.isNull():
            self.preview.setText("No preview")
            return
        self.preview.setPixmap(QPixmap.fromImage(picture))


def _small(data: bytes, ratio: float) -> QImage:
    """The picture at preview size, as papers show it; none where it cannot be read."""
    room = (PREVIEW - QSize(12, 12)) * ratio
    try:
        content = logo_preview(data, room.width(), room.height())
    except Invalid:
        return QImage()
    picture = QImage.fromData(content, "PNG")
    picture.setDevicePixelRatio(ratio)
    return picture
