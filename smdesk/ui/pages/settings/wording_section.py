"""Settings, Letters: every letter in every language, whose wording stands, and changing it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QComboBox, QDialog, QVBoxLayout, QWidget

from smdesk.security.permissions import Permission, allowed
from smdesk.services import languages, wordings
from smdesk.services.context import LOCAL, Changes
from smdesk.services.wording_records import WORDING_STATE_LABELS, WordingKey, WordingRow, WordingState
from smdesk.ui import events as bus
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.settings import wording_draft
from smdesk.ui.pages.settings.wording_editor import Opened, WordingEditor, open_wording, warnings
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.day_parsing import long_day
from smdesk.ui.widgets.forms import Form, closing, row
from smdesk.ui.widgets.short_table import Line, ShortTable
from smdesk.ui.widgets.text import PlainLabel, heading, muted, named

_ALL = ""


@dataclass(frozen=True)
class _Shown:
    rows: list[WordingRow]
    written: list[str]


class WordingSection(QWidget):
    """The list of letters. Enter or a double click opens one."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("settings_letters")
        self._desk = desk
        self._rows: list[WordingRow] = []
        self._written: list[str] = []
        may_edit = allowed(desk.ctx.user.roles, Permission.WORDINGS_EDIT)
        self.language = named(QComboBox(), "wording_language", "Language of the letters")
        self.language.addItem("All languages", _ALL)
        self.add_button = button("&Write in another language…", "wording_new_language", self._add_language)
        self.open_button = button(
            "&Change…" if may_edit else "&Open…", "wording_open", self._open_current, look="primary"
        )
        self.table = ShortTable(
            "wording_list",
            "Letters and their wording",
            ("Letter", "Language", "Wording", "Changed", "To do"),
            wide=4,
        )
        label = PlainLabel("&Language", wrap=False)
        label.setBuddy(self.language)
        column = QVBoxLayout(self)
        theme.roomy(column)
        column.addWidget(heading("Letters"))
        column.addWidget(
            muted(
                "What letters say before anything is written into them. A letter is drafted in its addressee’s "
                "language where there are words for it, with the English copy beside it; otherwise in English."
            )
        )
        if not may_edit:
            column.addWidget(muted("The headteacher changes the wording of letters."))
        column.addWidget(row(label, self.language, self.add_button, None, self.open_button))
        column.addWidget(self.table, 1)
        self.add_button.setVisible(may_edit)
        self.open_button.setEnabled(False)
        self.language.currentIndexChanged.connect(self._language_chosen)
        self.table.opened.connect(self._open)
        desk.events.changed.connect(self._changed)

    def activate(self) -> None:
        ctx, code = self._desk.ctx, str(self.language.currentData())

        def work(progress: Progress) -> _Shown:
            return _Shown(wordings.listed(ctx, code), wordings.written_languages(ctx))

        self._desk.tasks.latest(self, "list", work, self._loaded)

    def unsaved(self) -> bool:
        return any(editor.isVisible() and editor.unsaved() for editor in self.findChildren(WordingEditor))

    def save_draft(self) -> None:
        for editor in self.findChildren(WordingEditor):
            if editor.isVisible() and editor.unsaved():
                editor.keep_draft()

    def open_draft(self) -> None:
        """Go on with the wording that was being changed when the program locked or ended."""
        ctx = self._desk.ctx

        def work(progress: Progress) -> Opened | None:
            kept = wording_draft.find(ctx)
            return None if kept is None else open_wording(ctx, kept.key)

        self._desk.tasks.latest(self, "open", work, self._opened)

    def show_language(self, code: str) -> None:
        """Show the letters in one language; one that nothing is written in yet is offered from now on."""
        if self.language.findData(code) < 0:
            self.language.addItem(languages.label(code), code)
        self.language.setCurrentIndex(self.language.findData(code))

    def _loaded(self, shown: _Shown) -> None:
        self._rows, self._written = shown.rows, shown.written
        for code in shown.written:
            if self.language.findData(code) < 0:
                self.language.addItem(languages.label(code), code)
        self.table.show_lines([Line(place, _cells(each)) for place, each in enumerate(self._rows)])
        self.open_button.setEnabled(bool(self._rows))

    def _language_chosen(self) -> None:
        self.activate()

    def _open_current(self) -> None:
        key = self.table.current_key()
        if key is not None:
            self._open(key)

    def _open(self, place: object) -> None:
        if not isinstance(place, int) or not 0 <= place < len(self._rows):
            return
        ctx, key = self._desk.ctx, self._rows[place].key

        def work(progress: Progress) -> Opened:
            return open_wording(ctx, key)

        self._desk.tasks.latest(self, "open", work, self._opened)

    def _opened(self, opened: Opened | None) -> None:
        if opened is None:
            return
        editor = WordingEditor(self._desk, opened, self)
        editor.accepted.connect(self.activate)
        editor.open()

    def open_key(self, key: WordingKey) -> None:
        """Open one wording where it is in the list."""
        for place, each in enumerate(self._rows):
            if each.key == key:
                self._open(place)

    def _add_language(self) -> None:
        dialog = LanguageDialog(self._written, self)
        taken = dialog.exec() == QDialog.DialogCode.Accepted
        code = dialog.chosen()
        dialog.deleteLater()
        if taken:
            self.show_language(code)

    def _changed(self, changes: Changes) -> None:
        if bus.touches(changes, "wording") and self.isVisible():
            self.activate()


class LanguageDialog(QDialog):
    """Choose a language that no letter is written in yet."""

    def __init__(self, written: list[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("wording_language_dialog")
        self.setWindowTitle("Write in another language")
        self.box = named(QComboBox(), "wording_language_choice", "Language")
        for code, language in languages.languages().items():
            if code not in written:
                self.box.addItem(f"{language.name} · {language.own}", code)
        self.ok = button("&Show its letters", "wording_language_ok", self.accept, look="primary")
        self.ok.setDefault(True)
        form = Form()
        form.add("&Language", self.box)
        column = QVBoxLayout(self)
        theme.roomy(column)
        column.addWidget(heading("Write in another language", 2))
        column.addWidget(
            PlainLabel(
                "Each letter begins with its English text, to be written over by somebody who writes the language "
                "well. Write “Words used in several letters” too: until then letters go out in English."
            )
        )
        column.addWidget(form)
        column.addStretch(1)
        column.addWidget(closing(button("Cancel", "wording_language_cancel", self.reject), self.ok))
        theme.fit(self, 520, 240)

    def chosen(self) -> str:
        return str(self.box.currentData())


def _cells(each: WordingRow) -> tuple[str, ...]:
    state = WORDING_STATE_LABELS[each.state]
    own = each.state is WordingState.OWN
    if own:
        state = f"{state}, version {each.number}"
    changed = ""
    if own and each.since is not None:
        changed = f"{long_day(each.since.astimezone(LOCAL).date())}, {each.by}"
    return (
        each.key.title,
        each.key.language_label,
        state,
        changed,
        " ".join(warnings(each)),
    )
