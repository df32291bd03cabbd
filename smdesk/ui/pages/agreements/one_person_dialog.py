"""One person and one thing asked of them: all that is recorded of it, and taking back what was a mistake."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from smdesk.security.permissions import Permission, allowed
from smdesk.services.context import Changes, Context
from smdesk.services.people_records import PersonHit
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.events import touches
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import closing, row
from smdesk.ui.widgets.short_table import Line, ShortTable
from smdesk.ui.widgets.status_chip import StatusChip
from smdesk.ui.widgets.text import PlainLabel, heading


class OnePersonDialog(QDialog):
    """Reads itself anew when something is recorded or withdrawn. Use ``open()``.

    A dialog of its own gives ``read``, ``show_found``, ``may_withdraw``, ``record_new`` and ``withdraw_chosen``.
    """

    def __init__(
        self,
        desk: Desk,
        name: str,
        title: str,
        person_id: int,
        columns: Sequence[str],
        *,
        record: str,
        what: str,
        wide: int,
        told_by: Sequence[str],
        parent: QWidget | None = None,
    ) -> None:
        """``name`` begins the object names, ``what`` says what the table holds, ``record`` is the label of the button
        that adds to it, ``wide`` the column that takes what room there is, ``told_by`` the kinds of change that show.
        """
        super().__init__(parent)
        self._desk = desk
        self._person_id = person_id
        self._told_by = tuple(told_by)
        self._may_edit = allowed(desk.ctx.user.roles, Permission.AGREEMENTS_EDIT)
        self.setObjectName(f"{name}_dialog")
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.title = heading("", 2)
        self.who = PlainLabel("", look="muted")
        self.standing = StatusChip()
        self.beside = PlainLabel("", look="muted", wrap=False)
        self.table = ShortTable(f"{name}_table", what, columns, wide=wide)
        self.table.currentCellChanged.connect(self._show_possible)
        self.table.remove_wanted.connect(self._withdraw)
        self.record = button(record, f"{name}_record", self.record_new)
        self.withdraw = button(
            "&Withdraw…",
            f"{name}_withdraw",
            self._withdraw,
            tip="Take back what was recorded by mistake (Delete)",
        )
        self.record.setVisible(self._may_edit)
        self.withdraw.setVisible(self._may_edit)
        self.show_person = button("&Open this person", f"{name}_person", self._open_person)
        self.show_person.setVisible(allowed(desk.ctx.user.roles, Permission.PEOPLE_READ))
        close = button("Close", f"{name}_close", self.accept, look="primary")
        column = QVBoxLayout(self)
        theme.roomy(column, theme.LARGE, theme.SMALL)
        column.addWidget(self.title)
        column.addWidget(self.who)
        column.addWidget(row(self.standing, self.beside, None))
        column.addWidget(self.table, 1)
        column.addWidget(row(self.record, self.withdraw, self.show_person, None))
        column.addWidget(closing(close, row()))
        theme.fit(self, 860, 440)
        desk.events.changed.connect(self._changed)
        self._load()

    # What each gives

    def read(self, ctx: Context, person_id: int) -> Any:
        """Everything to be shown, read on a worker."""
        raise NotImplementedError

    def show_found(self, name: str, found: Any) -> Sequence[Line]:
        """Show what ``read`` gave, and give the lines of the table. ``name`` is the person's."""
        raise NotImplementedError

    def may_withdraw(self, key: int) -> bool:
        """Whether the record of this line stands."""
        raise NotImplementedError

    def record_new(self) -> None:
        """Record something new of this person."""
        raise NotImplementedError

    def withdraw_chosen(self, key: int) -> None:
        """Ask why, and withdraw the record of this line."""
        raise NotImplementedError

    # Inside

    def _load(self) -> None:
        ctx, person_id, read = self._desk.ctx, self._person_id, self.read

        def work(progress: Progress) -> tuple[list[PersonHit], Any]:
            from smdesk.services import people_list

            return people_list.rows(ctx, [person_id]), read(ctx, person_id)

        self._desk.tasks.latest(self, "person", work, self._loaded)

    def _loaded(self, result: tuple[list[PersonHit], Any]) -> None:
        hits, found = result
        self.who.setText(hits[0].hint if hits else "")
        self.table.show_lines(self.show_found(hits[0].name if hits else "", found))
        self._show_possible()

    def _show_possible(self, *_: int) -> None:
        key = self.table.current_key()
        self.withdraw.setEnabled(key is not None and self.may_withdraw(key))

    def _withdraw(self) -> None:
        key = self.table.current_key()
        if key is not None and self._may_edit and self.may_withdraw(key):
            self.withdraw_chosen(key)

    def _open_person(self) -> None:
        self.accept()
        self._desk.open_person(self._person_id)

    def _changed(self, changes: Changes) -> None:
        if any(touches(changes, kind) for kind in self._told_by):
            self._load()
