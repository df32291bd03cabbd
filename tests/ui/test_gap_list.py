"""What is missing, with a button for each: the keyboard stays with the list while gaps close (ACC-3)."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from smdesk.policy.accounts import Gap, GapKind
from smdesk.ui.widgets.gap_list import GapList

STAFF = Gap(GapKind.STAFF, "ACC-1", "Two members of staff must run it.")
READ = Gap(GapKind.NOT_ACKNOWLEDGED, "ACC-3", "Peter has not acknowledged the policy.", person_id=7)
TRAINED = Gap(GapKind.NOT_TRAINED, "ACC-3", "Peter is not trained.", person_id=7)


def test_the_keyboard_stays_with_the_gaps_as_they_close(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    before, after = QPushButton("Before", window), QPushButton("After", window)
    gaps = GapList("gaps", window)
    for each in (before, gaps, after):
        column.addWidget(each)
    window.show()
    gaps.show_gaps((STAFF, READ, TRAINED))
    gaps.buttons["fix", 1].setFocus()
    gaps.show_gaps((STAFF, TRAINED))
    assert window.focusWidget() is gaps.buttons["fix", 1]
    gaps.show_gaps((STAFF,))
    assert window.focusWidget() is gaps.buttons["fix", 0]
    gaps.show_gaps(())
    assert window.focusWidget() is gaps
    # Whoever is somewhere else stays there.
    after.setFocus()
    gaps.show_gaps((STAFF, READ))
    gaps.show_gaps((READ,))
    assert window.focusWidget() is after
