"""Asks "Is this the same person?" while somebody is being added."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget

from smdesk.services import people
from smdesk.services.people_records import PersonDraft, PersonHit
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.person_picker import label
from smdesk.ui.widgets.text import PlainLabel, heading

PAUSE_MS = 250
MOST = 5


class DuplicatesPanel(QFrame):
    """Hidden while nobody looks the same. ``opened`` carries the id of the person to open instead."""

    opened = Signal(object)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("person_duplicates")
        self.setAccessibleName("Is this the same person?")
        self.setProperty("tone", "warning")
        self._desk = desk
        self._draft = PersonDraft()
        self._buttons: list[QPushButton] = []
        self.hits: tuple[PersonHit, ...] = ()
        column = QVBoxLayout(self)
        theme.roomy(column, theme.NORMAL, theme.TIGHT)
        column.addWidget(heading("Is this the same person?", 2))
        column.addWidget(
            PlainLabel("Somebody much like this is on record already. Open them instead of adding a second.")
        )
        self._list = QVBoxLayout()
        self._list.setSpacing(theme.TIGHT)
        column.addLayout(self._list)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._look)
        self.hide()

    def look_for(self, draft: PersonDraft) -> None:
        """Look for people like this one, once the typing pauses."""
        self._draft = draft
        self._pause.start()

    def clear(self) -> None:
        self._pause.stop()
        self._desk.tasks.cancel_reading(self)
        self._show([])

    def _look(self) -> None:
        ctx, draft = self._desk.ctx, self._draft
        # A family name alone is no likeness: half a village may share it.
        if not (
            (draft.family_name.strip() and draft.given_name.strip()) or draft.email or draft.online_names
        ):
            self._show([])
            return

        def work(progress: Progress) -> list[PersonHit]:
            return people.possible_duplicates(ctx, draft)

        self._desk.tasks.latest(self, "duplicates", work, self._show)

    def _show(self, hits: list[PersonHit]) -> None:
        self.hits = tuple(hits)
        for made in self._buttons:
            made.hide()
            made.deleteLater()
        self._buttons = []
        for hit in hits[:MOST]:
            made = button(
                f"Open {label(hit)}".replace("&", "&&"), f"duplicate_{hit.id}", self._open, look="link"
            )
            made.setProperty("person_id", hit.id)
            self._buttons.append(made)
            self._list.addWidget(made)
        was = self.isVisibleTo(self.parentWidget()) if self.parentWidget() else self.isVisible()
        self.setVisible(bool(hits))
        if hits and not was:
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def _open(self) -> None:
        pressed = self.sender()
        if isinstance(pressed, QPushButton):
            self.opened.emit(int(pressed.property("person_id")))
