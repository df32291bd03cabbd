"""What was done: the conduct categories to tick, grouped by who does them, with a search (INC-2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from smdesk.policy.vocabulary import CONDUCT_LABELS, Conduct

GROUPS: tuple[tuple[str, tuple[Conduct, ...]], ...] = (
    (
        "Anyone",
        (
            Conduct.BULLYING,
            Conduct.ABUSIVE,
            Conduct.DISREPUTE,
            Conduct.DISCRIMINATORY,
            Conduct.IMPERSONATION,
            Conduct.DATA_WITHOUT_CONSENT,
        ),
    ),
    (
        "Mostly parents and the public",
        (
            Conduct.ALLEGATION,
            Conduct.PUBLIC_COMPLAINT,
            Conduct.DEFAMATION,
            Conduct.NEGATIVE_ABOUT_PERSON,
            Conduct.PHOTO_OF_OTHERS,
            Conduct.SCHOOL_CHANNEL_PHOTO,
        ),
    ),
    (
        "Pupils, and adults in contact with them",
        (Conduct.UNDER_AGE_USE, Conduct.CONTACT_REQUEST, Conduct.FOLLOW),
    ),
    (
        "Mostly staff and others who work with the school",
        (
            Conduct.CONFIDENTIAL_INFORMATION,
            Conduct.SPEAKS_FOR_SCHOOL,
            Conduct.WORKS_DEVICE_USE,
            Conduct.ACCOUNT_MISTAKE,
        ),
    ),
    (
        "Serious: may be a crime or a safeguarding matter",
        (
            Conduct.THREAT_OF_VIOLENCE,
            Conduct.HARASSMENT,
            Conduct.RACIAL_ELEMENT,
            Conduct.GROSSLY_OBSCENE,
            Conduct.EXTREMISM,
            Conduct.SEXUAL_IMAGERY_OF_CHILD,
            Conduct.OTHER_ILLEGAL,
        ),
    ),
)

_ALSO_SAID: dict[Conduct, str] = {
    Conduct.ABUSIVE: "swearing abuse nasty offensive",
    Conduct.NEGATIVE_ABOUT_PERSON: "criticism teacher insult",
    Conduct.PUBLIC_COMPLAINT: "moan grievance review",
    Conduct.DEFAMATION: "libel slander lie untrue false",
    Conduct.THREAT_OF_VIOLENCE: "threatening hurt kill fight",
    Conduct.DISCRIMINATORY: "sexist homophobic transphobic disability religion hate",
    Conduct.RACIAL_ELEMENT: "racist racism race",
    Conduct.GROSSLY_OBSCENE: "porn obscenity",
    Conduct.HARASSMENT: "stalking",
    Conduct.PHOTO_OF_OTHERS: "picture image video photo",
    Conduct.SCHOOL_CHANNEL_PHOTO: "dojo picture image photo",
    Conduct.CONFIDENTIAL_INFORMATION: "leak data breach",
    Conduct.CONTACT_REQUEST: "friend message dm snapchat",
    Conduct.EXTREMISM: "prevent radical terrorism",
    Conduct.IMPERSONATION: "catfish pretend fake",
    Conduct.UNDER_AGE_USE: "underage minimum age 13",
    Conduct.DATA_WITHOUT_CONSENT: "gdpr privacy photo consent",
    Conduct.SPEAKS_FOR_SCHOOL: "privacy settings profile logo",
    Conduct.SEXUAL_IMAGERY_OF_CHILD: "nude nudes sexting indecent image",
    Conduct.OTHER_ILLEGAL: "crime criminal police",
}
"""Words people search for that the labels do not hold."""

_CODE = Qt.ItemDataRole.UserRole
_LABEL = Qt.ItemDataRole.UserRole + 1


class ConductList(QWidget):
    """A search box, a list to tick with the space bar, and a line that says what is ticked."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: dict[Conduct, QTreeWidgetItem] = {}
        self._quiet = False
        self.search = QLineEdit(self)
        self.search.setObjectName("incident_conduct_search")
        self.search.setAccessibleName("Find a category of conduct")
        self.search.setPlaceholderText("Find: type part of a word, then press Down")
        self.search.setClearButtonEnabled(True)
        self.tree = QTreeWidget(self)
        self.tree.setObjectName("incident_conduct")
        self.tree.setAccessibleName("What was done: tick all that apply with the space bar")
        self.tree.setHeaderHidden(True)
        self.tree.setRootIsDecorated(False)
        self.tree.setItemsExpandable(False)
        self.tree.setIndentation(10)
        self.tree.setUniformRowHeights(True)
        self.tree.setTabKeyNavigation(False)
        self.tree.setFixedHeight(self.fontMetrics().height() * 7 + 8)
        self.chosen = QLabel(self)
        self.chosen.setObjectName("incident_conduct_chosen")
        self.chosen.setTextFormat(Qt.TextFormat.PlainText)
        self.chosen.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for widget in (self.search, self.tree, self.chosen):
            layout.addWidget(widget)
        self.setFocusProxy(self.search)
        self._fill()
        self._say_chosen()
        self.search.textChanged.connect(self._filter)
        self.search.installEventFilter(self)
        self.tree.itemChanged.connect(self._ticked)

    def set_labels(self, labels: Mapping[Conduct, str], in_use: Iterable[Conduct]) -> None:
        """Show the school's own labels, and which categories its policy does not name (they can be ticked too)."""
        used = frozenset(in_use)
        self._quiet = True
        for code, item in self._items.items():
            label = labels.get(code) or CONDUCT_LABELS[code]
            item.setData(0, _LABEL, label)
            item.setText(0, label if code in used else f"{label} (not named in your policy)")
        self._quiet = False
        self._filter(self.search.text())
        self._say_chosen()

    def value(self) -> tuple[Conduct, ...]:
        """What is ticked, in the vocabulary's order."""
        return tuple(code for code in Conduct if self._items[code].checkState(0) is Qt.CheckState.Checked)

    def set_value(self, conduct: Iterable[Conduct]) -> None:
        """Tick exactly these, without telling anybody."""
        wanted = frozenset(conduct)
        self._quiet = True
        for code, item in self._items.items():
            item.setCheckState(0, Qt.CheckState.Checked if code in wanted else Qt.CheckState.Unchecked)
        self._quiet = False
        self.search.clear()
        self._filter("")
        self._say_chosen()
        first = next((self._items[code] for _, group in GROUPS for code in group if code in wanted), None)
        if first is not None:
            self.tree.scrollToItem(first)
        else:
            self.tree.scrollToTop()

    def set_read_only(self, read_only: bool) -> None:
        """Show only; the list can still be read and scrolled."""
        self.search.setVisible(not read_only)
        self._quiet = True
        for item in self._items.values():
            flags = item.flags()
            ticks = Qt.ItemFlag.ItemIsUserCheckable
            item.setFlags(flags & ~ticks if read_only else flags | ticks)
        self._quiet = False
        self.setFocusProxy(self.tree if read_only else self.search)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Down in the search box goes to the first hit; Enter ticks it when it is the only one."""
        if watched is self.search and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            hits = [item for item in self._items.values() if not item.isHidden()]
            if event.key() == Qt.Key.Key_Down and hits:
                self.tree.setCurrentItem(self._first_shown())
                self.tree.setFocus(Qt.FocusReason.TabFocusReason)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.search.text() and len(hits) == 1:
                on = hits[0].checkState(0) is Qt.CheckState.Checked
                hits[0].setCheckState(0, Qt.CheckState.Unchecked if on else Qt.CheckState.Checked)
                self.search.selectAll()
                return True
        return super().eventFilter(watched, event)

    def _fill(self) -> None:
        for title, codes in GROUPS:
            group = QTreeWidgetItem(self.tree, [title])
            group.setFlags(Qt.ItemFlag.ItemIsEnabled)
            bold = group.font(0)
            bold.setBold(True)
            group.setFont(0, bold)
            for code in codes:
                item = QTreeWidgetItem(group, [CONDUCT_LABELS[code]])
                item.setFlags(
                    Qt.ItemFlag.ItemIsEnabled
                    | Qt.ItemFlag.ItemIsSelectable
                    | Qt.ItemFlag.ItemIsUserCheckable
                    | Qt.ItemFlag.ItemNeverHasChildren
                )
                item.setCheckState(0, Qt.CheckState.Unchecked)
                item.setData(0, _CODE, str(code))
                item.setData(0, _LABEL, CONDUCT_LABELS[code])
                self._items[code] = item
        self.tree.expandAll()

    def _first_shown(self) -> QTreeWidgetItem:
        for row in range(self.tree.topLevelItemCount()):
            group = self.tree.topLevelItem(row)
            for index in range(group.childCount()):
                if not group.child(index).isHidden():
                    return group.child(index)
        return self.tree.topLevelItem(0)

    def _filter(self, text: str) -> None:
        words = text.casefold().split()
        for row in range(self.tree.topLevelItemCount()):
            group = self.tree.topLevelItem(row)
            shown = 0
            for index in range(group.childCount()):
                item = group.child(index)
                code = Conduct(item.data(0, _CODE))
                spoken = f"{item.text(0)} {CONDUCT_LABELS[code]} {_ALSO_SAID.get(code, '')}".casefold()
                fits = all(word in spoken for word in words)
                item.setHidden(not fits)
                shown += fits
            group.setHidden(shown == 0)

    def _ticked(self, item: QTreeWidgetItem) -> None:
        if self._quiet or item.data(0, _CODE) is None:
            return
        self._say_chosen()
        self.changed.emit()

    def _say_chosen(self) -> None:
        chosen = [self._items[code].data(0, _LABEL) for code in self.value()]
        self.chosen.setText(f"Ticked: {'; '.join(chosen)}" if chosen else "Nothing ticked yet.")
        self.chosen.setAccessibleName(self.chosen.text())
