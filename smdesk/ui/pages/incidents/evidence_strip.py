"""Screenshots and files of an incident: shown small, checked, saved as copies, taken out. Nothing is ever run or
rendered here but the small pictures the service made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QListView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from smdesk.services import evidence
from smdesk.services.incident_records import EvidenceItem
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.flow import FlowLayout
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.pending import Pending
from smdesk.ui.widgets.service_dialog import ReasonService
from smdesk.ui.widgets.text import PlainLabel, heading, named
from smdesk.ui.words import TYPE_WORDS, count, moment_in_words, size_in_words

_PIECE = Qt.ItemDataRole.UserRole
_ICON = QSize(112, 84)

KINDS_OFFERED = (
    "Evidence (*.png *.jpg *.jpeg *.webp *.pdf *.mp4 *.m4v *.txt *.text *.log *.md *.csv *.eml)"
    ";;All files (*)"
)

IMAGERY_TOLD = (
    "Sexual imagery of a child: do not copy, print, forward or keep it, and do not look for it again. Having it is "
    "a crime, also for the school. SM Desk keeps no picture of it. Tell the DSL now, report the address to the "
    "Internet Watch Foundation and the police, and record here only where and when it was seen."
)


class EvidenceStrip(QWidget):
    """The pieces side by side, what is known of the chosen one below."""

    files_chosen = Signal(object)
    """Carries a list of paths."""
    paste_wanted = Signal()
    withhold_wanted = Signal()
    waiting_dropped = Signal(int)
    """Carries the key of a piece that waited and was taken out."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._incident_id = 0
        self._stored: tuple[EvidenceItem, ...] = ()
        self._waiting: tuple[Pending, ...] = ()
        self._checked: dict[int, str] = {}
        self._may_add = self._may_remove = False
        self._imagery = False
        self.setObjectName("evidence_strip")
        self.setAccessibleName("Screenshots and other evidence")

        self.title = heading("Screenshots and files", 3)
        self.told = PlainLabel(
            "Paste a screenshot with Ctrl+V, drop files here, or choose them.", look="muted"
        )
        self.imagery = QFrame(self)
        self.imagery.setObjectName("evidence_imagery")
        self.imagery.setProperty("tone", "danger")
        self.imagery_text = PlainLabel(IMAGERY_TOLD, self.imagery, selectable=True)
        self.withhold = button("Record where and when…", "evidence_withhold", self.withhold_wanted.emit)
        inside = QVBoxLayout(self.imagery)
        theme.roomy(inside, theme.SMALL, theme.TIGHT)
        inside.addWidget(self.imagery_text)
        inside.addWidget(row(self.withhold, None))

        self.list = named(QListWidget(self), "evidence_list", "Screenshots and files of this incident")
        self.list.setViewMode(QListView.ViewMode.IconMode)
        self.list.setFlow(QListView.Flow.LeftToRight)
        self.list.setWrapping(False)
        self.list.setMovement(QListView.Movement.Static)
        self.list.setIconSize(_ICON)
        self.list.setGridSize(QSize(_ICON.width() + 24, _ICON.height() + 44))
        self.list.setWordWrap(True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setFixedHeight(_ICON.height() + 66)
        self.list.setHorizontalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.about = PlainLabel("", self, selectable=True)
        self.about.setObjectName("evidence_about")
        self.choose = button("Choose files…", "evidence_choose", self._choose)
        self.paste = button(
            "Paste", "evidence_paste", self.paste_wanted.emit, tip="Ctrl+V does the same anywhere"
        )
        self.copy = button("Save a copy…", "evidence_copy", self._save_copy)
        self.check = button("Check they are unchanged", "evidence_check", self._check)
        self.remove = button("Take out…", "evidence_remove", self._remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.TIGHT + 2)
        for widget in (self.title, self.told, self.imagery, self.list, self.about):
            column.addWidget(widget)
        buttons = FlowLayout(spacing=theme.SMALL)
        for each in (self.choose, self.paste, self.copy, self.check, self.remove):
            buttons.addWidget(each)
        column.addLayout(buttons)
        self.list.currentItemChanged.connect(self._chosen)
        self.show_pieces((), ())
        self.set_imagery(False)

    def show_incident(
        self, incident_id: int, *, may_add: bool, may_remove: bool, stored: Sequence[EvidenceItem]
    ) -> None:
        """Another incident, or the same one anew. 0 is one that is not saved yet."""
        if incident_id != self._incident_id:
            self._checked = {}
        self._incident_id = incident_id
        self._may_add, self._may_remove = may_add, may_remove
        self.show_pieces(stored, self._waiting)

    def show_pieces(self, stored: Sequence[EvidenceItem], waiting: Sequence[Pending]) -> None:
        """Draw what is kept and what waits for the incident to be saved."""
        self._stored, self._waiting = tuple(stored), tuple(waiting)
        place = self.list.currentRow()
        self.list.clear()
        for item in self._stored:
            self._append(item, item.name, self._stored_icon(item), _state(item, self._checked))
        for piece in self._waiting:
            self._append(piece, piece.name, self._waiting_icon(piece), "waits for saving")
        some = self.list.count() > 0
        self.list.setVisible(some)
        self.about.setVisible(some)
        self.copy.setVisible(some)
        self.remove.setVisible(some)
        if some:
            self.list.setCurrentRow(min(max(place, 0), self.list.count() - 1))
        self._enable()

    def show_waiting(self, waiting: Sequence[Pending]) -> None:
        """Draw what waits anew."""
        self.show_pieces(self._stored, waiting)

    @property
    def may_add(self) -> bool:
        """Whether evidence can be taken in now."""
        return self._may_add and not self._imagery

    @property
    def why_not(self) -> str:
        """Why nothing can be taken in, in a sentence."""
        if self._imagery:
            return IMAGERY_TOLD
        return "Evidence cannot be added to this incident: it is closed, or your role only lets you read it."

    @property
    def kind(self) -> str:
        """All evidence is of one kind."""
        return ""

    @property
    def waiting(self) -> tuple[Pending, ...]:
        """What waits for the incident to be saved."""
        return self._waiting

    def set_imagery(self, on: bool) -> None:
        """Whether the incident is marked as sexual imagery of a child: then nothing can be added (INC-6)."""
        if on is not self._imagery:
            self._imagery = on
            # What may be such a picture is not shown either, not even small.
            self.show_pieces(self._stored, self._waiting)
        self.imagery.setVisible(on)
        self._enable()

    def _append(self, piece: EvidenceItem | Pending, name: str, icon: QIcon, state: str) -> None:
        room = self.list.gridSize().width() - 16
        short = self.list.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, room)
        item = QListWidgetItem(icon, f"{short}\n{state}")
        item.setData(_PIECE, piece)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{name}, {state}")
        item.setSizeHint(self.list.gridSize())
        self.list.addItem(item)

    def _stored_icon(self, item: EvidenceItem) -> QIcon:
        pixmap = QPixmap()
        if item.thumbnail and not self._imagery and pixmap.loadFromData(item.thumbnail, "PNG"):
            return QIcon(pixmap)
        return self._plain_icon(item.withheld or item.removed)

    def _waiting_icon(self, piece: Pending) -> QIcon:
        pixmap = QPixmap()
        # Only a picture made here from the clipboard is drawn; a file is looked at by the service first.
        if piece.data and pixmap.loadFromData(piece.data, "PNG"):
            return QIcon(pixmap.scaled(_ICON * 2, Qt.AspectRatioMode.KeepAspectRatio, _SMOOTH))
        return self._plain_icon(False)

    def _plain_icon(self, gone: bool) -> QIcon:
        which = QStyle.StandardPixmap.SP_MessageBoxInformation if gone else QStyle.StandardPixmap.SP_FileIcon
        return self.style().standardIcon(which)

    def _current(self) -> EvidenceItem | Pending | None:
        item = self.list.currentItem()
        return None if item is None else item.data(_PIECE)

    def _chosen(self) -> None:
        piece = self._current()
        if isinstance(piece, Pending):
            where = f" from {piece.path}" if piece.path else ""
            self.about.setText(f"{piece.name}{where}: kept when you save the incident.")
        elif piece is not None:
            self.about.setText(_about(piece, self._checked))
        self._enable()

    def _enable(self) -> None:
        piece = self._current()
        kept = isinstance(piece, EvidenceItem) and not piece.withheld and not piece.removed
        self.told.setVisible(self._may_add and not self._imagery)
        self.choose.setVisible(self._may_add and not self._imagery)
        self.paste.setVisible(self._may_add and not self._imagery)
        self.withhold.setVisible(self._may_add)
        self.copy.setEnabled(kept and not self._imagery)
        self.check.setVisible(any(not each.withheld and not each.removed for each in self._stored))
        self.remove.setEnabled(isinstance(piece, Pending) or (kept and self._may_remove))

    def _choose(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self, "Choose screenshots or files", "", KINDS_OFFERED)
        if names:
            self.files_chosen.emit(names)

    def _save_copy(self) -> None:
        piece = self._current()
        if not isinstance(piece, EvidenceItem):
            return
        name, _ = QFileDialog.getSaveFileName(self, "Save an unprotected copy", piece.name)
        if not name:
            return
        ctx, evidence_id, file = self._desk.ctx, piece.id, Path(name)

        def work(progress: Progress) -> str:
            evidence.save_copy(ctx, evidence_id, file)
            return file.name

        self._desk.tasks.run(self, work, self._copied, title="Saving a copy")

    def _copied(self, name: str) -> None:
        self.about.setText(
            f"Saved as {name}. That copy is not protected: delete it when you are done with it."
        )

    def _check(self) -> None:
        ctx, incident_id = self._desk.ctx, self._incident_id

        def work(progress: Progress) -> dict[int, str]:
            return evidence.check(ctx, incident_id)

        self.check.setEnabled(False)
        self._desk.tasks.run(
            self, work, self._have_checked, title="Checking the evidence", ended=self._check_ended
        )

    def _have_checked(self, found: dict[int, str]) -> None:
        self._checked = found
        self.show_pieces(self._stored, self._waiting)
        faults = [sentence for sentence in found.values() if sentence]
        if faults:
            self._desk.messages.warning(
                "Some evidence is not as it was stored.", more="\n".join(faults), title="Evidence changed"
            )
        else:
            good = count(len(found), "piece")
            self.about.setText(f"Checked: {good} of evidence, unchanged since it was stored.")

    def _check_ended(self) -> None:
        self.check.setEnabled(True)

    def _remove(self) -> None:
        piece = self._current()
        if isinstance(piece, Pending):
            self.waiting_dropped.emit(piece.key)
        elif piece is not None:
            ctx, evidence_id = self._desk.ctx, piece.id

            def service(reason: str) -> object:
                return evidence.remove(ctx, evidence_id, reason)

            ReasonService(
                self._desk,
                "evidence_remove_dialog",
                "Take evidence out for good",
                "Reason",
                "&Take it out",
                service,
                self,
                explanation=f"“{piece.name}” is destroyed and cannot be brought back. Its line and your reason "
                "stay on record.",
                look="danger",
            ).open()


_SMOOTH = Qt.TransformationMode.SmoothTransformation


def _state(item: EvidenceItem, checked: dict[int, str]) -> str:
    if item.withheld:
        return "not kept"
    if item.removed:
        return "taken out"
    if item.id in checked:
        return "CHANGED" if checked[item.id] else "unchanged ✓"
    return size_in_words(item.size)


def _about(item: EvidenceItem, checked: dict[int, str]) -> str:
    added = f"added by {item.added_by}, {moment_in_words(item.added_at)}"
    if item.withheld:
        parts = [item.name, f"seen at: {item.seen_at}", item.note, added]
    elif item.removed:
        parts = [f"{item.name}: taken out", f"reason: {item.removed_reason}", added]
    else:
        kind = TYPE_WORDS.get(item.media_type, "file")
        parts = [item.name, f"{kind}, {size_in_words(item.size)}", added]
        parts.append(f"SHA-256 {item.sha256[:12]}…{item.sha256[-6:]}")
        if item.id in checked:
            parts.append(checked[item.id] or "checked: unchanged since it was stored")
        if item.note:
            parts.append(item.note)
    return " · ".join(part for part in parts if part)
