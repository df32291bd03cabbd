"""The letter as it is typed: addressee, salutation, subject, day to answer by, its text with names underlined, how the
paper is set, and beside it the English copy of a letter in another language.
"""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import TypeVar

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent, QTextCursor
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QLineEdit,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from smdesk.services import languages, letter_text
from smdesk.services.letter_records import (
    ASKS_FOR_AN_ANSWER,
    ENVELOPE_LABELS,
    PAPER_LOOK_LABELS,
    Envelope,
    LetterEdit,
    LetterRecord,
    NameHit,
    PaperLook,
    has_address,
)
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.letters.work import Typed
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.day_parsing import long_day
from smdesk.ui.widgets.forms import Form, pair, sentences
from smdesk.ui.widgets.letter_editor import LetterEditor
from smdesk.ui.widgets.letter_spelling import Spelling
from smdesk.ui.widgets.text import muted, named

Code = TypeVar("Code", bound=StrEnum)

_BESIDE = 540
"""Device-independent pixels: from this width the address has room beside the other fields."""


class LetterForm(QWidget):
    """The parts of a draft that may be edited: ``typed`` as they stand, ``edit`` as the service takes them."""

    edited = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("letter_form")
        self._version = 0
        self._quiet = False
        self.addressee = sentences(self, "letter_addressee", "Name and address", 4)
        self.save_room(False)
        self.salutation = named(QLineEdit(), "letter_salutation")
        self.subject = named(QLineEdit(), "letter_subject")
        self.reply_by = DateEdit("letter_reply_by", "Answer by", clock=desk.ctx.today, ahead=True)
        self.step_reason = named(QLineEdit(), "letter_step_reason")
        self.look = _choice("letter_look", "How the paper is set", PAPER_LOOK_LABELS)
        self.envelope = _choice("letter_envelope", "Envelope", ENVELOPE_LABELS)
        self.body = LetterEditor("letter_body", "Text of the letter", label="Te&xt")
        self.spelling = Spelling(desk, self.body)
        self.english_salutation = named(QLineEdit(), "letter_english_salutation")
        self.english_subject = named(QLineEdit(), "letter_english_subject")
        self.english_body = LetterEditor("letter_english_body", "Text of the English copy", label="Te&xt")
        self._english_spelling = Spelling(desk, self.english_body)

        self.tabs = named(QTabBar(), "letter_copies", "Letter and English copy")
        self.tabs.addTab("Letter")
        self.tabs.addTab("English copy")
        self.tabs.setDrawBase(False)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._letter_page())
        self._pages.addWidget(self._english_page())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.TIGHT)
        column.addWidget(self.tabs)
        column.addWidget(self._pages, 1)
        self.tabs.hide()

        self.addressee.textChanged.connect(self._changed)
        for editor in (self.body, self.english_body):
            editor.changed.connect(self._changed)
        for line in self._lines:
            line.textChanged.connect(self._changed)
        for choice in (self.look, self.envelope):
            choice.currentIndexChanged.connect(self._changed)
        self.reply_by.changed.connect(self._changed)
        self.tabs.currentChanged.connect(self._pages.setCurrentIndex)
        self._pages.currentChanged.connect(self.tabs.setCurrentIndex)

    def _letter_page(self) -> QWidget:
        to, self.form, below = Form(), Form(), Form()
        self._forms = (to, self.form, below)
        left = [to.add("&To", self.addressee, "addressee")]
        self._no_address = muted("No address yet: it can be handed over or sent by e-mail, not by post.")
        self._no_address.setObjectName("letter_no_address")
        self._no_address.hide()
        right = [self.form.add("Salutatio&n", self.salutation, "salutation")]
        self._reply_label = self.form.add("Answer &by", self.reply_by, "reply_by")
        self.reply_by.line.setAccessibleDescription(
            "Where the date stands in the text it follows when you save"
        )
        self.reply_by.line.setToolTip("Where the date stands in the text it follows when you save")
        right += [self._reply_label, self.form.add("&Look", pair(self.look, self.envelope, (4, 5)), "look")]
        left.append(below.add("Sub&ject", self.subject, "subject"))
        self._labels = (tuple(left), tuple(right))
        self._reason_label = below.add("Step left &out because", self.step_reason, "step_reason")
        head = QWidget()
        column = QVBoxLayout(head)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SMALL)
        self._beside = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._beside.setSpacing(theme.SMALL)
        self._beside.addWidget(to, 5)
        self._beside.addWidget(self.form, 7)
        column.addLayout(self._beside)
        column.addWidget(self._no_address)
        column.addWidget(below)
        return _with_text(head, self.body)

    def _english_page(self) -> QWidget:
        self._english_form = Form()
        self._english_form.add("Salutatio&n", self.english_salutation, "english_salutation")
        self._english_form.add("Sub&ject", self.english_subject, "english_subject")
        return _with_text(self._english_form, self.english_body)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # Beside each other wherever they have room: the height they take is the text's.
        wide = self.width() >= _BESIDE
        way = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        self._beside.setDirection(way)
        left, right = self._labels
        least = max(label.sizeHint().width() for label in (left if wide else left + right))
        for label in left:
            label.setMinimumWidth(least)
        for label in right:
            label.setMinimumWidth(0 if wide else least)

    @property
    def _lines(self) -> tuple[QLineEdit, ...]:
        return (
            self.salutation,
            self.subject,
            self.step_reason,
            self.english_salutation,
            self.english_subject,
        )

    @property
    def fields(self) -> dict[str, QWidget]:
        """Widgets by the field names of ``Invalid`` problems."""
        return {
            **{name: field for form in self._forms for name, field in form.fields.items()},
            "envelope": self.envelope,
            "body": self.body,
            **self._english_form.fields,
            "english_body": self.english_body,
        }

    def save_room(self, low: bool) -> None:
        """In a low window the address shows three lines and scrolls."""
        lines = 3 if low else 4
        self.addressee.setFixedHeight(self.addressee.fontMetrics().lineSpacing() * lines + 26)

    def show_record(self, record: LetterRecord, kept: Typed | None = None) -> None:
        """Fill the form, with what was typed before where a draft was kept. Says nothing through ``edited``."""
        editable = record.may_edit
        self.addressee.setReadOnly(not editable)
        for editor in (self.body, self.english_body):
            editor.set_read_only(not editable)
        for line in self._lines:
            line.setReadOnly(not editable)
        for choice in (self.look, self.envelope):
            choice.setEnabled(editable)
        self.reply_by.set_read_only(not editable)
        typed = kept or typed_of(record)
        self._show_language(record, typed)
        self.fill(typed)
        # A letter about an exception asks for something to be done, or for nothing at all.
        about_incident = record.matter_kind == "incident"
        self._reply_label.setText("Answer &by" if about_incident else "To be done &by")
        asks = (
            record.kind in ASKS_FOR_AN_ANSWER
            or record.edit.reply_by is not None
            or bool(kept and kept.reply_by)
        )
        self.reply_by.setVisible(asks)
        self._reply_label.setVisible(asks)
        # The reason is asked for only where the policy named a step that was left out (INC-5).
        shown = bool(record.edit.step_reason) or bool(kept and kept.step_reason)
        self.step_reason.setVisible(shown)
        self._reason_label.setVisible(shown)

    def _show_language(self, record: LetterRecord, typed: Typed) -> None:
        language = record.language
        copied = language != languages.ENGLISH
        self.tabs.setVisible(copied)
        self.tabs.setTabText(0, f"Letter ({languages.label(language)})" if copied else "Letter")
        if not copied:
            self._pages.setCurrentIndex(0)
        self.body.set_right_to_left(languages.is_rtl(language))
        known = (typed.addressee, typed.salutation, record.person_name)
        self.spelling.follow(language, known)
        if copied:
            self._english_spelling.follow(languages.ENGLISH, known)

    def fill(self, typed: Typed) -> None:
        self._quiet = True
        self._version = typed.version
        self.addressee.setPlainText(typed.addressee)
        self.salutation.setText(typed.salutation)
        self.subject.setText(typed.subject)
        self.reply_by.set_text(typed.reply_by)
        self.step_reason.setText(typed.step_reason)
        _choose(self.look, typed.look)
        _choose(self.envelope, typed.envelope)
        self.body.set_body(typed.body, typed.marks)
        self.english_salutation.setText(typed.english_salutation)
        self.english_subject.setText(typed.english_subject)
        self.english_body.set_body(typed.english_body)
        self.mark_names((), "")
        self._quiet = False
        self._say_address()

    @property
    def version(self) -> int:
        """The version of the letter that what stands here was typed against."""
        return self._version

    def typed(self) -> Typed:
        body, marks = self.body.body()
        return Typed(
            subject=self.subject.text(),
            addressee=self.addressee.toPlainText(),
            salutation=self.salutation.text(),
            body=body,
            reply_by=self.reply_by.text(),
            step_reason=self.step_reason.text(),
            version=self._version,
            marks=marks,
            look=PaperLook(self.look.currentData()),
            envelope=Envelope(self.envelope.currentData()),
            english_subject=self.english_subject.text(),
            english_salutation=self.english_salutation.text(),
            english_body=self.english_body.body()[0],
        )

    def edit(self) -> LetterEdit:
        """For the service. Raises Invalid (``reply_by``) where the day cannot be read."""
        day: date | None = self.reply_by.day("reply_by")
        typed = self.typed()
        return LetterEdit(
            typed.subject,
            typed.addressee,
            typed.salutation,
            typed.body,
            day,
            typed.step_reason,
            marks=typed.marks,
            look=typed.look,
            envelope=typed.envelope,
            english_subject=typed.english_subject,
            english_salutation=typed.english_salutation,
            english_body=typed.english_body,
        )

    # Names

    def mark_names(self, hits: tuple[NameHit, ...], body: str) -> None:
        """Underline where names stand in the text. ``body`` is the text in which they were found."""
        colours = theme.colours()
        inside = [(hit.start, hit.end) for hit in hits if hit.start >= 0]
        spans = self.body.spans_of(letter_text.follow(body, inside))
        self.body.underline("names", spans, colours.danger, colours.danger_ground)
        english = self.english_body.body()[0]
        words = {hit.found for hit in hits if hit.start < 0}
        spans = [found.span() for word in words for found in re.finditer(re.escape(word), english)]
        self.english_body.underline(
            "names", self.english_body.spans_of(spans), colours.danger, colours.danger_ground
        )

    def go_to(self, hit: NameHit) -> None:
        """Put the keyboard on a name that was found."""
        if hit.start < 0:
            self._go_beside(hit.found)
            return
        self._pages.setCurrentIndex(0)
        self._go_in(self.body, hit.start, hit.found)

    def go_to_start(self) -> None:
        """Put the cursors before the texts: where somebody was in the letter before means nothing in this one."""
        for editor in (self.body, self.english_body):
            editor.text.moveCursor(QTextCursor.MoveOperation.Start)

    def _go_beside(self, found: str) -> None:
        for page, line in (
            (0, self.subject),
            (0, self.salutation),
            (1, self.english_subject),
            (1, self.english_salutation),
        ):
            at = line.text().find(found)
            if at >= 0:
                self._pages.setCurrentIndex(page)
                line.setFocus()
                line.setSelection(at, len(found))
                return
        at = self.english_body.body()[0].find(found)
        if at >= 0:
            self._pages.setCurrentIndex(1)
            self._go_in(self.english_body, at, found)
            return
        self._pages.setCurrentIndex(0)
        self.addressee.setFocus()

    def _go_in(self, editor: LetterEditor, at: int, found: str) -> None:
        ((start, end),) = editor.spans_of([(at, at + len(found))])
        if start >= 0:
            editor.text.setTextCursor(editor.cursor_over(start, end))
            editor.text.ensureCursorVisible()
        editor.text.setFocus()

    # Inside

    def _changed(self) -> None:
        if not self._quiet:
            self._say_address()
            self.edited.emit()

    def _say_address(self) -> None:
        missing = not has_address(self.addressee.toPlainText())
        self._no_address.setVisible(missing and not self.addressee.isReadOnly())


def typed_of(record: LetterRecord) -> Typed:
    """A saved letter as it stands in the form: its texts as the editor writes them, so that only typing changes it."""
    edit = record.edit
    body, marks = letter_text.written(letter_text.laid_out(edit.body, edit.marks))
    return Typed(
        subject=edit.subject,
        addressee=edit.addressee,
        salutation=edit.salutation,
        body=body,
        reply_by=long_day(edit.reply_by) if edit.reply_by else "",
        step_reason=edit.step_reason,
        version=record.version,
        marks=marks,
        look=edit.look,
        envelope=edit.envelope,
        english_subject=edit.english_subject,
        english_salutation=edit.english_salutation,
        english_body=letter_text.write(letter_text.parse(edit.english_body)),
    )


def _choice(object_name: str, accessible_name: str, labels: dict[Code, str]) -> QComboBox:
    made = named(QComboBox(), object_name, accessible_name)
    for code, label in labels.items():
        made.addItem(label, code.value)
    # The longest look would hold the form open wider than a small window.
    made.setMinimumContentsLength(8)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return made


def _choose(choice: QComboBox, code: StrEnum) -> None:
    choice.setCurrentIndex(max(0, choice.findData(code.value)))


def _with_text(form: QWidget, editor: LetterEditor) -> QWidget:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(theme.TIGHT)
    column.addWidget(form)
    column.addWidget(editor, 1)
    return page
