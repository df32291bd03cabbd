"""A box to tick for each group of people somebody may mean: pupils, parents, staff and so on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget

from smdesk.policy.vocabulary import PersonKind
from smdesk.ui import theme
from smdesk.ui.widgets.text import named

_IN_A_LINE = 3


class KindBoxes(QWidget):
    """The groups in the order of ``labels``, three to a line."""

    changed = Signal()

    def __init__(
        self, name: str, spoken: str, labels: Mapping[PersonKind, str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(spoken)
        self.boxes: dict[PersonKind, QCheckBox] = {}
        for kind, label in labels.items():
            box = named(QCheckBox(label), f"{name}_{kind}", f"{spoken}: {label}")
            box.toggled.connect(self.changed)
            self.boxes[kind] = box
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.NORMAL)
        grid.setVerticalSpacing(theme.SMALL)
        for place, box in enumerate(self.boxes.values()):
            grid.addWidget(box, place // _IN_A_LINE, place % _IN_A_LINE, Qt.AlignmentFlag.AlignLeft)
        grid.setColumnStretch(_IN_A_LINE, 1)
        self.setFocusProxy(next(iter(self.boxes.values())))

    def kinds(self) -> tuple[PersonKind, ...]:
        """Those ticked, in the order shown."""
        return tuple(kind for kind, box in self.boxes.items() if box.isChecked())

    def set_kinds(self, kinds: Iterable[PersonKind]) -> None:
        """Tick these and no others."""
        wanted = set(kinds)
        for kind, box in self.boxes.items():
            box.setChecked(kind in wanted)

    def set_read_only(self, read_only: bool) -> None:
        for box in self.boxes.values():
            box.setEnabled(not read_only)
