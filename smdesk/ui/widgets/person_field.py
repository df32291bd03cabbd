"""Type a name, choose somebody or add them in place; beside it in what capacity they come into this record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QWidget

from smdesk.policy.vocabulary import PersonKind
from smdesk.services.people_records import PersonHit
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.person_dialog import AddedPerson, NewPersonDialog
from smdesk.ui.widgets.person_picker import PersonPicker
from smdesk.ui.widgets.text import named


class PersonField(QWidget):
    """One person and a choice beside them. Somebody chosen sets the choice to what they usually are."""

    changed = Signal()

    _NARROW = 62
    """Letters of width below which the choice stands under the name, where there is a button beside it too."""

    def __init__(
        self,
        desk: Desk,
        name: str,
        spoken: str,
        choices: Mapping[str, str],
        usual: str,
        parent: QWidget | None = None,
        *,
        usual_for: Mapping[PersonKind, str],
        as_kind: Mapping[str, PersonKind],
        kinds: Sequence[PersonKind] = (),
        about: str = "",
    ) -> None:
        """``choices`` are the capacities, code -> label, and ``usual`` the one before anybody is chosen. ``usual_for``
        gives the capacity a person of a kind usually has, ``as_kind`` what somebody added in a capacity is. Only people
        of ``kinds`` are searched; ``about`` explains the capacity.
        """
        super().__init__(parent)
        self._desk = desk
        self._usual_for = dict(usual_for)
        self._as_kind = dict(as_kind)
        self.setObjectName(name)
        self.setAccessibleName(spoken)
        self.picker = PersonPicker(desk, f"{name}_picker", spoken, self, kinds=kinds)
        self.kind = named(QComboBox(self), f"{name}_kind", f"{spoken}: acting as")
        for code, label in choices.items():
            self.kind.addItem(label, code)
        self.kind.setCurrentIndex(self.kind.findData(usual))
        self.kind.setToolTip(about)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.SMALL)
        grid.setVerticalSpacing(theme.TIGHT)
        grid.addWidget(self.picker, 0, 0)
        grid.addWidget(self.kind, 0, 1)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(1, 2)
        self.grid = grid
        self._button: QWidget | None = None
        self._is_narrow: bool | None = None
        self.setFocusProxy(self.picker)
        # A file dropped here is evidence, not a name.
        self.picker.setAcceptDrops(False)
        self.picker.chosen.connect(self._chosen)
        self.picker.add_new.connect(self._add_new)
        self.picker.textEdited.connect(self.changed)
        self.kind.activated.connect(self.changed)

    def person(self) -> PersonHit | None:
        """Who was chosen, or None."""
        return self.picker.person()

    def capacity(self) -> str:
        """The code chosen beside the person."""
        return str(self.kind.currentData())

    def show_person(self, hit: PersonHit | None, capacity: str) -> None:
        """Show somebody, or nobody, without telling anyone."""
        self.picker.set_person(hit)
        self.picker.setCursorPosition(0)
        self.kind.setCurrentIndex(max(0, self.kind.findData(capacity)))

    @property
    def only_typed(self) -> str:
        """What stands in the box without being anybody on record."""
        return "" if self.picker.person() is not None else self.picker.text().strip()

    def set_only_typed(self, text: str) -> None:
        """Put back a name nobody was chosen for, without telling anyone."""
        self.picker.set_person(None)
        self.picker.setText(text)

    def set_read_only(self, read_only: bool) -> None:
        self.picker.set_read_only(read_only)
        self.kind.setEnabled(not read_only)

    def add_person(self) -> None:
        """Ask for the few things a new person needs."""
        self._add_new(self.only_typed)

    def add_button(self, button: QWidget) -> None:
        """One more thing beside the choice; in a narrow window both stand under the name."""
        self._button = button
        # A long label must not take the room of the name.
        self.kind.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.kind.setMinimumContentsLength(12)
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        if self._button is None:
            return
        narrow = self.width() < self.fontMetrics().averageCharWidth() * self._NARROW
        if narrow is self._is_narrow:
            return
        self._is_narrow = narrow
        for widget in (self.picker, self.kind, self._button):
            self.grid.removeWidget(widget)
        self.grid.addWidget(self.picker, 0, 0, 1, 3 if narrow else 1)
        self.grid.addWidget(self.kind, 1 if narrow else 0, 0 if narrow else 1, 1, 2 if narrow else 1)
        self.grid.addWidget(self._button, 1 if narrow else 0, 2)

    def _chosen(self, hit: PersonHit | None) -> None:
        if hit is not None:
            self.picker.setCursorPosition(0)
            place = self.kind.findData(self._usual_for.get(hit.kind, ""))
            if place >= 0:
                self.kind.setCurrentIndex(place)
        self.changed.emit()

    def _add_new(self, typed: str) -> None:
        dialog = NewPersonDialog(self._desk, typed, self._as_kind[self.capacity()], self)
        dialog.accomplished.connect(self._added)
        dialog.open()

    def _added(self, added: AddedPerson) -> None:
        self.picker.set_person(added.hit)
        self._chosen(added.hit)
        self.kind.setFocus()
