"""The connections tab: the register, the form that opens from it, and what else is done from here."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu, QWidget

from smdesk.policy.words import written_day
from smdesk.security.permissions import Permission, Role, allowed
from smdesk.ui.desk import Desk
from smdesk.ui.pages.connections.day_bar import DayBar
from smdesk.ui.pages.connections.list_view import exception_list_view
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dialogs import ProgressDialog
from smdesk.ui.widgets.list_and_form import ListAndForm

if TYPE_CHECKING:
    from smdesk.ui.pages.connections.form import ExceptionForm


class Page(ListAndForm):
    """What the main window shows under "Connections"."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        roles = desk.ctx.user.roles
        attempt = button(
            "&Log an attempt…",
            "exception_attempt",
            tip="A request, a follow or a message between a pupil and an adult who works with the school",
        )
        attempt.setVisible(allowed(roles, Permission.INCIDENTS_EDIT))  # It becomes an incident (CON-3).
        more = button("&More", "exception_more", tip="Register on a day, questions, papers, import")
        day_bar = DayBar(allowed(roles, Permission.LISTS_EXPORT))
        super().__init__(
            desk, exception_list_view(desk, (attempt, more), day_bar), _make_form, "connections", parent
        )
        self.attempt, self.more, self.day_bar = attempt, more, day_bar
        self.attempt.clicked.connect(self._log_attempt)
        self.more.setMenu(self._make_menu(roles))
        self.day_bar.day_wanted.connect(self.show_day)
        self.day_bar.print_wanted.connect(self._print_register)
        self.list.shown_changed.connect(self._show_day_bar)

    def show_day(self, day: date | None) -> None:
        """Show who was allowed on this day; None goes back to the views."""
        wanted = replace(self.list.shown, on_day=day)
        self.list.show_filter(wanted, self.list.sort, self.list.filters.chosen_person())

    def _show_day_bar(self) -> None:
        self.day_bar.show_day(self.list.shown.on_day, self._desk.ctx.today())

    # What the buttons do

    def _make_menu(self, roles: frozenset[Role]) -> QMenu:
        menu = QMenu(self.more)
        menu.setObjectName("exception_more_menu")
        menu.setAccessibleName("More about connections")
        wanted = (
            ("Register on a &day…", "exception_on_day", self._ask_day, None),
            ("&Questions about relationships…", "exception_questions", self._questions, None),
            ("&Blank declaration form…", "exception_blank_form", self._blank_form, None),
            ("&Pack for the headteacher…", "exception_pack", self._pack, Permission.CONNECTIONS_EDIT),
            ("&Import a register…", "exception_import", self._import, Permission.CONNECTIONS_EDIT),
        )
        for label, name, does, permission in wanted:
            if permission is None or allowed(roles, permission):
                action = menu.addAction(label)
                action.setObjectName(name)
                action.triggered.connect(does)
        return menu

    def _ask_day(self) -> None:
        if self.both.record_shown and not self.both.beside and not self.back():
            return
        self.list.filter_button.setChecked(True)
        if self.list.shown.on_day is None:
            self.show_day(self._desk.ctx.today())
        field = self.list.filters.on_day
        field.setFocus()
        field.line.selectAll()

    def _log_attempt(self) -> None:
        from smdesk.ui.pages.connections.attempt_dialog import AttemptDialog

        AttemptDialog(self._desk, self).open()

    def _questions(self) -> None:
        from smdesk.ui.pages.connections.question_dialog import QuestionsDialog

        QuestionsDialog(self._desk, self).open()

    def _import(self) -> None:
        from smdesk.ui.pages.connections.import_dialog import ImportDialog

        ImportDialog(self._desk, self).open()

    # Papers

    def _blank_form(self) -> None:
        ctx = self._desk.ctx

        def work(progress: Progress) -> tuple[str, bytes]:
            from smdesk.services import connection_papers

            return "Declaration of a connection", connection_papers.declaration_form_pdf(ctx)

        self._desk.tasks.run(self, work, self._preview, title="Making the form", long=True)

    def _pack(self) -> None:
        ctx = self._desk.ctx

        def work(progress: Progress) -> tuple[str, bytes]:
            from smdesk.services import connection_papers

            return "What waits for a decision", connection_papers.pack_pdf(ctx)

        self._desk.tasks.run(self, work, self._preview, title="Making the pack", long=True)

    def _print_register(self, day: object) -> None:
        if not isinstance(day, date):
            return
        ctx = self._desk.ctx

        def work(progress: Progress) -> tuple[str, bytes]:
            from smdesk.services import connection_papers

            def report(done: int, total: int) -> None:
                progress.report(done, total, f"{done:,} of {total:,}" if total else "")

            # In a folder only this person can look into, and gone before the pages are shown.
            with tempfile.TemporaryDirectory(prefix="smdesk-") as place:
                file = Path(place) / "register.pdf"
                connection_papers.register_pdf(ctx, day, file, report)
                return f"Register on {written_day(day)}", file.read_bytes()

        job = self._desk.tasks.run(self, work, self._preview, title="Making the register", long=True)
        ProgressDialog(self._desk.tasks, job, "Making the register", self).open()

    def _preview(self, result: tuple[str, bytes]) -> None:
        from smdesk.ui.widgets.preview_window import PreviewWindow

        title, data = result
        PreviewWindow(self._desk, data, title, self).open()


def _make_form(desk: Desk) -> ExceptionForm:
    from smdesk.ui.pages.connections.form import ExceptionForm

    return ExceptionForm(desk)
