"""A wording compared with the shipped one, and the school's versions of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from string import Template

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QTextBrowser, QVBoxLayout, QWidget

from smdesk.services import wording_rules
from smdesk.services.context import LOCAL
from smdesk.services.wording_records import PartDifference, WordingDraft, WordingRecord, WordingVersion
from smdesk.ui import theme
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.day_parsing import long_day
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.plain_table import PlainTable
from smdesk.ui.widgets.text import PlainLabel, muted, named


class WordingVersions(QWidget):
    """Who changed it, when and why; each version against the one before, and to be taken up again."""

    taken = Signal(object)
    """Carries the ``WordingDraft`` of a version that is to be edited again."""

    def __init__(self, may_edit: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._versions: Sequence[WordingVersion] = ()
        self._conditions: Mapping[str, str] = {}
        self._fields: Mapping[str, str] = {}
        self._shipped: WordingDraft | None = None
        self._may_edit = may_edit
        self.none = muted("The school has not changed this wording.")
        self.table = PlainTable(
            ("Version", "Since", "By", "Why"), "wording_versions", "Versions of the wording", stretch=3
        )
        self.differences = named(QTextBrowser(), "wording_version_differences", "What this version changed")
        self.take = button(
            "&Take this version up again", "wording_take", self._take, tip="Its text comes into the editor"
        )
        column = QVBoxLayout(self)
        theme.roomy(column, theme.SMALL, theme.SMALL)
        column.addWidget(self.none)
        column.addWidget(self.table, 1)
        column.addWidget(PlainLabel("What it changed, against the version before or the shipped wording:"))
        column.addWidget(self.differences, 2)
        column.addWidget(row(self.take, None))
        self.take.setVisible(may_edit)
        self.table.currentCellChanged.connect(self._chosen)

    def show_versions(
        self,
        versions: Sequence[WordingVersion],
        record: WordingRecord,
    ) -> None:
        """Show these versions of a wording, newest first."""
        self._versions, self._conditions, self._shipped = versions, record.conditions, record.shipped
        self._fields = record.fields
        self.none.setVisible(not versions)
        self.table.show_rows(
            [
                (
                    f"{each.number} (back to shipped)" if each.shipped else str(each.number),
                    long_day(each.at.astimezone(LOCAL).date()),
                    each.by,
                    each.note,
                )
                for each in versions
            ]
        )
        if versions:
            self.table.setCurrentCell(0, 0)
        self._chosen()

    def _chosen(self) -> None:
        place = self.table.currentRow()
        there = 0 <= place < len(self._versions)
        self.take.setEnabled(there)
        if not there:
            self.differences.setHtml("")
            return
        blank = WordingDraft("", "", ())
        older = self._versions[place + 1].draft if place + 1 < len(self._versions) else self._shipped or blank
        found = wording_rules.differences(older, self._versions[place].draft, self._conditions)
        self.differences.setHtml(as_html(found, self._fields, only_changed=True))

    def _take(self) -> None:
        place = self.table.currentRow()
        if 0 <= place < len(self._versions):
            self.taken.emit(self._versions[place].draft)


def as_html(found: Sequence[PartDifference], fields: Mapping[str, str], *, only_changed: bool = False) -> str:
    """Differences to read: what went is struck through and stands in [− −], what came is underlined and in [+ +]: not
    by colour alone, and heard as well as seen. ``fields`` names the fields in words. Every text is escaped.
    """
    colours = theme.colours()
    names = {name: f"‹{words}›" for name, words in fields.items()}
    parts = []
    for each in found:
        if only_changed and each.same:
            continue
        words = "".join(
            _piece(Template(piece.text).safe_substitute(names), piece.change, colours)
            for piece in each.pieces
        )
        state = "same" if each.same else "changed"
        parts.append(f"<p><b>{escape(each.place)}</b> ({state})</p><p>{words or '(nothing)'}</p>")
    return "".join(parts) or "<p>No difference.</p>"


def _piece(text: str, change: str, colours: theme.Colours) -> str:
    shown = escape(text).replace("\n", "<br>")
    if change == "-":
        return f'<s style="color:{colours.danger}">[−{shown}−]</s>'
    if change == "+":
        return f'<u style="color:{colours.ok}">[+{shown}+]</u>'
    return shown
