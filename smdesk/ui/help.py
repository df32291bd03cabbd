"""Help: the program's own pages, by topic, in a window beside the work."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QTextBrowser, QVBoxLayout, QWidget

from smdesk.paths import APP_NAME, resource
from smdesk.ui import theme
from smdesk.ui.widgets.search_box import SearchBox
from smdesk.ui.widgets.text import named

ORDER = (
    "start",
    "today",
    "incidents",
    "connections",
    "cases",
    "accounts",
    "reputation",
    "agreements",
    "people",
    "letters",
    "queue",
    "reports",
    "settings",
    "wording",
    "safety",
    "keyboard",
)
"""The topics in reading order; each is ``resources/help/<name>.md``."""


def topics() -> list[tuple[str, str, str]]:
    """(name, title, text) of every topic. A title is the first line of its file."""
    found = []
    for name in ORDER:
        text = Path(resource("help", f"{name}.md")).read_text(encoding="utf-8")
        found.append((name, text.splitlines()[0].lstrip("# ").strip(), text))
    return found


class HelpWindow(QWidget):
    """Topics on the left, the page on the right, a search over all of them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("help_window")
        self.setWindowTitle(f"Help – {APP_NAME}")
        self._topics = topics()
        self.search = SearchBox("Search the help", "help_search")
        self.list = named(QListWidget(), "help_topics", "Topics")
        self.list.setProperty("look", "sections")
        # Dressed before the rows are measured, or they are too low for their padding.
        self.list.ensurePolished()
        for name, title, _ in self._topics:
            item = QListWidgetItem(title)
            item.setData(Qt.ItemDataRole.UserRole, name)
            self.list.addItem(item)
        self.page = named(QTextBrowser(), "help_page", "Help page")
        # Only the program's own pages: no link leads out of it, nothing is fetched.
        self.page.setOpenLinks(False)
        self.page.document().setDocumentMargin(theme.LARGE)
        self.page.anchorClicked.connect(self._follow)
        left = QVBoxLayout()
        left.setContentsMargins(theme.SMALL, theme.SMALL, 0, theme.SMALL)
        left.addWidget(self.search)
        left.addWidget(self.list, 1)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addLayout(left, 1)
        outer.addWidget(self.page, 3)
        theme.fit(self, 900, 600)
        self.list.currentItemChanged.connect(self._chosen)
        self.search.searched.connect(self._search)
        self.list.setCurrentRow(0)

    def show_topic(self, name: str) -> None:
        """Open the window at a topic (an unknown name: the first one)."""
        self.search.clear()
        names = [topic for topic, _, _ in self._topics]
        self.list.setCurrentRow(names.index(name) if name in names else 0)
        self.show()
        self.raise_()
        self.activateWindow()
        self.page.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
            return
        super().keyPressEvent(event)

    def _chosen(self) -> None:
        item = self.list.currentItem()
        if item is None:
            return
        for name, _, text in self._topics:
            if name == item.data(Qt.ItemDataRole.UserRole):
                self.page.setMarkdown(text)

    def _search(self, text: str) -> None:
        words = text.casefold().split()
        first = None
        for place, (_, title, page) in enumerate(self._topics):
            found = all(word in f"{title} {page}".casefold() for word in words)
            self.list.item(place).setHidden(not found)
            if found and first is None:
                first = place
        if first is not None:
            self.list.setCurrentRow(first)
            if words:
                self.page.find(words[0])
        else:
            self.page.setMarkdown("No page of the help has all of these words.")

    def _follow(self, url: object) -> None:
        from PySide6.QtCore import QUrl

        if isinstance(url, QUrl):
            names = [topic for topic, _, _ in self._topics]
            name = url.toString().removesuffix(".md")
            if name in names:
                self.list.setCurrentRow(names.index(name))
