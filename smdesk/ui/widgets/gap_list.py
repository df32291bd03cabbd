"""What is still missing, one sentence a line, each with the rule that asks for it and what to press to put it right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget

from smdesk.policy.accounts import Gap, GapKind
from smdesk.ui import theme
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.text import PlainLabel

_ANSWERS: Final = frozenset({GapKind.NOT_ACKNOWLEDGED, GapKind.OLD_VERSION, GapKind.DECLINED})
FIX_LABELS: Final[dict[GapKind, str]] = {
    GapKind.POINT: "Go to it",
    GapKind.STAFF: "Name somebody",
    GapKind.LEFT: "Open the person",
    GapKind.NO_POLICY: "Open Agreements",
    GapKind.NOT_ACKNOWLEDGED: "Record it…",
    GapKind.OLD_VERSION: "Record it…",
    GapKind.DECLINED: "Record it…",
    GapKind.NO_TRAINING_TYPE: "Open Agreements",
    GapKind.NOT_TRAINED: "Record training…",
    GapKind.TRAINING_LAPSED: "Record training…",
    GapKind.NOT_APPROVED: "Business case…",
    GapKind.NOBODY_RESPONSIBLE: "Name somebody",
    GapKind.REVIEW_OVERDUE: "Review it",
    GapKind.NOT_WATCHED: "Looked, nothing new",
    GapKind.CHECKLIST: "Go to it",
}
"""What the button of each kind says."""


class GapList(QWidget):
    """``show_gaps`` draws them. ``fix`` and ``slip`` carry the ``Gap`` whose button was pressed."""

    fix = Signal(object)
    slip = Signal(object)

    def __init__(
        self,
        name: str,
        parent: QWidget | None = None,
        *,
        can_fix: Callable[[Gap], bool] = lambda gap: True,
        can_slip: bool = True,
    ) -> None:
        """``can_fix``: whether this reader can do something about a gap; without it, only the sentence stands there.
        ``can_slip``: whether they may print acknowledgement slips.
        """
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName("What is missing")
        self._name = name
        self._can_fix = can_fix
        self._can_slip = can_slip
        self.gaps: tuple[Gap, ...] = ()
        self.buttons: dict[tuple[str, int], QPushButton] = {}
        """By ("fix" or "slip", place of the gap)."""
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.SMALL)
        self._lines: list[QWidget] = []

    def show_gaps(self, gaps: Sequence[Gap]) -> None:
        """Draw these in order. The same ones again change nothing, so that the keyboard stays where it is."""
        if tuple(gaps) == self.gaps and self._lines:
            return
        self.gaps = tuple(gaps)
        at = next((place for place, line in enumerate(self._lines) if _holds_focus(line)), None)
        for line in self._lines:
            self._column.removeWidget(line)
            line.hide()
            line.deleteLater()
        self.buttons = {}
        self._lines = [self._line(place, gap) for place, gap in enumerate(self.gaps)]
        for line in self._lines:
            self._column.addWidget(line)
            line.show()
        self.updateGeometry()
        if at is not None:
            self._keep_focus(at)

    def _keep_focus(self, at: int) -> None:
        """The gap the keyboard was on is closed: it goes to the one that took its place, and nowhere else."""
        places = sorted(self.buttons, key=lambda each: (each[1] < at, abs(each[1] - at), each[0] != "fix"))
        (self.buttons[places[0]] if places else self).setFocus()

    def _line(self, place: int, gap: Gap) -> QWidget:
        line = QFrame(self)
        line.setObjectName(f"{self._name}_{place}")
        column = QVBoxLayout(line)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        said = PlainLabel(f"{gap.text} ({gap.rule})", line)
        column.addWidget(said)
        made = []
        if gap.kind in _ANSWERS and self._can_slip:
            slip = button("Print the slip", f"{self._name}_slip_{place}", self._slip_pressed)
            made.append(("slip", slip))
        if self._can_fix(gap):
            fix = button(FIX_LABELS[gap.kind], f"{self._name}_fix_{place}", self._fix_pressed)
            made.append(("fix", fix))
        for what, each in made:
            each.setProperty("place", place)
            each.setAccessibleName(f"{each.accessibleName()}: {gap.text}")
            self.buttons[what, place] = each
        if made:
            column.addWidget(flow(*(each for _, each in made), parent=line, scrolls=True))
        return line

    def _fix_pressed(self) -> None:
        self.fix.emit(self._gap())

    def _slip_pressed(self) -> None:
        self.slip.emit(self._gap())

    def _gap(self) -> Gap:
        return self.gaps[int(self.sender().property("place"))]


def _holds_focus(line: QWidget) -> bool:
    """Whether the keyboard is on it, or will be once the dialog before it has closed."""
    within = line.window().focusWidget()
    return within is not None and line.isAncestorOf(within)
