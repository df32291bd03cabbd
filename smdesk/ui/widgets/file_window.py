"""A window that shows a file kept with a record."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from smdesk.services.attached_files import AttachedFileRecord
from smdesk.services.connection_records import KeptFile
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.file_view import FileView
from smdesk.ui.widgets.forms import row


class FileWindow(QDialog):
    """Use ``open()``; Esc closes it."""

    def __init__(
        self, desk: Desk, file: KeptFile | AttachedFileRecord, data: bytes, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("file_window")
        self.setWindowTitle(file.name)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.view = FileView(desk, "file_view", file.name)
        column = QVBoxLayout(self)
        theme.roomy(column, theme.NORMAL)
        column.addWidget(self.view, 1)
        column.addWidget(row(None, button("Close", "file_close", self.reject, tip="Esc")))
        theme.fit(self, 900, 860)
        self.view.show_file(data, file.media_type, file.name)
