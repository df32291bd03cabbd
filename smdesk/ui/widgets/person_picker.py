"""Type a few letters, choose somebody: names with enough beside them to tell namesakes apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCompleter, QLineEdit, QWidget

from smdesk.policy.vocabulary import KIND_LABELS, PersonKind
from smdesk.services.context import Context
from smdesk.services.people_records import PersonHit
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.problem_bar import mark

_HIT = Qt.ItemDataRole.UserRole
_NEW = Qt.ItemDataRole.UserRole + 1
MOST = 12
PAUSE_MS = 120
NOT_CHOSEN = "Nobody is chosen yet: press the down arrow and choose somebody from the list."

Find = Callable[[Context, str, int], list[PersonHit]]


class PersonPicker(QLineEdit):
    """``chosen`` carries the ``PersonHit``; ``add_new`` the text somebody typed and did not find.

    With ``keep`` the chosen person stays in the box (one person in a form); without, the box empties for the next.
    """

    chosen = Signal(object)
    add_new = Signal(str)

    def __init__(
        self,
        desk: Desk,
        object_name: str,
        accessible_name: str,
        parent: QWidget | None = None,
        *,
        kinds: Sequence[PersonKind] = (),
        may_add: bool = True,
        keep: bool = True,
        leave_out: Sequence[int] = (),
        find: Find | None = None,
    ) -> None:
        """``leave_out``: ids of people who cannot be meant. ``find``: the service that finds them, where whoever types
        may not open the list of people (it is given the context, the text and how many at most)."""
        super().__init__(parent)
        self._desk = desk
        self._kinds = tuple(kinds)
        self._may_add = may_add
        self._keep = keep
        self._leave_out = frozenset(leave_out)
        self._find = find
        self._person: PersonHit | None = None
        self.setObjectName(object_name)
        self.setAccessibleName(accessible_name.replace("&", ""))
        self.setPlaceholderText("Type a name")
        self.setClearButtonEnabled(True)
        self._model = QStandardItemModel(self)
        self._completer = QCompleter(self._model, self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setMaxVisibleItems(MOST + 1)
        # Down on the last answer stays there: Qt would go on to no answer at all, and Enter would then do nothing.
        self._completer.setWrapAround(False)
        # Not setCompleter(): that would pop up the answers to the letters before these.
        self._completer.setWidget(self)
        popup = self._completer.popup()
        popup.setObjectName(f"{object_name}_popup")
        popup.setProperty("look", "answers")
        popup.setAccessibleName(f"{self.accessibleName()}: people found")
        self._completer.activated[QModelIndex].connect(self._activated)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._search)
        self.textEdited.connect(self._typed)

    def person(self) -> PersonHit | None:
        """Who was chosen; None while something is only typed."""
        return self._person

    def set_person(self, hit: PersonHit | None) -> None:
        self._person = hit
        self.setText(label(hit) if hit else "")
        self._unmark()

    def set_read_only(self, read_only: bool) -> None:
        """Show who it is and take nothing; the cross that empties the box goes as well."""
        self.setReadOnly(read_only)
        self.setClearButtonEnabled(not read_only)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        popup = self._completer.popup()
        if popup.isVisible() and enter:
            event.ignore()
            return
        if event.key() == Qt.Key.Key_Down and not popup.isVisible() and self.text().strip():
            self._search()
            return
        if enter and self._person is None and self.text().strip():
            self._search()
            return
        if self._person is not None and ((event.text().isprintable() and event.text()) or _erases(event)):
            # Somebody chosen is one thing: letters typed before or into their name would make a name nobody has.
            self.selectAll()
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._pause.stop()
            if self._person is None and self.text().strip() and not self._completer.popup().isVisible():
                # A name left in the box looks like somebody chosen, and is nobody.
                mark(self, NOT_CHOSEN)
        super().focusOutEvent(event)

    def _unmark(self) -> None:
        if self.property("wrong") == "true":
            mark(self, "")

    def _typed(self, text: str) -> None:
        self._unmark()
        if self._person is not None:
            self._person = None
            self.chosen.emit(None)
        if text.strip():
            self._pause.start()
        else:
            self._pause.stop()
            self._desk.tasks.cancel_reading(self)
            self._completer.popup().hide()

    def _search(self) -> None:
        from smdesk.services import people

        self._pause.stop()
        ctx, text, kinds, find = self._desk.ctx, self.text().strip(), self._kinds, self._find
        most = MOST + len(self._leave_out)

        def work(progress: Progress) -> tuple[str, list[PersonHit]]:
            if find is not None:
                return text, find(ctx, text, most)
            return text, people.search(ctx, text, kinds, most)

        self._desk.tasks.latest(self, "search", work, self._found)

    def _found(self, result: tuple[str, list[PersonHit]]) -> None:
        text, hits = result
        if self._person is not None or text != self.text().strip():
            return
        self._model.clear()
        offered = [hit for hit in hits if hit.id not in self._leave_out][:MOST]
        alike = Counter(label(hit) for hit in offered)
        for hit in offered:
            # Nothing tells them apart but which record it is: never two lines that read the same.
            shown = label(hit) if alike[label(hit)] == 1 else f"{label(hit)} · record {hit.id}"
            item = QStandardItem(shown)
            item.setData(hit, _HIT)
            item.setEditable(False)
            item.setAccessibleText(f"{shown}, {KIND_LABELS[hit.kind]}")
            self._model.appendRow(item)
        if self._may_add:
            item = QStandardItem(f"Add “{text}” as a new person…")
            item.setData(text, _NEW)
            self._model.appendRow(item)
        if not self._model.rowCount():
            item = QStandardItem("Nobody of that name is on record")
            item.setEnabled(False)
            self._model.appendRow(item)
        if self.isVisible():
            self._completer.complete()
            popup = self._completer.popup()
            popup.setCurrentIndex(self._completer.completionModel().index(0, 0))

    def _activated(self, index: QModelIndex) -> None:
        hit, new = index.data(_HIT), index.data(_NEW)
        if isinstance(hit, PersonHit):
            self._person = hit if self._keep else None
            self._unmark()
            self.setText(label(hit) if self._keep else "")
            self.chosen.emit(hit)
        elif isinstance(new, str):
            if not self._keep:
                self.clear()
            self.add_new.emit(new)


def _erases(event: QKeyEvent) -> bool:
    return event.key() in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete)


def label(hit: PersonHit) -> str:
    """Name and what tells namesakes apart."""
    parts = [hit.name]
    if hit.hint:
        parts.append(hit.hint)
    elif hit.kind is not PersonKind.UNKNOWN:
        parts.append(KIND_LABELS[hit.kind])
    return " · ".join(parts)
