"""Fields for a day, or a day and time, that may be empty. Typed, or picked from a calendar (Alt+Down)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time

from PySide6.QtCore import QDate, QEvent, QLocale, QPoint, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent
from PySide6.QtWidgets import (
    QCalendarWidget,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from smdesk.errors import Invalid
from smdesk.policy.deadlines import comes_twice
from smdesk.services.context import LOCAL
from smdesk.ui.widgets.day_parsing import long_day, parse_day, parse_time
from smdesk.ui.widgets.problem_bar import mark

FIRST, SECOND = "first", "second"
"""Which of two equal times on the night the clocks go back."""
EXAMPLE = "e.g. 2/5/26 or today"
"""What an empty field shows while something may be typed."""


def today() -> date:
    """Today at the school."""
    return datetime.now(LOCAL).date()


class _Line(QLineEdit):
    """Tells when it is left, and hands Alt+Down on."""

    left = Signal()
    calendar_wanted = Signal()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.left.emit()

    def event(self, event: QEvent) -> bool:
        # A page that goes on to its next item by Alt+Down leaves it to this field while the keyboard is here.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _opens(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if _opens(event):
            self.calendar_wanted.emit()
            return
        super().keyPressEvent(event)


def _opens(event: QKeyEvent) -> bool:
    """Whether these keys open the calendar."""
    return event.key() == Qt.Key.Key_Down and bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)


class DateEdit(QWidget):
    """A day that may be empty. Any of ``parse_day``'s ways of writing is taken."""

    changed = Signal()
    """What is typed changed (also to something unreadable)."""

    def __init__(
        self,
        object_name: str,
        accessible_name: str,
        parent: QWidget | None = None,
        *,
        clock: Callable[[], date] = today,
        ahead: bool = False,
    ) -> None:
        """With ``ahead`` a day without a year is the next such day, not the last one."""
        super().__init__(parent)
        self._clock = clock
        self._ahead = ahead
        self._name = accessible_name.replace("&", "")
        self.setObjectName(object_name)
        self.setAccessibleName(self._name)
        self.line = _Line(self)
        self.line.setObjectName(f"{object_name}_line")
        self.line.setAccessibleName(f"{self._name}, date, day first")
        self.line.setPlaceholderText(EXAMPLE)
        letters = QFontMetrics(self.font())
        widest = max(letters.horizontalAdvance(each) for each in ("Wed 30 Nov 2026", EXAMPLE))
        self.line.setMinimumWidth(widest + 26)
        self.pick = QToolButton(self)
        self.pick.setObjectName(f"{object_name}_calendar")
        self.pick.setAccessibleName(f"{self._name}: calendar")
        self.pick.setText("▾")
        self.pick.setToolTip("Calendar (Alt+Down)")
        # Alt+Down does the same from the field, so Tab need not stop here.
        self.pick.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        line.addWidget(self.line, 1)
        line.addWidget(self.pick)
        self.setFocusProxy(self.line)
        self._calendar: QFrame | None = None
        self.pick.clicked.connect(self.open_calendar)
        self.line.calendar_wanted.connect(self.open_calendar)
        self.line.left.connect(self._tidy)
        self.line.textChanged.connect(self._typed)

    def day(self, field: str = "date") -> date | None:
        """The day, or None when empty. Raises Invalid (naming ``field``) for what is no date."""
        try:
            return parse_day(self.line.text(), self._clock(), ahead=self._ahead)
        except ValueError as error:
            raise Invalid.one(field, f"{self._name}: {error}") from None

    def set_day(self, day: date | None) -> None:
        self.line.setText(long_day(day) if day else "")
        mark(self.line, "")

    def text(self) -> str:
        """As typed, for a draft."""
        return self.line.text()

    def set_text(self, text: str) -> None:
        """As typed before (from a draft), readable or not."""
        self.line.setText(text)
        self._tidy()

    def set_read_only(self, read_only: bool) -> None:
        self.line.setReadOnly(read_only)
        self.line.setPlaceholderText("" if read_only else EXAMPLE)
        self.pick.setVisible(not read_only)

    def open_calendar(self) -> None:
        """Show a month to pick from: arrows and Enter, or the mouse; Esc leaves it."""
        if self.line.isReadOnly():
            return
        frame = QFrame(self, Qt.WindowType.Popup)
        frame.setObjectName(f"{self.objectName()}_popup")
        frame.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        frame.setFrameShape(QFrame.Shape.StyledPanel)
        calendar = QCalendarWidget(frame)
        calendar.setObjectName(f"{self.objectName()}_month")
        calendar.setAccessibleName(f"{self._name}: calendar")
        calendar.setLocale(QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom))
        calendar.setFirstDayOfWeek(Qt.DayOfWeek.Monday)
        calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        try:
            shown = parse_day(self.line.text(), self._clock(), ahead=self._ahead) or self._clock()
        except ValueError:
            shown = self._clock()
        calendar.setSelectedDate(QDate(shown.year, shown.month, shown.day))
        calendar.activated.connect(self._picked)
        calendar.clicked.connect(self._picked)
        column = QVBoxLayout(frame)
        column.setContentsMargins(2, 2, 2, 2)
        column.addWidget(calendar)
        self._calendar = frame
        frame.destroyed.connect(self._calendar_gone)
        place = self.mapToGlobal(QPoint(0, self.height()))
        frame.adjustSize()
        room = self.screen().availableGeometry()
        place.setX(max(room.left(), min(place.x(), room.right() - frame.width())))
        if place.y() + frame.height() > room.bottom():
            place.setY(self.mapToGlobal(QPoint(0, 0)).y() - frame.height())
        frame.move(place)
        frame.show()
        calendar.setFocus()

    def _calendar_gone(self) -> None:
        self._calendar = None

    def _picked(self, day: QDate) -> None:
        self.set_day(date(day.year(), day.month(), day.day()))
        if self._calendar is not None:
            self._calendar.close()
        self.line.setFocus()

    def _typed(self) -> None:
        if self.line.property("wrong") == "true":
            mark(self.line, "")
        self.changed.emit()

    def _tidy(self) -> None:
        try:
            day = parse_day(self.line.text(), self._clock(), ahead=self._ahead)
        except ValueError as error:
            mark(self.line, str(error))
            return
        mark(self.line, "")
        wanted = long_day(day) if day else ""
        if self.line.text() != wanted:
            self.line.setText(wanted)


class DateTimeEdit(QWidget):
    """A day and a time at the school, either may be left out where ``moment`` says so."""

    changed = Signal()

    def __init__(
        self,
        object_name: str,
        accessible_name: str,
        parent: QWidget | None = None,
        *,
        clock: Callable[[], date] = today,
        exact: bool = False,
    ) -> None:
        """With ``exact`` a time that comes twice, when the clocks go back, must be told which of the two it is."""
        super().__init__(parent)
        self._name = accessible_name.replace("&", "")
        self.setObjectName(object_name)
        self.setAccessibleName(self._name)
        self.date = DateEdit(f"{object_name}_date", self._name, self, clock=clock)
        self.time = _Line(self)
        self.time.setObjectName(f"{object_name}_time")
        self.time.setAccessibleName(f"{self._name}, time")
        self.time.setPlaceholderText("14:30")
        self.time.setMinimumWidth(QFontMetrics(self.font()).horizontalAdvance("00:00 pm") + 20)
        self.time.setMaximumWidth(self.time.minimumWidth() + 40)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(6)
        line.addWidget(self.date, 1)
        line.addWidget(self.time)
        self.which: QComboBox | None = None
        if exact:
            self.which = QComboBox(self)
            self.which.setObjectName(f"{object_name}_which")
            self.which.setAccessibleName(f"{self._name}: which of the two times")
            self.which.setToolTip("The clocks went back that night, so this time came twice")
            for code, label in (
                ("", "Which of the two?"),
                (FIRST, "the first, summer time"),
                (SECOND, "the second, winter time"),
            ):
                self.which.addItem(label, code)
            self.which.hide()
            self.which.currentIndexChanged.connect(self.changed)
            line.addWidget(self.which)
        self.setFocusProxy(self.date.line)
        self.date.changed.connect(self._day_typed)
        self.time.textChanged.connect(self._typed)
        self.time.left.connect(self._tidy)

    def moment(self, field: str = "received_at", usual: str = "00:00") -> datetime | None:
        """An aware moment in UTC, or None when both parts are empty. ``usual`` is the time where none is typed.

        Raises Invalid (naming ``field``) for what cannot be read, a time without a date, a time that the change to
        summer time skipped, or (where that matters here) one that came twice and nobody said which.
        """
        day = self.date.day(field)
        try:
            time_of_day = parse_time(self.time.text())
        except ValueError as error:
            raise Invalid.one(field, f"{self._name}: {error}") from None
        if day is None:
            if time_of_day is not None:
                raise Invalid.one(field, f"{self._name}: there is a time but no date.")
            return None
        local = datetime.combine(day, time_of_day or parse_time(usual) or time(), LOCAL)
        if self.which is not None and comes_twice(local):
            if not self.which.currentData():
                raise Invalid.one(
                    field,
                    f"{self._name}: the clocks went back that night, so it was {local:%H:%M} twice. Say which of the "
                    "two.",
                )
            local = local.replace(fold=int(self.which.currentData() == SECOND))
        moment = local.astimezone(UTC)
        if moment.astimezone(LOCAL).replace(tzinfo=None) != local.replace(tzinfo=None):
            raise Invalid.one(field, f"{self._name}: the clocks went forward then, there was no such time.")
        return moment

    def set_moment(self, moment: datetime | None) -> None:
        """Show an aware moment as local time."""
        if moment is None:
            self.date.set_day(None)
            self.time.clear()
            return
        local = moment.astimezone(LOCAL)
        self.date.set_day(local.date())
        self.time.setText(local.strftime("%H:%M"))
        if self.which is not None:
            self.which.setCurrentIndex(self.which.findData(SECOND if local.fold else FIRST))

    def texts(self) -> tuple[str, str, str]:
        """Day and time as typed and which of two times it is ("" where nobody said or need say), for a draft."""
        asked = self.which is not None and self._twice()
        return self.date.text(), self.time.text(), str(self.which.currentData()) if asked else ""

    def set_texts(self, day: str, time_of_day: str, which: str) -> None:
        """As typed before (from a draft), readable or not."""
        self.date.set_text(day)
        self.time.setText(time_of_day)
        if self.which is not None:
            self.which.setCurrentIndex(max(0, self.which.findData(which)))

    def time_text(self) -> str:
        """The time as "HH:MM", or "" when empty or unreadable."""
        try:
            found = parse_time(self.time.text())
        except ValueError:
            return ""
        return found.strftime("%H:%M") if found else ""

    def set_read_only(self, read_only: bool) -> None:
        self.date.set_read_only(read_only)
        self.time.setReadOnly(read_only)
        if self.which is not None:
            self.which.setEnabled(not read_only)

    def _twice(self) -> bool:
        """Whether what is typed is a time that comes twice."""
        try:
            day, time_of_day = self.date.day(), parse_time(self.time.text())
        except (Invalid, ValueError):
            return False
        return day is not None and time_of_day is not None and comes_twice(datetime.combine(day, time_of_day))

    def _day_typed(self) -> None:
        self._ask_which()
        self.changed.emit()

    def _ask_which(self) -> None:
        if self.which is None:
            return
        twice = self._twice()
        if not twice:
            # What was said of another time is no answer for the next.
            self.which.setCurrentIndex(0)
        self.which.setVisible(twice)

    def _typed(self) -> None:
        if self.time.property("wrong") == "true":
            mark(self.time, "")
        self._ask_which()
        self.changed.emit()

    def _tidy(self) -> None:
        try:
            found = parse_time(self.time.text())
        except ValueError as error:
            mark(self.time, str(error))
            return
        mark(self.time, "")
        wanted = found.strftime("%H:%M") if found else ""
        if self.time.text() != wanted:
            self.time.setText(wanted)
