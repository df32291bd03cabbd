"""Tab goes through a form as it is read."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.forms import Form, row


def test_fields_side_by_side_come_where_they_stand(qtbot: QtBot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    form = Form(page)
    names = ("first", "left", "right", "last")
    fields = {name: QLineEdit(page) for name in names}
    day = DateEdit("day", "Day", page)
    text = QPlainTextEdit(page)
    text.setTabChangesFocus(True)
    after = QPushButton("Save", page)
    column = QVBoxLayout(page)
    column.addWidget(form)
    column.addWidget(after)
    form.add("First", fields["first"])
    form.add("Pair", row(fields["left"], fields["right"], None))
    form.add_wide(fields["last"])
    form.add("Day", row(day, None))
    form.add("Text", text)
    form.order_keys()
    page.show()
    page.activateWindow()
    fields["first"].setFocus()
    for expected in (fields["left"], fields["right"], fields["last"], day.line, text, after):
        qtbot.keyClick(page.focusWidget(), Qt.Key.Key_Tab)
        assert page.focusWidget() is expected
