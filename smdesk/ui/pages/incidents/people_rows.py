"""The people of an incident: who posted, and everybody else, each with the capacity they acted in."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QVBoxLayout, QWidget

from smdesk.policy.vocabulary import KIND_LABELS, PersonKind
from smdesk.services.incident_records import PERSON_ROLE_LABELS, PersonInIncident, PersonRole
from smdesk.services.people_records import PersonHit
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.widgets import person_field
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.text import named


class PersonField(person_field.PersonField):
    """A person of an incident, in the capacity they acted in there."""

    def __init__(self, desk: Desk, name: str, spoken: str, parent: QWidget | None = None) -> None:
        super().__init__(
            desk,
            name,
            spoken,
            {str(kind): label for kind, label in KIND_LABELS.items()},
            str(PersonKind.PARENT),
            parent,
            usual_for={kind: str(kind) for kind in KIND_LABELS},
            as_kind={str(kind): kind for kind in KIND_LABELS},
            about="In what capacity they acted here: somebody may be parent and governor.",
        )

    def line(self, role: PersonRole) -> PersonInIncident | None:
        """Who stands here, or None."""
        hit = self.person()
        return None if hit is None else PersonInIncident(hit.id, role, PersonKind(self.capacity()), hit.name)

    def set_line(self, line: PersonInIncident | None) -> None:
        """Show somebody, or nobody, without telling anyone."""
        if line is None:
            self.show_person(None, self.capacity())
        else:
            self.show_person(PersonHit(line.person_id, line.name, line.kind, "", False), str(line.kind))


class AuthorField(PersonField):
    """Who posted it, or that nobody knows."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "incident_author", "Who posted it", parent)
        self.unknown = named(
            QCheckBox("Not &known", self), "incident_author_unknown", "It is not known who posted it"
        )
        self.new = button(
            "&New person…",
            "incident_author_new",
            self.add_person,
            tip="Add somebody who is not on record yet",
        )
        self.grid.addWidget(row(self.unknown, None, self.new), 1, 0, 1, 2)
        self.unknown.toggled.connect(self._unknown_toggled)

    def line(self, role: PersonRole = PersonRole.AUTHOR) -> PersonInIncident | None:
        return None if self.unknown.isChecked() else super().line(role)

    @property
    def only_typed(self) -> str:
        return "" if self.unknown.isChecked() else super().only_typed

    def set_line(self, line: PersonInIncident | None, known: bool = False) -> None:
        """``known`` False with nobody given is a saved record whose author is not known."""
        super().set_line(line)
        self.set_unknown(line is None and known)

    def set_unknown(self, unknown: bool) -> None:
        """Tick or untick "Not known" without telling anyone."""
        before = self.unknown.blockSignals(True)
        self.unknown.setChecked(unknown)
        self.unknown.blockSignals(before)
        self._grey()

    def set_read_only(self, read_only: bool) -> None:
        super().set_read_only(read_only)
        self.unknown.setEnabled(not read_only)
        self.new.setVisible(not read_only)
        if not read_only:
            self._grey()

    def _unknown_toggled(self) -> None:
        self._grey()
        self.changed.emit()

    def _grey(self) -> None:
        known = not self.unknown.isChecked()
        for widget in (self.picker, self.kind, self.new):
            widget.setEnabled(known)


class OtherPeople(QWidget):
    """Everybody else: named in it, affected, who reported it, further authors."""

    changed = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._rows: list[_OtherRow] = []
        self._made = 0
        self._read_only = False
        self.setObjectName("incident_people")
        self.setAccessibleName("Other people in it")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.SMALL)
        self.none = QLabel("Nobody else yet.", self)
        self.none.setProperty("look", "muted")
        self._column.addWidget(self.none)
        self.add = button("Add another person", "incident_people_add", self._add_pressed)
        self._column.addWidget(row(self.add, None))

    def lines(self) -> tuple[PersonInIncident, ...]:
        """Those chosen, in order."""
        return tuple(line for line in (each.line() for each in self._rows) if line is not None)

    @property
    def only_typed(self) -> tuple[tuple[str, str], ...]:
        """Names nobody was chosen for, each with the code of what the person has to do with it."""
        rows = ((each.field.only_typed, str(each.role.currentData())) for each in self._rows)
        return tuple((typed, role) for typed, role in rows if typed)

    def add_only_typed(self, typed: Iterable[tuple[str, str]]) -> None:
        """Put back names nobody was chosen for, without telling anybody."""
        for name, role in typed:
            made = self._make()
            made.field.set_only_typed(name)
            made.role.setCurrentIndex(max(0, made.role.findData(role)))
        self._say()

    def set_lines(self, lines: Iterable[PersonInIncident]) -> None:
        """Show exactly these, without telling anybody."""
        for each in list(self._rows):
            self._take(each)
        for line in lines:
            made = self._make()
            made.set_line(line)
        self._say()

    def set_read_only(self, read_only: bool) -> None:
        self._read_only = read_only
        self.add.setVisible(not read_only)
        for each in self._rows:
            each.set_read_only(read_only)

    def _add_pressed(self) -> None:
        made = self._make()
        self._say()
        made.field.picker.setFocus()

    def _make(self) -> _OtherRow:
        self._made += 1
        made = _OtherRow(self._desk, self._made, self)
        made.set_read_only(self._read_only)
        made.changed.connect(self.changed)
        made.gone.connect(self._row_gone)
        self._rows.append(made)
        self._column.insertWidget(self._column.count() - 1, made)
        return made

    def _row_gone(self, gone: object) -> None:
        for each in list(self._rows):
            if each is gone:
                self._take(each)
        self._say()
        self.add.setFocus()
        self.changed.emit()

    def _take(self, each: _OtherRow) -> None:
        self._rows.remove(each)
        self._column.removeWidget(each)
        each.hide()
        each.deleteLater()

    def _say(self) -> None:
        self.none.setVisible(not self._rows)


class _OtherRow(QWidget):
    """One further person, with what they have to do with it."""

    changed = Signal()
    gone = Signal(object)

    def __init__(self, desk: Desk, number: int, parent: QWidget) -> None:
        super().__init__(parent)
        name = f"incident_person_{number}"
        self.setObjectName(name)
        self.field = PersonField(desk, f"{name}_field", f"Person {number}", self)
        self.role = named(QComboBox(self), f"{name}_role", f"Person {number}: what they have to do with it")
        for role, label in PERSON_ROLE_LABELS.items():
            self.role.addItem(label, str(role))
        self.role.setCurrentIndex(self.role.findData(str(PersonRole.NAMED)))
        self.remove = button("Take out", f"{name}_remove", self._remove)
        self.remove.setAccessibleName(f"Take person {number} out")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.TIGHT)
        column.addWidget(self.field)
        column.addWidget(row(self.role, self.remove, None))
        self.field.changed.connect(self.changed)
        self.role.activated.connect(self.changed)

    def line(self) -> PersonInIncident | None:
        return self.field.line(PersonRole(self.role.currentData()))

    def set_line(self, line: PersonInIncident) -> None:
        self.field.set_line(line)
        self.role.setCurrentIndex(self.role.findData(str(line.role)))

    def set_read_only(self, read_only: bool) -> None:
        self.field.set_read_only(read_only)
        self.role.setEnabled(not read_only)
        self.remove.setVisible(not read_only)

    def _remove(self) -> None:
        self.gone.emit(self)
