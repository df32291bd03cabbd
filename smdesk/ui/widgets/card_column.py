"""Cards one below the other, a record each: kept and moved where they can be, and made a few at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QBoxLayout, QWidget

AT_ONCE: Final = 8
"""Cards made before anything else happens: as many as a screen shows."""
_BETWEEN: Final = 3
"""Cards made between two looks at mouse and keyboard: each costs some milliseconds, and there may be dozens."""


class CardColumn(QObject):
    """``make`` gives the card of a record that was not shown yet, ``show_anew`` brings one up to date in place."""

    def __init__(
        self,
        body: QBoxLayout,
        first: int,
        make: Callable[[Any], QWidget],
        show_anew: Callable[[Any, Any], None],
        parent: QWidget,
    ) -> None:
        """The cards begin at place ``first`` of ``body``. Both functions are methods of ``parent``."""
        super().__init__(parent)
        self._body = body
        self._first = first
        self._make = make
        self._show_anew = show_anew
        self._wanted: Mapping[int, Any] = {}
        self.cards: dict[int, Any] = {}
        """Those that are there, from top to bottom, by the id of their record."""
        self._more = QTimer(self)
        self._more.setObjectName("cards_more")
        self._more.setInterval(0)
        self._more.timeout.connect(self._make_more)

    def show(self, records: Mapping[int, Any]) -> bool:
        """Show these, in this order; whether a card was added, moved or taken off."""
        before = list(self._wanted)
        self._wanted = dict(records)
        for number in [each for each in self.cards if each not in records]:
            card = self.cards.pop(number)
            self._body.removeWidget(card)
            card.hide()
            card.deleteLater()
        for number, card in self.cards.items():
            self._show_anew(card, records[number])
        self._put_in_order()
        self._make_some(AT_ONCE - len(self.cards))
        return before != list(records)

    def have(self, number: int) -> Any | None:
        """The card of a record, made now if it was still to come; None for one that is not shown."""
        while number in self._wanted and number not in self.cards:
            self._make_some(1)
        return self.cards.get(number)

    def _make_more(self) -> None:
        self._make_some(_BETWEEN)

    def _make_some(self, many: int) -> None:
        missing = [each for each in self._wanted if each not in self.cards]
        for number in missing[: max(0, many)]:
            card = self.cards[number] = self._make(self._wanted[number])
            self._body.insertWidget(self._first + len(self.cards) - 1, card)
            card.show()
        if many > 0:
            self._put_in_order()
        if len(missing) > many:
            self._more.start()
        else:
            self._more.stop()

    def _put_in_order(self) -> None:
        self.cards = {number: self.cards[number] for number in self._wanted if number in self.cards}
        for place, card in enumerate(self.cards.values(), start=self._first):
            if self._body.indexOf(card) != place:
                self._body.insertWidget(place, card)
