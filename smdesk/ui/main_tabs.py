"""The main window's tabs: a dozen of them on a small screen, their counts, and a way to each that always shows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QTabWidget, QVBoxLayout, QWidget

from smdesk.ui import theme
from smdesk.ui.tabs import Tab
from smdesk.ui.widgets.buttons import EnterButton
from smdesk.ui.widgets.text import dress, named

DIGITS = "1234567890"
"""Ctrl with one of these leads to a tab; the tenth is 0, as on the keyboard."""


class MainTabs(QTabWidget):
    """One place for each tab; what stands in it is made when it is first shown.

    Where they do not all fit, they are set closer; where that is not enough, the arrows of the bar move them and a
    button beside it lists them all, with their counts.
    """

    def __init__(self, tabs: Sequence[Tab]) -> None:
        super().__init__()
        named(self, "main_tabs", "Parts of the program")
        self._shown = tuple(tabs)
        self._counts: dict[str, int] = {}
        self.setDocumentMode(True)
        self.setElideMode(Qt.TextElideMode.ElideNone)
        self.setUsesScrollButtons(True)
        bar = self.tabBar()
        bar.setObjectName("main_tab_bar")
        bar.setAccessibleName("Parts of the program")
        bar.setExpanding(False)
        for tab in self._shown:
            self.addTab(Place(tab), tab.label)
        self.all = EnterButton("All tabs")
        named(self.all, "main_tabs_all", "All tabs")
        self.all.setProperty("look", "link")
        # The tabs themselves are a Tab away: this is for the mouse, and the menu Go for the keyboard.
        self.all.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._menu = QMenu(self.all)
        self._menu.setObjectName("main_tabs_menu")
        self._menu.aboutToShow.connect(self._fill_menu)
        self.all.setMenu(self._menu)
        # In a frame: the corner is laid out by what its widget would like, not by the height it is given.
        corner = QWidget()
        inside = QHBoxLayout(corner)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self.all)
        self.setCornerWidget(corner, Qt.Corner.TopRightCorner)
        self.all.hide()
        # Once for several counts that come one after the other, and not within a change of size.
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self.fit)

    def place_of(self, name: str) -> int | None:
        """The place of a tab by its name; None where this user has not got it."""
        return next((place for place, tab in enumerate(self._shown) if tab.name == name), None)

    def set_count(self, name: str, count: int) -> None:
        """Show a count on a tab, in words for a screen reader too (0: none)."""
        place = self.place_of(name)
        if place is None:
            return
        self._counts[name] = count
        label = self._shown[place].label
        self.setTabText(place, self._text(self._shown[place]))
        self.setTabToolTip(place, f"{label}: {count:,} waiting" if count else "")
        self._later.start()

    def fit(self) -> None:
        """Set the tabs closer where they do not fit, and offer the list of all where even that is not enough."""
        self._closer(False)
        if self._overflows():
            self._closer(True)
        self.all.setFixedHeight(self.tabBar().sizeHint().height())
        self.all.setVisible(self._overflows())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._later.start()

    def _closer(self, close: bool) -> None:
        bar = self.tabBar()
        if bool(bar.property("close")) != close:
            dress(bar, close=close)
            # The bar keeps the sizes of its tabs until one of them changes.
            bar.setIconSize(QSize(16, 16) if close else QSize(15, 15))

    def _overflows(self) -> bool:
        bar = self.tabBar()
        return sum(bar.tabRect(place).width() for place in range(bar.count())) > self.width() - theme.TIGHT

    def _text(self, tab: Tab) -> str:
        count = self._counts.get(tab.name, 0)
        return f"{tab.label} ({count:,})" if count else tab.label

    def _fill_menu(self) -> None:
        self._menu.clear()
        for place, tab in enumerate(self._shown):
            action = self._menu.addAction(self._text(tab))
            action.setObjectName(f"all_{tab.name}")
            action.setCheckable(True)
            action.setChecked(place == self.currentIndex())
            action.setData(place)
            action.triggered.connect(self._chosen)

    def _chosen(self) -> None:
        action = self.sender()
        self.setCurrentIndex(int(action.data()))  # type: ignore[union-attr]  # only actions are connected


class Place(QWidget):
    """Holds the tab's place until its page is made."""

    def __init__(self, tab: Tab) -> None:
        super().__init__()
        self.tab = tab
        self.setObjectName(f"tab_{tab.name}")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    def fill(self, page: QWidget) -> None:
        self._column.addWidget(page)


def with_keys(labels: Sequence[str]) -> list[str]:
    """The labels with an underlined letter each, no two the same while letters last."""
    taken: set[str] = set()
    made = []
    for label in labels:
        at = next(
            (at for at, letter in enumerate(label) if letter.isalpha() and letter.casefold() not in taken), 0
        )
        taken.add(label[at].casefold())
        made.append(f"{label[:at]}&{label[at:]}")
    return made
