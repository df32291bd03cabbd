"""The letter as it is typed: addressee, salutation, subject, day to answer by and the text, with names underlined."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QTextEdit, QVBoxLayout, QWidget

from smdesk.services.context import Context
from smdesk.services.letter_records import LetterEdit, LetterRecord, NameHit, has_address
from smdesk.ui import theme
from smdesk.ui.pages.letters.work import Typed
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.day_parsing import long_day
from smdesk.ui.widgets.forms import Form
from smdesk.ui.widgets.text import PlainLabel, muted, named

MARKS = "A blank line starts a new paragraph, “- ” an item of a list, “# ” a heading."


class _Text(QPlainTextEdit):
    """Plain text, at least so many lines high; Tab leaves it."""

    def __init__(self, object_name: str, accessible_name: str, lines: int) -> None:
        super().__init__()
        named(self, object_name, accessible_name)
        self.setTabChangesFocus(True)
        self.setMinimumHeight(self.height_of(lines))

    def height_of(self, lines: int) -> int:
        return self.fontMetrics().lineSpacing() * lines + 26

    def sizeHint(self) -> QSize:
        # Qt's own asks for 192 pixels, and the form around it would scroll before it has to.
        return QSize(super().sizeHint().width(), self.minimumHeight())


class LetterForm(QWidget):
    """The parts of a draft that may be edited: ``typed`` as they stand, ``edit`` as the service takes them."""

    edited = Signal()

    def __init__(self, ctx: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("letter_form")
        self._version = 0
        self.addressee = _Text("letter_addressee", "Name and address", 4)
        self.addressee.setFixedHeight(self.addressee.height_of(4))
        self.salutation = named(QLineEdit(), "letter_salutation")
        self.subject = named(QLineEdit(), "letter_subject")
        self.reply_by = DateEdit("letter_reply_by", "Answer by", clock=ctx.today, ahead=True)
        self.step_reason = named(QLineEdit(), "letter_step_reason")
        self.body = _Text("letter_body", "Text of the letter", 7)
        self.body.setAccessibleDescription(MARKS)

        self.form = Form()
        self.form.add("&To", self.addressee, "addressee")
        self._no_address = muted("No address yet: it can be handed over or sent by e-mail, not by post.")
        self._no_address.setObjectName("letter_no_address")
        self._no_address.hide()
        self.form.add_wide(self._no_address)
        self.form.add("Salutatio&n", self.salutation, "salutation")
        self.form.add("Sub&ject", self.subject, "subject")
        self._reply_label = self.form.add("Answer &by", self.reply_by, "reply_by")
        self.reply_by.line.setAccessibleDescription(
            "Where the date stands in the text it follows when you save"
        )
        self.reply_by.line.setToolTip("Where the date stands in the text it follows when you save")
        self._reason_label = self.form.add("Step left &out because", self.step_reason, "step_reason")
        self._text_label = PlainLabel("Te&xt")
        self._text_label.setTextFormat(Qt.TextFormat.PlainText)
        self._text_label.setBuddy(self.body)
        self._marks = muted(MARKS)

        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.TIGHT)
        column.addWidget(self.form)
        column.addWidget(self._text_label)
        column.addWidget(self.body, 1)
        column.addWidget(self._marks)
        for edit in (self.addressee, self.body):
            edit.textChanged.connect(self._changed)
        for line in (self.salutation, self.subject, self.step_reason):
            line.textChanged.connect(self._changed)
        self.reply_by.changed.connect(self._changed)
        self._quiet = False

    @property
    def fields(self) -> dict[str, QWidget]:
        """Widgets by the field names of ``Invalid`` problems."""
        return {**self.form.fields, "body": self.body}

    def save_room(self, low: bool) -> None:
        """In a low window the address shows three lines and scrolls."""
        self.addressee.setFixedHeight(self.addressee.height_of(3 if low else 4))

    def show_record(self, record: LetterRecord, kept: Typed | None = None) -> None:
        """Fill the form, with what was typed before where a draft was kept. Says nothing through ``edited``."""
        editable = record.may_edit
        for edit in (self.addressee, self.body):
            edit.setReadOnly(not editable)
        for line in (self.salutation, self.subject, self.step_reason):
            line.setReadOnly(not editable)
        self.reply_by.set_read_only(not editable)
        self._marks.setVisible(editable)
        self.fill(kept or typed_of(record))
        # A letter about an exception asks for something to be done, or for nothing at all.
        about_incident = record.matter_kind == "incident"
        self._reply_label.setText("Answer &by" if about_incident else "To be done &by")
        asks = about_incident or record.edit.reply_by is not None or bool(kept and kept.reply_by)
        self.reply_by.setVisible(asks)
        self._reply_label.setVisible(asks)
        # The reason is asked for only where the policy named a step that was left out (INC-5).
        shown = bool(record.edit.step_reason) or bool(kept and kept.step_reason)
        self.step_reason.setVisible(shown)
        self._reason_label.setVisible(shown)

    def fill(self, typed: Typed) -> None:
        self._quiet = True
        self._version = typed.version
        self.addressee.setPlainText(typed.addressee)
        self.salutation.setText(typed.salutation)
        self.subject.setText(typed.subject)
        self.reply_by.set_text(typed.reply_by)
        self.step_reason.setText(typed.step_reason)
        if self.body.toPlainText() != typed.body:
            at = self.body.textCursor().position()
            self.body.setPlainText(typed.body)
            cursor = self.body.textCursor()
            cursor.setPosition(min(at, _utf16(typed.body)))
            self.body.setTextCursor(cursor)
        self.mark_names(())
        self._quiet = False
        self._say_address()

    @property
    def version(self) -> int:
        """The version of the letter that what stands here was typed against."""
        return self._version

    def typed(self) -> Typed:
        return Typed(
            subject=self.subject.text(),
            addressee=self.addressee.toPlainText(),
            salutation=self.salutation.text(),
            body=self.body.toPlainText(),
            reply_by=self.reply_by.text(),
            step_reason=self.step_reason.text(),
            version=self._version,
        )

    def edit(self) -> LetterEdit:
        """For the service. Raises Invalid (``reply_by``) where the day cannot be read."""
        day: date | None = self.reply_by.day("reply_by")
        typed = self.typed()
        return LetterEdit(
            typed.subject, typed.addressee, typed.salutation, typed.body, day, typed.step_reason
        )

    # Names

    def mark_names(self, hits: tuple[NameHit, ...]) -> None:
        """Underline where names stand in the text."""
        colour = QColor(theme.colours().danger)
        marks = []
        length = len(self.body.toPlainText())
        for hit in hits:
            if 0 <= hit.start < hit.end <= length:
                mark = QTextEdit.ExtraSelection()
                look = QTextCharFormat()
                look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
                look.setUnderlineColor(colour)
                look.setBackground(QColor(theme.colours().danger_ground))
                mark.format = look
                mark.cursor = self._cursor(hit)
                marks.append(mark)
        self.body.setExtraSelections(marks)

    def go_to(self, hit: NameHit) -> None:
        """Put the keyboard on a name that was found."""
        if hit.start < 0:
            for line in (self.subject, self.salutation):
                at = line.text().find(hit.found)
                if at >= 0:
                    line.setFocus()
                    line.setSelection(at, len(hit.found))
                    return
            self.addressee.setFocus()
            return
        self.body.setTextCursor(self._cursor(hit))
        self.body.centerCursor()
        self.body.setFocus()

    def _cursor(self, hit: NameHit) -> QTextCursor:
        # Qt counts in UTF-16, Python in characters: an emoji before the name shifts it.
        text = self.body.toPlainText()
        cursor = QTextCursor(self.body.document())
        cursor.setPosition(_utf16(text[: hit.start]))
        cursor.setPosition(_utf16(text[: hit.end]), QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def _changed(self) -> None:
        if not self._quiet:
            self._say_address()
            self.edited.emit()

    def _say_address(self) -> None:
        missing = not has_address(self.addressee.toPlainText())
        self._no_address.setVisible(missing and not self.addressee.isReadOnly())


def typed_of(record: LetterRecord) -> Typed:
    """A saved letter as it stands in the form."""
    edit = record.edit
    return Typed(
        subject=edit.subject,
        addressee=edit.addressee,
        salutation=edit.salutation,
        body=edit.body,
        reply_by=long_day(edit.reply_by) if edit.reply_by else "",
        step_reason=edit.step_reason,
        version=record.version,
    )


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
