"""The parts of a wording: a list in their order, and the text of the chosen one in the letter editor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import Template

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QListWidget, QListWidgetItem, QSizePolicy, QVBoxLayout, QWidget

from smdesk.services import wording_rules
from smdesk.services.letter_wording import PHRASES, Part
from smdesk.services.wording_records import WordingRecord
from smdesk.ui import theme
from smdesk.ui.models.chunked import plain_tooltip
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import Form, row
from smdesk.ui.widgets.letter_editor import LetterEditor
from smdesk.ui.widgets.text import named

_SHOWN_WORDS = 90


class WordingParts(QWidget):
    """``changed`` says that somebody changed a text, a condition or the order."""

    changed = Signal()

    def __init__(self, record: WordingRecord, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind = record.row.key.kind
        self._phrases = self._kind == PHRASES
        self._conditions: Mapping[str, str] = record.conditions
        self._fields: Mapping[str, str] = record.fields
        self._may_edit = record.may_edit
        self._parts: list[Part] = []
        self._at = -1
        self.list = named(QListWidget(), "wording_parts", "Parts of the letter, in their order")
        self.list.setMinimumHeight(self.list.fontMetrics().lineSpacing() * 6)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.when = named(QComboBox(), "wording_when", "When this part stands")
        self.when.addItem("Always", "")
        for code, words in self._conditions.items():
            self.when.addItem(f"Only where {words}", code)
        self.when.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.when.setMinimumContentsLength(20)
        self.when.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.editor = LetterEditor("wording_text", "Text of this part", lines=7)
        self.editor.set_right_to_left(record.rtl)
        self.add = button("&Add a part", "wording_add", self._add)
        self.remove = button("&Remove", "wording_remove", self._remove)
        self.up = button("Move &up", "wording_up", self._up)
        self.down = button("Move &down", "wording_down", self._down)
        self._form = Form()
        self._form.add("This part sta&nds", self.when)
        self._tools = row(self.add, self.remove, self.up, self.down, None)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SMALL)
        column.addWidget(self.list, 3)
        column.addWidget(self._tools)
        column.addWidget(self._form)
        column.addWidget(self.editor, 5)
        self._tools.setVisible(self._may_edit and not self._phrases)
        self._form.setVisible(not self._phrases)
        self.when.setEnabled(self._may_edit)
        self.editor.set_read_only(not self._may_edit)
        self.list.currentRowChanged.connect(self._chosen)
        self.when.activated.connect(self._when_chosen)
        self.editor.changed.connect(self._typed)

    def show_parts(self, parts: Sequence[Part]) -> None:
        """Show these, the first one chosen."""
        self._parts = list(parts)
        self._fill(0)

    def parts(self) -> tuple[Part, ...]:
        """The parts as they stand here."""
        self._keep()
        return tuple(self._parts)

    def choose(self, place: int) -> None:
        """Show one part."""
        self.list.setCurrentRow(place)

    def _fill(self, place: int) -> None:
        self.list.blockSignals(True)
        self.list.clear()
        for number in range(len(self._parts)):
            self.list.addItem(QListWidgetItem())
            self._say(number)
        place = max(0, min(place, len(self._parts) - 1)) if self._parts else -1
        self.list.setCurrentRow(place)
        self.list.blockSignals(False)
        self._at = -1
        self._chosen(place)

    def _line(self, number: int) -> str:
        part = self._parts[number]
        if self._phrases:
            return f"{self._conditions.get(part.when, part.when)} → {' '.join(part.text.split())}"
        named_fields = {name: f"[{label}]" for name, label in self._fields.items()}
        text = Template(part.text).safe_substitute(named_fields)
        words = " ".join(line.lstrip("#- ") for line in text.split("\n") if line.strip())
        shown = f"{words[:_SHOWN_WORDS]}…" if len(words) > _SHOWN_WORDS else words or "(no text yet)"
        when = f"Only where {self._conditions.get(part.when, part.when)}: " if part.when else ""
        return f"{number + 1}. {when}{shown}"

    def _say(self, number: int) -> None:
        item = self.list.item(number)
        if item is not None:
            words = self._line(number)
            item.setText(words)
            item.setToolTip(plain_tooltip(words))

    def _chosen(self, place: int) -> None:
        self._keep()
        self._at = place
        there = 0 <= place < len(self._parts)
        part = self._parts[place] if there else Part("", "")
        fields = wording_rules.fields_for(PHRASES, part.when) if self._phrases and there else self._fields
        self.editor.set_template(part.text, fields)
        self.when.setCurrentIndex(max(0, self.when.findData(part.when)))
        self.editor.setEnabled(there)
        self.remove.setEnabled(there)
        self.up.setEnabled(place > 0)
        self.down.setEnabled(there and place < len(self._parts) - 1)

    def _keep(self) -> None:
        """Put what stands in the editor into its part."""
        if 0 <= self._at < len(self._parts) and self._may_edit:
            before = self._parts[self._at]
            when = before.when if self._phrases else str(self.when.currentData() or "")
            self._parts[self._at] = Part(self.editor.template(), when)
            self._say(self._at)

    def _typed(self) -> None:
        self._keep()
        self.changed.emit()

    def _when_chosen(self) -> None:
        self._keep()
        self.changed.emit()

    def _add(self) -> None:
        self._keep()
        place = self._at + 1
        self._parts.insert(place, Part("", ""))
        self._fill(place)
        self.editor.setFocus()
        self.changed.emit()

    def _remove(self) -> None:
        if 0 <= self._at < len(self._parts):
            place = self._at
            self._parts.pop(place)
            self._fill(place)
            self.changed.emit()

    def _up(self) -> None:
        self._move(-1)

    def _down(self) -> None:
        self._move(1)

    def _move(self, by: int) -> None:
        self._keep()
        place, other = self._at, self._at + by
        if 0 <= place < len(self._parts) and 0 <= other < len(self._parts):
            self._parts[place], self._parts[other] = self._parts[other], self._parts[place]
            self._fill(other)
            self.changed.emit()
