"""Who will run the account: named one by one, at least two of them staff, one of them responsible (ACC-1, PPL-3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from smdesk.policy.vocabulary import PersonKind
from smdesk.security.permissions import Permission, allowed
from smdesk.services import business_cases
from smdesk.services.case_records import RunnerChoice
from smdesk.services.people_records import PersonHit
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.person_dialog import AddedPerson, NewPersonDialog
from smdesk.ui.widgets.person_picker import PersonPicker, label
from smdesk.ui.widgets.text import PlainLabel, named


class RunnersField(QWidget):
    """A box to find people by name, and below it those named so far, each with a way to take them off again."""

    changed = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("case_runners")
        self.setAccessibleName("Who will run it")
        self._desk = desk
        self._read_only = False
        self._people: dict[int, PersonHit] = {}
        self._chosen: list[RunnerChoice] = []
        self.picker = PersonPicker(
            desk,
            "case_runners_picker",
            "Who will run it: add by name",
            self,
            may_add=allowed(desk.ctx.user.roles, Permission.PEOPLE_EDIT),
            keep=False,
            find=business_cases.find_people,
        )
        self.picker.setPlaceholderText("Type a name to add somebody")
        self.picker.setAcceptDrops(False)
        self.note = PlainLabel("", self, look="warning")
        self.note.setObjectName("case_runners_note")
        self.note.hide()
        self._rows = QVBoxLayout()
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(theme.TIGHT)
        self.lines: list[RunnerLine] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.TIGHT)
        column.addWidget(self.picker)
        column.addWidget(self.note)
        column.addLayout(self._rows)
        self.setFocusProxy(self.picker)
        self.picker.chosen.connect(self._picked)
        self.picker.add_new.connect(self._add_new)
        self.picker.textEdited.connect(self._typing)

    # What the form uses

    def show_people(self, chosen: Sequence[RunnerChoice], people: Mapping[int, PersonHit]) -> None:
        """Show these; ``people`` are their names. Tells nobody."""
        self._people = dict(people)
        self._chosen = list(chosen)
        self.picker.set_person(None)
        self.note.hide()
        self._draw()

    def value(self) -> tuple[RunnerChoice, ...]:
        """Who is named, in order."""
        return tuple(self._chosen)

    @property
    def only_typed(self) -> str:
        """What stands in the box without anybody chosen for it."""
        return self.picker.text().strip()

    def set_only_typed(self, text: str) -> None:
        """Put back a name nobody was chosen for, without telling anyone."""
        self.picker.setText(text)

    def set_read_only(self, read_only: bool) -> None:
        self._read_only = read_only
        self.picker.setVisible(not read_only)
        self._draw()

    def add(self, hit: PersonHit) -> None:
        """Name somebody; who is named already is said to be, and named once (ACC-1)."""
        if any(each.person_id == hit.id for each in self._chosen):
            self.note.setText(f"{hit.name} is named already: one person counts once.")
            self.note.show()
            return
        self.note.hide()
        self._people[hit.id] = hit
        # The first named is usually the one who answers for it.
        self._chosen.append(RunnerChoice(hit.id, not self._chosen))
        self._draw()
        self.changed.emit()

    # Typing

    def _picked(self, hit: PersonHit | None) -> None:
        if hit is not None:
            self.add(hit)

    def _typing(self) -> None:
        self.note.hide()
        self.changed.emit()

    def _add_new(self, typed: str) -> None:
        dialog = NewPersonDialog(self._desk, typed, PersonKind.STAFF, self)
        dialog.accomplished.connect(self._added)
        dialog.open()

    def _added(self, added: AddedPerson) -> None:
        self.add(added.hit)
        self.picker.setFocus()

    def _draw(self) -> None:
        for line in self.lines:
            self._rows.removeWidget(line)
            line.hide()
            line.deleteLater()
        self.lines = []
        for place, each in enumerate(self._chosen):
            hit = self._people.get(each.person_id)
            line = RunnerLine(place, hit, each.responsible, self._read_only, self)
            line.responsible.clicked.connect(self._responsible)
            line.off.clicked.connect(self._take_off)
            self._rows.addWidget(line)
            line.show()
            self.lines.append(line)
        # What comes later comes later to Tab as well: after the box for the name, not at the end of the window.
        before: QWidget = self.picker
        for line in self.lines:
            for stop in (line.responsible, line.off):
                QWidget.setTabOrder(before, stop)
                before = stop
        self.updateGeometry()

    def _responsible(self) -> None:
        place = int(self.sender().property("place"))
        on = self.lines[place].responsible.isChecked()
        self._chosen = [
            RunnerChoice(each.person_id, on and at == place) for at, each in enumerate(self._chosen)
        ]
        for at, line in enumerate(self.lines):
            line.responsible.setChecked(on and at == place)
        self.changed.emit()

    def _take_off(self) -> None:
        place = int(self.sender().property("place"))
        del self._chosen[place]
        self._draw()
        if self.lines:
            self.lines[min(place, len(self.lines) - 1)].off.setFocus()
        else:
            self.picker.setFocus()
        self.changed.emit()


class RunnerLine(QFrame):
    """One person named."""

    def __init__(
        self, place: int, hit: PersonHit | None, responsible: bool, read_only: bool, parent: QWidget
    ) -> None:
        super().__init__(parent)
        name = "Somebody no longer on record" if hit is None else hit.name
        said = name if hit is None else label(hit)
        if hit is not None and hit.left:
            said += " · has left"
        self.name = PlainLabel(said, self)
        self.responsible = named(
            QCheckBox("Responsible", self),
            f"case_runner_{place}_responsible",
            f"{name} is responsible for it",
        )
        self.responsible.setChecked(responsible)
        self.responsible.setEnabled(not read_only)
        self.off = button("Take off", f"case_runner_{place}_off", look="link")
        self.off.setAccessibleName(f"Take {name} off")
        self.off.setVisible(not read_only)
        for widget in (self.responsible, self.off):
            widget.setProperty("place", place)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(theme.SMALL)
        line.addWidget(self.name, 1)
        line.addWidget(self.responsible)
        line.addWidget(self.off)
