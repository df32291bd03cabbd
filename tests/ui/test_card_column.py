"""Cards of a board: a screenful at once, the rest a few at a time; kept and moved where something changes."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from smdesk.ui.widgets.card_column import AT_ONCE, CardColumn


@dataclass
class Board:
    widget: QWidget
    column: CardColumn
    made: list[str]

    def texts(self) -> list[str]:
        """As they stand below each other, the label above and below them included."""
        layout = self.widget.layout()
        found = []
        for place in range(layout.count()):
            inside = layout.itemAt(place).widget()
            assert isinstance(inside, QLabel | QLineEdit)
            found.append(inside.text())
        return found


@pytest.fixture
def board(qtbot: QtBot) -> Board:
    widget = QWidget()
    qtbot.addWidget(widget)
    body = QVBoxLayout(widget)
    body.addWidget(QLabel("above"))
    made: list[str] = []

    def make(text: str) -> QLineEdit:
        made.append(text)
        return QLineEdit(text)

    column = CardColumn(body, 1, make, lambda card, text: card.setText(text), widget)
    body.addWidget(QLabel("below"))
    widget.show()
    return Board(widget, column, made)


def test_a_screenful_is_there_at_once_and_the_rest_follows(board: Board, qtbot: QtBot) -> None:
    board.column.show({number: f"card {number}" for number in range(50)})
    assert len(board.made) == AT_ONCE
    qtbot.waitUntil(lambda: len(board.made) == 50)
    assert board.texts() == ["above", *(f"card {number}" for number in range(50)), "below"]
    qtbot.wait(5)
    assert len(board.made) == 50


def test_one_that_is_asked_for_is_made_at_once(board: Board) -> None:
    board.column.show({number: f"card {number}" for number in range(50)})
    card = board.column.have(20)
    assert card is not None
    assert card.text() == "card 20"
    assert len(board.made) == 21, "those above it have their places before it"
    assert board.column.have(99) is None


def test_a_card_that_moves_is_the_same_card_and_keeps_the_keyboard(board: Board, qtbot: QtBot) -> None:
    assert board.column.show({1: "one", 2: "two", 3: "three"})
    first = board.column.have(1)
    assert first is not None
    first.setFocus()
    qtbot.waitUntil(first.hasFocus)
    assert board.column.show({2: "two", 3: "three", 1: "one, checked"})
    assert board.texts() == ["above", "two", "three", "one, checked", "below"]
    assert board.column.have(1) is first
    assert first.hasFocus()
    assert board.made == ["one", "two", "three"]
    assert not board.column.show({2: "two", 3: "three", 1: "one"}), "nothing has moved"


def test_what_is_gone_goes_and_what_is_new_stands_in_its_place(board: Board) -> None:
    board.column.show({1: "one", 2: "two"})
    board.column.show({5: "five", 2: "two", 4: "four"})
    assert board.texts() == ["above", "five", "two", "four", "below"]
    assert list(board.column.cards) == [5, 2, 4]


def test_another_order_while_cards_are_still_to_come(board: Board, qtbot: QtBot) -> None:
    board.column.show({number: str(number) for number in range(30)})
    board.column.show({number: str(number) for number in reversed(range(30))})
    qtbot.waitUntil(lambda: len(board.column.cards) == 30)
    assert board.texts() == ["above", *(str(number) for number in reversed(range(30))), "below"]
