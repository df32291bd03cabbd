"""The shared widgets: what is typed, what is said, and what the keyboard does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from smdesk.errors import Conflict, FieldChange, Invalid, Problem, Refused
from smdesk.policy.vocabulary import PersonKind
from smdesk.ui.desk import Desk
from smdesk.ui.first_run.steps import SchoolStep
from smdesk.ui.tasks import Progress, Tasks
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dates import DateEdit, DateTimeEdit
from smdesk.ui.widgets.dialogs import (
    BACK,
    MINE,
    THEIRS,
    ConflictDialog,
    ProgressDialog,
    ReasonDialog,
)
from smdesk.ui.widgets.forms import Form, Scrolled, closing
from smdesk.ui.widgets.password_pair import PasswordPair, strength
from smdesk.ui.widgets.person_picker import PersonPicker
from smdesk.ui.widgets.problem_bar import ProblemBar
from smdesk.ui.widgets.search_box import SearchBox
from smdesk.ui.widgets.status_chip import KINDS, StatusChip, status_icon
from smdesk.ui.widgets.text import PlainLabel, named

TODAY = date(2026, 5, 6)

# A popup wants the keyboard for itself; the windowless platform cannot give it and says so.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support grabbing the keyboard")


def shown(widget: QWidget, qtbot: QtBot) -> None:
    qtbot.addWidget(widget)
    widget.show()
    widget.activateWindow()
    QTest.qWaitForWindowActive(widget)


# Days


def test_a_typed_day_is_tidied_when_the_field_is_left(qtbot: QtBot) -> None:
    edit = DateEdit("day", "Posted on", clock=lambda: TODAY)
    shown(edit, qtbot)
    edit.line.setFocus()
    QTest.keyClicks(edit.line, "2/5")
    assert edit.day() == date(2026, 5, 2)
    edit.line.clearFocus()
    assert edit.line.text() == "Sat 2 May 2026"
    edit.set_day(None)
    assert edit.day() is None


def test_what_is_no_day_is_marked_and_refused_with_the_fields_name(qtbot: QtBot) -> None:
    edit = DateEdit("day", "Posted on", clock=lambda: TODAY)
    shown(edit, qtbot)
    edit.set_text("32/5")
    assert edit.line.property("wrong") == "true"
    assert edit.line.text() == "32/5"  # what was typed stays
    with pytest.raises(Invalid) as refused:
        edit.day("posted_on")
    assert refused.value.problems[0].field == "posted_on"
    assert str(refused.value).startswith("Posted on: ")
    edit.line.setText("2/5")
    assert edit.line.property("wrong") == "false"


def test_the_calendar_opens_by_keyboard_and_fills_the_day(qtbot: QtBot) -> None:
    edit = DateEdit("day", "Posted on", clock=lambda: TODAY)
    shown(edit, qtbot)
    edit.set_day(date(2026, 5, 2))
    QTest.keyClick(edit.line, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    month = QApplication.activePopupWidget().findChild(QWidget, "day_month")
    view = month.focusProxy() or month.findChild(QWidget, "qt_calendar_calendarview")
    QTest.keyClick(view, Qt.Key.Key_Right)
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert edit.day() == date(2026, 5, 3)
    assert QApplication.activePopupWidget() is None


def test_a_moment_is_local_on_screen_and_utc_in_the_record(qtbot: QtBot) -> None:
    edit = DateTimeEdit("received", "Received", clock=lambda: TODAY)
    shown(edit, qtbot)
    edit.set_moment(datetime(2026, 5, 2, 22, 50, tzinfo=UTC))
    assert (edit.date.line.text(), edit.time.text()) == ("Sat 2 May 2026", "23:50")
    assert edit.moment() == datetime(2026, 5, 2, 22, 50, tzinfo=UTC)
    edit.time.setText("9am")
    assert edit.moment() == datetime(2026, 5, 2, 8, 0, tzinfo=UTC)
    edit.time.clear()
    assert edit.moment() == datetime(2026, 5, 1, 23, 0, tzinfo=UTC)  # midnight in summer time
    edit.set_moment(None)
    assert edit.moment() is None


@pytest.mark.parametrize(
    ("day", "time", "says"),
    [("", "9:00", "no date"), ("2/5/26", "25:00", "not a time"), ("29/3/26", "1:30", "went forward")],
)
def test_a_moment_that_cannot_be_is_refused(qtbot: QtBot, day: str, time: str, says: str) -> None:
    edit = DateTimeEdit("received", "Received", clock=lambda: TODAY)
    qtbot.addWidget(edit)
    edit.date.line.setText(day)
    edit.time.setText(time)
    with pytest.raises(Invalid, match=says):
        edit.moment()


# Problems


def test_problems_lead_to_their_fields(qtbot: QtBot) -> None:
    window, name, text = QWidget(), QLineEdit(), QPlainTextEdit()
    bar = ProblemBar()
    column = QVBoxLayout(window)
    for widget in (bar, name, text):
        column.addWidget(widget)
    shown(window, qtbot)
    error = Invalid(
        [
            Problem("name", "The name & title is missing."),
            Problem("text", "Too long."),
            Problem("else", "Hm."),
        ]
    )
    bar.show_problems(error, {"name": name, "text": text})
    assert bar.sentences == ["The name & title is missing.", "Too long.", "Hm."]
    assert name.hasFocus()
    assert name.property("wrong") == "true"
    bar.findChild(QWidget, "problems_1").click()
    assert text.hasFocus()
    QTest.keyClicks(text, "x")
    assert text.property("wrong") == "false"
    assert name.property("wrong") == "true"
    bar.clear()
    assert name.property("wrong") == "false"
    assert not bar.isVisible()
    bar.show_problems(Refused("The policy rules this out."))
    assert bar.sentences == ["The policy rules this out."]


def test_a_name_is_never_html(qtbot: QtBot) -> None:
    label = PlainLabel("<b>Sam</b>")
    qtbot.addWidget(label)
    plain = PlainLabel("Sam")
    qtbot.addWidget(plain)
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert label.sizeHint().width() > plain.sizeHint().width()


# People


@pytest.fixture
def picker(desk_for: Callable[[str], Desk], qtbot: QtBot) -> PersonPicker:
    picker = PersonPicker(desk_for("business_manager"), "who", "Who posted it")
    shown(picker, qtbot)
    return picker


def popup_texts(picker: PersonPicker) -> list[str]:
    model = picker._completer.completionModel()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def search(picker: PersonPicker, text: str, qtbot: QtBot) -> None:
    QTest.keyClicks(picker, text)
    qtbot.waitUntil(lambda: picker._completer.popup().isVisible(), timeout=3000)
    assert picker._desk.tasks.wait_all()


def test_typing_a_few_letters_finds_people_and_enter_takes_the_first(
    picker: PersonPicker, qtbot: QtBot
) -> None:
    search(picker, "quill", qtbot)
    found = popup_texts(picker)
    assert any(text.startswith("Ms Anna Quillfeather") or "Anna" in text for text in found)
    assert found[-1] == "Add “quill” as a new person…"
    with qtbot.waitSignal(picker.chosen) as chosen:
        QTest.keyClick(picker._completer.popup(), Qt.Key.Key_Return)
    assert picker.person() == chosen.args[0]
    assert picker.person() is not None
    # Typing on after a choice takes it back: a name in the box must be the person chosen.
    with qtbot.waitSignal(picker.chosen) as chosen:
        QTest.keyClicks(picker, "x")
    assert chosen.args == [None]
    assert picker.person() is None
    picker._completer.popup().hide()


def test_somebody_not_on_record_can_be_added(picker: PersonPicker, qtbot: QtBot) -> None:
    search(picker, "Zebedee Nobody", qtbot)
    assert popup_texts(picker) == ["Add “Zebedee Nobody” as a new person…"]
    with qtbot.waitSignal(picker.add_new) as wanted:
        QTest.keyClick(picker._completer.popup(), Qt.Key.Key_Return)
    assert wanted.args == ["Zebedee Nobody"]


def test_only_the_kinds_asked_for_are_found(desk_for: Callable[[str], Desk], qtbot: QtBot) -> None:
    picker = PersonPicker(desk_for("business_manager"), "who", "Who posted it", kinds=(PersonKind.PUPIL,))
    shown(picker, qtbot)
    search(picker, "quill", qtbot)
    assert len(popup_texts(picker)) == 2  # Sam, and "add"
    picker._completer.popup().hide()


# Searching, chips


def test_search_waits_for_a_pause_and_not_for_enter(qtbot: QtBot) -> None:
    box = SearchBox("Search", "search")
    shown(box, qtbot)
    heard: list[str] = []
    box.searched.connect(heard.append)
    QTest.keyClicks(box, "rude")
    assert heard == []
    qtbot.waitUntil(lambda: heard == ["rude"], timeout=2000)
    QTest.keyClicks(box, "r")
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert heard == ["rude", "ruder"]
    QTest.keyClick(box, Qt.Key.Key_Escape)
    assert heard == ["rude", "ruder", ""]
    box.set_quietly("saved")
    assert heard == ["rude", "ruder", ""]


def test_a_chip_says_its_state_in_a_word_and_a_shape(qtbot: QtBot) -> None:
    chip = StatusChip("Overdue", "danger")
    qtbot.addWidget(chip)
    assert chip.accessibleName() == "Overdue"
    with pytest.raises(ValueError, match="none of"):
        chip.show_status("x", "purple")
    pictures = {kind: status_icon(kind).pixmap(16, 16).toImage() for kind in KINDS}
    outlines = {
        kind: tuple((x, y) for x in range(16) for y in range(16) if picture.pixelColor(x, y).alpha() > 127)
        for kind, picture in pictures.items()
    }
    assert len(set(outlines.values())) == len(KINDS)  # told apart without colour
    chip.grab()


# Dialogs

CONFLICT = Conflict(
    "Mrs H. Alder saved this at 14:05.",
    [
        FieldChange("summary", "Summary", "<b>theirs</b>", "mine"),
        FieldChange("platform", "Platform", "", "X"),
    ],
    7,
)


@pytest.mark.parametrize(("pressed", "choice"), [("theirs", THEIRS), ("mine", MINE), ("back", BACK)])
def test_a_conflict_shows_what_differs_and_asks(qtbot: QtBot, pressed: str, choice: str) -> None:
    dialog = ConflictDialog(CONFLICT)
    shown(dialog, qtbot)
    cells = [[dialog.table.item(line, place).text() for place in range(3)] for line in range(2)]
    assert cells == [["Summary", "<b>theirs</b>", "mine"], ["Platform", "(empty)", "X"]]
    getattr(dialog, pressed).click()
    assert dialog.choice == choice
    assert not dialog.isVisible()


def test_a_conflict_over_a_long_text_is_read_from_its_top(qtbot: QtBot) -> None:
    long = "\n".join(f"Line {number}" for number in range(60))
    dialog = ConflictDialog(Conflict("Somebody saved.", [FieldChange("body", "Text", long, long + ".")], 7))
    shown(dialog, qtbot)
    table = dialog.table
    assert table.rowHeight(0) > table.viewport().height()
    assert table.item(0, 0).textAlignment() & Qt.AlignmentFlag.AlignTop
    assert table.columnWidth(0) < table.columnWidth(1) / 2, "the room is for the texts"
    bar = table.verticalScrollBar()
    bar.setValue(bar.maximum())
    assert table.visualItemRect(table.item(0, 1)).bottom() <= table.viewport().height()
    dialog.reject()


def test_enter_and_esc_in_a_conflict_overwrite_nothing(qtbot: QtBot) -> None:
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Escape):
        dialog = ConflictDialog(CONFLICT)
        shown(dialog, qtbot)
        QTest.keyClick(dialog, key)
        assert dialog.choice == BACK
        assert not dialog.isVisible()


def test_a_reason_must_be_given(qtbot: QtBot) -> None:
    dialog = ReasonDialog("Skip", "Why is the talk skipped?", "&Skip it")
    shown(dialog, qtbot)
    dialog.ok.click()
    assert dialog.problem.isVisible()
    assert dialog.isVisible()
    QTest.keyClicks(dialog.edit, "  They moved away. ")
    dialog.ok.click()
    assert dialog.result() == QDialog.DialogCode.Accepted
    assert dialog.reason == "They moved away."


def test_work_can_be_watched_and_stopped(qtbot: QtBot, tasks: Tasks) -> None:
    import threading

    owner = QWidget()
    qtbot.addWidget(owner)
    stepped = threading.Event()

    def work(progress: Progress) -> None:
        for step in range(1000):
            progress.report(step, 1000, f"step {step}")
            stepped.set()
            threading.Event().wait(0.01)

    job = tasks.run(owner, work, long=True)
    dialog = ProgressDialog(tasks, job, "Copying", owner)
    dialog.open()
    qtbot.waitUntil(lambda: dialog.bar.maximum() == 1000, timeout=3000)
    assert dialog.text.text().startswith("step")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.cancel.isEnabled()
    assert tasks.wait_all()
    assert job.finished


# Passwords


def test_a_password_is_judged_in_a_sentence() -> None:
    assert strength("", "cedar")[0] is False
    assert strength("cedar12345", "cedar")[0] is False
    assert strength("only nine", "cedar") == (
        False,
        "A password needs at least 10 characters. Three or four words make a good one.",
    )
    assert [strength(p, "cedar")[0] for p in ("walnut rain", "correct horse battery")] == [True, True]


def test_a_pair_gives_the_password_only_when_both_agree(qtbot: QtBot) -> None:
    pair = PasswordPair("pair")
    qtbot.addWidget(pair)
    pair.first.setText("correct horse battery")
    assert pair.first.echoMode() == QLineEdit.EchoMode.Password
    pair.again.setText("correct horse")
    with pytest.raises(Invalid, match="not the same"):
        pair.password()
    pair.again.setText("correct horse battery")
    assert pair.password() == "correct horse battery"
    pair.show_it.setChecked(True)
    assert pair.again.echoMode() == QLineEdit.EchoMode.Normal


# Buttons and layouts


def test_enter_presses_the_button_that_has_the_focus_and_only_once(qtbot: QtBot) -> None:
    pressed: list[str] = []

    class Two(QDialog):
        def __init__(self) -> None:
            super().__init__()
            column = QVBoxLayout(self)
            self.cancel = button("Cancel", "two_cancel", self._cancel)
            self.ok = button("OK", "two_ok", self._ok)
            self.ok.setDefault(True)
            column.addWidget(self.cancel)
            column.addWidget(self.ok)

        def _cancel(self) -> None:
            pressed.append("cancel")

        def _ok(self) -> None:
            pressed.append("ok")

    dialog = Two()
    shown(dialog, qtbot)
    dialog.cancel.setFocus()
    QTest.keyClick(dialog.cancel, Qt.Key.Key_Return)
    held = QKeyEvent(
        QKeyEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, "\r", autorep=True
    )
    QApplication.sendEvent(dialog.cancel, held)
    assert pressed == ["cancel"]


def test_a_page_that_fits_does_not_scroll(qtbot: QtBot) -> None:
    page = Scrolled()
    for _ in range(6):
        page.body.addWidget(PlainLabel("Quite a long sentence that explains what the page is for. " * 3))
    page.body.addStretch(1)
    shown(page, qtbot)
    page.resize(900, 330)
    qtbot.waitUntil(lambda: page.verticalScrollBar().maximum() == 0)
    page.resize(300, 330)
    qtbot.waitUntil(lambda: page.verticalScrollBar().maximum() > 0)


def test_the_rows_of_a_form_keep_their_heights_when_something_in_it_comes_and_goes(qtbot: QtBot) -> None:
    page = SchoolStep()
    shown(page, qtbot)
    page.resize(680, 560)
    rows = [
        page.head.address.parentWidget(),
        page.head.logo.parentWidget(),
        page.head.complaints.parentWidget(),
    ]
    for sentence in ("", "The picture is larger than 2 MB.", "", "It is neither PNG nor JPEG."):
        page.head.logo.problem.setText(sentence)
        page.head.logo.problem.setVisible(bool(sentence))
        for _ in range(10):
            QApplication.processEvents()
        assert [row.height() for row in rows] == [row.heightForWidth(row.width()) for row in rows], sentence


def test_a_long_problem_is_read_to_its_end(qtbot: QtBot) -> None:
    sentence = "Group 8 of the recovery code is mistyped & must be typed again as it stands on the sheet in the safe."
    field = QLineEdit()
    holder = QWidget()
    column = QVBoxLayout(holder)
    bar = ProblemBar()
    column.addWidget(bar)
    column.addWidget(field)
    column.addStretch(1)
    shown(holder, qtbot)
    holder.resize(300, 300)
    bar.show_problems(Invalid([Problem("code", sentence)]), {"code": field})
    link = bar.findChild(QPushButton)
    assert link is not None
    qtbot.waitUntil(lambda: link.height() >= link.text().count("\n") * link.fontMetrics().height())
    lines = link.text().replace("&&", "&").split("\n")
    assert len(lines) > 1
    assert " ".join(lines) == sentence
    assert max(map(link.fontMetrics().horizontalAdvance, lines)) <= link.width()
    assert bar.sentences == [sentence]


def test_a_fields_hint_comes_back_when_it_is_right_again(qtbot: QtBot) -> None:
    form = Form()
    name = QLineEdit()
    form.add("Name", name, "name", "As it stands on letters.")
    bar = ProblemBar()
    shown(form, qtbot)
    qtbot.addWidget(bar)
    for _ in range(2):
        bar.show_problems(Invalid([Problem("name", "The name is missing.")]), form.fields)
    assert name.accessibleDescription() == "The name is missing."
    name.setText("Ada")
    assert name.accessibleDescription() == "As it stands on letters."
    assert name.toolTip() == ""


def test_the_wheel_scrolls_the_page_and_changes_no_choice(qtbot: QtBot) -> None:
    page = Scrolled()
    choice = named(QComboBox(), "choice", "Choice")
    choice.addItems(["one", "two", "three"])
    number = named(QSpinBox(), "number", "Number")
    tall = QWidget()
    tall.setMinimumHeight(2000)
    for widget in (choice, number, tall):
        page.body.addWidget(widget)
    shown(page, qtbot)
    page.resize(300, 300)
    for widget in (choice, number):
        widget.setFocus()
        before = page.verticalScrollBar().value()
        place = widget.mapTo(page, widget.rect().center())
        QTest.wheelEvent(page.windowHandle(), QPointF(place), QPoint(0, -120))
        QApplication.processEvents()
        assert page.verticalScrollBar().value() > before
    assert (choice.currentIndex(), number.value()) == (0, 0)


def test_tab_comes_to_the_action_before_cancel(qtbot: QtBot) -> None:
    dialog = QDialog()
    column = QVBoxLayout(dialog)
    edit = QLineEdit()
    cancel, ok = button("Cancel", "cancel"), button("OK", "ok")
    column.addWidget(edit)
    column.addWidget(closing(cancel, ok))
    shown(dialog, qtbot)
    edit.setFocus()
    order = []
    for _ in range(3):
        order.append(dialog.focusWidget())
        QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
    assert order == [edit, ok, cancel]


def test_the_hour_that_comes_twice_is_asked_about_where_it_matters(qtbot: QtBot) -> None:
    edit = DateTimeEdit("received", "Received", clock=lambda: TODAY, exact=True)
    qtbot.addWidget(edit)
    edit.show()
    assert edit.which is not None
    edit.set_texts("25/10/2026", "00:30", "")
    assert not edit.which.isVisible()
    edit.time.setText("1:30")
    assert edit.which.isVisible()
    with pytest.raises(Invalid, match="twice"):
        edit.moment()
    edit.which.setCurrentIndex(edit.which.findData("second"))
    assert edit.moment() == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    held = edit.texts()
    assert held[2] == "second"
    edit.time.setText("3:00")
    assert not edit.which.isVisible()
    assert edit.texts()[2] == ""
    edit.set_texts(*held)
    assert edit.moment() == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    edit.set_moment(first)  # shown and read back, it is the same moment
    assert edit.moment() == first
    edit.set_moment(datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
    assert edit.moment() == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
