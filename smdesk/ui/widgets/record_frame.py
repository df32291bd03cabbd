"""How the form of a record looks: its parts on tabs, what belongs beside all of them, and quiet bars above."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QLineEdit,
    QPlainTextEdit,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.draft_keeper import Write
from smdesk.ui.widgets.bars import MaskedView
from smdesk.ui.widgets.forms import Scrolled, scroll_to
from smdesk.ui.widgets.record_form import RecordForm


class FramedForm(RecordForm):
    """A ``RecordForm`` with its frame. A form makes ``header`` and its parts, then calls ``lay_out`` once.

    ``scrolled`` is the page with the fields, ``tabs`` holds it and the other parts, and ``masked`` stands in their
    place for whoever may only know that the record exists.
    """

    def __init__(
        self, desk: Desk, name: str, noun: str, kind: str, forget: Write, parent: QWidget | None = None
    ) -> None:
        super().__init__(desk, name, noun, kind, forget, parent)
        self.scrolled = Scrolled(margin=theme.NORMAL)
        self.masked = MaskedView(f"{name}_masked", self)
        self.tabs = QTabWidget(self)
        self.tabs.setObjectName(f"{name}_tabs")
        self.tabs.setAccessibleName(f"Parts of the {noun}")
        self.tabs.tabBar().setAccessibleName(f"Parts of the {noun}")
        self.tabs.setDocumentMode(True)
        self._splitter_name = f"{name}_splitter"
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._focus_moved)

    def lay_out(
        self,
        fields: QWidget,
        parts: Sequence[tuple[QWidget, str]],
        beside: QWidget,
        shares: tuple[int, int],
        *bars: QWidget,
    ) -> None:
        """``parts`` are the tabs with their titles, ``shares`` the widths of the tabs and of what is ``beside`` them;
        ``bars`` stand below those that every form has."""
        for part, title in parts:
            self.tabs.addTab(part, title)
        splitter = QSplitter(Qt.Orientation.Horizontal, self)
        splitter.setObjectName(self._splitter_name)
        splitter.setChildrenCollapsible(False)
        for place, (widget, share) in enumerate(zip((self.tabs, beside), shares, strict=True)):
            splitter.addWidget(widget)
            splitter.setStretchFactor(place, share)
        splitter.setSizes([share * 100 for share in shares])
        self._editor = splitter
        self._stack = QStackedWidget(self)
        self._stack.addWidget(splitter)
        self._stack.addWidget(self.masked)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.header, self.problems, self.draft_bar, self.elsewhere, *bars):
            column.addWidget(widget)
        column.addWidget(self._stack, 1)
        self.setFocusProxy(fields)
        # A file dropped on a text field belongs to the record's files, not into the text.
        for field in (*self.findChildren(QLineEdit), *self.findChildren(QPlainTextEdit)):
            field.setAcceptDrops(False)

    @property
    def editor_shown(self) -> bool:
        """Whether the record is shown, and not only that it exists."""
        return self._stack.currentWidget() is self._editor

    def show_editor(self, shown: bool) -> None:
        """The record, or ``masked`` in its place."""
        self._stack.setCurrentWidget(self._editor if shown else self.masked)

    def bring_into_view(self, new: QWidget | None) -> None:
        """Scroll to what got the keyboard: a problem's link may lead to a field that is scrolled away."""
        if new is not None and self.tabs.isAncestorOf(new) and new.visibleRegion().isEmpty():
            scroll_to(new)

    def _focus_moved(self, _old: QWidget | None, new: QWidget | None) -> None:
        self.bring_into_view(new)
