"""Tab goes through the fields of a form as they stand on the screen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from smdesk.ui.desk import Desk
from smdesk.ui.main_window import MainWindow
from smdesk.ui.widgets.code_box import CodeBox
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.service_dialog import ServiceDialog
from tests.support import due, pages
from tests.support.due import TODAY
from tests.support.school import SmallSchool

PARTS = (
    ("accounts", "register"),
    ("accounts", "messages"),
    ("accounts", "sign_offs"),
    ("accounts", "blocks"),
    ("reputation", "findings"),
)


@pytest.mark.parametrize(("tab", "part"), PARTS)
def test_tab_goes_down_the_form(
    school: SmallSchool, desk_for: Callable[[str], Desk], qtbot: QtBot, tab: str, part: str
) -> None:
    due.account(school)
    due.place(school, TODAY)
    desk = desk_for("business_manager")
    window = MainWindow(desk, "Brambleford")
    qtbot.addWidget(window, before_close_func=MainWindow.close_without_asking)
    window.resize(1300, 1400)
    window.show()
    window.open_part(tab, part)
    pages.settle(desk.tasks)
    page = window.page(tab)
    page.new_record()
    pages.settle(desk.tasks)
    qtbot.wait(50)  # laid out
    within: QWidget = page.part(part).form().scrolled  # type: ignore[attr-defined]  # both pages have parts
    places = []
    at = window.focusWidget()
    while at is not None and within.isAncestorOf(at) and len(places) < 40:
        corner = at.mapTo(within, QPoint(0, 0))
        places.append((corner.y() + at.height() // 2, corner.x(), at.objectName()))
        QTest.keyClick(at, Qt.Key.Key_Tab)
        at = window.focusWidget()
    assert len(places) > 4
    rows = [(y // 12, x) for y, x, _ in places]
    for before, after, name in zip(rows, rows[1:], places[1:], strict=False):
        assert after > before, f"{name} comes before what stands above or left of it"


def test_tab_comes_to_the_buttons_of_a_dialog_and_round_again(
    desk_for: Callable[[str], Desk], qtbot: QtBot
) -> None:
    desk = desk_for("business_manager")
    dialog = ServiceDialog(desk, "asked", "Record it", "Record")
    qtbot.addWidget(dialog)
    today = desk.ctx.today
    kind = CodeBox("kind", "Kind", [("a", "A")])
    on, until = DateEdit("on", "On", dialog, clock=today), DateEdit("until", "Until", dialog, clock=today)
    note = dialog.note_field("note", "Note")
    for label, field in (("&Note", note), ("&Kind", kind), ("&On", on), ("&Until", row(until, None))):
        dialog.form.add(label, field, label)
    dialog.open()
    note.setFocus()
    seen = []
    for _ in range(7):
        at = dialog.focusWidget()
        seen.append(at.objectName())
        QTest.keyClick(at, Qt.Key.Key_Tab)
    assert seen == ["note", "kind", "on_line", "until_line", "asked_ok", "asked_cancel", "note"]
