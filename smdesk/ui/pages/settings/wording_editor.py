"""Changing the wording of a letter: its parts and fields, a preview beside them, the shipped one, and its versions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QLineEdit,
    QSplitter,
    QTabWidget,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from smdesk.errors import Conflict, Invalid, SmdeskError
from smdesk.services import wording_rules, wordings
from smdesk.services.context import LOCAL, Context, Saved
from smdesk.services.languages import ENGLISH
from smdesk.services.letter_wording import PHRASES
from smdesk.services.wording_records import (
    PartDifference,
    WordingDraft,
    WordingKey,
    WordingRecord,
    WordingRow,
    WordingState,
    WordingVersion,
)
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.settings import wording_draft
from smdesk.ui.pages.settings.wording_draft import Kept
from smdesk.ui.pages.settings.wording_history import WordingVersions, as_html
from smdesk.ui.pages.settings.wording_parts import WordingParts
from smdesk.ui.pages.settings.wording_preview import WordingPreview
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.day_parsing import long_day
from smdesk.ui.widgets.dialogs import MINE, THEIRS, ask_conflict, ask_reason
from smdesk.ui.widgets.forms import Form, Scrolled, closing
from smdesk.ui.widgets.letter_spelling import Spelling
from smdesk.ui.widgets.problem_bar import ProblemBar
from smdesk.ui.widgets.text import PlainLabel, heading, muted, named

_PREVIEW_AFTER_MS = 900


@dataclass(frozen=True)
class Opened:
    """A wording with its versions, as the dialog shows them."""

    record: WordingRecord
    versions: Sequence[WordingVersion]
    kept: Kept | None = None
    """What this user typed before a lock and did not save."""


def open_wording(ctx: Context, key: WordingKey) -> Opened:
    """Read what the dialog shows. Call it on a worker."""
    record, kept = wordings.get(ctx, key), wording_draft.find(ctx)
    mine = kept if kept is not None and kept.key == key and record.may_edit else None
    return Opened(record, wordings.versions(ctx, key), mine)


class WordingEditor(QDialog):
    """Open it with ``open()``. The office looks; the headteacher edits."""

    def __init__(self, desk: Desk, opened: Opened, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._record = opened.record
        self._key = opened.record.row.key
        self._expected = opened.record.row.number
        self._work: Callable[[int], Saved] | None = None
        self._busy = False
        self._again = False
        self._phrases = self._key.kind == PHRASES
        self.setObjectName("wording_editor")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        title = f"{self._key.title} · {self._key.language_label}"
        self.setWindowTitle(title)
        self.problems = ProblemBar("wording_problems")
        self.parts = WordingParts(self._record)
        self._spelling = Spelling(desk, self.parts.editor)
        self._spelling.follow(self._record.row.key.language)
        self.preview = WordingPreview(desk, self._record)
        self.versions = WordingVersions(self._record.may_edit)
        self.comparison = named(
            QTextBrowser(), "wording_comparison", "This wording against the shipped one, part by part"
        )
        self.tabs = named(QTabWidget(), "wording_tabs", "The wording, the shipped one, and versions")
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self._wording_page(), "Wording")
        self._compared = self._compare_page()
        if self._record.shipped is not None:
            self.tabs.addTab(self._compared, "Against the shipped")
        self.tabs.addTab(self.versions, "Versions")
        self.save_button = button("&Save as a new version…", "wording_save", self._save, look="primary")
        self.restore_button = button("&Back to the shipped wording…", "wording_restore", self._restore)
        if self._record.shipped is None:
            self.restore_button.setText("St&op using this wording…")
        self.restore_button.setVisible(self._record.may_edit and self._record.row.state is WordingState.OWN)
        self.save_button.setVisible(self._record.may_edit)
        self.close_button = button("Close", "wording_close", self.reject)
        column = QVBoxLayout(self)
        theme.roomy(column, theme.NORMAL, theme.SMALL)
        column.addWidget(heading(title, 2))
        for words, look in notices(self._record):
            column.addWidget(PlainLabel(words, look=look))
        self.kept = PlainLabel("What you typed before is shown; it is not saved yet.", look="warning")
        self.kept.setObjectName("wording_kept")
        self.kept.setVisible(opened.kept is not None)
        column.addWidget(self.kept)
        column.addWidget(self.problems)
        column.addWidget(self.tabs, 1)
        column.addWidget(closing(self.close_button, self.save_button, self.restore_button))
        room = self.screen().availableGeometry()
        self.resize(min(1280, room.width() - 40), min(900, room.height() - 60))
        self._later = QTimer(self)
        self._later.setObjectName("wording_later")
        self._later.setSingleShot(True)
        self._later.setInterval(_PREVIEW_AFTER_MS)
        self._later.timeout.connect(self._show_preview)
        self._fill(self._record.draft)
        self.versions.show_versions(opened.versions, self._record)
        self.parts.changed.connect(self._changed)
        self.preview.wanted.connect(self._show_preview)
        self.versions.taken.connect(self._take_up)
        self.tabs.currentChanged.connect(self._tab_chosen)
        for line in (self.subject, self.ending):
            line.textEdited.connect(self._changed)
        # What was read from the editor: it writes a text in its own way, and only a change by hand is one.
        self._begun = self.draft()
        if opened.kept is not None:
            # Over the version it was typed against: whoever saved since is not overwritten unasked.
            self._expected = opened.kept.number
            self._fill(opened.kept.draft)
        self.preview.find_cases()
        self._show_preview()

    def _wording_page(self) -> QWidget:
        # It scrolls where the window is low: large letters on a small screen.
        left = Scrolled(margin=theme.SMALL)
        self.subject = named(QLineEdit(), "wording_subject", "Subject")
        self.subject.setMaxLength(300)
        self.ending = named(QLineEdit(), "wording_ending", "Ending")
        self.ending.setMaxLength(150)
        self.checked = named(
            QCheckBox(f"Somebody who speaks {self._key.language_label} has chec&ked it"),
            "wording_checked",
            "Checked by a speaker",
        )
        form = Form()
        form.add("Sub&ject", self.subject, "subject")
        form.add("&Ending", self.ending, "closing")
        column = left.body
        column.setSpacing(theme.SMALL)
        column.addWidget(form)
        column.addWidget(self.parts, 1)
        column.addWidget(self.checked)
        form.setVisible(not self._phrases)
        self.checked.setVisible(self._key.language != ENGLISH)
        for field in (self.subject, self.ending):
            field.setReadOnly(not self._record.may_edit)
        self.checked.setEnabled(self._record.may_edit)
        if self._record.rtl:
            for field in (self.subject, self.ending):
                field.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        page = QSplitter(Qt.Orientation.Horizontal)
        page.setObjectName("wording_splitter")
        page.setChildrenCollapsible(False)
        page.addWidget(left)
        page.addWidget(self.preview)
        page.setStretchFactor(0, 1)
        page.setStretchFactor(1, 1)
        return page

    def _compare_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        theme.roomy(column, theme.SMALL, theme.SMALL)
        column.addWidget(muted("From the shipped wording to this one: [− taken out −], [+ put in +]."))
        column.addWidget(self.comparison, 1)
        return page

    # What is typed

    def draft(self) -> WordingDraft:
        """The wording as it stands here."""
        return WordingDraft(
            " ".join(self.subject.text().split()),
            " ".join(self.ending.text().split()),
            self.parts.parts(),
            self.checked.isChecked() if self._key.language != ENGLISH else True,
        )

    def _fill(self, draft: WordingDraft) -> None:
        self.subject.setText(draft.subject)
        self.ending.setText(draft.closing)
        self.checked.setChecked(draft.checked)
        self.parts.show_parts(draft.parts)

    def _take_up(self, draft: object) -> None:
        if isinstance(draft, WordingDraft):
            self._fill(draft)
            self.tabs.setCurrentIndex(0)
            self._changed()

    def _changed(self) -> None:
        self._later.start()

    def _show_preview(self) -> None:
        self._later.stop()
        self.preview.show_draft(self.draft())

    def _tab_chosen(self, _place: int) -> None:
        if self.tabs.currentWidget() is self._compared:
            ctx, key, draft = self._desk.ctx, self._key, self.draft()

            def work(progress: Progress) -> list[PartDifference]:
                return wordings.compare(ctx, key, draft)

            self._desk.tasks.latest(self, "compare", work, self._show_comparison)

    def _show_comparison(self, found: list[PartDifference]) -> None:
        self.comparison.setHtml(as_html(found, self._record.fields))

    # Keeping it

    def unsaved(self) -> bool:
        """Whether something was changed and not saved."""
        return self._record.may_edit and self.draft() != self._begun

    def keep_draft(self) -> None:
        """Keep what is typed, now: the program is about to lock or end."""
        wording_draft.keep(self._desk.ctx, Kept(self._key, self._expected, self.draft()))

    def reject(self) -> None:
        if self.unsaved():
            if not self._desk.messages.confirm(
                "Close without saving the changed wording?", "Close without saving", "Go back", danger=True
            ):
                return
            self._forget()
        super().reject()

    def _forget(self) -> None:
        ctx = self._desk.ctx
        self._desk.tasks.run(self, lambda progress: wording_draft.forget(ctx))

    def _save(self) -> None:
        self.problems.clear()
        if self._busy:
            return
        # Before anybody writes down a reason for what cannot be saved.
        found = wording_rules.problems(self._key.kind, wording_rules.tidied(self.draft()))
        if found:
            self._refused(Invalid(found))
            return
        note = ask_reason(
            "Save the wording",
            "Why is the wording changed?",
            "&Save as a new version",
            self,
            explanation="Letters drafted from now on use it. Letters that are written keep their text.",
        )
        if note is not None:
            ctx, key, draft = self._desk.ctx, self._key, self.draft()
            self._send(lambda expected: wordings.save(ctx, key, draft, note, expected))

    def _send(self, work: Callable[[int], Saved]) -> None:
        """Have it done over the version that was opened. ``work`` holds plain data only."""
        self._work, expected = work, self._expected
        self._set_busy(True)
        self._desk.tasks.run(
            self, lambda progress: work(expected), self._saved, self._refused, ended=self._ended
        )

    def _restore(self) -> None:
        self.problems.clear()
        if self._busy:
            return
        shipped = self._record.shipped is not None
        note = ask_reason(
            "Back to the shipped wording" if shipped else "Stop using this wording",
            "Why is it changed?",
            "&Go back to the shipped wording" if shipped else "&Stop using it",
            self,
            explanation="Our versions stay on record and can be taken up again."
            if shipped
            else "Such letters go out in English again. Our versions stay on record.",
        )
        if note is not None:
            ctx, key = self._desk.ctx, self._key
            self._send(lambda expected: wordings.restore_shipped(ctx, key, note, expected))

    def _saved(self, _saved: Saved) -> None:
        self._forget()
        self.accept()

    def _refused(self, error: SmdeskError) -> None:
        if isinstance(error, Conflict):
            answer = ask_conflict(error, self)
            if answer == MINE:
                self._expected = error.current_version
                self._again = True
            elif answer == THEIRS:
                self._forget()
                self.accept()
            return
        if isinstance(error, Invalid):
            self.tabs.setCurrentIndex(0)
            for problem in error.problems:
                place = problem.field.partition(".")[2]
                if problem.field.startswith("parts.") and place.isdigit():
                    self.parts.choose(int(place))
                    break
        self.problems.show_problems(
            error, {"subject": self.subject, "closing": self.ending, "parts": self.parts.editor}
        )

    def _ended(self) -> None:
        self._set_busy(False)
        if self._again and self._work is not None:
            # Over a version that somebody else saved meanwhile, which was looked at and is known.
            self._again = False
            self._send(self._work)

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        self.save_button.setEnabled(not busy)
        self.restore_button.setEnabled(not busy)


def notices(record: WordingRecord) -> list[tuple[str, str]]:
    """What is to be known of a wording before it is read, with its look."""
    row = record.row
    found: list[tuple[str, str]] = []
    if row.state is WordingState.NONE:
        words = f"Not written in {row.key.language_label} yet: such letters go out in English. "
        found.append((words + "It begins with the English text, to be written over.", "muted"))
    elif row.state is WordingState.OWN and row.since is not None:
        since = long_day(row.since.astimezone(LOCAL).date())
        found.append((f"Our own wording, version {row.number}, since {since}, by {row.by}.", "muted"))
    else:
        found.append(("The shipped wording.", "muted"))
    if row.state is not WordingState.NONE:
        found += [(words, "warning") for words in warnings(row)]
    if not record.may_edit:
        found.append(("The headteacher changes the wording of letters.", "muted"))
    return found


def warnings(row: WordingRow) -> list[str]:
    """What somebody should do about a wording."""
    found = []
    if row.state is WordingState.NONE:
        found.append("Goes out in English.")
    elif not row.checked:
        found.append(f"Have this checked by a {row.key.language_label} speaker before it goes out.")
    if row.shipped_changed:
        found.append("SM Desk ships another wording now than the one ours was made from: compare them.")
    if row.gaps:
        found.append(
            "Goes out in English until “Words used in several letters” are written in "
            f"{row.key.language_label} ({row.gaps} missing)."
        )
    return found
