"""The frame around the fields: the line above them, the quiet bars, and what a masked record shows."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from smdesk.services.incident_records import (
    OUTCOME_LABELS,
    Confidentiality,
    IncidentRecord,
)
from smdesk.ui import theme
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.status_chip import StatusChip
from smdesk.ui.widgets.text import OneLine, PlainLabel, heading, named
from smdesk.ui.words import moment_in_words, short_day


class Header(QWidget):
    """Reference, state, whether it is kept, and the buttons that act on the whole record."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.title = heading("New incident", 2)
        self.title.setWordWrap(False)
        self.title.setObjectName("incident_title")
        self.status = StatusChip("Open", "info", self)
        self.status.setObjectName("incident_status")
        self.confidential = StatusChip("Confidential", "warning", self)
        self.confidential.setObjectName("incident_confidential")
        self.summary = named(OneLine("", self, look="muted"), "incident_header_summary")
        self.note = PlainLabel("", look="muted", wrap=False)
        self.note.setObjectName("incident_draft_note")
        self.note.setAccessibleName("Whether what is typed is kept")
        self.menu_button = button("A&ctions", "incident_actions")
        self.menu = QMenu(self.menu_button)
        self.menu.setObjectName("incident_actions_menu")
        self.menu_button.setMenu(self.menu)
        self.save = button("Save", "incident_save", look="primary", shortcut="Ctrl+S")
        line = QHBoxLayout(self)
        line.setContentsMargins(theme.NORMAL, theme.TIGHT, theme.NORMAL, theme.TIGHT)
        line.setSpacing(theme.SMALL)
        for widget in (self.title, self.status, self.confidential):
            line.addWidget(widget)
        # On the timeline, too, one sees what it is about.
        line.addWidget(self.summary, 1)
        for widget in (self.note, self.menu_button, self.save):
            line.addWidget(widget)

    def add_action(self, label: str, name: str, does: Callable[[], object]) -> QAction:
        """A line of the menu; ``does`` must be a bound method."""
        action = QAction(label, self.menu)
        action.setObjectName(name)
        action.triggered.connect(does)
        self.menu.addAction(action)
        return action

    def show_record(self, record: IncidentRecord | None) -> None:
        """Reference and state of a saved record, or a new one."""
        if record is None:
            self.title.setText("New incident")
            self.status.hide()
            self.confidential.hide()
            self.summary.show_text("")
            return
        self.summary.show_text("" if record.masked else record.draft.summary)
        self.title.setText(record.reference)
        self.status.show()
        if record.status == "closed":
            ended = OUTCOME_LABELS[record.outcome] if record.outcome is not None else ""
            self.status.show_status(f"Closed: {ended}" if ended else "Closed", "neutral")
        elif record.removed_on is not None:
            self.status.show_status("Open, post removed", "ok")
        else:
            self.status.show_status("Open", "info")
        marked = record.draft.confidentiality is not Confidentiality.NORMAL or record.headteacher_is_subject
        self.confidential.setVisible(marked or record.masked)


class Bar(QFrame):
    """A quiet line above the form with up to two things to do about it."""

    def __init__(self, name: str, tone: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setProperty("tone", tone)
        self.text = PlainLabel("", self)
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(theme.NORMAL, theme.TIGHT, theme.SMALL, theme.TIGHT)
        self._line.addWidget(self.text, 1)
        self.hide()

    def add(self, label: str, name: str, does: Callable[[], object]) -> QPushButton:
        made = button(label, name, does)
        self._line.addWidget(made, 0, Qt.AlignmentFlag.AlignTop)
        return made

    def say(self, text: str) -> None:
        """Show the bar with this sentence."""
        self.text.setText(text)
        self.setAccessibleName(text)
        self.show()


class MaskedView(QWidget):
    """What whoever logged a confidential incident still sees of it: that it is there and being handled."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("incident_masked")
        self.text = named(PlainLabel("", self, selectable=True), "incident_masked_text")
        self.text.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        column = QVBoxLayout(self)
        theme.roomy(column, theme.HUGE, theme.NORMAL)
        column.addWidget(heading("This record is confidential", 2))
        column.addWidget(self.text)
        column.addStretch(1)
        self.setFocusProxy(self.text)

    def show_record(self, record: IncidentRecord) -> None:
        state = "It has been closed." if record.status == "closed" else "It is being handled."
        said = (
            f"You logged {record.reference} on {moment_in_words(record.logged_at)}. {state}\n\n"
            "Only those it is restricted to can open it. If you know something more about it, tell the headteacher "
            "or the designated safeguarding lead."
        )
        self.text.setText(said)
        self.text.setAccessibleName(said)


def footer(record: IncidentRecord | None) -> str:
    """Who logged it and under which policy, for the foot of the form."""
    if record is None:
        return ""
    parts = [
        f"Logged by {record.logged_by_name}, {moment_in_words(record.logged_at)}.",
        f"Handled under version {record.profile_number} of the school's policy ({record.profile_title}).",
    ]
    if record.removed_on is not None:
        parts.append(f"The post was found gone on {short_day(record.removed_on)}.")
    if record.closed_at is not None:
        parts.append(f"Closed {moment_in_words(record.closed_at)}: {record.outcome_reason}")
    return " ".join(parts)
